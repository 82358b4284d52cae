//! The ladder: which step follows which.

use std::collections::BTreeMap;

use super::clusters::Clusters;
use super::crosswalk::{SaidSame, cross};
use super::decision::{Bonds, DecisionCounts};
use super::error::LinkError;
use super::exact::pass;
use super::field::Field;
use super::identities::Identities;
use super::key::{KEYS, LOCAL, usable};
use super::number::{Numbers, link_numbers};
use super::settings::{Settings, Uncorroborated};
use super::step::{Status, Step};
use super::superseded::present_numbers;
use super::uncorroborated::Shadows;
use super::weighed::{self, Decided};

/// The partition into persons, and how it came about.
#[derive(Debug)]
pub(crate) struct Partition {
    /// Who belongs together.
    pub(crate) clusters: Clusters,
    /// How each identity stands.
    pub(crate) statuses: Vec<Status>,
    /// What was found about NHS numbers.
    pub(crate) numbers: Numbers,
    /// Identities whose superseded number was replaced by its successor.
    pub(crate) n_superseded: u64,
    /// Trusted numbers that one identity alone carries against a better supported one.
    pub(crate) n_uncorroborated: u64,
    /// What each exact key did, in order: clusters joined, left in doubt, values too common.
    pub(crate) keys: Vec<(Step, [u64; 3])>,
    /// What step 6 did, and by which evidence.
    pub(crate) evidence: Decided,
    /// What became of reviewers' decisions.
    pub(crate) decisions: DecisionCounts,
}

/// Climbs the ladder.
///
/// The result is a function of the arguments: rows are in canonical order, joins are made by step,
/// then by the strength of the key, then by the smallest identities.
///
/// # Errors
/// Blocking failed.
pub(crate) fn climb(
    identities: &Identities,
    said: &SaidSame,
    settings: &Settings,
) -> Result<Partition, LinkError> {
    let present = present_numbers(identities, &said.superseded);
    let own = identities.column(Field::Nhs);
    let n_superseded = present.iter().zip(own).filter(|(now, own)| now != own).count() as u64;

    let bonds = Bonds::of(&said.decided, identities);
    let (mut numbers, mut clusters, (n_decided, refused)) =
        link_numbers(identities, present, &bonds, settings)?;
    let decisions = bonds.counts(&said.decided, refused);
    clusters.appear_once(identities.feed_bits(&settings.weighed.one_per_feed));
    let shadows = Shadows::find(identities, &clusters)?;
    if settings.uncorroborated_numbers == Uncorroborated::Yield {
        for row in shadows.keying_errors(identities, &clusters) {
            clusters.distrust(row);
        }
    }
    let crossed = cross(identities, said, &numbers.present, &mut clusters);
    let conflicts = crossed.conflicts.iter().map(|&row| (row, clusters.size(row)));
    numbers.conflicts.extend(conflicts);
    let mut doubts: BTreeMap<u32, u32> = numbers.doubts.iter().copied().collect();
    let mut keys = Vec::new();
    if n_decided > 0 {
        keys.push((Step::Decided, [n_decided, 0, 0]));
    }
    if crossed.n_joined > 0 {
        keys.push((Step::Crosswalk, [crossed.n_joined, 0, 0]));
    }
    for key in std::iter::once(&LOCAL).chain(&KEYS) {
        let done = pass(identities, &mut clusters, key, &shadows, settings.max_block)?;
        keys.push((key.step, [done.n_joined, done.ambiguous.len() as u64, done.n_oversize]));
        doubts.extend(done.ambiguous);
    }
    let decided = match settings.weighed.enabled {
        true => {
            weighed::pass(identities, &mut clusters, &settings.weighed, settings.frozen.as_ref())
        }
        false => None,
    };
    let decided = decided.unwrap_or_default();
    let mut potential = BTreeMap::new();
    if decided.model.is_some() {
        let counts = [decided.n_joined, decided.ambiguous.len() as u64, decided.n_oversize];
        keys.push((Step::Weighed, counts));
        if decided.n_of_rest > 0 {
            keys.push((Step::Rest, [decided.n_of_rest, 0, 0]));
        }
        doubts.extend(decided.ambiguous.iter().copied());
        potential.extend(decided.potential.iter().copied());
    }

    clusters.flatten();
    let statuses = statuses(identities, &clusters, &numbers, &doubts, &potential, &decided);
    let n_uncorroborated = shadows.len() as u64;
    let evidence = decided;
    Ok(Partition {
        clusters,
        statuses,
        numbers,
        n_superseded,
        n_uncorroborated,
        keys,
        evidence,
        decisions,
    })
}

fn statuses(
    identities: &Identities,
    clusters: &Clusters,
    numbers: &Numbers,
    doubts: &BTreeMap<u32, u32>,
    potential: &BTreeMap<u32, u32>,
    decided: &Decided,
) -> Vec<Status> {
    let status = |row: u32| {
        let size = clusters.size(row);
        let conflict = numbers.conflicts.get(&row);
        let grown_past = |then: Option<&u32>| then.is_none_or(|&then| size > then);
        if size == 1
            && !has_enough(identities, numbers, row)
            && !decided.recognisable.contains(&row)
        {
            Status::TooLittleData
        } else if conflict.is_some() && (identities.trusted(row) || !grown_past(conflict)) {
            Status::Conflict
        } else if !grown_past(doubts.get(&clusters.root(row))) {
            Status::ManyMatches
        } else if size > 1 {
            Status::Match
        } else if !grown_past(potential.get(&clusters.root(row))) {
            Status::Potential
        } else {
            Status::Single
        }
    };
    identities.rows().map(status).collect()
}

/// Whether an identity carries anything that an exact rung could link it by: a number, a local id, or a
/// whole key.
fn has_enough(identities: &Identities, numbers: &Numbers, row: u32) -> bool {
    numbers.present[row as usize] != 0
        || identities.code(Field::Local, row) != 0
        || usable(identities, row)
}
