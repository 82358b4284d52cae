//! Whose each identity is and since when: the part of the ledger that a rebuild replays.
//!
//! The person index says the same and more, in a form that changes with linkage. This says no more than
//! keeping ids asks for: who loses the index keeps the ids. It holds tonight's identities alone, so that
//! nothing is left in it of what was destroyed.

use std::sync::Arc;

use arrow::array::{Date32Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field as Column, Schema};
use jiff::civil::Date;

use super::error::LinkError;
use super::table::Table;
use crate::domain::{days_since_epoch, from_days_since_epoch};

/// An identity, its person, and the date of the run from which on it has been theirs.
pub(crate) type Since = (i64, i64, Date);

/// Tonight's lines, ordered by identity, given those of the night before: a line whose person stays keeps
/// its date.
pub(crate) fn lines(
    tonight: impl Iterator<Item = (i64, i64)>,
    before: &[Since],
    as_at: Date,
) -> Vec<Since> {
    let mut before = before.iter().copied().peekable();
    let since = |(identity, person): (i64, i64)| {
        while before.next_if(|&(other, ..)| other < identity).is_some() {}
        let known = before.peek().filter(|known| (known.0, known.1) == (identity, person));
        (identity, person, known.map_or(as_at, |known| known.2))
    };
    tonight.map(since).collect()
}

/// The lines as a table: `identity_id`, `person_id`, `since_on`.
///
/// # Errors
/// Arrow refuses the columns.
pub(crate) fn to_batch(lines: &[Since]) -> Result<RecordBatch, LinkError> {
    let schema = Schema::new(vec![
        Column::new("identity_id", DataType::Int64, false),
        Column::new("person_id", DataType::Int64, false),
        Column::new("since_on", DataType::Date32, false),
    ]);
    let ids = |of: fn(&Since) -> i64| Arc::new(Int64Array::from_iter_values(lines.iter().map(of)));
    let days = lines.iter().map(|line| days_since_epoch(line.2));
    Ok(RecordBatch::try_new(
        Arc::new(schema),
        vec![ids(|line| line.0), ids(|line| line.1), Arc::new(Date32Array::from_iter_values(days))],
    )?)
}

/// Reads the table, ordered by identity.
///
/// # Errors
/// A column is missing, of another type or null, or holds what is no date.
pub(crate) fn from_batches(batches: &[RecordBatch]) -> Result<Vec<Since>, LinkError> {
    const TABLE: &str = "ledger of identities";
    let table = Table::new(TABLE, batches);
    let (identities, persons) = (table.int64("identity_id")?, table.int64("person_id")?);
    let no_date = LinkError::WrongType { table: TABLE, column: "since_on", expected: "a date" };
    let dates: Option<Vec<Date>> =
        table.days("since_on")?.into_iter().map(from_days_since_epoch).collect();
    let mut lines: Vec<Since> = identities
        .into_iter()
        .zip(persons)
        .zip(dates.ok_or(no_date)?)
        .map(|((identity, person), since)| (identity, person, since))
        .collect();
    lines.sort_unstable();
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_line_keeps_its_date_while_the_identity_stays_with_its_person() {
        let [first, second] = [1, 2].map(|day| date(2026, 4, day));
        let before = lines([(1, 10), (2, 10), (4, 40)].into_iter(), &[], first);
        let after = lines([(1, 10), (2, 20), (3, 30)].into_iter(), &before, second);
        assert_eq!(after, [(1, 10, first), (2, 20, second), (3, 30, second)]);
        let read = from_batches(&[to_batch(&after).expect("a table")]).expect("readable");
        assert_eq!(read, after);
    }
}
