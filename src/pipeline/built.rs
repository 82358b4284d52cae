//! The models stage: every table that changed is made again, every other is found.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use jiff::civil::Date;

use super::area;
use super::checked::Checked;
use super::error::PipelineError;
use super::expected::{expected, expected_batch, expected_schema, leave_out_periods, news};
use super::left_out::{LeftOut, left_out_batch, left_out_schema};
use super::linked::{LEDGER_IDENTITY, LinkedParts, write};
use super::opt_out_share::{self, opt_out_share};
use super::opt_outs::Exclusion;
use super::retention::Retention;
use super::run::RECEIVED;
use super::tables::{delivery_batch, delivery_schema, offered, record_schemas};
use super::taken::Taken;
use crate::domain::Sensitivity;
use crate::models::{Engine, InputParts, Model, recipe};
use crate::printer::Printer;
use crate::store::{Manifest, Part, Recipe, Store, TableEntry, Zone};

/// The tables of a run.
pub(super) struct BuiltModels {
    /// Every table that SQL sees, besides references.
    pub(super) tables: BTreeMap<String, TableEntry>,
    pub(super) n_new: usize,
    pub(super) n_models: usize,
    /// What is to be said of expected files.
    pub(super) expected: Vec<String>,
}

/// The files of a run: those taken in, and those left out.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    pub(super) taken: &'a [Taken],
    pub(super) left_out: &'a [LeftOut],
    pub(super) retention: &'a Retention<'a>,
}

/// Who is who, and whom the purpose may not see.
pub(super) struct People<'a> {
    pub(super) linked: &'a LinkedParts,
    pub(super) exclusion: &'a Exclusion,
}

/// Builds the models in order.
///
/// # Errors
/// A model that fails, or whose check does.
pub(super) fn build_all(
    checked: &Checked,
    store: &Store,
    files: Files<'_>,
    People { linked, exclusion }: People<'_>,
    mut engine: Engine,
    printer: &Printer,
    redo: bool,
) -> Result<BuiltModels, PipelineError> {
    let (tables, expected) = sources(checked, store, files)?;
    let mut built = BuiltModels { tables, n_new: 0, n_models: 0, expected };
    let share = opt_out_share(checked, store, files.taken, linked, exclusion)?;
    built.tables.insert(opt_out_share::NAME.into(), share);
    if let Some(findings) = built.tables.get_mut("quality.finding") {
        findings.parts.extend(exclusion.finding.clone());
    }
    offer_sources(checked, &mut engine, store, &built.tables)?;
    for (name, part) in
        [("link.person_index", &linked.person_index), ("link.ledger", &linked.ledger)]
    {
        let path = store.path(Zone::Parts, part);
        engine.add_parts(name, Sensitivity::Person, &[path])?;
    }
    exclusion.apply(&mut engine)?;
    let mut inputs = input_parts(checked, &built.tables);
    inputs.insert("link.person_index".into(), vec![linked.person_index.sha256.clone()]);
    inputs.insert("link.ledger".into(), vec![linked.ledger.sha256.clone()]);
    exclusion.add_to(&mut inputs);

    let bar = printer.bar("models", checked.build_order.len() as u64);
    for name in &checked.build_order {
        bar.set_message(name.clone());
        let model = checked.catalogue.model(name)?;
        let (entry, made) = build(checked, store, &mut engine, model, &inputs, redo)?;
        printer.detail(&format!("  {name}: {} rows{}", entry.n_rows(), made.in_words()));
        inputs.insert(name.clone(), entry.parts.iter().map(|p| p.sha256.clone()).collect());
        built.tables.insert(name.clone(), entry);
        built.n_new += usize::from(made != Made::Before);
        built.n_models += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(built)
}

/// How a table came to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Before,
    Now,
    /// At the second go, with joins that can spill.
    NowSpilling,
}

impl Made {
    fn in_words(self) -> &'static str {
        match self {
            Self::Before => " (as before)",
            Self::Now => "",
            Self::NowSpilling => " (out of memory at first; again with joins that spill)",
        }
    }
}

fn build(
    checked: &Checked,
    store: &Store,
    engine: &mut Engine,
    model: &Model,
    inputs: &InputParts,
    redo: bool,
) -> Result<(TableEntry, Made), PipelineError> {
    let key =
        recipe(model, inputs, &checked.parameters, engine.settings(), env!("CARGO_PKG_VERSION"));
    let found = if redo { None } else { store.recall(&key) };
    let found = found.and_then(|made| {
        let (_, part) = made.outputs.get("rows")?.clone();
        let sensitivity = serde_json::from_value(made.summary["sensitivity"].clone()).ok()?;
        Some((part, sensitivity))
    });
    let (part, sensitivity, made): (Part, Sensitivity, Made) = match found {
        Some((part, sensitivity)) => {
            engine.add_parts(&model.name, sensitivity, &[store.path(Zone::Parts, &part)])?;
            (part, sensitivity, Made::Before)
        }
        None => {
            let (part, built) = engine.build(store, model, &checked.parameters)?;
            let sensitivity = built.table.sensitivity;
            let outputs = BTreeMap::from([("rows".to_owned(), (Zone::Parts, part.clone()))]);
            let summary = serde_json::json!({ "sensitivity": sensitivity });
            store.remember(&key, &Recipe { outputs, summary })?;
            (part, sensitivity, if built.is_retried { Made::NowSpilling } else { Made::Now })
        }
    };
    let entry = TableEntry {
        zone: Zone::Parts,
        parts: vec![part],
        recipe: key,
        sensitivity,
        grain: model.header.grain.clone(),
    };
    Ok((entry, made))
}

/// The tables that intake made: records by feed, deliveries, findings, quarantine; and what is to be
/// said of expected files.
fn sources(
    checked: &Checked,
    store: &Store,
    Files { taken, left_out, retention }: Files<'_>,
) -> Result<(BTreeMap<String, TableEntry>, Vec<String>), PipelineError> {
    let entry = |parts, sensitivity, grain: &[&str]| TableEntry {
        zone: Zone::Parts,
        parts,
        recipe: String::new(),
        sensitivity,
        grain: grain.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut tables = BTreeMap::new();
    for name in record_schemas(checked).into_keys() {
        let mut parts: Vec<Part> = taken
            .iter()
            .filter(|one| area::is_of(&name, &one.entry.feed))
            .filter_map(|one| one.standing.records.clone())
            .filter(|part| part.n_rows > 0)
            .collect();
        // In whatever order the files came, the table is the same.
        parts.sort();
        let (sensitivity, grain) = area::level(&name);
        tables.insert(name, entry(parts, sensitivity, grain));
    }
    let mut by_hash: Vec<Taken> = taken.to_vec();
    by_hash.sort_by(|a, b| (&a.entry.feed, &a.entry.file).cmp(&(&b.entry.feed, &b.entry.file)));
    let deliveries = write(store, &delivery_batch(&by_hash))?;
    tables.insert(
        "quality.delivery".into(),
        entry(vec![deliveries], Sensitivity::Aggregate, &["delivery"]),
    );
    let as_at = checked.pipeline.as_at;
    let kept_since = kept_since(store, as_at)?;
    let mut expected = expected(&checked.pipeline.delivery, taken, as_at, kept_since);
    leave_out_periods(&mut expected, |feed, period| retention.is_over(feed, period));
    let written = write(store, &expected_batch(&expected))?;
    tables.insert(
        "quality.expected".into(),
        entry(vec![written], Sensitivity::Aggregate, &["feed", "sender", "from_on"]),
    );
    let left_out = write(store, &left_out_batch(checked, left_out))?;
    tables.insert("quality.left_out".into(), entry(vec![left_out], Sensitivity::Aggregate, &[]));
    let parts = |of: &dyn Fn(&Taken) -> Part| {
        by_hash.iter().map(of).filter(|part| part.n_rows > 0).collect::<Vec<_>>()
    };
    let (findings, quarantine) = (parts(&|t| t.findings.clone()), parts(&|t| t.quarantine.clone()));
    tables.insert("quality.finding".into(), entry(findings, Sensitivity::Aggregate, &[]));
    let profiles = parts(&|t| t.profile.clone());
    tables.insert("quality.profile".into(), entry(profiles, Sensitivity::Aggregate, &[]));
    tables.insert("quality.quarantine".into(), entry(quarantine, Sensitivity::Person, &[]));
    Ok((tables, news(&expected, as_at)))
}

/// The earliest analysis date of the store's runs, this one among them.
fn kept_since(store: &Store, as_at: Date) -> Result<Date, PipelineError> {
    let runs = store.history()?;
    let dates = runs.iter().filter_map(|run| run.as_at.parse().ok());
    Ok(dates.chain([as_at]).min().unwrap_or(as_at))
}

/// Offers the tables that intake made, those without rows too.
pub(super) fn offer_sources(
    checked: &Checked,
    engine: &mut Engine,
    store: &Store,
    tables: &BTreeMap<String, TableEntry>,
) -> Result<(), PipelineError> {
    let mut schemas = record_schemas(checked);
    schemas.insert("quality.delivery".into(), delivery_schema());
    schemas.insert("quality.expected".into(), expected_schema());
    schemas.insert("quality.finding".into(), super::intake::finding_schema());
    schemas.insert("quality.left_out".into(), left_out_schema());
    schemas.insert("quality.profile".into(), super::intake::profile_schema());
    schemas.insert("quality.quarantine".into(), super::intake::quarantine_schema());
    schemas.insert(opt_out_share::NAME.into(), opt_out_share::schema());
    for (name, schema) in schemas {
        let entry = &tables[&name];
        let paths: Vec<_> = entry.parts.iter().map(|part| store.path(entry.zone, part)).collect();
        if paths.is_empty() {
            engine.add_schema(&name, entry.sensitivity, &schema)?;
        } else {
            engine.add_parts_as(&name, entry.sensitivity, &schema, &paths)?;
        }
    }
    Ok(())
}

/// The hashes behind each table that models read without making it, references included.
pub(super) fn input_parts(checked: &Checked, tables: &BTreeMap<String, TableEntry>) -> InputParts {
    let mut inputs = InputParts::new();
    for (name, entry) in tables {
        inputs.insert(name.clone(), entry.parts.iter().map(|p| p.sha256.clone()).collect());
    }
    for (name, reference) in &checked.references {
        inputs.insert(format!("reference.{name}"), vec![reference.hash.clone()]);
    }
    inputs
}

/// An engine over a run's tables, for queries.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn offer_run(
    engine: &mut Engine,
    store: &Store,
    manifest: &Manifest,
) -> Result<(), PipelineError> {
    for (name, entry) in &manifest.tables {
        let is_hidden =
            entry.zone == Zone::Identities || [RECEIVED, LEDGER_IDENTITY].contains(&name.as_str());
        if is_hidden || entry.parts.is_empty() {
            continue;
        }
        let paths: Vec<_> = entry.parts.iter().map(|part| store.path(entry.zone, part)).collect();
        let stored = engine.add_parts(name, entry.sensitivity, &paths)?;
        let offered = offered(name, &stored);
        if offered.fields().len() < stored.fields().len() {
            engine.add_parts_as(name, entry.sensitivity, &offered, &paths)?;
        }
    }
    Exclusion::of_run(store, manifest)?.apply(engine)
}

/// Every row of a table.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn rows_of(
    store: &Store,
    entry: &TableEntry,
) -> Result<Vec<RecordBatch>, PipelineError> {
    let mut batches = Vec::new();
    for part in &entry.parts {
        batches.extend(store.read(entry.zone, part)?);
    }
    // A table without rows has its columns all the same.
    if let (true, Some(part)) = (batches.is_empty(), entry.parts.first()) {
        let schema = store.stream(entry.zone, part)?.schema().clone();
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}
