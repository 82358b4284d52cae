//! A practice's list: what is sealed, and what the practice makes of it with its own numbers.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::PipelineError;
use crate::extract::columns_of;
use crate::pseudonymise::{ListKey, open_sealed, read_secret_key};
use crate::report::inert;

/// What a practice is told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PracticeList {
    pub(super) practice_code: String,
    pub(super) run_id: String,
    pub(super) reason: String,
    pub(super) approved_by: Vec<String>,
    /// The key of the marks, in hexadecimal.
    pub(super) list_key: String,
    /// What is told of each person.
    pub(super) columns: Vec<String>,
    pub(super) persons: Vec<Listed>,
}

/// One person: a mark for each number of theirs, and what is told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) marks: Vec<String>,
    pub(super) cells: Vec<String>,
}

impl Drop for PracticeList {
    fn drop(&mut self) {
        self.list_key.zeroize();
    }
}

impl PracticeList {
    pub(super) fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, PipelineError> {
        let json = serde_json::to_vec(self);
        json.map(Zeroizing::new).map_err(|_| PipelineError::NoList)
    }
}

/// Opens a list at the practice: those of its own numbers that are on it, with what is told of each, as
/// CSV.
///
/// # Errors
/// A key, list or file of numbers that cannot be read; a list that is sealed for somebody else.
pub fn open_list(
    list: &Path,
    secret_key: &Path,
    numbers: &Path,
) -> Result<Zeroizing<String>, PipelineError> {
    let sealed = std::fs::read(list)
        .map_err(|source| PipelineError::Unreadable { path: list.to_owned(), source })?;
    let opened = open_sealed(&sealed, &read_secret_key(secret_key)?)?;
    let list: PracticeList = serde_json::from_slice(&opened).map_err(|_| PipelineError::NoList)?;
    let key = ListKey::from_hex(&list.list_key).ok_or(PipelineError::NoList)?;
    let by_mark: HashMap<&str, &Listed> = list
        .persons
        .iter()
        .flat_map(|person| person.marks.iter().map(move |mark| (mark.as_str(), person)))
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut put = |cells: &mut dyn Iterator<Item = String>| {
        writer.write_record(cells).map_err(|_| PipelineError::NoList)
    };
    put(&mut std::iter::once("nhs_number".to_owned()).chain(list.columns.iter().map(|c| inert(c))))?;
    for [number] in columns_of(numbers, ["nhs_number"])? {
        let number = Zeroizing::new(number);
        let person = key.mark(&number).and_then(|mark| by_mark.get(mark.as_str()).copied());
        if let Some(person) = person {
            let cells = person.cells.iter().map(|cell| told(cell));
            put(&mut std::iter::once(number.to_string()).chain(cells))?;
        }
    }
    let bytes = writer.into_inner().map_err(|_| PipelineError::NoList)?;
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| PipelineError::NoList)
}

/// A cell that no spreadsheet runs; numbers stay numbers.
fn told(cell: &str) -> String {
    if cell.parse::<f64>().is_ok() { cell.to_owned() } else { inert(cell) }
}
