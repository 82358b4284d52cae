//! Destroys what may no longer be kept, deliveries whose retention has ended and persons who are to be
//! forgotten: in every run, every part, every recipe.
//!
//! A run that is without them and says so becomes visible first, by the one rename that makes any run
//! visible. What still holds them then goes: older runs, their parts, finished work. The audit log
//! has the destruction once all of it is done, so that one which was killed is known and finished by
//! whoever next takes the lock.

use std::collections::BTreeSet;

use super::{
    AuditEntry, AuditRecord, Collected, Destruction, Forgetting, Governance, Manifest, RunLock,
    Store, StoreError,
};

/// What the visible run says is gone and the audit log does not yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) destroyed: Vec<Destruction>,
    pub(super) forgotten: Vec<Forgetting>,
    /// Whether runs name identities, of which the visible one says that none are kept.
    pub(super) is_purged: bool,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.destroyed.is_empty() && self.forgotten.is_empty() && !self.is_purged
    }

    /// Whether a run may hold any of it: it was made from such a delivery, or before somebody was
    /// forgotten, or when identities were kept.
    fn is_in(&self, run: &Manifest) -> bool {
        let said = run.governance.as_ref().map_or(&[][..], |said| &said.forgotten);
        holds_any(run, &self.destroyed)
            || self.forgotten.iter().any(|one| !said.contains(one))
            || (self.is_purged && !run.is_purged())
    }
}

impl Store {
    /// Finishes every destruction that the visible run says and the audit log does not yet; how many
    /// deliveries these were.
    ///
    /// # Errors
    /// [`StoreError::ForeignLock`]; a manifest that cannot be read; what the file system says.
    pub fn finish_destruction(&self, lock: &RunLock) -> Result<usize, StoreError> {
        lock.check(self)?;
        let pending = self.pending_destruction()?;
        if pending.is_empty() {
            return self.finish_purge(lock).map(|()| 0);
        }
        let mut collected =
            Collected { n_unfinished: self.discard_unfinished(lock)?, ..Collected::default() };
        let history = self.history()?;
        let without = history.iter().filter(|run| !pending.is_in(run));
        // The visible run was made without them; what it holds of the same bytes is about another
        // period.
        let kept = without.chain(history.last()).map(|run| run.run_id.as_str());
        let kept: BTreeSet<&str> = kept.collect();
        self.keep_only(lock, &history, &kept, &mut collected)?;
        let destroyed = pending.destroyed.iter().map(|one| -> Result<_, StoreError> {
            Ok((one.reason(), one.recorded_name(), one.hash()?))
        });
        let forgotten = pending.forgotten.iter().map(|one| -> Result<_, StoreError> {
            Ok((one.reason(), one.recorded_name(), one.hash()?))
        });
        for record in destroyed.chain(forgotten) {
            let (reason, name, hash) = record?;
            let mut entry = AuditEntry::new(lock.command(), &reason);
            entry.outputs.insert(name, hash);
            self.audit(entry)?;
        }
        self.finish_purge(lock)?;
        Ok(pending.destroyed.len())
    }

    /// What the visible run says is gone and the audit log does not.
    pub(super) fn pending_destruction(&self) -> Result<Pending, StoreError> {
        let said = self.current()?.and_then(|run| run.governance).unwrap_or_default();
        let Governance { destroyed, forgotten, identities_purged, .. } = said;
        let is_purged = identities_purged && self.history()?.iter().any(|run| !run.is_purged());
        if destroyed.is_empty() && forgotten.is_empty() {
            return Ok(Pending { is_purged, ..Pending::default() });
        }
        let records = self.audit_records()?;
        let done = recorded(&records);
        let mut pending = Pending { is_purged, ..Pending::default() };
        for one in destroyed {
            if !done.contains(&(&one.recorded_name(), &one.hash()?)) {
                pending.destroyed.push(one);
            }
        }
        for one in forgotten {
            if !done.contains(&(&one.recorded_name(), &one.hash()?)) {
                pending.forgotten.push(one);
            }
        }
        Ok(pending)
    }
}

/// Everything that the audit log names, with its hash.
fn recorded(records: &[AuditRecord]) -> BTreeSet<(&String, &String)> {
    records.iter().flat_map(|record| &record.outputs).collect()
}

/// Whether a run was made from any of these deliveries.
fn holds_any(run: &Manifest, destroyed: &[Destruction]) -> bool {
    run.deliveries.iter().any(|held| {
        destroyed.iter().any(|one| (&one.feed, &one.sha256) == (&held.feed, &held.sha256))
    })
}
