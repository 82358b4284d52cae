//! How good a risk score is.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Input, Kind, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods;

pub(super) const SCORE: Input = input("score", Kind::Number, "the score of a row");
pub(super) const OUTCOME: Input = input("y", Kind::Number, "0 or 1");
pub(super) const UNKNOWN: &str = "a score is missing, or an outcome is neither 0 nor 1";

const AUC_RESULT: &[Output] = &[
    output("value", Shape::Number, "chance that an event scores above a non-event"),
    output("lower_95", Shape::Number, "lower 95 % limit"),
    output("upper_95", Shape::Number, "upper 95 % limit"),
    output("standard_error", Shape::Number, "DeLong's standard error"),
    output("n", Shape::Integer, "rows"),
    output("n_events", Shape::Integer, "rows with the outcome"),
    output("method", Shape::Text, "the method that made the limits"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

const CALIBRATION_RESULT: &[Output] = &[
    output("slope", Shape::Number, "1 when right, below 1 when the scores are too extreme"),
    output("intercept", Shape::Number, "fitted along with the slope"),
    output("in_the_large", Shape::Number, "intercept with slope 1; above 0 when too low"),
    output("observed_expected", Shape::Number, "events over the sum of scores"),
    output("n", Shape::Integer, "rows"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

const TOP_RESULT: &[Output] = &[
    output("n_flagged", Shape::Integer, "rows in the share"),
    output("ppv", Shape::Number, "share of them with the event"),
    output("sensitivity", Shape::Number, "share of all events among them"),
    output("lift", Shape::Number, "ppv over the share of events in all rows"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

static AUC: Page = Page {
    name: "auc",
    summary: "Area under the receiver operating characteristic (C-statistic) of a score; without \
              limits where its variance is zero or has no estimate.",
    formula: "Share of pairs of an event and a non-event in which the event scores higher, ties \
              half; DeLong's variance by midranks; `-/+ 1.96` standard errors.",
    source: "DeLong ER and others. Biometrics 1988;44:837-45.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Record(AUC_RESULT),
    example: "select imd_quintile, auc(score, had_admission)['value'] from scored group by imd_quintile",
};

static BRIER: Page = Page {
    name: "brier",
    summary: "Brier score: mean squared difference of predicted probability and outcome.",
    formula: "`mean((p - y)^2)`.",
    source: "Brier GW. Mon Weather Rev 1950;78:1-3.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Number,
    example: "select brier(score, had_admission) from scored",
};

static CALIBRATION: Page = Page {
    name: "calibration",
    summary: "Calibration of predicted probabilities, all above 0 and below 1.",
    formula: "Logistic regression of the outcome on `ln(p / (1-p))`; in the large with the slope \
              held at 1.",
    source: "Cox DR. Biometrika 1958;45:562-5; Steyerberg EW. Clinical Prediction Models. 2019.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Record(CALIBRATION_RESULT),
    example: "select calibration(score, had_admission)['slope'] from scored",
};

static TOP_SHARE: Page = Page {
    name: "top_share",
    summary: "What flagging the highest-scored share of rows finds. Rows tied at the edge count in \
              proportion, as if drawn by lot.",
    formula: "`k = round(share * n)`, at least 1; `ppv = events among them / k`.",
    source: "Definition.",
    inputs: &[
        SCORE,
        OUTCOME,
        input("share", Kind::Number, "above 0, at most 1, the same in all rows"),
    ],
    n_required: 3,
    result: Shape::Record(TOP_RESULT),
    example: "select top_share(score, had_admission, 0.02)['ppv'] from scored",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&AUC, auc),
        Method::aggregate(&BRIER, brier),
        Method::aggregate(&CALIBRATION, calibration),
        Method::aggregate(&TOP_SHARE, top_share),
    ]
}

/// Scores with their outcomes; `None` when one of either is missing.
pub(super) fn rows(given: &Arguments) -> Option<Vec<(f64, bool)>> {
    let row = |row| match (given.number(0, row)?, given.number(1, row)?) {
        (score, 0.0) => Some((score, false)),
        (score, 1.0) => Some((score, true)),
        _ => None,
    };
    given.rows().map(row).collect()
}

/// A record with nothing in it but the reason in its last field.
pub(super) fn refused(outputs: &[Output], reason: &'static str) -> Value {
    let mut record = vec![Value::Null; outputs.len() - 1];
    record.push(reason.into());
    Value::Record(record)
}

fn auc(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else { return refused(AUC_RESULT, UNKNOWN) };
    let result = methods::auc(&rows);
    let numbers = [result.value, result.lower_95, result.upper_95, result.standard_error];
    let mut record: Vec<Value> = numbers.map(Value::from).into();
    record.extend([result.n.into(), result.n_events.into(), "DeLong".into(), result.reason.into()]);
    Value::Record(record)
}

fn brier(given: &Arguments) -> Value {
    rows(given).and_then(|rows| methods::brier(&rows)).into()
}

fn calibration(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else { return refused(CALIBRATION_RESULT, UNKNOWN) };
    let result = methods::calibration(&rows);
    let numbers = [result.slope, result.intercept, result.in_the_large, result.observed_expected];
    let mut record: Vec<Value> = numbers.map(Value::from).into();
    record.extend([result.n.into(), result.reason.into()]);
    Value::Record(record)
}

fn top_share(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else { return refused(TOP_RESULT, UNKNOWN) };
    let Some(share) = given.parameter(2) else {
        return refused(TOP_RESULT, "share is missing or differs between rows");
    };
    let top = methods::top_share(&rows, share);
    let mut record = vec![top.n_flagged.into()];
    record.extend([top.ppv, top.sensitivity, top.lift].map(Value::from));
    record.push(top.reason.into());
    Value::Record(record)
}
