//! Evaluation of a change: cases against controls, after against before.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods::{self, PersonPeriods};

const RESULT: &[Output] = &[
    output("rate_ratio", Shape::Number, "(case after / before) / (control after / before)"),
    output("lower_95", Shape::Number, "lower 95 % limit"),
    output("upper_95", Shape::Number, "upper 95 % limit"),
    output("p_value", Shape::Number, "two-sided, against a ratio of 1"),
    output("case_before", Shape::Number, "rate of cases before, per 1,000 person-years"),
    output("case_after", Shape::Number, "rate of cases after, per 1,000 person-years"),
    output("control_before", Shape::Number, "rate of controls before, per 1,000 person-years"),
    output("control_after", Shape::Number, "rate of controls after, per 1,000 person-years"),
    output("naive_ratio", Shape::Number, "case after / before alone"),
    output("naive_lower_95", Shape::Number, "its lower 95 % limit"),
    output("naive_upper_95", Shape::Number, "its upper 95 % limit"),
    output("n_cases", Shape::Integer, "distinct persons among the cases"),
    output("n_controls", Shape::Integer, "distinct persons among the controls"),
    output("method", Shape::Text, "the method that made the limits"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

static DID_RATE_RATIO: Page = Page {
    name: "did_rate_ratio",
    summary: "Difference in differences of event rates, over one row per person: how much more the \
              rate of cases changed than that of their controls, beside the naive before-and-after \
              ratio of the cases alone. A group of one person, and persons who are all alike, give \
              ratios without limits.",
    formula: "`RRR = (r11/r10) / (r01/r00)`, `r = events/days`; `var(ln RRR) = sum over persons of \
              psi^2`, `psi = sum of +/-(events - r days)/events of the cell`: a Poisson regression \
              on group x period with log days as offset, variance clustered by person.",
    source: "Liang KY, Zeger SL. Biometrika 1986;73:13-22; Angrist JD, Pischke JS. Mostly Harmless \
             Econometrics. 2009, chapter 5.",
    inputs: &[
        input(
            "person_key",
            Kind::Integer,
            "whom the row is about; rows of one person are one cluster",
        ),
        input("is_case", Kind::Flag, "case or control"),
        input("events_before", Kind::Integer, "events before the index date"),
        input("days_before", Kind::Integer, "days at risk before it"),
        input("events_after", Kind::Integer, "events from the index date on"),
        input("days_after", Kind::Integer, "days at risk from it on"),
    ],
    n_required: 6,
    result: Shape::Record(RESULT),
    example: "select did_rate_ratio(person_id, is_case, n_before, days_before, n_after, days_after)\n\
              from followed",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&DID_RATE_RATIO, did_rate_ratio)]
}

fn did_rate_ratio(given: &Arguments) -> Value {
    let row = |row| {
        Some(PersonPeriods {
            person_key: given.integer(0, row)?,
            is_case: given.flag(1, row)?,
            events_before: given.integer(2, row)?,
            days_before: given.integer(3, row)?,
            events_after: given.integer(4, row)?,
            days_after: given.integer(5, row)?,
        })
    };
    let rows: Option<Vec<PersonPeriods>> = given.rows().map(row).collect();
    let Some(rows) = rows else {
        let mut record = vec![Value::Null; RESULT.len() - 2];
        record.extend([methods::METHOD_DID.into(), "a value is missing".into()]);
        return Value::Record(record);
    };
    let result = methods::did_rate_ratio(&rows);
    let (ratio, naive) = (result.rate_ratio, result.naive);
    let sure = ratio.and_then(|ratio| ratio.certainty);
    let naive_sure = naive.and_then(|naive| naive.certainty);
    let mut record: Vec<Value> = vec![
        ratio.map(|ratio| ratio.ratio).into(),
        sure.map(|sure| sure.lower_95).into(),
        sure.map(|sure| sure.upper_95).into(),
        sure.map(|sure| sure.p_value).into(),
    ];
    record.extend(result.rates.map(Value::from));
    record.extend([
        naive.map(|naive| naive.ratio).into(),
        naive_sure.map(|sure| sure.lower_95).into(),
        naive_sure.map(|sure| sure.upper_95).into(),
        result.n_cases.into(),
        result.n_controls.into(),
        methods::METHOD_DID.into(),
        result.reason.into(),
    ]);
    Value::Record(record)
}
