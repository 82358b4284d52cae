//! Holds a finished model's rows against its checks.

use datafusion::common::{DFSchema, JoinType};
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, LogicalPlan, ident, lit};
use datafusion::sql::sqlparser::ast::{Expr as SqlExpr, ExprWithAlias};

use super::checks::Check;
use super::run::execution_error;
use super::tables::reference;
use super::{Engine, Model, ModelError, Parameters};

impl Engine {
    /// Runs every check of `model` over the table that has its name.
    ///
    /// # Errors
    /// [`ModelError::CheckFailed`] for the first check that rows break, with their number.
    pub fn check_rows(&self, model: &Model, parameters: &Parameters) -> Result<(), ModelError> {
        for (check, text) in model.checks.iter().zip(&model.header.checks) {
            if is_the_grain(check, &model.header.grain) {
                continue;
            }
            let n_rows = self
                .broken_rows(&model.name, check, parameters)
                .map_err(|error| execution_error(&model.name, &error))?;
            if n_rows > 0 {
                let (model, check) = (model.name.clone(), text.clone());
                return Err(ModelError::CheckFailed { model, check, n_rows });
            }
        }
        Ok(())
    }

    fn broken_rows(&self, table: &str, check: &Check, parameters: &Parameters) -> Result<u64> {
        let plan = self.broken(table, check, parameters)?;
        let rows = DataFrame::new(self.state(false), plan);
        let n = self.block_on(async move { rows.count().await })?;
        Ok(n as u64)
    }

    /// The plan of the rows that break a check.
    pub(crate) fn broken(
        &self,
        table: &str,
        check: &Check,
        parameters: &Parameters,
    ) -> Result<LogicalPlan> {
        if let Check::Query(query) = check {
            return self.plan(query, parameters);
        }
        let rows = self.block_on(self.context.table(reference(table)))?;
        let state = self.state(false);
        let bound =
            |expr: &SqlExpr, rows: &DataFrame| bound(&state, expr, rows.schema(), parameters);
        let rows = match check {
            Check::Unique(columns) => {
                let n = count(lit(1)).alias("n_rows_of_key");
                let groups = columns.iter().map(ident).collect();
                rows.aggregate(groups, vec![n])?.filter(ident("n_rows_of_key").gt(lit(1)))?
            }
            Check::NotNull(columns) => {
                let nulls = columns.iter().map(|column| ident(column).is_null()).reduce(Expr::or);
                rows.filter(nulls.unwrap_or_else(|| lit(false)))?
            }
            Check::OneOf(column, values) => {
                let values =
                    values.iter().map(|value| bound(value, &rows)).collect::<Result<Vec<_>>>()?;
                rows.filter(ident(column).in_list(values, true))?
            }
            Check::AcceptedRange(column, range) => {
                let (least, most) = (bound(&range.0, &rows)?, bound(&range.1, &rows)?);
                rows.filter(ident(column).lt(least).or(ident(column).gt(most)))?
            }
            Check::Relationship { column, table, to } => {
                let others = self.block_on(self.context.table(reference(table)))?;
                let others = others.select(vec![ident(to).alias("key_of_other")])?;
                let rows = rows.filter(ident(column).is_not_null())?;
                rows.join(others, JoinType::LeftAnti, &[column.as_str()], &["key_of_other"], None)?
            }
            Check::Query(_) => return Err(DataFusionError::Internal("planned above".to_owned())),
        };
        Ok(rows.into_unoptimized_plan())
    }
}

/// The grain was proved while the rows were written.
fn is_the_grain(check: &Check, grain: &[String]) -> bool {
    match check {
        Check::Unique(columns) => columns == grain,
        Check::NotNull(columns) => columns.iter().all(|column| grain.contains(column)),
        _ => false,
    }
}

fn bound(
    state: &SessionState,
    expr: &SqlExpr,
    schema: &DFSchema,
    parameters: &Parameters,
) -> Result<Expr> {
    let mut expr = expr.clone();
    parameters.bind(&mut expr);
    state.create_logical_expr_from_sql_expr(ExprWithAlias { expr, alias: None }, schema)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

    use super::*;
    use crate::domain::Sensitivity;
    use crate::models::{Settings, Value};

    /// The number of rows that break `check` in a table of (1, 'x'), (2, 'y'), (2, null), (null, 'z').
    fn n_broken(check: &str) -> u64 {
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        let n: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(2), None]));
        let t: ArrayRef = Arc::new(StringArray::from(vec![Some("x"), Some("y"), None, Some("z")]));
        let batch = RecordBatch::try_from_iter_with_nullable([("n", n, true), ("t", t, true)])
            .expect("a batch");
        let other = batch.slice(0, 1);
        engine
            .add_batches("m.a", Sensitivity::Person, &batch.schema(), vec![batch.clone()])
            .expect("added");
        engine
            .add_batches("m.b", Sensitivity::Person, &batch.schema(), vec![other])
            .expect("added");
        let text = format!(
            "--! summary = \"x\"\n--! grain = []\n--! sensitivity = \"person\"\n--! checks = [\"{check}\"]\nselect 1 as n"
        );
        let model = Model::parse("m.a", Path::new("m/a.sql"), &text).expect("a model");
        match engine.check_rows(&model, &Parameters::new().with("most", Value::Integer(1))) {
            Ok(()) => 0,
            Err(ModelError::CheckFailed { n_rows, .. }) => n_rows,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn checks_count_the_rows_that_break_them() {
        for (check, n) in [
            ("unique(n)", 1),
            ("unique(n, t)", 0),
            ("not_null(n)", 1),
            ("not_null(n, t)", 2),
            ("one_of(t, 'x', 'y', 'z')", 0),
            ("one_of(t, 'x')", 2),
            ("one_of(n, 1, 2)", 0),
            ("accepted_range(n, 1, 2)", 0),
            ("accepted_range(n, 0, $most)", 2),
            ("accepted_range(n, 2, 9)", 1),
            ("relationship(n, m.b.n)", 2),
            ("relationship(t, m.a.t)", 0),
            ("select n from m.a where n > $most", 2),
            ("select n from m.a where n > 5", 0),
        ] {
            assert_eq!(n_broken(check), n, "{check}");
        }
    }
}
