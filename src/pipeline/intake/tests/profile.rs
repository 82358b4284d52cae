//! What each column holds, counted by provider and month; every row is in one place.

use std::collections::BTreeMap;

use super::*;

/// Counts by provider, month and column: rows, valid, other, default, invalid, missing.
type Cells = BTreeMap<(String, String, String), [i64; 6]>;
/// Counts by provider and month: read, accepted, quarantined, filtered, duplicates, linkable,
/// verified.
type Whole = BTreeMap<(String, String), [i64; 7]>;

const VODIM: [&str; 6] = ["n_rows", "n_valid", "n_other", "n_default", "n_invalid", "n_missing"];
const FATES: [&str; 7] = [
    "n_read",
    "n_accepted",
    "n_quarantined",
    "n_filtered",
    "n_duplicates",
    "n_linkable",
    "n_verified",
];

const WITH_DEFAULTS: &str = r#"
feed = "apc"
version = "1"
title = "t"
sector = "acute"
source = "s"
delimiter = ","
key = ["K"]
column = [
  { name = "K", as = "k", required = true },
  { name = "NHS", role = "nhs_number" },
  { name = "STATUS", as = "nhs_number_status", role = "nhs_number_status" },
  { name = "SEX", role = "sex", map = { "1" = "male", "2" = "female", "U" = "" }, sentinels = ["9"] },
  { name = "POSTCODE", role = "postcode", sentinels = ["ZZ99 3WZ"] },
  { name = "PROVIDER", role = "provider" },
  { name = "IN", as = "in_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true, sentinels = ["1900-01-01"] },
  { name = "SCORE", as = "score", type = "integer", min = 0, max = 10 },
  { name = "DELETED", as = "is_deleted", type = "flag", filter = "true" },
  { name = "ABSENT", as = "absent" },
  { name = "NOTES", drop = true },
]
"#;
const COLUMNS: &str = "K,NHS,STATUS,SEX,POSTCODE,PROVIDER,IN,SCORE,DELETED,NOTES";

fn counts(rows: &str, limits: Limits) -> (Whole, Cells) {
    let setting = Setting { contract: WITH_DEFAULTS, limits, ..Setting::default() };
    let taken = take_under(&setting, format!("{COLUMNS}\n{rows}").as_bytes()).unwrap();
    let profile = profile_of(&taken);
    let text = |name: &str, row: usize| {
        let column = profile.column_by_name(name).unwrap().as_string::<i32>();
        if column.is_valid(row) { column.value(row).to_owned() } else { "-".to_owned() }
    };
    let count = |name: &str, row: usize| {
        profile.column_by_name(name).unwrap().as_primitive::<Int64Type>().value(row)
    };
    let months = profile.column_by_name("month").unwrap().as_primitive::<Date32Type>();
    let month = |row: usize| match months.is_valid(row) {
        true => crate::contract::date_of(months.value(row)).unwrap().to_string(),
        false => "-".to_owned(),
    };
    let (mut whole, mut cells) = (Whole::new(), Cells::new());
    for row in 0..profile.num_rows() {
        let (provider, month) = (text("provider_code", row), month(row));
        match text("column_name", row).as_str() {
            "-" => drop(whole.insert((provider, month), FATES.map(|name| count(name, row)))),
            column => {
                let key = (provider, month, column.to_owned());
                cells.insert(key, VODIM.map(|name| count(name, row)));
            }
        }
    }
    (whole, cells)
}

fn profile_of(taken: &Taken) -> RecordBatch {
    let store = store_at(&taken._folder.path().join("store"));
    batch(&store, Zone::Parts, &taken.intake.profile, &profile_schema())
}

const ROWS: &str = "\
k1,9990000018,01,1,LS1 4AP,A,2024-03-05,5,,
k2,9990000018,02,2,ls14ap,A,2024-03-31,11,,
k3,9990000019,01,U,ZZ99 3WZ,A,2024-03-01,x,,
k4,,,9,ZZ99 9ZZ,A,2024-04-01,,,
k1,9990000018,01,1,LS1 4AP,A,2024-03-05,5,,
k6,9990000019,01,Q,rubbish,A,2024-02-30,5,,
k7,9990000018,01,1,LS1 4AP,B,1900-01-01,5,,
k8,,,,,B,2024-03-09,,Y,
k9,ragged
,9990000018,01,1,LS1 4AP,B,2024-03-09,5,,
";

#[test]
fn every_cell_is_valid_other_default_invalid_or_missing() {
    let (whole, cells) = counts(ROWS, Limits::default());
    let of = |provider: &str, month: &str, column: &str| {
        cells[&(provider.to_owned(), month.to_owned(), column.to_owned())]
    };
    // k1 twice, k2, k3
    assert_eq!(of("A", "2024-03-01", "NHS"), [4, 3, 0, 0, 1, 0]);
    assert_eq!(of("A", "2024-03-01", "SEX"), [4, 3, 1, 0, 0, 0]);
    assert_eq!(of("A", "2024-03-01", "POSTCODE"), [4, 3, 0, 1, 0, 0]);
    assert_eq!(of("A", "2024-03-01", "SCORE"), [4, 2, 0, 0, 2, 0]);
    assert_eq!(of("A", "2024-03-01", "IN"), [4, 4, 0, 0, 0, 0]);
    assert_eq!(of("A", "2024-03-01", "DELETED"), [4, 0, 0, 0, 0, 4]);
    assert_eq!(of("A", "2024-03-01", "ABSENT"), [4, 0, 0, 0, 0, 4]);
    // k4: a postcode of the dummy range that the contract does not list
    assert_eq!(of("A", "2024-04-01", "SEX"), [1, 0, 0, 1, 0, 0]);
    assert_eq!(of("A", "2024-04-01", "NHS"), [1, 0, 0, 0, 0, 1]);
    assert_eq!(of("A", "2024-04-01", "POSTCODE"), [1, 0, 0, 1, 0, 0]);
    // k6 is refused for its date: its identifiers are judged all the same
    assert_eq!(of("A", "-", "IN"), [1, 0, 0, 0, 1, 0]);
    assert_eq!(of("A", "-", "NHS"), [1, 0, 0, 0, 1, 0]);
    assert_eq!(of("A", "-", "SEX"), [1, 0, 0, 0, 1, 0]);
    assert_eq!(of("A", "-", "POSTCODE"), [1, 0, 0, 0, 1, 0]);
    // k7: a stand-in in a required column
    assert_eq!(of("B", "-", "IN"), [1, 0, 0, 1, 0, 0]);
    // the row without a key; k8 is filtered out, so its blanks are nobody's
    assert_eq!(of("B", "2024-03-01", "K"), [1, 0, 0, 0, 0, 1]);
    assert_eq!(of("B", "2024-03-01", "SEX"), [1, 1, 0, 0, 0, 0]);
    assert!(!cells.keys().any(|(.., column)| column == "NOTES"));
    for ([n_rows, parts @ ..], key) in cells.values().zip(cells.keys()) {
        assert_eq!(*n_rows, parts.iter().sum::<i64>(), "{key:?}");
    }
    let of = |provider: &str, month: &str| whole[&(provider.to_owned(), month.to_owned())];
    assert_eq!(of("A", "2024-03-01"), [4, 3, 0, 0, 1, 2, 1]);
    assert_eq!(of("A", "2024-04-01"), [1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(of("A", "-"), [1 + 1, 0, 1 + 1, 0, 0, 0, 0], "k6, and the ragged row");
    assert_eq!(of("B", "-"), [1, 0, 1, 0, 0, 0, 0]);
    assert_eq!(of("B", "2024-03-01"), [2, 0, 1, 1, 0, 0, 0]);
    assert_eq!(whole.values().map(|counts| counts[0]).sum::<i64>(), 10);
}

#[test]
fn blocks_of_any_size_add_up_to_the_same() {
    let whole = counts(ROWS, Limits::default());
    for block_bytes in [1, 50, 120] {
        let limits = Limits { block_bytes, ..Limits::default() };
        assert_eq!(counts(ROWS, limits), whole, "{block_bytes}");
    }
}

#[test]
fn days_are_summed_over_accepted_rows() {
    let setting = Setting { contract: WITH_DEFAULTS, ..Setting::default() };
    let taken = take_under(&setting, format!("{COLUMNS}\n{ROWS}").as_bytes()).unwrap();
    let profile = profile_of(&taken);
    let sum = |name: &str| -> i64 {
        let column = profile.column_by_name(name).unwrap().as_primitive::<Int64Type>();
        column.iter().flatten().sum()
    };
    let days = [(3, 5), (3, 31), (3, 1), (4, 1)];
    let days = days.map(|(m, d)| i64::from(days_since_epoch(jiff::civil::date(2024, m, d))));
    assert_eq!(sum("n_dated"), 4);
    assert_eq!(sum("sum_event_day"), days.iter().sum::<i64>());
}
