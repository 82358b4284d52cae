//! Interrupted time series: what changed at a point in time, and what would have been without it.

use std::f64::consts::TAU;

use super::confidence::Confidence;
use super::estimate::Limits;
use super::regression::{Errors, Explained, ModelKind, Observation, Sample, Term};
use super::regression::{UNEXPOSED, explained, fitted};

/// Periods of a season.
const SEASON: f64 = 12.0;
/// Pairs of waves beyond which a season of twelve has none.
const MOST_HARMONICS: usize = 5;
/// Terms before those of the season: constant, trend, level change, slope change.
const N_BASIC: usize = 4;

/// One period of a series, in its order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesPoint {
    /// A value, or a count of events.
    pub value: f64,
    /// What the events are of; 1 where nothing, as least squares has it.
    pub exposure: f64,
    /// Whether the period is after the change; `None` where that is not known.
    pub is_after: Option<bool>,
}

/// How the series is modelled.
#[derive(Debug, Clone, Copy)]
pub struct SeriesModel {
    /// Least squares, Poisson or quasi-Poisson.
    pub kind: ModelKind,
    /// Pairs of sine and cosine of a season of 12 periods.
    pub n_harmonics: usize,
    /// What the errors are taken to be.
    pub errors: Errors,
    /// The confidence of the third pair of limits.
    pub confidence: Confidence,
}

/// A period as fitted, and as it would have been without the change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedPoint {
    /// What was observed.
    pub observed: f64,
    /// What the model gives.
    pub fitted: f64,
    /// What it gives without the change; the same before it.
    pub counterfactual: f64,
    /// Limits around that, of the model's coefficients alone.
    pub limits: Limits,
}

/// A series that was interrupted.
#[derive(Debug, Clone, PartialEq)]
pub struct InterruptedSeries {
    /// Constant, trend, level change, slope change, then cosine and sine of each wave.
    pub terms: Vec<Term>,
    /// Sum of what was observed after the change.
    pub observed: f64,
    /// Sum of what would have been.
    pub counterfactual: f64,
    /// What would have been less what was, with limits by the delta method: both sums are of the
    /// model's means, whose difference is what the change did.
    pub averted: Term,
    /// What was over what would have been, less one, as a percentage; `None` of nothing.
    pub percent_change: Option<f64>,
    /// Durbin and Watson's statistic of Pearson's residuals: near 2 when periods are unrelated.
    pub durbin_watson: Option<f64>,
    /// Residual variance, or Pearson's statistic over its degrees of freedom.
    pub dispersion: Option<f64>,
    /// Every period.
    pub points: Vec<FittedPoint>,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// Segmented regression of a series of periods that follow each other.
///
/// `g(mean_t) = b0 + b1 t + b2 after_t + b3 since_t + waves`, `t` from 1, `since` from 1 in the
/// first period after; waves `cos` and `sin` of `2 pi j t / 12`. The counterfactual has `after` and
/// `since` at nothing; `averted` is its sum over the periods after, less what was observed. Of that
/// the model's means have the same sum, since `after` is one of its terms, so `averted` is the sum
/// of differences between means without and with the change: its error counts both.
/// Sources: Wagner AK and others, J Clin Pharm Ther 2002;27:299-309; Bernal JL and others, Int J
/// Epidemiol 2017;46:348-55.
///
/// # Errors
/// Why there is no model.
pub fn interrupted_series(
    points: &[SeriesPoint],
    model: &SeriesModel,
) -> Result<InterruptedSeries, &'static str> {
    let n_before = n_before(points)?;
    if model.n_harmonics > MOST_HARMONICS {
        return Err("a season of 12 has 0 to 5 pairs of waves");
    }
    if model.kind == ModelKind::Ols && points.iter().any(|point| point.exposure != 1.0) {
        return Err(UNEXPOSED);
    }
    let design: Vec<Vec<f64>> = (0..points.len())
        .map(|at| features(at, at.saturating_sub(n_before - 1), model.n_harmonics))
        .collect();
    let row = |at: usize| Observation {
        y: points[at].value,
        features: design[at].as_slice().into(),
        offset: offset(&points[at], model.kind),
        weight: 1.0,
        key: at,
    };
    let rows: Vec<Observation<'_>> = (0..points.len()).map(row).collect();
    let sample = Sample::with_constant(&rows)?;
    let fit = fitted(model.kind, &sample).map_err(|(_, reason)| reason)?;
    let n_terms = N_BASIC + 2 * model.n_harmonics;
    let explained = explained(model.kind, fit, &sample, model.errors, n_terms);
    Ok(laid_out(points, n_before, model, &explained))
}

/// Where the change is: how many periods come before.
fn n_before(points: &[SeriesPoint]) -> Result<usize, &'static str> {
    if points.is_empty() {
        return Err("no rows");
    }
    let is_after: Option<Vec<bool>> = points.iter().map(|point| point.is_after).collect();
    let is_after = is_after.ok_or("whether a period is after the change is missing")?;
    let n_before = is_after.iter().take_while(|is_after| !**is_after).count();
    if is_after[n_before..].iter().any(|is_after| !is_after) {
        return Err("a period before the change follows one after it");
    }
    if n_before < 2 || points.len() - n_before < 2 {
        return Err("fewer than two periods before or after the change");
    }
    Ok(n_before)
}

/// The features of a period, the change so many periods old (0 before it).
fn features(at: usize, since: usize, n_harmonics: usize) -> Vec<f64> {
    let t = (at + 1) as f64;
    let mut features = vec![t, f64::from(u8::from(since > 0)), since as f64];
    for wave in 1..=n_harmonics {
        let angle = TAU * wave as f64 * t / SEASON;
        features.extend([angle.cos(), angle.sin()]);
    }
    features
}

fn offset(point: &SeriesPoint, kind: ModelKind) -> f64 {
    if kind == ModelKind::Ols { 0.0 } else { point.exposure.ln() }
}

fn laid_out(
    points: &[SeriesPoint],
    n_before: usize,
    model: &SeriesModel,
    explained: &Explained,
) -> InterruptedSeries {
    let is_log = model.kind != ModelKind::Ols;
    let mut gradient = vec![0.0; explained.terms().len()];
    let (mut observed, mut counterfactual) = (0.0, 0.0);
    let (mut fitted_points, mut residuals) = (Vec::new(), Vec::new());
    for (at, point) in points.iter().enumerate() {
        let with_constant = |since| {
            let own = features(at, since, model.n_harmonics);
            [1.0].into_iter().chain(own).collect::<Vec<f64>>()
        };
        let (without, offset) = (with_constant(0), offset(point, model.kind));
        let with = with_constant(at.saturating_sub(n_before - 1));
        let expected = explained.mean(&without, offset);
        let fitted = explained.mean(&with, offset);
        if at >= n_before {
            observed += point.value;
            counterfactual += expected;
            let slopes = if is_log { [expected, fitted] } else { [1.0; 2] };
            for (sum, (without, with)) in gradient.iter_mut().zip(without.iter().zip(&with)) {
                *sum += slopes[0] * without - slopes[1] * with;
            }
        }
        residuals.push((point.value - fitted) / if is_log { fitted.sqrt() } else { 1.0 });
        let limits = explained.limits(&without, offset, model.confidence);
        let (observed, counterfactual) = (point.value, expected);
        fitted_points.push(FittedPoint { observed, fitted, counterfactual, limits });
    }
    let variance = explained.covariance.as_ref().map(|covariance| covariance.quadratic(&gradient));
    let averted = Term::of(counterfactual - observed, variance, explained.df);
    let averted = averted.at(model.confidence);
    let percent_change =
        (counterfactual != 0.0).then(|| 100.0 * (observed - counterfactual) / counterfactual);
    let durbin_watson = durbin_watson(&residuals);
    let is_whole = averted.standard_error.is_some() && percent_change.is_some();
    let reason = (!is_whole).then_some("what would have been is nothing, or has no known error");
    InterruptedSeries {
        terms: explained.terms().into_iter().map(|term| term.at(model.confidence)).collect(),
        observed,
        counterfactual,
        averted,
        percent_change,
        durbin_watson,
        dispersion: explained.dispersion,
        points: fitted_points,
        reason: explained.reason.or(reason),
    }
}

fn durbin_watson(residuals: &[f64]) -> Option<f64> {
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    let steps: f64 = residuals.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    (squares > 0.0).then(|| steps / squares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::draws::Draws;

    const MODEL: SeriesModel = SeriesModel {
        kind: ModelKind::Ols,
        n_harmonics: 0,
        errors: Errors::Model,
        confidence: Confidence::P95,
    };

    fn series(values: impl Iterator<Item = f64>, n_before: usize) -> Vec<SeriesPoint> {
        let point =
            |(at, value)| SeriesPoint { value, exposure: 1.0, is_after: Some(at >= n_before) };
        values.enumerate().map(point).collect()
    }

    // Expected: of 400 series without an effect, whose errors are normal as the model has them, 95 %
    // have limits around nought, and the share of so many is within 3 % of that in 99 cases of 100.
    // Limits that took what was observed for a constant would hold it in 86 %.
    #[test]
    fn limits_of_what_was_averted_hold_nought_where_nothing_was() {
        let mut draws = Draws::from_seed(20_261_128);
        let mut n_inside = 0;
        for _ in 0..400 {
            let value = |t: i32| 100.0 + 0.5 * f64::from(t) + 8.0 * draws.normal();
            let points = series((0..72).map(value), 60);
            let averted = interrupted_series(&points, &MODEL).expect("a model").averted.limits;
            let lower = averted.lower_95.expect("a limit");
            let upper = averted.upper_95.expect("a limit");
            n_inside += usize::from((lower..=upper).contains(&0.0));
        }
        assert!((368..=392).contains(&n_inside), "{n_inside} of 400");
    }

    #[test]
    fn least_squares_take_no_exposure() {
        let mut points = series((0..24).map(|t| f64::from(t % 5)), 12);
        points[3].exposure = 2.0;
        assert_eq!(interrupted_series(&points, &MODEL), Err(UNEXPOSED));
        let counts = SeriesModel { kind: ModelKind::Poisson, ..MODEL };
        assert!(interrupted_series(&points, &counts).is_ok());
    }
}
