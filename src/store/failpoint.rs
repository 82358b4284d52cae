//! Where tests let the store crash: at a step, what would have run after it never runs.

use std::cell::Cell;
use std::io;

/// A step after which a test may stop the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A temporary file is written, not yet named.
    TempWritten,
    /// A file has its name, its folder is not yet synced.
    Renamed,
    /// The manifest is in `runs`, unrecorded.
    ManifestWritten,
    /// The audit log names the run, `current` does not.
    PublishRecorded,
    /// An audit line is appended, the head not yet moved.
    AuditAppended,
    /// The removals are recorded, nothing is removed yet.
    RemovalRecorded,
    /// A file that nothing needs any more is removed, others are to come.
    FileRemoved,
}

thread_local! {
    static ARMED: Cell<Option<(Step, u32)>> = const { Cell::new(None) };
}

/// Stops this thread's store at the `n`th time (from 0) that it reaches `step`.
pub(super) fn arm(step: Step, n: u32) {
    ARMED.set(Some((step, n)));
}

/// Stops here if armed for this step; disarms itself.
pub(super) fn reach(step: Step) -> io::Result<()> {
    match ARMED.get() {
        Some((armed, 0)) if armed == step => {
            ARMED.set(None);
            Err(io::Error::other("failpoint"))
        }
        Some((armed, n)) if armed == step => {
            ARMED.set(Some((armed, n - 1)));
            Ok(())
        }
        _ => Ok(()),
    }
}
