//! What stands in place of NHS numbers, made again by the hub.

use super::{Crosswalk, PipelineError, for_each_number, invalid};
use crate::link::SaidSame;
use crate::pipeline::checked::Checked;
use crate::pipeline::declaration::Pipeline;
use crate::pipeline::taken::Taken;
use crate::pseudonymise::{Encoder, Issuer, MasterKey, OpenPseudonymiser, Source};

/// What stands in place of NHS numbers.
pub(super) struct AsSent<'a> {
    issuer: String,
    key_id: String,
    form: Form,
    encoder: &'a Encoder,
}

/// How it is made.
enum Form {
    Source(Source),
    OpenPseudonymiser(OpenPseudonymiser),
}

impl<'a> AsSent<'a> {
    /// As a declared crosswalk says.
    ///
    /// # Errors
    /// A salt that cannot be read.
    pub(super) fn of(
        one: &Crosswalk,
        pipeline: &Pipeline,
        key: &MasterKey,
        encoder: &'a Encoder,
    ) -> Result<Self, PipelineError> {
        if let Some(salt) = &one.open_pseudonymiser_salt {
            let salt = OpenPseudonymiser::from_file(&pipeline.resolve(salt))?;
            let form = Form::OpenPseudonymiser(salt);
            let (issuer, key_id) = (one.issuer.clone(), one.key_id.clone());
            return Ok(Self { issuer, key_id, form, encoder });
        }
        let issuer = Issuer::read(&one.issuer);
        let issuer = issuer.ok_or_else(|| invalid(pipeline, "no issuer".to_owned()))?;
        Ok(Self::of_issuer(&issuer, pipeline, key, encoder))
    }

    /// As the providers of a feed send them under its key, or one of them under its own.
    pub(super) fn of_issuer(
        issuer: &Issuer,
        pipeline: &Pipeline,
        key: &MasterKey,
        encoder: &'a Encoder,
    ) -> Self {
        let key = key.for_issuer(issuer, pipeline.numbers.policy());
        let (issuer, form) = (issuer.to_string(), Form::Source(key.source()));
        Self { issuer, key_id: key.id(), form, encoder }
    }

    /// Adds the numbers of a delivery with the pseudonyms that the provider gives them.
    pub(super) fn add_numbers(
        &self,
        said: &mut SaidSame,
        checked: &Checked,
        one: &Taken,
    ) -> Result<(), PipelineError> {
        for_each_number(checked, &one.file, |cell| said.numbers.extend(self.pair(cell)))
    }

    /// The tokens of what stands in place of a number, and of the number; `None` for what is none.
    pub(super) fn pair(&self, number: &str) -> Option<(u64, u64)> {
        let pseudonym = match &self.form {
            Form::Source(source) => source.of_number(number).ok()??,
            Form::OpenPseudonymiser(old) => old.of_number(number)?,
        };
        let token = self.encoder.pseudonym_token(&self.issuer, &self.key_id, &pseudonym);
        Some((token, self.encoder.nhs_token(number).ok()??))
    }
}
