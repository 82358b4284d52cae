//! Stops text that is nested too deeply before any recursive code sees it.
//!
//! Parser and planner walk expressions recursively; a text of 10,000 brackets, or a chain of
//! 10,000 operators (which becomes a tree as deep), would cost the stack. Tokens are counted in
//! one loop instead.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

/// Brackets and `case` within one another.
pub(crate) const MAX_DEPTH: usize = 200;
/// Operators in one chain without a bracket, comma or clause between them.
pub(crate) const MAX_CHAIN: usize = 500;
/// Joins, set operations and common table expressions side by side.
pub(crate) const MAX_STEPS: usize = 200;

/// What is too deep, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooDeep {
    /// The token that goes beyond the limit.
    pub(crate) location: Location,
    /// The limit.
    pub(crate) limit: usize,
    /// What the limit counts.
    pub(crate) what: &'static str,
}

/// One bracket level's counts.
#[derive(Default)]
struct Level {
    chain: usize,
    steps: usize,
}

/// Refuses tokens nested beyond the limits.
pub(crate) fn check_nesting(tokens: &[TokenWithSpan]) -> Result<(), TooDeep> {
    let mut levels = vec![Level::default()];
    let mut n_cases = 0usize;
    let mut after_as = false;
    for token in tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))) {
        let too_deep = |limit, what| Err(TooDeep { location: token.span.start, limit, what });
        match step(&token.token) {
            Step::Open => levels.push(Level::default()),
            Step::Close if levels.len() > 1 => drop(levels.pop()),
            Step::Case => n_cases += 1,
            Step::End => n_cases = n_cases.saturating_sub(1),
            Step::Break => last(&mut levels).chain = 0,
            Step::Link => last(&mut levels).chain += 1,
            Step::Relation => {
                last(&mut levels).steps += 1;
                last(&mut levels).chain = 0;
            }
            Step::Close | Step::Other => {}
        }
        if opens_chain(&token.token) {
            let below = levels.len().saturating_sub(2);
            levels[below].chain += 1;
            levels[below].steps += usize::from(after_as);
        }
        after_as = is_as(&token.token);
        if levels.len() + n_cases > MAX_DEPTH {
            return too_deep(MAX_DEPTH, "brackets or cases within one another");
        }
        if levels.iter().rev().take(2).any(|level| level.chain > MAX_CHAIN) {
            return too_deep(MAX_CHAIN, "operators in one chain");
        }
        if levels.iter().rev().take(2).any(|level| level.steps > MAX_STEPS) {
            return too_deep(MAX_STEPS, "joins, unions or common table expressions side by side");
        }
    }
    Ok(())
}

fn last(levels: &mut [Level]) -> &mut Level {
    levels.last_mut().expect("the outermost level is never closed")
}

enum Step {
    Open,
    Close,
    Case,
    End,
    /// Ends a chain: what follows is another expression.
    Break,
    /// Makes a chain one longer.
    Link,
    /// One more relation in a plan.
    Relation,
    Other,
}

fn step(token: &Token) -> Step {
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => Step::Open,
        Token::RParen | Token::RBracket | Token::RBrace => Step::Close,
        Token::Comma | Token::SemiColon => Step::Break,
        Token::Word(word) if word.quote_style.is_none() => of_keyword(word.keyword),
        Token::Word(_) | Token::Number(..) | Token::Whitespace(_) | Token::Placeholder(_) => {
            Step::Other
        }
        Token::SingleQuotedString(_) | Token::EOF => Step::Other,
        _ => Step::Link,
    }
}

fn of_keyword(keyword: Keyword) -> Step {
    match keyword {
        Keyword::CASE => Step::Case,
        Keyword::END => Step::End,
        Keyword::SELECT | Keyword::FROM | Keyword::WHERE | Keyword::GROUP | Keyword::HAVING => {
            Step::Break
        }
        Keyword::ORDER
        | Keyword::LIMIT
        | Keyword::ON
        | Keyword::WHEN
        | Keyword::THEN
        | Keyword::ELSE => Step::Break,
        Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::JOIN => Step::Relation,
        Keyword::NOT | Keyword::AND | Keyword::OR | Keyword::XOR | Keyword::IS | Keyword::IN => {
            Step::Link
        }
        Keyword::LIKE | Keyword::ILIKE | Keyword::BETWEEN | Keyword::AT | Keyword::COLLATE => {
            Step::Link
        }
        _ => Step::Other,
    }
}

/// A common table expression is a name, `as` and a bracket.
fn is_as(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.keyword == Keyword::AS)
}

/// A bracket after an operand (`a[1][1]`, `f(1)(2)`) lengthens the chain outside it.
fn opens_chain(token: &Token) -> bool {
    matches!(token, Token::LBracket | Token::LParen)
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;

    fn what(sql: &str) -> Option<&'static str> {
        let tokens =
            Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().expect("tokens");
        check_nesting(&tokens).err().map(|too_deep| too_deep.what)
    }

    #[test]
    fn ordinary_statements_pass() {
        assert_eq!(
            what("with a as (select 1 as x) select case when x = 1 then (x + 1) * 2 end from a"),
            None
        );
        let list = (0..10_000).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        assert_eq!(what(&format!("select a from t where b in ({list})")), None);
        let columns =
            (0..1_000).map(|n| format!("(x + {n}) as x{n}")).collect::<Vec<_>>().join(", ");
        assert_eq!(what(&format!("select {columns} from t")), None);
    }

    #[test]
    fn ten_thousand_brackets_are_too_deep() {
        let deep = format!("select {}1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert_eq!(what(&deep), Some("brackets or cases within one another"));
        assert_eq!(what(&"(".repeat(10_000)), Some("brackets or cases within one another"));
        assert_eq!(
            what(&format!("select {}", "case when ".repeat(10_000))),
            Some("brackets or cases within one another")
        );
    }

    #[test]
    fn ten_thousand_operators_are_too_long_a_chain() {
        for link in [" + 1", " and true", "::int", " is null", "[1]", " || 'a'", ".b"] {
            assert_eq!(
                what(&format!("select a{}", link.repeat(10_000))),
                Some("operators in one chain"),
                "{link}"
            );
        }
        for unary in ["not ", "- ", "~"] {
            assert_eq!(
                what(&format!("select {} a", unary.repeat(10_000))),
                Some("operators in one chain")
            );
        }
    }

    #[test]
    fn ten_thousand_relations_are_too_many() {
        let steps = Some("joins, unions or common table expressions side by side");
        assert_eq!(what(&format!("select 1{}", " union all select 1".repeat(10_000))), steps);
        assert_eq!(what(&format!("select 1 from a{}", " cross join a".repeat(10_000))), steps);
        assert_eq!(
            what(&format!(
                "with a as (select 1){} select 1",
                ", b as (select 1 from a)".repeat(10_000)
            )),
            steps
        );
    }
}
