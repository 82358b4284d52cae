//! The effect on one treated unit, and how often units that were not treated show one as large.

use std::collections::{BTreeMap, BTreeSet};

use super::simplex::{mixture, simplex_weights};
use crate::methods::descriptive::mean;

/// More steps than this take minutes.
const MOST_WORK: f64 = 5e10;
const EXACT: &str = "the periods before are fitted exactly: no error to judge by";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntheticOptions {
    /// The first period under treatment.
    pub start: i64,
    /// Whether units may differ by a constant: their means before are taken off first.
    pub is_shifted: bool,
}

/// One period of the treated unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Periods from the start; below 0 before it.
    pub from_start: i64,
    /// What was observed.
    pub observed: f64,
    /// What the mixture has.
    pub synthetic: f64,
}

/// An effect, or why there is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyntheticControl {
    /// Mean over the periods from the start of what was observed less the mixture.
    pub effect: Option<f64>,
    /// Every period.
    pub gaps: Vec<Gap>,
    /// Units that weigh something, by number, with their weights.
    pub weights: Vec<(usize, f64)>,
    /// Root of the mean squared gap before the start.
    pub error_before: Option<f64>,
    /// Root of the mean squared gap from the start on.
    pub error_after: Option<f64>,
    /// Share of units, the treated one among them, whose ratio of errors is as large.
    pub p_value: Option<f64>,
    /// Units that were not treated.
    pub n_others: usize,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// Outcomes of the units by period, in one order.
struct Panel {
    outcomes: Vec<Vec<f64>>,
    treated: usize,
    n_before: usize,
    scale: f64,
    /// Each period with what was observed of the treated unit.
    observed: Vec<(i64, f64)>,
}

/// Synthetic control of one treated unit from rows of unit, period, outcome and whether the unit is
/// the treated one.
///
/// Weights of the other units, not below nought and with a sum of one, minimise the squared gaps
/// before the start: outcomes alone are matched. With `is_shifted` each unit's mean before the start
/// is taken off first. The p value is that of a permutation: each other unit is taken for the
/// treated one, the treated one being among its others, and the ratio of its errors after and before
/// ranked; one whose ratio cannot be had counts as if it were as large. No effect, but a reason,
/// where a row is missing or comes twice, there are fewer than two periods before or none after, or
/// the weights are not the only ones. Sources: Abadie A, Diamond A, Hainmueller J, J Am Stat Assoc
/// 2010;105:493-505; Ferman B, Pinto C, Quant Econ 2021;12:1197-221 (shifted).
#[must_use]
pub fn synthetic_control(
    rows: &[(usize, i64, f64, bool)],
    options: SyntheticOptions,
) -> SyntheticControl {
    let panel = match Panel::of(rows, options) {
        Ok(panel) => panel,
        Err(reason) => {
            return SyntheticControl { reason: Some(reason), ..SyntheticControl::default() };
        }
    };
    let n_others = panel.outcomes.len() - 1;
    match panel.fitted(panel.treated) {
        Ok(fit) => panel.told(&fit, options, n_others),
        Err(reason) => SyntheticControl { n_others, reason: Some(reason), ..Default::default() },
    }
}

/// Weights of all units and the gaps of one, in the panel's scale.
struct Fit {
    weights: Vec<f64>,
    gaps: Vec<f64>,
    before: f64,
    after: f64,
}

impl Fit {
    /// Error after over error before; `None` where there is none before.
    fn ratio(&self) -> Option<f64> {
        let ratio = self.after / self.before;
        (self.before > 0.0 && ratio.is_finite()).then_some(ratio)
    }
}

impl Panel {
    fn of(
        rows: &[(usize, i64, f64, bool)],
        options: SyntheticOptions,
    ) -> Result<Self, &'static str> {
        let treated: BTreeSet<usize> = rows.iter().filter(|row| row.3).map(|row| row.0).collect();
        if treated.len() != 1 {
            return Err("not one unit is treated: one at a time");
        }
        if rows.iter().any(|row| treated.contains(&row.0) != row.3) {
            return Err("a unit is treated in some rows and not in others");
        }
        if !rows.iter().all(|row| row.2.is_finite()) {
            return Err("an outcome is missing or not finite");
        }
        if rows.iter().any(|row| row.1.checked_sub(options.start).is_none()) {
            return Err("a period is too far from the start");
        }
        let periods: BTreeSet<i64> = rows.iter().map(|row| row.1).collect();
        let mut units: BTreeMap<usize, BTreeMap<i64, f64>> = BTreeMap::new();
        for (unit, period, y, _) in rows {
            units.entry(*unit).or_default().insert(*period, *y);
        }
        if rows.len() != units.len() * periods.len()
            || units.values().any(|unit| unit.len() != periods.len())
        {
            return Err("a unit lacks a period, or has one twice");
        }
        let n_before = periods.iter().filter(|period| **period < options.start).count();
        if units.len() < 2 || n_before < 2 || n_before == periods.len() {
            return Err("no other unit, fewer than two periods before or none after");
        }
        let (n, before) = (units.len() as f64, n_before as f64);
        if n * n * before * n.min(before) > MOST_WORK {
            return Err("too many units and periods");
        }
        let scale = rows.iter().map(|row| row.2.abs()).fold(f64::MIN_POSITIVE, f64::max);
        let observed = units.iter().filter(|(unit, _)| treated.contains(unit));
        let observed = observed.flat_map(|(_, unit)| unit.iter().map(|(at, y)| (*at, *y)));
        let observed = observed.collect();
        let position = units.keys().position(|unit| treated.contains(unit)).unwrap_or_default();
        let outcomes = units.into_values().map(|unit| {
            let unit: Vec<f64> = unit.into_values().map(|y| y / scale).collect();
            let level = if options.is_shifted {
                unit[..n_before].iter().sum::<f64>() / before
            } else {
                0.0
            };
            unit.into_iter().map(|y| y - level).collect()
        });
        let outcomes = outcomes.collect();
        Ok(Self { outcomes, treated: position, n_before, scale, observed })
    }

    /// The unit against the mixture of all others.
    fn fitted(&self, unit: usize) -> Result<Fit, &'static str> {
        let own = &self.outcomes[unit];
        let less = |other: &Vec<f64>| other.iter().zip(own).map(|(a, b)| a - b).collect();
        let others = self.outcomes.iter().enumerate().filter(|(at, _)| *at != unit);
        let others: Vec<Vec<f64>> = others.map(|(_, other)| less(other)).collect();
        let before: Vec<Vec<f64>> =
            others.iter().map(|other| other[..self.n_before].to_vec()).collect();
        let mut weights = simplex_weights(&before)?;
        let gaps: Vec<f64> = mixture(&others, &weights).into_iter().map(|gap| -gap).collect();
        weights.insert(unit, 0.0);
        let error = |gaps: &[f64]| {
            (gaps.iter().map(|gap| gap * gap).sum::<f64>() / gaps.len() as f64).sqrt()
        };
        let (before, after) = (error(&gaps[..self.n_before]), error(&gaps[self.n_before..]));
        // Of outcomes whose largest is 1, less than this is what rounding leaves.
        let before = if before <= 1e-14 { 0.0 } else { before };
        Ok(Fit { weights, gaps, before, after })
    }

    fn told(&self, fit: &Fit, options: SyntheticOptions, n_others: usize) -> SyntheticControl {
        let effect = mean(&fit.gaps[self.n_before..]) * self.scale;
        let ratio = fit.ratio();
        let is_as_large = |unit: &usize| {
            let other = self.fitted(*unit).ok().and_then(|fit| fit.ratio());
            *unit == self.treated || other.is_none_or(|other| Some(other) >= ratio)
        };
        let p_value = ratio.map(|_| {
            let n_units = self.outcomes.len();
            (0..n_units).filter(is_as_large).count() as f64 / n_units as f64
        });
        let gap = |(&(period, observed), gap): (&(i64, f64), &f64)| Gap {
            from_start: period - options.start,
            observed,
            synthetic: observed - gap * self.scale,
        };
        let weights = fit.weights.iter().copied().enumerate().filter(|(_, weight)| *weight > 0.0);
        SyntheticControl {
            effect: Some(effect),
            gaps: self.observed.iter().zip(&fit.gaps).map(gap).collect(),
            weights: weights.collect(),
            error_before: Some(fit.before * self.scale),
            error_after: Some(fit.after * self.scale),
            p_value,
            n_others,
            reason: p_value.is_none().then_some(EXACT),
        }
    }
}
