//! What is left of two feeds in which each person appears once.
//!
//! A pair's prior is that of any pair of a city. Where nearly all rows of two such feeds have found each
//! other, it is another one for the few that have not: as many of them as links that the model expects to
//! have fallen below the threshold belong together, and a row has one other at most (Sadinle 2017 on
//! bipartite matching). They are weighed once more among themselves, with that prior and no blocking.

use std::collections::BTreeMap;

use super::assign::Decided;
use super::model::{Levels, Model};
use super::score::{Scale, Weight, millibits, weight_of};
use super::settings::Weighed;
use crate::link::clusters::Clusters;
use crate::link::step::Step;

/// Pairs that are weighed without a blocking rule: beyond them the prior is hardly another.
const MOST_PAIRS: usize = 1 << 20;

/// Joins those of the rows left over who fit each other and nobody else.
pub(crate) fn join_rest(
    clusters: &mut Clusters,
    settings: &Weighed,
    scale: &Scale<'_>,
    model: &Model,
    decided: &mut Decided,
) {
    let least = weight_of(settings.probability);
    let advantage = settings.least_advantage();
    let n_feeds = settings.one_per_feed.len();
    for (one, other) in (0..n_feeds).flat_map(|i| (i + 1..n_feeds).map(move |j| (1 << i, 1 << j))) {
        let rest = Rest::of(clusters, scale.rows.n_rows(), [one, other]);
        let Some(prior) = rest.prior(share_below(scale, model, least)) else { continue };
        let gain = prior - scale.prior;
        if gain <= 0 {
            continue;
        }
        for (weight, left, right) in rest.surest(clusters, scale, least - gain, advantage) {
            decided.join(clusters, scale, [left, right], weight + gain, Step::Rest);
        }
    }
}

/// The clusters of two feeds, by whether they have been brought together.
struct Rest {
    n_both: usize,
    left: Vec<u32>,
    right: Vec<u32>,
}

impl Rest {
    fn of(clusters: &Clusters, n_rows: u32, [one, other]: [u64; 2]) -> Self {
        let mut rest = Self { n_both: 0, left: Vec::new(), right: Vec::new() };
        for root in (0..n_rows).filter(|&row| clusters.root(row) == row) {
            match [one, other].map(|bit| clusters.feeds(root) & bit != 0) {
                [true, true] => rest.n_both += 1,
                [true, false] => rest.left.push(root),
                [false, true] => rest.right.push(root),
                [false, false] => (),
            }
        }
        rest
    }

    /// The weight that a pair of the rest has before anything is compared; `None` where nothing is left,
    /// or too much.
    ///
    /// Of the smaller side as many have their other on the larger as were missed; that at least one has
    /// none stays as likely as that one was missed, or certainty would come from files that match in full.
    #[expect(clippy::cast_precision_loss, reason = "identities are fewer than 2^31")]
    fn prior(&self, share_missed: f64) -> Option<Weight> {
        let (small, large) =
            (self.left.len().min(self.right.len()), self.left.len().max(self.right.len()));
        if small == 0 || small * large > MOST_PAIRS || share_missed >= 1.0 {
            return None;
        }
        let n_missed = self.n_both as f64 * share_missed / (1.0 - share_missed);
        let odds = n_missed / (small as f64 - n_missed).max(1.0) / large as f64;
        (odds > 0.0).then(|| millibits(odds))
    }

    /// The pairs from a weight on that lead before every other pair of either side, the surest first.
    fn surest(
        &self,
        clusters: &Clusters,
        scale: &Scale<'_>,
        least: Weight,
        advantage: Weight,
    ) -> Vec<(Weight, u32, u32)> {
        let mut pairs = Vec::new();
        for &left in &self.left {
            for &right in &self.right {
                if clusters.could_meet(left, right) {
                    pairs.push((scale.weight(left, right), left, right));
                }
            }
        }
        pairs.sort_unstable_by_key(|&(weight, left, right)| (-weight, left, right));
        let mut next: BTreeMap<u32, [Option<Weight>; 2]> = BTreeMap::new();
        for &(weight, left, right) in &pairs {
            for row in [left, right] {
                let seen = next.entry(row).or_default();
                match seen {
                    [None, _] => seen[0] = Some(weight),
                    [_, None] => seen[1] = Some(weight),
                    _ => (),
                }
            }
        }
        let leads = |weight: Weight, row: u32| match next[&row] {
            [Some(best), second] => {
                best == weight && second.is_none_or(|second| weight - second >= advantage)
            }
            _ => false,
        };
        pairs.retain(|&(weight, left, right)| {
            weight >= least && leads(weight, left) && leads(weight, right)
        });
        pairs
    }
}

/// The share of one person's pairs that the model expects below a weight, rarity and households aside.
fn share_below(scale: &Scale<'_>, model: &Model, least: Weight) -> f64 {
    /// Weights are told apart by an eighth of a bit.
    const STEP: Weight = 125;
    let mut sums = BTreeMap::from([(scale.prior / STEP, 1.0)]);
    for (slot, Levels { m, .. }) in scale.slots.iter().zip(&model.slot) {
        let present = slot.share_present.powi(2);
        let total: f64 = m.iter().sum();
        if total <= 0.0 {
            continue;
        }
        let mut grown: BTreeMap<Weight, f64> = BTreeMap::new();
        for (&sum, &share) in &sums {
            *grown.entry(sum).or_default() += share * (1.0 - present);
            for (at, m) in m.iter().enumerate() {
                let weight = slot.weights[at + 1][0] / STEP;
                *grown.entry(sum + weight).or_default() += share * present * m / total;
            }
        }
        sums = grown;
    }
    sums.range(..least / STEP).map(|(_, share)| share).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::weighed::tests::{decide, identities, two_files};

    fn once() -> Weighed {
        Weighed { one_per_feed: vec!["list".to_owned(), "form".to_owned()], ..Weighed::default() }
    }

    #[test]
    fn the_few_that_are_left_of_two_files_of_the_same_people_find_each_other() {
        let forms = two_files(1_500, 21);
        let (clusters, decided) = decide(&identities(&forms), &once(), None);
        assert!(decided.n_of_rest > 0, "slips leave some below the threshold");
        let rest: Vec<u32> =
            (0..3_000).filter(|&row| clusters.step(row) == Some(Step::Rest)).collect();
        for row in rest {
            let persons: Vec<usize> =
                clusters.members(row).map(|row| forms[row as usize].person).collect();
            assert!(persons.len() == 2 && persons[0] == persons[1], "{persons:?}");
            assert!(decided.evidence[&row].probability() >= 0.9);
        }
    }

    #[test]
    fn who_is_in_one_file_alone_is_not_given_to_another_who_is() {
        for n_alone in [1, 2, 12] {
            let mut forms = two_files(1_500, 22);
            // The first of the list have no form, the last of the forms are on no list.
            forms.drain(3_000 - n_alone..);
            forms.drain(..n_alone);
            let kept = forms.clone();
            let people = |feed: &str| -> std::collections::BTreeSet<usize> {
                kept.iter().filter(|form| form.feed == feed).map(|form| form.person).collect()
            };
            let (listed, formed) = (people("list"), people("form"));
            let (clusters, _) = decide(&identities(&forms), &once(), None);
            for (row, form) in (0..).zip(&forms) {
                if !(listed.contains(&form.person) && formed.contains(&form.person)) {
                    assert_eq!(clusters.size(row), 1, "{n_alone} alone: {}", form.person);
                }
            }
        }
    }

    #[test]
    fn a_prior_is_none_where_nothing_is_left_and_small_where_much_is() {
        let rest = |n_both, left: u32, right: u32| Rest {
            n_both,
            left: (0..left).collect(),
            right: (0..right).collect(),
        };
        assert_eq!(rest(1_000, 0, 5).prior(0.001), None);
        assert_eq!(rest(1_000, 2_000, 2_000).prior(0.001), None);
        // One of 1,000 was missed: even odds for the last of each side, 1 in 9 of ten, and then which.
        assert_eq!(rest(999, 1, 1).prior(0.001), Some(0));
        assert_eq!(rest(999, 10, 10).prior(0.001), Some(millibits(1.0 / 90.0)));
        assert_eq!(rest(999, 10, 10).prior(0.0), None);
    }
}
