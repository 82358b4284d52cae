//! How much areas differ, and where each stands among them.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Input, Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::value::Value;
use crate::methods::{self, AreaEvents, ObservedExpected};

const VALUE: Input = input("value", Kind::Number, "the area's rate or ratio, not negative");
const N_AREAS: Output = output("n_areas", Shape::Integer, "areas");

static SCV: Page = Page {
    name: "scv",
    summary: "Systematic component of variation between areas, times 100: what is left of the spread of \
              observed over expected events once chance is taken off (below zero where it explains more \
              than all), with the chi-squared test of no difference.",
    formula: "`100/k sum(((O - E)^2 - E) / E^2)`; `chi^2 = sum((O - E)^2 / E)` at `k - 1` degrees of freedom.",
    source: "McPherson K and others. N Engl J Med 1982;307:1310-4.",
    inputs: &[
        input("observed", Kind::Number, "events of the area"),
        input(
            "expected",
            Kind::Number,
            "events expected of it, above zero, at rates of all areas together: other rates would count as variation",
        ),
    ],
    n_required: 2,
    result: Shape::Record(&[
        output("value", Shape::Number, "the systematic component, times 100"),
        output("chi_square", Shape::Number, "chi-squared statistic of no difference"),
        output("p_value", Shape::Number, "its p value"),
        N_AREAS,
        METHOD,
        WHY,
    ]),
    example: "select round(v['value'], 3) as scv, round(v['chi_square'], 3) as chi_square, \
              round(v['p_value'], 4) as p_value\n\
              from (select scv(n, expected) as v from (values (15, 10), (5, 10)) as t(n, expected))",
};

const NUMBER: &[Output] = &[output("value", Shape::Number, "the measure"), N_AREAS, METHOD, WHY];

static EXTREMAL_QUOTIENT: Page = Page {
    name: "extremal_quotient",
    summary: "The highest value of the areas over the lowest. It grows with the number of areas and \
              with chance: read it beside `scv`.",
    formula: "`max / min`.",
    source: "Diehr P. Health Serv Res 1984;19:741-68.",
    inputs: &[VALUE],
    n_required: 1,
    result: Shape::Record(NUMBER),
    example: "select extremal_quotient(rate)['value'] as quotient from (values (2), (8), (4)) as t(rate)",
};

static INTERDECILE_RATIO: Page = Page {
    name: "interdecile_ratio",
    summary: "The ninth decile of the areas' values over the first: an extremal quotient that the ends \
              do not decide.",
    formula: "Deciles between two values by linear interpolation (R's type 7).",
    source: "Hyndman RJ, Fan Y. Am Stat 1996;50:361-5.",
    inputs: &[VALUE],
    n_required: 1,
    result: Shape::Record(NUMBER),
    example: "select interdecile_ratio(rate)['value'] as ratio\n\
              from (values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11)) as t(rate)",
};

static COEFFICIENT_OF_VARIATION: Page = Page {
    name: "coefficient_of_variation",
    summary: "The standard deviation of the areas' values over their mean.",
    formula: "`sd / mean`, `sd` over `n - 1`.",
    source: "Diehr P and others. Health Serv Res 1990;24:741-68.",
    inputs: &[VALUE],
    n_required: 1,
    result: Shape::Record(NUMBER),
    example: "select round(coefficient_of_variation(rate)['value'], 4) as cv\n\
              from (values (2), (8), (5)) as t(rate)",
};

static GINI: Page = Page {
    name: "gini",
    summary: "Gini coefficient of a value over persons or areas: 0 where all have the same, towards 1 \
              where few have all.",
    formula: "`1 - sum(p (L_before + L))`, `L` the cumulative share of `value * population` in order of \
              the value, `p` the share of the population.",
    source: "Gini C. 1912; Lorenz MO. Publ Am Stat Assoc 1905;9:209-19.",
    inputs: &[VALUE, input("population", Kind::Number, "persons, above zero; 1 unless given")],
    n_required: 1,
    result: Shape::Record(NUMBER),
    example: "select gini(rate, persons)['value'] as gini from (values (0, 10), (5, 10)) as t(rate, persons)",
};

static EMPIRICAL_BAYES: Page = Page {
    name: "empirical_bayes",
    summary: "Each area's rate, drawn towards the rate of all areas in the window the more, the smaller \
              the area is: what to map where areas are small.",
    formula: "`m = sum x / sum n`; `A = max(0, sum n (x/n - m)^2 / sum n - m / mean n)`; `m + A / (A + \
              m/n) (x/n - m)`, times `per`.",
    source: "Marshall RJ. Appl Stat 1991;40:283-94.",
    inputs: &[
        input("n_events", Kind::Number, "events of the area"),
        input("population", Kind::Number, "persons or person-time, above zero"),
        input("per", Kind::Number, "the base of the rate, above zero; 1 unless given"),
    ],
    n_required: 2,
    result: Shape::Record(&[
        output("value", Shape::Number, "the rate, drawn in"),
        output("weight", Shape::Number, "weight of the area's own rate in it, 0 to 1"),
        output("baseline", Shape::Number, "the rate of all areas"),
        output("between", Shape::Number, "variance between the areas' true rates"),
        METHOD,
        WHY,
    ]),
    example: "select area, round(e['value'], 2) as value, round(e['weight'], 3) as weight\n\
              from (\n    select area, empirical_bayes(n, persons, 1000) over () as e\n    \
              from (values ('A', 1, 50), ('B', 60, 1000), ('C', 20, 1000)) as t(area, n, persons)\n)\norder by area",
};

static QUANTILE: Page = Page {
    name: "quantile",
    summary: "The group of a row among the rows of its window, by its value: 1 for the lowest of \
              `n_groups` groups of equal size, or, inverted, for the highest. Rows without a value have \
              none, and none do if there are fewer values than groups.",
    formula: "`k + 1 - ceil((n + 1 - rank) k / n)`, `rank` the lowest among values that are alike.",
    source: "PHEindicatormethods, `phe_quantile`.",
    inputs: &[
        input("value", Kind::Number, "the value of the row"),
        input("n_groups", Kind::Integer, "5 for fifths; the same in all rows"),
        input("is_inverted", Kind::Flag, "whether 1 is the highest; false; the same in all rows"),
    ],
    n_required: 2,
    result: Shape::Record(&[output("value", Shape::Integer, "the group, from 1"), METHOD, WHY]),
    example: "select area, quantile(imd, 2) over ()['value'] as half, quantile(imd, 2, true) over ()['value'] as turned\n\
              from (values ('A', 40.5), ('B', 12.1), ('C', 33.0), ('D', 8.7)) as t(area, imd)\norder by area",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&SCV, scv),
        Method::aggregate(&EXTREMAL_QUOTIENT, |given| {
            measure(given, "extremal quotient", methods::extremal_quotient(&values(given)))
        }),
        Method::aggregate(&INTERDECILE_RATIO, |given| {
            measure(given, "interdecile ratio, type 7", methods::interdecile_ratio(&values(given)))
        }),
        Method::aggregate(&COEFFICIENT_OF_VARIATION, |given| {
            let found = methods::coefficient_of_variation(&values(given));
            measure(given, "coefficient of variation", found)
        }),
        Method::aggregate(&GINI, gini),
        Method::window(&EMPIRICAL_BAYES, empirical_bayes),
        Method::window(&QUANTILE, quantile),
    ]
}

fn values(given: &Arguments) -> Vec<f64> {
    given.rows().map(|row| given.number_or_nan(0, row)).collect()
}

fn measure(given: &Arguments, method: &'static str, found: Result<f64, &'static str>) -> Value {
    let found = if given.n_rows() == 0 { Err("no rows") } else { found };
    Value::Record(vec![found.ok().into(), given.n_rows().into(), method.into(), found.err().into()])
}

fn scv(given: &Arguments) -> Value {
    let area = |row| ObservedExpected {
        observed: given.number_or_nan(0, row),
        expected: given.number_or_nan(1, row),
    };
    let areas: Vec<ObservedExpected> = given.rows().map(area).collect();
    let found = methods::systematic_variation(&areas);
    Value::Record(vec![
        found.ok().map(|found| found.scv).into(),
        found.ok().map(|found| found.chi_square).into(),
        found.ok().map(|found| found.p_value).into(),
        given.n_rows().into(),
        "McPherson's systematic component of variation".into(),
        found.err().into(),
    ])
}

fn gini(given: &Arguments) -> Value {
    let population = |row| if given.has(1) { given.number_or_nan(1, row) } else { 1.0 };
    let areas: Vec<(f64, f64)> =
        given.rows().map(|row| (given.number_or_nan(0, row), population(row))).collect();
    measure(given, "Gini, weighted by population", methods::gini(&areas))
}

fn empirical_bayes(given: &Arguments) -> Vec<Value> {
    let area = |row| AreaEvents {
        n_events: given.number_or_nan(0, row),
        population: given.number_or_nan(1, row),
    };
    let areas: Vec<AreaEvents> = given.rows().map(area).collect();
    let per = if given.has(2) { given.parameter(2) } else { Some(1.0) };
    let method = || Value::from(methods::METHOD_SHRINKAGE);
    match methods::empirical_bayes(&areas, per.unwrap_or(f64::NAN)) {
        Ok(shrunk) => {
            let shared = [shrunk.baseline, shrunk.between];
            let record = |(rate, weight): (f64, f64)| {
                let own = [rate, weight].into_iter().chain(shared).map(Value::from);
                Value::Record(own.chain([method(), Value::Null]).collect())
            };
            shrunk.rates.into_iter().map(record).collect()
        }
        Err(reason) => {
            let missing = || {
                let mut record = vec![Value::Null; 4];
                record.extend([method(), reason.into()]);
                Value::Record(record)
            };
            given.rows().map(|_| missing()).collect()
        }
    }
}

fn quantile(given: &Arguments) -> Vec<Value> {
    let first = given.rows().next();
    let integer = |row| given.integer(1, row);
    let n_groups =
        first.and_then(integer).filter(|n| given.rows().all(|row| integer(row) == Some(*n)));
    let flag = |row| if given.has(2) { given.flag(2, row) } else { Some(false) };
    let is_inverted =
        first.and_then(flag).filter(|is| given.rows().all(|row| flag(row) == Some(*is)));
    let n_groups = n_groups.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let groups = match is_inverted {
        Some(is_inverted) => methods::quantiles(&values(given), n_groups, is_inverted),
        None => Err("`is_inverted` is missing or differs between rows"),
    };
    let record = |row: usize| {
        let group = groups.as_ref().ok().and_then(|groups| groups[row]);
        let no_value = group.is_none().then_some("the value is missing or not finite");
        let reason = groups.as_ref().err().copied().or(no_value);
        Value::Record(vec![group.into(), methods::METHOD_QUANTILE.into(), reason.into()])
    };
    given.rows().map(record).collect()
}
