//! Files too large to be made in one piece.

use std::fs::OpenOptions;
use std::io::{Write, copy};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::StoreError;
use super::atomic::{OPEN_MODE, folder_of, temp_file};

/// A file that grows under a temporary name and gets its own when it is whole.
///
/// It is open only while it is written to, so that hundreds can grow at once. Dropped before it
/// is finished, it leaves nothing behind. It survives a killed process, not a power cut.
pub struct GrowingFile {
    path: PathBuf,
    temp: TempPath,
}

impl GrowingFile {
    /// An empty file that will be at `path`; creates the folder if it is missing.
    ///
    /// # Errors
    /// What the file system says.
    pub fn begin(path: &Path) -> Result<Self, StoreError> {
        let folder = folder_of(path);
        let temp = std::fs::create_dir_all(folder).and_then(|()| temp_file(folder, OPEN_MODE));
        let temp = temp.map_err(StoreError::file(path))?.into_temp_path();
        Ok(Self { path: path.to_owned(), temp })
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// What the file system says.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let file = OpenOptions::new().append(true).open(&self.temp);
        file.and_then(|mut file| file.write_all(bytes)).map_err(StoreError::file(&self.path))
    }

    /// Another file that begins with what this one holds.
    ///
    /// # Errors
    /// What the file system says.
    pub fn again(&self, path: &Path) -> Result<Self, StoreError> {
        let other = Self::begin(path)?;
        let copied = std::fs::File::open(&self.temp).and_then(|mut from| {
            copy(&mut from, &mut OpenOptions::new().append(true).open(&other.temp)?)
        });
        copied.map_err(StoreError::file(path))?;
        Ok(other)
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// What the file system says.
    pub fn finish(self) -> Result<(), StoreError> {
        let Self { path, temp } = self;
        temp.persist(&path).map_err(|refused| StoreError::file(&path)(refused.error))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn nothing_is_there_until_all_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/rows.csv");
        let mut growing = GrowingFile::begin(&path).unwrap();
        growing.append(b"one\n").unwrap();
        growing.append(b"two\n").unwrap();
        assert!(!path.exists());
        let again = growing.again(&folder.path().join("deep/again.csv")).unwrap();
        growing.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        drop(again);
        assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
    }
}
