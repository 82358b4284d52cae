//! Rules on what a plan computes: results may not depend on the order of rows, the clock or chance.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::WindowFunctionDefinition;
use datafusion::logical_expr::{Distinct, Expr, ExprSchemable, LogicalPlan, Volatility};
use datafusion::physical_plan::ExecutionPlan;

use super::{Engine, Rule};

/// A breach found in a plan: the rule, what to look for in the text, and the message.
pub(crate) struct Breach {
    pub(crate) rule: Rule,
    pub(crate) needle: String,
    pub(crate) message: String,
}

/// Sums whose result depends on the order of floats.
const SUMS: [&str; 3] = ["sum", "avg", "mean"];
/// Statistics that accumulate floats whatever their input's type.
const ACCUMULATING: [&str; 18] = [
    "var",
    "var_samp",
    "var_sample",
    "var_pop",
    "var_population",
    "stddev",
    "stddev_samp",
    "stddev_pop",
    "corr",
    "covar",
    "covar_samp",
    "covar_pop",
    "regr_slope",
    "regr_intercept",
    "regr_r2",
    "approx_median",
    "approx_percentile_cont",
    "approx_percentile_cont_with_weight",
];
/// Aggregates that take what comes first.
const FIRST_COME: [&str; 5] = ["array_agg", "string_agg", "first_value", "last_value", "nth_value"];
/// Window functions that count rows one by one.
const ONE_BY_ONE: [&str; 9] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "nth_value",
];
/// Functions of the clock; some of them are not marked volatile, since they are constant in a query.
const CLOCK: [&str; 7] =
    ["now", "current_timestamp", "current_date", "current_time", "today", "random", "uuid"];

impl Engine {
    /// Every breach in an unoptimised plan, subqueries included.
    pub(crate) fn check_plan(&self, plan: &LogicalPlan) -> Result<Vec<Breach>> {
        let mut breaches = Vec::new();
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::Distinct(Distinct::On(on)) = node
                && on.sort_expr.is_none()
            {
                breaches.push(breach(Rule::RowOrder, "distinct on", "without `order by`"));
            }
            let inputs = node.inputs();
            let empty = DFSchema::empty();
            let schema = inputs.first().map_or(&empty, |input| input.schema().as_ref());
            node.apply_expressions(|expr| {
                expr.apply(|expr| {
                    breaches.extend(self.check_expr(expr, schema));
                    Ok(TreeNodeRecursion::Continue)
                })
            })
        })?;
        Ok(breaches)
    }

    fn check_expr(&self, expr: &Expr, schema: &DFSchema) -> Option<Breach> {
        match expr {
            Expr::ScalarFunction(call) => {
                let name = call.func.name();
                let volatile = call.func.signature().volatility == Volatility::Volatile;
                (volatile || CLOCK.contains(&name))
                    .then(|| breach(Rule::Volatile, name, "depends on the clock or on chance"))
            }
            Expr::AggregateFunction(call) => self.check_aggregate(
                call.func.name(),
                &call.params.args,
                !call.params.order_by.is_empty(),
                schema,
            ),
            Expr::WindowFunction(call) => {
                let ordered = !call.params.order_by.is_empty();
                match &call.fun {
                    WindowFunctionDefinition::AggregateUDF(function) => {
                        self.check_aggregate(function.name(), &call.params.args, ordered, schema)
                    }
                    WindowFunctionDefinition::WindowUDF(function) => {
                        let needs = ONE_BY_ONE.contains(&function.name())
                            || FIRST_COME.contains(&function.name());
                        (needs && !ordered)
                            .then(|| breach(Rule::RowOrder, function.name(), "without `order by`"))
                    }
                }
            }
            _ => None,
        }
    }

    fn check_aggregate(
        &self,
        name: &str,
        args: &[Expr],
        ordered: bool,
        schema: &DFSchema,
    ) -> Option<Breach> {
        if self.own_aggregates.contains(name) {
            return None;
        }
        if FIRST_COME.contains(&name) && !ordered {
            return Some(breach(Rule::RowOrder, name, "without `order by`"));
        }
        let of_floats = SUMS.contains(&name) && args.iter().any(|arg| is_float(arg, schema));
        (of_floats || ACCUMULATING.contains(&name)).then(|| {
            breach(Rule::FloatSum, name, "adds floats, whose sum depends on the order of rows")
        })
    }

    /// Joins of a plan that keep one side in memory even when joins are asked to spill.
    pub(crate) fn joins_in_memory(&self, plan: &LogicalPlan) -> Result<Vec<Breach>> {
        let state = self.state(true);
        let physical = self.block_on(state.create_physical_plan(plan))?;
        let mut names = Vec::new();
        collect_joins(physical.as_ref(), &mut names);
        names.sort_unstable();
        names.dedup();
        let note = |name: &str| Breach {
            rule: Rule::CannotSpill,
            needle: "join".to_owned(),
            message: ["a join must fit into memory: ", name].concat(),
        };
        Ok(names.into_iter().map(note).collect())
    }
}

fn collect_joins<'a>(plan: &'a dyn ExecutionPlan, names: &mut Vec<&'a str>) {
    if matches!(plan.name(), "HashJoinExec" | "NestedLoopJoinExec" | "CrossJoinExec") {
        names.push(plan.name());
    }
    for child in plan.children() {
        collect_joins(child.as_ref(), names);
    }
}

/// Whether a sum over `arg` adds floats. What the planner casts from whole numbers is exact.
fn is_float(arg: &Expr, schema: &DFSchema) -> bool {
    matches!(arg.get_type(schema), Ok(DataType::Float64 | DataType::Float32 | DataType::Float16))
}

fn breach(rule: Rule, function: &str, what: &str) -> Breach {
    Breach { rule, needle: function.to_owned(), message: ["`", function, "` ", what].concat() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{Field, Schema};

    use super::*;
    use crate::domain::Sensitivity;
    use crate::models::sql::{parse_select, tokenise};
    use crate::models::{Parameters, Settings};

    fn rules(sql: &str) -> Vec<Rule> {
        let mut engine = Engine::new(&Settings::default(), &|_| Ok(())).expect("an engine");
        let field = |name: &str, data_type| Field::new(name, data_type, true);
        let schema = Schema::new(vec![
            field("n", DataType::Int64),
            field("x", DataType::Float64),
            field("d", DataType::Decimal128(18, 2)),
            field("t", DataType::Utf8),
        ]);
        engine.add_schema("core.a", Sensitivity::Person, &Arc::new(schema)).expect("added");
        let path = Path::new("m.sql");
        let query = parse_select(path, sql, tokenise(path, sql).expect("tokens")).expect("select");
        let plan = engine.plan(&query, &Parameters::new()).expect("a plan");
        engine.check_plan(&plan).expect("walked").into_iter().map(|breach| breach.rule).collect()
    }

    #[test]
    fn sums_of_whole_numbers_and_decimals_pass() {
        assert_eq!(
            rules(
                "select t, sum(n) as a, avg(n) as b, sum(d) as c, min(x) as e, count(x) as f, median(x) as g from core.a group by t"
            ),
            []
        );
        assert_eq!(
            rules("select t, sum(cast(x as decimal(18, 4))) as a from core.a group by t"),
            []
        );
        assert_eq!(
            rules(
                "select t, array_agg(x order by x) as a, row_number() over (order by t) as b from core.a group by t"
            ),
            []
        );
    }

    #[test]
    fn sums_of_floats_are_refused_wherever_they_stand() {
        for sql in [
            "select sum(x) as a from core.a",
            "select avg(n * 0.5) as a from core.a",
            "select sum(n * x) over (order by t) as a from core.a",
            "select n from core.a where n > (select sum(x) from core.a)",
            "select stddev(n) as a from core.a",
            "select n from core.a as o where exists (select 1 from core.a as i where i.t = o.t group by i.t having sum(i.x) > 1)",
        ] {
            assert_eq!(rules(sql), [Rule::FloatSum], "{sql}");
        }
    }

    #[test]
    fn what_depends_on_row_order_or_the_clock_is_refused() {
        for sql in [
            "select t, array_agg(x) as a from core.a group by t",
            "select row_number() over (partition by t) as a from core.a",
            "select first_value(x) over (partition by t) as a from core.a",
            "select distinct on (t) t, n from core.a",
        ] {
            assert_eq!(rules(sql), [Rule::RowOrder], "{sql}");
        }
        for sql in [
            "select now() as a",
            "select current_date as a",
            "select random() as a",
            "select uuid() as a from core.a",
        ] {
            assert_eq!(rules(sql), [Rule::Volatile], "{sql}");
        }
    }
}
