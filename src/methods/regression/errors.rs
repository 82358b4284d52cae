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
    let (n, k) = (sample.n() as f64, n_terms as f64);
    let meat = match errors {
        Errors::Model => return Ok(fit.inverse.clone().scaled(dispersion)),
        Errors::NeweyWest { lag } => over_time(fit, sample, lag)?,
        Errors::Cluster => return by_cluster(fit, sample, n_terms),
        Errors::Hc0 | Errors::Hc1 | Errors::Hc2 | Errors::Hc3 => by_row(fit, sample, errors)?,
    };
    let factor = if errors == Errors::Hc1 { n / (n - k) } else { 1.0 };
    if factor.is_finite() && factor > 0.0 {
        Ok(fit.inverse.around(&meat).scaled(factor))
    } else {
        Err("no more rows than terms")
    }
}

/// Each row's derivative of the log likelihood by the linear predictor.
fn scores(fit: &Fit, sample: &Sample) -> Vec<f64> {
    let score =
        |((left, mean), weight): ((f64, f64), &f64)| weight * fit.family.score(mean + left, mean);
    fit.residuals(sample).zip(&sample.weight).map(score).collect()
}

fn by_row(fit: &Fit, sample: &Sample, errors: Errors) -> Result<Symmetric, &'static str> {
    let mut meat = Symmetric::zero(sample.width);
    let power = match errors {
        Errors::Hc2 => 1,
        Errors::Hc3 => 2,
        _ => 0,
    };
    for (at, score) in scores(fit, sample).into_iter().enumerate() {
        let mut square = score * score;
        if power > 0 {
            let mean = fit.family.mean(sample.linear(at, &fit.coefficients));
            let weight = sample.weight[at] * fit.family.information(mean);
            let left = 1.0 - weight * fit.inverse.quadratic(sample.row(at));
            if left <= 1e-12 {
                return Err("a row alone decides a coefficient: HC2 and HC3 have no limit");
            }
            square /= left.powi(power);
        }
        meat.add_outer(sample.row(at), square);
    }
    Ok(meat)
}

/// Rows by their keys.
fn in_key_order(sample: &Sample) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sample.n()).collect();
    order.sort_by_key(|at| sample.key[*at]);
    order
}

fn over_time(fit: &Fit, sample: &Sample, lag: usize) -> Result<Symmetric, &'static str> {
    let order = in_key_order(sample);
    if order.windows(2).any(|pair| sample.key[pair[0]] == sample.key[pair[1]]) {
        return Err("a period occurs twice");
    }
    if lag >= sample.n() {
        return Err("the lag is not shorter than the series");
    }
    let scores = scores(fit, sample);
    let row = |at: usize| sample.row(at).iter().map(|x| scores[at] * x).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = order.into_iter().map(row).collect();
    let mut meat = Symmetric::zero(sample.width);
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

fn by_cluster(fit: &Fit, sample: &Sample, n_terms: usize) -> Result<Symmetric, &'static str> {
    let order = in_key_order(sample);
    let scores = scores(fit, sample);
    let mut meat = Symmetric::zero(sample.width);
    let mut n_clusters = 0.0;
    for cluster in order.chunk_by(|a, b| sample.key[*a] == sample.key[*b]) {
        let mut sum = vec![0.0; sample.width];
        for at in cluster {
            for (sum, x) in sum.iter_mut().zip(sample.row(*at)) {
                *sum += scores[*at] * x;
            }
        }
        meat.add_outer(&sum, 1.0);
        n_clusters += 1.0;
    }
    let (n, k) = (sample.n() as f64, n_terms as f64);
    if n_clusters < 2.0 || n <= k {
        return Err("fewer than two clusters, or no more rows than terms");
    }
    let factor = n_clusters / (n_clusters - 1.0) * (n - 1.0) / (n - k);
    Ok(fit.inverse.around(&meat).scaled(factor))
}
