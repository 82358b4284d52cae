//! What may be kept for a limited time only: the list of allowed numbers, and whom a run leaves out.
//!
//! The list lies in the identity zone; whom a run leaves out in a folder of its own, that a query can
//! read without the zone's key. Both are apart from every record, and in no run's tables. There is one list
//! at a time, and what a run left out goes when another run takes its place.

use std::io;

use serde::{Deserialize, Serialize};

use super::atomic::write_with_mode;
use super::layout::FILE_MODE;
use super::{Manifest, Part, RunLock, Store, StoreError, Zone};

/// A list that was turned into tokens: where they lie, and how old it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptList {
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// The day of the list, `2026-03-30`.
    pub as_of: String,
    /// Which key made the tokens.
    pub key_id: String,
    /// The tokens, in the identity zone.
    pub tokens: Part,
    /// What was wrong with lines of the file: the rule, and how many lines.
    pub findings: Vec<(String, u64)>,
}

/// What a run was told about opt-outs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptOutEntry {
    /// The day of the list of allowed numbers; none if it does not apply to the purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// SHA-256 of that list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_sha256: Option<String>,
    /// Ids that are left out of each table; none if nobody is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Part>,
}

impl Store {
    /// The list that is kept; `None` if there is none, or it is not whole.
    #[must_use]
    pub fn kept_list(&self) -> Option<KeptList> {
        self.list_as_written().filter(|list| self.holds(Zone::Identities, &list.tokens))
    }

    /// The list as it was written down, whole or not.
    pub(super) fn list_as_written(&self) -> Option<KeptList> {
        let bytes = std::fs::read(self.kept_list_path()).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps a list in place of the one before, whose tokens are removed.
    ///
    /// # Errors
    /// [`StoreError::ForeignLock`]; what the file system says.
    pub fn keep_list(&self, lock: &RunLock, list: &KeptList) -> Result<(), StoreError> {
        lock.check(self)?;
        let before = self.kept_list();
        let bytes = serde_json::to_vec_pretty(list)
            .map_err(|source| StoreError::Json { what: "list", source })?;
        write_with_mode(&self.kept_list_path(), &bytes, FILE_MODE)?;
        match before {
            Some(before) if before.tokens != list.tokens => {
                self.remove_kept(Zone::Identities, &before.tokens)
            }
            _ => Ok(()),
        }
    }

    /// Removes the list that is kept.
    ///
    /// # Errors
    /// [`StoreError::ForeignLock`]; what the file system says.
    pub fn forget_list(&self, lock: &RunLock) -> Result<(), StoreError> {
        lock.check(self)?;
        if let Some(list) = self.kept_list() {
            self.remove_kept(Zone::Identities, &list.tokens)?;
        }
        let path = self.kept_list_path();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::file(&path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what the run before left out, unless `visible` leaves out the same.
    pub(super) fn forget_left_out(
        &self,
        before: Option<&Manifest>,
        visible: &Manifest,
    ) -> Result<(), StoreError> {
        let now = visible.left_out();
        match before.and_then(Manifest::left_out).filter(|before| Some(*before) != now) {
            Some(before) => self.remove_kept(Zone::LeftOut, before),
            None => Ok(()),
        }
    }

    /// Parts that no run's tables hold and that are needed all the same.
    pub(super) fn kept_parts(&self) -> Result<Vec<(Zone, Part)>, StoreError> {
        let visible = self.current()?;
        let left_out = visible.as_ref().and_then(Manifest::left_out).cloned();
        let list = self.kept_list().map(|list| (Zone::Identities, list.tokens));
        Ok(list.into_iter().chain(left_out.map(|part| (Zone::LeftOut, part))).collect())
    }

    fn remove_kept(&self, zone: Zone, part: &Part) -> Result<(), StoreError> {
        let path = self.path(zone, part);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::file(&path)(error))
            }
            _ => Ok(()),
        }
    }
}

impl Manifest {
    /// Ids that the run leaves out of its tables.
    #[must_use]
    pub fn left_out(&self) -> Option<&Part> {
        self.opt_out.as_ref()?.left_out.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{a_part, a_store};
    use super::*;

    fn list(tokens: Part, as_of: &str) -> KeptList {
        let (sha256, key_id) = ("ab".repeat(32), "k".to_owned());
        KeptList { sha256, as_of: as_of.to_owned(), key_id, tokens, findings: Vec::new() }
    }

    #[test]
    fn a_new_list_takes_the_place_of_the_old_and_a_forgotten_one_leaves_nothing() {
        let (_folder, store) = a_store();
        let lock = store.lock("a test").unwrap();
        assert_eq!(store.kept_list(), None);
        let [old, new] = [5, 6].map(|n| a_part(&store, Zone::Identities, n));
        store.keep_list(&lock, &list(old.clone(), "2026-03-01")).unwrap();
        store.keep_list(&lock, &list(new.clone(), "2026-03-08")).unwrap();
        assert_eq!(store.kept_list().unwrap().as_of, "2026-03-08");
        assert!(!store.holds(Zone::Identities, &old));
        // What is kept is no rubbish, and a store with a list verifies.
        store.gc(&lock, 1, 1).unwrap();
        assert!(store.holds(Zone::Identities, &new));
        assert_eq!(store.verify().unwrap(), []);
        store.forget_list(&lock).unwrap();
        assert_eq!(store.kept_list(), None);
        assert!(!store.holds(Zone::Identities, &new));
        store.forget_list(&lock).unwrap();
    }
}
