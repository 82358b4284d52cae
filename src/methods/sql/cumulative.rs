//! Charts of cumulative sums in SQL: each point among its window.

use super::arguments::Arguments;
use super::charts::{PERIOD, in_time, laid_out};
use super::method::Method;
use super::page::{Kind, METHOD, Output, Page, Shape, WHY, input, output};
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
    METHOD,
    WHY,
];

const TABULAR: &str = "tabular cumulative sums";

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
    example: "select month, round(s['high'], 2) as high, s['n_high'] as n_high, s['signal'] as signal\n\
              from (\n    \
              select month, cusum(month, value, 10, 1) over () as s\n    \
              from (\n        \
              values (1, 9.8), (2, 10.4), (3, 10.1), (4, 11.2), (5, 11.6), (6, 10.9), (7, 12.1), (8, 11.8)\n    \
              ) as t(month, value)\n\
              )\n\
              order by month",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::window(&CUSUM, cusum)]
}

fn cusum(given: &Arguments) -> Vec<Value> {
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
    laid_out(given, SUM, TABULAR, sums(), |point| {
        vec![
            point.high.into(),
            point.low.into(),
            point.n_high.into(),
            point.n_low.into(),
            point.signal.into(),
            TABULAR.into(),
            Value::Null,
        ]
    })
}
