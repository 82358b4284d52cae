//! Indirect standardisation: events against those that a reference's rates would give.

use super::confidence::Confidence;
use super::estimate::{Estimate, fault_of_base};
use super::poisson::poisson_count;

/// Observed over expected events, times `scale`, with limits of the observed ones by the count rule.
///
/// Missing when the count is not one, nothing is expected, or the scale is not above zero.
#[must_use]
pub fn observed_over_expected(
    observed: f64,
    expected: f64,
    scale: f64,
    confidence: Confidence,
) -> Estimate {
    let counted = poisson_count(observed, confidence);
    if counted.value.is_none() {
        return counted;
    }
    if !(expected.is_finite() && expected > 0.0) {
        return Estimate::missing(counted.method, "no events are expected");
    }
    if let Some(reason) = fault_of_base(scale) {
        return Estimate::missing(counted.method, reason);
    }
    let ratio = |events: f64| events / expected * scale;
    Estimate { value: counted.value.map(ratio), limits: counted.limits.map(ratio), ..counted }
}
