//! Superseded NHS numbers: which number stands for which.

use std::collections::BTreeMap;

use super::field::Field;
use super::identities::Identities;

/// The number that each identity stands for: its own, or the successor of its own.
///
/// Only the supplied pairs count. A chain is followed to its end; a circle, or a number with two
/// successors, is not followed at all, since it cannot be told who is meant.
pub(crate) fn present_numbers(identities: &Identities, pairs: &[(u64, u64)]) -> Vec<u32> {
    let successor = unequivocal(pairs);
    let mut fresh = BTreeMap::new();
    let mut code_of = |token: u64| {
        identities.numbers().code(token).unwrap_or_else(|| {
            let next = identities.numbers().len() + fresh.len() + 1;
            *fresh
                .entry(token)
                .or_insert_with(|| u32::try_from(next).expect("fewer than 2^31 numbers"))
        })
    };
    let mut present = BTreeMap::new();
    for &old in successor.keys() {
        if let (Some(code), Some(last)) = (identities.numbers().code(old), last(&successor, old)) {
            present.insert(code, code_of(last));
        }
    }
    let now = |&code: &u32| present.get(&code).copied().unwrap_or(code);
    identities.column(Field::Nhs).iter().map(now).collect()
}

/// What each of the first stands for, where it stands for one thing.
pub(super) fn unequivocal(pairs: &[(u64, u64)]) -> BTreeMap<u64, u64> {
    let mut successors: BTreeMap<u64, Option<u64>> = BTreeMap::new();
    for &(old, new) in pairs.iter().filter(|(old, new)| old != new && *old != 0 && *new != 0) {
        let known = successors.entry(old).or_insert(Some(new));
        if *known != Some(new) {
            *known = None;
        }
    }
    successors.into_iter().filter_map(|(old, new)| Some((old, new?))).collect()
}

fn last(successor: &BTreeMap<u64, u64>, old: u64) -> Option<u64> {
    let mut at = old;
    for _ in 0..=successor.len() {
        match successor.get(&at) {
            Some(&next) => at = next,
            None => return Some(at),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::{identities, token};

    #[test]
    fn a_chain_is_followed_to_its_end_and_a_circle_or_fork_not_at_all() {
        let identities =
            identities(&["1 nhs=a", "2 nhs=b", "3 nhs=c", "4 nhs=x", "5 nhs=y", "6 nhs=f"]);
        let pair = |old, new| (token("nhs", old), token("nhs", new));
        let pairs = [
            pair("a", "b"),
            pair("b", "c"),
            pair("x", "y"),
            pair("y", "x"),
            pair("f", "a"),
            pair("f", "x"),
        ];
        let own = identities.column(Field::Nhs);
        let present = present_numbers(&identities, &pairs);
        assert_eq!(present, [own[2], own[2], own[2], own[3], own[4], own[5]]);
    }

    #[test]
    fn two_numbers_with_a_successor_that_nobody_carries_stand_for_the_same() {
        let identities = identities(&["1 nhs=a", "2 nhs=b"]);
        let pairs =
            [("a", "z"), ("b", "z")].map(|(old, new)| (token("nhs", old), token("nhs", new)));
        let present = present_numbers(&identities, &pairs);
        assert_eq!(present[0], present[1]);
        assert!(!identities.column(Field::Nhs).contains(&present[0]));
    }
}
