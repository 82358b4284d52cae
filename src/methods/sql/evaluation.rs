//! Evaluation of a change: cases against controls, after against before.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{
    CONFIDENCE, Kind, LOWER, LOWER_95, LOWER_998, METHOD, Output, Page, Shape, UPPER, UPPER_95,
    UPPER_998, WHY, input, output,
};
use super::value::{Value, limit_values};
use crate::methods::{self, PersonPeriods};

const RESULT: &[Output] = &[
    output("rate_ratio", Shape::Number, "(case after / before) / (control after / before)"),
    LOWER_95,
    UPPER_95,
    LOWER_998,
    UPPER_998,
    LOWER,
    UPPER,
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
    METHOD,
    WHY,
];

static DID_RATE_RATIO: Page = Page {
    name: "did_rate_ratio",
    summary: "Difference in differences of event rates, over one row per person: how much more the \
              rate of cases changed than that of their controls, beside the naive before-and-after \
              ratio of the cases alone. A group of one person, and persons who are all alike, give \
              ratios without limits. Rows may weigh, as `entropy_balance` has it.",
    formula: "`RRR = (r11/r10) / (r01/r00)`, `r = events/days`; `var(ln RRR) = sum over persons of \
              psi^2`, `psi = sum of +/-(events - r days)/events of the cell`: a Poisson regression \
              on group x period with log days as offset, variance clustered by person; a row of \
              weight `w` counts `w` times in rates and in `psi`.",
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
        CONFIDENCE,
        input("weight", Kind::Number, "of the row, from 0; 1 if not given"),
    ],
    n_required: 6,
    result: Shape::Record(RESULT),
    example: "select round(r['rate_ratio'], 4) as rate_ratio, round(r['lower_95'], 4) as lower_95,\n       \
              round(r['upper_95'], 4) as upper_95, r['n_cases'] as n_cases, r['n_controls'] as n_controls\n\
              from (\n    \
              select did_rate_ratio(person, is_case = 1, n_before, days_before, n_after, days_after) as r\n    \
              from (values (1, 1, 3, 365, 1, 365), (2, 1, 2, 365, 2, 200), (3, 1, 4, 365, 0, 365),\n                 \
              (4, 1, 0, 180, 1, 365), (5, 1, 5, 365, 2, 300), (6, 0, 1, 365, 2, 365),\n                 \
              (7, 0, 3, 365, 2, 365), (8, 0, 0, 365, 1, 120), (9, 0, 2, 300, 2, 365),\n                 \
              (10, 0, 4, 365, 5, 365), (11, 0, 1, 365, 0, 365))\n         \
              as t(person, is_case, n_before, days_before, n_after, days_after)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&DID_RATE_RATIO, did_rate_ratio)]
}

fn did_rate_ratio(given: &Arguments) -> Value {
    let has_weight = given.has(7);
    let row = |row| {
        Some(PersonPeriods {
            person_key: given.integer(0, row)?,
            is_case: given.flag(1, row)?,
            events_before: given.integer(2, row)?,
            days_before: given.integer(3, row)?,
            events_after: given.integer(4, row)?,
            days_after: given.integer(5, row)?,
            weight: if has_weight { given.number(7, row)? } else { 1.0 },
        })
    };
    let rows: Option<Vec<PersonPeriods>> = given.rows().map(row).collect();
    let refused = |reason: &'static str| {
        let mut record = vec![Value::Null; RESULT.len() - 2];
        record.extend([methods::METHOD_DID, reason].map(Value::from));
        Value::Record(record)
    };
    let Some(rows) = rows else { return refused("a value is missing") };
    let Some(confidence) = given.one_confidence(6) else { return refused(methods::NO_CONFIDENCE) };
    let result = methods::did_rate_ratio(&rows, confidence);
    let (ratio, naive) = (result.rate_ratio, result.naive);
    let sure = ratio.and_then(|ratio| ratio.certainty);
    let naive_sure = naive.and_then(|naive| naive.certainty);
    let naive_limits = naive_sure.map(|sure| sure.limits).unwrap_or_default();
    let limits = sure.map(|sure| sure.limits).unwrap_or_default();
    let mut record = vec![ratio.map(|ratio| ratio.ratio).into()];
    record.extend(limit_values(&limits));
    record.extend([limits.lower, limits.upper, sure.map(|sure| sure.p_value)].map(Value::from));
    record.extend(result.rates.map(Value::from));
    record.extend([
        naive.map(|naive| naive.ratio).into(),
        naive_limits.lower_95.into(),
        naive_limits.upper_95.into(),
        result.n_cases.into(),
        result.n_controls.into(),
        methods::METHOD_DID.into(),
        result.reason.into(),
    ]);
    Value::Record(record)
}
