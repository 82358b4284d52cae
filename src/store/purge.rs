//! Identities that are not kept: once a run that says so is visible, what lies in the identity zone and
//! no run names is destroyed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::layout::files_in;
use super::{AuditEntry, Collected, Manifest, Part, RunLock, Store, StoreError, Zone};

impl Manifest {
    /// Whether the run's identities are not kept.
    #[must_use]
    pub fn is_purged(&self) -> bool {
        self.governance.as_ref().is_some_and(|governance| governance.identities_purged)
    }
}

impl Store {
    /// Files of the identity zone that should be gone: the visible run keeps no identities, and none names
    /// them.
    ///
    /// # Errors
    /// A manifest that cannot be read; what the file system says.
    pub(super) fn left_identities(&self) -> Result<Vec<PathBuf>, StoreError> {
        if !self.current()?.is_some_and(|run| run.is_purged()) {
            return Ok(Vec::new());
        }
        let history = self.history()?;
        let named =
            history.iter().flat_map(Manifest::parts).map(|(zone, part)| (zone, part.clone()));
        let kept = self.kept_parts()?;
        let empty = self.empty_parts()?;
        let in_zone =
            |(zone, part): (Zone, Part)| (zone == Zone::Identities).then_some(part.sha256);
        let kept: BTreeSet<String> = named
            .chain(kept)
            .filter_map(in_zone)
            .chain(empty.into_iter().map(|one| one.1))
            .collect();
        let files = files_in(&self.zone(Zone::Identities))?.into_iter();
        let is_left = |name: &str| {
            Zone::Identities.part_name(name).is_none_or(|sha256| !kept.contains(sha256))
        };
        Ok(files.filter(|(name, _)| is_left(name)).map(|(_, path)| path).collect())
    }

    /// Destroys [`left_identities`](Self::left_identities), and the memory of the work that made them.
    pub(super) fn finish_purge(&self, lock: &RunLock) -> Result<(), StoreError> {
        let mut n_destroyed = 0;
        let mut collected = Collected::default();
        loop {
            let left = self.left_identities()?;
            if left.is_empty() {
                break;
            }
            n_destroyed += left.len();
            for path in &left {
                collected.remove(path)?;
            }
            // Work that goes may have been all that kept an empty file.
            self.remove_recipes(&mut collected)?;
        }
        if n_destroyed == 0 {
            return Ok(());
        }
        let mut entry = AuditEntry::new(lock.command(), "identities are not kept after a run");
        entry.outputs.insert("identities".to_owned(), format!("{n_destroyed} files destroyed"));
        self.audit(entry).map(drop)
    }
}
