//! Wilson's limits of a proportion.

use super::confidence::{Confidence, z_value};
use super::estimate::{Estimate, Limits, fault_of_base};

const METHOD: &str = "Wilson";

/// Wilson's score limits of `numerator / denominator`, as (lower, upper).
///
/// `(2x + z^2 -/+ z sqrt(z^2 + 4x(1 - x/n))) / (2 (n + z^2))` (Wilson 1927, Newcombe 1998): exactly
/// 0 below none, and 1 above all. The lower limit is written as `2x^2/n` over the other root, which
/// is the same without a difference of two numbers that are nearly equal; everything is divided by
/// the larger of `n` and `z^2` first, so that no denominator is too large.
pub(crate) fn wilson_interval(numerator: f64, denominator: f64, z: f64) -> (f64, f64) {
    let largest = denominator.max(z * z);
    let [x, n, square] = [numerator, denominator, z * z].map(|term| term / largest);
    let share = numerator / denominator;
    let spread = (square * (square + 4.0 * x * (1.0 - share))).sqrt();
    let root = 2.0 * x + square + spread;
    let upper = if numerator == denominator { 1.0 } else { root / (2.0 * (n + square)) };
    (2.0 * x * share / root, upper)
}

/// A proportion times `multiplier`, with Wilson's limits.
///
/// Missing when the denominator or the multiplier is not above zero, or the numerator lies outside
/// 0..denominator.
#[must_use]
pub fn wilson(
    numerator: f64,
    denominator: f64,
    multiplier: f64,
    confidence: Confidence,
) -> Estimate {
    if !(denominator.is_finite() && denominator > 0.0) {
        return Estimate::missing(METHOD, "denominator is missing or not above zero");
    }
    if !(0.0..=denominator).contains(&numerator) {
        return Estimate::missing(METHOD, "numerator is missing or outside 0 to the denominator");
    }
    if let Some(reason) = fault_of_base(multiplier) {
        return Estimate::missing(METHOD, reason);
    }
    let limits = Limits::at(confidence, |confidence| {
        let (lower, upper) = wilson_interval(numerator, denominator, z_value(confidence));
        (Some(lower * multiplier), Some(upper.min(1.0) * multiplier))
    });
    let value = Some(numerator / denominator * multiplier);
    Estimate { value, limits, method: METHOD, reason: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stay_between_nothing_and_all_at_any_multiplier() {
        let all = wilson(5.0, 5.0, 1000.0, Confidence::P95);
        assert_eq!(all.limits.upper_998, Some(1000.0));
        let none = wilson(0.0, 5.0, 1000.0, Confidence::P95);
        assert_eq!(none.limits.lower_998, Some(0.0));
    }

    // As n grows the limits close in on the share itself: at 1e300 no digit is left between them.
    #[test]
    fn huge_counts_have_the_limits_of_a_share_that_is_known() {
        let half = wilson(5e307, 1e308, 100.0, Confidence::P95);
        assert_eq!(half.value, Some(50.0));
        assert_eq!((half.limits.lower_95, half.limits.upper_998), (Some(50.0), Some(50.0)));
        let all = wilson(1e308, 1e308, 1.0, Confidence::P95);
        assert_eq!((all.limits.lower_95, all.limits.upper_95), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn a_multiplier_that_is_none_is_missing_with_a_reason() {
        for multiplier in [f64::NAN, 0.0, -100.0, f64::INFINITY] {
            let share = wilson(1.0, 2.0, multiplier, Confidence::P95);
            assert_eq!((share.value, share.limits), (None, Limits::default()));
            assert!(share.reason.is_some());
        }
    }

    #[test]
    fn a_numerator_above_its_denominator_is_missing_with_a_reason() {
        assert_eq!(wilson(6.0, 5.0, 1.0, Confidence::P95).value, None);
        assert!(wilson(6.0, 5.0, 1.0, Confidence::P95).reason.is_some());
        assert!(wilson(0.0, 0.0, 1.0, Confidence::P95).reason.is_some());
    }
}
