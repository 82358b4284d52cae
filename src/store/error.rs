//! Why the store could not go on.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

use super::scanner::ScanError;
use super::sealed::SealFault;

/// What stops the store. No variant carries a cell's value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// A file of the identity zone cannot be opened.
    #[error("{}: {fault}", .path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: SealFault,
    },
    /// The identity zone was to be read or written, and no key was given.
    #[error("the identity zone is sealed, and no key was given")]
    NoZoneKey,
    /// Others than the identity zone's owner can reach it.
    #[error("{}: mode {mode:o}: others than its owner can reach the identity zone", .path.display())]
    OpenZone {
        /// The zone's folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The identity zone is not the user's who runs the hub.
    #[error("{}: the identity zone belongs to another user", .path.display())]
    AnothersZone {
        /// The zone's folder.
        path: PathBuf,
    },
    /// The identity zone lies elsewhere than the pipeline says.
    #[error("{}: the store's identity zone is not where the pipeline says", .path.display())]
    ZoneElsewhere {
        /// Where the store has it.
        path: PathBuf,
    },
    /// The identity zone was written by a hub that did not seal it.
    #[error("{}: the identity zone is not sealed yet", .path.display())]
    UnsealedZone {
        /// The zone's folder.
        path: PathBuf,
    },
    /// The identity zone is not where it was.
    #[error("{}: the identity zone is not there", .path.display())]
    ZoneMissing {
        /// The store's link to it.
        path: PathBuf,
    },
    /// The folder that was declared for the identity zone holds something else.
    #[error("{}: not an empty folder that an identity zone could lie in", .path.display())]
    ZoneTaken {
        /// The folder.
        path: PathBuf,
    },
    /// There is no store at this place.
    #[error("{}: no store here", .path.display())]
    NoStore {
        /// Where one was looked for.
        path: PathBuf,
    },
    /// Another run holds the store.
    #[error("the store is locked by {holder}")]
    Locked {
        /// Who holds it: process, command, since when.
        holder: String,
    },
    /// The lock that was shown belongs to another store.
    #[error("the lock shown is not this store's")]
    ForeignLock,
    /// A batch does not have the column that its part was opened with.
    #[error("a batch for a part has {found} columns where {expected} are declared")]
    ColumnCount {
        /// Columns of the part.
        expected: usize,
        /// Columns of the batch.
        found: usize,
    },
    /// A batch's column has another name, type or nullability than its part was opened with.
    #[error("column `{column}` of a batch does not fit its part: {reason}")]
    ColumnMismatch {
        /// The declared column.
        column: String,
        /// What differs.
        reason: &'static str,
    },
    /// Parquet could not be written or read.
    #[error("{}: {source}", .path.display())]
    Parquet {
        /// The part.
        path: PathBuf,
        /// What the Parquet library said.
        source: ParquetError,
    },
    /// A part is not in the store.
    #[error("part {sha256} is missing from {zone}")]
    MissingPart {
        /// The part's name.
        sha256: String,
        /// The zone it should lie in.
        zone: &'static str,
    },
    /// A part holds other bytes or another number of rows than its name and manifest say.
    #[error("part {sha256} is damaged: {reason}")]
    DamagedPart {
        /// The part's name.
        sha256: String,
        /// What differs.
        reason: &'static str,
    },
    /// A manifest cannot be read or is not what was published.
    #[error("run {run_id}: {reason}")]
    BrokenManifest {
        /// The run.
        run_id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A manifest's run id is not the one that its content and place in the sequence give.
    #[error("run {found}: this manifest's id must be {expected}")]
    WrongRunId {
        /// The id that [`Store::next_run_id`](super::Store::next_run_id) gives.
        expected: String,
        /// The id in the manifest.
        found: String,
    },
    /// The audit log was changed by something other than the store.
    #[error("audit.jsonl: line {line}: {reason}")]
    BrokenAudit {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A manifest names an audit entry that the log does not have.
    #[error("run {run_id}: its audit entry is not in audit.jsonl")]
    UnknownAuditHead {
        /// The run.
        run_id: String,
    },
    /// The identifier scanner could not read a file of the store.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// A declaration could not be turned into JSON.
    #[error("{what} cannot be written as JSON: {source}")]
    Json {
        /// Manifest, recipe or audit entry.
        what: &'static str,
        /// What serde said.
        source: serde_json::Error,
    },
}

impl StoreError {
    /// Gives a file-system error its place.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| match source.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(fault) => Self::Sealed { path, fault: *fault },
            None => Self::File { path, source },
        }
    }

    /// Gives a Parquet error its place.
    pub(super) fn parquet(path: &Path) -> impl FnOnce(ParquetError) -> Self {
        let path = path.to_path_buf();
        move |source| match source {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(source) => Self::file(&path)(*source),
                Err(inner) => Self::Parquet { path, source: ParquetError::External(inner) },
            },
            source => Self::Parquet { path, source },
        }
    }
}
