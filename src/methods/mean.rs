//! The mean of values with its limits.

use super::confidence::Confidence;
use super::descriptive;
use super::estimate::{Estimate, Limits, NOT_FINITE};
use super::student::t_value;

const METHOD: &str = "Student's t";

/// A mean with what its limits are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub estimate: Estimate,
    /// Standard deviation of the values, over `n - 1`.
    pub standard_deviation: Option<f64>,
}

/// Mean of `values` with limits `mean -/+ t(n-1) sd / sqrt n`.
///
/// Missing without values, or when one is not finite; without limits from one value, and from values
/// that are all alike, since limits of no width would claim certainty. The caller gives the values in
/// one order.
#[must_use]
pub fn mean(values: &[f64], confidence: Confidence) -> Mean {
    let missing =
        |reason| Mean { estimate: Estimate::missing(METHOD, reason), standard_deviation: None };
    if values.is_empty() {
        return missing("no rows");
    }
    if values.iter().any(|value| !value.is_finite()) {
        return missing("a value is missing or not finite");
    }
    let n = values.len() as f64;
    let value = descriptive::mean(values);
    let deviation = descriptive::variance(values).map(f64::sqrt);
    if !value.is_finite() || deviation.is_some_and(|deviation| !deviation.is_finite()) {
        return missing(NOT_FINITE);
    }
    let reason = if deviation.is_none() {
        Some("one row: no error to judge by")
    } else if values.iter().all(|other| *other == values[0]) {
        Some("all rows alike: no error to judge by")
    } else {
        None
    };
    let limits = |confidence| {
        let t = t_value(confidence, n - 1.0).zip(deviation);
        let reach = t.map(|(t, deviation)| t * deviation / n.sqrt());
        (reach.map(|reach| value - reach), reach.map(|reach| value + reach))
    };
    let limits = if reason.is_none() { Limits::at(confidence, limits) } else { Limits::default() };
    Mean {
        estimate: Estimate { value: Some(value), limits, method: METHOD, reason },
        standard_deviation: deviation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: 1, 2, 3 have mean 2 and deviation 1; at two degrees of freedom t = c sqrt(2/(1 - c^2)).
    #[test]
    fn a_mean_has_limits_by_student() {
        let found = mean(&[1.0, 2.0, 3.0], Confidence::P95);
        assert_eq!((found.estimate.value, found.standard_deviation), (Some(2.0), Some(1.0)));
        let upper = found.estimate.limits.upper_95.expect("a limit");
        let t = 0.95 * (2.0_f64 / (1.0 - 0.95 * 0.95)).sqrt();
        assert!((upper - 2.0 - t / 3.0_f64.sqrt()).abs() < 1e-11);
    }

    #[test]
    fn one_value_or_many_alike_have_no_limits() {
        for values in [&[7.0][..], &[7.0, 7.0, 7.0]] {
            let found = mean(values, Confidence::P95).estimate;
            assert_eq!((found.value, found.limits), (Some(7.0), Limits::default()));
            assert!(found.reason.is_some());
        }
        assert_eq!(mean(&[], Confidence::P95).estimate.reason, Some("no rows"));
        assert_eq!(mean(&[1.0, f64::NAN], Confidence::P95).estimate.value, None);
    }
}
