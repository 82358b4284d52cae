//! Exponential smoothing by maximum likelihood, and how good a forecast was.

use super::arguments::Arguments;
use super::forecasts::{STEP, follows_on, series_and_horizon, steps};
use super::method::Method;
use super::page::{CONFIDENCE, Kind, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods::{self, Confidence, ETS_FORMS, Ets, EtsForm, ForecastAccuracy, ForecastPoint};

const REASON: Output = output("reason", Shape::Text, "why something is missing, else null");

static ETS: Page = Page {
    name: "ets",
    summary: "Forecast of a monthly series by exponential smoothing with additive errors, fitted by \
              maximum likelihood: level only, trend, damped trend, each with or without a season of \
              12 months; the model with the least AICc, unless one is named. Refused under 24 \
              points. A series that a model fits without error has a forecast without width.",
    formula: "`y = l' + phi b' + s' + e`, `l = l' + phi b' + alpha e`, `b = phi b' + beta e`, `s = s' \
              + gamma e`; `beta < alpha`, `gamma < 1 - alpha`, `.8 <= phi <= .98`; start by least \
              squares, smoothing by the simplex method. `sigma^2 = SSE / (n - smoothing - start)`; \
              `-/+ 1.96 sigma sqrt(1 + sum over j < h of c^2)`, `c = alpha + beta (phi + .. + phi^j) \
              + gamma [12 divides j]`.",
    source: "Hyndman RJ and others. Forecasting with Exponential Smoothing. 2008, chapters 5 to 7.",
    inputs: &[
        input(
            "period",
            Kind::Period,
            "any date in the month, or its running number; no gaps, no twice",
        ),
        input("value", Kind::Number, "the month's value"),
        input("horizon", Kind::Integer, "months ahead, 1 to 120, the same in all rows"),
        input(
            "model",
            Kind::Text,
            "`auto`, or one of `ETS(A,N,N)`, `ETS(A,A,N)`, `ETS(A,Ad,N)`, \
                                    `ETS(A,N,A)`, `ETS(A,A,A)`, `ETS(A,Ad,A)`; `auto`",
        ),
        CONFIDENCE,
    ],
    n_required: 3,
    result: Shape::Record(&[
        output("steps", Shape::Records(STEP), "one per month of the horizon"),
        output("sigma", Shape::Number, "standard deviation of the errors one step ahead"),
        output("n_points", Shape::Integer, "points the forecast is made from"),
        output("alpha", Shape::Number, "smoothing of the level"),
        output("beta", Shape::Number, "smoothing of the trend; 0 without one"),
        output("gamma", Shape::Number, "smoothing of the season; 0 without one"),
        output("phi", Shape::Number, "share of the trend that each month leaves; 1 undamped"),
        output("log_likelihood", Shape::Number, "of the series under the model"),
        output("aicc", Shape::Number, "corrected Akaike criterion, start and variance counted"),
        output("method", Shape::Text, "the model: error, trend, season"),
        REASON,
    ]),
    example: "select f['method'] as method, round(f['steps'][1]['value'], 1) as next\n\
              from (\n    \
              select ets(month, date_part('month', month) % 2 + date_part('month', month) % 3, 1, 'ETS(A,N,N)') as f\n    \
              from (select unnest(generate_series(date '2024-01-01', date '2025-12-01', interval '1 month')) as month)\n\
              )",
};

static ACCURACY: Page = Page {
    name: "forecast_accuracy",
    summary: "How good a forecast was: over one row per month, the months it was made from (forecast \
              null) first, then those forecast and since observed. A MASE of 1 or more is no better \
              than last year's values would have been one year ahead.",
    formula: "`MASE = mean |y - f| / mean |y[t] - y[t-12]|`, the denominator over the months without \
              a forecast; `MAPE = 100 mean |(y - f) / y|`; coverage: share inside the interval; \
              two-sided sign test of above against below.",
    source: "Hyndman RJ, Koehler AB. Int J Forecasting 2006;22:679-88.",
    inputs: &[
        input("period", Kind::Period, "any date in the month, or its running number; no gaps"),
        input("observed", Kind::Number, "what was observed"),
        input("forecast", Kind::Number, "what was forecast; null where it was made from"),
        input("lower_95", Kind::Number, "lower limit of the interval"),
        input("upper_95", Kind::Number, "upper limit of the interval"),
    ],
    n_required: 5,
    result: Shape::Record(&[
        output("mase", Shape::Number, "mean absolute scaled error"),
        output("mape", Shape::Number, "mean absolute percentage error"),
        output("coverage", Shape::Number, "share of months inside the interval"),
        output("n_above", Shape::Integer, "months observed above their forecast"),
        output("n_below", Shape::Integer, "months observed below their forecast"),
        output("p_one_sided", Shape::Number, "p value of so uneven a split"),
        output("method", Shape::Text, "how the error is scaled"),
        REASON,
    ]),
    example: "select round(a['mase'], 3) as mase, round(a['mape'], 3) as mape, a['coverage'] as coverage, a['n_above'] as n_above\n\
              from (\n    \
              select forecast_accuracy(month, n, f, f - 5, f + 5) as a\n    \
              from (\n        \
              select month, n, case when month >= date '2026-01-01' then n - 3 end as f\n        \
              from (\n            \
              select month, 12 * date_part('year', month) + date_part('month', month) - 24288 as n\n            \
              from (select unnest(generate_series(date '2024-01-01', date '2026-03-01', interval '1 month')) as month)\n        \
              )\n    \
              )\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&ETS, ets), Method::aggregate(&ACCURACY, forecast_accuracy)]
}

fn ets(given: &Arguments) -> Value {
    let forms = forms(given).ok_or("no such model, or it differs between rows");
    let confidence = given.one_confidence(4);
    let made = series_and_horizon(given).and_then(|(series, horizon)| {
        confidence.ok_or(methods::NO_CONFIDENCE)?;
        Ok(methods::ets(&series, horizon, forms?))
    });
    let result = made.unwrap_or_else(|reason| Ets::missing(given.n_rows(), reason));
    let smoothing = result.smoothing;
    Value::Record(vec![
        steps(&result.forecast, confidence.unwrap_or(Confidence::P95)),
        result.forecast.sigma.into(),
        result.forecast.n_points.into(),
        smoothing.map(|by| by.alpha).into(),
        smoothing.map(|by| by.beta).into(),
        smoothing.map(|by| by.gamma).into(),
        smoothing.map(|by| by.phi).into(),
        result.log_likelihood.into(),
        result.aicc.into(),
        result.forecast.method.into(),
        result.forecast.reason.into(),
    ])
}

/// The models to choose from.
fn forms(given: &Arguments) -> Option<&'static [EtsForm]> {
    if !given.has(3) {
        return Some(&ETS_FORMS);
    }
    match given.word(3)? {
        "auto" => Some(&ETS_FORMS),
        name => ETS_FORMS.iter().find(|form| form.name == name).map(std::slice::from_ref),
    }
}

fn forecast_accuracy(given: &Arguments) -> Value {
    let point = |row| ForecastPoint {
        observed: given.number_or_nan(1, row),
        forecast: given.number(2, row),
        interval: given.number(3, row).zip(given.number(4, row)),
    };
    let points: Vec<ForecastPoint> = given.rows().map(point).collect();
    let result = match follows_on(given) {
        Ok(()) => methods::forecast_accuracy(&points),
        Err(reason) => ForecastAccuracy { reason: Some(reason), ..ForecastAccuracy::default() },
    };
    Value::Record(vec![
        result.mase.into(),
        result.mape.into(),
        result.coverage.into(),
        result.n_above.into(),
        result.n_below.into(),
        result.p_one_sided.into(),
        methods::METHOD_ACCURACY.into(),
        result.reason.into(),
    ])
}

#[cfg(test)]
mod tests;
