//! Holds a store against what it says of itself.

mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::atomic::TEMP_PREFIX;
use super::layout::files_in;
use super::manifest::sequence_of;
use super::publish::recorded_manifests;
use super::recipe::outputs_of;
use super::unsealed::Unsealed;
use super::{
    Fault, Forgetting, Manifest, Store, StoreError, TableEntry, Zone, sha256_file, sha256_hex,
};

/// Files that lie under the root itself.
const ROOT_FILES: [&str; 7] =
    ["audit.head", "audit.jsonl", "current", "lock", "lock.holder", "opt_out.json", "refused.json"];

impl Store {
    /// Everything in the store that is not as it should be; empty is good.
    ///
    /// Hashes every part, replays the audit log, holds each manifest against both, checks who may
    /// read the identity zone, and searches every file for identifiers; the sealed ones as far as the
    /// keys that were given open them ([`n_closed`](Self::n_closed)).
    ///
    /// # Errors
    /// What the file system says; a fault is never an error.
    pub fn verify(&self) -> Result<Vec<Fault>, StoreError> {
        let mut inspection = Inspection::new(self)?;
        inspection.parts()?;
        inspection.runs()?;
        inspection.recipes()?;
        inspection.names()?;
        inspection.modes()?;
        inspection.identifiers()?;
        Ok(inspection.faults)
    }
}

/// A verification in progress.
struct Inspection<'a> {
    store: &'a Store,
    faults: Vec<Fault>,
    /// Parts whose bytes were changed: nothing in them is to be decoded.
    changed: BTreeSet<PathBuf>,
    /// Parts of the identity zone that an earlier hub wrote.
    unsealed: Unsealed,
}

impl<'a> Inspection<'a> {
    fn new(store: &'a Store) -> Result<Self, StoreError> {
        let unsealed = store.unsealed()?;
        Ok(Self { store, faults: Vec::new(), changed: BTreeSet::new(), unsealed })
    }

    /// Every part's bytes against its name.
    fn parts(&mut self) -> Result<(), StoreError> {
        for zone in Zone::ALL {
            let changed: Result<Vec<Option<PathBuf>>, StoreError> =
                files_in(&self.store.zone(zone))?
                    .into_par_iter()
                    .filter_map(|(name, path)| Some((zone.part_name(&name)?.to_owned(), path)))
                    .map(|(sha256, path)| {
                        let found = sha256_file(&path).map_err(StoreError::file(&path))?;
                        Ok((found != sha256).then_some(path))
                    })
                    .collect();
            self.changed.extend(changed?.into_iter().flatten());
        }
        self.faults.extend(self.changed.iter().cloned().map(|path| Fault::ChangedPart { path }));
        Ok(())
    }

    /// Manifests against their ids, the audit log and the parts.
    fn runs(&mut self) -> Result<(), StoreError> {
        let (visible, unfinished) = match (self.store.run_ids(), self.store.unfinished_run_ids()) {
            (Ok(visible), Ok(unfinished)) => (visible, unfinished),
            (Err(error), _) | (_, Err(error)) => {
                self.broken_manifest("current", &error.to_string());
                return Ok(());
            }
        };
        let mut runs = Vec::new();
        for run_id in &visible {
            match self.store.manifest(run_id) {
                Ok(manifest) => runs.push(manifest),
                Err(error) => self.broken_manifest(run_id, &error.to_string()),
            }
        }
        self.tables(&runs);
        self.audit(&runs, &visible, &unfinished)?;
        let unfinished = unfinished.into_iter().map(|run_id| Fault::UnfinishedRun { run_id });
        self.faults.extend(unfinished);
        // Where this cannot be told, what stands in the way of it is a fault already.
        let pending = self.store.pending_destruction().unwrap_or_default();
        let destroyed = pending.destroyed.into_iter();
        self.faults.extend(destroyed.map(|one| Fault::UnfinishedDestruction { file: one.file }));
        let forgotten = pending.forgotten.into_iter();
        let unfinished = |one: Forgetting| Fault::UnfinishedForgetting { sequence: one.sequence };
        self.faults.extend(forgotten.map(unfinished));
        let left = self.store.left_identities().unwrap_or_default();
        if pending.is_purged || !left.is_empty() {
            self.faults.push(Fault::UnfinishedPurge { n_files: left.len() });
        }
        Ok(())
    }

    /// The audit log against itself, then manifests against it: none missing, added or changed.
    fn audit(
        &mut self,
        runs: &[Manifest],
        visible: &[String],
        unfinished: &[String],
    ) -> Result<(), StoreError> {
        let records = match self.store.audit_records() {
            Ok(records) => records,
            Err(error) => {
                self.faults.push(Fault::BrokenAudit { reason: error.to_string() });
                return Ok(());
            }
        };
        let heads: BTreeSet<&str> = records.iter().map(|record| record.hash.as_str()).collect();
        for run in runs.iter().filter(|run| !heads.contains(run.audit_head.as_str())) {
            self.faults.push(Fault::UnknownAuditHead { run_id: run.run_id.clone() });
        }
        let recorded = recorded_manifests(&records);
        for run_id in visible {
            self.recorded(run_id, recorded.get(run_id))?;
        }
        for run_id in recorded.keys().filter(|id| !visible.contains(id) && !unfinished.contains(id))
        {
            self.broken_manifest(run_id, "the audit log has it, `runs` has not");
        }
        match self.store.current_run_id()? {
            Some(run_id) if !visible.contains(&run_id) => {
                self.broken_manifest(&run_id, "`current` points at it, `runs` has not");
            }
            // Turned back or removed, unless a crash kept the very first run from becoming visible.
            None if unfinished.is_empty() && !recorded.is_empty() => {
                self.broken_manifest("current", "is missing");
            }
            _ => {}
        }
        Ok(())
    }

    fn recorded(&mut self, run_id: &str, recorded: Option<&String>) -> Result<(), StoreError> {
        let path = self.store.manifest_path(run_id);
        let bytes = std::fs::read(&path).map_err(StoreError::file(&path))?;
        match recorded {
            None => self.broken_manifest(run_id, "the audit log does not know it"),
            Some(sha256) if *sha256 != sha256_hex(&bytes) => {
                self.broken_manifest(run_id, "is not what the audit log recorded");
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn tables(&mut self, runs: &[Manifest]) {
        let mut n_rows_by_path = BTreeMap::new();
        for run in runs {
            for (table, entry) in &run.tables {
                self.table(run, table, entry, &mut n_rows_by_path);
            }
        }
    }

    fn table(
        &mut self,
        run: &Manifest,
        table: &str,
        entry: &TableEntry,
        n_rows_by_path: &mut BTreeMap<PathBuf, Option<u64>>,
    ) {
        for part in &entry.parts {
            let (run_id, table) = (run.run_id.clone(), table.to_owned());
            let sha256 = part.sha256.clone();
            let path = self.store.path(entry.zone, part);
            if self.unsealed.contains_key(&part.sha256) && entry.zone.is_sealed() {
                continue; // told of once, for its file
            } else if !path.is_file() {
                self.faults.push(Fault::MissingPart { run_id, table, sha256 });
            } else if !self.changed.contains(&path) {
                let n_rows = n_rows_by_path
                    .entry(path.clone())
                    .or_insert_with(|| self.rows_in(entry.zone, &path));
                let is_other = *n_rows != Some(part.n_rows) && !self.is_closed(entry.zone, &path);
                if is_other || !self.store.holds(entry.zone, part) {
                    self.faults.push(Fault::WrongSize { run_id, table, sha256 });
                }
            }
        }
    }

    fn recipes(&mut self) -> Result<(), StoreError> {
        for (name, path) in files_in(&self.store.recipes())? {
            let bytes = std::fs::read(&path).map_err(StoreError::file(&path))?;
            if !name.starts_with(TEMP_PREFIX) && outputs_of(&bytes).is_none() {
                self.faults.push(Fault::ChangedRecipe { path });
            }
        }
        Ok(())
    }

    /// Files that the store would not have named so.
    fn names(&mut self) -> Result<(), StoreError> {
        let is_run = |name: &str| name.strip_suffix(".json").and_then(sequence_of).is_some();
        for (folder, path) in self.files()? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_known = match folder {
                Folder::Root => ROOT_FILES.contains(&name.as_ref()),
                Folder::Zone(zone) => zone.part_name(&name).is_some(),
                Folder::Runs => is_run(&name),
                Folder::Recipes => name.ends_with(".json"),
            };
            if is_known {
                continue;
            }
            self.faults.push(match self.is_unsealed(&path) {
                true => Fault::Unsealed { path },
                false => Fault::ForeignFile { path },
            });
        }
        Ok(())
    }

    fn identifiers(&mut self) -> Result<(), StoreError> {
        let files = self.files()?;
        let faults: Vec<Fault> = files
            .into_par_iter()
            .filter(|(_, path)| !self.changed.contains(path))
            .flat_map_iter(|(folder, path)| match self.search(folder, &path) {
                Ok(hits) => hits.into_iter().map(Fault::Identifier).collect(),
                Err(error) => vec![Fault::Unsearchable { reason: error.to_string() }],
            })
            .collect();
        self.faults.extend(faults);
        Ok(())
    }

    /// Every file but temporary ones, which belong to runs in progress or to nobody.
    fn files(&self) -> Result<Vec<(Folder, PathBuf)>, StoreError> {
        let folders = [
            (Folder::Root, self.store.root().to_path_buf()),
            (Folder::Runs, self.store.runs()),
            (Folder::Recipes, self.store.recipes()),
        ];
        let zones = Zone::ALL.map(|zone| (Folder::Zone(zone), self.store.zone(zone)));
        let mut files = Vec::new();
        for (folder, path) in folders.into_iter().chain(zones) {
            let named =
                files_in(&path)?.into_iter().filter(|(name, _)| !name.starts_with(TEMP_PREFIX));
            files.extend(named.map(|(_, path)| (folder, path)));
        }
        Ok(files)
    }

    fn broken_manifest(&mut self, run_id: &str, reason: &str) {
        let (run_id, reason) = (run_id.to_owned(), reason.to_owned());
        self.faults.push(Fault::BrokenManifest { run_id, reason });
    }
}

/// What a file's folder is for.
#[derive(Debug, Clone, Copy)]
enum Folder {
    Root,
    Zone(Zone),
    Runs,
    Recipes,
}
