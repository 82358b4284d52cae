//! Counts that spread more than a Poisson model allows (NB2).

use super::counts::{digamma_difference, trigamma_difference};
use super::errors::{Errors, Scores, sandwich};
use super::family::Family;
use super::fit::{Fit, fit};
use super::model::{Regression, fault_of_counts};
use super::sample::{Observation, Sample};
use super::term::Term;
use crate::methods::estimate::NOT_FINITE;
use crate::methods::symmetric::Symmetric;

/// Name in results.
pub(crate) const METHOD: &str = "negative binomial regression (NB2), log link";
/// A model of less than the least is a Poisson model; one of more than the most, none.
const ALPHA: (f64, f64) = (1e-6, 1e6);
/// Steps of the search for alpha.
const MOST_STEPS: usize = 100;

/// Fit counts of variance `mu + alpha mu^2`, `ln mu = offset + b0 + sum b_j x_j`, by maximum
/// likelihood over the coefficients and alpha, which comes as the last term, and judge all of them
/// by these errors.
///
/// The covariance is the inverse of the observed information of all of them together, or that
/// around the rows' scores by all of them, alpha counting as a term. Errors of [`Errors::Hc2`] and
/// [`Errors::Hc3`] are refused: what leverage a row has on alpha is not defined. Sources: Cameron
/// AC, Trivedi PK, Regression Analysis of Count Data, 2013, 3.3; White H, Econometrica
/// 1982;50:1-25.
#[must_use]
pub fn negative_binomial(rows: &[Observation<'_>], errors: Errors) -> Regression {
    match most_likely(rows, errors) {
        Ok(regression) => regression,
        Err((iterations, reason)) => Regression::missing(METHOD, rows.len(), iterations, reason),
    }
}

fn most_likely(
    rows: &[Observation<'_>],
    errors: Errors,
) -> Result<Regression, (usize, &'static str)> {
    if matches!(errors, Errors::Hc2 | Errors::Hc3) {
        return Err((0, "HC2 and HC3 need a leverage, which a row has not on alpha"));
    }
    let sample = Sample::with_constant(rows).map_err(|reason| (0, reason))?;
    if let Some(reason) = fault_of_counts(&sample.y) {
        return Err((0, reason));
    }
    if sample.y.iter().any(|count| count.fract() != 0.0) {
        return Err((0, "a count is not a whole number"));
    }
    let poisson = fit_at(None, &sample, None)?;
    let mut search = Search { sample: &sample, last: poisson };
    let alpha = search.alpha()?;
    let fit = fit_at(Some(alpha), &sample, Some(&search.last.coefficients))?;
    let covariance = covariance(&fit, &sample, alpha, errors);
    let df = errors.df_of_few_clusters(&sample);
    let parameters = fit.coefficients.iter().chain([&alpha]);
    let term = |(at, estimate): (usize, &f64)| {
        Term::of(*estimate, covariance.as_ref().ok().map(|covariance| covariance.cell(at, at)), df)
    };
    let terms: Vec<Term> = parameters.enumerate().map(term).collect();
    let log_likelihood = fit.log_likelihood(&sample);
    let is_whole = log_likelihood.is_finite()
        && terms.iter().all(|term| term.estimate.is_finite() && term.standard_error.is_some());
    Ok(Regression {
        terms,
        n: sample.n(),
        dispersion: Some(alpha),
        log_likelihood: Some(log_likelihood).filter(|value| value.is_finite()),
        iterations: fit.iterations,
        method: METHOD,
        reason: covariance.err().or((!is_whole).then_some(NOT_FINITE)),
    })
}

/// The covariance of the coefficients and alpha.
fn covariance(
    fit: &Fit,
    sample: &Sample,
    alpha: f64,
    errors: Errors,
) -> Result<Symmetric, &'static str> {
    let inverse = information(fit, sample, alpha).factor().ok_or(NOT_FINITE)?.inverse();
    if errors == Errors::Model {
        return Ok(inverse);
    }
    let r = 1.0 / alpha;
    // Through `r = 1 / alpha`: `dr = -r^2`.
    let by_alpha = fit.residuals(sample).map(|(left, mean)| -r * r * by_r(left, mean, r).0);
    let scores = Scores::with_last(fit, sample, by_alpha.collect());
    sandwich(&inverse, &scores, errors, sample.width + 1)
}

/// The coefficients at one alpha; of a Poisson model where there is none.
fn fit_at(
    alpha: Option<f64>,
    sample: &Sample,
    from: Option<&[f64]>,
) -> Result<Fit, (usize, &'static str)> {
    let family = alpha.map_or(Family::Poisson, |alpha| Family::NegativeBinomial { alpha });
    fit(family, sample, from).map_err(|why| (why.iterations, why.reason))
}

/// The search for the alpha at which the likelihood, the coefficients following, is highest.
struct Search<'a> {
    sample: &'a Sample,
    last: Fit,
}

impl Search<'_> {
    /// Where the derivative by `ln alpha` changes its sign, by halving and false position in turn.
    fn alpha(&mut self) -> Result<f64, (usize, &'static str)> {
        let (mut low, mut high) = (ALPHA.0.ln(), 1e-2_f64.ln());
        let mut at_low = self.slope(low)?;
        if at_low.is_nan() || at_low <= 0.0 {
            return Err((0, "no more spread than a Poisson model allows: fit that"));
        }
        let mut at_high = self.slope(high)?;
        while at_high > 0.0 {
            (low, at_low) = (high, at_high);
            high += 2.0;
            if high > ALPHA.1.ln() {
                return Err((0, "counts spread beyond any model"));
            }
            at_high = self.slope(high)?;
        }
        for step in 0..MOST_STEPS {
            let is_half = step % 3 == 2;
            let share = if is_half { 0.5 } else { at_low / (at_low - at_high) };
            let middle = low + share * (high - low);
            let at_middle = self.slope(middle)?;
            if at_middle > 0.0 {
                (low, at_low) = (middle, at_middle);
            } else {
                (high, at_high) = (middle, at_middle);
            }
            if high - low < 1e-11 || at_middle == 0.0 {
                return Ok(middle.exp());
            }
        }
        Ok(f64::midpoint(low, high).exp())
    }

    /// Derivative of the log likelihood by `ln alpha`.
    fn slope(&mut self, ln_alpha: f64) -> Result<f64, (usize, &'static str)> {
        let alpha = ln_alpha.exp();
        self.last = fit_at(Some(alpha), self.sample, Some(&self.last.coefficients))?;
        let rows = self.last.residuals(self.sample);
        let own = |(left, mean): (f64, f64)| by_r(left, mean, 1.0 / alpha).0;
        // d/d ln(alpha) is -r d/dr.
        Ok(-rows.map(own).sum::<f64>() / alpha)
    }
}

/// First and second derivative of a row's log likelihood by `r = 1 / alpha`.
fn by_r(left: f64, mean: f64, r: f64) -> (f64, f64) {
    let y = (mean + left).round();
    let first = digamma_difference(y, r) - (mean / r).ln_1p() - left / (r + mean);
    let second = trigamma_difference(y, r) + mean / (r * (r + mean)) + left / (r + mean).powi(2);
    (first, second)
}

/// Observed information of the coefficients and alpha.
fn information(fit: &Fit, sample: &Sample, alpha: f64) -> Symmetric {
    let r = 1.0 / alpha;
    let mut information = Symmetric::zero(sample.width + 1);
    let mut x = vec![0.0; sample.width + 1];
    let mut last = vec![0.0; sample.width + 1];
    last[sample.width] = 1.0;
    for (at, (left, mean)) in fit.residuals(sample).enumerate() {
        x[..sample.width].copy_from_slice(sample.row(at));
        let spread = 1.0 + alpha * mean;
        information.add_outer(&x, mean * (1.0 + alpha * sample.y[at]) / spread.powi(2));
        let (first, second) = by_r(left, mean, r);
        // Through `r = 1 / alpha`: `dr = -r^2`, `d2r = 2 r^3`.
        information.add_pair(&x, &last, r * r * left * mean / (r + mean).powi(2));
        information.add_outer(&last, -(second * r.powi(4) + 2.0 * first * r.powi(3)));
    }
    information
}
