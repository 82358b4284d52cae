//! Runs one model: plan, execute, sort by the grain, write in one stream, check.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;

use super::grain::{GrainCheck, GrainFault};
use super::plain_types::{plain_batch, plain_schema};
use super::sink::{Sink, StoreSink};
use super::sorted::sorted_rows;
use super::{Engine, Fault, Model, ModelError, Parameters, Rule, Table};
use crate::domain::Sensitivity;
use crate::store::{Part, Store, Zone};

/// A model that has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub n_rows: u64,
    /// What its rows are, for the tables that read them.
    pub table: Table,
    /// Whether it ran out of memory at first and was run again with joins that spill.
    pub is_retried: bool,
}

impl Engine {
    /// Runs `model` into `store`, offers the part as the model's table, and holds the rows
    /// against the model's checks.
    ///
    /// # Errors
    /// As [`run`](Self::run) and [`check_rows`](Self::check_rows). A part that fails a check
    /// stays in the store, unreferenced.
    pub fn build(
        &mut self,
        store: &Store,
        model: &Model,
        parameters: &Parameters,
    ) -> Result<(Part, Built), ModelError> {
        let mut sink = StoreSink::new(store);
        let built = self.run(model, parameters, &mut sink)?;
        let failed = |source| sink_error(model, source);
        let part = sink.finish().map_err(|error| failed(error.into()))?;
        let part = part.ok_or_else(|| failed("no table was begun".into()))?;
        self.add_parts(&model.name, built.table.sensitivity, &[store.path(Zone::Parts, &part)])?;
        self.tables.insert(model.name.clone(), built.table.clone());
        self.check_rows(model, parameters)?;
        Ok((part, built))
    }

    /// Runs `model` and writes its rows to `sink`, sorted by its grain, which is checked on the way.
    ///
    /// A model that runs out of memory is run once more with joins that can spill.
    ///
    /// # Errors
    /// [`ModelError::Declarations`] if it cannot be planned or declares too low a sensitivity;
    /// [`ModelError::CheckFailed`] if the grain does not hold; [`ModelError::Execution`];
    /// [`ModelError::Sink`].
    pub fn run(
        &self,
        model: &Model,
        parameters: &Parameters,
        sink: &mut dyn Sink,
    ) -> Result<Built, ModelError> {
        let plan = self.plan_model(model, parameters).map_err(ModelError::declaration)?;
        let table = self.table_of(model, &plan)?;
        match self.write(model, &self.state(false), &plan, sink) {
            Err(ModelError::Execution { fault: Fault::Memory, .. }) => {
                let (schema, n_rows) = self.write(model, &self.state(true), &plan, sink)?;
                Ok(Built { schema, n_rows, table, is_retried: true })
            }
            other => {
                other.map(|(schema, n_rows)| Built { schema, n_rows, table, is_retried: false })
            }
        }
    }

    /// What the model's table is; its declaration may raise the level, never lower it.
    pub(crate) fn table_of(&self, model: &Model, plan: &LogicalPlan) -> Result<Table, ModelError> {
        let flow = self.flow(plan);
        // Only disclosure control makes a table `released`.
        let inferred = flow.level.max(Sensitivity::Aggregate);
        let declared = model.header.sensitivity;
        if declared < inferred {
            let message = format!("declared `{declared}`, but its lineage makes it `{inferred}`");
            let problem = model.problem(Rule::Sensitivity, "sensitivity", message);
            return Err(ModelError::declaration(problem));
        }
        let person_columns = flow.person_columns(plan.schema());
        Ok(Table { name: model.name.clone(), sensitivity: declared, person_columns })
    }

    fn write(
        &self,
        model: &Model,
        state: &SessionState,
        plan: &LogicalPlan,
        sink: &mut dyn Sink,
    ) -> Result<(SchemaRef, u64), ModelError> {
        let failed = |error: DataFusionError| execution_error(&model.name, &error);
        let arrow = |error: ArrowError| failed(DataFusionError::from(error));
        let schema = plain_schema(plan.schema().as_arrow());
        let keys = grain_columns(&schema, model)?;
        let mut grain = GrainCheck::new(&schema, &keys).map_err(arrow)?;
        sink.begin(&schema).map_err(|source| sink_error(model, source))?;
        self.block_on(async {
            let mut stream = sorted_rows(state, plan, &keys).await.map_err(failed)?;
            while let Some(batch) = next(&mut stream).await {
                let batch = plain_batch(&batch.map_err(failed)?, &schema).map_err(arrow)?;
                if let Some(fault) = grain.see(&batch).map_err(arrow)? {
                    return Err(grain_error(model, fault, grain.n_rows()));
                }
                sink.write(&batch).map_err(|source| sink_error(model, source))?;
            }
            Ok(())
        })?;
        Ok((schema, grain.n_rows()))
    }
}

/// The next batch of a stream.
pub(crate) async fn next(
    stream: &mut SendableRecordBatchStream,
) -> Option<Result<RecordBatch, DataFusionError>> {
    std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await
}

pub(crate) fn execution_error(name: &str, error: &DataFusionError) -> ModelError {
    ModelError::Execution { name: name.to_owned(), fault: Fault::of(error) }
}

/// Where the grain's columns are.
fn grain_columns(schema: &SchemaRef, model: &Model) -> Result<Vec<usize>, ModelError> {
    let place = |name: &String| {
        schema.index_of(name).map_err(|_| {
            let message = format!("the grain's column `{name}` is not in the select");
            ModelError::declaration(model.problem(Rule::Grain, "grain", message))
        })
    };
    model.header.grain.iter().map(place).collect()
}

fn grain_error(model: &Model, fault: GrainFault, n_rows: u64) -> ModelError {
    let check = match fault {
        GrainFault::Null(column) => format!("not_null({})", model.header.grain[column]),
        GrainFault::Repeated if model.header.grain.is_empty() => "one row".to_owned(),
        GrainFault::Repeated => format!("unique({})", model.header.grain.join(", ")),
        GrainFault::Unsorted => {
            return ModelError::Execution { name: model.name.clone(), fault: Fault::Order };
        }
    };
    ModelError::CheckFailed { model: model.name.clone(), check, n_rows }
}

fn sink_error(model: &Model, source: Box<dyn std::error::Error + Send + Sync>) -> ModelError {
    ModelError::Sink { model: model.name.clone(), source }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};
    use jiff::civil::date;

    use super::*;
    use crate::models::{MemorySink, Settings, Value};

    /// `n` rows in a shuffled order that depends on `seed`, over three areas.
    fn rows(n: i64, seed: i64) -> RecordBatch {
        let key = |i: i64| (i * 7919 + seed) % n;
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values((0..n).map(key)));
        let areas =
            (0..n).map(|i| ["north", "south", "west"][usize::try_from(key(i) % 3).expect("small")]);
        let areas: ArrayRef = Arc::new(StringArray::from_iter_values(areas));
        RecordBatch::try_from_iter([("person_id", ids), ("area", areas)]).expect("a batch")
    }

    fn model(grain: &str, extra: &str, sql: &str) -> Model {
        let text = format!(
            "--! summary = \"x\"\n--! grain = {grain}\n--! sensitivity = \"person\"\n{extra}{sql}"
        );
        Model::parse("core.made", Path::new("core/made.sql"), &text).expect("a model")
    }

    fn engine(settings: &Settings) -> Engine {
        let mut engine = Engine::new(settings, &|_| Ok(())).expect("an engine");
        let batch = rows(1000, 5);
        engine
            .add_batches("base.a", Sensitivity::Person, &batch.schema(), vec![batch])
            .expect("added");
        engine
    }

    fn outcome(model: &Model) -> Result<Vec<RecordBatch>, String> {
        let mut sink = MemorySink::default();
        let parameters = Parameters::new().with("as_at", Value::Date(date(2026, 4, 1)));
        engine(&Settings::default())
            .run(model, &parameters, &mut sink)
            .map_err(|error| error.to_string())?;
        Ok(sink.batches)
    }

    #[test]
    fn equal_rows_give_equal_bytes_whatever_their_order_files_and_partitions() {
        let sql = "select a.area, a.person_id, b.n, b.last_id, cast(b.n as double) / 3 as third, arrow_cast(a.area, 'Dictionary(Int32, Utf8)') as code from base.a as a join (select area, count(*) as n, max(person_id) as last_id from base.a group by area) as b on b.area = a.area";
        same_bytes(&model("[\"area\", \"person_id\"]", "", sql));
    }

    #[test]
    fn a_list_unnested_and_joined_is_sorted_in_one_partition_too() {
        let sql = "with made as (select area, array_agg(person_id order by person_id) as ids from base.a group by area), id as (select area, unnest(ids) as person_id from made), odd as (select area, person_id, 1 as n from base.a where person_id % 2 = 1) select id.area, id.person_id, odd.n from id left join odd on odd.area = id.area and odd.person_id = id.person_id";
        same_bytes(&model("[\"area\", \"person_id\"]", "", sql));
    }

    /// Builds a model of 30,000 rows in four settings, over files in four orders.
    fn same_bytes(made: &Model) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("a store");
        let mut seen = Vec::new();
        for (target_partitions, batch_rows, seed, n_files) in
            [(1, 8192, 1, 1), (2, 8192, 77, 1), (4, 100, 500, 2), (8, 1000, 3, 5)]
        {
            let settings = Settings { target_partitions, batch_rows, ..Settings::default() };
            let mut engine = Engine::new(&settings, &|_| Ok(())).expect("an engine");
            let all = rows(30_000, seed);
            let size = all.num_rows() / n_files;
            let paths: Vec<PathBuf> = (0..n_files)
                .map(|i| {
                    let mut writer = store.writer(Zone::Parts, all.schema()).expect("a writer");
                    writer.write(&all.slice(i * size, size)).expect("written");
                    store.path(Zone::Parts, &writer.finish().expect("finished"))
                })
                .collect();
            engine.add_parts("base.a", Sensitivity::Person, &paths).expect("offered");
            let (part, built) = engine.build(&store, made, &Parameters::new()).expect("built");
            assert_eq!(built.n_rows, 30_000);
            assert!(built.table.person_columns.contains(&"person_id".to_owned()));
            seen.push(part.sha256);
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
    }

    #[test]
    fn parameters_take_part_as_typed_values() {
        let batches = outcome(&model("[]", "", "select count(*) as n, $as_at - interval '1 year' as since from base.a where date '2025-04-01' = $as_at - interval '1 year'")).expect("runs");
        assert_eq!(batches[0].schema().field(1).data_type().to_string(), "Date32");
        let missing = outcome(&model("[]", "", "select $nothing as x")).expect_err("unknown");
        assert_eq!(missing, "core/made.sql:4:8: no parameter `nothing`");
    }

    #[test]
    fn a_grain_that_does_not_hold_fails_by_name() {
        let broken = outcome(&model("[\"area\"]", "", "select area, person_id from base.a"))
            .expect_err("repeated");
        assert!(broken.starts_with("core.made: check `unique(area)` fails for"), "{broken}");
        let null = outcome(&model("[\"x\"]", "", "select nullif(person_id, 7) as x from base.a"))
            .expect_err("a null");
        assert!(null.starts_with("core.made: check `not_null(x)` fails for"), "{null}");
        let missing =
            outcome(&model("[\"y\"]", "", "select person_id from base.a")).expect_err("no column");
        assert_eq!(missing, "core/made.sql:2:5: the grain's column `y` is not in the select");
    }

    #[test]
    fn a_level_below_the_lineage_is_refused_and_above_is_kept() {
        let text = |level: &str, sql: &str| {
            format!("--! summary = \"x\"\n--! grain = []\n--! sensitivity = \"{level}\"\n{sql}")
        };
        let model = |level: &str, sql: &str| {
            Model::parse("a.b", Path::new("a/b.sql"), &text(level, sql)).expect("a model")
        };
        let low = outcome(&model("aggregate", "select max(person_id) as m from base.a"))
            .expect_err("too low");
        assert_eq!(low, "a/b.sql:3:5: declared `aggregate`, but its lineage makes it `person`");
        let released =
            outcome(&model("released", "select count(*) as n from base.a")).expect_err("too low");
        assert!(released.contains("declared `released`"), "{released}");
        assert!(outcome(&model("aggregate", "select count(*) as n from base.a")).is_ok());
        assert!(outcome(&model("person", "select count(*) as n from base.a")).is_ok());
    }

    #[test]
    fn faults_in_rows_are_named_by_kind_only() {
        let cast = outcome(&model("[]", "", "select sum(cast(area as bigint)) as n from base.a"))
            .expect_err("no number");
        assert_eq!(cast, "core.made: a value cannot be converted to the type asked for");
    }

    /// A batch of 10,000 rows with memory of its own.
    fn chunk(n: i64) -> RecordBatch {
        let keys = n * 10_000..(n + 1) * 10_000;
        let areas: ArrayRef =
            Arc::new(StringArray::from_iter_values(keys.clone().map(|i| i.to_string())));
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(keys));
        RecordBatch::try_from_iter([("person_id", ids), ("area", areas)]).expect("a batch")
    }

    #[test]
    fn a_join_beyond_the_memory_limit_is_run_again_with_joins_that_spill() {
        let settings = Settings { memory_bytes: 64 << 20, batch_rows: 1024, ..Settings::default() };
        let mut small = Engine::new(&settings, &|_| Ok(())).expect("an engine");
        let batches: Vec<RecordBatch> = (0..500).map(chunk).collect();
        let schema = batches[0].schema();
        small.add_batches("base.a", Sensitivity::Person, &schema, batches).expect("added");
        let sql = "select a.person_id, b.area from base.a as a join base.a as b on b.person_id = a.person_id";
        let made = model("[\"person_id\"]", "", sql);
        let mut sink = MemorySink::default();
        let built = small.run(&made, &Parameters::new(), &mut sink).unwrap_or_else(|error| {
            let plan = small.plan_model(&made, &Parameters::new()).expect("a plan");
            let state = small.state(true);
            let said = small.block_on(async {
                let mut stream = sorted_rows(&state, &plan, &[0]).await?;
                while let Some(batch) = next(&mut stream).await {
                    batch?;
                }
                Ok::<(), DataFusionError>(())
            });
            panic!("{error}: {said:?}")
        });
        assert!(built.is_retried);
        assert_eq!(built.n_rows, 5_000_000);
        assert_eq!(sink.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 5_000_000);
    }
}
