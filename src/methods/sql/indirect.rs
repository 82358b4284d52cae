//! Indirectly standardised ratios and rates of a group of strata.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, estimate_of, input, output};
use super::sums::{Sums, SumsOf};
use super::value::{Value, estimate_record};
use crate::methods::{self, Estimate};

const N_EVENTS: Input = input("n_events", Kind::Integer, "events in the stratum");
const POPULATION: Input = input("population", Kind::Number, "persons or person-time in it");
const REFERENCE_EVENTS: Input =
    input("reference_events", Kind::Number, "events in the stratum of the reference");
const REFERENCE_POPULATION: Input =
    input("reference_population", Kind::Number, "persons or person-time in it, above zero");
const EXPECTED: Output = output("expected", Shape::Number, "events that the reference would give");
const COUNTED: Output = output("n_events", Shape::Integer, "events in all strata");
const SOURCE: &str = "Breslow NE, Day NE. Statistical Methods in Cancer Research, volume II. 1987; Public \
                      Health England. Technical guide: confidence intervals. 2018.";

const RATIO_RESULT: [Output; 11] = estimate_of("the ratio", [COUNTED, EXPECTED]);

static ISR: Page = Page {
    name: "isr",
    summary: "Indirectly standardised ratio over one row per stratum (age band, or age band and sex): \
              events against those that the reference's rates would give. Limits by the count rule.",
    formula: "`O / E * multiplier`, `E = sum n X/N`; limits of `O` as `poisson_count`, scaled alike.",
    source: SOURCE,
    inputs: &[
        N_EVENTS,
        POPULATION,
        REFERENCE_EVENTS,
        REFERENCE_POPULATION,
        input(
            "multiplier",
            Kind::Number,
            "above zero, the same in all rows: 100 for a percentage; 1 unless given",
        ),
        CONFIDENCE,
    ],
    n_required: 4,
    result: Shape::Record(&RATIO_RESULT),
    example: "select i['n_events'] as n_events, i['expected'] as expected, round(i['value'], 3) as value,\n       \
              round(i['lower_95'], 3) as lower_95, round(i['upper_95'], 3) as upper_95\n\
              from (\n    select isr(n_events, persons, all_events, all_persons) as i\n    \
              from (values (12, 1000, 800, 100000), (33, 500, 4000, 80000))\n         \
              as t(n_events, persons, all_events, all_persons)\n)",
};

const RATE_RESULT: [Output; 12] = estimate_of(
    "the standardised rate",
    [COUNTED, EXPECTED, output("reference_rate", Shape::Number, "the reference's crude rate")],
);

static ISR_RATE: Page = Page {
    name: "isr_rate",
    summary: "As `isr`, on the scale of the reference's crude rate: the indirectly standardised rate.",
    formula: "`O / E * sum X / sum N * per`.",
    source: SOURCE,
    inputs: &[
        N_EVENTS,
        POPULATION,
        REFERENCE_EVENTS,
        REFERENCE_POPULATION,
        input("per", Kind::Number, "the base of the rate, above zero, the same in all rows"),
        CONFIDENCE,
    ],
    n_required: 5,
    result: Shape::Record(&RATE_RESULT),
    example: "select round(i['reference_rate'], 2) as reference_rate, round(i['value'], 2) as value\n\
              from (\n    select isr_rate(n_events, persons, all_events, all_persons, 1000) as i\n    \
              from (values (12, 1000, 800, 100000), (33, 500, 4000, 80000))\n         \
              as t(n_events, persons, all_events, all_persons)\n)",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    let of = |finish| SumsOf { n_sums: 4, terms: stratum, parameters_from: 4, finish };
    vec![Method::sums(&ISR, of(isr)), Method::sums(&ISR_RATE, of(isr_rate))]
}

const FAULTS: [&str; 3] = [
    "events of a stratum are missing or negative",
    "population of a stratum is missing or negative",
    "events of the reference are missing or negative, or its population not above zero",
];

/// Events, expected events, and the reference's own.
fn stratum(given: &Arguments, row: usize, terms: &mut [f64]) -> Result<(), usize> {
    let is_amount = |amount: f64| amount.is_finite() && amount >= 0.0;
    let n_events = given.integer(0, row).map_or(f64::NAN, |events| events as f64);
    let [population, events, persons] = [1, 2, 3].map(|at| given.number_or_nan(at, row));
    if !is_amount(n_events) {
        return Err(0);
    }
    if !is_amount(population) {
        return Err(1);
    }
    if !(is_amount(events) && is_amount(persons) && persons > 0.0) {
        return Err(2);
    }
    terms.copy_from_slice(&[n_events, population * (events / persons), events, persons]);
    Ok(())
}

/// The estimate at `scale`, the argument after the reference's.
fn estimate(sums: &Sums, scale: Option<f64>) -> Estimate {
    let [observed, expected] = [0, 1].map(|at| sums.totals[at]);
    let usual = methods::poisson_count(observed.max(0.0), methods::Confidence::P95).method;
    let refuse = |reason| Estimate::missing(usual, reason);
    match (scale, sums.confidence(5)) {
        _ if sums.n_rows == 0 => refuse("no rows"),
        _ if sums.fault.is_some() => refuse(FAULTS[sums.fault.unwrap_or_default()]),
        _ if observed > methods::MOST_EVENTS => refuse(methods::NOT_FINITE),
        (None, _) => refuse("the base of the result is missing or differs between rows"),
        (_, None) => refuse(methods::NO_CONFIDENCE),
        (Some(scale), Some(confidence)) => {
            methods::observed_over_expected(observed, expected, scale, confidence)
        }
    }
}

/// Events and expected events, where they are known.
fn totals(sums: &Sums) -> Vec<Value> {
    let is_known = sums.n_rows > 0 && sums.fault.is_none();
    let counted = sums.totals[0] <= methods::MOST_EVENTS;
    let n_events = (is_known && counted).then_some(sums.totals[0] as i64);
    vec![n_events.into(), is_known.then_some(sums.totals[1]).into()]
}

fn isr(sums: &Sums) -> Value {
    let multiplier = if sums.has(4) { sums.parameter(4) } else { Some(1.0) };
    estimate_record(&estimate(sums, multiplier), totals(sums))
}

fn isr_rate(sums: &Sums) -> Value {
    let is_known = sums.n_rows > 0 && sums.fault.is_none();
    let per = sums.parameter(4).filter(|per| is_known && per.is_finite() && *per > 0.0);
    let reference = per.map(|per| sums.totals[2] / sums.totals[3] * per);
    let found = match (sums.parameter(4), reference) {
        (Some(per), reference) => estimate(sums, Some(reference.unwrap_or(per))),
        (None, _) => estimate(sums, None),
    };
    let mut between = totals(sums);
    between.push(reference.into());
    estimate_record(&found, between)
}
