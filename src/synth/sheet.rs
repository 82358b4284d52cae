//! Rows become files: sorted, damaged at the stated rates, encoded, and remembered by line.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder, write::GzEncoder};

use super::SynthError;
use super::calendar::Day;
use super::chance::{Chance, Stream};
use super::city::City;
use super::damage::{Target, spoil};
use super::defects::{DUPLICATE, Tally};
use super::layouts::{Columns, Layout};

/// What was planted in a row, beside what its identifiers suffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    Nothing,
    BadDate,
    EndBeforeStart,
    BadRequiredCode,
    BadOptionalCode,
    Ragged,
    Deleted,
    Dummy,
    Duplicate,
    /// The same attendance under another key.
    SentTwice,
    /// A contact of a pathway that `iapt` counts.
    AlsoInIapt,
}

impl Planted {
    /// As the truth writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::BadDate => "bad_date",
            Self::EndBeforeStart => "end_before_start",
            Self::BadRequiredCode => "bad_required_code",
            Self::BadOptionalCode => "bad_optional_code",
            Self::Ragged => "ragged",
            Self::Deleted => "deleted",
            Self::Dummy => "dummy",
            Self::Duplicate => "duplicate",
            Self::SentTwice => "sent_twice",
            Self::AlsoInIapt => "also_in_iapt",
        }
    }

    /// Whether the contract refuses or filters such a row.
    fn is_unreadable(self) -> bool {
        matches!(
            self,
            Self::BadDate
                | Self::EndBeforeStart
                | Self::BadRequiredCode
                | Self::Ragged
                | Self::Deleted
                | Self::Dummy
        )
    }
}

/// One row to be.
#[derive(Clone)]
pub(crate) struct Row {
    /// Whom it is about; nobody, if a dummy.
    pub(crate) person: Option<usize>,
    /// Its date, by which rows are sorted.
    pub(crate) on: Day,
    /// The event that it tells of: several rows may tell of one.
    pub(crate) event: usize,
    pub(crate) planted: Planted,
    pub(crate) fields: Vec<String>,
}

/// One file to be.
pub(crate) struct Sheet<'a> {
    pub(crate) layout: &'static Layout,
    pub(crate) provider: &'a str,
    pub(crate) period: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) quirk: Quirk,
}

/// What is odd about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quirk {
    None,
    /// Other spellings of some headers.
    Headers(&'static [(&'static str, &'static str)]),
    /// A field too few in one row, one too many in another.
    Ragged,
    /// Spaces after every code.
    Padding,
    /// A blank line after every 97th row.
    BlankLines,
}

/// Where files go, and what is remembered of them.
pub(crate) struct Extracts<'a> {
    city: &'a City,
    folder: PathBuf,
    records: GzEncoder<Vec<u8>>,
    pub(crate) tally: Tally,
    /// Whether an event of the feed at hand has a row that can be read.
    pub(crate) readable: Vec<bool>,
    n_keys: u64,
    n_files: u64,
    pub(crate) n_rows: u64,
    pub(crate) n_bytes: u64,
}

impl<'a> Extracts<'a> {
    /// Files under `out`/extracts.
    pub(crate) fn new(city: &'a City, out: &Path) -> Result<Self, SynthError> {
        let mut records = gzip();
        writeln!(records, "feed,file,line,person,event,planted")?;
        Ok(Self {
            city,
            folder: out.join("extracts"),
            records,
            tally: Tally::default(),
            readable: Vec::new(),
            n_keys: 0,
            n_files: 0,
            n_rows: 0,
            n_bytes: 0,
        })
    }

    /// Makes ready for a feed of that many events.
    pub(crate) fn begin(&mut self, n_events: usize) {
        self.readable = vec![false; n_events];
        self.n_keys = 0;
    }

    /// Writes one file and remembers its lines.
    pub(crate) fn publish(&mut self, mut sheet: Sheet) -> Result<(), SynthError> {
        let layout = sheet.layout;
        let columns = layout.columns()?;
        if sheet.rows.iter().any(|row| row.fields.len() != columns.names.len()) {
            return Err(SynthError::Contract { feed: layout.feed });
        }
        sheet.rows.sort_by_key(|row| (row.on, row.person, row.event));
        self.number(&mut sheet);
        self.damage(&mut sheet, &columns);
        let suffix = if layout.is_gzipped { ".csv.gz" } else { ".csv" };
        let name = format!("{}_{}_{}{suffix}", layout.feed, sheet.provider, sheet.period);
        let file = format!("{}/{name}", layout.feed);
        let mut bytes = self.encode(&sheet, &columns, &file)?;
        if layout.is_gzipped {
            let mut packed = gzip();
            packed.write_all(&bytes)?;
            bytes = packed.finish()?;
        }
        self.n_files += 1;
        self.n_rows += sheet.rows.len() as u64;
        self.n_bytes += bytes.len() as u64;
        crate::store::write_atomic(&self.folder.join(layout.feed).join(name), &bytes)?;
        Ok(())
    }

    /// The truth about every line, packed.
    pub(crate) fn finish(self) -> Result<(Vec<u8>, Tally), SynthError> {
        Ok((self.records.finish()?, self.tally))
    }

    fn number(&mut self, sheet: &mut Sheet) {
        if !sheet.layout.is_numbered {
            return;
        }
        for row in &mut sheet.rows {
            self.n_keys += 1;
            row.fields[0] = key(sheet.layout.feed, self.n_keys);
        }
    }

    fn damage(&mut self, sheet: &mut Sheet, columns: &Columns) {
        let feed = sheet.layout.feed;
        let target = Target::of(sheet.layout, columns);
        let n = sheet.rows.len();
        self.tally.add_rows(feed, n as u64);
        let mut chance = Chance::new(self.city.settings.seed, Stream::Damage, self.n_files);
        let mut rows = Vec::with_capacity(n + n / 100);
        for (i, mut row) in std::mem::take(&mut sheet.rows).into_iter().enumerate() {
            if sheet.quirk == Quirk::Padding {
                row.fields.iter_mut().filter(|f| f.len() == 1).for_each(|f| f.push(' '));
            }
            if let Some(target) = &target {
                let planted = spoil(&mut chance, sheet.layout, target, &mut row);
                self.note(feed, planted, &mut row);
            }
            if sheet.quirk == Quirk::Ragged
                && row.planted == Planted::Nothing
                && (i == n / 3 || i == n / 2)
            {
                if i == n / 3 {
                    row.fields.pop();
                } else {
                    row.fields.push("x".to_owned());
                }
                self.note(feed, Planted::Ragged, &mut row);
            }
            let is_twice = chance.happens(DUPLICATE) && row.planted == Planted::Nothing;
            let again = is_twice.then(|| Row { planted: Planted::Duplicate, ..row.clone() });
            rows.push(row);
            if let Some(again) = again {
                self.tally.add(feed, Planted::Duplicate.as_str());
                rows.push(again);
            }
        }
        sheet.rows = rows;
    }

    fn note(&mut self, feed: &'static str, planted: Planted, row: &mut Row) {
        if planted != Planted::Nothing {
            self.tally.add(feed, planted.as_str());
            row.planted = planted;
        }
    }

    /// The file's bytes before packing; each record's line goes into the truth.
    fn encode(
        &mut self,
        sheet: &Sheet,
        columns: &Columns,
        file: &str,
    ) -> Result<Vec<u8>, SynthError> {
        let layout = sheet.layout;
        let bom = if layout.has_bom { "\u{feff}" } else { "" };
        let mut writer = writer(layout, columns, bom.as_bytes().to_vec());
        writer.write_record(columns.names.iter().map(|name| sheet.quirk.header(name)))?;
        let mut line = 2;
        let mut lines = String::new();
        for (i, row) in sheet.rows.iter().enumerate() {
            if sheet.quirk == Quirk::BlankLines && i % 97 == 96 {
                let mut bytes = writer.into_inner().map_err(|e| e.into_error())?;
                bytes.push(b'\n');
                writer = self::writer(layout, columns, bytes);
                line += 1;
            }
            writer.write_record(&row.fields)?;
            self.remember(&mut lines, (layout.feed, file, line), row);
            line += 1 + row.fields.iter().map(|f| f.matches('\n').count()).sum::<usize>();
        }
        self.records.write_all(lines.as_bytes())?;
        let bytes = writer.into_inner().map_err(|e| e.into_error())?;
        Ok(if layout.is_western { western(&String::from_utf8_lossy(&bytes)) } else { bytes })
    }

    fn remember(&mut self, lines: &mut String, (feed, file, line): (&str, &str, usize), row: &Row) {
        let person = row.person.map(|p| self.city.key(p)).unwrap_or_default();
        let event =
            if row.planted == Planted::Dummy { String::new() } else { row.event.to_string() };
        let cells = [feed, file, &line.to_string(), &person, &event, row.planted.as_str()];
        lines.push_str(&cells.join(","));
        lines.push('\n');
        if !row.planted.is_unreadable()
            && let Some(readable) = self.readable.get_mut(row.event)
        {
            *readable = true;
        }
    }
}

impl Quirk {
    fn header(self, name: &str) -> &str {
        match self {
            Self::Headers(others) => {
                others.iter().find(|(n, _)| *n == name).map_or(name, |(_, other)| other)
            }
            _ => name,
        }
    }
}

/// A gzip writer whose bytes depend on nothing but what is written.
pub(crate) fn gzip() -> GzEncoder<Vec<u8>> {
    GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6))
}

fn writer(layout: &Layout, columns: &Columns, bytes: Vec<u8>) -> csv::Writer<Vec<u8>> {
    let end = if layout.has_crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    csv::WriterBuilder::new()
        .delimiter(columns.delimiter)
        .terminator(end)
        .flexible(true)
        .has_headers(false)
        .from_writer(bytes)
}

/// A key as the feed's senders write it.
fn key(feed: &str, n: u64) -> String {
    match feed {
        "apc" => format!("5{n:019}"),
        "op" => format!("7{n:019}"),
        "ecds" => format!("EC{n:010}"),
        "csds" => format!("CC{n:09}"),
        "mhsds" => format!("MH{n:09}"),
        "gp_appointment" => format!("{{A0000000-0000-4000-8000-{n:012}}}"),
        "gp_event" => format!("{{B0000000-0000-4000-8000-{n:012}}}"),
        "gp_prescription" => format!("{{C0000000-0000-4000-8000-{n:012}}}"),
        "nhs111" => format!("U{n:08}"),
        "death" => format!("D{n:07}"),
        _ => n.to_string(),
    }
}

/// Text in Windows-1252, as far as a city's names need it.
fn western(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match c {
            '\u{2019}' => 0x92,
            '£' => 0xa3,
            c => u8::try_from(u32::from(c)).unwrap_or(b'?'),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_has_one_byte_a_letter() {
        assert_eq!(western("é\u{2019}a"), [0xe9, 0x92, b'a']);
    }
}
