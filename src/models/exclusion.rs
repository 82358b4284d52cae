//! Tables without the rows that a purpose may not see.
//!
//! The rows are left out where the table is offered, so that no model and no query can forget it:
//! under the table's name there is nothing else. The ids that are left out are in no table, and a
//! plan shows that there is a filter, not whom it is about.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Column, Result};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

use super::tables::{reference, table_error};
use super::{Engine, ModelError};

/// Ids of rows to be left out: keyed hashes, of which no two bits belong together.
#[derive(Debug, Default)]
pub struct LeftOut(HashSet<i64, BuildHasherDefault<AsItIs>>);

impl FromIterator<i64> for LeftOut {
    fn from_iter<I: IntoIterator<Item = i64>>(ids: I) -> Self {
        Self(ids.into_iter().collect())
    }
}

impl LeftOut {
    /// How many ids there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Hashes an id by taking it as it is: it is random already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_i64(&mut self, value: i64) {
        // The table takes its place and its control bits from both ends.
        self.0 = value.cast_unsigned().rotate_left(17);
    }
}

impl Engine {
    /// Puts in place of a table the same without the rows that have one of these ids in one of
    /// these columns; a row that has no id there stays.
    ///
    /// # Errors
    /// [`ModelError::Table`] if there is no such table or column.
    pub fn leave_out(
        &mut self,
        name: &str,
        columns: &[&str],
        ids: &Arc<LeftOut>,
    ) -> std::result::Result<(), ModelError> {
        let none = || table_error(name, "no such table".to_owned());
        let table = self.table(name).ok_or_else(none)?.clone();
        let failed = |error: DataFusionError| table_error(name, error.strip_backtrace());
        let found = self.block_on(async { self.context.table_provider(reference(name)).await });
        let source = provider_as_source(found.map_err(failed)?);
        if let Some(column) = columns.iter().find(|c| source.schema().index_of(c).is_err()) {
            return Err(table_error(name, format!("no column `{column}`")));
        }
        let view = || -> Result<ViewTable> {
            let is_left_out = ScalarUDF::from(IsLeftOut::new(ids));
            let mut plan = LogicalPlanBuilder::scan(reference(name), source, None)?;
            for column in columns {
                let column = Expr::Column(Column::new(Some(reference(name)), *column));
                plan = plan.filter(Expr::Not(Box::new(is_left_out.call(vec![column]))))?;
            }
            Ok(ViewTable::new(plan.build()?, None))
        };
        let view = view().map_err(failed)?;
        self.add(table, Arc::new(view))
    }
}

/// Whether an id is among those left out. Never registered: only the tables' own plans call it.
#[derive(Debug)]
struct IsLeftOut {
    ids: Arc<LeftOut>,
    signature: Signature,
}

impl IsLeftOut {
    fn new(ids: &Arc<LeftOut>) -> Self {
        let signature = Signature::exact(vec![DataType::Int64], Volatility::Immutable);
        Self { ids: Arc::clone(ids), signature }
    }
}

// Two functions of one name are the same only over the same ids.
impl PartialEq for IsLeftOut {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.ids, &other.ids)
    }
}

impl Eq for IsLeftOut {}

impl Hash for IsLeftOut {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.ids).hash(state);
    }
}

impl ScalarUDFImpl for IsLeftOut {
    fn name(&self) -> &str {
        "is_left_out"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _given: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let n_rows = given.number_rows;
        let arrays = ColumnarValue::values_to_arrays(&given.args)?;
        let none = || DataFusionError::Internal("ids are whole numbers".to_owned());
        let ids = arrays.first().and_then(|array| array.as_primitive_opt::<Int64Type>());
        let ids = ids.ok_or_else(none)?;
        let is_left_out = |row: usize| ids.is_valid(row) && self.ids.0.contains(&ids.value(row));
        let found: BooleanArray =
            (0..n_rows.min(ids.len())).map(|row| Some(is_left_out(row))).collect();
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

    use super::*;
    use crate::domain::Sensitivity;
    use crate::models::{Limits, Parameters, Settings};
    use crate::store::{Store, Zone};

    const LIMITS: Limits = Limits { rows: 100, seconds: 60, memory_bytes: 4 << 30 };

    /// An engine over six rows, one of them about nobody, without those of the identities 2 and 4.
    fn engine(store: &Store) -> Engine {
        let ids: ArrayRef =
            Arc::new(Int64Array::from(vec![Some(1), Some(2), None, Some(3), Some(4), Some(2)]));
        let codes: ArrayRef =
            Arc::new(StringArray::from_iter_values(["a", "b", "c", "d", "e", "f"]));
        let batch =
            RecordBatch::try_from_iter([("identity_id", ids), ("code", codes)]).expect("a batch");
        let mut writer = store.writer(Zone::Parts, batch.schema()).expect("a writer");
        writer.write(&batch).expect("written");
        let path = store.path(Zone::Parts, &writer.finish().expect("finished"));
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        engine
            .add_parts_as("record.apc", Sensitivity::Person, &batch.schema(), &[path])
            .expect("offered");
        let ids: Arc<LeftOut> = Arc::new([2, 4].into_iter().collect());
        engine.leave_out("record.apc", &["identity_id"], &ids).expect("left out");
        engine
    }

    fn codes(engine: &Engine, sql: &str) -> Vec<String> {
        let answer = engine.query(sql, &Parameters::new(), &LIMITS).expect("an answer");
        let texts = answer.batches.iter().flat_map(|batch| {
            let column = batch.column(0).as_string::<i32>();
            column.iter().flatten().map(str::to_owned).collect::<Vec<_>>()
        });
        texts.collect()
    }

    #[test]
    fn rows_are_left_out_however_the_table_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = engine(&Store::open(folder.path()).expect("a store"));
        for (sql, expected) in [
            ("select code from record.apc order by code", ["a", "c", "d"].as_slice()),
            // A limit must not be counted before the rows are left out, nor a filter forgotten.
            ("select code from record.apc where code > 'a' order by code limit 1", &["c"]),
            ("select code from record.apc where identity_id = 2", &[]),
            ("select code from record.apc where identity_id is null", &["c"]),
            ("select max(code) as code from record.apc", &["d"]),
            ("select cast(count(*) as varchar) as n from record.apc", &["3"]),
            (
                "select a.code from record.apc as a join record.apc as b on a.code = b.code \
                 where b.identity_id >= 1 order by a.code",
                &["a", "d"],
            ),
            (
                "select code from record.apc as a where not exists \
                 (select 1 from record.apc as b where b.code < a.code)",
                &["a"],
            ),
        ] {
            assert_eq!(codes(&engine, sql), expected, "{sql}");
        }
        let three = engine.query("select * from record.apc limit 3", &Parameters::new(), &LIMITS);
        let n: usize = three.expect("rows").batches.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(n, 3);
    }

    #[test]
    fn the_level_stays_and_neither_the_ids_nor_the_function_can_be_had() {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = engine(&Store::open(folder.path()).expect("a store"));
        let ask = |sql: &str| engine.query(sql, &Parameters::new(), &LIMITS);
        let answer = ask("select identity_id from record.apc").expect("rows");
        assert_eq!(answer.sensitivity, Sensitivity::Person);
        assert!(ask("select is_left_out(2) as x").is_err());
        let plan = ask("explain select code from record.apc").expect("a plan");
        let shown = format!("{:?}", plan.batches);
        assert!(shown.contains("is_left_out"), "{shown}");
        assert!(!shown.contains("{2") && !shown.contains("4}"), "{shown}");
    }

    #[test]
    fn a_table_or_column_that_is_not_there_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut engine = engine(&Store::open(folder.path()).expect("a store"));
        let ids = Arc::new(LeftOut::default());
        assert!(engine.leave_out("record.op", &["identity_id"], &ids).is_err());
        assert!(engine.leave_out("record.apc", &["person_id"], &ids).is_err());
    }
}
