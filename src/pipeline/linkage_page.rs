//! The page on linkage, of a run that is visible.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;

use super::built::rows_of;
use super::error::PipelineError;
use super::quality::{Row, holdout_groups, rows};
use super::query::VisibleRun;
use crate::disclosure::{ReleaseSpec, Released, RulePack, release};
use crate::link::{LinkReport, Parameters};
use crate::report::linkage::{
    FeedStatus, GROUPS, LevelView, LinkageInput, ModelView, ProviderStatus, STATUSES, StepCounts,
    render_linkage,
};

const RATES: &str = "quality.linkage_rate";

/// Dimensions that are groups of people; those of feeds and providers are of rows in files.
const OF_PEOPLE: [&str; 4] = ["imd_quintile_city", "ethnic_group", "sex", "age_band"];

/// The page as HTML. What the run's models do not make is not on it.
///
/// # Errors
/// A part that cannot be read; a chart or the page fails.
pub fn linkage_page(run: &VisibleRun, report: &LinkReport) -> Result<String, PipelineError> {
    let table = |name: &str| -> Result<Vec<RecordBatch>, PipelineError> {
        let entry = run.manifest.tables.get(name);
        entry.map_or_else(|| Ok(Vec::new()), |entry| rows_of(&run.store, entry))
    };
    let rates = table(RATES)?;
    let input = LinkageInput {
        pipeline: run.manifest.pipeline.clone(),
        run_id: run.manifest.run_id.clone(),
        as_at: run.manifest.as_at.parse().unwrap_or_default(),
        counts: [report.n_records, rounded(report.n_identities), report.n_persons],
        changes: report.changes_text(),
        decisions: report.decisions.to_text(),
        feeds: report.feeds.iter().map(feed).collect(),
        providers: providers(&rates)?,
        groups: groups(&rates)?,
        unlinkable: report.unlinkable.iter().map(|(lack, n)| (lack.clone(), *n)).collect(),
        steps: report
            .keys
            .iter()
            .map(|key| StepCounts {
                step: key.step.clone(),
                n_joined: key.n_joined,
                n_ambiguous: key.n_ambiguous,
                n_oversize: key.n_oversize,
            })
            .collect(),
        model: report.model.as_ref().map(model),
        holdout: holdout_groups(&table("quality.linkage_holdout")?)?,
    };
    Ok(render_linkage(&input)?)
}

fn feed(feed: &crate::link::FeedCounts) -> FeedStatus {
    let n = |(status, _): (&str, &str)| feed.records_by_status.get(status).copied();
    FeedStatus {
        feed: feed.feed.clone(),
        n_records: feed.n_records,
        n_by_status: STATUSES.map(|status| n(status).unwrap_or_default()),
    }
}

/// One count of a provider.
fn rate(row: &Row<'_>) -> (String, String, String, u64) {
    let n = u64::try_from(row.count("n_identities")).unwrap_or_default();
    (row.word("dimension"), row.word("category"), row.word("link_status"), n)
}

fn providers(rates: &[RecordBatch]) -> Result<Vec<ProviderStatus>, PipelineError> {
    let mut cells = rows(RATES, rates, rate)?;
    cells.retain(|(dimension, ..)| dimension == "provider_code");
    cells.sort();
    let of_provider = cells.chunk_by(|one, next| one.1 == next.1);
    Ok(of_provider
        .map(|cells| {
            let n =
                |status: &str| cells.iter().find(|cell| cell.2 == status).map_or(0, |(.., n)| *n);
            ProviderStatus {
                provider: cells[0].1.clone(),
                n_identities: n("all"),
                n_by_status: STATUSES.map(|(status, _)| n(status)),
            }
        })
        .collect())
}

/// The groups of people under the strictest pack of rules for the public: whoever opens the page may
/// carry it on.
fn groups(rates: &[RecordBatch]) -> Result<Option<Released>, PipelineError> {
    let of_people = with_all(rates).map_err(crate::link::LinkError::from)?;
    if of_people.is_empty() {
        return Ok(None);
    }
    let spec: ReleaseSpec = toml::from_str(GROUPS).expect("a unit test reads it");
    Ok(Some(release(RATES, &of_people, &spec, &RulePack::hes())?))
}

/// The number of identities as groups of people, which partition it, are rounded: beside them the exact
/// one would tell a hidden group.
fn rounded(n: u64) -> u64 {
    let rounded = i64::try_from(n).map(|n| RulePack::hes().rounding.round(n));
    rounded.ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(n)
}

/// The groups of people, and for each dimension everybody as category `all`: what is hidden must not be
/// what everybody is less the others.
fn with_all(rates: &[RecordBatch]) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut parts = Vec::new();
    let mut dimensions = BTreeSet::new();
    let mut everybody = Vec::new();
    for batch in rates {
        let dimension = words(batch, "dimension")?;
        let of = |wanted: &[&str]| {
            let is_it = |word: Option<&str>| Some(word.is_some_and(|word| wanted.contains(&word)));
            filter_record_batch(batch, &dimension.iter().map(is_it).collect::<BooleanArray>())
        };
        let here =
            dimension.iter().flatten().filter_map(|word| OF_PEOPLE.iter().find(|o| **o == word));
        dimensions.extend(here.copied());
        parts.push(of(&OF_PEOPLE)?);
        everybody.push(of(&["all"])?);
    }
    for dimension in dimensions {
        for batch in &everybody {
            let mut columns = batch.columns().to_vec();
            let at = batch.schema().index_of("dimension")?;
            let name = StringArray::from(vec![dimension; batch.num_rows()]);
            columns[at] = Arc::new(name) as ArrayRef;
            parts.push(RecordBatch::try_new(batch.schema(), columns)?);
        }
    }
    parts.retain(|batch| batch.num_rows() > 0);
    Ok(parts)
}

fn words<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, ArrowError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
    column.ok_or_else(|| ArrowError::SchemaError(format!("no words in column `{name}`")))
}

fn model(parameters: &Parameters) -> ModelView {
    let levels = parameters.levels.iter().map(|level| LevelView {
        field: level.field.clone(),
        level: level.level.clone(),
        shares: [level.m, level.u, level.roof],
        bits: level.bits,
    });
    ModelView {
        version: parameters.version.clone(),
        is_frozen: parameters.is_frozen,
        one_in: 1.0 / parameters.prior,
        thresholds: [parameters.probability, parameters.potential],
        advantage: parameters.advantage,
        levels: levels.collect(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;

    use super::*;

    fn rates(cells: &[(&str, &str, &str, i64)]) -> RecordBatch {
        let text = |of: &dyn Fn(usize) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values((0..cells.len()).map(of)))
        };
        let n: ArrayRef = Arc::new(Int64Array::from_iter_values(cells.iter().map(|cell| cell.3)));
        RecordBatch::try_from_iter([
            ("dimension", text(&|at| cells[at].0.to_owned())),
            ("category", text(&|at| cells[at].1.to_owned())),
            ("link_status", text(&|at| cells[at].2.to_owned())),
            ("n_identities", n.clone()),
            ("n_persons", n),
        ])
        .unwrap()
    }

    #[test]
    fn a_hidden_group_is_not_what_everybody_is_less_the_others() {
        // Of three sexes one is hidden; with all of them, 605, and two of them it would be 5.
        let cells = [
            ("all", "all", "all", 605),
            ("all", "all", "match", 605),
            ("sex", "female", "all", 400),
            ("sex", "female", "match", 400),
            ("sex", "male", "all", 200),
            ("sex", "male", "match", 200),
            ("sex", "unknown", "all", 5),
            ("sex", "unknown", "match", 5),
        ];
        let released = groups(&[rates(&cells)]).unwrap().expect("groups");
        let hidden: BTreeSet<String> = (0..released.n_rows())
            .filter(|&row| {
                let status = released.status(row, "n_identities");
                status.is_some_and(crate::disclosure::Status::is_hidden)
            })
            .filter_map(|row| released.text(row, "category"))
            .collect();
        assert_eq!(hidden.into_iter().collect::<Vec<_>>(), ["male", "unknown"]);
        assert!(groups(&[rates(&cells[..2])]).unwrap().is_none());
        // To the nearest five, as the groups.
        assert_eq!([0, 612, 613].map(rounded), [0, 610, 615]);
    }
}
