//! Who is truly behind each record, as a file says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::checked::hash_of;
use super::error::PipelineError;
use crate::extract::{columns_of, lines_of};
use crate::store::Manifest;

/// Who is truly behind a record: by delivery, as records name it, and line.
pub(super) struct Truth(HashMap<String, HashMap<i64, String>>);

impl Truth {
    /// Reads CSVs of `file`, `line`, `person`; or, where a column is named, that column of files of the run.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not what it must be.
    pub(super) fn read(
        run: &Manifest,
        files: &[PathBuf],
        column: Option<&str>,
    ) -> Result<Self, PipelineError> {
        let mut truth = Self(HashMap::new());
        for path in files {
            match column {
                Some(column) => truth.add_column(run, path, column)?,
                None => truth.add_list(run, path)?,
            }
        }
        Ok(truth)
    }

    /// The person of a row; `None` if nothing is said of it.
    pub(super) fn person(&self, delivery: &str, line: i64) -> Option<&str> {
        let person = self.0.get(delivery)?.get(&line)?;
        Some(person.as_str()).filter(|person| !person.is_empty())
    }

    fn add_list(&mut self, run: &Manifest, path: &Path) -> Result<(), PipelineError> {
        let deliveries = run.deliveries.iter();
        let ids: HashMap<&str, &str> =
            deliveries.map(|one| (one.file.as_str(), short(&one.sha256))).collect();
        for [file, line, person] in columns_of(path, ["file", "line", "person"])? {
            let line = line.parse().map_err(|_| invalid(path, "`line` is not a number"))?;
            if let Some(id) = ids.get(file.as_str()) {
                self.0.entry((*id).to_owned()).or_default().insert(line, person);
            }
        }
        Ok(())
    }

    fn add_column(
        &mut self,
        run: &Manifest,
        path: &Path,
        column: &str,
    ) -> Result<(), PipelineError> {
        let sha256 = hash_of(path)?;
        if !run.deliveries.iter().any(|delivery| delivery.sha256 == sha256) {
            return Err(invalid(path, "the run took in no file of these bytes"));
        }
        let rows = lines_of(path, [column])?.into_iter();
        let rows = rows.map(|(line, [person])| (line.cast_signed(), person));
        self.0.entry(short(&sha256).to_owned()).or_default().extend(rows);
        Ok(())
    }
}

/// How records name their delivery.
pub(super) fn short(sha256: &str) -> &str {
    &sha256[..sha256.len().min(12)]
}

fn invalid(path: &Path, what: &str) -> PipelineError {
    PipelineError::Invalid { path: path.to_owned(), what: what.to_owned() }
}
