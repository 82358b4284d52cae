//! Checks a batch of rows against a contract, column by column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, PrimitiveBuilder, StringBuilder};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampSecondType,
};

use super::column::{Column, Kind, Role};
use super::comparison::Comparison;
use super::distinct::Distinct;
use super::number::{decimal, integer, is_scientific, scaled};
use super::texts::Texts;
use super::{Binding, Contract, Fault, Rule, Severity};
use crate::extract::Rows;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes on.
    Kept,
    /// A declared value says that it is not to be used: deleted, a test patient, of no use here.
    Filtered,
    /// It breaks a rule: quarantined, under the first rule that it broke.
    Refused(Rule, Option<u16>),
}

/// A batch that was checked.
#[derive(Debug)]
pub struct Checked {
    /// The columns of the contract, in its order, with a value or null for every row; `None` for a
    /// column that is dropped or absent. Texts that repeat themselves come as a list and places in
    /// it ([`Texts`] reads both). Identifiers are among them: what holds this must not be
    /// kept or printed.
    pub columns: Vec<Option<ArrayRef>>,
    /// What becomes of each row.
    pub fates: Vec<Fate>,
    /// What is wrong with the rows; of those that are filtered out, by which column.
    pub faults: Vec<Fault>,
}

impl Contract {
    /// Checks rows of a file whose columns are bound by `binding`.
    #[must_use]
    pub fn check(&self, rows: &Rows, binding: &Binding) -> Checked {
        let mut checking = Checking {
            contract: self,
            rows,
            fates: vec![Fate::Kept; rows.len()],
            faults: Vec::new(),
            column: 0,
        };
        checking.filter(binding);
        checking.undecodable(binding);
        let mut columns = Vec::with_capacity(self.columns.len());
        for (i, place) in binding.places.iter().enumerate() {
            checking.column = i as u16;
            columns.push(place.map(|place| checking.read(&self.columns[i], place)));
        }
        for (i, rule) in self.rules.iter().enumerate() {
            checking.compare(Rule::Declared(i as u16), &rule.comparison, &columns);
        }
        Checked { columns, fates: checking.fates, faults: checking.faults }
    }
}

struct Checking<'a> {
    contract: &'a Contract,
    rows: &'a Rows,
    fates: Vec<Fate>,
    faults: Vec<Fault>,
    column: u16,
}

impl<'a> Checking<'a> {
    /// Filters come first: a deleted row may be blank in every other column.
    fn filter(&mut self, binding: &Binding) {
        for (i, column) in self.contract.columns.iter().enumerate() {
            let Some(place) = binding.places[i].filter(|_| !column.filter.is_empty()) else {
                continue;
            };
            for row in 0..self.rows.len() {
                let cell = self.rows.cell(row, place);
                let is_match = |value: &String| match column.kind {
                    Kind::Flag => flag(cell).is_ok_and(|flag| flag == (value == "true")),
                    _ => cell == value,
                };
                if self.fates[row] == Fate::Kept && column.filter.iter().any(is_match) {
                    self.fates[row] = Fate::Filtered;
                    let rule = Rule::Filtered;
                    self.faults.push(Fault { row: row as u32, column: Some(i as u16), rule });
                }
            }
        }
    }

    fn undecodable(&mut self, binding: &Binding) {
        for (row, place) in self.rows.undecodable() {
            if let Some(i) = binding.places.iter().position(|p| *p == Some(*place as usize)) {
                self.column = i as u16;
                self.fault(*row as usize, Rule::Encoding);
            }
        }
    }

    /// Reads one column.
    fn read(&mut self, column: &'a Column, place: usize) -> ArrayRef {
        match &column.kind {
            Kind::Text | Kind::Code => self.texts(column, place),
            Kind::Date(format) => self.numbers::<Date32Type>(column, place, |cell| {
                in_bounds(column, format.date(cell).ok_or(Rule::NotADate)?, f64::from)
            }),
            Kind::Month(format) => self.numbers::<Date32Type>(column, place, |cell| {
                in_bounds(column, format.month(cell).ok_or(Rule::NotADate)?, f64::from)
            }),
            Kind::DateTime(format) => self.numbers::<TimestampSecondType>(column, place, |cell| {
                let days = |seconds: i64| seconds.div_euclid(86_400) as f64;
                in_bounds(column, format.datetime(cell).ok_or(Rule::NotADate)?, days)
            }),
            Kind::Integer if column.role == Some(Role::Age) => {
                self.numbers::<Int64Type>(column, place, |cell| stated_age(integer(cell)?))
            }
            Kind::Integer => self.numbers::<Int64Type>(column, place, |cell| {
                in_bounds(column, integer(cell)?, |n| n as f64)
            }),
            Kind::Decimal => self.numbers::<Float64Type>(column, place, |cell| {
                in_bounds(column, decimal(cell)?, |n| n)
            }),
            Kind::Scaled(scale) => {
                let unit = f64::from(*scale);
                self.numbers::<Int64Type>(column, place, |cell| {
                    in_bounds(column, scaled(cell, *scale)?, |n| n as f64 / unit)
                })
            }
            Kind::Time(format) => {
                let mut out = StringBuilder::with_capacity(self.rows.len(), self.rows.len() * 5);
                let time = |cell: &str| format.time(cell).ok_or(Rule::NotATime).map(Some);
                self.each(column, place, time, |time| {
                    out.append_option(time.as_ref().and_then(|t| std::str::from_utf8(t).ok()));
                });
                Arc::new(out.finish())
            }
            Kind::Flag => {
                let mut out = BooleanBuilder::with_capacity(self.rows.len());
                let read = |cell: &str| flag(cell).map(Some);
                self.each(column, place, read, |value| out.append_option(value));
                Arc::new(out.finish())
            }
        }
    }

    fn numbers<T: ArrowPrimitiveType>(
        &mut self,
        column: &'a Column,
        place: usize,
        read: impl Fn(&str) -> Result<T::Native, Rule>,
    ) -> ArrayRef {
        let mut out = PrimitiveBuilder::<T>::with_capacity(self.rows.len());
        self.each(column, place, |cell| read(cell).map(Some), |value| out.append_option(value));
        Arc::new(out.finish())
    }

    fn texts(&mut self, column: &'a Column, place: usize) -> ArrayRef {
        let rows = self.rows;
        if let Some(distinct) = Distinct::of(rows.column(place)) {
            return self.distinct_texts(column, &distinct);
        }
        let mut out = StringBuilder::with_capacity(self.rows.len(), self.rows.n_bytes(place));
        self.each(column, place, |cell| text(column, cell), |value| out.append_option(value));
        Arc::new(out.finish())
    }

    /// Judges each different cell once, and every row by its cell.
    fn distinct_texts(&mut self, column: &'a Column, distinct: &Distinct<'a>) -> ArrayRef {
        let judged: Vec<_> =
            distinct.cells().map(|cell| judged(column, cell, |cell| text(column, cell))).collect();
        if judged.iter().any(|(_, faults)| faults.iter().any(Option::is_some)) {
            for (row, place) in distinct.places.iter().enumerate() {
                let (_, faults) = &judged[*place as usize];
                faults.iter().flatten().for_each(|rule| self.fault(row, *rule));
            }
        }
        let values: Vec<Option<&str>> = judged.into_iter().map(|(value, _)| value).collect();
        distinct.column(&values)
    }

    /// Goes through the cells of a column: blanks and sentinels are null, faults are null and noted.
    fn each<T>(
        &mut self,
        column: &'a Column,
        place: usize,
        read: impl Fn(&'a str) -> Result<Option<T>, Rule>,
        mut push: impl FnMut(Option<T>),
    ) {
        let rows = self.rows;
        for (row, cell) in rows.column(place).enumerate() {
            let (value, faults) = judged(column, cell, &read);
            faults.into_iter().flatten().for_each(|rule| self.fault(row, rule));
            push(value);
        }
    }

    fn compare(&mut self, rule: Rule, comparison: &Comparison, columns: &[Option<ArrayRef>]) {
        let (Some(left), Some(right)) = (&columns[comparison.left], &columns[comparison.right])
        else {
            return;
        };
        self.column = comparison.left as u16;
        let (left, right) = (Scale::of(left), Scale::of(right));
        let is_day = left.is_day() || right.is_day();
        for row in 0..self.rows.len() {
            let (Some(left), Some(right)) = (left.value(row, is_day), right.value(row, is_day))
            else {
                continue;
            };
            let unit = if is_day { 1.0 } else { 86_400.0 };
            let right = right + f64::from(comparison.days) * unit;
            if !comparison.operator.holds(&left, &right) {
                self.fault(row, rule);
            }
        }
    }

    fn fault(&mut self, row: usize, rule: Rule) {
        if self.fates[row] == Fate::Filtered {
            return;
        }
        let column = Some(self.column);
        self.faults.push(Fault { row: row as u32, column, rule });
        let is_kept = self.fates[row] == Fate::Kept;
        if is_kept && self.contract.severity(rule, column) == Severity::Refuse {
            self.fates[row] = Fate::Refused(rule, column);
        }
    }
}

/// What comes of a cell, and the rules that it breaks: blanks and sentinels are null, and so are faults.
#[inline]
fn judged<'a, T>(
    column: &Column,
    cell: &'a str,
    read: impl Fn(&'a str) -> Result<Option<T>, Rule>,
) -> (Option<T>, [Option<Rule>; 2]) {
    let missing = column.required.then_some(Rule::Required);
    if cell.is_empty() {
        return (None, [missing, None]);
    }
    if !column.sentinels.is_empty() && column.sentinels.position(cell).is_some() {
        return (None, [Some(Rule::Sentinel), missing]);
    }
    match read(cell) {
        Ok(Some(value)) => (Some(value), [None, None]),
        Ok(None) => (None, [missing, None]),
        Err(rule) => (None, [Some(rule), None]),
    }
}

/// A column that can be compared.
enum Scale<'a> {
    Days(&'a [i32], &'a dyn Array),
    Seconds(&'a [i64], &'a dyn Array),
    Whole(&'a [i64], &'a dyn Array),
    Decimal(&'a [f64], &'a dyn Array),
    None,
}

impl<'a> Scale<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        if let Some(days) = array.as_primitive_opt::<Date32Type>() {
            Self::Days(days.values(), array)
        } else if let Some(seconds) = array.as_primitive_opt::<TimestampSecondType>() {
            Self::Seconds(seconds.values(), array)
        } else if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
            Self::Whole(numbers.values(), array)
        } else if let Some(numbers) = array.as_primitive_opt::<Float64Type>() {
            Self::Decimal(numbers.values(), array)
        } else {
            Self::None
        }
    }

    fn is_day(&self) -> bool {
        matches!(self, Self::Days(..))
    }

    /// The value of a row; of a date and time only the day where the other side has no more.
    fn value(&self, row: usize, is_day: bool) -> Option<f64> {
        match self {
            Self::Days(values, array) => array.is_valid(row).then(|| f64::from(values[row])),
            Self::Seconds(values, array) => array.is_valid(row).then(|| {
                let seconds = values[row];
                if is_day { seconds.div_euclid(86_400) as f64 } else { seconds as f64 }
            }),
            Self::Whole(values, array) => array.is_valid(row).then(|| values[row] as f64),
            Self::Decimal(values, array) => array.is_valid(row).then(|| values[row]),
            Self::None => None,
        }
    }
}

/// A text after its map, code list and pattern.
fn text<'a>(column: &'a Column, cell: &'a str) -> Result<Option<&'a str>, Rule> {
    if !column.codes.is_empty() {
        let place = column.codes.position_in_any_case(cell).ok_or(Rule::UnknownCode)?;
        return Ok(match &column.targets {
            Some(targets) => targets[place].as_deref(),
            None => Some(&column.codes.entries()[place]),
        });
    }
    let could_be_power = column.kind == Kind::Code || column.pattern.is_some();
    if could_be_power && cell.contains('+') && is_scientific(cell) {
        return Err(Rule::ScientificNotation);
    }
    match column.pattern {
        Some(pattern) if !pattern.fits(cell) => Err(Rule::Pattern),
        _ => Ok(Some(cell)),
    }
}

fn in_bounds<T: Copy>(column: &Column, value: T, number: impl Fn(T) -> f64) -> Result<T, Rule> {
    if column.min.is_none() && column.max.is_none() {
        return Ok(value);
    }
    let n = number(value);
    let is_in = column.min.is_none_or(|min| n >= min) && column.max.is_none_or(|max| n <= max);
    if is_in { Ok(value) } else { Err(Rule::OutOfRange) }
}

/// Completed years, or a code of HES for an infant's age.
fn stated_age(n: i64) -> Result<i64, Rule> {
    match n {
        0..=130 | 7001..=7007 => Ok(n),
        _ => Err(Rule::OutOfRange),
    }
}

/// Yes or no, as providers write it.
fn flag(cell: &str) -> Result<bool, Rule> {
    const YES: [&str; 4] = ["true", "1", "y", "yes"];
    const NO: [&str; 4] = ["false", "0", "n", "no"];
    let is = |word: &&str| cell.eq_ignore_ascii_case(word);
    match (YES.iter().any(is), NO.iter().any(is)) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err(Rule::NotAFlag),
    }
}

impl Checked {
    /// A column of texts.
    #[must_use]
    pub fn texts(&self, column: usize) -> Option<Texts<'_>> {
        Texts::of(self.columns[column].as_ref()?)
    }
}
