//! The concentration index: how far health or its lack is gathered among the poorest or richest.

use super::confidence::{CONFIDENCE_95, Confidence, z_value};
use super::estimate::{Estimate, Limits, NOT_FINITE};
use super::slope_index::RankedGroup;
use super::student::t_value;

const FROM_LIMITS: &str =
    "covariance with the fractional rank, error from the limits of the values";
const REGRESSION: &str = "covariance with the fractional rank, error of the convenient regression";

/// A concentration index with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Concentration {
    /// The index, in -1..1 for values that are not negative: below zero where the lower ranks have
    /// more than their share.
    pub index: Estimate,
    /// Its standard error.
    pub standard_error: Option<f64>,
}

/// Concentration index of the values of persons or groups in order of their rank.
///
/// `C = 2 sum(f v r) / mean - 1`, `f` a row's share of the population and `r` its fractional rank:
/// the share ranked below it plus half of those ranked alike. Where the rows have 95 % limits, the
/// error is `sqrt(sum((f (2 r - 1 - C) / mean)^2 se^2))`, `se` the width over `2 * 1.96`; else it
/// is that of the slope of `2 var(r) v / mean` on `r`, weighted by population. Sources: Kakwani N,
/// Wagstaff A, van Doorslaer E. J Econometrics 1997;77:87-103; O'Donnell O and others, Analyzing
/// Health Equity Using Household Survey Data, World Bank 2008, chapter 8.
#[must_use]
pub fn concentration_index(rows: &[RankedGroup], confidence: Confidence) -> Concentration {
    let has_limits = rows.iter().any(|row| row.limits_95.is_some());
    let method = if has_limits { FROM_LIMITS } else { REGRESSION };
    let refuse =
        |reason| Concentration { index: Estimate::missing(method, reason), standard_error: None };
    if let Some(reason) = fault(rows) {
        return refuse(reason);
    }
    let total: f64 = rows.iter().map(|row| row.population).sum();
    let shares: Vec<f64> = rows.iter().map(|row| row.population / total).collect();
    let ranks = fractional_ranks(rows, &shares);
    let sum =
        |of: &dyn Fn(usize) -> f64| (0..rows.len()).map(|at| shares[at] * of(at)).sum::<f64>();
    let mean = sum(&|at| rows[at].value);
    let (lowest, highest) = (ranks[0], ranks[ranks.len() - 1]);
    if !(mean.is_finite() && total.is_finite()) {
        return refuse(NOT_FINITE);
    }
    if mean <= 0.0 {
        return refuse("the mean of the values is not above zero");
    }
    if lowest == highest {
        return refuse("all rows have one rank");
    }
    let value = 2.0 * sum(&|at| rows[at].value / mean * ranks[at]) - 1.0;
    let error = if has_limits {
        error_from_limits(rows, |at| shares[at] * (2.0 * ranks[at] - 1.0 - value) / mean)
            .map(|error| (error, None))
    } else {
        error_of_regression(rows, &shares, &ranks, mean).map(|(error, df)| (error, Some(df)))
    };
    let (limits, standard_error, reason) = match error {
        Ok((error, df)) => (limits(value, error, df, confidence), Some(error), None),
        Err(reason) => (Limits::default(), None, Some(reason)),
    };
    Concentration { index: Estimate { value: Some(value), limits, method, reason }, standard_error }
}

fn limits(value: f64, error: f64, df: Option<f64>, confidence: Confidence) -> Limits {
    Limits::at(confidence, |confidence| {
        let reach = match df {
            Some(df) => t_value(confidence, df).map(|t| t * error),
            None => Some(z_value(confidence) * error),
        };
        (reach.map(|reach| value - reach), reach.map(|reach| value + reach))
    })
}

fn fault(rows: &[RankedGroup]) -> Option<&'static str> {
    let is_person = |row: &RankedGroup| row.population.is_finite() && row.population > 0.0;
    if rows.is_empty() {
        Some("no rows")
    } else if rows.iter().any(|row| !row.rank.is_finite()) {
        Some("a rank is missing or not finite")
    } else if !rows.iter().all(is_person) {
        Some("a population is missing, not finite or not above zero")
    } else if rows.iter().any(|row| !row.value.is_finite()) {
        Some("a value is missing or not finite")
    } else {
        None
    }
}

/// The middle of each row's share of the ranked population, rows of one rank sharing theirs.
fn fractional_ranks(rows: &[RankedGroup], shares: &[f64]) -> Vec<f64> {
    let mut ranks = Vec::with_capacity(rows.len());
    let mut below = 0.0;
    for alike in rows.chunk_by(|left, right| left.rank == right.rank) {
        let from = ranks.len();
        let share: f64 = shares[from..from + alike.len()].iter().sum();
        ranks.resize(from + alike.len(), below + share / 2.0);
        below += share;
    }
    ranks
}

/// `weight` says how far the index moves when the value of a row grows by one.
fn error_from_limits(
    rows: &[RankedGroup],
    weight: impl Fn(usize) -> f64,
) -> Result<f64, &'static str> {
    let mut variance = 0.0;
    for (at, row) in rows.iter().enumerate() {
        let (lower, upper) = row.limits_95.ok_or("the limits of a value are missing")?;
        if !(lower.is_finite() && upper.is_finite() && lower <= row.value && row.value <= upper) {
            return Err("the limits of a value are not finite or do not hold it");
        }
        let error = (upper - lower) / (2.0 * z_value(CONFIDENCE_95));
        variance += (weight(at) * error).powi(2);
    }
    above_nothing(variance.sqrt())
}

/// Standard error of the slope, with its degrees of freedom.
fn error_of_regression(
    rows: &[RankedGroup],
    shares: &[f64],
    ranks: &[f64],
    mean: f64,
) -> Result<(f64, f64), &'static str> {
    if rows.len() < 3 {
        return Err("fewer than three rows: no error to judge by");
    }
    let df = (rows.len() - 2) as f64;
    let sum =
        |of: &dyn Fn(usize) -> f64| (0..rows.len()).map(|at| shares[at] * of(at)).sum::<f64>();
    let middle = sum(&|at| ranks[at]);
    let spread = sum(&|at| (ranks[at] - middle).powi(2));
    let outcome = |at: usize| 2.0 * spread * rows[at].value / mean;
    let level = sum(&outcome);
    let slope = sum(&|at| (ranks[at] - middle) * outcome(at)) / spread;
    let residual = |at: usize| outcome(at) - level - slope * (ranks[at] - middle);
    let left = sum(&|at| residual(at).powi(2));
    let rounding = (1e-14 * sum(&|at| outcome(at).abs())).powi(2);
    if left <= rounding {
        return Err("the values lie on a line: no error to judge by");
    }
    Ok((above_nothing((left / df / spread).sqrt())?, df))
}

fn above_nothing(error: f64) -> Result<f64, &'static str> {
    if error > 0.0 { Ok(error) } else { Err("no value has an error: nothing to make limits of") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rank: f64, value: f64) -> RankedGroup {
        RankedGroup { rank, population: 1.0, value, limits_95: None }
    }

    // By hand: of n persons one has everything; the richest gives 1 - 1/n, the poorest 1/n - 1.
    #[test]
    fn all_with_one_person_is_as_unequal_as_can_be() {
        let of = |values: [f64; 4]| {
            let rows: Vec<_> = (0..4).map(|at| row(at as f64, values[at])).collect();
            concentration_index(&rows, Confidence::P95).index.value.unwrap()
        };
        assert!((of([0.0, 0.0, 0.0, 1.0]) - 0.75).abs() < 1e-15);
        assert!((of([1.0, 0.0, 0.0, 0.0]) + 0.75).abs() < 1e-15);
        assert!(of([2.0; 4]).abs() < 1e-15);
    }

    // Who are ranked alike have one rank, so how they are ordered among themselves says nothing.
    #[test]
    fn rows_of_one_rank_may_be_swapped() {
        let one = [row(1.0, 3.0), row(2.0, 1.0), row(2.0, 5.0), row(3.0, 2.0)];
        let other = [row(1.0, 3.0), row(2.0, 5.0), row(2.0, 1.0), row(3.0, 2.0)];
        let (one, other) = (
            concentration_index(&one, Confidence::P95),
            concentration_index(&other, Confidence::P95),
        );
        assert!((one.index.value.unwrap() - other.index.value.unwrap()).abs() < 1e-15);
        assert_eq!(
            concentration_index(&[row(1.0, 2.0); 3], Confidence::P95).index.reason,
            Some("all rows have one rank")
        );
    }
}
