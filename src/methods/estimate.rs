//! A value with its 95 % and 99.8 % limits, how it was made, and why something is missing.

use super::confidence::{CONFIDENCE_95, CONFIDENCE_998, Confidence};

/// Limits at the two usual confidences and at one that is asked for; `None` where a method cannot
/// give one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// Lower 95 % limit.
    pub lower_95: Option<f64>,
    /// Upper 95 % limit.
    pub upper_95: Option<f64>,
    /// Lower 99.8 % limit.
    pub lower_998: Option<f64>,
    /// Upper 99.8 % limit.
    pub upper_998: Option<f64>,
    /// Lower limit at the confidence asked for.
    pub lower: Option<f64>,
    /// Upper limit at the confidence asked for.
    pub upper: Option<f64>,
}

impl Limits {
    /// All pairs from a function of the confidence, a share of 1.
    pub fn at(
        confidence: Confidence,
        interval: impl Fn(f64) -> (Option<f64>, Option<f64>),
    ) -> Self {
        let (lower_95, upper_95) = interval(CONFIDENCE_95);
        let (lower_998, upper_998) = interval(CONFIDENCE_998);
        let is_usual = confidence == Confidence::P95;
        let (lower, upper) =
            if is_usual { (lower_95, upper_95) } else { interval(confidence.share()) };
        Self { lower_95, upper_95, lower_998, upper_998, lower, upper }
    }

    /// The limits in pairs: 95 %, 99.8 %, as asked for.
    #[must_use]
    pub fn pairs(&self) -> [(Option<f64>, Option<f64>); 3] {
        [(self.lower_95, self.upper_95), (self.lower_998, self.upper_998), (self.lower, self.upper)]
    }

    /// Each limit changed by `change`.
    #[must_use]
    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        Self {
            lower_95: self.lower_95.map(&change),
            upper_95: self.upper_95.map(&change),
            lower_998: self.lower_998.map(&change),
            upper_998: self.upper_998.map(&change),
            lower: self.lower.map(&change),
            upper: self.upper.map(&change),
        }
    }
}

/// Why a result is missing that overflows or cannot be told from nothing.
pub(crate) const NOT_FINITE: &str = "a number is too large or too small to work with";

/// Why `per`, the base of a rate or the multiplier of a share, cannot be one; `None` when it can.
pub(crate) fn fault_of_base(per: f64) -> Option<&'static str> {
    let is_base = per.is_finite() && per > 0.0;
    (!is_base).then_some("the base of the result is missing, not finite or not above zero")
}

/// What an indicator method returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The point estimate; `None` when it cannot or must not be given.
    pub value: Option<f64>,
    /// Limits around it.
    pub limits: Limits,
    /// The method that made it.
    pub method: &'static str,
    /// Why something is missing; `None` when all is given.
    pub reason: Option<&'static str>,
}

impl Estimate {
    /// A result that is missing altogether.
    #[must_use]
    pub fn missing(method: &'static str, reason: &'static str) -> Self {
        Self { value: None, limits: Limits::default(), method, reason: Some(reason) }
    }
}
