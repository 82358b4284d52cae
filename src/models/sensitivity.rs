//! How closely a plan's rows point at people, told from its lineage.
//!
//! What reads person rows stays `person` unless an aggregate comes after, whose keys and values
//! hold no person, record, identity or household column. Nothing here ever lowers a level
//! otherwise; only disclosure control does.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, JoinType, ScalarValue};
use datafusion::logical_expr::expr::{ScalarFunction, WindowFunctionDefinition};
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Distinct, Expr, ExprSchemable, Join, LogicalPlan, Operator, Unnest,
};

use super::Engine;
use super::engine::holds_key;
use super::sql::table_name;
use super::tables::names_a_person;
use crate::domain::Sensitivity;

/// What is known of a plan's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The level of its rows.
    pub(crate) level: Sensitivity,
    /// For each output column, whether it holds a person's key.
    keys: Vec<bool>,
}

impl Flow {
    /// The names of the output columns that hold a person's key.
    pub(crate) fn person_columns(&self, schema: &DFSchema) -> Vec<String> {
        let fields = schema.fields().iter().zip(&self.keys);
        fields.filter(|(_, key)| **key).map(|(field, _)| field.name().clone()).collect()
    }
}

impl Engine {
    /// The flow of a plan over this engine's tables.
    pub(crate) fn flow(&self, plan: &LogicalPlan) -> Flow {
        match plan {
            LogicalPlan::TableScan(scan) => {
                self.scanned(&table_name(&scan.table_name), &scan.projected_schema)
            }
            LogicalPlan::Projection(projection) => self.computed(
                &self.flow(&projection.input),
                &projection.expr,
                projection.input.schema(),
            ),
            LogicalPlan::Window(window) => {
                let input = self.flow(&window.input);
                let added = self.computed(&input, &window.window_expr, window.input.schema());
                Flow {
                    level: input.level.max(added.level),
                    keys: [input.keys, added.keys].concat(),
                }
            }
            LogicalPlan::Aggregate(aggregate) => self.aggregated(aggregate),
            LogicalPlan::Join(join) => self.joined(join),
            LogicalPlan::Union(union) => self.united(union.inputs.iter().map(AsRef::as_ref)),
            LogicalPlan::RecursiveQuery(query) => {
                let flow = self.united(
                    [query.static_term.as_ref(), query.recursive_term.as_ref()].into_iter(),
                );
                let any = flow.keys.contains(&true);
                Flow { keys: vec![any; flow.keys.len()], ..flow }
            }
            LogicalPlan::Distinct(Distinct::On(on)) => {
                self.computed(&self.flow(&on.input), &on.select_expr, on.input.schema())
            }
            LogicalPlan::Unnest(unnest) => self.unnested(unnest),
            LogicalPlan::Filter(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Subquery(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Distinct(Distinct::All(_)) => self.flow(plan.inputs()[0]),
            other => self.unknown(other),
        }
    }

    fn scanned(&self, name: &str, schema: &DFSchema) -> Flow {
        let Some(table) = self.tables.get(name) else {
            // The working table of a recursive query: its other branch decides.
            return Flow { level: Sensitivity::Released, keys: vec![false; schema.fields().len()] };
        };
        let key = |column: &String| table.person_columns.contains(column) || names_a_person(column);
        let person = table.sensitivity >= Sensitivity::Person;
        let keys = schema.fields().iter().map(|field| person && key(field.name())).collect();
        Flow { level: table.sensitivity, keys }
    }

    /// Columns computed from `input`; subqueries among them bring their own level.
    fn computed(&self, input: &Flow, exprs: &[Expr], schema: &DFSchema) -> Flow {
        let keys = exprs.iter().map(|expr| self.holds_key(expr, input, schema)).collect();
        let level =
            exprs.iter().map(|expr| self.subquery_level(expr)).fold(input.level, Sensitivity::max);
        Flow { level, keys }
    }

    fn aggregated(&self, aggregate: &Aggregate) -> Flow {
        let input = self.flow(&aggregate.input);
        let schema = aggregate.input.schema();
        let groups = self.computed(&input, &aggregate.group_expr, schema);
        let values = self.computed(&input, &aggregate.aggr_expr, schema);
        let any = groups.keys.contains(&true);
        let keyed = any || values.keys.contains(&true);
        let level = input.level.max(groups.level).max(values.level);
        let level = if keyed { level } else { level.min(Sensitivity::Aggregate) };
        let n_groups = aggregate.schema.fields().len() - values.keys.len();
        let group_keys =
            if n_groups == groups.keys.len() { groups.keys } else { vec![any; n_groups] };
        Flow { level, keys: [group_keys, values.keys].concat() }
    }

    fn joined(&self, join: &Join) -> Flow {
        let (left, right) = (self.flow(&join.left), self.flow(&join.right));
        match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti => left,
            JoinType::RightSemi | JoinType::RightAnti => right,
            JoinType::LeftMark => Flow { keys: [left.keys, vec![false]].concat(), ..left },
            JoinType::RightMark => Flow { keys: [right.keys, vec![false]].concat(), ..right },
            _ => {
                Flow { level: left.level.max(right.level), keys: [left.keys, right.keys].concat() }
            }
        }
    }

    fn united<'a>(&self, inputs: impl Iterator<Item = &'a LogicalPlan>) -> Flow {
        let either = |a: Flow, b: Flow| Flow {
            level: a.level.max(b.level),
            keys: a.keys.iter().zip(&b.keys).map(|(a, b)| *a || *b).collect(),
        };
        let nothing = Flow { level: Sensitivity::Released, keys: Vec::new() };
        inputs.map(|input| self.flow(input)).reduce(either).unwrap_or(nothing)
    }

    fn unnested(&self, unnest: &Unnest) -> Flow {
        let input = self.flow(&unnest.input);
        let key = |from: &usize| input.keys.get(*from).copied().unwrap_or(true);
        let keys = unnest.dependency_indices.iter().map(key).collect();
        Flow { level: input.level, keys }
    }

    /// A node that this code does not know: as bad as the worst of its inputs, in every column.
    fn unknown(&self, plan: &LogicalPlan) -> Flow {
        let flows: Vec<Flow> = plan.inputs().into_iter().map(|input| self.flow(input)).collect();
        let any = flows.iter().any(|flow| flow.keys.contains(&true));
        let level = flows.iter().map(|flow| flow.level).max().unwrap_or(Sensitivity::Released);
        Flow { level, keys: vec![any; plan.schema().fields().len()] }
    }

    fn subquery_level(&self, expr: &Expr) -> Sensitivity {
        let mut level = Sensitivity::Released;
        let _ = expr.apply(|node| {
            if let Expr::ScalarSubquery(subquery) = node {
                level = level.max(self.flow(&subquery.subquery).level);
            }
            Ok(TreeNodeRecursion::Continue)
        });
        level
    }

    /// Whether a person's key can be read off the expression's value.
    ///
    /// What only decides which value is shown, or in which order rows are taken, is not shown:
    /// conditions, comparisons, partitions, orders and filters are passed over.
    fn holds_key(&self, expr: &Expr, input: &Flow, schema: &DFSchema) -> bool {
        let any = |exprs: &[Expr]| exprs.iter().any(|expr| self.holds_key(expr, input, schema));
        let any_shown = |aggregate: &str, exprs: &[Expr]| {
            let mut places = exprs.iter().enumerate();
            places
                .any(|(at, expr)| self.shows(aggregate, at) && self.holds_key(expr, input, schema))
        };
        match expr {
            Expr::Column(column) => {
                let index = schema.maybe_index_of_column(column);
                let key = index.and_then(|i| input.keys.get(i)).copied();
                key.unwrap_or_else(|| names_a_person(&column.name))
            }
            Expr::OuterReferenceColumn(_, column) => names_a_person(&column.name),
            Expr::ScalarSubquery(subquery) => self.flow(&subquery.subquery).keys.contains(&true),
            Expr::Case(case) => {
                let shown = case.when_then_expr.iter().map(|(_, then)| then);
                shown.chain(&case.else_expr).any(|value| self.holds_key(value, input, schema))
            }
            Expr::AggregateFunction(call) => any_shown(call.func.name(), &call.params.args),
            Expr::WindowFunction(call) => match &call.fun {
                WindowFunctionDefinition::AggregateUDF(function) => {
                    any_shown(function.name(), &call.params.args)
                }
                WindowFunctionDefinition::WindowUDF(function) => {
                    !is_rank(function.name()) && any(&call.params.args)
                }
            },
            Expr::ScalarFunction(call) if self.is_beside_keys(call, schema) => false,
            Expr::BinaryExpr(binary) if hides_operands(binary) => false,
            _ if is_condition(expr) => false,
            _ => {
                let mut found = false;
                let _ = expr.apply_children(|child| {
                    found |= self.holds_key(child, input, schema);
                    Ok(TreeNodeRecursion::Continue)
                });
                found
            }
        }
    }

    /// Whether a call takes a field from a record of a result of our own that is none of its keys,
    /// such as the weight of somebody.
    fn is_beside_keys(&self, call: &ScalarFunction, schema: &DFSchema) -> bool {
        let [base, path @ ..] = call.args.as_slice() else { return false };
        if call.name() != "get_field" || path.is_empty() {
            return false;
        }
        let Ok(mut of) = base.get_type(schema) else { return false };
        for name in path {
            let Expr::Literal(ScalarValue::Utf8(Some(name)), _) = name else { return false };
            let DataType::Struct(fields) = &of else { return false };
            let field = fields.iter().find(|field| field.name() == name);
            let Some(field) = field.filter(|_| self.records_with_keys.contains(&of)) else {
                return false;
            };
            if !name.ends_with("_key") && !holds_key(field.data_type()) {
                return true;
            }
            of = field.data_type().clone();
        }
        false
    }

    /// Whether a key that an aggregate is given at this place may be in its result. Our own give
    /// back what they compute with, such as the names of terms or the mean of one number: all but
    /// keys that are given as such.
    fn shows(&self, aggregate: &str, at: usize) -> bool {
        let counts = ["count", "approx_distinct", "bool_and", "bool_or", "grouping"];
        let is_compared = |places: &Vec<usize>| places.contains(&at);
        !counts.contains(&aggregate) && !self.compared.get(aggregate).is_some_and(is_compared)
    }
}

/// Window functions whose result is a place in an order.
fn is_rank(function: &str) -> bool {
    ["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"].contains(&function)
}

/// Comparisons, and remainders of a small number: a person's share of a key, not the key.
fn hides_operands(binary: &BinaryExpr) -> bool {
    const MAX_DIVISOR: i64 = 1_000;
    let is_small = matches!(
        binary.right.as_ref(),
        Expr::Literal(ScalarValue::Int64(Some(1..=MAX_DIVISOR)), _)
    );
    let compares = matches!(
        binary.op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    );
    compares || binary.op.is_logic_operator() || (binary.op == Operator::Modulo && is_small)
}

/// Expressions whose value is true or false.
fn is_condition(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Not(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNotFalse(_)
            | Expr::IsNotUnknown(_)
            | Expr::Between(_)
            | Expr::Like(_)
            | Expr::SimilarTo(_)
            | Expr::InList(_)
            | Expr::InSubquery(_)
            | Expr::Exists(_)
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::methods::sql::register;
    use crate::models::sql::{parse_select, tokenise};
    use crate::models::{Parameters, Settings};

    fn engine() -> Engine {
        let mut engine = Engine::new(&Settings::default(), &register).expect("an engine");
        let int = |name: &str| Field::new(name, DataType::Int64, true);
        let person = Arc::new(Schema::new(vec![
            int("person_id"),
            int("household"),
            int("age"),
            int("area"),
        ]));
        let area = Arc::new(Schema::new(vec![int("area"), int("n"), int("person_id")]));
        engine.add_schema("core.person", Sensitivity::Person, &person).expect("added");
        engine.add_schema("core.area", Sensitivity::Aggregate, &area).expect("added");
        engine
    }

    fn check(sql: &str, level: Sensitivity, person_columns: &[&str]) {
        let path = Path::new("m.sql");
        let query = parse_select(path, sql, tokenise(path, sql).expect("tokens")).expect("select");
        let engine = engine();
        let plan = engine.plan(&query, &Parameters::new()).expect("a plan");
        let flow = engine.flow(&plan);
        assert_eq!(
            (flow.level, flow.person_columns(plan.schema())),
            (level, person_columns.iter().map(ToString::to_string).collect()),
            "{sql}"
        );
    }

    #[test]
    fn person_rows_stay_person_rows_under_any_name() {
        check("select person_id, age from core.person", Sensitivity::Person, &["person_id"]);
        check("select p.person_id as x, age from core.person as p", Sensitivity::Person, &["x"]);
        check("select age from core.person where age > 90", Sensitivity::Person, &[]);
        check("select distinct age, area from core.person", Sensitivity::Person, &[]);
        check(
            "select person_id + 1 as x from core.person union all select age from core.person",
            Sensitivity::Person,
            &["x"],
        );
    }

    #[test]
    fn an_aggregate_without_keys_is_an_aggregate() {
        check(
            "select area, count(*) as n, count(distinct person_id) as m from core.person group by area",
            Sensitivity::Aggregate,
            &[],
        );
        check("select count(*) as n from core.person", Sensitivity::Aggregate, &[]);
        check(
            "with a as (select area, avg(age) as x from core.person group by area) select area, x from a order by x limit 3",
            Sensitivity::Aggregate,
            &[],
        );
        check(
            "select person_id is null as flag, count(*) as n from core.person group by person_id is null",
            Sensitivity::Aggregate,
            &[],
        );
    }

    #[test]
    fn a_method_that_gives_keys_back_stays_person() {
        check(
            "select area, matched_controls(person_id, age > 50, [age])['pairs'] as m from core.person group by area",
            Sensitivity::Person,
            &["m"],
        );
        check(
            "select entropy_balance(person_id, age > 50, [age]) as m from core.person",
            Sensitivity::Person,
            &["m"],
        );
        check(
            "select synthetic_control(cast(person_id as varchar), age, age, age > 50, 60) as m from core.person",
            Sensitivity::Person,
            &["m"],
        );
        check(
            "select area, standardised_difference(age > 50, age) as d from core.person group by area",
            Sensitivity::Aggregate,
            &[],
        );
    }

    #[test]
    fn a_method_hides_the_keys_that_it_is_given_as_such() {
        for call in [
            "ols(age, [age], null, 'cluster', person_id)['terms']",
            "ols(age, [age], null, 'model', null, null, 95, ['age'])['terms']",
            "negative_binomial(age, [age], null, 'cluster', person_id, null, 95, ['age'])",
            "did(household, age, age > 50, age > 60)",
            "did_rate_ratio(person_id, age > 50, 1, age, 2, age)",
            "mean_ci(age)",
        ] {
            let sql = format!("select area, {call} as m from core.person group by area");
            check(&sql, Sensitivity::Aggregate, &[]);
        }
    }

    #[test]
    fn a_method_that_is_given_keys_otherwise_may_give_them_back() {
        for call in [
            "ols(age, [age], null, 'model', null, null, 95, [cast(who as varchar)])['terms']",
            "ols(age, [age], null, 'model', null, null, 95, names)['terms']",
            "negative_binomial(age, [age], null, 'model', null, null, 95, names)['terms'][2]['name']",
            "ols(who, cast([] as double[]))['coefficients']",
            "mean_ci(who)['value']",
            "ols(age, [age], null, 'newey_west', age, who)",
        ] {
            let sql = format!(
                "with a as (select area, age, max(person_id) over (partition by area) as who, \
                 [concat('p', first_value(person_id) over (partition by area order by age))] as names \
                 from core.person) select area, {call} as m from a group by area"
            );
            check(&sql, Sensitivity::Person, &["m"]);
        }
    }

    #[test]
    fn what_stands_beside_a_key_in_a_result_is_none() {
        let weights = "select unnest(entropy_balance(person_id, age > 50, [age])['weights']) as w \
                       from core.person";
        let sum = format!("select sum(w['weight']) as total from ({weights})");
        check(&sum, Sensitivity::Aggregate, &[]);
        let keys = format!("select max(w['person_key']) as total from ({weights})");
        check(&keys, Sensitivity::Person, &["total"]);
        let made = "select max(named_struct('weight', person_id, 'person_key', 1)['weight']) as m \
                    from core.person";
        check(made, Sensitivity::Person, &["m"]);
    }

    #[test]
    fn an_aggregate_by_a_key_or_of_a_key_stays_person() {
        check(
            "select person_id, count(*) as n from core.person group by person_id",
            Sensitivity::Person,
            &["person_id"],
        );
        check(
            "select household as h, count(*) as n from core.person group by household",
            Sensitivity::Person,
            &["h"],
        );
        check(
            "with a as (select person_id as x, age from core.person) select x, max(age) as y from a group by x",
            Sensitivity::Person,
            &["x"],
        );
        check(
            "select area, max(person_id) as m from core.person group by area",
            Sensitivity::Person,
            &["m"],
        );
        check(
            "select area, array_agg(person_id) as m from core.person group by area",
            Sensitivity::Person,
            &["m"],
        );
    }

    #[test]
    fn joins_take_the_higher_level_and_filters_none() {
        check(
            "select a.area, p.age from core.area as a join core.person as p on p.area = a.area",
            Sensitivity::Person,
            &[],
        );
        check(
            "select a.area from core.area as a where exists (select 1 from core.person as p where p.area = a.area)",
            Sensitivity::Aggregate,
            &[],
        );
        check(
            "select a.area, (select max(age) from core.person) as m from core.area as a",
            Sensitivity::Aggregate,
            &[],
        );
        check(
            "select a.area, (select p.age from core.person as p order by age limit 1) as m from core.area as a",
            Sensitivity::Person,
            &[],
        );
        check(
            "select a.area, (select max(person_id) from core.person) as m from core.area as a",
            Sensitivity::Person,
            &["m"],
        );
        check("select area, person_id from core.area", Sensitivity::Aggregate, &[]);
    }

    #[test]
    fn windows_add_columns_and_keep_the_level() {
        check(
            "select age, row_number() over (partition by area order by person_id) as n from core.person",
            Sensitivity::Person,
            &[],
        );
        check(
            "select age, first_value(person_id) over (partition by area order by age) as n from core.person",
            Sensitivity::Person,
            &["n"],
        );
        check(
            "select area, count(*) as n, sum(count(*)) over (order by area) as m from core.person group by area",
            Sensitivity::Aggregate,
            &[],
        );
    }

    #[test]
    fn recursion_and_made_up_rows_have_the_level_of_what_they_read() {
        check(
            "with recursive t as (select 1 as n union all select n + 1 from t where n < 5) select n from t",
            Sensitivity::Released,
            &[],
        );
        check(
            "with recursive t as (select person_id as n, 1 as k from core.person union all select n, k + 1 from t where k < 5) select n from t",
            Sensitivity::Person,
            &["n"],
        );
        check("select a.x from (values (1), (2)) as a (x)", Sensitivity::Released, &[]);
    }

    #[test]
    fn what_only_orders_or_decides_is_not_shown() {
        for column in [
            "lead(age) over (partition by person_id order by area)",
            "row_number() over (partition by person_id order by area)",
            "sum(age) over (partition by household order by area)",
            "case when person_id % 5 = 0 then 'test' else 'fit' end",
            "case when person_id = household then age end",
            "person_id % 5",
            "cast(person_id is null as int)",
        ] {
            let sql = format!("select {column} as x from core.person");
            check(&sql, Sensitivity::Person, &[]);
        }
        check(
            "select area, first_value(age order by person_id) as x, max(age) filter (where person_id > 5) as y from core.person group by area",
            Sensitivity::Aggregate,
            &[],
        );
        for column in [
            "case when age > 5 then person_id else 0 end",
            "coalesce(person_id, 0)",
            "lag(person_id) over (order by age)",
            "person_id % 9223372036854775807",
            "person_id / 1",
            "concat('p', person_id)",
        ] {
            check(&format!("select {column} as x from core.person"), Sensitivity::Person, &["x"]);
        }
    }
}
