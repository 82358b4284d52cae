//! What a run says of its governance: by which agreements it was made, what was destroyed, and how
//! often somebody was forgotten.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::{StoreError, sha256_hex};

/// By what a run was allowed, and what no run may hold any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Governance {
    /// The day of the run, `2026-04-01`: agreements are held against it.
    pub run_on: String,
    /// The agreements that were declared, by id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agreements: BTreeMap<String, AgreementEntry>,
    /// Every delivery of the store's history whose retention has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destroyed: Vec<Destruction>,
    /// Whether identities are destroyed once the run is visible.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identities_purged: bool,
    /// Every time that somebody was forgotten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<Forgetting>,
}

/// What of an agreement decides whether a table may be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementEntry {
    /// The feeds that it covers.
    pub feeds: Vec<String>,
    /// The purposes that it covers.
    pub purposes: Vec<String>,
    /// The first day on which it holds.
    pub starts_on: String,
    /// The last day on which it holds.
    pub expires_on: String,
}

/// That a delivery was destroyed, and by which rule: the destruction record. Never a value of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destruction {
    /// The day of the run that destroyed it.
    pub destroyed_on: String,
    /// Its feed.
    pub feed: String,
    /// The file's name.
    pub file: String,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// What it was about.
    pub period: String,
    /// Records of it that the store held.
    pub n_records: u64,
    /// The agreement whose rule it is.
    pub agreement: String,
    /// The rule, in words.
    pub rule: String,
    /// The first day on which it might no longer be kept.
    pub ended_on: String,
}

/// That somebody was forgotten, when and why: never who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forgetting {
    /// The how-manieth person this is, from 1.
    pub sequence: u64,
    /// The day.
    pub forgotten_on: String,
    /// Why, as it was typed.
    pub reason: String,
    /// Records of the visible run that were removed.
    pub n_records: u64,
}

impl Forgetting {
    /// SHA-256 of the record, by which the audit log names it.
    pub(super) fn hash(&self) -> Result<String, StoreError> {
        hash_of(self, "record of forgetting")
    }

    /// Why, for the audit log.
    pub(super) fn reason(&self) -> String {
        format!("forgotten on {}: {}; {} records", self.forgotten_on, self.reason, self.n_records)
    }

    /// What the audit log calls it.
    pub(super) fn recorded_name(&self) -> String {
        format!("forgotten/{}", self.sequence)
    }
}

fn hash_of<T: Serialize>(record: &T, what: &'static str) -> Result<String, StoreError> {
    let bytes = serde_json::to_vec(record).map_err(|source| StoreError::Json { what, source })?;
    Ok(sha256_hex(&bytes))
}

impl Destruction {
    /// SHA-256 of the record, by which the audit log names it.
    ///
    /// # Errors
    /// [`StoreError::Json`], which no record is known to cause.
    pub fn hash(&self) -> Result<String, StoreError> {
        hash_of(self, "destruction record")
    }

    /// What the audit log calls it.
    pub(super) fn recorded_name(&self) -> String {
        format!("destroyed/{}", self.file)
    }

    /// Why, for the audit log.
    pub(super) fn reason(&self) -> String {
        let Self { agreement, rule, ended_on, n_records, feed, .. } = self;
        format!(
            "retention under agreement `{agreement}`: {rule}, ended on {ended_on}; {n_records} \
             records of {feed}"
        )
    }
}
