//! Student's t distribution, for limits of slopes from few points.

use super::confidence::{normal_cdf, z_value};
use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};

/// The two-sided multiplier of a confidence in 0..1 at `df` degrees of freedom; `None` unless
/// `df` is above zero.
pub(crate) fn t_value(confidence: f64, df: f64) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, df).ok()?;
    let upper_tail = (1.0 - confidence) / 2.0;
    if df == 1.0 {
        return Some(1.0 / (std::f64::consts::PI * upper_tail).tan());
    }
    if df >= MANY {
        return Some(expanded(z_value(confidence), df));
    }
    let mut t = -distribution.inverse_cdf(upper_tail);
    // The crate's inverse is an approximation; steps of Newton bring it to the last digits.
    for _ in 0..20 {
        let step = (distribution.sf(t) - upper_tail) / distribution.pdf(t);
        t += step;
        if step.abs() <= 1e-15 * t.abs() {
            break;
        }
    }
    Some(t)
}

/// From here on expansions are right to the last digits, and the crate's functions are not.
const MANY: f64 = 10_000.0;

/// Student's t from the normal quantile (Fisher and Cornish 1960; Hill, Comm ACM 1970, algorithm 396).
fn expanded(z: f64, df: f64) -> f64 {
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    z + (first + (second + third / df) / df) / df
}

/// The normal quantile that t stands for at many degrees of freedom (Hill, Comm ACM 1970, algorithm 395).
fn normal_of(t: f64, df: f64) -> f64 {
    let a = df - 0.5;
    let b = 48.0 * a * a;
    let y = a * (t * t / df).ln_1p();
    let last = (((-0.4 * y - 3.3) * y - 24.0) * y - 85.5) / (0.8 * y * y + 100.0 + b);
    ((last + y + 3.0) / b + 1.0) * y.sqrt()
}

/// The two-sided p value of `t` at `df` degrees of freedom.
pub(crate) fn t_p_value(t: f64, df: f64) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, df).ok()?;
    if df >= MANY {
        return Some(2.0 * normal_cdf(-normal_of(t.abs(), df)));
    }
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
        let far = t_value(0.999_999_99, 1.0).expect("a multiplier");
        assert!((far / 63_661_977.623_661_94 - 1.0).abs() < 1e-7, "{far}");
    }

    const EXPECTED_T: [(f64, f64, f64); 12] = [
        (0.9, 1e4, 1.645006018069243),
        (0.95, 1e4, 1.960201239890626),
        (0.998, 1e5, 3.0903138094272378),
        (0.95, 1e6, 1.959966356814107),
        (0.9, 1e7, 1.6448537793284017),
        (0.95, 2e7, 1.959964103153622),
        (0.95, 1.0, 12.706204736174694),
        (0.95, 5.0, 2.5705818356363146),
        (0.95, 200.0, 1.9718962236339088),
        (0.998, 1.0, 318.30883898555015),
        (0.998, 5.0, 5.893429531356009),
        (0.998, 200.0, 3.131479814221121),
    ];
    const EXPECTED_P: [(f64, f64, f64); 5] = [
        (2.5, 1e6, 0.012419489502163254),
        (2.5, 2e7, 0.012419338594064402),
        (2.5, 7.0, 0.04099221858575289),
        (-0.3, 1.0, 0.8144528418445154),
        (6.0, 40.0, 4.7264551327881806e-07),
    ];
}
