//! Inequality between groups ranked by deprivation.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, estimate_of, input, output};
use super::value::{Value, estimate_record};
use crate::methods::{
    self, Confidence, Estimate, RankedGroup, SlopeIndex, SlopeKind, SlopeOptions, TrendPoint,
};

const SII_RESULT: [Output; 10] = estimate_of(
    "the slope index: least less most deprived",
    [output("intercept", Shape::Number, "the line at the most deprived end, before `multiplier`")],
);

const RII_RESULT: [Output; 10] = estimate_of(
    "the relative index: least to most deprived",
    [output("intercept", Shape::Number, "the line at the most deprived end")],
);

const RANK: Input =
    input("rank", Kind::Number, "place of the group, the most deprived lowest; no two alike");
const POPULATION: Input = input("population", Kind::Number, "persons in the group, above zero");
const VALUE_LOWER: Input = input("lower_95", Kind::Number, "lower 95 % limit of the value");
const VALUE_UPPER: Input = input("upper_95", Kind::Number, "upper 95 % limit of the value");

const SLOPE_INPUTS: &[Input] = &[
    RANK,
    POPULATION,
    input("value", Kind::Number, "mean, rate or proportion of the group"),
    VALUE_LOWER,
    VALUE_UPPER,
    input("kind", Kind::Text, "`mean`, `rate` or `proportion` (in 0..1), the same in all rows"),
    input("is_transformed", Kind::Flag, "fit to logs of rates, logits of proportions; false"),
    input("multiplier", Kind::Number, "of the slope index; below zero turns both round; 1"),
    input("n_draws", Kind::Integer, "0 for the closed form, or 2,000 to 1,000,000 draws; 0"),
    input("seed", Kind::Integer, "of the draws: the same seed, the same limits; 1"),
    CONFIDENCE,
];

const SLOPE_SOURCE: &str = "PHEindicatormethods, `phe_sii`; Moreno-Betancur M and others. \
                            Epidemiology 2015;26:518-27.";

static SII: Page = Page {
    name: "sii",
    summary: "Slope index of inequality over one row per group, such as tenths of deprivation: the \
              difference between the ends of the line through the ranked groups. Without limits of \
              every group it has a value and no limits.",
    formula: "`b` the middle of each group's share of the ranked population; least squares of the \
              value (or its log, logit) on `b`, weighted by population; `multiplier * (line(1) - \
              line(0))`. A group's error is the width of its limits over 2 * 1.96, on the log scale \
              for rates, the logit scale for proportions. Closed form: `-/+ z sqrt(sum c^2 se^2)`, \
              `c` by the delta method; simulated: percentiles over seeded draws (type 7).",
    source: SLOPE_SOURCE,
    inputs: SLOPE_INPUTS,
    n_required: 6,
    result: Shape::Record(&SII_RESULT),
    example: "select round(r['value'], 3) as value, round(r['lower_95'], 3) as lower_95,\n       \
              round(r['upper_95'], 3) as upper_95\n\
              from (\n    \
              select sii(fifth, 100, v, v - 1, v + 1, 'mean') as r\n    \
              from (values (1, 11.0), (2, 13.0), (3, 15.0), (4, 17.0), (5, 19.0)) as t(fifth, v)\n\
              )",
};

static RII: Page = Page {
    name: "rii",
    summary: "Relative index of inequality, of the same line as `sii`: the ratio of its ends. Null \
              where the line does not stay above zero. A multiplier below zero, and no other, turns \
              it round.",
    formula: "`line(1) / line(0)`. Closed form: `* exp(-/+ z se)`, `se` that of its log by the delta \
              method (exact for transformed rates); simulated: percentiles over seeded draws.",
    source: SLOPE_SOURCE,
    inputs: SLOPE_INPUTS,
    n_required: 6,
    result: Shape::Record(&RII_RESULT),
    example: "select round(r['value'], 3) as value, round(r['intercept'], 3) as most_deprived\n\
              from (\n    \
              select rii(fifth, 100, v, v - 1, v + 1, 'mean') as r\n    \
              from (values (1, 11.0), (2, 13.0), (3, 15.0), (4, 17.0), (5, 19.0)) as t(fifth, v)\n\
              )",
};

const CONCENTRATION_RESULT: [Output; 10] = estimate_of(
    "the index",
    [output("standard_error", Shape::Number, "standard error of the index")],
);

static CONCENTRATION: Page = Page {
    name: "concentration_index",
    summary: "Concentration index of a value over persons or groups ranked from poorest to richest: \
              below zero where the poorest have more than their share. Rows of one rank share it. \
              With limits of the values its error comes from them, without from a regression.",
    formula: "`C = 2 sum(f v r) / mean - 1`, `f` the share of the population, `r` its middle. With \
              limits: `se^2 = sum((f (2r - 1 - C) / mean)^2 se_v^2)`, normal limits. Without: the \
              error of the slope of `2 var(r) v / mean` on `r`, weighted by population, t limits.",
    source: "Kakwani N and others. J Econometrics 1997;77:87-103; O'Donnell O and others. Analyzing \
             Health Equity Using Household Survey Data. World Bank 2008, chapter 8.",
    inputs: &[
        input("rank", Kind::Number, "place of the row, the poorest lowest"),
        POPULATION,
        input("value", Kind::Number, "what is distributed; its mean must be above zero"),
        VALUE_LOWER,
        VALUE_UPPER,
        CONFIDENCE,
    ],
    n_required: 3,
    result: Shape::Record(&CONCENTRATION_RESULT),
    example: "select round(r['value'], 4) as value, round(r['standard_error'], 4) as standard_error\n\
              from (\n    \
              select concentration_index(half, 100, v, v - 1, v + 1) as r\n    \
              from (values (1, 1.0), (2, 3.0)) as t(half, v)\n\
              )",
};

const POOREST_FASTEST_RESULT: [Output; 13] = estimate_of(
    "slope of the poorest less slope of the rest",
    [
        output("slope_poorest", Shape::Number, "change per period of the most deprived"),
        output("slope_rest", Shape::Number, "change per period of the rest"),
        output("standard_error", Shape::Number, "standard error of the difference"),
        output("p_value", Shape::Number, "two-sided p value of no difference"),
    ],
);

static POOREST_FASTEST: Page = Page {
    name: "poorest_fastest",
    summary: "Whether the poorest improve the fastest: the slope of the most deprived less that of \
              the rest, over one row per group and period (or per area and period). Errors are taken \
              to be independent: over many short periods the limits are too narrow.",
    formula: "One line for each group by least squares; `var = s^2 (1/Sxx_poorest + 1/Sxx_rest)`, \
              `s^2` the residual sum of squares over `n - 4`; limits by Student's t: the interaction \
              of group and period in one regression.",
    source: "Draper NR, Smith H. Applied Regression Analysis. 1998, chapter 14.",
    inputs: &[
        input("period", Kind::Number, "year, or any unit that slopes are to be per"),
        input("is_poorest", Kind::Flag, "true for the most deprived, false for the rest"),
        input("value", Kind::Number, "rate or mean of the group then"),
        input("is_relative", Kind::Flag, "slopes of logs: relative changes; false"),
        CONFIDENCE,
    ],
    n_required: 3,
    result: Shape::Record(&POOREST_FASTEST_RESULT),
    example: "select r['value'] as difference, round(r['standard_error'], 4) as standard_error,\n       \
              r['slope_poorest'] as poorest, r['slope_rest'] as rest\n\
              from (\n    \
              select poorest_fastest(year, fifth = 1, rate) as r\n    \
              from (values (2021, 1, 11.0), (2022, 1, 6.0), (2023, 1, 7.0), (2021, 2, 5.0), (2022, 2, 4.5), (2023, 2, 4.0))\n         \
              as t(year, fifth, rate)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&SII, |given| slope_record(given, |index| index.sii)),
        Method::aggregate(&RII, |given| slope_record(given, |index| index.rii)),
        Method::aggregate(&CONCENTRATION, concentration_index),
        Method::aggregate(&POOREST_FASTEST, poorest_fastest),
    ]
}

fn slope_record(given: &Arguments, index: fn(&SlopeIndex) -> Estimate) -> Value {
    match options(given) {
        Ok(options) => {
            let result = methods::slope_index(&groups(given), &options);
            estimate_record(&index(&result), vec![result.intercept.into()])
        }
        Err(reason) => {
            let missing = Estimate::missing("weighted least squares", reason);
            estimate_record(&missing, vec![Value::Null])
        }
    }
}

fn options(given: &Arguments) -> Result<SlopeOptions, &'static str> {
    if given.n_rows() == 0 {
        return Err("no rows");
    }
    let kind = given.word(5).and_then(SlopeKind::of).ok_or(methods::NO_SLOPE_KIND)?;
    let flag =
        given.flag(6, 0).filter(|flag| given.rows().all(|row| given.flag(6, row) == Some(*flag)));
    let integer = |at: usize| {
        let first = given.integer(at, 0)?;
        given.rows().all(|row| given.integer(at, row) == Some(first)).then_some(first)
    };
    let unless =
        |at: usize, otherwise: i64| if given.has(at) { integer(at) } else { Some(otherwise) };
    let is_transformed = if given.has(6) { flag } else { Some(false) };
    let multiplier = if given.has(7) { given.parameter(7) } else { Some(1.0) };
    let confidence = given.one_confidence(10).ok_or(methods::NO_CONFIDENCE)?;
    match (is_transformed, multiplier, unless(8, 0), unless(9, 1)) {
        (Some(is_transformed), Some(multiplier), Some(n_draws), Some(seed)) => {
            let seed = seed.cast_unsigned();
            Ok(SlopeOptions { kind, is_transformed, multiplier, n_draws, seed, confidence })
        }
        _ => Err("an option is missing or differs between rows"),
    }
}

/// Rank, population, value and limits from the first five arguments; rows come in order of rank.
fn groups(given: &Arguments) -> Vec<RankedGroup> {
    let group = |row| RankedGroup {
        rank: given.number_or_nan(0, row),
        population: given.number_or_nan(1, row),
        value: given.number_or_nan(2, row),
        limits_95: given.number(3, row).zip(given.number(4, row)),
    };
    given.rows().map(group).collect()
}

fn concentration_index(given: &Arguments) -> Value {
    let confidence = given.one_confidence(5);
    let result =
        methods::concentration_index(&groups(given), confidence.unwrap_or(Confidence::P95));
    if confidence.is_none() {
        let missing = Estimate::missing(result.index.method, methods::NO_CONFIDENCE);
        return estimate_record(&missing, vec![Value::Null]);
    }
    estimate_record(&result.index, vec![result.standard_error.into()])
}

fn poorest_fastest(given: &Arguments) -> Value {
    let point = |row| TrendPoint {
        period: given.number_or_nan(0, row),
        is_poorest: given.flag(1, row),
        value: given.number_or_nan(2, row),
    };
    let points: Vec<TrendPoint> = given.rows().map(point).collect();
    let is_relative = given.n_rows() > 0 && given.has(3) && given.flag(3, 0) == Some(true);
    let is_one = !given.has(3) || given.rows().all(|row| given.flag(3, row) == Some(is_relative));
    let confidence = given.one_confidence(4);
    let result =
        methods::poorest_fastest(&points, is_relative, confidence.unwrap_or(Confidence::P95));
    let between = [result.slope_poorest, result.slope_rest, result.standard_error, result.p_value];
    let reason = match confidence {
        Some(_) if is_one => {
            return estimate_record(&result.difference, between.map(Value::from).into());
        }
        Some(_) => "`is_relative` is missing or differs between rows",
        None => methods::NO_CONFIDENCE,
    };
    let missing = Estimate::missing(result.difference.method, reason);
    estimate_record(&missing, vec![Value::Null; between.len()])
}

#[cfg(test)]
mod tests;
