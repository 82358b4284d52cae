//! Released tables as CSV that no spreadsheet runs.

use arrow::datatypes::DataType;

use crate::disclosure::Released;

impl Released {
    /// The table as CSV: a header, then the rows; UTF-8, comma, `\n`.
    ///
    /// A null is an empty cell, with its reason in the status column. Text that a spreadsheet would
    /// take for a formula gets an apostrophe in front; numbers stay numbers, negative ones too.
    #[must_use]
    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .from_writer(Vec::new());
        let names: Vec<String> = self.columns().iter().map(|c| inert(&c.name)).collect();
        write(&mut writer, &names);
        let is_text: Vec<bool> =
            self.schema().fields().iter().map(|f| is_text(f.data_type())).collect();
        for row in 0..self.n_rows() {
            let cells = names_and_kinds(self, &is_text).map(|(column, is_text)| {
                let cell = self.text(row, column).unwrap_or_default();
                if is_text { inert(&cell) } else { cell }
            });
            write(&mut writer, &cells.collect::<Vec<_>>());
        }
        writer.into_inner().expect("writing to memory does not fail")
    }
}

fn names_and_kinds<'a>(
    released: &'a Released,
    is_text: &'a [bool],
) -> impl Iterator<Item = (&'a str, bool)> {
    released.columns().iter().map(|c| c.name.as_str()).zip(is_text.iter().copied())
}

fn write(writer: &mut csv::Writer<Vec<u8>>, cells: &[String]) {
    writer.write_record(cells).expect("rows are as long as the header, and memory does not fail");
}

fn is_text(kind: &DataType) -> bool {
    !(kind.is_numeric() || kind.is_temporal() || *kind == DataType::Boolean)
}

/// Text that no spreadsheet takes for a formula.
///
/// What begins with `=`, `+`, `-`, `@` (also in their full-width forms), a tab, a carriage return
/// or a line feed gets an apostrophe in front. Source: OWASP, CSV injection.
pub(crate) fn inert(text: &str) -> String {
    const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(STARTS) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_made_inert() {
        for text in ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(inert(text), format!("'{text}"));
        }
        for text in ["", "0-4", "St Mary's", "a=b"] {
            assert_eq!(inert(text), text);
        }
    }
}
