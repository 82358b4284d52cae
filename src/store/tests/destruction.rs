//! Destruction is whole: killed at any step, the store is as before, or finished by who comes next.

use std::collections::{BTreeMap, HashSet};
use std::ops::AddAssign;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use serde_json::json;

use super::super::failpoint::{Step, arm};
use super::super::{
    Collected, Destruction, Fault, Forgetting, Governance, Manifest, Part, Recipe, Refusal,
    RunLock, Store, StoreError, Unwanted, Zone, sha256_hex,
};
use super::fixtures::{
    STEPS_OF_A_RUN, a_part, a_store, current_id, n_temporary, publish, publish_as,
};

fn record() -> Destruction {
    Destruction {
        destroyed_on: "2026-04-01".to_owned(),
        feed: "apc".to_owned(),
        file: "apc/RR8/2024-04.csv".to_owned(),
        sha256: sha256_hex(b"delivery"),
        period: "2024-04".to_owned(),
        n_records: 6,
        agreement: "acute".to_owned(),
        rule: "2 years from the end of the period".to_owned(),
        ended_on: "2026-05-01".to_owned(),
    }
}

/// A run that holds another delivery, and says that the first one is destroyed.
fn without_it(mut manifest: Manifest) -> Manifest {
    manifest.deliveries[0].sha256 = sha256_hex(b"another delivery");
    let (run_on, destroyed) = ("2026-05-01".to_owned(), vec![record()]);
    manifest.governance = Some(Governance { run_on, destroyed, ..Governance::default() });
    manifest
}

fn destroy(store: &Store, lock: &RunLock) -> Result<String, StoreError> {
    let run = publish_as(store, lock, "2026-05-01", 7, &without_it)?;
    store.finish_destruction(lock)?;
    Ok(run)
}

/// Two nights that hold the delivery, and finished work of it that no run holds.
fn two_nights(store: &Store, lock: &RunLock) -> String {
    publish(store, lock, "2026-03-01", 5).unwrap();
    let work = a_part(store, Zone::Identities, 55);
    let nothing = a_part(store, Zone::Parts, 0);
    for (name, zone, part) in [("work", Zone::Identities, work), ("none", Zone::Parts, nothing)] {
        let outputs = BTreeMap::from([("records".to_owned(), (zone, part))]);
        store.remember(name, &Recipe { outputs, summary: json!(null) }).unwrap();
    }
    publish(store, lock, "2026-04-01", 6).unwrap()
}

/// Nothing is left of what held the delivery: the runs of 5 and 6 rows, and the work of 55.
fn is_destroyed(store: &Store) {
    let history: Vec<String> = store.history().unwrap().into_iter().map(|run| run.as_at).collect();
    assert_eq!(history, ["2026-05-01"]);
    let files = |zone| -> Vec<String> {
        let files = super::super::layout::files_in(&store.zone(zone)).unwrap();
        files.into_iter().map(|(name, _)| name).collect()
    };
    // The same rows make the same part in any store.
    let (_folder, other) = a_store();
    let named = |zone, n_rows: &[usize]| -> Vec<String> {
        let name = |n: &usize| format!("{}{}", a_part(&other, zone, *n).sha256, zone.extension());
        let mut names: Vec<String> = n_rows.iter().map(name).collect();
        names.sort();
        names
    };
    assert_eq!(files(Zone::Parts), named(Zone::Parts, &[0, 7]));
    assert_eq!(files(Zone::Identities), named(Zone::Identities, &[7]));
    assert_eq!(store.recall("work"), None);
    assert!(store.recall("none").is_some(), "work without rows need not be done again");
    let said: Vec<String> = store
        .audit_records()
        .unwrap()
        .into_iter()
        .filter(|line| line.outputs.contains_key("destroyed/apc/RR8/2024-04.csv"))
        .map(|line| line.purpose)
        .collect();
    let why = "retention under agreement `acute`: 2 years from the end of the period, ended on \
               2026-05-01; 6 records of apc";
    assert_eq!(said, [why]);
}

#[test]
fn a_destroyed_delivery_is_in_no_run_no_part_and_no_finished_work() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    two_nights(&store, &lock);
    destroy(&store, &lock).unwrap();
    is_destroyed(&store);
    assert_eq!(store.verify().unwrap(), []);
    assert_eq!(store.finish_destruction(&lock).unwrap(), 0, "it is done once");
    assert_eq!(store.gc(&lock, 5, 5).unwrap(), Collected::default());
}

#[test]
fn a_run_that_never_held_it_is_kept() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    let other = |mut manifest: Manifest| {
        manifest.deliveries[0].sha256 = sha256_hex(b"a third");
        manifest
    };
    let kept = publish_as(&store, &lock, "2026-02-01", 4, &other).unwrap();
    two_nights(&store, &lock);
    let now = destroy(&store, &lock).unwrap();
    let history: Vec<String> = store.history().unwrap().into_iter().map(|run| run.run_id).collect();
    assert_eq!(history, [kept, now]);
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn the_visible_run_stays_where_another_delivery_has_the_same_bytes() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    let first = publish(&store, &lock, "2026-03-01", 5).unwrap();
    let same = |manifest: Manifest| {
        let deliveries = manifest.deliveries.clone();
        Manifest { deliveries, ..without_it(manifest) }
    };
    let now = publish_as(&store, &lock, "2026-05-01", 7, &same).unwrap();
    assert_eq!(store.finish_destruction(&lock).unwrap(), 1);
    assert_eq!(current_id(&store), Some(now.clone()));
    let history: Vec<String> = store.history().unwrap().into_iter().map(|run| run.run_id).collect();
    assert!(history == [now] && !history.contains(&first));
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn killed_at_any_step_the_store_is_as_before_or_says_what_is_left_and_the_next_finishes() {
    let steps = STEPS_OF_A_RUN.into_iter().chain([Step::RemovalRecorded, Step::FileRemoved]);
    let (mut n_before, mut n_after) = (0, 0);
    for step in steps {
        for n in 0.. {
            let (_folder, store) = a_store();
            let lock = store.lock("hub run sample.toml").unwrap();
            let before = two_nights(&store, &lock);
            arm(step, n);
            if destroy(&store, &lock).is_ok() {
                arm(step, u32::MAX);
                assert!(n > 0, "{step:?} was never reached");
                break;
            }
            drop(lock);
            let faults = store.verify().unwrap();
            if current_id(&store).as_ref() == Some(&before) {
                // As before: both nights are whole, and no record says otherwise.
                n_before += 1;
                assert_eq!(store.history().unwrap().len(), 2, "after {step:?} {n}");
                assert!(store.recall("work").is_some(), "after {step:?} {n}");
                assert!(faults.iter().all(|fault| matches!(fault, Fault::UnfinishedRun { .. })));
            } else {
                // Decided: readers see the run without it, and `verify` tells if something is left.
                n_after += 1;
                let is_left = |fault: &Fault| matches!(fault, Fault::UnfinishedDestruction { .. });
                let is_pending = !store.pending_destruction().unwrap().is_empty();
                assert_eq!(faults.iter().any(is_left), is_pending, "after {step:?} {n}");
                // An older run whose removal is recorded and whose manifest is still there.
                let is_removal = |fault: &Fault| match fault {
                    Fault::BrokenManifest { reason, .. } => {
                        reason == "the audit log does not know it"
                    }
                    fault => is_left(fault),
                };
                assert!(faults.iter().all(is_removal), "after {step:?} {n}: {faults:?}");
            }
            // The next night, or a collection, goes on from there.
            let lock = store.lock("hub store gc").unwrap();
            store.gc(&lock, 5, 5).unwrap();
            if current_id(&store).as_ref() == Some(&before) {
                destroy(&store, &lock).unwrap();
            }
            is_destroyed(&store);
            assert_eq!(store.verify().unwrap(), [], "after {step:?} {n}");
            assert_eq!(n_temporary(&store), 0);
        }
    }
    assert!(n_before > 3 && n_after > 10, "{n_before} before, {n_after} after");
}

#[test]
fn a_refusal_stands_until_it_is_lifted_and_both_are_recorded() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    publish(&store, &lock, "2026-03-01", 5).unwrap();
    store.lift_refusal(&lock, "commissioning").unwrap();
    let gaps = vec!["feed `apc` (agreement `acute` ended on 2026-03-31)".to_owned()];
    let (on, purpose) = ("2026-04-01".to_owned(), "commissioning".to_owned());
    let refusal = Refusal { on, purpose, gaps };
    for _ in 0..2 {
        store.refuse(&lock, &refusal).unwrap();
        assert_eq!(store.refusal().unwrap().as_ref(), Some(&refusal));
        assert_eq!(store.verify().unwrap(), []);
    }
    store.lift_refusal(&lock, "commissioning").unwrap();
    assert_eq!(store.refusal().unwrap(), None);
    let said = |line: super::super::AuditRecord| line.outputs.get("agreements").cloned();
    let said: Vec<String> = store.audit_records().unwrap().into_iter().filter_map(said).collect();
    let refused = "refused on 2026-04-01: feed `apc` (agreement `acute` ended on 2026-03-31)";
    assert_eq!(said, [refused, "live"]);
}

/// Amends every run: none keeps identities.
fn purge(store: &Store, lock: &RunLock) -> Result<(), StoreError> {
    let mut amended = store.history()?;
    for run in &mut amended {
        run.tables.retain(|_, table| table.zone != Zone::Identities);
        run.governance.get_or_insert_default().identities_purged = true;
    }
    store.amend(lock, amended)
}

#[test]
fn a_purge_killed_at_any_step_is_before_or_is_told_and_finished_by_the_next() {
    let steps = STEPS_OF_A_RUN.into_iter().chain([Step::RemovalRecorded, Step::FileRemoved]);
    let (mut n_before, mut n_after) = (0, 0);
    for step in steps {
        for n in 0.. {
            let (_folder, store) = a_store();
            let lock = store.lock("hub run sample.toml").unwrap();
            let before = two_nights(&store, &lock);
            arm(step, n);
            let outcome = purge(&store, &lock);
            arm(step, u32::MAX);
            let files = |store: &Store| {
                super::super::layout::files_in(&store.zone(Zone::Identities)).unwrap().len()
            };
            let is_before = current_id(&store) == Some(before);
            if is_before {
                n_before += 1;
                // Two nights' identities and the work that no run holds.
                assert_eq!(files(&store), 3, "{step:?} {n}");
            } else if files(&store) > 0 {
                n_after += 1;
                let is_told = |fault: &Fault| matches!(fault, Fault::UnfinishedPurge { .. });
                assert!(store.verify().unwrap().iter().any(is_told), "{step:?} {n}");
            }
            store.finish_destruction(&lock).unwrap();
            if !is_before {
                assert_eq!(files(&store), 0, "{step:?} {n}");
                assert_eq!((store.history().unwrap().len(), store.recall("work")), (2, None));
                assert_eq!(store.verify().unwrap(), [], "{step:?} {n}");
            }
            if outcome.is_ok() {
                assert!(n > 0, "{step:?} was never reached");
                break;
            }
        }
    }
    assert!(n_before > 3 && n_after > 3, "{n_before} {n_after}");
}

/// The person whom the fixture's rows hold.
fn somebody(store: &Store) -> i64 {
    let part = a_part(store, Zone::Parts, 5);
    let rows = store.read(Zone::Parts, &part).unwrap();
    rows[0].column(0).as_primitive::<Int64Type>().value(2)
}

/// Amends every run: somebody is forgotten.
fn forget(store: &Store, lock: &RunLock, person: i64) -> Result<(), StoreError> {
    let unwanted = Unwanted(BTreeMap::from([("person_id", HashSet::from([person]))]));
    let mut amended = store.history()?;
    for run in &mut amended {
        for table in run.tables.values_mut() {
            for part in &mut table.parts {
                if let Some(copy) = store.without(table.zone, part, &unwanted)? {
                    *part = copy;
                }
            }
        }
        let (forgotten_on, reason) = ("2026-05-01".to_owned(), "asked for".to_owned());
        let record = Forgetting { sequence: 1, forgotten_on, reason, n_records: 1 };
        run.governance.get_or_insert_default().forgotten.push(record);
    }
    store.amend(lock, amended)
}

/// In how many of the store's Parquet files somebody is, and how many runs there are.
fn traces(store: &Store, person: i64) -> (usize, usize) {
    let mut n_files = 0;
    for zone in Zone::ALL {
        for (name, path) in super::super::layout::files_in(&store.zone(zone)).unwrap() {
            let n_bytes = path.metadata().unwrap().len();
            let sha256 = name.trim_end_matches(zone.extension()).to_owned();
            let part = Part { sha256, n_rows: 0, n_bytes };
            let batches = store.columns(zone, &part, &["person_id"]).unwrap();
            let mut ids = batches.iter().flat_map(|b| b.column(0).as_primitive::<Int64Type>());
            n_files += usize::from(ids.any(|id| id == Some(person)));
        }
    }
    (n_files, store.history().unwrap().len())
}

#[test]
fn forgetting_killed_at_any_step_is_before_or_is_finished_by_the_next() {
    let steps = STEPS_OF_A_RUN.into_iter().chain([Step::RemovalRecorded, Step::FileRemoved]);
    let (mut n_before, mut n_after) = (0, 0);
    for step in steps {
        for n in 0.. {
            let (_folder, store) = a_store();
            let lock = store.lock("hub store forget").unwrap();
            let first = publish(&store, &lock, "2026-03-01", 5).unwrap();
            let before = publish(&store, &lock, "2026-04-01", 6).unwrap();
            let person = somebody(&store);
            assert_eq!(traces(&store, person), (2, 2), "in the first run, in both zones");
            arm(step, n);
            if forget(&store, &lock, person).is_ok() {
                arm(step, u32::MAX);
                assert!(n > 0, "{step:?} was never reached");
                assert_eq!(traces(&store, person), (0, 2));
                assert_eq!(store.verify().unwrap(), []);
                break;
            }
            drop(lock);
            let is_before = current_id(&store).as_ref() == Some(&before);
            [&mut n_before, &mut n_after][usize::from(!is_before)].add_assign(1);
            let lock = store.lock("hub store gc").unwrap();
            store.gc(&lock, 5, 5).unwrap();
            let expected = if is_before { (2, 2) } else { (0, 2) };
            assert_eq!(traces(&store, person), expected, "after {step:?} {n}");
            let is_first_kept = store.history().unwrap()[0].run_id == first;
            assert_eq!(is_first_kept, is_before, "after {step:?} {n}");
            assert_eq!(store.verify().unwrap(), [], "after {step:?} {n}");
            assert_eq!(n_temporary(&store), 0);
        }
    }
    assert!(n_before > 3 && n_after > 5, "{n_before} before, {n_after} after");
}
