//! How good a forecast was, once what it forecast has been observed.

use super::descriptive::mean;
use super::forecast::SEASON;

/// A period: observed, and forecast or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastPoint {
    /// What was observed.
    pub observed: f64,
    /// What was forecast; `None` in the periods that the forecast was made from.
    pub forecast: Option<f64>,
    /// The interval around the forecast.
    pub interval: Option<(f64, f64)>,
}

/// Measures over the periods that have a forecast.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ForecastAccuracy {
    /// Mean absolute error over that of the seasonal naive forecast one season ahead, within the
    /// periods before the forecast.
    pub mase: Option<f64>,
    /// Mean absolute error as a percentage of what was observed.
    pub mape: Option<f64>,
    /// Share of the periods inside their interval.
    pub coverage: Option<f64>,
    /// Periods observed above their forecast.
    pub n_above: usize,
    /// Periods observed below their forecast.
    pub n_below: usize,
    /// Chance that so many or more of the periods that are not on it lie on one side, as often as
    /// not on either (two-sided sign test).
    pub p_one_sided: Option<f64>,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// Name of [`forecast_accuracy`] in results.
pub(crate) const METHOD_ACCURACY: &str = "errors ahead, scaled by the seasonal naive forecast";

/// Accuracy of a forecast over a series in order of its periods, those with a forecast last.
///
/// `MASE = mean |y - f| / mean |y_t - y_{t-12}|`, the denominator over the periods without a
/// forecast; `MAPE = 100 mean |y - f| / |y|`. Source: Hyndman RJ, Koehler AB. Int J Forecasting
/// 2006;22:679-88.
#[must_use]
pub fn forecast_accuracy(points: &[ForecastPoint]) -> ForecastAccuracy {
    let refuse = |reason| ForecastAccuracy { reason: Some(reason), ..ForecastAccuracy::default() };
    let n_before = points.iter().take_while(|point| point.forecast.is_none()).count();
    let (before, ahead) = points.split_at(n_before);
    if ahead.is_empty() {
        return refuse("no period has a forecast");
    }
    if points.iter().any(|point| !point.observed.is_finite()) {
        return refuse("an observed value is missing or not finite");
    }
    let pairs: Option<Vec<(f64, f64)>> =
        ahead.iter().map(|point| Some((point.observed, point.forecast?))).collect();
    let Some(pairs) = pairs.filter(|pairs| pairs.iter().all(|(_, f)| f.is_finite())) else {
        return refuse("a forecast is missing or not finite after the first");
    };
    let n_ahead = pairs.len() as f64;
    let error = pairs.iter().map(|(y, f)| (y - f).abs()).sum::<f64>() / n_ahead;
    let scale = naive_error(before);
    let is_share = pairs.iter().all(|(y, _)| *y != 0.0);
    let shares = pairs.iter().map(|(y, f)| ((y - f) / y).abs()).sum::<f64>();
    let n_above = pairs.iter().filter(|(y, f)| y > f).count();
    let n_below = pairs.iter().filter(|(y, f)| y < f).count();
    let mase = scale.map(|scale| error / scale);
    let mape = is_share.then_some(100.0 * shares / n_ahead);
    let coverage = coverage(ahead);
    let reason = [
        (mase.is_none(), "the periods before the forecast are too few or alike to scale by"),
        (mape.is_none(), "a value of nothing has no percentage"),
        (coverage.is_none(), "an interval is missing or turned round"),
    ];
    ForecastAccuracy {
        mase,
        mape,
        coverage,
        n_above,
        n_below,
        p_one_sided: Some(sign_test(n_above, n_below)),
        reason: reason.into_iter().find_map(|(is_missing, reason)| is_missing.then_some(reason)),
    }
}

/// Mean absolute error of the seasonal naive forecast within a series.
fn naive_error(before: &[ForecastPoint]) -> Option<f64> {
    let errors = before.iter().skip(SEASON).zip(before);
    let errors: Vec<f64> = errors.map(|(now, then)| (now.observed - then.observed).abs()).collect();
    Some(mean(&errors)).filter(|mean| *mean > 0.0)
}

fn coverage(ahead: &[ForecastPoint]) -> Option<f64> {
    let is_inside = |point: &ForecastPoint| {
        let (lower, upper) = point.interval.filter(|(lower, upper)| lower <= upper)?;
        Some((lower..=upper).contains(&point.observed))
    };
    let inside: Vec<bool> = ahead.iter().map(is_inside).collect::<Option<_>>()?;
    Some(inside.iter().filter(|is_inside| **is_inside).count() as f64 / inside.len() as f64)
}

/// Two-sided p of as uneven a split or more, at even chances; 1 when there is nothing to split.
fn sign_test(n_above: usize, n_below: usize) -> f64 {
    let (n, fewer) = (n_above + n_below, n_above.min(n_below));
    // The binomial terms from none up, each from the one before, on the log scale.
    let mut log_term = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = log_term.exp();
    for k in 0..fewer {
        log_term += ((n - k) as f64 / (k + 1) as f64).ln();
        tail += log_term.exp();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: scipy.stats.binomtest(k, n).pvalue of scipy 1.17, and 2 / 2^12 by hand.
    #[test]
    fn all_twelve_on_one_side_is_rare() {
        for (above, below, expected) in
            [(12, 0, 2.0 / 4096.0), (9, 3, 0.145_996_093_75), (0, 0, 1.0), (6, 6, 1.0)]
        {
            assert!((sign_test(above, below) - expected).abs() < 1e-12, "{above} {below}");
        }
    }
}
