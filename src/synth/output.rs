//! What all batches add up to: files that grow, the truth about every line, the counts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::SynthError;
use super::batch::Batch;
use super::calendar::{month_at, month_label, month_start};
use super::city::City;
use super::counts::Counts;
use super::defects::Tally;
use super::delivery::Scheme;
use super::encode::gzip;
use super::extracts::{Part, write_record};
use super::monthly::Log;
use super::settings::SMALL_CITY;
use super::truth::write_table;
use crate::store::GrowingFile;

/// What one batch made.
pub(crate) struct Made {
    pub(crate) parts: Vec<Part>,
    pub(crate) persons: Vec<u8>,
    pub(crate) counts: Counts,
    pub(crate) tally: Tally,
    pub(crate) log: Log,
}

/// A file of the extracts.
struct Grown {
    file: GrowingFile,
    n_rows: u64,
    has_footer: bool,
    is_repeated: bool,
    delivery: Option<usize>,
}

/// Where the next line of each file is.
#[derive(Default)]
pub(crate) struct Lines(BTreeMap<String, u64>);

/// Files and sums so far.
pub(crate) struct Output {
    out: PathBuf,
    files: BTreeMap<String, Grown>,
    records: Option<GrowingFile>,
    persons: GrowingFile,
    pub(crate) counts: Counts,
    pub(crate) tally: Tally,
    log: Log,
    pub(crate) n_rows: u64,
    pub(crate) n_bytes: u64,
}

impl Lines {
    /// The line of each part's first row, once all batches before have theirs.
    pub(crate) fn take(&mut self, parts: &[Part]) -> Vec<u64> {
        let mut firsts = Vec::with_capacity(parts.len());
        for part in parts {
            // The header is line 1.
            let next = self.0.entry(part.file.clone()).or_insert(2);
            firsts.push(*next);
            *next += part.n_lines;
        }
        firsts
    }
}

/// The truth about the lines of a batch, packed.
pub(crate) fn records(
    city: &City,
    batch: &Batch,
    parts: &[Part],
    firsts: &[u64],
) -> Result<Vec<u8>, SynthError> {
    let mut packed = gzip(if city.settings.n_people <= SMALL_CITY { 6 } else { 1 });
    if batch.index == 0 {
        writeln!(packed, "feed,file,line,person,event,planted")?;
    }
    let mut text = Vec::with_capacity(1 << 20);
    for (part, first) in parts.iter().zip(firsts) {
        for record in &part.records {
            let is_outsider = record.person as usize >= city.first_outsider;
            let letter = if is_outsider { b'O' } else { b'P' };
            let (file, at) = ((part.feed, part.file.as_str()), (*first, batch));
            write_record(&mut text, file, at, record, letter);
        }
        // The packed bytes depend on the pieces in which they are handed over: one a file.
        packed.write_all(&text)?;
        text.clear();
    }
    Ok(packed.finish()?)
}

impl Output {
    /// Nothing yet.
    pub(crate) fn begin(city: &City, out: &Path) -> Result<Self, SynthError> {
        let records = out.join("truth/records.csv.gz");
        let has_records = city.settings.writes_records;
        Ok(Self {
            out: out.to_owned(),
            files: BTreeMap::new(),
            records: has_records.then(|| GrowingFile::begin(&records)).transpose()?,
            persons: GrowingFile::begin(&out.join("truth/persons.csv"))?,
            counts: Counts::default(),
            tally: Tally::default(),
            log: Log::default(),
            n_rows: 0,
            n_bytes: 0,
        })
    }

    /// Adds a batch; batches come in order.
    pub(crate) fn add(&mut self, made: Made, records: &[u8]) -> Result<(), SynthError> {
        for part in made.parts {
            let path = self.out.join("extracts").join(&part.file);
            let grown = match self.files.entry(part.file) {
                std::collections::btree_map::Entry::Occupied(grown) => grown.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => place.insert(Grown {
                    file: GrowingFile::begin(&path)?,
                    n_rows: 0,
                    has_footer: part.has_footer,
                    is_repeated: part.is_repeated,
                    delivery: part.delivery,
                }),
            };
            if !part.bytes.is_empty() {
                grown.file.append(&part.bytes)?;
            }
            grown.n_rows += part.n_rows;
            self.n_rows += part.n_rows;
            self.n_bytes += part.bytes.len() as u64;
        }
        if let Some(file) = &mut self.records {
            file.append(records)?;
        }
        self.persons.append(&made.persons)?;
        self.counts.merge(made.counts);
        self.tally.merge(made.tally);
        self.log.merge(made.log);
        Ok(())
    }

    /// Gives all files their names, and writes what is known of the deliveries.
    pub(crate) fn finish(self, city: &City) -> Result<(Counts, Tally), SynthError> {
        if !self.log.deliveries.is_empty() {
            deliveries(city, &self.log, &self.files, &self.out)?;
            held(city, &self.log, &self.out)?;
            measured(city, &self.log, &self.out)?;
        }
        for (name, mut grown) in self.files {
            if grown.has_footer {
                grown.file.append(&footer(&name, grown.n_rows)?)?;
            }
            if grown.is_repeated {
                grown.file.again(&self.out.join("extracts").join(again(&name)))?.finish()?;
            }
            grown.file.finish()?;
        }
        if let Some(records) = self.records {
            records.finish()?;
        }
        self.persons.finish()?;
        Ok((self.counts, self.tally))
    }
}

/// A last line that tells how many rows there were.
fn footer(file: &str, n_rows: u64) -> Result<Vec<u8>, SynthError> {
    let line = format!("Total rows: {n_rows}\n").into_bytes();
    if !file.ends_with(".gz") {
        return Ok(line);
    }
    let mut packed = gzip(6);
    packed.write_all(&line)?;
    Ok(packed.finish()?)
}

/// The other name of a file that comes twice.
fn again(file: &str) -> String {
    let (stem, suffix) = file.split_once(".csv").unwrap_or((file, ""));
    format!("{stem}_again.csv{suffix}")
}

/// Writes `truth/deliveries.csv`: each file and the month in which it arrives.
fn deliveries(
    city: &City,
    log: &Log,
    files: &BTreeMap<String, Grown>,
    out: &Path,
) -> Result<(), SynthError> {
    let header = [
        "file",
        "feed",
        "provider",
        "period",
        "generation",
        "scheme",
        "covers_from",
        "covers_to",
        "due",
        "arrives",
        "arrival",
        "n_rows",
        "same_as",
    ];
    let month = |n: i32| month_label(month_at(city.start, n));
    let mut rows = Vec::new();
    for (name, grown) in files {
        let Some(delivery) = grown.delivery.map(|i| &log.deliveries[i]) else { continue };
        let mut row = [
            name.clone(),
            delivery.feed.to_owned(),
            delivery.provider.clone(),
            month(delivery.month),
            delivery.generation.to_owned(),
            Scheme::of(delivery.feed).as_str().to_owned(),
            month(delivery.covers.0),
            month(delivery.covers.1),
            month(delivery.due),
            month(delivery.arrives),
            delivery.arrives.to_string(),
            grown.n_rows.to_string(),
            String::new(),
        ];
        rows.push((delivery.arrives, row.clone()));
        if grown.is_repeated {
            row[0] = again(name);
            row[12].clone_from(name);
            rows.push((delivery.arrives, row));
        }
    }
    rows.sort();
    write_table(&out.join("truth/deliveries.csv"), &header, rows.into_iter().map(|(_, row)| row))
}

/// Writes `truth/counts_by_arrival.csv`: what a hub holds after each month's deliveries.
fn held(city: &City, log: &Log, out: &Path) -> Result<(), SynthError> {
    let header = [
        "feed",
        "arrival",
        "arrives",
        "event_month",
        "n_accepted",
        "n_current",
        "n_replaced",
        "n_deleted",
    ];
    let rows = log.held().into_iter().map(|(feed, arrival, month, held)| {
        let month = match month {
            None => "all".to_owned(),
            Some(month) if month < 0 => "before".to_owned(),
            Some(month) => month_label(month_start(city.start, month as u32)),
        };
        let arrives = month_label(month_start(city.start, arrival as u32));
        let mut row = vec![feed.to_owned(), arrival.to_string(), arrives, month];
        row.extend(held.map(|n| n.to_string()));
        row
    });
    write_table(&out.join("truth/counts_by_arrival.csv"), &header, rows)
}

/// Writes `truth/measures_by_arrival.csv`: what can be counted after each month's deliveries.
fn measured(city: &City, log: &Log, out: &Path) -> Result<(), SynthError> {
    let header = ["feed", "measure", "arrival", "arrives", "n"];
    let rows = log.by_arrival.rows().map(|(feed, measure, arrival, n)| {
        let arrives = month_label(month_start(city.start, arrival as u32));
        [feed.to_owned(), measure.to_owned(), arrival.to_string(), arrives, n.to_string()]
    });
    write_table(&out.join("truth/measures_by_arrival.csv"), &header, rows)
}
