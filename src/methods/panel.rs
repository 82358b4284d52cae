//! Difference in differences over a panel of units and periods.

use super::regression::{Errors, ModelKind, Observation, Sample, Term};
use super::regression::{explained, fitted, regression};

/// More periods than this are more columns than a small matrix should have.
const MOST_PERIODS: usize = 300;

/// One unit in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PanelRow {
    /// Number of the unit.
    pub unit: usize,
    /// The period.
    pub period: i64,
    /// The outcome.
    pub y: f64,
    /// Whether the unit is treated: now, or ever where effects are by period.
    pub is_treated: bool,
}

/// One unit's outcome before or after a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeforeAfter {
    /// Number of the unit.
    pub unit: usize,
    /// The outcome, or a count of events.
    pub y: f64,
    /// What the events are of; 1 where nothing.
    pub exposure: f64,
    /// Whether the unit is of those that are treated.
    pub is_treated: bool,
    /// Whether this is after the change.
    pub is_after: bool,
}

/// Effects of a treatment, each of one period or of all.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelEffects {
    /// Periods with their effects; the period is 0 where there is one effect.
    pub effects: Vec<(i64, Term)>,
    /// Units.
    pub n_units: usize,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

impl PanelEffects {
    /// No effects, and why.
    pub(crate) fn missing(reason: &'static str) -> Self {
        Self { effects: Vec::new(), n_units: 0, reason: Some(reason) }
    }
}

/// How much more treated units changed than the others: the interaction of treated and after, errors
/// by unit.
///
/// `y = b0 + b1 treated + b2 after + b3 treated after`, least squares or Poisson with log exposure;
/// the effect is `b3`. Source: Angrist JD, Pischke JS, Mostly Harmless Econometrics, 2009, chapter 5.
#[must_use]
pub fn difference_in_differences(kind: ModelKind, rows: &[BeforeAfter]) -> PanelEffects {
    let row = |row: &BeforeAfter| {
        let [treated, after] = [row.is_treated, row.is_after].map(|flag| f64::from(u8::from(flag)));
        let offset = if kind == ModelKind::Ols { 0.0 } else { row.exposure.ln() };
        let features = vec![treated, after, treated * after];
        Observation { y: row.y, features, offset, weight: 1.0, key: row.unit }
    };
    let observations: Vec<Observation> = rows.iter().map(row).collect();
    let model = regression(kind, &observations, Errors::Cluster);
    let effects = model.terms.get(3).map(|term| (0, *term)).into_iter().collect();
    let n_units = n_distinct(rows.iter().map(|row| row.unit));
    PanelEffects { effects, n_units, reason: model.reason }
}

/// One effect of being treated, with an effect of each unit and each period beside it (two-way
/// fixed effects), errors by unit.
///
/// Where units start at different times and effects change as they age, this mixes comparisons
/// that ought not to be made (Goodman-Bacon A, J Econometrics 2021;225:254-77).
#[must_use]
pub fn two_way_effect(rows: &[PanelRow]) -> PanelEffects {
    within(rows, |row| vec![f64::from(u8::from(row.is_treated))], &[0])
}

/// The effect in each period of belonging to the treated units, against the `reference` period,
/// with an effect of each unit and period beside it, errors by unit.
///
/// Effects before the treatment began ought to be nothing. Source: as of [`two_way_effect`].
#[must_use]
pub fn event_study(rows: &[PanelRow], reference: i64) -> PanelEffects {
    let mut periods: Vec<i64> = rows.iter().map(|row| row.period).collect();
    periods.sort_unstable();
    periods.dedup();
    if periods.len() > MOST_PERIODS {
        return PanelEffects::missing("more than 300 periods");
    }
    if !rows.is_empty() && periods.binary_search(&reference).is_err() {
        return PanelEffects::missing("the reference is no period of the panel");
    }
    periods.retain(|period| *period != reference);
    if periods.is_empty() && !rows.is_empty() {
        return PanelEffects::missing("no period but the reference");
    }
    let own = |row: &PanelRow| {
        let is = |period: &i64| f64::from(u8::from(row.is_treated && row.period == *period));
        periods.iter().map(is).collect()
    };
    within(rows, own, &periods)
}

fn n_distinct(values: impl Iterator<Item = usize>) -> usize {
    values.collect::<std::collections::BTreeSet<usize>>().len()
}

/// Effects of the features that `own` gives a row, those of units taken out by their means and
/// those of periods as features of their own.
fn within(rows: &[PanelRow], own: impl Fn(&PanelRow) -> Vec<f64>, names: &[i64]) -> PanelEffects {
    let n_units = n_distinct(rows.iter().map(|row| row.unit));
    match effects(rows, own, n_units) {
        Ok((terms, reason)) => {
            let effects = names.iter().copied().zip(terms).collect();
            PanelEffects { effects, n_units, reason }
        }
        Err(reason) => PanelEffects { n_units, ..PanelEffects::missing(reason) },
    }
}

type Terms = (Vec<Term>, Option<&'static str>);

fn effects(
    rows: &[PanelRow],
    own: impl Fn(&PanelRow) -> Vec<f64>,
    n_units: usize,
) -> Result<Terms, &'static str> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| (row.unit, row.period));
    if rows.windows(2).any(|pair| (pair[0].unit, pair[0].period) == (pair[1].unit, pair[1].period))
    {
        return Err("a unit has a period twice");
    }
    let mut periods: Vec<i64> = rows.iter().map(|row| row.period).collect();
    periods.sort_unstable();
    periods.dedup();
    if periods.len() > MOST_PERIODS {
        return Err("more than 300 periods");
    }
    let others = periods.get(1..).unwrap_or_default();
    let observe = |row: &PanelRow| {
        let dummies = others.iter().map(|period| f64::from(u8::from(row.period == *period)));
        let features = dummies.chain(own(row)).collect();
        Observation { y: row.y, features, offset: 0.0, weight: 1.0, key: row.unit }
    };
    let mut observations: Vec<Observation> = rows.iter().map(observe).collect();
    for unit in observations.chunk_by_mut(|a, b| a.key == b.key) {
        take_means(unit);
    }
    let sample = Sample::without_constant(&observations)?;
    let fit = fitted(ModelKind::Ols, &sample).map_err(|(_, reason)| reason)?;
    let n_terms = n_units + fit.coefficients.len();
    let explained = explained(ModelKind::Ols, fit, &sample, Errors::Cluster, n_terms);
    Ok((explained.terms().split_off(others.len()), explained.reason))
}

/// Take a unit's means from its rows.
fn take_means(unit: &mut [Observation]) {
    let n = unit.len() as f64;
    let mean = unit.iter().map(|row| row.y).sum::<f64>() / n;
    unit.iter_mut().for_each(|row| row.y -= mean);
    for at in 0..unit[0].features.len() {
        let mean = unit.iter().map(|row| row.features[at]).sum::<f64>() / n;
        unit.iter_mut().for_each(|row| row.features[at] -= mean);
    }
}
