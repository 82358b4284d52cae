//! How far apart two groups are in one feature, in standard deviations.

/// How it is computed.
pub(crate) const METHOD: &str = "difference of means over the root of the mean of both variances";

/// A standardised difference with what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StandardisedDifference {
    /// Mean of cases less that of controls, in standard deviations.
    pub value: Option<f64>,
    /// Weighted mean of the cases.
    pub mean_case: Option<f64>,
    /// Weighted mean of the controls.
    pub mean_control: Option<f64>,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// Standardised difference of cases and controls: `(m1 - m0) / sqrt((v1 + v0) / 2)`.
///
/// Rows are whether it is a case, the value, and the weight (not below zero; those of nought count
/// for nothing). Variances are `sum w / ((sum w)^2 - sum w^2) * sum w (x - m)^2`, which is that over
/// `n - 1` where all weights are alike; where every value is 0 or 1 they are `m (1 - m)`. No value,
/// but a reason, where a group is empty or neither varies. Source: Austin PC, Stat Med
/// 2009;28:3083-107; Austin PC, Multivariate Behav Res 2011;46:399-424.
#[must_use]
pub fn standardised_difference(rows: &[(bool, f64, f64)]) -> StandardisedDifference {
    let missing = |reason| StandardisedDifference { reason: Some(reason), ..Default::default() };
    let is_known = |(_, value, weight): &(bool, f64, f64)| {
        value.is_finite() && weight.is_finite() && *weight >= 0.0
    };
    if !rows.iter().all(is_known) {
        return missing("a value is missing or not finite, or a weight is, or is below zero");
    }
    let is_binary = rows.iter().all(|(_, value, _)| *value == 0.0 || *value == 1.0);
    let of = |is_case: bool| {
        let rows = rows.iter().filter(|row| row.0 == is_case && row.2 > 0.0);
        let rows: Vec<(f64, f64)> = rows.map(|row| (row.1, row.2)).collect();
        moments(&rows, is_binary)
    };
    let (Some(case), Some(control)) = (of(true), of(false)) else {
        return missing("no case or no control that has a weight");
    };
    let [mean_case, mean_control] = [case.0, control.0].map(Some);
    let spread = case.1.zip(control.1).map(|(case, control)| ((case + control) / 2.0).sqrt());
    let (value, reason) = match spread {
        None => (None, Some("a group of one row has no variance")),
        Some(0.0) => (None, Some("the value does not vary among cases or among controls")),
        Some(spread) if !spread.is_finite() => (None, Some("a value is too large")),
        Some(spread) => (Some((case.0 - control.0) / spread), None),
    };
    StandardisedDifference { value, mean_case, mean_control, reason }
}

/// Mean and variance of values with weights; no variance of one value that is no share.
fn moments(rows: &[(f64, f64)], is_binary: bool) -> Option<(f64, Option<f64>)> {
    let largest = rows.iter().map(|row| row.1).fold(0.0, f64::max);
    if largest <= 0.0 {
        return None;
    }
    let rows: Vec<(f64, f64)> = rows.iter().map(|row| (row.0, row.1 / largest)).collect();
    let total: f64 = rows.iter().map(|row| row.1).sum();
    let mean = rows.iter().map(|(x, w)| x * (w / total)).sum::<f64>();
    if is_binary {
        return Some((mean, Some(mean * (1.0 - mean))));
    }
    let squares: f64 = rows.iter().map(|row| row.1 * row.1).sum();
    let freedom = total * total - squares;
    let sum: f64 = rows.iter().map(|(x, w)| w * (x - mean) * (x - mean)).sum();
    let is_alike = rows.iter().all(|row| row.0 == rows[0].0);
    let variance = if is_alike { 0.0 } else { total / freedom * sum };
    Some((mean, (rows.len() > 1 && freedom > 0.0).then_some(variance)))
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: 2, 4 and 1, 3 have means of 3 and 2 and variances of 2.
    #[test]
    fn two_and_two_differ_by_their_mean_spread() {
        let rows = [(true, 2.0, 1.0), (true, 4.0, 1.0), (false, 1.0, 1.0), (false, 3.0, 1.0)];
        let found = standardised_difference(&rows);
        assert!((found.value.expect("a value") - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!((found.mean_case, found.mean_control), (Some(3.0), Some(2.0)));
    }

    #[test]
    fn what_cannot_be_compared_has_a_reason() {
        for rows in [
            &[][..],
            &[(true, 1.0, 1.0)],
            &[(true, 5.0, 1.0), (false, 2.0, 1.0)],
            &[(true, 1.0, 1.0), (false, 1.0, 1.0)],
            &[(true, f64::NAN, 1.0), (false, 1.0, 1.0)],
            &[(true, 1.0, 0.0), (false, 1.0, 1.0)],
            &[(true, 1e200, 1.0), (true, -1e200, 1.0), (false, 1.0, 1.0), (false, 2.0, 1.0)],
        ] {
            let found = standardised_difference(rows);
            assert!(found.value.is_none() && found.reason.is_some(), "{rows:?}");
        }
    }
}
