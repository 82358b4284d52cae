//! Learning without labels: what levels are worth, and how many pairs are one person's.
//!
//! Shares among strangers come from random pairs and from how often values are carried. Shares among
//! pairs of one person come from expectation–maximisation on the counts of patterns in the blocks of
//! each rule on names and birth, with the rule's own fields left out; the median over the rules
//! counts. (Fellegi and Sunter 1969; Winkler 2000.)

use std::collections::HashMap;

use rayon::prelude::*;

use super::Rows;
use super::block::Blocks;
use super::comparison::{
    BIRTH_FAR, CROSSED_LEVELS, Comparisons, GIVEN_FAR, N_LEVELS, ONE_CROSSED, Pattern, SAME_HOME,
    SAME_POSTCODE, Slot, level,
};
use super::model::{Model, Shares};
use super::settings::{Rule, Weighed};
use crate::link::blocking::mix;
use crate::link::field::Field;

/// Pairs drawn at random.
const N_RANDOM: u32 = 1_000_000;
/// Pairs of a rule that are counted, about.
const N_SAMPLED: u64 = 300_000;
/// Steps of expectation and maximisation at most.
const N_STEPS: usize = 25;
/// A step that changes no share by more ends it.
const TOLERANCE: f64 = 1e-4;
/// A rule in whose blocks fewer pairs are expected to be one person's teaches nothing.
const LEAST_PAIRS: f64 = 100.0;
/// A share below this is taken for it: an agreement that was never seen is not impossible.
const LEAST_SHARE: f64 = 1e-5;
/// Of people under one roof, those who share a birth date, before any are seen.
const ROOF_SAME_BIRTH: f64 = 0.015;
/// Of people under one roof, those who share a given name, before any are seen.
const ROOF_SAME_GIVEN: f64 = 0.01;

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

type Counts = HashMap<Pattern, u64>;

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
        lessons.extend(learn(rule, slots, &u, counts));
    }
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

fn slot_of(slots: &[Slot], frequent: Field) -> Option<usize> {
    slots.iter().position(|slot| slot.frequent == frequent)
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
fn tally(
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

/// What the blocks of one rule taught.
struct Lesson {
    m: Vec<Shares>,
    /// Slots that the rule's own fields leave free.
    free: Vec<bool>,
    /// Pairs that are expected to be one person's.
    n_matches: f64,
}

/// Expectation–maximisation of both classes. Who share a rule's fields without being one person are no
/// random strangers (people of one given name are nearly all of one sex), so that their shares are learned
/// too, though they count for nothing outside the rule.
fn learn(rule: &Rule, slots: &[Slot], u: &[Shares], counts: Counts) -> Option<Lesson> {
    let fields: Vec<Field> = rule.fields().collect();
    let is_free = |slot: &Slot| !slot.fields.iter().any(|field| fields.contains(field));
    let free: Vec<bool> = slots.iter().map(is_free).collect();
    let mut counts: Vec<(Pattern, f64)> =
        counts.into_iter().map(|(pattern, n)| (pattern, n as f64)).collect();
    counts.sort_unstable_by_key(|&(pattern, _)| pattern);
    let n: f64 = counts.iter().map(|(_, n)| n).sum();
    if n < LEAST_PAIRS {
        return None;
    }
    let mut m: Vec<Shares> = slots.iter().zip(u).map(|(slot, u)| beginning(slot, u)).collect();
    let mut others = u.to_vec();
    let mut lambda: f64 = 0.1;
    for _ in 0..N_STEPS {
        let mut expected = vec![[[0.0; N_LEVELS]; 2]; slots.len()];
        let mut n_matches = 0.0;
        for &(pattern, n) in &counts {
            let mut odds = lambda / (1.0 - lambda);
            for slot in (0..slots.len()).filter(|&slot| free[slot]) {
                let level = level(pattern, slot);
                if others[slot][level] > 0.0 {
                    odds *= m[slot][level] / others[slot][level];
                }
            }
            let weight = n * odds / (1.0 + odds);
            n_matches += weight;
            for slot in (0..slots.len()).filter(|&slot| free[slot]) {
                expected[slot][0][level(pattern, slot)] += weight;
                expected[slot][1][level(pattern, slot)] += n - weight;
            }
        }
        let mut change = (n_matches / n - lambda).abs();
        lambda = (n_matches / n).clamp(1e-9, 1.0 - 1e-9);
        for slot in (0..slots.len()).filter(|&slot| free[slot]) {
            let sums = expected[slot].map(|shares| shares[1..].iter().sum::<f64>());
            let n_levels = slots[slot].levels.len();
            for level in (1..=n_levels).filter(|&level| u[slot][level] > 0.0) {
                let [of_one, of_two] = [0, 1].map(|class| expected[slot][class][level]);
                // As good as a few random pairs where few or none were seen.
                others[slot][level] =
                    (of_two + LEAST_PAIRS * u[slot][level]) / (sums[1] + LEAST_PAIRS);
                if sums[0] >= 1.0 {
                    let share = (of_one + 0.01) / (sums[0] + 0.01 * n_levels as f64);
                    change = change.max((share - m[slot][level]).abs());
                    m[slot][level] = share;
                }
            }
        }
        if change < TOLERANCE {
            break;
        }
    }
    let n_matches = lambda * n;
    (n_matches >= LEAST_PAIRS).then_some(Lesson { m, free, n_matches })
}

/// Where learning begins: the same value is likely, the further off the less so.
fn beginning(slot: &Slot, u: &Shares) -> Shares {
    let mut shares = [0.0; N_LEVELS];
    for level in (1..=slot.levels.len()).filter(|&level| u[level] > 0.0) {
        let is_best =
            if slot.levels.len() == N_LEVELS - 1 { level == SAME_HOME } else { level == 1 };
        shares[level] = if is_best {
            20.0
        } else if level < 6 {
            1.0
        } else {
            0.5
        };
    }
    let sum: f64 = shares.iter().sum();
    shares.map(|share| if sum > 0.0 { share / sum } else { 0.0 })
}

/// The median of the lessons that could measure a level; a slot that none could says nothing.
fn medians(slots: &[Slot], u: &[Shares], lessons: &[Lesson]) -> Vec<Shares> {
    let partner = |slot: usize| {
        let crossed = slots[slot].levels.len() == 9;
        let is_first = matches!(slots[slot].frequent, Field::Family | Field::Street);
        crossed.then_some(if is_first { slot + 1 } else { slot - 1 })
    };
    let median = |slot: usize, level: usize| {
        let needs = CROSSED_LEVELS.contains(&level).then(|| partner(slot)).flatten();
        let could =
            |lesson: &&Lesson| lesson.free[slot] && needs.is_none_or(|other| lesson.free[other]);
        let mut shares: Vec<f64> =
            lessons.iter().filter(could).map(|lesson| lesson.m[slot][level]).collect();
        shares.sort_unstable_by(f64::total_cmp);
        let middle = shares.len() / 2;
        match shares.len() {
            0 => None,
            n if n % 2 == 1 => Some(shares[middle]),
            _ => Some((shares[middle - 1] + shares[middle]) / 2.0),
        }
    };
    (0..slots.len())
        .map(|slot| {
            let mut shares = [0.0; N_LEVELS];
            for level in (1..=slots[slot].levels.len()).filter(|&level| u[slot][level] > 0.0) {
                shares[level] = median(slot, level).unwrap_or(u[slot][level]);
            }
            let sum: f64 = shares.iter().sum();
            let scaled =
                |share: f64| if share > 0.0 { (share / sum).max(LEAST_SHARE) } else { 0.0 };
            shares.map(scaled)
        })
        .collect()
}

/// How many pairs are one person's: those that agree in names and birth date, over the share of its
/// pairs in which a person's records do; without names, those expected in the best rule's blocks.
fn prior(slots: &[Slot], m: &[Shares], n_sure: f64, lessons: &[Lesson]) -> f64 {
    let exact = |field| slot_of(slots, field).map_or(1.0, |slot| m[slot][1]);
    let recall: f64 = [Field::Family, Field::Given, Field::Birth].map(exact).iter().product();
    if n_sure > 0.0 && recall > 0.0 {
        return n_sure / recall;
    }
    lessons.iter().map(|lesson| lesson.n_matches).fold(0.0, f64::max)
}

/// How many pairs live under one roof and are two people, and the shares of their levels.
///
/// Who agree in postcode and house and in neither given name nor birth date are such a pair. Who are far
/// apart in their given names show how often two people under one roof share a birth date (twins do),
/// who are far apart in their births how often they share a given name (father and son do); what
/// one person's slips add to both is taken off.
fn under_one_roof(
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
