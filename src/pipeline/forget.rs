//! Forgetting a person: out of every part and every run, and filtered from whatever comes later.
//!
//! Who it is, is worked out from the visible run's linkage. Every run is then amended: rows that hold an
//! id of theirs go from each of its tables, deliveries count them as filtered, and all runs carry the
//! marks by which later rows are known. Figures that counted the person stand until the next night
//! makes them anew.

mod filters;
mod handed_on;
mod numbers;
mod whom;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;

use self::filters::drop_filters;
use self::handed_on::{FORGOTTEN, table_of, write_marks};
pub(super) use self::handed_on::{hand_on, has_marks, marks, records};
use self::numbers::{all_numbers, number_texts};
use self::whom::{Person, Whom};
use super::checked::master_key;
use super::crosswalk::pseudonyms_of;
use super::decisions;
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::linked::superseded;
use super::opt_out_list::forget_in_list;
use super::query::VisibleRun;
use super::run::{RECEIVED, encoder};
use super::zone::need_identities;
use crate::store::{
    AuditEntry, Forgetting, Manifest, Part, Rules, RunLock, Store, TableEntry, Unwanted, Zone,
};

/// What forgetting did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// Records of the visible run that are gone.
    pub n_records: u64,
    /// Persons whom the visible run had linked to the number: more than one where it could not tell
    /// whose it is.
    pub n_persons: usize,
    /// Runs that were amended.
    pub n_runs: usize,
    /// Lines of the pipeline's decisions that name a pair of theirs: reviewers' own file, which stays as it
    /// is. `None` if it could not be read.
    pub decision_lines: Option<Vec<u64>>,
}

/// Forgets the person with this NHS number.
///
/// # Errors
/// [`PipelineError::Invalid`] if it is no number that the pipeline takes, or if the reason holds what may
/// not be kept; the wrong key; what the store says. Every run is then as it was.
pub fn forget(
    pipeline: &Pipeline,
    root: &Path,
    number: &str,
    reason: &str,
) -> Result<Forgotten, PipelineError> {
    let invalid =
        |what: &str| PipelineError::Invalid { path: pipeline.path.clone(), what: what.to_owned() };
    if reason.trim().is_empty() || Rules::default().are_broken_by(reason) {
        return Err(invalid("the reason must say why, and hold nothing that tells who"));
    }
    let key = master_key(pipeline)?;
    let run = VisibleRun::open(root)?;
    if run.manifest.pipeline != pipeline.name {
        let what = format!("the store holds runs of `{}`, not of this", run.manifest.pipeline);
        return Err(invalid(&what));
    }
    let lock = run.store.lock("hub store forget")?;
    let run = run.unlocked(&key)?;
    let store = &run.store;
    store.finish_destruction(&lock)?;
    let history = store.history()?;
    need_identities(store, &history)?;
    check_zone(store, &history)?;
    let marks = marks(store, history.last())?;
    let encoder = encoder(pipeline, &key).forgetting(marks.iter().copied());
    let token = encoder.nhs_token(number).ok().flatten();
    let token = token.ok_or_else(|| invalid("this is no NHS number that the pipeline takes"))?;
    let numbers = all_numbers(token, &superseded(pipeline, &encoder)?);
    let texts = number_texts(pipeline, &encoder, number, &numbers)?;
    let whom = Whom {
        store,
        history: &history,
        pseudonyms: pseudonyms_of(&texts, pipeline, &key, &encoder)?,
        numbers,
        key_id: key.id(),
    };
    let person = whom.find(encoder)?;
    let erasure = Erasure { store, person: &person, marks, pipeline, reason };
    let mut amended = erasure.amend_all(&history)?;
    drop_filters(store, &mut amended)?;
    let n_records = erasure.n_records(history.last())?;
    let decision_lines = decisions::lines_about(pipeline, &person.identities, &person.encoder).ok();
    record_start(store, &lock, &history, pipeline)?;
    store.amend(&lock, amended)?;
    forget_in_list(store, &lock, &person.encoder)?;
    let (n_persons, n_runs) = (person.n_persons, history.len());
    Ok(Forgotten { n_records, n_persons, n_runs, decision_lines })
}

/// Refuses if a run's identities lie sealed under a key of before that was not carried over: its rows
/// could not be told.
fn check_zone(store: &Store, history: &[Manifest]) -> Result<(), PipelineError> {
    for run in history {
        for (zone, part) in run.parts().into_iter().filter(|(zone, _)| *zone == Zone::Identities) {
            if store.holds(zone, part) && !store.opens(zone, part)? {
                return Err(PipelineError::RunOfOldKey { run_id: run.run_id.clone() });
            }
        }
    }
    Ok(())
}

/// Records that somebody is about to be forgotten, and in which runs.
fn record_start(
    store: &Store,
    lock: &RunLock,
    history: &[Manifest],
    pipeline: &Pipeline,
) -> Result<(), PipelineError> {
    let mut entry = AuditEntry::new(lock.command(), &pipeline.purpose);
    for run in history {
        entry.inputs.insert(format!("run {}", run.run_id), run.content_hash()?);
    }
    store.audit(entry)?;
    Ok(())
}

/// A person leaves the runs.
struct Erasure<'a> {
    store: &'a Store,
    person: &'a Person,
    /// Of those who were forgotten before.
    marks: Vec<u64>,
    pipeline: &'a Pipeline,
    reason: &'a str,
}

/// Rows of the person by delivery, as records name it.
type Counts = BTreeMap<String, u64>;

impl Erasure<'_> {
    fn amend_all(&self, history: &[Manifest]) -> Result<Vec<Manifest>, PipelineError> {
        let marks = self.marks.iter().chain(&self.person.marks).copied();
        let marks = write_marks(self.store, marks.collect())?;
        let mut forgotten = records(history.last()).to_vec();
        forgotten.push(Forgetting {
            sequence: forgotten.len() as u64 + 1,
            forgotten_on: self.pipeline.day_of_run().to_string(),
            reason: self.reason.trim().to_owned(),
            n_records: self.n_records(history.last())?,
        });
        let mut rewritten = HashMap::new();
        let mut amended = Vec::with_capacity(history.len());
        for (run, persons) in history.iter().zip(&self.person.persons) {
            let mut run = self.amend(run, persons, &mut rewritten)?;
            run.tables.insert(FORGOTTEN.to_owned(), table_of(&marks));
            run.governance.get_or_insert_default().forgotten.clone_from(&forgotten);
            amended.push(run);
        }
        Ok(amended)
    }

    /// Records of the visible run that go.
    fn n_records(&self, run: Option<&Manifest>) -> Result<u64, PipelineError> {
        let Some(received) = run.and_then(|run| run.tables.get(RECEIVED)) else { return Ok(0) };
        let (_, counts) = self.records_in(received)?;
        Ok(counts.values().sum())
    }

    /// A run without the person's rows.
    ///
    /// A part may be shared with a run in which the person had other ids, so what it became is known by
    /// the ids, too.
    fn amend(
        &self,
        run: &Manifest,
        persons: &HashSet<i64>,
        rewritten: &mut HashMap<(Vec<i64>, Part), Option<Part>>,
    ) -> Result<Manifest, PipelineError> {
        let mut run = run.clone();
        let mut records = HashSet::new();
        let (mut gone, mut standing_gone) = (Counts::new(), Counts::new());
        for (name, table) in &run.tables {
            if name == RECEIVED {
                gone = self.records_in(table)?.1;
            } else if name.starts_with("record.") {
                // A record of the same id that was replaced may have been somebody else's.
                let (ids, counts) = self.records_in(table)?;
                records.extend(ids);
                for (delivery, n) in counts {
                    *standing_gone.entry(delivery).or_default() += n;
                }
            }
        }
        let unwanted = Unwanted(BTreeMap::from([
            ("identity_id", self.person.identities.clone()),
            ("person_id", persons.clone()),
            ("record_id", records),
        ]));
        let mut ids: Vec<i64> = persons.iter().chain(unwanted.records()).copied().collect();
        ids.sort_unstable();
        for table in run.tables.values_mut() {
            for part in &mut table.parts {
                let key = (ids.clone(), part.clone());
                let copy = match rewritten.get(&key) {
                    Some(copy) => copy.clone(),
                    None => {
                        let copy = self.store.without(table.zone, part, &unwanted)?;
                        rewritten.insert(key, copy.clone());
                        copy
                    }
                };
                if let Some(copy) = copy {
                    *part = copy;
                }
            }
        }
        self.amend_left_out(&mut run, persons)?;
        amend_counts(&mut run, &gone, &standing_gone);
        Ok(run)
    }

    /// Whom the opt-outs leave out, without the person.
    fn amend_left_out(
        &self,
        run: &mut Manifest,
        persons: &HashSet<i64>,
    ) -> Result<(), PipelineError> {
        let Some(entry) = &mut run.opt_out else { return Ok(()) };
        let Some(part) = &mut entry.left_out else { return Ok(()) };
        // That of an older run is gone already.
        if self.store.holds(Zone::LeftOut, part) {
            let ids = self.person.identities.union(persons).copied().collect();
            let unwanted = Unwanted(BTreeMap::from([("id", ids)]));
            if let Some(copy) = self.store.without(Zone::LeftOut, part, &unwanted)? {
                *part = copy;
            }
        }
        Ok(())
    }

    /// Ids of the person's records in a table, and how many there are by delivery.
    fn records_in(&self, table: &TableEntry) -> Result<(HashSet<i64>, Counts), PipelineError> {
        let (mut ids, mut counts) = (HashSet::new(), Counts::new());
        for part in &table.parts {
            let names = ["record_id", "delivery", "identity_id"];
            for batch in self.store.stream_columns(table.zone, part, &names)? {
                let batch = batch?;
                let column = |name| batch.column_by_name(name);
                let ints = |name| column(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
                let (Some(records), Some(identities)) = (ints("record_id"), ints("identity_id"))
                else {
                    continue;
                };
                let deliveries = column("delivery").and_then(|c| c.as_string_opt::<i32>());
                let theirs = |row: &usize| {
                    identities.is_valid(*row)
                        && self.person.identities.contains(&identities.value(*row))
                };
                for row in (0..batch.num_rows()).filter(theirs) {
                    ids.insert(records.value(row));
                    let delivery = deliveries.map_or("", |texts| texts.value(row));
                    *counts.entry(delivery.to_owned()).or_default() += 1;
                }
            }
        }
        Ok((ids, counts))
    }
}

/// What was accepted and is gone counts as filtered; what of it did not stand is not replaced any more.
fn amend_counts(run: &mut Manifest, gone: &Counts, standing_gone: &Counts) {
    let (mut gone, mut standing_gone) = (gone.clone(), standing_gone.clone());
    // Files of the same bytes share their id: each takes as much as it can.
    let take = |counts: &mut Counts, id: &str, most: u64| {
        let Some(left) = counts.get_mut(id) else { return 0 };
        let taken = most.min(*left);
        *left -= taken;
        taken
    };
    for delivery in &mut run.deliveries {
        let id = delivery.sha256[..12].to_owned();
        let n_gone = take(&mut gone, &id, delivery.accepted);
        let n_standing = take(&mut standing_gone, &id, n_gone);
        delivery.accepted -= n_gone;
        delivery.filtered += n_gone;
        delivery.superseded -= (n_gone - n_standing).min(delivery.superseded);
    }
}
