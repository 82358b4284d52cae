//! The curves of a funnel: limits to draw, at any size, and where to draw them.

use super::arguments::Arguments;
use super::funnels::{FORMULA, PER, SPIEGELHALTER};
use super::method::Method;
use super::page::{
    CONFIDENCE, Kind, LOWER, LOWER_95, LOWER_998, METHOD, Output, Page, Shape, UPPER, UPPER_95,
    UPPER_998, WHY, input, output,
};
use super::value::{Value, all_limit_values};
use crate::methods::{self, FunnelKind, Limits};

const LIMITS: &[Output] = &[LOWER_95, UPPER_95, LOWER_998, UPPER_998, LOWER, UPPER];
const LIMITS_WITH_REASON: &[Output] =
    &[LOWER_95, UPPER_95, LOWER_998, UPPER_998, LOWER, UPPER, METHOD, WHY];

const EXACT_LIMITS: &[Output] = &[
    output("expected", Shape::Record(LIMITS), "expected events where so many are just a limit"),
    output("ratio", Shape::Record(LIMITS), "events over expected events there"),
    METHOD,
    WHY,
];

static FUNNEL_LIMITS: Page = Page {
    name: "funnel_limits",
    summary: "Limits of a funnel at any size, to draw its curves: what `funnel_rate`, \
              `funnel_ratio` or `funnel_proportion` would give an area of this denominator.",
    formula: FORMULA,
    source: SPIEGELHALTER,
    inputs: &[
        input("kind", Kind::Text, "`rate`, `ratio` or `proportion`"),
        input("baseline", Kind::Number, "`baseline` of the funnel"),
        input("denominator", Kind::Number, "person-time, expected events or denominator"),
        input("per", Kind::Number, "as in the funnel"),
        input("tau2", Kind::Number, "`tau2` of the funnel; 0 for limits without adjustment"),
        CONFIDENCE,
    ],
    n_required: 5,
    result: Shape::Record(LIMITS_WITH_REASON),
    example: "select size, round(l['lower_95'], 2) as lower_95, round(l['upper_95'], 2) as upper_95\n\
              from (\n    \
              select size, funnel_limits('rate', 93.1, size, 1000, 0.004) as l\n    \
              from (values (1000), (10000), (40000)) as t(size)\n\
              )\n\
              order by size",
};

static FUNNEL_AXIS: Page = Page {
    name: "funnel_axis",
    summary: "100 rising whole numbers along a funnel's axis, close together where the funnel is \
              steep.",
    formula: "`t1 = max(1, first)`; `t = max(round(t' * (last/t')^(1/steps left)), t' + 1)`.",
    source: "The plotting rule of Fingertips and PHEindicatormethods.",
    inputs: &[
        input("first", Kind::Integer, "smallest size"),
        input("last", Kind::Integer, "largest size"),
    ],
    n_required: 2,
    result: Shape::Integers,
    example: "select axis[1] as first, axis[40] as fortieth, axis[100] as last\n\
              from (select funnel_axis(1, 14000) as axis)",
};

static FUNNEL_POISSON_LIMITS: Page = Page {
    name: "funnel_poisson_limits",
    summary: "Exact limits of a ratio or rate funnel at a number of events, without adjustment for \
              over-dispersion. Multiply `ratio` by the baseline for rates.",
    formula: "The expected events at which `x` or fewer (or more) have probability .025 and .001 (half \
              of what `confidence` leaves); \
              `ratio = x / expected`.",
    source: "Public Health England, PHEindicatormethods: Poisson funnels.",
    inputs: &[input("n_events", Kind::Number, "number of events, not negative"), CONFIDENCE],
    n_required: 1,
    result: Shape::Record(EXACT_LIMITS),
    example: "select round(l['expected']['lower_95'], 3) as most_expected,\n       \
              round(l['expected']['upper_95'], 3) as least_expected, round(l['ratio']['upper_95'], 4) as upper_95\n\
              from (select funnel_poisson_limits(20) as l)",
};

static FUNNEL_PROPORTION_LIMITS: Page = Page {
    name: "funnel_proportion_limits",
    summary: "Limits of a proportion funnel at a denominator, without adjustment for \
              over-dispersion.",
    formula: "`p -/+ z sqrt(p (1-p) / n)`, within 0 to `per`: Wilson's limits turned round.",
    source: "Public Health England, PHEindicatormethods: proportion funnels.",
    inputs: &[
        input("baseline", Kind::Number, "the proportion, between 0 and `per`"),
        input("denominator", Kind::Number, "size of the area"),
        PER,
        CONFIDENCE,
    ],
    n_required: 2,
    result: Shape::Record(LIMITS_WITH_REASON),
    example: "select round(l['lower_95'], 3) as lower_95, round(l['upper_95'], 3) as upper_95\n\
              from (select funnel_proportion_limits(25.8, 400, 100) as l)",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::scalar(&FUNNEL_LIMITS, funnel_limits),
        Method::scalar(&FUNNEL_AXIS, funnel_axis),
        Method::scalar(&FUNNEL_POISSON_LIMITS, funnel_poisson_limits),
        Method::scalar(&FUNNEL_PROPORTION_LIMITS, funnel_proportion_limits),
    ]
}

const METHOD_POISSON: &str = "exact Poisson tails";
const NO_LIMITS: &str = "an argument is missing or out of range";

/// The limits of a curve, or why there are none.
fn curve(limits: Result<Limits, &'static str>, method: &'static str) -> Value {
    let mut record: Vec<Value> = all_limit_values(&limits.unwrap_or_default()).into();
    record.extend([method.into(), limits.err().into()]);
    Value::Record(record)
}

fn funnel_limits(given: &Arguments, row: usize) -> Value {
    let [baseline, size, per, tau2] = [1, 2, 3, 4].map(|at| given.number_or_nan(at, row));
    let are_finite = [baseline, size, per, tau2].iter().all(|number| number.is_finite());
    let is_valid = are_finite && baseline >= 0.0 && size > 0.0 && per > 0.0 && tau2 >= 0.0;
    let share = baseline / per;
    let has_rate = is_valid && baseline > 0.0;
    // Rates and ratios are funnels of ratios around 1; the baseline is their scale.
    let (kind, target, denominator, scale) = match given.text(0, row) {
        Some("rate") if has_rate => (FunnelKind::Ratio, 1.0, size * share, baseline),
        Some("ratio") if has_rate => (FunnelKind::Ratio, 1.0, size, baseline),
        Some("proportion") if is_valid && share <= 1.0 => {
            (FunnelKind::Proportion, share, size, per)
        }
        _ => return curve(Err(NO_LIMITS), FunnelKind::Ratio.method()),
    };
    let limits = given.confidence(5, row).ok_or(methods::NO_CONFIDENCE).map(|confidence| {
        kind.limits_at(target, denominator, tau2, confidence).map(|limit| limit * scale)
    });
    curve(limits, kind.method())
}

/// Above this not every whole number is a number that can be drawn.
const LONGEST_AXIS: u64 = 1 << 53;

fn funnel_axis(given: &Arguments, row: usize) -> Value {
    let whole = |at| {
        let size = given.integer(at, row).and_then(|size| u64::try_from(size).ok());
        size.filter(|size| *size <= LONGEST_AXIS)
    };
    let (Some(first), Some(last)) = (whole(0), whole(1)) else { return Value::Null };
    let axis = methods::funnel_axis(first, last);
    Value::Integers(axis.into_iter().filter_map(|size| i64::try_from(size).ok()).collect())
}

fn funnel_poisson_limits(given: &Arguments, row: usize) -> Value {
    let n_events = given.number(0, row).filter(|n| n.is_finite() && *n >= 0.0);
    let confidence = given.confidence(1, row).ok_or(methods::NO_CONFIDENCE);
    let (n_events, confidence) = match n_events.ok_or(NO_LIMITS).and_then(|n| Ok((n, confidence?)))
    {
        Ok(known) => known,
        Err(reason) => {
            let text = [METHOD_POISSON, reason].map(Value::from);
            return Value::Record([Value::Null, Value::Null].into_iter().chain(text).collect());
        }
    };
    let limits = methods::poisson_limits(n_events, confidence);
    let [expected, ratio] = [limits.expected, limits.ratio]
        .map(|limits| Value::Record(all_limit_values(&limits).into()));
    let reason = (n_events == 0.0).then_some("no events: a ratio of none has no upper limit");
    Value::Record(vec![expected, ratio, METHOD_POISSON.into(), reason.into()])
}

fn funnel_proportion_limits(given: &Arguments, row: usize) -> Value {
    let per = if given.has(2) { given.number_or_nan(2, row) } else { 1.0 };
    let (share, size) = (given.number_or_nan(0, row) / per, given.number_or_nan(1, row));
    let is_valid = per > 0.0 && (0.0..=1.0).contains(&share) && size.is_finite() && size > 0.0;
    let limits = is_valid.then_some(()).ok_or(NO_LIMITS).and_then(|()| {
        let confidence = given.confidence(3, row).ok_or(methods::NO_CONFIDENCE)?;
        Ok(methods::proportion_limits(share, size, confidence).map(|limit| limit * per))
    });
    curve(limits, "Wilson, turned round")
}
