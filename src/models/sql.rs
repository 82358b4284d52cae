//! From a text to its one `select`: tokens, nesting, syntax tree, tables and parameters read.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    Expr, Query, SetExpr, Statement as SqlStatement, Value, Visit, visit_expressions,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Location, TokenWithSpan, Tokenizer};

use super::nesting::check_nesting;
use super::{Place, Problem, Rule};

/// Longer statements are not written by people.
const MAX_BYTES: usize = 1 << 20;
/// Above what the bracket limit can need: some brackets cost the parser several levels.
const PARSER_DEPTH: usize = 2_000;

/// Splits `text` into tokens, comments kept, and refuses what is nested too deeply.
pub(crate) fn tokenise(path: &Path, text: &str) -> Result<Vec<TokenWithSpan>, Problem> {
    if text.len() > MAX_BYTES {
        let place = Place::of_offset(path, text, MAX_BYTES);
        let message = format!("the statement is longer than {MAX_BYTES} bytes");
        return Err(Problem { place, rule: Rule::Nesting, message });
    }
    let tokens =
        Tokenizer::new(&GenericDialect {}, text).tokenize_with_location().map_err(|error| {
            let place = Place::of_location(path, text, error.location);
            Problem { place, rule: Rule::Syntax, message: sentence(&error.message) }
        })?;
    check_nesting(&tokens).map_err(|too_deep| Problem {
        place: Place::of_location(path, text, too_deep.location),
        rule: Rule::Nesting,
        message: format!("more than {} {}", too_deep.limit, too_deep.what),
    })?;
    Ok(tokens)
}

/// Parses every statement of `text`.
pub(crate) fn parse_statements(
    path: &Path,
    text: &str,
    tokens: Vec<TokenWithSpan>,
) -> Result<Vec<Statement>, Problem> {
    DFParserBuilder::new(tokens)
        .with_dialect(&GenericDialect {})
        .with_recursion_limit(PARSER_DEPTH)
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map(Vec::from)
        .map_err(|error| syntax_problem(path, text, &error))
}

/// The one `select` that `text` holds.
pub(crate) fn parse_select(
    path: &Path,
    text: &str,
    tokens: Vec<TokenWithSpan>,
) -> Result<Query, Problem> {
    let refuse = |message: &str| {
        let place = Place::of_offset(path, text, first_sql_byte(text));
        Err(Problem { place, rule: Rule::OneSelect, message: message.to_owned() })
    };
    let mut statements = parse_statements(path, text, tokens)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Statement(statement)), true) => match *statement {
            SqlStatement::Query(query) if is_select(&query.body) => Ok(*query),
            _ => refuse("a model is one `select`"),
        },
        (None, _) => refuse("no statement"),
        (Some(_), true) => refuse("a model is one `select`"),
        (Some(_), false) => refuse("more than one statement"),
    }
}

/// Whether only rows are read: no `insert` or `update` hides among the branches.
pub(crate) fn is_select(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(query) => is_select(&query.body),
        SetExpr::SetOperation { left, right, .. } => is_select(left) && is_select(right),
        SetExpr::Values(_) => true,
        _ => false,
    }
}

/// Table functions that make rows out of nothing but their arguments.
pub(crate) const TABLE_FUNCTIONS: [&str; 3] = ["generate_series", "range", "unnest"];

/// The tables that a statement reads, common table expressions and table functions aside, sorted.
pub(crate) fn tables_of(statement: &Statement) -> Result<Vec<String>, DataFusionError> {
    let (tables, _) = resolve_table_references(statement, true)?;
    let names = tables.iter().map(table_name);
    let names: BTreeSet<String> =
        names.filter(|name| !TABLE_FUNCTIONS.contains(&name.as_str())).collect();
    Ok(names.into_iter().collect())
}

/// A table's name as models write it: `schema.table`, or the bare name.
pub(crate) fn table_name(table: &TableReference) -> String {
    match table.schema() {
        Some(schema) => [schema, table.table()].join("."),
        None => table.table().to_owned(),
    }
}

/// The query as a statement again.
pub(crate) fn statement_of(query: Query) -> Statement {
    Statement::Statement(Box::new(SqlStatement::Query(Box::new(query))))
}

/// The names behind `$` in a query or expression, sorted.
pub(crate) fn placeholders(tree: &impl Visit) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let _ = visit_expressions(tree, |expr: &Expr| {
        if let Some(name) = placeholder(expr) {
            names.insert(name.to_owned());
        }
        ControlFlow::<()>::Continue(())
    });
    names
}

/// The name of a placeholder expression, without its `$`.
pub(crate) fn placeholder(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => Some(name.trim_start_matches('$')),
            _ => None,
        },
        _ => None,
    }
}

/// The byte where SQL starts, below comment lines.
pub(crate) fn first_sql_byte(text: &str) -> usize {
    let comments = text.split_inclusive('\n').take_while(|line| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with("--")
    });
    comments.map(str::len).sum()
}

/// What a parser says, as a problem at the place that it names.
fn syntax_problem(path: &Path, text: &str, error: &DataFusionError) -> Problem {
    let message = error.find_root().strip_backtrace();
    let message = message.trim_start_matches("SQL error: ");
    let message = unwrapped(message);
    let (message, location) = split_location(&message);
    let place = match location {
        Some(location) => Place::of_location(path, text, location),
        None if message.ends_with("EOF") => Place::of_offset(path, text, text.trim_end().len()),
        None => Place::of_offset(path, text, first_sql_byte(text)),
    };
    let rule = if message.contains("RecursionLimit") { Rule::Nesting } else { Rule::Syntax };
    Problem { place, rule, message: sentence(message) }
}

/// The text inside `ParserError("…")`.
fn unwrapped(message: &str) -> String {
    let inner = ["ParserError(\"", "TokenizerError(\""]
        .iter()
        .find_map(|start| message.strip_prefix(start));
    match inner.and_then(|inner| inner.strip_suffix("\")")) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\'", "'"),
        None => message.to_owned(),
    }
}

/// Cuts ` at Line: 3, Column: 5` off a message.
fn split_location(message: &str) -> (&str, Option<Location>) {
    let Some((what, location)) = message.rsplit_once(" at Line: ") else {
        return (message, None);
    };
    let location = location.split_once(", Column: ").and_then(|(line, column)| {
        let column: String = column.chars().take_while(char::is_ascii_digit).collect();
        Some(Location { line: line.parse().ok()?, column: column.parse().ok()? })
    });
    (what, location)
}

/// The message as this code base writes them: lower case first, no full stop.
pub(crate) fn sentence(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let mut letters = message.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(text: &str) -> Result<Query, Problem> {
        let path = Path::new("m.sql");
        parse_select(path, text, tokenise(path, text)?)
    }

    #[test]
    fn tables_are_those_that_are_no_common_table_expression() {
        let query = select("with a as (select x from core.spell) select a.x from a join base.apc on true where exists (select 1 from link.ledger)").expect("one select");
        let tables = tables_of(&statement_of(query)).expect("resolved");
        assert_eq!(tables, ["base.apc", "core.spell", "link.ledger"]);
    }

    #[test]
    fn placeholders_are_found_wherever_they_stand() {
        let query =
            select("select $a + 1 as x from t where d >= $as_at - interval '1 year' limit $n")
                .expect("one select");
        assert_eq!(Vec::from_iter(placeholders(&query)), ["a", "as_at", "n"]);
    }

    #[test]
    fn a_syntax_error_names_its_place() {
        let problem = select("-- a comment\nselect a\n  from t where").expect_err("broken");
        assert_eq!(problem.rule, Rule::Syntax);
        assert_eq!(problem.place.line, 3);
        assert!(!problem.message.contains("Line:"), "{}", problem.message);
        let problem = select("select 'open").expect_err("broken");
        assert_eq!((problem.rule, problem.place.line), (Rule::Syntax, 1));
    }

    #[test]
    fn whatever_is_not_one_select_is_refused() {
        for text in [
            "",
            "select 1; select 2",
            "insert into t select 1",
            "select 1 into t",
            "set a = 1",
            "create table t as select 1",
            "copy t to 'x'",
            "explain select 1",
            "delete from t",
        ] {
            let problem = select(text).expect_err(text);
            assert!(matches!(problem.rule, Rule::OneSelect | Rule::Syntax), "{text}: {problem}");
        }
    }
}
