//! Why a delivery cannot be taken in.

use std::path::PathBuf;

use crate::contract::ContractError;
use crate::extract::ExtractError;
use crate::store::StoreError;

/// Why a delivery cannot be taken in. No variant carries a cell's value.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The file cannot be read.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The file breaks its contract as a whole.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The store cannot take what came out.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What came out cannot be remembered.
    #[error("a delivery's summary cannot be kept: {reason}")]
    Summary {
        /// What serde said.
        reason: String,
    },
    /// A number that may be a living person's stands in a delivery under the public key.
    #[error("{}: line {line}: an NHS number outside the test range under a key for tests alone", .path.display())]
    IssuedNumber {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
    },
    /// It was begun before it was known whether it is wanted, and is not.
    #[error("{}: taken in already, or not to be taken in", .path.display())]
    Unwanted {
        /// The file.
        path: PathBuf,
    },
    /// Columns of unequal length: a defect of this program.
    #[error("{}: a batch of records does not fit its schema", .path.display())]
    Batch {
        /// The file.
        path: PathBuf,
    },
    /// Records went missing on the way: a defect of this program.
    #[error("{}: {read} records read, {accounted} accounted for", .path.display())]
    CountsDisagree {
        /// The file.
        path: PathBuf,
        /// Records that the file holds.
        read: u64,
        /// Accepted, quarantined, filtered and duplicates together.
        accounted: u64,
    },
}

impl IntakeError {
    /// Whether the file is at fault, so that a run could go on without it; not the store, not this
    /// program.
    #[must_use]
    pub fn is_the_files_fault(&self) -> bool {
        matches!(self, Self::Extract(_) | Self::Contract(_))
    }
}
