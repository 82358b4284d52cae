//! The gate that every result passes on its way out: a number that is none becomes null, and a
//! result that has a reason to give gives it.

use super::page::{Output, Shape};
use super::value::Value;
use crate::methods::NOT_FINITE;

/// The name of the field that says why something is missing.
pub(crate) const REASON: &str = "reason";

/// `value` without numbers that are not finite.
pub(super) fn finite(shape: Shape, value: Value) -> Value {
    passed(shape, value).0
}

/// What is left of a value, and whether something was taken from it without a reason.
fn passed(shape: Shape, value: Value) -> (Value, bool) {
    match (shape, value) {
        (_, Value::Number(number)) if !number.is_finite() => (Value::Null, true),
        (_, Value::Numbers(numbers)) if !numbers.iter().all(|number| number.is_finite()) => {
            (Value::Null, true)
        }
        (Shape::Record(outputs), Value::Record(fields)) => {
            let (fields, is_short) = passed_fields(outputs, fields);
            (Value::Record(fields), is_short)
        }
        (Shape::Records(outputs), Value::Records(records)) => {
            let records: Vec<_> =
                records.into_iter().map(|fields| passed_fields(outputs, fields)).collect();
            let is_short = records.iter().any(|(_, is_short)| *is_short);
            (Value::Records(records.into_iter().map(|(fields, _)| fields).collect()), is_short)
        }
        (_, value) => (value, false),
    }
}

fn passed_fields(outputs: &[Output], fields: Vec<Value>) -> (Vec<Value>, bool) {
    let mut is_short = false;
    let pass = |(output, field): (&Output, Value)| {
        let (field, lost) = passed(output.shape, field);
        is_short |= lost;
        field
    };
    let mut fields: Vec<Value> = outputs.iter().zip(fields).map(pass).collect();
    let reason = outputs.iter().position(|output| output.name == REASON);
    let Some(reason) = reason.and_then(|at| fields.get_mut(at)) else { return (fields, is_short) };
    if is_short && matches!(reason, Value::Null) {
        *reason = NOT_FINITE.into();
    }
    (fields, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::sql::page::output;

    const INNER: &[Output] = &[output("low", Shape::Number, ""), output("high", Shape::Number, "")];
    const OUTER: &[Output] = &[
        output("value", Shape::Number, ""),
        output("limits", Shape::Record(INNER), ""),
        output("steps", Shape::Records(INNER), ""),
        output("list", Shape::Numbers, ""),
        output("reason", Shape::Text, ""),
    ];

    /// The result of this value, these limits, steps and list, as text.
    fn gated(value: f64, high: f64, step: f64, item: f64, reason: Value) -> String {
        let pair = |high: f64| vec![Value::Number(1.0), Value::Number(high)];
        let steps = Value::Records(vec![pair(2.0), pair(step)]);
        let list = Value::Numbers(vec![1.0, item]);
        let fields = vec![Value::Number(value), Value::Record(pair(high)), steps, list, reason];
        format!("{:?}", finite(Shape::Record(OUTER), Value::Record(fields)))
    }

    #[test]
    fn what_is_finite_passes_as_it_is() {
        let text = gated(3.0, 2.0, 2.0, 2.0, Value::Null);
        assert!(!text.contains(NOT_FINITE) && text.matches("Null").count() == 1, "{text}");
    }

    #[test]
    fn a_number_that_is_none_becomes_null_with_a_reason_wherever_it_stands() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for text in [
                gated(number, 2.0, 2.0, 2.0, Value::Null),
                gated(3.0, number, 2.0, 2.0, Value::Null),
                gated(3.0, 2.0, number, 2.0, Value::Null),
                gated(3.0, 2.0, 2.0, number, Value::Null),
            ] {
                assert!(text.contains(NOT_FINITE) && text.matches("Null").count() == 1, "{text}");
                assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
        }
    }

    #[test]
    fn a_reason_that_is_given_stays() {
        let text = gated(f64::NAN, 2.0, 2.0, 2.0, "no rows".into());
        assert!(text.contains("no rows") && !text.contains(NOT_FINITE), "{text}");
    }
}
