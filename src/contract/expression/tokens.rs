//! The words and signs of an expression.

use std::ops::Range;

use super::Mistake;
use crate::contract::days_of;

/// A word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Whole(i64),
    Decimal(f64),
    Text(String),
    /// Days since 1970-01-01.
    Date(i32),
    /// A name or a word of the language.
    Name(String),
    Sign(&'static str),
    End,
}

/// A token and where it stands, in bytes.
pub(super) type Placed = (Token, Range<usize>);

/// Longer signs first: `<=` is not `<` and `=`.
const SIGNS: [&str; 14] =
    ["<>", "!=", "<=", ">=", "==", "=", "<", ">", "(", ")", ",", "+", "-", "*"];

/// The tokens of a text, with [`Token::End`] last.
pub(super) fn read(text: &str) -> Result<Vec<Placed>, Mistake> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) = match c {
            '\'' => quoted(text, at)?,
            '0'..='9' => number(text, at)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let rest = &text[at..];
                let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
                (Token::Name(rest[..length].to_owned()), length)
            }
            _ => sign(text, at, c)?,
        };
        tokens.push((token, at..at + length));
        at += length;
    }
    tokens.push((Token::End, text.len()..text.len()));
    Ok(tokens)
}

fn sign(text: &str, at: usize, c: char) -> Result<(Token, usize), Mistake> {
    let rest = &text[at..];
    let signs = SIGNS.into_iter().chain(["/"]);
    match signs.into_iter().find(|sign| rest.starts_with(sign)) {
        Some(sign) => Ok((Token::Sign(sign), sign.len())),
        None if c == '"' => {
            Err((at..at + 1, "a text stands between single quotes: 'A'".to_owned()))
        }
        None => Err((at..at + c.len_utf8(), "a character that means nothing here".to_owned())),
    }
}

/// `'it''s'`: a doubled quote stands for one.
fn quoted(text: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let mut value = String::new();
    let mut rest = &text[at + 1..];
    loop {
        let Some(end) = rest.find('\'') else {
            return Err((at..text.len(), "a text that is not closed: `'` is missing".to_owned()));
        };
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(tail) => {
                value.push('\'');
                rest = tail;
            }
            None => return Ok((Token::Text(value), text.len() - rest.len() - at)),
        }
    }
}

/// `42`, `0.5`, or a date: `2023-04-01`.
fn number(text: &str, at: usize) -> Result<(Token, usize), Mistake> {
    let rest = &text[at..];
    if let Some(found) = date(rest) {
        let days = found.ok_or_else(|| (at..at + 10, "no day of the calendar".to_owned()))?;
        return Ok((Token::Date(days), 10));
    }
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    let refuse = |what: &str| Err((at..at + length, what.to_owned()));
    if rest[length..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return refuse("a number and a word need a space between them");
    }
    let digits = &rest[..length];
    if let Ok(whole) = digits.parse() {
        return Ok((Token::Whole(whole), length));
    }
    match digits.parse::<f64>() {
        Ok(number) if digits.contains('.') && !digits.ends_with('.') => {
            Ok((Token::Decimal(number), length))
        }
        _ => refuse("not a number"),
    }
}

/// A date at the start of a text; `Some(None)` if it is shaped like one and no day.
fn date(text: &str) -> Option<Option<i32>> {
    let b = text.as_bytes().get(..10)?;
    let is_digit = |i: usize| b[i].is_ascii_digit();
    let is_shaped =
        [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(is_digit) && b[4] == b'-' && b[7] == b'-';
    if !is_shaped {
        return None;
    }
    let part = |from: usize, to: usize| {
        b[from..to].iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
    };
    Some(days_of(part(0, 4) as i32, part(5, 7), part(8, 10)))
}
