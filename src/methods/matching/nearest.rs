//! Greedy nearest-neighbour matching.

use std::collections::{BTreeMap, BTreeSet};

use super::line::Line;
use super::position::{Distance, Positions, positions};

/// More comparisons of a number than this take minutes.
const MOST_COMPARED: f64 = 3e10;
const MOST_PER_CASE: usize = 1000;

/// A case or a possible control.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject<'a> {
    /// Who it is.
    pub key: i64,
    /// Case or possible control.
    pub is_case: bool,
    /// What they are to be alike in.
    pub features: Vec<f64>,
    /// What they have to be the same in.
    pub stratum: Option<&'a str>,
}

/// How controls are matched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchOptions {
    /// What they are near or far by.
    pub distance: Distance,
    /// The farthest that a control may be, in standard deviations.
    pub caliper: Option<f64>,
    /// Controls of each case.
    pub per_case: usize,
    /// Whether a control may serve several cases.
    pub is_replaced: bool,
}

/// A case with one of its controls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The case.
    pub case_key: i64,
    /// The control.
    pub control_key: i64,
    /// First, second and so on of the case's controls.
    pub rank: usize,
    /// How far apart they are: of log odds, or by Mahalanobis.
    pub distance: f64,
}

/// Matched pairs, or why there are none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matching {
    /// The pairs, by case and rank.
    pub pairs: Vec<Pair>,
    /// Cases given.
    pub n_cases: usize,
    /// Possible controls given.
    pub n_controls: usize,
    /// Cases that have a control.
    pub n_matched: usize,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// Match controls to cases: greedily, each to the nearest that is free and in the same stratum.
///
/// Cases choose in the order of how hard they are to match: on a score from the highest down, by
/// Mahalanobis from the farthest from the controls' mean inwards; ties by key. Where a case may have
/// several controls, all cases choose their first before any chooses a second. Of controls that are
/// equally near the one of the smaller key is taken. A caliper is in standard deviations of the log
/// odds, the root of the mean of the variances of both groups; of Mahalanobis, whose covariance is
/// that within groups, in its own unit. Nothing is drawn. No pair, but a reason, where a row is
/// incomplete, a person comes twice, the score or the covariance cannot be had, or nobody is near
/// enough. Sources: Rosenbaum PR, Rubin DB, Am Stat 1985;39:33-8; Austin PC, Pharm Stat
/// 2011;10:150-61 (calipers of 0.2) and Stat Med 2014;33:1057-69 (greedy matching).
#[must_use]
pub fn matched_controls(subjects: &[Subject], options: MatchOptions) -> Matching {
    let n_cases = subjects.iter().filter(|one| one.is_case).count();
    let n_controls = subjects.len() - n_cases;
    let counts = Matching { n_cases, n_controls, ..Matching::default() };
    match pairs(subjects, options) {
        Err(reason) => Matching { reason: Some(reason), ..counts },
        Ok(pairs) => {
            let n_matched = pairs.iter().filter(|pair| pair.rank == 1).count();
            let reason = pairs.is_empty().then_some("no case has a control that is near enough");
            Matching { pairs, n_matched, reason, ..counts }
        }
    }
}

fn pairs(subjects: &[Subject], options: MatchOptions) -> Result<Vec<Pair>, &'static str> {
    if !subjects.iter().any(|one| one.is_case) || subjects.iter().all(|one| one.is_case) {
        return Err("no cases or no controls");
    }
    if !(1..=MOST_PER_CASE).contains(&options.per_case) {
        return Err("controls per case are not from 1 to 1,000");
    }
    if options.caliper.is_some_and(|caliper| !(caliper.is_finite() && caliper >= 0.0)) {
        return Err("the caliper is below zero or not finite");
    }
    let width = subjects[0].features.len();
    let is_whole = |one: &Subject| {
        one.features.len() == width && one.features.iter().all(|feature| feature.is_finite())
    };
    if !subjects.iter().all(is_whole) {
        return Err("rows differ in their number of features, or one is missing or not finite");
    }
    let mut keys: Vec<i64> = subjects.iter().map(|one| one.key).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a person has more than one row");
    }
    // One order whatever order they came in: sums over them are the same to the bit.
    let mut subjects: Vec<Subject> = subjects.to_vec();
    subjects.sort_unstable_by_key(|one| one.key);
    let places = positions(&subjects, options.distance)?;
    let farthest = match (options.caliper, places.deviation) {
        (None, _) => f64::INFINITY,
        (Some(_), None) => return Err("a caliper needs two cases and two controls"),
        (Some(caliper), Some(deviation)) => caliper * deviation,
    };
    let mut found = Vec::new();
    for stratum in strata(&subjects) {
        let stratum = Stratum { subjects: &subjects, members: stratum, places: &places };
        found.extend(stratum.matched(options, farthest)?);
    }
    found.sort_unstable_by_key(|pair: &Pair| (pair.case_key, pair.rank));
    Ok(found)
}

/// Numbers of the subjects that are the same in what they have to be.
fn strata(subjects: &[Subject]) -> Vec<Vec<usize>> {
    let mut strata: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (at, one) in subjects.iter().enumerate() {
        strata.entry(one.stratum).or_default().push(at);
    }
    strata.into_values().collect()
}

struct Stratum<'a> {
    subjects: &'a [Subject<'a>],
    members: Vec<usize>,
    places: &'a Positions,
}

impl Stratum<'_> {
    fn matched(&self, options: MatchOptions, farthest: f64) -> Result<Vec<Pair>, &'static str> {
        let (cases, controls): (Vec<usize>, Vec<usize>) =
            self.members.iter().partition(|at| self.subjects[**at].is_case);
        let cases = self.in_order(cases, options.distance);
        let mut finder = self.finder(cases.len(), controls, options)?;
        let mut found = Vec::new();
        if options.is_replaced {
            for case in cases {
                let nearest = finder.nearest(self, case, options.per_case);
                let near = nearest.into_iter().filter(|(distance, ..)| *distance <= farthest);
                let pair = |(at, (distance, key, _))| self.pair(case, key, at + 1, distance);
                found.extend(near.enumerate().map(pair));
            }
            return Ok(found);
        }
        let mut waiting = cases;
        for rank in 1..=options.per_case {
            let mut served = Vec::new();
            for case in waiting {
                let nearest = finder.nearest(self, case, 1);
                let Some(&(distance, key, at)) = nearest.first() else { continue };
                if distance <= farthest {
                    finder.take(at);
                    found.push(self.pair(case, key, rank, distance));
                    served.push(case);
                }
            }
            // Who found nobody near enough finds nobody later: fewer are free then.
            waiting = served;
        }
        Ok(found)
    }

    fn pair(&self, case: usize, control_key: i64, rank: usize, distance: f64) -> Pair {
        Pair { case_key: self.subjects[case].key, control_key, rank, distance }
    }

    /// Cases, the hardest to match first.
    fn in_order(&self, mut cases: Vec<usize>, distance: Distance) -> Vec<usize> {
        let hardness = |at: usize| match (distance, self.places.at(at)) {
            (Distance::Mahalanobis, place) => place.iter().map(|x| x * x).sum(),
            (_, place) => place[0],
        };
        cases.sort_by(|a, b| hardness(*b).total_cmp(&hardness(*a)));
        cases
    }

    fn finder(
        &self,
        n_cases: usize,
        controls: Vec<usize>,
        options: MatchOptions,
    ) -> Result<Finder, &'static str> {
        if options.distance != Distance::Mahalanobis {
            let control = |at| (self.places.at(at)[0], self.subjects[at].key);
            return Ok(Finder::Line(Line::of(controls.into_iter().map(control).collect())));
        }
        let n_rounds = if options.is_replaced { 1 } else { options.per_case };
        let n_compared =
            n_cases as f64 * controls.len() as f64 * (self.places.width * n_rounds) as f64;
        if n_compared > MOST_COMPARED {
            return Err("too many to compare each with each: match on a score, or within strata");
        }
        Ok(Finder::Space(controls.into_iter().collect()))
    }
}

/// The free controls of a stratum.
enum Finder {
    Line(Line),
    Space(BTreeSet<usize>),
}

impl Finder {
    /// The nearest free controls of a case: distance, key, and what [`Self::take`] wants.
    fn nearest(&mut self, stratum: &Stratum, case: usize, n: usize) -> Vec<(f64, i64, usize)> {
        let place = stratum.places.at(case);
        match self {
            Self::Line(line) => line.nearest(place[0], n),
            Self::Space(free) => {
                let far = |at: usize| {
                    let other = stratum.places.at(at);
                    let squares = place.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
                    squares.sum::<f64>().sqrt()
                };
                // Free ones come by their key, and of the equally near the first stays first.
                let by_distance =
                    |a: &(f64, i64, usize), b: &(f64, i64, usize)| a.0.total_cmp(&b.0);
                let all = free.iter().map(|at| (far(*at), stratum.subjects[*at].key, *at));
                if n == 1 {
                    return all.min_by(by_distance).into_iter().collect();
                }
                let mut all: Vec<_> = all.collect();
                all.sort_by(by_distance);
                all.truncate(n);
                all
            }
        }
    }

    fn take(&mut self, at: usize) {
        match self {
            Self::Line(line) => line.take(at),
            Self::Space(free) => {
                free.remove(&at);
            }
        }
    }
}
