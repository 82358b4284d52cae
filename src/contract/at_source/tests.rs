//! Contracts of what providers pseudonymise, made of every contract that there is.

use std::path::Path;

use super::*;

/// Every contract of the repository that is about persons.
fn contracts() -> Vec<Contract> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/contracts");
    let paths =
        std::fs::read_dir(folder).expect("contracts").map(|entry| entry.expect("one").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    paths.iter().map(|path| Contract::load(path).expect("a contract")).collect()
}

#[test]
fn what_is_made_of_any_contract_is_one_and_holds_nobody() {
    let mut n_made = 0;
    for contract in contracts() {
        let Ok(made) = contract.at_source("care/RR8", "0123456789abcdef", true) else { continue };
        n_made += 1;
        let name = contract.path.display();
        let at_source = Contract::read(&contract.path, made.contract.clone());
        let at_source =
            at_source.unwrap_or_else(|error| panic!("{name}: {error}\n{}", made.contract));
        assert_eq!(
            (at_source.issuer.as_str(), at_source.key_id.as_str()),
            ("care/RR8", "0123456789abcdef")
        );
        for role in [
            Role::NhsNumber,
            Role::LocalId,
            Role::FamilyName,
            Role::GivenName,
            Role::House,
            Role::Postcode,
        ] {
            assert_eq!(at_source.column_of(role), None, "{name}: {role}");
        }
        let birth = at_source.column_of(Role::BirthDate).map(|i| &at_source.columns[i].kind);
        assert!(birth.is_none_or(|kind| matches!(kind, Kind::Month(_))), "{name}");
        // Its files have the columns that it asks for, and the records the same columns as ever.
        at_source.bind(&contract.path, &made.header).expect("every column is there");
        let fields = |contract: &Contract| -> Vec<(String, arrow::datatypes::DataType)> {
            let schema = contract.record_schema();
            schema.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
        };
        let (ours, theirs) = (fields(&at_source), fields(&contract));
        assert!(ours.iter().all(|field| theirs.contains(field)), "{name}: {ours:?} {theirs:?}");
    }
    assert!(n_made > 25, "{n_made} of the contracts tell persons apart");
}

#[test]
fn a_rule_that_needs_what_stays_behind_is_named() {
    let text = r#"
feed = "f"
version = "1"
title = "t"
sector = "s"
source = "s"
delimiter = ";"
key = ["Id"]
column = [
  { name = "Id", as = "k", aliases = ["Key"] },
  { name = "NHS", role = "nhs_number", required = true },
  { name = "DOB", role = "birth_date", type = "date", format = "%d/%m/%Y" },
  { name = "Day", as = "day", role = "event_date", type = "date", format = "%d/%m/%Y" },
  { name = "Postcode", role = "postcode", required = true },
]
rule = [
  { name = "born", check = "after_birth(day)" },
  { name = "adult", check = "days_between(birth_date, day) > 6570" },
]
threshold = [{ rule = "adult", warn = 0.1 }, { column = "NHS", refuse = 0.5 }, { column = "Day", refuse = 0.5 }]
"#;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.toml");
    crate::store::write_atomic(&path, text.as_bytes()).expect("written");
    let contract = Contract::load(&path).expect("a contract");
    let made = contract.at_source("f", "ab", false).expect("pseudonymised");
    assert_eq!(made.unchecked, ["adult"]);
    assert_eq!(made.header, ["Id", "Pseudonym", "Birth Month", "Day", "Age At Event"]);
    let at_source = Contract::read(&path, made.contract).expect("a contract");
    let rules: Vec<&str> = at_source.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(rules, ["born", "pseudonym_of_this_key"]);
    assert_eq!(at_source.thresholds.len(), 1);
    let pseudonym = at_source.column_of(Role::Pseudonym).expect("there");
    assert!(at_source.columns[pseudonym].required);
    // With a look-up the area goes on, and refuses no row where it is not known.
    let made = contract.at_source("f", "ab", true).expect("pseudonymised");
    let at_source = Contract::read(&path, made.contract).expect("a contract");
    let lsoa = at_source.column_of(Role::Lsoa).expect("there");
    assert!(!at_source.columns[lsoa].required);
}

#[test]
fn what_cannot_be_pseudonymised_says_why() {
    let why = |name: &str| {
        let contract = contracts().into_iter().find(|c| c.path.ends_with(name)).expect("there");
        contract.at_source("f", "ab", false).expect_err("refused")
    };
    assert_eq!(why("ae_trust.toml"), "its rows are about nobody");
    assert_eq!(why("apc_hes.toml"), "it has pseudonyms already");
}
