//! The last stage: what disclosure control passes, as report and open data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, Schema};

use super::built::{BuiltModels, rows_of};
use super::checked::Checked;
use super::error::PipelineError;
use super::outputs::Files;
use super::reach::{Reach, last_complete_day, reach};
use super::run::rows;
use super::taken::Taken;
use crate::disclosure::{DisclosureError, ReleaseSpec, Released, release};
use crate::link::LinkReport;
use crate::report::{FeedCounts, LinkRow, OpenTable, Package, ReportInput, render};
use crate::store::Store;

/// Tables of this prefix are candidates for open data.
const OPEN_DATA: &str = "release.open_data_";

/// What models call an area, whatever it is called here.
const AREA: &str = "neighbourhood";

/// The protected tables, and those that there are not.
pub(super) struct Releases {
    tables: BTreeMap<String, Released>,
    /// Feeds that a table needs and that sent nothing, by the table's name.
    without_data: BTreeMap<String, Vec<String>>,
    /// Rows that were not taken in: where and why, and how many.
    reasons: Vec<(String, u64)>,
    /// How far each feed is complete.
    reach: Vec<Reach>,
}

/// Protects every table that declares a release and whose feeds sent something.
///
/// # Errors
/// A declaration that does not fit its table.
pub(super) fn release_all(
    checked: &Checked,
    store: &Store,
    taken: &[Taken],
    built: &BuiltModels,
) -> Result<Releases, PipelineError> {
    let sent: BTreeSet<&str> =
        taken.iter().filter(|t| t.entry.accepted > 0).map(|t| t.entry.feed.as_str()).collect();
    let mut releases = Releases {
        tables: BTreeMap::new(),
        without_data: BTreeMap::new(),
        reasons: reasons(store, taken, built)?,
        reach: reach(store, built, (checked.pipeline.data_from, checked.pipeline.as_at))?,
    };
    for model in checked.catalogue.models() {
        let (Some(spec), Some(entry)) =
            (checked.release_spec(model)?, built.tables.get(&model.name))
        else {
            continue;
        };
        let missing: Vec<String> =
            spec.needs.iter().filter(|feed| !sent.contains(feed.as_str())).cloned().collect();
        if !missing.is_empty() {
            releases.without_data.insert(model.name.clone(), missing);
            continue;
        }
        let batches = rows_of(store, entry)?;
        let table = match model.name.starts_with(OPEN_DATA) {
            true => {
                let (batches, spec) = under_label(&batches, spec)?;
                release(&model.name, &batches, &spec, &checked.rule_pack)?
            }
            false => release(&model.name, &batches, &spec, &checked.rule_pack)?,
        };
        releases.tables.insert(model.name.clone(), table);
    }
    Ok(releases)
}

/// Why rows were not taken in: `apc, MYDOB: born_before_episode` and the rows, all of them.
fn reasons(
    store: &Store,
    taken: &[Taken],
    built: &BuiltModels,
) -> Result<Vec<(String, u64)>, PipelineError> {
    let feed_of: BTreeMap<String, &str> = taken
        .iter()
        .map(|t| (t.entry.sha256.chars().take(12).collect(), t.entry.feed.as_str()))
        .collect();
    let reason = |feed: &str, column: &str, rule: &str| match column {
        "" => format!("{feed}: {rule}"),
        column => format!("{feed}, {column}: {rule}"),
    };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for batch in rows_of(store, &built.tables["quality.quarantine"])? {
        let text = |name, row| text_of(&batch, name, row);
        for row in 0..batch.num_rows() {
            let feed = feed_of.get(text("delivery", row)).copied().unwrap_or_default();
            let reason = reason(feed, text("column_name", row), text("rule", row));
            *counts.entry(reason).or_default() += 1;
        }
    }
    let filtered = crate::contract::Rule::Filtered.name().unwrap_or_default();
    let restricted = crate::contract::Rule::RestrictedCode.name().unwrap_or_default();
    let forgotten = crate::contract::Rule::Forgotten.name().unwrap_or_default();
    for batch in rows_of(store, &built.tables["quality.finding"])? {
        let text = |name, row| text_of(&batch, name, row);
        let n_rows = batch.column_by_name("n_rows").map(AsArray::as_primitive::<Int64Type>);
        let is_filtered =
            |row: &usize| [filtered, restricted, forgotten].contains(&text("rule", *row));
        for row in (0..batch.num_rows()).filter(is_filtered) {
            let reason = reason(text("feed", row), text("column_name", row), filtered);
            let n = n_rows.map_or(0, |n_rows| n_rows.value(row));
            *counts.entry(reason).or_default() += u64::try_from(n).unwrap_or_default();
        }
    }
    Ok(counts.into_iter().collect())
}

/// A cell of a text column; empty where it is null or there is no such column.
fn text_of<'a>(batch: &'a RecordBatch, name: &str, row: usize) -> &'a str {
    let column = batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
    column.filter(|c| c.is_valid(row)).map_or("", |c| c.value(row))
}

/// A name of the models under what areas are called here: `neighbourhood_code` is `ward_code`.
fn labelled(name: &str, area: &str) -> String {
    name.replace(AREA, &area.replace([' ', '-'], "_"))
}

/// Open data with the columns of areas named by what areas are called: who downloads a table of
/// wards is not to find neighbourhoods in it.
fn under_label(
    batches: &[RecordBatch],
    mut spec: ReleaseSpec,
) -> Result<(Vec<RecordBatch>, ReleaseSpec), PipelineError> {
    let area = spec.area.clone();
    for name in spec.dimensions.iter_mut().chain(&mut spec.attributes) {
        *name = labelled(name, &area);
    }
    let renamed = batches.iter().map(|batch| {
        let schema = batch.schema();
        let fields = schema.fields().iter();
        let fields: Vec<_> =
            fields.map(|f| f.as_ref().clone().with_name(labelled(f.name(), &area))).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), batch.columns().to_vec())
    });
    let batches = renamed.collect::<Result<Vec<_>, _>>();
    let batches =
        batches.map_err(|source| DisclosureError::Table { table: spec.title.clone(), source })?;
    Ok((batches, spec))
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
    releases: Releases,
) -> Result<Files, PipelineError> {
    let mut files = open_data(checked, &releases)?;
    let input = report_input(checked, taken, linkage, refused, releases);
    for (name, bytes) in render(&input)?.files()? {
        files.insert(format!("report/{name}"), bytes);
    }
    Ok(files)
}

fn open_data(checked: &Checked, releases: &Releases) -> Result<Files, PipelineError> {
    let pipeline = &checked.pipeline;
    let open: Vec<_> =
        releases.tables.iter().filter(|(name, _)| name.starts_with(OPEN_DATA)).collect();
    if open.is_empty() {
        return Ok(Files::new());
    }
    let tables = open.into_iter().map(|(name, released)| {
        let columns = checked.catalogue.model(name).map(|model| model.columns.clone());
        let described = columns.unwrap_or_default().into_iter();
        let area = &pipeline.area_label;
        let in_words = |text: String| text.replace(AREA, area);
        let descriptions = described
            .filter_map(|c| Some((labelled(&c.name, area), in_words(c.description?))))
            .collect();
        OpenTable { released, descriptions }
    });
    let package = Package {
        name: format!("{}-open-data-candidate", pipeline.name),
        title: format!("Open data of {} (candidate)", pipeline.city),
        description: format!(
            "Counts and rates of {}, before {}. Areas are {}s. Population, where a table says no \
             other: {}. A candidate: not yet published.{}",
            pipeline.city,
            pipeline.as_at,
            pipeline.area_label,
            pipeline.population(),
            left_out(checked, releases)
        ),
        as_at: pipeline.as_at,
        tables: tables.collect(),
    };
    let files = package.files()?.into_iter();
    Ok(files.map(|(name, bytes)| (format!("open-data/{name}"), bytes)).collect())
}

/// Which tables of open data there are not, and why.
fn left_out(checked: &Checked, releases: &Releases) -> String {
    let open = releases.without_data.iter().filter(|(name, _)| name.starts_with(OPEN_DATA));
    let name = |name: &str| labelled(name.strip_prefix("release.").unwrap_or(name), "area");
    open.map(|(table, feeds)| {
        format!(" Left out: {}, for want of {}.", name(table), in_words(checked, feeds).join("; "))
    })
    .collect()
}

/// Feeds with what they are: `apc (Hospital admissions)`.
pub(super) fn in_words(checked: &Checked, feeds: &[String]) -> Vec<String> {
    let title = |feed: &String| match checked.contracts.get(feed) {
        Some((contract, _)) => format!("{feed} ({})", contract.title),
        None => feed.clone(),
    };
    feeds.iter().map(title).collect()
}

fn report_input(
    checked: &Checked,
    taken: &[Taken],
    linkage: &LinkReport,
    refused: &[String],
    releases: Releases,
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
    remarks.extend(releases.reach.iter().filter_map(|reach| reach.remark(checked)));
    let without_data = releases.without_data.iter();
    let without_data =
        without_data.map(|(name, feeds)| (name.clone(), in_words(checked, feeds))).collect();
    ReportInput {
        title: pipeline.title.clone(),
        city: pipeline.city.clone(),
        as_at: pipeline.as_at,
        population_basis: pipeline.population().to_owned(),
        complete_to: last_complete_day(&releases.reach, pipeline.as_at),
        purpose: pipeline.purpose.clone(),
        demonstration: checked.key.is_demonstration(),
        deliveries: deliveries.collect(),
        linkage: linkage.collect(),
        area_label: pipeline.area_label.clone(),
        without_data,
        reasons: releases.reasons,
        remarks,
        released: releases.tables,
    }
}
