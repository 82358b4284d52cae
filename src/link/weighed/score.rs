//! From patterns to weights: how many bits speak for one person.

use rayon::prelude::*;

use super::block::Blocks;
use super::comparison::{Comparisons, N_LEVELS, Pattern, Slot, level};
use super::estimate::frequencies;
use super::model::{Levels, Model};
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
    pub(super) slots: Vec<SlotScale>,
}

/// The weights of one slot.
pub(super) struct SlotScale {
    /// By level: one person against strangers, and people under one roof against strangers.
    pub(super) weights: [[Weight; 2]; N_LEVELS],
    /// By level, whether the frequent field is the same.
    pub(super) is_same: [bool; N_LEVELS],
    pub(super) frequent: usize,
    pub(super) shared: bool,
    /// By code of the frequent field: how much rarer or commoner the value is than the usual one.
    pub(super) rarity: Vec<Weight>,
    /// The share of rows that have the frequent field.
    pub(super) share_present: f64,
    /// The most that a pair can reach whose frequent field is the same, is in the other's place, or
    /// neither.
    best: [Weight; 3],
}

/// The weight of a ratio of shares.
pub(super) fn millibits(ratio: f64) -> Weight {
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

impl SlotScale {
    fn new(rows: &Rows<'_>, slot: &Slot, levels: &Levels) -> Self {
        let weights = std::array::from_fn(|level| {
            let at = |shares: &[f64]| level.checked_sub(1).and_then(|at| shares.get(at).copied());
            let ratio = |one: Option<f64>, other: Option<f64>| match (one, other) {
                (Some(one), Some(other)) if one > 0.0 && other > 0.0 => millibits(one / other),
                _ => 0,
            };
            [ratio(at(&levels.m), at(&levels.u)), ratio(at(&levels.roof), at(&levels.u))]
        });
        let is_same = std::array::from_fn(|level| level != 0 && (slot.same)(level));
        let counts = frequencies(rows, slot.frequent);
        let n: f64 = counts.iter().map(|&n| f64::from(n)).sum();
        let same: f64 = counts.iter().map(|&k| (f64::from(k) / n.max(1.0)).powi(2)).sum();
        let rarity = |&k: &u32| if k == 0 { 0 } else { millibits(same / (f64::from(k) / n)) };
        let crosses = |level: usize| slot.crosses(level);
        let most = |wanted: &dyn Fn(usize) -> bool| {
            let levels = (0..=levels.m.len()).filter(|&level| wanted(level));
            levels.map(|level: usize| weights[level][0]).max().unwrap_or(0)
        };
        let best = [
            most(&|level| is_same[level]),
            most(&|level| !is_same[level]),
            most(&|level| !is_same[level] && !crosses(level)),
        ];
        Self {
            weights,
            is_same,
            frequent: slot.frequent as usize,
            shared: slot.shared,
            rarity: counts.iter().map(rarity).collect(),
            share_present: n / f64::from(rows.n_rows().max(1)),
            best,
        }
    }

    fn best(&self, left: &Row, right: &Row, is_crossed: bool) -> Weight {
        let (one, other) = (left[self.frequent], right[self.frequent]);
        if one == other && one != 0 {
            self.best[0] + self.rarity[one as usize]
        } else {
            self.best[if is_crossed { 1 } else { 2 }]
        }
    }
}

impl<'a> Scale<'a> {
    pub(crate) fn new(rows: &'a Rows<'a>, settings: &'a Weighed, model: &Model) -> Self {
        let comparisons = Comparisons::new(&settings.comparison, rows);
        let slots = comparisons.slots.iter().zip(&model.slot);
        Self {
            rows,
            slots: slots.map(|(slot, levels)| SlotScale::new(rows, slot, levels)).collect(),
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
        for (at, slot) in self.slots.iter().enumerate() {
            let level = level(pattern, at);
            let [one, shared] = slot.weights[level];
            person += one;
            roof += shared;
            if slot.is_same[level] {
                let rarity = slot.rarity[left[slot.frequent] as usize];
                person += rarity;
                roof += if slot.shared { rarity } else { 0 };
            }
        }
        (pattern, person - over_strangers(roof))
    }

    /// What a pair's weight cannot be above, by what costs no look at a filter.
    fn bound(&self, left: &Row, right: &Row) -> Weight {
        let mut most = self.prior;
        let mut at = 0;
        for comparison in self.comparisons.declared {
            let slots = &self.slots[at..at + comparison.n_slots()];
            at += slots.len();
            most += match (comparison.plain_level(left, right), slots) {
                (Some(level), [slot]) if !slot.is_same[level] => slot.weights[level][0],
                _ => {
                    let is_crossed = comparison.is_crossed(left, right);
                    slots.iter().map(|slot| slot.best(left, right, is_crossed)).sum()
                }
            };
        }
        most
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
            .fold(<(Gathered, Vec<Edge>)>::default, |(mut gathered, mut found), at| {
                gathered.gather(blocks.members(at), rows, clusters);
                gathered.weigh(&blocks, clusters, scale, least, &mut found);
                (gathered, found)
            })
            .map(|(_, found)| found)
            .collect();
        edges.extend(found.into_iter().flatten());
    }
    edges.par_sort_unstable();
    edges.dedup();
    (edges, n_oversize)
}

/// The rows of a block side by side, with what says which of them may be joined.
#[derive(Default)]
struct Gathered {
    at: Vec<u32>,
    rows: Vec<Row>,
    /// Representatives and trusted numbers of their clusters.
    known: Vec<(u32, u32)>,
}

impl Gathered {
    fn gather(&mut self, members: impl Iterator<Item = u32>, rows: &Rows<'_>, clusters: &Clusters) {
        self.at.clear();
        self.at.extend(members);
        self.rows.clear();
        self.rows.extend(self.at.iter().map(|&row| *rows.row(row)));
        self.known.clear();
        self.known.extend(self.at.iter().map(|&row| (clusters.root(row), clusters.number(row))));
    }

    /// Adds the pairs that reach a weight.
    fn weigh(
        &self,
        blocks: &Blocks<'_>,
        clusters: &Clusters,
        scale: &Scale<'_>,
        least: Weight,
        found: &mut Vec<Edge>,
    ) {
        for (i, one) in self.rows.iter().enumerate() {
            let (root, number) = self.known[i];
            for (j, other) in self.rows.iter().enumerate().skip(i + 1) {
                let (other_root, other_number) = self.known[j];
                let may_meet = root != other_root
                    && (number == other_number || number == 0 || other_number == 0);
                if !may_meet || !blocks.suits(one, other) || scale.bound(one, other) < least {
                    continue;
                }
                let (left, right) = (self.at[i].min(self.at[j]), self.at[i].max(self.at[j]));
                let weight = scale.weigh(one, other).1;
                if weight >= least && clusters.could_meet(left, right) {
                    found.push(Edge { weight: std::cmp::Reverse(weight), left, right });
                }
            }
        }
    }
}
