//! Control charts of a series: each point among its window.

use super::arguments::{Arguments, Key};
use super::method::Method;
use super::page::{Input, Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::value::Value;
use crate::methods::{self, Chart, ChartOptions, ChartPoint, ChartedPoint};
use crate::methods::{Improvement, TrendLength};

const POINT: &[Output] = &[
    output("value", Shape::Number, "the value, or numerator over denominator"),
    output("centre", Shape::Number, "the centre line: the mean; of a g chart the median"),
    output("lower_limit", Shape::Number, "lower control limit"),
    output("upper_limit", Shape::Number, "upper control limit"),
    output("lower_near", Shape::Number, "two thirds of the way to the lower limit"),
    output("upper_near", Shape::Number, "two thirds of the way to the upper limit"),
    output("side", Shape::Integer, "above (1), on (0) or below (-1) the centre"),
    output("is_outside", Shape::Flag, "beyond a limit"),
    output("is_near", Shape::Flag, "within the limits, over two thirds of the way to one"),
    output(
        "special_cause",
        Shape::Text,
        "`Above UCL`, `Below LCL`, `7 Point Trend (Increasing)` or `(Decreasing)` (`6 Point \
         Trend` where `trend` is 6), `2 in 3 Above CL` or `Below`, `7 Points Above CL` or `Below`, \
         else `Common Cause`",
    ),
    output(
        "point_type",
        Shape::Text,
        "`common_cause`, or `special_cause_` and `improvement`, `concern`, `neutral_high` or \
         `neutral_low`",
    ),
    output(
        "assurance",
        Shape::Text,
        "of the target between these limits: `consistent_pass`, `consistent_fail`, `inconsistent`; \
         `not_judged` without a target or a direction",
    ),
    output("phase", Shape::Integer, "number of the phase, from 1"),
    output("is_trial", Shape::Flag, "limits from fewer than 12 points"),
    METHOD,
    WHY,
];

pub(super) const PERIOD: Input =
    input("period", Kind::Key, "what puts the points in order; none twice");
const IMPROVEMENT: Input =
    input("improvement", Kind::Text, "`increase`, `decrease` or `neutral`, which is the default");
const TARGET: Input = input("target", Kind::Number, "what ought to be reached; may change");
const STARTS_PHASE: Input =
    input("starts_phase", Kind::Flag, "true where limits are to be computed anew (rebase)");
const N_BASELINE: Input = input(
    "n_baseline",
    Kind::Integer,
    "limits come from so many first points of each phase (fix), of all if null",
);
const TREND: Input = input("trend", Kind::Integer, "points of a trend, 7 (the default) or 6");
const PER: Input = input("per", Kind::Number, "base of the result, such as 100; 1 if null");

static XMR: Page = Page {
    name: "spc",
    summary: "Control chart of individual values (XmR), each point with its limits and special \
              cause by the names of NHS Making Data Count. A series with something missing is \
              refused: filter its rows first.",
    formula: "`mean -/+ 2.66 mean |moving range|`, of which those of 3.267 means or more are left \
              out once, if screened. Special cause, first that holds: beyond a limit; 7 points (6 \
              steps) strictly one way; 2 of 3 points over two thirds of the way to a limit, all 3 \
              on one side; 7 points on one side. A trend never holds equal neighbours; where two \
              adjoin, the last point of the first is named by the step to the next one, and no step \
              counts as a fall: as NHSRplotthedots has it, a rise may end in one point called \
              decreasing.",
    source: "Wheeler DJ. Understanding Variation. 1993; NHS England. Making Data Count; \
             NHSRplotthedots 0.2.2.",
    inputs: &[
        PERIOD,
        input("value", Kind::Number, "the value"),
        IMPROVEMENT,
        TARGET,
        STARTS_PHASE,
        N_BASELINE,
        TREND,
        input(
            "is_screened",
            Kind::Flag,
            "whether outlying moving ranges are left out; true if null",
        ),
    ],
    n_required: 2,
    result: Shape::Record(POINT),
    example: "select month, round(c['centre'], 3) as centre, round(c['lower_limit'], 3) as lower_limit,\n       \
              round(c['upper_limit'], 3) as upper_limit, c['special_cause'] as special_cause\n\
              from (\n    \
              select month, spc(month, value, 'decrease') over () as c\n    \
              from (\n        \
              values (1, 95), (2, 100), (3, 105), (4, 80), (5, 105), (6, 110), (7, 115), (8, 105),\n               \
              (9, 105), (10, 100), (11, 100), (12, 100)\n    \
              ) as t(month, value)\n\
              )\n\
              where month between 3 and 5\n\
              order by month",
};

static P: Page = Page {
    name: "spc_p",
    summary: "Control chart of proportions (p chart); fields, rules and options as of `spc`.",
    formula: "`p -/+ 3 sqrt(p (1 - p) / n)`, `p = sum x / sum n`, within 0 and 1, times `per`.",
    source: "Provost LP, Murray SK. The Health Care Data Guide. 2011; rules as `spc`.",
    inputs: &[
        PERIOD,
        input("numerator", Kind::Number, "how many of the denominator"),
        input("denominator", Kind::Number, "above zero"),
        PER,
        IMPROVEMENT,
        TARGET,
        STARTS_PHASE,
        N_BASELINE,
        TREND,
    ],
    n_required: 3,
    result: Shape::Record(POINT),
    example: "select month, round(c['value'], 2) as value, round(c['lower_limit'], 2) as lower_limit,\n       \
              round(c['upper_limit'], 2) as upper_limit, c['assurance'] as assurance\n\
              from (\n    \
              select month, spc_p(month, n_in_time, n_attended, 100, 'increase', 95) over () as c\n    \
              from (\n        \
              values (1, 78, 100), (2, 80, 110), (3, 69, 95), (4, 85, 105)\n    \
              ) as t(month, n_in_time, n_attended)\n\
              )\n\
              order by month",
};

static U: Page = Page {
    name: "spc_u",
    summary: "Control chart of rates (u chart); fields, rules and options as of `spc`.",
    formula: "`u -/+ 3 sqrt(u / n)`, `u = sum x / sum n`, not below 0, times `per`.",
    source: "Provost LP, Murray SK. The Health Care Data Guide. 2011; rules as `spc`.",
    inputs: &[
        PERIOD,
        input("numerator", Kind::Number, "events, none below zero"),
        input("denominator", Kind::Number, "exposure, such as bed days, above zero"),
        PER,
        IMPROVEMENT,
        TARGET,
        STARTS_PHASE,
        N_BASELINE,
        TREND,
    ],
    n_required: 3,
    result: Shape::Record(POINT),
    example: "select month, round(c['value'], 2) as value, round(c['centre'], 2) as centre,\n       \
              round(c['lower_limit'], 2) as lower_limit, round(c['upper_limit'], 2) as upper_limit\n\
              from (\n    \
              select month, spc_u(month, n_falls, n_bed_days, 1000, 'decrease') over () as c\n    \
              from (\n        \
              values (1, 30, 4200), (2, 24, 3900), (3, 35, 4300), (4, 51, 4100)\n    \
              ) as t(month, n_falls, n_bed_days)\n\
              )\n\
              order by month",
};

static G: Page = Page {
    name: "spc_g",
    summary: "Control chart of what lies between rare events (g chart): cases or days, one point \
              for each event; fields, rules and options as of `spc`.",
    formula: "`g -/+ 3 sqrt(g (g + 1))`, `g` the mean, not below 0; the centre line is the median, \
              `g ln 2`.",
    source: "Benneyan JC. Health Care Manag Sci 2001;4:305-18; Provost LP, Murray SK. The Health \
             Care Data Guide. 2011, chapter 7.",
    inputs: &[
        PERIOD,
        input("between", Kind::Number, "cases or days since the event before, none below zero"),
        IMPROVEMENT,
        TARGET,
        STARTS_PHASE,
        N_BASELINE,
        TREND,
    ],
    n_required: 2,
    result: Shape::Record(POINT),
    example: "select event_on, round(c['centre'], 2) as centre, round(c['upper_limit'], 2) as upper_limit,\n       \
              c['special_cause'] as special_cause\n\
              from (\n    \
              select event_on, spc_g(event_on, days_between, 'increase') over () as c\n    \
              from (\n        \
              values ('2025-01-09', 8), ('2025-01-12', 3), ('2025-01-23', 11), ('2025-04-23', 90),\n               \
              ('2025-04-30', 7), ('2025-05-01', 1)\n    \
              ) as t(event_on, days_between)\n\
              )\n\
              order by event_on",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::window(&XMR, |given| {
            let is_screened = given.option(|given, row| given.flag(7, row));
            let kind = is_screened.map(|flag| Chart::Xmr { is_screened: flag.unwrap_or(true) });
            chart(given, kind, &Places { denominator: None, options: 2 })
        }),
        Method::window(&P, |given| {
            chart(given, Ok(Chart::P), &Places { denominator: Some(2), options: 4 })
        }),
        Method::window(&U, |given| {
            chart(given, Ok(Chart::U), &Places { denominator: Some(2), options: 4 })
        }),
        Method::window(&G, |given| {
            chart(given, Ok(Chart::G), &Places { denominator: None, options: 2 })
        }),
    ]
}

/// Where a chart's arguments stand: the denominator, `per` behind it, and the first of the options.
struct Places {
    denominator: Option<usize>,
    options: usize,
}

/// The rows in the order of their keys.
///
/// # Errors
/// When a key is missing or occurs twice.
pub(super) fn in_time(given: &Arguments) -> Result<Vec<usize>, &'static str> {
    let keys: Option<Vec<Key>> = given.rows().map(|row| given.key(0, row)).collect();
    let keys = keys.ok_or("a period is missing")?;
    let mut order: Vec<usize> = given.rows().collect();
    order.sort_unstable_by_key(|row| keys[*row]);
    if order.windows(2).any(|pair| keys[pair[0]] == keys[pair[1]]) {
        return Err("a period occurs twice");
    }
    Ok(order)
}

fn chart(given: &Arguments, kind: Result<Chart, &'static str>, places: &Places) -> Vec<Value> {
    let name = match kind {
        Ok(Chart::P) => "p chart",
        Ok(Chart::U) => "u chart",
        Ok(Chart::G) => "g chart",
        Ok(Chart::Xmr { is_screened: false }) => "XmR chart, moving ranges not screened",
        Ok(Chart::Xmr { is_screened: true }) | Err(_) => "XmR chart",
    };
    let charted = kind.and_then(|kind| charted(given, kind, places));
    laid_out(given, POINT, name, charted, |point| fields(point, name))
}

/// The results of a window, each at the row it is about, or the reason at every row.
pub(super) fn laid_out<T>(
    given: &Arguments,
    outputs: &[Output],
    method: &'static str,
    results: Result<(Vec<usize>, Vec<T>), &'static str>,
    fields: impl Fn(&T) -> Vec<Value>,
) -> Vec<Value> {
    match results {
        Err(reason) => {
            let mut record = vec![Value::Null; outputs.len() - 2];
            record.extend([method.into(), reason.into()]);
            vec![Value::Record(record); given.n_rows()]
        }
        Ok((order, results)) => {
            let mut values = vec![Value::Null; given.n_rows()];
            for (row, result) in order.iter().zip(&results) {
                values[*row] = Value::Record(fields(result));
            }
            values
        }
    }
}

fn charted(
    given: &Arguments,
    chart: Chart,
    places: &Places,
) -> Result<(Vec<usize>, Vec<ChartedPoint>), &'static str> {
    let order = in_time(given)?;
    let options = options(given, chart, places)?;
    let (target, starts_phase) = (places.options + 1, places.options + 2);
    let point = |row: &usize| ChartPoint {
        numerator: given.number_or_nan(1, *row),
        denominator: places.denominator.map_or(1.0, |at| given.number_or_nan(at, *row)),
        starts_phase: given.flag(starts_phase, *row).unwrap_or(false),
        target: given.number(target, *row),
    };
    let points: Vec<ChartPoint> = order.iter().map(point).collect();
    Ok((order, methods::control_chart(&points, &options)?))
}

fn options(given: &Arguments, chart: Chart, places: &Places) -> Result<ChartOptions, &'static str> {
    let first = places.options;
    let improvement = match given.option(|given, row| given.text(first, row))? {
        None | Some("neutral") => Improvement::Neutral,
        Some("increase") => Improvement::Increase,
        Some("decrease") => Improvement::Decrease,
        Some(_) => return Err("improvement is neither `increase`, `decrease` nor `neutral`"),
    };
    let trend = match given.option(|given, row| given.integer(first + 4, row))? {
        None | Some(7) => TrendLength::Seven,
        Some(6) => TrendLength::Six,
        Some(_) => return Err("a trend has 6 or 7 points"),
    };
    let n_baseline = given.option(|given, row| given.integer(first + 3, row))?;
    let n_baseline = n_baseline.map(|n| usize::try_from(n).unwrap_or(0));
    let per = places.denominator.map(|at| given.option(|given, row| given.number(at + 1, row)));
    let per = per.transpose()?.flatten().unwrap_or(1.0);
    Ok(ChartOptions { chart, per, improvement, n_baseline, trend })
}

fn fields(point: &ChartedPoint, method: &'static str) -> Vec<Value> {
    let mut record: Vec<Value> = vec![point.value.into(), point.centre.into()];
    let limits = point.verdict.map(|verdict| verdict.limits);
    record.extend([
        limits.map(|limits| limits.lower).into(),
        limits.map(|limits| limits.upper).into(),
        limits.map(|limits| limits.lower_near).into(),
        limits.map(|limits| limits.upper_near).into(),
        i64::from(point.side).into(),
    ]);
    let verdict = point.verdict;
    record.extend([
        verdict.map(|verdict| verdict.is_outside).into(),
        verdict.map(|verdict| verdict.is_near).into(),
        verdict.map(|verdict| verdict.special_cause).into(),
        verdict.map(|verdict| verdict.point_type).into(),
        verdict.map(|verdict| verdict.assurance).into(),
        point.phase.into(),
        point.is_trial.into(),
        method.into(),
        verdict.is_none().then_some("one point has no moving range").into(),
    ]);
    record
}
