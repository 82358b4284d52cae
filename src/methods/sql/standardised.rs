//! Directly age-standardised rates of a group of strata.

use std::collections::BTreeMap;

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, estimate_of, input, output};
use super::sums::{Sums, SumsOf};
use super::value::{Value, estimate_record};
use crate::methods::{self, Band, Estimate, N_BAND_SUMS, RepeatBand};

const STANDARDISED: [Output; 11] = estimate_of(
    "the standardised rate",
    [
        output("n_events", Shape::Integer, "events in all strata"),
        output("population", Shape::Number, "population or person-time of all strata"),
    ],
);

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
    inputs: &[N_EVENTS, POPULATION, STANDARD, PER, CONFIDENCE],
    n_required: 4,
    result: Shape::Record(&STANDARDISED),
    example: "select round(r['value'], 2) as value, round(r['lower_95'], 2) as lower_95,\n       \
              round(r['upper_95'], 2) as upper_95, r['n_events'] as n_events\n\
              from (\n    \
              select dsr(n, persons, esp2013(age_band), 1000) as r\n    \
              from (values ('40-44', 20, 1000), ('45-49', 40, 1000)) as t(age_band, n, persons)\n\
              )",
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
        CONFIDENCE,
    ],
    n_required: 6,
    result: Shape::Record(&STANDARDISED),
    example: "select round(r['value'], 2) as value, round(r['lower_95'], 2) as lower_95,\n       \
              round(r['upper_95'], 2) as upper_95, r['n_events'] as n_events\n\
              from (\n    \
              select dsr_repeat(age_band, persons, esp2013(age_band), n_each, n_persons, 1000) as r\n    \
              from (values ('40-44', 1000, 1, 10), ('40-44', 1000, 2, 5), ('45-49', 1000, 4, 10))\n         \
              as t(age_band, persons, n_each, n_persons)\n\
              )",
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
        CONFIDENCE,
    ],
    n_required: 5,
    result: Shape::Record(&STANDARDISED),
    example: "select round(r['value'], 2) as value, round(r['lower_95'], 2) as lower_95,\n       \
              round(r['upper_95'], 2) as upper_95, r['n_events'] as n_events\n\
              from (\n    \
              select dsr_squares(n, squares, persons, esp2013(age_band), 1000) as r\n    \
              from (values ('40-44', 1000, 20, 30), ('45-49', 1000, 40, 160))\n         \
              as t(age_band, persons, n, squares)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::sums(
            &DSR,
            SumsOf {
                n_sums: N_BAND_SUMS,
                terms: |given, row, terms| {
                    let band = band(given, row, 0, 1);
                    add_band(&band, band.n_events, terms)
                },
                parameters_from: 3,
                finish: |sums| record(sums, 3, methods::METHOD_DOBSON),
            },
        ),
        Method::counting(&DSR_REPEAT, dsr_repeat, 4),
        Method::sums(
            &DSR_SQUARES,
            SumsOf {
                n_sums: N_BAND_SUMS,
                terms: |given, row, terms| {
                    add_band(&band(given, row, 0, 2), count(given, 1, row), terms)
                },
                parameters_from: 4,
                finish: |sums| record(sums, 4, methods::METHOD_REPEAT),
            },
        ),
    ]
}

const UNEQUAL_PER: &str = "`per` is missing or differs between rows";
const UNEQUAL_STRATUM: &str = "population or weight differs between rows of a stratum";

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

fn add_band(band: &Band, squared_events: f64, terms: &mut [f64]) -> Result<(), usize> {
    terms.copy_from_slice(&methods::band_terms(band, squared_events)?);
    Ok(())
}

/// The record of a group's sums; `per` stands at this place, the confidence after it.
fn record(sums: &Sums, per: usize, method: &'static str) -> Value {
    let totals = [0, 1, 2, 3, 4].map(|at| sums.totals[at]);
    let estimate = match (sums.fault, sums.parameter(per), sums.confidence(per + 1)) {
        _ if sums.n_rows == 0 => Err("no rows"),
        (Some(fault), ..) => Err(methods::BAND_FAULTS[fault]),
        (_, None, _) => Err(UNEQUAL_PER),
        (.., None) => Err(methods::NO_CONFIDENCE),
        (_, Some(per), Some(confidence)) => {
            Ok(methods::rate_of_sums(totals, per, confidence, method))
        }
    };
    let is_known = sums.fault.is_none() && sums.n_rows > 0;
    let estimate = estimate.unwrap_or_else(|reason| Estimate::missing(method, reason));
    standardised_record(&estimate, is_known.then_some([totals[0], totals[1]]))
}

/// The record of an estimate and, where they are known, of events and population in all.
fn standardised_record(estimate: &Estimate, totals: Option<[f64; 2]>) -> Value {
    let [n_events, population] = [0, 1].map(|at| totals.map(|totals| totals[at]));
    let counted = n_events.filter(|events| *events <= methods::MOST_EVENTS);
    let counted = counted.map(|events| events as i64);
    // A population beyond any number is left to the gate, which says so.
    estimate_record(estimate, vec![counted.into(), population.into()])
}

fn dsr_repeat(given: &Arguments) -> Value {
    let method = methods::METHOD_REPEAT;
    if given.n_rows() == 0 {
        return standardised_record(&Estimate::missing(method, "no rows"), None);
    }
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
    let sum = |of: fn(&RepeatBand) -> f64| bands.iter().map(of).sum::<f64>();
    let totals = [sum(|repeat| repeat.band.n_events), sum(|repeat| repeat.band.population)];
    let known = totals.iter().all(|total| !total.is_nan()).then_some(totals);
    if !is_consistent && bands.iter().all(|repeat| repeat.band.population.is_finite()) {
        return standardised_record(&Estimate::missing(method, UNEQUAL_STRATUM), None);
    }
    let estimate = match (given.parameter(5), given.one_confidence(6)) {
        (None, _) => Estimate::missing(method, UNEQUAL_PER),
        (_, None) => Estimate::missing(method, methods::NO_CONFIDENCE),
        (Some(per), Some(confidence)) => methods::dsr_repeat(&bands, per, confidence),
    };
    standardised_record(&estimate, known)
}
