//! Difference in differences over a panel of units and periods.

use std::collections::{BTreeMap, BTreeSet};

use statrs::function::beta::checked_beta_reg;

use super::regression::{Errors, Explained, ModelKind, Observation, Sample, Term};
use super::regression::{UNEXPOSED, explained, fitted};

/// More periods than this are more columns than a small matrix should have.
const MOST_PERIODS: usize = 300;
/// Share of the outcomes' scale up to which a standard error is what rounding makes: of the
/// variance, 1e-20.
const ROUNDING: f64 = 1e-10;
/// Terms of two groups before and after: constant, treated, after, both.
const N_TERMS: usize = 4;
const UNTESTED: &str = "the effects before the reference have no joint test: too few units, or errors that hang together";
const ALONE: &str = "a group has one unit only: no error to judge by";
const ALIKE: &str = "the units of a group do not differ: no error to judge by";

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
    /// What the events are of; 1 where nothing, as least squares has it.
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
    /// Of an event study, whether the groups were parting before.
    pub pre_trend: Option<JointTest>,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// A joint test of several coefficients being nothing, all at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JointTest {
    /// Wald's statistic over the number of coefficients.
    pub statistic: f64,
    /// How many coefficients.
    pub df_first: usize,
    /// One fewer than clusters.
    pub df_second: usize,
    /// By the F distribution.
    pub p_value: f64,
}

impl PanelEffects {
    /// The effects of these periods, or why there are none.
    fn of(periods: &[i64], n_units: usize, terms: Result<Terms, &'static str>) -> Self {
        match terms {
            Ok((terms, reason)) => {
                let effects = periods.iter().copied().zip(terms).collect();
                Self { effects, n_units, pre_trend: None, reason }
            }
            Err(reason) => Self { n_units, ..Self::missing(reason) },
        }
    }

    /// No effects, and why.
    pub(crate) fn missing(reason: &'static str) -> Self {
        Self { effects: Vec::new(), n_units: 0, pre_trend: None, reason: Some(reason) }
    }
}

/// How much more treated units changed than the others: the interaction of treated and after, errors
/// by unit.
///
/// `y = b0 + b1 treated + b2 after + b3 treated after`, least squares or Poisson with log exposure;
/// the effect is `b3`. Below 30 units limits and p values are by Student's t with one degree of
/// freedom fewer than units; where a group has one unit, before or after, there are none, since the
/// means go through its outcomes whatever these are. Source: Angrist JD, Pischke JS, Mostly Harmless
/// Econometrics, 2009, chapters 5 and 8.
#[must_use]
pub fn difference_in_differences(kind: ModelKind, rows: &[BeforeAfter]) -> PanelEffects {
    let n_units = n_distinct(rows.iter().map(|row| row.unit));
    PanelEffects::of(&[0], n_units, before_after(kind, rows))
}

fn before_after(kind: ModelKind, rows: &[BeforeAfter]) -> Result<Terms, &'static str> {
    let is_ols = kind == ModelKind::Ols;
    if is_ols && rows.iter().any(|row| row.exposure != 1.0) {
        return Err(UNEXPOSED);
    }
    let row = |row: &BeforeAfter| {
        let [treated, after] = [row.is_treated, row.is_after].map(|flag| f64::from(u8::from(flag)));
        let offset = if is_ols { 0.0 } else { row.exposure.ln() };
        let features = vec![treated, after, treated * after].into();
        Observation { y: row.y, features, offset, weight: 1.0, key: row.unit }
    };
    let observations: Vec<Observation<'_>> = rows.iter().map(row).collect();
    let sample = Sample::with_constant(&observations)?;
    let fit = fitted(kind, &sample).map_err(|(_, reason)| reason)?;
    let explained = explained(kind, fit, &sample, Errors::Cluster, N_TERMS);
    // A coefficient of counts is a logarithm, whose scale is 1.
    let scale = if is_ols { largest(rows.iter().map(|row| row.y)) } else { 1.0 };
    let is_alone = [(false, false), (false, true), (true, false), (true, true)].map(|cell| {
        let of_cell = rows.iter().filter(|row| (row.is_treated, row.is_after) == cell);
        n_distinct(of_cell.map(|row| row.unit)) < 2
    });
    Ok(judged(&explained, N_TERMS - 1, scale, &[is_alone.contains(&true)]))
}

/// One effect of being treated, with an effect of each unit and each period beside it (two-way
/// fixed effects), errors by unit.
///
/// Where units start at different times and effects change as they age, this mixes comparisons
/// that ought not to be made (Goodman-Bacon A, J Econometrics 2021;225:254-77). Limits as of
/// [`difference_in_differences`].
#[must_use]
pub fn two_way_effect(rows: &[PanelRow]) -> PanelEffects {
    let rows = in_order(rows);
    let is_alone = hangs_on_one(&rows);
    within(&rows, |row| vec![f64::from(u8::from(row.is_treated))], &[0], &[is_alone])
}

/// The effect in each period of belonging to the treated units, against the `reference` period,
/// with an effect of each unit and period beside it, errors by unit.
///
/// Effects before the treatment began ought to be nothing: that those before the reference are is
/// tested jointly, `F = b' V^-1 b / q` with `q` and units less one degrees of freedom, where their
/// covariance can be inverted. Limits as of [`difference_in_differences`], none of a period in which
/// a group has one unit. Sources: as there; for the test, Wooldridge JM, Econometric Analysis of
/// Cross Section and Panel Data, 2010, 4.2.
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
    let rows = in_order(rows);
    let lone = lone_periods(&rows);
    let is_alone = |period: &i64| lone.contains(period) || lone.contains(&reference);
    let are_alone: Vec<bool> = periods.iter().map(is_alone).collect();
    let n_before = periods.partition_point(|period| *period < reference);
    let n_units = n_distinct(rows.iter().map(|row| row.unit));
    match effects(&rows, own, n_units, &are_alone) {
        Ok((mut terms, explained, from)) => {
            let test = pre_trend(&explained, from, &terms.0[..n_before], n_units);
            terms.1 = terms.1.or(test.err());
            let pre_trend = test.ok();
            PanelEffects { pre_trend, ..PanelEffects::of(&periods, n_units, Ok(terms)) }
        }
        Err(reason) => PanelEffects::of(&periods, n_units, Err(reason)),
    }
}

/// The joint test of the terms from `from` on, as many as there are in `before`.
fn pre_trend(
    explained: &Explained,
    from: usize,
    before: &[Term],
    n_units: usize,
) -> Result<JointTest, &'static str> {
    if before.is_empty() {
        return Err("no period before the reference: no trend before to test");
    }
    let covariance = explained.covariance.as_ref().ok_or(UNTESTED)?;
    if before.iter().any(|term| term.standard_error.is_none()) || before.len() >= n_units {
        return Err(UNTESTED);
    }
    let estimates: Vec<f64> = before.iter().map(|term| term.estimate).collect();
    let factor = covariance.part(from, before.len()).factor().ok_or(UNTESTED)?;
    let wald: f64 =
        factor.solve(&estimates).iter().zip(&estimates).map(|(left, right)| left * right).sum();
    let (df_first, df_second) = (before.len(), n_units - 1);
    let statistic = wald / df_first as f64;
    let p_value = f_p_value(statistic, df_first as f64, df_second as f64).ok_or(UNTESTED)?;
    Ok(JointTest { statistic, df_first, df_second, p_value })
}

/// How likely an F as large as this is, by chance alone: `I_(d2 / (d2 + d1 F))(d2/2, d1/2)`.
fn f_p_value(statistic: f64, df_first: f64, df_second: f64) -> Option<f64> {
    let share = df_second / (df_second + df_first * statistic);
    checked_beta_reg(df_second / 2.0, df_first / 2.0, share).ok()
}

fn n_distinct(values: impl Iterator<Item = usize>) -> usize {
    values.collect::<BTreeSet<usize>>().len()
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |most, value| value.abs().max(most))
}

/// Rows by unit and period.
fn in_order(rows: &[PanelRow]) -> Vec<PanelRow> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| (row.unit, row.period));
    rows
}

/// Units with more rows than one: others say nothing beside an effect of their own.
fn telling(rows: &[PanelRow]) -> impl Iterator<Item = &[PanelRow]> {
    rows.chunk_by(|a, b| a.unit == b.unit).filter(|unit| unit.len() > 1)
}

/// Whether units are of two groups, those that start together and those that start at another time
/// or never change, and one of these has one unit only.
///
/// Its residuals then add up to nothing, and with them its part of the errors by unit.
fn hangs_on_one(rows: &[PanelRow]) -> bool {
    let (mut starts, mut n_unchanged) = (Vec::new(), 0);
    for unit in telling(rows) {
        let first = unit.iter().position(|row| row.is_treated).unwrap_or(0);
        if unit.iter().any(|row| row.is_treated != unit[0].is_treated) {
            let before = first.checked_sub(1).map_or(i64::MIN, |at| unit[at].period);
            starts.push((unit[first].period, before));
        } else {
            n_unchanged += 1;
        }
    }
    starts.sort_unstable();
    // A unit starts somewhere after its last row before: with the others, if that may be.
    let mut groups: Vec<(i64, usize)> = Vec::new();
    for (first, before) in starts {
        match groups.last_mut() {
            Some((start, n)) if before < *start => *n += 1,
            _ => groups.push((first, 1)),
        }
    }
    let sizes = groups.iter().map(|(_, n)| *n).chain([n_unchanged]).filter(|n| *n > 0);
    let sizes: Vec<usize> = sizes.collect();
    sizes.len() == 2 && sizes.contains(&1)
}

/// Periods in which there is no more than one unit of those treated, or of the others.
fn lone_periods(rows: &[PanelRow]) -> BTreeSet<i64> {
    let mut n_units: BTreeMap<i64, [usize; 2]> = BTreeMap::new();
    for row in telling(rows).flatten() {
        n_units.entry(row.period).or_default()[usize::from(row.is_treated)] += 1;
    }
    let is_lone = |n: &[usize; 2]| n.iter().any(|n| *n < 2);
    n_units.into_iter().filter(|(_, n)| is_lone(n)).map(|(period, _)| period).collect()
}

/// Effects of the features that `own` gives a row, those of units taken out by their means and
/// those of periods as features of their own; rows by unit and period.
fn within(
    rows: &[PanelRow],
    own: impl Fn(&PanelRow) -> Vec<f64>,
    names: &[i64],
    are_alone: &[bool],
) -> PanelEffects {
    let n_units = n_distinct(rows.iter().map(|row| row.unit));
    let terms = effects(rows, own, n_units, are_alone).map(|(terms, _, _)| terms);
    PanelEffects::of(names, n_units, terms)
}

type Terms = (Vec<Term>, Option<&'static str>);

/// The terms from this one on, without an error where one unit is alone in its group or the error is
/// what rounding makes.
fn judged(explained: &Explained, from: usize, scale: f64, are_alone: &[bool]) -> Terms {
    let mut terms = explained.terms().split_off(from);
    let mut reason = explained.reason;
    for (term, is_alone) in terms.iter_mut().zip(are_alone) {
        let is_rounding = term.standard_error.is_some_and(|error| error <= ROUNDING * scale);
        if *is_alone {
            reason = Some(ALONE);
        } else if is_rounding {
            reason = reason.or(Some(ALIKE));
        }
        if *is_alone || is_rounding {
            *term = term.without_error();
        }
    }
    (terms, reason)
}

/// The terms as [`judged`], what they are of, and the place of the first there.
fn effects(
    rows: &[PanelRow],
    own: impl Fn(&PanelRow) -> Vec<f64>,
    n_units: usize,
    are_alone: &[bool],
) -> Result<(Terms, Explained, usize), &'static str> {
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
        let features = dummies.chain(own(row)).collect::<Vec<f64>>().into();
        Observation { y: row.y, features, offset: 0.0, weight: 1.0, key: row.unit }
    };
    let mut observations: Vec<Observation<'_>> = rows.iter().map(observe).collect();
    for unit in observations.chunk_by_mut(|a, b| a.key == b.key) {
        take_means(unit);
    }
    let sample = Sample::without_constant(&observations)?;
    let fit = fitted(ModelKind::Ols, &sample).map_err(|(_, reason)| reason)?;
    let n_terms = n_units + fit.coefficients.len();
    let explained = explained(ModelKind::Ols, fit, &sample, Errors::Cluster, n_terms);
    let scale = largest(rows.iter().map(|row| row.y));
    Ok((judged(&explained, others.len(), scale, are_alone), explained, others.len()))
}

/// Take a unit's means from its rows.
fn take_means(unit: &mut [Observation<'_>]) {
    let n = unit.len() as f64;
    let mean = unit.iter().map(|row| row.y).sum::<f64>() / n;
    unit.iter_mut().for_each(|row| row.y -= mean);
    for at in 0..unit[0].features.len() {
        let mean = unit.iter().map(|row| row.features[at]).sum::<f64>() / n;
        unit.iter_mut().for_each(|row| row.features.to_mut()[at] -= mean);
    }
}

#[cfg(test)]
#[path = "panel_tests.rs"]
mod tests;
