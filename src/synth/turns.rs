//! Work that is done by many threads and handed over in order.

use std::sync::{Condvar, Mutex, PoisonError};

use super::SynthError;

/// Lets holders of numbers pass one after the other: 0, 1, 2, …
pub(crate) struct Turns {
    /// Whose turn it is; `None` once something has failed.
    next: Mutex<Option<usize>>,
    changed: Condvar,
}

impl Turns {
    /// Nobody has passed yet.
    pub(crate) fn new() -> Self {
        Self { next: Mutex::new(Some(0)), changed: Condvar::new() }
    }

    /// Waits until all before have passed, does `work` and passes.
    ///
    /// # Errors
    /// That of `work`; [`SynthError::Stopped`] if somebody failed before.
    pub(crate) fn pass<R>(
        &self,
        turn: usize,
        work: impl FnOnce() -> Result<R, SynthError>,
    ) -> Result<R, SynthError> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        while next.is_some_and(|next| next < turn) {
            next = self.changed.wait(next).unwrap_or_else(PoisonError::into_inner);
        }
        if next.is_none() {
            return Err(SynthError::Stopped);
        }
        // Nobody else's turn can come before this one has passed.
        drop(next);
        let done = work();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = next.filter(|_| done.is_ok()).map(|_| turn + 1);
        self.changed.notify_all();
        done
    }

    /// Tells everybody who waits that there is nothing to wait for.
    pub(crate) fn stop(&self) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_order_whoever_is_first() {
        let turns = Turns::new();
        let passed = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for turn in [3, 1, 0, 2] {
                let (turns, passed) = (&turns, &passed);
                scope.spawn(move || {
                    turns.pass(turn, || {
                        passed.lock().unwrap().push(turn);
                        Ok(())
                    })
                });
            }
        });
        assert_eq!(*passed.lock().unwrap(), [0, 1, 2, 3]);
    }

    #[test]
    fn whoever_waits_for_somebody_who_failed_is_told() {
        let turns = Turns::new();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| turns.pass(1, || Ok(())));
            let failed: Result<(), _> = turns.pass(0, || Err(SynthError::Stopped));
            assert!(failed.is_err());
            assert!(matches!(waits.join().unwrap(), Err(SynthError::Stopped)));
        });
    }
}
