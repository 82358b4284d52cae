//! The identity zone as a pipeline declares it, opened with its key and with those of before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::declaration::Pipeline;
use super::error::PipelineError;
use super::rotation::ROTATION;
use super::run::RECEIVED;
use crate::domain::{Sensitivity, ZoneKey};
use crate::pseudonymise::MasterKey;
use crate::store::{AuditEntry, Manifest, Part, RunLock, Store, StoreError, TableEntry, Zone};

/// Where the identity zone lies, and what becomes of it when a run is visible.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityZone {
    /// Its folder, relative to the pipeline file; `identities` in the store if not given.
    pub directory: Option<PathBuf>,
    /// Whether identities are kept for the next night.
    pub after_run: AfterRun,
}

impl IdentityZone {
    /// Whether identities are destroyed when a run is visible.
    pub(super) fn purges(&self) -> bool {
        self.after_run == AfterRun::Purge
    }
}

/// What becomes of identities when a run is visible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterRun {
    /// They stay, sealed.
    #[default]
    Keep,
    /// They are destroyed; the next night takes its files in again.
    Purge,
}

/// The table of identities that stand.
pub(super) const IDENTITY: &str = "identity";
/// The table of identities as they were received.
pub(super) const RECEIVED_IDENTITY: &str = "received.identity";
/// Both.
pub(super) const IDENTITIES: [&str; 2] = [IDENTITY, RECEIVED_IDENTITY];
/// The table of filters of their values.
pub(super) const FILTER: &str = "received.filter";
/// What is not kept where identities are purged.
pub(super) const PURGED: [&str; 3] = [IDENTITY, RECEIVED_IDENTITY, FILTER];

/// Takes the identities out of every run that names them, after which they are destroyed. Persons keep
/// their ids, and runs all else.
///
/// # Errors
/// What the store says; every run is then as it was.
pub(super) fn purge_history(store: &Store, lock: &RunLock) -> Result<(), PipelineError> {
    let mut history = store.history()?;
    if history.iter().all(Manifest::is_purged) {
        return Ok(());
    }
    for run in &mut history {
        run.tables.retain(|name, _| !PURGED.contains(&name.as_str()));
        run.governance.get_or_insert_default().identities_purged = true;
    }
    let mut entry = AuditEntry::new(lock.command(), "identities are not kept after a run");
    for run in &history {
        entry.inputs.insert(format!("run {}", run.run_id), run.content_hash()?);
    }
    store.audit(entry)?;
    Ok(store.amend(lock, history)?)
}

/// Refuses what needs identities that are not kept, that an older run had and no run has now, or that an
/// earlier hub wrote unsealed.
///
/// # Errors
/// [`PipelineError::IdentitiesPurged`], [`StoreError::UnsealedZone`].
pub(super) fn need_identities(store: &Store, history: &[Manifest]) -> Result<(), PipelineError> {
    store.check_sealed()?;
    let received = |run: &Manifest| {
        let table = run.tables.get(RECEIVED).cloned();
        table.into_iter().flat_map(|table| table.parts).filter(|part| part.n_rows > 0)
    };
    let (purged, kept): (Vec<&Manifest>, Vec<&Manifest>) =
        history.iter().partition(|run| run.is_purged());
    let told: BTreeSet<Part> = kept.iter().flat_map(|run| received(run)).collect();
    let is_untold =
        |run: &&&Manifest| kept.is_empty() || received(run).any(|part| !told.contains(&part));
    match purged.iter().find(is_untold) {
        Some(run) => Err(PipelineError::IdentitiesPurged { run_id: run.run_id.clone() }),
        None => Ok(()),
    }
}

/// Opens the store of a pipeline, creating what is missing of it.
///
/// # Errors
/// As [`Store::open_with_zone`].
pub(super) fn store_of(
    pipeline: &Pipeline,
    key: &MasterKey,
    root: &Path,
) -> Result<Store, PipelineError> {
    let directory = pipeline.identity_zone.directory.as_ref().map(|path| pipeline.resolve(path));
    let store = Store::open_with_zone(root, directory.as_deref())?;
    unlocked(store, key)
}

/// The store with its identity zone open: what is written is sealed under the key, and what runs have
/// carried over from keys of before can be read.
///
/// # Errors
/// A zone that others can reach; a manifest that cannot be read.
pub(super) fn unlocked(store: Store, key: &MasterKey) -> Result<Store, PipelineError> {
    store.check_zone()?;
    let runs = store.history()?;
    with_former_keys(store.with_zone_key(&key.zone_key()), &runs)
}

/// The store with every key of before that one of these runs keeps and that can be read.
///
/// # Errors
/// A part that is damaged.
pub(super) fn with_former_keys(
    mut store: Store,
    runs: &[Manifest],
) -> Result<Store, PipelineError> {
    let tables = runs.iter().flat_map(|run| &run.tables);
    let tables = tables.filter(|(name, _)| is_of_zone(name));
    let mut closed: BTreeSet<&Part> = tables.flat_map(|(_, table)| &table.parts).collect();
    // A key of before may lie under one that lies under this.
    loop {
        let (mut open, mut still) = (BTreeSet::new(), BTreeSet::new());
        for part in closed {
            let is_open = store.opens(Zone::Identities, part)?;
            if is_open {
                open.insert(part)
            } else {
                still.insert(part)
            };
        }
        if open.is_empty() {
            return Ok(store);
        }
        for part in open {
            let key = read_key(&store, part)?;
            store = store.with_zone_key(&key);
        }
        closed = still;
    }
}

/// What the tables of keys of before end with.
const OF_ZONE: &str = ".zone";

/// The name of the table that holds the zone's key of a key of before.
pub(super) fn name_of_zone(key_id: &str) -> String {
    format!("{ROTATION}{key_id}{OF_ZONE}")
}

fn is_of_zone(name: &str) -> bool {
    name.starts_with(ROTATION) && name.ends_with(OF_ZONE)
}

fn read_key(store: &Store, part: &Part) -> Result<ZoneKey, PipelineError> {
    let mut words = Zeroizing::new(Vec::with_capacity(8));
    for batch in store.read(Zone::Identities, part)? {
        words.extend_from_slice(batch.column(0).as_primitive::<UInt64Type>().values());
    }
    ZoneKey::from_words(&words).ok_or_else(|| {
        let reason = "it holds no key";
        StoreError::DamagedPart { sha256: part.sha256.clone(), reason }.into()
    })
}

/// Keeps the zone's key of before in the zone, which the key of now seals.
///
/// # Errors
/// What the store says.
pub(super) fn write_key(store: &Store, key: &ZoneKey) -> Result<TableEntry, PipelineError> {
    let schema = Arc::new(Schema::new(vec![Field::new("word", DataType::UInt64, false)]));
    let words = UInt64Array::from(key.to_words().to_vec());
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(words)]);
    let mut writer = store.writer(Zone::Identities, schema)?;
    writer.write(&batch.expect("one column of the declared type"))?;
    Ok(TableEntry {
        zone: Zone::Identities,
        parts: vec![writer.finish()?],
        recipe: String::new(),
        sensitivity: Sensitivity::Person,
        grain: Vec::new(),
    })
}
