//! From an error to one clear message, a hint and an exit status.

use super::ExitStatus;
use crate::contract::ContractError;
use crate::pipeline::PipelineError;
use crate::pipeline::intake::IntakeError;
use crate::printer::Printer;
use crate::store::{SealFault, StoreError};

/// Prints `error` with a hint where there is one, and says how the command ended.
pub(super) fn explain(error: &anyhow::Error, printer: &Printer) -> ExitStatus {
    let (status, hint) = cause(error);
    let mut text = String::new();
    for (i, part) in error.chain().map(ToString::to_string).enumerate() {
        // A transparent error repeats its source's text; say it once.
        if i == 0 {
            text = part;
        } else if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
    }
    printer.error(&text, hint);
    status
}

fn cause(error: &anyhow::Error) -> (ExitStatus, Option<&'static str>) {
    if let Some(usage) = error.downcast_ref::<UsageError>() {
        return (ExitStatus::Usage, usage.hint);
    }
    if let Some(error) = error.downcast_ref::<PipelineError>() {
        return of_pipeline(error);
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return of_store(error);
    }
    if error.downcast_ref::<crate::models::ModelError>().is_some() {
        return (ExitStatus::CheckFailed, None);
    }
    if error.downcast_ref::<crate::pseudonymise::KeyError>().is_some() {
        return (ExitStatus::KeyWrong, Some(KEY_HINT));
    }
    if error.downcast_ref::<ContractError>().is_some() {
        return (ExitStatus::Usage, None);
    }
    (ExitStatus::Failed, None)
}

const KEY_HINT: &str =
    "`hub key new FILE` makes one; `key = { file = … }` in the pipeline names it";

fn of_pipeline(error: &PipelineError) -> (ExitStatus, Option<&'static str>) {
    match error {
        PipelineError::Unreadable { .. } => {
            (ExitStatus::Usage, Some("paths in a pipeline file are relative to that file"))
        }
        PipelineError::FileChanged { .. } => (
            ExitStatus::Failed,
            Some("the run before is still visible: run again once the file is whole"),
        ),
        PipelineError::NoDelivery { .. } => (
            ExitStatus::Usage,
            Some("take the delivery out of the pipeline, or put the file there"),
        ),
        PipelineError::Declaration { .. } | PipelineError::Invalid { .. } => {
            (ExitStatus::Usage, None)
        }
        PipelineError::OtherKey { .. } => (
            ExitStatus::KeyWrong,
            Some(
                "two keys' pseudonyms never join: use the store's key, or another --store; \
                 `hub key rotate PIPELINE` takes the store to a new key",
            ),
        ),
        PipelineError::RunOfOldKey { .. } => (
            ExitStatus::KeyWrong,
            Some("`hub store gc --nightly 1 --monthly 0` lets go of runs under keys of before"),
        ),
        PipelineError::ForgottenUnderOldKey { .. } => (
            ExitStatus::KeyWrong,
            Some(
                "a store of which nobody was forgotten takes a new key: make one anew in another \
                 --store, and forget them there",
            ),
        ),
        PipelineError::IdentitiesPurged { .. } => (
            ExitStatus::Failed,
            Some(
                "with `after_run = \"keep\"` in [identity_zone] `hub run` takes the files in again and keeps \
                 them: then ask again; `hub store gc` lets go of runs whose files are gone",
            ),
        ),
        PipelineError::NoAgreement { .. } => (
            ExitStatus::NoAgreement,
            Some(
                "[agreement.<id>] declares one; a feed that may no longer be used leaves the pipeline \
                 with its [[delivery]]",
            ),
        ),
        PipelineError::ForbiddenNumber { .. } => (
            ExitStatus::ContractBroken,
            Some("the public key is for numbers of the test range: `hub key new FILE` makes one"),
        ),
        PipelineError::NotForCare { .. } => (ExitStatus::NoAgreement, None),
        PipelineError::NoList => (ExitStatus::Failed, None),
        PipelineError::Seal(_) => (
            ExitStatus::KeyWrong,
            Some("`age-keygen` makes a pair of keys; the public one goes out"),
        ),
        PipelineError::NoOptOutList { .. } | PipelineError::StaleOptOutList { .. } => (
            ExitStatus::NoOptOutList,
            Some(
                "send the city's numbers to the check for national data opt-outs and put its answer \
                 there; `--run-on` says what day it is",
            ),
        ),
        PipelineError::Key(_) => (ExitStatus::KeyWrong, Some(KEY_HINT)),
        PipelineError::NoRun { .. } => {
            (ExitStatus::Usage, Some("`hub run PIPELINE` makes one; --store names another store"))
        }
        PipelineError::Contract(
            ContractError::Declaration { .. } | ContractError::Unreadable { .. },
        ) => (ExitStatus::Usage, Some("`hub check PIPELINE` shows every mistake with its line")),
        PipelineError::Contract(_) => (ExitStatus::ContractBroken, None),
        PipelineError::Intake(error) => of_intake(error),
        PipelineError::Model(_) => (ExitStatus::CheckFailed, None),
        PipelineError::Disclosure(_) => (ExitStatus::OutputWithheld, None),
        PipelineError::Store(error) => of_store(error),
        PipelineError::Extract(_) => (ExitStatus::Usage, None),
        PipelineError::Unwritable { .. } | PipelineError::Link(_) | PipelineError::Report(_) => {
            (ExitStatus::Failed, None)
        }
    }
}

fn of_intake(error: &IntakeError) -> (ExitStatus, Option<&'static str>) {
    match error {
        IntakeError::Store(error) => of_store(error),
        _ => (
            ExitStatus::ContractBroken,
            Some("`on_broken_file = \"continue\"` goes on without the file and says so"),
        ),
    }
}

fn of_store(error: &StoreError) -> (ExitStatus, Option<&'static str>) {
    match error {
        StoreError::Locked { .. } => {
            (ExitStatus::StoreLocked, Some("wait for that run to end; the lock goes with it"))
        }
        StoreError::Sealed { fault: SealFault::OtherKey, .. } | StoreError::NoZoneKey => {
            (ExitStatus::KeyWrong, Some("only the key that sealed the identity zone opens it"))
        }
        StoreError::OpenZone { .. } => (ExitStatus::Failed, Some("`chmod 700` closes it")),
        StoreError::AnothersZone { .. } => {
            (ExitStatus::Failed, Some("the user whose it is runs the hub, and nobody else"))
        }
        StoreError::ZoneElsewhere { .. } => (
            ExitStatus::Usage,
            Some(
                "[identity_zone] says where it is to lie; to move it, move its folder there and put a \
                 link to that in its place",
            ),
        ),
        StoreError::UnsealedZone { .. } => {
            (ExitStatus::Failed, Some("the next `hub run` seals it"))
        }
        StoreError::ZoneMissing { .. } => {
            (ExitStatus::Failed, Some("is the volume that it lies on mounted?"))
        }
        StoreError::ZoneTaken { .. } => {
            (ExitStatus::Usage, Some("each store needs a folder of its own, outside of it"))
        }
        _ => (ExitStatus::Failed, None),
    }
}

/// The command was typed in a way that means nothing.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct UsageError {
    message: String,
    hint: Option<&'static str>,
}

impl UsageError {
    pub(super) fn new(message: impl Into<String>, hint: Option<&'static str>) -> Self {
        Self { message: message.into(), hint }
    }
}
