//! The arguments of a function, read by position and row.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};

use crate::domain::from_days_since_epoch;
use crate::methods::Confidence;

/// What a row is ordered or grouped by; keys of one column are of one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key<'a> {
    /// An integer, or days or microseconds since 1970.
    Number(i64),
    /// A text, by its bytes.
    Text(&'a str),
}

/// Columns of arguments, already cast to the types of the function's page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arguments<'a> {
    columns: &'a [ArrayRef],
    n_rows: usize,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(columns: &'a [ArrayRef], n_rows: usize) -> Self {
        Self { columns, n_rows }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn rows(&self) -> std::ops::Range<usize> {
        0..self.n_rows
    }

    /// Whether an optional argument was given.
    pub(crate) fn has(&self, at: usize) -> bool {
        at < self.columns.len()
    }

    fn valid(&self, at: usize, row: usize) -> Option<&'a ArrayRef> {
        self.columns.get(at).filter(|column| !column.is_null(row))
    }

    pub(crate) fn number(&self, at: usize, row: usize) -> Option<f64> {
        self.valid(at, row).map(|column| column.as_primitive::<Float64Type>().value(row))
    }

    /// A number that is not null; a null becomes NaN, which the methods refuse with a reason.
    pub(crate) fn number_or_nan(&self, at: usize, row: usize) -> f64 {
        self.number(at, row).unwrap_or(f64::NAN)
    }

    pub(crate) fn integer(&self, at: usize, row: usize) -> Option<i64> {
        self.valid(at, row).map(|column| column.as_primitive::<Int64Type>().value(row))
    }

    pub(crate) fn flag(&self, at: usize, row: usize) -> Option<bool> {
        self.valid(at, row).map(|column| column.as_boolean().value(row))
    }

    pub(crate) fn text(&self, at: usize, row: usize) -> Option<&'a str> {
        self.valid(at, row).map(|column| column.as_string::<i32>().value(row))
    }

    /// A period as a running number: months since year 0 for dates, the number itself otherwise.
    pub(crate) fn period(&self, at: usize, row: usize) -> Option<i64> {
        let column = self.valid(at, row)?;
        if column.data_type() == &DataType::Date32 {
            let date = from_days_since_epoch(column.as_primitive::<Date32Type>().value(row))?;
            return Some(i64::from(date.year()) * 12 + i64::from(date.month()) - 1);
        }
        Some(column.as_primitive::<Int64Type>().value(row))
    }

    pub(crate) fn key(&self, at: usize, row: usize) -> Option<Key<'a>> {
        let column = self.valid(at, row)?;
        Some(match column.data_type() {
            DataType::Date32 => {
                Key::Number(i64::from(column.as_primitive::<Date32Type>().value(row)))
            }
            DataType::Timestamp(..) => {
                Key::Number(column.as_primitive::<TimestampMicrosecondType>().value(row))
            }
            DataType::Int64 => Key::Number(column.as_primitive::<Int64Type>().value(row)),
            _ => Key::Text(column.as_string::<i32>().value(row)),
        })
    }

    /// A list without its nulls.
    pub(crate) fn texts(&self, at: usize, row: usize) -> Option<Vec<&'a str>> {
        let (column, from, to) = list_range::<i32>(self.valid(at, row)?, row);
        let texts = column.as_string::<i32>();
        let given = (from..to).filter(|item| !texts.is_null(*item));
        Some(given.map(|item| texts.value(item)).collect())
    }

    /// A list, its nulls as NaN; where the column has none, as it lies there.
    pub(crate) fn numbers(&self, at: usize, row: usize) -> Option<Cow<'a, [f64]>> {
        let (column, from, to) = list_range::<i32>(self.valid(at, row)?, row);
        let numbers = column.as_primitive::<Float64Type>();
        if numbers.null_count() == 0 {
            return Some(Cow::Borrowed(&numbers.values()[from..to]));
        }
        let number = |item| if numbers.is_null(item) { f64::NAN } else { numbers.value(item) };
        Some((from..to).map(number).collect::<Vec<f64>>().into())
    }

    /// What an option is in all rows; `None` when it is null in all of them or was not given.
    pub(crate) fn option<T: PartialEq>(
        &self,
        of: impl Fn(&Self, usize) -> Option<T>,
    ) -> Result<Option<T>, &'static str> {
        let first = if self.n_rows > 0 { of(self, 0) } else { None };
        let is_same = self.rows().all(|row| of(self, row) == first);
        if is_same { Ok(first) } else { Err("an option differs between rows") }
    }

    /// The one value that a parameter has in all rows; `None` when it is null or differs.
    pub(crate) fn parameter(&self, at: usize) -> Option<f64> {
        let first = if self.n_rows > 0 { self.number(at, 0)? } else { return None };
        self.rows().all(|row| self.number(at, row) == Some(first)).then_some(first)
    }

    /// The confidence that a row asks for: 95 % without the argument, `None` when it cannot be one.
    pub(crate) fn confidence(&self, at: usize, row: usize) -> Option<Confidence> {
        if !self.has(at) {
            return Some(Confidence::P95);
        }
        self.number(at, row).and_then(Confidence::of_percent)
    }

    /// The confidence that all rows ask for; `None` when it cannot be one or differs.
    pub(crate) fn one_confidence(&self, at: usize) -> Option<Confidence> {
        if !self.has(at) || self.n_rows == 0 {
            return Some(Confidence::P95);
        }
        self.parameter(at).and_then(Confidence::of_percent)
    }

    /// The one text that a parameter has in all rows; `None` when it is null or differs.
    pub(crate) fn word(&self, at: usize) -> Option<&'a str> {
        let first = if self.n_rows > 0 { self.text(at, 0)? } else { return None };
        self.rows().all(|row| self.text(at, row) == Some(first)).then_some(first)
    }
}

fn list_range<O: OffsetSizeTrait>(column: &ArrayRef, row: usize) -> (&ArrayRef, usize, usize) {
    let list = column.as_list::<O>();
    let offsets = list.value_offsets();
    (list.values(), offsets[row].as_usize(), offsets[row + 1].as_usize())
}
