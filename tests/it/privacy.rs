//! Nothing that the sample run writes holds an identifier; a planted one is found.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use bytes::Bytes;
use hub::pseudonymise::MasterKey;
use hub::store::{Canaries, Rules, scan};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::deliveries::City;
use crate::support::{copy_folder, files, hub, root, run_pipeline, sample, stderr, stdout, write};
use crate::zone_files::{parquet_files, unsealed};

/// Columns of the extracts that hold identifiers, by what they are.
const NAMES: [&str; 14] = [
    "FORENAME",
    "SURNAME",
    "PERSON_GIVEN_NAME",
    "PERSON_FAMILY_NAME",
    "PersonFamilyName",
    "PersonGivenName",
    "Surname",
    "GivenName",
    "Forename",
    "MainPatientForename",
    "MainPatientSurname",
    "First Name",
    "Last Name",
    "DEC_SURNAME",
];
const POSTCODES: [&str; 9] = [
    "HOMEADD",
    "POSTCODE_OF_USUAL_ADDRESS",
    "Postcode",
    "HOME_POST",
    "PatientHomePostCode",
    "patient_home_postcode",
    "DEC_USUAL_RES_POSTCODE",
    "PostCode_From",
    "HouseNameFlatNumber",
];
const NUMBERS: [&str; 8] = [
    "NHSNO",
    "NHS_NUMBER",
    "NHSNumber",
    "NhsNumber",
    "NHS_Number",
    "NHS Number",
    "nhs_number",
    "DEC_NHS_NUMBER",
];
const LOCAL_IDS: [&str; 7] = [
    "LOPATID",
    "LOCAL_PATIENT_IDENTIFIER",
    "LocalPatientID",
    "LocalPatientId",
    "PatientGuid",
    "LA_Person_Unique_Identifier",
    "Client Ref",
];

fn text_of(name: &str, bytes: &[u8]) -> String {
    let mut plain = Vec::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).expect("gzip");
    } else {
        plain = bytes.to_vec();
    }
    // Windows-1252 agrees with Latin-1 on every letter that the sample uses.
    String::from_utf8(plain)
        .unwrap_or_else(|e| e.into_bytes().iter().map(|b| char::from(*b)).collect())
}

/// Every distinct identifier in the sample's extracts.
fn canaries() -> Canaries {
    let mut found: [BTreeSet<String>; 4] = std::array::from_fn(|_| BTreeSet::new());
    for (name, bytes) in files(&root().join("sample-data/extracts")) {
        let text = text_of(&name, &bytes);
        let text = text.trim_start_matches('\u{feff}');
        let header = text.lines().next().unwrap_or_default();
        let delimiter = [b',', b'|', b';']
            .into_iter()
            .max_by_key(|d| header.bytes().filter(|b| b == d).count())
            .expect("three");
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(text.as_bytes());
        let headers = reader.headers().expect("a header").clone();
        for row in reader.records().map_while(Result::ok) {
            for (column, cell) in headers.iter().zip(row.iter()) {
                let kinds: [&[&str]; 4] = [&NAMES, &POSTCODES, &NUMBERS, &LOCAL_IDS];
                let kind = kinds.iter().position(|names| names.contains(&column.trim()));
                if let (Some(kind), false) = (kind, cell.trim().is_empty()) {
                    found[kind].insert(cell.trim().to_owned());
                }
            }
        }
    }
    let [names, postcodes, numbers, local_ids] = found;
    // A name of fewer than five letters, or a house number, occurs in any text.
    Canaries {
        names: names.into_iter().filter(|name| name.chars().count() >= 5).collect(),
        postcodes: postcodes.into_iter().filter(|postcode| postcode.len() >= 6).collect(),
        nhs_numbers: numbers.into_iter().collect(),
        local_ids: local_ids.into_iter().filter(|id| id.len() >= 6).collect(),
        ..Canaries::default()
    }
}

fn written(folder: &Path) -> Vec<PathBuf> {
    vec![folder.join("store"), folder.join("out")]
}

#[test]
fn the_sample_run_holds_no_identifier() {
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(sample().folder.path(), copy.path());
    // The identity zone is searched as it lies, and opened.
    let opened = opened_zone(copy.path());
    let all = [written(copy.path()), vec![opened.path().to_owned()]].concat();
    let hits = scan(&all, &canaries(), &Rules::default()).expect("scanned");
    assert!(hits.is_empty(), "{} places, the first: {:?}", hits.len(), hits.first());
}

#[test]
fn what_the_run_prints_holds_no_identifier() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("stderr"), &sample().output.stderr);
    write(&folder.path().join("stdout"), &sample().output.stdout);
    let hits = scan(&[folder.path().to_owned()], &canaries(), &Rules::default()).expect("scanned");
    assert!(hits.is_empty(), "{:?}", hits.first());
}

/// Puts `text` into a Parquet file as one more column, as a careless model would; one that was sealed is left
/// unsealed.
fn plant_in_parquet(path: &Path, text: &str) {
    let mut part = std::fs::read(path).expect("a part");
    if path.extension().is_some_and(|extension| extension == "sealed") {
        let key = MasterKey::demonstration().zone_key();
        part = unsealed(&part, &key).expect("the sample's key opens it");
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(part)).expect("Parquet");
    let batches: Vec<_> = reader.build().expect("a reader").map(|b| b.expect("rows")).collect();
    let planted = |batch: &RecordBatch| {
        let mut columns: Vec<(String, ArrayRef)> = batch
            .schema()
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, column)| (field.name().clone(), Arc::clone(column)))
            .collect();
        let note: StringArray = (0..batch.num_rows()).map(|_| Some(text)).collect();
        columns.push(("note".to_owned(), Arc::new(note)));
        RecordBatch::try_from_iter(columns).expect("columns of one length")
    };
    let batches: Vec<RecordBatch> = batches.iter().map(planted).collect();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batches[0].schema(), None).expect("a writer");
    for batch in &batches {
        writer.write(batch).expect("written");
    }
    writer.close().expect("closed");
    write(path, out);
}

/// A folder with every part of the store, the identity zone opened.
fn opened_zone(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for (name, bytes) in parquet_files(folder) {
        write(&copy.path().join(name).with_extension("parquet"), bytes);
    }
    copy
}

/// The largest Parquet file of a folder of the store: it has rows.
fn largest_part(folder: &Path) -> PathBuf {
    let size = |path: &PathBuf| std::fs::metadata(path).expect("a part").len();
    let entries = std::fs::read_dir(folder).expect("a folder of the store");
    entries.map(|entry| entry.expect("a part").path()).max_by_key(size).expect("a part")
}

#[test]
fn a_planted_canary_of_each_kind_is_found() {
    let canaries = canaries();
    let one_of_each = [
        ("name", canaries.names.last()),
        ("postcode", canaries.postcodes.last()),
        ("NHS number", canaries.nhs_numbers.last()),
        ("local id", canaries.local_ids.last()),
    ];
    type Plant = fn(&Path, &str);
    let places: [(&str, Plant); 5] = [
        ("the report", |folder, text| {
            let page = folder.join("out/sample/report/index.html");
            let html = std::fs::read_to_string(&page).expect("the report");
            write(&page, html.replace("</body>", &format!("<p>{text}</p></body>")));
        }),
        ("a record part", |folder, text| {
            plant_in_parquet(&largest_part(&folder.join("store/parts")), text);
        }),
        ("an identity part", |folder, text| {
            plant_in_parquet(&largest_part(&folder.join("store/identities")), text);
        }),
        ("the audit log", |folder, text| {
            let log = folder.join("store/audit.jsonl");
            let lines = std::fs::read_to_string(&log).expect("the log");
            write(&log, format!("{lines}{{\"note\":\"{text}\"}}\n"));
        }),
        ("the open data", |folder, text| {
            write(&folder.join("out/sample/open-data/extra.csv"), format!("area,note\n1,{text}\n"));
        }),
    ];
    for (place, plant) in places {
        for (kind, text) in one_of_each {
            let copy = tempfile::tempdir().expect("a folder");
            copy_folder(sample().folder.path(), copy.path());
            plant(copy.path(), text.expect("the sample has one"));
            let hits = scan(&written(copy.path()), &canaries, &Rules::default()).expect("scanned");
            assert!(!hits.is_empty(), "a {kind} planted in {place} is missed");
        }
    }
}

#[test]
fn verify_looks_at_the_outputs_too() {
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(sample().folder.path(), copy.path());
    let whole = hub(&["store", "verify"], copy.path());
    assert!(whole.status.success(), "{}", stdout(&whole));
    let number = canaries().nhs_numbers.pop().expect("a number");
    write(&copy.path().join("out/sample/open-data/extra.csv"), format!("area,note\n1,{number}\n"));
    let found = hub(&["store", "verify"], copy.path());
    assert_eq!(found.status.code(), Some(1));
    assert!(stdout(&found).contains("extra.csv") && !stdout(&found).contains(&number));
}

#[test]
fn a_file_whose_name_holds_a_number_is_refused_and_the_number_is_not_said() {
    let city = City::new("files = \"in/v_{provider}_*.csv\"");
    city.deliver("v_X_1.csv", "X", &["a,2025-04-03,x"]);
    city.run();
    // One that no rule names is told on the screen, without it.
    city.deliver("letter 999 000 0018.csv", "X", &["b,2025-04-03,x"]);
    let said = city.run();
    assert!(said.contains("letter ************.csv: no rule names this file"), "{said}");
    city.deliver("v_X_9990000018.csv", "X", &["c,2025-04-03,x"]);
    let said = run_pipeline(&city.path().join("p.toml"), city.path(), &[]);
    assert_eq!(said.status.code(), Some(2));
    assert!(
        stderr(&said).contains("may be an NHS number") && !stderr(&said).contains("9990000018")
    );
}
