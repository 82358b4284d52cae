//! People under one roof: they agree in what a household shares without being one person.

use super::Rows;
use super::block::Blocks;
use super::comparison::{
    BIRTH_FAR, Comparisons, GIVEN_FAR, N_LEVELS, ONE_CROSSED, Pattern, SAME_HOME, SAME_POSTCODE,
    level, slot_of,
};
use super::estimate::{N_SAMPLED, tally};
use super::learn::LEAST_PAIRS;
use super::model::Shares;
use super::settings::{Rule, Weighed};
use crate::link::field::Field;

/// Of people under one roof, those who share a birth date, before any are seen.
const ROOF_SAME_BIRTH: f64 = 0.015;
/// Of people under one roof, those who share a given name, before any are seen.
const ROOF_SAME_GIVEN: f64 = 0.01;

/// How many pairs live under one roof and are two people, and the shares of their levels.
///
/// Who agree in postcode and house and in neither given name nor birth date are such a pair. Who are far
/// apart in their given names show how often two people under one roof share a birth date (twins do),
/// who are far apart in their births how often they share a given name (father and son do); what
/// one person's slips add to both is taken off.
pub(crate) fn under_one_roof(
    rows: &Rows<'_>,
    comparisons: &Comparisons<'_>,
    settings: &Weighed,
    m: &[Shares],
    u: &[Shares],
) -> (f64, Vec<Shares>) {
    let slots = &comparisons.slots;
    let mut shares = u.to_vec();
    let home = |rule: &&Rule| rule.fields().eq([Field::Postcode, Field::House]);
    let (Some(given), Some(birth), Some(rule)) = (
        slot_of(slots, Field::Given),
        slot_of(slots, Field::Birth),
        settings.block.iter().find(home),
    ) else {
        return (0.0, shares);
    };
    let family = slot_of(slots, Field::Family);
    let blocks = Blocks::of(rows, rule, settings.max_block);
    let (counts, one_in) = tally(rows, comparisons, &blocks, 4 * N_SAMPLED);
    let mut seen = vec![[0.0; N_LEVELS]; slots.len()];
    let (mut births, mut givens) = ([0.0; N_LEVELS], [0.0; N_LEVELS]);
    let (mut n_strangers, mut n_same) = (0.0, 0.0);
    let mut patterns: Vec<(Pattern, u64)> = counts.into_iter().collect();
    patterns.sort_unstable();
    for (pattern, n) in patterns {
        let n = n as f64;
        let is_crossed = family.is_some_and(|family| level(pattern, family) == ONE_CROSSED);
        let (name, born) = (level(pattern, given), level(pattern, birth));
        if (GIVEN_FAR.contains(&name) || is_crossed) && BIRTH_FAR.contains(&born) {
            n_strangers += n;
            for (slot, seen) in seen.iter_mut().enumerate() {
                seen[level(pattern, slot)] += n;
            }
        } else if name == 1 && born == 1 {
            n_same += n;
        }
        if name == GIVEN_FAR[0] && !is_crossed {
            births[born] += n;
        }
        if BIRTH_FAR.contains(&born) && !is_crossed {
            givens[name] += n;
        }
    }
    let over_same = |slot: usize, levels: &[usize]| -> f64 {
        levels.iter().map(|&level| m[slot][level]).sum::<f64>() / m[slot][1]
    };
    let [far_name, far_birth] = [over_same(given, &GIVEN_FAR), over_same(birth, &BIRTH_FAR)];
    let by_chance = n_same * far_name * far_birth;
    for (slot, shares) in shares.iter_mut().enumerate().filter(|(slot, _)| slots[*slot].shared) {
        let sum: f64 = seen[slot][1..].iter().sum();
        for level in 1..N_LEVELS {
            // As good as twenty random pairs where few or none were seen.
            shares[level] = (seen[slot][level] + 20.0 * shares[level]) / (sum + 20.0);
        }
    }
    if let Some(home) = slots.iter().position(|slot| slot.levels.len() == N_LEVELS - 1) {
        // By what the rule asks for; without a house on one side nobody knows.
        shares[home] = [1e-9; N_LEVELS];
        shares[home][SAME_HOME] = 0.9;
        shares[home][SAME_POSTCODE] = 0.1;
    }
    let slips = n_same * over_same(given, &GIVEN_FAR[..1]);
    shares[birth] = less(&births, slips, &m[birth], &usual(&u[birth], ROOF_SAME_BIRTH));
    shares[given] =
        less(&givens, n_same * far_birth, &m[given], &usual(&u[given], ROOF_SAME_GIVEN));
    ((n_strangers - by_chance).max(0.0) * one_in as f64, shares)
}

/// What is expected under a roof before anything is seen: as among strangers, but for the same value.
fn usual(u: &Shares, same: f64) -> Shares {
    let mut shares = u.map(|share| share * (1.0 - same));
    shares[1] = same;
    shares
}

/// Shares of levels out of counts, less those of one person's pairs, of which `n_one` had the same value
/// but for slips; where little was seen, what is usual.
fn less(counts: &[f64; N_LEVELS], n_one: f64, m: &Shares, usual: &Shares) -> Shares {
    let mut left = [0.0; N_LEVELS];
    for level in 1..N_LEVELS {
        left[level] = (counts[level] - n_one * m[level] / m[1]).max(0.0);
    }
    let sum: f64 = left.iter().sum();
    let mut shares = [0.0; N_LEVELS];
    for level in 1..N_LEVELS {
        shares[level] = (left[level] + LEAST_PAIRS * usual[level]) / (sum + LEAST_PAIRS);
    }
    shares
}
