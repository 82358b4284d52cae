//! The models that analysts name.

use super::errors::{Errors, covariance};
use super::family::Family;
use super::fit::{Fit, fit};
use super::sample::{Observation, Sample};
use super::term::Term;
use crate::methods::confidence::Confidence;
use crate::methods::estimate::{Limits, NOT_FINITE};
use crate::methods::symmetric::Symmetric;

const EXACT: &str = "the outcomes lie on the fitted line: no error to judge by";
/// Why an evaluation by least squares is refused that gives what its outcomes are of.
pub(crate) const UNEXPOSED: &str =
    "`ols` takes no exposure: give it rates, or counts to a model of counts";

/// What a model takes its outcomes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKind {
    /// Ordinary least squares.
    Ols,
    /// Counts whose variance is their mean.
    Poisson,
    /// Counts whose variance is a multiple of their mean.
    QuasiPoisson,
    /// 0 or 1.
    Logistic,
}

/// A fitted model, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// The constant, then one term per feature; empty when there is no model.
    pub terms: Vec<Term>,
    /// Rows given.
    pub n: usize,
    /// Residual variance, Pearson's statistic over its degrees of freedom, or alpha.
    pub dispersion: Option<f64>,
    /// Log likelihood; that of Poisson where the model has none of its own.
    pub log_likelihood: Option<f64>,
    /// Newton steps made.
    pub iterations: usize,
    /// The model.
    pub method: &'static str,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// A fit with the covariance of its coefficients.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) fit: Fit,
    pub(crate) covariance: Option<Symmetric>,
    pub(crate) dispersion: Option<f64>,
    /// Degrees of freedom where limits are Student's.
    pub(crate) df: Option<f64>,
    pub(crate) reason: Option<&'static str>,
}

impl ModelKind {
    /// Name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ols => "ordinary least squares",
            Self::Poisson => "Poisson regression, log link",
            Self::QuasiPoisson => "quasi-Poisson regression, log link",
            Self::Logistic => "logistic regression",
        }
    }

    fn family(self) -> Family {
        match self {
            Self::Ols => Family::Normal,
            Self::Poisson | Self::QuasiPoisson => Family::Poisson,
            Self::Logistic => Family::Binary,
        }
    }

    /// Why these outcomes are none of the model's.
    fn fault(self, y: &[f64]) -> Option<&'static str> {
        let is_alike = y.iter().all(|value| *value == y[0]);
        match self {
            Self::Ols => None,
            Self::Logistic if y.iter().any(|y| *y != 0.0 && *y != 1.0) => {
                Some("an outcome is neither 0 nor 1")
            }
            Self::Logistic if is_alike => Some("all outcomes are the same"),
            Self::Logistic => None,
            Self::Poisson | Self::QuasiPoisson => fault_of_counts(y),
        }
    }
}

/// Why these are no counts of events, or none of any.
pub(super) fn fault_of_counts(y: &[f64]) -> Option<&'static str> {
    if y.iter().any(|count| *count < 0.0) {
        return Some("a count is below zero");
    }
    y.iter().all(|count| *count == 0.0).then_some("no events")
}

impl Regression {
    pub(crate) fn missing(
        method: &'static str,
        n: usize,
        iterations: usize,
        reason: &'static str,
    ) -> Self {
        let (dispersion, log_likelihood, reason) = (None, None, Some(reason));
        Self { terms: Vec::new(), n, dispersion, log_likelihood, iterations, method, reason }
    }

    /// The coefficients, the constant first.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        self.terms.iter().map(|term| term.estimate).collect()
    }
}

/// Fit a model with a constant, and judge its coefficients by these errors.
///
/// Maximum likelihood by iteratively reweighted least squares; least squares in one step and a
/// correction. Limits and p values by Student's t for least squares under the model's own errors
/// and, with one degree of freedom fewer than clusters, for errors by fewer than 30 of those; else by
/// the normal distribution. Rows are put in one order before anything is summed. Sources:
/// McCullagh P, Nelder JA, Generalized Linear Models, 1989; White H, Econometrica 1980;48:817-38;
/// Newey WK, West KD, Econometrica 1987;55:703-8; Liang KY, Zeger SL, Biometrika 1986;73:13-22.
#[must_use]
pub fn regression(kind: ModelKind, rows: &[Observation<'_>], errors: Errors) -> Regression {
    let refuse =
        |iterations, reason| Regression::missing(kind.name(), rows.len(), iterations, reason);
    let sample = match Sample::with_constant(rows) {
        Ok(sample) => sample,
        Err(reason) => return refuse(0, reason),
    };
    let fit = match fitted(kind, &sample) {
        Ok(fit) => fit,
        Err((iterations, reason)) => return refuse(iterations, reason),
    };
    let explained = explained(kind, fit, &sample, errors, sample.width);
    let log_likelihood = explained.fit.log_likelihood(&sample);
    let is_known = log_likelihood.is_finite();
    Regression {
        terms: explained.terms(),
        n: sample.n(),
        dispersion: explained.dispersion,
        log_likelihood: is_known.then_some(log_likelihood),
        iterations: explained.fit.iterations,
        method: kind.name(),
        reason: explained.reason.or((!is_known).then_some(NOT_FINITE)),
    }
}

/// The coefficients of a model, or after how many steps and why there are none.
///
/// # Errors
/// When the outcomes are none of the model's, or it does not settle.
pub(crate) fn fitted(kind: ModelKind, sample: &Sample) -> Result<Fit, (usize, &'static str)> {
    if let Some(reason) = kind.fault(&sample.y) {
        return Err((0, reason));
    }
    let fit = fit(kind.family(), sample, None).map_err(|why| (why.iterations, why.reason))?;
    let is_finite = fit.coefficients.iter().all(|coefficient| coefficient.is_finite());
    if is_finite { Ok(fit) } else { Err((fit.iterations, NOT_FINITE)) }
}

/// The fit with its errors; `n_terms` counts terms that were taken out of the sample before, too.
pub(crate) fn explained(
    kind: ModelKind,
    fit: Fit,
    sample: &Sample,
    errors: Errors,
    n_terms: usize,
) -> Explained {
    let df = sample.n().checked_sub(n_terms).filter(|df| *df > 0).map(|df| df as f64);
    let dispersion = fit.dispersion(sample);
    let (scale, is_exact) = match kind {
        ModelKind::Ols => (dispersion, dispersion.is_some_and(|s2| is_nothing(s2, sample))),
        ModelKind::QuasiPoisson => (dispersion, false),
        ModelKind::Poisson | ModelKind::Logistic => (Some(1.0), false),
    };
    let covariance = match (scale, is_exact) {
        (_, true) => Err(EXACT),
        (None, _) if errors == Errors::Model => Err("no more rows than terms"),
        (scale, _) => covariance(&fit, sample, errors, scale.unwrap_or(1.0), n_terms),
    };
    let df = match errors {
        Errors::Model if kind == ModelKind::Ols => df,
        errors => errors.df_of_few_clusters(sample),
    };
    let mut explained = Explained {
        reason: covariance.as_ref().err().copied(),
        covariance: covariance.ok(),
        dispersion: dispersion.filter(|dispersion| dispersion.is_finite()),
        df,
        fit,
    };
    if explained.reason.is_none() {
        let is_known = |term: &Term| term.standard_error.is_some();
        let reason = if explained.dispersion.is_none() {
            Some("no more rows than terms")
        } else {
            Some("a coefficient has no error that can be told from nothing")
        };
        let is_whole = explained.dispersion.is_some() && explained.terms().iter().all(is_known);
        explained.reason = reason.filter(|_| !is_whole);
    }
    explained
}

/// Whether a residual variance is no more than rounding makes.
fn is_nothing(variance: f64, sample: &Sample) -> bool {
    let largest = sample.y.iter().fold(0.0_f64, |most, y| most.max(y.abs()));
    variance <= (1e-14 * largest).powi(2)
}

impl Explained {
    pub(crate) fn terms(&self) -> Vec<Term> {
        let term = |(at, estimate): (usize, &f64)| {
            let variance = self.covariance.as_ref().map(|covariance| covariance.cell(at, at));
            Term::of(*estimate, variance, self.df)
        };
        self.fit.coefficients.iter().enumerate().map(term).collect()
    }

    /// What a row of a known linear predictor is expected to be.
    pub(crate) fn mean(&self, x: &[f64], offset: f64) -> f64 {
        let linear: f64 = self.fit.coefficients.iter().zip(x).map(|(b, x)| b * x).sum();
        self.fit.family.mean(linear + offset)
    }

    /// Limits around that, of the coefficients alone, the third pair at this confidence.
    pub(crate) fn limits(&self, x: &[f64], offset: f64, confidence: Confidence) -> Limits {
        let linear: f64 = self.fit.coefficients.iter().zip(x).map(|(b, x)| b * x).sum();
        let variance = self.covariance.as_ref().map(|covariance| covariance.quadratic(x));
        let term = Term::of(linear + offset, variance, self.df).at(confidence);
        term.limits.map(|limit| self.fit.family.mean(limit))
    }
}
