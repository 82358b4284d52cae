//! Counts, proportions and crude rates with their limits, row by row.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Input, Kind, Output, Page, Shape, input, output};
use super::value::{Value, estimate_record};
use crate::methods;

/// The fields that every indicator has.
pub(crate) const ESTIMATE: &[Output] = &[
    output("value", Shape::Number, "the estimate"),
    output("lower_95", Shape::Number, "lower 95 % limit"),
    output("upper_95", Shape::Number, "upper 95 % limit"),
    output("lower_998", Shape::Number, "lower 99.8 % limit"),
    output("upper_998", Shape::Number, "upper 99.8 % limit"),
    output("method", Shape::Text, "the method that made the limits"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

const COUNT: Input = input("count", Kind::Number, "number of events, not negative");

static POISSON_EXACT: Page = Page {
    name: "poisson_exact",
    summary: "A count of events with exact Poisson limits.",
    formula: "`L = chi2inv((1-c)/2, 2x)/2`, `U = chi2inv((1+c)/2, 2x+2)/2`; `L = 0` at `x = 0`.",
    source: "Garwood F. Biometrika 1936;28:437-42.",
    inputs: &[COUNT],
    n_required: 1,
    result: Shape::Record(ESTIMATE),
    example: "select poisson_exact(7)['upper_95']",
};

static BYARS: Page = Page {
    name: "byars",
    summary: "A count of events with Byar's limits. A lower limit that the formula puts below zero is \
              null; for counts below 10 prefer `poisson_exact`.",
    formula: "`L = x (1 - 1/(9x) - z/(3 sqrt x))^3`, \
              `U = (x+1) (1 - 1/(9(x+1)) + z/(3 sqrt(x+1)))^3`.",
    source: "Breslow NE, Day NE. Statistical Methods in Cancer Research, volume II. 1987.",
    inputs: &[COUNT],
    n_required: 1,
    result: Shape::Record(ESTIMATE),
    example: "select byars(45)['lower_998']",
};

static POISSON_COUNT: Page = Page {
    name: "poisson_count",
    summary: "A count of events with limits by the count rule: exact Poisson below 10, Byar's \
              otherwise.",
    formula: "As `poisson_exact` and `byars`.",
    source: "Public Health England. Technical guide: confidence intervals. 2018.",
    inputs: &[COUNT],
    n_required: 1,
    result: Shape::Record(ESTIMATE),
    example: "select poisson_count(n_events) from indicator",
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
    ],
    n_required: 2,
    result: Shape::Record(ESTIMATE),
    example: "select wilson(n_seen, n_registered, 100)['value'] from indicator",
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
    ],
    n_required: 3,
    result: Shape::Record(ESTIMATE),
    example: "select crude_rate(n_events, person_years, 1000)['value'] from indicator",
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
    example: "select esp2013('40-44')",
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

fn poisson_exact(given: &Arguments, row: usize) -> Value {
    estimate_record(&methods::exact_poisson(given.number_or_nan(0, row)), Vec::new())
}

fn byars(given: &Arguments, row: usize) -> Value {
    estimate_record(&methods::byars(given.number_or_nan(0, row)), Vec::new())
}

fn poisson_count(given: &Arguments, row: usize) -> Value {
    estimate_record(&methods::poisson_count(given.number_or_nan(0, row)), Vec::new())
}

fn wilson(given: &Arguments, row: usize) -> Value {
    let multiplier = if given.has(2) { given.number_or_nan(2, row) } else { 1.0 };
    let (numerator, denominator) = (given.number_or_nan(0, row), given.number_or_nan(1, row));
    estimate_record(&methods::wilson(numerator, denominator, multiplier), Vec::new())
}

fn crude_rate(given: &Arguments, row: usize) -> Value {
    let [count, person_time, per] = [0, 1, 2].map(|at| given.number_or_nan(at, row));
    estimate_record(&methods::crude_rate(count, person_time, per), Vec::new())
}

fn esp2013(given: &Arguments, row: usize) -> Value {
    given.text(0, row).and_then(methods::esp2013).into()
}
