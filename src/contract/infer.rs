//! Drafts a contract from a file, for a person to complete.
//!
//! What fits every cell that was read is said, and nothing is guessed from one. No value of a cell
//! reaches the draft, except codes that repeat themselves in a column that can name nobody.

mod cells;
mod draft;
mod guesses;
mod sniff;
#[cfg(test)]
mod tests;

use std::path::Path;

use self::cells::Cells;
use crate::extract::{ExtractError, ExtractReader, Limits};

/// Rows that are read at most: what a million rows agree in is worth a draft.
const MOST_ROWS: usize = 1_000_000;

/// The draft of a contract for files like this one, as commented TOML that checks.
///
/// # Errors
/// [`ExtractError`] if the file cannot be read.
pub fn infer(path: &Path, feed: &str) -> Result<String, ExtractError> {
    let format = sniff::format(path)?;
    let mut reader = ExtractReader::open(path, &format, Limits::default())?;
    let layout = reader.layout();
    let header = reader.header().to_vec();
    let mut columns: Vec<Cells> = header.iter().map(|name| Cells::new(name)).collect();
    let (mut n_rows, mut n_refused) = (0, 0);
    while let Some(block) = reader.next_block()? {
        let rows = layout.rows(block)?;
        for (place, column) in columns.iter_mut().enumerate() {
            (0..rows.len()).for_each(|row| column.see(rows.cell(row, place)));
        }
        n_rows += rows.len();
        n_refused += rows.refused().len();
        if n_rows >= MOST_ROWS {
            break;
        }
    }
    Ok(draft::toml(feed, &format, &columns, n_rows, n_refused))
}
