//! From patterns to weights: how many bits speak for one person.

use rayon::prelude::*;

use super::block::Blocks;
use super::comparison::{Comparisons, N_LEVELS, Pattern, level};
use super::estimate::frequencies;
use super::model::Model;
use super::settings::Weighed;
use super::{Row, Rows};
use crate::link::clusters::Clusters;

/// A weight in thousandths of a bit: whole numbers add up to the same sum in any order.
pub(crate) type Weight = i32;

/// A pair of identities and what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) weight: std::cmp::Reverse<Weight>,
    pub(crate) left: u32,
    pub(crate) right: u32,
}

/// Weights of levels, ready for pairs.
pub(crate) struct Scale<'a> {
    pub(crate) rows: &'a Rows<'a>,
    pub(crate) comparisons: Comparisons<'a>,
    pub(super) prior: Weight,
    pub(super) roof_prior: Weight,
    /// By slot and level: one person against strangers, and people under one roof against strangers.
    pub(super) weights: Vec<[[Weight; 2]; N_LEVELS]>,
    /// By slot and code: how much rarer or commoner the value is than the usual one.
    pub(super) frequencies: Vec<Vec<Weight>>,
}

fn millibits(ratio: f64) -> Weight {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a logarithm of a ratio of shares is small"
    )]
    let weight = (ratio.log2() * 1000.0).round() as Weight;
    weight
}

/// The weight at which a probability lies.
pub(crate) fn weight_of(probability: f64) -> Weight {
    millibits(probability / (1.0 - probability))
}

/// The probability that a weight stands for.
pub(crate) fn probability_of(weight: Weight) -> f64 {
    let odds = (f64::from(weight) / 1000.0).exp2();
    odds / (1.0 + odds)
}

impl<'a> Scale<'a> {
    pub(crate) fn new(rows: &'a Rows<'a>, settings: &'a Weighed, model: &Model) -> Self {
        let comparisons = Comparisons::new(&settings.comparison, rows);
        let weights = model.slot.iter().map(|levels| {
            std::array::from_fn(|level| {
                let at =
                    |shares: &[f64]| level.checked_sub(1).and_then(|at| shares.get(at).copied());
                let ratio = |one: Option<f64>, other: Option<f64>| match (one, other) {
                    (Some(one), Some(other)) if one > 0.0 && other > 0.0 => millibits(one / other),
                    _ => 0,
                };
                [ratio(at(&levels.m), at(&levels.u)), ratio(at(&levels.roof), at(&levels.u))]
            })
        });
        let rarities = comparisons.slots.iter().map(|slot| {
            let counts = frequencies(rows, slot.frequent);
            let n: f64 = counts.iter().map(|&n| f64::from(n)).sum();
            let same: f64 = counts.iter().map(|&k| (f64::from(k) / n.max(1.0)).powi(2)).sum();
            counts
                .iter()
                .map(|&k| if k == 0 { 0 } else { millibits(same / (f64::from(k) / n)) })
                .collect()
        });
        Self {
            rows,
            weights: weights.collect(),
            frequencies: rarities.collect(),
            prior: weight_of(model.prior),
            roof_prior: millibits(model.roof),
            comparisons,
        }
    }

    /// The pattern of a pair and its weight: that it is one person's rather than strangers' or
    /// people's under one roof.
    pub(crate) fn weigh(&self, left: &Row, right: &Row) -> (Pattern, Weight) {
        let pattern = self.comparisons.pattern(left, right);
        let (mut person, mut roof) = (self.prior, self.roof_prior);
        for (slot, (weights, about)) in self.weights.iter().zip(&self.comparisons.slots).enumerate()
        {
            let level = level(pattern, slot);
            let [one, shared] = weights[level];
            person += one;
            roof += shared;
            if (about.same)(level) && level != 0 {
                let rarity = self.frequencies[slot][left[about.frequent as usize] as usize];
                person += rarity;
                roof += if about.shared { rarity } else { 0 };
            }
        }
        (pattern, person - over_strangers(roof))
    }

    /// The weight of two rows.
    pub(crate) fn weight(&self, left: u32, right: u32) -> Weight {
        self.weigh(self.rows.row(left), self.rows.row(right)).1
    }
}

/// What people under one roof add to strangers, as log2(1 + 2^weight).
pub(super) fn over_strangers(weight: Weight) -> Weight {
    match weight {
        ..-20_000 => 0,
        20_000.. => weight,
        _ => millibits(1.0 + (f64::from(weight) / 1000.0).exp2()),
    }
}

/// The pairs of different clusters that reach the weight of a potential match.
pub(crate) fn edges(
    rows: &Rows<'_>,
    clusters: &Clusters,
    settings: &Weighed,
    scale: &Scale<'_>,
) -> (Vec<Edge>, u64) {
    let least = weight_of(settings.potential);
    let mut edges = Vec::new();
    let mut n_oversize = 0;
    for rule in &settings.block {
        let blocks = Blocks::of(rows, rule, settings.max_block);
        n_oversize += blocks.n_oversize;
        let found: Vec<Vec<Edge>> = (0..blocks.len())
            .into_par_iter()
            .fold(Vec::new, |mut found, at| {
                of_block(&blocks, at, clusters, scale, least, &mut found);
                found
            })
            .collect();
        edges.extend(found.into_iter().flatten());
    }
    edges.par_sort_unstable();
    edges.dedup();
    (edges, n_oversize)
}

fn of_block(
    blocks: &Blocks<'_>,
    at: usize,
    clusters: &Clusters,
    scale: &Scale<'_>,
    least: Weight,
    found: &mut Vec<Edge>,
) {
    for (left, right) in blocks.pairs(at) {
        if !clusters.could_meet(left, right) {
            continue;
        }
        let (one, other) = (scale.rows.row(left), scale.rows.row(right));
        if blocks.suits(one, other) {
            let weight = scale.weigh(one, other).1;
            if weight >= least {
                let (left, right) = (left.min(right), left.max(right));
                found.push(Edge { weight: std::cmp::Reverse(weight), left, right });
            }
        }
    }
}
