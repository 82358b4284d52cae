//! Why a file could not be searched.

use std::io;

/// What kept the scanner from vouching for a file. Paths are blanked where they match.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The file system refused.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// What the file system said.
        source: io::Error,
    },
    /// The file says that it is of a kind, but cannot be decoded as it.
    #[error("{path}: cannot be decoded: {reason}")]
    Undecodable {
        /// The file.
        path: String,
        /// What failed.
        reason: String,
    },
}
