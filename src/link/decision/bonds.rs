//! Decisions carried out on clusters: what is kept apart before anything is joined, and what is joined
//! after the steps that a trusted number proves.

use std::collections::{BTreeMap, BTreeSet};

use super::{DecidedPair, DecisionCounts, Verdict};
use crate::link::clusters::Clusters;
use crate::link::identities::Identities;
use crate::link::step::Step;

/// Tonight's decisions by rows.
#[derive(Debug, Default)]
pub(crate) struct Bonds {
    same: Vec<Bond>,
    different: Vec<Bond>,
    gone_lines: Vec<u64>,
    gone_different_lines: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bond {
    rows: (u32, u32),
    line: u64,
}

impl Bonds {
    pub(crate) fn of(decided: &[DecidedPair], identities: &Identities) -> Self {
        let mut bonds = Self::default();
        if decided.is_empty() {
            return bonds;
        }
        let wanted: BTreeSet<i64> =
            decided.iter().filter_map(|one| one.identities).flatten().collect();
        let mut rows = BTreeMap::new();
        for (row, id) in identities.rows().zip(identities.ids()) {
            if wanted.contains(id) {
                rows.entry(*id).or_insert(row);
            }
        }
        for &DecidedPair { line, verdict, identities } in decided {
            let row = |id| rows.get(&id).copied();
            match identities.and_then(|[one, other]| Some((row(one)?, row(other)?))) {
                Some((one, other)) => {
                    let bond = Bond { rows: (one.min(other), one.max(other)), line };
                    match verdict {
                        Verdict::Same => bonds.same.push(bond),
                        Verdict::Different => bonds.different.push(bond),
                    }
                }
                None => {
                    bonds.gone_lines.push(line);
                    if verdict == Verdict::Different {
                        bonds.gone_different_lines.push(line);
                    }
                }
            }
        }
        bonds.same.sort_unstable();
        bonds.different.sort_unstable();
        bonds
    }

    /// The rows of which it is decided that they are two people's.
    pub(crate) fn different(&self) -> impl Iterator<Item = (u32, u32)> {
        self.different.iter().map(|bond| bond.rows)
    }

    /// Forbids that the two of a pair ever meet. It comes before any join.
    pub(crate) fn keep_apart(&self, clusters: &mut Clusters) {
        for (one, other) in self.different() {
            clusters.keep_apart(one, other);
        }
    }

    /// Joins the pairs that are one person's; says how many clusters were joined, and the lines that
    /// were refused.
    ///
    /// Pairs that hang together stand or fall together: where they would join two trusted numbers, or
    /// two whom another decision keeps apart, none of them tells who is meant. So nothing hangs on
    /// their order.
    pub(crate) fn join(&self, clusters: &mut Clusters) -> (u64, Vec<u64>) {
        let groups = Groups::of(&self.same, clusters);
        let refused: BTreeSet<u32> = groups.refused(&self.different, clusters);
        let (mut n_joined, mut refused_lines) = (0, Vec::new());
        for bond in &self.same {
            if refused.contains(&groups.group(clusters.root(bond.rows.0))) {
                refused_lines.push(bond.line);
            } else {
                n_joined += u64::from(clusters.join(bond.rows.0, bond.rows.1, Step::Decided));
            }
        }
        refused_lines.sort_unstable();
        (n_joined, refused_lines)
    }

    /// What became of them, given the lines that were refused.
    pub(crate) fn counts(
        &self,
        decided: &[DecidedPair],
        refused_lines: Vec<u64>,
    ) -> DecisionCounts {
        let of = |verdict| decided.iter().filter(|one| one.verdict == verdict).count() as u64;
        let n_here = self.same.len() + self.different.len();
        DecisionCounts {
            n_same: of(Verdict::Same),
            n_different: of(Verdict::Different),
            n_applied: (n_here - refused_lines.len()) as u64,
            gone_lines: self.gone_lines.clone(),
            gone_different_lines: self.gone_different_lines.clone(),
            refused_lines,
        }
    }
}

/// Clusters that hang together by decisions, by their representatives as they are now.
struct Groups {
    of: BTreeMap<u32, u32>,
}

impl Groups {
    fn of(same: &[Bond], clusters: &Clusters) -> Self {
        let mut groups = Self { of: BTreeMap::new() };
        for bond in same {
            let (one, other) = (clusters.root(bond.rows.0), clusters.root(bond.rows.1));
            let (one, other) = (groups.group(one), groups.group(other));
            for group in [one, other] {
                groups.of.entry(group).or_insert(group);
            }
            groups.of.insert(one.max(other), one.min(other));
        }
        groups
    }

    /// The group of a representative: its smallest one; of no group, itself.
    fn group(&self, mut root: u32) -> u32 {
        while let Some(&next) = self.of.get(&root).filter(|next| **next != root) {
            root = next;
        }
        root
    }

    /// The groups that hold two trusted numbers, or two who are kept apart.
    fn refused(&self, different: &[Bond], clusters: &Clusters) -> BTreeSet<u32> {
        let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
        let mut refused = BTreeSet::new();
        for &root in self.of.keys() {
            let number = clusters.number(root);
            if number != 0 && *numbers.entry(self.group(root)).or_insert(number) != number {
                refused.insert(self.group(root));
            }
        }
        for bond in different {
            let [one, other] = [bond.rows.0, bond.rows.1].map(|row| self.group(clusters.root(row)));
            if one == other {
                refused.insert(one);
            }
        }
        refused
    }
}
