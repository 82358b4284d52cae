//! Where a model's finished rows go.

use std::error::Error;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use crate::store::{Part, PartWriter, Store, StoreError, Zone};

/// Takes the rows of one model, in order.
pub trait Sink {
    /// Begins a table of these columns; whatever was begun before is dropped.
    ///
    /// # Errors
    /// What keeps the table from being begun.
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// Adds rows.
    ///
    /// # Errors
    /// What keeps the rows from being kept.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// Rows kept in memory, for tests and small tables.
#[derive(Debug, Default)]
pub struct MemorySink {
    /// The batches written.
    pub batches: Vec<RecordBatch>,
}

impl Sink for MemorySink {
    fn begin(&mut self, _: &SchemaRef) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.batches.clear();
        Ok(())
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.batches.push(batch.clone());
        Ok(())
    }
}

/// Rows written to a part of the store; nothing is added until it is finished.
pub struct StoreSink<'a> {
    store: &'a Store,
    writer: Option<PartWriter>,
}

impl<'a> StoreSink<'a> {
    /// A sink into `store`.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self { store, writer: None }
    }

    /// Makes the part durable; `None` if no table was begun.
    ///
    /// # Errors
    /// What the store says.
    pub fn finish(self) -> Result<Option<Part>, StoreError> {
        self.writer.map(PartWriter::finish).transpose()
    }
}

impl Sink for StoreSink<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.writer = None;
        self.writer = Some(self.store.writer(Zone::Parts, schema.clone())?);
        Ok(())
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Box<dyn Error + Send + Sync>> {
        let writer = self.writer.as_mut().ok_or("rows before their table was begun")?;
        Ok(writer.write(batch)?)
    }
}
