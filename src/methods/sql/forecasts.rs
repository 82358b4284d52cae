//! Forecasts of a series of months.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Input, Kind, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods::{self, Forecast, ForecastStep};

pub(super) const STEP: &[Output] = &[
    output("step", Shape::Integer, "months after the last one, from 1"),
    output("value", Shape::Number, "the forecast"),
    output("lower_95", Shape::Number, "lower limit of the 95 % prediction interval"),
    output("upper_95", Shape::Number, "upper limit of the 95 % prediction interval"),
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
    example: "select unnest(forecast(month, n_events, 12)['steps']) from by_month",
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
    example: "select unnest(forecast_seasonal_naive(month, n_events, 12)['steps']) from by_month",
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
    match series_and_horizon(given) {
        Ok((series, horizon)) => record(&make(&series, horizon)),
        Err(reason) => record(&Forecast::missing(method, given.n_rows(), reason)),
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

fn record(forecast: &Forecast) -> Value {
    Value::Record(vec![
        steps(forecast),
        forecast.sigma.into(),
        forecast.n_points.into(),
        forecast.method.into(),
        forecast.reason.into(),
    ])
}

/// The steps ahead; null when there are none.
pub(super) fn steps(forecast: &Forecast) -> Value {
    let step = |step: &ForecastStep| {
        let numbers = [step.value, step.lower_95, step.upper_95].map(Value::from);
        [Value::from(step.step)].into_iter().chain(numbers).collect()
    };
    if forecast.steps.is_empty() {
        return Value::Null;
    }
    Value::Records(forecast.steps.iter().map(step).collect())
}
