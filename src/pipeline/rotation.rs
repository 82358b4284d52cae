//! A new key for a store: the night after it goes on from the night before, under other pseudonyms.
//!
//! Every delivery is taken in again under the new key. A row is found in both by delivery and line, so
//! that identities, and with them persons and their ledger, are carried over without the old key:
//! one that is lost can be rotated too. Which id became which is written to the identity zone alone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};

use super::checked::Checked;
use super::error::PipelineError;
use super::linked::previous;
use super::same_rows::{followed, identities_now};
use super::taken::Taken;
use super::zone::{name_of_zone, write_key};
use crate::domain::{Sensitivity, ZoneKey};
use crate::link::{LedgerRow, Previous};
use crate::pseudonymise::{Encoder, MasterKey};
use crate::store::{Manifest, Part, Store, StoreError, TableEntry, Zone};

/// What the names of crosswalks begin with: `rotation.<id of the old key>.person`.
pub(super) const ROTATION: &str = "rotation.";

/// Which key a night expects the store to have been made with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keying<'a> {
    /// The pipeline's.
    AsBefore,
    /// Another one, which the pipeline's replaces; and its key of the identity zone, where it is known.
    Rotate(Option<&'a ZoneKey>),
}

/// The key of the zone as a run left it: the given key's, or that of another epoch of this one; `None` if no
/// key was given.
///
/// # Errors
/// [`PipelineError::OtherKey`] if what was given is another key than the run's.
pub(super) fn zone_key_before(
    run: &Manifest,
    key: &MasterKey,
    old_key: Option<&MasterKey>,
) -> Result<Option<ZoneKey>, PipelineError> {
    let found = [Some(key), old_key].into_iter().flatten().find_map(|k| k.zone_key_of(&run.key_id));
    match (found, old_key) {
        (None, Some(old)) => {
            Err(PipelineError::OtherKey { given: old.id(), expected: run.key_id.clone() })
        }
        (found, _) => Ok(found),
    }
}

/// What a night goes on from.
pub(super) struct Before {
    /// The last run that was made for the purpose.
    pub(super) run: Option<Manifest>,
    rotated: Option<Rotated>,
}

/// What a rotation carries over, and where it says so.
struct Rotated {
    previous: Previous,
    crosswalks: BTreeMap<String, TableEntry>,
}

impl Before {
    /// The last run of the pipeline's purpose, which this key may go on from.
    ///
    /// # Errors
    /// [`PipelineError::OtherKey`], or [`PipelineError::NoRun`] where a rotation finds none.
    pub(super) fn of(
        checked: &Checked,
        store: &Store,
        keying: Keying<'_>,
    ) -> Result<Self, PipelineError> {
        let run = store.last_for(&checked.pipeline.purpose)?;
        if let Keying::Rotate(_) = keying {
            if run.is_none() {
                return Err(PipelineError::NoRun { store: store.root().to_owned() });
            }
            return Ok(Self { run, rotated: None });
        }
        // Two keys' pseudonyms never join, so a store keeps to the one that made it.
        let given = checked.key.id();
        let visible = store.current()?;
        let made_with = run.iter().chain(&visible).map(|run| run.key_id.clone());
        match made_with.into_iter().find(|expected| *expected != given) {
            Some(expected) => Err(PipelineError::OtherKey { given, expected }),
            None => Ok(Self { run, rotated: None }),
        }
    }

    /// Carries ids over to the key that `taken` was taken in with.
    ///
    /// # Errors
    /// A part that cannot be read or written.
    pub(super) fn rotate(
        &mut self,
        encoder: &Encoder,
        store: &Store,
        taken: &[Taken],
        zone_before: Option<&ZoneKey>,
    ) -> Result<(), PipelineError> {
        let Some(run) = &self.run else { return Ok(()) };
        let identities = identities_now(store, run, taken)?;
        let (previous, persons) = carry(&previous(store, Some(run))?.0, &identities, encoder);
        let name = |what: &str| format!("{ROTATION}{}.{what}", run.key_id);
        let mut crosswalks = BTreeMap::from([
            (name("identity"), write(store, "identity_id", &identities)?),
            (name("person"), write(store, "person_id", &persons)?),
        ]);
        if let Some(key) = zone_before {
            crosswalks.insert(name_of_zone(&run.key_id), write_key(store, key)?);
        }
        self.rotated = Some(Rotated { previous, crosswalks });
        Ok(())
    }

    /// Who had which id, under the key of this night and by the identities that rows have now; and whether
    /// the ledger alone says so.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub(super) fn previous(
        &self,
        store: &Store,
        taken: &[Taken],
    ) -> Result<(Previous, bool), PipelineError> {
        match (&self.rotated, &self.run) {
            (Some(rotated), _) => Ok((rotated.previous.clone(), false)),
            (None, None) => Ok((Previous::default(), false)),
            (None, Some(run)) => {
                let identities = identities_now(store, run, taken)?;
                let (before, is_replayed) = previous(store, Some(run))?;
                Ok((followed(before, &identities), is_replayed))
            }
        }
    }

    /// The crosswalks of this rotation and of those before it; without those that lie sealed under a key
    /// that was not given, and lead to runs that do, too.
    ///
    /// # Errors
    /// A crosswalk that is missing or damaged: it may not be lost in silence.
    pub(super) fn crosswalks(
        &self,
        store: &Store,
    ) -> Result<BTreeMap<String, TableEntry>, StoreError> {
        let tables = self.run.iter().flat_map(|run| &run.tables);
        let mut kept = BTreeMap::new();
        for (name, entry) in tables.filter(|(name, _)| name.starts_with(ROTATION)) {
            let mut is_open = true;
            for part in &entry.parts {
                is_open &= store.opens(entry.zone, part)?;
            }
            if is_open {
                kept.insert(name.clone(), entry.clone());
            }
        }
        kept.extend(self.rotated.iter().flat_map(|rotated| rotated.crosswalks.clone()));
        Ok(kept)
    }
}

/// Every crosswalk of some runs: which id became which.
pub(super) struct Crosswalks {
    pairs: BTreeMap<&'static str, Vec<(i64, i64)>>,
    olds: HashSet<i64>,
}

impl Crosswalks {
    /// # Errors
    /// A part that cannot be read.
    pub(super) fn of(store: &Store, runs: &[Manifest]) -> Result<Self, StoreError> {
        let mut pairs = BTreeMap::new();
        for what in ["identity", "person"] {
            let is_one = |name: &str| {
                name.strip_prefix(ROTATION).is_some_and(|rest| rest.ends_with(&format!(".{what}")))
            };
            let tables = runs.iter().flat_map(|run| &run.tables).filter(|(name, _)| is_one(name));
            let parts: BTreeSet<&Part> = tables.flat_map(|(_, table)| &table.parts).collect();
            let pairs: &mut Vec<(i64, i64)> = pairs.entry(what).or_default();
            for part in parts {
                for batch in store.read(Zone::Identities, part)? {
                    let ids = |i| batch.column(i).as_primitive::<Int64Type>().values().to_vec();
                    pairs.extend(ids(0).into_iter().zip(ids(1)));
                }
            }
        }
        let olds = pairs["identity"].iter().map(|(old, _)| *old).collect();
        Ok(Self { pairs, olds })
    }

    fn pairs(&self, what: &str) -> &[(i64, i64)] {
        self.pairs.get(what).map_or(&[], Vec::as_slice)
    }

    /// Whether it is known what became of an identity.
    pub(super) fn follow(&self, identity: i64) -> bool {
        self.olds.contains(&identity)
    }

    /// Which ids these had under the keys before.
    pub(super) fn former(&self, what: &str, ids: &HashSet<i64>) -> HashSet<i64> {
        let mut former = HashSet::new();
        loop {
            let is_theirs = |new: &i64| ids.contains(new) || former.contains(new);
            let pairs = self.pairs(what).iter();
            let olds: Vec<i64> = pairs.filter(|(_, new)| is_theirs(new)).map(|p| p.0).collect();
            let n_before = former.len();
            former.extend(olds);
            if former.len() == n_before {
                return former;
            }
        }
    }
}

/// Who had which id, under the new key; and which id each person's became.
fn carry(
    before: &Previous,
    identities: &BTreeMap<i64, i64>,
    encoder: &Encoder,
) -> (Previous, BTreeMap<i64, i64>) {
    let ledger = before.ledger.iter().flat_map(|row| [row.person_id, row.became_person_id]);
    let all: BTreeSet<i64> = before.index.iter().map(|(_, person)| *person).chain(ledger).collect();
    let persons: BTreeMap<i64, i64> =
        all.into_iter().map(|person| (person, encoder.rotated_person_id(person))).collect();
    let kept = before.index.iter();
    let kept = kept.filter_map(|(old, person)| Some((*identities.get(old)?, persons[person])));
    let mut index: Vec<(i64, i64)> = kept.collect();
    index.sort_unstable();
    let ledger = before.ledger.iter().map(|row| LedgerRow {
        person_id: persons[&row.person_id],
        became_person_id: persons[&row.became_person_id],
        ..*row
    });
    (Previous { index, ledger: ledger.collect(), ..Previous::default() }, persons)
}

/// Writes a crosswalk to the identity zone.
fn write(store: &Store, id: &str, pairs: &BTreeMap<i64, i64>) -> Result<TableEntry, PipelineError> {
    let column = |which: &str| Field::new(format!("{which}_{id}"), DataType::Int64, false);
    let schema = Arc::new(Schema::new(vec![column("old"), column("new")]));
    let mut writer = store.writer(Zone::Identities, Arc::clone(&schema))?;
    let old = Int64Array::from_iter_values(pairs.keys().copied());
    let new = Int64Array::from_iter_values(pairs.values().copied());
    let batch = RecordBatch::try_new(schema, vec![Arc::new(old), Arc::new(new)]);
    writer.write(&batch.expect("two columns of ids, of one length"))?;
    Ok(TableEntry {
        zone: Zone::Identities,
        parts: vec![writer.finish()?],
        recipe: String::new(),
        sensitivity: Sensitivity::Person,
        grain: vec![format!("old_{id}")],
    })
}
