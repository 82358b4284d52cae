//! Exit statuses: the scheduler reads the cause from the number.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Done.
    Done = 0,
    /// Failed for a reason without a number of its own.
    Failed = 1,
    /// The command line or a declaration was wrong.
    Usage = 2,
    /// A delivery broke its contract as a whole.
    ContractBroken = 10,
    /// A check of a model failed, or a model is wrong.
    CheckFailed = 11,
    /// Disclosure control withheld an output.
    OutputWithheld = 12,
    /// Another run holds the store.
    StoreLocked = 13,
    /// The key is missing, malformed or not the store's.
    KeyWrong = 14,
    /// No live agreement covers the use.
    NoAgreement = 15,
    /// There is no list of opt-outs that is recent enough.
    NoOptOutList = 16,
}

impl ExitStatus {
    /// Every status with its meaning, as `docs/exit-codes.md` lists them.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Done, "done"),
        (Self::Failed, "failed"),
        (Self::Usage, "the command line or a declaration is wrong"),
        (Self::ContractBroken, "a delivery breaks its contract as a whole"),
        (Self::CheckFailed, "a model is wrong, or its check failed"),
        (Self::OutputWithheld, "disclosure control withheld an output"),
        (Self::StoreLocked, "another run holds the store"),
        (Self::KeyWrong, "the key is missing, malformed or not the store's"),
        (Self::NoAgreement, "no live agreement covers the use"),
        (Self::NoOptOutList, "the list of opt-outs is missing or too old"),
    ];
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
