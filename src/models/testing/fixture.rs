//! A small world for one test: its tables, its parameters, the models to run in it.

use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use crate::domain::Sensitivity;
use crate::models::sql::{parse_statements, tokenise};
use crate::models::tables::reference;
use crate::models::{
    Catalogue, Engine, Fault, Limits, MemorySink, ModelError, Parameters, Settings, Table, Value,
};

/// Registers SQL functions with a session.
pub(crate) type Register<'a> = &'a dyn Fn(&SessionContext) -> EngineResult<()>;

/// What a statement of a test gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestOutput {
    /// A statement that gives no rows.
    Done,
    /// The rows of a query.
    Rows {
        /// One letter per column: `T` text, `I` whole number, `R` other number, `?` anything else.
        types: Vec<char>,
        /// Each cell as text; `NULL` for null, `(empty)` for an empty text.
        rows: Vec<Vec<String>>,
    },
}

/// An engine with a catalogue for one test file.
pub struct Fixture<'a> {
    engine: Engine,
    catalogue: &'a Catalogue,
    parameters: Parameters,
}

impl<'a> Fixture<'a> {
    /// An empty world.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn new(
        catalogue: &'a Catalogue,
        register: Register<'_>,
        parameters: Parameters,
    ) -> Result<Self, ModelError> {
        let settings = Settings { memory_bytes: 1 << 30, ..Settings::default() };
        Ok(Self { engine: Engine::new(&settings, register)?, catalogue, parameters })
    }

    /// Carries out one statement: `create table schema.name … as values …`, `set name = literal`
    /// (a parameter), `run model schema.name`, or a query.
    ///
    /// # Errors
    /// What the statement runs into.
    pub fn execute(&mut self, sql: &str) -> Result<TestOutput, ModelError> {
        let sql = sql.trim().trim_end_matches(';');
        let words: Vec<&str> = sql.split_whitespace().take(3).collect();
        match words.as_slice() {
            ["run", "model", name] => self.run_model(name),
            ["set", name, "="] => self.set(name, sql),
            ["create", "table", _] => self.create_table(sql),
            _ => self.select(sql),
        }
    }

    fn run_model(&mut self, name: &str) -> Result<TestOutput, ModelError> {
        let model = self.catalogue.model(name)?;
        let mut sink = MemorySink::default();
        let built = self.engine.run(model, &self.parameters, &mut sink)?;
        self.engine.add_batches(name, built.table.sensitivity, &built.schema, sink.batches)?;
        self.engine.tables.insert(name.to_owned(), built.table);
        self.engine.check_rows(model, &self.parameters)?;
        Ok(TestOutput::Done)
    }

    fn set(&mut self, name: &str, sql: &str) -> Result<TestOutput, ModelError> {
        let literal = sql.split_once('=').map(|(_, value)| value.trim()).unwrap_or_default();
        let value = parse_literal(literal)
            .ok_or_else(|| ModelError::Query(format!("parameter `{name}`: not a literal")))?;
        self.parameters = std::mem::take(&mut self.parameters).with(name, value);
        Ok(TestOutput::Done)
    }

    fn create_table(&mut self, sql: &str) -> Result<TestOutput, ModelError> {
        let name = table_created(sql)?;
        let failed = |error: DataFusionError| ModelError::Query(error.strip_backtrace());
        if let Some((schema, _)) = name.split_once('.') {
            self.engine.ensure_schema(schema).map_err(failed)?;
        }
        let context = self.engine.context.clone();
        self.engine.block_on(context.sql(sql)).map_err(failed)?;
        let table = self.engine.block_on(context.table(reference(&name))).map_err(failed)?;
        let schema: SchemaRef = table.schema().inner().clone();
        let level = match self.catalogue.model(&name) {
            Ok(model) => model.header.sensitivity,
            Err(_) if name.starts_with("reference.") => Sensitivity::Aggregate,
            Err(_) => Sensitivity::Person,
        };
        let table = Table::new(name.clone(), level, &schema);
        self.engine.tables.insert(name, table);
        Ok(TestOutput::Done)
    }

    fn select(&self, sql: &str) -> Result<TestOutput, ModelError> {
        let answer = self.engine.query(sql, &self.parameters, &Limits::default())?;
        let types = answer.schema.fields().iter().map(|field| letter(field.data_type())).collect();
        let rows = answer.batches.iter().map(cells).collect::<Result<Vec<_>, _>>();
        let name = "query".to_owned();
        let rows = rows.map_err(|_| ModelError::Execution { name, fault: Fault::Conversion })?;
        Ok(TestOutput::Rows { types, rows: rows.concat() })
    }
}

fn table_created(sql: &str) -> Result<String, ModelError> {
    let path = Path::new("test");
    let statements = tokenise(path, sql).and_then(|tokens| parse_statements(path, sql, tokens));
    let statements = statements.map_err(|problem| ModelError::Query(problem.message))?;
    if let [Statement::Statement(statement)] = statements.as_slice()
        && let SqlStatement::CreateTable(create) = statement.as_ref()
    {
        return Ok(create.name.to_string());
    }
    Err(ModelError::Query("one `create table` expected".to_owned()))
}

/// `date '2026-04-01'`, `'text'`, `12`, `0.5`, `true`.
fn parse_literal(text: &str) -> Option<Value> {
    let quoted = |text: &str| {
        text.strip_prefix('\'')?.strip_suffix('\'').map(|inner| inner.replace("''", "'"))
    };
    if let Some(day) = text.strip_prefix("date ") {
        return quoted(day.trim())?.parse().ok().map(Value::Date);
    }
    quoted(text)
        .map(Value::Text)
        .or_else(|| text.parse().ok().map(Value::Integer))
        .or_else(|| text.parse().ok().map(Value::Flag))
        .or_else(|| text.parse().ok().filter(|x: &f64| x.is_finite()).map(Value::Number))
}

fn letter(data_type: &DataType) -> char {
    match data_type {
        DataType::Utf8 => 'T',
        data_type if data_type.is_integer() => 'I',
        data_type if data_type.is_numeric() => 'R',
        _ => '?',
    }
}

fn cells(batch: &RecordBatch) -> Result<Vec<Vec<String>>, ArrowError> {
    let options = FormatOptions::default().with_null("NULL");
    let columns =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let cell = |column: &ArrayFormatter<'_>, row: usize| {
        let text = column.value(row).to_string();
        if text.is_empty() { "(empty)".to_owned() } else { text }
    };
    Ok((0..batch.num_rows())
        .map(|row| columns.iter().map(|column| cell(column, row)).collect())
        .collect())
}
