//! A delivery, and what came of taking it in.

use std::path::Path;
use std::sync::OnceLock;

use super::IntakeError;
use crate::store::{DeliveryEntry, Part};

/// SHA-256 of a delivery's bytes, in hexadecimal, as soon as somebody has worked it out; `None` if nobody
/// wants the delivery any more.
pub type AwaitedHash = OnceLock<Option<String>>;

/// One file, known by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// Where it lies.
    pub path: &'a Path,
    /// The hash of its bytes. Until it is there no row is written.
    pub sha256: &'a AwaitedHash,
    /// What messages and tables call it.
    pub name: &'a str,
    /// Within what the contract's key tells one row from every other: the feed, its layout and its
    /// sender. The same row of another delivery has the same record id.
    pub scope: &'a str,
    /// Who sent it, if the file's name or the pipeline says so: then the scope names it too, and it is
    /// the provider of the rows of a layout that names none. Empty if only the rows say.
    pub sender: &'a str,
}

impl<'a> Delivery<'a> {
    /// The hash of its bytes; waits for it.
    ///
    /// # Errors
    /// [`IntakeError::Unwanted`] if nobody wants the delivery any more.
    pub(super) fn sha256(&self) -> Result<&'a str, IntakeError> {
        let unwanted = || IntakeError::Unwanted { path: self.path.to_owned() };
        self.sha256.wait().as_deref().ok_or_else(unwanted)
    }

    /// How records name the delivery: the first 12 digits of its hash; waits for it.
    ///
    /// # Errors
    /// [`IntakeError::Unwanted`] if nobody wants the delivery any more.
    pub(super) fn id(&self) -> Result<&'a str, IntakeError> {
        self.sha256().map(|sha256| &sha256[..12.min(sha256.len())])
    }

    /// Whether it is known that nobody wants it any more.
    pub(super) fn is_unwanted(&self) -> bool {
        self.sha256.get() == Some(&None)
    }

    /// Whether its hash is still being worked out.
    pub(super) fn is_awaited(&self) -> bool {
        self.sha256.get().is_none()
    }
}

/// Something wrong in a delivery: counted, placed, and without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The provider of the rows; `None` if unknown, or about the file as a whole.
    pub provider_code: Option<String>,
    /// The rule.
    pub rule: String,
    /// The column, as the contract names it.
    pub column: Option<String>,
    /// `info`, `warn` or `refuse`.
    pub severity: String,
    /// Rows that break the rule.
    pub n_rows: u64,
    /// The first lines, at most five.
    pub first_lines: Vec<u64>,
}

/// What came of taking a delivery in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The delivery, and where its records went. Its provider is `several` if there are; its period
    /// runs from the first to the last month of the accepted rows' events, `2023-04/2026-03`, and is
    /// empty without any.
    pub entry: DeliveryEntry,
    /// `record.<feed>`.
    pub records: Part,
    /// The `record_id`s that the delivery takes back.
    pub deletions: Part,
    /// The identity table; lies in the identity zone.
    pub identities: Part,
    /// The filters of the identities' values, each once; lie in the identity zone.
    pub filters: Part,
    /// `quality.quarantine`: the refused and repeated rows by reference.
    pub quarantine: Part,
    /// `quality.finding`.
    pub findings: Part,
    /// `quality.profile`.
    pub profile: Part,
    /// The findings themselves, for the screen.
    pub found: Vec<Finding>,
}
