//! Why a pipeline cannot go on.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::contract::ContractError;
use crate::disclosure::DisclosureError;
use crate::extract::ExtractError;
use crate::link::LinkError;
use crate::models::ModelError;
use crate::pseudonymise::{ForbiddenNumber, KeyError, SealError};
use crate::report::ReportError;
use crate::store::StoreError;

use super::intake::IntakeError;

/// Why a pipeline cannot go on. No variant carries a cell's value or a key.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A declared file cannot be read.
    #[error("{}: cannot be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A declared file is not what it was when its hash was made.
    #[error("{}: it changed while it was read", .path.display())]
    FileChanged {
        /// The file.
        path: PathBuf,
    },
    /// An output cannot be written.
    #[error("{}: cannot be written: {source}", .path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A declaration is not what it must be.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Declaration {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A declaration contradicts itself.
    #[error("{}: {what}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No file lies where a delivery is declared.
    #[error("{}: no file for feed `{feed}`", .files.display())]
    NoDelivery {
        /// The feed.
        feed: String,
        /// Where one was expected.
        files: PathBuf,
    },
    /// The store was made with another key.
    #[error("the key's id is `{given}`, but the store was made with `{expected}`")]
    OtherKey {
        /// The key that was given.
        given: String,
        /// The key that made the store.
        expected: String,
    },
    /// A file beside the deliveries holds a number that the public key must not touch.
    #[error("{}: an NHS number outside the test range under the demonstration key", .path.display())]
    ForbiddenNumber {
        /// The file.
        path: PathBuf,
    },
    /// Persons were forgotten under the key that would be replaced: under another they would come back.
    #[error("{}: persons were forgotten, who would not be known under another key", .store.display())]
    ForgottenUnderOldKey {
        /// The store.
        store: PathBuf,
    },
    /// A run that was made under a key of before holds persons whom nothing follows to this key.
    #[error("run {run_id} was made under another key, and not everybody in it can be told")]
    RunOfOldKey {
        /// The run.
        run_id: String,
    },
    /// What was asked for needs identities that were destroyed.
    #[error("run {run_id}: its identities were destroyed when it had become visible")]
    IdentitiesPurged {
        /// The run.
        run_id: String,
    },
    /// The store holds no run yet.
    #[error("{}: no run yet", .store.display())]
    NoRun {
        /// The store.
        store: PathBuf,
    },
    /// The national data opt-out applies, and there is no list of allowed numbers.
    #[error("{}: no list of allowed NHS numbers, and none is kept", .path.display())]
    NoOptOutList {
        /// Where one was expected.
        path: PathBuf,
    },
    /// The newest list of allowed numbers is too old, or dated too far ahead.
    #[error(
        "the list of allowed NHS numbers is of {as_of}: more than {maximum_age_days} days from {run_on}"
    )]
    StaleOptOutList {
        /// The day of the list.
        as_of: Date,
        /// The day of the run.
        run_on: Date,
        /// For how many days a list may be used.
        maximum_age_days: u16,
    },
    /// Feeds are used without an agreement that is live for the purpose.
    #[error("no live agreement for purpose `{purpose}` on {on}: {}", .gaps.join("; "))]
    NoAgreement {
        /// The purpose.
        purpose: String,
        /// The day on which agreements had to be live.
        on: Date,
        /// Each feed, and what of its agreements there was.
        gaps: Vec<String>,
    },
    /// Persons were to be told to their practices for something else than their care.
    #[error("nobody is reidentified for `{purpose}`: only `individual_care` allows it")]
    NotForCare {
        /// The pipeline's purpose.
        purpose: String,
    },
    /// What was opened is no list for a practice.
    #[error("not a list for a practice")]
    NoList,
    /// A list cannot be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A contract is wrong, or a file breaks it as a whole.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// A delivery cannot be taken in.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// A look-up cannot be read.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The key is missing or malformed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Linkage cannot go on.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A model is wrong or its check failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Disclosure control withheld a table.
    #[error(transparent)]
    Disclosure(#[from] DisclosureError),
    /// The report cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PipelineError {
    /// A file holds a number that the public key must not touch.
    pub(super) fn forbidden(path: &Path) -> impl Fn(ForbiddenNumber) -> Self + use<> {
        let path = path.to_owned();
        move |ForbiddenNumber| Self::ForbiddenNumber { path: path.clone() }
    }

    /// A TOML error with its place in the file.
    pub(super) fn declaration(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::at(path, text, offset, error.message().to_owned())
    }

    /// A mistake at a place of a file, in bytes from its start.
    pub(super) fn at(path: &Path, text: &str, offset: usize, message: String) -> Self {
        let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        Self::Declaration { path: path.to_owned(), line, column, message }
    }
}
