//! Student's t distribution, for limits of slopes from few points.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

/// The two-sided multiplier of a confidence in 0..1 at `df` degrees of freedom; `None` unless
/// `df` is above zero.
pub(crate) fn t_value(confidence: f64, df: f64) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, df).ok()?;
    let upper_tail = (1.0 - confidence) / 2.0;
    let start = -distribution.inverse_cdf(upper_tail);
    // The crate's inverse is an approximation; two steps of Newton bring it to the last digits.
    let step = |t: f64| t + (distribution.sf(t) - upper_tail) / distribution.pdf(t);
    Some(step(step(start)))
}

/// The two-sided p value of `t` at `df` degrees of freedom.
pub(crate) fn t_p_value(t: f64, df: f64) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, df).ok()?;
    Some(2.0 * distribution.sf(t.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: t.ppf and 2 * t.sf of scipy 1.17.
    #[test]
    fn multipliers_and_p_values_agree_with_scipy() {
        for (confidence, df, expected) in EXPECTED_T {
            let got = t_value(confidence, df).expect("degrees of freedom above zero");
            assert!((got / expected - 1.0).abs() < 1e-11, "{confidence} {df}: {got}");
        }
        for (t, df, expected) in EXPECTED_P {
            let got = t_p_value(t, df).expect("degrees of freedom above zero");
            assert!((got / expected - 1.0).abs() < 1e-11, "{t} {df}: {got}");
        }
        assert_eq!(t_value(0.95, 0.0), None);
    }

    const EXPECTED_T: [(f64, f64, f64); 6] = [
        (0.95, 1.0, 12.706204736174694),
        (0.95, 5.0, 2.5705818356363146),
        (0.95, 200.0, 1.9718962236339088),
        (0.998, 1.0, 318.30883898555015),
        (0.998, 5.0, 5.893429531356009),
        (0.998, 200.0, 3.131479814221121),
    ];
    const EXPECTED_P: [(f64, f64, f64); 3] = [
        (2.5, 7.0, 0.04099221858575289),
        (-0.3, 1.0, 0.8144528418445154),
        (6.0, 40.0, 4.7264551327881806e-07),
    ];
}
