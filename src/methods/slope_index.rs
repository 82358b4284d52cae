//! Slope and relative index of inequality: the line through groups ranked from most to least
//! deprived, from one end of the population to the other.

use super::confidence::{CONFIDENCE_95, Confidence, z_value};
use super::descriptive::quantile;
use super::draws::Draws;
use super::estimate::{Estimate, Limits, NOT_FINITE, fault_of_base};

/// Fewest draws that percentiles at 99.8 % are taken from.
const FEWEST_DRAWS: i64 = 2_000;
/// Most draws: their results must fit in memory beside others.
const MOST_DRAWS: i64 = 1_000_000;

const CLOSED: &str = "weighted least squares, limits by the delta method";
const SIMULATED: &str = "weighted least squares, limits by simulation";

/// What the groups' values are, which says on what scale their errors are normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlopeKind {
    /// Means, such as life expectancy: normal as they are.
    Mean,
    /// Rates: normal on the log scale.
    Rate,
    /// Proportions in 0..1: normal on the logit scale.
    Proportion,
}

/// Why a word names no kind.
pub(crate) const NO_SLOPE_KIND: &str =
    "`kind` is not `mean`, `rate` or `proportion`, or differs between rows";

impl SlopeKind {
    /// The kind of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "mean" => Some(Self::Mean),
            "rate" => Some(Self::Rate),
            "proportion" => Some(Self::Proportion),
            _ => None,
        }
    }

    pub(super) fn forward(self, value: f64) -> f64 {
        match self {
            Self::Mean => value,
            Self::Rate => value.ln(),
            Self::Proportion => (value / (1.0 - value)).ln(),
        }
    }

    pub(super) fn back(self, scaled: f64) -> f64 {
        match self {
            Self::Mean => scaled,
            Self::Rate => scaled.exp(),
            Self::Proportion => 1.0 / (1.0 + (-scaled).exp()),
        }
    }

    /// Derivative of `back` where it gives `value`.
    fn slope_of_back(self, value: f64) -> f64 {
        match self {
            Self::Mean => 1.0,
            Self::Rate => value,
            Self::Proportion => value * (1.0 - value),
        }
    }

    pub(super) fn allows(self, value: f64) -> bool {
        match self {
            Self::Mean => value.is_finite(),
            Self::Rate => value.is_finite() && value > 0.0,
            Self::Proportion => value > 0.0 && value < 1.0,
        }
    }
}

/// One group, such as a fifth of deprivation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedGroup {
    /// Place of the group, the most deprived first; no two alike.
    pub rank: f64,
    /// Persons in it.
    pub population: f64,
    /// Its mean, rate or proportion.
    pub value: f64,
    /// The 95 % limits of the value.
    pub limits_95: Option<(f64, f64)>,
}

/// How the line is fitted and its limits are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeOptions {
    /// What the values are.
    pub kind: SlopeKind,
    /// Whether the line is fitted to logs (rates) or logits (proportions).
    pub is_transformed: bool,
    /// What the slope index is multiplied by; below zero it turns both indices round.
    pub multiplier: f64,
    /// Draws for simulated limits; 0 for the closed form.
    pub n_draws: i64,
    /// Seed of the draws.
    pub seed: u64,
    /// Confidence of the limits beside the usual ones.
    pub confidence: Confidence,
}

/// Both indices of one line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeIndex {
    /// Difference between the ends of the line, least less most deprived.
    pub sii: Estimate,
    /// Ratio of the ends of the line, least to most deprived.
    pub rii: Estimate,
    /// The line at its most deprived end.
    pub intercept: Option<f64>,
}

/// The ends of the line are sums over the groups' values with these weights.
struct Ends {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Ends {
    /// Weighted least squares of the values on the middle of each group's share of the ranked
    /// population, the shares being the weights; `None` when all stand in one place.
    fn of(groups: &[RankedGroup]) -> Option<Self> {
        let total: f64 = groups.iter().map(|group| group.population).sum();
        let shares: Vec<f64> = groups.iter().map(|group| group.population / total).collect();
        let mut below = 0.0;
        let middle = |share: &f64| {
            below += share;
            below - share / 2.0
        };
        let middles: Vec<f64> = shares.iter().map(middle).collect();
        let weighted = || shares.iter().zip(&middles);
        let mean: f64 = weighted().map(|(share, middle)| share * middle).sum();
        let spread: f64 = weighted().map(|(share, middle)| share * (middle - mean).powi(2)).sum();
        if !(total.is_finite() && spread > 1e-12) {
            return None;
        }
        let end = |at: f64| {
            let weight = |(share, middle): (&f64, &f64)| {
                share * (1.0 + (at - mean) * (middle - mean) / spread)
            };
            weighted().map(weight).collect()
        };
        Some(Self { low: end(0.0), high: end(1.0) })
    }

    fn at(&self, values: &[f64]) -> (f64, f64) {
        let sum = |weights: &[f64]| weights.iter().zip(values).map(|(w, y)| w * y).sum();
        (sum(&self.low), sum(&self.high))
    }
}

/// Slope and relative index of inequality over `groups` in order of their rank.
///
/// With `a` a group's share of the population and `b` the middle of its share, the value is
/// regressed on `b` with weights `a` (on its log or logit, if so asked); the indices are the
/// difference and the ratio of the line's ends at `b` 1 and 0, taken back to the values' own scale.
///
/// Limits need each group's 95 % limits: its error is their width over `2 * 1.96`, on the log scale
/// for rates and the logit scale for proportions. Closed form: both ends are linear in the values,
/// so `var = sum(c^2 se^2)`, `c` by the delta method where something is not linear, the ratio on its
/// log scale. Simulated: percentiles of the index over draws of all values. Sources: PHE technical
/// guide to the slope index of inequality; Moreno-Betancur and others, Epidemiology 2015;26:518-27.
#[must_use]
pub fn slope_index(groups: &[RankedGroup], options: &SlopeOptions) -> SlopeIndex {
    let method = if options.n_draws == 0 { CLOSED } else { SIMULATED };
    let refuse = |reason| {
        let missing = Estimate::missing(method, reason);
        SlopeIndex { sii: missing, rii: missing, intercept: None }
    };
    if let Some(reason) = fault(groups, options) {
        return refuse(reason);
    }
    let Some(ends) = Ends::of(groups) else {
        return refuse("the population stands in one group, or is too large to add up");
    };
    let line = Line { ends, options, values: groups.iter().map(|group| group.value).collect() };
    let (low, high) =
        line.ends_of(&line.values.iter().map(|y| line.fitted(*y)).collect::<Vec<_>>());
    let (sii_limits, rii_limits) = match errors(groups, options.kind) {
        Err(reason) => (Err(reason), Err(reason)),
        Ok(errors) if options.n_draws == 0 => {
            (Ok(line.closed_difference(&errors)), Ok(line.closed_ratio(&errors)))
        }
        Ok(errors) => line.simulated(&errors),
    };
    let sii = (high - low) * options.multiplier;
    let sii = estimate(method, Ok(sii), sii_limits);
    let rii = estimate(method, line.ratio(low, high), rii_limits);
    SlopeIndex { sii, rii, intercept: Some(low) }
}

type Result<T> = std::result::Result<T, &'static str>;

const BELOW_ZERO: &str = "the line does not stay above zero from end to end";

fn estimate(method: &'static str, value: Result<f64>, limits: Result<Limits>) -> Estimate {
    let value = match value {
        Ok(value) if value.is_finite() => value,
        Ok(_) => return Estimate::missing(method, NOT_FINITE),
        Err(reason) => return Estimate::missing(method, reason),
    };
    let (limits, reason) = match limits {
        Ok(limits) => (limits, None),
        Err(reason) => (Limits::default(), Some(reason)),
    };
    Estimate { value: Some(value), limits, method, reason }
}

fn fault(groups: &[RankedGroup], options: &SlopeOptions) -> Option<&'static str> {
    if groups.is_empty() {
        return Some("no rows");
    }
    if let Some(reason) = fault_of_base(options.multiplier.abs()) {
        return Some(reason);
    }
    if options.is_transformed && options.kind == SlopeKind::Mean {
        return Some("means are not transformed: only rates and proportions are");
    }
    if options.n_draws != 0 && !(FEWEST_DRAWS..=MOST_DRAWS).contains(&options.n_draws) {
        return Some("draws are not 0 (closed form) or 2,000 to 1,000,000");
    }
    // Four draws beyond the limits on both sides together, as 2,000 have at 99.8 %.
    if options.n_draws != 0
        && (options.n_draws as f64) * (1.0 - options.confidence.share()) < 4.0 - 1e-9
    {
        return Some("too few draws for limits at that confidence");
    }
    if groups.iter().any(|group| !group.rank.is_finite()) {
        return Some("a rank is missing or not finite");
    }
    if groups.windows(2).any(|pair| pair[0].rank >= pair[1].rank) {
        return Some("a rank occurs twice");
    }
    if groups.len() < 2 {
        return Some("fewer than two groups");
    }
    if groups.iter().any(|group| !(group.population.is_finite() && group.population > 0.0)) {
        return Some("a population is missing, not finite or not above zero");
    }
    let is_value = |group: &RankedGroup| match options.kind {
        SlopeKind::Rate if !options.is_transformed => group.value.is_finite() && group.value >= 0.0,
        SlopeKind::Proportion if !options.is_transformed => (0.0..=1.0).contains(&group.value),
        kind => kind.allows(group.value),
    };
    let is_whole = groups.iter().all(is_value);
    (!is_whole).then_some("a value is missing or cannot be one of its kind")
}

/// The standard error of each group on the scale of its kind.
fn errors(groups: &[RankedGroup], kind: SlopeKind) -> Result<Vec<f64>> {
    let error = |group: &RankedGroup| {
        let (lower, upper) = group.limits_95.ok_or("the limits of a value are missing")?;
        if !(kind.allows(lower) && kind.allows(upper) && kind.allows(group.value)) {
            return Err("a value or its limits have no place on the scale of their errors");
        }
        if !(lower <= group.value && group.value <= upper) {
            return Err("a value lies outside its limits");
        }
        Ok((kind.forward(upper) - kind.forward(lower)) / (2.0 * z_value(CONFIDENCE_95)))
    };
    let errors = groups.iter().map(error).collect::<Result<Vec<f64>>>()?;
    if errors.iter().all(|error| *error == 0.0) {
        return Err("no value has an error: nothing to make limits of");
    }
    Ok(errors)
}

struct Line<'a> {
    ends: Ends,
    options: &'a SlopeOptions,
    values: Vec<f64>,
}

impl Line<'_> {
    /// A value on the scale that the line is fitted on.
    fn fitted(&self, value: f64) -> f64 {
        if self.options.is_transformed { self.options.kind.forward(value) } else { value }
    }

    /// The ends of the line through `fitted`, on the values' own scale.
    fn ends_of(&self, fitted: &[f64]) -> (f64, f64) {
        let (low, high) = self.ends.at(fitted);
        if self.options.is_transformed {
            (self.options.kind.back(low), self.options.kind.back(high))
        } else {
            (low, high)
        }
    }

    /// The ratio of the ends, turned round under a multiplier below zero (and only then).
    fn ratio(&self, low: f64, high: f64) -> Result<f64> {
        if !(low > 0.0 && high > 0.0) {
            return Err(BELOW_ZERO);
        }
        Ok(if self.options.multiplier < 0.0 { low / high } else { high / low })
    }

    /// What each end gains, on its own scale, when each value's error is one standard error more.
    fn moves(&self, errors: &[f64]) -> (f64, f64, Vec<(f64, f64)>) {
        let kind = self.options.kind;
        let fitted: Vec<f64> = self.values.iter().map(|value| self.fitted(*value)).collect();
        let (low, high) = self.ends_of(&fitted);
        let scale = |end: f64| {
            if self.options.is_transformed { kind.slope_of_back(end) } else { 1.0 }
        };
        let (at_low, at_high) = (scale(low), scale(high));
        let step = |(value, error): (&f64, &f64)| {
            if self.options.is_transformed { *error } else { error * kind.slope_of_back(*value) }
        };
        let steps = self.values.iter().zip(errors).map(step);
        let weights = self.ends.low.iter().zip(&self.ends.high);
        let moves = steps.zip(weights);
        let moves = moves.map(|(step, (l, h))| (at_low * l * step, at_high * h * step)).collect();
        (low, high, moves)
    }

    fn closed_difference(&self, errors: &[f64]) -> Limits {
        let (low, high, moves) = self.moves(errors);
        let error = moves.iter().map(|(l, h)| (h - l).powi(2)).sum::<f64>().sqrt();
        let multiplier = self.options.multiplier;
        let value = (high - low) * multiplier;
        Limits::at(self.options.confidence, |confidence| {
            let reach = z_value(confidence) * error * multiplier.abs();
            (Some(value - reach), Some(value + reach))
        })
    }

    fn closed_ratio(&self, errors: &[f64]) -> Limits {
        let (low, high, moves) = self.moves(errors);
        let error = moves.iter().map(|(l, h)| (h / high - l / low).powi(2)).sum::<f64>().sqrt();
        let ratio = self.ratio(low, high).unwrap_or(f64::NAN);
        Limits::at(self.options.confidence, |confidence| {
            let reach = (z_value(confidence) * error).exp();
            (Some(ratio / reach), Some(ratio * reach))
        })
    }

    fn simulated(&self, errors: &[f64]) -> (Result<Limits>, Result<Limits>) {
        let kind = self.options.kind;
        let mut draws = Draws::from_seed(self.options.seed);
        let n_draws = usize::try_from(self.options.n_draws).unwrap_or_default();
        let (mut differences, mut ratios) = (Vec::with_capacity(n_draws), Vec::new());
        let mut fitted = vec![0.0; errors.len()];
        for _ in 0..n_draws {
            for ((fitted, value), error) in fitted.iter_mut().zip(&self.values).zip(errors) {
                let drawn = kind.forward(*value) + error * draws.normal();
                *fitted = if self.options.is_transformed { drawn } else { kind.back(drawn) };
            }
            let (low, high) = self.ends_of(&fitted);
            differences.push((high - low) * self.options.multiplier);
            ratios.extend(self.ratio(low, high));
        }
        let is_whole = ratios.len() == n_draws;
        let ratio_limits = if is_whole {
            Ok(percentiles(ratios, self.options.confidence))
        } else {
            Err(BELOW_ZERO)
        };
        (Ok(percentiles(differences, self.options.confidence)), ratio_limits)
    }
}

/// The limits as percentiles of the draws, between two by linear interpolation (R's type 7).
fn percentiles(mut draws: Vec<f64>, confidence: Confidence) -> Limits {
    draws.sort_unstable_by(f64::total_cmp);
    Limits::at(confidence, |confidence| {
        let tail = (1.0 - confidence) / 2.0;
        (quantile(&draws, tail), quantile(&draws, 1.0 - tail))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fifths(values: [f64; 5], reach: f64) -> Vec<RankedGroup> {
        let group = |(at, value): (usize, f64)| RankedGroup {
            rank: at as f64,
            population: 100.0,
            value,
            limits_95: Some((value - reach, value + reach)),
        };
        values.into_iter().enumerate().map(group).collect()
    }

    fn options(kind: SlopeKind, is_transformed: bool, multiplier: f64) -> SlopeOptions {
        SlopeOptions {
            kind,
            is_transformed,
            multiplier,
            n_draws: 0,
            seed: 1,
            confidence: Confidence::P95,
        }
    }

    // By hand: on equal fifths at .1, .3 ... .9 the line through 1, 3, 5, 7, 9 is 10 b.
    #[test]
    fn a_straight_line_is_found() {
        let index = slope_index(
            &fifths([11.0, 13.0, 15.0, 17.0, 19.0], 1.0),
            &options(SlopeKind::Mean, false, 1.0),
        );
        assert!((index.sii.value.unwrap() - 10.0).abs() < 1e-12);
        assert!((index.rii.value.unwrap() - 2.0).abs() < 1e-12);
        // h = a (b - .5) / .08 = -1, -.5, 0, .5, 1: the sum of squares is 2.5, the limits of each 1.
        let limit = index.sii.limits.upper_95.unwrap();
        assert!((limit - 10.0 - 2.5_f64.sqrt()).abs() < 1e-12);
    }

    // A fault of phe_sii: a multiplier between 0 and 1 swaps the limits and turns the ratio's limits.
    #[test]
    fn only_a_multiplier_below_zero_turns_the_indices_round() {
        let groups = fifths([5.0, 4.0, 3.0, 2.0, 1.5], 0.4);
        for (kind, n_draws) in [(SlopeKind::Rate, 0), (SlopeKind::Rate, 2_000)] {
            let of = |multiplier: f64| {
                let options = SlopeOptions { n_draws, ..options(kind, true, multiplier) };
                slope_index(&groups, &options)
            };
            let (whole, half, turned) = (of(1.0), of(0.5), of(-1.0));
            assert_eq!(half.rii, whole.rii);
            assert_eq!(half.sii.limits, whole.sii.limits.map(|limit| limit / 2.0));
            for index in [whole.sii, whole.rii, half.sii, turned.sii, turned.rii] {
                let limits = index.limits;
                assert!(limits.lower_998 < limits.lower_95 && limits.lower_95 < index.value);
                assert!(index.value < limits.upper_95 && limits.upper_95 < limits.upper_998);
            }
            assert!((turned.rii.value.unwrap() * whole.rii.value.unwrap() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_seed_gives_the_same_limits_and_another_seed_gives_others() {
        let groups = fifths([0.5, 0.4, 0.3, 0.2, 0.15], 0.04);
        let of = |seed| {
            let options = options(SlopeKind::Proportion, true, 1.0);
            slope_index(&groups, &SlopeOptions { n_draws: 5_000, seed, ..options })
        };
        assert_eq!(of(3), of(3));
        assert_ne!(of(3).sii.limits, of(4).sii.limits);
    }

    #[test]
    fn a_line_through_zero_has_a_slope_and_no_ratio() {
        let index = slope_index(
            &fifths([-1.0, 1.0, 2.0, 3.0, 4.0], 0.5),
            &options(SlopeKind::Mean, false, 1.0),
        );
        assert!(index.sii.value.is_some() && index.sii.limits.lower_95.is_some());
        assert_eq!((index.rii.value, index.rii.reason), (None, Some(BELOW_ZERO)));
    }
}
