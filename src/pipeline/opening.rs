//! How a night begins: with the lock, under the right key, after what earlier nights left undone, knowing
//! whom not to take in.

use super::checked::Checked;
use super::crosswalk;
use super::error::PipelineError;
use super::forget::{has_marks, marks};
use super::rotation::{Before, Keying};
use super::run::encoder;
use super::zone::purge_history;
use crate::pseudonymise::Encoder;
use crate::store::{Manifest, RunLock, Store};

/// What a night has when it begins.
pub(super) struct Opening {
    /// The command that the audit log names.
    pub(super) command: String,
    pub(super) lock: RunLock,
    /// What it goes on from.
    pub(super) before: Before,
    /// The run that is visible until this one is.
    pub(super) visible: Option<Manifest>,
    /// Knows who is to be forgotten.
    pub(super) encoder: Encoder,
}

impl Opening {
    /// # Errors
    /// A store that somebody else holds; the wrong key; what the store says.
    pub(super) fn of(
        checked: &Checked,
        store: &Store,
        keying: Keying<'_>,
    ) -> Result<Self, PipelineError> {
        let pipeline = &checked.pipeline;
        let command = match keying {
            Keying::AsBefore => format!("hub run {}", pipeline.name),
            Keying::Rotate(_) => format!("hub key rotate {}", pipeline.name),
        };
        let lock = store.lock(&command)?;
        let mut before = Before::of(checked, store, keying)?;
        if store.seal_unsealed(&lock)? > 0 {
            before = Before::of(checked, store, keying)?;
        }
        store.lift_refusal(&lock, &pipeline.purpose)?;
        store.finish_destruction(&lock)?;
        if pipeline.identity_zone.purges() {
            purge_history(store, &lock)?;
        }
        let visible = store.current()?;
        let encoder = encoder_of(checked, store, visible.as_ref())?;
        Ok(Self { command, lock, before, visible, encoder })
    }
}

/// The encoder of a night, which knows who is to be forgotten: whoever is, is so for every purpose.
fn encoder_of(
    checked: &Checked,
    store: &Store,
    visible: Option<&Manifest>,
) -> Result<Encoder, PipelineError> {
    let pipeline = &checked.pipeline;
    let encoder = encoder(pipeline, &checked.key);
    // A second purpose may follow the first to its key.
    if visible.is_some_and(|run| run.key_id != checked.key.id()) {
        return match has_marks(visible) {
            true => Err(PipelineError::ForgottenUnderOldKey { store: store.root().to_owned() }),
            false => Ok(encoder),
        };
    }
    let forgotten = marks(store, visible)?;
    if forgotten.is_empty() {
        return Ok(encoder);
    }
    let encoder = encoder.forgetting(forgotten);
    let marks = encoder.marks_of_pseudonyms(&crosswalk::forgotten(pipeline, &encoder)?);
    Ok(encoder.forgetting(marks))
}
