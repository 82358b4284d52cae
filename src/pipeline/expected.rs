//! `quality.expected`: which files are expected and when, and which came.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Date32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use jiff::Span;
use jiff::civil::Date;

use super::declaration::{DeliveryRule, Expected};
use super::declared_files::DeclaredFile;
use super::file_pattern::{FilePattern, Kind};
use super::taken::Taken;
use crate::domain::{Period, days_since_epoch};

/// A file that is expected, or that came unasked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    feed: String,
    sender: String,
    period: Period,
    due_on: Option<Date>,
    status: Status,
    generation: String,
    file: Option<String>,
    first_read_as_at: Option<Date>,
}

/// How a file stands at the analysis date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Received,
    Late,
    Awaited,
    Missing,
    Unexpected,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Late => "late",
            Self::Awaited => "awaited",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
        }
    }
}

/// Columns of `quality.expected`: one row for each sender and period that is expected, or came.
pub(super) fn expected_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let day = |name| Field::new(name, DataType::Date32, true);
    Arc::new(Schema::new(vec![
        text("feed"),
        text("sender"),
        day("from_on"),
        day("to_on"),
        day("due_on"),
        text("status"),
        text("generation"),
        text("file"),
        day("first_read_as_at"),
    ]))
}

/// The rows of `quality.expected` at `as_at`; `kept_since` is the analysis date of the store's first
/// run: what was due before that cannot be told to be late.
pub(super) fn expected(
    rules: &[DeliveryRule],
    taken: &[Taken],
    as_at: Date,
    kept_since: Date,
) -> Vec<Row> {
    let mut rows = Vec::new();
    for rule in rules {
        let last = rule.files.file_name().unwrap_or_default().to_string_lossy();
        let Ok(pattern) = FilePattern::read(&last) else { continue };
        let (Some(expected), Some(kind)) = (&rule.expected, pattern.period_kind()) else {
            continue;
        };
        let came: Vec<Came<'_>> = taken
            .iter()
            .filter(|one| one.file.feed == rule.feed && one.file.period.is_some())
            .map(|one| Came { file: &one.file, first_read_as_at: one.first_read_as_at })
            .collect();
        rows.extend(of_rule(rule, expected, kind, &came, as_at, kept_since));
    }
    rows.sort();
    rows.dedup();
    rows
}

/// Leaves out the periods of which files are no longer kept.
pub(super) fn leave_out_periods(rows: &mut Vec<Row>, is_over: impl Fn(&str, Period) -> bool) {
    rows.retain(|row| !is_over(&row.feed, row.period));
}

/// A file that came.
struct Came<'a> {
    file: &'a DeclaredFile,
    first_read_as_at: Date,
}

fn of_rule(
    rule: &DeliveryRule,
    expected: &Expected,
    kind: Kind,
    came: &[Came<'_>],
    as_at: Date,
    kept_since: Date,
) -> Vec<Row> {
    let senders: BTreeSet<&str> = match expected.providers.is_empty() {
        true => [rule.provider.as_deref().unwrap_or_default()].into(),
        false => expected.providers.iter().map(String::as_str).collect(),
    };
    let row = |sender: &str, period: Period| {
        let is_of = |one: &&Came<'_>| one.file.sender == sender && one.file.period == Some(period);
        let of_period: Vec<&Came<'_>> = came.iter().filter(is_of).collect();
        // The last generation stands for the period.
        let last = of_period.iter().max_by_key(|one| one.file.order()).map(|one| one.file);
        let first_read_as_at = of_period.iter().map(|one| one.first_read_as_at).min();
        let due_on = due(period, expected.due_days);
        Row {
            feed: rule.feed.clone(),
            sender: sender.to_owned(),
            period,
            due_on,
            status: status(first_read_as_at, due_on, as_at, kept_since),
            generation: last.and_then(|file| file.generation.clone()).unwrap_or_default(),
            file: last.map(|file| file.name.clone()),
            first_read_as_at,
        }
    };
    let periods: Vec<Period> = periods(kind, expected.from, as_at).collect();
    let mut rows: Vec<Row> = senders
        .iter()
        .flat_map(|sender| periods.iter().map(|period| row(sender, *period)))
        .collect();
    let is_expected = |file: &DeclaredFile| {
        senders.contains(file.sender.as_str())
            && file.period.is_some_and(|period| periods.contains(&period))
    };
    let others = came.iter().filter(|one| !is_expected(one.file));
    rows.extend(others.filter_map(|one| {
        let row = row(&one.file.sender, one.file.period?);
        Some(Row { status: Status::Unexpected, due_on: None, ..row })
    }));
    rows
}

/// How a file stands that is due on a day and was first read on one, if it came.
fn status(first_read: Option<Date>, due_on: Option<Date>, as_at: Date, kept_since: Date) -> Status {
    match (first_read, due_on) {
        (Some(first), Some(due)) if first > due && due >= kept_since => Status::Late,
        (Some(_), _) => Status::Received,
        (None, Some(due)) if due > as_at => Status::Awaited,
        (None, _) => Status::Missing,
    }
}

/// Files that the screen names at most.
const MOST_NEWS: usize = 20;

/// What is to be said of expected files: all that are missing, those that came late or unasked and were
/// first read at `as_at`.
pub(super) fn news(rows: &[Row], as_at: Date) -> Vec<String> {
    let is_news = |row: &&Row| match row.status {
        Status::Missing => true,
        Status::Late | Status::Unexpected => row.first_read_as_at == Some(as_at),
        Status::Received | Status::Awaited => false,
    };
    let told: Vec<&Row> = rows.iter().filter(is_news).collect();
    let mut lines: Vec<String> = told.iter().take(MOST_NEWS).map(|row| in_words(row)).collect();
    if told.len() > MOST_NEWS {
        lines.push(format!("… and {} more files: see quality.expected", told.len() - MOST_NEWS));
    }
    lines
}

fn in_words(row: &Row) -> String {
    let sender = if row.sender.is_empty() { String::new() } else { format!(" of {}", row.sender) };
    let due = row.due_on.map_or_else(String::new, |due| format!(", due {due}"));
    let file = row.file.as_ref().map_or_else(String::new, |file| format!(": {file}"));
    format!("{:<11}{}{sender} for {}{due}{file}", row.status.as_str(), row.feed, row.period)
}

/// The periods from the one that holds `from`, as long as they have begun at `as_at`.
fn periods(kind: Kind, from: Date, as_at: Date) -> impl Iterator<Item = Period> {
    let financial_year = if from.month() >= 4 { from.year() } else { from.year() - 1 };
    let first = match kind {
        Kind::Month => Period::month(from.year(), from.month()),
        Kind::Quarter => Period::financial_quarter(financial_year, (from.month() + 8) % 12 / 3 + 1),
        Kind::FinancialYear => Period::financial_year(financial_year),
        Kind::Date => None,
    };
    std::iter::successors(first, |period| period.next()).take_while(move |p| p.to() <= as_at)
}

fn due(period: Period, days: u16) -> Option<Date> {
    period.last().checked_add(Span::new().try_days(i64::from(days)).ok()?).ok()
}

/// The rows as a batch.
pub(super) fn expected_batch(rows: &[Row]) -> RecordBatch {
    let text = |of: &dyn Fn(&Row) -> Option<String>| -> Arc<StringArray> {
        Arc::new(rows.iter().map(of).collect())
    };
    let day = |of: &dyn Fn(&Row) -> Option<Date>| -> Arc<Date32Array> {
        Arc::new(rows.iter().map(|row| of(row).map(days_since_epoch)).collect())
    };
    RecordBatch::try_new(
        expected_schema(),
        vec![
            text(&|row| Some(row.feed.clone())),
            text(&|row| Some(row.sender.clone())),
            day(&|row| Some(row.period.from())),
            day(&|row| Some(row.period.to())),
            day(&|row| row.due_on),
            text(&|row| Some(row.status.as_str().to_owned())),
            text(&|row| Some(row.generation.clone())),
            text(&|row| row.file.clone()),
            day(&|row| row.first_read_as_at),
        ],
    )
    .expect("nine columns of the declared types, all of one length")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_run_from_the_first_expected_to_the_last_that_has_ended() {
        let of = |kind, from, as_at| -> Vec<String> {
            periods(kind, from, as_at).map(|p| p.to_string()).collect()
        };
        let (from, as_at) = (date(2025, 2, 10), date(2025, 5, 1));
        assert_eq!(of(Kind::Month, from, as_at), ["2025-02", "2025-03", "2025-04"]);
        let quarters = of(Kind::Quarter, from, date(2025, 7, 1));
        assert_eq!(quarters, ["2025-01-01/2025-03-31", "2025-04-01/2025-06-30"]);
        assert_eq!(of(Kind::FinancialYear, from, as_at), ["2024-04-01/2025-03-31"]);
        assert_eq!(due(Period::month(2025, 4).unwrap(), 20), Some(date(2025, 5, 20)));
    }
}
