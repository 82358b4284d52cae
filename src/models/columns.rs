//! What each output column is: the comment behind it in the final `select`.

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SelectItem, SetExpr};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace};
use serde::Serialize;

/// An output column of a model as its text describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The comment behind it, if there is one.
    pub description: Option<String>,
}

/// The columns of a query's final `select`, or of the first branch of its union.
///
/// Empty where the query has no select list, as with `values`.
pub(crate) fn describe_columns(query: &Query, tokens: &[TokenWithSpan]) -> Vec<Column> {
    let Some(select) = first_select(&query.body) else {
        return Vec::new();
    };
    let comments = item_comments(tokens);
    let describe = |(n, item): (usize, &SelectItem)| Column {
        name: item_name(item),
        description: comments.get(n).cloned().flatten(),
    };
    select.projection.iter().enumerate().map(describe).collect()
}

/// The first `select` of a body, brackets and unions opened.
pub(crate) fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

fn item_name(item: &SelectItem) -> String {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => alias.value.clone(),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => name.value.clone(),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => {
            names.last().map(|name| name.value.clone()).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

/// A select item while it is read.
#[derive(Default)]
struct Item {
    /// The line of its latest token, its comma included; 0 before the first.
    line: u64,
    comment: Option<String>,
}

/// One entry per item of the first `select` outside all brackets: the comment that ends the line
/// on which the item ends.
fn item_comments(tokens: &[TokenWithSpan]) -> Vec<Option<String>> {
    let mut items: Vec<Item> = Vec::new();
    let mut depth = 0usize;
    for token in tokens {
        let line = token.span.start.line;
        match &token.token {
            Token::Word(word)
                if depth == 0 && items.is_empty() && word.keyword == Keyword::SELECT =>
            {
                items.push(Item::default());
                continue;
            }
            Token::Word(word)
                if depth == 0 && !items.is_empty() && word.keyword == Keyword::FROM =>
            {
                break;
            }
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
                if let Some(item) = items.iter_mut().rev().take(2).find(|item| item.line == line) {
                    item.comment = Some(comment.trim().to_owned()).filter(|text| !text.is_empty());
                }
            }
            _ => {}
        }
        if let Some(item) =
            items.last_mut().filter(|_| !matches!(token.token, Token::Whitespace(_)))
        {
            item.line = line;
            if depth == 0 && token.token == Token::Comma {
                items.push(Item::default());
            }
        }
    }
    items.into_iter().map(|item| item.comment).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::models::sql::{parse_select, tokenise};

    fn columns(text: &str) -> Vec<(String, Option<String>)> {
        let path = Path::new("m.sql");
        let tokens = tokenise(path, text).expect("tokens");
        let query = parse_select(path, text, tokens.clone()).expect("select");
        describe_columns(&query, &tokens).into_iter().map(|c| (c.name, c.description)).collect()
    }

    fn pair(name: &str, description: &str) -> (String, Option<String>) {
        (name.to_owned(), (!description.is_empty()).then(|| description.to_owned()))
    }

    #[test]
    fn the_comment_behind_a_column_describes_it() {
        let text = "--! header\nwith a as (\n  select x, -- not this one\n  y from t\n)\nselect\n    a.x,               -- pseudonym\n    coalesce(a.y, 0) as n, -- events, in the year before\n    a.z\nfrom a -- one to one\n";
        assert_eq!(
            columns(text),
            [pair("x", "pseudonym"), pair("n", "events, in the year before"), pair("z", "")]
        );
    }

    #[test]
    fn the_last_column_needs_no_comma() {
        assert_eq!(
            columns("select\n  a, -- first\n  b -- last\nfrom t"),
            [pair("a", "first"), pair("b", "last")]
        );
        assert_eq!(columns("select\n  1 as a -- only\n"), [pair("a", "only")]);
    }

    #[test]
    fn several_columns_on_a_line_share_no_comment() {
        assert_eq!(
            columns("select a, b, -- about b\n c from t"),
            [pair("a", ""), pair("b", "about b"), pair("c", "")]
        );
    }

    #[test]
    fn a_column_over_several_lines_takes_the_comment_at_its_end() {
        let text = "select\n  case when x then 1 -- yes\n    else 0 end as flag, -- whether\n  b -- second\nfrom t";
        assert_eq!(columns(text), [pair("flag", "whether"), pair("b", "second")]);
    }
}
