//! The population to come, in SQL.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::value::Value;
use crate::methods::{self, CohortBand, ProjectedBand, ProjectedStep, Projection};

const BAND: &[Output] = &[
    output("years", Shape::Integer, "years from the beginning, which is 0"),
    output("is_female", Shape::Flag, "women, or men"),
    output("age_from", Shape::Integer, "first age of the band"),
    output("population", Shape::Number, "persons, not rounded"),
];

const STEP: &[Output] = &[
    output("years", Shape::Integer, "years from the beginning to the step's end"),
    output("population", Shape::Number, "persons then"),
    output("births", Shape::Number, "live births in the step"),
    output("deaths", Shape::Number, "deaths in the step"),
    output("net_migration", Shape::Number, "persons who came less those who went"),
];

const RESULT: &[Output] = &[
    output("bands", Shape::Records(BAND), "every band after each step, to `unnest`"),
    output("steps", Shape::Records(STEP), "every step, to `unnest`"),
    METHOD,
    WHY,
];

static PROJECT_POPULATION: Page = Page {
    name: "project_population",
    summary: "The population to come by the cohort-component method, over one row per sex and age \
              band, in steps of as many years as a band has, if rates stay what they are: it says \
              what follows from them, not what will be. Bands are single years or wider, all of the \
              same width, the last open.",
    formula: "`q = n m / (1 + (n - a) m)`, `a = n / 2` (0.1 of age 0 in single years); `L = n l_next + \
              a (l - l_next)`, of the open band `l / m`; survivors `L_next / L`, of the last two bands \
              together `T / (T + L)`; half of `net_migration` at the beginning of a step, half at its \
              end; births `n sum f (women at the beginning + at the end) / 2`, of them `L_0 / n` alive \
              at the end.",
    source: "Preston SH, Heuveline P, Guillot M. Demography. 2001, chapter 6.",
    inputs: &[
        input("is_female", Kind::Flag, "women, or men"),
        input("age_from", Kind::Integer, "first age of the band in completed years, from 0"),
        input("population", Kind::Number, "persons at the beginning"),
        input("death_rate", Kind::Number, "deaths per person-year; of the open band above zero"),
        input(
            "birth_rate",
            Kind::Number,
            "live births per person-year of women, zero in the first band; not read of men",
        ),
        input("net_migration", Kind::Number, "who come less who go, over one step"),
        input("n_steps", Kind::Integer, "1 to 200, the same in all rows"),
        input("female_share", Kind::Number, "girls of all births; 100 / 205 unless given"),
    ],
    n_required: 7,
    result: Shape::Record(RESULT),
    example: "select s['years'] as years, round(s['population'], 1) as population, round(s['births'], 1) as births,\n       \
              round(s['deaths'], 1) as deaths, s['net_migration'] as net_migration\n\
              from (\n    \
              select unnest(project_population(is_female, age, persons, m, f, net, 2)['steps']) as s\n    \
              from (values (true, 0, 900, 0.001, 0, 5), (true, 20, 1000, 0.001, 0.05, 20), (true, 40, 1100, 0.004, 0.01, 0),\n                 \
              (true, 60, 800, 0.03, 0, -10), (false, 0, 950, 0.001, 0, 5), (false, 20, 1000, 0.002, 0, 20),\n                 \
              (false, 40, 1050, 0.006, 0, 0), (false, 60, 700, 0.04, 0, -10)) as t(is_female, age, persons, m, f, net)\n\
              )\norder by years",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&PROJECT_POPULATION, project)]
}

const METHOD_NAME: &str = "cohort components, rates held";
/// Girls of all live births, at 105 boys to 100 girls.
const GIRLS: f64 = 100.0 / 205.0;

fn project(given: &Arguments) -> Value {
    match asked(given) {
        Err(reason) => {
            Value::Record(vec![Value::Null, Value::Null, METHOD_NAME.into(), reason.into()])
        }
        Ok(projection) => {
            let bands = projection.bands.iter().map(band).collect();
            let steps = projection.steps.iter().map(step).collect();
            let lists = [bands, steps].map(Value::Records);
            Value::Record(lists.into_iter().chain([METHOD_NAME.into(), Value::Null]).collect())
        }
    }
}

fn asked(given: &Arguments) -> Result<Projection, &'static str> {
    let n_steps = given.option(|given, row| given.integer(6, row))?;
    let n_steps = n_steps.ok_or("no rows, or the number of steps is missing")?;
    let female_share = if given.has(7) {
        given.parameter(7).ok_or("the share of girls is missing or differs between rows")?
    } else {
        GIRLS
    };
    let band = |row| {
        let [population, death_rate, birth_rate, net_migration] =
            [2, 3, 4, 5].map(|at| given.number_or_nan(at, row));
        let (is_female, age_from) = (given.flag(0, row)?, given.integer(1, row)?);
        Some(CohortBand { is_female, age_from, population, death_rate, birth_rate, net_migration })
    };
    let bands: Option<Vec<CohortBand>> = given.rows().map(band).collect();
    methods::project_population(&bands.ok_or("a sex or an age is missing")?, n_steps, female_share)
}

fn band(band: &ProjectedBand) -> Vec<Value> {
    let ProjectedBand { years, is_female, age_from, population } = *band;
    vec![years.into(), is_female.into(), age_from.into(), population.into()]
}

fn step(step: &ProjectedStep) -> Vec<Value> {
    let ProjectedStep { years, population, births, deaths, net_migration } = *step;
    vec![years.into(), population.into(), births.into(), deaths.into(), net_migration.into()]
}
