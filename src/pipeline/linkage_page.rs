//! The page on linkage, of a run that is visible.

use arrow::array::RecordBatch;

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
        counts: [report.n_records, report.n_identities, report.n_persons],
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
    let mut of_people = Vec::new();
    for batch in rates {
        let kept = rows(RATES, std::slice::from_ref(batch), |row| {
            OF_PEOPLE.contains(&row.word("dimension").as_str())
        })?;
        let kept = arrow::array::BooleanArray::from(kept);
        let filtered = arrow::compute::filter_record_batch(batch, &kept);
        of_people.push(filtered.map_err(crate::link::LinkError::from)?);
    }
    if of_people.iter().all(|batch| batch.num_rows() == 0) {
        return Ok(None);
    }
    let spec: ReleaseSpec = toml::from_str(GROUPS).expect("a unit test reads it");
    Ok(Some(release(RATES, &of_people, &spec, &RulePack::hes())?))
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
