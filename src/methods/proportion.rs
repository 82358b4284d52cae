//! Wilson's limits of a proportion.

use super::confidence::z_value;
use super::estimate::{Estimate, Limits};

const METHOD: &str = "Wilson";

/// Wilson's score limits of `numerator / denominator`, as (lower, upper).
///
/// `(2x + z^2 -/+ z sqrt(z^2 + 4x(1 - x/n))) / (2 (n + z^2))` (Wilson 1927, Newcombe 1998).
pub(crate) fn wilson_interval(numerator: f64, denominator: f64, z: f64) -> (f64, f64) {
    let spread = z * (z * z + 4.0 * numerator * (1.0 - numerator / denominator)).sqrt();
    let middle = 2.0 * numerator + z * z;
    let scale = 2.0 * (denominator + z * z);
    ((middle - spread) / scale, (middle + spread) / scale)
}

/// A proportion times `multiplier`, with Wilson's limits.
///
/// Missing when the denominator is not above zero, or the numerator lies outside 0..denominator.
#[must_use]
pub fn wilson(numerator: f64, denominator: f64, multiplier: f64) -> Estimate {
    if !(denominator.is_finite() && denominator > 0.0) {
        return Estimate::missing(METHOD, "denominator is missing or not above zero");
    }
    if !(0.0..=denominator).contains(&numerator) {
        return Estimate::missing(METHOD, "numerator is missing or outside 0 to the denominator");
    }
    let limits = Limits::at(|confidence| {
        let (lower, upper) = wilson_interval(numerator, denominator, z_value(confidence));
        (Some(lower.max(0.0) * multiplier), Some(upper.min(1.0) * multiplier))
    });
    let value = Some(numerator / denominator * multiplier);
    Estimate { value, limits, method: METHOD, reason: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stay_between_nothing_and_all_at_any_multiplier() {
        let all = wilson(5.0, 5.0, 1000.0);
        assert_eq!(all.limits.upper_998, Some(1000.0));
        let none = wilson(0.0, 5.0, 1000.0);
        assert_eq!(none.limits.lower_998, Some(0.0));
    }

    #[test]
    fn a_numerator_above_its_denominator_is_missing_with_a_reason() {
        assert_eq!(wilson(6.0, 5.0, 1.0).value, None);
        assert!(wilson(6.0, 5.0, 1.0).reason.is_some());
        assert!(wilson(0.0, 0.0, 1.0).reason.is_some());
    }
}
