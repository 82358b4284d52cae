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

    /// A column without a text.
    pub(super) fn of_nulls(n: usize) -> ArrayRef {
        listed(Int32Array::new_null(n), &[])
    }

    /// A column of one text.
    pub(super) fn of_one(text: &str, n: usize) -> ArrayRef {
        listed(Int32Array::from(vec![0; n]), &[text])
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
        listed(Int32Array::from(self.places), &self.texts)
    }
}

fn listed(places: Int32Array, texts: &[&str]) -> ArrayRef {
    Arc::new(DictionaryArray::new(places, Arc::new(StringArray::from_iter_values(texts))))
}
