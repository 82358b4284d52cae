//! The normal distribution, the two confidence levels of public health indicators, and others that
//! may be asked for.

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::gamma_ur;

/// Confidence of the inner limits.
pub(crate) const CONFIDENCE_95: f64 = 0.95;

/// Confidence of the outer limits.
pub(crate) const CONFIDENCE_998: f64 = 0.998;

/// The confidence of the third pair of limits, beside those at 95 % and 99.8 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence(f64);

/// Why limits are missing whose confidence cannot be one.
pub(crate) const NO_CONFIDENCE: &str =
    "`confidence` is missing, not a percentage from 90 to below 100, or differs between rows";

impl Confidence {
    /// 95 %, unless another is asked for.
    pub const P95: Self = Self(CONFIDENCE_95);

    /// A confidence in per cent, such as 90 or 99.8; `None` below 90 and from 100 on.
    #[must_use]
    pub fn of_percent(percent: f64) -> Option<Self> {
        (90.0..100.0).contains(&percent).then_some(Self(percent / 100.0))
    }

    /// It as a share of 1.
    pub(crate) fn share(self) -> f64 {
        self.0
    }
}

/// The standard normal quantile of probability `p`; infinite at 0 and 1.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// The standard normal distribution function, by the incomplete gamma function; 0 and 1 at the
/// infinities.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    let half_square = z * z / 2.0;
    let tail = if half_square.is_infinite() {
        0.0
    } else if half_square > 0.0 {
        gamma_ur(0.5, half_square) / 2.0
    } else {
        0.5
    };
    if z > 0.0 { 1.0 - tail } else { tail }
}

/// Two-sided multiplier of a confidence in 0..1: `z = Phi^-1(c + (1 - c) / 2)`.
///
/// ```text
/// z_value(0.95) = 1.959963984540054, z_value(0.998) = 3.090232306167813
/// ```
#[must_use]
pub fn z_value(confidence: f64) -> f64 {
    normal_quantile(confidence + (1.0 - confidence) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: R 4.2.2 `qnorm(0.975)`, `qnorm(0.999)`, `pnorm(1.5)`, `pnorm(-2.3)`.
    #[test]
    fn quantiles_agree_with_r() {
        assert!((z_value(0.95) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((z_value(0.998) - 3.090_232_306_167_813).abs() < 1e-13);
        assert!((normal_cdf(1.5) - 0.933_192_798_731_141_9).abs() < 1e-14);
        assert!((normal_cdf(-2.3) - 0.010_724_110_021_675_81).abs() < 1e-15);
    }

    #[test]
    fn a_confidence_in_per_cent_is_the_usual_share() {
        let share = |percent| Confidence::of_percent(percent).map(Confidence::share);
        assert_eq!([95.0, 99.8, 90.0].map(share), [0.95, 0.998, 0.9].map(Some));
        assert_eq!([89.9, 100.0, 0.95, f64::NAN].map(share), [None; 4]);
    }

    #[test]
    fn the_distribution_function_reaches_nothing_and_all() {
        for z in [f64::INFINITY, 1e200, 60.0] {
            assert_eq!((normal_cdf(-z), normal_cdf(z)), (0.0, 1.0));
        }
    }
}
