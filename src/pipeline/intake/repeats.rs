//! Which rows repeat the key of an earlier row of their file, in memory that does not grow with it.
//!
//! Keys are fingerprints. They are kept in memory up to a number; beyond it all of them go to disk,
//! parted by their own bits, and rows pass unjudged. At the end each partition is judged alone. If a
//! row is found to repeat a key then, what was made of the file is thrown away and made again, with
//! the repeated rows known.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use rayon::prelude::*;

use crate::pseudonymise::{AsItIs, Fingerprint};
use crate::store::{SpillFile, Store, StoreError};

/// Keys that are kept in memory.
pub(super) const KEYS_IN_MEMORY: usize = 1 << 20;
/// Into how many parts keys on disk fall.
const N_PARTITIONS: usize = 1 << PARTITION_BITS;
/// Bits of a key that say into which.
const PARTITION_BITS: u32 = 7;
/// Entries of a partition that are written at once: what waits to be written fits into a processor's own
/// memory.
const ENTRIES_AT_ONCE: usize = 256;
/// Bytes of an entry: what tells its key from the others of the partition, and the number of its row.
const ENTRY: usize = 16;
/// Bits of a row's number. With those that name the partition 95 bits of a key are kept: that two of a
/// hundred million keys agree in them has a chance of one in ten million million.
const ROW_BITS: u32 = 40;

type Keys = HashSet<u128, BuildHasherDefault<AsItIs>>;

/// Rows with keys, counted in the order of the file, and which of them repeat a key.
pub(super) struct Repeats {
    n_rows: u64,
    state: State,
}

enum State {
    /// Every key so far.
    Memory { keys: Keys, repeated: Rows, most: usize, store: Store },
    /// Every key so far, and rows that were found to repeat one before there were too many.
    Disk { partitions: Partitions, repeated: Rows },
    /// The rows that repeat a key, from an earlier pass.
    Known { repeated: Rows },
}

/// A set of row numbers.
#[derive(Debug, Default)]
struct Rows(Vec<u64>);

impl Rows {
    fn insert(&mut self, row: u64) {
        let word = (row / 64) as usize;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (row % 64);
    }

    fn contains(&self, row: u64) -> bool {
        self.0.get((row / 64) as usize).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

impl Repeats {
    /// Nothing seen; up to so many keys stay in memory.
    pub(super) fn seeking(store: &Store, most: usize) -> Self {
        let (keys, repeated, store) = (Keys::default(), Rows::default(), store.clone());
        Self { n_rows: 0, state: State::Memory { keys, repeated, most, store } }
    }

    /// Whether the next row repeats the key of an earlier one, as far as that is known by now.
    pub(super) fn is_repeated(&mut self, key: Option<Fingerprint>) -> Result<bool, StoreError> {
        let Some(key) = key.map(Fingerprint::bits) else { return Ok(false) };
        let row = self.n_rows;
        self.n_rows += 1;
        match &mut self.state {
            State::Known { repeated } => Ok(repeated.contains(row)),
            State::Disk { partitions, .. } => partitions.add(key, row).map(|()| false),
            State::Memory { keys, repeated, most, store } => {
                let is_repeated = !keys.insert(key);
                if is_repeated {
                    repeated.insert(row);
                }
                if keys.len() > *most {
                    let mut partitions = Partitions::new(store)?;
                    // None of them repeats another, and all come before what follows.
                    keys.drain().try_for_each(|key| partitions.add(key, 0))?;
                    let repeated = std::mem::take(repeated);
                    self.state = State::Disk { partitions, repeated };
                }
                Ok(is_repeated)
            }
        }
    }

    /// What another pass through the file must know; `None` if every answer was right.
    pub(super) fn settled(self) -> Result<Option<Self>, StoreError> {
        let State::Disk { partitions, mut repeated } = self.state else { return Ok(None) };
        let found = partitions.repeated()?;
        if found.is_empty() {
            return Ok(None);
        }
        found.into_iter().for_each(|row| repeated.insert(row));
        Ok(Some(Self { n_rows: 0, state: State::Known { repeated } }))
    }
}

/// Keys on disk, parted by their top bits.
struct Partitions {
    file: SpillFile,
    /// What is not written yet, by partition.
    pending: Vec<Vec<u8>>,
    /// Where the pieces of each partition begin in the file.
    written: Vec<Vec<u64>>,
}

impl Partitions {
    fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            file: store.spill_file()?,
            pending: (0..N_PARTITIONS)
                .map(|_| Vec::with_capacity(ENTRIES_AT_ONCE * ENTRY))
                .collect(),
            written: vec![Vec::new(); N_PARTITIONS],
        })
    }

    fn add(&mut self, key: u128, row: u64) -> Result<(), StoreError> {
        let at = (key >> (u128::BITS - PARTITION_BITS)) as usize;
        let pending = &mut self.pending[at];
        let rest = key << PARTITION_BITS >> ROW_BITS << ROW_BITS;
        pending.extend_from_slice(&(rest | u128::from(row)).to_le_bytes());
        if pending.len() == ENTRIES_AT_ONCE * ENTRY {
            self.written[at].push(self.file.append(pending)?);
            pending.clear();
        }
        Ok(())
    }

    /// The rows whose key an earlier row has.
    fn repeated(&self) -> Result<Vec<u64>, StoreError> {
        let found: Vec<Vec<u64>> = (0..N_PARTITIONS)
            .into_par_iter()
            .map(|at| self.repeated_in(at))
            .collect::<Result<_, _>>()?;
        Ok(found.concat())
    }

    fn repeated_in(&self, at: usize) -> Result<Vec<u64>, StoreError> {
        let n_entries = self.written[at].len() * ENTRIES_AT_ONCE + self.pending[at].len() / ENTRY;
        let mut keys = Keys::with_capacity_and_hasher(n_entries, BuildHasherDefault::default());
        let mut repeated = Vec::new();
        let mut piece = vec![0; ENTRIES_AT_ONCE * ENTRY];
        for start in &self.written[at] {
            self.file.read_at(*start, &mut piece)?;
            seek(&piece, &mut keys, &mut repeated);
        }
        seek(&self.pending[at], &mut keys, &mut repeated);
        Ok(repeated)
    }
}

/// Adds the keys of entries, which lie in the order of the file, and the rows whose key was there.
fn seek(entries: &[u8], keys: &mut Keys, repeated: &mut Vec<u64>) {
    for entry in entries.as_chunks::<ENTRY>().0 {
        let entry = u128::from_le_bytes(*entry);
        if !keys.insert(entry >> ROW_BITS) {
            repeated.push((entry & ((1 << ROW_BITS) - 1)) as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudonymise::Fingerprinter;

    /// Answers of a first pass and, if there is one, of a second.
    fn answers(keys: &[Option<u32>], most: usize) -> (Vec<bool>, Option<Vec<bool>>) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let fingerprinter = Fingerprinter::default();
        let pass = |repeats: &mut Repeats| {
            let drawn =
                keys.iter().map(|key| key.map(|key| fingerprinter.draw(&key.to_be_bytes())));
            drawn.map(|key| repeats.is_repeated(key).unwrap()).collect::<Vec<_>>()
        };
        let mut first = Repeats::seeking(&store, most);
        let answers = pass(&mut first);
        let second = first.settled().unwrap().map(|mut second| pass(&mut second));
        assert_eq!(
            std::fs::read_dir(folder.path().join("store/spill")).map_or(0, Iterator::count),
            0
        );
        (answers, second)
    }

    #[test]
    fn few_keys_are_judged_at_once() {
        let keys = [Some(1), None, Some(2), Some(1), None, Some(2), Some(3), Some(1)];
        let expected = vec![false, false, false, true, false, true, false, true];
        assert_eq!(answers(&keys, 100), (expected, None));
    }

    #[test]
    fn many_keys_are_judged_at_the_end() {
        // Far and near repeats, before and after the keys leave memory.
        let keys: Vec<Option<u32>> = (0..300_000)
            .map(|i| (i % 11 > 0).then_some(if i % 1_000 == 7 { i / 2 } else { i }))
            .collect();
        let mut seen = HashSet::new();
        let expected: Vec<bool> =
            keys.iter().map(|key| key.is_some_and(|key| !seen.insert(key))).collect();
        let (first, second) = answers(&keys, 10_000);
        assert!(first != expected && first.iter().zip(&expected).all(|(one, all)| one <= all));
        assert_eq!(second, Some(expected));
    }

    #[test]
    fn many_keys_without_a_repeat_need_no_second_pass() {
        let keys: Vec<Option<u32>> = (0..50_000).map(Some).collect();
        let (first, second) = answers(&keys, 10_000);
        assert!(second.is_none() && first.iter().all(|is| !is));
    }
}
