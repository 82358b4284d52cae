//! Columns of texts of which there are few.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};

/// Texts of which there are few, as a list and the place of each row in it.
pub(super) struct Listing<'a> {
    texts: Vec<&'a str>,
    by_text: HashMap<&'a str, i32>,
    places: Vec<Option<i32>>,
    last: Option<(&'a str, i32)>,
}

impl<'a> Listing<'a> {
    pub(super) fn with_capacity(n: usize) -> Self {
        let (texts, by_text) = (Vec::new(), HashMap::new());
        Self { texts, by_text, places: Vec::with_capacity(n), last: None }
    }

    /// Rows without a text.
    pub(super) fn of_nulls(n: usize) -> Self {
        Self { places: vec![None; n], ..Self::with_capacity(0) }
    }

    /// Rows of one text.
    pub(super) fn of_one(text: &'a str, n: usize) -> Self {
        Self { places: vec![Some(0); n], texts: vec![text], ..Self::with_capacity(0) }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, text: Option<&'a str>) {
        let place = text.map(|text| match self.last {
            Some((last, place)) if last == text => place,
            _ => self.place_of(text),
        });
        self.places.push(place);
    }

    fn place_of(&mut self, text: &'a str) -> i32 {
        let place = *self.by_text.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() as i32 - 1
        });
        self.last = Some((text, place));
        place
    }

    /// The column.
    pub(super) fn finish(self) -> ArrayRef {
        let texts = StringArray::from_iter_values(self.texts);
        Arc::new(DictionaryArray::new(Int32Array::from(self.places), Arc::new(texts)))
    }
}
