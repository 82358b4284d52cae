//! The ledger of person ids: when each came to be and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field as Column, Schema, SchemaRef};
use jiff::civil::Date;

use super::error::LinkError;
use crate::domain::days_since_epoch;

/// What happened to a person id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// First seen.
    New,
    /// All its identities' person is now known by another id.
    Merged,
    /// Some of its identities are now another person.
    Split,
}

/// One dated line of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerRow {
    /// The run's date.
    pub on: Date,
    /// The id that something happened to.
    pub person_id: i64,
    /// The id it became: itself if new, the survivor if merged, the part that left if split.
    pub became_person_id: i64,
    /// What happened.
    pub change: Change,
}

impl Change {
    pub(crate) const ALL: [Self; 3] = [Self::New, Self::Merged, Self::Split];

    /// The word in the ledger.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Merged => "merged",
            Self::Split => "split",
        }
    }
}

/// The id by which a person is known now, given one by which it ever was.
///
/// An id that split resolves to itself: the part that left has an id of its own.
#[must_use]
pub fn resolve(ledger: &[LedgerRow], person_id: i64) -> i64 {
    Mergers::of(ledger).present(person_id)
}

/// Which ids were merged into which.
#[derive(Debug, Default)]
pub(crate) struct Mergers {
    into: BTreeMap<i64, i64>,
}

impl Mergers {
    pub(crate) fn of(ledger: &[LedgerRow]) -> Self {
        let merged = ledger.iter().filter(|row| row.change == Change::Merged);
        Self { into: merged.map(|row| (row.person_id, row.became_person_id)).collect() }
    }

    /// Whether the id was given up for another.
    pub(crate) fn retired(&self, person_id: i64) -> bool {
        self.into.contains_key(&person_id)
    }

    /// The end of the chain; a merged id is never used again, so that a chain has an end.
    pub(crate) fn present(&self, person_id: i64) -> i64 {
        let mut at = person_id;
        for _ in 0..=self.into.len() {
            match self.into.get(&at) {
                Some(&next) => at = next,
                None => break,
            }
        }
        at
    }
}

/// Columns of `link.ledger`.
#[must_use]
pub fn ledger_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Column::new("person_id", DataType::Int64, false),
        Column::new("became_person_id", DataType::Int64, false),
        Column::new("change", DataType::Utf8, false),
        Column::new("on", DataType::Date32, false),
        Column::new("present_person_id", DataType::Int64, false),
    ]))
}

/// The ledger as a table, with the id that each line's outcome resolves to now.
///
/// # Errors
/// Arrow refuses the columns.
pub(crate) fn to_batch(ledger: &[LedgerRow]) -> Result<RecordBatch, LinkError> {
    let mergers = Mergers::of(ledger);
    let ids = |id: &dyn Fn(&LedgerRow) -> i64| {
        Arc::new(Int64Array::from_iter_values(ledger.iter().map(id)))
    };
    let words = ledger.iter().map(|row| row.change.word());
    let days = ledger.iter().map(|row| days_since_epoch(row.on));
    Ok(RecordBatch::try_new(
        ledger_schema(),
        vec![
            ids(&|row| row.person_id),
            ids(&|row| row.became_person_id),
            Arc::new(StringArray::from_iter_values(words)),
            Arc::new(Date32Array::from_iter_values(days)),
            ids(&|row| mergers.present(row.person_id)),
        ],
    )?)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(person_id: i64, became_person_id: i64, change: Change) -> LedgerRow {
        LedgerRow { on: date(2026, 4, 1), person_id, became_person_id, change }
    }

    #[test]
    fn old_ids_resolve_over_several_mergers() {
        let ledger =
            [row(1, 2, Change::Merged), row(2, 3, Change::Merged), row(3, 4, Change::Split)];
        assert_eq!(resolve(&ledger, 1), 3);
        assert_eq!(resolve(&ledger, 3), 3);
        assert_eq!(resolve(&ledger, 9), 9);
    }
}
