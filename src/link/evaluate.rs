//! How good the links are, against a list of who is truly whom.
//!
//! A person's *anchors* are its records in one feed that holds everybody (`gp_registration`). The
//! cluster that a true person *should* be in is the one that holds most of its anchors; the person
//! whom a cluster *stands for* is the one with most anchors in it (ties: the smallest).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::apart::KeptApart;
use super::unnumbered::{UnnumberedScore, unnumbered_text};

/// One record: what linkage says, and the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JudgedRecord<'a> {
    /// The record's feed.
    pub feed: &'a str,
    /// The person that linkage gave it; `None` if it carries too little to be linked.
    pub person_id: Option<i64>,
    /// The true person.
    pub true_person: &'a str,
}

/// How often something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Proportion {
    /// Cases in which it is.
    pub numerator: u64,
    /// All cases.
    pub denominator: u64,
}

/// One feed's scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedScore {
    /// The feed.
    pub feed: String,
    /// Records judged.
    pub n_records: u64,
    /// Of all records, those that carry too little to be linked.
    pub unlinkable: Proportion,
    /// Of the records in a cluster that stands for somebody, those whose true person it is.
    pub precision: Proportion,
    /// Of the records that carry enough to be linked and whose true person has an anchor, those in
    /// the cluster where they should be.
    pub recall: Proportion,
    /// `precision` as a number; `None` without a case.
    pub precision_value: Option<f64>,
    /// `recall` as a number; `None` without a case.
    pub recall_value: Option<f64>,
}

/// Scores over pairs of records, and their mean over records (B-cubed; Bagga and Baldwin 1998).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairScore {
    /// Of the pairs in one cluster, those of one true person.
    pub precision: Option<f64>,
    /// Of the pairs of one true person, those in one cluster.
    pub recall: Option<f64>,
    /// The harmonic mean of the two.
    pub f1: Option<f64>,
    /// Mean over records of the share of its cluster that is its true person's.
    pub b_cubed_precision: Option<f64>,
    /// Mean over records of the share of its true person's records that is in its cluster.
    pub b_cubed_recall: Option<f64>,
}

/// Linkage against the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The feed whose records are the anchors; without records of it, feeds have no scores and pairs do.
    pub anchor_feed: String,
    /// Every feed, by name.
    pub feeds: Vec<FeedScore>,
    /// All feeds together.
    pub overall: FeedScore,
    /// Scores over pairs of the records that carry enough to be linked.
    pub pairs: PairScore,
    /// True persons whose linkable records are in more than one cluster.
    pub n_persons_split: u64,
    /// Clusters with records of more than one true person.
    pub n_clusters_mixed: u64,
    /// Identities without a number, beside what the nightly trial says of them.
    #[serde(default)]
    pub unnumbered: Vec<UnnumberedScore>,
    /// Pairs of true persons who must be kept apart; `None` if none were named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<KeptApart>,
}

/// Scores records against the truth.
#[must_use]
pub fn evaluate(records: &[JudgedRecord], anchor_feed: &str) -> Evaluation {
    let anchors = Anchors::of(records, anchor_feed);
    let mut feeds: BTreeMap<&str, Score> = BTreeMap::new();
    let mut overall = Score::default();
    for record in records {
        feeds.entry(record.feed).or_default().add(record, &anchors);
        overall.add(record, &anchors);
    }
    let table = Contingency::of(records);
    Evaluation {
        anchor_feed: anchor_feed.to_owned(),
        feeds: feeds.into_iter().map(|(feed, score)| score.of_feed(feed)).collect(),
        overall: overall.of_feed("all"),
        pairs: table.pairs(),
        n_persons_split: several(table.cells.keys().map(|&(person, cluster)| (person, cluster))),
        n_clusters_mixed: several(table.cells.keys().map(|&(person, cluster)| (cluster, person))),
        unnumbered: Vec::new(),
        apart: None,
    }
}

impl Evaluation {
    /// The scores as plain text, a line for each feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let shown = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.5}"));
        let mut text = format!(
            "{:<18} {:>9} {:>10} {:>10} {:>10}\n",
            "feed", "records", "unlinkable", "precision", "recall"
        );
        for score in self.feeds.iter().chain([&self.overall]) {
            text.push_str(&format!(
                "{:<18} {:>9} {:>10} {:>10} {:>10}\n",
                score.feed,
                score.n_records,
                shown(score.unlinkable.value()),
                shown(score.precision_value),
                shown(score.recall_value),
            ));
        }
        text.push_str(&format!(
            "\npairs: precision {}, recall {}, F1 {}\n",
            shown(self.pairs.precision),
            shown(self.pairs.recall),
            shown(self.pairs.f1),
        ));
        text.push_str(&format!(
            "{} persons in several clusters, {} clusters of several persons\n",
            self.n_persons_split, self.n_clusters_mixed
        ));
        if let Some(apart) = self.apart {
            text.push_str(&apart.to_text());
        }
        text + &unnumbered_text(&self.unnumbered)
    }
}

impl Proportion {
    /// The proportion as a number, `None` without a case.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        ratio(self.numerator, self.denominator)
    }

    fn count(&mut self, is_so: bool) {
        self.numerator += u64::from(is_so);
        self.denominator += 1;
    }
}

/// Where people should be, and whom clusters stand for.
struct Anchors<'a> {
    cluster_of: BTreeMap<&'a str, i64>,
    person_of: BTreeMap<i64, &'a str>,
}

impl<'a> Anchors<'a> {
    fn of(records: &[JudgedRecord<'a>], anchor_feed: &str) -> Self {
        let mut counts: BTreeMap<(&str, i64), u64> = BTreeMap::new();
        for record in records.iter().filter(|record| record.feed == anchor_feed) {
            if let Some(cluster) = record.person_id {
                *counts.entry((record.true_person, cluster)).or_insert(0) += 1;
            }
        }
        let mut largest: Vec<((&str, i64), u64)> = counts.into_iter().collect();
        largest.sort_by_key(|&(pair, n)| (std::cmp::Reverse(n), pair));
        let (mut cluster_of, mut person_of) = (BTreeMap::new(), BTreeMap::new());
        for ((person, cluster), _) in largest {
            cluster_of.entry(person).or_insert(cluster);
            person_of.entry(cluster).or_insert(person);
        }
        Self { cluster_of, person_of }
    }
}

#[derive(Debug, Default)]
struct Score {
    unlinkable: Proportion,
    precision: Proportion,
    recall: Proportion,
}

impl Score {
    fn add(&mut self, record: &JudgedRecord, anchors: &Anchors) {
        self.unlinkable.count(record.person_id.is_none());
        let Some(cluster) = record.person_id else { return };
        if let Some(&person) = anchors.person_of.get(&cluster) {
            self.precision.count(person == record.true_person);
        }
        if let Some(&should) = anchors.cluster_of.get(record.true_person) {
            self.recall.count(should == cluster);
        }
    }

    fn of_feed(&self, feed: &str) -> FeedScore {
        FeedScore {
            feed: feed.to_owned(),
            n_records: self.unlinkable.denominator,
            unlinkable: self.unlinkable,
            precision: self.precision,
            recall: self.recall,
            precision_value: self.precision.value(),
            recall_value: self.recall.value(),
        }
    }
}

/// How many records each true person has in each cluster.
struct Contingency<'a> {
    cells: BTreeMap<(&'a str, i64), u64>,
    persons: BTreeMap<&'a str, u64>,
    clusters: BTreeMap<i64, u64>,
}

impl<'a> Contingency<'a> {
    fn of(records: &[JudgedRecord<'a>]) -> Self {
        let mut table =
            Self { cells: BTreeMap::new(), persons: BTreeMap::new(), clusters: BTreeMap::new() };
        for record in records {
            let Some(cluster) = record.person_id else { continue };
            *table.cells.entry((record.true_person, cluster)).or_insert(0) += 1;
            *table.persons.entry(record.true_person).or_insert(0) += 1;
            *table.clusters.entry(cluster).or_insert(0) += 1;
        }
        table
    }

    fn pairs(&self) -> PairScore {
        let pairs = |counts: &mut dyn Iterator<Item = u64>| counts.map(|n| n * (n - 1) / 2).sum();
        let right: u64 = pairs(&mut self.cells.values().copied());
        let n: u64 = self.clusters.values().sum();
        let mean = |whole: &dyn Fn(&(&'a str, i64)) -> u64| {
            let shares = self.cells.iter().map(|(cell, &n)| real(n) * real(n) / real(whole(cell)));
            (n > 0).then(|| shares.sum::<f64>() / real(n))
        };
        let linked: u64 = pairs(&mut self.clusters.values().copied());
        let true_pairs: u64 = pairs(&mut self.persons.values().copied());
        PairScore {
            precision: ratio(right, linked),
            recall: ratio(right, true_pairs),
            f1: ratio(2 * right, linked + true_pairs),
            b_cubed_precision: mean(&|(_, cluster)| self.clusters[cluster]),
            b_cubed_recall: mean(&|(person, _)| self.persons[person]),
        }
    }
}

/// How many first parts come with several second parts.
fn several<A: Ord + Copy, B: Ord>(pairs: impl Iterator<Item = (A, B)>) -> u64 {
    let mut by_first: BTreeMap<A, BTreeSet<B>> = BTreeMap::new();
    for (first, second) in pairs {
        by_first.entry(first).or_default().insert(second);
    }
    by_first.values().filter(|seconds| seconds.len() > 1).count() as u64
}

fn ratio(numerator: u64, denominator: u64) -> Option<f64> {
    (denominator > 0).then(|| real(numerator) / real(denominator))
}

#[expect(clippy::cast_precision_loss, reason = "counts of records stay far below 2^53")]
fn real(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(lines: &'static [(&'static str, i64, &'static str)]) -> Vec<JudgedRecord<'static>> {
        let record = |&(feed, cluster, true_person)| JudgedRecord {
            feed,
            person_id: (cluster != 0).then_some(cluster),
            true_person,
        };
        lines.iter().map(record).collect()
    }

    #[test]
    fn a_feed_is_scored_against_the_anchors() {
        let records = records(&[
            ("gp", 1, "ann"),
            ("gp", 2, "bob"),
            ("csc", 1, "ann"),
            ("csc", 1, "bob"), // wrong person
            ("csc", 3, "ann"), // missed
            ("csc", 0, "ann"), // carries too little
            ("csc", 4, "zoe"), // nobody's anchor: says nothing
        ]);
        let evaluation = evaluate(&records, "gp");
        let csc = &evaluation.feeds[0];
        assert_eq!(csc.feed, "csc");
        assert_eq!(csc.unlinkable, Proportion { numerator: 1, denominator: 5 });
        assert_eq!(csc.precision, Proportion { numerator: 1, denominator: 2 });
        assert_eq!(csc.recall, Proportion { numerator: 1, denominator: 3 });
        assert_eq!(evaluation.n_persons_split, 2);
        assert_eq!(evaluation.n_clusters_mixed, 1);
    }

    #[test]
    fn pairs_and_b_cubed_follow_their_definitions() {
        // Clusters {a a b} and {b}: one of three pairs is right, one of two true pairs is found.
        let records = records(&[("gp", 1, "a"), ("gp", 1, "a"), ("gp", 1, "b"), ("gp", 2, "b")]);
        let pairs = evaluate(&records, "gp").pairs;
        assert_eq!(pairs.precision, Some(1.0 / 3.0));
        assert_eq!(pairs.recall, Some(0.5));
        // The harmonic mean of a third and a half.
        assert_eq!(pairs.f1, Some(0.4));
        let b_cubed_precision = (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0;
        assert!((pairs.b_cubed_precision.unwrap() - b_cubed_precision).abs() < 1e-12);
        assert_eq!(pairs.b_cubed_recall, Some((1.0 + 1.0 + 0.5 + 0.5) / 4.0));
    }

    #[test]
    fn nothing_to_judge_has_no_score() {
        let evaluation = evaluate(&[], "gp");
        assert_eq!(evaluation.overall.precision_value, None);
        assert_eq!(evaluation.pairs.recall, None);
    }
}
