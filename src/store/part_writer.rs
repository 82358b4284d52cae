//! Writes parts: the same rows give the same bytes, however they were batched.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{BatchCoalescer, cast};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use parquet::errors::ParquetError;
use rayon::prelude::*;
use tempfile::NamedTempFile;

use super::atomic::{persist, temp_file};
use super::hash::Hashing;
use super::listed_column::ListedColumn;
use super::parquet_file::{Listed, ParquetFile, ROWS_PER_GROUP, ROWS_PER_WRITE};
use super::{Part, Store, StoreError, Zone};

type PartFile = BufWriter<Hashing<NamedTempFile>>;

/// A part in the making: rows go in, [`finish`](Self::finish) names it.
///
/// Dropped unfinished, it leaves nothing behind.
pub struct PartWriter {
    store: Store,
    zone: Zone,
    schema: SchemaRef,
    /// Which columns come as lists and places, once the first rows have told; none of a nested schema.
    listed: Option<Listed>,
    /// The other columns.
    rows: BatchCoalescer,
    n_in_group: usize,
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
        Ok(PartWriter {
            store,
            zone,
            schema,
            listed: None,
            rows,
            n_in_group: 0,
            empty,
            parquet: None,
            temp_path,
            n_rows: 0,
        })
    }
}

impl PartWriter {
    /// Adds rows; their order is kept. A column of texts may come as a dictionary array.
    ///
    /// # Errors
    /// Columns that do not fit the part, a type that Parquet does not have, or what the file system
    /// says.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.check_fit(batch)?;
        self.n_rows += batch.num_rows() as u64;
        if self.listed.is_none() && batch.num_rows() > 0 {
            self.choose_listed(batch);
        }
        let mut start = 0;
        while start < batch.num_rows() {
            let n_rows = (ROWS_PER_GROUP - self.n_in_group).min(batch.num_rows() - start);
            self.write_within_group(&batch.slice(start, n_rows))?;
            self.n_in_group = (self.n_in_group + n_rows) % ROWS_PER_GROUP;
            start += n_rows;
        }
        Ok(())
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
        let mut listed = self.listed.take().unwrap_or_default();
        let Self { store, zone, temp_path, n_rows, .. } = self;
        let file = parquet.finish(&mut listed).map_err(StoreError::parquet(&temp_path))?;
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
                Some(parquet) => {
                    let listed = self.listed.get_or_insert_default();
                    let written = parquet.write(&batch, listed);
                    written.map_err(StoreError::parquet(&self.temp_path))?;
                }
                None => return Err(self.unbegun()),
            }
        }
        Ok(())
    }

    /// Begins the file if it is not begun yet.
    fn begin(&mut self, first: Option<&RecordBatch>) -> Result<(), StoreError> {
        let Some(empty) = self.empty.take() else { return Ok(()) };
        let has_listed = self.listed.as_ref().is_some_and(|listed| !listed.is_empty());
        let begun = ParquetFile::begin(empty, Arc::clone(&self.schema), first, has_listed);
        self.parquet = Some(begun.map_err(|error| self.failed(error))?);
        Ok(())
    }

    /// Why there is no file to write to: beginning it has failed before.
    fn unbegun(&self) -> StoreError {
        self.failed(ParquetError::General("the file could not be begun".to_owned()))
    }

    /// Lists the columns that come as dictionaries first.
    fn choose_listed(&mut self, first: &RecordBatch) {
        let is_flat = self.schema.fields().iter().all(|field| !field.data_type().is_nested());
        let is_listed = |i: &usize| is_dictionary(first.column(*i)) && is_flat;
        let listed: Vec<usize> = (0..first.num_columns()).filter(is_listed).collect();
        // Rows are counted by the columns that are not listed.
        let listed = if listed.len() == first.num_columns() { Vec::new() } else { listed };
        let others: Vec<usize> = (0..first.num_columns()).filter(|i| !listed.contains(i)).collect();
        if let Ok(others) = self.schema.project(&others) {
            self.rows = BatchCoalescer::new(Arc::new(others), ROWS_PER_WRITE);
        }
        self.listed = Some(listed.into_iter().map(|i| (i, ListedColumn::default())).collect());
    }

    /// Adds rows that all fall into the row group at hand.
    fn write_within_group(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let listed = self.listed.get_or_insert_default();
        let failed = |error: ParquetError| StoreError::parquet(&self.temp_path)(error);
        let columns: Vec<_> =
            listed.iter_mut().map(|(i, column)| (batch.column(*i), column)).collect();
        columns
            .into_par_iter()
            .try_for_each(|(array, column)| column.push(array))
            .map_err(failed)?;
        let mut others = Vec::with_capacity(batch.num_columns() - listed.len());
        for (i, array) in batch.columns().iter().enumerate() {
            if listed.contains_key(&i) {
                continue;
            }
            others.push(match is_dictionary(array) {
                true => cast(array, &DataType::Utf8).map_err(|error| failed(error.into()))?,
                false => Arc::clone(array),
            });
        }
        let others = RecordBatch::try_new(self.rows.schema(), others)
            .and_then(|others| self.rows.push_batch(others));
        others.map_err(|error| self.failed(error.into()))?;
        self.write_completed()
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

    fn failed(&self, error: ParquetError) -> StoreError {
        StoreError::parquet(&self.temp_path)(error)
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
