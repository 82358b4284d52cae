//! The rows that a regression is fitted to.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// One row: an outcome, its features, and what else the model may need to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation<'a> {
    /// The outcome.
    pub y: f64,
    /// The features, without a constant.
    pub features: Cow<'a, [f64]>,
    /// A known term of the linear predictor; 0 where there is none.
    pub offset: f64,
    /// How much the row counts; 1 where all count alike.
    pub weight: f64,
    /// Number of the row's cluster, or its place in time.
    pub key: usize,
}

/// Rows in one order whatever order they came in, each with its constant first.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(super) y: Vec<f64>,
    pub(super) x: Vec<f64>,
    pub(super) offset: Vec<f64>,
    pub(super) weight: Vec<f64>,
    pub(super) key: Vec<usize>,
    pub(super) width: usize,
}

impl Sample {
    /// The rows with a constant.
    ///
    /// # Errors
    /// When there are none, they differ in length, or hold what is not finite.
    pub(crate) fn with_constant(rows: &[Observation<'_>]) -> Result<Self, &'static str> {
        Self::of(rows, true)
    }

    /// The rows as they are, for features from which the constant has been taken.
    ///
    /// # Errors
    /// As of [`Self::with_constant`].
    pub(crate) fn without_constant(rows: &[Observation<'_>]) -> Result<Self, &'static str> {
        Self::of(rows, false)
    }

    fn of(rows: &[Observation<'_>], has_constant: bool) -> Result<Self, &'static str> {
        let width = rows.first().ok_or("no rows")?.features.len();
        for row in rows {
            if row.features.len() != width {
                return Err("rows differ in their number of features");
            }
            if !row.y.is_finite() {
                return Err("an outcome is missing or not finite");
            }
            if !(row.features.iter().all(|value| value.is_finite()) && row.offset.is_finite()) {
                return Err("a feature or an exposure is missing or not finite");
            }
            if !(row.weight.is_finite() && row.weight > 0.0) {
                return Err("a weight is missing, not finite or not above zero");
            }
        }
        let mut rows: Vec<&Observation<'_>> = rows.iter().collect();
        rows.sort_unstable_by(|a, b| a.compare(b));
        let constant = has_constant.then_some(1.0);
        let x =
            rows.iter().flat_map(|row| constant.into_iter().chain(row.features.iter().copied()));
        Ok(Self {
            x: x.collect(),
            y: rows.iter().map(|row| row.y).collect(),
            offset: rows.iter().map(|row| row.offset).collect(),
            weight: rows.iter().map(|row| row.weight).collect(),
            key: rows.iter().map(|row| row.key).collect(),
            width: width + usize::from(has_constant),
        })
    }

    pub(super) fn n(&self) -> usize {
        self.y.len()
    }

    /// Distinct keys.
    pub(super) fn n_keys(&self) -> usize {
        self.key.iter().collect::<BTreeSet<_>>().len()
    }

    pub(super) fn row(&self, at: usize) -> &[f64] {
        &self.x[at * self.width..(at + 1) * self.width]
    }

    /// The linear predictor of a row.
    pub(super) fn linear(&self, at: usize, coefficients: &[f64]) -> f64 {
        let sum: f64 = coefficients.iter().zip(self.row(at)).map(|(b, x)| b * x).sum();
        sum + self.offset[at]
    }
}

impl Observation<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        let by_features =
            self.features.iter().zip(other.features.iter()).map(|(a, b)| a.total_cmp(b));
        let numbers = [(self.y, other.y), (self.offset, other.offset), (self.weight, other.weight)];
        by_features
            .chain(numbers.map(|(a, b)| a.total_cmp(&b)))
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| self.key.cmp(&other.key))
    }
}
