//! What a file says besides its rows, as findings: remarks of the reader, and footers, whose number
//! of rows is held against the rows that were read.

use super::tally::{Count, Subject};
use crate::contract::{Binding, Rule};
use crate::extract::{About, Footer, Notes};

/// The rows of a file, as its footers count them.
#[derive(Debug, Default)]
pub(super) struct RowCounts {
    n_repeated_headers: u64,
    /// Rows above the last footer that states a number.
    n_above: u64,
}

type Finding = (Subject<Option<String>>, Count);

impl RowCounts {
    /// The findings of the next block of the file; `refused` are its refused records.
    pub(super) fn findings(
        &mut self,
        notes: &Notes,
        refused: &[(u64, Option<u16>, Rule)],
        binding: &Binding,
    ) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::with_capacity(notes.remarks.len());
        found.extend(remarks(notes, binding).map(|(line, column, rule)| one(rule, column, line)));
        let is_header = |(_, _, rule): &&(u64, Option<u16>, Rule)| *rule == Rule::RepeatedHeader;
        let headers: Vec<u64> = refused.iter().filter(is_header).map(|(line, ..)| *line).collect();
        for footer in &notes.footers {
            found.push(one(Rule::Footer, None, footer.line));
            let n_here = headers.iter().filter(|line| **line < footer.line).count() as u64;
            if self.disagrees(footer, self.n_repeated_headers + n_here) {
                found.push(one(Rule::RowCountDisagrees, None, footer.line));
            }
        }
        self.n_repeated_headers += headers.len() as u64;
        found
    }

    /// Whether a footer states neither the rows of the file so far nor those since the last footer:
    /// files with footers may have been joined.
    fn disagrees(&mut self, footer: &Footer, n_headers: u64) -> bool {
        let Some(n_stated) = footer.n_stated else { return false };
        let n_rows = footer.n_records.saturating_sub(n_headers);
        let n_since = n_rows.saturating_sub(std::mem::replace(&mut self.n_above, n_rows));
        n_stated != n_rows && n_stated != n_since
    }
}

/// The reader's remarks: line, column of the contract, rule.
pub(super) fn remarks(
    notes: &Notes,
    binding: &Binding,
) -> impl Iterator<Item = (u64, Option<u16>, Rule)> {
    notes.remarks.iter().map(|remark| {
        let column = remark.column.and_then(|at| column_at(binding, at));
        (remark.line, column, rule_of(remark.about))
    })
}

fn one(rule: Rule, column: Option<u16>, line: u64) -> Finding {
    (Subject { rule, column, provider: None }, Count { n_rows: 1, first_lines: vec![line] })
}

/// The contract's column that stands at a place of the file.
fn column_at(binding: &Binding, place: usize) -> Option<u16> {
    binding.places.iter().position(|p| *p == Some(place)).map(|column| column as u16)
}

fn rule_of(about: About) -> Rule {
    match about {
        About::Encoding => Rule::EncodingDisagrees,
        About::MergedCells => Rule::MergedCells,
        About::FormulaError => Rule::FormulaError,
        About::RepeatedElement => Rule::RepeatedElement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disagree(footers: &[(Option<u64>, u64)]) -> Vec<bool> {
        let mut counts = RowCounts::default();
        let footer = |(n_stated, n_records)| Footer { line: 9, n_stated, n_records };
        footers.iter().map(|f| counts.disagrees(&footer(*f), 0)).collect()
    }

    #[test]
    fn a_footer_counts_the_file_or_its_own_part_of_it() {
        assert_eq!(disagree(&[(Some(5), 5)]), [false]);
        assert_eq!(disagree(&[(Some(6), 5)]), [true]);
        assert_eq!(disagree(&[(None, 5)]), [false]);
        assert_eq!(disagree(&[(Some(5), 5), (Some(3), 8)]), [false, false]);
        assert_eq!(disagree(&[(Some(5), 5), (Some(8), 8)]), [false, false]);
        assert_eq!(disagree(&[(Some(5), 5), (Some(4), 8)]), [false, true]);
    }

    #[test]
    fn headers_that_are_repeated_are_no_rows() {
        let footer = Footer { line: 9, n_stated: Some(4), n_records: 5 };
        assert!(!RowCounts::default().disagrees(&footer, 1));
        assert!(RowCounts::default().disagrees(&footer, 0));
    }
}
