//! Writes parts: the same rows give the same bytes, however they were batched.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use tempfile::NamedTempFile;

use super::atomic::{persist, temp_file};
use super::columnar::{ParquetFile, ROWS_PER_GROUP};
use super::hash::Hashing;
use super::sealed::Sealing;
use super::widths::{bytes_of_rows, most_bytes};
use super::{Part, Store, StoreError, Zone};

/// Bytes of texts in a row group, unless one row alone has more: a page must not pass two gigabytes, nor a
/// group the memory.
const BYTES_PER_GROUP: usize = 256 << 20;

/// A part in the making: rows go in, [`finish`](Self::finish) names it.
///
/// Dropped unfinished, it leaves nothing behind.
pub struct PartWriter {
    store: Store,
    zone: Zone,
    schema: SchemaRef,
    parquet: ParquetFile<Sink>,
    /// Rows of the row group at hand.
    held: Vec<RecordBatch>,
    n_held: usize,
    /// No less than the bytes of their texts.
    most_bytes: usize,
    temp_path: PathBuf,
    n_rows: u64,
}

/// Where the bytes of a part go: a file of the identity zone is sealed on its way.
enum Sink {
    Plain(BufWriter<Hashing<NamedTempFile>>),
    Sealed(Sealing<Hashing<NamedTempFile>>),
}

impl Sink {
    fn finish(self) -> io::Result<Hashing<NamedTempFile>> {
        match self {
            Self::Plain(file) => file.into_inner().map_err(io::IntoInnerError::into_error),
            Self::Sealed(file) => file.finish(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Sealed(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Sealed(file) => file.flush(),
        }
    }
}

impl Store {
    /// Begins a part with these columns. Metadata of schema and fields is not kept.
    ///
    /// # Errors
    /// A type that Parquet does not have, what the file system says, or [`StoreError::NoZoneKey`].
    pub fn writer(&self, zone: Zone, schema: SchemaRef) -> Result<PartWriter, StoreError> {
        let schema = bare(schema);
        let folder = self.zone(zone);
        let temp = temp_file(&folder, zone.file_mode()).map_err(StoreError::file(&folder))?;
        let temp_path = temp.path().to_path_buf();
        let file = Hashing::new(temp);
        let sink = if zone.is_sealed() {
            let sealing = Sealing::begin(file, Arc::clone(self.sealing_key()?));
            Sink::Sealed(sealing.map_err(StoreError::file(&temp_path))?)
        } else {
            Sink::Plain(BufWriter::new(file))
        };
        let parquet = ParquetFile::begin(sink, Arc::clone(&schema))
            .map_err(StoreError::parquet(&temp_path))?;
        let (store, held) = (self.clone(), Vec::new());
        let (n_held, most_bytes, n_rows) = (0, 0, 0);
        Ok(PartWriter { store, zone, schema, parquet, held, n_held, most_bytes, temp_path, n_rows })
    }
}

impl PartWriter {
    /// The same part, in whose rows this column of texts holds one text that is said later, whatever
    /// stands there. Rows wait for it in memory, encoded.
    #[must_use]
    pub fn awaiting_text(mut self, column: usize) -> Self {
        self.parquet.await_text(column);
        self
    }

    /// Says the text that was awaited.
    ///
    /// # Errors
    /// What the file system says.
    pub fn supply_text(&mut self, text: &str) -> Result<(), StoreError> {
        self.parquet.supply_text(text).map_err(StoreError::parquet(&self.temp_path))
    }

    /// Bytes in memory that wait for a text.
    #[must_use]
    pub fn n_bytes_waiting(&self) -> usize {
        self.parquet.n_bytes_waiting()
    }

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
            self.hold(batch.slice(start, n_rows));
            start += n_rows;
            while self.most_bytes > BYTES_PER_GROUP && self.write_wide()? {}
            if self.n_held == ROWS_PER_GROUP {
                self.write_held()?;
            }
        }
        Ok(())
    }

    fn hold(&mut self, batch: RecordBatch) {
        self.n_held += batch.num_rows();
        self.most_bytes += most_bytes(&batch);
        self.held.push(batch);
    }

    /// Writes the rows before the one with which there are too many bytes; false if there is none.
    fn write_wide(&mut self) -> Result<bool, StoreError> {
        let mut n_bytes = 0;
        for i in 0..self.held.len() {
            let rows = bytes_of_rows(&self.held[i]);
            for (row, bytes) in rows.into_iter().enumerate() {
                n_bytes += bytes;
                let is_first = i == 0 && row == 0;
                if n_bytes > BYTES_PER_GROUP && !is_first {
                    self.write_before(i, row)?;
                    return Ok(true);
                }
            }
        }
        self.most_bytes = n_bytes.min(BYTES_PER_GROUP);
        Ok(false)
    }

    fn write_before(&mut self, batch: usize, row: usize) -> Result<(), StoreError> {
        let rest = self.held.split_off(batch);
        let (before, after) = (rest[0].slice(0, row), rest[0].slice(row, rest[0].num_rows() - row));
        if row > 0 {
            self.hold(before);
        }
        self.write_held()?;
        self.hold(after);
        rest.into_iter().skip(1).for_each(|batch| self.hold(batch));
        Ok(())
    }

    /// Makes the part durable under its name.
    ///
    /// # Errors
    /// What the file system says; no part is then added.
    pub fn finish(mut self) -> Result<Part, StoreError> {
        self.write_held()?;
        let Self { store, zone, parquet, temp_path, n_rows, .. } = self;
        let sink = parquet.finish().map_err(StoreError::parquet(&temp_path))?;
        let hashing = sink.finish().map_err(StoreError::file(&temp_path))?;
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
        (self.n_held, self.most_bytes) = (0, 0);
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
            if !field.is_nullable() && column.logical_null_count() > 0 {
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
