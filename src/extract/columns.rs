//! Named columns of a small table: look-ups, lists, truth.

use std::path::Path;

use super::{Encoding, ExtractError, ExtractReader, Format, Limits};

/// The named columns of a CSV with a header, row by row; other columns are left alone.
///
/// Letter case of the header does not matter. Rows with another number of fields than the header are
/// left out.
///
/// # Errors
/// [`ExtractError`] if the file cannot be read or lacks a column.
pub fn columns_of<const N: usize>(
    path: &Path,
    names: [&str; N],
) -> Result<Vec<[String; N]>, ExtractError> {
    Ok(lines_of(path, names)?.into_iter().map(|(_, row)| row).collect())
}

/// The same, each row with its physical line.
///
/// # Errors
/// [`ExtractError`] if the file cannot be read or lacks a column.
pub fn lines_of<const N: usize>(
    path: &Path,
    names: [&str; N],
) -> Result<Vec<(u64, [String; N])>, ExtractError> {
    let format = Format::delimited(Encoding::Utf8, b',');
    lines(path, ExtractReader::open(path, &format, Limits::default())?, names)
}

/// The same of the text of a file that was read before.
///
/// # Errors
/// As [`lines_of`].
pub fn lines_in<const N: usize>(
    path: &Path,
    text: Vec<u8>,
    names: [&str; N],
) -> Result<Vec<(u64, [String; N])>, ExtractError> {
    let format = Format::delimited(Encoding::Utf8, b',');
    lines(path, ExtractReader::of_text(path, text, &format, Limits::default())?, names)
}

fn lines<const N: usize>(
    path: &Path,
    mut reader: ExtractReader,
    names: [&str; N],
) -> Result<Vec<(u64, [String; N])>, ExtractError> {
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        let no_column =
            || ExtractError::NoColumn { path: path.to_owned(), column: name.to_owned() };
        *place = reader
            .header()
            .iter()
            .position(|header| header.eq_ignore_ascii_case(name))
            .ok_or_else(no_column)?;
    }
    let layout = reader.layout();
    let mut table = Vec::new();
    while let Some(block) = reader.next_block()? {
        let rows = layout.rows(block)?;
        let row = |row| places.map(|place| rows.cell(row, place).to_owned());
        table.extend((0..rows.len()).map(|at| (rows.lines()[at], row(at))));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_the_order_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        crate::store::write_atomic(&path, b"\xef\xbb\xbfline,FILE,person\n2,\"a,b\",p\n3,c,q\n")
            .unwrap();
        let table = columns_of(&path, ["file", "line"]).unwrap();
        assert_eq!(table, [["a,b".to_owned(), "2".to_owned()], ["c".to_owned(), "3".to_owned()]]);
        let error = columns_of(&path, ["folder"]).unwrap_err();
        assert!(matches!(error, ExtractError::NoColumn { column, .. } if column == "folder"));
    }
}
