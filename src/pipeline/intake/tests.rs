//! Files of every kind through intake: what is kept, what is refused, and that no value leaks.

mod adversarial;
mod blocks;
mod language;
mod profile;
mod records;
mod refusals;
mod sensitive;
mod thresholds;
mod variants;

use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Date32Type, Int32Type, Int64Type, UInt64Type};
use proptest::prelude::*;

use super::*;
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
    key: &'static MasterKey,
    numbers: NumberPolicy,
    limits: Limits,
    n_keys: usize,
    /// Blocks that are done before the hash of the file is known, and whether it is wanted then.
    n_ahead: usize,
    is_wanted: bool,
}

/// A key that is not the public one.
static KEY: LazyLock<MasterKey> =
    LazyLock::new(|| MasterKey::from_command(&format!("printf {}", "00f1".repeat(16))).unwrap());

impl Default for Setting {
    fn default() -> Self {
        let (limits, n_keys) = (Limits::default(), KEYS_IN_MEMORY);
        let (n_ahead, is_wanted) = (0, true);
        let numbers = NumberPolicy::Test;
        Self { contract: CONTRACT, key: &KEY, numbers, limits, n_keys, n_ahead, is_wanted }
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

/// A store at a place, its identity zone open.
fn store_at(root: &Path) -> Store {
    Store::open(root).unwrap().with_zone_key(&MasterKey::demonstration().zone_key())
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
    let encoder = Encoder::new(setting.key, "commissioning", setting.numbers);
    let store = store_at(&folder.path().join("store"));
    let (sha256, n_done) = (AwaitedHash::new(), AtomicUsize::new(0));
    let answer = || setting.is_wanted.then(|| "0123456789abcdef".repeat(4));
    let one_more = || {
        if n_done.fetch_add(1, Ordering::SeqCst) == setting.n_ahead {
            sha256.set(answer()).unwrap();
        }
    };
    one_more();
    let delivery = Delivery {
        path: &path,
        sha256: &sha256,
        name: "apc/extract.csv",
        scope: "apc",
        sender: "",
    };
    let caps = Caps { limits: setting.limits, n_keys: setting.n_keys };
    let progress = |_| one_more();
    let intake = intake_within(&delivery, &contract, &encoder, &places, &store, &progress, caps);
    if intake.is_err() {
        let parts = folder.path().join("store/parts");
        assert_eq!(std::fs::read_dir(parts).map_or(0, Iterator::count), 0, "nothing is left");
    }
    let intake = intake?;
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
