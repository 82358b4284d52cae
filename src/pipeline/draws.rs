//! Ranges of figures for uncertain links: models that hang on who is one person, made once for each draw
//! of the link set.
//!
//! The visible run stays as it is. Draws lie in the store's spill folder and go when the command ends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Float64Type;

use super::built::{input_parts, offer_sources};
use super::checked::{Checked, invalid};
use super::error::PipelineError;
use super::linked::{heard, is_linked_so, previous, write};
use super::opening::Opening;
use super::opt_outs::Exclusion;
use super::query::OF_EVERYBODY;
use super::retention::Retention;
use super::rotation::Keying;
use super::standing::settle;
use super::taken::{Desk, Taken};
use super::zone::store_of;
use crate::domain::Sensitivity;
use crate::link::{Chances, Drawing, LinkError};
use crate::methods::descriptive::{mean, quantile, variance};
use crate::models::{Answer, Engine, recipe};
use crate::printer::Printer;
use crate::pseudonymise::Encoder;
use crate::store::{AuditEntry, Manifest, Part, Store, Zone};

/// The model that says the figures: `figure`, `category`, `value`.
const FIGURES: &str = "core.person_figure";
const PERSON_INDEX: &str = "link.person_index";

/// Figures by name and category.
type Figures = BTreeMap<(String, String), f64>;

/// Figures with the range that uncertain links give them.
#[derive(Debug)]
pub struct Draws {
    /// One row for each figure.
    pub answer: Answer,
    /// What was left to chance.
    pub chances: Chances,
}

/// Draws the links of the visible run `n_draws` times and says how far its figures vary.
///
/// The night must stand on what the pipeline, its files and its decisions are now.
///
/// # Errors
/// A store that somebody else holds; identities that were destroyed; [`PipelineError::Invalid`] where the
/// visible run was made from something else; a model that fails.
pub fn draw_links(
    checked: &Checked,
    root: &Path,
    (n_draws, seed): (u32, u64),
    printer: &Printer,
) -> Result<Draws, PipelineError> {
    let store = store_of(&checked.pipeline, &checked.key, root)?;
    let run = store.current()?.ok_or_else(|| PipelineError::NoRun { store: root.to_owned() })?;
    if run.is_purged() {
        return Err(PipelineError::IdentitiesPurged { run_id: run.run_id });
    }
    let Opening { command: _, lock, encoder, .. } = Opening::of(checked, &store, Keying::AsBefore)?;
    let spill = store.spill_folder(&lock)?;
    let taken = taken(checked, &encoder, &store, printer)?;
    if !is_linked_so(checked, &encoder, &store, &taken, &run)? {
        let what = "files, settings or decisions are not those of the visible run: `hub run` first";
        return Err(invalid(&checked.pipeline, what.to_owned()));
    }
    let night = Night { checked, store: &store, run: &run, spill: &spill };
    let models = night.models()?;
    let scratch = Store::open(&spill.join("draws"))?;
    let (indexes, chances) = night.indexes(&encoder, &taken, &scratch, (n_draws, seed))?;
    let point = night.point()?;
    let mut drawn: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    let bar = printer.bar("draws", indexes.len() as u64);
    for index in &indexes {
        for (figure, value) in night.figures(&models, &scratch, index)? {
            drawn.entry(figure).or_default().push(value);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    store.spill_folder(&lock)?;
    let mut entry = AuditEntry::new("hub link draws", &run.purpose);
    let part = run.tables.get(PERSON_INDEX).and_then(|table| table.parts.first());
    entry.inputs.extend(part.map(|part| (PERSON_INDEX.to_owned(), part.sha256.clone())));
    store.audit(entry)?;
    Ok(Draws { answer: answer(&point, &mut drawn)?, chances })
}

/// The deliveries as the visible run found them.
fn taken(
    checked: &Checked,
    encoder: &Encoder,
    store: &Store,
    printer: &Printer,
) -> Result<Vec<Taken>, PipelineError> {
    let retention = Retention::new(checked, store)?;
    let desk = Desk { checked, encoder, store, printer, retention: &retention, redo: false };
    let (mut taken, mut left_out) = desk.take_all()?;
    retention.destroy(&mut taken, &mut left_out)?;
    settle(checked, store, &mut taken)?;
    Ok(taken)
}

/// The visible run, and what draws are made with.
struct Night<'a> {
    checked: &'a Checked,
    store: &'a Store,
    run: &'a Manifest,
    spill: &'a Path,
}

impl Night<'_> {
    /// The models behind the figures, in order, each with whether it hangs on the links.
    fn models(&self) -> Result<Vec<(&str, bool)>, PipelineError> {
        let needed = self.checked.catalogue.needed_for(&[FIGURES])?;
        let exclusion = Exclusion::of_run(self.store, self.run)?;
        let mut inputs = input_parts(self.checked, &self.run.tables);
        exclusion.add_to(&mut inputs);
        let engine = self.engine()?;
        let mut on_links = BTreeSet::from([PERSON_INDEX]);
        let mut models = Vec::new();
        for name in self.checked.build_order.iter().filter(|name| needed.contains(*name)) {
            let model = self.checked.catalogue.model(name)?;
            let version = env!("CARGO_PKG_VERSION");
            let key = recipe(model, &inputs, &self.checked.parameters, engine.settings(), version);
            if self.run.tables.get(name).is_none_or(|entry| entry.recipe != key) {
                let what =
                    format!("`{name}` of the visible run was made otherwise: `hub run` first");
                return Err(invalid(&self.checked.pipeline, what));
            }
            let hangs = model.needs().any(|table| on_links.contains(table));
            if hangs {
                on_links.insert(name);
            }
            models.push((name.as_str(), hangs));
        }
        Ok(models)
    }

    /// The person index of each draw.
    fn indexes(
        &self,
        encoder: &Encoder,
        taken: &[Taken],
        scratch: &Store,
        (n_draws, seed): (u32, u64),
    ) -> Result<(Vec<Part>, Chances), PipelineError> {
        let (identities, said) = heard(self.checked, encoder, self.store, taken)?;
        let (previous, _) = previous(self.store, Some(self.run))?;
        let drawing = Drawing {
            identities: &identities,
            said: &said,
            settings: &self.checked.pipeline.link,
            index: &previous.index,
            seed,
            n_draws,
        };
        let mut parts = Vec::new();
        let person_id = |identity| encoder.person_id(identity);
        let chances = drawing.each::<PipelineError>(&person_id, &mut |index| {
            parts.push(write(scratch, &index)?);
            Ok(())
        })?;
        Ok((parts, chances))
    }

    fn engine(&self) -> Result<Engine, PipelineError> {
        self.checked.engine(Some(self.spill.to_owned()))
    }

    /// The figures as the visible run has them.
    fn point(&self) -> Result<Figures, PipelineError> {
        let mut engine = self.engine()?;
        self.offer(&mut engine, FIGURES)?;
        figures(&engine, self.checked)
    }

    fn offer(&self, engine: &mut Engine, name: &str) -> Result<(), PipelineError> {
        let Some(entry) = self.run.tables.get(name) else { return Ok(()) };
        let paths: Vec<_> =
            entry.parts.iter().map(|part| self.store.path(entry.zone, part)).collect();
        engine.add_parts(name, entry.sensitivity, &paths)?;
        Ok(())
    }

    /// The figures of a draw: what hangs on the links is made anew, all else is the visible run's.
    fn figures(
        &self,
        models: &[(&str, bool)],
        scratch: &Store,
        index: &Part,
    ) -> Result<Figures, PipelineError> {
        let mut engine = self.engine()?;
        offer_sources(self.checked, &mut engine, self.store, &self.run.tables)?;
        let index = scratch.path(Zone::Parts, index);
        engine.add_parts(PERSON_INDEX, Sensitivity::Person, &[index])?;
        self.offer(&mut engine, "link.ledger")?;
        Exclusion::of_run(self.store, self.run)?.apply(&mut engine)?;
        let folder = self.spill.join("draw");
        let store = Store::open(&folder)?;
        for &(name, hangs) in models {
            if hangs {
                let model = self.checked.catalogue.model(name)?;
                engine.build(&store, model, &self.checked.parameters)?;
            } else {
                self.offer(&mut engine, name)?;
            }
        }
        let figures = figures(&engine, self.checked)?;
        drop(engine);
        std::fs::remove_dir_all(&folder)
            .map_err(|source| PipelineError::Unreadable { path: folder, source })?;
        Ok(figures)
    }
}

fn figures(engine: &Engine, checked: &Checked) -> Result<Figures, PipelineError> {
    let sql = "select figure, category, cast(value as double) as value from core.person_figure";
    let answer = engine.query(sql, &checked.parameters, &OF_EVERYBODY)?;
    let mut figures = Figures::new();
    for batch in &answer.batches {
        let [figure, category] = [0, 1]
            .map(|at| arrow::compute::cast(batch.column(at), &arrow::datatypes::DataType::Utf8));
        let (figure, category) =
            (figure.map_err(LinkError::from)?, category.map_err(LinkError::from)?);
        let (figure, category) = (figure.as_string::<i32>(), category.as_string::<i32>());
        let values = batch.column(2).as_primitive::<Float64Type>();
        for row in 0..batch.num_rows() {
            let name = (figure.value(row).to_owned(), category.value(row).to_owned());
            figures.insert(name, values.value(row));
        }
    }
    Ok(figures)
}

/// One row for each figure: `figure`, `category`, `value` of the visible run, and of the draws how many
/// have it, mean, least, most, percentiles 2.5 and 97.5, and the variance between them (by n − 1; Rubin's
/// between-imputation variance).
fn answer(
    point: &Figures,
    drawn: &mut BTreeMap<(String, String), Vec<f64>>,
) -> Result<Answer, PipelineError> {
    for figure in point.keys() {
        drawn.entry(figure.clone()).or_default();
    }
    for values in drawn.values_mut() {
        values.sort_unstable_by(f64::total_cmp);
    }
    let texts = |of: &dyn Fn(&(String, String)) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(drawn.keys().map(of)))
    };
    let numbers = |of: &dyn Fn(&[f64]) -> Option<f64>| -> ArrayRef {
        Arc::new(drawn.values().map(|values| of(values)).collect::<Float64Array>())
    };
    let n_draws = drawn.values().map(|values| i64::try_from(values.len()).unwrap_or(i64::MAX));
    let columns: [(&str, ArrayRef); 10] = [
        ("figure", texts(&|(figure, _)| figure.clone())),
        ("category", texts(&|(_, category)| category.clone())),
        (
            "value",
            Arc::new(drawn.keys().map(|key| point.get(key).copied()).collect::<Float64Array>()),
        ),
        ("n_draws", Arc::new(Int64Array::from_iter_values(n_draws))),
        ("mean", numbers(&|values| (!values.is_empty()).then(|| mean(values)))),
        ("lowest", numbers(&|values| values.first().copied())),
        ("lower_95", numbers(&|values| quantile(values, 0.025))),
        ("upper_95", numbers(&|values| quantile(values, 0.975))),
        ("highest", numbers(&|values| values.last().copied())),
        ("variance_between", numbers(&variance)),
    ];
    let columns = columns.map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(LinkError::from)?;
    Ok(Answer {
        schema: batch.schema(),
        batches: vec![batch],
        is_cut: false,
        sensitivity: Sensitivity::Aggregate,
        tables: vec![FIGURES.to_owned()],
    })
}
