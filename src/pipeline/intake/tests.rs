//! Files of every kind through intake: what is kept, what is refused, and that no value leaks.

mod adversarial;
mod language;
mod profile;
mod sensitive;
mod variants;

use std::io::Write;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Date32Type, Int32Type, Int64Type, UInt64Type};
use proptest::prelude::*;

use super::*;
use crate::contract::ContractError;
use crate::domain::days_since_epoch;
use crate::pseudonymise::{MasterKey, NumberPolicy};
use crate::store::{Part, Zone};

const CONTRACT: &str = r#"
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
  { name = "LOCAL", role = "local_id" },
  { name = "SURNAME", role = "family_name" },
  { name = "FORENAME", role = "given_name" },
  { name = "DOB", role = "birth_date", type = "date", format = "%Y-%m-%d" },
  { name = "SEX", role = "sex", map = { "1" = "male", "2" = "female" } },
  { name = "POSTCODE", role = "postcode" },
  { name = "HOUSE", role = "house" },
  { name = "PROVIDER", role = "provider" },
  { name = "IN", as = "in_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "OUT", as = "out_at", type = "datetime", format = "%Y-%m-%d %H:%M" },
  { name = "CODE", as = "code", codes = ["A", "B"] },
  { name = "DELETED", as = "is_deleted", type = "flag", filter = "true" },
  { name = "NOTES", drop = true },
]
rule = [
  { name = "out_after_in", check = "out_at >= in_on" },
  { name = "short_stay", check = "out_at <= in_on + 30 days", severity = "warn" },
]
"#;
const HEADER: &str =
    "K,NHS,STATUS,LOCAL,SURNAME,FORENAME,DOB,SEX,POSTCODE,HOUSE,PROVIDER,IN,OUT,CODE,DELETED,NOTES";

struct Taken {
    _folder: tempfile::TempDir,
    intake: Intake,
    records: RecordBatch,
    identities: RecordBatch,
    quarantine: Vec<(i64, String, String)>,
}

impl Taken {
    fn counts(&self) -> [u64; 5] {
        let e = &self.intake.entry;
        [e.read, e.accepted, e.quarantined, e.filtered, e.duplicates]
    }

    /// Number of rows under a rule, with the first line.
    fn found(&self, rule: &str) -> Option<(u64, u64)> {
        let of_rule = self.intake.found.iter().find(|finding| finding.rule == rule)?;
        Some((of_rule.n_rows, of_rule.first_lines.first().copied().unwrap_or_default()))
    }

    fn texts(&self, column: &str) -> Vec<Option<&str>> {
        self.records.column_by_name(column).unwrap().as_string::<i32>().iter().collect()
    }

    fn ids(&self, column: &str) -> Vec<Option<i64>> {
        self.records.column_by_name(column).unwrap().as_primitive::<Int64Type>().iter().collect()
    }
}

struct Setting {
    contract: &'static str,
    numbers: NumberPolicy,
    limits: Limits,
    n_keys: usize,
}

impl Default for Setting {
    fn default() -> Self {
        let (limits, n_keys) = (Limits::default(), KEYS_IN_MEMORY);
        Self { contract: CONTRACT, numbers: NumberPolicy::Test, limits, n_keys }
    }
}

fn batch(
    store: &Store,
    zone: Zone,
    part: &Part,
    schema: &arrow::datatypes::SchemaRef,
) -> RecordBatch {
    concat_batches(schema, &store.read(zone, part).unwrap()).unwrap()
}

fn take_under(setting: &Setting, bytes: &[u8]) -> Result<Taken, IntakeError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("extract.csv");
    crate::store::write_atomic(&path, bytes).unwrap();
    let postcodes = folder.path().join("postcodes.csv");
    crate::store::write_atomic(
        &postcodes,
        b"postcode,lsoa_code\nLS1 4AP,E01011229\nBD1 1AA,E01010001\n",
    )
    .unwrap();
    let areas = folder.path().join("lsoa.csv");
    crate::store::write_atomic(&areas, b"lsoa_code\nE01011229\n").unwrap();
    let places = Places::load(&postcodes, Places::own_areas(&areas).unwrap()).unwrap();
    let contract = Contract::read(Path::new("apc.toml"), setting.contract.to_owned()).unwrap();
    let encoder = Encoder::new(&MasterKey::demonstration(), "commissioning", setting.numbers);
    let store = Store::open(&folder.path().join("store")).unwrap();
    let sha256 = "0123456789abcdef".repeat(4);
    let delivery = Delivery {
        path: &path,
        sha256: &sha256,
        name: "apc/extract.csv",
        scope: "apc",
        sender: "",
    };
    let caps = Caps { limits: setting.limits, n_keys: setting.n_keys };
    let intake = intake_within(&delivery, &contract, &encoder, &places, &store, &|_| (), caps)?;
    let quarantine = batch(&store, Zone::Parts, &intake.quarantine, &quarantine_schema());
    let text = |column: usize, row: usize| {
        let column = quarantine.column(column).as_string::<i32>();
        if column.is_valid(row) { column.value(row).to_owned() } else { String::new() }
    };
    let line = |row| quarantine.column(1).as_primitive::<Int64Type>().value(row);
    let quarantine =
        (0..quarantine.num_rows()).map(|r| (line(r), text(2, r), text(3, r))).collect();
    let records = batch(&store, Zone::Parts, &intake.records, &contract.record_schema());
    let schema = crate::pseudonymise::identity_schema();
    let identities = batch(&store, Zone::Identities, &intake.identities, &schema);
    Ok(Taken { _folder: folder, intake, records, identities, quarantine })
}

fn take(rows: &str) -> Taken {
    take_under(&Setting::default(), format!("{HEADER}\n{rows}").as_bytes()).unwrap()
}

const PERSON: &str = "9990000018,01,a1,O'Brien,Zoë,1950-03-02,2,LS1 4AP,14";

#[test]
fn a_row_becomes_a_record_without_identifiers() {
    let taken = take(&format!("k1,{PERSON},RR8,2024-03-01,2024-03-05 10:30,A,N,free text\n"));
    assert_eq!(taken.counts(), [1, 1, 0, 0, 0]);
    assert_eq!(taken.texts("delivery"), [Some("0123456789ab")]);
    assert_eq!(taken.texts("provider_code"), [Some("RR8")]);
    assert_eq!(taken.texts("nhs_number_class"), [Some("test")]);
    assert_eq!(taken.texts("sex"), [Some("female")]);
    assert_eq!(taken.texts("lsoa_code"), [Some("E01011229")]);
    let column = |name| taken.records.column_by_name(name).unwrap();
    assert_eq!(column("age_at_event").as_primitive::<Int32Type>().value(0), 73);
    assert!(column("age_days_at_event").is_null(0));
    assert!(column("is_resident").as_boolean().value(0));
    let month = days_since_epoch(jiff::civil::date(1950, 3, 1));
    assert_eq!(column("birth_month").as_primitive::<Date32Type>().value(0), month);
    assert!(column("household").is_valid(0));
    assert_eq!(column("line").as_primitive::<Int64Type>().value(0), 2);
    let names: Vec<_> = taken.records.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names[13..], ["k", "nhs_number_status", "in_on", "out_at", "code", "is_deleted"]);
    assert_eq!(taken.intake.entry.provider_code, "RR8");
    assert_eq!(taken.intake.entry.period, "2024-03/2024-03");
    assert_eq!(taken.identities.num_rows(), 1);
    let trusted = taken.identities.column_by_name("nhs_trusted").unwrap().as_boolean().value(0);
    assert!(trusted);
}

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

#[test]
fn blanks_never_make_one_person_of_many() {
    let taken = take(
        "k1,,,,,,,2,,,RR8,2024-03-01,,A,,\n\
         k2,n/k,,,Unknown,-,,2,ZZ99 3VZ,,RR8,2024-03-01,,A,,\n\
         k3,,,,Smith,Ann,1950-03-02,2,,,RR8,2024-03-01,,A,,\n\
         k4,,,,Jones,Ann,1950-03-02,2,,,RR8,2024-03-01,,A,,\n",
    );
    let ids = taken.ids("identity_id");
    assert_eq!(ids[..2], [None, None]);
    assert!(ids[2].is_some() && ids[3].is_some() && ids[2] != ids[3]);
    assert_eq!(taken.identities.num_rows(), 2);
}

#[test]
fn an_identity_counts_its_records_once_and_knows_its_time() {
    let respelt = "999-000-0018,01,A1,OBRIEN,ZOE,1950-03-02,2,ls14ap,14";
    let taken = take(&format!(
        "k1,{PERSON},RR8,2024-03-01,,A,,\n\
         k2,{PERSON},RAE,2023-03-01,,A,,\n\
         k2,{PERSON},RAE,2020-01-01,,A,,repeats a key\n\
         k3,{PERSON},RR8,2025-03-01,,A,,\n\
         k4,{respelt},RR8,2022-03-01,,A,,\n"
    ));
    // The provider is part of what a local id means.
    assert_eq!(taken.identities.num_rows(), 2);
    let column = |name| taken.identities.column_by_name(name).unwrap();
    let nhs = column("nhs").as_primitive::<UInt64Type>();
    assert_eq!(nhs.value(0), nhs.value(1));
    let mut seen: Vec<(i64, i32, i32)> = (0..2)
        .map(|row| {
            let day = |name| column(name).as_primitive::<Date32Type>().value(row);
            (
                column("n_records").as_primitive::<Int64Type>().value(row),
                day("first_seen"),
                day("last_seen"),
            )
        })
        .collect();
    seen.sort_unstable();
    let day = |y| days_since_epoch(jiff::civil::date(y, 3, 1));
    assert_eq!(seen, [(1, day(2023), day(2023)), (3, day(2022), day(2025))]);
    assert_eq!(taken.intake.entry.provider_code, "several");
}

#[test]
fn no_date_of_a_record_is_the_day_of_birth() {
    let taken = take(
        "k1,,,a1,,,2024-03-17,2,,,RR8,2024-03-17,2024-03-17 10:30,A,,\n\
         k2,,,a1,,,2024-03-17,2,,,RR8,2024-03-18,2024-03-20 10:30,A,,\n",
    );
    let column = |name| taken.records.column_by_name(name).unwrap();
    let day = |d| days_since_epoch(jiff::civil::date(2024, 3, d));
    let days: Vec<_> = column("in_on").as_primitive::<Date32Type>().iter().flatten().collect();
    assert_eq!(days, [day(1), day(18)]);
    let out = column("out_at").as_primitive::<arrow::datatypes::TimestampSecondType>();
    assert_eq!(out.value(0), i64::from(day(1)) * 86_400);
    assert_eq!(out.value(1), i64::from(day(20)) * 86_400 + 37_800);
    let ages: Vec<_> = column("age_days_at_event").as_primitive::<Int32Type>().iter().collect();
    assert_eq!(ages, [Some(0), Some(1)]);
    let first = taken.identities.column_by_name("first_seen").unwrap().as_primitive::<Date32Type>();
    assert_eq!(first.value(0), day(1));
}

#[test]
fn an_event_before_birth_has_no_age() {
    let taken = take("k1,,,a1,,,2024-03-17,2,,,RR8,2024-03-16,,A,,\n");
    assert_eq!(taken.found("age_implausible"), Some((1, 2)));
    assert!(taken.records.column_by_name("age_at_event").unwrap().is_null(0));
}

#[test]
fn an_issued_number_stops_the_demonstration() {
    let row = "k1,4010232137,01,,,,,,,,RR8,2024-03-01,,A,,\n";
    let error =
        take_under(&Setting::default(), format!("{HEADER}\n{row}").as_bytes()).err().unwrap();
    assert!(matches!(error, IntakeError::IssuedNumber { line: 2, .. }));
    assert!(!format!("{error} {error:?}").contains("4010232137"));
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
        (Setting::default(), text.replace("9990000026", "4010232137")),
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

fn many_rows() -> String {
    let mut text = format!("{HEADER}\n");
    for i in 0..3_000 {
        let (key, person, code) = (i * 7 % 2_900, i % 400, if i % 50 == 0 { "Z" } else { "A" });
        let date = if i % 97 == 0 { "not a date" } else { "2024-03-01" };
        text += &format!(
            "k{key},,,a{person},Name{person},,1950-03-02,2,LS1 4AP,{person},RR8,{date},,{code},N,\n"
        );
    }
    text
}

#[test]
fn threads_blocks_and_compression_change_nothing() {
    let text = many_rows();
    let whole = take_under(&Setting::default(), text.as_bytes()).unwrap();
    assert_eq!(whole.counts().iter().skip(1).sum::<u64>(), 3_000);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    let small = || Setting {
        limits: Limits { block_bytes: 3_000, ..Limits::default() },
        ..Setting::default()
    };
    let few_keys = Setting { n_keys: 1_000, ..small() };
    for (n_threads, setting, bytes) in [
        (2, few_keys, text.clone().into_bytes()),
        (1, Setting::default(), text.clone().into_bytes()),
        (1, small(), text.clone().into_bytes()),
        (4, small(), text.clone().into_bytes()),
        (3, small(), gz.finish().unwrap()),
    ] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let again = pool.install(|| take_under(&setting, &bytes)).unwrap();
        assert_eq!(again.records, whole.records);
        assert_eq!(again.identities, whole.identities);
        assert_eq!(again.quarantine, whole.quarantine);
        assert_eq!(again.intake.found, whole.intake.found);
        assert_eq!(again.intake.entry, whole.intake.entry);
    }
}

#[test]
fn spreadsheets_and_databases_spell_one_person_alike() {
    let contract =
        CONTRACT.replace("delimiter = \",\"", "delimiter = \";\"\nencoding = \"windows-1252\"");
    let setting = Setting { contract: contract.leak(), ..Setting::default() };
    let rows = format!("{HEADER}\nk1,{PERSON},RR8,2024-03-01,,A,,\n");
    let sheet: Vec<u8> = rows
        .replace("O'Brien", "O’BRIEN")
        .replace(',', ";")
        .replace('\n', "\r\n")
        .chars()
        .map(|c| match c {
            '’' => 0x92,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    let sheet = take_under(&setting, &sheet).unwrap();
    let plain = take_under(&Setting::default(), rows.as_bytes()).unwrap();
    assert_eq!(sheet.identities, plain.identities);
}

#[test]
fn progress_ends_at_the_size_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("f.csv");
    crate::store::write_atomic(&path, many_rows().as_bytes()).unwrap();
    let contract = Contract::read(Path::new("apc.toml"), CONTRACT.to_owned()).unwrap();
    let encoder = Encoder::new(&MasterKey::demonstration(), "p", NumberPolicy::Test);
    let store = Store::open(&folder.path().join("store")).unwrap();
    let delivery =
        Delivery { path: &path, sha256: "00", name: "apc/f.csv", scope: "apc", sender: "" };
    let n_bytes = std::sync::atomic::AtomicU64::new(0);
    let progress = |n| {
        n_bytes.fetch_add(n, std::sync::atomic::Ordering::Relaxed);
    };
    intake(&delivery, &contract, &encoder, &Places::default(), &store, &progress).unwrap();
    assert_eq!(n_bytes.into_inner(), path.metadata().unwrap().len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_of_any_bytes_is_accounted_for(
        pieces in proptest::collection::vec(
            prop_oneof![
                "[a-z0-9,\"\n\r;| -]{0,60}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..40),
                Just(b"\nk1,9990000018,01,a1,X,Y,1950-03-02,2,LS1 4AP,14,RR8,2024-03-01,,A,N,note\n".to_vec()),
                Just(b"\nk2,,,,,,,,,,RR8,2024-03-01,,A,Y,\n".to_vec()),
                Just(HEADER.as_bytes().to_vec()),
            ],
            0..30,
        ),
    ) {
        let bytes = [HEADER.as_bytes(), b"\n", &pieces.concat()].concat();
        let limits = Limits { block_bytes: 200, record_bytes: 500, record_lines: 4, ..Limits::default() };
        match take_under(&Setting { limits, ..Setting::default() }, &bytes) {
            Ok(taken) => {
                let [read, accepted, quarantined, filtered, duplicates] = taken.counts();
                prop_assert_eq!(read, accepted + quarantined + filtered + duplicates);
                prop_assert_eq!(accepted, taken.records.num_rows() as u64);
                prop_assert_eq!(quarantined + duplicates, taken.quarantine.len() as u64);
            }
            Err(error) => prop_assert!(error.is_the_files_fault(), "{}", error),
        }
    }
}
