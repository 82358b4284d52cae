//! Functions: what they take, what they give, and the ready-made checks among them.

use std::ops::Range;

use super::Mistake;
use super::build::{self, Typed};
use super::kinds::{Function, Node, Operator, Type};
use super::parse::Parser;

/// Days after a death in which care may still be recorded: letters, tests and closures follow it.
///
/// Connected Bradford's grace, 42 days.
const DAYS_AFTER_DEATH: i64 = 42;

/// What functions there are: name, what they are given, what they come to.
pub(in crate::contract) const FUNCTIONS: [(&str, &str, &str); 24] = [
    ("length", "text", "its characters"),
    ("lower", "text", "in lower case"),
    ("upper", "text", "in upper case"),
    ("trim", "text", "without the spaces around it"),
    ("left", "text, n", "its first `n` characters"),
    ("right", "text, n", "its last `n` characters"),
    ("substring", "text, from, n", "`n` characters, counted from 1"),
    ("concat", "text, …", "one text; null if one of them is null"),
    ("text", "number or date", "as a text: a date as `2023-04-01`"),
    ("number", "text", "as a decimal; null if it is none"),
    (
        "is_nhs_number",
        "text",
        "whether it is ten digits with the right check digit, and not one digit ten times",
    ),
    (
        "nhs_number_class",
        "text",
        "where an NHS number was issued: `england_wales`, `northern_ireland`, `chi` (Scotland), \
         `test`, or `unallocated`; null if it is none",
    ),
    ("coalesce", "a, b, …", "the first that is not null"),
    ("days_between", "from, to", "days from one date to the other; negative if it comes before"),
    ("minutes_between", "from, to", "whole minutes from one time to the other"),
    ("date", "date and time", "its day"),
    ("year", "date", "its year"),
    ("month", "date", "its month, 1 to 12"),
    ("day", "date", "its day, 1 to 31"),
    ("abs", "number", "without its sign"),
    ("in_order", "a, b, …", "each date is not before the one in front of it"),
    ("after_birth", "event", "the event is not before `birth_date`"),
    (
        "before_death",
        "event, died, days",
        "the event is at most 42, or `days`, days after the death",
    ),
    ("by_delivery", "event", "the event is not after the day of the delivery, where that is known"),
];

/// A call of a function.
pub(super) fn call(
    parser: &mut Parser<'_>,
    name: &str,
    arguments: Vec<Typed>,
    span: Range<usize>,
) -> Result<Typed, Mistake> {
    use Function as F;
    use Type as T;
    let simple = |function, wanted: &[&[Type]], kind| {
        typed(name, arguments.clone(), wanted, &span).map(|arguments| {
            let nodes = arguments.into_iter().map(|a| a.node).collect();
            Typed { node: Node::Call(function, nodes), kind, span: span.clone() }
        })
    };
    const TEXT: &[Type] = &[T::Text];
    const WHOLE: &[Type] = &[T::Whole];
    const DAY: &[Type] = &[T::Date, T::DateTime];
    match name {
        "length" => simple(F::Length, &[TEXT], T::Whole),
        "lower" => simple(F::Lower, &[TEXT], T::Text),
        "upper" => simple(F::Upper, &[TEXT], T::Text),
        "trim" => simple(F::Trim, &[TEXT], T::Text),
        "left" => simple(F::Left, &[TEXT, WHOLE], T::Text),
        "right" => simple(F::Right, &[TEXT, WHOLE], T::Text),
        "substring" => simple(F::Substring, &[TEXT, WHOLE, WHOLE], T::Text),
        "concat" => simple(F::Concat, &vec![TEXT; arguments.len().max(1)], T::Text),
        "text" => simple(F::Text, &[&[T::Whole, T::Date, T::Text]], T::Text),
        "number" => simple(F::Number, &[TEXT], T::Decimal),
        "is_nhs_number" => simple(F::IsNhsNumber, &[TEXT], T::Flag),
        "nhs_number_class" => simple(F::NhsNumberClass, &[TEXT], T::Text),
        "days_between" => simple(F::DaysBetween, &[DAY, DAY], T::Whole),
        "minutes_between" => simple(F::MinutesBetween, &[&[T::DateTime], &[T::DateTime]], T::Whole),
        "year" => simple(F::Year, &[DAY], T::Whole),
        "month" => simple(F::Month, &[DAY], T::Whole),
        "day" => simple(F::Day, &[DAY], T::Whole),
        "date" => {
            let of = only(typed(name, arguments, &[&[T::DateTime]], &span)?, &span)?;
            Ok(Typed { span, ..build::into(of, T::Date) })
        }
        "abs" => {
            let kind = arguments.first().map_or(T::Whole, |a| a.kind);
            simple(F::Absolute, &[&[T::Whole, T::Decimal]], kind)
        }
        "coalesce" => {
            let kind = build::one_type(arguments.iter())?;
            let nodes: Vec<Node> =
                arguments.into_iter().map(|a| build::into(a, kind).node).collect();
            if nodes.is_empty() {
                return Err((span, "`coalesce` of nothing".to_owned()));
            }
            Ok(Typed { node: Node::Coalesce(nodes, kind), kind, span })
        }
        "in_order" => in_order(&arguments, span),
        "after_birth" => {
            let event = only(typed(name, arguments, &[DAY], &span)?, &span)?;
            let birth = parser.column("birth_date", span.clone())?;
            Ok(Typed { span, ..build::compare(Operator::AtLeast, event, birth)? })
        }
        "before_death" => before_death(arguments, span),
        "by_delivery" => {
            let event = only(typed(name, arguments, &[DAY], &span)?, &span)?;
            let delivered = Typed { node: Node::Delivered, kind: T::Date, span: span.clone() };
            Ok(Typed { span, ..build::compare(Operator::AtMost, event, delivered)? })
        }
        _ => {
            let near = crate::contract::nearest(name, FUNCTIONS.iter().map(|(n, ..)| *n));
            let hint = near.map_or_else(String::new, |n| format!(": did you mean `{n}`?"));
            Err((span, format!("no function `{name}`{hint}")))
        }
    }
}

/// Each date is not before the one in front of it.
fn in_order(dates: &[Typed], span: Range<usize>) -> Result<Typed, Mistake> {
    if dates.len() < 2 {
        return Err((span, "`in_order` needs two dates or more".to_owned()));
    }
    if let Some(other) = dates.iter().find(|date| !date.kind.is_day()) {
        let what = format!("`in_order` is about dates, and this is {}", other.kind.in_words());
        return Err((other.span.clone(), what));
    }
    let pairs = dates.windows(2).map(|pair| {
        build::compare(Operator::AtMost, pair[0].clone(), pair[1].clone()).map(|part| part.node)
    });
    Ok(Typed { node: Node::All(pairs.collect::<Result<_, _>>()?), kind: Type::Flag, span })
}

/// The event is at most some days after the death.
fn before_death(mut arguments: Vec<Typed>, span: Range<usize>) -> Result<Typed, Mistake> {
    let days = match arguments.get(2).map(|a| a.node.clone()) {
        None => DAYS_AFTER_DEATH,
        Some(Node::Literal(super::kinds::Literal::Whole(days))) if (0..=36_525).contains(&days) => {
            days
        }
        Some(_) => {
            return Err((arguments[2].span.clone(), "a number of days, 0 to 36525".to_owned()));
        }
    };
    arguments.truncate(2);
    let day: &[Type] = &[Type::Date, Type::DateTime];
    let mut dates = typed("before_death", arguments, &[day, day], &span)?.into_iter();
    let (Some(event), Some(died)) = (dates.next(), dates.next()) else {
        return Err((span, "`before_death` needs an event and a death".to_owned()));
    };
    // Counted in days: an hour of the last day is no breach.
    let (event, died) = (build::into(event, Type::Date), build::into(died, Type::Date));
    let last = Node::Shift(days, Box::new(died.node));
    let last = Typed { node: last, kind: Type::Date, span: died.span };
    Ok(Typed { span, ..build::compare(Operator::AtMost, event, last)? })
}

/// Arguments of the number and the types that a function takes.
fn typed(
    name: &str,
    arguments: Vec<Typed>,
    wanted: &[&[Type]],
    span: &Range<usize>,
) -> Result<Vec<Typed>, Mistake> {
    if arguments.len() != wanted.len() {
        let what = format!("`{name}` takes {}, not {}", wanted.len(), arguments.len());
        return Err((span.clone(), what));
    }
    let check = |(argument, wanted): (Typed, &&[Type])| match argument.kind {
        Type::Null => Ok(build::into(argument, wanted[0])),
        kind if wanted.contains(&kind) => Ok(argument),
        kind => {
            let what =
                format!("`{name}` takes {} here, not {}", wanted[0].in_words(), kind.in_words());
            Err((argument.span, what))
        }
    };
    arguments.into_iter().zip(wanted).map(check).collect()
}

fn only(arguments: Vec<Typed>, span: &Range<usize>) -> Result<Typed, Mistake> {
    arguments.into_iter().next().ok_or_else(|| (span.clone(), "nothing is given".to_owned()))
}
