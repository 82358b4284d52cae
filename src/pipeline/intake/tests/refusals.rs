//! What is refused, row by row and as a whole, and that nothing said of it holds a value.

use super::*;
use crate::contract::ContractError;

#[test]
fn every_refusal_names_line_column_and_rule() {
    let taken = take(&format!(
        "k1,{PERSON},RR8,2024-03-01,,A,,\n\
         ,{PERSON},RR8,2024-03-01,,A,,\n\
         k3,{PERSON},RR8,2024-02-30,,A,,\n\
         k4,{PERSON},RR8,2024-03-01,2024-02-01 00:00,A,,\n\
         k5,ragged\n\
         k6,{PERSON},RR8,2024-03-01,2024-05-01 00:00,C,,\"two\nlines\"\n\
         k1,{PERSON},RR8,2024-03-01,,A,,again\n\
         ,,,,,,,,,,,,,,Y,\n\
         k9,{PERSON},RR8,,,A,,\"open\n\
         k10,{PERSON},RR8,2024-03-01,,A,,\n"
    ));
    assert_eq!(taken.counts(), [10, 3, 5, 1, 1]);
    let expected = [
        (3, "K", "required"),
        (4, "IN", "not_a_date"),
        (5, "OUT", "out_after_in"),
        (6, "", "ragged_row"),
        (9, "", "duplicate_key"),
        (11, "", "unclosed_quote"),
    ]
    .map(|(line, column, rule)| (line, column.to_owned(), rule.to_owned()));
    assert_eq!(taken.quarantine, expected);
    assert_eq!(taken.found("unknown_code"), Some((1, 7)));
    assert_eq!(taken.found("short_stay"), Some((1, 7)));
    assert_eq!(taken.texts("k"), [Some("k1"), Some("k6"), Some("k10")]);
    let lines: Vec<_> = taken.ids("line").into_iter().flatten().collect();
    assert_eq!(lines, [2, 7, 12]);
}

#[test]
fn what_is_wrong_with_numbers_and_places_is_told_and_the_row_stays() {
    let rest = "01,,,,1950-03-02,2";
    let rows: String = [
        "9990000019",
        "999000001",
        "9.99E+09",
        "9990000018.0",
        "0000000000",
        "9434765919",
        "",
        "999-000-0018",
    ]
    .iter()
    .enumerate()
    .map(|(i, number)| format!("k{i},{number},{rest},LS1,,RR8,2024-03-01,,A,,\n"))
    .collect();
    let taken = take(&rows);
    assert_eq!(taken.counts(), [8, 8, 0, 0, 0]);
    for (rule, found) in [
        ("nhs_number_check_digit", (1, 2)),
        ("nhs_number_length", (1, 3)),
        ("nhs_number_scientific", (1, 4)),
        ("nhs_number_repaired", (1, 5)),
        ("nhs_number_repeated", (1, 6)),
        ("nhs_number_refused", (1, 7)),
        ("postcode_shape", (8, 2)),
    ] {
        assert_eq!(taken.found(rule), Some(found), "{rule}");
    }
    let classes = taken.texts("nhs_number_class");
    assert_eq!(classes.iter().flatten().count(), 2);
    let ids = taken.ids("identity_id");
    assert_eq!(ids[3], ids[7]);
    assert!(taken.ids("household").iter().all(Option::is_none));
}

static PUBLIC: LazyLock<MasterKey> = LazyLock::new(|| MasterKey::demonstration().at_epoch(3));

#[test]
fn a_number_outside_the_test_range_stops_the_demonstration_whatever_is_declared() {
    // One that was issued in England, one in Scotland, and one of no range at all.
    for number in ["4010232137", "0101010168", "9434765919"] {
        for numbers in [NumberPolicy::Test, NumberPolicy::Live] {
            let row = format!("k1,{number},01,,,,,,,,RR8,2024-03-01,,A,,\n");
            let setting = Setting { key: &PUBLIC, numbers, ..Setting::default() };
            let error = take_under(&setting, format!("{HEADER}\n{row}").as_bytes()).err().unwrap();
            assert!(matches!(error, IntakeError::IssuedNumber { line: 2, .. }), "{error}");
            assert!(!format!("{error} {error:?}").contains(number));
        }
    }
}

#[test]
fn a_live_pipeline_takes_no_test_numbers() {
    let live = Setting { numbers: NumberPolicy::Live, ..Setting::default() };
    let rows = format!("{HEADER}\nk1,{PERSON},RR8,2024-03-01,,A,,\n");
    let taken = take_under(&live, rows.as_bytes()).unwrap();
    assert_eq!(taken.found("nhs_number_refused"), Some((1, 2)));
    assert_eq!(taken.texts("nhs_number_class"), [None]);
}

#[test]
fn a_file_that_breaks_its_contract_is_refused_whole() {
    let refused = |text: &str| take_under(&Setting::default(), text.as_bytes()).err().unwrap();
    let missing = refused("K,NHS\nk1,9990000018\n");
    let IntakeError::Contract(ContractError::MissingColumn { column, .. }) = &missing else {
        panic!("{missing:?}")
    };
    assert_eq!(column, "IN");
    assert!(missing.is_the_files_fault());
    assert!(refused("").is_the_files_fault());
    let empty = take("");
    assert_eq!((empty.counts(), empty.found("no_rows")), ([0; 5], Some((0, 0))));
}

#[test]
fn columns_that_are_gone_or_new_are_told_by_place() {
    let taken = take_under(&Setting::default(), b"K,IN,9990000018\nk1,2024-03-01,x\n").unwrap();
    assert_eq!(taken.counts(), [1, 1, 0, 0, 0]);
    let of = |rule: &str| taken.intake.found.iter().filter(move |f| f.rule == rule).count();
    assert_eq!((of("absent_column"), of("undeclared_column")), (13, 1));
    let new = taken.intake.found.iter().find(|f| f.rule == "undeclared_column").unwrap();
    assert_eq!(new.column.as_deref(), Some("column 3"));
    assert_eq!(taken.texts("sex"), [None]);
}

#[test]
fn no_value_reaches_an_error_a_finding_or_a_name() {
    let canaries = [
        "CANARYNAME",
        "9990000026",
        "LS99CAN",
        "2024-13-13",
        "CANARYCODE",
        "CANARYNOTE",
        "CANARYLOCAL",
    ];
    let row = "CANARYCODE,9990000026,CANARYCODE,CANARYLOCAL,CANARYNAME,CANARYNAME,2024-13-13,CANARYCODE,LS99CAN,CANARYNAME,RR8,2024-03-01,2024-13-13,CANARYCODE,CANARYCODE,CANARYNOTE";
    let bad = row.replace("2024-03-01", "2024-13-13");
    let header = format!("{HEADER},CANARYNAME");
    let text =
        format!("{header}\n{row},x\n{bad},x\n{row},\"CANARYNOTE\n{row},y\nCANARYNAME\n{header}\n");
    let taken = take_under(&Setting::default(), text.as_bytes()).unwrap();
    let mut shown = format!("{:?} {:?}", taken.intake, taken.quarantine);
    for (setting, bytes) in [
        (Setting::default(), format!("CANARYNAME,9990000026\n{row}\n")),
        (Setting::default(), format!("{HEADER},K\n{row}\n")),
        (
            Setting {
                limits: Limits { total_bytes: 10, ..Limits::default() },
                ..Setting::default()
            },
            text.clone(),
        ),
        (Setting { key: &PUBLIC, ..Setting::default() }, text.replace("9990000026", "4010232137")),
    ] {
        let error = take_under(&setting, bytes.as_bytes()).err().unwrap();
        shown += &format!("{error} {error:?}");
    }
    for canary in canaries.iter().chain(&["4010232137"]) {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
    // Neither do identifiers, free text and undeclared columns reach a record.
    let records = format!("{:?} {:?}", taken.records, taken.identities);
    for canary in ["CANARYNAME", "9990000026", "LS99CAN", "CANARYNOTE", "CANARYLOCAL"] {
        assert!(!records.contains(canary), "{canary} in {records}");
    }
}
