//! Writes parts: the same rows give the same bytes, however they were batched.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use tempfile::NamedTempFile;

use super::atomic::{persist, temp_file};
use super::columnar::{ParquetFile, ROWS_PER_GROUP};
use super::hash::Hashing;
use super::{Part, Store, StoreError, Zone};

/// A part in the making: rows go in, [`finish`](Self::finish) names it.
///
/// Dropped unfinished, it leaves nothing behind.
pub struct PartWriter {
    store: Store,
    zone: Zone,
    schema: SchemaRef,
    parquet: ParquetFile<BufWriter<Hashing<NamedTempFile>>>,
    /// Rows of the row group at hand.
    held: Vec<RecordBatch>,
    n_held: usize,
    temp_path: PathBuf,
    n_rows: u64,
}

impl Store {
    /// Begins a part with these columns. Metadata of schema and fields is not kept.
    ///
    /// # Errors
    /// A type that Parquet does not have, or what the file system says.
    pub fn writer(&self, zone: Zone, schema: SchemaRef) -> Result<PartWriter, StoreError> {
        let schema = bare(schema);
        let folder = self.zone(zone);
        let temp = temp_file(&folder, zone.file_mode()).map_err(StoreError::file(&folder))?;
        let temp_path = temp.path().to_path_buf();
        let file = BufWriter::new(Hashing::new(temp));
        let parquet = ParquetFile::begin(file, Arc::clone(&schema))
            .map_err(StoreError::parquet(&temp_path))?;
        let (store, held) = (self.clone(), Vec::new());
        Ok(PartWriter { store, zone, schema, parquet, held, n_held: 0, temp_path, n_rows: 0 })
    }
}

impl PartWriter {
    /// Adds rows; their order is kept. A column of texts may come as a dictionary array.
    ///
    /// # Errors
    /// Columns that do not fit the part, or what the file system says.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.check_fit(batch)?;
        self.n_rows += batch.num_rows() as u64;
        let mut start = 0;
        while start < batch.num_rows() {
            let n_rows = (ROWS_PER_GROUP - self.n_held).min(batch.num_rows() - start);
            self.held.push(batch.slice(start, n_rows));
            self.n_held += n_rows;
            start += n_rows;
            if self.n_held == ROWS_PER_GROUP {
                self.write_held()?;
            }
        }
        Ok(())
    }

    /// Makes the part durable under its name.
    ///
    /// # Errors
    /// What the file system says; no part is then added.
    pub fn finish(mut self) -> Result<Part, StoreError> {
        self.write_held()?;
        let Self { store, zone, parquet, temp_path, n_rows, .. } = self;
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

    fn write_held(&mut self) -> Result<(), StoreError> {
        if self.n_held == 0 {
            return Ok(());
        }
        self.n_held = 0;
        let written = self.parquet.write_group(&std::mem::take(&mut self.held));
        written.map_err(StoreError::parquet(&self.temp_path))
    }

    /// Whether a batch has the part's columns.
    fn check_fit(&self, batch: &RecordBatch) -> Result<(), StoreError> {
        if batch.num_columns() != self.schema.fields().len() {
            let (expected, found) = (self.schema.fields().len(), batch.num_columns());
            return Err(StoreError::ColumnCount { expected, found });
        }
        for (i, field) in self.schema.fields().iter().enumerate() {
            let mismatch =
                |reason| StoreError::ColumnMismatch { column: field.name().clone(), reason };
            let column = batch.column(i);
            let is_listed = is_dictionary(column) && *field.data_type() == DataType::Utf8;
            if batch.schema_ref().field(i).name() != field.name() {
                return Err(mismatch("another name"));
            }
            if column.data_type() != field.data_type() && !is_listed {
                return Err(mismatch("another type"));
            }
            if !field.is_nullable() && column.null_count() > 0 {
                return Err(mismatch("nulls where none may be"));
            }
        }
        Ok(())
    }
}

/// Whether a column of texts comes as a list and places in it.
fn is_dictionary(column: &ArrayRef) -> bool {
    column
        .as_dictionary_opt::<Int32Type>()
        .is_some_and(|c| *c.values().data_type() == DataType::Utf8)
}

/// The schema without metadata, which could carry what is not the rows' content.
fn bare(schema: SchemaRef) -> SchemaRef {
    let strip = |field: &Arc<Field>| Field::clone(field).with_metadata(HashMap::new());
    let schema = Arc::unwrap_or_clone(schema);
    Arc::new(Schema::new(schema.fields.iter().map(strip).collect::<Vec<_>>()))
}
