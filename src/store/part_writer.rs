//! Writes parts: the same rows give the same bytes, however they were batched.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterVersion};
use tempfile::NamedTempFile;

use super::atomic::{persist, temp_file};
use super::hash::Hashing;
use super::{Part, Store, StoreError, Zone};

/// Rows handed to the Parquet writer at once: it checks its page limits between such calls, so
/// their size must not depend on the caller.
const ROWS_PER_WRITE: usize = 8 * 1024;
/// Rows per row group: a whole number of writes.
const ROWS_PER_GROUP: usize = 16 * ROWS_PER_WRITE;

type PartFile = BufWriter<Hashing<NamedTempFile>>;

/// A part in the making: rows go in, [`finish`](Self::finish) names it.
///
/// Dropped unfinished, it leaves nothing behind.
pub struct PartWriter {
    store: Store,
    zone: Zone,
    schema: SchemaRef,
    rows: BatchCoalescer,
    parquet: ArrowWriter<PartFile>,
    temp_path: PathBuf,
    n_rows: u64,
}

impl Store {
    /// Begins a part with these columns. Metadata of schema and fields is not kept.
    ///
    /// # Errors
    /// What the file system says, or a type that Parquet does not have.
    pub fn writer(&self, zone: Zone, schema: SchemaRef) -> Result<PartWriter, StoreError> {
        let schema = bare(schema);
        let folder = self.zone(zone);
        let temp = temp_file(&folder, zone.file_mode()).map_err(StoreError::file(&folder))?;
        let temp_path = temp.path().to_path_buf();
        let file = BufWriter::new(Hashing::new(temp));
        let parquet = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties()))
            .map_err(StoreError::parquet(&temp_path))?;
        let rows = BatchCoalescer::new(Arc::clone(&schema), ROWS_PER_WRITE);
        Ok(PartWriter { store: self.clone(), zone, schema, rows, parquet, temp_path, n_rows: 0 })
    }
}

impl PartWriter {
    /// Adds rows; their order is kept.
    ///
    /// # Errors
    /// Columns that do not fit the part, or what the file system says.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let batch = self.fitted(batch)?;
        self.n_rows += batch.num_rows() as u64;
        self.rows.push_batch(batch).map_err(|error| self.failed(error.into()))?;
        self.write_completed()
    }

    /// Makes the part durable under its name.
    ///
    /// # Errors
    /// What the file system says; no part is then added.
    pub fn finish(mut self) -> Result<Part, StoreError> {
        self.rows.finish_buffered_batch().map_err(|error| self.failed(error.into()))?;
        self.write_completed()?;
        let Self { store, zone, parquet, temp_path, n_rows, .. } = self;
        let file = parquet.into_inner().map_err(StoreError::parquet(&temp_path))?;
        let hashing =
            file.into_inner().map_err(|error| StoreError::file(&temp_path)(error.into_error()))?;
        let (temp, sha256, n_bytes) = hashing.finish();
        let part = Part { sha256, n_rows, n_bytes };
        // An existing file of this name is replaced by the same bytes: damage heals.
        let path = store.path(zone, &part);
        persist(temp, &path).map_err(StoreError::file(&path))?;
        Ok(part)
    }

    fn write_completed(&mut self) -> Result<(), StoreError> {
        while let Some(batch) = self.rows.next_completed_batch() {
            self.parquet.write(&batch).map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// The batch under the part's own schema.
    fn fitted(&self, batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
        if batch.num_columns() != self.schema.fields().len() {
            let (expected, found) = (self.schema.fields().len(), batch.num_columns());
            return Err(StoreError::ColumnCount { expected, found });
        }
        for (i, field) in self.schema.fields().iter().enumerate() {
            let mismatch =
                |reason| StoreError::ColumnMismatch { column: field.name().clone(), reason };
            if batch.schema_ref().field(i).name() != field.name() {
                return Err(mismatch("another name"));
            }
            if batch.column(i).data_type() != field.data_type() {
                return Err(mismatch("another type"));
            }
            if !field.is_nullable() && batch.column(i).null_count() > 0 {
                return Err(mismatch("nulls where none may be"));
            }
        }
        RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())
            .map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, error: ParquetError) -> StoreError {
        StoreError::parquet(&self.temp_path)(error)
    }
}

/// The schema without metadata, which could carry what is not the rows' content.
fn bare(schema: SchemaRef) -> SchemaRef {
    let strip = |field: &Arc<Field>| Field::clone(field).with_metadata(HashMap::new());
    let schema = Arc::unwrap_or_clone(schema);
    Arc::new(Schema::new(schema.fields.iter().map(strip).collect::<Vec<_>>()))
}

/// Everything that decides the bytes, stated: library defaults may change, part names must not.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("hub".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("1 is a zstd level")))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_write_batch_size(1024)
        .set_data_page_row_count_limit(20_000)
        .set_data_page_size_limit(1024 * 1024)
        .set_dictionary_page_size_limit(1024 * 1024)
        .set_column_index_truncate_length(Some(64))
        .set_statistics_truncate_length(Some(64))
        .build()
}
