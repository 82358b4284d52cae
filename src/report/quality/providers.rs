//! The questions of each provider, as a page and as CSV, to be sent.

use std::collections::BTreeMap;

use super::input::Question;
use crate::report::csv_text::inert;
use crate::report::words;

/// Stands for providers that cannot be named.
pub(super) const UNKNOWN: &str = "unknown";

/// Longest code of a provider: some systems name organisations by a UUID.
const LONGEST_CODE: usize = 36;
/// A run of so many digits and nothing else could be a patient's number in the wrong column.
const MOST_DIGITS: usize = 6;

/// The provider's code if it is shaped like one; what is not may be anything, so it is not shown.
pub(in crate::report) fn shown(code: &str) -> &str {
    let is_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let is_number = code.len() > MOST_DIGITS && code.bytes().all(|b| b.is_ascii_digit());
    let is_code = (1..=LONGEST_CODE).contains(&code.len()) && code.bytes().all(is_safe);
    if is_code && !is_number { code } else { UNKNOWN }
}

/// Questions by provider, each in its order; those that cannot be named share one list.
pub(super) fn by_provider(questions: &[Question]) -> BTreeMap<&str, Vec<&Question>> {
    let mut lists: BTreeMap<&str, Vec<&Question>> = BTreeMap::new();
    for question in questions {
        lists.entry(shown(&question.provider)).or_default().push(question);
    }
    lists
}

/// A provider's questions as CSV that no spreadsheet runs.
pub(super) fn to_csv(questions: &[&Question]) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let header = [
        "question_no",
        "feed",
        "rule",
        "column",
        "check_type",
        "n_rows",
        "n_of",
        "since",
        "file",
        "first_lines",
        "question",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(questions.iter().enumerate().map(|(i, question)| {
        let text = |text: &Option<String>| inert(text.as_deref().unwrap_or_default());
        [
            (i + 1).to_string(),
            inert(&question.feed),
            inert(&question.rule),
            inert(&question.column),
            text(&question.check_type),
            question.n_rows.to_string(),
            question.n_of.to_string(),
            question.since.map(iso_month).unwrap_or_default(),
            text(&question.file),
            text(&question.first_lines),
            inert(&question.sentence),
        ]
    }));
    for row in rows {
        writer.write_record(row).expect("rows are as long as the header, and memory does not fail");
    }
    writer.into_inner().expect("writing to memory does not fail")
}

/// A month's number as `2025-04`.
fn iso_month(number: i32) -> String {
    format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1)
}

/// A month's number in words, or a dash.
pub(super) fn month(number: Option<i32>) -> String {
    number.map_or_else(|| "\u{2013}".to_owned(), words::short_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(provider: &str, sentence: &str) -> Question {
        Question {
            provider: provider.to_owned(),
            number: 1,
            feed: "apc".to_owned(),
            rule: "unknown_code".to_owned(),
            column: "=ADMIMETH".to_owned(),
            check_type: None,
            n_rows: 3,
            n_of: 40,
            since: Some(2025 * 12 + 5),
            file: Some("apc/one.csv".to_owned()),
            first_lines: Some("17, 201".to_owned()),
            sentence: sentence.to_owned(),
        }
    }

    #[test]
    fn what_is_not_shaped_like_a_code_is_not_shown() {
        for code in ["RR8", "E08000035", "383", "15F", "0a1b-2c", "VCS_1"] {
            assert_eq!(shown(code), code);
        }
        for text in ["", "../../etc", "9990000018", "John Smith", "a/b", "RR8\n", "é"] {
            assert_eq!(shown(text), UNKNOWN, "{text:?}");
        }
        let questions = [question("RR8", "a"), question("../x", "b"), question("9990000018", "c")];
        let lists = by_provider(&questions);
        assert_eq!(lists.keys().copied().collect::<Vec<_>>(), ["RR8", UNKNOWN]);
        assert_eq!(lists[UNKNOWN].len(), 2);
    }

    #[test]
    fn csv_is_inert_and_names_the_month() {
        let one = question("RR8", "3 of 40 rows");
        let text = String::from_utf8(to_csv(&[&one])).unwrap();
        let row = text.lines().nth(1).unwrap();
        assert_eq!(
            row,
            "1,apc,unknown_code,'=ADMIMETH,,3,40,2025-06,apc/one.csv,\"17, 201\",3 of 40 rows"
        );
    }
}
