//! What speaks for a pair and what stands in its way, in words.

use std::collections::BTreeSet;

use super::explain::Explained;
use super::queue::values;
use super::whole_bits;
use crate::link::compare::Pair;
use crate::link::decision::Verdict;
use crate::link::exclusion::Exclusion;
use crate::link::key::{KEYS, LOCAL};
use crate::link::number::{Bearing, bearing};
use crate::link::step::{Status, Step};
use crate::link::weighed::{Edge, Weight, edges, weight_of};

impl Explained<'_> {
    /// The steps that the pair by itself would be joined by, each with what holds it back.
    pub(super) fn steps(&self) -> Vec<String> {
        let mut steps: Vec<String> = self.by_number().into_iter().collect();
        steps.extend(
            self.by_decision(Verdict::Same).map(|line| format!("d: `same` in line {line}")),
        );
        for key in std::iter::once(&LOCAL).chain(&KEYS) {
            steps.extend(self.by_key(key.step));
        }
        let weighed = &self.settings.weighed;
        if let Some(weight) = self.weight().filter(|&w| w >= weight_of(weighed.probability)) {
            steps.push(format!("6: {} bits reach the threshold", whole_bits(weight)));
        }
        steps.dedup();
        steps
    }

    fn bearing(&self) -> Option<Bearing> {
        let (left, right) = self.pair;
        let number = |row: u32| self.standing.present[row as usize];
        let is_one = number(left) != 0 && number(left) == number(right);
        is_one.then(|| bearing(Pair::new(self.standing.identities, left, right)))
    }

    fn by_number(&self) -> Option<String> {
        Some(match self.bearing()? {
            Bearing::Same(step) => format!("{}: one NHS number", step.label()),
            Bearing::Strangers => {
                "one NHS number, but birth date and names are unlike: a conflict".to_owned()
            }
            Bearing::Unclear => "one NHS number, and too little else to go by".to_owned(),
        })
    }

    /// The lines that decide of this very pair.
    fn by_decision(&self, verdict: Verdict) -> impl Iterator<Item = u64> {
        let ids = self.standing.identities.ids();
        let pair = [ids[self.pair.0 as usize], ids[self.pair.1 as usize]];
        let is_of =
            move |identities: [i64; 2]| identities == pair || identities == [pair[1], pair[0]];
        let decided = self.standing.decided.iter();
        decided
            .filter(move |one| one.verdict == verdict && one.identities.is_some_and(is_of))
            .map(|one| one.line)
    }

    /// An exact key that both have the same value of.
    fn by_key(&self, step: Step) -> Option<String> {
        let key = std::iter::once(&LOCAL)
            .chain(&KEYS)
            .find(|key| key.step == step && !self.shared(key).is_empty())?;
        let (standing, (left, right)) = (self.standing, self.pair);
        let identities = standing.identities;
        let exclusion = Exclusion { identities, clusters: &standing.clusters, guards: key.guards };
        let what = match step {
            Step::Local => "one local id",
            _ => "an exact key of demographics",
        };
        let label = step.label();
        let root = |row| standing.clusters.root(row);
        if root(left) != root(right) && exclusion.excludes(left, right) {
            return Some(format!("{label}: {what}, but the two exclude each other"));
        }
        let shared = self.shared(key);
        let has = |row: &u32| values(identities, key, *row).iter().any(|v| shared.contains(v));
        let persons: BTreeSet<u32> = identities.rows().filter(has).map(root).collect();
        Some(match persons.len() {
            0..=2 => format!("{label}: {what}"),
            n => format!("{label}: {what}, which {n} persons have"),
        })
    }

    fn shared(&self, key: &crate::link::key::Key) -> BTreeSet<Vec<u32>> {
        let of = |row| -> BTreeSet<Vec<u32>> {
            values(self.standing.identities, key, row).into_iter().collect()
        };
        of(self.pair.0).intersection(&of(self.pair.1)).cloned().collect()
    }

    /// Why the two are one person or are not.
    pub(super) fn reasons(&self) -> Vec<String> {
        let (left, right) = self.pair;
        let clusters = &self.standing.clusters;
        if clusters.root(left) == clusters.root(right) {
            return self.why_one();
        }
        let mut reasons = Vec::new();
        if clusters.numbers_differ(left, right) {
            reasons.push("two different trusted NHS numbers: never one person".to_owned());
        }
        for line in self.standing.parted_by(left, right) {
            reasons.push(format!("`different` in line {line} of the decisions keeps them apart"));
        }
        for line in self.by_decision(Verdict::Same) {
            reasons.push(format!(
                "`same` in line {line} of the decisions holds from the next night, unless it is refused"
            ));
        }
        if clusters.appear_twice(left, right) {
            reasons.push("both appear in a feed in which each person appears once".to_owned());
        }
        for row in [left, right] {
            match self.standing.statuses[row as usize] {
                word if word == Status::TooLittleData.word() => {
                    reasons.push("one of them carries too little to be anybody".to_owned());
                }
                word if word == Status::Conflict.word() => {
                    reasons.push("one of them bears a number that is somebody else's".to_owned());
                }
                _ => {}
            }
        }
        if clusters.could_meet(left, right) {
            reasons.extend(self.why_not_joined());
        }
        reasons.dedup();
        reasons
    }

    fn why_one(&self) -> Vec<String> {
        let (left, right) = self.pair;
        let step = |row: u32| self.standing.steps[row as usize];
        let n = self.standing.clusters.size(left);
        let mut reasons = vec![format!(
            "one person of {n} identities; joined to it by step {} and step {}",
            word(step(left)),
            word(step(right))
        )];
        if [left, right].map(step).contains(&Step::Rest.label().as_str()) {
            reasons.push(
                "6r: few were left of feeds in which each person appears once, and the pair that was \
                 joined leads before all others of them; its prior there was higher than here"
                    .to_owned(),
            );
        } else if self.steps().is_empty() {
            reasons.push("not by this pair: over further identities of the person".to_owned());
        }
        reasons
    }

    /// What of step 6 stands between two who may be joined.
    fn why_not_joined(&self) -> Vec<String> {
        let weighed = &self.settings.weighed;
        let (Some(scale), Some(weight)) = (self.scale, self.weight()) else {
            return vec![
                "nothing is weighed: step 6 is off, or has too little to learn from".into(),
            ];
        };
        let (least, potential) = (weight_of(weighed.probability), weight_of(weighed.potential));
        if weight < potential {
            return vec![format!(
                "probability below {}: not even a potential match",
                weighed.potential
            )];
        }
        let mut reasons = Vec::new();
        if weight < least {
            reasons.push(format!(
                "probability below {}: a potential match, and no link",
                weighed.probability
            ));
        }
        let clusters = &self.standing.clusters;
        let (edges, _) = edges(self.rows, clusters, weighed, scale);
        let (left, right) = self.pair;
        let is_pair = |edge: &Edge| (edge.left, edge.right) == (left.min(right), left.max(right));
        if !edges.iter().any(is_pair) {
            reasons.push(
                "no blocking rule brings the pair together, or its block is too large".to_owned(),
            );
        }
        for row in [left, right] {
            reasons.extend(self.lead(&edges, row));
        }
        if weight >= least && clusters.size(left) > 1 && clusters.size(right) > 1 {
            let members = |row| clusters.members(row).collect::<Vec<u32>>();
            let (ours, theirs) = (members(left), members(right));
            let n = ours.len() * theirs.len();
            let pairs = ours.iter().flat_map(|one| theirs.iter().map(move |other| (*one, *other)));
            let n_for = pairs.filter(|&(one, other)| scale.weight(one, other) > 0).count();
            reasons.push(format!("of {n} pairs between the two persons {n_for} speak for one"));
        }
        reasons
    }

    /// How far the best numbered person of somebody without a number leads before the next.
    fn lead(&self, edges: &[Edge], row: u32) -> Option<String> {
        let clusters = &self.standing.clusters;
        let root = clusters.root(row);
        if clusters.number(root) != 0 {
            return None;
        }
        let mut seen: Vec<(Weight, u32)> = Vec::new();
        // Edges come the surest first.
        for edge in edges {
            let (one, other) = (clusters.root(edge.left), clusters.root(edge.right));
            let number = if one == root {
                clusters.number(other)
            } else if other == root {
                clusters.number(one)
            } else {
                0
            };
            if number != 0 && seen.iter().all(|(_, known)| *known != number) {
                seen.push((edge.weight.0, number));
            }
        }
        let [(best, _), (next, _), ..] = seen.as_slice() else { return None };
        let advantage = self.settings.weighed.advantage;
        let verdict =
            if f64::from(best - next) / 1000.0 < advantage { "too little" } else { "enough" };
        Some(format!(
            "fits {} numbered persons: {} bits, then {}; {verdict} of a lead where {advantage} \
             bits are asked for",
            seen.len(),
            whole_bits(*best),
            whole_bits(*next),
        ))
    }
}

fn word(step: &str) -> &str {
    if step.is_empty() { "none" } else { step }
}
