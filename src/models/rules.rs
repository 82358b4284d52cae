//! Rules on how a model's `select` is written, held against its syntax tree.

use std::ops::ControlFlow;
use std::path::Path;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, GroupByExpr, LimitClause, Query, Select, SelectItem, Spanned, UnaryOperator,
    Value, Visit, Visitor,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::expansion::{MAX_RELATIONS, is_too_large};
use super::sql::{first_sql_byte, placeholder};
use super::{Place, Problem, Rule};

/// Every breach of the house rules in `query`.
pub(crate) fn check_rules(path: &Path, text: &str, query: &Query) -> Vec<Problem> {
    let mut rules = Rules { path, text, problems: Vec::new() };
    let _ = query.visit(&mut rules);
    if is_too_large(query) {
        let message = format!("the select reads more than {MAX_RELATIONS} relations");
        rules.add(Rule::Nesting, Location::empty(), message);
    }
    rules.problems
}

struct Rules<'a> {
    path: &'a Path,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Rules<'_> {
    fn add(&mut self, rule: Rule, at: Location, message: String) {
        let place = if at.line == 0 {
            Place::of_offset(self.path, self.text, first_sql_byte(self.text))
        } else {
            Place::of_location(self.path, self.text, at)
        };
        self.problems.push(Problem { place, rule, message });
    }

    fn check_items(&mut self, select: &Select) {
        let at = select.select_token.0.span.start;
        for item in &select.projection {
            if matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)) {
                self.add(Rule::SelectStar, item_start(item, at), "`select *`".to_owned());
            }
        }
    }

    fn check_groups(&mut self, select: &Select) {
        let at = select.select_token.0.span.start;
        match &select.group_by {
            GroupByExpr::All(_) => self.add(Rule::GroupByOrdinal, at, "`group by all`".to_owned()),
            GroupByExpr::Expressions(groups, _) => {
                for group in groups.iter().filter(|group| is_number(group)) {
                    self.add(
                        Rule::GroupByOrdinal,
                        start(group, at),
                        "`group by` a number".to_owned(),
                    );
                }
            }
        }
    }
}

impl Visitor for Rules<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let limited =
            matches!(query.limit_clause, Some(LimitClause::LimitOffset { limit: Some(_), .. }));
        if (limited || query.fetch.is_some()) && query.order_by.is_none() {
            self.add(Rule::RowOrder, query.span().start, "`limit` without `order by`".to_owned());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.check_items(select);
        self.check_groups(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Between { expr: operand, low, high, .. }
                if [operand, low, high].into_iter().any(|e| is_date(e)) =>
            {
                let at = start(expr, Location::empty());
                self.add(Rule::BetweenDates, at, "`between` on dates".to_owned());
            }
            Expr::InSubquery { negated: true, .. } => {
                let at = start(expr, Location::empty());
                self.add(Rule::NotInSelect, at, "`not in (select …)`".to_owned());
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } if is_in_subquery(inner) => {
                let at = start(expr, Location::empty());
                self.add(Rule::NotInSelect, at, "`not … in (select …)`".to_owned());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn start(expr: &Expr, otherwise: Location) -> Location {
    let at = expr.span().start;
    if at.line == 0 { otherwise } else { at }
}

fn item_start(item: &SelectItem, otherwise: Location) -> Location {
    let at = item.span().start;
    if at.line == 0 { otherwise } else { at }
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(..)))
}

fn is_in_subquery(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_in_subquery(inner),
        Expr::InSubquery { negated, .. } => !negated,
        _ => false,
    }
}

/// Whether an operand of `between` is a date, as far as its text tells.
fn is_date(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_date(inner),
        Expr::Identifier(name) => named_as_date(&name.value),
        Expr::CompoundIdentifier(names) => {
            names.last().is_some_and(|name| named_as_date(&name.value))
        }
        Expr::TypedString(typed) => is_date_type(&typed.data_type),
        Expr::Cast { data_type, .. } => is_date_type(data_type),
        Expr::BinaryOp { left, right, .. } => is_date(left) || is_date(right),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => is_iso_date(text),
            _ => placeholder(expr)
                .is_some_and(|name| matches!(name, "as_at" | "from") || named_as_date(name)),
        },
        _ => false,
    }
}

fn named_as_date(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["_on", "_at", "_date"].iter().any(|end| name.ends_with(end))
        || name == "month"
        || name.ends_with("_month")
}

fn is_date_type(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Date | DataType::Date32 | DataType::Timestamp(..) | DataType::Datetime(_)
    )
}

fn is_iso_date(text: &str) -> bool {
    text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::sql::{parse_select, tokenise};

    fn rules(text: &str) -> Vec<(Rule, usize, usize)> {
        let path = Path::new("m.sql");
        let query =
            parse_select(path, text, tokenise(path, text).expect("tokens")).expect("select");
        let problems = check_rules(path, text, &query);
        problems.into_iter().map(|p| (p.rule, p.place.line, p.place.column)).collect()
    }

    fn only(text: &str) -> Option<Rule> {
        let found = rules(text);
        assert!(found.len() < 2, "{text}: {found:?}");
        found.first().map(|(rule, ..)| *rule)
    }

    #[test]
    fn a_well_written_select_passes() {
        let text = "with a as (select x, count(*) as n from t where d >= $from and d < $as_at group by x) select x, n from a where n between 1 and 5 and not exists (select 1 from b where b.x = a.x) order by x limit 10";
        assert_eq!(only(text), None);
    }

    #[test]
    fn stars_are_refused_wherever_they_stand() {
        assert_eq!(rules("select\n  * from t"), [(Rule::SelectStar, 2, 3)]);
        assert_eq!(only("select t.* from t"), Some(Rule::SelectStar));
        assert_eq!(only("with a as (select * from t) select x from a"), Some(Rule::SelectStar));
        assert_eq!(only("select count(*) as n from t"), None);
    }

    #[test]
    fn between_is_refused_on_dates_only() {
        for date in [
            "admitted_on between 1 and 2",
            "s.admitted_on between a and b",
            "x between date '2025-01-01' and y",
            "x not between '2025-01-01' and '2025-02-01'",
            "x between $from and $as_at",
            "x between cast(a as date) and b",
            "x between $as_at - interval '1 year' and y",
        ] {
            assert_eq!(
                only(&format!("select x from t where {date}")),
                Some(Rule::BetweenDates),
                "{date}"
            );
        }
        for other in ["age_years between 18 and 64", "code between 'A00' and 'B99'"] {
            assert_eq!(only(&format!("select x from t where {other}")), None, "{other}");
        }
    }

    #[test]
    fn not_in_a_subquery_is_refused_in_both_spellings() {
        assert_eq!(
            rules("select x from t\nwhere x not in (select y from u)"),
            [(Rule::NotInSelect, 2, 7)]
        );
        assert_eq!(
            only("select x from t where not (x in (select y from u))"),
            Some(Rule::NotInSelect)
        );
        assert_eq!(only("select x from t where x not in (1, 2)"), None);
    }

    #[test]
    fn groups_by_number_and_limits_without_order_are_refused() {
        assert_eq!(only("select x, count(*) as n from t group by 1"), Some(Rule::GroupByOrdinal));
        assert_eq!(only("select x, count(*) as n from t group by all"), Some(Rule::GroupByOrdinal));
        assert_eq!(only("select x from t limit 5"), Some(Rule::RowOrder));
    }
}
