//! The linkage stage: identities of every delivery in, person index and ledger out.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::RecordBatch;
use serde::{Deserialize, Serialize};

use super::built::rows_of;
use super::checked::{Checked, hash_of, invalid};
use super::crosswalk;
use super::decisions;
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::query::VisibleRun;
use super::rotation::Before;
use super::taken::Taken;
use super::zone::{FILTER, IDENTITY};
use crate::extract::columns_of;
use crate::link::{Identities, LinkReport, Model, Previous, SaidSame, link};
use crate::pseudonymise::Encoder;
use crate::store::{Manifest, Part, Recipe, Store, Zone, sha256_hex};

/// What linkage made.
pub(super) struct LinkedParts {
    pub(super) person_index: Part,
    pub(super) ledger: Part,
    pub(super) report: LinkReport,
    pub(super) recipe: String,
    pub(super) is_new: bool,
}

#[derive(Serialize, Deserialize)]
struct Summary {
    report: LinkReport,
}

/// Links every identity that was taken in, or finds that nothing changed.
///
/// # Errors
/// What the store or linkage says.
pub(super) fn link_all(
    checked: &Checked,
    encoder: &Encoder,
    store: &Store,
    taken: &[Taken],
    before: &Before,
    redo: bool,
) -> Result<LinkedParts, PipelineError> {
    let inputs = inputs(checked, encoder, taken)?;
    let recipe = after(&inputs, &parts_before(before.run.as_ref()));
    if !redo && let Some(found) = store.recall(&recipe).and_then(|made| remembered(&made, &recipe))
    {
        return Ok(found);
    }
    let mut batches = Vec::new();
    for identities in taken.iter().filter_map(|one| one.standing.identities.as_ref()) {
        batches.extend(store.read(Zone::Identities, identities)?);
    }
    let mut filters = Vec::new();
    for part in filters_of(taken) {
        filters.extend(store.read(Zone::Identities, part)?);
    }
    let identities = Identities::with_filters(batches, &filters)?;
    drop(filters);
    let previous = before.previous(store, taken)?;
    let superseded = superseded(&checked.pipeline, encoder)?;
    let mut said = SaidSame { superseded, ..SaidSame::default() };
    crosswalk::add(&mut said, checked, encoder, taken)?;
    said.decided = decisions::about(&checked.pipeline, &identities, encoder);
    let linked = link(
        &identities,
        &said,
        &previous,
        &checked.pipeline.link,
        &|identity| encoder.person_id(identity),
        checked.pipeline.as_at,
    )?;
    let person_index = write(store, &linked.person_index)?;
    let ledger = write(store, &linked.ledger)?;
    let outputs = BTreeMap::from([
        ("person_index".to_owned(), (Zone::Parts, person_index.clone())),
        ("ledger".to_owned(), (Zone::Parts, ledger.clone())),
    ]);
    let summary = serde_json::to_value(Summary { report: linked.summary.clone() })
        .unwrap_or(serde_json::Value::Null);
    let made = Recipe { outputs, summary };
    store.remember(&recipe, &made)?;
    // Tomorrow night, with nothing new, the same index and ledger come out again.
    let next = after(&inputs, &[person_index.sha256.clone(), ledger.sha256.clone()]);
    store.remember(&next, &made)?;
    Ok(LinkedParts { person_index, ledger, report: linked.summary, recipe, is_new: true })
}

/// The filters of the deliveries of which some identity stands.
fn filters_of(taken: &[Taken]) -> impl Iterator<Item = &Part> {
    taken.iter().filter(|one| one.standing.identities.is_some()).map(|one| &one.filters)
}

/// Reads the frozen model and the decisions that a pipeline declares, and says what is wrong with its settings.
///
/// # Errors
/// [`PipelineError::Unreadable`], [`PipelineError::Invalid`].
pub(super) fn settle(pipeline: &mut Pipeline) -> Result<(), PipelineError> {
    check_settings(pipeline)?;
    (pipeline.link.decided, pipeline.link.decisions_sha256) = decisions::read(pipeline)?;
    let weighed = &pipeline.link.weighed;
    let wrong = |path: &Path, what: String| PipelineError::Invalid { path: path.to_owned(), what };
    let Some(path) = weighed.model.as_ref().map(|path| pipeline.resolve(path)) else {
        return Ok(());
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|source| PipelineError::Unreadable { path: path.clone(), source })?;
    let model: Model =
        toml::from_str(&text).map_err(|error| wrong(&path, error.message().to_owned()))?;
    if !model.suits(weighed) {
        let what = "it was learned with other comparisons: `hub link train` makes a new one";
        return Err(wrong(&path, what.to_owned()));
    }
    pipeline.link.frozen = Some(model);
    Ok(())
}

fn check_settings(pipeline: &Pipeline) -> Result<(), PipelineError> {
    let wrong = |what| invalid(pipeline, format!("[link.weighed]: {what}"));
    pipeline.link.weighed.check().map_err(wrong)?;
    let wrong = |what| invalid(pipeline, format!("[link.drift]: {what}"));
    pipeline.link.drift.check().map_err(wrong)
}

/// A model of step 6, learned from the identities that the visible run stands on.
///
/// # Errors
/// Settings that are none; a part that cannot be read; too little to learn from.
pub fn train(run: &VisibleRun, pipeline: &Pipeline) -> Result<Model, PipelineError> {
    check_settings(pipeline)?;
    let read = |name: &str| {
        let entry = run.manifest.tables.get(name);
        entry.map_or_else(|| Ok(Vec::new()), |entry| rows_of(&run.store, entry))
    };
    let identities = Identities::with_filters(read(IDENTITY)?, &read(FILTER)?)?;
    crate::link::train(&identities, &pipeline.link.weighed).ok_or_else(|| {
        invalid(pipeline, "its identities are too few or too bare to learn from".to_owned())
    })
}

/// Everything that the partition into persons depends on.
fn inputs(checked: &Checked, encoder: &Encoder, taken: &[Taken]) -> Result<String, PipelineError> {
    let mut parts = vec!["link 2".to_owned(), env!("CARGO_PKG_VERSION").to_owned()];
    parts.push(encoder.key_id().to_owned());
    parts.push(checked.pipeline.as_at.to_string());
    if let Some(path) = &checked.pipeline.superseded_numbers {
        parts.push(hash_of(&checked.pipeline.resolve(path))?);
    }
    let settings = &checked.pipeline.link;
    parts.push(serde_json::to_string(settings).unwrap_or_default());
    parts.extend(settings.frozen.as_ref().map(Model::version));
    parts.extend(settings.decisions_sha256.clone());
    parts.extend(crosswalk::recipe(&checked.pipeline)?);
    let standing = taken.iter().filter_map(|one| one.standing.identities.as_ref());
    let mut identities: Vec<_> =
        standing.chain(filters_of(taken)).map(|part| part.sha256.clone()).collect();
    identities.sort();
    parts.extend(identities);
    Ok(parts.join("\n"))
}

/// The recipe of linkage over `inputs` after a night that left these parts.
fn after(inputs: &str, before: &[String]) -> String {
    sha256_hex(format!("{inputs}\n{}", before.join("\n")).as_bytes())
}

/// Who had which id the night before: the parts of person index and ledger.
fn parts_before(before: Option<&Manifest>) -> Vec<String> {
    let table = |name| before.and_then(|manifest| manifest.tables.get(name));
    ["link.person_index", "link.ledger"]
        .into_iter()
        .filter_map(table)
        .flat_map(|table| table.parts.iter().map(|part| part.sha256.clone()))
        .collect()
}

fn remembered(made: &Recipe, recipe: &str) -> Option<LinkedParts> {
    let part = |role| made.outputs.get(role).map(|(_, part)| part.clone());
    let summary: Summary = serde_json::from_value(made.summary.clone()).ok()?;
    Some(LinkedParts {
        person_index: part("person_index")?,
        ledger: part("ledger")?,
        report: summary.report,
        recipe: recipe.to_owned(),
        is_new: false,
    })
}

/// Who had which id in a run.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn previous(
    store: &Store,
    before: Option<&Manifest>,
) -> Result<Previous, PipelineError> {
    let Some(manifest) = before else { return Ok(Previous::default()) };
    let read = |name: &str| -> Result<Vec<RecordBatch>, PipelineError> {
        let mut batches = Vec::new();
        if let Some(table) = manifest.tables.get(name) {
            for part in &table.parts {
                batches.extend(store.read(table.zone, part)?);
            }
        }
        Ok(batches)
    };
    Ok(Previous::from_batches(&read("link.person_index")?, &read("link.ledger")?)?)
}

/// The superseded NHS numbers as declared, old and new.
pub(super) fn superseded_texts(pipeline: &Pipeline) -> Result<Vec<[String; 2]>, PipelineError> {
    let Some(path) = &pipeline.superseded_numbers else { return Ok(Vec::new()) };
    Ok(columns_of(&pipeline.resolve(path), ["old_nhs_number", "new_nhs_number"])?)
}

/// Pairs of tokens, old and new, of the superseded NHS numbers.
pub(super) fn superseded(
    pipeline: &Pipeline,
    encoder: &Encoder,
) -> Result<Vec<(u64, u64)>, PipelineError> {
    let path = pipeline.superseded_numbers.as_ref().map(|path| pipeline.resolve(path));
    let forbidden = PipelineError::forbidden(&path.unwrap_or_default());
    let token = |text: &str| encoder.nhs_token(text).map_err(&forbidden);
    let mut tokens = Vec::new();
    for [old, new] in &superseded_texts(pipeline)? {
        tokens.extend(token(old)?.zip(token(new)?));
    }
    Ok(tokens)
}

/// Writes one batch as one part.
pub(super) fn write(store: &Store, batch: &RecordBatch) -> Result<Part, PipelineError> {
    let mut writer = store.writer(Zone::Parts, batch.schema())?;
    writer.write(batch)?;
    Ok(writer.finish()?)
}
