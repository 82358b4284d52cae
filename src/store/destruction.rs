//! Destroys deliveries whose retention has ended: in every run, every part, every recipe.
//!
//! A run that leaves them out and says so becomes visible first, by the one rename that makes any run
//! visible. What still holds them then goes: older runs, their parts, finished work. The audit log
//! has the destruction once all of it is done, so that one which was killed is known and finished by
//! whoever next takes the lock.

use std::collections::BTreeSet;

use super::{AuditEntry, Collected, Destruction, Manifest, RunLock, Store, StoreError};

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
            return Ok(0);
        }
        let mut collected =
            Collected { n_unfinished: self.discard_unfinished(lock)?, ..Collected::default() };
        let history = self.history()?;
        let without = history.iter().filter(|run| !holds_any(run, &pending));
        // The visible run was made without them; what it holds of the same bytes is about another
        // period.
        let kept = without.chain(history.last()).map(|run| run.run_id.as_str());
        let kept: BTreeSet<&str> = kept.collect();
        self.keep_only(lock, &history, &kept, &mut collected)?;
        for one in &pending {
            let mut entry = AuditEntry::new(lock.command(), &one.reason());
            entry.outputs.insert(recorded_name(one), one.hash()?);
            self.audit(entry)?;
        }
        Ok(pending.len())
    }

    /// What the visible run says was destroyed and the audit log does not.
    pub(super) fn pending_destruction(&self) -> Result<Vec<Destruction>, StoreError> {
        let said = self.current()?.and_then(|run| run.governance).unwrap_or_default().destroyed;
        if said.is_empty() {
            return Ok(said);
        }
        let records = self.audit_records()?;
        let done: BTreeSet<(&String, &String)> =
            records.iter().flat_map(|record| &record.outputs).collect();
        let mut pending = Vec::new();
        for one in said {
            if !done.contains(&(&recorded_name(&one), &one.hash()?)) {
                pending.push(one);
            }
        }
        Ok(pending)
    }
}

/// Whether a run was made from any of these deliveries.
fn holds_any(run: &Manifest, destroyed: &[Destruction]) -> bool {
    run.deliveries.iter().any(|held| {
        destroyed.iter().any(|one| (&one.feed, &one.sha256) == (&held.feed, &held.sha256))
    })
}

/// What the audit log calls a destroyed delivery.
fn recorded_name(one: &Destruction) -> String {
    format!("destroyed/{}", one.file)
}
