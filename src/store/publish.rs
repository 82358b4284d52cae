//! Runs become visible: one rename of `current` is the only moment that readers can see.

use std::collections::BTreeMap;
use std::io;

use super::atomic::write_with_mode;
#[cfg(test)]
use super::failpoint::{Step, reach};
use super::layout::{FILE_MODE, files_in};
use super::manifest::{run_id, sequence_of};
use super::{
    AuditEntry, AuditRecord, Manifest, Part, RunLock, Store, StoreError, Zone, sha256_hex,
};

/// What the audit log says came of a file that was removed.
const REMOVED: &str = "removed";

/// How often a reader starts again when the run it was about to read is replaced and collected.
const ATTEMPTS_TO_READ: usize = 5;

impl Store {
    /// The visible run; `None` before the first.
    ///
    /// # Errors
    /// [`StoreError::BrokenManifest`] if it is not what was published.
    pub fn current(&self) -> Result<Option<Manifest>, StoreError> {
        let mut run_id = self.current_run_id()?;
        for _ in 0..ATTEMPTS_TO_READ {
            let Some(id) = run_id else { return Ok(None) };
            let manifest = self.manifest(&id);
            run_id = self.current_run_id()?;
            if manifest.is_ok() || run_id.as_ref() == Some(&id) {
                return manifest.map(Some);
            }
        }
        run_id.map(|id| self.manifest(&id)).transpose()
    }

    /// Every run kept, oldest first, the visible one last.
    ///
    /// # Errors
    /// [`StoreError::BrokenManifest`] at the first that is not what was published.
    pub fn history(&self) -> Result<Vec<Manifest>, StoreError> {
        self.run_ids()?.iter().map(|run_id| self.manifest(run_id)).collect()
    }

    /// The last run that was made for a purpose; `None` if none was.
    ///
    /// # Errors
    /// [`StoreError::BrokenManifest`] at the first that is not what was published.
    pub fn last_for(&self, purpose: &str) -> Result<Option<Manifest>, StoreError> {
        for run_id in self.run_ids()?.iter().rev() {
            let manifest = self.manifest(run_id)?;
            if manifest.purpose == purpose {
                return Ok(Some(manifest));
            }
        }
        Ok(None)
    }

    /// The id that `manifest` will have if it is published next.
    ///
    /// # Errors
    /// What the file system says.
    pub fn next_run_id(&self, manifest: &Manifest) -> Result<String, StoreError> {
        Ok(run_id(self.next_sequence()?, &manifest.content_hash()?))
    }

    pub(super) fn next_sequence(&self) -> Result<u64, StoreError> {
        Ok(self.current_sequence()? + 1)
    }

    /// Makes a run visible. Call [`Store::audit`] before, and put the hash that it returns into
    /// `audit_head`; the publication itself is recorded here.
    ///
    /// # Errors
    /// A part that is not in the store, a run id other than [`Store::next_run_id`]'s, an audit head
    /// that the log does not have. `current` is then as it was.
    pub fn publish(&self, lock: &RunLock, manifest: &Manifest) -> Result<(), StoreError> {
        self.publish_all(lock, std::slice::from_ref(manifest))
    }

    /// Makes runs visible that follow each other, all by one rename: the last is then the visible one.
    pub(super) fn publish_all(
        &self,
        lock: &RunLock,
        manifests: &[Manifest],
    ) -> Result<(), StoreError> {
        lock.check(self)?;
        let Some(visible) = manifests.last() else { return Ok(()) };
        for (manifest, sequence) in manifests.iter().zip(self.next_sequence()?..) {
            // What an older run left out is gone by now.
            let left_out = visible.left_out().filter(|_| manifest == visible);
            self.check_publishable(manifest, sequence, left_out)?;
        }
        self.discard_unfinished(lock)?;
        let mut entry = AuditEntry::new(lock.command(), &visible.purpose);
        for manifest in manifests {
            let bytes = manifest.to_json()?;
            let path = self.manifest_path(&manifest.run_id);
            write_with_mode(&path, &bytes, FILE_MODE)?;
            #[cfg(test)]
            reach(Step::ManifestWritten).map_err(StoreError::file(&path))?;
            entry.outputs.insert(recorded_name(&manifest.run_id), sha256_hex(&bytes));
        }
        self.audit(entry)?;
        #[cfg(test)]
        reach(Step::PublishRecorded).map_err(StoreError::file(&self.runs()))?;
        let before = self.current().unwrap_or_default();
        let pointer = format!("{}\n", visible.run_id);
        write_with_mode(&self.current_path(), pointer.as_bytes(), FILE_MODE)?;
        // The run is visible now, whatever comes of this; a collection removes what it leaves behind.
        let _ = self.forget_left_out(before.as_ref(), visible);
        Ok(())
    }

    fn check_publishable(
        &self,
        manifest: &Manifest,
        sequence: u64,
        left_out: Option<&Part>,
    ) -> Result<(), StoreError> {
        let expected = run_id(sequence, &manifest.content_hash()?);
        if manifest.run_id != expected {
            return Err(StoreError::WrongRunId { expected, found: manifest.run_id.clone() });
        }
        let left_out = left_out.map(|part| (Zone::LeftOut, part));
        let mut parts = manifest.parts().into_iter().chain(left_out);
        if let Some((zone, part)) = parts.find(|(zone, part)| !self.holds(*zone, part)) {
            let zone = zone.folder();
            return Err(StoreError::MissingPart { sha256: part.sha256.clone(), zone });
        }
        let is_recorded = self.audit_records()?.iter().any(|r| r.hash == manifest.audit_head);
        let run_id = manifest.run_id.clone();
        if is_recorded { Ok(()) } else { Err(StoreError::UnknownAuditHead { run_id }) }
    }

    /// Removes manifests that a crash kept from becoming visible, and says so in the log.
    pub(super) fn discard_unfinished(&self, lock: &RunLock) -> Result<usize, StoreError> {
        let unfinished = self.unfinished_run_ids()?;
        self.remove_manifests(lock, &unfinished)?;
        Ok(unfinished.len())
    }

    /// Removes manifests: recorded first, so that none is ever missing without a word.
    pub(super) fn remove_manifests(
        &self,
        lock: &RunLock,
        run_ids: &[String],
    ) -> Result<(), StoreError> {
        if run_ids.is_empty() {
            return Ok(());
        }
        let mut entry = AuditEntry::new(lock.command(), "retention");
        entry.outputs = run_ids.iter().map(|id| (recorded_name(id), REMOVED.to_owned())).collect();
        self.audit(entry)?;
        #[cfg(test)]
        reach(Step::RemovalRecorded).map_err(StoreError::file(&self.runs()))?;
        for run_id in run_ids {
            let path = self.manifest_path(run_id);
            std::fs::remove_file(&path).map_err(StoreError::file(&path))?;
        }
        super::atomic::sync_folder(&self.runs()).map_err(StoreError::file(&self.runs()))
    }

    /// Ids of the visible run and those before it, oldest first.
    pub(super) fn run_ids(&self) -> Result<Vec<String>, StoreError> {
        let visible = self.current_sequence()?;
        Ok(self
            .run_ids_by_sequence()?
            .into_iter()
            .filter(|(n, _)| *n <= visible)
            .map(second)
            .collect())
    }

    /// Ids of manifests that never became visible.
    pub(super) fn unfinished_run_ids(&self) -> Result<Vec<String>, StoreError> {
        let visible = self.current_sequence()?;
        Ok(self
            .run_ids_by_sequence()?
            .into_iter()
            .filter(|(n, _)| *n > visible)
            .map(second)
            .collect())
    }

    fn run_ids_by_sequence(&self) -> Result<Vec<(u64, String)>, StoreError> {
        let mut run_ids: Vec<(u64, String)> = files_in(&self.runs())?
            .into_iter()
            .filter_map(|(name, _)| {
                let run_id = name.strip_suffix(".json")?;
                Some((sequence_of(run_id)?, run_id.to_owned()))
            })
            .collect();
        run_ids.sort();
        Ok(run_ids)
    }

    /// What `current` points at, whether or not it is there.
    pub(super) fn current_run_id(&self) -> Result<Option<String>, StoreError> {
        let path = self.current_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::file(&path)(error)),
        };
        match text.strip_suffix('\n') {
            Some(run_id) if sequence_of(run_id).is_some() => Ok(Some(run_id.to_owned())),
            _ => Err(StoreError::BrokenManifest {
                run_id: "current".to_owned(),
                reason: "not a run's id".to_owned(),
            }),
        }
    }

    fn current_sequence(&self) -> Result<u64, StoreError> {
        Ok(self.current_run_id()?.and_then(|run_id| sequence_of(&run_id)).unwrap_or(0))
    }

    pub(super) fn manifest(&self, run_id: &str) -> Result<Manifest, StoreError> {
        let bytes = std::fs::read(self.manifest_path(run_id)).map_err(|error| {
            let reason = format!("its manifest cannot be read: {}", error.kind());
            StoreError::BrokenManifest { run_id: run_id.to_owned(), reason }
        })?;
        Manifest::from_json(run_id, &bytes)
    }
}

/// Hash of each manifest that the log says was published and not removed since, by run id.
pub(super) fn recorded_manifests(records: &[AuditRecord]) -> BTreeMap<String, String> {
    let mut recorded = BTreeMap::new();
    for (name, sha256) in records.iter().flat_map(|record| &record.outputs) {
        let Some(run_id) = run_id_of(name) else { continue };
        if sha256 == REMOVED {
            recorded.remove(&run_id);
        } else {
            recorded.insert(run_id, sha256.clone());
        }
    }
    recorded
}

/// What the audit log calls a manifest.
fn recorded_name(run_id: &str) -> String {
    format!("runs/{run_id}.json")
}

fn run_id_of(name: &str) -> Option<String> {
    let run_id = name.strip_prefix("runs/")?.strip_suffix(".json")?;
    sequence_of(run_id).map(|_| run_id.to_owned())
}

fn second((_, run_id): (u64, String)) -> String {
    run_id
}
