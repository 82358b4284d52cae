//! Reads extracts: finds files, unpacks and decodes them, and splits them into rows.
//!
//! Streams in blocks, so a file of any size costs the same memory; knows the physical line of every
//! record; says which records are no rows. It knows neither columns' meanings nor keys, and its
//! errors name files and lines, never a cell.

mod bytes;
mod columns;
mod discover;
mod encoding;
mod error;
mod format;
mod lines;
mod plain;
mod reader;
mod rows;
#[cfg(test)]
mod tests;

pub use columns::columns_of;
pub use discover::discover;
pub use error::ExtractError;
pub use format::{Encoding, Format, Limits};
pub use reader::{Block, ExtractReader};
pub use rows::{Layout, RefusedRecord, RowFault, Rows};
