//! Reads parts, batch by batch.

use std::io;
use std::path::PathBuf;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::{Part, Store, StoreError, Zone, sha256_file};

const ROWS_PER_BATCH: usize = 8 * 1024;

/// The batches of one part, in the order they were written.
pub struct PartReader {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    schema: SchemaRef,
}

impl Store {
    /// All rows of a part at once; for large parts take [`stream`](Self::stream).
    ///
    /// # Errors
    /// A part that is missing or damaged.
    pub fn read(&self, zone: Zone, part: &Part) -> Result<Vec<RecordBatch>, StoreError> {
        self.stream(zone, part)?.collect()
    }

    /// The rows of a part, some thousands at a time.
    ///
    /// # Errors
    /// A part that is missing or damaged.
    pub fn stream(&self, zone: Zone, part: &Part) -> Result<PartReader, StoreError> {
        self.open_part(zone, part, None)
    }

    /// Some columns of a part, in the order of the part.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn stream_columns(
        &self,
        zone: Zone,
        part: &Part,
        columns: &[&str],
    ) -> Result<PartReader, StoreError> {
        self.open_part(zone, part, Some(columns))
    }

    fn open_part(
        &self,
        zone: Zone,
        part: &Part,
        columns: Option<&[&str]>,
    ) -> Result<PartReader, StoreError> {
        let path = self.path(zone, part);
        let file = self.part_file(zone, &path).map_err(|error| match error {
            StoreError::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                StoreError::MissingPart { sha256: part.sha256.clone(), zone: zone.folder() }
            }
            error => error,
        })?;
        // A seal holds chunks together, not a file to its name: somebody could put back an older list.
        if zone.is_sealed() {
            let found = sha256_file(&path).map_err(StoreError::file(&path))?;
            if path.file_stem().is_none_or(|name| name != found.as_str()) {
                let reason = "other bytes than its name says";
                return Err(StoreError::DamagedPart { sha256: part.sha256.clone(), reason });
            }
        }
        let mut builder =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(StoreError::parquet(&path))?;
        let n_rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        if n_rows != part.n_rows {
            let reason = "another number of rows";
            return Err(StoreError::DamagedPart { sha256: part.sha256.clone(), reason });
        }
        if let Some(columns) = columns {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        let batches =
            builder.with_batch_size(ROWS_PER_BATCH).build().map_err(StoreError::parquet(&path))?;
        let schema = batches.schema();
        Ok(PartReader { path, batches, schema })
    }
}

impl PartReader {
    /// The part's columns.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for PartReader {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batches.next()?;
        Some(batch.map_err(|error| StoreError::parquet(&self.path)(error.into())))
    }
}
