//! Limits of a count of events and of a crude rate.

use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

use super::confidence::{Confidence, normal_quantile, z_value};
use super::estimate::{Estimate, Limits, fault_of_base};

/// Counts below this get exact limits, others Byar's.
pub(crate) const EXACT_BELOW: f64 = 10.0;

const NOT_A_COUNT: &str = "count is missing, negative or not finite";
const BYAR_BELOW_ZERO: &str = "Byar's lower limit is below zero";

/// Byar's limits of a Poisson count, as (lower, upper).
///
/// `L = x (1 - 1/(9x) - z/(3 sqrt x))^3`, `U = (x+1) (1 - 1/(9(x+1)) + z/(3 sqrt(x+1)))^3`
/// (Breslow and Day 1987). The lower limit is `None` where the formula falls below zero, and at
/// `x = 0`.
pub(crate) fn byars_interval(count: f64, confidence: f64) -> (Option<f64>, Option<f64>) {
    let z = z_value(confidence);
    let lower = count * (1.0 - 1.0 / (9.0 * count) - z / (3.0 * count.sqrt())).powi(3);
    let next = count + 1.0;
    let upper = next * (1.0 - 1.0 / (9.0 * next) + z / (3.0 * next.sqrt())).powi(3);
    (Some(lower).filter(|limit| *limit >= 0.0), Some(upper))
}

/// Exact limits of a Poisson count, as (lower, upper).
///
/// `L = chi2^-1((1-c)/2, 2x) / 2`, `U = chi2^-1((1+c)/2, 2x+2) / 2`; `L = 0` at `x = 0`
/// (Garwood 1936).
pub(crate) fn exact_interval(count: f64, confidence: f64) -> (Option<f64>, Option<f64>) {
    let tail = (1.0 - confidence) / 2.0;
    let lower = if count > 0.0 { gamma_quantile(count, Tail::Lower(tail)) } else { 0.0 };
    (Some(lower), Some(gamma_quantile(count + 1.0, Tail::Upper(tail))))
}

/// Exact below 10 events, Byar's otherwise.
pub(crate) fn count_interval(count: f64, confidence: f64) -> (Option<f64>, Option<f64>) {
    if count < EXACT_BELOW {
        exact_interval(count, confidence)
    } else {
        byars_interval(count, confidence)
    }
}

fn is_count(count: f64) -> bool {
    count.is_finite() && count >= 0.0
}

/// A count with Byar's limits.
#[must_use]
pub fn byars(count: f64, confidence: Confidence) -> Estimate {
    let method = "Byar";
    if !is_count(count) {
        return Estimate::missing(method, NOT_A_COUNT);
    }
    let limits = Limits::at(confidence, |confidence| byars_interval(count, confidence));
    let is_short = limits.pairs().iter().any(|(lower, _)| lower.is_none());
    Estimate { value: Some(count), limits, method, reason: is_short.then_some(BYAR_BELOW_ZERO) }
}

/// A count with exact Poisson limits.
#[must_use]
pub fn exact_poisson(count: f64, confidence: Confidence) -> Estimate {
    let method = "Exact";
    if !is_count(count) {
        return Estimate::missing(method, NOT_A_COUNT);
    }
    let limits = Limits::at(confidence, |confidence| exact_interval(count, confidence));
    Estimate { value: Some(count), limits, method, reason: None }
}

/// A count with limits by the count rule: exact below 10, Byar's otherwise.
#[must_use]
pub fn poisson_count(count: f64, confidence: Confidence) -> Estimate {
    if count < EXACT_BELOW { exact_poisson(count, confidence) } else { byars(count, confidence) }
}

/// `count / person_time * per`, with limits by the count rule.
///
/// Missing when the count is not one, or person-time or `per` is not above zero.
#[must_use]
pub fn crude_rate(count: f64, person_time: f64, per: f64, confidence: Confidence) -> Estimate {
    let counted = poisson_count(count, confidence);
    if counted.value.is_none() {
        return counted;
    }
    if !(person_time.is_finite() && person_time > 0.0) {
        return Estimate::missing(counted.method, "person-time is missing or not above zero");
    }
    if let Some(reason) = fault_of_base(per) {
        return Estimate::missing(counted.method, reason);
    }
    let rate = |events: f64| events / person_time * per;
    Estimate { value: counted.value.map(rate), limits: counted.limits.map(rate), ..counted }
}

/// A probability in the lower or the upper tail.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tail {
    Lower(f64),
    Upper(f64),
}

/// The quantile of a gamma distribution of the given shape and scale 1 (half a chi-squared
/// quantile with twice the shape as its degrees of freedom): by bracketed Newton steps from the
/// Wilson-Hilferty approximation, and for large shapes by an expansion that is exact there.
pub(crate) fn gamma_quantile(shape: f64, tail: Tail) -> f64 {
    let (p, is_upper) = match tail {
        Tail::Lower(p) => (p, false),
        Tail::Upper(p) => (p, true),
    };
    let z = if is_upper { -normal_quantile(p) } else { normal_quantile(p) };
    if shape >= EXPANDED_FROM {
        return expanded_quantile(shape, z);
    }
    // Positive when `x` lies above the quantile.
    let excess = |x: f64| {
        if is_upper { p - gamma_ur(shape, x) } else { gamma_lr(shape, x) - p }
    };
    let start = shape * (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).powi(3);
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut x = if start > 0.0 { start } else { shape / 2.0 };
    for _ in 0..200 {
        let above = excess(x);
        if above > 0.0 {
            high = x
        } else {
            low = x
        }
        let density = ((shape - 1.0) * x.ln() - x - ln_gamma(shape)).exp();
        let newton = x - above / density;
        let next = if newton > low && newton < high {
            newton
        } else if high.is_finite() {
            f64::midpoint(low, high)
        } else {
            2.0 * x
        };
        if (next - x).abs() <= 1e-15 * x {
            return next;
        }
        x = next;
    }
    x
}

/// The shape from which the next term of [`expanded_quantile`] is below the last digit: at 1e6 it
/// adds less than 1e-9 to the quantile.
const EXPANDED_FROM: f64 = 1e6;

/// The Cornish-Fisher expansion of a gamma quantile around its normal one (Goldberg and Levine,
/// Ann Math Stat 1946;17:216-25, for chi-squared with `2 shape` degrees of freedom, halved). The
/// incomplete gamma function loses a digit for every hundredfold shape; this gains three.
fn expanded_quantile(shape: f64, z: f64) -> f64 {
    let root = shape.sqrt();
    let square = z * z;
    shape + z * root + (square - 1.0) / 3.0 + z * (square - 7.0) / (36.0 * root)
        - (square * (3.0 * square + 7.0) - 16.0) / (810.0 * shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: scipy 1.17.1, `chi2.ppf(tail, 2x) / 2` and `chi2.isf(tail, 2x + 2) / 2`.
    #[test]
    fn exact_limits_of_large_counts_agree_with_chi_squared_quantiles() {
        let expected = [
            (1e6, 998_040.983_340_293_9, 1_001_961.911_945_432_2, 1_003_094.083_914_970_2),
            (1e12, 999_998_040_036.962_6, 1_000_001_959_965.931_6, 1_000_003_090_236.156),
            (1e14, 99_999_980_400_361.11, 100_000_019_599_641.8, 100_000_030_902_326.9),
            (1e15, 999_999_938_020_497.8, 1_000_000_061_979_505.1, 1_000_000_097_721_729.8),
            (1e18, 9.999_999_980_400_36e17, 1.000_000_001_959_964e18, 1.000_000_003_090_232_3e18),
        ];
        for (count, lower_95, upper_95, upper_998) in expected {
            let limits = exact_poisson(count, Confidence::P95).limits;
            for (got, expected) in [
                (limits.lower_95, lower_95),
                (limits.upper_95, upper_95),
                (limits.upper_998, upper_998),
            ] {
                let got = got.expect("a limit");
                assert!((got / expected - 1.0).abs() < 1e-14, "{count}: {got} for {expected}");
            }
        }
    }

    // The two ways to a quantile meet where one takes over from the other.
    #[test]
    fn the_expansion_agrees_with_newton_steps_below_its_start() {
        for z in [-3.090_232_306_167_813, -1.0, 0.5, 1.959_963_984_540_054] {
            let shape = EXPANDED_FROM / 2.0;
            let by_steps = gamma_quantile(shape, Tail::Lower(super::super::normal_cdf(z)));
            let expanded = expanded_quantile(shape, z);
            assert!((by_steps / expanded - 1.0).abs() < 1e-11, "{by_steps} for {expanded}");
        }
    }

    #[test]
    fn a_rate_without_a_base_is_missing_with_a_reason() {
        for per in [f64::NAN, 0.0, -1000.0, f64::INFINITY] {
            let rate = crude_rate(3.0, 10.0, per, Confidence::P95);
            assert_eq!((rate.value, rate.limits), (None, Limits::default()));
            assert_eq!(rate.reason, fault_of_base(per));
            assert!(rate.reason.is_some());
        }
    }

    #[test]
    fn a_count_of_zero_has_a_lower_limit_of_zero_when_exact_and_none_by_byar() {
        assert_eq!(exact_poisson(0.0, Confidence::P95).limits.lower_95, Some(0.0));
        assert_eq!(byars(0.0, Confidence::P95).limits.lower_95, None);
        assert_eq!(byars(0.0, Confidence::P95).reason, Some(BYAR_BELOW_ZERO));
    }

    #[test]
    fn a_count_that_is_not_one_is_missing_with_a_reason() {
        for count in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(exact_poisson(count, Confidence::P95).value, None);
            assert_eq!(poisson_count(count, Confidence::P95).reason, Some(NOT_A_COUNT));
        }
    }

    #[test]
    fn a_rate_without_person_time_is_missing_with_a_reason() {
        assert!(crude_rate(3.0, 0.0, 1000.0, Confidence::P95).reason.is_some());
        assert_eq!(crude_rate(3.0, 0.0, 1000.0, Confidence::P95).value, None);
    }

    #[test]
    fn the_method_changes_at_ten_events() {
        assert_eq!(crude_rate(9.0, 100.0, 1.0, Confidence::P95).method, "Exact");
        assert_eq!(crude_rate(10.0, 100.0, 1.0, Confidence::P95).method, "Byar");
    }
}
