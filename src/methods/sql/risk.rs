//! How good a risk score is.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{
    CONFIDENCE, Input, Kind, LOWER, LOWER_95, LOWER_998, METHOD, Output, Page, Shape, UPPER,
    UPPER_95, UPPER_998, WHY, input, output,
};
use super::value::{Value, estimate_record};
use crate::methods::{self, Estimate};

pub(super) const SCORE: Input = input("score", Kind::Number, "the score of a row");
pub(super) const OUTCOME: Input = input("y", Kind::Number, "0 or 1");
pub(super) const UNKNOWN: &str = "a score is missing, or an outcome is neither 0 nor 1";

const AUC_RESULT: &[Output] = &[
    output("value", Shape::Number, "chance that an event scores above a non-event"),
    LOWER_95,
    UPPER_95,
    LOWER_998,
    UPPER_998,
    LOWER,
    UPPER,
    output("standard_error", Shape::Number, "DeLong's standard error"),
    output("n", Shape::Integer, "rows"),
    output("n_events", Shape::Integer, "rows with the outcome"),
    METHOD,
    WHY,
];

const CALIBRATION_RESULT: &[Output] = &[
    output("slope", Shape::Number, "1 when right, below 1 when the scores are too extreme"),
    output("intercept", Shape::Number, "fitted along with the slope"),
    output("in_the_large", Shape::Number, "intercept with slope 1; above 0 when too low"),
    output("observed_expected", Shape::Number, "events over the sum of scores"),
    output("n", Shape::Integer, "rows"),
    METHOD,
    WHY,
];

const TOP_RESULT: &[Output] = &[
    output("n_flagged", Shape::Integer, "rows in the share"),
    output("ppv", Shape::Number, "share of them with the event"),
    output("sensitivity", Shape::Number, "share of all events among them"),
    output("lift", Shape::Number, "ppv over the share of events in all rows"),
    METHOD,
    WHY,
];

static AUC: Page = Page {
    name: "auc",
    summary: "Area under the receiver operating characteristic (C-statistic) of a score; without \
              limits where its variance is zero or has no estimate.",
    formula: "Share of pairs of an event and a non-event in which the event scores higher, ties \
              half; DeLong's variance by midranks; `-/+ 1.96` standard errors.",
    source: "DeLong ER and others. Biometrics 1988;44:837-45.",
    inputs: &[SCORE, OUTCOME, CONFIDENCE],
    n_required: 2,
    result: Shape::Record(AUC_RESULT),
    example: "select round(a['value'], 4) as value, round(a['standard_error'], 4) as standard_error\n\
              from (\n    \
              select auc(score, y) as a\n    \
              from (values (0.1, 0), (0.2, 0), (0.3, 1), (0.4, 0), (0.7, 1), (0.8, 1)) as t(score, y)\n\
              )",
};

static BRIER: Page = Page {
    name: "brier",
    summary: "Brier score: mean squared difference of predicted probability and outcome.",
    formula: "`mean((p - y)^2)`.",
    source: "Brier GW. Mon Weather Rev 1950;78:1-3.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Number,
    example: "select round(brier(score, y), 4) as brier\n\
              from (values (0.1, 0), (0.2, 0), (0.3, 1), (0.4, 0), (0.7, 1), (0.8, 1)) as t(score, y)",
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
    example: "select round(c['observed_expected'], 3) as observed_expected, round(c['in_the_large'], 3) as in_the_large\n\
              from (\n    \
              select calibration(score, y) as c\n    \
              from (values (0.1, 0), (0.2, 0), (0.3, 1), (0.4, 0), (0.7, 1), (0.8, 1)) as t(score, y)\n\
              )",
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
    example: "select t['n_flagged'] as n_flagged, t['ppv'] as ppv, round(t['sensitivity'], 3) as sensitivity, t['lift'] as lift\n\
              from (\n    \
              select top_share(score, y, 0.33) as t\n    \
              from (values (0.1, 0), (0.2, 0), (0.3, 1), (0.4, 0), (0.7, 1), (0.8, 1)) as t(score, y)\n\
              )",
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

/// A record with nothing in it but the method and the reason in its last fields.
pub(super) fn refused(outputs: &[Output], method: &'static str, reason: &'static str) -> Value {
    let mut record = vec![Value::Null; outputs.len() - 2];
    record.extend([method, reason].map(Value::from));
    Value::Record(record)
}

const METHOD_AUC: &str = "DeLong";
const METHOD_CALIBRATION: &str = "logistic regression of the outcome on the log odds of the score";
const METHOD_TOP: &str = "rows tied at the edge counted in proportion";

fn auc(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else { return refused(AUC_RESULT, METHOD_AUC, UNKNOWN) };
    let Some(confidence) = given.one_confidence(2) else {
        return refused(AUC_RESULT, METHOD_AUC, methods::NO_CONFIDENCE);
    };
    let result = methods::auc(&rows, confidence);
    let estimate = Estimate {
        value: result.value,
        limits: result.limits,
        method: METHOD_AUC,
        reason: result.reason,
    };
    let counts = [result.n, result.n_events].map(Value::from);
    estimate_record(&estimate, [result.standard_error.into()].into_iter().chain(counts).collect())
}

fn brier(given: &Arguments) -> Value {
    rows(given).and_then(|rows| methods::brier(&rows)).into()
}

fn calibration(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else {
        return refused(CALIBRATION_RESULT, METHOD_CALIBRATION, UNKNOWN);
    };
    let result = methods::calibration(&rows);
    let numbers = [result.slope, result.intercept, result.in_the_large, result.observed_expected];
    let mut record: Vec<Value> = numbers.map(Value::from).into();
    record.extend([result.n.into(), METHOD_CALIBRATION.into(), result.reason.into()]);
    Value::Record(record)
}

fn top_share(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else { return refused(TOP_RESULT, METHOD_TOP, UNKNOWN) };
    let Some(share) = given.parameter(2) else {
        return refused(TOP_RESULT, METHOD_TOP, "share is missing or differs between rows");
    };
    let top = methods::top_share(&rows, share);
    let mut record = vec![top.n_flagged.into()];
    record.extend([top.ppv, top.sensitivity, top.lift].map(Value::from));
    record.extend([METHOD_TOP.into(), top.reason.into()]);
    Value::Record(record)
}
