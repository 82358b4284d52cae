//! Ids for persons: kept from the night before where most identities stayed together.
//!
//! An id is never given to somebody else, and an id that was merged into another is never used again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;

use super::ledger::{Change, LedgerRow, Mergers};
use super::previous::Previous;

/// Gives each person an id and says what changed since the night before.
///
/// `persons[k]` are the identity ids of person `k`, ascending; persons are ordered by their first
/// identity. `founding` makes an id from an identity.
pub(crate) fn assign(
    persons: &Persons,
    previous: &Previous,
    founding: &(dyn Fn(i64) -> i64 + Sync),
    as_at: Date,
) -> (Vec<i64>, Vec<LedgerRow>) {
    let overlaps = overlaps(persons, &previous.index);
    let kept = keep(&overlaps);
    let mut ids: Vec<Option<i64>> = vec![None; persons.len()];
    for (&person, &at) in &kept {
        ids[at] = Some(person);
    }
    let mergers = Mergers::of(&previous.ledger);
    let mut taken: HashSet<i64> = overlaps.iter().map(|overlap| overlap.person).collect();
    let ids: Vec<i64> = (0..persons.len())
        .map(|at| {
            ids[at].unwrap_or_else(|| {
                let free = |id: i64| !taken.contains(&id) && !mergers.retired(id);
                let id = fresh(persons.identities(at), founding, free);
                taken.insert(id);
                id
            })
        })
        .collect();
    let changes = changes(&ids, &overlaps, &kept, &previous.ledger, as_at);
    (ids, changes)
}

/// The identities of each person, in one list.
#[derive(Debug)]
pub(crate) struct Persons {
    identities: Vec<i64>,
    starts: Vec<usize>,
    /// Identity and person, ordered by identity.
    by_identity: Vec<(i64, u32)>,
}

impl Persons {
    /// From pairs of identity and person ordered by identity; persons are numbered from 0 in the
    /// order of their first identity.
    pub(crate) fn new(by_identity: Vec<(i64, u32)>) -> Self {
        let mut by_person = by_identity.clone();
        by_person.sort_unstable_by_key(|&(identity, person)| (person, identity));
        let mut starts = Vec::new();
        for (at, pair) in by_person.iter().enumerate() {
            if at == 0 || by_person[at - 1].1 != pair.1 {
                starts.push(at);
            }
        }
        starts.push(by_person.len());
        let identities = by_person.into_iter().map(|(identity, _)| identity).collect();
        Self { identities, starts, by_identity }
    }

    /// How many persons there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn identities(&self, person: usize) -> &[i64] {
        &self.identities[self.starts[person]..self.starts[person + 1]]
    }
}

/// How many identities a person of the night before shares with one of tonight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Overlap {
    n: Reverse<u32>,
    person: i64,
    at: usize,
}

/// The overlaps, the largest first.
fn overlaps(persons: &Persons, index: &[(i64, i64)]) -> Vec<Overlap> {
    let mut pairs: Vec<(i64, u32)> = Vec::new();
    let mut now = persons.by_identity.iter().copied().peekable();
    for &(identity, person) in index {
        while now.next_if(|&(other, _)| other < identity).is_some() {}
        if let Some(&(_, at)) = now.peek().filter(|&&(other, _)| other == identity) {
            pairs.push((person, at));
        }
    }
    pairs.sort_unstable();
    let mut overlaps: Vec<Overlap> = pairs
        .chunk_by(|one, next| one == next)
        .map(|same| {
            let n = Reverse(u32::try_from(same.len()).unwrap_or(u32::MAX));
            Overlap { n, person: same[0].0, at: same[0].1 as usize }
        })
        .collect();
    overlaps.sort_unstable();
    overlaps
}

/// Which ids stay: each goes where most of its identities went, and nowhere twice.
fn keep(overlaps: &[Overlap]) -> BTreeMap<i64, usize> {
    let mut kept = BTreeMap::new();
    let mut has_id = BTreeSet::new();
    for overlap in overlaps {
        if !kept.contains_key(&overlap.person) && has_id.insert(overlap.at) {
            kept.insert(overlap.person, overlap.at);
        }
    }
    kept
}

/// The id founded on the smallest identity whose id is free.
fn fresh(
    identities: &[i64],
    founding: &(dyn Fn(i64) -> i64 + Sync),
    free: impl Fn(i64) -> bool,
) -> i64 {
    let first_free = identities.iter().map(|&identity| founding(identity)).find(|&id| free(id));
    first_free.unwrap_or_else(|| {
        let mut id = founding(identities[0]);
        while !free(id) {
            id = founding(id);
        }
        id
    })
}

fn changes(
    ids: &[i64],
    overlaps: &[Overlap],
    kept: &BTreeMap<i64, usize>,
    ledger: &[LedgerRow],
    as_at: Date,
) -> Vec<LedgerRow> {
    let line = |person_id, became_person_id, change| LedgerRow {
        on: as_at,
        person_id,
        became_person_id,
        change,
    };
    let introduced: HashSet<i64> = ledger.iter().map(|row| row.became_person_id).collect();
    let mut met: HashSet<i64> = kept.keys().copied().collect();
    let mut descends = vec![false; ids.len()];
    let mut rows = Vec::new();
    for overlap in overlaps {
        let (person, now) = (overlap.person, ids[overlap.at]);
        descends[overlap.at] = true;
        if person == now {
            continue;
        }
        // The largest overlap of an id that was not kept comes first: that is where it went.
        let change = if met.insert(person) { Change::Merged } else { Change::Split };
        rows.push(line(person, now, change));
    }
    let founded =
        ids.iter().zip(descends).filter(|&(id, descends)| !descends && !introduced.contains(id));
    rows.extend(founded.map(|(&id, _)| line(id, id, Change::New)));
    rows.sort_unstable();
    rows
}
