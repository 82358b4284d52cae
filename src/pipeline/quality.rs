//! The data-quality page of a run: rows of the `quality` models, laid out for it.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type};
use jiff::civil::Date;

use super::built::{BuiltModels, rows_of};
use super::checked::Checked;
use super::error::PipelineError;
use super::outputs::Files;
use crate::contract::date_of;
use crate::models::Value;
use crate::report::quality::{
    ColumnCells, FeedSummary, QualityInput, Question, Reach, SeriesMonth, TrendStatus,
    render_quality,
};
use crate::store::Store;

/// Months without a declared number of them.
const QUESTION_MONTHS: i64 = 12;
/// The models that the page is made from.
const MODELS: [&str; 5] = [
    "quality.feed_total",
    "quality.trend",
    "quality.feed_column",
    "quality.timeliness",
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
) -> Result<Files, PipelineError> {
    if MODELS.iter().any(|name| !built.tables.contains_key(*name)) {
        return Ok(Files::new());
    }
    let input = input(checked, store, built)?;
    let files = render_quality(&input)?.into_iter();
    Ok(files.map(|(name, bytes)| (format!("data-quality/{name}"), bytes)).collect())
}

fn input(
    checked: &Checked,
    store: &Store,
    built: &BuiltModels,
) -> Result<QualityInput, PipelineError> {
    let [feeds, trend, columns, reach, questions] = MODELS;
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
    let mut questions = each(store, built, questions, question)?;
    questions.sort_by(|a, b| (&a.provider, a.number).cmp(&(&b.provider, b.number)));
    Ok(QualityInput {
        city: checked.pipeline.city.clone(),
        as_at: checked.pipeline.as_at,
        demonstration: checked.pipeline.is_demonstration(),
        n_months: n_months.unwrap_or(QUESTION_MONTHS),
        missing_month_share: share.unwrap_or_default(),
        feeds: each(store, built, feeds, feed_summary)?,
        trend: trend.into_iter().map(|(_, month)| month).collect(),
        columns: each(store, built, columns, column_cells)?,
        reach: each(store, built, reach, reach_of)?,
        questions,
    })
}

/// Every row of a table, in its order.
fn each<T>(
    store: &Store,
    built: &BuiltModels,
    table: &str,
    read: fn(&Row<'_>) -> T,
) -> Result<Vec<T>, PipelineError> {
    let mut rows = Vec::new();
    for batch in rows_of(store, &built.tables[table])? {
        rows.extend((0..batch.num_rows()).map(|row| read(&Row { batch: &batch, row })));
    }
    Ok(rows)
}

/// One row of a model; a column that is not there, or of another type, reads as null.
struct Row<'a> {
    batch: &'a RecordBatch,
    row: usize,
}

impl Row<'_> {
    fn column(&self, name: &str) -> Option<&dyn Array> {
        let column = self.batch.column_by_name(name)?;
        column.is_valid(self.row).then_some(column.as_ref())
    }

    fn text(&self, name: &str) -> Option<String> {
        Some(self.column(name)?.as_string_opt::<i32>()?.value(self.row).to_owned())
    }

    fn word(&self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    fn count(&self, name: &str) -> i64 {
        self.known_count(name).unwrap_or_default()
    }

    fn known_count(&self, name: &str) -> Option<i64> {
        Some(self.column(name)?.as_primitive_opt::<Int64Type>()?.value(self.row))
    }

    fn number(&self, name: &str) -> Option<f64> {
        Some(self.column(name)?.as_primitive_opt::<Float64Type>()?.value(self.row))
    }

    fn day(&self, name: &str) -> Option<Date> {
        date_of(self.column(name)?.as_primitive_opt::<Date32Type>()?.value(self.row))
    }

    /// Months since the year 0.
    fn month(&self, name: &str) -> Option<i32> {
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
        n_missing_months: row.count("n_missing_months"),
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
        mean: row.number("mean_records").unwrap_or_default(),
        limits: row.number("lower_limit").zip(row.number("upper_limit")),
    };
    (row.word("provider_code"), month)
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
