//! A risk score at a threshold, and the quality of its ranking and of its probabilities.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::risk::{OUTCOME, SCORE, UNKNOWN, refused, rows};
use super::value::Value;
use crate::methods;

const FLAGGED: &[Output] = &[
    output("n_flagged", Shape::Integer, "rows at the threshold or above"),
    output("ppv", Shape::Number, "share of them with the event"),
    output("sensitivity", Shape::Number, "share of all events that are flagged"),
    output("specificity", Shape::Number, "share of all others that are not flagged"),
    output("net_benefit", Shape::Number, "events caught per row, less others at their price"),
    METHOD,
    WHY,
];

const MEASURE: &[Output] = &[
    output("value", Shape::Number, "the measure"),
    output("n", Shape::Integer, "rows"),
    output("n_events", Shape::Integer, "rows with the outcome"),
    METHOD,
    WHY,
];

static NET_BENEFIT: Page = Page {
    name: "net_benefit",
    summary: "Whom a threshold of a risk score flags, and what that is worth: an event caught counts \
              1, another row flagged costs the odds of the threshold.",
    formula: "`TP/n - FP/n * t / (1 - t)`.",
    source: "Vickers AJ, Elkin EB. Med Decis Making 2006;26:565-74.",
    inputs: &[
        SCORE,
        OUTCOME,
        input("threshold", Kind::Number, "between 0 and 1, the same in all rows"),
    ],
    n_required: 3,
    result: Shape::Record(FLAGGED),
    example: "select r['n_flagged'] as n_flagged, round(r['ppv'], 3) as ppv, round(r['sensitivity'], 3) as sensitivity,\n       \
              round(r['net_benefit'], 4) as net_benefit\n\
              from (\n    select net_benefit(score, y, 0.2) as r\n    \
              from (values (0.1, 0), (0.2, 0), (0.3, 1), (0.1, 1), (0.7, 1)) as t(score, y)\n)",
};

static AVERAGE_PRECISION: Page = Page {
    name: "average_precision",
    summary: "Average precision of a risk score: the area under its precision-recall curve, by steps. \
              Without skill it is the share of events.",
    formula: "`sum over scores from the highest of (recall - recall before) * precision`.",
    source: "Davis J, Goadrich M. Proc ICML 2006:233-40.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Record(MEASURE),
    example: "select round(average_precision(score, y)['value'], 4) as value\n\
              from (values (0.1, 0), (0.4, 1), (0.6, 0), (0.8, 1)) as t(score, y)",
};

static LOG_LOSS: Page = Page {
    name: "log_loss",
    summary: "Logarithmic loss of predicted probabilities: what is left to be surprised by. Null where an \
              outcome was given no chance at all.",
    formula: "`-mean(ln(p if y else 1 - p))`.",
    source: "Good IJ. J R Stat Soc B 1952;14:107-14.",
    inputs: &[SCORE, OUTCOME],
    n_required: 2,
    result: Shape::Record(MEASURE),
    example: "select round(log_loss(p, y)['value'], 4) as value\n\
              from (values (0.5, 1), (0.5, 0)) as t(p, y)",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&NET_BENEFIT, net_benefit),
        Method::aggregate(&AVERAGE_PRECISION, |given| {
            measure(given, "steps between scores", methods::average_precision)
        }),
        Method::aggregate(&LOG_LOSS, |given| {
            measure(given, "mean negative log probability", methods::log_loss)
        }),
    ]
}

const DECISION: &str = "decision curve";

fn net_benefit(given: &Arguments) -> Value {
    let Some(rows) = rows(given) else { return refused(FLAGGED, DECISION, UNKNOWN) };
    let found = match methods::flagged(&rows, given.parameter(2).unwrap_or(f64::NAN)) {
        Ok(found) => found,
        Err(_) if rows.is_empty() => return refused(FLAGGED, DECISION, "no rows"),
        Err(reason) => return refused(FLAGGED, DECISION, reason),
    };
    let shares = [found.ppv, found.sensitivity, found.specificity];
    let is_short = shares.iter().any(Option::is_none);
    let reason = is_short.then_some("nobody is flagged, or no row of one outcome");
    let mut record = vec![found.n_flagged.into()];
    record.extend(shares.map(Value::from));
    record.extend([found.net_benefit.into(), DECISION.into(), reason.into()]);
    Value::Record(record)
}

/// A figure of rows of score and outcome, or why there is none.
type Measure = fn(&[(f64, bool)]) -> Result<f64, &'static str>;

fn measure(given: &Arguments, method: &'static str, of: Measure) -> Value {
    let Some(rows) = rows(given) else { return refused(MEASURE, method, UNKNOWN) };
    let found = of(&rows);
    let n_events = rows.iter().filter(|row| row.1).count();
    Value::Record(vec![
        found.ok().into(),
        rows.len().into(),
        n_events.into(),
        method.into(),
        found.err().into(),
    ])
}
