//! Gap and ratio between the ends of a ranking.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, estimate_of, input, output};
use super::value::{Value, estimate_record};
use crate::methods::{self, Confidence, Estimate, Gap, RankedGroup, SlopeKind};

const INPUTS: &[Input] = &[
    input("rank", Kind::Number, "place of the group, the most deprived lowest; no two alike"),
    input("value", Kind::Number, "mean, rate or proportion of the group"),
    input("lower_95", Kind::Number, "lower 95 % limit of the value"),
    input("upper_95", Kind::Number, "upper 95 % limit of the value"),
    input("kind", Kind::Text, "`mean`, `rate` or `proportion` (in 0..1), the same in all rows"),
    CONFIDENCE,
];

const SOURCE: &str =
    "Zou GY, Donner A. Stat Med 2008;27:1693-702; Newcombe RG. Stat Med 1998;17:873-90.";

const RESULT: [Output; 11] = estimate_of(
    "least deprived against most deprived",
    [
        output("most_deprived", Shape::Number, "the value of the lowest rank"),
        output("least_deprived", Shape::Number, "the value of the highest rank"),
    ],
);

static GAP: Page = Page {
    name: "gap",
    summary: "Difference between the least and the most deprived group, over one row per group, such as \
              fifths of deprivation; those between do not count. Without limits of the two it has a \
              value and no limits.",
    formula: "`D -/+ sqrt(d^2 + e^2)`, `d` and `e` the distances of the two values from their own limits on \
              the side that counts. Other confidences stretch these on the scale of the kind (logs of \
              rates, logits of proportions).",
    source: SOURCE,
    inputs: INPUTS,
    n_required: 5,
    result: Shape::Record(&RESULT),
    example: "select g['value'] as gap, g['lower_95'] as lower_95, g['upper_95'] as upper_95\n\
              from (\n    select gap(fifth, years, low, high, 'mean') as g\n    \
              from (values (1, 70, 67, 73), (3, 71, 70, 72), (5, 74, 70, 78)) as t(fifth, years, low, high)\n)",
};

static RATIO: Page = Page {
    name: "gap_ratio",
    summary: "As `gap`, the ratio of the least to the most deprived group. Null where a value or its lower \
              limit is not above zero.",
    formula: "As `gap`, on the logs of values and limits.",
    source: SOURCE,
    inputs: INPUTS,
    n_required: 5,
    result: Shape::Record(&RESULT),
    example: "select g['value'] as ratio, round(g['lower_95'], 3) as lower_95, round(g['upper_95'], 3) as upper_95\n\
              from (\n    select gap_ratio(fifth, rate, low, high, 'rate') as g\n    \
              from (values (1, 20, 16, 25), (5, 10, 8, 12.5)) as t(fifth, rate, low, high)\n)",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&GAP, |given| record(given, |gap| gap.difference)),
        Method::aggregate(&RATIO, |given| record(given, |gap| gap.ratio)),
    ]
}

fn record(given: &Arguments, pick: fn(&Gap) -> Estimate) -> Value {
    let group = |row| RankedGroup {
        rank: given.number_or_nan(0, row),
        population: 1.0,
        value: given.number_or_nan(1, row),
        limits_95: given.number(2, row).zip(given.number(3, row)),
    };
    let groups: Vec<RankedGroup> = given.rows().map(group).collect();
    let kind = given.word(4).and_then(SlopeKind::of);
    let confidence = given.one_confidence(5);
    let usual = |kind| methods::gap(&groups, kind, confidence.unwrap_or(Confidence::P95));
    let estimate = pick(&usual(kind.unwrap_or(SlopeKind::Mean)));
    let refuse = |reason| Estimate::missing(estimate.method, reason);
    let estimate = match (kind, confidence) {
        _ if groups.is_empty() => refuse("no rows"),
        (None, _) => refuse(methods::NO_SLOPE_KIND),
        (_, None) => refuse(methods::NO_CONFIDENCE),
        (Some(_), Some(_)) => estimate,
    };
    let end =
        |group: Option<&RankedGroup>| group.filter(|_| estimate.value.is_some()).map(|g| g.value);
    let between = [end(groups.first()), end(groups.last())].map(Value::from);
    estimate_record(&estimate, between.into())
}
