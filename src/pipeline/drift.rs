//! Whether linkage got worse since the run before, of the same purpose, that linked otherwise.

use arrow::array::RecordBatch;

use super::built::{BuiltModels, rows_of};
use super::checked::Checked;
use super::error::PipelineError;
use super::linked::LinkedParts;
use super::quality::holdout_groups;
use super::query::report_of;
use crate::link::{GroupTrial, Marks, Trial, falls};
use crate::store::{Manifest, Store};

const TRIAL: &str = "quality.linkage_holdout";

/// What fell, in words; nothing on the first night.
///
/// After a rotation of the key other records are drawn for the trial, so that its night is held against
/// none. A run that found the same persons is passed over, so that a night that is run again says what it
/// said before.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn alarms(
    checked: &Checked,
    store: &Store,
    linked: &LinkedParts,
    built: &BuiltModels,
) -> Result<Vec<String>, PipelineError> {
    let purpose = &checked.pipeline.purpose;
    let is_other = |run: &&Manifest| {
        let index = run.tables.get("link.person_index");
        run.purpose == *purpose
            && index.is_some_and(|index| !index.parts.contains(&linked.person_index))
    };
    let history = store.history()?;
    let is_of_key = |run: &&Manifest| run.key_id == checked.key.id();
    let Some(before) = history.iter().rev().find(is_other).filter(is_of_key) else {
        return Ok(Vec::new());
    };
    let trial = before.tables.get(TRIAL).map(|entry| rows_of(store, entry)).transpose()?;
    let before = Marks {
        groups: trials(&trial.unwrap_or_default())?,
        feeds: report_of(store, before).map(|report| report.feeds).unwrap_or_default(),
    };
    let trial = built.tables.get(TRIAL).map(|entry| rows_of(store, entry)).transpose()?;
    let now =
        Marks { groups: trials(&trial.unwrap_or_default())?, feeds: linked.report.feeds.clone() };
    let falls = falls(&before, &now, checked.pipeline.link.drift);
    Ok(falls.iter().map(ToString::to_string).collect())
}

fn trials(batches: &[RecordBatch]) -> Result<Vec<GroupTrial>, PipelineError> {
    let trial = |group: crate::report::quality::HoldoutGroup| GroupTrial {
        dimension: group.dimension,
        category: group.category,
        n_identities: group.n_identities,
        n_too_little_data: group.n_too_little_data,
        trial: Trial { precision: group.precision, recall: group.recall },
    };
    Ok(holdout_groups(batches)?.into_iter().map(trial).collect())
}
