//! Reads some columns of a part and leaves the others alone.

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Part, Store, StoreError, Zone};

impl Store {
    /// The named columns of a part, in the part's order, as batches; names that it lacks are passed
    /// over.
    ///
    /// # Errors
    /// A part that is missing or damaged.
    pub fn columns(
        &self,
        zone: Zone,
        part: &Part,
        names: &[&str],
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let path = self.path(zone, part);
        let file = self.part_file(zone, &path)?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(StoreError::parquet(&path))?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        let batches = builder.with_projection(mask).build().map_err(StoreError::parquet(&path))?;
        batches.map(|batch| batch.map_err(|e| StoreError::parquet(&path)(e.into()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{a_part, a_store};
    use super::*;

    #[test]
    fn only_the_columns_asked_for_are_read() {
        let (_folder, store) = a_store();
        let part = a_part(&store, Zone::Parts, 100);
        let whole = store.read(Zone::Parts, &part).unwrap();
        let some = store.columns(Zone::Parts, &part, &["score", "person_id", "lost"]).unwrap();
        assert_eq!(some.iter().map(RecordBatch::num_rows).sum::<usize>(), 100);
        assert_eq!(some[0].schema().fields().len(), 2);
        assert_eq!(some[0].column_by_name("person_id"), whole[0].column_by_name("person_id"));
    }
}
