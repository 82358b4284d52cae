//! What a pipeline may set about linkage.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::decision::Decision;
use super::drift::Drift;
use super::weighed::{Model, Weighed};

/// Thresholds of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A number with more birth dates than this, none of which partly agrees with another, is a
    /// dummy and treated as missing.
    pub max_births_per_number: usize,
    /// A number that more than this many unlike people of each of two sexes carry is a dummy, whatever
    /// their birth dates say: unlike by all of their names, or without names by their postcode area.
    pub max_unlike_of_each_sex: usize,
    /// A block with more distinct identities or candidate persons than this is left alone and
    /// counted in the report.
    pub max_block: usize,
    /// What becomes of a trusted number that no second identity carries, if everything else says
    /// that its bearer is somebody with a better supported number.
    pub uncorroborated_numbers: Uncorroborated,
    /// What reviewers have decided of pairs: a CSV of `pair,decision,decided_by,decided_on`.
    pub decisions: Option<PathBuf>,
    /// Short forms of given names: a CSV of `name,canonical`.
    pub nicknames: Option<PathBuf>,
    /// From where it is told that linkage got worse. No link hangs on it, so that it is in no recipe.
    #[serde(skip_serializing)]
    pub drift: Drift,
    /// Step 6.
    pub weighed: Weighed,
    /// The frozen model of step 6, once it is read.
    #[serde(skip)]
    pub frozen: Option<Model>,
    /// What reviewers have decided, once it is read.
    #[serde(skip)]
    pub decided: Vec<Decision>,
    /// The hash of the very text that they were read from.
    #[serde(skip)]
    pub decisions_sha256: Option<String>,
}

/// How far a trusted number binds that no second identity carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncorroborated {
    /// Like any trusted number: two different ones never meet in one person.
    Bind,
    /// It gives way where family name, given name, birth date, sex and postcode or local id are all
    /// those of somebody whose number is corroborated, as after a keying error. A re-issued number
    /// comes with a changed name, sex or address, so that it still binds.
    Yield,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_births_per_number: 3,
            max_unlike_of_each_sex: 3,
            max_block: 200,
            uncorroborated_numbers: Uncorroborated::Bind,
            decisions: None,
            nicknames: None,
            drift: Drift::default(),
            weighed: Weighed::default(),
            frozen: None,
            decided: Vec::new(),
            decisions_sha256: None,
        }
    }
}
