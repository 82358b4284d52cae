//! Collects what no kept run needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::atomic::TEMP_PREFIX;
#[cfg(test)]
use super::failpoint::{Step, reach};
use super::layout::files_in;
use super::recipe::outputs_of;
use super::zone::refuse_dangling;
use super::{Manifest, Part, RunLock, Store, StoreError, Zone};

/// What a collection removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// Ids of the runs that are gone.
    pub runs: Vec<String>,
    /// Parts that no kept run held.
    pub n_parts: usize,
    /// Recipes whose parts are gone.
    pub n_recipes: usize,
    /// Files that a killed process left half-written, or kept from becoming visible.
    pub n_unfinished: usize,
    /// Bytes freed.
    pub n_bytes: u64,
}

impl Collected {
    /// Removes a file and counts its bytes.
    pub(super) fn remove(&mut self, path: &Path) -> Result<(), StoreError> {
        self.n_bytes += path.metadata().map_or(0, |file| file.len());
        std::fs::remove_file(path).map_err(StoreError::file(path))?;
        #[cfg(test)]
        reach(Step::FileRemoved).map_err(StoreError::file(path))?;
        Ok(())
    }
}

impl std::fmt::Display for Collected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} runs, {} parts, {} recipes and {} unfinished files removed: {} bytes",
            self.runs.len(),
            self.n_parts,
            self.n_recipes,
            self.n_unfinished,
            self.n_bytes,
        )
    }
}

impl Store {
    /// Keeps the last `nightly` runs and the last run of each of the last `monthly` months that
    /// have one (by analysis date), always the visible run and the last of each purpose, which its
    /// next run goes on from, and removes everything else.
    ///
    /// Wants the store's lock, so that no part of a run in progress is taken for rubbish.
    ///
    /// # Errors
    /// [`StoreError::ForeignLock`], [`StoreError::ZoneMissing`]; a manifest that cannot be read, since what
    /// it holds is unknown.
    pub fn gc(
        &self,
        lock: &RunLock,
        nightly: usize,
        monthly: usize,
    ) -> Result<Collected, StoreError> {
        lock.check(self)?;
        refuse_dangling(&self.zone(Zone::Identities))?;
        self.finish_destruction(lock)?;
        let mut collected =
            Collected { n_unfinished: self.discard_unfinished(lock)?, ..Collected::default() };
        let history = self.history()?;
        let kept = kept(&history, nightly, monthly);
        self.keep_only(lock, &history, &kept, &mut collected)?;
        Ok(collected)
    }

    /// Removes the other runs of the history, every part that no kept run holds, and what is then no
    /// longer whole.
    pub(super) fn keep_only(
        &self,
        lock: &RunLock,
        history: &[Manifest],
        kept: &BTreeSet<&str>,
        collected: &mut Collected,
    ) -> Result<(), StoreError> {
        let is_kept = |run: &&Manifest| kept.contains(run.run_id.as_str());
        let parts: BTreeSet<(Zone, String)> = history
            .iter()
            .filter(is_kept)
            .flat_map(Manifest::parts)
            .map(|(zone, part)| (zone, part.sha256.clone()))
            .chain(self.kept_parts()?.into_iter().map(|(zone, part)| (zone, part.sha256)))
            .chain(self.empty_parts()?)
            .collect();
        collected.runs =
            history.iter().filter(|run| !is_kept(run)).map(|run| run.run_id.clone()).collect();
        self.remove_manifests(lock, &collected.runs)?;
        self.remove_parts(&parts, collected)?;
        self.remove_recipes(collected)?;
        self.remove_temporary(collected)
    }

    /// Parts of finished work that hold no row. No run needs them, and without them the work would be
    /// done again.
    pub(super) fn empty_parts(&self) -> Result<Vec<(Zone, String)>, StoreError> {
        let mut empty = Vec::new();
        for (name, path) in files_in(&self.recipes())? {
            if name.starts_with(TEMP_PREFIX) {
                continue;
            }
            let bytes = std::fs::read(&path).map_err(StoreError::file(&path))?;
            let outputs = outputs_of(&bytes).unwrap_or_default().into_iter();
            let parts = outputs.filter(|(_, part)| part.n_rows == 0);
            empty.extend(parts.map(|(zone, part)| (zone, part.sha256)));
        }
        Ok(empty)
    }

    fn remove_parts(
        &self,
        kept: &BTreeSet<(Zone, String)>,
        collected: &mut Collected,
    ) -> Result<(), StoreError> {
        for zone in Zone::ALL {
            for (name, path) in files_in(&self.zone(zone))? {
                let Some(sha256) = zone.part_name(&name) else { continue };
                if !kept.contains(&(zone, sha256.to_owned())) {
                    collected.remove(&path)?;
                    collected.n_parts += 1;
                }
            }
        }
        Ok(())
    }

    pub(super) fn remove_recipes(&self, collected: &mut Collected) -> Result<(), StoreError> {
        let is_whole = |(zone, part): &(Zone, Part)| self.holds(*zone, part);
        for (name, path) in files_in(&self.recipes())? {
            if name.starts_with(TEMP_PREFIX) {
                continue;
            }
            let bytes = std::fs::read(&path).map_err(StoreError::file(&path))?;
            if !outputs_of(&bytes).is_some_and(|outputs| outputs.iter().all(is_whole)) {
                collected.remove(&path)?;
                collected.n_recipes += 1;
            }
        }
        Ok(())
    }

    /// Under the lock nobody else is writing, so every temporary file is a dead process's. Only the
    /// audit log is written without it, so appends are held off too.
    fn remove_temporary(&self, collected: &mut Collected) -> Result<(), StoreError> {
        let _held = self.hold_audit()?;
        let zones = Zone::ALL.map(|zone| self.zone(zone)).into_iter();
        for folder in zones.chain([self.runs(), self.recipes(), self.root().to_owned()]) {
            for (name, path) in files_in(&folder)? {
                if name.starts_with(TEMP_PREFIX) {
                    collected.remove(&path)?;
                    collected.n_unfinished += 1;
                }
            }
        }
        Ok(())
    }
}

/// Ids of the runs to keep.
fn kept(history: &[Manifest], nightly: usize, monthly: usize) -> BTreeSet<&str> {
    let last_of_month: BTreeMap<&str, &str> =
        history.iter().map(|run| (month_of(run), run.run_id.as_str())).collect();
    let nights = history.iter().rev().take(nightly.max(1)).map(|run| run.run_id.as_str());
    let last_for_purpose: BTreeMap<&str, &str> =
        history.iter().map(|run| (run.purpose.as_str(), run.run_id.as_str())).collect();
    let months = last_of_month.into_values().rev().take(monthly);
    nights.chain(months).chain(last_for_purpose.into_values()).collect()
}

/// `2026-04` of `2026-04-01`.
fn month_of(run: &Manifest) -> &str {
    run.as_at.get(..7).unwrap_or(&run.as_at)
}
