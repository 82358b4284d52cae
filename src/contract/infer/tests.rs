//! Drafts of small files: they check, they read the file that they come from, they repeat nobody.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::contract::{Contract, Kind, Role};
use crate::extract::{ExtractReader, Limits};

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    crate::store::write_atomic(&path, bytes).unwrap();
    (folder, path)
}

fn draft(bytes: &[u8]) -> (String, Contract) {
    let (_folder, path) = file(bytes);
    let text = super::infer(&path, "hospice").unwrap();
    let contract = Contract::read(Path::new("hospice.toml"), text.clone())
        .unwrap_or_else(|e| panic!("{e}\n{text}"));
    let mut reader = ExtractReader::open(&path, &contract.format, Limits::default()).unwrap();
    let binding = contract.bind(&path, reader.header()).unwrap();
    let layout = reader.layout();
    while let Some(block) = reader.next_block().unwrap() {
        let checked = contract.check(&layout.rows(block).unwrap(), &binding);
        let wrong = |f: &&crate::contract::Fault| f.rule != crate::contract::Rule::Sentinel;
        assert_eq!(checked.faults.iter().find(wrong), None, "{text}");
    }
    (text, contract)
}

/// A spreadsheet of a hospice: 60 rows.
fn hospice() -> String {
    let mut text = "Client Ref;NHS Number;Surname;D.O.B.;Gender;Referral Date;Seen at;Source;Visits;Cost;Notes\n".to_owned();
    for i in 0..60 {
        let _ = writeln!(
            text,
            "C{i:04};99900000{i:02};Person{i};{:02}/03/1950;{};{};{:02}:30;{};{};{}.50;said {i}",
            i % 28 + 1,
            ["M", "F"][i % 2],
            if i == 7 { "01/01/1900".to_owned() } else { format!("{:02}/04/2023", i % 28 + 1) },
            i % 24,
            ["GP", "Hospital", "Self", "N/A"][i % 4],
            i,
            i,
        );
    }
    text
}

#[test]
fn a_spreadsheet_is_drafted_with_types_roles_codes_and_a_key() {
    let (text, contract) = draft(hospice().as_bytes());
    assert_eq!(contract.format.delimiter, b';');
    assert_eq!(contract.key, [0], "{text}");
    let of = |role| contract.column_of(role).map(|i| contract.columns[i].name.as_str());
    assert_eq!(of(Role::NhsNumber), Some("NHS Number"));
    assert_eq!(of(Role::FamilyName), Some("Surname"));
    assert_eq!(of(Role::BirthDate), Some("D.O.B."));
    assert_eq!(of(Role::Sex), Some("Gender"));
    let column = |name: &str| contract.columns.iter().find(|c| c.name == name).unwrap();
    assert_eq!(column("Source").codes.entries(), ["GP", "Hospital", "Self"]);
    assert_eq!(column("Source").sentinels.texts(), ["N/A"]);
    assert_eq!(column("Referral Date").sentinels.texts(), ["01/01/1900"]);
    assert!(matches!(column("Referral Date").kind, Kind::Date(_)));
    assert!(matches!(column("Seen at").kind, Kind::Time(_)));
    assert_eq!((&column("Visits").kind, &column("Cost").kind), (&Kind::Integer, &Kind::Decimal));
    assert!(column("Notes").is_dropped);
}

#[test]
fn no_value_that_could_name_anybody_reaches_a_draft() {
    let (text, _) = draft(hospice().as_bytes());
    for value in ["Person", "999000", "said", "C0001"] {
        assert!(!text.contains(value), "{value}: {text}");
    }
    // Few rows, or values that do not repeat themselves, are no code list.
    let (text, _) =
        draft(b"ref,ward,carer\n1,Ward A,Ann Other\n2,Ward B,Bob Other\n3,Ward A,Ann Other\n");
    assert!(!text.contains("Ward A") && !text.contains("Ann"), "{text}");
    // Names that nobody announces are many different words; codes of few digits are no counts.
    let mut people = "ref,who,method\n".to_owned();
    (0..200).for_each(|i| {
        writeln!(people, "{i},Pat Other{},{}", "abcdefghij".repeat(i), 11 + i % 70).unwrap()
    });
    let (text, contract) = draft(people.as_bytes());
    assert!(contract.columns[1].is_dropped && !text.contains("Pat"), "{text}");
    // Nor are postcodes, however often each comes.
    let mut places = "ref,area\n".to_owned();
    (0..100).for_each(|i| writeln!(places, "{i},LS{} 4AP", i % 3 + 1).unwrap());
    let (text, contract) = draft(places.as_bytes());
    assert!(!text.contains("4AP") && contract.columns[1].is_dropped, "{text}");
}

#[test]
fn a_date_that_fits_two_formats_is_asked_about() {
    let (text, _) = draft(b"ref,seen\n1,01/02/2023\n2,03/04/2023\n");
    assert!(
        text.contains("%d/%m/%Y") && text.contains("every cell fits `%m/%d/%Y` too: ask"),
        "{text}"
    );
    let (text, _) = draft(b"ref,seen\n1,01/02/2023\n2,13/04/2023\n");
    assert!(!text.contains("too: ask"), "{text}");
}

#[test]
fn delimiters_encodings_and_headers_of_every_kind_are_drafted() {
    let (_, contract) = draft(b"id|place\n1|caf\xe9\n2|b\n");
    assert_eq!(contract.format.delimiter, b'|');
    assert_eq!(contract.format.encoding, crate::extract::Encoding::Windows1252);
    let (text, contract) = draft(b"Team ID,Team_ID,line,,Age\n1,2,x1,,30\n2,2,y1,,41\n");
    assert!(text.contains("header_match = \"exact\""));
    let fields: Vec<_> = contract.columns.iter().filter_map(|c| c.field.as_deref()).collect();
    assert_eq!(fields, ["team_id", "team_id_2", "line_2"]);
    let (text, contract) = draft(b"episode_key,code\n9990000018,0012\n9990000026,0013\n");
    assert_eq!(contract.columns[0].role, Some(Role::RowKey), "{text}");
    assert_eq!(contract.columns[1].kind, Kind::Code);
    let (text, _) = draft(b"a,b\n1,1\n1,2\n1,1\n");
    assert!(text.contains("No column alone is unique"), "{text}");
    // Every row lacks the last field: the delimiter is a comma all the same.
    let (text, contract) = draft(b"a,b,c\n1,x y\n2,x y\n3,x y\n");
    assert_eq!((contract.columns.len(), contract.format.delimiter), (3, b','), "{text}");
    assert!(text.contains("# 3 records had another number of fields"), "{text}");
    let (_, contract) = draft(b"only\n1\n2\n");
    assert_eq!(contract.columns.len(), 1);
}

#[test]
fn every_line_of_an_address_has_its_role_and_no_other_column_is_taken_for_one() {
    let mut text = "Ref,Address 1,Address 2,Suburb,Telephone,Region\n".to_owned();
    for i in 0..60 {
        let _ =
            writeln!(text, "C{i:04},{i} Wallaby Street,Flat {i},Delmar{i},0113 496 00{i:02},North");
    }
    let (text, contract) = draft(text.as_bytes());
    let lines: Vec<usize> = contract.columns_of(Role::AddressLine).collect();
    assert_eq!(lines, [1, 2], "{text}");
    assert_eq!(contract.column_of(Role::Locality), Some(3), "{text}");
    assert_eq!(contract.column_of(Role::Telephone), Some(4), "{text}");
    // A region is most often of the service, and not of the person.
    assert_eq!(contract.columns[5].role, None, "{text}");
}
