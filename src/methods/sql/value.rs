//! Results as the functions make them, and the Arrow columns they become.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field};

use super::gate::finite;
use super::page::{Output, Shape, fields};
use crate::methods::{Estimate, Limits};

/// One result, or one field of one.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Number(f64),
    Integer(i64),
    Text(Cow<'static, str>),
    Flag(bool),
    Numbers(Vec<f64>),
    Integers(Vec<i64>),
    Record(Vec<Value>),
    Records(Vec<Vec<Value>>),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The fields of the usual limits, in the order that every result has them.
pub(crate) fn limit_values(limits: &Limits) -> [Value; 4] {
    [limits.lower_95, limits.upper_95, limits.lower_998, limits.upper_998].map(Value::from)
}

/// The same with those at the confidence asked for.
pub(crate) fn all_limit_values(limits: &Limits) -> [Value; 6] {
    let [a, b, c, d] = limit_values(limits);
    [a, b, c, d, limits.lower.into(), limits.upper.into()]
}

/// The fields of an estimate, `between` standing before method and reason.
pub(crate) fn estimate_record(estimate: &Estimate, between: Vec<Value>) -> Value {
    let mut record = vec![Value::from(estimate.value)];
    record.extend(all_limit_values(&estimate.limits));
    record.extend(between);
    record.extend([Value::from(estimate.method), Value::from(estimate.reason)]);
    Value::Record(record)
}

/// The Arrow array of the results `values`, all of one shape, once each has passed the gate.
pub(crate) fn array_of(shape: Shape, values: Vec<Value>) -> ArrayRef {
    columns_of(shape, values.into_iter().map(|value| finite(shape, value)).collect())
}

/// The array of values of one shape; a value of another shape becomes null.
fn columns_of(shape: Shape, values: Vec<Value>) -> ArrayRef {
    match shape {
        Shape::Number => Arc::new(values.iter().map(number).collect::<Float64Array>()),
        Shape::Integer => Arc::new(values.iter().map(integer).collect::<Int64Array>()),
        Shape::Text => Arc::new(values.iter().map(text).collect::<StringArray>()),
        Shape::Flag => Arc::new(values.iter().map(flag).collect::<BooleanArray>()),
        Shape::Record(outputs) => record_array(outputs, values),
        Shape::Numbers | Shape::Integers | Shape::Records(_) => list_array(shape, values),
    }
}

fn number(value: &Value) -> Option<f64> {
    if let Value::Number(number) = value { Some(*number) } else { None }
}

fn integer(value: &Value) -> Option<i64> {
    if let Value::Integer(integer) = value { Some(*integer) } else { None }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn flag(value: &Value) -> Option<bool> {
    if let Value::Flag(flag) = value { Some(*flag) } else { None }
}

fn record_array(outputs: &'static [Output], values: Vec<Value>) -> ArrayRef {
    let n_rows = values.len();
    let mut columns: Vec<Vec<Value>> = outputs.iter().map(|_| Vec::with_capacity(n_rows)).collect();
    let mut is_valid = Vec::with_capacity(n_rows);
    for value in values {
        let fields = if let Value::Record(fields) = value { fields } else { Vec::new() };
        is_valid.push(!fields.is_empty());
        let padded = fields.into_iter().chain(std::iter::repeat(Value::Null));
        for (column, field) in columns.iter_mut().zip(padded) {
            column.push(field);
        }
    }
    let shapes = outputs.iter().map(|output| output.shape);
    let arrays = shapes.zip(columns).map(|(shape, column)| columns_of(shape, column)).collect();
    let nulls = Some(NullBuffer::from(is_valid)).filter(|nulls| nulls.null_count() > 0);
    Arc::new(StructArray::new(fields(outputs), arrays, nulls))
}

fn list_array(shape: Shape, values: Vec<Value>) -> ArrayRef {
    let (mut items, mut lengths, mut is_valid) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let before = items.len();
        is_valid.push(!matches!(value, Value::Null));
        match value {
            Value::Numbers(numbers) => items.extend(numbers.into_iter().map(Value::Number)),
            Value::Integers(integers) => items.extend(integers.into_iter().map(Value::Integer)),
            Value::Records(records) => items.extend(records.into_iter().map(Value::Record)),
            _ => {}
        }
        lengths.push(items.len() - before);
    }
    let item = match shape {
        Shape::Records(outputs) => Shape::Record(outputs),
        Shape::Integers => Shape::Integer,
        _ => Shape::Number,
    };
    let DataType::List(field) = shape.data_type() else {
        unreachable!("only shapes of lists come here")
    };
    let nulls = Some(NullBuffer::from(is_valid)).filter(|nulls| nulls.null_count() > 0);
    let offsets = OffsetBuffer::from_lengths(lengths);
    let field: Arc<Field> = field;
    Arc::new(ListArray::new(field, offsets, columns_of(item, items), nulls))
}
