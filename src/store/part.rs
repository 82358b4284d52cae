//! What a part is called and where it lies.

use serde::{Deserialize, Serialize};

/// One immutable Parquet file, named by its bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// SHA-256 of the file's bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Rows in the file.
    pub n_rows: u64,
    /// Bytes of the file.
    pub n_bytes: u64,
}

/// Which half of the store a part lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// Records, findings, person index, ledger, models.
    Parts,
    /// Linkage tokens: readable by the service's own user alone, and never registered with SQL.
    Identities,
}

impl Zone {
    /// Both zones.
    pub const ALL: [Self; 2] = [Self::Parts, Self::Identities];

    /// The zone's folder under the store's root.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Parts => "parts",
            Self::Identities => "identities",
        }
    }

    /// Permission bits of the zone's folder.
    pub(super) fn folder_mode(self) -> u32 {
        match self {
            Self::Parts => 0o750,
            Self::Identities => 0o700,
        }
    }

    /// Permission bits of the zone's files.
    pub(super) fn file_mode(self) -> u32 {
        match self {
            Self::Parts => 0o640,
            Self::Identities => 0o600,
        }
    }
}
