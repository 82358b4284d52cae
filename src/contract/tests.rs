//! Contracts that are none, headers that do not fit, and every rule of a cell.

mod language;

use std::path::Path;

use super::*;
use crate::extract::{ExtractReader, Limits};

const HEAD: &str = r#"
feed = "apc"
version = "1"
title = "t"
sector = "acute"
source = "s"
delimiter = ","
key = ["K"]
"#;

fn contract(columns: &str) -> Result<Contract, ContractError> {
    Contract::read(Path::new("apc.toml"), format!("{HEAD}{columns}"))
}

/// Line and text of the mistake in a contract.
fn mistake(columns: &str) -> (usize, String) {
    match contract(columns) {
        Err(ContractError::Declaration { line, what, span, .. }) => {
            assert!(span.start <= span.end);
            (line, what)
        }
        other => panic!("{columns}: {other:?}"),
    }
}

const KEY: &str = "column = [\n{ name = \"K\", as = \"k\" },\n";

#[test]
fn every_contract_of_the_repository_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/contracts");
    let mut n = 0;
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let contract = Contract::load(&path).unwrap_or_else(|error| panic!("{error}"));
        let n_fixed = if contract.kind.is_area() { 5 } else { FIXED_COLUMNS.len() };
        assert!(contract.record_schema().fields().len() > n_fixed);
        n += 1;
    }
    assert!(n >= 16, "{n} contracts");
}

#[test]
fn each_mistake_is_named_with_its_line() {
    for (column, what) in [
        ("{ name = \"A\", as = \"a\", type = \"datum\" }", "unknown variant"),
        ("{ name = \"A\", as = \"a\", role = \"doctor\" }", "unknown variant"),
        ("{ name = \"A\", as = \"a\", colour = 1 }", "unknown field"),
        ("{ name = \"k \", as = \"a\" }", "more than one column `k `"),
        ("{ name = \"A\", as = \"k\" }", "more than one column `as`"),
        ("{ name = \"A\", aliases = [\"K\"], as = \"a\" }", "more than one column `K`"),
        ("{ name = \"A\" }", "needs an `as` name"),
        ("{ name = \"A\", as = \"line\" }", "already"),
        ("{ name = \"A\", as = \"Upper\" }", "lower case"),
        ("{ name = \"A\", as = \"a\", role = \"nhs_number\" }", "does not reach the record"),
        ("{ name = \"A\", drop = true, required = true }", "dropped"),
        ("{ name = \"A\", as = \"a\", type = \"date\" }", "need a `format`"),
        ("{ name = \"A\", as = \"a\", type = \"date\", format = \"%H:%M\" }", "not a format"),
        ("{ name = \"A\", as = \"a\", format = \"%Y\" }", "only dates"),
        ("{ name = \"A\", role = \"birth_date\" }", "a birth date is"),
        ("{ name = \"A\", as = \"a\", role = \"event_date\" }", "an event date is"),
        ("{ name = \"A\", as = \"a\", type = \"flag\", codes = [\"1\"] }", "only texts"),
        ("{ name = \"A\", as = \"a\", codes = [\"1\"], map = { x = \"y\" } }", "not both"),
        ("{ name = \"A\", role = \"sex\", map = { \"1\" = \"man\" } }", "sex maps"),
        ("{ name = \"A\", as = \"a\", type = \"integer\", min = 3, max = 2 }", "below"),
        (
            "{ name = \"A\", as = \"a\", type = \"date\", format = \"%Y%m%d\", min = 3 }",
            "dates for dates",
        ),
        ("{ name = \"A\", as = \"a\", scale = 100 }", "only decimals"),
        ("{ name = \"A\", as = \"a\", type = \"flag\", filter = \"yes\" }", "filtered by"),
        ("{ name = \"A\", as = \"a\", pattern = \"hex\" }", "unknown variant"),
        ("{ name = \"A\", role = \"age\" }", "an age is"),
        ("{ name = \"A\", role = \"age\", type = \"integer\", as = \"a\" }", "does not reach"),
        ("{ name = \"A\", role = \"pseudonym\" }", "name its `issuer`"),
        ("{ name = \"A\", drop = true, filter = \"x\" }", "filters nothing"),
        ("{ name = \"A\", as = \"a\", type = \"integer\", filter = [\"1\"] }", "can be filtered"),
    ] {
        let (line, found) = mistake(&format!("{KEY}{column} ]\n"));
        assert!(found.contains(what), "{column}: {found}");
        assert_eq!(line, 11, "{column}: {found}");
    }
}

#[test]
fn a_pseudonym_has_an_issuer_and_no_local_id_beside_it() {
    let columns =
        "column = [\n{ name = \"K\", as = \"k\" },\n{ name = \"P\", role = \"pseudonym\" }";
    let issued = contract(&format!("issuer = \"hes\"\n{columns} ]\n")).expect("valid");
    assert_eq!(issued.issuer, "hes");
    let both = format!("issuer = \"hes\"\n{columns}, {{ name = \"L\", role = \"local_id\" }} ]\n");
    assert!(mistake(&both).1.contains("not both"));
    assert!(mistake(&format!("issuer = \" \"\n{columns} ]\n")).1.contains("name its `issuer`"));
    let alone = format!("issuer = \"hes\"\n{KEY} ]\n");
    assert!(mistake(&alone).1.contains("goes with a `pseudonym`"));
    let named = format!("header_only = [\"k \"]\n{KEY} ]\n");
    assert!(mistake(&named).1.contains("cannot be declared"));
}

#[test]
fn rules_and_keys_name_what_there_is() {
    let columns = format!(
        "{KEY}{{ name = \"A\", as = \"a\", type = \"date\", format = \"%Y%m%d\" }}, {{ name = \"N\", as = \"n\", type = \"integer\" }} ]\n"
    );
    for check in ["a >= b", "a", "a = 5", "a >= n", "n >= n + 1 days", "a >= k"] {
        let rule = format!("{columns}rule = [{{ name = \"r\", check = \"{check}\" }}]\n");
        assert_eq!(mistake(&rule).0, 12, "{check}");
    }
    assert!(contract(&format!("{columns}rule = [{{ name = \"r\", check = \"n >= n\" }}]")).is_ok());
    let text = format!("{HEAD}{columns}").replace("[\"K\"]", "[\"Z\"]");
    let error = Contract::read(Path::new("apc.toml"), text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "apc.toml:8:8: the key names `Z`, which is the `name` of no column"
    );
    for delimiter in ["", ",,", "\\n", "£"] {
        let text = format!("{HEAD}{columns}")
            .replace("delimiter = \",\"", &format!("delimiter = \"{delimiter}\""));
        assert!(Contract::read(Path::new("apc.toml"), text).is_err());
    }
}

#[test]
fn headers_are_found_under_any_case_and_alias() {
    let contract = contract(
        "column = [ { name = \"K\", as = \"k\" }, { name = \"New\", aliases = [\"Old\"], as = \"a\", required = true }, { name = \"Gone\", as = \"b\" }, { name = \"Notes\", drop = true } ]",
    )
    .unwrap();
    let bind = |header: &[&str]| {
        let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        contract.bind(Path::new("f.csv"), &header)
    };
    let bound = bind(&["notes", " OLD ", "k", "9990000018", ""]).unwrap();
    assert_eq!(bound.places, [Some(2), Some(1), None, None]);
    assert_eq!((bound.absent, bound.undeclared), (vec![2], vec![3]));
    let error = bind(&["K", "Gone", "9990000018"]).unwrap_err();
    assert_eq!(error.to_string(), "f.csv: no column `New`");
    let error = bind(&["K", "Old", "NEW"]).unwrap_err();
    assert_eq!(error.to_string(), "f.csv: more than one column `New`");
    assert!(
        matches!(bind(&["Old"]), Err(ContractError::MissingColumn { column, .. }) if column == "K")
    );
}

/// Checks one cell of a column: what it became, the rule that it broke, and what became of the row.
fn check(column: &str, cell: &str) -> (Option<String>, Option<Rule>, Fate) {
    let contract = contract(&format!("{KEY}{{ name = \"A\", as = \"a\", {column} }} ]")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    crate::store::write_atomic(&path, format!("K,A\n1,\"{cell}\"\n").as_bytes()).unwrap();
    let mut reader = ExtractReader::open(&path, &contract.format, Limits::default()).unwrap();
    let binding = contract.bind(&path, reader.header()).unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let checked = contract.check(&reader.layout().rows(block).unwrap(), &binding);
    let array = checked.columns[1].clone().unwrap();
    let options = arrow::util::display::FormatOptions::default();
    let shown = arrow::util::display::ArrayFormatter::try_new(&array, &options).unwrap();
    let value = arrow::array::Array::is_valid(&array, 0).then(|| shown.value(0).to_string());
    (value, checked.faults.first().map(|fault| fault.rule), checked.fates[0])
}

#[test]
fn cells_become_typed_values_or_named_faults() {
    let date =
        "type = \"date\", format = \"%d/%m/%Y\", sentinels = [\"01/01/1900\"], min = 1900-01-01";
    let codes = "codes = [\"11\", \"2A\"], sentinels = [\"98\"]";
    for (column, cell, value, rule) in [
        (date, "09/04/2023", Some("2023-04-09"), None),
        (date, "", None, None),
        (date, "01/01/1900", None, Some(Rule::Sentinel)),
        (date, "31/02/2023", None, Some(Rule::NotADate)),
        (date, "09/04/1823", None, Some(Rule::OutOfRange)),
        (codes, "2A", Some("2A"), None),
        (codes, "2a", Some("2A"), None),
        (codes, "98", None, Some(Rule::Sentinel)),
        (codes, "12", None, Some(Rule::UnknownCode)),
        ("map = { M = \"male\", U = \"\" }", "M", Some("male"), None),
        ("map = { M = \"male\", U = \"\" }", "U", None, None),
        ("map = { M = \"male\", U = \"\" }", "X", None, Some(Rule::UnknownCode)),
        ("type = \"integer\", min = 1, max = 9", "5.0", Some("5"), None),
        ("type = \"integer\", min = 1, max = 9", "0", None, Some(Rule::OutOfRange)),
        ("type = \"integer\"", "1E+03", None, Some(Rule::ScientificNotation)),
        ("type = \"decimal\"", "1.50", Some("1.5"), None),
        ("type = \"decimal\", scale = 100, max = 10", "9.99", Some("999"), None),
        ("type = \"decimal\", scale = 100, max = 10", "10.01", None, Some(Rule::OutOfRange)),
        ("type = \"decimal\"", "£5", None, Some(Rule::NotANumber)),
        ("type = \"flag\"", "Yes", Some("true"), None),
        ("type = \"flag\"", "N", Some("false"), None),
        ("type = \"flag\"", "maybe", None, Some(Rule::NotAFlag)),
        ("type = \"time\", format = \"%H:%M:%S\"", "23:59:01", Some("23:59"), None),
        ("type = \"time\", format = \"%H:%M\"", "24:00", None, Some(Rule::NotATime)),
        (
            "type = \"datetime\", format = \"%Y-%m-%d %H:%M\"",
            "2023-04-09 01:30",
            Some("2023-04-09T01:30:00"),
            None,
        ),
        ("type = \"month\", format = \"%m%Y\"", "041968", Some("1968-04-01"), None),
        (
            "type = \"code\", pattern = \"digits\"",
            "900000000000012345",
            Some("900000000000012345"),
            None,
        ),
        ("type = \"code\", pattern = \"digits\"", "9.0E+17", None, Some(Rule::ScientificNotation)),
        ("type = \"code\", pattern = \"digits\"", "9x", None, Some(Rule::Pattern)),
        ("type = \"code\"", "E11", Some("E11"), None),
        ("type = \"code\"", ".XE0Uc..", Some(".XE0Uc.."), None),
    ] {
        let (found, broken, fate) = check(column, cell);
        assert_eq!((found.as_deref(), broken, fate), (value, rule, Fate::Kept), "{column}: {cell}");
        let (_, broken, fate) = check(&format!("{column}, required = true"), cell);
        let refusal = match (value, rule) {
            (Some(_), _) => None,
            (None, None | Some(Rule::Sentinel)) => Some(Rule::Required),
            (None, rule) => rule,
        };
        let expected = refusal.map_or(Fate::Kept, |rule| Fate::Refused(rule, Some(1)));
        assert_eq!(fate, expected, "{column}, required: {cell}");
        assert!(broken.is_some() == refusal.is_some());
    }
}
