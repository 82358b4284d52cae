//! Who did what, with which inputs, and what came out: the entries of the audit log.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, sha256_hex};

/// What is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The operating system's user.
    pub who: String,
    /// The command as typed.
    pub command: String,
    /// What it was for.
    pub purpose: String,
    /// SHA-256 of what was read, by name.
    pub inputs: BTreeMap<String, String>,
    /// SHA-256 of what was made, by name; `removed` for what was removed.
    pub outputs: BTreeMap<String, String>,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// The line's number, from 1.
    pub sequence: u64,
    /// When, in UTC.
    pub at: String,
    /// The operating system's user.
    pub who: String,
    /// The command as typed.
    pub command: String,
    /// What it was for.
    pub purpose: String,
    /// SHA-256 of what was read, by name.
    pub inputs: BTreeMap<String, String>,
    /// SHA-256 of what was made, by name; `removed` for what was removed.
    pub outputs: BTreeMap<String, String>,
    /// Hash of the line before; empty on the first.
    pub previous: String,
    /// SHA-256 of this line with an empty `hash`.
    pub hash: String,
}

impl AuditEntry {
    /// An entry by the user who runs this process, without inputs and outputs yet.
    #[must_use]
    pub fn new(command: &str, purpose: &str) -> Self {
        Self {
            who: operating_system_user(),
            command: command.to_owned(),
            purpose: purpose.to_owned(),
            inputs: BTreeMap::new(),
            outputs: BTreeMap::new(),
        }
    }

    /// The record of this entry after `last`.
    pub(super) fn after(self, last: Option<&AuditRecord>) -> Result<AuditRecord, StoreError> {
        let mut record = AuditRecord {
            sequence: last.map_or(1, |last| last.sequence + 1),
            at: now(),
            who: self.who,
            command: self.command,
            purpose: self.purpose,
            inputs: self.inputs,
            outputs: self.outputs,
            previous: last.map_or_else(String::new, |last| last.hash.clone()),
            hash: String::new(),
        };
        record.hash = sha256_hex(&record.to_line()?);
        Ok(record)
    }
}

impl AuditRecord {
    pub(super) fn to_line(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(|source| StoreError::Json { what: "audit entry", source })
    }

    /// Reads one line, which must be to the byte what the store would have written.
    pub(super) fn from_line(line: &[u8]) -> Option<Self> {
        let record: Self = serde_json::from_slice(line).ok()?;
        let unsigned = Self { hash: String::new(), ..record.clone() };
        let is_whole = record.to_line().ok()? == line;
        (is_whole && sha256_hex(&unsigned.to_line().ok()?) == record.hash).then_some(record)
    }
}

impl Store {
    /// Appends an entry to the audit log and returns its hash, the log's new head.
    ///
    /// Needs no lock of the run's: appends wait for each other.
    ///
    /// # Errors
    /// [`StoreError::BrokenAudit`] if something else changed the log's end.
    pub fn audit(&self, entry: AuditEntry) -> Result<String, StoreError> {
        self.append_audit(entry)
    }

    /// Every entry, first to last, with the chain checked.
    ///
    /// # Errors
    /// [`StoreError::BrokenAudit`] at the first line that is not what the store wrote.
    pub fn audit_records(&self) -> Result<Vec<AuditRecord>, StoreError> {
        self.read_audit()
    }
}

/// The moment, to the second, in UTC. The store's one clock: the audit log and the lock's
/// description are the only places that hold wall-clock time.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The name of the user that this process runs as, else its number. Environment variables are
/// believed only where the system has no `/proc`, since anybody may set them.
fn operating_system_user() -> String {
    let Ok(process) = std::fs::metadata("/proc/self") else {
        return std::env::var("USER").unwrap_or_else(|_| "unknown".to_owned());
    };
    let uid = process.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("user {uid}"))
}
