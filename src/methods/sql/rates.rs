//! Counts, proportions and crude rates with their limits, row by row.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, estimate_of, input};
use super::value::{Value, estimate_record};
use crate::methods::{self, Confidence, Estimate};

/// The fields that every indicator has.
pub(crate) const ESTIMATE: [Output; 9] = estimate_of("the estimate", []);

const COUNT: Input = input("count", Kind::Number, "number of events, not negative");

static POISSON_EXACT: Page = Page {
    name: "poisson_exact",
    summary: "A count of events with exact Poisson limits.",
    formula: "`L = chi2inv((1-c)/2, 2x)/2`, `U = chi2inv((1+c)/2, 2x+2)/2`; `L = 0` at `x = 0`.",
    source: "Garwood F. Biometrika 1936;28:437-42.",
    inputs: &[COUNT, CONFIDENCE],
    n_required: 1,
    result: Shape::Record(&ESTIMATE),
    example: "select round(r['lower_95'], 3) as lower_95, round(r['upper_95'], 3) as upper_95\n\
              from (select poisson_exact(7) as r)",
};

static BYARS: Page = Page {
    name: "byars",
    summary: "A count of events with Byar's limits. A lower limit that the formula puts below zero is \
              null; for counts below 10 prefer `poisson_exact`.",
    formula: "`L = x (1 - 1/(9x) - z/(3 sqrt x))^3`, \
              `U = (x+1) (1 - 1/(9(x+1)) + z/(3 sqrt(x+1)))^3`.",
    source: "Breslow NE, Day NE. Statistical Methods in Cancer Research, volume II. 1987.",
    inputs: &[COUNT, CONFIDENCE],
    n_required: 1,
    result: Shape::Record(&ESTIMATE),
    example: "select round(r['lower_95'], 3) as lower_95, round(r['upper_95'], 3) as upper_95,\n       \
              round(r['lower'], 3) as lower_90, round(r['upper'], 3) as upper_90\n\
              from (select byars(45, 90) as r)",
};

static POISSON_COUNT: Page = Page {
    name: "poisson_count",
    summary: "A count of events with limits by the count rule: exact Poisson below 10, Byar's \
              otherwise.",
    formula: "As `poisson_exact` and `byars`.",
    source: "Public Health England. Technical guide: confidence intervals. 2018.",
    inputs: &[COUNT, CONFIDENCE],
    n_required: 1,
    result: Shape::Record(&ESTIMATE),
    example: "select n, r['method'] as method, round(r['upper_95'], 3) as upper_95\n\
              from (select n, poisson_count(n) as r from (values (7), (45)) as t(n))\n\
              order by n",
};

static WILSON: Page = Page {
    name: "wilson",
    summary: "A proportion with Wilson's limits.",
    formula: "`(2x + z^2 -/+ z sqrt(z^2 + 4x(1 - x/n))) / (2(n + z^2))`, times the multiplier.",
    source: "Wilson EB. J Am Stat Assoc 1927;22:209-12.",
    inputs: &[
        input("numerator", Kind::Number, "persons or events with the property"),
        input("denominator", Kind::Number, "all of them, above zero"),
        input(
            "multiplier",
            Kind::Number,
            "above zero: 1 for a share, 100 for a percentage; 1 unless given",
        ),
        CONFIDENCE,
    ],
    n_required: 2,
    result: Shape::Record(&ESTIMATE),
    example: "select round(r['value'], 4) as value, round(r['lower_95'], 4) as lower_95,\n       \
              round(r['upper_95'], 4) as upper_95\n\
              from (select wilson(81, 263) as r)",
};

static CRUDE_RATE: Page = Page {
    name: "crude_rate",
    summary: "A rate of events per person-time, with limits by the count rule.",
    formula: "`x / n * per`; limits of `x` as `poisson_count`, scaled alike.",
    source: "Public Health England. Technical guide: confidence intervals. 2018.",
    inputs: &[
        COUNT,
        input("person_time", Kind::Number, "person-days, person-years or persons, above zero"),
        input("per", Kind::Number, "the base of the rate, in units of person-time, above zero"),
        CONFIDENCE,
    ],
    n_required: 3,
    result: Shape::Record(&ESTIMATE),
    example: "select round(r['value'], 3) as value, round(r['lower_95'], 3) as lower_95,\n       \
              round(r['upper_95'], 3) as upper_95\n\
              from (select crude_rate(45, 9000, 1000) as r)",
};

static ESP2013: Page = Page {
    name: "esp2013",
    summary: "Weight of a five-year age band in the European Standard Population 2013, null for text \
              that is not one of its 19 bands.",
    formula: "",
    source: "Eurostat. Revision of the European Standard Population. 2013.",
    inputs: &[input("age_band", Kind::Text, "`0-4`, `5-9` to `85-89`, `90+`")],
    n_required: 1,
    result: Shape::Number,
    example: "select esp2013('40-44') as weight",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    [
        (&POISSON_EXACT, poisson_exact as fn(&Arguments, usize) -> Value),
        (&BYARS, byars),
        (&POISSON_COUNT, poisson_count),
        (&WILSON, wilson),
        (&CRUDE_RATE, crude_rate),
        (&ESP2013, esp2013),
    ]
    .map(|(page, compute)| Method::scalar(page, compute))
    .into()
}

/// The record of a row's estimate at the confidence that it asks for.
fn at_confidence(
    given: &Arguments,
    at: usize,
    row: usize,
    estimate: impl Fn(Confidence) -> Estimate,
) -> Value {
    let estimate = match given.confidence(at, row) {
        Some(confidence) => estimate(confidence),
        None => Estimate::missing(estimate(Confidence::P95).method, methods::NO_CONFIDENCE),
    };
    estimate_record(&estimate, Vec::new())
}

fn count(given: &Arguments, row: usize, estimate: impl Fn(f64, Confidence) -> Estimate) -> Value {
    let count = given.number_or_nan(0, row);
    at_confidence(given, 1, row, |confidence| estimate(count, confidence))
}

fn poisson_exact(given: &Arguments, row: usize) -> Value {
    count(given, row, methods::exact_poisson)
}

fn byars(given: &Arguments, row: usize) -> Value {
    count(given, row, methods::byars)
}

fn poisson_count(given: &Arguments, row: usize) -> Value {
    count(given, row, methods::poisson_count)
}

fn wilson(given: &Arguments, row: usize) -> Value {
    let multiplier = if given.has(2) { given.number_or_nan(2, row) } else { 1.0 };
    let [numerator, denominator] = [0, 1].map(|at| given.number_or_nan(at, row));
    at_confidence(given, 3, row, |confidence| {
        methods::wilson(numerator, denominator, multiplier, confidence)
    })
}

fn crude_rate(given: &Arguments, row: usize) -> Value {
    let [count, person_time, per] = [0, 1, 2].map(|at| given.number_or_nan(at, row));
    at_confidence(given, 3, row, |confidence| {
        methods::crude_rate(count, person_time, per, confidence)
    })
}

fn esp2013(given: &Arguments, row: usize) -> Value {
    given.text(0, row).and_then(methods::esp2013).into()
}
