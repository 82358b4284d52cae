//! The identity zone from outside and, as far as it opens, from within.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::super::layout::files_in;
use super::super::scanner::{Canaries, Hit, Rules, ScanError, scan, scan_part};
use super::super::sealed::SealFault;
use super::super::zone::{OTHERS, own_user};
use super::super::{Fault, StoreError, Zone};
use super::{Folder, Inspection};

impl Inspection<'_> {
    /// Who reaches what only its owner may.
    pub(super) fn modes(&mut self) -> Result<(), StoreError> {
        let own = own_user().map_err(StoreError::file(self.store.root()))?;
        for folder in [Zone::Identities, Zone::LeftOut].map(|zone| self.store.zone(zone)) {
            let files = files_in(&folder)?.into_iter().map(|(_, path)| path);
            for path in folder.is_dir().then(|| folder.clone()).into_iter().chain(files) {
                let metadata = path.metadata().map_err(StoreError::file(&path))?;
                let mode = metadata.mode() & 0o7777;
                if mode & OTHERS != 0 {
                    self.faults.push(Fault::OpenMode { path, mode });
                } else if metadata.uid() != own {
                    self.faults.push(Fault::AnothersFile { path });
                }
            }
        }
        Ok(())
    }

    /// What a file holds that it may not; nothing of a sealed one whose key was not given.
    pub(super) fn search(&self, folder: Folder, path: &Path) -> Result<Vec<Hit>, ScanError> {
        let (canaries, rules) = (Canaries::default(), Rules::default());
        match folder {
            Folder::Zone(zone) if zone.is_sealed() && !self.is_unsealed(path) => {
                match self.store.part_file(zone, path) {
                    Ok(file) => scan_part(path, &file, &canaries, &rules),
                    Err(_) if self.is_closed(zone, path) => Ok(Vec::new()),
                    Err(error) => {
                        let (path, reason) = (path.display().to_string(), error.to_string());
                        Err(ScanError::Undecodable { path, reason })
                    }
                }
            }
            _ => scan(&[path.to_owned()], &canaries, &rules),
        }
    }

    /// Whether a file lies in the identity zone as an earlier hub wrote it.
    pub(super) fn is_unsealed(&self, path: &Path) -> bool {
        self.unsealed.values().any(|unsealed| unsealed == path)
    }

    /// Rows that a part's footer counts; `None` if it has no readable footer.
    pub(super) fn rows_in(&self, zone: Zone, path: &Path) -> Option<u64> {
        let reader = SerializedFileReader::new(self.store.part_file(zone, path).ok()?).ok()?;
        u64::try_from(reader.metadata().file_metadata().num_rows()).ok()
    }

    /// Whether a file is sealed under a key that was not given.
    pub(super) fn is_closed(&self, zone: Zone, path: &Path) -> bool {
        let fault = match self.store.part_file(zone, path) {
            Err(StoreError::Sealed { fault, .. }) => Some(fault),
            _ => None,
        };
        fault == Some(SealFault::OtherKey)
    }
}
