//! Forecasts of a monthly series: additive Holt-Winters with fixed smoothing, and the seasonal
//! naive forecast it must beat.

use super::confidence::{CONFIDENCE_95, z_value};
use super::estimate::NOT_FINITE;

/// Periods in a season: months in a year.
pub(crate) const SEASON: usize = 12;
/// Fewest points that a forecast is made from: two seasons.
pub(crate) const FEWEST_POINTS: usize = 2 * SEASON;
const TOO_SHORT: &str = "fewer than 24 points";

const LEVEL: f64 = 0.3;
const TREND: f64 = 0.05;
const SEASONAL: f64 = 0.2;

/// One period ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastStep {
    /// Periods after the last point, from 1.
    pub step: usize,
    /// The forecast.
    pub value: f64,
    /// Lower limit of the 95 % prediction interval; may fall below zero.
    pub lower_95: f64,
    /// Upper limit of the 95 % prediction interval.
    pub upper_95: f64,
}

/// A forecast, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// One step per period of the horizon; empty when there is a reason.
    pub steps: Vec<ForecastStep>,
    /// Standard deviation of the one-step errors; `None` when there is a reason.
    pub sigma: Option<f64>,
    /// Points the forecast was made from.
    pub n_points: usize,
    /// The method that made it.
    pub method: &'static str,
    /// Why it is missing.
    pub reason: Option<&'static str>,
}

impl Forecast {
    pub(crate) fn missing(method: &'static str, n_points: usize, reason: &'static str) -> Self {
        Self { steps: Vec::new(), sigma: None, n_points, method, reason: Some(reason) }
    }

    /// The forecast of these steps, unless its numbers have grown beyond any.
    pub(crate) fn made(
        method: &'static str,
        n_points: usize,
        steps: Vec<ForecastStep>,
        sigma: f64,
    ) -> Self {
        let is_finite =
            |step: &ForecastStep| step.lower_95.is_finite() && step.upper_95.is_finite();
        if !steps.iter().all(is_finite) {
            return Self::missing(method, n_points, NOT_FINITE);
        }
        Self { steps, sigma: Some(sigma), n_points, method, reason: None }
    }
}

/// Name of [`holt_winters`] in results.
pub(crate) const HOLT_WINTERS: &str = "Holt-Winters additive, smoothing 0.3, 0.05, 0.2";
/// Name of [`seasonal_naive`] in results.
pub(crate) const SEASONAL_NAIVE: &str = "Seasonal naive";

struct State {
    level: f64,
    trend: f64,
    seasonal: [f64; SEASON],
}

impl State {
    /// Level: mean of year one. Trend: a twelfth of the step between the years' means. Seasonal:
    /// year one less its mean.
    fn start(series: &[f64]) -> Self {
        let mean = |year: &[f64]| year.iter().sum::<f64>() / SEASON as f64;
        let level = mean(&series[..SEASON]);
        let trend = (mean(&series[SEASON..2 * SEASON]) - level) / SEASON as f64;
        let mut seasonal = [0.0; SEASON];
        for (month, value) in seasonal.iter_mut().zip(series) {
            *month = value - level;
        }
        Self { level, trend, seasonal }
    }

    /// Learn from the value at position `at`; gives the one-step error made there.
    fn learn(&mut self, at: usize, value: f64) -> f64 {
        let seasonal = self.seasonal[at % SEASON];
        let before = self.level + self.trend;
        let level = LEVEL * (value - seasonal) + (1.0 - LEVEL) * before;
        self.trend = TREND * (level - self.level) + (1.0 - TREND) * self.trend;
        self.seasonal[at % SEASON] = SEASONAL * (value - before) + (1.0 - SEASONAL) * seasonal;
        self.level = level;
        value - before - seasonal
    }
}

/// Additive Holt-Winters with smoothing of level 0.3, trend 0.05 and season 0.2, started from the
/// first two years.
///
/// Prediction interval: `value -/+ 1.96 sigma sqrt(1 + sum_{j<h} c_j^2)` with
/// `c_j = a + a b j + g [12 divides j]`, the exact variance of the additive model (Hyndman and
/// others 2008, class 1); `sigma^2` is the mean squared one-step error after the first year, whose
/// errors are small because the start was taken from it.
#[must_use]
pub fn holt_winters(series: &[f64], horizon: usize) -> Forecast {
    if let Some(reason) = fault(series) {
        return Forecast::missing(HOLT_WINTERS, series.len(), reason);
    }
    let mut state = State::start(series);
    let errors: Vec<f64> = series.iter().enumerate().map(|(at, y)| state.learn(at, *y)).collect();
    let sigma = root_mean_square(&errors[SEASON..]);
    let mut variance: f64 = 1.0;
    let mut steps = Vec::with_capacity(horizon);
    for step in 1..=horizon {
        let seasonal = state.seasonal[(series.len() + step - 1) % SEASON];
        let value = state.level + step as f64 * state.trend + seasonal;
        steps.push(interval(step, value, sigma * variance.sqrt()));
        let echo =
            LEVEL + LEVEL * TREND * step as f64 + if step % SEASON == 0 { SEASONAL } else { 0.0 };
        variance += echo * echo;
    }
    Forecast::made(HOLT_WINTERS, series.len(), steps, sigma)
}

/// The value of the same month a year before.
///
/// Prediction interval: `value -/+ 1.96 sigma sqrt(k)`, `k` the years ahead, `sigma^2` the mean
/// squared difference from a year before.
#[must_use]
pub fn seasonal_naive(series: &[f64], horizon: usize) -> Forecast {
    if let Some(reason) = fault(series) {
        return Forecast::missing(SEASONAL_NAIVE, series.len(), reason);
    }
    let n_points = series.len();
    let errors: Vec<f64> = (SEASON..n_points).map(|at| series[at] - series[at - SEASON]).collect();
    let sigma = root_mean_square(&errors);
    let ahead = |step: usize| {
        let value = series[n_points - SEASON + (step - 1) % SEASON];
        let years = (step - 1) / SEASON + 1;
        interval(step, value, sigma * (years as f64).sqrt())
    };
    let steps = (1..=horizon).map(ahead).collect();
    Forecast::made(SEASONAL_NAIVE, n_points, steps, sigma)
}

pub(crate) fn fault(series: &[f64]) -> Option<&'static str> {
    if series.len() < FEWEST_POINTS {
        Some(TOO_SHORT)
    } else if series.iter().any(|value| !value.is_finite()) {
        Some("a value is missing or not finite")
    } else {
        None
    }
}

fn interval(step: usize, value: f64, error: f64) -> ForecastStep {
    let reach = z_value(CONFIDENCE_95) * error;
    ForecastStep { step, value, lower_95: value - reach, upper_95: value + reach }
}

fn root_mean_square(errors: &[f64]) -> f64 {
    (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_three_points_are_refused_with_a_reason() {
        let short = [5.0; 23];
        assert_eq!(holt_winters(&short, 12).reason, Some(TOO_SHORT));
        assert_eq!(seasonal_naive(&short, 12).reason, Some(TOO_SHORT));
        assert!(holt_winters(&short, 12).steps.is_empty());
    }

    #[test]
    fn values_that_no_sum_can_hold_are_refused_with_a_reason() {
        let forecast = holt_winters(&[1e308; 24], 3);
        assert_eq!((forecast.reason, forecast.sigma), (Some(NOT_FINITE), None));
        assert!(forecast.steps.is_empty());
        // Last year's value stands for this year's without any sum.
        assert_eq!(seasonal_naive(&[1e308; 24], 3).steps[2].value, 1e308);
    }

    #[test]
    fn a_constant_series_is_forecast_without_error() {
        let forecast = holt_winters(&[7.0; 36], 24);
        assert!(forecast.steps.iter().all(|step| step.value == 7.0 && step.lower_95 == 7.0));
    }

    #[test]
    fn intervals_widen_with_the_horizon() {
        let series: Vec<f64> = (0..36).map(|t| f64::from(t * t % 17)).collect();
        let forecast = holt_winters(&series, 30);
        let widths: Vec<f64> = forecast.steps.iter().map(|s| s.upper_95 - s.lower_95).collect();
        assert!(widths.windows(2).all(|pair| pair[0] < pair[1]));
    }

    // A model-true series: level, trend and season move by the same errors that are observed, so
    // 95 % of the points should fall inside. Errors from a fixed congruential generator.
    #[test]
    fn about_ninety_five_in_a_hundred_points_fall_inside_the_interval() {
        let mut seed = 20_261_122_u64;
        let mut uniform = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let (mut inside, mut all) = (0, 0);
        for _ in 0..400 {
            let mut state = State { level: 100.0, trend: 0.2, seasonal: [0.0; SEASON] };
            for (month, seasonal) in state.seasonal.iter_mut().enumerate() {
                *seasonal = 10.0 * (month as f64 * std::f64::consts::TAU / 12.0).sin();
            }
            let mut series = Vec::new();
            for at in 0..60 {
                let y = state.level + state.trend + state.seasonal[at % SEASON] + 3.0 * normal();
                state.learn(at, y);
                series.push(y);
            }
            let forecast = holt_winters(&series[..48], 12);
            for (step, actual) in forecast.steps.iter().zip(&series[48..]) {
                inside += usize::from((step.lower_95..=step.upper_95).contains(actual));
                all += 1;
            }
        }
        let share = f64::from(inside as u32) / f64::from(all);
        assert!((0.92..=0.97).contains(&share), "coverage {share}");
    }
}
