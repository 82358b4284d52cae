//! The forms of one number of which reviewers have parted some.
//!
//! Who fits two persons that are kept apart is given to neither. Forms that fit the same two may still
//! be one person among themselves. Nothing hangs on the order of identities.

use std::collections::{BTreeMap, BTreeSet};

use super::clusters::Clusters;
use super::step::Step;

type Neighbours = BTreeMap<u32, BTreeSet<u32>>;

/// Joins pairs that are one person's, the surest step first; returns the clusters that fit two persons.
pub(crate) fn join_parted(clusters: &mut Clusters, same: &[(Step, u32, u32)]) -> Vec<u32> {
    let steps: BTreeSet<Step> = same.iter().map(|&(step, ..)| step).collect();
    let mut in_doubt = BTreeSet::new();
    for step in steps {
        // Who was in doubt by a surer step is so by this one, too.
        let mut neighbours = Neighbours::new();
        for &(_, left, right) in same.iter().filter(|pair| pair.0 <= step) {
            let (left, right) = (clusters.root(left), clusters.root(right));
            if clusters.could_meet(left, right) {
                neighbours.entry(left).or_default().insert(right);
                neighbours.entry(right).or_default().insert(left);
            }
        }
        let mut settled = Settled { clusters, joins: Vec::new(), in_doubt: BTreeSet::new() };
        settled.settle(&neighbours, &neighbours.keys().copied().collect());
        let Settled { joins, in_doubt: doubtful, .. } = settled;
        for (left, right) in joins {
            clusters.join(left, right, step);
        }
        in_doubt = doubtful;
    }
    let roots: BTreeSet<u32> = in_doubt.into_iter().map(|row| clusters.root(row)).collect();
    roots.into_iter().collect()
}

struct Settled<'a> {
    clusters: &'a Clusters,
    joins: Vec<(u32, u32)>,
    in_doubt: BTreeSet<u32>,
}

impl Settled<'_> {
    fn settle(&mut self, neighbours: &Neighbours, nodes: &BTreeSet<u32>) {
        let n_nodes = nodes.len();
        let fits_two = |node: &u32| {
            let near = neighbours.get(node).into_iter().flatten().copied();
            self.are_parted(near.filter(|other| nodes.contains(other)))
        };
        let (torn, sure): (BTreeSet<u32>, BTreeSet<u32>) =
            nodes.iter().copied().partition(fits_two);
        self.in_doubt.extend(&torn);
        for component in components(neighbours, sure) {
            if self.are_parted(component.iter().copied()) {
                self.in_doubt.extend(component);
            } else {
                self.joins.extend(component.windows(2).map(|pair| (pair[0], pair[1])));
            }
        }
        if !torn.is_empty() && torn.len() < n_nodes {
            self.settle(neighbours, &torn);
        }
    }

    /// Whether two of the clusters are kept apart.
    fn are_parted(&self, clusters: impl Iterator<Item = u32>) -> bool {
        let barred: Vec<u32> = clusters.filter(|&root| self.clusters.is_barred(root)).collect();
        barred.iter().enumerate().any(|(at, &one)| {
            barred[at + 1..].iter().any(|&other| self.clusters.kept_apart(one, other))
        })
    }
}

/// The nodes that hang together.
fn components(neighbours: &Neighbours, mut nodes: BTreeSet<u32>) -> Vec<Vec<u32>> {
    let mut components = Vec::new();
    while let Some(first) = nodes.pop_first() {
        let mut component = vec![first];
        let mut at = 0;
        while let Some(node) = component.get(at) {
            let near = neighbours.get(node).into_iter().flatten();
            let new: Vec<u32> = near.copied().filter(|other| nodes.remove(other)).collect();
            component.extend(new);
            at += 1;
        }
        components.push(component);
    }
    components
}
