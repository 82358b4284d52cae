//! Why two clusters cannot be one person, beyond what the key that brings them together says.

use super::clusters::Clusters;
use super::compare::{Agreement, BirthAgreement, Pair};
use super::field::Field;
use super::identities::Identities;
use super::key::Guard;

/// Judges pairs of clusters, each known by all its identities.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exclusion<'a> {
    pub(crate) identities: &'a Identities,
    pub(crate) clusters: &'a Clusters,
    pub(crate) guards: &'static [Guard],
}

impl Exclusion<'_> {
    /// Whether the clusters exclude each other.
    pub(crate) fn excludes(&self, left: u32, right: u32) -> bool {
        self.clusters.numbers_differ(left, right)
            || self.clusters.kept_apart(left, right)
            || self.clusters.appear_twice(left, right)
            || self.guards.iter().any(|&guard| self.contradict(guard, left, right))
    }

    fn contradict(&self, guard: Guard, left: u32, right: u32) -> bool {
        match guard {
            Guard::Sex => {
                self.best(left, right, |pair| pair.field(Field::Sex)) == Agreement::Differ
            }
            Guard::Names => self.names_contradict(left, right),
            Guard::BirthAndNames => {
                self.best(left, right, birth) == Agreement::Differ
                    && match self.best(left, right, names) {
                        Agreement::Agree => false,
                        Agreement::Differ => true,
                        // Who comes under a pseudonym has no name, and a month of birth alone.
                        Agreement::Missing => {
                            self.best(left, right, |pair| pair.coarse_birth()) == Agreement::Differ
                        }
                    }
            }
        }
    }

    fn names_contradict(&self, left: u32, right: u32) -> bool {
        match self.best(left, right, given) {
            Agreement::Agree => false,
            Agreement::Differ => true,
            Agreement::Missing => self.best(left, right, |pair| pair.family()) == Agreement::Differ,
        }
    }

    /// The best that any identity of one says of any identity of the other.
    pub(crate) fn best(
        &self,
        left: u32,
        right: u32,
        compare: impl Fn(Pair) -> Agreement,
    ) -> Agreement {
        let mut best = Agreement::Missing;
        for one in self.clusters.members(left) {
            for other in self.clusters.members(right) {
                match compare(Pair::new(self.identities, one, other)) {
                    Agreement::Agree => return Agreement::Agree,
                    Agreement::Differ => best = Agreement::Differ,
                    Agreement::Missing => {}
                }
            }
        }
        best
    }
}

fn birth(pair: Pair) -> Agreement {
    match pair.birth() {
        BirthAgreement::Agree | BirthAgreement::Partial => Agreement::Agree,
        BirthAgreement::Conflict => Agreement::Differ,
        BirthAgreement::Missing => Agreement::Missing,
    }
}

fn given(pair: Pair) -> Agreement {
    pair.given().or(pair.field(Field::GivenInitial))
}

fn names(pair: Pair) -> Agreement {
    match (pair.a_name_agrees(), pair.names_conflict()) {
        (true, _) => Agreement::Agree,
        (false, true) => Agreement::Differ,
        (false, false) => given(pair),
    }
}
