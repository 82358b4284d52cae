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

/// Where in the store a part lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// Records, findings, person index, ledger, models.
    Parts,
    /// Linkage tokens: sealed, readable by the service's own user alone, and never registered with SQL.
    Identities,
    /// Pseudonymous ids of those whom the visible run leaves out: readable by that user alone, and not
    /// sealed, since a query has no key and must know them.
    #[serde(rename = "left_out")]
    LeftOut,
}

impl Zone {
    /// Every zone.
    pub const ALL: [Self; 3] = [Self::Parts, Self::Identities, Self::LeftOut];

    /// The zone's folder under the store's root.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Parts => "parts",
            Self::Identities => "identities",
            Self::LeftOut => "left_out",
        }
    }

    /// Whether nobody reads the zone's files without its key.
    #[must_use]
    pub fn is_sealed(self) -> bool {
        self == Self::Identities
    }

    /// What the names of the zone's files end with.
    pub(super) fn extension(self) -> &'static str {
        if self.is_sealed() { ".sealed" } else { ".parquet" }
    }

    /// The hash that a file of the zone is named by; `None` for a name that no part has.
    pub(super) fn part_name(self, name: &str) -> Option<&str> {
        let sha256 = name.strip_suffix(self.extension())?;
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then_some(sha256)
    }

    /// Permission bits of the zone's folder.
    pub(super) fn folder_mode(self) -> u32 {
        match self {
            Self::Parts => 0o750,
            Self::Identities | Self::LeftOut => 0o700,
        }
    }

    /// Permission bits of the zone's files.
    pub(super) fn file_mode(self) -> u32 {
        match self {
            Self::Parts => 0o640,
            Self::Identities | Self::LeftOut => 0o600,
        }
    }
}
