//! The linkage stage: identities of every delivery in, person index and ledger out.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
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
use crate::link::{Identities, LinkError, LinkReport, Model, Previous, SaidSame, link};
use crate::pseudonymise::Encoder;
use crate::store::{Manifest, Part, Recipe, Store, Zone, sha256_hex};

/// The ledger's lines of identities, which no query reads.
pub(super) const LEDGER_IDENTITY: &str = "link.ledger_identity";

/// What a night says whose person index of before could not be read.
pub(super) const REPLAYED: &str = "the person index of the run before could not be read: who has which id was taken from \
     the ledger";

/// What linkage made.
pub(super) struct LinkedParts {
    pub(super) person_index: Part,
    pub(super) ledger: Part,
    /// Whose each identity is by the ledger.
    pub(super) ledger_identity: Part,
    /// Whether ids were read from the ledger, since the person index of before could not be.
    pub(super) is_replayed: bool,
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
    let (identities, said) = heard(checked, encoder, store, taken)?;
    let (previous, is_replayed) = before.previous(store, taken)?;
    let linked = link(
        &identities,
        &said,
        &previous,
        &checked.pipeline.link,
        &|identity| encoder.person_id(identity),
        checked.pipeline.as_at,
    )?;
    // Tables are made of what linkage found: what it was made from is let go first.
    drop((identities, said, previous));
    let person_index = write(store, &signed(&linked.person_index, encoder.key_id())?)?;
    let ledger = write(store, &linked.ledger)?;
    let ledger_identity = write(store, &linked.ledger_identity)?;
    let outputs = BTreeMap::from([
        ("person_index".to_owned(), (Zone::Parts, person_index.clone())),
        ("ledger".to_owned(), (Zone::Parts, ledger.clone())),
        ("ledger_identity".to_owned(), (Zone::Parts, ledger_identity.clone())),
    ]);
    let summary = serde_json::to_value(Summary { report: linked.summary.clone() })
        .unwrap_or(serde_json::Value::Null);
    let made = Recipe { outputs, summary };
    store.remember(&recipe, &made)?;
    // Tomorrow night, with nothing new, the same index and ledger come out again.
    let left = [&person_index, &ledger, &ledger_identity].map(|part| part.sha256.clone());
    store.remember(&after(&inputs, &left), &made)?;
    let report = linked.summary;
    Ok(LinkedParts {
        person_index,
        ledger,
        ledger_identity,
        is_replayed,
        report,
        recipe,
        is_new: true,
    })
}

/// Columns of `link.person_index`: those of linkage, and the key.
pub(super) fn person_index_schema() -> SchemaRef {
    let key = Field::new("key_id", DataType::Utf8, true);
    let linked = crate::link::person_index_schema();
    Arc::new(Schema::new(
        linked.fields().iter().cloned().chain([Arc::new(key)]).collect::<Vec<_>>(),
    ))
}

/// The person index with the id of the key under which each link was made; linkage itself knows no key.
fn signed(index: &RecordBatch, key_id: &str) -> Result<RecordBatch, PipelineError> {
    let is_linked = |row| index.column_by_name("step").is_some_and(|step| step.is_valid(row));
    let keys = (0..index.num_rows()).map(|row| is_linked(row).then_some(key_id));
    let mut columns = index.columns().to_vec();
    columns.push(Arc::new(keys.collect::<StringArray>()));
    Ok(RecordBatch::try_new(person_index_schema(), columns).map_err(LinkError::from)?)
}

/// The identities that were taken in, and what is said of them.
///
/// # Errors
/// What the store says; a file that cannot be read.
pub(super) fn heard(
    checked: &Checked,
    encoder: &Encoder,
    store: &Store,
    taken: &[Taken],
) -> Result<(Identities, SaidSame), PipelineError> {
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
    let superseded = superseded(&checked.pipeline, encoder)?;
    let mut said = SaidSame { superseded, ..SaidSame::default() };
    crosswalk::add(&mut said, checked, encoder, taken)?;
    said.decided = decisions::about(&checked.pipeline, &identities, encoder);
    Ok((identities, said))
}

/// Whether a run was linked from just these deliveries, by the pipeline as it is.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn is_linked_so(
    checked: &Checked,
    encoder: &Encoder,
    store: &Store,
    taken: &[Taken],
    run: &Manifest,
) -> Result<bool, PipelineError> {
    let before = parts_before(Some(run));
    let recipe = after(&inputs(checked, encoder, taken)?, &before);
    let made = store.recall(&recipe).and_then(|made| remembered(&made, &recipe));
    Ok(made.is_some_and(|made| before.first() == Some(&made.person_index.sha256)))
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
    super::nicknames::settle(pipeline)?;
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
    let mut pipeline = pipeline.clone();
    super::nicknames::settle(&mut pipeline)?;
    let pipeline = &pipeline;
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
    let mut parts = vec!["link 3".to_owned(), env!("CARGO_PKG_VERSION").to_owned()];
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

/// Who had which id the night before: the parts of person index and ledger, the index first.
fn parts_before(before: Option<&Manifest>) -> Vec<String> {
    let table = |name| before.and_then(|manifest| manifest.tables.get(name));
    ["link.person_index", "link.ledger", LEDGER_IDENTITY]
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
        ledger_identity: part("ledger_identity")?,
        is_replayed: false,
        report: summary.report,
        recipe: recipe.to_owned(),
        is_new: false,
    })
}

/// Who had which id in a run; and whether the ledger alone says so, since the run's person index is lost
/// or not to be read.
///
/// # Errors
/// A part that cannot be read: of the ledger, or of the index where the ledger says nothing of identities.
pub(super) fn previous(
    store: &Store,
    before: Option<&Manifest>,
) -> Result<(Previous, bool), PipelineError> {
    let Some(manifest) = before else { return Ok((Previous::default(), false)) };
    let read = |name: &str| -> Result<Vec<RecordBatch>, PipelineError> {
        let mut batches = Vec::new();
        if let Some(table) = manifest.tables.get(name) {
            for part in &table.parts {
                batches.extend(store.read(table.zone, part)?);
            }
        }
        Ok(batches)
    };
    let ledger = read("link.ledger")?;
    let has_identities = manifest.tables.contains_key(LEDGER_IDENTITY);
    let index =
        read("link.person_index").and_then(|index| Ok(Previous::from_batches(&index, &ledger)?));
    match index {
        Ok(previous) if has_identities => {
            Ok((previous.with_identities(&read(LEDGER_IDENTITY)?)?, false))
        }
        Err(_) if has_identities => {
            Ok((Previous::replayed(&ledger, &read(LEDGER_IDENTITY)?)?, true))
        }
        other => Ok((other?, false)),
    }
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
