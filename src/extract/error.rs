//! Why a file cannot be read.

use std::io;
use std::path::PathBuf;

/// What stops the reading of a file. No variant carries a cell.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// No file is there.
    #[error("{}: no such file", .path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// The file system refused, or a compressed file is damaged or cut short.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the file system or the decompressor said.
        source: io::Error,
    },
    /// The file is in an encoding or a container that its contract does not declare.
    #[error("{}: the file is {found}, which is not read", .path.display())]
    Unexpected {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The file has no header line.
    #[error("{}: the file is empty", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// No line of the first thousand begins as the header is declared to.
    #[error("{}: no header that begins with `{first_cell}`", .path.display())]
    NoHeader {
        /// The file.
        path: PathBuf,
        /// The first cell of the header, as the contract has it.
        first_cell: String,
    },
    /// The workbook has no such sheet; `sheet` stands in the contract.
    #[error("{}: the workbook has no sheet {sheet}", .path.display())]
    NoSheet {
        /// The file.
        path: PathBuf,
        /// The sheet.
        sheet: String,
    },
    /// A file that is not what its format says: XML, a workbook, a header that is no record.
    #[error("{}: line {line}: {what}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The header lacks a column.
    #[error("{}: no column `{column}`", .path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A cap was passed: the file is no extract.
    #[error("{}: line {line}: more than {limit} {what}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        line: u64,
        /// What there is too much of.
        what: &'static str,
        /// The cap.
        limit: u64,
    },
    /// The splitter and the CSV reader counted differently: a defect of this program.
    #[error("{}: line {line}: the records of a block cannot be told apart", .path.display())]
    Disagreement {
        /// The file.
        path: PathBuf,
        /// The block's first line.
        line: u64,
    },
}
