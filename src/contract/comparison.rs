//! Rules between columns: `discharged_on >= admitted_on`, `ended_on <= started_on + 400 days`.

use super::Severity;

/// A rule of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredRule {
    /// Its name, as findings give it.
    pub name: String,
    /// Its text, as the contract gives it.
    pub text: String,
    /// What happens to a row that breaks it.
    pub severity: Severity,
    /// What it compares.
    pub comparison: Comparison,
}

/// Two columns and how they must compare; holds where either is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The left column's place in the contract.
    pub left: usize,
    /// How they must compare.
    pub operator: Operator,
    /// The right column's place in the contract.
    pub right: usize,
    /// Days that are added to the right column.
    pub days: i32,
}

/// How two columns must compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `<`
    Less,
}

impl Operator {
    pub(super) fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::AtLeast => left >= right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::Less => left < right,
        }
    }
}

/// Reads `a >= b` with an optional `+ N days` or `- N days`; names become places by `place_of`.
pub(super) fn read(
    text: &str,
    place_of: impl Fn(&str) -> Option<usize>,
) -> Result<Comparison, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (left, operator, right, tail) = match words.as_slice() {
        [left, operator, right, tail @ ..] => (*left, *operator, *right, tail),
        _ => return Err("a rule compares two columns: `a >= b`".to_owned()),
    };
    let operator = match operator {
        ">=" => Operator::AtLeast,
        "<=" => Operator::AtMost,
        ">" => Operator::More,
        "<" => Operator::Less,
        other => return Err(format!("`{other}` is none of `>=`, `<=`, `>`, `<`")),
    };
    let days = match tail {
        [] => Some(0),
        ["+", n, "days" | "day"] => n.parse::<u16>().ok().map(i32::from),
        ["-", n, "days" | "day"] => n.parse::<u16>().ok().map(|n| -i32::from(n)),
        _ => None,
    };
    let days = days.ok_or("after the second column only `+ N days` or `- N days` may stand")?;
    let place = |name: &str| {
        place_of(name)
            .ok_or_else(|| format!("`{name}` is neither the `as` name nor the role of a column"))
    };
    Ok(Comparison { left: place(left)?, operator, right: place(right)?, days })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place_of(name: &str) -> Option<usize> {
        ["a", "b"].iter().position(|n| *n == name)
    }

    #[test]
    fn comparisons_are_read_with_and_without_days() {
        let expect = |operator, days| Ok(Comparison { left: 0, operator, right: 1, days });
        assert_eq!(read("a >= b", place_of), expect(Operator::AtLeast, 0));
        assert_eq!(read("a < b + 42 days", place_of), expect(Operator::Less, 42));
        assert_eq!(read(" a  >  b - 1 day", place_of), expect(Operator::More, -1));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "a",
            "a >=",
            "a == b",
            "a >= c",
            "a >= b + days",
            "a >= b + 5",
            "a >= b + 5 weeks",
            "a >= b and b >= a",
        ] {
            assert!(read(text, place_of).is_err(), "{text}");
        }
    }
}
