//! Logistic regression by iteratively reweighted least squares.

use super::symmetric::{Factor, Symmetric};

/// Newton steps before the fit is given up.
const MOST_ITERATIONS: usize = 50;
/// Largest step, as a share of the largest coefficient (or of 1), at which the fit has settled.
const SETTLED: f64 = 1e-10;

/// A fitted model, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticFit {
    /// The constant, then one coefficient per feature; empty when there is a reason.
    pub coefficients: Vec<f64>,
    /// Standard errors in the same order, from the observed information.
    pub standard_errors: Vec<f64>,
    /// Rows fitted.
    pub n: usize,
    /// Newton steps made.
    pub iterations: usize,
    /// Whether the coefficients settled.
    pub converged: bool,
    /// Why there is no model.
    pub reason: Option<&'static str>,
}

/// Rows of a logistic model: outcomes of 0 or 1, features row by row, and an offset per row.
struct Sample<'a> {
    y: Vec<f64>,
    rows: Vec<&'a [f64]>,
    offsets: Vec<f64>,
    width: usize,
}

/// Fit `logit P(y = 1) = b0 + sum b_j x_j` by maximum likelihood.
///
/// `features` holds `y.len()` rows of `width` values, without a constant. Rows are sorted before
/// anything is summed, so their order does not change a bit of the result. `n x width` values are
/// read per step; nothing is standardised.
#[must_use]
pub fn logistic(y: &[f64], features: &[f64], width: usize) -> LogisticFit {
    logistic_with_offset(y, features, width, &vec![0.0; y.len()])
}

/// As [`logistic`], with a known term added to each row's linear predictor.
pub(crate) fn logistic_with_offset(
    y: &[f64],
    features: &[f64],
    width: usize,
    offsets: &[f64],
) -> LogisticFit {
    let n = y.len();
    let refuse = |reason| LogisticFit::refused(n, 0, reason);
    if features.len() != n * width || offsets.len() != n {
        return refuse("rows differ in their number of features");
    }
    if y.iter().any(|y| *y != 0.0 && *y != 1.0) {
        return refuse("an outcome is neither 0 nor 1");
    }
    if features.iter().chain(offsets).any(|value| !value.is_finite()) {
        return refuse("a feature is not finite");
    }
    if n == 0 {
        return refuse("no rows");
    }
    let n_events = y.iter().filter(|y| **y == 1.0).count();
    if n_events == 0 || n_events == n {
        return refuse("all outcomes are the same");
    }
    Sample::sorted(y, features, width, offsets).fit()
}

impl LogisticFit {
    pub(crate) fn refused(n: usize, iterations: usize, reason: &'static str) -> Self {
        Self {
            coefficients: Vec::new(),
            standard_errors: Vec::new(),
            n,
            iterations,
            converged: false,
            reason: Some(reason),
        }
    }
}

impl<'a> Sample<'a> {
    fn sorted(y: &[f64], features: &'a [f64], width: usize, offsets: &[f64]) -> Self {
        let row = |at: usize| &features[at * width..(at + 1) * width];
        let mut order: Vec<usize> = (0..y.len()).collect();
        order.sort_unstable_by(|&a, &b| {
            let by_features = row(a).iter().zip(row(b)).map(|(a, b)| a.total_cmp(b));
            by_features
                .chain([y[a].total_cmp(&y[b]), offsets[a].total_cmp(&offsets[b])])
                .find(|ordering| ordering.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Self {
            y: order.iter().map(|at| y[*at]).collect(),
            rows: order.iter().map(|at| row(*at)).collect(),
            offsets: order.iter().map(|at| offsets[*at]).collect(),
            width,
        }
    }

    fn fit(&self) -> LogisticFit {
        let n = self.y.len();
        let mut coefficients = vec![0.0; self.width + 1];
        for iteration in 1..=MOST_ITERATIONS {
            let (score, information) = self.derivatives(&coefficients);
            let Some(factor) = information.factor() else {
                let reason = if iteration == 1 {
                    "features are collinear"
                } else {
                    "a feature separates the outcomes"
                };
                return LogisticFit::refused(n, iteration, reason);
            };
            let step = factor.solve(&score);
            for (coefficient, step) in coefficients.iter_mut().zip(&step) {
                *coefficient += step;
            }
            if largest(&step) <= SETTLED * largest(&coefficients).max(1.0) {
                return self.settled(coefficients, &factor, iteration);
            }
        }
        LogisticFit::refused(n, MOST_ITERATIONS, "coefficients do not settle")
    }

    fn settled(&self, coefficients: Vec<f64>, last: &Factor, iterations: usize) -> LogisticFit {
        let (_, information) = self.derivatives(&coefficients);
        let variances = match information.factor() {
            Some(factor) => factor.inverse_diagonal(),
            None => last.inverse_diagonal(),
        };
        LogisticFit {
            coefficients,
            standard_errors: variances.into_iter().map(f64::sqrt).collect(),
            n: self.y.len(),
            iterations,
            converged: true,
            reason: None,
        }
    }

    /// Score vector and information matrix at `coefficients`.
    fn derivatives(&self, coefficients: &[f64]) -> (Vec<f64>, Symmetric) {
        let mut score = vec![0.0; self.width + 1];
        let mut information = Symmetric::zero(self.width + 1);
        let mut x = vec![1.0; self.width + 1];
        for ((row, y), offset) in self.rows.iter().zip(&self.y).zip(&self.offsets) {
            x[1..].copy_from_slice(row);
            let linear: f64 = coefficients.iter().zip(&x).map(|(b, x)| b * x).sum();
            let p = sigmoid(linear + offset);
            for (sum, x) in score.iter_mut().zip(&x) {
                *sum += (y - p) * x;
            }
            information.add_outer(&x, p * (1.0 - p));
        }
        (score, information)
    }
}

fn largest(values: &[f64]) -> f64 {
    values
        .iter()
        .fold(0.0, |most, value| if value.is_nan() { f64::NAN } else { value.abs().max(most) })
}

fn sigmoid(linear: f64) -> f64 {
    if linear >= 0.0 {
        1.0 / (1.0 + (-linear).exp())
    } else {
        let e = linear.exp();
        e / (1.0 + e)
    }
}

/// Probability of a row under a fitted model: the constant comes first in `coefficients`. `None`
/// when the lengths do not fit.
#[must_use]
pub fn logistic_score(coefficients: &[f64], features: &[f64]) -> Option<f64> {
    let (constant, slopes) = coefficients.split_first()?;
    if slopes.len() != features.len() {
        return None;
    }
    Some(sigmoid(constant + slopes.iter().zip(features).map(|(b, x)| b * x).sum::<f64>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: 10 of 40 without and 30 of 40 with the feature are odds of 1/3 and 3.
    #[test]
    fn one_flag_gives_the_log_odds_of_its_two_groups() {
        let mut y = vec![0.0; 80];
        let mut x = vec![0.0; 80];
        for at in 0..80 {
            x[at] = f64::from(u8::from(at >= 40));
            y[at] = f64::from(u8::from(at % 40 < if at < 40 { 10 } else { 30 }));
        }
        let fit = logistic(&y, &x, 1);
        assert!((fit.coefficients[0] + 3.0_f64.ln()).abs() < 1e-9);
        assert!((fit.coefficients[1] - 9.0_f64.ln()).abs() < 1e-9);
        let error = (2.0_f64 * (1.0 / 10.0 + 1.0 / 30.0)).sqrt();
        assert!((fit.standard_errors[1] - error).abs() < 1e-9);
        assert!((logistic_score(&fit.coefficients, &[1.0]).expect("fits") - 0.75).abs() < 1e-9);
    }

    #[test]
    fn a_feature_that_separates_the_outcomes_is_refused() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x > 9.0))).collect();
        let fit = logistic(&y, &x, 1);
        assert!(!fit.converged && fit.reason.is_some() && fit.coefficients.is_empty());
    }

    #[test]
    fn features_that_say_the_same_are_refused() {
        let x: Vec<f64> =
            (0..20).flat_map(|at| [f64::from(at % 7), f64::from(2 * (at % 7))]).collect();
        let y: Vec<f64> = (0..20).map(|at| f64::from(at % 2)).collect();
        assert_eq!(logistic(&y, &x, 2).reason, Some("features are collinear"));
    }

    #[test]
    fn outcomes_that_are_all_the_same_are_refused() {
        assert_eq!(logistic(&[1.0; 5], &[], 0).reason, Some("all outcomes are the same"));
        assert_eq!(logistic(&[], &[], 0).reason, Some("no rows"));
    }
}
