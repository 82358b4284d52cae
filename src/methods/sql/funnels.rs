//! Funnels: where an area lies among all areas.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, WHY, input, output};
use super::value::{Value, all_limit_values};
use crate::methods::{self, Confidence, Funnel, FunnelKind, FunnelRow};

const PLACE: &[Output] = &[
    output("value", Shape::Number, "the area's own rate, ratio or proportion"),
    output("baseline", Shape::Number, "that of all areas together (1 x `per` for ratios)"),
    output("lower_95", Shape::Number, "lower 95 % limit at this size, adjusted"),
    output("upper_95", Shape::Number, "upper 95 % limit at this size, adjusted"),
    output("lower_998", Shape::Number, "lower 99.8 % limit at this size, adjusted"),
    output("upper_998", Shape::Number, "upper 99.8 % limit at this size, adjusted"),
    output("lower", Shape::Number, "lower limit at `confidence`, adjusted"),
    output("upper", Shape::Number, "upper limit at `confidence`, adjusted"),
    output("phi", Shape::Number, "spread of the areas; 1 when chance explains it"),
    output("tau2", Shape::Number, "variance between areas on the transformed scale"),
    output("z", Shape::Number, "distance from the baseline in standard errors, unadjusted"),
    output("z_adjusted", Shape::Number, "the same with tau2 in the standard error"),
    output(
        "class",
        Shape::Text,
        "`low_998`, `low_95`, `within`, `high_95` or `high_998`, adjusted",
    ),
    output("class_unadjusted", Shape::Text, "the same by the area's own exact or score limits"),
    output("method", Shape::Text, "the scale and treatment of the outer areas"),
    WHY,
];

pub(super) const SPIEGELHALTER: &str = "Spiegelhalter DJ. Stat Med 2005;24:1185-202; Spiegelhalter DJ and others. \
                             J R Stat Soc A 2012;175:1-47; FunnelPlotR.";
pub(super) const FORMULA: &str = "z on the transformed scale; outer z drawn in to the quantiles `trim` and \
                       `1 - trim`; `phi = mean z^2`; `tau2 = max(0, (n phi - (n-1)) / (sum w - \
                       sum w^2 / sum w))`, `w = 1/s^2`; limits `target -/+ (1.959964, 3.090232) * \
                       sqrt(s^2 + tau2)`, transformed back.";
pub(super) const PER: Input =
    input("per", Kind::Number, "the base of the result, above zero; 1 unless given");
const TRIM: Input =
    input("trim", Kind::Number, "share of areas drawn in on either side; 0.1 unless given");

static FUNNEL_RATE: Page = Page {
    name: "funnel_rate",
    summary: "Each area's crude rate in a funnel around the rate of all areas in the window, \
              adjusted for over-dispersion. Expected events are person-time times that rate.",
    formula: FORMULA,
    source: SPIEGELHALTER,
    inputs: &[
        input("n_events", Kind::Number, "events of the area"),
        input("person_time", Kind::Number, "person-time of the area"),
        PER,
        TRIM,
        CONFIDENCE,
    ],
    n_required: 2,
    result: Shape::Record(PLACE),
    example: "select area, round(f['value'], 2) as value, round(f['baseline'], 2) as baseline,\n       \
              round(f['z'], 3) as z, f['class'] as class, f['class_unadjusted'] as unadjusted\n\
              from (\n    \
              select area, funnel_rate(n, years, 1000) over () as f\n    \
              from (values ('A', 90, 1000), ('B', 140, 1000), ('C', 360, 4000), ('D', 20, 400)) as t(area, n, years)\n\
              )\n\
              order by area",
};

static FUNNEL_DSR: Page = Page {
    name: "funnel_dsr",
    summary: "Each area's directly standardised rate in a funnel around the rate of all areas in the \
              window, adjusted for over-dispersion. An area counts as a population that has its \
              events at its standardised rate. Below 10 events an area has no place and does not \
              count.",
    formula: "As `funnel_rate`, with `n_events / rate * per` for the person-time.",
    source: "PHEindicatormethods, `phe_funnels` for `dsr`; FunnelPlotR.",
    inputs: &[
        input("n_events", Kind::Number, "events of the area"),
        input("rate", Kind::Number, "its standardised rate, above zero, such as that of `dsr`"),
        input("per", Kind::Number, "the base of the rate, above zero"),
        TRIM,
        CONFIDENCE,
    ],
    n_required: 3,
    result: Shape::Record(PLACE),
    example: "select area, round(f['value'], 2) as value, round(f['baseline'], 2) as baseline,\n       \
              round(f['z'], 3) as z, f['class'] as class, f['class_unadjusted'] as unadjusted\n\
              from (\n    \
              select area, funnel_dsr(n, rate, 1000) over () as f\n    \
              from (values ('A', 90, 90.0), ('B', 140, 140.0), ('C', 360, 90.0), ('D', 8, 20.0)) as t(area, n, rate)\n\
              )\n\
              order by area",
};

static FUNNEL_RATIO: Page = Page {
    name: "funnel_ratio",
    summary: "Each area's ratio of observed to expected events in a funnel around 1, adjusted for \
              over-dispersion.",
    formula: "`z = (sqrt(O/E) - 1) * 2 sqrt E` (`cqc`), or `ln(O/E) * sqrt E` with the outer areas \
              dropped by rank (`shmi`). Then as the other funnels.",
    source: SPIEGELHALTER,
    inputs: &[
        input("observed", Kind::Number, "events of the area"),
        input("expected", Kind::Number, "events expected of it"),
        PER,
        TRIM,
        input("scale", Kind::Text, "`cqc` (square root, the default) or `shmi` (log)"),
        CONFIDENCE,
    ],
    n_required: 2,
    result: Shape::Record(PLACE),
    example: "select area, round(f['value'], 2) as value, round(f['baseline'], 2) as baseline,\n       \
              round(f['z'], 3) as z, f['class'] as class, f['class_unadjusted'] as unadjusted\n\
              from (\n    \
              select area, funnel_ratio(n, expected) over () as f\n    \
              from (values ('A', 90, 100), ('B', 140, 100), ('C', 360, 400), ('D', 20, 40)) as t(area, n, expected)\n\
              )\n\
              order by area",
};

static FUNNEL_PROPORTION: Page = Page {
    name: "funnel_proportion",
    summary: "Each area's proportion in a funnel around that of all areas in the window, adjusted \
              for over-dispersion.",
    formula: "`z = (asin sqrt p - asin sqrt p0) * 2 sqrt n`. Then as the other funnels.",
    source: SPIEGELHALTER,
    inputs: &[
        input("numerator", Kind::Number, "persons or events with the property"),
        input("denominator", Kind::Number, "all of them"),
        PER,
        TRIM,
        CONFIDENCE,
    ],
    n_required: 2,
    result: Shape::Record(PLACE),
    example: "select area, round(f['value'], 2) as value, round(f['baseline'], 2) as baseline,\n       \
              round(f['z'], 3) as z, f['class'] as class, f['class_unadjusted'] as unadjusted\n\
              from (\n    \
              select area, funnel_proportion(n, persons, 100) over () as f\n    \
              from (values ('A', 90, 1000), ('B', 140, 1000), ('C', 360, 4000), ('D', 20, 400)) as t(area, n, persons)\n\
              )\n\
              order by area",
};

static FUNNEL_COUNT_RATIO: Page = Page {
    name: "funnel_count_ratio",
    summary: "Each area's ratio of two counts in a funnel around that of all areas in the window, \
              adjusted for over-dispersion.",
    formula: "`z = (ln((a+.5)/(b+.5)) - ln r0) / sqrt(a/(a+.5)^2 + b/(b+.5)^2)`. Then as the other \
              funnels.",
    source: SPIEGELHALTER,
    inputs: &[
        input("n_first", Kind::Number, "the count above"),
        input("n_second", Kind::Number, "the count below, above zero"),
        PER,
        TRIM,
        CONFIDENCE,
    ],
    n_required: 2,
    result: Shape::Record(PLACE),
    example: "select area, round(f['value'], 2) as value, round(f['baseline'], 2) as baseline,\n       \
              round(f['z'], 3) as z, f['class'] as class, f['class_unadjusted'] as unadjusted\n\
              from (\n    \
              select area, funnel_count_ratio(n, planned) over () as f\n    \
              from (values ('A', 90, 100), ('B', 140, 100), ('C', 360, 400), ('D', 20, 40)) as t(area, n, planned)\n\
              )\n\
              order by area",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::window(&FUNNEL_RATE, funnel_rate),
        Method::window(&FUNNEL_DSR, funnel_dsr),
        Method::window(&FUNNEL_RATIO, funnel_ratio),
        Method::window(&FUNNEL_PROPORTION, |given| of_kind(given, FunnelKind::Proportion, 4)),
        Method::window(&FUNNEL_COUNT_RATIO, |given| of_kind(given, FunnelKind::CountRatio, 4)),
    ]
}

const NO_PLACE: &str = "no denominator, or a numerator that does not fit it";
const WRONG_PARAMETER: &str = "`per` or `trim` is missing, out of range or differs between rows";
const WRONG_SCALE: &str = "`scale` is neither `cqc` nor `shmi`, or differs between rows";

/// What all areas of a funnel share.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    per: f64,
    trim: f64,
    confidence: Confidence,
}

/// `per` and `trim`, the third and fourth argument, and the confidence at this place.
fn parameters(given: &Arguments, confidence_at: usize) -> Result<Parameters, &'static str> {
    let parameter = |at, otherwise| {
        if given.has(at) { given.parameter(at) } else { Some(otherwise) }
    };
    let (per, trim) = parameter(2, 1.0).zip(parameter(3, 0.1)).ok_or(WRONG_PARAMETER)?;
    let confidence = given.one_confidence(confidence_at).ok_or(methods::NO_CONFIDENCE)?;
    let is_sound = per.is_finite() && per > 0.0 && (0.0..0.5).contains(&trim);
    is_sound.then_some(Parameters { per, trim, confidence }).ok_or(WRONG_PARAMETER)
}

fn rows(given: &Arguments) -> Vec<FunnelRow> {
    let row = |row| FunnelRow {
        numerator: given.number_or_nan(0, row),
        denominator: given.number_or_nan(1, row),
    };
    given.rows().map(row).collect()
}

fn of_kind(given: &Arguments, kind: FunnelKind, confidence_at: usize) -> Vec<Value> {
    let Parameters { per, trim, confidence } = match parameters(given, confidence_at) {
        Ok(parameters) => parameters,
        Err(reason) => return refused(given, kind, reason),
    };
    let rows = rows(given);
    places(kind, &methods::funnel(kind, &rows, trim, confidence), &rows, &|value| value * per)
}

fn funnel_ratio(given: &Arguments) -> Vec<Value> {
    let scale = if given.has(4) { given.word(4) } else { Some("cqc") };
    match scale {
        Some("cqc") => of_kind(given, FunnelKind::Ratio, 5),
        Some("shmi") => of_kind(given, FunnelKind::RatioLog, 5),
        _ => refused(given, FunnelKind::Ratio, WRONG_SCALE),
    }
}

fn funnel_rate(given: &Arguments) -> Vec<Value> {
    match parameters(given, 4) {
        Ok(parameters) => around_their_rate(given, rows(given), parameters),
        Err(reason) => refused(given, FunnelKind::Ratio, reason),
    }
}

/// Areas of too few events, and of no rate, have no place.
fn funnel_dsr(given: &Arguments) -> Vec<Value> {
    let parameters = match parameters(given, 4) {
        Ok(parameters) => parameters,
        Err(reason) => return refused(given, FunnelKind::Ratio, reason),
    };
    let is_few = |events: f64| (0.0..methods::FEWEST_EVENTS).contains(&events);
    let counted = |row: FunnelRow| {
        let numerator = if is_few(row.numerator) { f64::NAN } else { row.numerator };
        FunnelRow { numerator, denominator: row.numerator / row.denominator * parameters.per }
    };
    let rows = rows(given).into_iter().map(counted).collect();
    let places = around_their_rate(given, rows, parameters);
    let with_reason = |(row, place)| match given.number(0, row) {
        Some(events) if is_few(events) => missing(FunnelKind::Ratio, None, methods::FEW_EVENTS),
        _ => place,
    };
    given.rows().zip(places).map(with_reason).collect()
}

/// A funnel of ratios to the events expected at the rate of all areas, put back on the rate's
/// scale.
fn around_their_rate(
    given: &Arguments,
    mut rows: Vec<FunnelRow>,
    parameters: Parameters,
) -> Vec<Value> {
    let Parameters { per, trim, confidence } = parameters;
    let kind = FunnelKind::Ratio;
    let Some(rate) = methods::overall_rate(&rows) else {
        return refused(given, kind, "no events or no person-time in any area");
    };
    for row in &mut rows {
        row.denominator *= rate;
    }
    let funnel = methods::funnel(kind, &rows, trim, confidence);
    places(kind, &funnel, &rows, &|ratio| ratio * rate * per)
}

fn refused(given: &Arguments, kind: FunnelKind, reason: &'static str) -> Vec<Value> {
    given.rows().map(|_| missing(kind, None, reason)).collect()
}

fn missing(kind: FunnelKind, value: Option<f64>, reason: &'static str) -> Value {
    let mut record = vec![Value::Null; PLACE.len()];
    record[0] = value.into();
    record[PLACE.len() - 2] = kind.method().into();
    record[PLACE.len() - 1] = reason.into();
    Value::Record(record)
}

fn places(
    kind: FunnelKind,
    funnel: &Funnel,
    rows: &[FunnelRow],
    scale: &dyn Fn(f64) -> f64,
) -> Vec<Value> {
    let place = |(row, place): (&FunnelRow, &Option<methods::Place>)| {
        if !kind.has_place(row) {
            return missing(kind, None, NO_PLACE);
        }
        let (shared, place) = match (funnel.adjustment, place) {
            (Ok(shared), Some(place)) => (shared, place),
            (Ok(_), None) => return missing(kind, None, NO_PLACE),
            (Err(reason), _) => {
                return missing(kind, Some(scale(row.numerator / row.denominator)), reason);
            }
        };
        let mut record = vec![scale(place.value).into(), scale(shared.baseline).into()];
        record.extend(all_limit_values(&place.limits.map(scale)));
        record.extend([shared.phi, shared.tau2, place.z, place.z_adjusted].map(Value::from));
        record.extend([place.class.label(), place.class_unadjusted.label()].map(Value::from));
        record.extend([kind.method().into(), Value::Null]);
        Value::Record(record)
    };
    rows.iter().zip(&funnel.places).map(place).collect()
}
