//! Proves, row by row as they are written, that a model's grain names each row once.

use std::cmp::Ordering;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{OwnedRow, Row, RowConverter, SortField};

/// Compares each row's grain with the one before: rows come sorted, so equal ones are neighbours.
pub(crate) struct GrainCheck {
    columns: Vec<usize>,
    rows: RowConverter,
    last: Option<OwnedRow>,
    n_rows: u64,
}

/// Why a grain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrainFault {
    /// A column of the grain is null.
    Null(usize),
    /// Two rows share a grain.
    Repeated,
    /// A row comes before one that it should follow, so repeats could be missed.
    Unsorted,
}

impl GrainCheck {
    /// A check on the columns at these places of `schema`.
    pub(crate) fn new(schema: &Schema, grain: &[usize]) -> Result<Self, ArrowError> {
        let field = |i: &usize| SortField::new(schema.field(*i).data_type().clone());
        let rows = RowConverter::new(grain.iter().map(field).collect())?;
        Ok(Self { columns: grain.to_vec(), rows, last: None, n_rows: 0 })
    }

    /// Rows seen.
    pub(crate) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Checks the next rows; `Some` as soon as the grain is broken.
    pub(crate) fn see(&mut self, batch: &RecordBatch) -> Result<Option<GrainFault>, ArrowError> {
        self.n_rows += batch.num_rows() as u64;
        if self.columns.is_empty() {
            return Ok((self.n_rows > 1).then_some(GrainFault::Repeated));
        }
        let keys: Vec<_> = self.columns.iter().map(|i| batch.column(*i).clone()).collect();
        if let Some(column) = keys.iter().position(|key| key.null_count() > 0) {
            return Ok(Some(GrainFault::Null(column)));
        }
        let rows = self.rows.convert_columns(&keys)?;
        let first = self.last.as_ref().filter(|_| rows.num_rows() > 0);
        let fault = first.and_then(|last| fault_between(last.row(), rows.row(0))).or_else(|| {
            (1..rows.num_rows()).find_map(|i| fault_between(rows.row(i - 1), rows.row(i)))
        });
        if rows.num_rows() > 0 {
            self.last = Some(rows.row(rows.num_rows() - 1).owned());
        }
        Ok(fault)
    }
}

fn fault_between(before: Row<'_>, after: Row<'_>) -> Option<GrainFault> {
    match before.cmp(&after) {
        Ordering::Less => None,
        Ordering::Equal => Some(GrainFault::Repeated),
        Ordering::Greater => Some(GrainFault::Unsorted),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    fn batch(a: &[Option<i64>], b: &[&str]) -> RecordBatch {
        let a: ArrayRef = Arc::new(Int64Array::from(a.to_vec()));
        let b: ArrayRef = Arc::new(StringArray::from(b.to_vec()));
        RecordBatch::try_from_iter_with_nullable([("a", a, true), ("b", b, true)]).expect("a batch")
    }

    fn faults(grain: &[&str], batches: &[RecordBatch]) -> Option<GrainFault> {
        let schema = batches[0].schema();
        let grain: Vec<usize> =
            grain.iter().map(|name| schema.index_of(name).expect("a column")).collect();
        let mut check = GrainCheck::new(&schema, &grain).expect("comparable types");
        batches.iter().find_map(|batch| check.see(batch).expect("comparable"))
    }

    #[test]
    fn a_key_repeated_within_or_across_batches_is_found() {
        let one = batch(&[Some(1), Some(1)], &["x", "y"]);
        let two = batch(&[Some(1), Some(2)], &["y", "y"]);
        assert_eq!(faults(&["a", "b"], std::slice::from_ref(&one)), None);
        assert_eq!(faults(&["a"], std::slice::from_ref(&one)), Some(GrainFault::Repeated));
        assert_eq!(faults(&["a", "b"], &[one, batch(&[], &[]), two]), Some(GrainFault::Repeated));
    }

    #[test]
    fn a_null_in_the_grain_is_found_and_elsewhere_is_not() {
        let nulls = batch(&[None, Some(2)], &["x", "y"]);
        assert_eq!(faults(&["b", "a"], std::slice::from_ref(&nulls)), Some(GrainFault::Null(1)));
        assert_eq!(faults(&["b"], &[nulls]), None);
    }

    #[test]
    fn without_a_grain_there_is_one_row_at_most() {
        assert_eq!(faults(&[], &[batch(&[Some(1)], &["x"])]), None);
        assert_eq!(
            faults(&[], &[batch(&[Some(1), Some(2)], &["x", "y"])]),
            Some(GrainFault::Repeated)
        );
    }

    #[test]
    fn rows_out_of_order_are_found_within_and_across_batches() {
        let down = batch(&[Some(2), Some(1)], &["x", "y"]);
        assert_eq!(faults(&["a"], std::slice::from_ref(&down)), Some(GrainFault::Unsorted));
        let apart = [batch(&[Some(2)], &["x"]), batch(&[Some(1)], &["y"])];
        assert_eq!(faults(&["a"], &apart), Some(GrainFault::Unsorted));
        assert_eq!(faults(&["b"], &apart), None);
    }
}
