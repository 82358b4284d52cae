//! Stores whose identity zone was written before there was a key for it: sealed once, by the next night.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::copy;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::atomic::{persist, temp_file, write_with_mode};
use super::hash::Hashing;
use super::layout::files_in;
use super::manifest::run_id;
use super::sealed::Sealing;
use super::{AuditEntry, Collected, Manifest, Part, RunLock, Store, StoreError, Zone};

/// Unsealed files of the zone by the hash that they are named by.
pub(super) type Unsealed = BTreeMap<String, PathBuf>;

impl Store {
    /// Seals what an earlier hub left unsealed in the identity zone, and amends every run that names it; how
    /// many files these were. The unsealed ones are then gone.
    ///
    /// # Errors
    /// [`StoreError::NoZoneKey`]; a file that is not what its name says; what the file system says. Every
    /// run is then as it was.
    pub fn seal_unsealed(&self, lock: &RunLock) -> Result<usize, StoreError> {
        lock.check(self)?;
        let unsealed = self.unsealed()?;
        if unsealed.is_empty() {
            return Ok(0);
        }
        let history = self.history()?;
        // If a crash kept the last attempt from its end, the visible run is amended already.
        if history.last().is_some_and(|run| names_any(run, &unsealed)) {
            self.seal_runs(lock, history, &unsealed)?;
        }
        let history = self.history()?;
        let amended = history.iter().filter(|run| !names_any(run, &unsealed));
        let kept: BTreeSet<&str> = amended.map(|run| run.run_id.as_str()).collect();
        let mut collected = Collected::default();
        self.keep_only(lock, &history, &kept, &mut collected)?;
        for path in unsealed.values() {
            collected.remove(path)?;
        }
        Ok(unsealed.len())
    }

    /// Refuses a zone that an earlier hub left unsealed.
    ///
    /// # Errors
    /// [`StoreError::UnsealedZone`]; what the file system says.
    pub fn check_sealed(&self) -> Result<(), StoreError> {
        match self.unsealed()?.is_empty() {
            true => Ok(()),
            false => Err(StoreError::UnsealedZone { path: self.zone(Zone::Identities) }),
        }
    }

    fn seal_runs(
        &self,
        lock: &RunLock,
        mut history: Vec<Manifest>,
        unsealed: &Unsealed,
    ) -> Result<(), StoreError> {
        let mut sealed = BTreeMap::new();
        for (sha256, path) in unsealed {
            sealed.insert(sha256.as_str(), self.sealed_copy(sha256, path)?);
        }
        let replace = |part: &mut Part| {
            if let Some((sha256, n_bytes)) = sealed.get(part.sha256.as_str()) {
                (part.sha256, part.n_bytes) = (sha256.clone(), *n_bytes);
            }
        };
        if let Some(mut list) = self.list_as_written() {
            replace(&mut list.tokens);
            self.keep_list(lock, &list)?;
        }
        if let Some(part) = history.last().and_then(Manifest::left_out)
            && let Some(path) = unsealed.get(&part.sha256)
        {
            let bytes = std::fs::read(path).map_err(StoreError::file(path))?;
            let zone = Zone::LeftOut;
            write_with_mode(&self.path(zone, part), &bytes, zone.file_mode())?;
        }
        let mut entry = AuditEntry::new(lock.command(), "the identity zone is sealed");
        let first = self.next_sequence()?;
        for (run, sequence) in history.iter_mut().zip(first..) {
            entry.inputs.insert(format!("run {}", run.run_id), run.content_hash()?);
            let tables = run.tables.values_mut().filter(|table| table.zone.is_sealed());
            tables.flat_map(|table| &mut table.parts).for_each(replace);
            run.run_id = run_id(sequence, &run.content_hash()?);
        }
        self.audit(entry)?;
        self.publish_all(lock, &history)
    }

    /// Files of the zone that are named as parts were before they were sealed.
    pub(super) fn unsealed(&self) -> Result<Unsealed, StoreError> {
        let files = files_in(&self.zone(Zone::Identities))?.into_iter();
        let named = |(name, path): (String, PathBuf)| {
            Zone::Parts.part_name(&name).map(|sha256| (sha256.to_owned(), path))
        };
        Ok(files.filter_map(named).collect())
    }

    /// The name and the length of a sealed copy of a file.
    fn sealed_copy(&self, sha256: &str, path: &Path) -> Result<(String, u64), StoreError> {
        let folder = self.zone(Zone::Identities);
        let failed = || StoreError::file(path);
        let mut file = Hashed(Hashing::new(std::io::sink()), File::open(path).map_err(failed())?);
        let temp = temp_file(&folder, Zone::Identities.file_mode()).map_err(failed())?;
        let cipher = Arc::clone(self.sealing_key()?);
        let mut sealing = Sealing::begin(Hashing::new(temp), cipher).map_err(failed())?;
        copy(&mut file, &mut sealing).map_err(failed())?;
        let (_, found, _) = file.0.finish();
        if found != sha256 {
            let reason = "its bytes are not those that its name stands for";
            return Err(StoreError::DamagedPart { sha256: sha256.to_owned(), reason });
        }
        let (temp, sha256, n_bytes) = sealing.finish().map_err(failed())?.finish();
        let part = Part { sha256: sha256.clone(), n_rows: 0, n_bytes };
        let sealed = self.path(Zone::Identities, &part);
        persist(temp, &sealed).map_err(StoreError::file(&sealed))?;
        Ok((sha256, n_bytes))
    }
}

/// A file whose bytes are hashed as they are read.
struct Hashed(Hashing<std::io::Sink>, File);

impl std::io::Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.read(into)?;
        std::io::Write::write_all(&mut self.0, &into[..n])?;
        Ok(n)
    }
}

/// Whether a run names one of these.
fn names_any(run: &Manifest, unsealed: &Unsealed) -> bool {
    run.parts().iter().any(|(zone, part)| zone.is_sealed() && unsealed.contains_key(&part.sha256))
}

#[cfg(test)]
mod tests {
    use super::super::failpoint::{Step, arm};
    use super::super::tests::{a_part, a_store, current_id, publish, publish_as, rows};
    use super::super::{Fault, KeptList};
    use super::*;

    /// Two nights of a hub that sealed nothing, with a list, of which the runs name a part each.
    fn old_store() -> (tempfile::TempDir, Store) {
        let (folder, store) = a_store();
        let lock = store.lock("hub run sample.toml").unwrap();
        let list = unseal(&store, 9);
        let (sha256, key_id) = ("ab".repeat(32), "k".to_owned());
        let as_of = "2026-03-01".to_owned();
        let list = KeptList { sha256, as_of, key_id, tokens: list, findings: Vec::new() };
        store.keep_list(&lock, &list).unwrap();
        for (as_at, n_rows) in [("2026-03-01", 5), ("2026-04-01", 6)] {
            let old = unseal(&store, n_rows);
            publish_as(&store, &lock, as_at, n_rows, &|mut manifest| {
                // It is only published if it is held under its new name, too.
                let table = manifest.tables.get_mut("link.identity").unwrap();
                let sealed = store.path(Zone::Identities, &old);
                std::fs::copy(unsealed_path(&store, &old), sealed).unwrap();
                table.parts = vec![old.clone()];
                manifest
            })
            .unwrap();
            std::fs::remove_file(store.path(Zone::Identities, &old)).unwrap();
        }
        let sealed =
            [5, 6].map(|n| store.path(Zone::Identities, &a_part(&store, Zone::Identities, n)));
        sealed.iter().for_each(|path| std::fs::remove_file(path).unwrap());
        (folder, store)
    }

    fn unsealed_path(store: &Store, part: &Part) -> PathBuf {
        store.zone(Zone::Identities).join(format!("{}.parquet", part.sha256))
    }

    /// A part as it was before there was a key.
    fn unseal(store: &Store, n_rows: usize) -> Part {
        let part = a_part(store, Zone::Parts, n_rows);
        let path = unsealed_path(store, &part);
        std::fs::copy(store.path(Zone::Parts, &part), &path).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
        part
    }

    fn is_sealed(store: &Store) {
        assert_eq!(store.verify().unwrap(), []);
        assert_eq!(store.unsealed().unwrap(), Unsealed::new());
        let history = store.history().unwrap();
        assert_eq!(
            history.iter().map(|run| run.as_at.as_str()).collect::<Vec<_>>(),
            ["2026-03-01", "2026-04-01"]
        );
        for (run, n_rows) in history.iter().zip([5, 6]) {
            let part = &run.tables["link.identity"].parts[0];
            // The same file as if it had been sealed at once.
            assert_eq!(*part, a_part(store, Zone::Identities, n_rows));
            let read = store.read(Zone::Identities, part).unwrap();
            assert_eq!(read[0], rows(n_rows, 1 + n_rows as u64));
        }
        let list = store.kept_list().unwrap();
        assert_eq!(store.read(Zone::Identities, &list.tokens).unwrap()[0].num_rows(), 9);
    }

    #[test]
    fn an_unsealed_zone_is_sealed_once_with_every_run_and_the_list() {
        let (_folder, store) = old_store();
        let unsealed = store.unsealed().unwrap().into_values();
        let expected: Vec<Fault> = unsealed.map(|path| Fault::Unsealed { path }).collect();
        assert_eq!((store.verify().unwrap(), store.kept_list()), (expected, None));
        assert!(matches!(store.check_sealed(), Err(StoreError::UnsealedZone { .. })));
        let lock = store.lock("hub run sample.toml").unwrap();
        assert_eq!(store.seal_unsealed(&lock).unwrap(), 3);
        is_sealed(&store);
        store.check_sealed().unwrap();
        let visible = current_id(&store);
        assert_eq!(store.seal_unsealed(&lock).unwrap(), 0);
        assert_eq!(current_id(&store), visible);
        publish(&store, &lock, "2026-05-01", 7).unwrap();
        assert_eq!(store.verify().unwrap(), []);
    }

    #[test]
    fn sealing_that_was_killed_at_any_step_is_done_again_or_finished() {
        let steps = [
            Step::TempWritten,
            Step::Renamed,
            Step::ManifestWritten,
            Step::PublishRecorded,
            Step::AuditAppended,
            Step::RemovalRecorded,
            Step::FileRemoved,
        ];
        for step in steps {
            for n in 0.. {
                let (_folder, store) = old_store();
                let lock = store.lock("hub run sample.toml").unwrap();
                arm(step, n);
                let outcome = store.seal_unsealed(&lock);
                arm(step, u32::MAX);
                if outcome.is_ok() {
                    assert!(n > 0, "{step:?} was never reached");
                    break;
                }
                store.discard_unfinished(&lock).unwrap();
                store.seal_unsealed(&lock).unwrap();
                store.gc(&lock, 9, 9).unwrap();
                is_sealed(&store);
            }
        }
    }

    #[test]
    fn a_damaged_file_is_not_sealed_as_if_it_were_whole() {
        let (_folder, store) = old_store();
        let path = store.unsealed().unwrap().into_values().next().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[20] ^= 1;
        super::super::write_atomic(&path, &bytes).unwrap();
        let before = current_id(&store);
        let lock = store.lock("hub run sample.toml").unwrap();
        assert!(matches!(store.seal_unsealed(&lock), Err(StoreError::DamagedPart { .. })));
        assert_eq!(current_id(&store), before);
    }
}
