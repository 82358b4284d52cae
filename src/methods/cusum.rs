//! Cumulative sums: small lasting shifts from a target, found early.

use super::descriptive::mean;
use super::estimate::NOT_FINITE;
use super::spc::mean_moving_range;

/// Mean moving range of two over the standard deviation, `d2`.
const D2: f64 = 1.128;

/// How a chart of cumulative sums is made.
#[derive(Debug, Clone, Copy)]
pub struct CusumOptions {
    /// What values ought to be; `None` for their mean.
    pub target: Option<f64>,
    /// Their standard deviation; `None` for the mean moving range over 1.128.
    pub standard_deviation: Option<f64>,
    /// Half the shift to be found, in standard deviations.
    pub slack: f64,
    /// The sum that is a signal, in standard deviations.
    pub decision: f64,
}

/// The sums at one point.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CusumPoint {
    /// Upper sum, in standard deviations.
    pub high: f64,
    /// Lower sum, in standard deviations, as a positive number.
    pub low: f64,
    /// Points since the upper sum was last zero: how long ago a rise began.
    pub n_high: usize,
    /// Points since the lower sum was last zero.
    pub n_low: usize,
    /// 1 above the decision limit upwards, -1 downwards, 0 neither (the larger sum where both).
    pub signal: i64,
}

/// Tabular sums of a series in its order, which a signal does not set back.
///
/// `high = max(0, high' + z - k)`, `low = max(0, low' - z - k)`, `z = (x - target) / sd`; a signal
/// above `h`. Source: Montgomery DC, Introduction to Statistical Quality Control, 2009, 9.1.
///
/// # Errors
/// Why there is no chart.
pub fn cusum(values: &[f64], options: &CusumOptions) -> Result<Vec<CusumPoint>, &'static str> {
    if values.is_empty() {
        return Err("no rows");
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err("a value is missing or not finite");
    }
    let CusumOptions { slack, decision, .. } = *options;
    if !(slack.is_finite() && slack >= 0.0 && decision.is_finite() && decision > 0.0) {
        return Err("slack is below zero, or the decision limit is not above zero");
    }
    let target = options.target.unwrap_or_else(|| mean(values));
    let deviation = options.standard_deviation;
    let deviation = deviation.unwrap_or_else(|| mean_moving_range(values, false) / D2);
    if !(target.is_finite() && deviation.is_finite() && deviation > 0.0) {
        return Err("no target, or no standard deviation above zero");
    }
    let mut sums = Vec::with_capacity(values.len());
    let mut point = CusumPoint::default();
    for value in values {
        let z = (value - target) / deviation;
        point.high = (point.high + z - slack).max(0.0);
        point.low = (point.low - z - slack).max(0.0);
        if !(z.is_finite() && point.high.is_finite() && point.low.is_finite()) {
            return Err(NOT_FINITE);
        }
        point.n_high = if point.high > 0.0 { point.n_high + 1 } else { 0 };
        point.n_low = if point.low > 0.0 { point.n_low + 1 } else { 0 };
        let is_up = point.high >= point.low;
        point.signal = match (point.high.max(point.low) > decision, is_up) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => -1,
        };
        sums.push(point);
    }
    Ok(sums)
}
