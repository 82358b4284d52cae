//! Funnel limits without over-dispersion, and the class of an area against its baseline.

use super::confidence::{Confidence, z_value};
use super::estimate::Limits;
use super::poisson::{count_interval, exact_interval};
use super::proportion::wilson_interval;

/// Where an area lies against a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunnelClass {
    /// Below the lower 99.8 % limit.
    Low998,
    /// Below the lower 95 % limit.
    Low95,
    /// Between the 95 % limits.
    Within,
    /// Above the upper 95 % limit.
    High95,
    /// Above the upper 99.8 % limit.
    High998,
}

impl FunnelClass {
    /// The class as written in tables.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Low998 => "low_998",
            Self::Low95 => "low_95",
            Self::Within => "within",
            Self::High95 => "high_95",
            Self::High998 => "high_998",
        }
    }

    /// The class of `value` against limits drawn around a baseline.
    #[must_use]
    pub fn of(value: f64, limits: &Limits) -> Self {
        let above = |limit: Option<f64>| limit.is_some_and(|limit| value > limit);
        let below = |limit: Option<f64>| limit.is_some_and(|limit| value < limit);
        if above(limits.upper_998) {
            Self::High998
        } else if below(limits.lower_998) {
            Self::Low998
        } else if above(limits.upper_95) {
            Self::High95
        } else if below(limits.lower_95) {
            Self::Low95
        } else {
            Self::Within
        }
    }

    /// The class of a baseline seen from an area's own interval at each confidence.
    fn by_interval(baseline: f64, interval: impl Fn(f64) -> (Option<f64>, Option<f64>)) -> Self {
        let own = Limits::at(Confidence::P95, interval);
        let is_above = |lower: Option<f64>| lower.is_some_and(|lower| lower > baseline);
        let is_below = |upper: Option<f64>| upper.is_some_and(|upper| upper < baseline);
        if is_above(own.lower_998) {
            Self::High998
        } else if is_below(own.upper_998) {
            Self::Low998
        } else if is_above(own.lower_95) {
            Self::High95
        } else if is_below(own.upper_95) {
            Self::Low95
        } else {
            Self::Within
        }
    }
}

/// Funnel limits at one number of events: the expected events at which that number would just be
/// a limit, and the ratio of events to expected there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelLimits {
    /// Expected events at each limit.
    pub expected: Limits,
    /// Events divided by expected events at each limit.
    pub ratio: Limits,
}

/// Limits of a proportion funnel at a denominator: `p -/+ z sqrt(p (1 - p) / n)`, kept within
/// 0..1, the third pair at this confidence. These are Wilson's limits turned round: the proportions whose Wilson limit is `p`.
#[must_use]
pub fn proportion_limits(baseline: f64, denominator: f64, confidence: Confidence) -> Limits {
    let error = (baseline * (1.0 - baseline) / denominator).sqrt();
    Limits::at(confidence, |confidence| {
        let reach = z_value(confidence) * error;
        (Some((baseline - reach).max(0.0)), Some((baseline + reach).min(1.0)))
    })
}

/// Limits of a ratio or rate funnel at `n_events`, by exact Poisson tails of .025 and .001, and of
/// half of what this confidence leaves. Without
/// events no expected number is too few, so that the ratio has no upper limit.
#[must_use]
pub fn poisson_limits(n_events: f64, confidence: Confidence) -> FunnelLimits {
    // The lower limit of the funnel is where so few events would be too few: many expected.
    let turn = |confidence| {
        let (few, many) = exact_interval(n_events, confidence);
        (many, few)
    };
    let expected = Limits::at(confidence, turn);
    let mut ratio = expected.map(|expected| n_events / expected);
    if n_events == 0.0 {
        (ratio.upper_95, ratio.upper_998, ratio.upper) = (None, None, None);
    }
    FunnelLimits { expected, ratio }
}

/// The class of `observed` events against `expected` ones: exact Poisson limits of the observed
/// count below 10 events, Byar's otherwise.
#[must_use]
pub fn poisson_class(observed: f64, expected: f64) -> FunnelClass {
    FunnelClass::by_interval(expected, |confidence| count_interval(observed, confidence))
}

/// The class of a proportion against a baseline proportion, by its Wilson limits.
#[must_use]
pub fn proportion_class(numerator: f64, denominator: f64, baseline: f64) -> FunnelClass {
    FunnelClass::by_interval(baseline, |confidence| {
        let (lower, upper) = wilson_interval(numerator, denominator, z_value(confidence));
        (Some(lower), Some(upper))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upper_limit_of_a_proportion_never_passes_all() {
        let limits = proportion_limits(0.338, 2.0, Confidence::P95);
        assert_eq!(limits.upper_998, Some(1.0));
        assert_eq!(limits.lower_998, Some(0.0));
    }

    // By hand: none are just too few where exp(-E) = .025, and never too many.
    #[test]
    fn no_events_have_no_upper_limit_of_their_ratio() {
        let FunnelLimits { expected, ratio } = poisson_limits(0.0, Confidence::P95);
        let most = expected.lower_95.expect("a limit");
        assert!((most + 0.025_f64.ln()).abs() < 1e-12);
        assert_eq!((ratio.lower_95, ratio.upper_95, ratio.upper_998), (Some(0.0), None, None));
    }

    #[test]
    fn an_area_at_its_baseline_is_within() {
        assert_eq!(poisson_class(50.0, 50.0), FunnelClass::Within);
        assert_eq!(proportion_class(50.0, 100.0, 0.5), FunnelClass::Within);
    }
}
