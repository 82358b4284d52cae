//! Where everything lies under the store's root.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sealed::Cipher;
use super::{Part, RunLock, StoreError, Zone};

/// Permission bits of the store's folders and of its manifests, recipes and audit log.
pub(super) const FOLDER_MODE: u32 = 0o750;
pub(super) const FILE_MODE: u32 = 0o640;
/// Of a folder that nobody but the service user may read.
pub(super) const PRIVATE_MODE: u32 = 0o700;

/// A store on disk. Cheap to clone; holds no file open, and no state but the keys that its identity zone
/// was opened with.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    pub(super) keys: Vec<Arc<Cipher>>,
}

impl Store {
    /// Opens the store at `root`, creating what is missing of it. Its identity zone is closed until
    /// [`with_zone_key`](Self::with_zone_key).
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        make_folder(root, FOLDER_MODE)?;
        let store = Self { root: root.to_path_buf(), keys: Vec::new() };
        for zone in Zone::ALL {
            make_folder(&store.zone(zone), zone.folder_mode())?;
        }
        make_folder(&store.runs(), FOLDER_MODE)?;
        make_folder(&store.recipes(), FOLDER_MODE)?;
        Ok(store)
    }

    /// Opens the store at `root` for reading; writes nothing.
    ///
    /// # Errors
    /// [`StoreError::NoStore`] if there is none.
    pub fn open_existing(root: &Path) -> Result<Self, StoreError> {
        let store = Self { root: root.to_path_buf(), keys: Vec::new() };
        if store.runs().is_dir() && store.zone(Zone::Parts).is_dir() {
            Ok(store)
        } else {
            Err(StoreError::NoStore { path: root.to_path_buf() })
        }
    }

    /// The folder that everything lies under.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// An empty folder for what does not fit into memory during a run; what a killed run left in it
    /// is removed.
    ///
    /// # Errors
    /// [`StoreError::ForeignLock`]; what the file system says.
    pub fn spill_folder(&self, lock: &RunLock) -> Result<PathBuf, StoreError> {
        lock.check(self)?;
        let folder = self.root.join("spill");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(StoreError::file(&folder))?;
        }
        make_folder(&folder, PRIVATE_MODE)?;
        Ok(folder)
    }

    /// The file of a part.
    #[must_use]
    pub fn path(&self, zone: Zone, part: &Part) -> PathBuf {
        self.zone(zone).join(format!("{}{}", part.sha256, zone.extension()))
    }

    /// Whether a part's file is there with the size it should have.
    #[must_use]
    pub fn holds(&self, zone: Zone, part: &Part) -> bool {
        self.path(zone, part).metadata().is_ok_and(|file| file.len() == part.n_bytes)
    }

    pub(super) fn zone(&self, zone: Zone) -> PathBuf {
        self.root.join(zone.folder())
    }

    pub(super) fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    pub(super) fn manifest_path(&self, run_id: &str) -> PathBuf {
        self.runs().join(format!("{run_id}.json"))
    }

    pub(super) fn recipes(&self) -> PathBuf {
        self.root.join("recipes")
    }

    pub(super) fn current_path(&self) -> PathBuf {
        self.root.join("current")
    }

    pub(super) fn kept_list_path(&self) -> PathBuf {
        self.root.join("opt_out.json")
    }

    pub(super) fn refusal_path(&self) -> PathBuf {
        self.root.join("refused.json")
    }

    pub(super) fn audit_path(&self) -> PathBuf {
        self.root.join("audit.jsonl")
    }

    pub(super) fn audit_head_path(&self) -> PathBuf {
        self.root.join("audit.head")
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(super) fn holder_path(&self) -> PathBuf {
        self.root.join("lock.holder")
    }
}

/// Files in a folder with their names, in order of name; none if the folder is missing.
pub(super) fn files_in(folder: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::file(folder)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(StoreError::file(folder))?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, path));
        }
    }
    files.sort();
    Ok(files)
}

pub(super) fn make_folder(path: &Path, mode: u32) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(mode).create(path).map_err(StoreError::file(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_identity_zone_is_closed_to_everybody_else() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a/store")).unwrap();
        let mode = |zone| store.zone(zone).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(Zone::Identities), mode(Zone::LeftOut)), (0o700, 0o700));
        assert_eq!(mode(Zone::Parts) & 0o007, 0);
        Store::open(&folder.path().join("a/store")).unwrap();
    }

    #[test]
    fn what_a_killed_run_spilled_is_gone_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let lock = store.lock("the first").unwrap();
        let spill = store.spill_folder(&lock).unwrap();
        assert_eq!(spill.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        crate::store::write_atomic(&spill.join("left"), b"rows").unwrap();
        drop(lock);
        let lock = store.lock("the second").unwrap();
        let spill = store.spill_folder(&lock).unwrap();
        assert_eq!(std::fs::read_dir(spill).unwrap().count(), 0);
    }

    #[test]
    fn opening_for_reading_creates_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let typo = folder.path().join("stoer");
        assert!(matches!(Store::open_existing(&typo), Err(StoreError::NoStore { .. })));
        assert!(!typo.exists());
    }
}
