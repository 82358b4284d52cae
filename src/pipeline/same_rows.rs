//! The same rows in two runs: which identity was made of each then, and which now.
//!
//! A row's identity changes with the key, with how identifiers are encoded, and with what its contract
//! says of its columns. Persons are known by their identities, so these are followed.

use std::collections::{BTreeMap, HashMap, HashSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;

use super::error::PipelineError;
use super::run::RECEIVED;
use super::taken::Taken;
use super::truth::short;
use crate::link::Previous;
use crate::store::{Manifest, Part, Store, Zone};

/// Who had which id, where identities have become others: those of before stay beside them, since rows that
/// were not taken in anew still have them.
pub(super) fn followed(mut before: Previous, identities: &BTreeMap<i64, i64>) -> Previous {
    let known: HashSet<i64> = before.index.iter().map(|(identity, _)| *identity).collect();
    let now = before.index.iter().filter_map(|(identity, person)| {
        let now = identities.get(identity).filter(|now| !known.contains(now))?;
        Some((*now, *person))
    });
    let mut now: Vec<(i64, i64)> = now.collect();
    now.sort_unstable();
    now.dedup_by_key(|(identity, _)| *identity);
    before.index.extend(now);
    before.index.sort_unstable();
    before
}

/// Which identity each identity of a run is now, by the rows that were taken in anew.
///
/// # Errors
/// A part that cannot be read.
pub(super) fn identities_now(
    store: &Store,
    run: &Manifest,
    taken: &[Taken],
) -> Result<BTreeMap<i64, i64>, PipelineError> {
    let mut now: HashMap<&str, &Part> = HashMap::new();
    for one in taken {
        now.insert(short(&one.entry.sha256), &one.records);
    }
    let mut pairs = BTreeMap::new();
    let unchanged: HashSet<&Part> = now.values().copied().collect();
    let received = run.tables.get(RECEIVED).map(|entry| entry.parts.as_slice());
    let anew = |part: &&Part| !unchanged.contains(part);
    for part in received.unwrap_or_default().iter().filter(anew) {
        let before = Lines::read(store, part)?;
        let Some(now) = before.delivery.as_deref().and_then(|delivery| now.get(delivery)) else {
            continue;
        };
        let after = Lines::read(store, now)?;
        for (line, old) in &before.identities {
            if let (Some(old), Some(Some(new))) = (old, after.identities.get(line)) {
                // The least, should a changed contract have made several of one.
                pairs
                    .entry(*old)
                    .and_modify(|least: &mut i64| *least = (*least).min(*new))
                    .or_insert(*new);
            }
        }
    }
    Ok(pairs)
}

/// The identity of each line of a delivery.
#[derive(Default)]
struct Lines {
    delivery: Option<String>,
    /// `None` for a line that several rows share.
    identities: HashMap<i64, Option<i64>>,
}

impl Lines {
    fn read(store: &Store, part: &Part) -> Result<Self, PipelineError> {
        let mut lines = Self::default();
        for batch in store.columns(Zone::Parts, part, &["delivery", "line", "identity_id"])? {
            lines.add(&batch);
        }
        Ok(lines)
    }

    fn add(&mut self, batch: &RecordBatch) {
        let int = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        let delivery = batch.column_by_name("delivery").and_then(|c| c.as_string_opt::<i32>());
        // What only takes records back has no line, and nobody.
        let (Some(delivery), Some(lines), Some(ids)) = (delivery, int("line"), int("identity_id"))
        else {
            return;
        };
        if self.delivery.is_none() && !delivery.is_empty() {
            self.delivery = Some(delivery.value(0).to_owned());
        }
        for row in (0..ids.len()).filter(|row| ids.is_valid(*row)) {
            let shared = self.identities.entry(lines.value(row));
            shared.and_modify(|id| *id = None).or_insert(Some(ids.value(row)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_followed_to_the_identities_that_their_rows_have_now() {
        let before =
            Previous { index: vec![(1, 10), (2, 10), (3, 20), (4, 30)], ..Previous::default() };
        // 1 is 7 now, 2 is as before, 3 and 4 have become one, of which the least person is told.
        let identities = BTreeMap::from([(1, 7), (2, 2), (3, 8), (4, 8), (5, 9)]);
        let index = followed(before, &identities).index;
        assert_eq!(index, [(1, 10), (2, 10), (3, 20), (4, 30), (7, 10), (8, 20)]);
    }
}
