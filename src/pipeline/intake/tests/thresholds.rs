//! What thresholds count: rows, each once, whatever the number of its faults.

use super::*;

const VISITS: &str = r#"
feed = "visit"
version = "1"
title = "t"
sector = "community"
source = "s"
delimiter = ","
key = ["K"]
column = [
  { name = "K", as = "k", required = true },
  { name = "PROVIDER", role = "provider" },
  { name = "IN", as = "in_on", type = "date", format = "%Y-%m-%d", role = "event_date" },
  { name = "OUT", as = "out_on", type = "date", format = "%Y-%m-%d" },
  { name = "SEEN", as = "seen_on", type = "date", format = "%Y-%m-%d" },
]
rule = [
  { name = "within_a_week", check = "out_on <= in_on + 7 days", severity = "warn" },
  { name = "within_a_month", check = "out_on <= in_on + 30 days", severity = "warn" },
]
"#;

/// Two rows of eight without a fault; two whose OUT breaks two rules, one whose OUT and SEEN are no
/// dates, one whose SEEN is none, one that is cut short, one that repeats a key.
const ROWS: &str = "K,PROVIDER,IN,OUT,SEEN\n\
    1,RR8,2024-03-01,2024-03-02,2024-03-02\n\
    2,RR8,2024-03-01,2024-06-01,2024-03-02\n\
    3,RR8,2024-03-01,2024-06-01,2024-03-02\n\
    4,RR8,2024-03-01,x,x\n\
    5,RR8,2024-03-01,2024-03-02,x\n\
    6,RR8\n\
    1,RR8,2024-03-01,2024-03-02,2024-03-02\n\
    8,RR8,2024-03-01,,\n";

/// Rows of the finding `threshold`, under one threshold that any row passes.
fn counted(threshold: &str, limits: Limits) -> Option<u64> {
    let contract = format!("{VISITS}threshold = [{{ {threshold}, warn = 0 }}]\n");
    let setting = Setting { contract: contract.leak(), limits, ..Setting::default() };
    let taken = take_under(&setting, ROWS.as_bytes()).unwrap();
    assert_eq!(taken.counts(), [8, 6, 1, 0, 1]);
    taken.found("threshold").map(|(n_rows, _)| n_rows)
}

#[test]
fn a_row_counts_once_whatever_its_faults() {
    for (threshold, n_rows) in [
        // Rows 2, 3 and 4.
        ("column = \"OUT\"", Some(3)),
        ("column = \"OUT\", rule = \"within_a_week\"", Some(2)),
        // Rows 4 and 5, the first of them in both columns.
        ("rule = \"not_a_date\"", Some(2)),
        ("rule = \"ragged_row\"", Some(1)),
        ("rule = \"duplicate_key\"", Some(1)),
        ("column = \"IN\"", None),
    ] {
        assert_eq!(counted(threshold, Limits::default()), n_rows, "{threshold}");
        let small = Limits { block_bytes: 60, ..Limits::default() };
        assert_eq!(counted(threshold, small), n_rows, "{threshold}, in small blocks");
    }
}

#[test]
fn without_column_and_rule_all_broken_rows_count() {
    // Rows 2 to 6; that a key is repeated is no fault.
    let contract = format!("{VISITS}threshold = [{{ warn = 0.1, refuse = 0.62 }}]\n");
    let setting = Setting { contract: contract.leak(), ..Setting::default() };
    let error = take_under(&setting, ROWS.as_bytes()).err().expect("refused");
    let what = "all columns and rules: 5 of 8 rows (62.5 %), more than 62.0 %";
    assert!(error.to_string().contains(what), "{error}");
}

#[test]
fn a_footer_that_disagrees_is_no_row_and_still_refuses() {
    let text = VISITS.replace("key = [", "footer = [\"Total\"]\nkey = [");
    let contract =
        format!("{text}threshold = [{{ rule = \"row_count_disagrees\", refuse = 0 }}]\n");
    let setting = Setting { contract: contract.leak(), ..Setting::default() };
    let file = |n: u64| format!("{ROWS}Total rows: {n}\n");
    assert!(take_under(&setting, file(8).as_bytes()).is_ok());
    let error = take_under(&setting, file(9).as_bytes()).err().expect("refused");
    assert!(error.is_the_files_fault(), "{error}");
}
