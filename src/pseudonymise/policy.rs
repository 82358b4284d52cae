//! Which NHS numbers a pipeline takes.

use crate::domain::NhsNumberClass;

/// Which NHS numbers a pipeline takes. A number of a refused class is treated as missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberPolicy {
    /// Live data: numbers set aside for tests are refused.
    Live,
    /// The sample: only numbers set aside for tests are taken.
    Test,
}

impl NumberPolicy {
    /// Whether a number of this class is taken.
    #[must_use]
    pub fn takes(self, class: NhsNumberClass) -> bool {
        (class == NhsNumberClass::Test) == (self == Self::Test)
    }
}

/// A valid number outside the test range was met under a key that is for tests alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an NHS number that may be a living person's, under a key for test numbers alone")]
pub struct ForbiddenNumber;
