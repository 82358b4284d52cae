//! Who has told a practice that what it holds must not leave it.
//!
//! The dissent and its withdrawal are coded entries of the practice's record. The latest by date
//! counts, over all entries of a person; on one day a dissent goes before a withdrawal.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};

use super::checked::{Checked, Contracts};
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::linked::LinkedParts;
use super::query::OF_EVERYBODY;
use super::tables::record_schemas;
use super::taken::Taken;
use crate::domain::{Sensitivity, days_since_epoch};
use crate::models::{Catalogue, Model, Parameters};
use crate::store::{Store, Zone};

/// The reference table of codes.
pub(super) const CODES: &str = "type1_opt_out";
/// The feed that tells, and the model that says what an entry of it means in any layout.
const FEED: &str = "gp_event";
const MODEL: &str = "base.gp_event";
/// The registration list, which the Personal Demographics Service holds.
const LIST: &str = "gp_registration";

const QUERY: &str = include_str!("type1.sql");
const CTV3_QUERY: &str = include_str!("type1_ctv3.sql");
/// An entry: whose, on which day (since 1970-01-01), and whether it dissents.
pub(super) type Entry = (i64, i32, bool);

/// The models that tell what an entry means, in the order in which they read each other.
///
/// # Errors
/// Models that read each other.
pub(super) fn models(catalogue: &Catalogue) -> Result<Vec<Model>, PipelineError> {
    if !catalogue.contains(MODEL) {
        return Ok(Vec::new());
    }
    let needed = catalogue.needed_for(&[MODEL])?;
    let order = catalogue.build_order(&|table| !catalogue.contains(table))?;
    Ok(order.into_iter().filter(|model| needed.contains(&model.name)).cloned().collect())
}

/// The feeds that come from practices' own records.
pub(super) fn feeds(pipeline: &Pipeline, contracts: &Contracts) -> BTreeSet<String> {
    let declared = pipeline.opt_out.as_ref().and_then(|source| source.type1_feeds.clone());
    declared.map_or_else(
        || {
            let contracts = contracts.values().map(|(contract, _)| contract);
            let from_practices = contracts.filter(|c| c.sector == "primary_care" && c.feed != LIST);
            from_practices.map(|contract| contract.feed.clone()).collect()
        },
        |feeds| feeds.into_iter().collect(),
    )
}

/// Checks that type-1 opt-outs can be known where they apply.
///
/// # Errors
/// [`PipelineError::Invalid`] if the codes are not there, or feeds of practices are taken in without
/// the one that tells.
pub(super) fn check(checked: &Checked) -> Result<(), PipelineError> {
    let pipeline = &checked.pipeline;
    let from_practices = feeds(pipeline, &checked.contracts);
    let is_taken = |feed: &str| pipeline.delivery.iter().any(|rule| rule.feed == feed);
    let found = pipeline.delivery.iter().find(|rule| from_practices.contains(&rule.feed));
    let Some(rule) = found else { return Ok(()) };
    let lacks = if !is_taken(FEED) {
        format!("no feed `{FEED}`")
    } else if !checked.references.contains_key(CODES) {
        format!("no reference table `{CODES}`")
    } else if checked.telling.is_empty() {
        format!("no model `{MODEL}`")
    } else {
        return Ok(());
    };
    let what = format!("type-1 opt-outs apply to feed `{}`, and {lacks} tells them", rule.feed);
    Err(PipelineError::Invalid { path: pipeline.path.clone(), what })
}

/// Everything that entries are read from.
pub(super) struct Entries<'a> {
    pub(super) checked: &'a Checked,
    pub(super) store: &'a Store,
    pub(super) taken: &'a [Taken],
    pub(super) linked: &'a LinkedParts,
}

impl Entries<'_> {
    /// What the entries depend on: models, codes, parts of records, the day of the run.
    pub(super) fn recipe(&self) -> Vec<String> {
        let mut parts = vec![self.checked.pipeline.day_of_run().to_string()];
        parts.extend(self.checked.references.get(CODES).map(|codes| codes.hash.clone()));
        parts.extend(feeds(&self.checked.pipeline, &self.checked.contracts));
        parts.extend(self.checked.telling.iter().map(|model| model.text.clone()));
        let read = self.tables();
        let taken = self.taken.iter().filter(|one| read.contains(&table_of(one)));
        let mut records: Vec<String> = taken.map(|one| one.records.sha256.clone()).collect();
        records.sort();
        parts.extend(records);
        parts
    }

    /// Every entry that dissents or withdraws, but withdrawals that are dated after the day of the
    /// run.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub(super) fn read(&self) -> Result<Vec<Entry>, PipelineError> {
        if self.checked.telling.is_empty() || !self.checked.references.contains_key(CODES) {
            return Ok(Vec::new());
        }
        let mut engine = self.checked.engine(None)?;
        let index = self.store.path(Zone::Parts, &self.linked.person_index);
        engine.add_parts("link.person_index", Sensitivity::Person, &[index])?;
        for (name, schema) in record_schemas(self.checked) {
            let parts =
                self.taken.iter().filter(|one| table_of(one) == name && one.records.n_rows > 0);
            let paths: Vec<_> =
                parts.map(|one| self.store.path(Zone::Parts, &one.records)).collect();
            if paths.is_empty() {
                engine.add_schema(&name, Sensitivity::Person, &schema)?;
            } else {
                engine.add_parts_as(&name, Sensitivity::Person, &schema, &paths)?;
            }
        }
        for model in &self.checked.telling {
            engine.add_view(model, &self.checked.parameters)?;
        }
        let has_ctv3 = self
            .checked
            .telling
            .last()
            .is_some_and(|model| model.columns.iter().any(|column| column.name == "ctv3_code"));
        let queries = [Some(QUERY), has_ctv3.then_some(CTV3_QUERY)];
        let today = days_since_epoch(self.checked.pipeline.day_of_run());
        let mut entries = Vec::new();
        for query in queries.into_iter().flatten() {
            let answer = engine.query(query, &Parameters::new(), &OF_EVERYBODY)?;
            let found = answer.batches.iter().flat_map(entries_of);
            entries.extend(found.filter(|(_, day, dissents)| *dissents || *day <= today));
        }
        Ok(entries)
    }

    /// The tables of records that the models read.
    fn tables(&self) -> BTreeSet<String> {
        let needs = self.checked.telling.iter().flat_map(Model::needs);
        needs.filter(|table| table.starts_with("record.")).map(str::to_owned).collect()
    }
}

fn table_of(taken: &Taken) -> String {
    format!("record.{}", taken.entry.feed)
}

fn entries_of(batch: &RecordBatch) -> Vec<Entry> {
    let persons = batch.column(0).as_primitive::<Int64Type>();
    let days = batch.column(1).as_primitive::<Date32Type>();
    let dissents = batch.column(2).as_boolean();
    let is_whole = |row: &usize| days.is_valid(*row) && dissents.is_valid(*row);
    let rows = (0..batch.num_rows()).filter(is_whole);
    rows.map(|row| (persons.value(row), days.value(row), dissents.value(row))).collect()
}
