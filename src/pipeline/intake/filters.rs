//! The filters of a delivery's distinct values.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Mutex, PoisonError};

use crate::pseudonymise::{AsItIs, Encoder, Filter, FilterBits, FilterField, Tokens, Values};

/// Filters by token, which is random already.
type ByToken = HashMap<u64, FilterBits, BuildHasherDefault<AsItIs>>;

/// A filter of each distinct value; shared between threads.
#[derive(Default)]
pub(super) struct KnownFilters(Mutex<[ByToken; FilterField::ALL.len()]>);

impl KnownFilters {
    /// Adds those of a row's values that are not there yet.
    pub(super) fn add(&self, encoder: &Encoder, values: &Values, tokens: &Tokens) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |field: FilterField, token: u64| known[field as usize].contains_key(&token);
        let new = encoder.filters(values, tokens, is_known);
        for filter in new {
            known[filter.field as usize].insert(filter.token, filter.bits);
        }
    }

    /// The filters of the values that are carried, each once, in order of what names them.
    pub(super) fn carried(self, carried: impl Iterator<Item = (FilterField, u64)>) -> Vec<Filter> {
        let mut known = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let once = carried.filter_map(|(field, token)| {
            let bits = known[field as usize].remove(&token)?;
            Some(Filter { field, token, bits })
        });
        let mut filters: Vec<Filter> = once.collect();
        filters.sort_unstable_by_key(|filter| (filter.field, filter.token));
        filters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudonymise::{Identifiers, MasterKey, NumberPolicy, Places};

    #[test]
    fn each_value_that_is_carried_has_one_filter_and_what_is_not_carried_has_none() {
        let encoder = Encoder::new(&MasterKey::demonstration(), "p", NumberPolicy::Test);
        let encode = |given, family| {
            let row = Identifiers {
                given_name: Some(given),
                family_name: Some(family),
                ..Identifiers::default()
            };
            let (_, tokens, values) = encoder.encode_values(&row, &Places::default());
            (tokens, values)
        };
        let known = KnownFilters::default();
        // Four distinct names; the last row was refused.
        let rows = [("Zoe", "Adler"), ("Adler", "Zoe"), ("Zoe", "Brand"), ("Mo", "Brand")]
            .map(|(given, family)| encode(given, family));
        for (tokens, values) in &rows {
            known.add(&encoder, values, tokens);
        }
        let carried = || rows[..3].iter().flat_map(|(tokens, _)| tokens.filtered());
        let filters = known.carried(carried());
        let expected: std::collections::BTreeSet<_> = carried().collect();
        assert_eq!(expected.len(), 3);
        let named = filters.iter().map(|filter| (filter.field, filter.token));
        assert_eq!(named.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
    }
}
