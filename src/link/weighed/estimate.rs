//! Learning without labels: what levels are worth, and how many pairs are one person's.
//!
//! Shares among strangers come from random pairs and from how often values are carried; those of one
//! person's pairs and of people under one roof from the blocks of rules (`learn`, `roof`).

use std::collections::HashMap;

use rayon::prelude::*;

use super::Rows;
use super::block::Blocks;
use super::comparison::{Comparisons, N_LEVELS, Pattern, Slot, level, slot_of};
use super::learn::{credible, learn, medians, prior};
use super::model::{Model, Shares};
use super::roof::under_one_roof;
use super::settings::Weighed;
use crate::link::blocking::mix;
use crate::link::field::Field;

/// Pairs drawn at random.
const N_RANDOM: u32 = 1_000_000;
/// Pairs of a rule that are counted, about.
pub(crate) const N_SAMPLED: u64 = 300_000;
/// Fields of the person alone: rules that ask for nothing else can teach, since people under one roof
/// do not fill their blocks.
const PERSONAL: [Field; 10] = [
    Field::Family,
    Field::Given,
    Field::FamilySound,
    Field::GivenSound,
    Field::GivenInitial,
    Field::Birth,
    Field::BirthSwapped,
    Field::BirthYear,
    Field::BirthMonth,
    Field::BirthDay,
];

pub(crate) type Counts = HashMap<Pattern, u64>;

/// Learns a model; `None` if no rule teaches anything.
pub(crate) fn train(rows: &Rows<'_>, settings: &Weighed) -> Option<Model> {
    if rows.len() < 2 {
        return None;
    }
    let comparisons = Comparisons::new(&settings.comparison, rows);
    let slots = &comparisons.slots;
    let u = strangers(rows, &comparisons);
    let mut lessons = Vec::new();
    let mut n_sure = 0.0;
    for rule in &settings.block {
        let is_personal = rule.fields().all(|field| PERSONAL.contains(&field));
        if !is_personal || rule.same.iter().any(|part| part.fields().len() > 1) {
            continue;
        }
        let blocks = Blocks::of(rows, rule, settings.max_block);
        let (counts, one_in) = tally(rows, &comparisons, &blocks, N_SAMPLED);
        if rule.fields().eq([Field::Birth]) {
            n_sure = sure(&counts, slots) * one_in as f64;
        }
        lessons.extend(learn(rule, slots, &u, (counts, one_in)));
    }
    let lessons = credible(slots, &u, lessons, n_sure);
    if lessons.is_empty() {
        return None;
    }
    let m = medians(slots, &u, &lessons);
    let n = rows.len() as f64;
    let n_pairs = n * (n - 1.0) / 2.0;
    let prior = prior(slots, &m, n_sure, &lessons) / n_pairs;
    let (roof_share, roof) = under_one_roof(rows, &comparisons, settings, &m, &u);
    let shares: Vec<[Shares; 3]> =
        (0..slots.len()).map(|slot| [m[slot], u[slot], roof[slot]]).collect();
    Some(Model::new(
        prior.clamp(1e-12, 0.5),
        (roof_share / n_pairs).clamp(1e-12, 0.5),
        slots,
        &shares,
    ))
}

/// Shares of levels among pairs drawn at random; the share of the same value from how often values
/// are carried, which no sample of pairs would show.
fn strangers(rows: &Rows<'_>, comparisons: &Comparisons<'_>) -> Vec<Shares> {
    let n = rows.len() as u64;
    let most = n * (n - 1) / 2;
    let n_drawn = u32::try_from(most).unwrap_or(u32::MAX).min(N_RANDOM);
    let draw = |at: u32, side: u32| u32::try_from(mix([at, side]) % n).unwrap_or_default();
    let slots = &comparisons.slots;
    let counts = (0..n_drawn)
        .into_par_iter()
        .map(|at| (draw(at, 0), draw(at, 1)))
        .filter(|(left, right)| left != right)
        .fold(
            || vec![[0_u64; N_LEVELS]; slots.len()],
            |mut counts, (left, right)| {
                let pattern = comparisons.pattern(rows.row(left), rows.row(right));
                for (slot, counts) in counts.iter_mut().enumerate() {
                    counts[level(pattern, slot)] += 1;
                }
                counts
            },
        )
        .reduce(
            || vec![[0; N_LEVELS]; slots.len()],
            |mut one, other| {
                for (one, other) in one.iter_mut().flatten().zip(other.iter().flatten()) {
                    *one += other;
                }
                one
            },
        );
    slots.iter().zip(&counts).map(|(slot, counts)| shares_of(rows, slot, counts)).collect()
}

fn shares_of(rows: &Rows<'_>, slot: &Slot, counts: &[u64; N_LEVELS]) -> Shares {
    let mut shares = [0.0; N_LEVELS];
    let n: u64 = counts[1..].iter().sum();
    if n == 0 {
        return shares;
    }
    let n_levels = slot.levels.len();
    for level in 1..=n_levels {
        shares[level] = (counts[level] as f64 + 0.1) / (n as f64 + 0.1 * n_levels as f64);
    }
    let same = chance_of_same(rows, slot.frequent);
    let levels: Vec<usize> = (1..=n_levels).filter(|&level| (slot.same)(level)).collect();
    if let [only] = levels[..] {
        shares[only] = same;
    } else {
        // The field beside the frequent one does not hang on it among strangers.
        let n_all: u64 = counts.iter().sum();
        let n_field: u64 = counts[4..].iter().sum();
        for (beside, &level) in levels.iter().enumerate() {
            let n_beside: u64 = counts.iter().skip(beside).step_by(4).sum();
            let share = (n_beside as f64 / n_all as f64).max(1e-6);
            shares[level] = same * share * n_field as f64 / n as f64;
        }
    }
    shares
}

/// The chance that two carriers of a field carry the same value.
fn chance_of_same(rows: &Rows<'_>, field: Field) -> f64 {
    let counts = frequencies(rows, field);
    let n: f64 = counts.iter().map(|&n| f64::from(n)).sum();
    let same: f64 = counts.iter().map(|&n| f64::from(n) * f64::from(n.saturating_sub(1))).sum();
    (same / (n * (n - 1.0)).max(1.0)).max(1e-9)
}

/// How many identities carry each value, by code; the missing one carries none.
pub(crate) fn frequencies(rows: &Rows<'_>, field: Field) -> Vec<u32> {
    let codes = || (0..rows.len()).map(|at| rows.rows[at][field as usize]);
    let mut counts = vec![0; codes().max().unwrap_or(0) as usize + 1];
    codes().for_each(|code| counts[code as usize] += 1);
    counts[0] = 0;
    counts
}

/// Counts the patterns of a rule's pairs, or of a sample of its blocks: one in how many.
pub(crate) fn tally(
    rows: &Rows<'_>,
    comparisons: &Comparisons<'_>,
    blocks: &Blocks<'_>,
    most: u64,
) -> (Counts, u64) {
    let one_in = (blocks.n_pairs() / most).max(1);
    let counts = (0..blocks.len())
        .into_par_iter()
        .fold(Counts::new, |mut counts, at| {
            if blocks.is_sampled(at, one_in) {
                for (left, right) in blocks.pairs(at).filter(|(left, right)| left != right) {
                    let pattern = comparisons.pattern(rows.row(left), rows.row(right));
                    *counts.entry(pattern).or_insert(0) += 1;
                }
            }
            counts
        })
        .reduce(Counts::new, |one, other| {
            let (mut large, small) =
                if one.len() > other.len() { (one, other) } else { (other, one) };
            for (pattern, n) in small {
                *large.entry(pattern).or_insert(0) += n;
            }
            large
        });
    (counts, one_in)
}

/// Pairs of one birth date that agree in both names.
fn sure(counts: &Counts, slots: &[Slot]) -> f64 {
    let (Some(family), Some(given)) = (slot_of(slots, Field::Family), slot_of(slots, Field::Given))
    else {
        return 0.0;
    };
    let agree = |pattern: Pattern| level(pattern, family) == 1 && level(pattern, given) == 1;
    counts.iter().filter(|(pattern, _)| agree(**pattern)).map(|(_, n)| *n as f64).sum()
}
