//! Copies of parts without the rows that hold certain ids, and runs that are amended so.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};

use super::manifest::run_id;
use super::{Manifest, Part, RunLock, Store, StoreError, Zone};

/// Ids that no row may hold any more, by the name that a column of them has or ends with:
/// `person_id` stands for `became_person_id` too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unwanted(pub BTreeMap<&'static str, HashSet<i64>>);

/// The column of a record's id.
const RECORD: &str = "record_id";

impl Unwanted {
    fn of_column(&self, column: &str) -> Option<&HashSet<i64>> {
        let is_it = |name: &str| {
            let before = column.strip_suffix(name);
            before.is_some_and(|before| before.is_empty() || before.ends_with('_'))
        };
        let (_, ids) = self.0.iter().find(|(name, _)| is_it(name))?;
        Some(ids).filter(|ids| !ids.is_empty())
    }

    /// The records among them.
    pub fn records(&self) -> impl Iterator<Item = &i64> {
        self.0.get(RECORD).into_iter().flatten()
    }

    /// Columns that may hold one of the ids. Where a row says whose it is, its record's id says nothing:
    /// another version of the record may have been somebody else's.
    fn columns<'a>(&self, schema: &'a Schema) -> Vec<&'a str> {
        let tells_whose = schema.column_with_name("identity_id").is_some();
        let fields = schema.fields().iter();
        let fields = fields.filter(|field| !(tells_whose && field.name().ends_with(RECORD)));
        let is_id = |field: &&Arc<Field>| {
            *field.data_type() == DataType::Int64 && self.of_column(field.name()).is_some()
        };
        fields.filter(is_id).map(|field| field.name().as_str()).collect()
    }

    /// Which rows may stay.
    fn stays(&self, batch: &RecordBatch, columns: &[&str]) -> BooleanArray {
        let ids: Vec<_> = columns
            .iter()
            .filter_map(|name| {
                let column = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
                Some((column, self.of_column(name)?))
            })
            .collect();
        let stays = |row: usize| {
            !ids.iter()
                .any(|(column, ids)| column.is_valid(row) && ids.contains(&column.value(row)))
        };
        (0..batch.num_rows()).map(|row| Some(stays(row))).collect()
    }
}

impl Store {
    /// A copy of a part without the rows that hold unwanted ids; `None` if it holds none.
    ///
    /// # Errors
    /// A part that is missing or damaged; what the file system says.
    pub fn without(
        &self,
        zone: Zone,
        part: &Part,
        unwanted: &Unwanted,
    ) -> Result<Option<Part>, StoreError> {
        let schema = self.stream(zone, part)?.schema().clone();
        let columns = unwanted.columns(&schema);
        if columns.is_empty() {
            return Ok(None);
        }
        let mut is_touched = false;
        for batch in self.stream_columns(zone, part, &columns)? {
            is_touched |= unwanted.stays(&batch?, &columns).has_false();
            if is_touched {
                break;
            }
        }
        if !is_touched {
            return Ok(None);
        }
        let mut writer = self.writer(zone, Arc::clone(&schema))?;
        for batch in self.stream(zone, part)? {
            let batch = batch?;
            let kept = filter_record_batch(&batch, &unwanted.stays(&batch, &columns));
            let path = self.path(zone, part);
            writer.write(&kept.map_err(|error| StoreError::parquet(&path)(error.into()))?)?;
        }
        writer.finish().map(Some)
    }

    /// A part with the rows alone that `stay`: a copy, or the part itself if all do.
    ///
    /// # Errors
    /// A part that is missing or damaged; what the file system says.
    pub fn keeping(
        &self,
        zone: Zone,
        part: &Part,
        stay: &dyn Fn(&RecordBatch) -> BooleanArray,
    ) -> Result<Part, StoreError> {
        let batches = self.stream(zone, part)?;
        let mut writer = self.writer(zone, batches.schema().clone())?;
        for batch in batches {
            let batch = batch?;
            let kept = filter_record_batch(&batch, &stay(&batch));
            let path = self.path(zone, part);
            writer.write(&kept.map_err(|error| StoreError::parquet(&path)(error.into()))?)?;
        }
        let kept = writer.finish()?;
        Ok(if kept.n_rows == part.n_rows { part.clone() } else { kept })
    }

    /// Puts amended runs in the place of all there are, oldest first: they become visible by one
    /// rename, after which those of before go with every part that they alone held.
    ///
    /// The runs must say in their governance what they were amended for, so that a crash after the
    /// rename is seen and finished by whoever next takes the lock.
    ///
    /// # Errors
    /// As [`publish`](Store::publish); `current` is then as it was.
    pub fn amend(&self, lock: &RunLock, mut amended: Vec<Manifest>) -> Result<(), StoreError> {
        let first = self.next_sequence()?;
        for (manifest, sequence) in amended.iter_mut().zip(first..) {
            manifest.run_id = run_id(sequence, &manifest.content_hash()?);
        }
        self.publish_all(lock, &amended)?;
        self.finish_destruction(lock).map(drop)
    }
}
