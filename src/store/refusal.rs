//! That a night was refused for want of an agreement: until one is not, nobody reads what it left.

use std::io;

use serde::{Deserialize, Serialize};

use super::atomic::{sync_folder, write_with_mode};
use super::layout::FILE_MODE;
use super::{AuditEntry, RunLock, Store, StoreError};

/// Why the last night was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The day of that night, `2027-04-01`.
    pub on: String,
    /// What it was for.
    pub purpose: String,
    /// Which feeds lack an agreement, in words.
    pub gaps: Vec<String>,
}

impl Store {
    /// Why the last night was refused; `None` if it was not.
    ///
    /// # Errors
    /// A file that cannot be read: then it is unknown whether the store may be used.
    pub fn refusal(&self) -> Result<Option<Refusal>, StoreError> {
        let path = self.refusal_path();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::file(&path)(error)),
        };
        let refusal = serde_json::from_slice(&bytes);
        refusal.map(Some).map_err(|source| StoreError::Json { what: "refusal", source })
    }

    /// Keeps that a night was refused, and records it.
    ///
    /// # Errors
    /// [`StoreError::ForeignLock`]; what the file system says.
    pub fn refuse(&self, lock: &RunLock, refusal: &Refusal) -> Result<(), StoreError> {
        lock.check(self)?;
        if self.refusal().is_ok_and(|known| known.as_ref() == Some(refusal)) {
            return Ok(());
        }
        let mut entry = AuditEntry::new(lock.command(), &refusal.purpose);
        let why = format!("refused on {}: {}", refusal.on, refusal.gaps.join("; "));
        entry.outputs.insert("agreements".to_owned(), why);
        self.audit(entry)?;
        let bytes = serde_json::to_vec_pretty(refusal)
            .map_err(|source| StoreError::Json { what: "refusal", source })?;
        write_with_mode(&self.refusal_path(), &bytes, FILE_MODE)
    }

    /// Forgets a refusal: a night has found every agreement live again.
    ///
    /// # Errors
    /// [`StoreError::ForeignLock`]; what the file system says.
    pub fn lift_refusal(&self, lock: &RunLock, purpose: &str) -> Result<(), StoreError> {
        lock.check(self)?;
        let path = self.refusal_path();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(StoreError::file(&path)(error)),
            Ok(()) => sync_folder(self.root()).map_err(StoreError::file(self.root()))?,
        }
        let mut entry = AuditEntry::new(lock.command(), purpose);
        entry.outputs.insert("agreements".to_owned(), "live".to_owned());
        self.audit(entry).map(drop)
    }
}
