//! The providers of a delivery: named once, then known by their place.

use std::collections::HashMap;

/// Providers in the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct Providers {
    codes: Vec<String>,
    places: HashMap<String, u32>,
}

impl Providers {
    /// The place of a provider.
    pub(super) fn place_of(&mut self, code: &str) -> u32 {
        if let Some(place) = self.places.get(code) {
            return *place;
        }
        let place = self.codes.len() as u32;
        self.codes.push(code.to_owned());
        self.places.insert(code.to_owned(), place);
        place
    }

    /// The provider at a place; `None` where there is none.
    pub(super) fn code(&self, place: u32) -> Option<&str> {
        self.codes.get(place as usize).map(String::as_str)
    }
}
