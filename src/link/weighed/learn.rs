//! What levels are worth among one person's pairs: expectation–maximisation on the counts of patterns in
//! the blocks of each rule on names and birth, with the rule's own fields left out; the median over the
//! rules counts. (Fellegi and Sunter 1969; Winkler 2000.)

use super::comparison::{CROSSED_LEVELS, N_LEVELS, Pattern, SAME_HOME, Slot, level, slot_of};
use super::estimate::Counts;
use super::model::Shares;
use super::settings::Rule;
use crate::link::field::Field;

/// Steps of expectation and maximisation at most.
const N_STEPS: usize = 25;
/// A step that changes no share by more ends it.
const TOLERANCE: f64 = 1e-4;
/// A rule in whose blocks fewer pairs are expected to be one person's teaches nothing.
pub(crate) const LEAST_PAIRS: f64 = 100.0;
/// In what one person's pairs have alike, names and birth date, fewer than this cannot be the same: what was
/// learned is another class, such as neighbours.
const LEAST_SAME: f64 = 0.4;
/// A rule in whose blocks this many times more pairs are taken for one person's than there can be in all
/// learned another class.
const MOST_PAIRS: f64 = 1.5;
/// A share below this is taken for it: an agreement that was never seen is not impossible.
const LEAST_SHARE: f64 = 1e-5;
/// What the blocks of one rule taught.
pub(crate) struct Lesson {
    m: Vec<Shares>,
    /// Slots that the rule's own fields leave free.
    free: Vec<bool>,
    /// Pairs that are expected to be one person's, in all of the rule's blocks.
    n_matches: f64,
}

/// Expectation–maximisation of both classes. Who share a rule's fields without being one person are no
/// random strangers (people of one given name are nearly all of one sex), so that their shares are learned
/// too, though they count for nothing outside the rule.
pub(crate) fn learn(
    rule: &Rule,
    slots: &[Slot],
    u: &[Shares],
    (counts, one_in): (Counts, u64),
) -> Option<Lesson> {
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
    let is_enough = n_matches >= LEAST_PAIRS;
    is_enough.then_some(Lesson { m, free, n_matches: n_matches * one_in as f64 })
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

/// Leaves out the lessons that are about another class than one person's pairs.
pub(crate) fn credible(
    slots: &[Slot],
    u: &[Shares],
    mut lessons: Vec<Lesson>,
    n_sure: f64,
) -> Vec<Lesson> {
    let tells = [Field::Family, Field::Given, Field::Birth].map(|field| slot_of(slots, field));
    lessons.retain(|lesson| {
        let free = tells.iter().flatten().filter(|&&slot| lesson.free[slot]);
        free.copied().all(|slot| u[slot][1] == 0.0 || lesson.m[slot][1] >= LEAST_SAME)
    });
    if n_sure > 0.0 {
        let n_in_all = prior(slots, &medians(slots, u, &lessons), n_sure, &lessons);
        lessons.retain(|lesson| lesson.n_matches <= MOST_PAIRS * n_in_all);
    }
    lessons
}

/// The median of the lessons that could measure a level; a slot that none could says nothing.
pub(crate) fn medians(slots: &[Slot], u: &[Shares], lessons: &[Lesson]) -> Vec<Shares> {
    let partner = |slot: usize| {
        let crossed = slots[slot].has_partner();
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
pub(crate) fn prior(slots: &[Slot], m: &[Shares], n_sure: f64, lessons: &[Lesson]) -> f64 {
    let exact = |field| slot_of(slots, field).map_or(1.0, |slot| m[slot][1]);
    let recall: f64 = [Field::Family, Field::Given, Field::Birth].map(exact).iter().product();
    if n_sure > 0.0 && recall > 0.0 {
        return n_sure / recall;
    }
    lessons.iter().map(|lesson| lesson.n_matches).fold(0.0, f64::max)
}
