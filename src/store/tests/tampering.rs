//! Changes that the store did not make: each is found.

#![allow(clippy::disallowed_methods, reason = "these tests damage files as no store would")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::super::*;
use super::{a_part, a_store, all_files, next, publish, schema};
use crate::domain::ZoneKey;

#[test]
fn a_torn_audit_line_is_found_and_its_repair_recorded() {
    let (_folder, store) = a_store();
    for command in ["hub run", "hub query"] {
        store.audit(AuditEntry::new(command, "commissioning")).unwrap();
    }
    let whole = fs::read(store.root().join("audit.jsonl")).unwrap();
    for torn in [&b"{\"sequence\":3,\"at\":\"2026"[..], b"{", &vec![b'x'; 5000]] {
        fs::write(store.root().join("audit.jsonl"), [&whole, torn].concat()).unwrap();
        fs::write(store.root().join("audit.head"), head_of(&whole)).unwrap();
        assert!(matches!(store.audit_records(), Err(StoreError::BrokenAudit { line: 3, .. })));
        store.audit(AuditEntry::new("hub store verify", "audit")).unwrap();
        let records = store.audit_records().unwrap();
        assert_eq!(records.len(), 4);
        assert!(records[2].command.starts_with("audit log repaired"));
        let name = format!("{} torn bytes", torn.len());
        assert_eq!(records[2].inputs[&name], sha256_hex(torn));
    }
}

fn head_of(log: &[u8]) -> String {
    let last = log.strip_suffix(b"\n").unwrap().rsplit(|b| *b == b'\n').next().unwrap();
    let record: AuditRecord = serde_json::from_slice(last).unwrap();
    format!("{} {}\n", record.sequence, record.hash)
}

#[test]
fn entries_that_are_cut_off_or_added_at_the_end_are_missed() {
    let (_folder, store) = a_store();
    for i in 0..5 {
        store.audit(AuditEntry::new(&format!("hub query {i}"), "commissioning")).unwrap();
    }
    let path = store.root().join("audit.jsonl");
    let log = fs::read_to_string(&path).unwrap();
    let cut: String = log.split_inclusive('\n').take(4).collect();
    fs::write(&path, &cut).unwrap();
    assert!(matches!(store.audit_records(), Err(StoreError::BrokenAudit { .. })));
    let error = store.audit(AuditEntry::new("hub query", "commissioning")).unwrap_err();
    assert!(matches!(error, StoreError::BrokenAudit { line: 4, .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), cut); // it is not made worse
    fs::remove_file(&path).unwrap();
    assert!(store.audit_records().is_err());
}

#[test]
fn appends_from_many_threads_make_one_chain() {
    let (_folder, store) = a_store();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for i in 0..10 {
                    let command = format!("hub query {thread} {i}");
                    store.audit(AuditEntry::new(&command, "commissioning")).unwrap();
                }
            });
        }
    });
    assert_eq!(store.audit_records().unwrap().len(), 40);
}

/// Every byte of a store is covered: flip, cut, swap lines, delete, in hundreds of random places.
#[test]
fn no_random_edit_goes_unnoticed() {
    let (folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    publish(&store, &lock, "2026-03-01", 5).unwrap();
    publish(&store, &lock, "2026-04-01", 300).unwrap();
    let made = Recipe { outputs: BTreeMap::new(), summary: serde_json::json!({ "read": 12 }) };
    store.remember("apc", &made).unwrap();
    drop(lock);
    assert_eq!(store.verify().unwrap(), []);
    let files: Vec<PathBuf> = all_files(store.root())
        .into_iter()
        .filter(|path| path.file_name().is_none_or(|name| name != "lock"))
        .collect();
    let mut state = 20_261_122;
    for round in 0..400 {
        let path = &files[(next(&mut state) % files.len() as u64) as usize];
        let before = fs::read(path).unwrap();
        let after = edited(&before, &mut state);
        if after.as_ref() == Some(&before) {
            continue;
        }
        match &after {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        let is_recipe = path.starts_with(store.recipes());
        let is_noticed = store.verify().map_or(true, |faults| !faults.is_empty());
        assert!(is_noticed || (is_recipe && after.is_none()), "round {round}: {}", path.display());
        fs::write(path, &before).unwrap();
        if path.starts_with(store.zone(Zone::Identities)) {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    assert_eq!(store.verify().unwrap(), []);
    drop(folder);
}

/// The bytes after a random edit; `None` stands for deletion.
fn edited(before: &[u8], state: &mut u64) -> Option<Vec<u8>> {
    let mut after = before.to_vec();
    let at = (next(state) % before.len() as u64) as usize;
    match next(state) % 5 {
        0 => return None,
        1 => after.truncate(at),
        2 => drop(after.remove(at)),
        3 => {
            let mut lines: Vec<&[u8]> = before.split_inclusive(|b| *b == b'\n').collect();
            let n = lines.len() as u64;
            lines.swap((next(state) % n) as usize, (next(state) % n) as usize);
            after = lines.concat();
        }
        _ => after[at] ^= 1 << (next(state) % 8),
    }
    Some(after)
}

#[test]
fn a_store_that_others_can_read_is_reported() {
    let (_folder, store) = a_store();
    let part = a_part(&store, Zone::Identities, 5);
    let path = store.path(Zone::Identities, &part);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(store.verify().unwrap(), [Fault::OpenMode { path, mode: 0o640 }]);
}

#[test]
fn a_file_that_the_store_did_not_write_is_reported() {
    let (_folder, store) = a_store();
    let strays = ["parts/extract.csv", "runs/notes.json", "password"];
    for stray in strays {
        fs::write(store.root().join(stray), "x").unwrap();
    }
    let faults = store.verify().unwrap();
    assert!(faults.iter().all(|fault| matches!(fault, Fault::ForeignFile { .. })));
    assert_eq!(faults.len(), strays.len());
}

#[test]
fn an_identifier_in_the_store_is_reported_without_being_shown() {
    for zone in Zone::ALL {
        let (_folder, store) = a_store();
        let note = Arc::new(Schema::new(vec![Field::new("note", DataType::Utf8, true)]));
        let text = StringArray::from(vec!["seen", "nhs 999 000 0018 at LS1 4DY"]);
        let mut writer = store.writer(zone, Arc::clone(&note)).unwrap();
        writer.write(&RecordBatch::try_new(note, vec![Arc::new(text)]).unwrap()).unwrap();
        writer.finish().unwrap();
        let faults = store.verify().unwrap();
        let is_it = |fault: &Fault| {
            matches!(
                fault,
                Fault::Identifier(Hit { kind: Kind::NhsNumberShape, place, .. }) if place == "column `note`"
            )
        };
        assert!(faults.iter().any(is_it), "{zone:?}");
        for fault in faults {
            let text = format!("{fault} {fault:?}");
            assert!(!text.contains("0018") && !text.contains("4DY"), "{text}");
        }
    }
}

#[test]
fn a_sealed_file_is_looked_into_with_its_key_and_at_without() {
    let (_folder, store) = a_store();
    let lock = store.lock("hub run sample.toml").unwrap();
    publish(&store, &lock, "2026-03-01", 5).unwrap();
    assert_eq!((store.verify().unwrap(), store.n_closed().unwrap()), (vec![], 0));
    let closed = Store::open_existing(store.root()).unwrap();
    assert_eq!((closed.verify().unwrap(), closed.n_closed().unwrap()), (vec![], 1));
    let other = closed.clone().with_zone_key(&ZoneKey::new(&[1; 32], &[2; 32]));
    assert_eq!((other.verify().unwrap(), other.n_closed().unwrap()), (vec![], 1));
    // Without the key nothing is read or written.
    let part = a_part(&store, Zone::Identities, 5);
    let fault = SealFault::OtherKey;
    for store in [&closed, &other] {
        let refused = store.read(Zone::Identities, &part);
        assert!(matches!(refused, Err(StoreError::Sealed { fault: found, .. }) if found == fault));
    }
    assert!(matches!(closed.writer(Zone::Identities, schema()), Err(StoreError::NoZoneKey)));
    // What was written is not sealed: told with and without the key.
    let path = store.path(Zone::Identities, &part);
    let plain = fs::read(store.path(Zone::Parts, &a_part(&store, Zone::Parts, 5))).unwrap();
    let stray = path.with_file_name(format!("{}.sealed", sha256_hex(&plain)));
    fs::write(&stray, plain).unwrap();
    fs::set_permissions(&stray, fs::Permissions::from_mode(0o600)).unwrap();
    for store in [&store, &closed] {
        let faults = store.verify().unwrap();
        let said = format!("{}: cannot be decoded: ", stray.display());
        let is_it = |fault: &Fault| fault.to_string().starts_with(&said);
        assert!(faults.len() == 1 && faults.iter().all(is_it), "{faults:?}");
    }
}
