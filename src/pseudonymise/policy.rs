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

/// Whether a number of this class may belong to a living person: the public key must never touch it.
pub(super) fn is_issued(class: NhsNumberClass) -> bool {
    use NhsNumberClass::{Chi, EnglandWales, NorthernIreland, Test, Unallocated};
    match class {
        EnglandWales | NorthernIreland | Chi => true,
        Test | Unallocated => false,
    }
}
