//! The engine: one session with its limits, the tables offered to it, and our SQL functions.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Span;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{AggregateUDF, LogicalPlan};
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::Query;
use datafusion::sql::sqlparser::tokenizer::Location;

use super::sql::{first_sql_byte, sentence, statement_of};
use super::threads::Threads;
use super::{Model, ModelError, Parameters, Place, Problem, Rule, Settings, Table};

/// Whether a result holds keys that were given: some field of it, however deep, ends with `_key`.
pub(crate) fn holds_key(of: &DataType) -> bool {
    match of {
        DataType::Struct(fields) => fields
            .iter()
            .any(|field| field.name().ends_with("_key") || holds_key(field.data_type())),
        DataType::List(item) => holds_key(item.data_type()),
        _ => false,
    }
}

/// The records of a result, however deep, that hold keys beside other things.
fn records_with_keys(of: &DataType, found: &mut Vec<DataType>) {
    match of {
        DataType::Struct(fields) if holds_key(of) => {
            found.push(of.clone());
            fields.iter().for_each(|field| records_with_keys(field.data_type(), found));
        }
        DataType::List(item) => records_with_keys(item.data_type(), found),
        _ => {}
    }
}

/// The places of the arguments of which an aggregate of our own gives nothing back: those that its
/// documentation names as keys, if its result holds none.
fn compared(function: &AggregateUDF) -> Vec<usize> {
    // The type of an own function's result hangs on none of its arguments.
    if function.return_type(&[]).map_or(true, |of| holds_key(&of)) {
        return Vec::new();
    }
    let arguments = function.documentation().and_then(|page| page.arguments.as_ref());
    let is_key = |name: &str| name == "key" || name.ends_with("_key");
    let places = arguments.into_iter().flatten().enumerate();
    places.filter(|(_, (name, _))| is_key(name)).map(|(at, _)| at).collect()
}

/// Runs models and queries over the tables that it is given.
pub struct Engine {
    pub(crate) context: SessionContext,
    pub(crate) tables: BTreeMap<String, Table>,
    /// Aggregates of our own: they order their rows, and give results rather than cells.
    pub(crate) own_aggregates: BTreeSet<String>,
    /// Of those, the places of arguments whose keys are compared and never in the result.
    pub(crate) compared: BTreeMap<String, Vec<usize>>,
    /// Records of their results that hold keys, by names that end with `_key`, beside other things.
    pub(crate) records_with_keys: Vec<DataType>,
    settings: Settings,
    threads: Threads,
}

impl Engine {
    /// An engine without tables. `register` adds SQL functions to its session.
    ///
    /// # Errors
    /// [`ModelError::Engine`] if threads, spill folder or functions cannot be set up.
    pub fn new(
        settings: &Settings,
        register: &dyn Fn(&SessionContext) -> Result<()>,
    ) -> Result<Self, ModelError> {
        let failed = |error: DataFusionError| ModelError::Engine(error.strip_backtrace());
        let threads = Threads::new(settings.target_partitions)?;
        let state = SessionStateBuilder::new()
            .with_config(settings.session_config())
            .with_runtime_env(settings.runtime_env().map_err(failed)?)
            .with_default_features()
            .build();
        let context = SessionContext::new_with_state(state);
        let before: BTreeSet<String> =
            context.state().aggregate_functions().keys().cloned().collect();
        register(&context).map_err(failed)?;
        let state = context.state();
        let own = state.aggregate_functions().iter().filter(|(name, _)| !before.contains(*name));
        let own_aggregates = own.clone().map(|(name, _)| name.clone()).collect();
        let mut records = Vec::new();
        for of in own.clone().filter_map(|(_, function)| function.return_type(&[]).ok()) {
            records_with_keys(&of, &mut records);
        }
        let compared =
            own.map(|(name, function)| (name.clone(), compared(function.as_ref()))).collect();
        let (tables, settings) = (BTreeMap::new(), settings.clone());
        let records_with_keys = records;
        Ok(Self { context, tables, own_aggregates, compared, records_with_keys, settings, threads })
    }

    /// How the engine is set.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The tables that SQL sees, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.threads.block_on(future)
    }

    /// The session's state; with `spilling_joins`, joins are planned so that they can spill.
    pub(crate) fn state(&self, spilling_joins: bool) -> SessionState {
        let state = self.context.state();
        if !spilling_joins {
            return state;
        }
        // The catalogue stays: a builder that is told to make the default one would empty it.
        let mut config = state.config().clone().with_create_default_catalog_and_schema(false);
        config.options_mut().optimizer.prefer_hash_join = false;
        SessionStateBuilder::new_from_existing(state).with_config(config).build()
    }

    /// The unoptimised plan of a query, parameters put in.
    pub(crate) fn plan(&self, query: &Query, parameters: &Parameters) -> Result<LogicalPlan> {
        let mut query = query.clone();
        parameters.bind(&mut query);
        let state = self.context.state();
        self.block_on(async { state.statement_to_plan(statement_of(query)).await })
    }

    /// The unoptimised plan of a model, or the problem that keeps it from being planned.
    pub(crate) fn plan_model(
        &self,
        model: &Model,
        parameters: &Parameters,
    ) -> std::result::Result<LogicalPlan, Problem> {
        if let Some(name) = model.parameters.iter().find(|name| parameters.get(name).is_none()) {
            let message = format!("no parameter `{name}`");
            return Err(model.problem(Rule::UnknownParameter, &["$", name].concat(), message));
        }
        self.plan(&model.query, parameters).map_err(|error| plan_problem(model, &error))
    }
}

/// What the planner says, at the place that it names.
fn plan_problem(model: &Model, error: &DataFusionError) -> Problem {
    let place = match error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        Some(span) => Place::of_location(&model.path, &model.text, location(span)),
        None => Place::of_offset(&model.path, &model.text, first_sql_byte(&model.text)),
    };
    Problem { place, rule: Rule::Plan, message: plan_message(error) }
}

/// A planning error in words. Planning sees no rows, so this quotes no cell.
pub(crate) fn plan_message(error: &DataFusionError) -> String {
    let text = error.find_root().strip_backtrace();
    let prefixes =
        ["Error during planning: ", "Schema error: ", "This feature is not implemented: "];
    let text = prefixes.iter().fold(text.as_str(), |text, prefix| text.trim_start_matches(prefix));
    sentence(text)
}

fn location(span: Span) -> Location {
    Location { line: span.start.line, column: span.start.column }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::domain::Sensitivity;
    use crate::models::Limits;

    #[test]
    fn planning_joins_that_spill_leaves_every_table_in_place() {
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Int64, true)]));
        engine.add_schema("core.a", Sensitivity::Person, &schema).expect("added");
        let state = engine.state(true);
        assert!(!state.config().options().optimizer.prefer_hash_join);
        let query = "select count(x) as n from core.a";
        assert!(engine.query(query, &Parameters::new(), &Limits::default()).is_ok());
    }
}
