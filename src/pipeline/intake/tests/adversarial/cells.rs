//! Numbers, dates, codes and places as providers spell them.

use super::*;

const NUMBER: &str = "{ name = \"NHS\", role = \"nhs_number\" }, \
    { name = \"STATUS\", role = \"nhs_number_status\", as = \"nhs_number_status\" }, \
    { name = \"DOB\", role = \"birth_date\", type = \"date\", format = \"%Y-%m-%d\" }, \
    { name = \"PROVIDER\", role = \"provider\" }";

/// Takes rows of a number and a status; birth date and provider are the same for all.
fn take_numbers(numbers: &[(&str, &str)]) -> Taken {
    let rows = numbers.iter().enumerate();
    let rows: String =
        rows.map(|(i, (n, status))| format!("k{i},{n},{status},1950-03-02,RR8\n")).collect();
    take_as(COMMA, NUMBER, format!("K,NHS,STATUS,DOB,PROVIDER\n{rows}").as_bytes()).unwrap()
}

/// The tokens of the numbers of all identities.
fn number_tokens(taken: &Taken) -> Vec<u64> {
    let nhs = taken.identities.column_by_name("nhs").unwrap().as_primitive::<UInt64Type>();
    nhs.iter().flatten().collect()
}

#[test]
fn item_10_spellings_of_one_number_are_one() {
    let spellings = [
        "9990000018",
        "999 000 0018",
        "999-000-0018",
        "999\u{a0}000\u{a0}0018",
        "\u{200d}9990000018\u{200b}",
        " 9990000018 ",
    ];
    let taken = take_numbers(&spellings.map(|number| (number, "01")));
    let ids = taken.ids("identity_id");
    assert!(ids.iter().all(|id| id.is_some() && *id == ids[0]), "{ids:?}");
    assert_eq!(taken.identities.num_rows(), 1);
    // What a spreadsheet has made of a joiner is no digit.
    let broken = take_numbers(&[("999?000?0018", "01"), ("999_000_0018", "01")]);
    assert!(number_tokens(&broken).is_empty());
}

#[test]
fn item_11_to_16_numbers_that_are_none_are_told_apart_and_never_mended() {
    for (number, rule) in [
        ("9.99E+09", "nhs_number_scientific"),
        ("999000001", "nhs_number_length"),
        ("099900000", "nhs_number_length"),
        ("0000000000", "nhs_number_repeated"),
        ("9999999999", "nhs_number_repeated"),
        ("1234567890", "nhs_number_check_digit"),
        ("9434765919", "nhs_number_refused"),
    ] {
        let taken = take_numbers(&[(number, "01")]);
        assert_eq!(taken.found(rule), Some((1, 2)), "{number}");
        assert_eq!((taken.counts(), number_tokens(&taken)), ([1, 1, 0, 0, 0], vec![]), "{number}");
    }
    // Item 12: a spreadsheet's `.0` is the one slip that is mended, and that is told.
    let mended = take_numbers(&[("9990000018.0", "01"), ("9990000018", "01")]);
    assert_eq!(mended.found("nhs_number_repaired"), Some((1, 2)));
    assert_eq!(mended.identities.num_rows(), 1);
    // One that reads the same from behind is kept, and told: it is likely to be made up.
    let palindrome = take_numbers(&[("9991221999", "01")]);
    assert_eq!(palindrome.found("nhs_number_palindrome"), Some((1, 2)));
    assert_eq!(number_tokens(&palindrome).len(), 1);
    // Item 16: the weights of 999000000 leave a check digit of 10, so no tenth digit is right.
    for last in 0..10 {
        let taken = take_numbers(&[(&format!("999000000{last}"), "01")]);
        assert_eq!(taken.found("nhs_number_check_digit"), Some((1, 2)), "{last}");
    }
}

#[test]
fn item_15_a_number_of_the_test_range_is_flagged_where_people_live() {
    let setting =
        |numbers| Setting { contract: contract(COMMA, NUMBER), numbers, ..Setting::default() };
    let text = b"K,NHS,STATUS,DOB,PROVIDER\nk1,9990000018,01,1950-03-02,RR8\n";
    let live = take_under(&setting(NumberPolicy::Live), text).unwrap();
    assert_eq!(live.found("nhs_number_refused"), Some((1, 2)));
    assert_eq!((live.texts("nhs_number_class"), number_tokens(&live)), (vec![None], vec![]));
    let test = take_under(&setting(NumberPolicy::Test), text).unwrap();
    assert_eq!(
        (test.texts("nhs_number_class")[0].is_some(), test.found("nhs_number_refused")),
        (true, None)
    );
}

#[test]
fn item_17_a_number_that_is_not_verified_is_kept_and_not_trusted() {
    for (status, is_trusted) in [("01", true), ("02", false), ("04", false), ("", false)] {
        let taken = take_numbers(&[("9990000018", status)]);
        let trusted = taken.identities.column_by_name("nhs_trusted").unwrap().as_boolean();
        assert_eq!((number_tokens(&taken).len(), trusted.value(0)), (1, is_trusted), "{status}");
    }
}

#[test]
fn item_20_one_person_at_two_providers_is_one_token_and_a_blank_is_nobody() {
    let text = "K,NHS,STATUS,DOB,PROVIDER\nk1,9990000018,01,1950-03-02,RR8\n\
                k2,999 000 0018,01,1950-03-02,RGD\nk3,,,,RR8\nk4,,,,RGD\n";
    let taken = take_as(COMMA, NUMBER, text.as_bytes()).unwrap();
    let tokens = number_tokens(&taken);
    assert!(!tokens.is_empty() && tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(taken.ids("identity_id")[2..], [None, None]);
}

/// Takes one cell of a column `V`, and says what became of it: null or not, and its finding.
fn cell(column: &str, cell: &str) -> (bool, Option<String>) {
    let columns = format!("{{ name = \"V\", as = \"value\", {column} }}");
    let text = format!("K,V\nk1,\"{cell}\"\n");
    let taken = take_as(COMMA, &columns, text.as_bytes()).unwrap();
    let rule = taken.intake.found.first().map(|finding| finding.rule.clone());
    (taken.records.column_by_name("value").unwrap().is_valid(0), rule)
}

fn refused(rule: &str) -> (bool, Option<String>) {
    (false, Some(rule.to_owned()))
}

const READ: (bool, Option<String>) = (true, None);

#[test]
fn item_22_a_date_is_read_in_its_feeds_format_and_no_other() {
    let spellings = [
        ("%d/%m/%Y", "03/04/2024"),
        ("%Y-%m-%d", "2024-04-03"),
        ("%d %b %Y", "03 Apr 2024"),
        ("%Y%m%d", "20240403"),
        ("%d%b%Y", "03Apr2024"),
    ];
    for (format, own) in spellings {
        let column = format!("type = \"date\", format = \"{format}\"");
        assert_eq!(cell(&column, own), READ, "{format}");
        let others = spellings.iter().map(|(_, text)| *text).filter(|text| *text != own);
        for other in others.chain(["44706", "1712102400", "042024", "April"]) {
            assert_eq!(cell(&column, other), refused("not_a_date"), "{format}: {other}");
        }
    }
    assert_eq!(cell("type = \"month\", format = \"%m%Y\"", "042024"), READ);
}

#[test]
fn item_23_24_stand_ins_and_impossible_dates_are_no_dates() {
    let column = "type = \"date\", format = \"%Y-%m-%d\", min = 1880-01-01, max = 2030-12-31, \
                  sentinels = [\"1800-01-01\", \"1801-01-01\", \"1900-01-01\", \"1582-10-15\", \"1899-12-30\"]";
    for stand_in in ["1800-01-01", "1801-01-01", "1900-01-01", "1582-10-15", "1899-12-30"] {
        assert_eq!(cell(column, stand_in), refused("sentinel"), "{stand_in}");
    }
    for beyond in ["9999-12-31", "2099-01-01", "1879-12-31"] {
        assert_eq!(cell(column, beyond), refused("out_of_range"), "{beyond}");
    }
    assert_eq!(cell(column, "1880-01-01"), READ);
    // Item 24: birth after the event.
    let taken = take("k1,,,a1,,,2024-03-17,2,,,RR8,2024-03-16,,A,,\n");
    assert_eq!(taken.found("age_implausible"), Some((1, 2)));
}

#[test]
fn item_25_days_and_hours_that_never_were() {
    let date = "type = \"date\", format = \"%d/%m/%Y\"";
    assert_eq!(cell(date, "29/02/2023"), refused("not_a_date"));
    assert_eq!(cell(date, "29/02/2024"), READ);
    assert_eq!(cell(date, "29/02/1900"), refused("not_a_date"));
    assert_eq!(cell("type = \"time\", format = \"%H:%M\"", "24:00"), refused("not_a_time"));
    let at = "type = \"datetime\", format = \"%d/%m/%Y %H:%M\"";
    assert_eq!(cell(at, "31/03/2024 24:00"), refused("not_a_date"));
    // The hour that the clock shows twice in autumn is two honest rows.
    let columns = format!("{{ name = \"V\", as = \"value\", {at} }}");
    let text = "K,V\nk1,27/10/2024 01:30\nk2,27/10/2024 01:30\n";
    assert_eq!(take_as(COMMA, &columns, text.as_bytes()).unwrap().counts(), [2, 2, 0, 0, 0]);
}

#[test]
fn item_26_an_end_before_its_start_and_a_day_to_come() {
    let taken = take(
        "k1,,,a1,,,1950-03-02,2,,,RR8,2024-03-02,2024-03-01 23:00,A,,\n\
         k2,,,a1,,,1950-03-02,2,,,RR8,2024-03-02,2024-03-02 01:00,A,,\n",
    );
    assert_eq!(taken.found("out_after_in"), Some((1, 2)));
    let column = "type = \"date\", format = \"%Y-%m-%d\", max = 2026-12-31";
    assert_eq!(cell(column, "2027-01-01"), refused("out_of_range"));
}

#[test]
fn item_27_28_partial_dates_and_ages_of_infants() {
    let date = "type = \"date\", format = \"%Y%m%d\"";
    for partial in ["20210500", "20210000", "202105", "2021"] {
        assert_eq!(cell(date, partial), refused("not_a_date"), "{partial}");
    }
    assert_eq!(cell("type = \"month\", format = \"%Y%m\"", "202105"), READ);
    let columns = "{ name = \"AGE\", role = \"age\", type = \"integer\" }";
    let take_age =
        |age: &str| take_as(COMMA, columns, format!("K,AGE\nk1,{age}\n").as_bytes()).unwrap();
    for (age, years) in [
        ("0", Some(0)),
        ("120", Some(120)),
        ("7001", Some(0)),
        ("7007", Some(0)),
        ("999", None),
        ("7008", None),
    ] {
        let taken = take_age(age);
        let found = taken.records.column_by_name("age_at_event").unwrap();
        let found = found.as_primitive::<Int32Type>().iter().next().flatten();
        assert_eq!(found, years, "{age}");
        assert_eq!(taken.found("out_of_range").is_some(), years.is_none(), "{age}");
    }
}

#[test]
fn item_29_30_codes_are_texts_to_the_last_digit_and_dot() {
    let code = "type = \"code\"";
    for text in [
        "999000011000001104",
        ".XE0Uc",
        "XE0Uc..",
        "EMISNQAC724",
        "8HM2.",
        "H33..",
        "F321",
        "f32.1",
        "A35X†",
        "M073*",
    ] {
        let columns = format!("{{ name = \"V\", as = \"value\", {code} }}");
        let taken = take_as(COMMA, &columns, format!("K,V\nk1,{text}\n").as_bytes()).unwrap();
        assert_eq!(taken.values(), [Some(text)]);
    }
    assert_eq!(cell(code, "9.99E+17"), refused("scientific_notation"));
    assert_eq!(cell(code, "9.99000011000001E+17"), refused("scientific_notation"));
}

#[test]
fn item_31_to_33_codes_are_those_of_the_list_whatever_they_look_like() {
    let method = "codes = [\"11\", \"2A\", \"2D\"]";
    assert_eq!((cell(method, "2A"), cell(method, "2d")), (READ, READ));
    for other in ["1", "011", "11.0", "2E"] {
        assert_eq!(cell(method, other), refused("unknown_code"), "{other}");
    }
    let both = "map = { \"1\" = \"yes\", \"01\" = \"yes\", \"1.0\" = \"yes\" }";
    for spelling in ["1", "01", "1.0"] {
        assert_eq!(cell(both, spelling), READ, "{spelling}");
    }
    assert_eq!(cell("type = \"integer\"", "5.0"), READ);
    assert_eq!(cell("type = \"integer\"", "5.5"), refused("not_a_number"));
}

#[test]
fn item_34_35_padding_goes_and_stand_ins_are_counted() {
    let tokens = ["&", "-", "NULL", "Null", "N/A", "Z", "9", "Not Stated", "u"];
    let quoted: Vec<String> = tokens.iter().map(|token| format!("\"{token}\"")).collect();
    let column = format!("sentinels = [{}]", quoted.join(", "));
    for token in tokens {
        assert_eq!(cell(&column, token), refused("sentinel"), "{token}");
        assert_eq!(cell(&column, &format!("  {token}   ")), refused("sentinel"), "{token}");
    }
    assert_eq!(cell(&column, "   "), (false, None));
    assert_eq!(cell(&column, "ZZ"), READ);
    assert_eq!(cell("codes = [\"11\"]", "  11 "), READ);
}

#[test]
fn item_36_a_provider_is_what_its_file_says() {
    let columns =
        "{ name = \"V\", role = \"provider\", map = { \"RR801\" = \"RR8\", \"RR8\" = \"RR8\" } }";
    let taken = take_as(COMMA, columns, b"K,V\nk1,RR8\nk2,RR801\nk3,rr8\nk4,RX9\n").unwrap();
    let codes = taken.texts("provider_code");
    assert_eq!(codes, [Some("RR8"), Some("RR8"), Some("RR8"), None]);
    assert_eq!(taken.found("unknown_code"), Some((1, 5)));
}

#[test]
fn item_37_38_postcodes_and_small_areas() {
    let columns = "{ name = \"P\", role = \"postcode\" }, { name = \"L\", role = \"lsoa\" }";
    let rows = [
        ("LS1 4AP", "", Some("E01011229"), Some(true)),
        ("ls14ap", "", Some("E01011229"), Some(true)),
        (" LS1  4AP ", "", Some("E01011229"), Some(true)),
        ("BD1 1AA", "", Some("E01010001"), Some(false)),
        ("ZZ99 3VZ", "", None, None),
        ("LS", "", None, None),
        ("", "E01011229", Some("E01011229"), Some(true)),
        ("", "Z99999999", None, None),
        ("", "Leeds 001A", None, None),
    ];
    let text: String = (0..).zip(&rows).map(|(i, (p, l, ..))| format!("k{i},{p},{l}\n")).collect();
    let taken = take_as(COMMA, columns, format!("K,P,L\n{text}").as_bytes()).unwrap();
    let expected: Vec<_> = rows.iter().map(|row| row.2).collect();
    assert_eq!(taken.texts("lsoa_code"), expected);
    let is_resident = taken.records.column_by_name("is_resident").unwrap().as_boolean();
    assert_eq!(is_resident.iter().collect::<Vec<_>>(), rows.map(|row| row.3));
    assert!(taken.found("postcode_shape").is_some() && taken.found("lsoa_shape").is_some());
}

#[test]
fn item_41_47_deleted_rows_and_test_patients_are_filtered_and_counted() {
    let columns = "{ name = \"Deleted\", as = \"is_deleted\", type = \"flag\", filter = \"true\" }, \
                   { name = \"DummyType\", as = \"dummy_type\", filter = [\"1\", \"TestPatient\"] }";
    let text = "K,Deleted,DummyType\nk1,true,\nk2,false,0\nk3,0,1\n,Y,TestPatient\n";
    let taken = take_as(COMMA, columns, text.as_bytes()).unwrap();
    assert_eq!((taken.counts(), taken.texts("k")), ([4, 1, 0, 3, 0], vec![Some("k2")]));
}

#[test]
fn item_44_45_columns_that_change_between_months_and_codes_between_years() {
    let columns = "{ name = \"AttendanceStatus\", aliases = [\"attendornot\"], as = \"value\", codes = [\"5\", \"6\", \"7\"] }, \
                   { name = \"ICB\", aliases = [\"AREA_TEAM\"], as = \"icb\" }";
    for (header, row, found) in [
        ("K,AttendanceStatus,ICB", "k1,5,QWO", None),
        ("AREA_TEAM,attendornot,K", "QWO,5,k1", None),
        ("K,ICB,AttendanceStatus,New", "k1,QWO,5,x", Some("undeclared_column")),
    ] {
        let taken = take_as(COMMA, columns, format!("{header}\n{row}\n").as_bytes()).unwrap();
        assert_eq!((taken.values(), taken.texts("icb")), (vec![Some("5")], vec![Some("QWO")]));
        assert_eq!(taken.intake.found.first().map(|f| f.rule.as_str()), found, "{header}");
    }
    let gone = take_as(COMMA, columns, b"K,ICB\nk1,QWO\n").unwrap();
    assert_eq!((gone.values(), gone.found("absent_column").is_some()), (vec![None], true));
    let new = take_as(COMMA, columns, b"K,AttendanceStatus,ICB\nk1,8,QWO\n").unwrap();
    assert_eq!(new.found("unknown_code"), Some((1, 2)));
}

#[test]
fn item_50_rows_that_a_flag_marks_as_sensitive_never_reach_the_store() {
    let columns = "{ name = \"SpineSensitive\", as = \"is_sensitive\", type = \"flag\", filter = \"true\" }, \
                   { name = \"NHS\", role = \"nhs_number\" }";
    let text = "K,SpineSensitive,NHS\nk1,Y,9990000018\nk2,N,9990000026\n";
    let taken = take_as(COMMA, columns, text.as_bytes()).unwrap();
    assert_eq!((taken.counts(), number_tokens(&taken).len()), ([2, 1, 0, 1, 0], 1));
}

#[test]
fn item_52_a_withheld_identity_is_counted_and_kept() {
    let columns = format!("{NUMBER}, {{ name = \"WITHHELD\", as = \"withheld_reason\" }}");
    let text = "K,NHS,STATUS,DOB,PROVIDER,WITHHELD\nk1,,07,,RR8,03\nk2,,07,,RR8,03\n";
    let taken = take_as(COMMA, &columns, text.as_bytes()).unwrap();
    assert_eq!(taken.counts(), [2, 2, 0, 0, 0]);
    assert_eq!(taken.ids("identity_id"), [None, None]);
    assert_eq!(taken.texts("withheld_reason"), [Some("03"), Some("03")]);
}
