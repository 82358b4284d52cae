//! Logistic regression of features that lie row by row, and the score that follows from one.

use super::regression::{Errors, ModelKind, Observation, Regression, regression, sigmoid};

/// Fit `logit P(y = 1) = b0 + sum b_j x_j` by maximum likelihood.
///
/// `features` holds `y.len()` rows of `width` values, without a constant; nothing is standardised.
#[must_use]
pub fn logistic(y: &[f64], features: &[f64], width: usize) -> Regression {
    logistic_with_offset(y, features, width, &vec![0.0; y.len()])
}

/// As [`logistic`], with a known term added to each row's linear predictor.
pub(crate) fn logistic_with_offset(
    y: &[f64],
    features: &[f64],
    width: usize,
    offsets: &[f64],
) -> Regression {
    if features.len() != y.len() * width || offsets.len() != y.len() {
        let reason = "rows differ in their number of features";
        return Regression::missing(ModelKind::Logistic.name(), y.len(), 0, reason);
    }
    let row = |at: usize| Observation {
        y: y[at],
        features: features[at * width..(at + 1) * width].into(),
        offset: offsets[at],
        weight: 1.0,
        key: 0,
    };
    let rows: Vec<Observation<'_>> = (0..y.len()).map(row).collect();
    regression(ModelKind::Logistic, &rows, Errors::Model)
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
        assert!((fit.terms[0].estimate + 3.0_f64.ln()).abs() < 1e-9);
        assert!((fit.terms[1].estimate - 9.0_f64.ln()).abs() < 1e-9);
        let error = (2.0_f64 * (1.0 / 10.0 + 1.0 / 30.0)).sqrt();
        assert!((fit.terms[1].standard_error.unwrap() - error).abs() < 1e-9);
        assert!((logistic_score(&fit.coefficients(), &[1.0]).expect("fits") - 0.75).abs() < 1e-9);
    }

    #[test]
    fn a_feature_that_separates_the_outcomes_is_refused() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x > 9.0))).collect();
        let fit = logistic(&y, &x, 1);
        assert!(fit.reason.is_some() && fit.terms.is_empty());
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
