//! Rows whose key came again in a later delivery, or was taken back.

use std::collections::HashSet;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use rayon::prelude::*;

use crate::store::{Part, Store, StoreError, Zone};

/// Rows that are looked at together: 16 bytes each.
const ROWS_AT_ONCE: u64 = 8 << 20;

/// Into how many lots ids fall at first glance.
const N_LIKELY: usize = 1 << 20;

/// Stands for the row of what was taken back.
const DELETION: u32 = u32::MAX;

/// What a delivery sent; nothing if it is replaced as a whole.
pub(super) struct Sent<'a> {
    pub(super) records: Option<&'a Part>,
    pub(super) deletions: Option<&'a Part>,
}

/// A key, the delivery and the row that it came in.
type Seen = (i64, u32, u32);

/// For each delivery, given in order, the rows (from 0, ascending) whose key comes again in a later
/// one, or is taken back in the same or a later one.
///
/// Keys are looked at in turns by their remainder, so that memory does not grow with the feed.
///
/// # Errors
/// What the store says.
pub(super) fn overtaken(store: &Store, sent: &[Sent<'_>]) -> Result<Vec<Vec<u32>>, StoreError> {
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); sent.len()];
    let parts = || sent.iter().flat_map(|one| [one.records, one.deletions]).flatten();
    if parts().filter(|part| part.n_rows > 0).count() < 2 {
        return Ok(rows);
    }
    let taken_back = taken_back(store, sent)?;
    let n_keys = parts().map(|part| part.n_rows).sum::<u64>();
    let n_turns = if taken_back.is_some() { 1 } else { n_keys.div_ceil(ROWS_AT_ONCE).max(1) };
    for turn in 0..n_turns {
        let is_due = |id: i64| match &taken_back {
            Some(ids) => ids.contains(id),
            None => id.cast_unsigned() % n_turns == turn,
        };
        let keys: Vec<Vec<Seen>> = sent
            .par_iter()
            .enumerate()
            .map(|(i, one)| keys_of(store, i as u32, one, &is_due))
            .collect::<Result<_, _>>()?;
        let mut keys = keys.concat();
        keys.par_sort_unstable();
        for same in keys.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            note(same, &mut rows);
        }
    }
    rows.iter_mut().for_each(|rows| rows.sort_unstable());
    Ok(rows)
}

/// The ids that are taken back, if nothing else can overtake a row: one delivery alone has rows.
fn taken_back(store: &Store, sent: &[Sent<'_>]) -> Result<Option<Ids>, StoreError> {
    let n_with_rows = sent.iter().filter_map(|one| one.records).filter(|p| p.n_rows > 0).count();
    let deletions = || sent.iter().filter_map(|one| one.deletions).filter(|part| part.n_rows > 0);
    if n_with_rows > 1 || deletions().map(|part| part.n_rows).sum::<u64>() > ROWS_AT_ONCE {
        return Ok(None);
    }
    let mut ids = Ids { ids: HashSet::new(), likely: vec![false; N_LIKELY] };
    for part in deletions() {
        for batch in ids_of(store, part)? {
            for id in batch? {
                ids.likely[id.cast_unsigned() as usize % N_LIKELY] = true;
                ids.ids.insert(id);
            }
        }
    }
    Ok(Some(ids))
}

/// A set of ids that tells at a glance of most others that they are not in it.
struct Ids {
    ids: HashSet<i64>,
    likely: Vec<bool>,
}

impl Ids {
    fn contains(&self, id: i64) -> bool {
        self.likely[id.cast_unsigned() as usize % N_LIKELY] && self.ids.contains(&id)
    }
}

/// Notes which of the rows of one key, in order of delivery, do not stand.
fn note(same: &[Seen], rows: &mut [Vec<u32>]) {
    let last = same.last().map_or(0, |seen| seen.1);
    for (_, sent, row) in same.iter().filter(|seen| seen.2 != DELETION) {
        let is_deleted = same.iter().any(|other| other.2 == DELETION && other.1 >= *sent);
        if *sent < last || is_deleted {
            rows[*sent as usize].push(*row);
        }
    }
}

fn keys_of(
    store: &Store,
    i: u32,
    sent: &Sent<'_>,
    is_due: &(impl Fn(i64) -> bool + Sync),
) -> Result<Vec<Seen>, StoreError> {
    let mut keys = Vec::new();
    if let Some(part) = sent.records.filter(|part| part.n_rows > 0) {
        let mut row = 0;
        for id in ids_of(store, part)? {
            for id in id?.iter() {
                if is_due(*id) {
                    keys.push((*id, i, row));
                }
                row += 1;
            }
        }
    }
    if let Some(part) = sent.deletions.filter(|part| part.n_rows > 0) {
        for ids in ids_of(store, part)? {
            keys.extend(ids?.iter().filter(|id| is_due(**id)).map(|id| (*id, i, DELETION)));
        }
    }
    Ok(keys)
}

/// What names each row of a part by its key, batch by batch: `record_id`, of published figures
/// `row_id`.
fn ids_of(
    store: &Store,
    part: &Part,
) -> Result<impl Iterator<Item = Result<Vec<i64>, StoreError>> + use<>, StoreError> {
    let batches = store.stream_columns(Zone::Parts, part, &["record_id", "row_id"])?;
    Ok(batches.map(|batch| {
        let batch = batch?;
        let ids = batch.column_by_name("record_id").or(batch.column_by_name("row_id"));
        let ids = ids.and_then(|ids| ids.as_primitive_opt::<Int64Type>());
        Ok(ids.map(|ids| ids.values().to_vec()).unwrap_or_default())
    }))
}
