//! The lock that keeps a second run out: the kernel's, so that a killed run frees it.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::Duration;

use super::atomic::write_with_mode;
use super::audit::now;
use super::layout::FILE_MODE;
use super::{Store, StoreError};

/// How often a loser looks for the winner's description, which comes moments after the lock.
const LOOKS_FOR_HOLDER: usize = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// The right to change the store, for as long as this lives.
#[derive(Debug)]
pub struct RunLock {
    file: File,
    holder_path: PathBuf,
    command: String,
}

impl Store {
    /// Takes the store's lock, without waiting for it. `holder` is the command that asks.
    ///
    /// # Errors
    /// [`StoreError::Locked`] names the holder's process, command and start.
    pub fn lock(&self, holder: &str) -> Result<RunLock, StoreError> {
        let path = self.lock_path();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(FILE_MODE)
            .open(&path)
            .map_err(StoreError::file(&path))?;
        match file.try_lock() {
            Ok(()) => self.sign(file, holder),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { holder: self.holder() }),
            Err(TryLockError::Error(error)) => Err(StoreError::file(&path)(error)),
        }
    }

    /// Writes beside the lock who holds it.
    fn sign(&self, file: File, command: &str) -> Result<RunLock, StoreError> {
        let holder_path = self.holder_path();
        // What a killed run left must not be read as this one's.
        let _ = std::fs::remove_file(&holder_path);
        let process = std::process::id();
        let text = format!("process {process}, `{command}`, since {}\n", now());
        write_with_mode(&holder_path, text.as_bytes(), FILE_MODE)?;
        Ok(RunLock { file, holder_path, command: command.to_owned() })
    }

    fn holder(&self) -> String {
        for _ in 0..LOOKS_FOR_HOLDER {
            if let Ok(text) = std::fs::read_to_string(self.holder_path()) {
                return text.trim_end().to_owned();
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
        "a process that left no description".to_owned()
    }
}

impl RunLock {
    /// The command that took the lock.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Refuses to act on a store that this lock does not lock.
    pub(super) fn check(&self, store: &Store) -> Result<(), StoreError> {
        let path = store.lock_path();
        let held = self.file.metadata().map_err(StoreError::file(&path))?;
        let there = path.metadata().map_err(StoreError::file(&path))?;
        let is_same = (held.dev(), held.ino()) == (there.dev(), there.ino());
        if is_same { Ok(()) } else { Err(StoreError::ForeignLock) }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.holder_path);
        let _ = self.file.unlock(); // closing the file would do it too
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn of_eight_starters_one_wins_and_the_others_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (start, end) = (Barrier::new(8), Barrier::new(8));
        let outcomes: Vec<Result<(), String>> = std::thread::scope(|scope| {
            let starters: Vec<_> = (0..8)
                .map(|i| {
                    let (store, start, end) = (&store, &start, &end);
                    scope.spawn(move || {
                        start.wait();
                        let lock = store.lock(&format!("hub run {i}.toml"));
                        end.wait(); // the winner holds on until all have tried
                        lock.map(drop).map_err(|error| error.to_string())
                    })
                })
                .collect();
            starters.into_iter().map(|starter| starter.join().unwrap()).collect()
        });
        let winner = outcomes.iter().position(Result::is_ok).unwrap();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let named = format!("process {}, `hub run {winner}.toml`, since ", std::process::id());
        for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert!(outcome.contains(&named), "{outcome}");
        }
    }

    #[test]
    fn a_released_lock_can_be_taken_again_and_a_killed_holders_name_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        drop(store.lock("hub run first.toml").unwrap());
        assert!(!store.holder_path().exists());
        super::super::write_atomic(&store.holder_path(), b"process 1, `killed`, since then\n")
            .unwrap();
        let _lock = store.lock("hub run second.toml").unwrap();
        let error = store.lock("hub run third.toml").unwrap_err().to_string();
        assert!(error.contains("`hub run second.toml`"), "{error}");
    }

    #[test]
    fn a_lock_is_good_for_its_own_store_only() {
        let folder = tempfile::tempdir().unwrap();
        let one = Store::open(&folder.path().join("one")).unwrap();
        let other = Store::open(&folder.path().join("other")).unwrap();
        let lock = one.lock("hub run").unwrap();
        let _other = other.lock("hub run").unwrap();
        assert!(lock.check(&one).is_ok());
        assert!(matches!(lock.check(&other), Err(StoreError::ForeignLock)));
    }
}
