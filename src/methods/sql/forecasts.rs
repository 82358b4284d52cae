//! Forecasts of a series of months.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods::{self, Confidence, Forecast, ForecastStep, z_value};

pub(super) const STEP: &[Output] = &[
    output("step", Shape::Integer, "months after the last one, from 1"),
    output("value", Shape::Number, "the forecast"),
    output("lower_95", Shape::Number, "lower limit of the 95 % prediction interval"),
    output("upper_95", Shape::Number, "upper limit of the 95 % prediction interval"),
    output("lower", Shape::Number, "lower limit of the interval at `confidence`"),
    output("upper", Shape::Number, "upper limit of the interval at `confidence`"),
];

const FORECAST: &[Output] = &[
    output("steps", Shape::Records(STEP), "one per month of the horizon; null with a reason"),
    output("sigma", Shape::Number, "standard deviation of the errors one step ahead"),
    output("n_points", Shape::Integer, "points the forecast is made from"),
    output("method", Shape::Text, "the method and its smoothing"),
    output("reason", Shape::Text, "why there is no forecast, else null"),
];

const INPUTS: &[Input] = &[
    input(
        "period",
        Kind::Period,
        "any date in the month, or its running number; no gaps, no twice",
    ),
    input("value", Kind::Number, "the month's value"),
    input("horizon", Kind::Integer, "months ahead, 1 to 120, the same in all rows"),
    CONFIDENCE,
];

static HOLT_WINTERS: Page = Page {
    name: "forecast",
    summary: "Additive Holt-Winters forecast of a monthly series with fixed smoothing of level \
              (0.3), trend (0.05) and season (0.2), started from the first two years. Refused \
              under 24 points.",
    formula: "`l = .3(y - s) + .7(l' + b')`, `b = .05(l - l') + .95b'`, `s = .2(y - l' - b') + .8s'`; \
              `value = l + h b + s`; `value -/+ 1.96 sigma sqrt(1 + sum over j < h of c^2)`, \
              `c = .3 + .015 j + .2 [12 divides j]`; sigma from the errors after year one.",
    source: "Hyndman RJ and others. Forecasting with Exponential Smoothing. 2008, chapter 6 (class 1).",
    inputs: INPUTS,
    n_required: 3,
    result: Shape::Record(FORECAST),
    example: "select steps[1]['value'] as next, steps[2]['value'] as after\n\
              from (\n    \
              select forecast(month, date_part('month', month), 2)['steps'] as steps\n    \
              from (select unnest(generate_series(date '2024-01-01', date '2025-12-01', interval '1 month')) as month)\n\
              )",
};

static SEASONAL_NAIVE: Page = Page {
    name: "forecast_seasonal_naive",
    summary: "The value of the same month a year before: the forecast that any other must beat. \
              Refused under 24 points.",
    formula: "`y[t + h - 12 k]`, `k` years ahead; `-/+ 1.96 sigma sqrt k`, sigma from the \
              differences between years.",
    source: "Hyndman RJ, Athanasopoulos G. Forecasting: Principles and Practice. 2021, 5.5.",
    inputs: INPUTS,
    n_required: 3,
    result: Shape::Record(FORECAST),
    example: "select steps[1]['value'] as next, steps[2]['value'] as after\n\
              from (\n    \
              select forecast_seasonal_naive(month, date_part('year', month) - date_part('month', month), 2)['steps'] as steps\n    \
              from (select unnest(generate_series(date '2024-01-01', date '2025-12-01', interval '1 month')) as month)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&HOLT_WINTERS, |given| {
            forecast(given, methods::holt_winters, methods::HOLT_WINTERS)
        }),
        Method::aggregate(&SEASONAL_NAIVE, |given| {
            forecast(given, methods::seasonal_naive, methods::SEASONAL_NAIVE)
        }),
    ]
}

const FURTHEST: usize = 120;

fn forecast(given: &Arguments, make: fn(&[f64], usize) -> Forecast, method: &'static str) -> Value {
    let confidence = given.one_confidence(3).ok_or(methods::NO_CONFIDENCE);
    let asked = series_and_horizon(given).and_then(|asked| Ok((asked, confidence?)));
    match asked {
        Ok(((series, horizon), confidence)) => record(&make(&series, horizon), confidence),
        Err(reason) => {
            let missing = Forecast::missing(method, given.n_rows(), reason);
            record(&missing, Confidence::P95)
        }
    }
}

/// The series of the first two arguments, month by month, and the third's horizon, or why there
/// is none. Rows come in order of their period.
pub(super) fn series_and_horizon(given: &Arguments) -> Result<(Vec<f64>, usize), &'static str> {
    follows_on(given)?;
    let series: Vec<f64> = given.rows().map(|row| given.number_or_nan(1, row)).collect();
    let horizons: Vec<Option<i64>> = given.rows().map(|row| given.integer(2, row)).collect();
    let is_same = horizons.windows(2).all(|pair| pair[0] == pair[1]);
    let horizon = horizons.first().copied().flatten().and_then(|h| usize::try_from(h).ok());
    match horizon {
        Some(horizon @ 1..=FURTHEST) if is_same => Ok((series, horizon)),
        _ if series.is_empty() => Err("no rows"),
        _ => Err("horizon is missing, not 1 to 120 or differs between rows"),
    }
}

/// Whether the periods of the first argument follow each other without a gap, else why not.
pub(super) fn follows_on(given: &Arguments) -> Result<(), &'static str> {
    let periods: Option<Vec<i64>> = given.rows().map(|row| given.period(0, row)).collect();
    let periods = periods.ok_or("a period is missing")?;
    if periods.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a period occurs twice");
    }
    if periods.windows(2).any(|pair| pair[0].checked_add(1) != Some(pair[1])) {
        return Err("a period is left out");
    }
    Ok(())
}

fn record(forecast: &Forecast, confidence: Confidence) -> Value {
    Value::Record(vec![
        steps(forecast, confidence),
        forecast.sigma.into(),
        forecast.n_points.into(),
        forecast.method.into(),
        forecast.reason.into(),
    ])
}

/// The steps ahead; null when there are none. Errors are normal: an interval of another confidence
/// is the same, stretched.
pub(super) fn steps(forecast: &Forecast, confidence: Confidence) -> Value {
    let is_usual = confidence == Confidence::P95;
    let stretch =
        if is_usual { 1.0 } else { z_value(confidence.share()) / z_value(Confidence::P95.share()) };
    let step = |step: &ForecastStep| {
        let ForecastStep { value, lower_95, upper_95, .. } = *step;
        let limit = |limit: f64| if is_usual { limit } else { value + (limit - value) * stretch };
        let numbers = [value, lower_95, upper_95, limit(lower_95), limit(upper_95)];
        let numbers = numbers.map(Value::from);
        [Value::from(step.step)].into_iter().chain(numbers).collect()
    };
    if forecast.steps.is_empty() {
        return Value::Null;
    }
    Value::Records(forecast.steps.iter().map(step).collect())
}
