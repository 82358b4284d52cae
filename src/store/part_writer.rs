//! Writes parts: the same rows give the same bytes, however they were batched.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::errors::ParquetError;
use tempfile::NamedTempFile;

use super::atomic::{persist, temp_file};
use super::hash::Hashing;
use super::parquet_file::{ParquetFile, ROWS_PER_WRITE};
use super::{Part, Store, StoreError, Zone};

type PartFile = BufWriter<Hashing<NamedTempFile>>;

/// A part in the making: rows go in, [`finish`](Self::finish) names it.
///
/// Dropped unfinished, it leaves nothing behind.
pub struct PartWriter {
    store: Store,
    zone: Zone,
    schema: SchemaRef,
    rows: BatchCoalescer,
    /// The file, until its first rows decide how it is encoded.
    empty: Option<PartFile>,
    parquet: Option<ParquetFile<PartFile>>,
    temp_path: PathBuf,
    n_rows: u64,
}

impl Store {
    /// Begins a part with these columns. Metadata of schema and fields is not kept.
    ///
    /// # Errors
    /// What the file system says.
    pub fn writer(&self, zone: Zone, schema: SchemaRef) -> Result<PartWriter, StoreError> {
        let schema = bare(schema);
        let folder = self.zone(zone);
        let temp = temp_file(&folder, zone.file_mode()).map_err(StoreError::file(&folder))?;
        let temp_path = temp.path().to_path_buf();
        let empty = Some(BufWriter::new(Hashing::new(temp)));
        let rows = BatchCoalescer::new(Arc::clone(&schema), ROWS_PER_WRITE);
        let store = self.clone();
        Ok(PartWriter { store, zone, schema, rows, empty, parquet: None, temp_path, n_rows: 0 })
    }
}

impl PartWriter {
    /// Adds rows; their order is kept.
    ///
    /// # Errors
    /// Columns that do not fit the part, a type that Parquet does not have, or what the file system
    /// says.
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
        self.begin(None)?;
        let parquet = self.parquet.take().ok_or_else(|| self.unbegun())?;
        let Self { store, zone, temp_path, n_rows, .. } = self;
        let file = parquet.finish().map_err(StoreError::parquet(&temp_path))?;
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
            self.begin(Some(&batch))?;
            match &mut self.parquet {
                Some(parquet) => parquet.write(&batch).map_err(|error| self.failed(error))?,
                None => return Err(self.unbegun()),
            }
        }
        Ok(())
    }

    /// Begins the file if it is not begun yet.
    fn begin(&mut self, first: Option<&RecordBatch>) -> Result<(), StoreError> {
        let Some(empty) = self.empty.take() else { return Ok(()) };
        let begun = ParquetFile::begin(empty, Arc::clone(&self.schema), first);
        self.parquet = Some(begun.map_err(|error| self.failed(error))?);
        Ok(())
    }

    /// Why there is no file to write to: beginning it has failed before.
    fn unbegun(&self) -> StoreError {
        self.failed(ParquetError::General("the file could not be begun".to_owned()))
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
