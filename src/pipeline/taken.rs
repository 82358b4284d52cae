//! Taking in deliveries: each file once, and found again if nothing about it changed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::checked::{Checked, DeclaredFile, hash_of};
use super::declaration::OnBrokenFile;
use super::error::PipelineError;
use super::intake::{Delivery, Intake, IntakeError, intake};
use crate::contract::Facts;
use crate::printer::Printer;
use crate::pseudonymise::Encoder;
use crate::store::{DeliveryEntry, Part, Recipe, Store, Zone, sha256_hex};

/// One delivery that is in the store.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) entry: DeliveryEntry,
    pub(super) records: Part,
    pub(super) identities: Part,
    pub(super) quarantine: Part,
    pub(super) findings: Part,
    pub(super) is_new: bool,
}

/// What a recipe remembers of a delivery besides its parts.
#[derive(Serialize, Deserialize)]
struct Summary {
    entry: DeliveryEntry,
}

/// What every delivery is taken in with.
pub(super) struct Desk<'a> {
    pub(super) checked: &'a Checked,
    pub(super) encoder: &'a Encoder,
    pub(super) store: &'a Store,
    pub(super) printer: &'a Printer,
    pub(super) redo: bool,
}

impl Desk<'_> {
    /// Takes in every file of the pipeline, in order.
    ///
    /// # Errors
    /// A file that breaks its contract as a whole, unless the pipeline goes on without it.
    pub(super) fn take_all(&self) -> Result<(Vec<Taken>, Vec<String>), PipelineError> {
        let files = &self.checked.files;
        let sizes = files.iter().map(|f| std::fs::metadata(&f.path).map_or(0, |m| m.len()));
        let bar = self.printer.bar("extract", sizes.sum());
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for file in files {
            bar.set_message(file.feed.clone());
            let sha256 = hash_of(&file.path)?;
            if let Some(first) = seen.get(&sha256) {
                refused.push(format!("{}: the same bytes as {first}, not read again", file.name));
                continue;
            }
            seen.insert(sha256.clone(), file.name.clone());
            let progress = AtomicU64::new(0);
            let advance = |bytes: u64| {
                progress.fetch_add(bytes, Ordering::Relaxed);
                bar.inc(bytes);
            };
            match self.take(file, &sha256, &advance) {
                Ok(one) => {
                    self.printer.detail(&line(&one));
                    taken.push(one);
                }
                Err(PipelineError::Intake(error))
                    if error.is_the_files_fault()
                        && self.checked.pipeline.on_broken_file == OnBrokenFile::Continue =>
                {
                    refused.push(error.to_string());
                }
                Err(error) => return Err(error),
            }
            let size = std::fs::metadata(&file.path).map_or(0, |m| m.len());
            bar.inc(size.saturating_sub(progress.load(Ordering::Relaxed)));
        }
        bar.finish_and_clear();
        Ok((taken, refused))
    }

    fn take(
        &self,
        file: &DeclaredFile,
        sha256: &str,
        advance: &(dyn Fn(u64) + Sync),
    ) -> Result<Taken, PipelineError> {
        let recipe = self.recipe(file, sha256);
        if !self.redo
            && let Some(taken) = self.store.recall(&recipe).and_then(|made| remembered(&made))
        {
            return Ok(taken);
        }
        let (contract, _) = self.checked.contract(file);
        let contract = contract.for_delivery(file.provider.as_deref(), Facts::default());
        let delivery = Delivery { path: &file.path, sha256, name: &file.name };
        let places = &self.checked.places.0;
        let made = intake(&delivery, &contract, self.encoder, places, self.store, advance)?;
        let taken = taken(made);
        self.store.remember(&recipe, &to_recipe(&taken)?)?;
        Ok(taken)
    }

    /// Everything that the records of a file depend on.
    fn recipe(&self, file: &DeclaredFile, sha256: &str) -> String {
        let (_, contract) = self.checked.contract(file);
        let parts = [
            "intake",
            env!("CARGO_PKG_VERSION"),
            sha256,
            contract,
            self.encoder.key_id(),
            &self.checked.places.1,
            &self.checked.pipeline.purpose,
            &format!("{:?}", self.checked.pipeline.numbers),
            &file.name,
            file.provider.as_deref().unwrap_or_default(),
        ];
        sha256_hex(parts.join("\n").as_bytes())
    }
}

fn taken(made: Intake) -> Taken {
    Taken {
        entry: made.entry,
        records: made.records,
        identities: made.identities,
        quarantine: made.quarantine,
        findings: made.findings,
        is_new: true,
    }
}

fn to_recipe(taken: &Taken) -> Result<Recipe, PipelineError> {
    let outputs = [
        ("records", Zone::Parts, &taken.records),
        ("identities", Zone::Identities, &taken.identities),
        ("quarantine", Zone::Parts, &taken.quarantine),
        ("findings", Zone::Parts, &taken.findings),
    ];
    let summary = serde_json::to_value(Summary { entry: taken.entry.clone() })
        .map_err(|error| IntakeError::Summary { reason: error.to_string() })?;
    let outputs = outputs.map(|(role, zone, part)| (role.to_owned(), (zone, part.clone())));
    Ok(Recipe { outputs: BTreeMap::from(outputs), summary })
}

fn remembered(made: &Recipe) -> Option<Taken> {
    let part = |role| made.outputs.get(role).map(|(_, part)| part.clone());
    let summary: Summary = serde_json::from_value(made.summary.clone()).ok()?;
    Some(Taken {
        entry: summary.entry,
        records: part("records")?,
        identities: part("identities")?,
        quarantine: part("quarantine")?,
        findings: part("findings")?,
        is_new: false,
    })
}

fn line(taken: &Taken) -> String {
    let entry = &taken.entry;
    format!(
        "  {}: {} read = {} accepted + {} quarantined + {} filtered + {} duplicates{}",
        entry.file,
        entry.read,
        entry.accepted,
        entry.quarantined,
        entry.filtered,
        entry.duplicates,
        if taken.is_new { "" } else { " (as before)" },
    )
}
