//! Lists of codes that lie in a file beside their contract.

use std::path::Path;

use super::names::trimmed;
use crate::extract::{Encoding, ExtractReader, Format, Limits};

/// Codes of one list: more is no list but a table of something else.
const MOST_CODES: usize = 2_000_000;

/// The values of a column of a CSV with a header, in their order; blanks are left out.
pub(super) fn read(path: &Path, column: &str) -> Result<Vec<String>, String> {
    let format = Format::delimited(Encoding::Utf8, b',');
    let failed = |error: crate::extract::ExtractError| error.to_string();
    let mut reader = ExtractReader::open(path, &format, Limits::default()).map_err(failed)?;
    let is_it = |name: &String| trimmed(name) == trimmed(column);
    let Some(place) = reader.header().iter().position(is_it) else {
        return Err(format!("{}: no column `{column}`", path.display()));
    };
    let layout = reader.layout();
    let mut codes = Vec::new();
    while let Some(block) = reader.next_block().map_err(failed)? {
        let rows = layout.rows(block).map_err(failed)?;
        if let Some(refused) = rows.refused().first() {
            // A row that is left out is a code that no longer counts as valid.
            return Err(format!("{}: line {}: no row of the table", path.display(), refused.line));
        }
        codes.extend((0..rows.len()).map(|row| rows.cell(row, place).to_owned()));
        if codes.len() > MOST_CODES {
            return Err(format!("{}: more than {MOST_CODES} codes", path.display()));
        }
    }
    codes.retain(|code| !code.is_empty());
    match codes.is_empty() {
        true => Err(format!("{}: no code in column `{column}`", path.display())),
        false => Ok(codes),
    }
}
