//! Areas in groups of equal size by their values: fourths, fifths, tenths.

/// How the groups are made.
pub(crate) const METHOD_QUANTILE: &str = "equal numbers of areas by rank, ties with the lowest";

/// The group of each value, from 1 for the lowest to `n_groups` for the highest; the other way round if
/// `is_inverted`. Values that are missing have none.
///
/// `k + 1 - ceil((n + 1 - rank) k / n)`, `rank` the lowest among values that are alike, as PHE's
/// `phe_quantile`; in whole numbers, so that no rounding decides.
///
/// # Errors
/// When there are fewer values than groups, or fewer than one group.
pub fn quantiles(
    values: &[f64],
    n_groups: usize,
    is_inverted: bool,
) -> Result<Vec<Option<usize>>, &'static str> {
    let mut ordered: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let n = ordered.len();
    if n_groups == 0 {
        return Err("the number of groups is missing, below one or differs between rows");
    }
    if n < n_groups {
        return Err("fewer values than groups");
    }
    ordered.sort_unstable_by(f64::total_cmp);
    let group = |value: &f64| {
        if !value.is_finite() {
            return None;
        }
        let n_before = if is_inverted {
            n - ordered.partition_point(|other| other <= value)
        } else {
            ordered.partition_point(|other| other < value)
        };
        // `n + 1 - rank` of those from this one on.
        Some(n_groups + 1 - ((n - n_before) * n_groups).div_ceil(n))
    };
    Ok(values.iter().map(group).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_alike_share_the_lowest_group_and_missing_ones_have_none() {
        let groups = quantiles(&[5.0, 1.0, 1.0, f64::NAN, 9.0], 4, false);
        assert_eq!(groups, Ok(vec![Some(3), Some(1), Some(1), None, Some(4)]));
        let groups = quantiles(&[5.0, 1.0, 1.0, f64::NAN, 9.0], 4, true);
        assert_eq!(groups, Ok(vec![Some(2), Some(3), Some(3), None, Some(1)]));
        assert!(quantiles(&[1.0], 2, false).is_err() && quantiles(&[1.0], 0, false).is_err());
    }
}
