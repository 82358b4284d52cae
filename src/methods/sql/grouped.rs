//! Proportions, means and years of life lost of a group of rows.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, estimate_of, input, output};
use super::sums::{Sums, SumsOf};
use super::value::{Value, estimate_record};
use crate::methods::{self, Band, Confidence, Estimate};

const PROPORTION_RESULT: [Output; 11] = estimate_of(
    "the proportion",
    [
        output("numerator", Shape::Number, "all numerators"),
        output("denominator", Shape::Number, "all denominators"),
    ],
);

static PROPORTION: Page = Page {
    name: "proportion",
    summary: "The proportion of a group of rows, such as areas of a ward, with Wilson's limits: \
              their numerators over their denominators.",
    formula: "As `wilson`, of the sums.",
    source: "Wilson EB. J Am Stat Assoc 1927;22:209-12.",
    inputs: &[
        input("numerator", Kind::Number, "persons or events with the property"),
        input("denominator", Kind::Number, "all of them; their sum above zero"),
        input(
            "multiplier",
            Kind::Number,
            "above zero, the same in all rows: 100 for a percentage; 1 unless given",
        ),
        CONFIDENCE,
    ],
    n_required: 2,
    result: Shape::Record(&PROPORTION_RESULT),
    example: "select ward, round(p['value'], 1) as value, round(p['lower_95'], 1) as lower_95,\n       \
              round(p['upper_95'], 1) as upper_95\n\
              from (\n    \
              select ward, proportion(n_seen, n_registered, 100) as p\n    \
              from (values ('A', 20, 60), ('A', 10, 20), ('B', 9, 10)) as t(ward, n_seen, n_registered)\n    \
              group by ward\n\
              )\norder by ward",
};

const MEAN_RESULT: [Output; 11] = estimate_of(
    "the mean",
    [
        output("n", Shape::Integer, "rows"),
        output("standard_deviation", Shape::Number, "standard deviation of the values, over n - 1"),
    ],
);

static MEAN: Page = Page {
    name: "mean_ci",
    summary: "The mean of a group's values with limits by Student's t. One row, or rows all alike, \
              have a mean and no limits.",
    formula: "`mean -/+ t(n - 1) sd / sqrt n`.",
    source: "Public Health England. Technical guide: confidence intervals. 2018.",
    inputs: &[input("value", Kind::Number, "the value of a row"), CONFIDENCE],
    n_required: 1,
    result: Shape::Record(&MEAN_RESULT),
    example: "select m['value'] as mean, round(m['lower_95'], 3) as lower_95, \
              round(m['upper_95'], 3) as upper_95\n\
              from (select mean_ci(stay_days) as m from (values (1), (2), (3)) as t(stay_days))",
};

const YEARS_LOST: [Output; 12] = estimate_of(
    "years lost per `per`, standardised for age",
    [
        output("crude", Shape::Number, "years lost per `per`, not standardised"),
        output("years_lost", Shape::Number, "years lost by all"),
        output("n_deaths", Shape::Integer, "deaths in all bands"),
    ],
);

const PER: Input =
    input("per", Kind::Number, "the base of the rate, above zero, the same in all rows");

static PYLL: Page = Page {
    name: "pyll",
    summary: "Potential years of life lost before an age such as 75, directly standardised, over one \
              row per age band below it. Null below 10 deaths.",
    formula: "`y` the years from the middle of the band to the age: `per * sum(w y d/n)`, `w = s / \
              sum s`; `var = sum(w^2 y^2 d/n^2)`; limits as `dsr`.",
    source: "Romeder JM, McWhinnie JR. Int J Epidemiol 1977;6:143-51; Dobson AJ and others. Stat Med \
             1991;10:457-62.",
    inputs: &[
        input("n_deaths", Kind::Integer, "deaths in the band"),
        input("years_per_death", Kind::Number, "such as 75 less the middle of the band"),
        input("population", Kind::Number, "persons or person-time of the band, above zero"),
        input("standard_population", Kind::Number, "weight of the band"),
        PER,
        CONFIDENCE,
    ],
    n_required: 5,
    result: Shape::Record(&YEARS_LOST),
    example: "select p['years_lost'] as years_lost, round(p['value'], 1) as value, \
              round(p['crude'], 1) as crude\n\
              from (\n    select pyll(n_deaths, 75 - middle, population, weight, 1000) as p\n    \
              from (values (5, 40, 2000, 7000), (8, 60, 1000, 6000)) as t(n_deaths, middle, population, weight)\n)",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    let proportion_sums =
        SumsOf { n_sums: 2, terms: share, parameters_from: 2, finish: proportion };
    let years_sums =
        SumsOf { n_sums: N_YEARS_SUMS, terms: years, parameters_from: 4, finish: years_lost };
    vec![
        Method::sums(&PROPORTION, proportion_sums),
        Method::aggregate(&MEAN, mean),
        Method::sums(&PYLL, years_sums),
    ]
}

const NO_SHARE: &str = "a numerator or denominator is missing, negative or not finite, or the \
                        numerator above the denominator";
const WILSON: &str = "Wilson";

fn share(given: &Arguments, row: usize, terms: &mut [f64]) -> Result<(), usize> {
    let [numerator, denominator] = [0, 1].map(|at| given.number_or_nan(at, row));
    if !(denominator.is_finite() && (0.0..=denominator).contains(&numerator)) {
        return Err(0);
    }
    terms.copy_from_slice(&[numerator, denominator]);
    Ok(())
}

fn proportion(sums: &Sums) -> Value {
    let [numerator, denominator] = [0, 1].map(|at| sums.totals[at]);
    let multiplier = if sums.has(2) { sums.parameter(2) } else { Some(1.0) };
    let estimate = match (multiplier, sums.confidence(3)) {
        _ if sums.n_rows == 0 => Err("no rows"),
        _ if sums.fault.is_some() => Err(NO_SHARE),
        (None, _) => Err("`multiplier` is missing or differs between rows"),
        (_, None) => Err(methods::NO_CONFIDENCE),
        (Some(multiplier), Some(confidence)) => {
            Ok(methods::wilson(numerator, denominator, multiplier, confidence))
        }
    };
    let is_known = sums.n_rows > 0 && sums.fault.is_none();
    let totals = [numerator, denominator].map(|total| is_known.then_some(total).into());
    let estimate = estimate.unwrap_or_else(|reason| Estimate::missing(WILSON, reason));
    estimate_record(&estimate, totals.into())
}

fn mean(given: &Arguments) -> Value {
    let values: Vec<f64> = given.rows().map(|row| given.number_or_nan(0, row)).collect();
    let confidence = given.one_confidence(1);
    let found = methods::mean(&values, confidence.unwrap_or(Confidence::P95));
    let (estimate, deviation) = match confidence {
        Some(_) => (found.estimate, found.standard_deviation),
        None => (Estimate::missing(found.estimate.method, methods::NO_CONFIDENCE), None),
    };
    estimate_record(&estimate, vec![given.n_rows().into(), deviation.into()])
}

/// Those of a rate, and the years.
const N_YEARS_SUMS: usize = methods::N_BAND_SUMS + 1;

fn years(given: &Arguments, row: usize, terms: &mut [f64]) -> Result<(), usize> {
    let n_deaths = given.integer(0, row).map_or(f64::NAN, |deaths| deaths as f64);
    let years = given.number_or_nan(1, row);
    if !(years.is_finite() && years > 0.0) {
        return Err(methods::BAND_FAULTS.len());
    }
    let band = Band {
        n_events: n_deaths,
        population: given.number_or_nan(2, row),
        standard_population: given.number_or_nan(3, row),
    };
    let [deaths, population, weight, rate, squares] = methods::band_terms(&band, n_deaths)?;
    let of_years = [years * rate, years * years * squares, years * deaths];
    terms[..3].copy_from_slice(&[deaths, population, weight]);
    terms[3..].copy_from_slice(&of_years);
    Ok(())
}

fn years_lost(sums: &Sums) -> Value {
    let method = methods::METHOD_DOBSON;
    let totals = &sums.totals;
    let of_band = [0, 1, 2, 3, 4].map(|at| totals[at]);
    let fault = sums.fault.map(|fault| {
        let own =
            "years per death are missing, not finite or not above zero: leave older bands out";
        methods::BAND_FAULTS.get(fault).copied().unwrap_or(own)
    });
    let per = sums.parameter(4);
    let estimate = match (fault, per, sums.confidence(5)) {
        _ if sums.n_rows == 0 => Err("no rows"),
        (Some(fault), ..) => Err(fault),
        (_, None, _) => Err("`per` is missing or differs between rows"),
        (.., None) => Err(methods::NO_CONFIDENCE),
        (_, Some(per), Some(confidence)) => {
            Ok(methods::rate_of_sums(of_band, per, confidence, method))
        }
    };
    let estimate = estimate.unwrap_or_else(|reason| Estimate::missing(method, reason));
    let is_known = sums.n_rows > 0 && fault.is_none();
    let known = |total: f64| is_known.then_some(total);
    let crude = known(totals[5] / totals[1]).zip(per.filter(|per| per.is_finite() && *per > 0.0));
    let n_deaths = known(totals[0]).filter(|deaths| *deaths <= methods::MOST_EVENTS);
    let between = vec![
        crude.map(|(crude, per)| crude * per).into(),
        known(totals[5]).into(),
        n_deaths.map(|deaths| deaths as i64).into(),
    ];
    estimate_record(&estimate, between)
}
