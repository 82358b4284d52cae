//! What contracts say of derived columns, older names and thresholds, through intake.

use super::*;

const BIRTHS: &str = r#"
feed = "apc"
version = "2"
title = "t"
sector = "acute"
source = "s"
delimiter = ","
key = ["K"]
column = [
  { name = "K", as = "k", required = true },
  { name = "DOB", role = "birth_date", type = "date", format = "%Y-%m-%d" },
  { name = "PROVIDER", role = "provider" },
  { name = "IN", aliases = [{ name = "ADMIDATE", until = "1" }], as = "in_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "OUT", as = "out_on", type = "date", format = "%Y-%m-%d" },
  { as = "stay_days", type = "integer", derive = "days_between(in_on, out_on)" },
  { as = "is_long", type = "flag", derive = "stay_days > 3" },
]
threshold = [
  { column = "OUT", rule = "not_a_date", warn = 0.2, refuse = 0.5 },
  { column = "OUT", rule = "not_a_date", provider = "RGD", refuse = 0.9 },
]
"#;

fn take_births(text: &str) -> Result<Taken, IntakeError> {
    take_under(&Setting { contract: BIRTHS, ..Setting::default() }, text.as_bytes())
}

#[test]
fn nothing_derived_tells_a_day_of_birth() {
    let rows = "K,DOB,PROVIDER,ADMIDATE,OUT\n\
                1,2023-04-09,RR8,2023-04-09,2023-04-14\n\
                2,1950-01-01,RR8,2023-04-09,2023-04-14\n";
    let taken = take_births(rows).unwrap();
    // Born on 9 April, five days in hospital until the 14th: the record has the month, and no stay.
    let days = |column: &str| -> Vec<Option<i64>> {
        let column = taken.records.column_by_name(column).unwrap();
        match column.as_primitive_opt::<Date32Type>() {
            Some(dates) => dates.iter().map(|day| day.map(i64::from)).collect(),
            None => column.as_primitive::<Int64Type>().iter().collect(),
        }
    };
    let day = |d| i64::from(days_since_epoch(jiff::civil::date(2023, 4, d)));
    assert_eq!(days("in_on"), [Some(day(1)), Some(day(9))]);
    assert_eq!(days("out_on"), [Some(day(14)), Some(day(14))]);
    assert_eq!(days("stay_days"), [None, Some(5)]);
    let is_long = taken.records.column_by_name("is_long").unwrap().as_boolean();
    assert_eq!(is_long.iter().collect::<Vec<_>>(), [None, Some(true)]);
    let older = taken.intake.found.iter().find(|f| f.rule == "older_layout").unwrap();
    assert_eq!(older.column.as_deref(), Some("ADMIDATE (until 1)"));
    assert_eq!((older.severity.as_str(), older.n_rows), ("info", 2));
}

#[test]
fn a_delivery_beyond_a_threshold_is_refused_whole() {
    let file = |provider: &str, n_bad: usize| {
        let mut text = "K,DOB,PROVIDER,IN,OUT\n".to_owned();
        for i in 0..10 {
            let out = if i < n_bad { "31/12/2023" } else { "2023-04-14" };
            text.push_str(&format!("{i},1950-01-01,{provider},2023-04-09,{out}\n"));
        }
        text
    };
    assert_eq!(take_births(&file("RR8", 2)).unwrap().found("threshold"), None);
    let warned = take_births(&file("RR8", 3)).unwrap();
    assert_eq!(warned.found("threshold"), Some((3, 0)));
    let error = take_births(&file("RR8", 6)).err().expect("refused");
    assert!(error.is_the_files_fault());
    let what = "column `OUT`, rule `not_a_date`: 6 of 10 rows (60.0 %), more than 50.0 %";
    assert!(error.to_string().contains(what), "{error}");
    assert_eq!(take_births(&file("RGD", 6)).unwrap().found("threshold"), None, "its own limit");
}
