//! Rows become what one batch of people adds to each file: sorted, damaged at the stated rates,
//! encoded, and remembered by line.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::rc::Rc;

use super::SynthError;
use super::batch::Batch;
use super::chance::{Chance, Stream};
use super::city::City;
use super::damage::{Edits, Rates, Target, spoil};
use super::defects::{Defect, Tally};
use super::encode::{Shape, Width, gzip, key, western};
use super::layouts::{Columns, Layout};
use super::monthly::Log;
use super::rows::{NOBODY, Told};
use super::settings::SMALL_CITY;
use super::sheet::{Placed, Planted, Quirk, Sheet, Version};

/// What the truth knows of one line.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    /// Its line, counted from the batch's first in the file.
    pub(crate) line: u32,
    pub(crate) person: u32,
    pub(crate) event: u32,
    pub(crate) planted: Planted,
}

/// What one batch adds to one file.
pub(crate) struct Part {
    pub(crate) feed: &'static str,
    /// The file, below the extracts.
    pub(crate) file: String,
    /// As they are on disk: packed, if the file is.
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: Vec<Record>,
    /// Lines of the rows, the header's apart.
    pub(crate) n_lines: u64,
    pub(crate) n_rows: u64,
    /// The file ends with a line that tells how many rows it has.
    pub(crate) has_footer: bool,
    /// The file comes again under another name.
    pub(crate) is_repeated: bool,
    pub(crate) delivery: Option<usize>,
}

/// What one batch of people sends.
pub(crate) struct Extracts<'a> {
    city: &'a City,
    batch: &'a Batch,
    pub(crate) parts: Vec<Part>,
    pub(crate) tally: Tally,
    /// Whether an event of the feed at hand has a row that can be read.
    pub(crate) readable: Vec<bool>,
    /// What a hub holds as the files arrive.
    pub(crate) log: Log,
    columns: BTreeMap<&'static str, Rc<Columns>>,
    rates: Rates,
    retracted: HashSet<u32>,
    n_keys: u64,
}

/// What is odd about a file, as its quirk and the dials say.
struct Oddities {
    has_old_headers: bool,
    is_padded: bool,
    has_blank_lines: bool,
    has_bom: bool,
    is_western: bool,
    repeats_header: bool,
    has_footer: bool,
    is_repeated: bool,
}

impl<'a> Extracts<'a> {
    /// Nothing yet.
    pub(crate) fn new(city: &'a City, batch: &'a Batch) -> Self {
        Self {
            city,
            batch,
            parts: Vec::new(),
            tally: Tally::default(),
            readable: Vec::new(),
            log: Log::default(),
            columns: BTreeMap::new(),
            rates: Rates::of(&city.settings.defects),
            retracted: HashSet::new(),
            n_keys: 0,
        }
    }

    /// Makes ready for a feed of that many events.
    pub(crate) fn begin(&mut self, n_events: usize) {
        self.readable = vec![false; n_events];
        self.retracted.clear();
        self.log.begin(self.city);
        self.n_keys = 0;
    }

    /// The number of the next key.
    pub(crate) fn next_key(&mut self) -> u32 {
        self.n_keys += 1;
        self.n_keys as u32
    }

    /// Takes an event back: whoever sent it has deleted it.
    pub(crate) fn retract(&mut self, event: u32) {
        self.retracted.insert(event);
    }

    /// Whether an event was taken back.
    pub(crate) fn is_retracted(&self, event: usize) -> bool {
        self.retracted.contains(&(event as u32))
    }

    /// Encodes what the batch adds to one file, and remembers its lines.
    pub(crate) fn publish(&mut self, mut sheet: Sheet) -> Result<(), SynthError> {
        let columns = self.columns(sheet.layout)?;
        let told = sheet.rows.told();
        if (0..sheet.rows.len()).any(|row| sheet.rows.n_cells(row) != columns.names.len()) {
            return Err(SynthError::Contract { feed: sheet.layout.feed });
        }
        let mut order: Vec<(u128, usize)> = sheet
            .placed
            .iter()
            .enumerate()
            .map(|(i, p)| (told[p.row as usize].rank(), i))
            .collect();
        order.sort_unstable();
        sheet.placed = order.into_iter().map(|(_, i)| sheet.placed[i]).collect();
        let part = self.encode(&sheet, &columns)?;
        self.parts.push(part);
        Ok(())
    }

    fn columns(&mut self, layout: &'static Layout) -> Result<Rc<Columns>, SynthError> {
        if let Some(columns) = self.columns.get(layout.feed) {
            return Ok(Rc::clone(columns));
        }
        let columns = Rc::new(self.city.columns(layout)?);
        self.columns.insert(layout.feed, Rc::clone(&columns));
        Ok(columns)
    }

    fn encode(&mut self, sheet: &Sheet, columns: &Columns) -> Result<Part, SynthError> {
        let layout = sheet.layout;
        let n_files = self.parts.len() as u64;
        let odd = self.oddities(sheet, n_files);
        let is_packed = layout.is_gzipped && self.city.settings.packs && sheet.delivery.is_none();
        let suffix = if is_packed { ".csv.gz" } else { ".csv" };
        let name = format!("{}_{}_{}{suffix}", layout.feed, sheet.provider, sheet.period);
        let mut writer = Writer {
            shape: Shape {
                delimiter: columns.delimiter,
                end: if layout.has_crlf { b"\r\n" } else { b"\n" },
                is_padded: odd.is_padded,
            },
            out: Vec::with_capacity(sheet.placed.len() * 96),
            records: Vec::with_capacity(sheet.placed.len() + sheet.placed.len() / 100),
            line: 0,
            n_rows: 0,
            has_blank_lines: odd.has_blank_lines,
        };
        let spelling = |name: &'_ str| -> String {
            let old = layout.old_headers.iter().find(|(n, _)| odd.has_old_headers && *n == name);
            old.map_or(name, |(_, old)| old).to_owned()
        };
        let names: Vec<String> = columns.names.iter().map(|name| spelling(name)).collect();
        if self.batch.index == 0 {
            if odd.has_bom {
                writer.out.extend_from_slice("\u{feff}".as_bytes());
            }
            writer.shape.header(&mut writer.out, names.iter().map(String::as_str));
        }
        let header = odd.repeats_header.then_some(names.as_slice());
        self.rows(sheet, columns, &mut writer, n_files, header);
        let mut bytes = writer.out;
        if odd.is_western {
            bytes = western(&String::from_utf8_lossy(&bytes));
        }
        if is_packed {
            let mut packed = gzip(if self.city.settings.n_people <= SMALL_CITY { 6 } else { 1 });
            packed.write_all(&bytes)?;
            bytes = packed.finish()?;
        }
        Ok(Part {
            feed: layout.feed,
            file: format!("{}/{name}", layout.feed),
            bytes,
            n_rows: writer.n_rows,
            n_lines: u64::from(writer.line),
            records: writer.records,
            has_footer: odd.has_footer,
            is_repeated: odd.is_repeated,
            delivery: sheet.delivery,
        })
    }

    /// Chance of a file, the same in every batch.
    fn oddities(&mut self, sheet: &Sheet, n_files: u64) -> Oddities {
        let dials = &self.city.settings.defects;
        let layout = sheet.layout;
        let mut chance = Chance::new(self.city.settings.seed, Stream::Delivery, n_files << 8);
        let mut happens = |defect: Defect, own: bool| {
            let is_so = chance.unit() < dials.rate_or(defect, f64::from(u8::from(own)));
            (is_so, defect)
        };
        let marks = [
            happens(Defect::RenamedHeaders, sheet.quirk == Quirk::Headers),
            happens(Defect::Padding, sheet.quirk == Quirk::Padding),
            happens(Defect::BlankLines, sheet.quirk == Quirk::BlankLines),
            happens(Defect::Bom, layout.has_bom),
            happens(Defect::Windows1252, layout.is_western),
            happens(Defect::RepeatedHeader, false),
            happens(Defect::Footer, false),
            happens(Defect::RepeatedFile, false),
        ];
        // The sample's truth counts rows only; what a turned dial does to files is counted by file.
        for (is_so, defect) in marks {
            let has_it = defect != Defect::RenamedHeaders || !layout.old_headers.is_empty();
            if is_so && has_it && self.batch.index == 0 && !dials.rate(defect).is_nan() {
                self.tally.add(layout.feed, defect.name());
            }
        }
        let [old_headers, padding, blank, bom, western, header, footer, repeated] =
            marks.map(|(is_so, _)| is_so);
        Oddities {
            has_old_headers: old_headers,
            is_padded: padding,
            has_blank_lines: blank,
            has_bom: bom && !western,
            is_western: western,
            repeats_header: header && self.batch.index == 0,
            has_footer: footer,
            is_repeated: repeated,
        }
    }

    fn rows(
        &mut self,
        sheet: &Sheet,
        columns: &Columns,
        writer: &mut Writer,
        n_files: u64,
        header: Option<&[String]>,
    ) {
        let layout = sheet.layout;
        let n = sheet.placed.len();
        self.tally.add_rows(layout.feed, n as u64);
        let mut row = RowDamage {
            target: Target::of(layout, columns),
            chance: Chance::new(
                self.city.settings.seed,
                Stream::Damage,
                self.batch.stream(n_files),
            ),
            edits: Edits::default(),
            // A few rows of the sample are ragged at fixed places.
            ragged_at: (sheet.quirk == Quirk::Ragged && self.batch.index == 0)
                .then_some([n / 3, n / 2]),
        };
        for (i, placed) in sheet.placed.iter().enumerate() {
            if header.is_some() && i == n / 2 && i > 0 {
                let names = header.unwrap_or_default();
                writer.shape.header(&mut writer.out, names.iter().map(String::as_str));
                writer.line += 1;
            }
            self.row(sheet, columns, writer, &mut row, (i, placed));
        }
    }

    fn row(
        &mut self,
        sheet: &Sheet,
        columns: &Columns,
        writer: &mut Writer,
        damage: &mut RowDamage,
        (i, placed): (usize, &Placed),
    ) {
        let (layout, rows, at) = (sheet.layout, sheet.rows, placed.row as usize);
        let told = rows.told()[at];
        damage.edits.clear();
        if layout.is_numbered {
            let number = if placed.key > 0 {
                u64::from(placed.key)
            } else {
                self.n_keys += 1;
                self.n_keys
            };
            let mut text = Vec::with_capacity(40);
            key(&mut text, layout.feed, self.batch.row_number(layout.feed, number));
            damage.edits.set(0, text);
        }
        let mut planted = told.planted;
        if placed.version != Version::Full {
            revise(layout, columns, (rows, at), placed.version, &mut damage.edits);
            if planted == Planted::Nothing || placed.version == Version::Tombstone {
                planted = placed.version.planted();
            }
            self.tally.add(layout.feed, placed.version.planted().as_str());
        }
        if let Some(target) = &damage.target {
            let done = spoil(
                &mut damage.chance,
                &self.rates,
                (layout.style, target),
                (planted, told.on),
                |column| rows.cell(at, column),
                &mut damage.edits,
            );
            self.note(layout.feed, done, &mut planted);
        }
        let (width, unclosed) = self.break_row(layout.feed, damage, i, &mut planted);
        let dials = &self.city.settings.defects;
        let is_twice =
            damage.chance.happens(dials.rate(Defect::Duplicate)) && planted.may_be_damaged();
        let copies = [Some(planted), is_twice.then_some(Planted::Duplicate)];
        for planted in copies.into_iter().flatten() {
            if planted == Planted::Duplicate {
                self.tally.add(layout.feed, planted.as_str());
            }
            writer.begin_row();
            let n_breaks =
                writer.shape.row(&mut writer.out, (rows, at), &damage.edits, width, unclosed);
            writer.end_row(&told, planted, n_breaks);
            self.remember(sheet.delivery, &told, placed, planted);
        }
    }

    /// Rows that a reader cannot part into cells.
    fn break_row(
        &mut self,
        feed: &'static str,
        damage: &mut RowDamage,
        i: usize,
        planted: &mut Planted,
    ) -> (Width, Option<usize>) {
        let dials = &self.city.settings.defects;
        let ragged = dials.rate(Defect::Ragged);
        let mut width = Width::Right;
        if ragged.is_nan() {
            match damage.ragged_at {
                Some([third, _]) if i == third => width = Width::Short,
                Some([_, half]) if i == half => width = Width::Long,
                _ => {}
            }
        } else if ragged > 0.0 && damage.chance.happens(ragged) {
            width = if i.is_multiple_of(2) { Width::Short } else { Width::Long };
        }
        if width != Width::Right && planted.may_be_damaged() {
            self.note(feed, Planted::Ragged, planted);
            return (width, None);
        }
        let unclosed = dials.rate(Defect::UnclosedQuote);
        if unclosed > 0.0 && damage.chance.happens(unclosed) && planted.may_be_damaged() {
            self.note(feed, Planted::UnclosedQuote, planted);
            return (Width::Right, Some(1));
        }
        (Width::Right, None)
    }

    fn note(&mut self, feed: &'static str, done: Planted, planted: &mut Planted) {
        if done != Planted::Nothing {
            self.tally.add(feed, done.as_str());
            *planted = done;
        }
    }

    fn remember(
        &mut self,
        delivery: Option<usize>,
        told: &Told,
        placed: &Placed,
        planted: Planted,
    ) {
        if let Some(delivery) = delivery {
            self.log.note(delivery, told, placed, planted);
        } else if !planted.is_unreadable()
            && let Some(readable) = self.readable.get_mut(told.event as usize)
        {
            *readable = true;
        }
    }
}

/// What strikes the rows of one file.
struct RowDamage {
    target: Option<Target>,
    chance: Chance,
    edits: Edits,
    ragged_at: Option<[usize; 2]>,
}

/// A file's bytes and lines so far.
struct Writer {
    shape: Shape,
    out: Vec<u8>,
    records: Vec<Record>,
    line: u32,
    n_rows: u64,
    has_blank_lines: bool,
}

impl Writer {
    fn begin_row(&mut self) {
        if self.has_blank_lines && self.n_rows % 97 == 96 {
            self.out.push(b'\n');
            self.line += 1;
        }
    }

    fn end_row(&mut self, told: &Told, planted: Planted, n_breaks: u32) {
        let Told { person, event, .. } = *told;
        self.records.push(Record { line: self.line, person, event, planted });
        self.line += 1 + n_breaks;
        self.n_rows += 1;
    }
}

/// Writes a row as a version of it reads.
fn revise(
    layout: &Layout,
    columns: &Columns,
    (rows, row): (&super::rows::Rows, usize),
    version: Version,
    edits: &mut Edits,
) {
    match version {
        Version::Uncoded => {
            for (column, name) in columns.names.iter().enumerate() {
                match name.as_str() {
                    "DIAG_01" => edits.set(column, "R69X"),
                    "SUSHRG" => edits.set(column, "UZ01Z"),
                    _ if name.starts_with("DIAG_") => edits.set(column, ""),
                    _ => {}
                }
            }
        }
        Version::Provisional => {
            let Some((name, [one, other])) = layout.corrected else { return };
            let Some(column) = columns.position(name) else { return };
            let is_one = rows.cell(row, column) == one.as_bytes();
            edits.set(column, if is_one { other } else { one });
        }
        Version::Tombstone => {
            for (column, name) in columns.names.iter().enumerate().skip(1) {
                edits.set(column, if name == "Deleted" { "true" } else { "" });
            }
        }
        Version::Full | Version::Corrected | Version::Withdrawn | Version::Late => {}
    }
}

/// Adds the line of the truth that tells of a record.
pub(crate) fn write_record(
    text: &mut Vec<u8>,
    (feed, file): (&str, &str),
    (first_line, batch): (u64, &Batch),
    record: &Record,
    person_letter: u8,
) {
    use super::rows::digits;
    text.extend_from_slice(feed.as_bytes());
    text.push(b',');
    text.extend_from_slice(file.as_bytes());
    text.push(b',');
    digits(text, first_line + u64::from(record.line), 1);
    text.push(b',');
    if record.person != NOBODY {
        text.push(person_letter);
        digits(text, u64::from(record.person) + 1, 6);
    }
    text.push(b',');
    if record.planted != Planted::Dummy {
        digits(text, batch.nth(record.event as usize) as u64, 1);
    }
    text.push(b',');
    text.extend_from_slice(record.planted.as_str().as_bytes());
    text.push(b'\n');
}
