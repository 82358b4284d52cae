//! Why a contract cannot be used, or a file breaks it as a whole.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a delivery was refused, or its contract is none.
///
/// No variant carries a cell's value: these messages reach logs, and logs never hold a person's
/// data. Text that a message quotes stands in the contract.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// The contract cannot be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The contract.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The contract does not say what it must.
    #[error("{}:{line}:{column}: {what}", .path.display())]
    Declaration {
        /// The contract.
        path: PathBuf,
        /// Line of the mistake, counted from 1.
        line: usize,
        /// Column of the mistake, counted from 1 in characters.
        column: usize,
        /// Bytes of the mistake, for a diagnostic that underlines it.
        span: Range<usize>,
        /// What is wrong.
        what: String,
    },
    /// The header lacks a column that the contract requires.
    #[error("{}: no column `{column}`", .path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column, as the contract names it.
        column: String,
    },
    /// More rows are at fault than the contract lets pass.
    #[error(
        "{}: {subject}: {n_rows} of {n_read} rows ({:.1} %), more than {:.1} %",
        .path.display(), *.n_rows as f64 * 100.0 / (*.n_read).max(1) as f64, .limit * 100.0
    )]
    Threshold {
        /// The file.
        path: PathBuf,
        /// Column and rule, as the contract names them.
        subject: String,
        /// Rows at fault.
        n_rows: u64,
        /// Rows of the file.
        n_read: u64,
        /// The share that may be at fault.
        limit: f64,
    },
    /// The header names a column twice, or under two of its names.
    #[error("{}: more than one column `{column}`", .path.display())]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// The column, as the contract names it.
        column: String,
    },
}

impl ContractError {
    /// A mistake at a place of the contract's text.
    pub(super) fn at(path: &Path, text: &str, span: Range<usize>, what: impl Into<String>) -> Self {
        let before = &text[..text.floor_char_boundary(span.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self::Declaration {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            span,
            what: what.into(),
        }
    }
}
