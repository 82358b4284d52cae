//! From weighed pairs to joins, the surest first.
//!
//! Two trusted numbers never meet, nor do two identities of a feed in which each person appears once.
//! Who fits two numbered persons about as well is joined with neither. Two groups are not joined over
//! one bridge that most of their pairs speak against.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison::{Slot, level};
use super::model::Model;
use super::rest::join_rest;
use super::score::{Edge, Scale, Weight, probability_of, weight_of};
use super::settings::Weighed;
use crate::link::clusters::Clusters;
use crate::link::step::Step;

/// Members of a group that are looked at before it is joined with another.
const MEMBERS: usize = 4;

/// What the step did.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    /// Clusters joined to another.
    pub(crate) n_joined: u64,
    /// Clusters joined to another among what was left of feeds in which each person appears once.
    pub(crate) n_of_rest: u64,
    /// Clusters that fit several persons, and how many identities they had.
    pub(crate) ambiguous: Vec<(u32, u32)>,
    /// Clusters with a potential match, and how many identities they had.
    pub(crate) potential: Vec<(u32, u32)>,
    /// Rows by themselves that somebody alike in all they have would be linked with.
    pub(crate) recognisable: BTreeSet<u32>,
    /// Blocks that were too large even when split.
    pub(crate) n_oversize: u64,
    /// By row: the pair that it was linked by.
    pub(crate) evidence: BTreeMap<u32, Evidence>,
    /// The model.
    pub(crate) model: Option<Model>,
    /// The slots that the levels of the evidence are about.
    pub(crate) slots: Vec<Slot>,
}

/// The pair by which a row was linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) weight: Weight,
    /// The level of each slot, 0 where a side lacks the field.
    pub(crate) levels: Vec<u8>,
}

impl Evidence {
    /// Bits that speak for the link.
    pub(crate) fn bits(&self) -> f64 {
        f64::from(self.weight) / 1000.0
    }

    /// The probability of the link.
    pub(crate) fn probability(&self) -> f64 {
        probability_of(self.weight)
    }
}

/// The persons that a cluster fits best, by representative: each with the weight of the surest pair
/// and that of the surest with a rival. No two of them are rivals.
#[derive(Debug, Clone, Default)]
struct Leaders(Vec<Leader>);

#[derive(Debug, Clone, Copy)]
struct Leader {
    root: u32,
    best: Weight,
    next: Option<Weight>,
}

impl Leaders {
    fn see(&mut self, clusters: &Clusters, weight: Weight, root: u32) {
        if self.0.iter().any(|leader| leader.root == root) {
            return;
        }
        // Edges come the surest first: the first of a rival is the next.
        match self.0.iter_mut().find(|leader| are_rivals(clusters, leader.root, root)) {
            Some(leader) => leader.next = leader.next.or(Some(weight)),
            None => self.0.push(Leader { root, best: weight, next: None }),
        }
    }

    fn is_in_doubt(&self, advantage: Weight) -> bool {
        let is_close = |leader: &Leader| leader.next.is_some_and(|n| leader.best - n < advantage);
        self.0.iter().any(is_close)
    }
}

/// Whether who is joined with one of two persons can never be the other: two numbers, or two who are
/// kept apart. That both appear in a feed in which each person appears once makes no rivals of them:
/// there the surest pair wins.
fn are_rivals(clusters: &Clusters, one: u32, other: u32) -> bool {
    clusters.numbers_differ(one, other) || clusters.kept_apart(one, other)
}

/// Whether anybody may be a rival of this person.
fn contends(clusters: &Clusters, root: u32) -> bool {
    clusters.number(root) != 0 || clusters.is_barred(root)
}

pub(crate) fn assign(
    clusters: &mut Clusters,
    settings: &Weighed,
    scale: &Scale<'_>,
    (edges, n_oversize): (Vec<Edge>, u64),
    model: Model,
) -> Decided {
    let least = weight_of(settings.probability);
    let advantage = settings.least_advantage();
    let leaders = leaders(clusters, &edges);
    let in_doubt: BTreeSet<u32> = leaders
        .iter()
        .filter(|(_, leaders)| leaders.is_in_doubt(advantage))
        .map(|(&root, _)| root)
        .collect();
    let mut decided = Decided {
        slots: scale.comparisons.slots.clone(),
        n_oversize,
        ambiguous: in_doubt.iter().map(|&root| (root, clusters.size(root))).collect(),
        ..Decided::default()
    };
    let original: BTreeMap<u32, u32> = edges
        .iter()
        .flat_map(|edge| [edge.left, edge.right])
        .map(|row| (row, clusters.root(row)))
        .collect();
    for edge in &edges {
        let weight = edge.weight.0;
        let roots = [original[&edge.left], original[&edge.right]];
        if weight < least {
            decided.note_potential(clusters, &roots);
        } else if roots.iter().all(|root| {
            let other = if *root == roots[0] { roots[1] } else { roots[0] };
            suits(clusters, (&leaders, &in_doubt), *root, other)
        }) && !is_bridge(clusters, scale, edge)
        {
            decided.join(clusters, scale, [edge.left, edge.right], weight, Step::Weighed);
        }
    }
    join_rest(clusters, settings, scale, &model, &mut decided);
    decided.model = Some(model);
    let alone = (0..scale.rows.n_rows()).filter(|&row| clusters.size(row) == 1);
    decided.recognisable = alone.filter(|&row| scale.weight(row, row) >= least).collect();
    decided.potential.sort_unstable();
    decided.potential.dedup();
    decided
}

fn leaders(clusters: &Clusters, edges: &[Edge]) -> BTreeMap<u32, Leaders> {
    let mut leaders: BTreeMap<u32, Leaders> = BTreeMap::new();
    for edge in edges {
        let (left, right) = (clusters.root(edge.left), clusters.root(edge.right));
        for (root, other) in [(left, right), (right, left)] {
            if contends(clusters, other) && clusters.could_meet(root, other) {
                leaders.entry(root).or_default().see(clusters, edge.weight.0, other);
            }
        }
    }
    leaders
}

/// Whether a cluster may be joined with another, as far as rivals of the other are concerned.
fn suits(
    clusters: &Clusters,
    (leaders, in_doubt): (&BTreeMap<u32, Leaders>, &BTreeSet<u32>),
    root: u32,
    other: u32,
) -> bool {
    let Some(Leaders(leaders)) = leaders.get(&root) else { return true };
    !contends(clusters, other)
        || (!in_doubt.contains(&root)
            && !leaders.iter().any(|leader| are_rivals(clusters, leader.root, other)))
}

/// Whether two groups hang together by this pair alone, while most of their pairs speak against it.
pub(crate) fn is_bridge(clusters: &Clusters, scale: &Scale<'_>, edge: &Edge) -> bool {
    let (left, right) = (edge.left, edge.right);
    if clusters.size(left) < 2
        || clusters.size(right) < 2
        || clusters.root(left) == clusters.root(right)
    {
        return false;
    }
    let pairs = clusters
        .members(left)
        .take(MEMBERS)
        .flat_map(|one| clusters.members(right).take(MEMBERS).map(move |other| (one, other)));
    let weights: Vec<Weight> = pairs.map(|(one, other)| scale.weight(one, other)).collect();
    let n_for = weights.iter().filter(|&&weight| weight > 0).count();
    n_for * 2 < weights.len()
}

impl Decided {
    /// The levels of a pair in words; a field that one side lacks is left out.
    pub(crate) fn words(&self, evidence: &Evidence) -> String {
        let word = |(slot, &level): (&Slot, &u8)| {
            let at = usize::from(level).checked_sub(1)?;
            Some(format!("{}: {}", slot.name, slot.levels.get(at)?))
        };
        let words: Vec<String> = self.slots.iter().zip(&evidence.levels).filter_map(word).collect();
        words.join("; ")
    }

    fn note_potential(&mut self, clusters: &Clusters, roots: &[u32; 2]) {
        for &root in roots {
            self.potential.push((clusters.root(root), clusters.size(root)));
        }
    }

    /// Joins the clusters of two rows, and keeps the pair as evidence for those whom the step explains.
    pub(super) fn join(
        &mut self,
        clusters: &mut Clusters,
        scale: &Scale<'_>,
        [left, right]: [u32; 2],
        weight: Weight,
        step: Step,
    ) {
        let members: Vec<u32> = clusters.members(left).chain(clusters.members(right)).collect();
        if !clusters.join(left, right, step) {
            return;
        }
        match step {
            Step::Rest => self.n_of_rest += 1,
            _ => self.n_joined += 1,
        }
        let pattern = scale.weigh(scale.rows.row(left), scale.rows.row(right)).0;
        let level = |slot| u8::try_from(level(pattern, slot)).unwrap_or_default();
        let levels: Vec<u8> = (0..self.slots.len()).map(level).collect();
        for row in members {
            if clusters.step(row) == Some(step) && !self.evidence.contains_key(&row) {
                self.evidence.insert(row, Evidence { weight, levels: levels.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;

    /// Whether row 0 is in doubt between rows 1 and 2, a bit apart where four are asked for.
    fn is_in_doubt(numbers: [u32; 3], are_parted: bool) -> bool {
        let mut clusters = Clusters::new(numbers.to_vec());
        if are_parted {
            clusters.keep_apart(1, 2);
        }
        let edge = |weight, right| Edge { weight: Reverse(weight), left: 0, right };
        let leaders = leaders(&clusters, &[edge(20_000, 1), edge(19_000, 2)]);
        leaders.get(&0).is_some_and(|leaders| leaders.is_in_doubt(4_000))
    }

    #[test]
    fn two_who_are_kept_apart_are_rivals_with_one_number_and_without() {
        assert!(is_in_doubt([0, 5, 6], false), "two numbers");
        assert!(is_in_doubt([0, 5, 5], true), "one number");
        assert!(is_in_doubt([0, 0, 0], true), "no number");
        assert!(is_in_doubt([0, 5, 0], true), "a number and none");
    }

    #[test]
    fn who_could_meet_are_no_rivals() {
        for numbers in [[0, 0, 0], [0, 5, 5], [0, 5, 0]] {
            assert!(!is_in_doubt(numbers, false), "{numbers:?}");
        }
    }
}
