//! What must hold of a model's finished rows.
//!
//! A check is one of `unique(a, …)`, `not_null(a, …)`, `one_of(a, 'x', …)`,
//! `accepted_range(a, least, most)`, `relationship(a, schema.table.b)`, or a `select` that must
//! return no rows. Nulls pass `one_of`, `accepted_range` and `relationship`.

use std::collections::BTreeSet;
use std::path::Path;

use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::sql::{parse_select, placeholders, sentence, statement_of, tables_of, tokenise};

/// A check as its text means it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Check {
    /// The columns together name each row once.
    Unique(Vec<String>),
    /// None of the columns is null.
    NotNull(Vec<String>),
    /// The column is one of these values.
    OneOf(String, Vec<Expr>),
    /// The column lies between the two, both included.
    AcceptedRange(String, Box<(Expr, Expr)>),
    /// The column's values are among those of another table's column.
    Relationship { column: String, table: String, to: String },
    /// The query returns no rows.
    Query(Box<Query>),
}

impl Check {
    /// Reads a check; `Err` says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let path = Path::new("check");
        let tokens = tokenise(path, text).map_err(|problem| problem.message)?;
        let start = text.trim_start().get(..6).unwrap_or_default().to_ascii_lowercase();
        if start == "select" || start.starts_with("with") {
            let query = parse_select(path, text, tokens).map_err(|problem| problem.message)?;
            return Ok(Self::Query(Box::new(query)));
        }
        let parser = DFParserBuilder::new(tokens).with_dialect(&GenericDialect {}).build();
        let call = parser
            .and_then(|mut parser| parser.parse_expr())
            .map_err(|error| sentence(&error.find_root().strip_backtrace()))?;
        let Expr::Function(call) = call.expr else {
            return Err("neither a check nor a `select`".to_owned());
        };
        let name = call.name.to_string();
        let args = arguments(&call.args).ok_or("arguments are columns and values")?;
        Self::of_call(&name, &args)
    }

    fn of_call(name: &str, args: &[Expr]) -> Result<Self, String> {
        let all_columns = || {
            args.iter().map(column).collect::<Option<Vec<_>>>().filter(|names| !names.is_empty())
        };
        let first_column = || args.first().and_then(column);
        let check = match name {
            "unique" => all_columns().map(Self::Unique),
            "not_null" => all_columns().map(Self::NotNull),
            "one_of" if args.len() > 1 => {
                first_column().map(|c| Self::OneOf(c, args[1..].to_vec()))
            }
            "accepted_range" if args.len() == 3 => first_column()
                .map(|c| Self::AcceptedRange(c, Box::new((args[1].clone(), args[2].clone())))),
            "relationship" if args.len() == 2 => first_column()
                .zip(foreign(&args[1]))
                .map(|(column, (table, to))| Self::Relationship { column, table, to }),
            "one_of" | "accepted_range" | "relationship" => None,
            _ => return Err(["no check `", name, "`"].concat()),
        };
        check.ok_or_else(|| ["`", name, "` has other arguments"].concat())
    }

    /// The tables that the check reads.
    pub(crate) fn tables(&self) -> Vec<String> {
        match self {
            Self::Relationship { table, .. } => vec![table.clone()],
            Self::Query(query) => tables_of(&statement_of((**query).clone())).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The parameters that the check uses.
    pub(crate) fn parameters(&self) -> BTreeSet<String> {
        match self {
            Self::Query(query) => placeholders(query.as_ref()),
            Self::AcceptedRange(_, range) => {
                [&range.0, &range.1].into_iter().flat_map(placeholders).collect()
            }
            Self::OneOf(_, values) => values.iter().flat_map(placeholders).collect(),
            _ => BTreeSet::new(),
        }
    }

    /// The columns of the model itself that the check names.
    pub(crate) fn columns(&self) -> Vec<&str> {
        match self {
            Self::Unique(columns) | Self::NotNull(columns) => {
                columns.iter().map(String::as_str).collect()
            }
            Self::OneOf(column, _)
            | Self::AcceptedRange(column, _)
            | Self::Relationship { column, .. } => {
                vec![column]
            }
            Self::Query(_) => Vec::new(),
        }
    }
}

fn arguments(args: &FunctionArguments) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = args else {
        return None;
    };
    let arg = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().map(arg).collect()
}

fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        _ => None,
    }
}

/// `schema.table` and column of a three-part name.
fn foreign(expr: &Expr) -> Option<(String, String)> {
    match expr {
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [schema, table, column] => Some((
                [schema.value.as_str(), table.value.as_str()].join("."),
                column.value.clone(),
            )),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_check_is_read() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(Check::parse("unique(a, b)"), Ok(Check::Unique(names(&["a", "b"]))));
        assert_eq!(Check::parse("not_null(a)"), Ok(Check::NotNull(names(&["a"]))));
        let Ok(Check::OneOf(column, values)) = Check::parse("one_of(a, 'x', 'it''s')") else {
            panic!("one_of");
        };
        assert_eq!(
            (column.as_str(), values.len(), values[1].to_string().as_str()),
            ("a", 2, "'it''s'")
        );
        assert!(matches!(Check::parse("accepted_range(a, 0, $n)"), Ok(Check::AcceptedRange(..))));
        let expected = Check::Relationship {
            column: "a".into(),
            table: "core.person".into(),
            to: "person_id".into(),
        };
        assert_eq!(Check::parse("relationship(a, core.person.person_id)"), Ok(expected));
        assert!(matches!(Check::parse("select a from core.x where a < 0"), Ok(Check::Query(_))));
        assert!(matches!(
            Check::parse("with b as (select 1 as a) select a from b"),
            Ok(Check::Query(_))
        ));
    }

    #[test]
    fn what_is_no_check_is_refused_with_its_reason() {
        let reason = |text: &str| Check::parse(text).expect_err(text);
        assert_eq!(reason("uniq(a)"), "no check `uniq`");
        assert_eq!(reason("unique(1)"), "`unique` has other arguments");
        assert_eq!(reason("unique()"), "`unique` has other arguments");
        assert_eq!(reason("relationship(a, b)"), "`relationship` has other arguments");
        assert_eq!(reason("a > 1"), "neither a check nor a `select`");
        assert!(reason("select 1; drop table x").contains("more than one"));
        assert!(!reason("unique(a").is_empty());
    }

    #[test]
    fn tables_and_parameters_of_a_check_are_known() {
        let check =
            Check::parse("select a from core.x join core.y on true where a < $n").expect("a check");
        assert_eq!(check.tables(), ["core.x", "core.y"]);
        assert_eq!(Vec::from_iter(check.parameters()), ["n"]);
        assert_eq!(
            Vec::from_iter(
                Check::parse("accepted_range(a, $from, 3)").expect("a check").parameters()
            ),
            ["from"]
        );
    }
}
