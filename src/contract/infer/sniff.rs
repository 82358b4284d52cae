//! Which delimiter and encoding part a file best.

use std::path::Path;

use crate::extract::{Encoding, ExtractError, ExtractReader, Format, Limits, Sheet};

/// The format under which most cells come out whole.
pub(super) fn format(path: &Path) -> Result<Format, ExtractError> {
    let mut best: Option<(usize, Format)> = None;
    let mut failure = None;
    for delimiter in *b",|\t;" {
        let format = Format::delimited(Encoding::Utf8, delimiter);
        match n_cells(path, &format) {
            Ok((n, _)) if best.as_ref().is_none_or(|(most, _)| n > *most) => {
                best = Some((n, format));
            }
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    let Some((_, mut format)) = best else {
        // Not text: a workbook is one, if its first sheet can be read.
        let sheet =
            Format { sheet: Some(Sheet::Place(0)), ..Format::delimited(Encoding::Utf8, b',') };
        return match (n_cells(path, &sheet), failure) {
            (Ok(_), _) => Ok(sheet),
            (Err(_), Some(error)) | (Err(error), None) => Err(error),
        };
    };
    if n_cells(path, &format)?.1 {
        format.encoding = Encoding::Windows1252;
    }
    Ok(format)
}

/// Cells of the first block in rows that fill the header, and whether bytes are no text.
fn n_cells(path: &Path, format: &Format) -> Result<(usize, bool), ExtractError> {
    let mut reader = ExtractReader::open(path, format, Limits::default())?;
    let layout = reader.layout();
    let n_columns = reader.header().len();
    let Some(block) = reader.next_block()? else { return Ok((n_columns, false)) };
    let rows = layout.rows(block)?;
    // A delimiter that parts nothing makes every line a row of one cell; one that parts lines into
    // another number of cells than the header may still be the right one.
    let n_records = 2 * rows.len() + rows.refused().len() + 1;
    let n = if n_columns > 1 { n_records * n_columns } else { rows.len() };
    Ok((n, !rows.undecodable().is_empty()))
}
