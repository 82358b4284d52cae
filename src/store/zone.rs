//! Where the identity zone lies, who may reach it, and with which keys it is open.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::Arc;

use super::atomic::sync_folder;
use super::layout::{FOLDER_MODE, PRIVATE_MODE, files_in, make_folder};
use super::sealed::{Cipher, PartFile, SealFault, SealedFile};
use super::{Part, Store, StoreError, Zone};
use crate::domain::ZoneKey;

/// Permission bits of everybody but the owner.
pub(super) const OTHERS: u32 = 0o077;

impl Store {
    /// Opens the store at `root`, creating what is missing of it, with its identity zone in
    /// `directory`: a folder of its own, which may lie on another volume, or else in the store itself.
    ///
    /// # Errors
    /// [`StoreError::ZoneElsewhere`], [`StoreError::ZoneTaken`], [`StoreError::ZoneMissing`];
    /// [`StoreError::OpenZone`] or [`StoreError::AnothersZone`] if others reach it; what the file system
    /// says.
    pub fn open_with_zone(root: &Path, directory: Option<&Path>) -> Result<Self, StoreError> {
        let place = root.join(Zone::Identities.folder());
        match directory {
            Some(directory) => lead(root, &place, directory)?,
            None if place.is_symlink() => return Err(StoreError::ZoneElsewhere { path: place }),
            None => {}
        }
        let store = Self::open(root)?;
        store.check_zone()?;
        // Where the volume is not mounted there is an empty folder at most: nothing goes in there.
        if directory.is_some() && is_empty(&place)? && store.names_identities()? {
            return Err(StoreError::ZoneMissing { path: place });
        }
        Ok(store)
    }

    /// Whether the visible run names a file of the zone.
    fn names_identities(&self) -> Result<bool, StoreError> {
        let visible = self.current()?;
        Ok(visible.is_some_and(|run| run.parts().iter().any(|(zone, _)| zone.is_sealed())))
    }

    /// Opens the identity zone with one more key. The first seals what is written.
    #[must_use]
    pub fn with_zone_key(mut self, key: &ZoneKey) -> Self {
        self.keys.push(Arc::new(Cipher::new(key)));
        self
    }

    /// Refuses a zone that is not there, or that anybody but this process's user can reach.
    ///
    /// # Errors
    /// [`StoreError::ZoneMissing`], [`StoreError::OpenZone`], [`StoreError::AnothersZone`].
    pub fn check_zone(&self) -> Result<(), StoreError> {
        let path = self.zone(Zone::Identities);
        refuse_dangling(&path)?;
        let metadata = path.metadata().map_err(StoreError::file(&path))?;
        let own = own_user().map_err(StoreError::file(&path))?;
        refuse_others(&path, metadata.mode() & 0o7777, metadata.uid(), own)
    }

    /// Whether a part can be read with the keys that were given.
    ///
    /// # Errors
    /// A part that is not there, cannot be reached or is damaged: that is no other key.
    pub fn opens(&self, zone: Zone, part: &Part) -> Result<bool, StoreError> {
        match self.part_file(zone, &self.path(zone, part)) {
            Ok(_) => Ok(true),
            Err(StoreError::Sealed { fault: SealFault::OtherKey, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How many files of the identity zone cannot be read with the keys that were given.
    ///
    /// # Errors
    /// What the file system says.
    pub fn n_closed(&self) -> Result<usize, StoreError> {
        let mut n_closed = 0;
        for (_, path) in files_in(&self.zone(Zone::Identities))? {
            let opened = self.part_file(Zone::Identities, &path);
            let fault = SealFault::OtherKey;
            n_closed += usize::from(
                matches!(opened, Err(StoreError::Sealed { fault: found, .. }) if found == fault),
            );
        }
        Ok(n_closed)
    }

    /// The file of a part, open for reading.
    pub(super) fn part_file(&self, zone: Zone, path: &Path) -> Result<PartFile, StoreError> {
        let file = File::open(path).map_err(StoreError::file(path))?;
        if !zone.is_sealed() {
            return Ok(PartFile::Plain(Arc::new(file)));
        }
        let opened = SealedFile::open(file, &self.keys);
        opened.map(PartFile::Sealed).map_err(StoreError::file(path))
    }

    /// The key that seals what is written.
    pub(super) fn sealing_key(&self) -> Result<&Arc<Cipher>, StoreError> {
        self.keys.first().ok_or(StoreError::NoZoneKey)
    }
}

/// Refuses a link to a zone that is not there: its volume may not be mounted.
pub(super) fn refuse_dangling(place: &Path) -> Result<(), StoreError> {
    match place.is_symlink() && !place.exists() {
        true => Err(StoreError::ZoneMissing { path: place.to_owned() }),
        false => Ok(()),
    }
}

/// Refuses a folder with these permission bits and this owner, unless it is one's own and nobody else
/// reaches it.
fn refuse_others(path: &Path, mode: u32, owner: u32, own: u32) -> Result<(), StoreError> {
    let path = path.to_owned();
    match (mode & OTHERS, owner == own) {
        (0, true) => Ok(()),
        (0, false) => Err(StoreError::AnothersZone { path }),
        _ => Err(StoreError::OpenZone { path, mode }),
    }
}

/// Makes `place` lead to `directory`.
fn lead(root: &Path, place: &Path, directory: &Path) -> Result<(), StoreError> {
    refuse_dangling(place)?;
    make_folder(root, FOLDER_MODE)?;
    make_folder(directory, PRIVATE_MODE)?;
    let real = |path: &Path| path.canonicalize().map_err(StoreError::file(path));
    let directory = real(directory)?;
    if place.exists() && real(place)? == directory {
        return Ok(());
    }
    let is_empty_folder = !place.is_symlink() && place.is_dir() && is_empty(place)?;
    if is_empty_folder {
        std::fs::remove_dir(place).map_err(StoreError::file(place))?;
    } else if place.is_symlink() || place.exists() {
        return Err(StoreError::ZoneElsewhere { path: place.to_owned() });
    }
    // Two stores in one folder would take each other's files for rubbish.
    if !is_empty(&directory)? || directory.starts_with(real(root)?) {
        return Err(StoreError::ZoneTaken { path: directory });
    }
    symlink(&directory, place).map_err(StoreError::file(place))?;
    sync_folder(root).map_err(StoreError::file(root))
}

fn is_empty(folder: &Path) -> Result<bool, StoreError> {
    let mut entries = std::fs::read_dir(folder).map_err(StoreError::file(folder))?;
    Ok(entries.next().is_none())
}

/// The user whom this process acts as: whose the files are that it makes.
pub(super) fn own_user() -> io::Result<u32> {
    Ok(tempfile::tempfile()?.metadata()?.uid())
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::super::tests::{a_part, a_store, publish};
    use super::*;

    #[test]
    fn a_zone_that_others_reach_is_refused_and_verify_says_so() {
        let (folder, store) = a_store();
        a_part(&store, Zone::Identities, 5);
        let root = folder.path().join("store");
        let zone = store.zone(Zone::Identities);
        Store::open_with_zone(&root, None).unwrap();
        for mode in [0o710, 0o701, 0o750] {
            set_permissions(&zone, Permissions::from_mode(mode)).unwrap();
            let refused = Store::open_with_zone(&root, None);
            assert!(
                matches!(refused, Err(StoreError::OpenZone { mode: found, .. }) if found == mode)
            );
        }
        set_permissions(&zone, Permissions::from_mode(0o700)).unwrap();
        let own = own_user().unwrap();
        assert_eq!(zone.metadata().unwrap().uid(), own, "it was made by this process");
        assert!(refuse_others(&zone, 0o700, own, own).is_ok());
        let anothers = refuse_others(&zone, 0o700, own + 1, own);
        assert!(matches!(anothers, Err(StoreError::AnothersZone { .. })));
    }

    #[test]
    fn a_zone_lies_where_it_is_declared_and_in_no_folder_of_another_store() {
        let folder = tempfile::tempdir().unwrap();
        let [root, other, zone] = ["store", "other", "volume/zone"].map(|n| folder.path().join(n));
        let store = Store::open_with_zone(&root, Some(&zone)).unwrap();
        let store = store.with_zone_key(&ZoneKey::new(&[1; 32], &[2; 32]));
        let part = a_part(&store, Zone::Identities, 5);
        assert!(zone.join(format!("{}.sealed", part.sha256)).is_file());
        assert_eq!(zone.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(store.read(Zone::Identities, &part).unwrap()[0].num_rows(), 5);
        // Once it lies there it is found there, and nowhere else.
        Store::open_with_zone(&root, Some(&zone)).unwrap();
        for declared in [None, Some(folder.path().join("elsewhere"))] {
            let refused = Store::open_with_zone(&root, declared.as_deref());
            assert!(matches!(refused, Err(StoreError::ZoneElsewhere { .. })), "{declared:?}");
        }
        let taken = Store::open_with_zone(&other, Some(&zone));
        assert!(matches!(taken, Err(StoreError::ZoneTaken { .. })));
        let within = Store::open_with_zone(&other, Some(&other.join("parts")));
        assert!(matches!(within, Err(StoreError::ZoneTaken { .. })));
        // Where its volume is not mounted nothing is put in its place.
        let lock = store.lock("a test").unwrap();
        publish(&store, &lock, "2026-03-01", 5).unwrap();
        let unmounted = folder.path().join("unmounted");
        std::fs::rename(&zone, &unmounted).unwrap();
        let missing = Store::open_with_zone(&root, Some(&zone));
        assert!(matches!(missing, Err(StoreError::ZoneMissing { .. })) && !zone.exists());
        assert!(matches!(store.gc(&lock, 1, 1), Err(StoreError::ZoneMissing { .. })));
        make_folder(&zone, PRIVATE_MODE).unwrap();
        let missing = Store::open_with_zone(&root, Some(&zone));
        assert!(matches!(missing, Err(StoreError::ZoneMissing { .. })));
        std::fs::remove_dir(&zone).unwrap();
        std::fs::rename(&unmounted, &zone).unwrap();
        Store::open_with_zone(&root, Some(&zone)).unwrap();
    }
}
