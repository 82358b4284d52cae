//! A big file is worked on while its hash is still being worked out.
//!
//! A night begins with the hashes of its files, which tell what is new. Many files keep all processors at
//! it; a file that is bigger than all others together keeps one, and the others begin to take it in. What
//! comes of that waits in memory, and is used if the file turns out to be wanted; else no row is written.

use std::panic::resume_unwind;
use std::sync::atomic::AtomicU64;
use std::thread::{Scope, ScopedJoinHandle};

use super::intake::{AwaitedHash, Intake, IntakeError};

/// Bytes of a file that is worth it.
const FEWEST_BYTES: u64 = 64 << 20;

/// The file that is begun ahead of its hash.
pub(super) struct Ahead {
    /// Its place among the files.
    pub(super) place: usize,
    pub(super) sha256: AwaitedHash,
    /// Bytes of it that are done.
    pub(super) n_bytes: AtomicU64,
}

impl Ahead {
    /// The file that all others would wait for, if there is one and nothing says that it is known.
    pub(super) fn of(sizes: &[u64], is_new: impl Fn(usize) -> bool) -> Option<Self> {
        let (place, size) = sizes.iter().enumerate().max_by_key(|(_, size)| **size)?;
        let others = sizes.iter().sum::<u64>() - size;
        let is_worth_it = *size >= FEWEST_BYTES && *size > others && is_new(place);
        is_worth_it.then(|| Self { place, sha256: AwaitedHash::new(), n_bytes: AtomicU64::new(0) })
    }

    /// Begins to take it in, which ends with this if nobody wants it.
    pub(super) fn begin<'scope>(
        &'scope self,
        threads: &'scope Scope<'scope, '_>,
        take_in: impl FnOnce() -> Result<Intake, IntakeError> + Send + 'scope,
    ) -> Begun<'scope> {
        Begun { ahead: self, made: Some(threads.spawn(take_in)) }
    }
}

/// A file that is being taken in already.
pub(super) struct Begun<'scope> {
    pub(super) ahead: &'scope Ahead,
    made: Option<ScopedJoinHandle<'scope, Result<Intake, IntakeError>>>,
}

impl Begun<'_> {
    /// The same, of which it is known now that it is wanted, and which hash it has.
    pub(super) fn with_hash(self, sha256: &str) -> Self {
        let _ = self.ahead.sha256.set(Some(sha256.to_owned()));
        self
    }

    /// What comes of the file.
    pub(super) fn finish(mut self) -> Option<Result<Intake, IntakeError>> {
        self.made.take().map(|made| made.join().unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        let _ = self.ahead.sha256.set(None);
        // Nobody wants what comes of it, not even that it failed.
        let _ = self.made.take().map(ScopedJoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_others_would_wait_for_is_begun_if_it_is_new() {
        let place = |sizes: &[u64], known: usize| {
            Ahead::of(sizes, |place| place != known).map(|ahead| ahead.place)
        };
        let one = FEWEST_BYTES;
        assert_eq!(place(&[5, one, 7], 9), Some(1));
        assert_eq!(place(&[5, one, 7], 1), None, "it is known");
        assert_eq!(place(&[one, one, 7], 9), None, "two keep two processors");
        assert_eq!(place(&[5, one - 1, 7], 9), None, "small files are soon done");
        assert_eq!(place(&[], 9), None);
    }

    #[test]
    fn who_is_not_wanted_hears_of_it() {
        let ahead = Ahead::of(&[FEWEST_BYTES], |_| true).unwrap();
        std::thread::scope(|threads| {
            let waits = || match ahead.sha256.wait() {
                None => Err(IntakeError::Unwanted { path: "f.csv".into() }),
                Some(_) => unreachable!("nobody said a hash"),
            };
            drop(ahead.begin(threads, waits));
        });
        assert_eq!(ahead.sha256.get(), Some(&None));
        let ahead = Ahead::of(&[FEWEST_BYTES], |_| true).unwrap();
        let hears = || match ahead.sha256.wait().as_deref() {
            Some("ab") => Err(IntakeError::Batch { path: "f.csv".into() }),
            other => unreachable!("{other:?}"),
        };
        let made =
            std::thread::scope(|threads| ahead.begin(threads, hears).with_hash("ab").finish());
        assert!(matches!(made, Some(Err(IntakeError::Batch { .. }))));
    }
}
