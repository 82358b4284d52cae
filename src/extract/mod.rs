//! Reads extracts: finds files, unpacks and decodes them, and splits them into rows.
//!
//! Streams in blocks, so a file of any size costs the same memory; knows the physical line of every
//! record; says which records are no rows. It knows neither columns' meanings nor keys, and its
//! errors name files and lines, never a cell.

mod bytes;
mod columns;
mod container;
mod encoding;
mod error;
mod format;
mod lines;
mod notes;
mod open;
mod plain;
mod reader;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod workbook;
mod xml;
mod xml_events;
mod zip_member;

pub use columns::{columns_of, lines_in, lines_of};
pub use error::ExtractError;
pub use format::{Encoding, Format, Header, Limits, Sheet, XmlColumn, XmlTable};
pub use notes::{About, Footer, Notes, Remark};
pub use open::ExtractReader;
pub use reader::Block;
pub use rows::{Layout, RefusedRecord, RowFault, Rows};
