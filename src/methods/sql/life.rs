//! Life expectancy, and what ages and causes add to a gap in it.

use std::cmp::Ordering;

use super::arguments::Arguments;
use super::method::Method;
use super::page::{
    CONFIDENCE, Input, Kind, METHOD, Output, Page, Shape, WHY, estimate_of, input, output,
};
use super::value::{Value, estimate_record};
use crate::methods::{self, CauseBand, Estimate, LifeBand};

const AGE_FROM: Input = input("age_from", Kind::Number, "age at which the band starts");
const AGE_TO: Input =
    input("age_to", Kind::Number, "age at which the next starts; null for the last, open band");

const LIFE: [Output; 11] = estimate_of(
    "years left to live",
    [
        output("n_deaths", Shape::Number, "deaths from that age on"),
        output("population", Shape::Number, "persons or person-years from that age on"),
    ],
);

static LIFE_EXPECTANCY: Page = Page {
    name: "life_expectancy",
    summary: "Life expectancy at birth or at the start of any age band, over one row per band. Null \
              with 5,000 persons or fewer, in a band without persons or with more deaths than persons, \
              without deaths in the last band, and where a band is left out; the value alone is null \
              where the 95 % limits lie more than 20 years apart.",
    formula: "`M = D/P`, `q = nM / (1 + nM (1 - a))`, `a` .1 in the band from 0 to 1 and .5 elsewhere; last \
              band `q = 1`, `L = l/M`; `e = T/l`. `var(e_x) = sum l^2 ((1-a) n + e_next)^2 q^2 (1-q)/D / \
              l_x^2`, the last band `(l/2)^2 4 / (D M^2)`.",
    source: "Chiang CL. The Life Table and its Applications. 1984; Silcocks PBS and others. J Epidemiol \
             Community Health 2001;55:38-43; PHEindicatormethods.",
    inputs: &[
        AGE_FROM,
        AGE_TO,
        input("n_deaths", Kind::Number, "deaths in the band"),
        input("population", Kind::Number, "persons or person-years of the band, above zero"),
        input("at_age", Kind::Number, "where a band starts, the same in all rows; the first"),
        CONFIDENCE,
    ],
    n_required: 4,
    result: Shape::Record(&LIFE),
    example: "select e['value'] as years, round(e['lower_95'], 2) as lower_95, \
              round(e['upper_95'], 2) as upper_95\n\
              from (\n    select life_expectancy(age, age_to, deaths, persons) as e\n    \
              from (values (0, null, 200, 10000)) as t(age, age_to, deaths, persons)\n)",
};

static CONTRIBUTION: Page = Page {
    name: "life_expectancy_contribution",
    summary: "The years that each row, an age band or a cause of death in one, adds to the gap between \
              the life expectancy of the rows of the window and that of a reference. All rows together \
              make the gap. Null where the causes of a band cancel out. No area is too small for it: whether an area \
              has a life expectancy that can be published says `life_expectancy`.",
    formula: "`l1 (L2/l2 - L1/l1) + T2_next (l1/l2 - l1_next/l2_next)`, 1 the reference; the last band `l1 \
              (T2/l2 - T1/l1)`; a cause has the share of the difference in the band's death rates that it \
              makes.",
    source: "Arriaga EE. Demography 1984;21:83-96.",
    inputs: &[
        AGE_FROM,
        AGE_TO,
        input("n_deaths", Kind::Number, "deaths in the band, of the cause"),
        input("population", Kind::Number, "all persons of the band, the same in its rows"),
        input("reference_deaths", Kind::Number, "those deaths in the reference"),
        input("reference_population", Kind::Number, "all persons of the reference's band"),
    ],
    n_required: 6,
    result: Shape::Record(&[
        output("value", Shape::Number, "years that the row adds to the gap"),
        output("gap", Shape::Number, "life expectancy less that of the reference"),
        output("life_expectancy", Shape::Number, "at the start of the first band"),
        output("reference", Shape::Number, "that of the reference"),
        METHOD,
        WHY,
    ]),
    example: "select cause, round(c['value'], 3) as years, round(c['gap'], 3) as gap\n\
              from (\n    select cause, life_expectancy_contribution(0, null, n, 1000, m, 1000) over () as c\n    \
              from (values ('heart', 15, 10), ('other', 10, 10)) as t(cause, n, m)\n)\norder by cause",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&LIFE_EXPECTANCY, life_expectancy),
        Method::window(&CONTRIBUTION, contributions),
    ]
}

fn life_expectancy(given: &Arguments) -> Value {
    let band = |row| LifeBand {
        age_from: given.number_or_nan(0, row),
        age_to: given.number(1, row),
        n_deaths: given.number_or_nan(2, row),
        population: given.number_or_nan(3, row),
    };
    // Rows come in order of their first argument, the age.
    let bands: Vec<LifeBand> = given.rows().map(band).collect();
    let age = if given.has(4) { given.parameter(4).map(Some) } else { Some(None) };
    let refuse = |reason| Estimate::missing(methods::METHOD_LIFE, reason);
    let (estimate, totals) = match (age, given.one_confidence(5)) {
        _ if bands.is_empty() => (refuse("no rows"), [None, None]),
        (None, _) => (refuse("`at_age` is missing or differs between rows"), [None, None]),
        (_, None) => (refuse(methods::NO_CONFIDENCE), [None, None]),
        (Some(age), Some(confidence)) => {
            let found = methods::life_expectancy(&bands, age, confidence);
            (found.estimate, [found.n_deaths, found.population])
        }
    };
    estimate_record(&estimate, totals.map(Value::from).into())
}

fn contributions(given: &Arguments) -> Vec<Value> {
    let [age, n, persons, m, reference] =
        [0, 2, 3, 4, 5].map(|at| move |row: usize| given.number_or_nan(at, row));
    let band = |row| CauseBand {
        age_from: age(row),
        age_to: given.number(1, row),
        n_deaths: n(row),
        population: persons(row),
        reference_deaths: m(row),
        reference_population: reference(row),
    };
    let mut rows: Vec<(usize, CauseBand)> = given.rows().map(|row| (row, band(row))).collect();
    rows.sort_by(|(_, a), (_, b)| in_order(a, b));
    let ordered: Vec<CauseBand> = rows.iter().map(|(_, band)| *band).collect();
    let found = methods::gap_contributions(&ordered);
    let mut results = vec![Value::Null; given.n_rows()];
    for (place, (row, _)) in rows.iter().enumerate() {
        let (numbers, reason) = match &found {
            Err(reason) => ([None; 4], Some(*reason)),
            Ok(found) => {
                let (own, other) = (found.life_expectancy, found.reference);
                let years = found.years[place];
                let no_share = "the causes of the band cancel out";
                let numbers = [years, Some(own - other), Some(own), Some(other)];
                (numbers, years.is_none().then_some(no_share))
            }
        };
        let mut record: Vec<Value> = numbers.map(Value::from).into();
        record.extend([methods::METHOD_ARRIAGA.into(), reason.into()]);
        results[*row] = Value::Record(record);
    }
    results
}

/// By age; rows of one band in an order of their own, so that sums are the same whatever theirs is.
fn in_order(a: &CauseBand, b: &CauseBand) -> Ordering {
    let key = |row: &CauseBand| [row.age_from, row.n_deaths, row.reference_deaths, row.population];
    let pairs = key(a).into_iter().zip(key(b));
    pairs.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
