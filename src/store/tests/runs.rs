//! Runs: visible whole or not at all, whatever crashes when.

use std::collections::BTreeMap;

use super::super::failpoint::{Step, arm};
use super::super::*;
use super::fixtures::STEPS_OF_A_RUN;
use super::{a_part, a_store, current_id, n_temporary, publish, rows, schema};

#[test]
fn runs_follow_each_other_and_the_last_is_visible() {
    let (_folder, store) = a_store();
    assert_eq!(store.current().unwrap(), None);
    let lock = store.lock("hub run sample.toml").unwrap();
    let first = publish(&store, &lock, "2026-03-01", 5).unwrap();
    let second = publish(&store, &lock, "2026-04-01", 6).unwrap();
    assert!(first.starts_with("0001-") && second.starts_with("0002-"));
    assert_eq!(current_id(&store), Some(second.clone()));
    let history: Vec<String> = store.history().unwrap().into_iter().map(|run| run.run_id).collect();
    assert_eq!(history, [first, second]);
    assert_eq!(store.verify().unwrap(), []);
}

#[test]
fn the_same_run_has_the_same_id_in_every_store() {
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let (_folder, store) = a_store();
            let lock = store.lock("hub run sample.toml").unwrap();
            publish(&store, &lock, "2026-04-01", 5).unwrap()
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn what_is_not_whole_cannot_be_published() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    publish(&store, &lock, "2026-03-01", 5).unwrap();
    let whole = store.current().unwrap().unwrap();
    let refused = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = whole.clone();
        change(&mut manifest);
        if manifest.run_id == whole.run_id {
            manifest.run_id = store.next_run_id(&manifest).unwrap();
        }
        store.publish(&lock, &manifest).unwrap_err()
    };
    let error = refused(&|m| m.run_id = "0002-000000000000".to_owned());
    assert!(matches!(error, StoreError::WrongRunId { .. }));
    let error = refused(&|m| m.audit_head = "0".repeat(64));
    assert!(matches!(error, StoreError::UnknownAuditHead { .. }));
    let error = refused(&|m| m.tables.get_mut("core.person").unwrap().parts[0].n_bytes += 1);
    assert!(matches!(error, StoreError::MissingPart { .. }));
    assert_eq!(current_id(&store), Some(whole.run_id.clone()));
    assert_eq!(store.history().unwrap().len(), 1);
}

#[test]
fn a_crash_at_any_step_of_a_run_leaves_the_visible_run_and_the_re_run_is_the_same() {
    let expected = {
        let (_folder, store) = a_store();
        let lock = store.lock("hub run sample.toml").unwrap();
        publish(&store, &lock, "2026-03-01", 5).unwrap();
        publish(&store, &lock, "2026-04-01", 6).unwrap()
    };
    for step in STEPS_OF_A_RUN {
        for n in 0.. {
            let (_folder, store) = a_store();
            let lock = store.lock("hub run sample.toml").unwrap();
            let first = publish(&store, &lock, "2026-03-01", 5).unwrap();
            arm(step, n);
            if publish(&store, &lock, "2026-04-01", 6).is_ok() {
                arm(step, u32::MAX);
                assert!(n > 0, "{step:?} was never reached");
                break;
            }
            let seen = current_id(&store);
            // The rename of `current` itself is the last of all: after it, the new run is visible.
            assert!(
                seen == Some(first) || (step == Step::Renamed && seen.as_ref() == Some(&expected))
            );
            assert!(store.audit_records().is_ok());
            if seen.as_ref() != Some(&expected) {
                assert_eq!(publish(&store, &lock, "2026-04-01", 6).unwrap(), expected);
            }
            store.audit(AuditEntry::new("hub query", "commissioning")).unwrap();
            assert_eq!(current_id(&store), Some(expected.clone()));
            store.gc(&lock, 2, 0).unwrap();
            assert_eq!(store.verify().unwrap(), [], "after {step:?} {n}");
            assert_eq!(n_temporary(&store), 0);
        }
    }
}

#[test]
fn a_run_that_never_became_visible_is_reported_and_then_removed() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    let first = publish(&store, &lock, "2026-03-01", 5).unwrap();
    arm(Step::PublishRecorded, 0);
    publish(&store, &lock, "2026-04-01", 6).unwrap_err();
    assert!(matches!(store.verify().unwrap().as_slice(), [Fault::UnfinishedRun { .. }]));
    assert_eq!(store.history().unwrap().len(), 1);
    publish(&store, &lock, "2026-05-01", 7).unwrap(); // another run than the one that crashed
    assert_eq!(store.verify().unwrap(), []);
    assert_eq!(store.history().unwrap()[0].run_id, first);
}

#[test]
fn collection_keeps_nights_and_months_and_removes_everything_else() {
    let (_folder, store) = a_store();
    let days = ["2026-01-30", "2026-01-31", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"];
    let lock = store.lock("hub run sample.toml").unwrap();
    for (i, as_at) in days.iter().enumerate() {
        publish(&store, &lock, as_at, 10 + i).unwrap();
    }
    let orphan = a_part(&store, Zone::Parts, 99);
    let outputs = BTreeMap::from([("records".to_owned(), (Zone::Parts, orphan.clone()))]);
    let made = Recipe { outputs, summary: serde_json::Value::Null };
    store.remember("orphan", &made).unwrap();
    let mut writer = store.writer(Zone::Identities, schema()).unwrap();
    writer.write(&rows(10, 1)).unwrap();
    std::mem::forget(writer); // a killed process

    let collected = store.gc(&lock, 2, 3).unwrap();

    let kept: Vec<String> = store.history().unwrap().into_iter().map(|run| run.as_at).collect();
    assert_eq!(kept, ["2026-01-31", "2026-02-28", "2026-03-01", "2026-03-02"]);
    assert_eq!(collected.runs.len(), 2);
    assert_eq!((collected.n_parts, collected.n_recipes, collected.n_unfinished), (5, 1, 1));
    assert!(!store.holds(Zone::Parts, &orphan));
    assert_eq!(store.recall("orphan"), None);
    assert_eq!(n_temporary(&store), 0);
    assert_eq!(store.verify().unwrap(), []);
    let again = store.gc(&lock, 2, 3).unwrap();
    assert_eq!(again, Collected::default());
    store.gc(&lock, 0, 0).unwrap();
    assert_eq!(store.history().unwrap().len(), 1); // the visible run is never collected
}

#[test]
fn a_collection_that_crashed_is_finished_by_the_next() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    publish(&store, &lock, "2026-03-01", 5).unwrap();
    publish(&store, &lock, "2026-04-01", 6).unwrap();
    arm(Step::RemovalRecorded, 0);
    store.gc(&lock, 1, 0).unwrap_err();
    store.gc(&lock, 1, 0).unwrap();
    assert_eq!(store.history().unwrap().len(), 1);
    assert_eq!(store.verify().unwrap(), []);
}
