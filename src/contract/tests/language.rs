//! What a contract can say beyond names, types and codes: forms, versions, providers, thresholds,
//! derived columns. Expected values are worked out by hand.

use std::path::{Path, PathBuf};

use arrow::array::Array;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::contract::*;
use crate::extract::{ExtractReader, Limits};

const HEAD: &str = "feed = \"f\"\nversion = \"2\"\ntitle = \"t\"\nsector = \"s\"\nsource = \"s\"\n\
                    delimiter = \",\"\nkey = [\"K\"]\n";

fn contract(rest: &str) -> Contract {
    Contract::read(Path::new("f.toml"), format!("{HEAD}{rest}")).unwrap_or_else(|e| panic!("{e}"))
}

fn columns(list: &str) -> String {
    format!("column = [{{ name = \"K\", as = \"k\" }},\n{list}]\n")
}

/// All that is wrong with a contract, each with its line and column.
fn mistakes(rest: &str) -> Vec<String> {
    let errors = Contract::read_all(Path::new("f.toml"), format!("{HEAD}{rest}")).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    crate::store::write_atomic(&path, text.as_bytes()).unwrap();
    (folder, path)
}

/// Row, column and rule.
type FaultAt = (u32, String, String);

/// A file under a contract: each column's cells as texts, empty for null; and row, column, rule of
/// each fault.
fn check(contract: &Contract, text: &str) -> (Vec<Vec<String>>, Vec<FaultAt>) {
    let (_folder, path) = file(text);
    let mut reader = ExtractReader::open(&path, &contract.format, Limits::default()).unwrap();
    let binding = contract.bind(&path, reader.header()).unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let checked = contract.check(&reader.layout().rows(block).unwrap(), &binding);
    let options = FormatOptions::default();
    let shown = |array: &Option<arrow::array::ArrayRef>| {
        let Some(array) = array else { return Vec::new() };
        let format = ArrayFormatter::try_new(array, &options).unwrap();
        let cell =
            |row| if array.is_null(row) { String::new() } else { format.value(row).to_string() };
        (0..array.len()).map(cell).collect()
    };
    let name = |i: u16| contract.columns[usize::from(i)].name.clone();
    let faults = checked.faults.iter().map(|fault| {
        let column = fault.column.map(name).unwrap_or_default();
        (fault.row, column, contract.rule_name(fault.rule).to_owned())
    });
    (checked.columns.iter().map(shown).collect(), faults.collect())
}

fn fault(row: u32, column: &str, rule: &str) -> FaultAt {
    (row, column.to_owned(), rule.to_owned())
}

#[test]
fn several_formats_are_read_and_never_guessed() {
    let list = columns(
        "{ name = \"A\", as = \"a\", type = \"date\", format = [\"%d/%m/%Y\", \"%Y-%m-%d\"] }",
    );
    let (cells, faults) =
        check(&contract(&list), "K,A\n1,09/04/2023\n2,2023-04-09\n3,04-09-2023\n");
    assert_eq!(cells[1], ["2023-04-09", "2023-04-09", ""]);
    assert_eq!(faults, [fault(2, "A", "not_a_date")]);
    let both = columns(
        "{ name = \"A\", as = \"a\", type = \"date\", format = [\"%d/%m/%Y\", \"%m/%d/%Y\"] }",
    );
    let found = mistakes(&both);
    assert_eq!(found.len(), 1);
    let start = "f.toml:9:49: `%d/%m/%Y` and `%m/%d/%Y` read one text as different dates";
    assert!(found[0].starts_with(start), "{found:?}");
}

#[test]
fn dates_without_their_day_are_counted_where_declared() {
    let list = columns(
        "{ name = \"A\", as = \"a\", type = \"date\", format = \"%Y%m%d\", partial = \"first_of_month\" },\n\
         { name = \"B\", as = \"b\", type = \"date\", format = \"%Y-%m-%d\", partial = \"first_of_year\", precision = \"P\" },\n\
         { name = \"P\", as = \"p\" }",
    );
    let text =
        "K,A,B,P\n1,20210500,2021-05-17,YMD\n2,20210000,2021-05-17,YM\n3,20210531,2021-05-17,Y\n";
    let (cells, faults) = check(&contract(&list), text);
    assert_eq!(cells[1], ["2021-05-01", "", "2021-05-31"]);
    assert_eq!(cells[2], ["2021-05-17", "2021-05-01", "2021-01-01"]);
    let expected = [
        fault(1, "A", "not_a_date"),
        fault(0, "A", "partial_date"),
        fault(1, "B", "partial_date"),
        fault(2, "B", "partial_date"),
    ];
    assert_eq!(faults, expected);
    let without = columns("{ name = \"B\", as = \"b\", type = \"date\", format = \"%Y\" }");
    assert!(mistakes(&without)[0].contains("not a format of this type"));
}

#[test]
fn stand_ins_of_a_type_hold_unless_a_column_means_something_by_them() {
    let list = format!(
        "sentinels_by_type = {{ date = [1800-01-01, 1900-01-01], text = [\"&\", \"-\"], any = [\"NULL\"] }}\n{}",
        columns(
            "{ name = \"A\", as = \"a\", type = \"date\", format = \"%d/%m/%Y\" },\n\
             { name = \"B\", as = \"b\", codes = [\"-\", \"X\"] },\n\
             { name = \"C\", as = \"c\", sentinels = [\"ZZ99*\"] },\n\
             { name = \"N\", as = \"n\", type = \"integer\" }"
        )
    );
    let text = "K,A,B,C,N\n1,01/01/1900,-,&,NULL\n2,01/01/1800,X,ZZ99 3VZ,5\n3,NULL,&,LS1,-\n";
    let (cells, faults) = check(&contract(&list), text);
    assert_eq!(cells[1], ["", "", ""]);
    assert_eq!(cells[2], ["-", "X", ""]);
    assert_eq!(cells[3], ["", "", "LS1"]);
    assert_eq!(cells[4], ["", "5", ""]);
    let sentinels: Vec<_> = faults.iter().filter(|(.., rule)| rule == "sentinel").collect();
    assert_eq!(sentinels.len(), 7, "{faults:?}");
    assert!(faults.contains(&fault(2, "N", "not_a_number")), "a number has no `-`");
}

#[test]
fn codes_are_brought_to_their_declared_form() {
    let list = columns(
        "{ name = \"D\", as = \"d\", type = \"code\", case = \"upper\", strip = \".\", strip_end = \"X\", sentinels = [\"R69\"] },\n\
         { name = \"C\", as = \"c\", codes = [\"01\", \"02\"], pad = 2, whole = true, other = [\"02\"] },\n\
         { name = \"S\", as = \"s\", type = \"code\" },\n\
         { name = \"L\", role = \"local_id\" }",
    );
    let contract = contract(&list);
    let text =
        "K,D,C,S,L\n1,e11.9,1,900000000000012345,7\n2,G35X,2.0,9.0E+17,9.43E+09\n3,R69X,3,x,8\n";
    let (cells, faults) = check(&contract, text);
    assert_eq!(cells[1], ["E119", "G35", ""]);
    assert_eq!(cells[2], ["01", "02", ""]);
    assert_eq!(cells[3], ["900000000000012345", "", "x"]);
    assert_eq!(cells[4], ["7", "", "8"]);
    let expected = [
        fault(2, "D", "sentinel"),
        fault(2, "C", "unknown_code"),
        fault(1, "S", "scientific_notation"),
        fault(1, "L", "scientific_notation"),
    ];
    assert_eq!(faults, expected);
    assert!(contract.columns[2].is_other("02") && !contract.columns[2].is_other("01"));
}

#[test]
fn a_list_of_codes_may_lie_beside_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("ethnic.csv");
    crate::store::write_atomic(&list, b"code,meaning\nA,British\nB,Irish\n").unwrap();
    let path = folder.path().join("f.toml");
    let column =
        "{ name = \"E\", as = \"e\", codes = { file = \"ethnic.csv\", column = \"code\" } }";
    let text = format!("{HEAD}{}", columns(column));
    let contract = Contract::read(&path, text.clone()).unwrap();
    assert_eq!(contract.columns[1].codes.entries(), ["A", "B"]);
    // Another list is another contract.
    crate::store::write_atomic(&list, b"code,meaning\nA,British\n").unwrap();
    assert_ne!(Contract::read(&path, text.clone()).unwrap().text, contract.text);
    for wrong in [text.replace("\"code\"", "\"kode\""), text.replace("ethnic.csv", "none.csv")] {
        let error = Contract::read(&path, wrong).unwrap_err().to_string();
        assert!(error.contains(":9:33:"), "{error}");
    }
}

#[test]
fn names_are_found_by_their_letters_and_tell_an_older_layout() {
    let list = columns(
        "{ name = \"AttendanceStatus\", aliases = [\"Status\", { name = \"AttendOrNot\", until = \"1.5\" }], as = \"a\" }",
    );
    let contract = contract(&list);
    let bind = |header: &[&str]| {
        let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        contract.bind(Path::new("f.csv"), &header)
    };
    assert_eq!(bind(&["K", "attendance_status"]).unwrap().places, [Some(0), Some(1)]);
    assert_eq!(bind(&["K", "[Attendance - Status"]).unwrap().places, [Some(0), Some(1)]);
    assert_eq!(bind(&["K", "STATUS"]).unwrap().older, []);
    let older = bind(&["K", "attend_or_not"]).unwrap();
    assert_eq!((older.places, older.older), (vec![Some(0), Some(1)], vec![(1, 1)]));
    let twice = bind(&["K", "Attendance Status", "AttendanceStatus"]).unwrap_err();
    assert_eq!(twice.to_string(), "f.csv: more than one column `AttendanceStatus`");

    let alike = columns("{ name = \"Team ID\", as = \"a\" },\n{ name = \"Team_ID\", as = \"b\" }");
    assert!(mistakes(&alike)[0].contains("differ by punctuation alone"));
    let exact =
        Contract::read(Path::new("f.toml"), format!("{HEAD}header_match = \"exact\"\n{alike}"));
    let header = ["K", "team_id", "Team ID"].map(String::from);
    let bound = exact.unwrap().bind(Path::new("f.csv"), &header).unwrap();
    assert_eq!(bound.places, [Some(0), Some(2), Some(1)]);
}

#[test]
fn derived_columns_are_computed_in_their_order_and_from_no_identifier() {
    let list = columns(
        "{ name = \"A\", as = \"admitted_on\", type = \"date\", format = \"%Y-%m-%d\" },\n\
         { name = \"B\", as = \"discharged_on\", type = \"date\", format = \"%Y-%m-%d\" },\n\
         { name = \"N\", role = \"nhs_number\" },\n\
         { as = \"stay_days\", type = \"integer\", derive = \"days_between(admitted_on, discharged_on)\", required = true },\n\
         { as = \"stay\", derive = \"case when stay_days = 0 then 'day case' when stay_days > 20 then 'long' else 'stay' end\" }",
    );
    let ruled = format!(
        "{list}rule = [{{ name = \"not_too_long\", check = \"stay_days <= 365\", severity = \"warn\" }}]\n"
    );
    let contract = contract(&ruled);
    let text = "K,A,B,N\n1,2023-04-01,2023-04-01,\n2,2023-04-01,2023-05-01,\n3,2023-04-01,,\n4,2020-01-01,2022-01-01,\n";
    let (cells, faults) = check(&contract, text);
    assert_eq!(cells[4], ["0", "30", "", "731"]);
    assert_eq!(cells[5], ["day case", "long", "stay", "long"]);
    assert_eq!(faults, [fault(2, "stay_days", "required"), fault(3, "stay_days", "not_too_long")]);
    assert_eq!(contract.dates_behind(5), [2, 1]);
    let schema = contract.record_schema();
    assert!(schema.field_with_name("stay_days").is_ok());

    for (derive, what) in [
        ("nhs_number", "never reaches a record"),
        ("later", "is computed after"),
        ("stay_days", "or is this column"),
        ("5", "a whole number, and the column a text"),
    ] {
        let wrong = list.replace("case when stay_days = 0 then 'day case' when stay_days > 20 then 'long' else 'stay' end", derive);
        let wrong = wrong.replace("\" }]\n", "\" },\n{ as = \"later\", derive = \"'x'\" }]\n");
        let wrong = if derive == "stay_days" {
            wrong.replace("days_between(admitted_on, discharged_on)", "stay_days")
        } else {
            wrong
        };
        let found = mistakes(&wrong);
        assert!(found[0].contains(what), "{derive}: {found:?}");
    }
}

#[test]
fn one_provider_may_write_a_column_otherwise() {
    let list = columns(
        "{ name = \"A\", as = \"a\", type = \"date\", format = \"%Y-%m-%d\" },\n{ name = \"C\", as = \"c\", codes = [\"1\"] }",
    );
    let own = "[provider.RR8]\ncolumn = [{ name = \"A\", format = \"%d/%m/%Y\" }, { name = \"C\", map = { Y = \"1\" } }]\n";
    let contract = contract(&format!("{list}{own}"));
    let text = "K,A,C\n1,09/04/2023,Y\n";
    let theirs = contract.for_delivery(Some("RR8"), Facts::default());
    assert_eq!(
        check(&theirs, text),
        (vec![vec!["1".into()], vec!["2023-04-09".into()], vec!["1".into()]], vec![])
    );
    for other in [None, Some("RGD")] {
        let contract = contract.for_delivery(other, Facts::default());
        assert_eq!(check(&contract, text).1.len(), 2, "{other:?}");
    }
    for (own, what) in [
        ("column = [{ name = \"Z\", format = \"%Y\" }]", "is the `name` of no column"),
        ("column = [{ name = \"A\", type = \"text\" }]", "may differ, nothing else"),
        ("column = [{ name = \"A\", format = \"%q\" }]", "not a format"),
    ] {
        let found = mistakes(&format!("{list}[provider.RR8]\n{own}\n"));
        assert!(found[0].contains(what), "{own}: {found:?}");
    }
}

#[test]
fn shares_beyond_a_threshold_warn_or_refuse() {
    let text = format!(
        "{}{}",
        columns("{ name = \"A\", as = \"a\", codes = [\"1\"] }"),
        "threshold = [\n{ column = \"A\", rule = \"unknown_code\", warn = 0.1, refuse = 0.5 },\n\
         { column = \"A\", rule = \"unknown_code\", provider = \"RR8\", refuse = 0.9 },\n\
         { rule = \"ragged_row\", warn = 0 }]\n"
    );
    let contract = contract(&text);
    let judge = |provider, n_bad| {
        contract.passed_thresholds(Path::new("f.csv"), provider, 100, &[n_bad, n_bad, 0])
    };
    assert_eq!(judge(None, 10).unwrap(), []);
    let subject = "column `A`, rule `unknown_code`".to_owned();
    assert_eq!(judge(None, 11).unwrap(), [Passed { subject, n_rows: 11 }]);
    assert_eq!(
        judge(Some("RGD"), 51).unwrap_err().to_string(),
        "f.csv: column `A`, rule `unknown_code`: 51 of 100 rows (51.0 %), more than 50.0 %"
    );
    assert_eq!(judge(Some("RR8"), 90).unwrap(), [], "its own goes before that of all");
    assert!(judge(Some("RR8"), 91).is_err());
    for (threshold, what) in [
        ("{ column = \"B\", warn = 0.1 }", "no column `B`"),
        ("{ rule = \"unknown_kode\", warn = 0.1 }", "did you mean `unknown_code`?"),
        ("{ rule = \"required\", warn = 5.0 }", "between 0 and 1"),
        ("{ rule = \"required\", warn = 0.5, refuse = 0.1 }", "refused before"),
        ("{ rule = \"required\" }", "needs `warn` or `refuse`"),
    ] {
        let list = columns("{ name = \"A\", as = \"a\" }");
        let found = mistakes(&format!("{list}threshold = [{threshold}]\n"));
        assert!(found[0].contains(what), "{threshold}: {found:?}");
    }
}

#[test]
fn every_mistake_of_a_contract_is_told_at_once_with_its_place() {
    let list = columns(
        "{ name = \"A\", as = \"a\", type = \"date\" },\n{ name = \"B\", as = \"Upper\" },\n{ name = \"C\", as = \"c\" }",
    );
    let found = mistakes(&list);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("f.toml:9:10:") && found[1].starts_with("f.toml:10:20:"));
    let rules = format!(
        "{}rule = [\n{{ name = \"one\", check = \"a = '1' and b = '2'\" }},\n{{ name = \"two\", check = 'a > 1' }}]\n",
        columns("{ name = \"A\", as = \"a\" }")
    );
    let found = mistakes(&rules);
    // The place within the text: `b` is the 13th character of the first rule's.
    let expected = [
        "f.toml:11:38: `b` is neither the `as` name nor the role of a column",
        "f.toml:12:26: a text and a whole number cannot be compared or mixed",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_rule_says_what_the_provider_is_told() {
    let text = format!(
        "{}rule = [{{ name = \"known\", check = \"a is not null\", severity = \"info\", message = \"A is missing\", code = \"X1\" }}]\n",
        columns("{ name = \"A\", as = \"a\" }")
    );
    let contract = contract(&text);
    let rule = &contract.rules[0];
    assert_eq!((rule.message.as_str(), rule.code.as_str()), ("A is missing", "X1"));
    assert_eq!(contract.severity(Rule::Declared(0), None), Severity::Info);
    // A column that no file holds is null in every row.
    let (_, faults) = check(&contract, "K\n1\n");
    assert_eq!(faults, [fault(0, "A", "known")]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 500, ..Default::default() })]

    #[test]
    fn no_text_makes_the_parser_of_contracts_panic(
        at in 0usize..2_000,
        length in 0usize..40,
        scrap in "[ -~\\né£]{0,20}",
    ) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/contracts");
        let text = std::fs::read_to_string(folder.join("apc_hes.toml")).unwrap();
        let from = text.floor_char_boundary(at.min(text.len()));
        let to = text.floor_char_boundary((from + length).min(text.len()));
        let changed = format!("{}{scrap}{}", &text[..from], &text[to..]);
        for error in Contract::read_all(&folder.join("changed.toml"), changed).err().unwrap_or_default() {
            let ContractError::Declaration { line, column, .. } = error else { panic!("{error}") };
            assert!(line >= 1 && column >= 1);
        }
    }
}
