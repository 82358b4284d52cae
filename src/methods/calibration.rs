//! Whether predicted probabilities are the right size.

use super::logistic::logistic_with_offset;

const ONE_SCORE: &str = "no slope: all scores are the same";

/// Calibration of predicted probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Slope of the outcome on the logit of the score: 1 when right, below 1 when too extreme.
    pub slope: Option<f64>,
    /// Intercept fitted along with the slope.
    pub intercept: Option<f64>,
    /// Intercept with the slope held at 1 (calibration in the large): above 0 when too low.
    pub in_the_large: Option<f64>,
    /// Observed events over the sum of scores.
    pub observed_expected: Option<f64>,
    /// Rows.
    pub n: usize,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// Calibration of `(score, had event)` pairs: logistic regression of the event on
/// `ln(p / (1 - p))` (Cox 1958; Steyerberg 2019). Missing when a score is not between 0 and 1.
#[must_use]
pub fn calibration(rows: &[(f64, bool)]) -> Calibration {
    let n = rows.len();
    let missing = |reason| Calibration {
        slope: None,
        intercept: None,
        in_the_large: None,
        observed_expected: None,
        n,
        reason: Some(reason),
    };
    if rows.is_empty() {
        return missing("no rows");
    }
    if !rows.iter().all(|row| row.0 > 0.0 && row.0 < 1.0) {
        return missing("a score is not between 0 and 1");
    }
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let logits: Vec<f64> = sorted.iter().map(|(p, _)| (p / (1.0 - p)).ln()).collect();
    let y: Vec<f64> = sorted.iter().map(|row| f64::from(u8::from(row.1))).collect();
    let large = logistic_with_offset(&y, &[], 0, &logits);
    let joint = logistic_with_offset(&y, &logits, 1, &vec![0.0; n]);
    let expected: f64 = sorted.iter().map(|row| row.0).sum();
    let observed: f64 = y.iter().sum();
    let is_one_score = sorted[0].0 == sorted[n - 1].0;
    let no_slope = joint.reason.map(|reason| if is_one_score { ONE_SCORE } else { reason });
    Calibration {
        slope: joint.terms.get(1).map(|term| term.estimate),
        intercept: joint.terms.first().map(|term| term.estimate),
        in_the_large: large.terms.first().map(|term| term.estimate),
        observed_expected: (expected > 0.0).then_some(observed / expected),
        n,
        reason: large.reason.or(no_slope),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_equal_the_observed_shares_are_calibrated() {
        let mut rows = vec![(0.25, true), (0.75, true), (0.75, true), (0.75, true)];
        rows.extend([(0.25, false), (0.25, false), (0.25, false), (0.75, false)]);
        let result = calibration(&rows);
        assert!((result.slope.expect("a slope") - 1.0).abs() < 1e-9);
        assert!(result.in_the_large.expect("an intercept").abs() < 1e-9);
        assert_eq!(result.observed_expected, Some(1.0));
    }

    // By hand: half of all had the event at a score of a half, so in the large nothing is amiss.
    #[test]
    fn one_score_for_all_has_no_slope_and_says_why() {
        let result = calibration(&[(0.5, true), (0.5, false), (0.5, true), (0.5, false)]);
        assert_eq!((result.slope, result.reason), (None, Some(ONE_SCORE)));
        assert_eq!(result.in_the_large, Some(0.0));
        assert_eq!(calibration(&[]).reason, Some("no rows"));
    }

    #[test]
    fn a_score_of_zero_is_refused() {
        assert!(calibration(&[(0.0, false), (0.5, true)]).reason.is_some());
    }
}
