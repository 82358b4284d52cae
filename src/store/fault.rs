//! What can be wrong with a store.

use std::path::PathBuf;

use super::scanner::Hit;

/// Something in a store that is not as the store left it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A run's part is not there.
    #[error("run {run_id}: table {table}: part {sha256} is missing")]
    MissingPart {
        /// The run.
        run_id: String,
        /// The table.
        table: String,
        /// The part.
        sha256: String,
    },
    /// A run's part holds another number of rows or bytes than the manifest says.
    #[error("run {run_id}: table {table}: part {sha256} has another size than the manifest says")]
    WrongSize {
        /// The run.
        run_id: String,
        /// The table.
        table: String,
        /// The part.
        sha256: String,
    },
    /// A part's bytes are not those that its name stands for.
    #[error("{}: was changed", .path.display())]
    ChangedPart {
        /// The file.
        path: PathBuf,
    },
    /// A recipe is not what the store wrote.
    #[error("{}: was changed", .path.display())]
    ChangedRecipe {
        /// The file.
        path: PathBuf,
    },
    /// A run's manifest is missing, or is not what was published.
    #[error("run {run_id}: {reason}")]
    BrokenManifest {
        /// The run.
        run_id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A manifest that never became visible: a crash, or `current` was turned back.
    #[error("run {run_id}: written but not visible; the next run removes it")]
    UnfinishedRun {
        /// The run.
        run_id: String,
    },
    /// A delivery whose retention has ended, and that a crash kept from being destroyed everywhere.
    #[error("{file}: its retention has ended and not all of it is destroyed; the next run does it")]
    UnfinishedDestruction {
        /// The file's name.
        file: String,
    },
    /// Somebody who is to be forgotten, and whom a crash kept from being so everywhere.
    #[error("person {sequence} of those forgotten: not yet in every run; the next run does it")]
    UnfinishedForgetting {
        /// The how-manieth.
        sequence: u64,
    },
    /// Identities that the visible run does not keep, and that lie there still.
    #[error("{n_files} files of identities are not yet destroyed; the next run does it")]
    UnfinishedPurge {
        /// Files that no run names.
        n_files: usize,
    },
    /// The audit log's chain is broken.
    #[error("audit log: {reason}")]
    BrokenAudit {
        /// Which line, and what is wrong with it.
        reason: String,
    },
    /// A manifest's audit entry is not in the log.
    #[error("run {run_id}: its audit entry is not in the log")]
    UnknownAuditHead {
        /// The run.
        run_id: String,
    },
    /// A file or folder that more people can reach than should.
    #[error("{}: mode {mode:o} is too open", .path.display())]
    OpenMode {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file or folder of the identity zone that is another user's.
    #[error("{}: belongs to another user", .path.display())]
    AnothersFile {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file of the identity zone that an earlier hub wrote.
    #[error("{}: is not sealed; the next run does it", .path.display())]
    Unsealed {
        /// The file.
        path: PathBuf,
    },
    /// A file that the store did not put there.
    #[error("{}: does not belong here", .path.display())]
    ForeignFile {
        /// The file.
        path: PathBuf,
    },
    /// A file that cannot be searched for identifiers.
    #[error("{reason}")]
    Unsearchable {
        /// The file and why.
        reason: String,
    },
    /// An identifier where none may be.
    #[error("{0}")]
    Identifier(Hit),
}
