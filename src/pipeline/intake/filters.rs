//! The filters of a delivery's distinct values.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::pseudonymise::{Encoder, Filter, FilterBits, FilterField, Tokens, Values};

/// What a filter is named by.
pub(super) type FilterName = (FilterField, u64);

/// A filter of each distinct value; shared between threads.
#[derive(Default)]
pub(super) struct KnownFilters(Mutex<HashMap<FilterName, FilterBits>>);

impl KnownFilters {
    /// Adds those of a row's values that are not there yet.
    pub(super) fn add(&self, encoder: &Encoder, values: &Values, tokens: &Tokens) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |field, token| known.contains_key(&(field, token));
        let new = encoder.filters(values, tokens, is_known);
        known.extend(new.into_iter().map(|filter| ((filter.field, filter.token), filter.bits)));
    }

    /// The filters of values that somebody carries, in order of what names them.
    pub(super) fn carried(self, carried: &HashSet<FilterName>) -> Vec<Filter> {
        let known = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let named = known.into_iter().filter(|(name, _)| carried.contains(name));
        let mut filters: Vec<Filter> =
            named.map(|((field, token), bits)| Filter { field, token, bits }).collect();
        filters.sort_unstable_by_key(|filter| (filter.field, filter.token));
        filters
    }
}
