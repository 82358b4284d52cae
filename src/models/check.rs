//! `check` for models: everything that can be found wrong without reading a row.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::logical_expr::LogicalPlan;

use super::catalogue::is_plain_name;
use super::engine::plan_message;
use super::plain_types::plain_schema;
use super::plan_rules::Breach;
use super::tables::{names_a_person, table_error};
use super::{Catalogue, Engine, Model, ModelError, Parameters, Place, Problem, Rule, Table};

/// A model whose plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its columns.
    pub schema: SchemaRef,
    /// What its rows are.
    pub table: Table,
}

/// What checking a catalogue gives.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// Everything found, in build order.
    pub problems: Vec<Problem>,
    /// The models that could be planned, in build order.
    pub planned: Vec<Planned>,
}

impl Engine {
    /// Plans every model over the tables offered so far, whose rows are not read, and holds
    /// text, plan, lineage and checks against the rules.
    ///
    /// Each model's columns are then offered as a table without rows. A model that reads one that
    /// cannot be planned is not planned either.
    ///
    /// # Errors
    /// [`ModelError::Declarations`] if a table is unknown or models need each other.
    pub fn check(
        &mut self,
        catalogue: &Catalogue,
        parameters: &Parameters,
    ) -> Result<Checked, ModelError> {
        let order = catalogue
            .build_order(&|table| self.table(table).is_some() && !catalogue.contains(table))?;
        for model in &order {
            self.remove(&model.name);
        }
        let mut checked = Checked::default();
        for model in order {
            checked.problems.extend(model.problems.iter().cloned());
            if model.needs().all(|input| self.table(input).is_some()) {
                self.check_model(model, parameters, &mut checked)?;
            }
        }
        Ok(checked)
    }

    fn check_model(
        &mut self,
        model: &Model,
        parameters: &Parameters,
        checked: &mut Checked,
    ) -> Result<(), ModelError> {
        let plan = match self.plan_model(model, parameters) {
            Ok(plan) => plan,
            Err(problem) => {
                checked.problems.push(problem);
                return Ok(());
            }
        };
        let walked = self.check_plan(&plan).and_then(|mut breaches| {
            breaches.extend(self.joins_in_memory(&plan)?);
            Ok(breaches)
        });
        match walked {
            Ok(breaches) => {
                checked.problems.extend(breaches.iter().map(|breach| located(model, breach)))
            }
            Err(error) => {
                checked.problems.push(model.problem(Rule::Plan, "select", plan_message(&error)))
            }
        }
        let columns = column_problems(model, &plan);
        let unusable = columns.iter().any(|problem| problem.rule == Rule::ColumnName);
        checked.problems.extend(columns);
        match self.table_of(model, &plan) {
            Err(ModelError::Declarations(problems)) => checked.problems.extend(problems),
            Err(other) => return Err(other),
            Ok(table) if !unusable => {
                checked.problems.extend(hidden_keys(model, &table));
                self.offer(model, &plan, table, parameters, checked)?;
            }
            Ok(_) => {}
        }
        Ok(())
    }

    fn offer(
        &mut self,
        model: &Model,
        plan: &LogicalPlan,
        table: Table,
        parameters: &Parameters,
        checked: &mut Checked,
    ) -> Result<(), ModelError> {
        let schema = plain_schema(plan.schema().as_arrow());
        self.add_schema(&model.name, table.sensitivity, &schema)
            .map_err(|error| table_error(&model.name, error.to_string()))?;
        self.tables.insert(model.name.clone(), table.clone());
        for (check, text) in model.checks.iter().zip(&model.header.checks) {
            let missing =
                check.columns().into_iter().find(|column| schema.index_of(column).is_err());
            let reason = match missing {
                Some(column) => Some(format!("no column `{column}`")),
                None => self
                    .broken(&model.name, check, parameters)
                    .err()
                    .map(|error| plan_message(&error)),
            };
            if let Some(reason) = reason {
                let message = format!("check `{text}`: {reason}");
                checked.problems.push(model.problem(Rule::Check, text, message));
            }
        }
        checked.planned.push(Planned { schema: Arc::clone(&schema), table });
        Ok(())
    }
}

/// Later runs and queries know a stored table's keys by their names alone.
fn hidden_keys(model: &Model, table: &Table) -> Vec<Problem> {
    let hidden = table.person_columns.iter().filter(|name| !names_a_person(name));
    let problem = |name: &String| {
        let message = format!("column `{name}` holds a person's key and its name does not say so");
        model.problem(Rule::PersonKeyName, name, message)
    };
    hidden.map(problem).collect()
}

/// The breach at the first place in the SQL, below the header, that could have caused it.
fn located(model: &Model, breach: &Breach) -> Problem {
    let start = super::sql::first_sql_byte(&model.text);
    let sql = model.text[start..].to_ascii_lowercase();
    let offset = start + sql.find(&breach.needle).unwrap_or(0);
    let place = Place::of_offset(&model.path, &model.text, offset);
    Problem { place, rule: breach.rule, message: breach.message.clone() }
}

fn column_problems(model: &Model, plan: &LogicalPlan) -> Vec<Problem> {
    let names: Vec<&str> =
        plan.schema().fields().iter().map(|field| field.name().as_str()).collect();
    let mut problems = Vec::new();
    for (n, name) in names.iter().enumerate() {
        if !is_plain_name(name) {
            let message = format!("column {} needs a plain name: `as …`", n + 1);
            problems.push(model.problem(Rule::ColumnName, "select", message));
        } else if names[..n].contains(name) {
            problems.push(model.problem(
                Rule::ColumnName,
                name,
                format!("two columns are called `{name}`"),
            ));
        }
    }
    for name in model.header.grain.iter().filter(|name| !names.contains(&name.as_str())) {
        let message = format!("the grain's column `{name}` is not in the select");
        problems.push(model.problem(Rule::Grain, "grain", message));
    }
    for column in model.columns.iter().filter(|column| column.description.is_none()) {
        let message = format!("column `{}` has no comment", column.name);
        problems.push(model.problem(Rule::Undescribed, &column.name, message));
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use jiff::civil::date;

    use super::*;
    use crate::domain::Sensitivity;
    use crate::models::{Settings, Value};

    fn check(models: &[(&str, &str, &str)]) -> (Vec<String>, Checked) {
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        let field = |name: &str, data_type| Field::new(name, data_type, true);
        let schema = Schema::new(vec![
            field("person_id", DataType::Int64),
            field("seen_on", DataType::Date32),
            field("cost", DataType::Float64),
        ]);
        engine.add_schema("record.apc", Sensitivity::Person, &Arc::new(schema)).expect("added");
        let sources = models.iter().map(|(path, header, sql)| {
            (
                PathBuf::from(path),
                format!("--! summary = \"x\"\n--! sensitivity = \"person\"\n{header}\n{sql}"),
            )
        });
        let catalogue = Catalogue::from_sources(sources).expect("models");
        let parameters = Parameters::new().with("as_at", Value::Date(date(2026, 4, 1)));
        let checked = engine.check(&catalogue, &parameters).expect("an order");
        (checked.problems.iter().map(ToString::to_string).collect(), checked)
    }

    const PERSON: (&str, &str, &str) = (
        "core/person.sql",
        "--! grain = [\"person_id\"]\n--! checks = [\"unique(person_id)\"]",
        "select distinct\n  person_id -- pseudonym\nfrom record.apc\nwhere seen_on < $as_at",
    );

    #[test]
    fn good_models_are_planned_with_their_columns_and_levels() {
        let count = (
            "core/count.sql",
            "--! grain = []\n--! checks = [\"accepted_range(n, 0, 10)\", \"select n from core.count where n < 0\"]",
            "select\n  count(*) as n -- persons\nfrom core.person",
        );
        let (problems, checked) = check(&[count, PERSON]);
        assert_eq!(problems, Vec::<String>::new());
        let names: Vec<&str> =
            checked.planned.iter().map(|planned| planned.table.name.as_str()).collect();
        assert_eq!(names, ["core.person", "core.count"]);
        assert_eq!(checked.planned[0].table.person_columns, ["person_id"]);
    }

    #[test]
    fn each_fault_is_placed_in_its_file() {
        let bad = (
            "core/bad.sql",
            "--! grain = [\"nothing\"]\n--! checks = [\"not_null(lost)\", \"relationship(n, core.person.lost)\"]",
            "select\n  sum(cost) as n, -- pounds\n  count(*) as n2\nfrom record.apc",
        );
        let (problems, _) = check(&[bad, PERSON]);
        let expected = [
            "core/bad.sql:6:3: `sum` adds floats, whose sum depends on the order of rows",
            "core/bad.sql:3:5: the grain's column `nothing` is not in the select",
            "core/bad.sql:7:15: column `n2` has no comment",
            "core/bad.sql:4:16: check `not_null(lost)`: no column `lost`",
            "core/bad.sql:4:34: check `relationship(n, core.person.lost)`: ",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, start) in problems.iter().zip(expected) {
            assert!(problem.starts_with(start), "{problems:#?}");
        }
        assert!(problems[4].contains("lost"), "{}", problems[4]);
    }

    #[test]
    fn the_planner_s_complaint_has_line_and_column() {
        let bad =
            ("core/bad.sql", "--! grain = []", "select\n  person_id,\n  lost\nfrom record.apc");
        let reader = ("core/reader.sql", "--! grain = []", "select person_id from core.bad");
        let (problems, checked) = check(&[bad, reader]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with("core/bad.sql:6:3: ") && problems[0].contains("lost"),
            "{problems:?}"
        );
        assert!(checked.planned.is_empty());
    }

    #[test]
    fn columns_need_plain_names_once() {
        let unnamed =
            ("core/a.sql", "--! grain = []", "select\n  count(*) -- rows\nfrom record.apc");
        assert_eq!(check(&[unnamed]).0, ["core/a.sql:4:1: column 1 needs a plain name: `as …`"]);
        let parameter = ("core/a.sql", "--! grain = []", "select\n  $lost as x -- lost\n");
        assert_eq!(check(&[parameter]).0, ["core/a.sql:5:3: no parameter `lost`"]);
    }

    #[test]
    fn joins_that_must_fit_into_memory_are_named() {
        let cross = (
            "core/a.sql",
            "--! grain = []",
            "select\n  count(*) as n -- pairs\nfrom record.apc as a\njoin record.apc as b on b.seen_on > a.seen_on",
        );
        let (problems, checked) = check(&[cross]);
        assert_eq!(problems, ["core/a.sql:7:1: a join must fit into memory: NestedLoopJoinExec"]);
        assert_eq!(checked.problems[0].rule.severity(), crate::models::Severity::Note);
    }
}
