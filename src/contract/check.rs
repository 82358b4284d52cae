//! Checks a batch of rows against a contract, column by column.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::builder::NullBufferBuilder;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, PrimitiveArray, PrimitiveBuilder, StringArray,
    StringBuilder,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float64Type, Int64Type, TimestampSecondType,
};

use super::calendar::first_of_month;
use super::cells::{
    begins_like_power, first_of_year, flag, in_bounds, judged, normal_text, possibly_partial,
    real_day, stated_age, text,
};
use super::column::{Column, Kind, Role};
use super::distinct::Distinct;
use super::number::{decimal, integer, scaled};
use super::texts::Texts;
use super::{Binding, Contract, DeclaredRule, Fault, Partial, Rule, Severity};
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
            withheld: Vec::new(),
            column: 0,
        };
        checking.filter(binding);
        checking.leave_out_restricted(binding);
        checking.withheld(binding);
        checking.undecodable(binding);
        let mut columns = Vec::with_capacity(self.columns.len());
        for (i, place) in binding.places.iter().enumerate() {
            checking.column = i as u16;
            columns.push(place.map(|place| checking.read(&self.columns[i], place)));
        }
        checking.precisions(binding, &mut columns);
        checking.derive(&mut columns);
        for (i, rule) in self.rules.iter().enumerate() {
            checking.hold(Rule::Declared(i as u16), rule, &columns);
        }
        Checked { columns, fates: checking.fates, faults: checking.faults }
    }
}

struct Checking<'a> {
    contract: &'a Contract,
    rows: &'a Rows,
    fates: Vec<Fate>,
    faults: Vec<Fault>,
    /// Whether the provider may not tell who a row's person is; empty if no column says so.
    withheld: Vec<bool>,
    column: u16,
}

impl<'a> Checking<'a> {
    /// Filters come first: a deleted row may be blank in every other column. It is deleted above all, and
    /// not left out for a blank that another filter names.
    fn filter(&mut self, binding: &Binding) {
        let contract = self.contract;
        let columns = &contract.columns;
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by_key(|i| columns[*i].role != Some(Role::Deleted));
        for i in order {
            let column = &columns[i];
            let Some(place) = binding.places[i].filter(|_| !column.filter.is_empty()) else {
                continue;
            };
            let flags: Option<Vec<bool>> = (column.kind == Kind::Flag)
                .then(|| column.filter.iter().map(|value| value == "true").collect());
            let rows = self.rows;
            for (row, cell) in rows.column(place).enumerate() {
                if self.fates[row] != Fate::Kept {
                    continue;
                }
                let is_match = match &flags {
                    Some(flags) => flag(cell).is_ok_and(|flag| flags.contains(&flag)),
                    None => column.filter.iter().any(|value| cell == value),
                };
                if is_match {
                    self.fates[row] = Fate::Filtered;
                    let rule = Rule::Filtered;
                    self.faults.push(Fault { row: row as u32, column: Some(i as u16), rule });
                }
            }
        }
    }

    /// What the law forbids to keep goes like what is filtered, and nothing says which code it was.
    fn leave_out_restricted(&mut self, binding: &Binding) {
        for row in self.contract.restricted_rows(self.rows, binding) {
            if self.fates[row] == Fate::Kept {
                self.fates[row] = Fate::Filtered;
                let rule = Rule::RestrictedCode;
                self.faults.push(Fault { row: row as u32, column: None, rule });
            }
        }
    }

    /// Rows whose identity is withheld are counted, and may lack what identifies a person.
    fn withheld(&mut self, binding: &Binding) {
        let place = self.contract.column_of(Role::WithheldIdentity);
        let Some((column, place)) = place.and_then(|i| Some((i, binding.places[i]?))) else {
            return;
        };
        let sentinels = &self.contract.columns[column].sentinels;
        self.column = column as u16;
        for row in 0..self.rows.len() {
            let cell = self.rows.cell(row, place);
            let is_withheld = !cell.is_empty() && !sentinels.has_text(cell);
            self.withheld.push(is_withheld);
            if is_withheld {
                self.fault(row, Rule::WithheldIdentity);
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
            Kind::Date(formats) if formats.partial().is_some() => {
                self.inexact::<Date32Type>(column, place, Rule::PartialDate, |cell| {
                    let (day, is_partial) = possibly_partial(formats, cell)?;
                    real_day(column, day).map(|day| (day, is_partial))
                })
            }
            Kind::Date(formats) => self.numbers::<Date32Type>(column, place, |cell| {
                real_day(column, formats.date(cell).ok_or(Rule::NotADate)?)
            }),
            Kind::Month(formats) => self.numbers::<Date32Type>(column, place, |cell| {
                real_day(column, formats.month(cell).ok_or(Rule::NotADate)?)
            }),
            Kind::DateTime(formats) => self.numbers::<TimestampSecondType>(column, place, |cell| {
                let seconds = formats.datetime(cell).ok_or(Rule::NotADate)?;
                real_day(column, seconds.div_euclid(86_400) as i32).map(|_| seconds)
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
                self.inexact::<Int64Type>(column, place, Rule::Rounded, |cell| {
                    in_bounds(column, scaled(cell, *scale)?, |(n, _)| n as f64 / unit)
                })
            }
            Kind::Time(formats) => {
                let mut out = StringBuilder::with_capacity(self.rows.len(), self.rows.len() * 5);
                let time = |cell: &str| formats.time(cell).ok_or(Rule::NotATime).map(Some);
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
        if let Some(distinct) = Distinct::of(self.rows, place) {
            return self.distinct_texts(column, distinct);
        }
        if column.is_read_as_it_is() {
            return self.plain_texts(column, place);
        }
        let mut out = StringBuilder::with_capacity(self.rows.len(), self.rows.n_bytes(place));
        if column.normal.is_none() {
            self.each(column, place, |cell| text(column, cell), |value| out.append_option(value));
        } else {
            let form = |cell: &'a str| normal_text(column, cell);
            self.each(column, place, form, |value| out.append_option(value));
        }
        Arc::new(out.finish())
    }

    /// Texts that are what stands there, but for blanks and powers of ten: ids, mostly.
    fn plain_texts(&mut self, column: &'a Column, place: usize) -> ArrayRef {
        let rows = self.rows;
        let mut bytes = Vec::with_capacity(rows.n_bytes(place));
        let mut ends = Vec::with_capacity(rows.len() + 1);
        let mut nulls = NullBufferBuilder::new(rows.len());
        ends.push(0);
        for (row, cell) in rows.column(place).enumerate() {
            let is_plain = !cell.is_empty() && !begins_like_power(cell);
            let (value, faults) = match is_plain {
                true => (Some(cell), [None; 2]),
                false => judged(column, cell, |cell| text(column, cell)),
            };
            faults.into_iter().flatten().for_each(|rule| self.fault(row, rule));
            bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
            nulls.append(value.is_some());
            ends.push(bytes.len() as i32);
        }
        let ends = OffsetBuffer::new(ends.into());
        Arc::new(StringArray::new(ends, bytes.into(), nulls.finish()))
    }

    /// Numbers and dates of which some are not quite what their cell says: those are counted.
    fn inexact<T: ArrowPrimitiveType>(
        &mut self,
        column: &'a Column,
        place: usize,
        rule: Rule,
        read: impl Fn(&str) -> Result<(T::Native, bool), Rule>,
    ) -> ArrayRef {
        let mut out = PrimitiveBuilder::<T>::with_capacity(self.rows.len());
        let mut inexact = Vec::new();
        let mut row = 0;
        self.each(
            column,
            place,
            |cell| read(cell).map(Some),
            |value| {
                out.append_option(value.map(|(value, _)| value));
                inexact.extend(value.filter(|(_, is_inexact)| *is_inexact).map(|_| row));
                row += 1;
            },
        );
        for row in inexact {
            self.fault(row, rule);
        }
        Arc::new(out.finish())
    }

    /// Judges each different cell once, and every row by its cell.
    fn distinct_texts(&mut self, column: &'a Column, distinct: Distinct<'a>) -> ArrayRef {
        let read = |cell: &'a str| match column.normal.is_none() {
            true => Ok(text(column, cell)?.map(Cow::Borrowed)),
            false => normal_text(column, cell),
        };
        let judged: Vec<_> = distinct.cells().map(|cell| judged(column, cell, read)).collect();
        if judged.iter().any(|(_, faults)| faults.iter().any(Option::is_some)) {
            for (row, place) in distinct.places.iter().enumerate() {
                let (_, faults) = &judged[*place as usize];
                faults.iter().flatten().for_each(|rule| self.fault(row, *rule));
            }
        }
        let values: Vec<Option<&str>> = judged.iter().map(|(value, _)| value.as_deref()).collect();
        let listed = distinct.column(&values);
        if self.contract.is_computed_with(usize::from(self.column)) {
            return cast(&listed, &DataType::Utf8).expect("a list of texts holds texts");
        }
        listed
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

    /// A rule: the fault is that of the first column that it names.
    fn hold(&mut self, name: Rule, rule: &DeclaredRule, columns: &[Option<ArrayRef>]) {
        let broken = rule.expression.broken(columns, self.rows.len(), self.contract.facts);
        self.column = rule.expression.columns().first().map_or(0, |place| *place as u16);
        for row in broken.set_indices() {
            self.fault(row, name);
        }
    }

    /// Computes the derived columns, each from those before it.
    fn derive(&mut self, columns: &mut [Option<ArrayRef>]) {
        let contract = self.contract;
        for (i, column) in contract.columns.iter().enumerate() {
            let Some(expression) = &column.derived else { continue };
            let array = expression.values(columns, self.rows.len(), contract.facts);
            if column.required {
                self.column = i as u16;
                (0..array.len()).filter(|row| array.is_null(*row)).for_each(|row| {
                    self.fault(row, Rule::Required);
                });
            }
            columns[i] = Some(array);
        }
    }

    /// Dates of which another column says that the day, or the month, is made up.
    fn precisions(&mut self, binding: &Binding, columns: &mut [Option<ArrayRef>]) {
        let contract = self.contract;
        for (i, column) in contract.columns.iter().enumerate() {
            let (Some(place), Kind::Date(formats)) = (column.precision, &column.kind) else {
                continue;
            };
            let (Some(place), Some(array)) = (binding.places[place], &columns[i]) else { continue };
            let may_lack_month = formats.partial() == Some(Partial::FirstOfYear);
            self.column = i as u16;
            let mut days: Vec<Option<i32>> = array.as_primitive::<Date32Type>().iter().collect();
            for (row, cell) in self.rows.column(place).enumerate() {
                let Some(known) = days[row] else { continue };
                let is = |word: &str| cell.eq_ignore_ascii_case(word);
                days[row] = match () {
                    () if is("Y") && may_lack_month => first_of_year(known),
                    () if is("YM") => first_of_month(known),
                    () if is("Y") || is("U") => None,
                    () => continue,
                };
                let rule = if days[row].is_some() { Rule::PartialDate } else { Rule::NotADate };
                self.fault(row, rule);
            }
            columns[i] = Some(Arc::new(PrimitiveArray::<Date32Type>::from(days)));
        }
    }

    fn is_identifying(&self) -> bool {
        let role = self.contract.columns[usize::from(self.column)].role;
        role.is_some_and(Role::identifies)
    }

    fn fault(&mut self, row: usize, rule: Rule) {
        let is_withheld = rule == Rule::Required && self.withheld.get(row) == Some(&true);
        if self.fates[row] == Fate::Filtered || (is_withheld && self.is_identifying()) {
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

impl Checked {
    /// A column of texts.
    #[must_use]
    pub fn texts(&self, column: usize) -> Option<Texts<'_>> {
        Texts::of(self.columns[column].as_ref()?)
    }
}
