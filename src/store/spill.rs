//! A private file for what does not fit into memory: nameless, so that nothing is left of it.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::layout::{PRIVATE_MODE, make_folder};
use super::{Store, StoreError};

/// A file without a name, which goes with this.
pub struct SpillFile {
    file: File,
    folder: PathBuf,
    n_bytes: u64,
}

impl Store {
    /// A new private file for what does not fit into memory.
    ///
    /// # Errors
    /// What the file system says.
    pub fn spill_file(&self) -> Result<SpillFile, StoreError> {
        let folder = self.root().join("spill");
        make_folder(&folder, PRIVATE_MODE)?;
        let file = tempfile::tempfile_in(&folder).map_err(StoreError::file(&folder))?;
        Ok(SpillFile { file, folder, n_bytes: 0 })
    }
}

impl SpillFile {
    /// Appends bytes; says where they begin.
    ///
    /// # Errors
    /// What the file system says.
    pub fn append(&mut self, bytes: &[u8]) -> Result<u64, StoreError> {
        let start = self.n_bytes;
        self.file.write_all(bytes).map_err(StoreError::file(&self.folder))?;
        self.n_bytes += bytes.len() as u64;
        Ok(start)
    }

    /// Fills `bytes` with what begins there.
    ///
    /// # Errors
    /// What the file system says; also if there is less.
    pub fn read_at(&self, start: u64, bytes: &mut [u8]) -> Result<(), StoreError> {
        self.file.read_exact_at(bytes, start).map_err(StoreError::file(&self.folder))
    }
}
