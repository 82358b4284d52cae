//! How a risk score ranks, how sharp it is, and what a threshold of it is worth, in SQL.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, Output, Page, Shape, input, output};
use super::risk::{OUTCOME, SCORE, UNKNOWN, refused, rows};
use super::value::Value;
use crate::methods::{self, ScoreQuality};

const QUALITY: &[Output] = &[
    output("value", Shape::Number, "the measure"),
    output("n", Shape::Integer, "rows"),
    output("n_events", Shape::Integer, "rows with the outcome"),
    output("method", Shape::Text, "the measure's name"),
    output("reason", Shape::Text, "why it is missing, else null"),
];

const FLAGGED: &[Output] = &[
    output("n_flagged", Shape::Integer, "rows that score the threshold or more"),
    output("ppv", Shape::Number, "share of them with the event"),
    output("sensitivity", Shape::Number, "share of all events among them"),
    output("specificity", Shape::Number, "share of rows without the event that are not"),
    output("net_benefit", Shape::Number, "events found less those flagged in vain, at its odds"),
    output("net_benefit_of_all", Shape::Number, "the same of flagging everybody"),
    output("method", Shape::Text, "what was done"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

static AVERAGE_PRECISION: Page = Page {
    name: "average_precision",
    summary: "Average precision of a score: the area under the curve of precision by recall; a score \
              that says nothing has the share of events.",
    formula: "`sum (R_k - R_(k-1)) P_k` over distinct scores from the highest down.",
    source: "Manning CD and others. Introduction to Information Retrieval. 2008, 8.4.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Record(QUALITY),
    example: "select average_precision(score, had_admission)['value'] from scored",
};

static LOG_LOSS: Page = Page {
    name: "log_loss",
    summary: "Log loss of predicted probabilities; missing where one of 0 or 1 was wrong.",
    formula: "`-mean(y ln p + (1 - y) ln(1 - p))`.",
    source: "Good IJ. J R Stat Soc B 1952;14:107-14.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Record(QUALITY),
    example: "select log_loss(score, had_admission)['value'] from scored",
};

static AT_THRESHOLD: Page = Page {
    name: "at_threshold",
    summary: "What flagging the rows that score a threshold or more finds, and what that is worth to \
              those who would act on a risk as high as the threshold.",
    formula: "`net_benefit = TP / n - FP / n * t / (1 - t)`.",
    source: "Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-74.",
    inputs: &[SCORE, OUTCOME, input("threshold", Kind::Number, "the same in all rows")],
    n_required: 3,
    result: Shape::Record(FLAGGED),
    example: "select at_threshold(score, had_admission, 0.2)['net_benefit'] from scored",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&AVERAGE_PRECISION, |given| {
            quality(given, methods::average_precision, "average precision")
        }),
        Method::aggregate(&LOG_LOSS, |given| quality(given, methods::log_loss, "log loss")),
        Method::aggregate(&AT_THRESHOLD, at_threshold),
    ]
}

fn quality(
    given: &Arguments,
    measure: fn(&[(f64, bool)]) -> ScoreQuality,
    method: &'static str,
) -> Value {
    let Some(rows) = rows(given) else { return refused(QUALITY, UNKNOWN) };
    let quality = measure(&rows);
    Value::Record(vec![
        quality.value.into(),
        quality.n.into(),
        quality.n_events.into(),
        method.into(),
        quality.reason.into(),
    ])
}

fn at_threshold(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else { return refused(FLAGGED, UNKNOWN) };
    let Some(threshold) = given.parameter(2) else {
        return refused(FLAGGED, "threshold is missing or differs between rows");
    };
    let found = methods::at_threshold(&rows, threshold);
    let mut record = vec![found.n_flagged.into()];
    let shares = [found.ppv, found.sensitivity, found.specificity];
    record.extend(shares.map(Value::from));
    record.extend([found.net_benefit, found.net_benefit_of_all].map(Value::from));
    record.extend([Value::from("score of the threshold or more"), found.reason.into()]);
    Value::Record(record)
}
