//! Who has told a practice that what it holds must not leave it.
//!
//! The dissent and its withdrawal are coded entries of the practice's record. The latest by date
//! counts, over all entries of a person; on one day a dissent goes before a withdrawal.

use std::collections::BTreeSet;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};

use super::checked::Checked;
use super::error::PipelineError;
use super::tables::record_schemas;
use super::taken::Taken;
use crate::domain::{Sensitivity, days_since_epoch};
use crate::models::{Limits, Parameters};
use crate::store::{Store, Zone};

/// The feed that tells.
pub(super) const FEED: &str = "gp_event";
/// The reference table of codes.
pub(super) const CODES: &str = "type1_opt_out";
/// The registration list, which the Personal Demographics Service holds.
const LIST: &str = "gp_registration";

const QUERY: &str = include_str!("type1.sql");
/// One night's entries of a city that may be looked at: far more than there are people.
const LIMITS: Limits = Limits { rows: 50_000_000, seconds: 3_600, memory_bytes: 6 << 30 };

/// An entry: whose, on which day (since 1970-01-01), and whether it dissents.
pub(super) type Entry = (i64, i32, bool);

/// The feeds that come from practices' own records.
pub(super) fn feeds(checked: &Checked) -> BTreeSet<String> {
    let declared = checked.pipeline.opt_out.as_ref().and_then(|source| source.type1_feeds.clone());
    declared.map_or_else(
        || {
            let contracts = checked.contracts.values().map(|(contract, _)| contract);
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
    let from_practices = feeds(checked);
    let is_taken = |feed: &str| pipeline.delivery.iter().any(|rule| rule.feed == feed);
    let what = if let Some(rule) =
        pipeline.delivery.iter().find(|rule| from_practices.contains(&rule.feed))
        && !is_taken(FEED)
    {
        format!("type-1 opt-outs apply to feed `{}`, and no `{FEED}` tells them", rule.feed)
    } else if is_taken(FEED) && !checked.references.contains_key(CODES) {
        format!("type-1 opt-outs apply, and there is no reference table `{CODES}`")
    } else {
        return Ok(());
    };
    Err(PipelineError::Invalid { path: pipeline.path.clone(), what })
}

/// Every entry that dissents or withdraws, but withdrawals that are dated after the day of the run.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn entries(
    checked: &Checked,
    store: &Store,
    taken: &[Taken],
) -> Result<Vec<Entry>, PipelineError> {
    let name = format!("record.{FEED}");
    let parts = taken.iter().filter(|one| one.entry.feed == FEED && one.records.n_rows > 0);
    let paths: Vec<_> = parts.map(|one| store.path(Zone::Parts, &one.records)).collect();
    let schemas = record_schemas(checked);
    let (Some(schema), false) = (schemas.get(&name), paths.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut engine = checked.engine(None)?;
    engine.add_parts_as(&name, Sensitivity::Person, schema, &paths)?;
    let answer = engine.query(QUERY, &Parameters::new(), &LIMITS)?;
    let today = days_since_epoch(checked.pipeline.day_of_run());
    let found = answer.batches.iter().flat_map(entries_of);
    Ok(found.filter(|(_, day, dissents)| *dissents || *day <= today).collect())
}

fn entries_of(batch: &RecordBatch) -> Vec<Entry> {
    let identities = batch.column(0).as_primitive::<Int64Type>();
    let days = batch.column(1).as_primitive::<Date32Type>();
    let dissents = batch.column(2).as_boolean();
    let is_whole = |row: &usize| days.is_valid(*row) && dissents.is_valid(*row);
    let rows = (0..batch.num_rows()).filter(is_whole);
    rows.map(|row| (identities.value(row), days.value(row), dissents.value(row))).collect()
}
