//! What analysts' SQL may be: one `select` over the tables offered, or `explain` of one.
//!
//! Everything else is refused from the syntax tree, before anything is planned: what changes
//! data, files or settings, what reads files, and functions that make values of any size.

use std::ops::ControlFlow;

use datafusion::common::format::ExplainStatementOptions;
use datafusion::sql::parser::{ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, Query,
    Statement as SqlStatement, TableFactor, Value, Visit, Visitor,
};

use super::expansion::{MAX_RELATIONS, is_too_large};
use super::sql::{TABLE_FUNCTIONS, is_select, tables_of};

/// Functions whose result can be of any size.
const UNBOUNDED: [&str; 6] =
    ["repeat", "space", "array_repeat", "list_repeat", "array_resize", "list_resize"];
/// Lists of what lies between two values; allowed by calendar steps, as in a spine of months.
const SERIES: [&str; 3] = ["generate_series", "range", "gen_series"];
/// Functions whose result's size is their second argument.
const PADDING: [&str; 4] = ["lpad", "rpad", "left_pad", "right_pad"];
/// Functions that can multiply a text's length; allowed once, not within one another.
const MULTIPLYING: [&str; 5] =
    ["replace", "regexp_replace", "translate", "overlay", "array_to_string"];
const MAX_PADDED: u64 = 1_000;

/// Why a statement is not allowed.
pub(crate) type Refusal = String;

/// The query that `statements` ask for, if that is all that they do.
pub(crate) fn check_statements(
    mut statements: Vec<Statement>,
    is_table: &dyn Fn(&str) -> bool,
) -> Result<Statement, Refusal> {
    let statement = statements.pop().ok_or("no statement")?;
    if !statements.is_empty() {
        return Err("one statement at a time".to_owned());
    }
    let query = match &statement {
        Statement::Explain(explain) => explained(explain)?,
        other => selected(other)?,
    };
    check_query(query)?;
    let unreadable = |_| "a table's name cannot be read".to_owned();
    if let Some(table) =
        tables_of(&statement).map_err(unreadable)?.iter().find(|table| !is_table(table))
    {
        return Err(format!("no table `{table}`"));
    }
    Ok(statement)
}

fn selected(statement: &Statement) -> Result<&Query, Refusal> {
    if let Statement::Statement(statement) = statement
        && let SqlStatement::Query(query) = statement.as_ref()
    {
        return Ok(query);
    }
    Err("only `select` is allowed".to_owned())
}

/// `explain analyze` runs the query and shows exact row counts; other options show statistics.
fn explained(explain: &ExplainStatement) -> Result<&Query, Refusal> {
    if explain.options != ExplainStatementOptions::default() {
        return Err("`explain` takes no options here".to_owned());
    }
    selected(&explain.statement)
}

fn check_query(query: &Query) -> Result<(), Refusal> {
    if is_too_large(query) {
        return Err(format!("the query reads more than {MAX_RELATIONS} relations"));
    }
    let mut guard = Guard { n_multiplying: 0 };
    match query.visit(&mut guard) {
        ControlFlow::Break(refusal) => Err(refusal),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Guard {
    /// How many functions that multiply a text are open.
    n_multiplying: usize,
}

impl Visitor for Guard {
    type Break = Refusal;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Refusal> {
        let refuse = |what: &str| ControlFlow::Break(what.to_owned());
        if !is_select(&query.body) {
            return refuse("only `select` is allowed");
        }
        if !query.locks.is_empty() || query.settings.is_some() || query.format_clause.is_some() {
            return refuse("`for update`, `settings` and `format` are not allowed");
        }
        if !query.pipe_operators.is_empty() {
            return refuse("pipes are not allowed");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<Refusal> {
        match table {
            TableFactor::Table { name, args: None, .. } => check_table_name(name),
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                let function = name.to_string().to_ascii_lowercase();
                if TABLE_FUNCTIONS.contains(&function.as_str()) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break("table functions are not allowed".to_owned())
                }
            }
            TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. }
            | TableFactor::UNNEST { .. } => ControlFlow::Continue(()),
            _ => ControlFlow::Break("only tables and subqueries can be read from".to_owned()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Refusal> {
        match expr {
            Expr::Function(call) => self.check_call(call),
            Expr::Value(value) if matches!(&value.value, Value::Placeholder(name) if name.starts_with('@')) => {
                ControlFlow::Break("variables are not allowed".to_owned())
            }
            Expr::Identifier(name) if name.value.starts_with('@') => {
                ControlFlow::Break("variables are not allowed".to_owned())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Refusal> {
        if let Expr::Function(call) = expr {
            self.n_multiplying -= usize::from(MULTIPLYING.contains(&name_of(call).as_str()));
        }
        ControlFlow::Continue(())
    }
}

impl Guard {
    fn check_call(&mut self, call: &Function) -> ControlFlow<Refusal> {
        let name = name_of(call);
        let refuse = |what: &str| ControlFlow::Break(format!("`{name}` {what}"));
        if UNBOUNDED.contains(&name.as_str()) {
            return refuse("is not allowed in a query");
        }
        if SERIES.contains(&name.as_str()) && !steps_by_calendar(call) {
            return refuse("needs a step of days, weeks, months or years");
        }
        if PADDING.contains(&name.as_str()) && !is_short(call) {
            return refuse("needs a length up to 1000, written as a number");
        }
        if MULTIPLYING.contains(&name.as_str()) {
            self.n_multiplying += 1;
            if self.n_multiplying > 3 {
                return refuse("is nested too deeply");
            }
        }
        ControlFlow::Continue(())
    }
}

fn name_of(call: &Function) -> String {
    call.name.to_string().to_ascii_lowercase()
}

/// The n-th argument of a call, if it is a plain expression.
fn argument(call: &Function, n: usize) -> Option<&Expr> {
    match &call.args {
        FunctionArguments::List(list) => match list.args.get(n)? {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a padding function's length is a small literal.
fn is_short(call: &Function) -> bool {
    match argument(call, 1) {
        Some(Expr::Value(value)) => match &value.value {
            Value::Number(digits, _) => digits.parse::<u64>().is_ok_and(|n| n <= MAX_PADDED),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a series goes by `interval '1 month'` or the like.
fn steps_by_calendar(call: &Function) -> bool {
    const UNITS: [&str; 8] = ["day", "days", "week", "weeks", "month", "months", "year", "years"];
    let Some(Expr::Interval(step)) = argument(call, 2) else {
        return false;
    };
    match step.value.as_ref() {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => {
                let words: Vec<&str> = text.split_whitespace().collect();
                matches!(words.as_slice(), [n, unit]
                    if n.parse::<u32>().is_ok_and(|n| n > 0) && UNITS.contains(unit))
            }
            _ => false,
        },
        _ => false,
    }
}

/// A file's path in quotes would be a table to some engines.
fn check_table_name(name: &ObjectName) -> ControlFlow<Refusal> {
    let is_path =
        |part: &str| part.contains(['/', '\\', '*']) || part.contains("..") || part.contains(':');
    let parts = name.0.iter().filter_map(|part| part.as_ident());
    if parts.into_iter().any(|part| is_path(&part.value) || part.value.contains('.')) {
        return ControlFlow::Break(
            "a file is not a table: offer it with `--table NAME=PATH`".to_owned(),
        );
    }
    ControlFlow::Continue(())
}
