//! The last stage: what disclosure control passes, as report and open data.

use std::collections::BTreeMap;

use super::built::{BuiltModels, rows_of};
use super::checked::Checked;
use super::error::PipelineError;
use super::outputs::Files;
use super::run::rows;
use super::taken::Taken;
use crate::disclosure::{Released, release};
use crate::link::LinkReport;
use crate::report::{FeedCounts, LinkRow, OpenTable, Package, ReportInput, render};
use crate::store::Store;

/// Tables of this prefix are candidates for open data.
const OPEN_DATA: &str = "release.open_data_";

/// Protects every table that declares a release.
///
/// # Errors
/// A declaration that does not fit its table.
pub(super) fn release_all(
    checked: &Checked,
    store: &Store,
    built: &BuiltModels,
) -> Result<BTreeMap<String, Released>, PipelineError> {
    let mut released = BTreeMap::new();
    for model in checked.catalogue.models() {
        let (Some(spec), Some(entry)) =
            (checked.release_spec(model)?, built.tables.get(&model.name))
        else {
            continue;
        };
        let batches = rows_of(store, entry)?;
        let table = release(&model.name, &batches, &spec, &checked.rule_pack)?;
        released.insert(model.name.clone(), table);
    }
    Ok(released)
}

/// The files of the board report and of the open-data candidate.
///
/// # Errors
/// A table that lacks what its chart needs.
pub(super) fn board_report(
    checked: &Checked,
    taken: &[Taken],
    linkage: &LinkReport,
    refused: &[String],
    released: BTreeMap<String, Released>,
) -> Result<Files, PipelineError> {
    let mut files = open_data(checked, &released)?;
    let input = report_input(checked, taken, linkage, refused, released);
    for (name, bytes) in render(&input)?.files()? {
        files.insert(format!("report/{name}"), bytes);
    }
    Ok(files)
}

fn open_data(
    checked: &Checked,
    released: &BTreeMap<String, Released>,
) -> Result<Files, PipelineError> {
    let pipeline = &checked.pipeline;
    let open: Vec<_> = released.iter().filter(|(name, _)| name.starts_with(OPEN_DATA)).collect();
    if open.is_empty() {
        return Ok(Files::new());
    }
    let tables = open.into_iter().map(|(name, released)| {
        let columns = checked.catalogue.model(name).map(|model| model.columns.clone());
        let described = columns.unwrap_or_default().into_iter();
        let descriptions = described.filter_map(|c| Some((c.name, c.description?))).collect();
        OpenTable { released, descriptions }
    });
    let package = Package {
        name: format!("{}-open-data-candidate", pipeline.name),
        title: format!("Open data of {} (candidate)", pipeline.city),
        description: format!(
            "Counts and rates of {}, {} basis, before {}. A candidate: not yet published.",
            pipeline.city, pipeline.population_basis, pipeline.as_at
        ),
        as_at: pipeline.as_at,
        tables: tables.collect(),
    };
    let files = package.files()?.into_iter();
    Ok(files.map(|(name, bytes)| (format!("open-data/{name}"), bytes)).collect())
}

fn report_input(
    checked: &Checked,
    taken: &[Taken],
    linkage: &LinkReport,
    refused: &[String],
    released: BTreeMap<String, Released>,
) -> ReportInput {
    let pipeline = &checked.pipeline;
    let deliveries = rows(taken).into_iter().map(|(feed, counts)| {
        let [read, accepted, quarantined, filtered, duplicates] = counts;
        let n_deliveries = taken.iter().filter(|one| one.entry.feed == feed).count() as u64;
        FeedCounts { feed, n_deliveries, read, accepted, quarantined, filtered, duplicates }
    });
    let linkage = linkage.feeds.iter().map(|feed| {
        let status = |word: &str| feed.records_by_status.get(word).copied().unwrap_or(0);
        LinkRow {
            feed: feed.feed.clone(),
            n_records: feed.n_records,
            n_linked: status("match"),
            n_unlinkable: status("too_little_data"),
        }
    });
    let mut remarks: Vec<String> =
        refused.iter().map(|why| format!("A file was left out: {why}.")).collect();
    if pipeline.area_label != "neighbourhood" {
        remarks.push(format!(
            "Areas are {}s: no neighbourhood lookup has been supplied.",
            pipeline.area_label
        ));
    }
    ReportInput {
        title: pipeline.title.clone(),
        city: pipeline.city.clone(),
        as_at: pipeline.as_at,
        population_basis: basis_in_words(&pipeline.population_basis),
        complete_to: pipeline.as_at.yesterday().unwrap_or(pipeline.as_at),
        purpose: pipeline.purpose.clone(),
        demonstration: pipeline.is_demonstration(),
        deliveries: deliveries.collect(),
        linkage: linkage.collect(),
        remarks,
        released,
    }
}

fn basis_in_words(basis: &str) -> String {
    match basis {
        "registered" => "people registered with the city's practices (person-time on their lists)",
        _ => "people resident in the city (population estimates)",
    }
    .to_owned()
}
