//! A checked column of texts, however it is kept.

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;

/// A column of texts: one for each row, or a place in a list of the different ones.
#[derive(Debug, Clone, Copy)]
pub enum Texts<'a> {
    /// A text for each row.
    Each(&'a StringArray),
    /// For each row its place in a list.
    Listed(&'a Int32Array, &'a StringArray),
}

impl<'a> Texts<'a> {
    /// The texts of an array; `None` if it holds something else.
    #[must_use]
    pub fn of(array: &'a ArrayRef) -> Option<Self> {
        if let Some(texts) = array.as_string_opt() {
            return Some(Self::Each(texts));
        }
        let listed = array.as_dictionary_opt::<Int32Type>()?;
        Some(Self::Listed(listed.keys(), listed.values().as_string_opt()?))
    }

    /// The text of a row; `None` if it has none.
    #[must_use]
    #[inline]
    pub fn get(self, row: usize) -> Option<&'a str> {
        match self {
            Self::Each(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Listed(places, texts) => {
                places.is_valid(row).then(|| texts.value(places.value(row) as usize))
            }
        }
    }
}
