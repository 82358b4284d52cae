//! Entropy balancing in SQL.

use super::arguments::Arguments;
use super::matching::{FEATURES, IS_CASE, PERSON, UNKNOWN};
use super::method::Method;
use super::page::{Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::value::Value;
use crate::methods::{self, Balanced, EntropyWeights, Moments};

const WEIGHT: &[Output] = &[
    output("person_key", Shape::Integer, "the control"),
    output("weight", Shape::Number, "its weight; all together are as many as there are cases"),
];

const BALANCED: &[Output] = &[
    output("weights", Shape::Records(WEIGHT), "of every control, by key, to `unnest`"),
    output("effective", Shape::Number, "controls of equal weight that would say as much"),
    output("n_cases", Shape::Integer, "cases given"),
    output("n_controls", Shape::Integer, "controls given"),
    output("iterations", Shape::Integer, "Newton steps made"),
    METHOD,
    WHY,
];

static ENTROPY_BALANCE: Page = Page {
    name: "entropy_balance",
    summary: "Weights of controls, as near to equal as can be, under which the means of their \
              features are those of the cases, and the variances too if that is asked. A case \
              weighs 1. Where no weights do it there are none. Few `effective` controls say that \
              few of them are like the cases.",
    formula: "`w` proportional to `exp(-l' z)`, `z` the features less the cases' means (and the \
              squares of that less the cases' variances, over n) in standard deviations of the \
              controls; `l` minimises `ln sum exp(-l' z)` by Newton's method, each moment within \
              1e-12; `effective = (sum w)^2 / sum w^2`.",
    source: "Hainmueller J. Political Analysis 2012;20:25-46; Kish L. Survey Sampling. 1965.",
    inputs: &[
        PERSON,
        IS_CASE,
        FEATURES,
        input(
            "n_moments",
            Kind::Integer,
            "1: means (the default); 2: variances too, of features of more than two values",
        ),
    ],
    n_required: 3,
    result: Shape::Record(BALANCED),
    example: "select w['person_key'] as person_key, round(w['weight'], 4) as weight\n\
              from (\n    \
              select unnest(entropy_balance(person, is_case, [age])['weights']) as w\n    \
              from (values (1, true, 70), (2, true, 80), (3, false, 60), (4, false, 70), (5, false, 85))\n         \
              as t(person, is_case, age)\n\
              )\norder by person_key",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&ENTROPY_BALANCE, balance)]
}

const MEANS: &str = "entropy balancing of means";
const VARIANCES: &str = "entropy balancing of means and variances";

fn balance(given: &Arguments) -> Value {
    let (moments, method) = match given.option(|given, row| given.integer(3, row)) {
        Ok(None | Some(1)) => (Moments::Means, MEANS),
        Ok(Some(2)) => (Moments::Variances, VARIANCES),
        Ok(Some(_)) => return refused("moments are neither 1 nor 2"),
        Err(reason) => return refused(reason),
    };
    let row = |row| {
        Some(Balanced {
            key: given.integer(0, row)?,
            is_case: given.flag(1, row)?,
            features: given.numbers(2, row)?.into_owned(),
        })
    };
    match given.rows().map(row).collect::<Option<Vec<Balanced>>>() {
        None => refused(UNKNOWN),
        Some(rows) => record(&methods::entropy_balance(&rows, moments), method),
    }
}

fn refused(reason: &'static str) -> Value {
    record(&EntropyWeights { reason: Some(reason), ..EntropyWeights::default() }, MEANS)
}

fn record(found: &EntropyWeights, method: &'static str) -> Value {
    let weight = |(key, weight): &(i64, f64)| vec![Value::from(*key), Value::from(*weight)];
    let weights = found.weights.iter().map(weight).collect();
    Value::Record(vec![
        if found.reason.is_none() { Value::Records(weights) } else { Value::Null },
        found.effective.into(),
        found.n_cases.into(),
        found.n_controls.into(),
        found.iterations.into(),
        method.into(),
        found.reason.into(),
    ])
}
