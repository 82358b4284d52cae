//! Reads one cell under its column's contract.

use std::borrow::Cow;

use memchr::memchr2;

use super::Rule;
use super::calendar::{date_of, days_of};
use super::column::{Column, Kind, Role};
use super::date_formats::DateFormats;
use super::number::is_scientific;

/// What comes of a cell, and the rules that it breaks: blanks and sentinels are null, and so are faults.
#[inline]
pub(super) fn judged<'a, T>(
    column: &Column,
    cell: &'a str,
    read: impl Fn(&'a str) -> Result<Option<T>, Rule>,
) -> (Option<T>, [Option<Rule>; 2]) {
    let missing = column.required.then_some(Rule::Required);
    let stands_in = (None, [Some(Rule::Sentinel), missing]);
    if cell.is_empty() {
        return (None, [missing, None]);
    }
    if column.sentinels.has_texts() && column.sentinels.has_text(cell) {
        return stands_in;
    }
    match read(cell) {
        Ok(Some(value)) => (Some(value), [None, None]),
        Ok(None) => (None, [missing, None]),
        // A stand-in that is known by its value, not by its text.
        Err(Rule::Sentinel) => stands_in,
        Err(rule) => (None, [Some(rule), None]),
    }
}

/// A text after its map, code list and pattern.
pub(super) fn text<'a>(column: &'a Column, cell: &'a str) -> Result<Option<&'a str>, Rule> {
    if !column.codes.is_empty() {
        let place = column.codes.position_in_any_case(cell).ok_or(Rule::UnknownCode)?;
        return Ok(match &column.targets {
            Some(targets) => targets[place].as_deref(),
            None => Some(&column.codes.entries()[place]),
        });
    }
    // What fits a pattern has neither sign nor point.
    if column.pattern.is_some_and(|pattern| pattern.fits(cell)) {
        return Ok(Some(cell));
    }
    // Ids that lost their digits to a spreadsheet would make one of many.
    let is_id = matches!(column.role, Some(Role::LocalId | Role::Pseudonym | Role::RowKey));
    let could_be_power = column.kind == Kind::Code || column.pattern.is_some() || is_id;
    if could_be_power && begins_like_power(cell) && is_scientific(cell) && cell.contains(['+', '.'])
    {
        return Err(Rule::ScientificNotation);
    }
    if column.pattern.is_some() { Err(Rule::Pattern) } else { Ok(Some(cell)) }
}

/// Whether a text begins as numbers do and has the letter of a power of ten: ids and codes seldom do.
#[inline]
pub(super) fn begins_like_power(text: &str) -> bool {
    let is_like = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.');
    text.as_bytes().first().is_some_and(is_like) && memchr2(b'e', b'E', text.as_bytes()).is_some()
}

/// The same of a text that is brought to its one form first.
pub(super) fn normal_text<'a>(
    column: &'a Column,
    cell: &'a str,
) -> Result<Option<Cow<'a, str>>, Rule> {
    let normal = column.normal.apply(cell);
    if normal.is_empty() {
        return Ok(None);
    }
    if column.sentinels.has_text(&normal) {
        return Err(Rule::Sentinel);
    }
    match normal {
        Cow::Borrowed(normal) => Ok(text(column, normal)?.map(Cow::Borrowed)),
        Cow::Owned(normal) => Ok(text(column, &normal)?.map(|text| Cow::Owned(text.to_owned()))),
    }
}

/// A day, and whether the cell lacks it: then it is the first that it could be.
pub(super) fn possibly_partial(formats: &DateFormats, cell: &str) -> Result<(i32, bool), Rule> {
    match formats.date(cell) {
        Some(day) => Ok((day, false)),
        None => Ok((formats.partial_date(cell).ok_or(Rule::NotADate)?, true)),
    }
}

/// A day that stands for itself and lies within the bounds.
pub(super) fn real_day(column: &Column, day: i32) -> Result<i32, Rule> {
    if column.sentinels.days().contains(&day) {
        return Err(Rule::Sentinel);
    }
    in_bounds(column, day, f64::from)
}

pub(super) fn first_of_year(day: i32) -> Option<i32> {
    days_of(date_of(day)?.year().into(), 1, 1)
}

pub(super) fn in_bounds<T: Copy>(
    column: &Column,
    value: T,
    number: impl Fn(T) -> f64,
) -> Result<T, Rule> {
    if column.min.is_none() && column.max.is_none() {
        return Ok(value);
    }
    let n = number(value);
    let is_in = column.min.is_none_or(|min| n >= min) && column.max.is_none_or(|max| n <= max);
    if is_in { Ok(value) } else { Err(Rule::OutOfRange) }
}

/// Completed years, or a code of HES for an infant's age.
pub(super) fn stated_age(n: i64) -> Result<i64, Rule> {
    match n {
        0..=130 | 7001..=7007 => Ok(n),
        _ => Err(Rule::OutOfRange),
    }
}

/// Yes or no, as providers write it.
pub(super) fn flag(cell: &str) -> Result<bool, Rule> {
    let is = |word: &str| cell.eq_ignore_ascii_case(word);
    let (yes, no) = match cell.len() {
        1 => (is("1") || is("y"), is("0") || is("n")),
        2 => (false, is("no")),
        3 => (is("yes"), false),
        4 => (is("true"), false),
        5 => (false, is("false")),
        _ => (false, false),
    };
    if yes || no { Ok(yes) } else { Err(Rule::NotAFlag) }
}
