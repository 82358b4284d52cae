//! Rows that step 6 weighs: the one thing that the oracle takes from the hub.
//!
//! Which rows reach the threshold hangs on what was learned, so it is not computed a second time. Of
//! each row that the hub says it linked by weight only that is taken; with whom the row belongs says
//! the truth, so that a row given to somebody else changes figures here and not there.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use hub::store::{Store, TableEntry};

use crate::zone_files::open_store;

/// How a row stands that the exact ladder could not place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Linked by the weight of its evidence.
    Linked,
    /// A person of its own: somebody like it would have been found.
    Alone,
}

/// By file and line, the rows that step 6 linked or found to say enough.
pub(crate) type Weighed = HashMap<(String, usize), Standing>;

/// What the run in a folder says of its rows.
pub(crate) fn of_run(folder: &Path) -> Weighed {
    let store = open_store(folder);
    let run = store.current().expect("a store").expect("a run");
    let mut standing_of = BTreeMap::new();
    for batch in rows(&store, &run.tables["link.person_index"]) {
        let ids = ints(&batch, "identity_id");
        let text = |name: &str| batch.column_by_name(name).expect("a column").as_string::<i32>();
        let (steps, statuses) = (text("step"), text("status"));
        for (at, id) in ids.iter().enumerate() {
            let step = steps.is_valid(at).then(|| steps.value(at));
            let standing = match (step, statuses.value(at)) {
                (Some("6"), _) => Some(Standing::Linked),
                (None, "single" | "potential" | "many_matches") => Some(Standing::Alone),
                _ => None,
            };
            standing_of.extend(standing.map(|standing| (*id, standing)));
        }
    }
    let file_of: BTreeMap<&str, &str> =
        run.deliveries.iter().map(|one| (&one.sha256[..12], one.file.as_str())).collect();
    let mut weighed = Weighed::new();
    for (_, entry) in run.tables.iter().filter(|(name, _)| name.starts_with("record.")) {
        for batch in rows(&store, entry) {
            let Some(identities) = batch.column_by_name("identity_id") else { continue };
            let identities = identities.as_primitive::<Int64Type>();
            let deliveries = batch.column_by_name("delivery").expect("a column").as_string::<i32>();
            for (at, line) in ints(&batch, "line").iter().enumerate() {
                let known = identities.is_valid(at).then(|| standing_of.get(&identities.value(at)));
                let (Some(Some(standing)), Some(file)) = (known, file_of.get(deliveries.value(at)))
                else {
                    continue;
                };
                let line = usize::try_from(*line).expect("a line");
                weighed.insert(((*file).to_owned(), line), *standing);
            }
        }
    }
    weighed
}

fn rows(store: &Store, entry: &TableEntry) -> Vec<RecordBatch> {
    let read = |part| store.read(entry.zone, part).expect("a part");
    entry.parts.iter().flat_map(read).collect()
}

fn ints<'a>(batch: &'a RecordBatch, name: &str) -> &'a [i64] {
    batch.column_by_name(name).expect("a column").as_primitive::<Int64Type>().values()
}
