//! Parts of an expression put together, with their types.

use std::ops::Range;

use arrow::array::StringArray;
use arrow::compute::regexp_is_match_scalar;

use super::Mistake;
use super::kinds::{Arithmetic, Literal, Members, Node, Operator, Type};
use crate::contract::codes::CodeList;

/// A part with its type and its place in the text.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) kind: Type,
    pub(super) span: Range<usize>,
}

impl Typed {
    fn new(node: Node, kind: Type, span: Range<usize>) -> Self {
        Self { node, kind, span }
    }
}

/// How deep a part's own parts lie.
pub(super) fn depth(node: &Node) -> usize {
    match node {
        Node::Arithmetic(_, _, left, right) => 1 + depth(left).max(depth(right)),
        Node::Shift(_, of) | Node::ToDay(of) | Node::ToDecimal(of) => 1 + depth(of),
        _ => 1,
    }
}

/// A part that must be a yes or no.
pub(super) fn flag(typed: Typed, whose: &str) -> Result<Typed, Mistake> {
    match typed.kind {
        Type::Flag | Type::Null => Ok(typed),
        other => {
            let what = format!("`{whose}` needs a yes or no, and this is {}", other.in_words());
            Err((typed.span, what))
        }
    }
}

/// Several parts joined by `and` or `or`; one alone stays as it is.
pub(super) fn junction(
    mut parts: Vec<Typed>,
    word: &str,
    make: fn(Vec<Node>) -> Node,
) -> Result<Typed, Mistake> {
    if parts.len() == 1 {
        return Ok(parts.remove(0));
    }
    let start = parts.first().map_or(0, |part| part.span.start);
    let end = parts.last().map_or(0, |part| part.span.end);
    let parts = parts.into_iter().map(|part| Ok(flag(part, word)?.node));
    Ok(Typed::new(make(parts.collect::<Result<_, Mistake>>()?), Type::Flag, start..end))
}

pub(super) fn not(of: Typed) -> Typed {
    Typed::new(Node::Not(Box::new(of.node)), Type::Flag, of.span)
}

pub(super) fn is_null(of: Typed) -> Typed {
    Typed::new(Node::IsNull(Box::new(of.node)), Type::Flag, of.span)
}

/// `not a or b`: it holds where `a` is not true.
pub(super) fn implies(condition: Typed, then: Typed, start: usize) -> Result<Typed, Mistake> {
    let condition = flag(condition, "if")?;
    if then.kind != Type::Flag {
        return choose(vec![(condition, then)], None, start);
    }
    let span = start..then.span.end;
    let parts = vec![not(condition).node, then.node];
    Ok(Typed::new(Node::Any(parts), Type::Flag, span))
}

/// Two parts brought to one type: days where one has no more, decimals where one is.
pub(super) fn alike(left: Typed, right: Typed) -> Result<(Typed, Typed), Mistake> {
    let span = left.span.start..right.span.end;
    let kind = common(left.kind, right.kind).ok_or_else(|| {
        let (left, right) = (left.kind.in_words(), right.kind.in_words());
        (span, format!("{left} and {right} cannot be compared or mixed"))
    })?;
    Ok((into(left, kind), into(right, kind)))
}

fn common(left: Type, right: Type) -> Option<Type> {
    match (left, right) {
        (Type::Null, other) | (other, Type::Null) => Some(other),
        (left, right) if left == right => Some(left),
        (left, right) if left.is_day() && right.is_day() => Some(Type::Date),
        (left, right) if left.is_number() && right.is_number() => Some(Type::Decimal),
        _ => None,
    }
}

/// A part as another type that [`common`] found.
pub(super) fn into(typed: Typed, kind: Type) -> Typed {
    let node = match (typed.node, typed.kind, kind) {
        (Node::Literal(Literal::Null(_)), ..) => Node::Literal(Literal::Null(kind)),
        (Node::Literal(Literal::Whole(n)), _, Type::Decimal) => {
            Node::Literal(Literal::Decimal(n as f64))
        }
        (node, Type::DateTime, Type::Date) => Node::ToDay(Box::new(node)),
        (node, Type::Whole, Type::Decimal) => Node::ToDecimal(Box::new(node)),
        (node, ..) => node,
    };
    Typed::new(node, kind, typed.span)
}

pub(super) fn compare(operator: Operator, left: Typed, right: Typed) -> Result<Typed, Mistake> {
    if left.kind == Type::Null || right.kind == Type::Null {
        let what = "nothing compares with null: say `is null` or `is not null`";
        return Err((left.span.start..right.span.end, what.to_owned()));
    }
    let (left, right) = alike(left, right)?;
    let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    if left.kind == Type::Flag && !is_equality {
        let what = "a yes or no is neither more nor less than another";
        return Err((left.span.start..right.span.end, what.to_owned()));
    }
    let span = left.span.start..right.span.end;
    let node = Node::Compare(operator, Box::new(left.node), Box::new(right.node));
    Ok(Typed::new(node, Type::Flag, span))
}

pub(super) fn between(of: Typed, least: Typed, most: Typed) -> Result<Typed, Mistake> {
    let from = compare(Operator::AtLeast, of.clone(), least)?;
    let to = compare(Operator::AtMost, of, most)?;
    let span = from.span.start..to.span.end;
    Ok(Typed::new(Node::All(vec![from.node, to.node]), Type::Flag, span))
}

/// `a in (b, c)`: by look-up where the members are literals of one type.
pub(super) fn one_of(of: Typed, list: Vec<Typed>) -> Result<Typed, Mistake> {
    let span = of.span.start..list.last().map_or(of.span.end, |last| last.span.end);
    let mut equals = Vec::new();
    let (mut texts, mut wholes, mut decimals, mut days) = (vec![], vec![], vec![], vec![]);
    let mut kind = of.kind;
    for member in list {
        let at = member.span.clone();
        let (_, member) = alike(of.clone(), member)?;
        if member.kind == Type::Null || matches!(member.node, Node::Literal(Literal::Null(_))) {
            return Err((at, "null is in no list: say `or … is null`".to_owned()));
        }
        kind = member.kind;
        match &member.node {
            Node::Literal(Literal::Text(text)) => texts.push(text.clone()),
            Node::Literal(Literal::Whole(n)) => wholes.push(*n),
            Node::Literal(Literal::Decimal(n)) => decimals.push(*n),
            Node::Literal(Literal::Date(day)) => days.push(*day),
            _ => {}
        }
        equals.push(compare(Operator::Equal, of.clone(), member)?.node);
    }
    let n = equals.len();
    let of = |kind| Box::new(into(of, kind).node);
    let node = if texts.len() == n {
        Node::OneOf(of(kind), Members::Texts(CodeList::new(texts)))
    } else if wholes.len() == n {
        Node::OneOf(of(kind), Members::Wholes(wholes))
    } else if decimals.len() == n {
        Node::OneOf(of(kind), Members::Decimals(decimals))
    } else if days.len() == n {
        Node::OneOf(of(kind), Members::Days(days))
    } else {
        Node::Any(equals)
    };
    Ok(Typed::new(node, Type::Flag, span))
}

/// `a like 'LS%'` or `a matches '[A-Z][0-9]{5}'`: all of the text, not a part of it.
pub(super) fn fits(
    of: Typed,
    pattern: &str,
    is_like: bool,
    at: Range<usize>,
) -> Result<Typed, Mistake> {
    if of.kind != Type::Text {
        return Err((
            of.span,
            format!("a pattern is for a text, and this is {}", of.kind.in_words()),
        ));
    }
    let inner = if is_like { like(pattern) } else { pattern.to_owned() };
    let anchored = format!("^(?s-m:{inner})$");
    let is_sound = inner.len() <= 500
        && regexp_is_match_scalar(&StringArray::from(vec![""]), &anchored, None).is_ok();
    if !is_sound {
        return Err((at, "not a regular expression, or too large a one".to_owned()));
    }
    let span = of.span.start..at.end;
    Ok(Typed::new(Node::Matches(Box::new(of.node), anchored), Type::Flag, span))
}

/// `%` stands for any characters, `_` for one, every other character for itself.
fn like(pattern: &str) -> String {
    let mut regex = String::new();
    for c in pattern.chars() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            c if c.is_alphanumeric() || c == ' ' => regex.push(c),
            c => {
                regex.push_str("\\x{");
                regex.push_str(&format!("{:x}", u32::from(c)));
                regex.push('}');
            }
        }
    }
    regex
}

/// A date, or a date and time, moved by a span of time.
pub(super) fn shift(
    of: Typed,
    operator: Arithmetic,
    (seconds, are_days, at): (i64, bool, Range<usize>),
) -> Result<Typed, Mistake> {
    let amount = match of.kind {
        Type::Date if are_days => seconds / 86_400,
        Type::DateTime => seconds,
        Type::Date => return Err((at, "a date has no hours and minutes".to_owned())),
        other => {
            let what = format!("days are added to a date, and this is {}", other.in_words());
            return Err((of.span, what));
        }
    };
    let amount = if operator == Arithmetic::Subtract { -amount } else { amount };
    Ok(Typed::new(Node::Shift(amount, Box::new(of.node)), of.kind, of.span.start..at.end))
}

pub(super) fn arithmetic(
    operator: Arithmetic,
    left: Typed,
    right: Typed,
) -> Result<Typed, Mistake> {
    let span = left.span.start..right.span.end;
    if left.kind.is_day() || right.kind.is_day() {
        let what =
            "dates are not summed: `days_between(a, b)` counts days, `a + 30 days` adds them";
        return Err((span, what.to_owned()));
    }
    for part in [&left, &right] {
        if !part.kind.is_number() {
            let what = format!("only numbers are summed, and this is {}", part.kind.in_words());
            return Err((part.span.clone(), what));
        }
    }
    let (left, right) = alike(left, right)?;
    let is_decimal = operator == Arithmetic::Divide || left.kind == Type::Decimal;
    let kind = if is_decimal { Type::Decimal } else { Type::Whole };
    let (left, right) = (into(left, kind), into(right, kind));
    if let (Node::Literal(a), Node::Literal(b)) = (&left.node, &right.node)
        && let Some(literal) = folded(operator, a, b)
    {
        return Ok(Typed::new(Node::Literal(literal), kind, span));
    }
    let node = Node::Arithmetic(operator, kind, Box::new(left.node), Box::new(right.node));
    Ok(Typed::new(node, kind, span))
}

/// What two literals come to, so that `-1` is a literal.
fn folded(operator: Arithmetic, left: &Literal, right: &Literal) -> Option<Literal> {
    match (operator, left, right) {
        (Arithmetic::Subtract, Literal::Whole(a), Literal::Whole(b)) => {
            a.checked_sub(*b).map(Literal::Whole)
        }
        (Arithmetic::Subtract, Literal::Decimal(a), Literal::Decimal(b)) => {
            Some(Literal::Decimal(a - b))
        }
        _ => None,
    }
}

/// The first branch whose condition is true; else the last part, or nothing.
pub(super) fn choose(
    branches: Vec<(Typed, Typed)>,
    otherwise: Option<Typed>,
    start: usize,
) -> Result<Typed, Mistake> {
    let values = branches.iter().map(|(_, value)| value).chain(&otherwise);
    let kind = one_type(values)?;
    let end = otherwise.as_ref().or(branches.last().map(|(_, value)| value)).map(|v| v.span.end);
    let branches = branches
        .into_iter()
        .map(|(condition, value)| Ok((flag(condition, "if")?.node, into(value, kind).node)));
    let branches = branches.collect::<Result<_, Mistake>>()?;
    let otherwise = otherwise.map_or(Node::Literal(Literal::Null(kind)), |v| into(v, kind).node);
    let node = Node::Choose(branches, Box::new(otherwise), kind);
    Ok(Typed::new(node, kind, start..end.unwrap_or(start)))
}

/// The one type that several parts can be brought to.
pub(super) fn one_type<'a>(parts: impl Iterator<Item = &'a Typed>) -> Result<Type, Mistake> {
    let mut kind = Type::Null;
    for part in parts {
        kind = common(kind, part.kind).ok_or_else(|| {
            let (first, this) = (kind.in_words(), part.kind.in_words());
            (part.span.clone(), format!("this is {this}, and what stands before it {first}"))
        })?;
    }
    Ok(kind)
}
