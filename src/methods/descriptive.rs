//! What describes a handful of numbers. Sums hang on their order, which is the caller's to settle.

/// The mean, and to it the mean of what it leaves: equal values have themselves for a mean. NaN of
/// no values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let first = values.iter().sum::<f64>() / n;
    first + values.iter().map(|value| value - first).sum::<f64>() / n
}

/// The variance, over `n - 1`; `None` of fewer than two values.
pub(crate) fn variance(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| squares / (values.len() - 1) as f64)
}

/// The value below which this share of `ordered` lies, between two of them in proportion; `None` of
/// no values. Source: type 7 of Hyndman RJ, Fan Y, American Statistician 1996;50:361-5.
pub(crate) fn quantile(ordered: &[f64], share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * ordered.len().checked_sub(1)? as f64;
    let (below, above) = (ordered[place.floor() as usize], ordered[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_variance_are_those_of_numpy() {
        // numpy: a = [1, 2, 4, 7, 11, 16, 22]; np.quantile(a, [.025, .975]), np.var(a, ddof=1).
        let values = [1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0];
        let near = |got: Option<f64>, is: f64| (got.expect("a value") - is).abs() < 1e-12;
        assert!(near(quantile(&values, 0.025), 1.15));
        assert!(near(quantile(&values, 0.975), 21.1));
        assert!(near(variance(&values), 182.0 / 3.0));
        assert_eq!((quantile(&[], 0.5), variance(&[1.0])), (None, None));
        assert_eq!(quantile(&[3.0], 0.975), Some(3.0));
        assert_eq!((quantile(&values, -1.0), quantile(&values, 2.0)), (Some(1.0), Some(22.0)));
    }

    // Plain sums of these give 0.09999999999999999 and 0.7999999999999999.
    #[test]
    fn equal_values_are_their_own_mean() {
        for value in [0.1, 0.8, 1e-300, 1e300] {
            assert_eq!(mean(&[value; 10]), value);
            assert_eq!(variance(&[value; 10]), Some(0.0));
        }
        assert!(mean(&[]).is_nan());
    }
}
