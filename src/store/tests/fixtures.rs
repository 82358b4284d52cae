//! Small stores, parts and runs to test with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use tempfile::TempDir;

use super::super::failpoint::Step;
use super::super::*;
use crate::domain::{Sensitivity, ZoneKey};

/// The steps by which a run is written and becomes visible.
pub(in super::super) const STEPS_OF_A_RUN: [Step; 5] = [
    Step::TempWritten,
    Step::Renamed,
    Step::ManifestWritten,
    Step::PublishRecorded,
    Step::AuditAppended,
];

/// The next random number (Steele, Lea and Flood's SplitMix64).
pub(in super::super) fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(in super::super) fn a_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder.path().join("store"));
    (folder, store)
}

/// The store at a place, its zone open.
pub(in super::super) fn opened(root: &Path) -> Store {
    Store::open(root).unwrap().with_zone_key(&zone_key())
}

/// A key that these stores are sealed under.
pub(in super::super) fn zone_key() -> ZoneKey {
    ZoneKey::new(&[0x5e; 32], &[0xa1; 32])
}

/// Columns as the hub has them: pseudonym, code, cost, score.
pub(in super::super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("person_id", DataType::Int64, false),
        Field::new("practice_code", DataType::Utf8, true),
        Field::new("cost_pence", DataType::Int64, true),
        Field::new("score", DataType::Float64, true),
    ]))
}

pub(in super::super) fn rows(n: usize, seed: u64) -> RecordBatch {
    let mut state = seed;
    let ids = (0..n).map(|_| (next(&mut state) >> 1) as i64).collect::<Int64Array>();
    let codes = (0..n)
        .map(|i| (i % 7 != 0).then(|| format!("B{:05}", next(&mut state) % 90_000)))
        .collect::<StringArray>();
    let costs = (0..n).map(|i| (i % 3 != 0).then_some(i as i64 * 100)).collect::<Int64Array>();
    let scores = (0..n).map(|i| Some(i as f64 / 7.0)).collect::<Float64Array>();
    let columns: Vec<arrow::array::ArrayRef> =
        vec![Arc::new(ids), Arc::new(codes), Arc::new(costs), Arc::new(scores)];
    RecordBatch::try_new(schema(), columns).unwrap()
}

pub(in super::super) fn a_part(store: &Store, zone: Zone, n_rows: usize) -> Part {
    try_part(store, zone, n_rows).unwrap()
}

fn try_part(store: &Store, zone: Zone, n_rows: usize) -> Result<Part, StoreError> {
    let mut writer = store.writer(zone, schema())?;
    writer.write(&rows(n_rows, 1 + n_rows as u64))?;
    writer.finish()
}

/// A run with one table in each zone, published.
pub(in super::super) fn publish(
    store: &Store,
    lock: &RunLock,
    as_at: &str,
    n_rows: usize,
) -> Result<String, StoreError> {
    publish_as(store, lock, as_at, n_rows, &|manifest| manifest)
}

/// The same, with a manifest that was changed before it is published.
pub(in super::super) fn publish_as(
    store: &Store,
    lock: &RunLock,
    as_at: &str,
    n_rows: usize,
    change: &dyn Fn(Manifest) -> Manifest,
) -> Result<String, StoreError> {
    let table = |zone| -> Result<TableEntry, StoreError> {
        Ok(TableEntry {
            zone,
            parts: vec![try_part(store, zone, n_rows)?],
            recipe: sha256_hex(as_at.as_bytes()),
            sensitivity: Sensitivity::Person,
            grain: vec!["person_id".to_owned()],
        })
    };
    let tables = BTreeMap::from([
        ("core.person".to_owned(), table(Zone::Parts)?),
        ("link.identity".to_owned(), table(Zone::Identities)?),
    ]);
    let mut manifest = change(Manifest {
        run_id: String::new(),
        pipeline: "sample".to_owned(),
        purpose: "commissioning".to_owned(),
        as_at: as_at.to_owned(),
        key_id: "c0ffee".to_owned(),
        binary: "0.1.0".to_owned(),
        parameters: BTreeMap::from([("as_at".to_owned(), as_at.to_owned())]),
        deliveries: vec![DeliveryEntry {
            feed: "apc".to_owned(),
            file: "apc/RR8/2024-04.csv".to_owned(),
            provider_code: "RR8".to_owned(),
            period: "2024-04".to_owned(),
            generation: String::new(),
            sha256: sha256_hex(b"delivery"),
            read: 9,
            accepted: 6,
            quarantined: 1,
            filtered: 1,
            duplicates: 1,
            superseded: 0,
        }],
        tables,
        opt_out: None,
        governance: None,
        origins: BTreeMap::new(),
        outputs: BTreeMap::new(),
        audit_head: String::new(),
    });
    manifest.audit_head = store.audit(AuditEntry::new(lock.command(), "commissioning"))?;
    manifest.run_id = store.next_run_id(&manifest)?;
    store.publish(lock, &manifest)?;
    Ok(manifest.run_id)
}

pub(in super::super) fn current_id(store: &Store) -> Option<String> {
    store.current().unwrap().map(|run| run.run_id)
}

pub(in super::super) fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(all_files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

pub(in super::super) fn n_temporary(store: &Store) -> usize {
    let is_temp = |path: &&PathBuf| path.to_string_lossy().contains("/.tmp-");
    all_files(store.root()).iter().filter(is_temp).count()
}
