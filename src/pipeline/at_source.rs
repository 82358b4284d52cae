//! Pseudonyms at the source: a provider's files in, the same without persons out.
//!
//! Needs a contract and the feed's own key; no pipeline, no store, no master key. What comes out is
//! what intake accepts under the contract that lies beside it.

use std::path::{Path, PathBuf};

use super::error::PipelineError;
use super::intake::IntakeError;
use crate::contract::{AtSource, Becomes, Binding, Checked, Contract, Kind, Role, date_of};
use crate::domain::days_since_epoch;
use crate::extract::{ExtractReader, Limits, Rows};
use crate::pseudonymise::{Places, Source, SourceKey, age_at_event, day_or_month};
use crate::store::{GrowingFile, Rules, write_atomic};

/// What a provider pseudonymises with.
pub struct AtProvider<'a> {
    /// The feed's contract, as it holds for the provider.
    pub contract: &'a Contract,
    /// The feed's key.
    pub key: &'a SourceKey,
    /// Small areas of postcodes; none if the provider has no look-up.
    pub places: Option<&'a Places>,
    /// Where the files go.
    pub out: &'a Path,
}

/// What became of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pseudonymised {
    /// The file that was made.
    pub path: PathBuf,
    /// Rows in it.
    pub n_rows: u64,
    /// Of these, rows that tell nobody.
    pub n_without_pseudonym: u64,
    /// Rows that stay behind because a filter says so.
    pub n_left_out: u64,
    /// Records that cannot be parted into the columns.
    pub n_unreadable: u64,
}

impl AtProvider<'_> {
    /// Makes of each file one with pseudonyms, and writes the contract under which the hub takes them
    /// in: its path, what became of each file, and the rules that can no longer be held.
    ///
    /// # Errors
    /// A feed that cannot be pseudonymised at its source, a file that breaks its contract as a whole,
    /// an issued number under a key for tests. Files before it are then there already.
    pub fn pseudonymise(
        &self,
        files: &[PathBuf],
    ) -> Result<(PathBuf, Vec<Pseudonymised>, Vec<String>), PipelineError> {
        let Self { contract, key, places, out } = self;
        let invalid = |what| PipelineError::Invalid { path: contract.path.clone(), what };
        let issuer = key.issuer();
        let made = contract
            .at_source(&issuer.to_string(), &key.id(), places.is_some())
            .map_err(invalid)?;
        let name = contract.path.file_stem().unwrap_or_default().to_string_lossy();
        let whose = issuer.provider().map(|code| format!("_{}", code.to_lowercase()));
        let path = out.join(format!("{name}{}_at_source.toml", whose.unwrap_or_default()));
        Contract::read(&path, made.contract.clone())?;
        let goals = goals(files, out).map_err(invalid)?;
        let source = key.source();
        let mut done = Vec::new();
        for (file, goal) in files.iter().zip(goals) {
            let writing = Writing { at: self, made: &made, source: &source, file };
            done.push(writing.run(goal)?);
        }
        write_atomic(&path, made.contract.as_bytes())?;
        Ok((path, done, made.unchecked))
    }
}

/// Where each file goes; two may not go to one place, nor one onto a file that is read.
fn goals(files: &[PathBuf], out: &Path) -> Result<Vec<PathBuf>, String> {
    let mut goals: Vec<PathBuf> = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if Rules::of_numbers().are_broken_by(&name) {
            return Err("the name of a file holds what may be an NHS number: rename it".to_owned());
        }
        let stem = name.split('.').next().unwrap_or_default();
        let goal = out.join(format!("{stem}.csv"));
        let is_read = |file: &PathBuf| {
            goal.exists() && std::fs::canonicalize(file).ok() == std::fs::canonicalize(&goal).ok()
        };
        if goals.contains(&goal) {
            return Err(format!("two files would become {}", goal.display()));
        }
        if files.iter().any(is_read) {
            return Err(format!("{} would be written over: name another --out", goal.display()));
        }
        goals.push(goal);
    }
    Ok(goals)
}

/// One file on its way.
struct Writing<'a> {
    at: &'a AtProvider<'a>,
    made: &'a AtSource,
    source: &'a Source,
    file: &'a Path,
}

impl Writing<'_> {
    fn run(&self, path: PathBuf) -> Result<Pseudonymised, PipelineError> {
        let contract = self.at.contract;
        let mut reader = ExtractReader::open(self.file, &contract.format, Limits::default())?;
        reader.leave_out(&contract.header_only);
        let binding = contract.bind(self.file, reader.header())?;
        let layout = reader.layout();
        let mut growing = GrowingFile::begin(&path)?;
        growing.append(&lines(std::iter::once(self.made.header.clone())))?;
        let mut done = Pseudonymised { path, ..Pseudonymised::default() };
        while let Some(block) = reader.next_block()? {
            let rows = layout.rows(block)?;
            done.n_unreadable += rows.refused().len() as u64;
            let records = self.records(&rows, &binding, &mut done)?;
            growing.append(&lines(records.into_iter()))?;
        }
        growing.finish()?;
        Ok(done)
    }

    /// What goes on of some rows.
    fn records(
        &self,
        rows: &Rows,
        binding: &Binding,
        done: &mut Pseudonymised,
    ) -> Result<Vec<Vec<String>>, PipelineError> {
        let contract = self.at.contract;
        let checked = contract.check(rows, binding);
        let stays = contract.stays_at_source(&self.made.columns, &checked);
        let mut records = Vec::with_capacity(rows.len());
        for (row, stays) in stays.into_iter().enumerate() {
            if stays {
                done.n_left_out += 1;
                continue;
            }
            let cells = Cells { writing: self, rows, binding, checked: &checked, row };
            let pseudonym = cells.pseudonym()?;
            done.n_rows += 1;
            done.n_without_pseudonym += u64::from(pseudonym.is_none());
            records.push(cells.record(&pseudonym.unwrap_or_default()));
        }
        Ok(records)
    }
}

/// The cells of one row.
struct Cells<'a> {
    writing: &'a Writing<'a>,
    rows: &'a Rows,
    binding: &'a Binding,
    checked: &'a Checked,
    row: usize,
}

impl Cells<'_> {
    fn record(&self, pseudonym: &str) -> Vec<String> {
        let made = self.writing.made;
        let columns = &self.writing.at.contract.columns;
        let mut cells = Vec::with_capacity(made.header.len());
        for (i, (column, becomes)) in columns.iter().zip(&made.columns).enumerate() {
            if column.derived.is_some() {
                continue;
            }
            match becomes {
                Becomes::Nothing => {}
                Becomes::AsSent => cells.push(self.as_sent(i, &column.kind)),
                Becomes::Pseudonym => cells.push(pseudonym.to_owned()),
                Becomes::RowKey => cells.push(match self.cell(i).trim() {
                    "" => String::new(),
                    key => self.writing.source.of_row_key(key),
                }),
                Becomes::BirthMonth => cells.push(self.birth_month().unwrap_or_default()),
                Becomes::Lsoa => cells.push(self.lsoa().unwrap_or_default()),
            }
        }
        if made.tells_age {
            cells.push(self.age().unwrap_or_default());
        }
        cells
    }

    /// A cell as it was sent, unless it tells the day of birth: then the first of that month.
    fn as_sent(&self, column: usize, kind: &Kind) -> String {
        let cell = self.cell(column);
        let (Kind::Date(formats) | Kind::DateTime(formats)) = kind else { return cell.to_owned() };
        let birth = self.day(Role::BirthDate);
        let day = self.checked.columns[column].as_ref();
        let day = day.and_then(|days| super::intake::day(days, self.row)).and_then(date_of);
        match birth.filter(|birth| day == Some(*birth)) {
            None => cell.to_owned(),
            Some(birth) => {
                let month = days_since_epoch(day_or_month(birth, birth));
                formats.on_day(cell, month).unwrap_or_default()
            }
        }
    }

    /// The pseudonym of the NHS number, or else of the provider's own id.
    fn pseudonym(&self) -> Result<Option<String>, PipelineError> {
        let source = self.writing.source;
        if let Some(number) = self.text(Role::NhsNumber) {
            let line = self.rows.lines().get(self.row).copied().unwrap_or_default();
            let path = self.writing.file.to_owned();
            let issued = |_| IntakeError::IssuedNumber { path, line };
            if let Some(pseudonym) = source.of_number(number).map_err(issued)? {
                return Ok(Some(pseudonym));
            }
        }
        let provider = self.text(Role::Provider).unwrap_or_default();
        Ok(self.text(Role::LocalId).map(|id| source.of_local_id(provider, id)))
    }

    fn birth_month(&self) -> Option<String> {
        let birth = self.day(Role::BirthDate)?;
        Some(format!("{:04}-{:02}", birth.year(), birth.month()))
    }

    fn age(&self) -> Option<String> {
        let age = age_at_event(self.day(Role::BirthDate)?, self.day(Role::EventDate)?)?;
        Some(age.as_stated().to_string())
    }

    fn lsoa(&self) -> Option<String> {
        let places = self.writing.at.places?;
        let place = places.of_postcode(self.text(Role::Postcode)?)?;
        Some(places.lsoa_code(place).to_owned())
    }

    /// A cell as it was sent.
    fn cell(&self, column: usize) -> &str {
        self.binding.places[column].map_or("", |place| self.rows.cell(self.row, place))
    }

    fn text(&self, role: Role) -> Option<&str> {
        let column = self.writing.at.contract.column_of(role)?;
        self.checked.texts(column)?.get(self.row)
    }

    fn day(&self, role: Role) -> Option<jiff::civil::Date> {
        let column = self.writing.at.contract.column_of(role)?;
        super::intake::day(self.checked.columns[column].as_ref()?, self.row).and_then(date_of)
    }
}

/// Records as CSV.
fn lines(records: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("rows are of one length, and memory does not fail");
    }
    writer.into_inner().expect("writing to memory does not fail")
}
