//! Analysts' SQL: read-only, within limits of time, rows and memory.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use super::engine::plan_message;
use super::guard::check_statements;
use super::plain_types::{plain_batch, plain_schema};
use super::resident::resident_bytes;
use super::run::{execution_error, next};
use super::sql::{parse_statements, placeholders, tables_of, tokenise};
use super::threads::Threads;
use super::{Engine, ModelError, Parameters};
use crate::domain::Sensitivity;

/// What a query may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows shown; the rest is cut off and the answer says so.
    pub rows: usize,
    /// Seconds until the query is stopped.
    pub seconds: u64,
    /// Bytes by which the process may grow until the query is stopped.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 10_000, seconds: 60, memory_bytes: 6 << 30 }
    }
}

/// What a query found.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
    /// Whether rows were cut off at the limit.
    pub is_cut: bool,
    /// How closely its rows point at people: at least as its inputs, unless it aggregates.
    pub sensitivity: Sensitivity,
    /// The tables that it read, for the audit log.
    pub tables: Vec<String>,
}

/// How often time and memory are looked at.
const TICK: Duration = Duration::from_millis(20);
const TICKS_PER_SECOND: u64 = 50;

impl Engine {
    /// Runs one read-only query.
    ///
    /// # Errors
    /// [`ModelError::Refused`] if it is not allowed, [`ModelError::Query`] if it cannot be planned,
    /// [`ModelError::OutOfTime`], [`ModelError::OutOfMemory`], [`ModelError::Execution`].
    pub fn query(
        &self,
        sql: &str,
        parameters: &Parameters,
        limits: &Limits,
    ) -> Result<Answer, ModelError> {
        let mut statement = allowed(sql, &|table| self.table(table).is_some())?;
        bind(&mut statement, parameters)?;
        let tables = tables_of(&statement).unwrap_or_default();
        let state = self.context.state();
        let max_rows = limits.rows;
        // Threads of its own: a query that never yields takes them with it, not the engine's.
        let threads = Threads::new(self.settings().target_partitions)?;
        let plan = {
            let state = state.clone();
            within(&threads, limits, async move { state.statement_to_plan(statement).await })?
        };
        let plan = plan.map_err(|error| ModelError::Query(plan_message(&error)))?;
        let read_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(|error| ModelError::Refused(plan_message(&error)))?;
        let sensitivity = match &plan {
            LogicalPlan::Explain(_) => Sensitivity::Aggregate,
            plan => self.flow(plan).level,
        };
        let rows = within(&threads, limits, collect(state, plan, max_rows))?;
        let (schema, batches, is_cut) = rows.map_err(|error| failed(&error))?;
        Ok(Answer { schema, batches, is_cut, sensitivity, tables })
    }

    /// Whether a query asks for nothing but the tables offered here: for no other, and for no
    /// parameter.
    ///
    /// # Errors
    /// What is refused whatever tables there are, as [`Self::query`] refuses it.
    pub fn suffices(&self, sql: &str) -> Result<bool, ModelError> {
        let mut statement = allowed(sql, &|_| true)?;
        let is_here = |name: &String| self.table(name).is_some();
        let has_tables = tables_of(&statement).is_ok_and(|names| names.iter().all(is_here));
        Ok(has_tables && bind(&mut statement, &Parameters::new()).is_ok())
    }
}

/// The statement of a query that may be asked of tables for which `is_table`.
fn allowed(sql: &str, is_table: &dyn Fn(&str) -> bool) -> Result<Statement, ModelError> {
    let path = Path::new("query");
    let problem = |problem: super::Problem| {
        ModelError::Query(format!(
            "line {}, column {}: {}",
            problem.place.line, problem.place.column, problem.message
        ))
    };
    let tokens = tokenise(path, sql).map_err(problem)?;
    let statements = parse_statements(path, sql, tokens).map_err(problem)?;
    check_statements(statements, is_table).map_err(ModelError::Refused)
}

/// Runs `work` on `threads` until it ends or a limit is reached.
fn within<T: Send + 'static>(
    threads: &Threads,
    limits: &Limits,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, ModelError> {
    let before = resident_bytes();
    let (sender, receiver) = sync_channel(1);
    let task = threads.runtime().spawn(async move {
        let _ = sender.send(work.await);
    });
    for _ in 0..limits.seconds.saturating_mul(TICKS_PER_SECOND) {
        match receiver.recv_timeout(TICK) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Disconnected) => return Err(engine_fault()),
            Err(RecvTimeoutError::Timeout) => {
                let grown = resident_bytes().saturating_sub(before);
                if grown > limits.memory_bytes {
                    task.abort();
                    return Err(ModelError::OutOfMemory { megabytes: limits.memory_bytes >> 20 });
                }
            }
        }
    }
    task.abort();
    Err(ModelError::OutOfTime { seconds: limits.seconds })
}

async fn collect(
    state: SessionState,
    plan: LogicalPlan,
    max_rows: usize,
) -> Result<(SchemaRef, Vec<RecordBatch>, bool), DataFusionError> {
    let is_explained = matches!(plan, LogicalPlan::Explain(_));
    let rows = DataFrame::new(state, plan);
    let rows = if is_explained { rows } else { rows.limit(0, Some(max_rows.saturating_add(1)))? };
    let schema = plain_schema(rows.schema().as_arrow());
    let mut stream = rows.execute_stream().await?;
    let (mut batches, mut n_rows) = (Vec::new(), 0);
    while let Some(batch) = next(&mut stream).await {
        let batch = plain_batch(&batch?, &schema)?;
        let kept = batch.slice(0, batch.num_rows().min(max_rows - n_rows));
        let is_cut = kept.num_rows() < batch.num_rows();
        n_rows += kept.num_rows();
        batches.push(kept);
        if is_cut {
            return Ok((schema, batches, true));
        }
    }
    Ok((schema, batches, false))
}

fn bind(statement: &mut Statement, parameters: &Parameters) -> Result<(), ModelError> {
    let tree = match statement {
        Statement::Explain(explain) => match explain.statement.as_mut() {
            Statement::Statement(tree) => tree,
            _ => return Ok(()),
        },
        Statement::Statement(tree) => tree,
        _ => return Ok(()),
    };
    let tree: &mut SqlStatement = tree;
    parameters.bind(tree);
    match placeholders(tree).pop_first() {
        Some(name) => Err(ModelError::Query(format!("no parameter `{name}`"))),
        None => Ok(()),
    }
}

/// Planning happens on first use too, so its errors can come here; they quote no cell.
fn failed(error: &DataFusionError) -> ModelError {
    match error.find_root() {
        DataFusionError::NotImplemented(_) | DataFusionError::SchemaError(..) => {
            ModelError::Query(plan_message(error))
        }
        _ => execution_error("query", error),
    }
}

fn engine_fault() -> ModelError {
    ModelError::Execution { name: "query".to_owned(), fault: super::Fault::Engine }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
    use datafusion::arrow::datatypes::Int64Type;

    use super::*;
    use crate::models::{Settings, Value};

    const LIMITS: Limits = Limits { rows: 5, seconds: 2, memory_bytes: 4 << 30 };
    /// For what ends by itself, however busy the machine is.
    const PATIENT: Limits = Limits { seconds: 60, ..LIMITS };

    fn engine() -> Engine {
        let settings =
            Settings { memory_bytes: 256 << 20, spill_bytes: 1 << 30, ..Settings::default() };
        let mut engine = Engine::new(&settings, &|_| Ok(())).expect("an engine");
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(1..=20));
        let areas: ArrayRef =
            Arc::new(StringArray::from_iter_values((1..=20).map(|n| ["a", "b"][n % 2])));
        let batch =
            RecordBatch::try_from_iter([("person_id", ids), ("area", areas)]).expect("a batch");
        engine
            .add_batches("core.person", Sensitivity::Person, &batch.schema(), vec![batch])
            .expect("added");
        engine
    }

    fn ask(sql: &str) -> Result<Answer, ModelError> {
        engine().query(sql, &Parameters::new().with("n", Value::Integer(3)), &PATIENT)
    }

    #[test]
    fn an_answer_knows_its_level_and_its_tables() {
        let rows =
            ask("select person_id, area from core.person where person_id <= $n order by person_id")
                .expect("allowed");
        assert_eq!(
            (rows.sensitivity, rows.is_cut, rows.tables),
            (Sensitivity::Person, false, vec!["core.person".to_owned()])
        );
        assert_eq!(rows.batches[0].num_rows(), 3);
        let counts = ask("select area, count(*) as n from core.person group by area order by area")
            .expect("allowed");
        assert_eq!(counts.sensitivity, Sensitivity::Aggregate);
        assert_eq!(counts.batches[0].column(1).as_primitive::<Int64Type>().values(), &[10, 10]);
    }

    #[test]
    fn rows_beyond_the_limit_are_cut_and_it_says_so() {
        let answer = ask("select person_id from core.person").expect("allowed");
        assert!(answer.is_cut);
        assert_eq!(answer.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 5);
        assert!(
            !ask("select person_id from core.person where person_id <= 5").expect("allowed").is_cut
        );
        let endless = ask("select value from generate_series(1, 1000000000000)").expect("allowed");
        assert!(endless.is_cut);
    }

    #[test]
    fn a_spine_of_months_is_allowed() {
        let sql = "select unnest(generate_series(date '2025-01-01', date '2025-04-01', interval '1 month')) as month";
        assert_eq!(
            ask(sql).expect("allowed").batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
            4
        );
        assert!(ask(&sql.replace("1 month", "1 microsecond")).is_err());
    }

    #[test]
    fn explain_shows_the_logical_plan_and_no_file() {
        let answer = ask("explain select count(*) from core.person").expect("allowed");
        let text = answer.batches[0].column(1).as_string::<i32>().value(0).to_owned();
        assert!(text.contains("core.person") && !text.contains("Exec"), "{text}");
    }

    #[test]
    fn errors_say_where_and_quote_no_cell() {
        let message = |sql: &str| ask(sql).expect_err(sql).to_string();
        assert_eq!(message("select\n  'x"), "query: line 2, column 3: unterminated string literal");
        assert!(message("select nonsense from core.person").contains("nonsense"));
        assert_eq!(message("select $other as x"), "query: no parameter `other`");
        assert_eq!(
            message("select cast(area as bigint) as x from core.person"),
            "query: a value cannot be converted to the type asked for"
        );
        assert_eq!(
            message("select 1 / (person_id - 1) as x from core.person"),
            "query: division by zero"
        );
    }

    /// Statements that change something, read what they should not, or never end.
    fn hostile() -> Vec<String> {
        let fixed = [
            "create table x as select 1",
            "create or replace table core.person as select 1",
            "create view v as select 1",
            "create schema s",
            "create database d",
            "create external table x stored as csv location '/etc/passwd'",
            "create external table x (a text) stored as parquet location '/tmp/x/'",
            "create function f(int) returns int return $1",
            "create index i on core.person (area)",
            "drop table core.person",
            "drop view v",
            "drop schema core cascade",
            "alter table core.person rename to x",
            "truncate table core.person",
            "insert into core.person values (1, 'a')",
            "update core.person set area = 'x'",
            "delete from core.person",
            "merge into core.person using core.person as b on true when matched then delete",
            "copy core.person to '/tmp/hub_hostile.csv'",
            "copy (select 1) to '/tmp/hub_hostile.parquet' stored as parquet",
            "set datafusion.catalog.information_schema = true",
            "set time zone 'utc'",
            "reset datafusion.execution.batch_size",
            "show tables",
            "show all",
            "show columns from core.person",
            "show functions",
            "describe core.person",
            "prepare p as select 1",
            "execute p",
            "deallocate p",
            "begin",
            "commit",
            "rollback",
            "use core",
            "grant select on core.person to x",
            "explain analyze select 1",
            "explain verbose select 1",
            "explain (analyze) select 1",
            "explain (costs on) select 1",
            "explain format tree select 1",
            "explain insert into core.person values (1, 'a')",
            "explain explain select 1",
            "select * from '/etc/passwd'",
            "select * from \"/etc/passwd\"",
            "select * from 'data.csv'",
            "select * from \"data.csv\"",
            "select * from \"file:///etc/passwd\"",
            "select * from read_csv('/etc/passwd')",
            "select * from parquet_metadata('/tmp/x')",
            "select * from read_parquet('/tmp/*')",
            "select * from information_schema.tables",
            "select * from information_schema.df_settings",
            "select * from link.identities",
            "select * from identities",
            "select * from hub.information_schema.tables",
            "select 1; drop table core.person",
            "select 1; select 2",
            "",
            ";",
            "-- nothing",
            "select 1 into x",
            "with x as (insert into core.person values (1, 'a')) select 1",
            "with x as (delete from core.person returning person_id) select * from x",
            "select * from core.person for update",
            "table core.person",
            "select * from core.person |> where true",
            "select 1 settings a = 1",
            "select 1 format csv",
            "select @@version",
            "select @x",
            "select repeat('x', 2000000000)",
            "select lpad('x', 2000000000, 'y')",
            "select rpad(area, cast(person_id * 100000000 as int), 'y') from core.person",
            "select array_repeat(1, 2000000000)",
            "select range(1, 10000000000)",
            "select generate_series(1, 10000000000)",
            "select unnest(range(1, 10000000000))",
            "select replace(replace(replace(replace('aaaa', 'a', 'aaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaa')",
            "select count(*) from generate_series(1, 1000000) as a, generate_series(1, 1000000) as b where a.value + b.value = 7",
            "select sum(value) from generate_series(1, 100000000000)",
            "with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t",
            "select regexp_match('aaaa', '(((a{100}){100}){100}){100}')",
            "select pg_read_file('/etc/passwd')",
            "select getenv('HOME')",
            "load 'x'",
            "attach 'x' as y",
            "call f()",
            "kill 1",
            "vacuum",
            "listen x",
        ];
        let mut all: Vec<String> = fixed.iter().map(ToString::to_string).collect();
        all.push(format!("select {}1{}", "(".repeat(10_000), ")".repeat(10_000)));
        all.push(format!("select 1{}", " + 1".repeat(10_000)));
        all.push(format!("select {}1", "- ".repeat(10_000)));
        all.push(format!("select {}true", "not ".repeat(10_000)));
        all.push(format!("select 1{}", " union all select 1".repeat(10_000)));
        all.push(format!("select case {} end", "when true then case ".repeat(10_000)));
        all.push(format!("select {}1{}", "abs(".repeat(10_000), ")".repeat(10_000)));
        all.push(format!(
            "select * from {}core.person{}",
            "(select * from ".repeat(10_000),
            ")".repeat(10_000)
        ));
        all.push(format!("select '{}'", "x".repeat(2 << 20)));
        all.push(format!(
            "with t0 as (select 1 as x){} select x from t40",
            (1..=40)
                .map(|i| format!(", t{i} as (select l.x from t{0} as l, t{0} as r)", i - 1))
                .collect::<String>()
        ));
        all
    }

    #[test]
    fn hostile_statements_are_refused_or_stopped_and_change_nothing() {
        let engine = engine();
        for sql in hostile() {
            let shown: String = sql.chars().take(120).collect();
            let error =
                engine.query(&sql, &Parameters::new(), &LIMITS).expect_err(&shown).to_string();
            assert!(error.len() < 400, "{shown}: {error}");
            assert!(!error.contains("root:"), "{shown}");
        }
        assert!(
            !Path::new("/tmp/hub_hostile.csv").exists()
                && !Path::new("/tmp/hub_hostile.parquet").exists()
        );
        let rows = engine
            .query("select count(*) as n from core.person", &Parameters::new(), &PATIENT)
            .expect("still there");
        assert_eq!(rows.batches[0].column(0).as_primitive::<Int64Type>().value(0), 20);
    }

    #[test]
    fn a_query_that_never_ends_is_stopped_in_time() {
        let sql = "select count(*) from generate_series(1, 1000000) as a, generate_series(1, 1000000) as b where a.value + b.value = 7";
        let limits = Limits { seconds: 1, ..LIMITS };
        let error = engine().query(sql, &Parameters::new(), &limits).expect_err("endless");
        assert!(matches!(error, ModelError::OutOfTime { seconds: 1 }), "{error}");
    }

    #[test]
    fn the_deepest_nesting_allowed_is_planned_and_run() {
        let brackets = format!(
            "select {}person_id{} as x from core.person",
            "(1 + ".repeat(150),
            ")".repeat(150)
        );
        assert_eq!(ask(&brackets).expect("within the limit").batches[0].num_rows(), 5);
        let chain = format!("select person_id{} as x from core.person", " + 1".repeat(450));
        assert_eq!(ask(&chain).expect("within the limit").batches[0].num_rows(), 5);
        let calls = format!(
            "select {}person_id{} as x from core.person",
            "abs(".repeat(12),
            ")".repeat(12)
        );
        assert_eq!(ask(&calls).expect("within the limit").batches[0].num_rows(), 5);
    }
}
