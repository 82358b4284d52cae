//! What functions come to, row by row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampSecondType};
use jiff::civil::Date;

use super::evaluate::Value;
use super::kinds::Function;
use crate::contract::{date_of, number};
use crate::domain::NhsNumber;

/// The values of a call; null where something that it needs is null.
pub(super) fn call(function: Function, arguments: &[Value]) -> Value {
    let is_scalar = arguments.iter().all(|argument| argument.is_scalar);
    let n = arguments.iter().find(|a| !a.is_scalar).map_or(1, |a| a.array.len());
    let rows = Rows { arguments, n };
    let array: ArrayRef = match function {
        Function::Length => rows.wholes(|r| Some(r.text(0)?.chars().count() as i64)),
        Function::Lower => rows.texts(|r| Some(r.text(0)?.to_lowercase())),
        Function::Upper => rows.texts(|r| Some(r.text(0)?.to_uppercase())),
        Function::Trim => rows.texts(|r| Some(r.text(0)?.trim().to_owned())),
        Function::Left => rows.texts(|r| Some(r.text(0)?.chars().take(r.count(1)?).collect())),
        Function::Right => rows.texts(|r| {
            let (text, n) = (r.text(0)?, r.count(1)?);
            Some(text.chars().skip(text.chars().count().saturating_sub(n)).collect())
        }),
        Function::Substring => rows.texts(|r| {
            let (from, n) = (r.count(1)?.saturating_sub(1), r.count(2)?);
            Some(r.text(0)?.chars().skip(from).take(n).collect())
        }),
        Function::Concat => {
            rows.texts(|r| (0..arguments.len()).map(|i| r.text(i)).collect::<Option<String>>())
        }
        Function::Text => rows.texts(|r| r.shown(0)),
        Function::Number => rows.decimals(|r| number::decimal(r.text(0)?.trim()).ok()),
        Function::IsNhsNumber => rows.flags(|r| Some(NhsNumber::parse(r.text(0)?).is_ok())),
        Function::NhsNumberClass => rows.texts(|r| {
            let number = NhsNumber::parse(r.text(0)?).ok()?;
            Some(number.class().as_str().to_owned())
        }),
        Function::DaysBetween => rows.wholes(|r| Some(i64::from(r.day(1)?) - i64::from(r.day(0)?))),
        Function::MinutesBetween => rows.wholes(|r| {
            let seconds = r.second(1)?.checked_sub(r.second(0)?)?;
            Some(seconds.div_euclid(60))
        }),
        Function::Year => rows.wholes(|r| Some(r.date(0)?.year().into())),
        Function::Month => rows.wholes(|r| Some(r.date(0)?.month().into())),
        Function::Day => rows.wholes(|r| Some(r.date(0)?.day().into())),
        Function::Absolute if arguments[0].array.as_primitive_opt::<Int64Type>().is_some() => {
            rows.wholes(|r| r.whole(0)?.checked_abs())
        }
        Function::Absolute => rows.decimals(|r| Some(r.decimal(0)?.abs())),
    };
    Value { array, is_scalar }
}

struct Rows<'a> {
    arguments: &'a [Value],
    n: usize,
}

impl<'a> Rows<'a> {
    fn each(&self) -> impl Iterator<Item = Row<'a>> + '_ {
        (0..self.n).map(|row| Row { arguments: self.arguments, row })
    }

    fn texts(&self, of: impl Fn(Row<'a>) -> Option<String>) -> ArrayRef {
        Arc::new(self.each().map(of).collect::<StringArray>())
    }

    fn wholes(&self, of: impl Fn(Row<'a>) -> Option<i64>) -> ArrayRef {
        Arc::new(self.each().map(of).collect::<Int64Array>())
    }

    fn flags(&self, of: impl Fn(Row<'a>) -> Option<bool>) -> ArrayRef {
        Arc::new(self.each().map(of).collect::<BooleanArray>())
    }

    fn decimals(&self, of: impl Fn(Row<'a>) -> Option<f64>) -> ArrayRef {
        Arc::new(self.each().map(of).collect::<Float64Array>())
    }
}

/// The arguments of a call in one row.
#[derive(Clone, Copy)]
struct Row<'a> {
    arguments: &'a [Value],
    row: usize,
}

impl<'a> Row<'a> {
    /// An argument and the place of its value, if it has one here.
    fn known(self, i: usize) -> Option<(&'a ArrayRef, usize)> {
        let argument = self.arguments.get(i)?;
        let at = argument.at(self.row);
        argument.array.is_valid(at).then_some((&argument.array, at))
    }

    fn text(self, i: usize) -> Option<&'a str> {
        let (array, at) = self.known(i)?;
        Some(array.as_string_opt::<i32>()?.value(at))
    }

    fn whole(self, i: usize) -> Option<i64> {
        let (array, at) = self.known(i)?;
        Some(array.as_primitive_opt::<Int64Type>()?.value(at))
    }

    fn decimal(self, i: usize) -> Option<f64> {
        let (array, at) = self.known(i)?;
        Some(array.as_primitive_opt::<Float64Type>()?.value(at))
    }

    /// A number of characters; a negative one is none.
    fn count(self, i: usize) -> Option<usize> {
        Some(usize::try_from(self.whole(i)?.max(0)).unwrap_or(usize::MAX))
    }

    /// Seconds since 1970-01-01 00:00.
    fn second(self, i: usize) -> Option<i64> {
        let (array, at) = self.known(i)?;
        Some(array.as_primitive_opt::<TimestampSecondType>()?.value(at))
    }

    /// Days since 1970-01-01 of a date, or of a date and time.
    fn day(self, i: usize) -> Option<i32> {
        let (array, at) = self.known(i)?;
        match array.as_primitive_opt::<Date32Type>() {
            Some(days) => Some(days.value(at)),
            None => i32::try_from(self.second(i)?.div_euclid(86_400)).ok(),
        }
    }

    fn date(self, i: usize) -> Option<Date> {
        self.day(i).and_then(date_of)
    }

    fn shown(self, i: usize) -> Option<String> {
        let text = || self.text(i).map(str::to_owned);
        let whole = || self.whole(i).map(|n| n.to_string());
        let date = || self.date(i).map(|date| date.to_string());
        text().or_else(whole).or_else(date)
    }
}
