//! Files that are there whole or not at all: temporary file, fsync, rename, fsync of the folder.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use super::StoreError;
#[cfg(test)]
use super::failpoint::{Step, reach};

/// How names of temporary files begin; what a killed process leaves under such a name is rubbish.
pub(super) const TEMP_PREFIX: &str = ".tmp-";

/// What a file that anybody may read is created with; the process's umask takes bits away.
pub(super) const OPEN_MODE: u32 = 0o666;

/// Writes a file so that readers see the old content or the new, never a part of it.
///
/// Creates the folder if it is missing. After `Ok` the file survives a power cut.
///
/// # Errors
/// What the file system says; the file is then as it was.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_with_mode(path, bytes, OPEN_MODE)
}

/// [`write_atomic`] with the file's permission bits.
pub(super) fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> Result<(), StoreError> {
    write(path, bytes, mode).map_err(StoreError::file(path))
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder)?;
    let mut temp = temp_file(folder, mode)?;
    temp.write_all(bytes)?;
    persist(temp, path)
}

/// A new file under a temporary name in `folder`.
pub(super) fn temp_file(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(TEMP_PREFIX)
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
}

/// Makes a temporary file durable and gives it its name in one step.
pub(super) fn persist(temp: NamedTempFile, path: &Path) -> io::Result<()> {
    temp.as_file().sync_all()?;
    #[cfg(test)]
    if let Err(crash) = reach(Step::TempWritten) {
        std::mem::forget(temp); // a killed process removes nothing
        return Err(crash);
    }
    temp.persist(path).map_err(|refused| refused.error)?;
    #[cfg(test)]
    reach(Step::Renamed)?;
    sync_folder(folder_of(path))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::failpoint::arm;
    use super::*;

    #[test]
    fn a_crash_before_the_rename_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/folder/report.html");
        write_atomic(&path, b"old").unwrap();
        arm(Step::TempWritten, 0);
        assert!(write_atomic(&path, b"new").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_refused_write_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(write_atomic(&folder.path().join("taken"), b"new").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_mode_asked_for_is_the_mode_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_with_mode(&path, b"x", 0o600).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
