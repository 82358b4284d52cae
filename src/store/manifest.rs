//! What a run consists of: every input, parameter and part, by hash.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Governance, OptOutEntry, Part, StoreError, Zone, sha256_hex};
use crate::domain::Sensitivity;

/// One run, whole. Holds no wall-clock time: the same inputs give the same manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Four-digit sequence, hyphen, first twelve digits of [`content_hash`](Self::content_hash).
    pub run_id: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// What the analysis is for.
    pub purpose: String,
    /// The analysis date, `2026-04-01`.
    pub as_at: String,
    /// Which key made the pseudonyms.
    pub key_id: String,
    /// Version of the program.
    pub binary: String,
    /// Every parameter and setting as written.
    pub parameters: BTreeMap<String, String>,
    /// The files that were read.
    pub deliveries: Vec<DeliveryEntry>,
    /// The tables that were made, by name.
    pub tables: BTreeMap<String, TableEntry>,
    /// What was known of opt-outs, where one applies to the purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<OptOutEntry>,
    /// By which agreements it was made, and what was destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governance: Option<Governance>,
    /// Where published figures and reference tables come from, by table.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<String, Vec<Origin>>,
    /// SHA-256 of every report and open-data file, by path under the output folder.
    pub outputs: BTreeMap<String, String>,
    /// Hash of the audit entry that recorded the run.
    pub audit_head: String,
}

/// One delivery: `read = accepted + quarantined + filtered + duplicates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryEntry {
    /// Kind of extract.
    pub feed: String,
    /// The file's name under the delivery folder.
    pub file: String,
    /// ODS code of the sender.
    pub provider_code: String,
    /// The period that it covers.
    pub period: String,
    /// Which of several submissions of the period it is; empty if its name does not say.
    #[serde(default)]
    pub generation: String,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// Rows in the file.
    pub read: u64,
    /// Rows that became records.
    pub accepted: u64,
    /// Rows refused, with a reason.
    pub quarantined: u64,
    /// Rows that may not be kept.
    pub filtered: u64,
    /// Rows that repeat another.
    pub duplicates: u64,
    /// Of the accepted rows, those that later deliveries replace or take back.
    #[serde(default)]
    pub superseded: u64,
}

/// Where a published file comes from; empty where nobody said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Who has published it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// On what terms it may be used.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// Of when it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vintage: String,
    /// SHA-256 of the file, or of all that the table is made from.
    pub sha256: String,
}

/// One table of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Where its parts lie.
    pub zone: Zone,
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// Hash of everything that it was made from.
    pub recipe: String,
    /// How closely it points at people.
    pub sensitivity: Sensitivity,
    /// The columns that name a row.
    pub grain: Vec<String>,
}

impl TableEntry {
    /// Rows in all parts.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.parts.iter().map(|part| part.n_rows).sum()
    }
}

impl Manifest {
    /// SHA-256 of the manifest without its run id and audit head, which differ from store to store.
    ///
    /// # Errors
    /// [`StoreError::Json`], which no manifest is known to cause.
    pub fn content_hash(&self) -> Result<String, StoreError> {
        let content = Self { run_id: String::new(), audit_head: String::new(), ..self.clone() };
        Ok(sha256_hex(&content.to_json()?))
    }

    /// Every part of every table, each once.
    #[must_use]
    pub fn parts(&self) -> BTreeSet<(Zone, &Part)> {
        self.tables
            .values()
            .flat_map(|table| table.parts.iter().map(|part| (table.zone, part)))
            .collect()
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|source| StoreError::Json { what: "manifest", source })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a manifest and holds it against its id.
    pub(super) fn from_json(run_id: &str, bytes: &[u8]) -> Result<Self, StoreError> {
        let broken =
            |reason: String| StoreError::BrokenManifest { run_id: run_id.to_owned(), reason };
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| broken(format!("not a manifest: {error}")))?;
        if manifest.run_id != run_id {
            return Err(broken("its file has another name".to_owned()));
        }
        if !run_id.ends_with(&manifest.content_hash()?[..12]) {
            return Err(broken("its content is not what its id says".to_owned()));
        }
        Ok(manifest)
    }
}

/// The run id of a content hash at a place in the sequence.
pub(super) fn run_id(sequence: u64, content_hash: &str) -> String {
    format!("{sequence:04}-{}", &content_hash[..12])
}

/// The sequence of a well-formed run id; `None` for any other text, so that a damaged pointer
/// cannot lead out of the store.
pub(super) fn sequence_of(run_id: &str) -> Option<u64> {
    let (sequence, hash) = run_id.split_once('-')?;
    let is_number = sequence.len() >= 4 && sequence.bytes().all(|b| b.is_ascii_digit());
    let is_hash = hash.len() == 12 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if is_number && is_hash { sequence.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_are_read_and_everything_else_is_refused() {
        assert_eq!(sequence_of("0007-00ffaabbccdd"), Some(7));
        assert_eq!(sequence_of("12345-00ffaabbccdd"), Some(12345));
        for text in [
            "",
            "0007",
            "7-00ffaabbccdd",
            "0007-../../etc/x",
            "0007-00ffaabbccd",
            "../0007-00ffaabbccdd",
        ] {
            assert_eq!(sequence_of(text), None, "{text}");
        }
        assert_eq!(run_id(7, &"ab".repeat(32)), "0007-abababababab");
    }
}
