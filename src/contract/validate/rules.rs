//! Whether rules, derived columns and thresholds say what they must.

use std::ops::Range;

use super::{Checking, Mistake, is_snake_case, mistake};
use crate::contract::column::{Column, Kind, Role};
use crate::contract::declaration::{ColumnToml, RuleToml, SeverityToml, ThresholdToml};
use crate::contract::expression::{Expression, Scope, Type};
use crate::contract::placed::Placed;
use crate::contract::rule::DeclaredRule;
use crate::contract::threshold::Threshold;
use crate::contract::{Rule, Severity, nearest};

impl Checking<'_> {
    /// The rules, those that are wrong left out and noted.
    pub(super) fn rules(&mut self, declared: &[RuleToml], columns: &[Column]) -> Vec<DeclaredRule> {
        let mut rules: Vec<DeclaredRule> = Vec::new();
        for rule in declared {
            let name = rule.name.get_ref();
            let is_taken =
                rules.iter().any(|other| other.name == *name) || Rule::built_in(name).is_some();
            if !is_snake_case(name) || is_taken {
                let what = "a rule's name is lower case, digits and `_`, and its own";
                self.mistakes.push(mistake(&rule.name, what));
                continue;
            }
            let read = self.rule(rule, columns);
            rules.extend(self.take(read));
        }
        rules
    }

    fn rule(&self, rule: &RuleToml, columns: &[Column]) -> Result<DeclaredRule, Mistake> {
        let names = |column: &Column| column.rule_name().is_some() && !column.is_dropped;
        let named = columns.iter().enumerate().filter(|(_, column)| names(column));
        let scope = Scope {
            columns: named
                .filter_map(|(i, c)| Some((c.rule_name()?, i, (&c.kind).into())))
                .collect(),
            refused: Vec::new(),
        };
        let expression = self.expression(&rule.check, &scope)?;
        if expression.kind() != Type::Flag {
            let what = format!(
                "a rule is a comparison or another yes or no, and this is {}",
                expression.kind().in_words()
            );
            return Err(mistake(&rule.check, what));
        }
        if expression.columns().is_empty() {
            return Err(mistake(&rule.check, "a rule names at least one column"));
        }
        Ok(DeclaredRule {
            name: rule.name.get_ref().clone(),
            text: rule.check.get_ref().clone(),
            severity: match rule.severity {
                SeverityToml::Refuse => Severity::Refuse,
                SeverityToml::Warn => Severity::Warn,
                SeverityToml::Info => Severity::Info,
            },
            message: rule.message.clone().unwrap_or_default(),
            code: rule.code.clone().unwrap_or_default(),
            expression,
        })
    }

    /// The expression of the column at a place, if it is a derived one: over columns that may reach
    /// a record, and are there before it.
    pub(super) fn derived(
        &self,
        declared: &[Placed<ColumnToml>],
        place: usize,
        columns: &[Column],
    ) -> Result<Option<Expression>, Mistake> {
        let Some(derive) = &declared[place].get_ref().derive else { return Ok(None) };
        let mut scope = Scope { columns: Vec::new(), refused: Vec::new() };
        for (i, column) in columns.iter().enumerate().filter(|(_, column)| !column.is_dropped) {
            let Some(name) = column.rule_name() else { continue };
            let is_stored =
                column.field.is_some() || matches!(column.role, Some(Role::Sex | Role::Provider));
            let is_later = i >= place && declared[i].get_ref().derive.is_some();
            if !is_stored {
                let why = "never reaches a record, so nothing is derived from it";
                scope.refused.push((name, why));
            } else if is_later {
                scope.refused.push((name, "is computed after this column, or is this column"));
            } else {
                scope.columns.push((name, i, (&column.kind).into()));
            }
        }
        let expression = self.expression(derive, &scope)?;
        let (found, wanted) = (expression.kind(), Type::from(&columns[place].kind));
        let is_scaled = matches!(columns[place].kind, Kind::Scaled(_));
        if found != wanted && found != Type::Null || is_scaled && found == Type::Null {
            let what = format!(
                "the expression is {}, and the column {}",
                found.in_words(),
                wanted.in_words()
            );
            return Err(mistake(derive, what));
        }
        Ok(Some(expression))
    }

    /// Reads an expression; its mistakes are placed within the contract.
    fn expression(&self, text: &Placed<String>, scope: &Scope<'_>) -> Result<Expression, Mistake> {
        Expression::read(text.get_ref(), scope)
            .map_err(|(span, what)| (within(self.text, text, span), what))
    }

    /// The thresholds, those that are wrong left out and noted.
    pub(super) fn thresholds(
        &mut self,
        declared: &[ThresholdToml],
        columns: &[Column],
        rules: &[DeclaredRule],
    ) -> Vec<Threshold> {
        let read = declared.iter().map(|one| threshold(one, columns, rules));
        read.collect::<Vec<_>>().into_iter().filter_map(|one| self.take(one)).collect()
    }
}

fn threshold(
    declared: &ThresholdToml,
    columns: &[Column],
    rules: &[DeclaredRule],
) -> Result<Threshold, Mistake> {
    let column = declared.column.as_ref().map(|placed| {
        let name = placed.get_ref();
        let is_it = |c: &Column| c.name == *name || c.field.as_deref() == Some(name);
        let place = columns.iter().position(is_it);
        place.ok_or_else(|| {
            let near = nearest(name, columns.iter().map(|c| c.name.as_str()));
            let hint = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
            mistake(placed, format!("no column `{name}`{hint}"))
        })
    });
    let rule = declared.rule.as_ref().map(|placed| {
        let name = placed.get_ref();
        let own = rules.iter().position(|rule| rule.name == *name);
        let rule = own.map(|i| Rule::Declared(i as u16)).or_else(|| Rule::built_in(name));
        rule.ok_or_else(|| {
            let names = rules.iter().map(|rule| rule.name.as_str());
            let near = nearest(name, names.chain(Rule::BUILT_IN.iter().filter_map(|r| r.name())));
            let hint = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
            mistake(placed, format!("no rule `{name}`{hint}"))
        })
    });
    for share in [&declared.warn, &declared.refuse].into_iter().flatten() {
        if !(0.0..=1.0).contains(share.get_ref()) {
            return Err(mistake(share, "a share of rows lies between 0 and 1"));
        }
    }
    let (warn, refuse) = (&declared.warn, &declared.refuse);
    if let (Some(warn), Some(refuse)) = (warn, refuse)
        && warn.get_ref() > refuse.get_ref()
    {
        return Err(mistake(warn, "it would be refused before it is warned of"));
    }
    let at = declared.column.as_ref().or(declared.rule.as_ref());
    if let (Some(at), None, None) = (at, warn, refuse) {
        return Err(mistake(at, "a threshold needs `warn` or `refuse`"));
    }
    Ok(Threshold {
        column: column.transpose()?,
        rule: rule.transpose()?,
        provider: declared.provider.clone(),
        warn: warn.as_ref().map(|share| *share.get_ref()),
        refuse: refuse.as_ref().map(|share| *share.get_ref()),
    })
}

/// A place in a text that stands in a file as a place in the file.
///
/// Exact where the text stands there as it is; where escapes make it differ, all of the text.
fn within(file: &str, text: &Placed<String>, inner: Range<usize>) -> Range<usize> {
    let span = text.span();
    let Some(raw) = file.get(span.clone()) else { return span };
    let start = ["\"\"\"\n", "'''\n", "\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find_map(|quote| raw.starts_with(quote).then_some(quote.len()))
        .unwrap_or(0);
    let is_as_it_is =
        raw.get(start..).is_some_and(|rest| rest.starts_with(text.get_ref().as_str()));
    if is_as_it_is {
        span.start + start + inner.start..span.start + start + inner.end
    } else {
        span
    }
}
