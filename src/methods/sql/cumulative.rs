//! Charts of cumulative sums in SQL: each point among its window.

use super::arguments::Arguments;
use super::charts::{PERIOD, in_time, laid_out};
use super::method::Method;
use super::page::{Kind, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods::{self, CusumOptions};

const SUM: &[Output] = &[
    output("high", Shape::Number, "upper sum, in standard deviations"),
    output("low", Shape::Number, "lower sum, in standard deviations, not below zero"),
    output("n_high", Shape::Integer, "points since the upper sum was last zero"),
    output("n_low", Shape::Integer, "points since the lower sum was last zero"),
    output(
        "signal",
        Shape::Integer,
        "1 where the upper sum exceeds the limit, -1 the lower, else 0",
    ),
    output("method", Shape::Text, "the method"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

static CUSUM: Page = Page {
    name: "cusum",
    summary: "Chart of cumulative sums: finds a small shift that lasts sooner than `spc` does. A \
              signal does not set the sums back; `n_high` and `n_low` say how long ago the shift \
              began.",
    formula: "`high = max(0, high' + z - slack)`, `low = max(0, low' - z - slack)`, `z = (x - target) \
              / sd`; a signal above `decision`.",
    source: "Montgomery DC. Introduction to Statistical Quality Control. 2009, 9.1.",
    inputs: &[
        PERIOD,
        input("value", Kind::Number, "the value"),
        input("target", Kind::Number, "what it ought to be; the mean of all if null"),
        input("sd", Kind::Number, "standard deviation; the mean moving range / 1.128 if null"),
        input("slack", Kind::Number, "half the shift to be found, in sd; 0.5 if null"),
        input("decision", Kind::Number, "the sum that is a signal, in sd; 5 if null"),
    ],
    n_required: 2,
    result: Shape::Record(SUM),
    example: "select month, cusum(month, n_deaths, 100, 10) over () from by_month",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::window(&CUSUM, cusum)]
}

fn cusum(given: &Arguments) -> Vec<Value> {
    const METHOD: &str = "tabular cumulative sums";
    let sums = || {
        let order = in_time(given)?;
        let number = |at| given.option(move |given, row| given.number(at, row));
        let options = CusumOptions {
            target: number(2)?,
            standard_deviation: number(3)?,
            slack: number(4)?.unwrap_or(0.5),
            decision: number(5)?.unwrap_or(5.0),
        };
        let values: Vec<f64> = order.iter().map(|row| given.number_or_nan(1, *row)).collect();
        let sums = methods::cusum(&values, &options)?;
        Ok((order, sums))
    };
    laid_out(given, SUM, METHOD, sums(), |point| {
        vec![
            point.high.into(),
            point.low.into(),
            point.n_high.into(),
            point.n_low.into(),
            point.signal.into(),
            METHOD.into(),
            Value::Null,
        ]
    })
}
