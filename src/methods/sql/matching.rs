//! Matched controls, and how alike two groups are, in SQL.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Input, Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::value::Value;
use crate::methods::{self, Distance, MatchOptions, Matching, Pair, Subject};

pub(super) const PERSON: Input = input("person_key", Kind::Integer, "whom the row is about");
pub(super) const IS_CASE: Input = input("is_case", Kind::Flag, "case, or possible control");
pub(super) const FEATURES: Input =
    input("features", Kind::Numbers, "what they are to be alike in, as many in each row");
pub(super) const UNKNOWN: &str = "whom a row is about, its group or its features are missing";

const PAIR: &[Output] = &[
    output("case_key", Shape::Integer, "the case"),
    output("control_key", Shape::Integer, "its control"),
    output("rank", Shape::Integer, "first, second and so on of the case's controls"),
    output("distance", Shape::Number, "of log odds, or by Mahalanobis"),
];

const MATCHED: &[Output] = &[
    output("pairs", Shape::Records(PAIR), "by case and rank, to `unnest`"),
    output("n_cases", Shape::Integer, "cases given"),
    output("n_controls", Shape::Integer, "possible controls given"),
    output("n_matched", Shape::Integer, "cases that have a control"),
    METHOD,
    WHY,
];

const DIFFERENCE: &[Output] = &[
    output("value", Shape::Number, "mean of cases less that of controls, in standard deviations"),
    output("mean_case", Shape::Number, "mean of the cases"),
    output("mean_control", Shape::Number, "mean of the controls, weighted"),
    METHOD,
    WHY,
];

static MATCHED_CONTROLS: Page = Page {
    name: "matched_controls",
    summary: "Controls matched to cases, each to the nearest that is free; nothing is drawn, and the \
              same rows give the same pairs. Whoever has nobody near enough stays without. \
              `standardised_difference` says how alike the groups were before and are now.",
    formula: "Cases choose from the highest score down (by Mahalanobis: from the farthest from the \
              controls' mean inwards), ties by key, all their first control before any a second; of \
              controls that are equally near the smaller key. Distance: difference of `ln(p / (1 - \
              p))`, `p` by logistic regression of `is_case` on the features over all strata; or \
              `sqrt((x - y)' S^-1 (x - y))`, `S` the covariance within cases and controls. A caliper \
              of log odds is in `sqrt((v1 + v0) / 2)`, `v` the variances of cases and controls.",
    source: "Rosenbaum PR, Rubin DB. Am Stat 1985;39:33-8; Austin PC. Pharm Stat 2011;10:150-61 \
             (caliper of 0.2); Austin PC. Stat Med 2014;33:1057-69.",
    inputs: &[
        PERSON,
        IS_CASE,
        FEATURES,
        input(
            "distance",
            Kind::Text,
            "`propensity` (the default), `score` (the one feature is a probability) or `mahalanobis`",
        ),
        input("caliper", Kind::Number, "the farthest, in standard deviations; no limit if null"),
        input("n_per_case", Kind::Integer, "controls of each case, up to 1,000; 1 if null"),
        input("with_replacement", Kind::Flag, "a control may serve several cases; no if null"),
        input("stratum", Kind::Text, "what a case and its controls have the same, null or not"),
    ],
    n_required: 3,
    result: Shape::Record(MATCHED),
    example: "select p['case_key'] as case_key, p['control_key'] as control_key, round(p['distance'], 4) as distance\n\
              from (\n    \
              select unnest(matched_controls(person, is_case, [score], 'score', 1.0)['pairs']) as p\n    \
              from (values (1, true, 0.30), (2, true, 0.50), (3, true, 0.90), (4, false, 0.25),\n                 \
              (5, false, 0.45), (6, false, 0.28), (7, false, 0.10)) as t(person, is_case, score)\n\
              )\norder by case_key",
};

static STANDARDISED_DIFFERENCE: Page = Page {
    name: "standardised_difference",
    summary: "How far cases and controls are apart in one feature, in standard deviations: above 0.1 \
              is often taken for imbalance. With weights, such as how often a matched control \
              serves or those of `entropy_balance`, after against before.",
    formula: "`(m1 - m0) / sqrt((v1 + v0) / 2)`; `v = sum w / ((sum w)^2 - sum w^2) * sum w (x - \
              m)^2`, or `m (1 - m)` where every value is 0 or 1.",
    source: "Austin PC. Stat Med 2009;28:3083-107; Austin PC. Multivariate Behav Res \
             2011;46:399-424.",
    inputs: &[
        IS_CASE,
        input("value", Kind::Number, "the feature"),
        input("weight", Kind::Number, "of the row, not below zero; 1 unless given"),
    ],
    n_required: 2,
    result: Shape::Record(DIFFERENCE),
    example: "select round(d['value'], 4) as value, d['mean_case'] as mean_case, d['mean_control'] as mean_control\n\
              from (\n    \
              select standardised_difference(is_case, age) as d\n    \
              from (values (true, 70), (true, 80), (false, 60), (false, 70), (false, 74)) as t(is_case, age)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&MATCHED_CONTROLS, matched),
        Method::aggregate(&STANDARDISED_DIFFERENCE, difference),
    ]
}

const OF_ODDS: &str = "greedy nearest neighbour on the log odds of the propensity score";
const OF_SCORE: &str = "greedy nearest neighbour on the log odds of the given score";
const MAHALANOBIS: &str = "greedy nearest neighbour by Mahalanobis distance";

fn matched(given: &Arguments) -> Value {
    let (distance, method) = match given.option(|given, row| given.text(3, row)) {
        Ok(None | Some("propensity")) => (Distance::Propensity, OF_ODDS),
        Ok(Some("score")) => (Distance::Score, OF_SCORE),
        Ok(Some("mahalanobis")) => (Distance::Mahalanobis, MAHALANOBIS),
        Ok(Some(_)) => return refused(OF_ODDS, "distance is none of those known"),
        Err(reason) => return refused(OF_ODDS, reason),
    };
    match asked(given, distance) {
        Err(reason) => refused(method, reason),
        Ok((subjects, options)) => record(&methods::matched_controls(&subjects, options), method),
    }
}

fn asked<'a>(
    given: &Arguments<'a>,
    distance: Distance,
) -> Result<(Vec<Subject<'a>>, MatchOptions), &'static str> {
    // Compared by its bits, or a caliper that is no number would differ from itself.
    let caliper = given.option(|given, row| given.number(4, row).map(f64::to_bits))?;
    let per_case = given.option(|given, row| given.integer(5, row))?;
    let options = MatchOptions {
        distance,
        caliper: caliper.map(f64::from_bits),
        per_case: per_case.map_or(1, |n| usize::try_from(n).unwrap_or(0)),
        is_replaced: given.option(|given, row| given.flag(6, row))?.unwrap_or(false),
    };
    let subject = |row| {
        Some(Subject {
            key: given.integer(0, row)?,
            is_case: given.flag(1, row)?,
            features: given.numbers(2, row)?.into_owned(),
            stratum: given.text(7, row),
        })
    };
    let subjects: Option<Vec<Subject>> = given.rows().map(subject).collect();
    Ok((subjects.ok_or(UNKNOWN)?, options))
}

fn refused(method: &'static str, reason: &'static str) -> Value {
    record(&Matching { reason: Some(reason), ..Matching::default() }, method)
}

fn record(matching: &Matching, method: &'static str) -> Value {
    let pair = |pair: &Pair| {
        let Pair { case_key, control_key, rank, distance } = *pair;
        vec![case_key.into(), control_key.into(), rank.into(), distance.into()]
    };
    let pairs = matching.pairs.iter().map(pair).collect();
    Value::Record(vec![
        if matching.reason.is_none() { Value::Records(pairs) } else { Value::Null },
        matching.n_cases.into(),
        matching.n_controls.into(),
        matching.n_matched.into(),
        method.into(),
        matching.reason.into(),
    ])
}

fn difference(given: &Arguments) -> Value {
    let row = |row| {
        let weight = if given.has(2) { given.number_or_nan(2, row) } else { 1.0 };
        Some((given.flag(0, row)?, given.number_or_nan(1, row), weight))
    };
    let rows: Option<Vec<(bool, f64, f64)>> = given.rows().map(row).collect();
    let (found, reason) = match rows {
        None => (methods::StandardisedDifference::default(), Some("a row's group is missing")),
        Some(rows) => {
            let found = methods::standardised_difference(&rows);
            (found, found.reason)
        }
    };
    let numbers = [found.value, found.mean_case, found.mean_control];
    let mut record: Vec<Value> = numbers.map(Value::from).into();
    record.extend([methods::METHOD_DIFFERENCE.into(), reason.into()]);
    Value::Record(record)
}
