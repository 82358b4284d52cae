//! "The poorest improve the fastest": whether the most deprived change faster than the rest.

use super::confidence::Confidence;
use super::estimate::{Estimate, Limits};
use super::student::{t_p_value, t_value};

const METHOD: &str = "ordinary least squares, one line for each group and one residual variance";

/// One observation of one of the two groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendPoint {
    /// When, in any unit.
    pub period: f64,
    /// Whether it is of the most deprived, else of the rest (or of the whole city).
    pub is_poorest: Option<bool>,
    /// The rate or mean then.
    pub value: f64,
}

/// The slopes of the two groups and their difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoorestFastest {
    /// Slope of the most deprived less slope of the rest, per unit of the period.
    pub difference: Estimate,
    /// Slope of the most deprived.
    pub slope_poorest: Option<f64>,
    /// Slope of the rest.
    pub slope_rest: Option<f64>,
    /// Standard error of the difference.
    pub standard_error: Option<f64>,
    /// Two-sided p value of no difference.
    pub p_value: Option<f64>,
}

/// Difference between the slopes of the most deprived and of the rest; of the logs of the values
/// where `is_relative`, so that the slopes are relative changes.
///
/// `var = s^2 (1/Sxx_poorest + 1/Sxx_rest)`, `s^2` the residual sum of squares of both lines over
/// `n - 4`; limits by Student's t. It is the interaction of group and period in one regression. A
/// series that leaves traces in its errors from period to period makes these limits too narrow.
#[must_use]
pub fn poorest_fastest(
    points: &[TrendPoint],
    is_relative: bool,
    confidence: Confidence,
) -> PoorestFastest {
    match lines(points, is_relative) {
        Err(reason) => PoorestFastest {
            difference: Estimate::missing(METHOD, reason),
            slope_poorest: None,
            slope_rest: None,
            standard_error: None,
            p_value: None,
        },
        Ok([poorest, rest]) => compared(&poorest, &rest, confidence),
    }
}

fn compared(poorest: &Line, rest: &Line, confidence: Confidence) -> PoorestFastest {
    let difference = poorest.slope - rest.slope;
    let df = (poorest.n_points + rest.n_points - 4) as f64;
    let left = poorest.left + rest.left;
    let error = (left / df * (1.0 / poorest.spread + 1.0 / rest.spread)).sqrt();
    let is_exact = left <= poorest.rounding + rest.rounding || error == 0.0;
    let reason = is_exact.then_some("the points lie on their lines: no error to judge by");
    let limits = |confidence| {
        let reach = t_value(confidence, df).filter(|_| !is_exact).map(|t| t * error);
        (reach.map(|reach| difference - reach), reach.map(|reach| difference + reach))
    };
    let limits = Limits::at(confidence, limits);
    PoorestFastest {
        difference: Estimate { value: Some(difference), limits, method: METHOD, reason },
        slope_poorest: Some(poorest.slope),
        slope_rest: Some(rest.slope),
        standard_error: (!is_exact).then_some(error),
        p_value: t_p_value(difference / error, df).filter(|_| !is_exact),
    }
}

/// A fitted line: its slope, spread of the periods, residual sum of squares, and as much of that as
/// rounding may make.
struct Line {
    n_points: usize,
    slope: f64,
    spread: f64,
    left: f64,
    rounding: f64,
}

fn lines(points: &[TrendPoint], is_relative: bool) -> Result<[Line; 2], &'static str> {
    if points.is_empty() {
        return Err("no rows");
    }
    let mut groups = [Vec::new(), Vec::new()];
    for point in points {
        let is_poorest = point.is_poorest.ok_or("whether a row is of the poorest is missing")?;
        if !point.period.is_finite() {
            return Err("a period is missing or not finite");
        }
        let value = if is_relative { point.value.ln() } else { point.value };
        if !value.is_finite() {
            return Err("a value is missing, not finite or, for a relative change, not above zero");
        }
        groups[usize::from(!is_poorest)].push((point.period, value));
    }
    let [poorest, rest] = groups;
    Ok([line(&poorest)?, line(&rest)?])
}

fn line(points: &[(f64, f64)]) -> Result<Line, &'static str> {
    let n_points = points.len();
    if n_points < 3 {
        return Err("fewer than three rows in a group");
    }
    let n = n_points as f64;
    let middle = points.iter().map(|(x, _)| x).sum::<f64>() / n;
    let level = points.iter().map(|(_, y)| y).sum::<f64>() / n;
    let spread: f64 = points.iter().map(|(x, _)| (x - middle).powi(2)).sum();
    let furthest = points.iter().map(|(x, _)| x.abs()).fold(0.0, f64::max);
    if spread.is_nan() || spread <= n * (1e-12 * furthest).powi(2) {
        return Err("a group has one period only");
    }
    let slope = points.iter().map(|(x, y)| (x - middle) * (y - level)).sum::<f64>() / spread;
    let left = points.iter().map(|(x, y)| (y - level - slope * (x - middle)).powi(2)).sum();
    let largest = points.iter().map(|(_, y)| y.abs()).fold(0.0, f64::max);
    Ok(Line { n_points, slope, spread, left, rounding: n * (1e-14 * largest).powi(2) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(poorest: [f64; 3], rest: [f64; 3]) -> Vec<TrendPoint> {
        let of = |is_poorest, values: [f64; 3]| {
            let point = move |(at, value): (usize, f64)| TrendPoint {
                period: at as f64,
                is_poorest: Some(is_poorest),
                value,
            };
            values.into_iter().enumerate().map(point)
        };
        of(true, poorest).chain(of(false, rest)).collect()
    }

    // By hand: slopes -2 and -.5; residuals 1, -2, 1 and 0, so s^2 = 6 / 2 and var = 3 (1/2 + 1/2).
    #[test]
    fn the_difference_is_that_of_two_lines() {
        let result =
            poorest_fastest(&points([11.0, 6.0, 7.0], [5.0, 4.5, 4.0]), false, Confidence::P95);
        assert_eq!((result.slope_poorest, result.slope_rest), (Some(-2.0), Some(-0.5)));
        assert_eq!(result.difference.value, Some(-1.5));
        assert!((result.standard_error.unwrap() - 3.0_f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn lines_without_an_error_have_a_difference_and_no_limits() {
        let result =
            poorest_fastest(&points([3.0, 2.0, 1.0], [5.0, 5.0, 5.0]), false, Confidence::P95);
        assert_eq!(result.difference.value, Some(-1.0));
        assert!(result.difference.limits.lower_95.is_none() && result.difference.reason.is_some());
    }

    #[test]
    fn relative_changes_know_no_unit() {
        let one = poorest_fastest(&points([9.0, 7.0, 6.0], [5.0, 4.5, 4.0]), true, Confidence::P95);
        let other =
            poorest_fastest(&points([90.0, 70.0, 60.0], [0.5, 0.45, 0.4]), true, Confidence::P95);
        let (one, other) = (one.difference.value.unwrap(), other.difference.value.unwrap());
        assert!((one - other).abs() < 1e-14);
    }
}
