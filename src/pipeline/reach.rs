//! How far feeds are complete, for the page that says so.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, Int64Type};
use jiff::civil::Date;

use super::built::{BuiltModels, rows_of};
use super::checked::Checked;
use super::error::PipelineError;
use super::released::in_words;
use crate::domain::from_days_since_epoch;
use crate::store::Store;

/// The model that says it.
const MODEL: &str = "quality.complete_to";

/// How far a feed is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    feed: String,
    /// First day after the last complete month.
    complete_to: Date,
    /// Months before that which are not complete.
    n_gaps: i64,
    data_from: Date,
    as_at: Date,
}

impl Reach {
    /// What a reader has to know of the feed; `None` if it is complete.
    pub(super) fn remark(&self, checked: &Checked) -> Option<String> {
        let feed = in_words(checked, std::slice::from_ref(&self.feed)).concat();
        let months = match self.n_gaps {
            0 => String::new(),
            1 => " One earlier month is not complete and in no figure.".to_owned(),
            n => format!(" {n} earlier months are not complete and in no figure."),
        };
        if self.complete_to >= self.as_at {
            return (self.n_gaps > 0).then(|| format!("{feed}:{months}"));
        }
        if self.complete_to <= self.data_from {
            return Some(format!("No month of {feed} is complete: no figure counts it."));
        }
        let last = self.complete_to.yesterday().unwrap_or(self.complete_to);
        let last = last.strftime("%-d %B %Y");
        Some(format!(
            "{feed} is complete to {last} only: rates, baselines, forecasts and comparisons stop \
             there.{months}"
        ))
    }
}

/// How far every feed is complete in the days that the extracts cover, in order of feed; nothing if the
/// pipeline has no such model.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn reach(
    store: &Store,
    built: &BuiltModels,
    (data_from, as_at): (Date, Date),
) -> Result<Vec<Reach>, PipelineError> {
    let Some(entry) = built.tables.get(MODEL) else { return Ok(Vec::new()) };
    let mut reach = Vec::new();
    for batch in rows_of(store, entry)? {
        let column = |name| batch.column_by_name(name);
        let (Some(feed), Some(to), Some(gaps)) = (
            column("feed").and_then(|c| c.as_string_opt::<i32>()),
            column("complete_to").and_then(|c| c.as_primitive_opt::<Date32Type>()),
            column("n_gaps").and_then(|c| c.as_primitive_opt::<Int64Type>()),
        ) else {
            continue;
        };
        reach.extend((0..batch.num_rows()).filter(|row| to.is_valid(*row)).filter_map(|row| {
            Some(Reach {
                feed: feed.value(row).to_owned(),
                complete_to: from_days_since_epoch(to.value(row))?,
                n_gaps: gaps.value(row),
                data_from,
                as_at,
            })
        }));
    }
    Ok(reach)
}

/// The last day for which every feed is complete, the day before `as_at` at the latest.
pub(super) fn last_complete_day(reach: &[Reach], as_at: Date) -> Date {
    let first_open = reach.iter().map(|reach| reach.complete_to).chain([as_at]).min();
    let first_open = first_open.unwrap_or(as_at);
    first_open.yesterday().unwrap_or(first_open)
}
