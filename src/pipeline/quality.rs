//! The data-quality page of a run: rows of the `quality` models, laid out for it.

use std::cell::Cell;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{ArrowPrimitiveType, Date32Type, Float64Type, Int64Type};
use jiff::civil::Date;

use super::built::{BuiltModels, rows_of};
use super::checked::Checked;
use super::error::PipelineError;
use super::outputs::Files;
use crate::contract::date_of;
use crate::models::Value;
use crate::report::ReportError;
use crate::report::charts::ChartError;
use crate::report::quality::{
    ColumnCells, FeedSummary, HoldoutGroup, Impossible, MonthStatus, QualityInput, Question, Reach,
    SeriesMonth, TrendStatus, render_quality,
};
use crate::store::Store;

/// Months without a declared number of them.
const QUESTION_MONTHS: i64 = 12;
/// The models that the page is made from.
const MODELS: [&str; 8] = [
    "quality.feed_total",
    "quality.trend",
    "quality.month_status",
    "quality.feed_column",
    "quality.timeliness",
    "quality.linkage_holdout",
    "quality.impossible_event",
    "quality.question",
];

/// The files of the data-quality page; none if the pipeline's models do not make its tables.
///
/// # Errors
/// A part that cannot be read, a chart or page that fails.
pub(super) fn quality_report(
    checked: &Checked,
    store: &Store,
    built: &BuiltModels,
    alarms: &[String],
) -> Result<Files, PipelineError> {
    if MODELS.iter().any(|name| !built.tables.contains_key(*name)) {
        return Ok(Files::new());
    }
    let input = QualityInput { alarms: alarms.to_vec(), ..input(checked, store, built)? };
    let files = render_quality(&input)?.into_iter();
    Ok(files.map(|(name, bytes)| (format!("data-quality/{name}"), bytes)).collect())
}

fn input(
    checked: &Checked,
    store: &Store,
    built: &BuiltModels,
) -> Result<QualityInput, PipelineError> {
    let [feeds, trend, months, columns, reach, holdout, impossible, questions] = MODELS;
    let mut parameters = checked.parameters.iter();
    let n_months = parameters.find_map(|(name, value)| match value {
        Value::Integer(n) if name == "question_months" => Some(*n),
        _ => None,
    });
    let mut parameters = checked.parameters.iter();
    let share = parameters.find_map(|(name, value)| match value {
        Value::Number(x) if name == "missing_month_share" => Some(*x),
        _ => None,
    });
    let mut trend = each(store, built, trend, series_month)?;
    trend.retain(|(provider, _)| provider == "all");
    let months = each(store, built, months, month_status)?;
    let is_open = |of: &SeriesMonth| {
        months.iter().any(|m| !m.is_complete && m.feed == of.feed && m.month == of.month)
    };
    trend.iter_mut().for_each(|(_, month)| month.is_complete = !is_open(month));
    let mut questions = each(store, built, questions, question)?;
    questions.sort_by(|a, b| (&a.provider, a.number).cmp(&(&b.provider, b.number)));
    let holdout = holdout_groups(&rows_of(store, &built.tables[holdout])?)?;
    let mut impossible = each(store, built, impossible, impossible_event)?;
    impossible.sort_by(|a, b| (&a.kind, &a.feed).cmp(&(&b.kind, &b.feed)));
    Ok(QualityInput {
        city: checked.pipeline.city.clone(),
        as_at: checked.pipeline.as_at,
        demonstration: checked.key.is_demonstration(),
        n_months: n_months.unwrap_or(QUESTION_MONTHS),
        missing_month_share: share.unwrap_or_default(),
        feeds: each(store, built, feeds, feed_summary)?,
        trend: trend.into_iter().map(|(_, month)| month).collect(),
        months: months.into_iter().filter(|month| !month.waits_for.is_empty()).collect(),
        columns: each(store, built, columns, column_cells)?,
        reach: each(store, built, reach, reach_of)?,
        holdout,
        impossible,
        alarms: Vec::new(),
        questions,
    })
}

/// Every row of a table that was built, in its order.
fn each<T>(
    store: &Store,
    built: &BuiltModels,
    table: &str,
    read: fn(&Row<'_>) -> T,
) -> Result<Vec<T>, PipelineError> {
    rows(table, &rows_of(store, &built.tables[table])?, read)
}

/// Every row of a table, in its order.
pub(super) fn rows<T>(
    table: &str,
    batches: &[RecordBatch],
    read: fn(&Row<'_>) -> T,
) -> Result<Vec<T>, PipelineError> {
    let mut rows = Vec::new();
    for batch in batches {
        let lacking = Cell::new(None);
        let row = |row| read(&Row { batch, row, lacking: &lacking });
        rows.extend((0..batch.num_rows()).map(row));
        if let Some(column) = lacking.get() {
            let (table, column) = (table.to_owned(), column.to_owned());
            return Err(ReportError::from(ChartError::MissingColumn { table, column }).into());
        }
    }
    Ok(rows)
}

/// The groups of the nightly trial, ordered.
///
/// # Errors
/// A column that is not there.
pub(super) fn holdout_groups(batches: &[RecordBatch]) -> Result<Vec<HoldoutGroup>, PipelineError> {
    let mut groups = rows("quality.linkage_holdout", batches, holdout_group)?;
    groups.sort_by(|a, b| (&a.dimension, &a.category).cmp(&(&b.dimension, &b.category)));
    Ok(groups)
}

/// One row of a model.
pub(super) struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
    /// A column that was asked for and is not there, or is of another type.
    lacking: &'a Cell<Option<&'static str>>,
}

impl Row<'_> {
    /// The column in its type, if the row has a value in it.
    fn column<'b, T: Array>(
        &'b self,
        name: &'static str,
        as_type: impl Fn(&'b dyn Array) -> Option<&'b T>,
    ) -> Option<&'b T> {
        let column = self.batch.column_by_name(name).and_then(|column| as_type(column.as_ref()));
        if column.is_none() {
            self.lacking.set(Some(name));
        }
        column.filter(|column| column.is_valid(self.row))
    }

    fn text(&self, name: &'static str) -> Option<String> {
        let column = self.column(name, |column| column.as_string_opt::<i32>());
        column.map(|column| column.value(self.row).to_owned())
    }

    fn flag(&self, name: &'static str) -> bool {
        let column = self.column(name, |column| column.as_boolean_opt());
        column.is_some_and(|column| column.value(self.row))
    }

    pub(super) fn word(&self, name: &'static str) -> String {
        self.text(name).unwrap_or_default()
    }

    pub(super) fn count(&self, name: &'static str) -> i64 {
        self.known_count(name).unwrap_or_default()
    }

    fn primitive<T: ArrowPrimitiveType>(&self, name: &'static str) -> Option<T::Native> {
        let column = self.column(name, |column| column.as_primitive_opt::<T>());
        column.map(|column| column.value(self.row))
    }

    fn known_count(&self, name: &'static str) -> Option<i64> {
        self.primitive::<Int64Type>(name)
    }

    fn number(&self, name: &'static str) -> Option<f64> {
        self.primitive::<Float64Type>(name)
    }

    fn day(&self, name: &'static str) -> Option<Date> {
        self.primitive::<Date32Type>(name).and_then(date_of)
    }

    /// Months since the year 0.
    fn month(&self, name: &'static str) -> Option<i32> {
        self.day(name).map(|day| i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }
}

fn feed_summary(row: &Row<'_>) -> FeedSummary {
    let names = ["n_read", "n_accepted", "n_quarantined", "n_filtered", "n_duplicates"];
    FeedSummary {
        feed: row.word("feed"),
        rows: names.map(|name| row.count(name)),
        share_linkable: row.number("share_linkable"),
        share_linked: row.number("share_linked"),
        share_verified: row.number("share_verified"),
        share_coded: row.number("share_coded"),
        reaches_to: row.day("reaches_to"),
        n_incomplete_months: row.count("n_incomplete_months"),
        n_questions: row.count("n_questions"),
    }
}

fn series_month(row: &Row<'_>) -> (String, SeriesMonth) {
    let month = SeriesMonth {
        feed: row.word("feed"),
        month: row.month("month").unwrap_or_default(),
        n_records: row.count("n_records"),
        median_before: row.number("median_before"),
        status: match row.word("status").as_str() {
            "missing" => TrendStatus::Missing,
            "usual" => TrendStatus::Usual,
            _ => TrendStatus::NoHistory,
        },
        is_complete: true,
        mean: row.number("mean_records").unwrap_or_default(),
        limits: row.number("lower_limit").zip(row.number("upper_limit")),
    };
    (row.word("provider_code"), month)
}

fn month_status(row: &Row<'_>) -> MonthStatus {
    MonthStatus {
        feed: row.word("feed"),
        month: row.month("month").unwrap_or_default(),
        is_complete: row.flag("is_complete"),
        waits_for: row.word("waits_for"),
        expected_share: row.number("expected_share"),
        share_coded: row.number("share_coded"),
    }
}

fn column_cells(row: &Row<'_>) -> ColumnCells {
    let names = ["n_valid", "n_other", "n_default", "n_invalid", "n_missing"];
    ColumnCells {
        feed: row.word("feed"),
        column: row.word("column_name"),
        n_rows: row.count("n_rows"),
        cells: names.map(|name| row.count(name)),
    }
}

fn reach_of(row: &Row<'_>) -> Reach {
    Reach {
        feed: row.word("feed"),
        provider: row.word("provider_code"),
        n_deliveries: row.count("n_deliveries"),
        months: row.month("first_month").zip(row.month("last_month")),
        months_behind: row.known_count("months_behind"),
        n_missing_months: row.count("n_missing_months"),
        n_after_as_at: row.count("n_after_as_at"),
        mean_lag_days: row.number("mean_lag_days"),
    }
}

fn holdout_group(row: &Row<'_>) -> HoldoutGroup {
    let limits = |names: [&'static str; 3]| {
        let [value, lower, upper] = names.map(|name| row.number(name));
        Some([value?, lower?, upper?])
    };
    HoldoutGroup {
        dimension: row.word("dimension"),
        category: row.word("category"),
        n_identities: row.count("n_identities"),
        n_too_little_data: row.count("n_too_little_data"),
        precision: limits(["precision_value", "precision_lower_95", "precision_upper_95"]),
        recall: limits(["recall_value", "recall_lower_95", "recall_upper_95"]),
    }
}

fn impossible_event(row: &Row<'_>) -> Impossible {
    Impossible {
        kind: row.word("kind"),
        feed: row.word("feed"),
        n_events: row.count("n_events"),
        n_persons: row.count("n_persons"),
        n_possible: row.count("n_possible"),
    }
}

fn question(row: &Row<'_>) -> Question {
    Question {
        provider: row.word("provider_code"),
        number: row.count("question_no"),
        feed: row.word("feed"),
        rule: row.word("rule"),
        column: row.word("column_name"),
        check_type: row.text("check_type"),
        n_rows: row.count("n_rows"),
        n_of: row.count("n_of"),
        since: row.month("since"),
        file: row.text("file"),
        first_lines: row.text("first_lines"),
        sentence: row.word("sentence"),
    }
}
