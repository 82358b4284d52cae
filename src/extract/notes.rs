//! What is to be said about a file besides its rows.

/// Something about a file that is no fault of a record; it carries no cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remark {
    /// The line that it is about.
    pub line: u64,
    /// Place of its column in the header; `None` if it is about more than one.
    pub column: Option<usize>,
    /// What it says.
    pub about: About,
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The file is in another encoding than was declared, by its byte-order mark or by its bytes.
    Encoding,
    /// Cells of a workbook were merged: the value stands in the first, the others are blank.
    MergedCells,
    /// A formula of a workbook came to an error: the cell is blank.
    FormulaError,
    /// An element of XML stands more than once where one was declared: the first is read.
    RepeatedElement,
}

/// A record behind the rows, which says that they have ended and perhaps how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footer {
    /// Its line.
    pub line: u64,
    /// The number of rows that it states.
    pub n_stated: Option<u64>,
    /// Records between it and the header, without footers; rows or not.
    pub n_records: u64,
}

/// Remarks and footers of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// In order of line.
    pub remarks: Vec<Remark>,
    /// In order of line.
    pub footers: Vec<Footer>,
}

impl Notes {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remarks.is_empty() && self.footers.is_empty()
    }
}

/// The number of rows that a footer states, if `cells` are one; `None` if they are a record.
///
/// A footer begins with one of the declared texts, as a word, and does not fill the columns: it has
/// another number of fields than the header, or nothing in them but its text and a number.
pub(super) fn footer<'a>(
    declared: &[String],
    cells: &[&'a str],
    n_columns: usize,
) -> Option<Option<u64>> {
    // One blank field too many is a delimiter at the end of the line.
    let cells = match cells.split_last() {
        Some((last, rest)) if rest.len() == n_columns && last.is_empty() => rest,
        _ => cells,
    };
    let first = cells.first()?.trim();
    let rest_of = |text: &'a str, start: &String| {
        let head = text.get(..start.len())?;
        let rest = &text[start.len()..];
        let is_word = !start.ends_with(char::is_alphanumeric)
            || !rest.starts_with(|c: char| c.is_alphanumeric());
        (head.eq_ignore_ascii_case(start) && is_word).then_some(rest)
    };
    let rest = declared.iter().find_map(|start| rest_of(first, start))?;
    let is_number = |cell: &str| cell.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b' ');
    let mut others = cells[1..].iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let is_ragged = cells.len() != n_columns;
    if !is_ragged && (others.clone().count() > 1 || !others.all(is_number)) {
        return None;
    }
    Some(only_number(rest, &cells[1..]))
}

/// The number in a text that holds one number; thousands may be set apart by commas, which where the
/// comma is the delimiter have parted it into cells.
fn only_number(rest: &str, cells: &[&str]) -> Option<u64> {
    let text = std::iter::once(rest).chain(cells.iter().copied()).collect::<Vec<_>>().join(",");
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, byte) in text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end = at + 1,
            _ => runs.push((at, at + usize::from(byte.is_ascii_digit()))),
        }
    }
    let (first, thousands) = runs.split_first()?;
    let mut end = first.1;
    for (start, stop) in thousands {
        let follows = *start == end + 1 && text.as_bytes()[end] == b',' && stop - start == 3;
        if !follows || first.1 - first.0 > 3 {
            return None;
        }
        end = *stop;
    }
    text[first.0..end].replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cells: &[&str], n_columns: usize) -> Option<Option<u64>> {
        let declared = ["Total rows", "Rows:", "END"].map(String::from);
        footer(&declared, cells, n_columns)
    }

    #[test]
    fn a_footer_states_one_number_or_none() {
        assert_eq!(found(&["Total rows: 1234"], 3), Some(Some(1234)));
        assert_eq!(found(&["Total rows", "1234"], 3), Some(Some(1234)));
        assert_eq!(found(&["total rows: 1", "234"], 3), Some(Some(1234)));
        assert_eq!(found(&["Total rows", "1,234,567"], 3), Some(Some(1_234_567)));
        assert_eq!(found(&["Rows:12"], 3), Some(Some(12)));
        assert_eq!(found(&["END"], 3), Some(None));
        assert_eq!(found(&["END", "2024-03-31 10 rows"], 3), Some(None));
        assert_eq!(found(&["Total rows: 12 of 15"], 3), Some(None));
        assert_eq!(found(&["Total rows", "7", ""], 3), Some(Some(7)));
        assert_eq!(found(&["Total rows: 1", "234"], 2), Some(Some(1234)));
        assert_eq!(found(&["Rows: 5"], 1), Some(Some(5)));
    }

    #[test]
    fn what_fills_the_columns_or_only_begins_alike_is_a_record() {
        assert_eq!(found(&["END", "x", "y"], 3), None);
        assert_eq!(found(&["END", "x"], 2), None);
        assert_eq!(found(&["END", "x", "y", ""], 3), None);
        assert_eq!(found(&["Endacott"], 3), None);
        assert_eq!(found(&["The END"], 3), None);
        assert_eq!(found(&[], 3), None);
    }
}
