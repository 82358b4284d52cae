//! The different cells of a column within one block: each is looked at once, however often it comes.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;

use crate::domain::{mixed_hash, text_ends, text_hash};
use crate::extract::Rows;

/// Rows from which a column is tried: fewer are not worth a list.
const FEWEST_ROWS: usize = 256;
/// Slots of the table at first: what a column of codes needs.
const FEWEST_SLOTS: usize = 128;
/// For each length up to eight, the bytes that a shorter text has of eight.
const FIRST_BYTES: [u64; 9] = {
    let mut masks = [u64::MAX; 9];
    let mut length = 0;
    while length < 8 {
        masks[length] = (1 << (8 * length)) - 1;
        length += 1;
    }
    masks
};

/// The different cells of a column, in the order in which they first come, and each row's place.
pub(super) struct Distinct<'a> {
    cells: Vec<&'a str>,
    /// As many as a power of two, half of them free at least.
    slots: Vec<Slot>,
    pub(super) places: Vec<u32>,
}

/// What tells a cell from others: its length and its first eight bytes, which are all that most have, with
/// zeros behind them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    first: u64,
    length: u32,
}

/// A cell's mark, flat so that a slot has sixteen bytes, and its place, plus one; 0 is free.
#[derive(Clone, Copy, Default)]
struct Slot {
    first: u64,
    length: u32,
    place: u32,
}

impl Slot {
    fn mark(self) -> Mark {
        Mark { first: self.first, length: self.length }
    }
}

impl Mark {
    fn of(cell: &str) -> Self {
        let length = cell.len() as u32;
        let first = cell.as_bytes().first_chunk().copied().unwrap_or_else(|| {
            let mut padded = [0; 8];
            padded[..cell.len()].copy_from_slice(cell.as_bytes());
            padded
        });
        Self { first: u64::from_le_bytes(first), length }
    }

    /// The same of a short cell that has nothing to be trimmed, without a look at how long it is or
    /// whether it is blank: in many columns that goes either way from row to row.
    #[inline]
    fn of_short(text: &str, (start, end): (usize, usize)) -> Option<Self> {
        let length = end - start;
        let mask = FIRST_BYTES.get(length)?;
        let eight = text.as_bytes().get(start..)?.first_chunk()?;
        let first = u64::from_le_bytes(*eight) & mask;
        let last_byte = (first >> (8 * length.saturating_sub(1))) as u8;
        let is_graphic = |byte: u8| byte.wrapping_sub(b'!') <= b'~' - b'!';
        let is_plain = (length == 0) | (is_graphic(first as u8) & is_graphic(last_byte));
        is_plain.then_some(Self { first, length: length as u32 })
    }

    /// Whether it is all of the cell.
    fn is_whole(self) -> bool {
        self.length <= 8
    }

    #[inline]
    fn hash<'a>(self, cell: impl Fn() -> &'a str) -> usize {
        if self.is_whole() {
            return mixed_hash(self.first, u64::from(self.length)) as usize;
        }
        let cell = cell().as_bytes();
        text_hash(cell, text_ends(cell)) as usize
    }
}

impl<'a> Distinct<'a> {
    /// Lists a column; `None` if it hardly repeats itself or is too short.
    pub(super) fn of(rows: &'a Rows, column: usize) -> Option<Self> {
        let n_rows = rows.len();
        if n_rows < FEWEST_ROWS {
            return None;
        }
        let slots = vec![Slot::default(); FEWEST_SLOTS];
        let mut distinct = Self { cells: Vec::new(), slots, places: Vec::with_capacity(n_rows) };
        for span in rows.spans(column) {
            let n_cells = distinct.cells.len();
            let place = match Mark::of_short(rows.text(), span) {
                Some(mark) => distinct.place_of(mark, || rows.cell_at(span)),
                None => {
                    let cell = rows.cell_at(span);
                    distinct.place_of(Mark::of(cell), || cell)
                }
            };
            if distinct.cells.len() > n_cells && !distinct.is_worth_it(n_rows) {
                return None;
            }
            distinct.places.push(place);
        }
        Some(distinct)
    }

    /// Whether the list, which has just grown, may still be shorter than the column.
    fn is_worth_it(&self, n_rows: usize) -> bool {
        let (n_seen, n_cells) = (self.places.len() + 1, self.cells.len());
        (n_cells * 4 <= n_seen * 3 || n_seen < FEWEST_ROWS) && n_cells * 2 <= n_rows
    }

    /// The different cells.
    pub(super) fn cells(&self) -> impl Iterator<Item = &'a str> {
        self.cells.iter().copied()
    }

    #[inline]
    fn place_of(&mut self, mark: Mark, cell: impl Fn() -> &'a str) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = mark.hash(&cell) & mask;
        loop {
            let slot = self.slots[at];
            if slot.place == 0 {
                return self.add(mark, cell(), at);
            }
            let is_alike = slot.mark() == mark;
            if is_alike && (mark.is_whole() || self.cells[slot.place as usize - 1] == cell()) {
                return slot.place - 1;
            }
            at = (at + 1) & mask;
        }
    }

    fn add(&mut self, mark: Mark, cell: &'a str, at: usize) -> u32 {
        self.cells.push(cell);
        let place = self.cells.len() as u32;
        self.slots[at] = Slot { first: mark.first, length: mark.length, place };
        if self.cells.len() * 2 > self.slots.len() {
            self.grow();
        }
        place - 1
    }

    fn grow(&mut self) {
        let larger = vec![Slot::default(); self.slots.len() * 2];
        let mask = larger.len() - 1;
        let slots = std::mem::replace(&mut self.slots, larger);
        for slot in slots.into_iter().filter(|slot| slot.place != 0) {
            let mut at = slot.mark().hash(|| self.cells[slot.place as usize - 1]) & mask;
            while self.slots[at].place != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }

    /// The column, when these values have come of its different cells. Its list has an empty text in the
    /// place of a cell without a value, which no row needs.
    pub(super) fn column(self, values: &[Option<&str>]) -> ArrayRef {
        let (places, n_rows) = (&self.places, self.places.len());
        let texts = values.iter().map(|value| value.unwrap_or_default());
        let texts = StringArray::from_iter_values(texts);
        let mut without = (0..).zip(values).filter(|(_, value)| value.is_none());
        let is_valid = match (without.next(), without.next()) {
            (None, _) => None,
            (Some((null, _)), None) => {
                Some(BooleanBuffer::collect_bool(n_rows, |row| places[row] != null))
            }
            _ => Some(BooleanBuffer::collect_bool(n_rows, |row| {
                values[places[row] as usize].is_some()
            })),
        };
        // Places are fewer than rows of a block, so they are the same numbers with a sign.
        let keys = ScalarBuffer::new(Buffer::from_vec(self.places), 0, n_rows);
        let keys = Int32Array::new(keys, is_valid.map(NullBuffer::new));
        Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(texts)))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use proptest::prelude::*;

    use super::*;
    use crate::extract::{Encoding, ExtractReader, Format, Limits};

    /// The rows of a file with this column; another keeps blank lines from being none.
    fn column_of(cells: &[&str]) -> Rows {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.csv");
        let lines: String = cells.iter().map(|cell| format!("{cell},x\n")).collect();
        crate::store::write_atomic(&path, format!("A,B\n{lines}").as_bytes()).unwrap();
        let format = Format::delimited(Encoding::Utf8, b',');
        let mut reader = ExtractReader::open(&path, &format, Limits::default()).unwrap();
        let block = reader.next_block().unwrap().unwrap();
        reader.layout().rows(block).unwrap()
    }

    #[test]
    fn a_column_that_hardly_repeats_itself_is_not_listed() {
        let cells: Vec<String> = (0..5_000).map(|i| format!("cell {i}")).collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let is_listed = |cells: &[&str]| Distinct::of(&column_of(cells), 0).is_some();
        assert!(!is_listed(&cells));
        assert!(!is_listed(&cells[..2_000].repeat(3)), "its first 256 rows are all different");
        assert!(!is_listed(&cells[..100]));
        assert!(is_listed(&cells[..100].repeat(3)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_row_has_its_own_text(
            list in proptest::collection::vec(
                " ?[a-b0é]{0,3} ?|[ab]{6,10}|[ab]{14,18}|x{30}[ab]{4}x{30}", 1..60),
            picks in proptest::collection::vec(any::<proptest::sample::Index>(), 600),
            null in 0usize..60,
        ) {
            let rows: Vec<&str> = picks.iter().map(|pick| pick.get(&list).as_str()).collect();
            let parted = column_of(&rows);
            let rows: Vec<&str> = rows.iter().map(|cell| cell.trim()).collect();
            let distinct = Distinct::of(&parted, 0).unwrap();
            let cells: Vec<&str> = distinct.cells().collect();
            let values: Vec<Option<&str>> =
                cells.iter().enumerate().map(|(i, cell)| (i != null).then_some(*cell)).collect();
            let column = distinct.column(&values);
            let column = column.as_dictionary::<Int32Type>();
            let texts = column.values().as_string::<i32>();
            for (row, cell) in rows.iter().enumerate() {
                let expected = (cells.get(null) != Some(cell)).then_some(*cell);
                let found = column.keys().is_valid(row).then(|| texts.value(column.keys().value(row) as usize));
                prop_assert_eq!(found, expected);
            }
        }
    }
}
