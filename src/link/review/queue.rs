//! The pairs to review.

use std::collections::BTreeMap;

use super::levels::{FieldLevel, levels};
use super::standing::Standing;
use super::whole_bits;
use crate::link::exclusion::Exclusion;
use crate::link::field::Field;
use crate::link::identities::Identities;
use crate::link::key::{KEYS, Key, LOCAL};
use crate::link::settings::Settings;
use crate::link::step::Status;
use crate::link::weighed::{
    Comparisons, Edge, Rows, Scale, Weight, edges, probability_of, weight_of,
};

/// A pair that linkage is in doubt about.
#[derive(Debug, Clone, PartialEq)]
pub struct DoubtfulPair {
    /// Its identities.
    pub identities: [i64; 2],
    /// Why it is in doubt: `conflict` (one NHS number, unlike people), `many_matches` (somebody fits
    /// several persons), `held_back` (likely enough, but most that the two persons say speaks against
    /// it), `potential` (not quite likely enough).
    pub doubt: &'static str,
    /// In which feeds each of them comes.
    pub feeds: [Vec<String>; 2],
    /// What they agree and differ in.
    pub levels: Vec<FieldLevel>,
    /// Whole bits that speak for one person; `None` without a model.
    pub weight: Option<f64>,
    /// The probability that they are one person's, at that weight.
    pub probability: Option<f64>,
    /// How many records each of their persons has: joined, one person has them all.
    pub n_records: [u64; 2],
    /// Whether a number is known of each of their persons.
    pub has_number: [bool; 2],
}

/// Why a pair is in doubt, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    Conflict,
    ManyMatches,
    HeldBack,
    Potential,
}

impl Doubt {
    fn word(self) -> &'static str {
        match self {
            Self::Conflict => Status::Conflict.word(),
            Self::ManyMatches => Status::ManyMatches.word(),
            Self::HeldBack => "held_back",
            Self::Potential => Status::Potential.word(),
        }
    }
}

/// Why a pair is in doubt, how heavy it is, which rows it is.
type Found = (Doubt, std::cmp::Reverse<Weight>, (u32, u32));

/// Pairs of rows, of each two persons one.
pub(super) struct Queue<'a> {
    standing: &'a Standing<'a>,
    rows: &'a Rows<'a>,
    scale: Option<&'a Scale<'a>>,
    settings: &'a Settings,
    /// By the persons' representatives: why, how heavy, which rows.
    found: BTreeMap<(u32, u32), Found>,
}

impl<'a> Queue<'a> {
    pub(super) fn new(
        standing: &'a Standing<'a>,
        rows: &'a Rows<'a>,
        scale: Option<&'a Scale<'a>>,
        settings: &'a Settings,
    ) -> Self {
        Self { standing, rows, scale, settings, found: BTreeMap::new() }
    }

    /// The pairs, the surest first.
    pub(super) fn pairs(mut self) -> Vec<DoubtfulPair> {
        self.of_conflicts();
        self.of_keys();
        self.of_weights();
        let comparisons = Comparisons::new(&self.settings.weighed.comparison, self.rows);
        let mut pairs: Vec<_> =
            self.found.values().map(|&(doubt, weight, rows)| (weight, doubt, rows)).collect();
        pairs.sort_unstable();
        pairs.into_iter().map(|(_, doubt, rows)| self.pair(doubt, rows, &comparisons)).collect()
    }

    fn is(&self, row: u32, status: Status) -> bool {
        self.standing.statuses[row as usize] == status.word()
    }

    /// Notes a pair if a decision could join it.
    fn note(&mut self, doubt: Doubt, left: u32, right: u32) {
        let clusters = &self.standing.clusters;
        let roots = [clusters.root(left), clusters.root(right)];
        if roots[0] == roots[1]
            || clusters.numbers_differ(left, right)
            || clusters.kept_apart(left, right)
        {
            return;
        }
        let weight = self.scale.map_or(0, |scale| scale.weight(left, right));
        let rows = (left.min(right), left.max(right));
        let new = (doubt, std::cmp::Reverse(weight), rows);
        let key = (roots[0].min(roots[1]), roots[0].max(roots[1]));
        self.found.entry(key).and_modify(|known| *known = (*known).min(new)).or_insert(new);
    }

    /// Who bears a number that somebody else has.
    fn of_conflicts(&mut self) {
        let standing = self.standing;
        let mut bearers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, &number) in standing.identities.rows().zip(&standing.present) {
            if number != 0 {
                bearers.entry(number).or_default().push(row);
            }
        }
        for rows in bearers.into_values() {
            for (i, &row) in rows.iter().enumerate() {
                for &other in &rows[i + 1..] {
                    if [row, other].iter().any(|row| self.is(*row, Status::Conflict)) {
                        self.note(Doubt::Conflict, row, other);
                    }
                }
            }
        }
    }

    /// Who fits several persons by an exact key.
    fn of_keys(&mut self) {
        let standing = self.standing;
        let identities = standing.identities;
        let doubtful: Vec<u32> =
            identities.rows().filter(|row| self.is(*row, Status::ManyMatches)).collect();
        for key in std::iter::once(&LOCAL).chain(&KEYS) {
            let mut by_value: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
            for &row in &doubtful {
                for value in values(identities, key, row) {
                    by_value.entry(value).or_default().push(row);
                }
            }
            if by_value.is_empty() {
                continue;
            }
            let exclusion =
                Exclusion { identities, clusters: &standing.clusters, guards: key.guards };
            for row in identities.rows() {
                for value in values(identities, key, row) {
                    for &other in by_value.get(&value).into_iter().flatten() {
                        if !exclusion.excludes(row, other) {
                            self.note(Doubt::ManyMatches, row, other);
                        }
                    }
                }
            }
        }
    }

    /// Who weighs enough to be told, and is two persons.
    fn of_weights(&mut self) {
        let Some(scale) = self.scale else { return };
        let weighed = &self.settings.weighed;
        let least = weight_of(weighed.probability);
        let (edges, _) = edges(self.rows, &self.standing.clusters, weighed, scale);
        for Edge { weight, left, right } in edges {
            let is_many = [left, right].iter().any(|row| self.is(*row, Status::ManyMatches));
            let doubt = match (is_many, weight.0 >= least) {
                (true, _) => Doubt::ManyMatches,
                (false, true) => Doubt::HeldBack,
                (false, false) => Doubt::Potential,
            };
            self.note(doubt, left, right);
        }
    }

    fn pair(
        &self,
        doubt: Doubt,
        (left, right): (u32, u32),
        comparisons: &Comparisons<'_>,
    ) -> DoubtfulPair {
        let (standing, rows) = (self.standing, [left, right]);
        let weight = self.scale.map(|scale| whole_bits(scale.weight(left, right)));
        DoubtfulPair {
            identities: rows.map(|row| standing.identities.ids()[row as usize]),
            doubt: doubt.word(),
            feeds: rows.map(|row| standing.feeds(row)),
            levels: levels(comparisons, self.rows, left, right),
            weight: weight.map(f64::from),
            probability: weight.map(|bits| probability_of(bits * 1000)),
            n_records: rows.map(|row| standing.n_records_of_person(row)),
            has_number: rows.map(|row| standing.has_number(row)),
        }
    }
}

/// What an identity has for a key, once for each way in which it is read.
pub(super) fn values(identities: &Identities, key: &Key, row: u32) -> Vec<Vec<u32>> {
    let codes = |fields: &&'static [Field]| Some(Key::codes(identities, fields, row)?.collect());
    key.variants.iter().filter_map(codes).collect()
}
