//! The different cells of a column within one block: each is looked at once, however often it comes.

use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;

use crate::domain::{text_ends, text_hash};

/// Rows from which a column is tried: fewer are not worth a list.
const FEWEST_ROWS: usize = 256;
/// The different cells of a column, in the order in which they first come, and each row's place.
pub(super) struct Distinct<'a> {
    cells: Vec<Cell<'a>>,
    /// Places, plus one, by hash; 0 is free.
    slots: Vec<u32>,
    pub(super) places: Vec<u32>,
}

/// A cell, with its first and last bytes as numbers: those of a short cell are all it has.
struct Cell<'a> {
    text: &'a str,
    ends: (u64, u64),
}

impl<'a> Distinct<'a> {
    /// Lists a column; `None` if it hardly repeats itself or is too short.
    pub(super) fn of(column: impl ExactSizeIterator<Item = &'a str>) -> Option<Self> {
        let n_rows = column.len();
        if n_rows < FEWEST_ROWS {
            return None;
        }
        let mut distinct =
            Self { cells: Vec::new(), slots: vec![0; 512], places: Vec::with_capacity(n_rows) };
        // Many columns are blank in most rows.
        let mut blank = None;
        for cell in column {
            let place = match blank {
                Some(place) if cell.is_empty() => place,
                _ => {
                    let n_cells = distinct.cells.len();
                    let place = distinct.place_of(cell);
                    if distinct.cells.len() > n_cells && !distinct.is_worth_it(n_rows) {
                        return None;
                    }
                    if cell.is_empty() {
                        blank = Some(place);
                    }
                    place
                }
            };
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
        self.cells.iter().map(|cell| cell.text)
    }

    #[inline]
    fn place_of(&mut self, text: &'a str) -> u32 {
        let ends = text_ends(text.as_bytes());
        let mask = self.slots.len() - 1;
        let mut at = text_hash(text.as_bytes(), ends) as usize & mask;
        loop {
            match self.slots[at] {
                0 => return self.add(Cell { text, ends }, at),
                place => {
                    let cell = &self.cells[place as usize - 1];
                    let is_alike = cell.ends == ends && cell.text.len() == text.len();
                    if is_alike && (text.len() <= 16 || cell.text == text) {
                        return place - 1;
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    fn add(&mut self, cell: Cell<'a>, at: usize) -> u32 {
        self.cells.push(cell);
        let place = self.cells.len() as u32;
        self.slots[at] = place;
        if self.cells.len() * 2 > self.slots.len() {
            self.grow();
        }
        place - 1
    }

    fn grow(&mut self) {
        let mut slots = vec![0; self.slots.len() * 4];
        let mask = slots.len() - 1;
        for (place, cell) in (1..).zip(&self.cells) {
            let mut at = text_hash(cell.text.as_bytes(), cell.ends) as usize & mask;
            while slots[at] != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = place;
        }
        self.slots = slots;
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

    #[test]
    fn a_column_that_hardly_repeats_itself_is_not_listed() {
        let cells: Vec<String> = (0..5_000).map(|i| format!("cell {i}")).collect();
        assert!(Distinct::of(cells.iter().map(String::as_str)).is_none());
        let thrice: Vec<&str> = cells[..2_000].iter().map(String::as_str).collect();
        let thrice = thrice.repeat(3);
        let distinct = Distinct::of(thrice.iter().copied());
        assert!(distinct.is_none(), "its first 256 rows are all different");
        assert!(Distinct::of(cells[..100].iter().map(String::as_str)).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_row_has_its_own_text(
            list in proptest::collection::vec("[a-b0é]{0,3}|[ab]{14,18}|x{30}[ab]{4}x{30}", 1..60),
            picks in proptest::collection::vec(any::<proptest::sample::Index>(), 600),
            null in 0usize..60,
        ) {
            let rows: Vec<&str> = picks.iter().map(|pick| pick.get(&list).as_str()).collect();
            let distinct = Distinct::of(rows.iter().copied()).unwrap();
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
