//! Superseded NHS numbers: which number stands for which.

use std::collections::BTreeMap;

use super::field::Field;
use super::identities::Identities;

/// The number that each identity stands for: its own, or the successor of its own.
///
/// Only the supplied pairs count. A chain is followed to its end; a circle, or a number with two
/// successors, is not followed at all, since it cannot be told who is meant.
pub(crate) fn present_numbers(identities: &Identities, pairs: &[(u64, u64)]) -> Vec<u32> {
    let successors = Successors::of(pairs);
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
    for (old, last) in successors.pairs() {
        if let Some(code) = identities.numbers().code(old) {
            present.insert(code, code_of(last));
        }
    }
    let now = |&code: &u32| present.get(&code).copied().unwrap_or(code);
    identities.column(Field::Nhs).iter().map(now).collect()
}

/// Which number stands for each that is superseded.
pub(super) struct Successors {
    last: BTreeMap<u64, u64>,
    former: BTreeMap<u64, Vec<u64>>,
}

impl Successors {
    pub(super) fn of(pairs: &[(u64, u64)]) -> Self {
        let next = unequivocal(pairs);
        let mut last_of = BTreeMap::new();
        let mut former: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for &old in next.keys() {
            if let Some(last) = last(&next, old) {
                last_of.insert(old, last);
                former.entry(last).or_default().push(old);
            }
        }
        Self { last: last_of, former }
    }

    /// Superseded numbers, each with the one that stands for it.
    fn pairs(&self) -> impl Iterator<Item = (u64, u64)> {
        self.last.iter().map(|(old, last)| (*old, *last))
    }

    /// The number that stands for this one, be it the same.
    pub(super) fn last(&self, number: u64) -> u64 {
        self.last.get(&number).copied().unwrap_or(number)
    }

    /// A number with those for which it stands.
    pub(super) fn with_former(&self, number: u64) -> Vec<u64> {
        let former = self.former.get(&number).into_iter().flatten();
        std::iter::once(number).chain(former.copied()).collect()
    }
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
