//! Steps 1 to 3: identities that share an NHS number.
//!
//! A number alone links nobody: a birth date must agree, or part of it and a name or place. A number
//! that several unlike people carry is a dummy; a number whose bearers differ in birth date and name
//! is in conflict.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::blocking::Blocks;
use super::clusters::Clusters;
use super::compare::{BirthAgreement, Pair};
use super::decision::Bonds;
use super::dummy::is_dummy;
use super::error::LinkError;
use super::field::Field;
use super::identities::Identities;
use super::parted::join_parted;
use super::settings::Settings;
use super::step::Step;

/// The NHS number of each identity as linkage takes it, and what was found wrong with numbers.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// Present number of each row, 0 for none or a dummy.
    pub(crate) present: Vec<u32>,
    /// Rows whose number belongs to somebody else, and how large their cluster was after step 3.
    pub(crate) conflicts: BTreeMap<u32, u32>,
    /// Clusters that fit two persons under their number whom a decision keeps apart, and how many
    /// identities they had.
    pub(crate) doubts: Vec<(u32, u32)>,
    /// Rows whose number was taken for a dummy.
    pub(crate) dummies: Vec<u32>,
    /// Distinct dummy numbers.
    pub(crate) n_dummy_numbers: u64,
    /// Distinct numbers in conflict.
    pub(crate) n_conflicting_numbers: u64,
}

/// What is found about numbers; the clusters so far; how many of them decisions have joined, and the lines of
/// decisions that were refused.
pub(crate) type LinkedByNumber = (Numbers, Clusters, (u64, Vec<u64>));

/// Links by NHS number, and by what reviewers have decided.
///
/// Whom a decision keeps apart no number joins; whom one joins, no unlikeness of a number's bearers
/// parts.
///
/// # Errors
/// Blocking failed.
pub(crate) fn link_numbers(
    identities: &Identities,
    present: Vec<u32>,
    bonds: &Bonds,
    settings: &Settings,
) -> Result<LinkedByNumber, LinkError> {
    let rows: Vec<u32> = identities.rows().filter(|&row| present[row as usize] != 0).collect();
    let values = rows.iter().map(|&row| u64::from(present[row as usize])).collect();
    let barred: BTreeSet<u32> = bonds.different().flat_map(|(one, other)| [one, other]).collect();
    let verdicts: Vec<Verdict> = Blocks::of(values)?
        .par_iter()
        .map(|block| block.iter().map(|&entry| rows[entry as usize]).collect::<Vec<u32>>())
        .map(|block| judge(identities, &block, &barred, settings))
        .collect();
    let mut numbers = Numbers {
        present,
        conflicts: BTreeMap::new(),
        doubts: Vec::new(),
        dummies: Vec::new(),
        n_dummy_numbers: 0,
        n_conflicting_numbers: 0,
    };
    numbers.drop_dummies(&verdicts);
    let mut clusters = Clusters::new(numbers.trusted(identities));
    bonds.keep_apart(&mut clusters);
    numbers.join(&verdicts, &mut clusters);
    let decided = bonds.join(&mut clusters);
    numbers.keep_apart(&verdicts, &mut clusters);
    Ok((numbers, clusters, decided))
}

impl Numbers {
    fn drop_dummies(&mut self, verdicts: &[Verdict]) {
        for verdict in verdicts {
            if let Verdict::Dummy(rows) = verdict {
                self.n_dummy_numbers += 1;
                self.dummies.extend(rows);
            }
        }
        for &row in &self.dummies {
            self.present[row as usize] = 0;
        }
    }

    fn trusted(&self, identities: &Identities) -> Vec<u32> {
        let rows = identities.rows().zip(&self.present);
        rows.map(|(row, &number)| if identities.trusted(row) { number } else { 0 }).collect()
    }

    fn join(&mut self, verdicts: &[Verdict], clusters: &mut Clusters) {
        for verdict in verdicts {
            let Verdict::People { joins, parted, displaced, .. } = verdict else { continue };
            for &(step, left, right) in joins {
                clusters.join(left, right, step);
            }
            for same in parted {
                let in_doubt = join_parted(clusters, same);
                self.doubts.extend(in_doubt.iter().map(|&root| (root, clusters.size(root))));
            }
            self.conflicts.extend(displaced.iter().map(|&row| (row, clusters.size(row))));
        }
    }

    /// Keeps strangers under one number apart. Those whom a decision has joined are none, nor is any
    /// of them in conflict with nobody else.
    fn keep_apart(&mut self, verdicts: &[Verdict], clusters: &mut Clusters) {
        for verdict in verdicts {
            let Verdict::People { apart, displaced, .. } = verdict else { continue };
            let mut strangers = BTreeSet::new();
            for &(left, right) in apart {
                let roots = [clusters.root(left), clusters.root(right)];
                if roots[0] != roots[1] {
                    if !clusters.kept_apart(left, right) {
                        clusters.keep_apart(left, right);
                    }
                    strangers.extend(roots);
                }
            }
            let is_stranger = |row: &u32| strangers.contains(&clusters.root(*row));
            for row in displaced.iter().filter(|row| !is_stranger(row)) {
                self.conflicts.remove(row);
            }
            self.n_conflicting_numbers += u64::from(displaced.iter().any(is_stranger));
        }
    }
}

/// What one number's bearers are to each other.
#[derive(Debug)]
enum Verdict {
    /// Too many unlike people: the number is nobody's.
    Dummy(Vec<u32>),
    /// One person, or several.
    People {
        joins: Vec<(Step, u32, u32)>,
        /// Of each people that decisions part: all pairs that are one person's but for those.
        parted: Vec<Vec<(Step, u32, u32)>>,
        /// Pairs that may never meet: of each two people one, of people that are parted all.
        apart: Vec<(u32, u32)>,
        /// Rows whose bearer is not the number's holder.
        displaced: Vec<u32>,
    },
}

fn judge(
    identities: &Identities,
    block: &[u32],
    barred: &BTreeSet<u32>,
    settings: &Settings,
) -> Verdict {
    let likenesses = likenesses(identities, block);
    if is_dummy(identities, &likenesses, settings) {
        return Verdict::Dummy(block.to_vec());
    }
    let mut people = People::new(&likenesses, identities);
    people.link();
    let parted = people.part(barred);
    let (apart, displaced) = people.conflicts(identities);
    Verdict::People { joins: people.joins, parted, apart, displaced }
}

/// Rows alike in everything that steps 1 to 3 look at.
fn likenesses(identities: &Identities, block: &[u32]) -> Vec<Vec<u32>> {
    let mut alike: BTreeMap<[u32; 14], Vec<u32>> = BTreeMap::new();
    for &row in block {
        alike.entry(LOOKED_AT.map(|field| identities.code(field, row))).or_default().push(row);
    }
    let mut likenesses: Vec<Vec<u32>> = alike.into_values().collect();
    likenesses.sort_unstable_by_key(|rows| rows[0]);
    likenesses
}

const LOOKED_AT: [Field; 14] = [
    Field::Nhs,
    Field::Family,
    Field::Given,
    Field::FamilySound,
    Field::GivenSound,
    Field::GivenInitial,
    Field::Birth,
    Field::BirthSwapped,
    Field::BirthYear,
    Field::BirthMonth,
    Field::BirthDay,
    Field::Sex,
    Field::Postcode,
    Field::Outcode,
];

/// What two bearers of one number are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearing {
    /// One person, by this step.
    Same(Step),
    /// Two people.
    Strangers,
    /// Neither is certain.
    Unclear,
}

pub(crate) fn bearing(pair: Pair) -> Bearing {
    let step = |step| if pair.field(Field::Nhs).agrees() { step } else { Step::Superseded };
    let place = |field| pair.field(field).agrees();
    match pair.birth() {
        BirthAgreement::Agree => Bearing::Same(step(Step::NumberAndBirth)),
        BirthAgreement::Partial if pair.a_name_agrees() || place(Field::Outcode) => {
            Bearing::Same(step(Step::NumberAndPart))
        }
        // Without a birth date to compare, both names or the very postcode must do.
        BirthAgreement::Missing if pair.both_names_agree() || place(Field::Postcode) => {
            Bearing::Same(step(Step::NumberAndPart))
        }
        // A wholly wrong birth date of somebody who is otherwise the same.
        BirthAgreement::Conflict if pair.both_names_agree() => {
            Bearing::Same(step(Step::NumberAndPart))
        }
        BirthAgreement::Conflict if pair.names_conflict() => Bearing::Strangers,
        _ => Bearing::Unclear,
    }
}

/// The bearers of one number, sorted into people.
struct People<'a> {
    likenesses: &'a [Vec<u32>],
    /// Which people each likeness belongs to, by its smallest member.
    people: Vec<usize>,
    pairs: Vec<(Bearing, usize, usize)>,
    joins: Vec<(Step, u32, u32)>,
    /// People that decisions part.
    parted: BTreeSet<usize>,
}

impl<'a> People<'a> {
    fn new(likenesses: &'a [Vec<u32>], identities: &Identities) -> Self {
        let pair = |left: usize, right: usize| {
            bearing(Pair::new(identities, likenesses[left][0], likenesses[right][0]))
        };
        let n = likenesses.len();
        let pairs = (0..n)
            .flat_map(|left| (left..n).map(move |right| (left, right)))
            .map(|(left, right)| (pair(left, right), left, right))
            .collect();
        Self {
            likenesses,
            people: (0..n).collect(),
            pairs,
            joins: Vec::new(),
            parted: BTreeSet::new(),
        }
    }

    /// Joins people, the surest pairs first, never two with strangers among them.
    fn link(&mut self) {
        let mut same: Vec<(Step, usize, usize)> = self
            .pairs
            .iter()
            .filter_map(|&(bearing, left, right)| match bearing {
                Bearing::Same(step) => Some((step, left, right)),
                Bearing::Strangers | Bearing::Unclear => None,
            })
            .collect();
        same.sort_unstable();
        for (step, left, right) in same {
            if left == right {
                let rows = &self.likenesses[left];
                self.joins.extend(rows[1..].iter().map(|&row| (step, rows[0], row)));
            } else if self.people[left] != self.people[right] && !self.strangers(left, right) {
                self.joins.push((step, self.likenesses[left][0], self.likenesses[right][0]));
                self.merge(left, right);
            }
        }
    }

    /// Takes the people with barred rows out of the joins: a tree of pairs does not hold them together.
    fn part(&mut self, barred: &BTreeSet<u32>) -> Vec<Vec<(Step, u32, u32)>> {
        let is_barred = |row: &u32| barred.contains(row);
        let torn = self.likenesses.iter().zip(&self.people);
        let torn = torn.filter(|(rows, _)| !barred.is_empty() && rows.iter().any(is_barred));
        self.parted = torn.map(|(_, &people)| people).collect();
        let rows: BTreeSet<u32> =
            self.parted.iter().flat_map(|&people| self.rows(people)).collect();
        self.joins.retain(|(_, row, _)| !rows.contains(row));
        self.parted.iter().map(|&people| self.same(people)).collect()
    }

    /// All pairs of rows of a people that are one person's.
    fn same(&self, people: usize) -> Vec<(Step, u32, u32)> {
        let mut same = Vec::new();
        for &(bearing, left, right) in &self.pairs {
            let Bearing::Same(step) = bearing else { continue };
            if self.people[left] == people && self.people[right] == people {
                for &one in &self.likenesses[left] {
                    let others = self.likenesses[right].iter().filter(|&&other| other != one);
                    same.extend(others.map(|&other| (step, one, other)));
                }
            }
        }
        same
    }

    fn merge(&mut self, left: usize, right: usize) {
        let (one, other) = (self.people[left], self.people[right]);
        for people in &mut self.people {
            if *people == one || *people == other {
                *people = one.min(other);
            }
        }
    }

    fn strangers(&self, left: usize, right: usize) -> bool {
        let (one, other) = (self.people[left], self.people[right]);
        self.pairs.iter().any(|&(bearing, left, right)| {
            let between = (self.people[left], self.people[right]);
            bearing == Bearing::Strangers && (between == (one, other) || between == (other, one))
        })
    }

    /// Pairs of rows of each two people who are strangers, and the rows of all but the holder.
    fn conflicts(&self, identities: &Identities) -> (Vec<(u32, u32)>, Vec<u32>) {
        let mut between: Vec<(usize, usize)> = self
            .pairs
            .iter()
            .filter(|&&(bearing, ..)| bearing == Bearing::Strangers)
            .map(|&(_, left, right)| (self.people[left], self.people[right]))
            .map(|(one, other)| (one.min(other), one.max(other)))
            .collect();
        between.sort_unstable();
        between.dedup();
        let mut in_conflict: Vec<usize> =
            between.iter().flat_map(|&(one, other)| [one, other]).collect();
        in_conflict.sort_unstable();
        in_conflict.dedup();
        let holder = self.holder(&in_conflict, identities);
        let displaced = in_conflict.iter().filter(|&&people| Some(people) != holder);
        // One row stands for people that end in one cluster.
        let bearers = |people: usize| match self.parted.contains(&people) {
            true => self.rows(people).collect(),
            false => vec![self.likenesses[people][0]],
        };
        let apart = between.iter().flat_map(|&(one, other)| {
            let others = bearers(other);
            bearers(one)
                .into_iter()
                .flat_map(move |row| others.clone().into_iter().map(move |other| (row, other)))
        });
        (apart.collect(), displaced.flat_map(|&people| self.rows(people)).collect())
    }

    /// Who the number belongs to: the people with most trusted rows, then with most rows; nobody if
    /// two have as many.
    fn holder(&self, in_conflict: &[usize], identities: &Identities) -> Option<usize> {
        let support = |people: usize| {
            let trusted = self.rows(people).filter(|&row| identities.trusted(row)).count();
            (trusted, self.rows(people).count())
        };
        let best = in_conflict.iter().map(|&people| support(people)).max()?;
        let mut holders = in_conflict.iter().filter(|&&people| support(people) == best);
        let holder = holders.next().copied();
        if holders.next().is_some() { None } else { holder }
    }

    fn rows(&self, people: usize) -> impl Iterator<Item = u32> {
        let of_people = self.likenesses.iter().zip(&self.people);
        of_people.filter(move |&(_, &of)| of == people).flat_map(|(rows, _)| rows.iter().copied())
    }
}
