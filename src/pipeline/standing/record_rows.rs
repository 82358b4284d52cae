//! What records say that matters to their identities and to windows of days.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type, TimestampSecondType};

/// The columns of a batch of records that supersession reads.
pub(super) struct RecordRows<'a> {
    identity: Option<&'a ArrayRef>,
    event: Option<&'a ArrayRef>,
    provider: Option<&'a ArrayRef>,
}

impl<'a> RecordRows<'a> {
    pub(super) fn of(batch: &'a RecordBatch, event_column: Option<&str>) -> Self {
        Self {
            identity: batch.column_by_name("identity_id"),
            event: event_column.and_then(|name| batch.column_by_name(name)),
            provider: batch.column_by_name("provider_code"),
        }
    }

    pub(super) fn identity(&self, row: usize) -> Option<i64> {
        let ids = self.identity?.as_primitive_opt::<Int64Type>()?;
        ids.is_valid(row).then(|| ids.value(row))
    }

    /// The day of the event since 1970-01-01.
    pub(super) fn event(&self, row: usize) -> Option<i32> {
        let event = self.event.filter(|event| event.is_valid(row))?;
        if let Some(days) = event.as_primitive_opt::<Date32Type>() {
            return Some(days.value(row));
        }
        let seconds = event.as_primitive_opt::<TimestampSecondType>()?.value(row);
        i32::try_from(seconds.div_euclid(86_400)).ok()
    }

    pub(super) fn provider(&self, row: usize) -> Option<&'a str> {
        let codes = self.provider?.as_string_opt::<i32>()?;
        codes.is_valid(row).then(|| codes.value(row))
    }
}
