//! Synthetic control in SQL.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::regression::places;
use super::value::Value;
use crate::methods::{self, SyntheticControl, SyntheticGap, SyntheticOptions};

const WEIGHT: &[Output] = &[
    output("unit_key", Shape::Text, "one of the other units"),
    output("weight", Shape::Number, "its weight; they sum to 1"),
];

const PERIODS: &[Output] = &[
    output("from_start", Shape::Integer, "periods from the start, before it below 0"),
    output("observed", Shape::Number, "the treated unit's outcome"),
    output("synthetic", Shape::Number, "that of the mixture of others"),
];

const RESULT: &[Output] = &[
    output("effect", Shape::Number, "mean of observed less synthetic from the start on"),
    output("p_value", Shape::Number, "share of units whose ratio of errors is as large"),
    output("error_before", Shape::Number, "root mean squared gap before the start"),
    output("error_after", Shape::Number, "root mean squared gap from the start on"),
    output("weights", Shape::Records(WEIGHT), "units that weigh something, to `unnest`"),
    output("periods", Shape::Records(PERIODS), "every period, to `unnest`"),
    output("n_others", Shape::Integer, "units that were not treated"),
    METHOD,
    WHY,
];

static SYNTHETIC_CONTROL: Page = Page {
    name: "synthetic_control",
    summary: "The effect on one treated unit, against the mixture of other units that was most like \
              it before, over one row per unit and period. The p value takes each other unit for \
              the treated one: with few units it cannot be small. Null where more than one mixture \
              fits as well.",
    formula: "Weights `w >= 0`, `sum w = 1`, that minimise `sum over periods before of (y - sum w \
              y_other)^2`, each less its mean before where `is_shifted`; solved exactly by active \
              sets. `p = #(ratio of a unit >= ratio of the treated) / #units`, ratio = error after \
              / error before, the treated one being among the others of each; a unit without a \
              ratio counts as if its were as large.",
    source: "Abadie A, Diamond A, Hainmueller J. J Am Stat Assoc 2010;105:493-505 (outcomes alone are \
             matched); Ferman B, Pinto C. Quant Econ 2021;12:1197-221 (shifted).",
    inputs: &[
        input("unit", Kind::Text, "area or practice"),
        input("period", Kind::Period, "any date in the month, or a running number"),
        input("y", Kind::Number, "the outcome, such as a rate"),
        input("is_treated", Kind::Flag, "whether the unit is the treated one, in all its rows"),
        input("start", Kind::Period, "the first period under treatment"),
        input("is_shifted", Kind::Flag, "units may differ by a constant; no unless given"),
    ],
    n_required: 5,
    result: Shape::Record(RESULT),
    example: "select round(s['effect'], 4) as effect, round(s['error_before'], 4) as error_before,\n       \
              s['weights'][1]['unit_key'] as unit, round(s['weights'][1]['weight'], 4) as weight, s['p_value'] as p_value\n\
              from (\n    \
              select synthetic_control(unit, period, y, unit = 'A', 4) as s\n    \
              from (\n        \
              values ('A', 1, 10), ('A', 2, 12), ('A', 3, 11), ('A', 4, 7), ('A', 5, 6),\n               \
              ('B', 1, 12), ('B', 2, 15), ('B', 3, 13), ('B', 4, 13), ('B', 5, 14),\n               \
              ('C', 1, 8), ('C', 2, 10), ('C', 3, 10), ('C', 4, 9), ('C', 5, 10)\n    \
              ) as t(unit, period, y)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&SYNTHETIC_CONTROL, synthetic)]
}

const PLAIN: &str = "synthetic control of outcomes";
const SHIFTED: &str = "synthetic control of outcomes less their means before";

fn synthetic(given: &Arguments) -> Value {
    let (found, method) = match asked(given) {
        Err(reason) => {
            (SyntheticControl { reason: Some(reason), ..SyntheticControl::default() }, PLAIN)
        }
        Ok((rows, options)) => {
            let method = if options.is_shifted { SHIFTED } else { PLAIN };
            (methods::synthetic_control(&rows, options), method)
        }
    };
    record(given, &found, method)
}

/// Number of the unit, period, outcome, whether it is the treated one.
type Rows = Vec<(usize, i64, f64, bool)>;

fn asked(given: &Arguments) -> Result<(Rows, SyntheticOptions), &'static str> {
    let start = given.option(|given, row| given.period(4, row))?;
    let start = start.ok_or("no rows, or the start is missing")?;
    let is_shifted = given.option(|given, row| given.flag(5, row))?.unwrap_or(false);
    let units = places(given, 0)?;
    let row = |row: usize| {
        let treated = given.flag(3, row)?;
        Some((units[row], given.period(1, row)?, given.number_or_nan(2, row), treated))
    };
    let rows: Option<Rows> = given.rows().map(row).collect();
    let rows = rows.ok_or("a period is missing, or whether a unit is treated")?;
    Ok((rows, SyntheticOptions { start, is_shifted }))
}

fn record(given: &Arguments, found: &SyntheticControl, method: &'static str) -> Value {
    let mut names: Vec<&str> = given.rows().filter_map(|row| given.text(0, row)).collect();
    names.sort_unstable();
    names.dedup();
    let weight = |(unit, weight): &(usize, f64)| {
        let name = names.get(*unit).map(|name| Value::from((*name).to_owned()));
        vec![name.unwrap_or(Value::Null), Value::from(*weight)]
    };
    let period =
        |gap: &SyntheticGap| vec![gap.from_start.into(), gap.observed.into(), gap.synthetic.into()];
    let lists = found.effect.map(|_| {
        let weights = found.weights.iter().map(weight).collect();
        [weights, found.gaps.iter().map(period).collect()].map(Value::Records)
    });
    let numbers = [found.effect, found.p_value, found.error_before, found.error_after];
    let mut record: Vec<Value> = numbers.map(Value::from).into();
    record.extend(lists.unwrap_or([Value::Null, Value::Null]));
    record.extend([found.n_others.into(), method.into(), found.reason.into()]);
    Value::Record(record)
}
