//! How sure coefficients are: their covariance as the model says, or robust to what it gets wrong.

use super::fit::Fit;
use super::sample::Sample;
use crate::methods::symmetric::Symmetric;

/// What the errors of a model are taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// What the model says.
    Model,
    /// Of unequal variance (White 1980).
    Hc0,
    /// HC0 times `n / (n - k)`.
    Hc1,
    /// Each square over `1 - leverage`.
    Hc2,
    /// Each square over `(1 - leverage)^2`.
    Hc3,
    /// Related to those of so many periods before (Newey, West 1987; Bartlett weights, no factor
    /// for small samples).
    NeweyWest {
        /// How many periods.
        lag: usize,
    },
    /// Related within a cluster (Liang, Zeger 1986), times `G / (G - 1) (n - 1) / (n - k)`.
    Cluster,
}

/// Clusters below which limits are Student's: normal ones would be too narrow.
const FEW_CLUSTERS: usize = 30;

impl Errors {
    /// Name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "as the model says",
            Self::Hc0 => "HC0",
            Self::Hc1 => "HC1",
            Self::Hc2 => "HC2",
            Self::Hc3 => "HC3",
            Self::NeweyWest { .. } => "Newey-West",
            Self::Cluster => "by cluster",
        }
    }

    /// Degrees of freedom of limits by Student's t under errors by few clusters.
    pub(super) fn df_of_few_clusters(self, sample: &Sample) -> Option<f64> {
        let n_clusters = (self == Self::Cluster).then(|| sample.n_keys())?;
        (n_clusters < FEW_CLUSTERS).then(|| n_clusters.saturating_sub(1) as f64)
    }
}

/// What each row adds to the derivatives of the log likelihood by the parameters.
pub(super) struct Scores<'a> {
    sample: &'a Sample,
    by_linear: Vec<f64>,
    /// By the one parameter that the linear predictor has no part in; empty where there is none.
    by_alpha: Vec<f64>,
}

impl<'a> Scores<'a> {
    /// By the coefficients alone.
    pub(super) fn of(fit: &Fit, sample: &'a Sample) -> Self {
        let score = |((left, mean), weight): ((f64, f64), &f64)| {
            weight * fit.family.score(mean + left, mean)
        };
        let by_linear = fit.residuals(sample).zip(&sample.weight).map(score).collect();
        Self { sample, by_linear, by_alpha: Vec::new() }
    }

    /// By the coefficients and by a last parameter, of which each row's derivative is given.
    pub(super) fn with_last(fit: &Fit, sample: &'a Sample, by_alpha: Vec<f64>) -> Self {
        Self { by_alpha, ..Self::of(fit, sample) }
    }

    /// Each score over `(1 - leverage)^power`, so that its square is that of HC2 or HC3.
    fn widened(mut self, fit: &Fit, power: f64) -> Result<Self, &'static str> {
        for (at, score) in self.by_linear.iter_mut().enumerate() {
            let mean = fit.family.mean(self.sample.linear(at, &fit.coefficients));
            let weight = self.sample.weight[at] * fit.family.information(mean);
            let left = 1.0 - weight * fit.inverse.quadratic(self.sample.row(at));
            if left <= 1e-12 {
                return Err("a row alone decides a coefficient: HC2 and HC3 have no limit");
            }
            *score /= left.powf(power);
        }
        Ok(self)
    }

    fn n_parameters(&self) -> usize {
        self.sample.width + usize::from(!self.by_alpha.is_empty())
    }

    fn row(&self, at: usize) -> impl Iterator<Item = f64> {
        let of_coefficients = self.sample.row(at).iter().map(move |x| self.by_linear[at] * x);
        of_coefficients.chain(self.by_alpha.get(at).copied())
    }
}

/// The covariance of a fit's coefficients; `dispersion` is that of the model's own errors, and
/// `n_terms` counts terms that were taken out before, too.
///
/// # Errors
/// When there are too few rows or clusters, or a row alone decides a coefficient.
pub(super) fn covariance(
    fit: &Fit,
    sample: &Sample,
    errors: Errors,
    dispersion: f64,
    n_terms: usize,
) -> Result<Symmetric, &'static str> {
    let scores = match errors {
        Errors::Model => return Ok(fit.inverse.clone().scaled(dispersion)),
        Errors::Hc2 => Scores::of(fit, sample).widened(fit, 0.5)?,
        Errors::Hc3 => Scores::of(fit, sample).widened(fit, 1.0)?,
        _ => Scores::of(fit, sample),
    };
    sandwich(&fit.inverse, &scores, errors, n_terms)
}

/// The covariance of parameters from the inverse of their information and each row's scores, which
/// errors of [`Errors::Hc2`] and [`Errors::Hc3`] have widened already.
///
/// # Errors
/// When there are too few rows or clusters, or a period occurs twice.
pub(super) fn sandwich(
    inverse: &Symmetric,
    scores: &Scores,
    errors: Errors,
    n_terms: usize,
) -> Result<Symmetric, &'static str> {
    let (n, k) = (scores.sample.n() as f64, n_terms as f64);
    let (meat, factor) = match errors {
        Errors::NeweyWest { lag } => (over_time(scores, lag)?, 1.0),
        Errors::Cluster => by_cluster(scores, n_terms)?,
        Errors::Hc1 => (by_row(scores), n / (n - k)),
        Errors::Model | Errors::Hc0 | Errors::Hc2 | Errors::Hc3 => (by_row(scores), 1.0),
    };
    if factor.is_finite() && factor > 0.0 {
        Ok(inverse.around(&meat).scaled(factor))
    } else {
        Err("no more rows than terms")
    }
}

fn by_row(scores: &Scores) -> Symmetric {
    let mut meat = Symmetric::zero(scores.n_parameters());
    let mut row = Vec::with_capacity(scores.n_parameters());
    for at in 0..scores.sample.n() {
        row.clear();
        row.extend(scores.row(at));
        meat.add_outer(&row, 1.0);
    }
    meat
}

/// Rows by their keys.
fn in_key_order(sample: &Sample) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sample.n()).collect();
    order.sort_by_key(|at| sample.key[*at]);
    order
}

fn over_time(scores: &Scores, lag: usize) -> Result<Symmetric, &'static str> {
    let sample = scores.sample;
    let order = in_key_order(sample);
    if order.windows(2).any(|pair| sample.key[pair[0]] == sample.key[pair[1]]) {
        return Err("a period occurs twice");
    }
    if lag >= sample.n() {
        return Err("the lag is not shorter than the series");
    }
    let rows: Vec<Vec<f64>> = order.into_iter().map(|at| scores.row(at).collect()).collect();
    let mut meat = Symmetric::zero(scores.n_parameters());
    for row in &rows {
        meat.add_outer(row, 1.0);
    }
    for back in 1..=lag {
        let weight = 1.0 - back as f64 / (lag as f64 + 1.0);
        for (now, then) in rows[back..].iter().zip(&rows) {
            meat.add_pair(now, then, weight);
        }
    }
    Ok(meat)
}

/// The meat and the factor for few clusters.
fn by_cluster(scores: &Scores, n_terms: usize) -> Result<(Symmetric, f64), &'static str> {
    let sample = scores.sample;
    let order = in_key_order(sample);
    let mut meat = Symmetric::zero(scores.n_parameters());
    let mut n_clusters = 0.0;
    for cluster in order.chunk_by(|a, b| sample.key[*a] == sample.key[*b]) {
        let mut sum = vec![0.0; scores.n_parameters()];
        for at in cluster {
            for (sum, score) in sum.iter_mut().zip(scores.row(*at)) {
                *sum += score;
            }
        }
        meat.add_outer(&sum, 1.0);
        n_clusters += 1.0;
    }
    let (n, k) = (sample.n() as f64, n_terms as f64);
    if n_clusters < 2.0 || n <= k {
        return Err("fewer than two clusters, or no more rows than terms");
    }
    Ok((meat, n_clusters / (n_clusters - 1.0) * (n - 1.0) / (n - k)))
}
