//! An expression over a batch of rows, column by column.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Datum, Float64Array, Int64Array,
    StringArray, TimestampSecondArray, new_null_array,
};
use arrow::buffer::BooleanBuffer;
use arrow::compute::kernels::cmp;
use arrow::compute::{and_kleene, not, or_kleene, regexp_is_match_scalar};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampSecondType};
use arrow::error::ArrowError;

use super::Expression;
use super::functions;
use super::kinds::{Arithmetic, Literal, Members, Node, Operator, Type};

/// What is known of a delivery besides its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// The day on which it was delivered, as days since 1970-01-01.
    pub delivered_on: Option<i32>,
}

/// A column of values, or one value that stands for every row.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) array: ArrayRef,
    pub(super) is_scalar: bool,
}

impl Datum for Value {
    fn get(&self) -> (&dyn Array, bool) {
        (self.array.as_ref(), self.is_scalar)
    }
}

/// What a batch is evaluated over.
pub(super) struct Batch<'a> {
    columns: &'a [Option<ArrayRef>],
    n_rows: usize,
    facts: Facts,
}

impl Expression {
    /// The rows in which it is false; rows in which it is unknown hold.
    pub(in crate::contract) fn broken(
        &self,
        columns: &[Option<ArrayRef>],
        n_rows: usize,
        facts: Facts,
    ) -> BooleanBuffer {
        let array = self.values(columns, n_rows, facts);
        let Some(holds) = array.as_boolean_opt() else { return BooleanBuffer::new_unset(n_rows) };
        let is_false = !holds.values();
        match holds.nulls() {
            Some(known) => &is_false & known.inner(),
            None => is_false,
        }
    }

    /// A value for every row. Columns that are absent are null.
    pub(in crate::contract) fn values(
        &self,
        columns: &[Option<ArrayRef>],
        n_rows: usize,
        facts: Facts,
    ) -> ArrayRef {
        let batch = Batch { columns, n_rows, facts };
        let value = batch
            .value(&self.node)
            .expect("every part is of the type that its kernel takes: `build` has seen to it");
        batch.spread(value)
    }
}

impl Batch<'_> {
    /// One value for each row.
    fn spread(&self, value: Value) -> ArrayRef {
        if !value.is_scalar {
            return value.array;
        }
        let places = Int64Array::from(vec![0; self.n_rows]);
        arrow::compute::take(&value.array, &places, None)
            .expect("place 0 is in an array of one value")
    }

    fn flags(&self, node: &Node) -> Result<BooleanArray, ArrowError> {
        Ok(self.spread(self.value(node)?).as_boolean().clone())
    }

    pub(super) fn value(&self, node: &Node) -> Result<Value, ArrowError> {
        match node {
            Node::Column(place, kind) => Ok(self.column(*place, *kind)),
            Node::Delivered => Ok(one(Arc::new(Date32Array::from(vec![self.facts.delivered_on])))),
            Node::Literal(literal) => Ok(one(self::literal(literal))),
            Node::ToDay(of) => self.value(of).map(|value| value.with(|array| to_day(&array))),
            Node::ToDecimal(of) => {
                self.value(of).map(|value| value.with(|array| to_decimal(&array)))
            }
            Node::Compare(operator, left, right) => {
                compare(*operator, &self.value(left)?, &self.value(right)?)
            }
            Node::Not(of) => {
                let value = self.value(of)?;
                let flags = not(value.array.as_boolean())?;
                Ok(Value { array: Arc::new(flags), ..value })
            }
            Node::All(parts) => self.join(parts, and_kleene),
            Node::Any(parts) => self.join(parts, or_kleene),
            Node::IsNull(of) => {
                let value = self.value(of)?;
                let flags = arrow::compute::is_null(&value.array)?;
                Ok(Value { array: Arc::new(flags), ..value })
            }
            Node::OneOf(of, members) => {
                self.value(of).map(|value| value.with(|array| one_of(&array, members)))
            }
            Node::Matches(of, pattern) => {
                let value = self.value(of)?;
                let flags = regexp_is_match_scalar(value.array.as_string::<i32>(), pattern, None)?;
                Ok(Value { array: Arc::new(flags), ..value })
            }
            Node::Arithmetic(operator, kind, left, right) => {
                Ok(arithmetic(*operator, *kind, &self.value(left)?, &self.value(right)?))
            }
            Node::Shift(amount, of) => {
                self.value(of).map(|value| value.with(|array| shift(&array, *amount)))
            }
            Node::Call(function, arguments) => {
                let values = arguments.iter().map(|a| self.value(a)).collect::<Result<Vec<_>, _>>();
                Ok(functions::call(*function, &values?))
            }
            Node::Choose(branches, otherwise, kind) => self.choose(branches, otherwise, *kind),
            Node::Coalesce(parts, kind) => self.coalesce(parts, *kind),
        }
    }

    fn column(&self, place: usize, kind: Type) -> Value {
        match self.columns.get(place) {
            // Texts that repeat themselves may come as a list and places in it.
            Some(Some(array)) if *array.data_type() != kind.data_type() => {
                let array = arrow::compute::cast(array, &kind.data_type());
                let nulls = |_| new_null_array(&kind.data_type(), self.n_rows);
                Value { array: array.unwrap_or_else(nulls), is_scalar: false }
            }
            Some(Some(array)) => Value { array: Arc::clone(array), is_scalar: false },
            _ => one(new_null_array(&kind.data_type(), 1)),
        }
    }

    fn join(
        &self,
        parts: &[Node],
        kernel: fn(&BooleanArray, &BooleanArray) -> Result<BooleanArray, ArrowError>,
    ) -> Result<Value, ArrowError> {
        let mut joined: Option<BooleanArray> = None;
        for part in parts {
            let flags = self.flags(part)?;
            joined = Some(match joined {
                Some(before) => kernel(&before, &flags)?,
                None => flags,
            });
        }
        let array = joined.unwrap_or_else(|| BooleanArray::from(vec![true; self.n_rows]));
        Ok(Value { array: Arc::new(array), is_scalar: false })
    }

    fn choose(
        &self,
        branches: &[(Node, Node)],
        otherwise: &Node,
        kind: Type,
    ) -> Result<Value, ArrowError> {
        let mut chosen = self.typed(otherwise, kind)?;
        for (condition, value) in branches.iter().rev() {
            let is_it = self.flags(condition)?;
            // Where the condition is unknown, the branch is not taken.
            let is_it = arrow::compute::prep_null_mask_filter(&is_it);
            chosen = arrow::compute::kernels::zip::zip(&is_it, &self.typed(value, kind)?, &chosen)?;
        }
        Ok(Value { array: chosen, is_scalar: false })
    }

    fn coalesce(&self, parts: &[Node], kind: Type) -> Result<Value, ArrowError> {
        let mut found: Option<ArrayRef> = None;
        for part in parts.iter().rev() {
            let array = self.typed(part, kind)?;
            found = Some(match found {
                Some(later) => {
                    let is_known = arrow::compute::is_not_null(&array)?;
                    arrow::compute::kernels::zip::zip(&is_known, &array, &later)?
                }
                None => array,
            });
        }
        let array = found.unwrap_or_else(|| new_null_array(&kind.data_type(), self.n_rows));
        Ok(Value { array, is_scalar: false })
    }

    /// A value for each row, `null` as the type that it stands for.
    fn typed(&self, node: &Node, kind: Type) -> Result<ArrayRef, ArrowError> {
        let array = self.spread(self.value(node)?);
        let wanted = kind.data_type();
        let is_it = *array.data_type() == wanted;
        Ok(if is_it { array } else { new_null_array(&wanted, self.n_rows) })
    }
}

impl Value {
    fn with(self, change: impl FnOnce(ArrayRef) -> ArrayRef) -> Self {
        Self { array: change(self.array), is_scalar: self.is_scalar }
    }
}

fn one(array: ArrayRef) -> Value {
    Value { array, is_scalar: true }
}

fn literal(literal: &Literal) -> ArrayRef {
    match literal {
        Literal::Text(text) => Arc::new(StringArray::from(vec![text.as_str()])),
        Literal::Whole(n) => Arc::new(Int64Array::from(vec![*n])),
        Literal::Decimal(n) => Arc::new(Float64Array::from(vec![*n])),
        Literal::Date(days) => Arc::new(Date32Array::from(vec![*days])),
        Literal::Flag(flag) => Arc::new(BooleanArray::from(vec![*flag])),
        Literal::Null(kind) => new_null_array(&kind.data_type(), 1),
    }
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Result<Value, ArrowError> {
    let kernel = match operator {
        Operator::Equal => cmp::eq,
        Operator::NotEqual => cmp::neq,
        Operator::Less => cmp::lt,
        Operator::AtMost => cmp::lt_eq,
        Operator::More => cmp::gt,
        Operator::AtLeast => cmp::gt_eq,
    };
    let array = Arc::new(kernel(left, right)?);
    Ok(Value { array, is_scalar: left.is_scalar && right.is_scalar })
}

fn to_day(array: &ArrayRef) -> ArrayRef {
    match array.as_primitive_opt::<TimestampSecondType>() {
        // Seconds of four-digit years: their days fit.
        Some(seconds) => Arc::new(seconds.unary::<_, Date32Type>(|s| s.div_euclid(86_400) as i32)),
        None => Arc::clone(array),
    }
}

fn to_decimal(array: &ArrayRef) -> ArrayRef {
    match array.as_primitive_opt::<Int64Type>() {
        Some(wholes) => Arc::new(wholes.unary::<_, Float64Type>(|n| n as f64)),
        None => Arc::clone(array),
    }
}

fn shift(array: &ArrayRef, amount: i64) -> ArrayRef {
    if let Some(days) = array.as_primitive_opt::<Date32Type>() {
        let amount = i32::try_from(amount).unwrap_or(i32::MAX);
        return Arc::new(days.unary_opt::<_, Date32Type>(|day| day.checked_add(amount)));
    }
    let Some(seconds) = array.as_primitive_opt::<TimestampSecondType>() else {
        return Arc::clone(array);
    };
    let moved: TimestampSecondArray = seconds.unary_opt(|second| second.checked_add(amount));
    Arc::new(moved)
}

fn one_of(array: &ArrayRef, members: &Members) -> ArrayRef {
    let flags: BooleanArray = match members {
        Members::Texts(list) => {
            let is_in = |text: &str| list.position(text).is_some();
            array.as_string::<i32>().iter().map(|text| text.map(is_in)).collect()
        }
        Members::Wholes(list) => {
            array.as_primitive::<Int64Type>().iter().map(|n| n.map(|n| list.contains(&n))).collect()
        }
        Members::Decimals(list) => array
            .as_primitive::<Float64Type>()
            .iter()
            .map(|n| n.map(|n| list.contains(&n)))
            .collect(),
        Members::Days(list) => array
            .as_primitive::<Date32Type>()
            .iter()
            .map(|n| n.map(|n| list.contains(&n)))
            .collect(),
    };
    Arc::new(flags)
}

/// Two numbers; null where the result is no number that fits, or a divisor is nought.
fn arithmetic(operator: Arithmetic, kind: Type, left: &Value, right: &Value) -> Value {
    let is_scalar = left.is_scalar && right.is_scalar;
    let n = if left.is_scalar { right.array.len() } else { left.array.len() };
    let array: ArrayRef = if kind == Type::Decimal {
        let (a, b) =
            (left.array.as_primitive::<Float64Type>(), right.array.as_primitive::<Float64Type>());
        let of = |a: f64, b: f64| match operator {
            Arithmetic::Add => a + b,
            Arithmetic::Subtract => a - b,
            Arithmetic::Multiply => a * b,
            Arithmetic::Divide => a / b,
        };
        let values = (0..n).map(|row| {
            let (i, j) = (left.at(row), right.at(row));
            let both = a.is_valid(i) && b.is_valid(j);
            Some(of(if both { a.value(i) } else { f64::NAN }, b.value(j))).filter(|n| n.is_finite())
        });
        Arc::new(values.collect::<Float64Array>())
    } else {
        let (a, b) =
            (left.array.as_primitive::<Int64Type>(), right.array.as_primitive::<Int64Type>());
        let of = |a: i64, b: i64| match operator {
            Arithmetic::Add => a.checked_add(b),
            Arithmetic::Subtract => a.checked_sub(b),
            Arithmetic::Multiply => a.checked_mul(b),
            Arithmetic::Divide => a.checked_div(b),
        };
        let values = (0..n).map(|row| {
            let (i, j) = (left.at(row), right.at(row));
            if a.is_valid(i) && b.is_valid(j) { of(a.value(i), b.value(j)) } else { None }
        });
        Arc::new(values.collect::<Int64Array>())
    };
    Value { array, is_scalar }
}

impl Value {
    /// The place of a row's value.
    pub(super) fn at(&self, row: usize) -> usize {
        if self.is_scalar { 0 } else { row }
    }
}
