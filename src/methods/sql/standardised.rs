//! Directly age-standardised rates of a group of strata.

use std::collections::BTreeMap;

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Input, Kind, Output, Page, Shape, input, output};
use super::value::{Value, estimate_record};
use crate::methods::{self, Band, Estimate, RepeatBand};

const STANDARDISED: &[Output] = &[
    output("value", Shape::Number, "the standardised rate"),
    output("lower_95", Shape::Number, "lower 95 % limit"),
    output("upper_95", Shape::Number, "upper 95 % limit"),
    output("lower_998", Shape::Number, "lower 99.8 % limit"),
    output("upper_998", Shape::Number, "upper 99.8 % limit"),
    output("n_events", Shape::Integer, "events in all strata"),
    output("population", Shape::Number, "population or person-time of all strata"),
    output("method", Shape::Text, "the method that made the limits"),
    output("reason", Shape::Text, "why something is missing, else null"),
];

const POPULATION: Input =
    input("population", Kind::Number, "persons or person-time of the stratum, above zero");
const STANDARD: Input = input(
    "standard_population",
    Kind::Number,
    "weight of the stratum, such as `esp2013(age_band)`",
);
const PER: Input =
    input("per", Kind::Number, "the base of the rate, above zero, the same in all rows");
const N_EVENTS: Input = input("n_events", Kind::Integer, "events in the stratum");

static DSR: Page = Page {
    name: "dsr",
    summary: "Directly standardised rate over one row per stratum (age band, or age band and sex), \
              for events that do not repeat in persons. Null below 10 events. Strata without events \
              must be there, for their population.",
    formula: "`per * sum(w x/n)`, `w = s / sum s`; `var = sum(w^2 x/n^2)`; limits \
              `rate + per * sqrt(var/O) * (Byar(O) - O)`.",
    source: "Dobson AJ and others. Stat Med 1991;10:457-62.",
    inputs: &[N_EVENTS, POPULATION, STANDARD, PER],
    n_required: 4,
    result: Shape::Record(STANDARDISED),
    example: "select neighbourhood, dsr(n_events, person_years, esp2013(age_band), 1000)['value']\n\
              from by_age_band group by neighbourhood",
};

static DSR_REPEAT: Page = Page {
    name: "dsr_repeat",
    summary: "Directly standardised rate of events that repeat in persons (admissions, attendances), \
              over one row per stratum and frequency. A stratum without events has one row with \
              frequency 0. Null below 10 events.",
    formula: "As `dsr`, with `var = sum over f of f^2 * var(persons with f events)`; rate and `O` \
              from all events.",
    source: "Public Health England, PHEindicatormethods: rates for non-independent events.",
    inputs: &[
        input("stratum", Kind::Text, "age band, or any name of the stratum"),
        input("population", Kind::Number, "population of the stratum, the same in its rows"),
        input("standard_population", Kind::Number, "weight of the stratum, the same in its rows"),
        input("frequency", Kind::Integer, "events per person"),
        input("n_persons", Kind::Integer, "persons with so many events"),
        PER,
    ],
    n_required: 6,
    result: Shape::Record(STANDARDISED),
    example: "select neighbourhood,\n       \
              dsr_repeat(age_band, person_years, esp2013(age_band), frequency, n_persons, 1000)\n\
              from by_frequency group by neighbourhood",
};

static DSR_SQUARES: Page = Page {
    name: "dsr_squares",
    summary: "As `dsr_repeat`, over one row per stratum that holds the sum over persons of their \
              events and of their events squared: the same numbers from a smaller table.",
    formula: "As `dsr`, with `var = sum(w^2 q/n^2)`, `q = sum over persons of (events of the \
              person)^2`.",
    source: "Equal to `dsr_repeat`, since `sum over f of f^2 n_f = sum over persons of e^2`.",
    inputs: &[
        N_EVENTS,
        input("squared_events", Kind::Integer, "sum over persons of their events squared"),
        POPULATION,
        STANDARD,
        PER,
    ],
    n_required: 5,
    result: Shape::Record(STANDARDISED),
    example: "select neighbourhood,\n       \
              dsr_squares(n_events, n_events_squared, person_years, esp2013(age_band), 1000)\n\
              from by_age_band group by neighbourhood",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&DSR, dsr),
        Method::aggregate(&DSR_REPEAT, dsr_repeat),
        Method::aggregate(&DSR_SQUARES, dsr_squares),
    ]
}

const UNEQUAL_PER: &str = "`per` is missing or differs between rows";

fn dsr(given: &Arguments) -> Value {
    let bands: Vec<Band> = given.rows().map(|row| band(given, row, 0, 1)).collect();
    let estimate = given.parameter(3).map(|per| methods::dsr(&bands, per));
    record(estimate, &bands, "Dobson")
}

fn dsr_squares(given: &Arguments) -> Value {
    let repeat =
        |row| RepeatBand { band: band(given, row, 0, 2), squared_events: count(given, 1, row) };
    let bands: Vec<RepeatBand> = given.rows().map(repeat).collect();
    repeat_record(given.parameter(4), &bands)
}

fn dsr_repeat(given: &Arguments) -> Value {
    let mut strata: BTreeMap<Option<&str>, RepeatBand> = BTreeMap::new();
    let mut is_consistent = true;
    for row in given.rows() {
        let own = Band { n_events: 0.0, ..band(given, row, 3, 1) };
        let stratum = strata
            .entry(given.text(0, row))
            .or_insert(RepeatBand { band: own, squared_events: 0.0 });
        is_consistent &= stratum.band.population == own.population
            && stratum.band.standard_population == own.standard_population;
        let [frequency, persons] = [3, 4].map(|at| count(given, at, row));
        // Two wrongs would make a right: neither may be negative.
        let persons = if frequency < 0.0 || persons < 0.0 { f64::NAN } else { persons };
        stratum.band.n_events += frequency * persons;
        stratum.squared_events += frequency * frequency * persons;
    }
    let bands: Vec<RepeatBand> = strata.into_values().collect();
    if !is_consistent && bands.iter().all(|repeat| repeat.band.population.is_finite()) {
        let reason = "population or weight differs between rows of a stratum";
        let estimate = Estimate::missing(methods::METHOD_REPEAT, reason);
        return record(Some(estimate), &[], methods::METHOD_REPEAT);
    }
    repeat_record(given.parameter(5), &bands)
}

fn repeat_record(per: Option<f64>, bands: &[RepeatBand]) -> Value {
    let estimate = per.map(|per| methods::dsr_repeat(bands, per));
    let bands: Vec<Band> = bands.iter().map(|repeat| repeat.band).collect();
    record(estimate, &bands, methods::METHOD_REPEAT)
}

/// Events at one position; population and weight at the next two from `population`.
fn band(given: &Arguments, row: usize, events: usize, population: usize) -> Band {
    Band {
        n_events: count(given, events, row),
        population: given.number_or_nan(population, row),
        standard_population: given.number_or_nan(population + 1, row),
    }
}

fn count(given: &Arguments, at: usize, row: usize) -> f64 {
    given.integer(at, row).map_or(f64::NAN, |count| count as f64)
}

fn record(estimate: Option<Estimate>, bands: &[Band], method: &'static str) -> Value {
    let estimate = match estimate {
        _ if bands.is_empty() && estimate.is_none() => Estimate::missing(method, "no rows"),
        Some(estimate) => estimate,
        None => Estimate::missing(method, UNEQUAL_PER),
    };
    let n_events: f64 = bands.iter().map(|band| band.n_events).sum();
    let population: f64 = bands.iter().map(|band| band.population).sum();
    // A population beyond any number is left to the gate, which says so.
    let known = |total: f64| (!total.is_nan() && !bands.is_empty()).then_some(total);
    let counted = known(n_events).filter(|events| *events <= methods::MOST_EVENTS);
    let between =
        vec![Value::from(counted.map(|events| events as i64)), Value::from(known(population))];
    estimate_record(&estimate, between)
}
