//! Coefficients by iteratively reweighted least squares.

use super::family::Family;
use super::sample::Sample;
use crate::methods::symmetric::Symmetric;

/// Newton steps before the fit is given up.
const MOST_ITERATIONS: usize = 50;
/// Largest step, as a share of the largest coefficient (or of 1), at which the fit has settled.
const SETTLED: f64 = 1e-10;

/// Coefficients that have settled.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(super) family: Family,
    pub(crate) coefficients: Vec<f64>,
    /// Inverse of the expected information.
    pub(super) inverse: Symmetric,
    pub(super) iterations: usize,
}

/// Why there are no coefficients, after so many steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsettled {
    pub(super) reason: &'static str,
    pub(super) iterations: usize,
}

/// Fit the family to the sample, from these coefficients on or from where the family starts.
///
/// # Errors
/// When features say the same, separate the outcomes, or the steps do not settle.
pub(super) fn fit(family: Family, sample: &Sample, from: Option<&[f64]>) -> Result<Fit, Unsettled> {
    let mut coefficients = match from {
        Some(from) => from.to_vec(),
        None => start(family, sample)
            .ok_or(Unsettled { reason: "features are collinear", iterations: 1 })?,
    };
    for iterations in 1..=MOST_ITERATIONS {
        let (score, information) = derivatives(family, sample, &coefficients);
        let Some(factor) = information.factor() else {
            let reason = if iterations == 1 && from.is_none() {
                "features are collinear"
            } else {
                "a feature separates the outcomes"
            };
            return Err(Unsettled { reason, iterations });
        };
        let step = factor.solve(&score);
        for (coefficient, step) in coefficients.iter_mut().zip(&step) {
            *coefficient += step;
        }
        if largest(&step) <= SETTLED * largest(&coefficients).max(1.0) {
            let (_, information) = derivatives(family, sample, &coefficients);
            let factor = information.factor().unwrap_or(factor);
            return Ok(Fit { family, coefficients, inverse: factor.inverse(), iterations });
        }
    }
    Err(Unsettled { reason: "coefficients do not settle", iterations: MOST_ITERATIONS })
}

/// Where the steps start: nothing, or least squares on the scale of the linear predictor.
fn start(family: Family, sample: &Sample) -> Option<Vec<f64>> {
    let mut sums = vec![0.0; sample.width];
    let mut squares = Symmetric::zero(sample.width);
    for at in 0..sample.n() {
        let Some((linear, weight)) = family.start(sample.y[at]) else { return Some(sums) };
        for (sum, x) in sums.iter_mut().zip(sample.row(at)) {
            *sum += weight * (linear - sample.offset[at]) * x;
        }
        squares.add_outer(sample.row(at), weight);
    }
    squares.factor().map(|factor| factor.solve(&sums))
}

/// Score vector and expected information at `coefficients`.
fn derivatives(family: Family, sample: &Sample, coefficients: &[f64]) -> (Vec<f64>, Symmetric) {
    let mut score = vec![0.0; sample.width];
    let mut information = Symmetric::zero(sample.width);
    for at in 0..sample.n() {
        let mean = family.mean(sample.linear(at, coefficients));
        let own = sample.weight[at] * family.score(sample.y[at], mean);
        for (sum, x) in score.iter_mut().zip(sample.row(at)) {
            *sum += own * x;
        }
        information.add_outer(sample.row(at), sample.weight[at] * family.information(mean));
    }
    (score, information)
}

fn largest(values: &[f64]) -> f64 {
    values
        .iter()
        .fold(0.0, |most, value| if value.is_nan() { f64::NAN } else { value.abs().max(most) })
}

impl Fit {
    /// What each row's outcome lies above its mean, and that mean.
    pub(super) fn residuals<'a>(
        &'a self,
        sample: &'a Sample,
    ) -> impl Iterator<Item = (f64, f64)> + 'a {
        (0..sample.n()).map(|at| {
            let mean = self.family.mean(sample.linear(at, &self.coefficients));
            (sample.y[at] - mean, mean)
        })
    }

    /// Pearson's statistic over the degrees of freedom that are left; of a normal model its
    /// residual variance. `None` when none are left.
    pub(super) fn dispersion(&self, sample: &Sample) -> Option<f64> {
        let df = sample.n().checked_sub(sample.width).filter(|df| *df > 0)?;
        let square = |((left, mean), weight): ((f64, f64), &f64)| {
            if left == 0.0 { 0.0 } else { weight * left * left / self.family.variance(mean) }
        };
        let sum: f64 = self.residuals(sample).zip(&sample.weight).map(square).sum();
        Some(sum / df as f64)
    }

    /// Log likelihood; of a normal model at its maximum over the variance, too.
    pub(super) fn log_likelihood(&self, sample: &Sample) -> f64 {
        let own = |at| {
            let linear = sample.linear(at, &self.coefficients);
            sample.weight[at] * self.family.log_likelihood(sample.y[at], linear)
        };
        let sum: f64 = (0..sample.n()).map(own).sum();
        if self.family != Family::Normal {
            return sum;
        }
        let n = sample.n() as f64;
        let weights: f64 = sample.weight.iter().map(|weight| weight.ln()).sum();
        -n / 2.0 * ((2.0 * std::f64::consts::PI * -2.0 * sum / n).ln() + 1.0) + weights / 2.0
    }
}
