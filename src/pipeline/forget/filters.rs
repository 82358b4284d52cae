//! Filters of values that nobody carries any more.

use std::collections::{HashMap, HashSet};

use arrow::array::BooleanArray;

use super::PipelineError;
use crate::pipeline::zone::{FILTER, IDENTITIES};
use crate::pseudonymise::{FilterField, Tokens, filtered_rows};
use crate::store::{Manifest, Part, Store, Zone};

/// Takes filters that no identity of any run names out of all runs.
///
/// # Errors
/// A part that cannot be read or written.
pub(super) fn drop_filters(store: &Store, runs: &mut [Manifest]) -> Result<(), PipelineError> {
    let carried = carried(store, runs)?;
    let mut copies: HashMap<Part, Part> = HashMap::new();
    for table in runs.iter_mut().filter_map(|run| run.tables.get_mut(FILTER)) {
        for part in &mut table.parts {
            let copy = match copies.get(part) {
                Some(copy) => copy.clone(),
                None => {
                    let copy = store.keeping(Zone::Identities, part, &|batch| {
                        let names = filtered_rows(batch).unwrap_or_default().into_iter();
                        names.map(|name| Some(carried.contains(&name))).collect::<BooleanArray>()
                    })?;
                    copies.insert(part.clone(), copy.clone());
                    copy
                }
            };
            *part = copy;
        }
    }
    Ok(())
}

/// What names the filters of the values that identities carry.
fn carried(store: &Store, runs: &[Manifest]) -> Result<HashSet<(FilterField, u64)>, PipelineError> {
    let tables = runs.iter().flat_map(|run| IDENTITIES.map(|name| run.tables.get(name)));
    let parts: HashSet<&Part> = tables.flatten().flat_map(|table| &table.parts).collect();
    let mut carried = HashSet::new();
    for part in parts {
        for batch in store.stream(Zone::Identities, part)? {
            let identities = Tokens::of_rows(&batch?);
            carried.extend(identities.iter().flat_map(|(_, tokens)| tokens.filtered()));
        }
    }
    Ok(carried)
}
