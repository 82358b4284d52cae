//! What each run hands on to the next about those who are to be forgotten: marks, and when it was.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};

use super::PipelineError;
use crate::domain::Sensitivity;
use crate::store::{Forgetting, Manifest, Part, Store, TableEntry, Zone};

/// The table of marks.
pub(super) const FORGOTTEN: &str = "forgotten";
const MARK: &str = "mark";

/// The marks that a run carries of those who are to be forgotten.
///
/// # Errors
/// A part that cannot be read: then it is unknown who may be taken in.
pub(in super::super) fn marks(
    store: &Store,
    run: Option<&Manifest>,
) -> Result<Vec<u64>, PipelineError> {
    let mut marks = Vec::new();
    let parts = forgotten_table(run).into_iter().flat_map(|table| table.parts);
    for part in parts {
        for batch in store.read(Zone::Identities, &part)? {
            let column = batch.column(0).as_primitive_opt::<UInt64Type>();
            marks.extend(column.into_iter().flatten().flatten());
        }
    }
    Ok(marks)
}

/// Whether a run carries marks of anybody.
pub(in super::super) fn has_marks(run: Option<&Manifest>) -> bool {
    forgotten_table(run).is_some_and(|table| table.n_rows() > 0)
}

/// The table of marks, which every run after hands on.
fn forgotten_table(run: Option<&Manifest>) -> Option<TableEntry> {
    run?.tables.get(FORGOTTEN).cloned()
}

/// Adds what a run hands on to the next about those who are to be forgotten.
pub(in super::super) fn hand_on(before: Option<&Manifest>, next: &mut Manifest) {
    let Some(before) = before else { return };
    if let Some(table) = forgotten_table(Some(before)) {
        next.tables.insert(FORGOTTEN.to_owned(), table);
    }
    if let Some(governance) = &mut next.governance {
        governance.forgotten = records(Some(before)).to_vec();
    }
}

/// Every time that somebody was forgotten, as a run says it.
pub(in super::super) fn records(run: Option<&Manifest>) -> &[Forgetting] {
    let said = run.and_then(|run| run.governance.as_ref());
    said.map_or(&[], |said| &said.forgotten)
}

/// The table of marks that lie in this part.
pub(super) fn table_of(marks: &Part) -> TableEntry {
    TableEntry {
        zone: Zone::Identities,
        parts: vec![marks.clone()],
        recipe: String::new(),
        sensitivity: Sensitivity::Person,
        grain: vec![MARK.to_owned()],
    }
}

/// Writes marks, ascending.
pub(super) fn write_marks(store: &Store, marks: BTreeSet<u64>) -> Result<Part, PipelineError> {
    let schema = Arc::new(Schema::new(vec![Field::new(MARK, DataType::UInt64, false)]));
    let mut writer = store.writer(Zone::Identities, Arc::clone(&schema))?;
    let marks: UInt64Array = marks.into_iter().map(Some).collect();
    let batch = RecordBatch::try_new(schema, vec![Arc::new(marks)]);
    writer.write(&batch.expect("one column of the declared type"))?;
    Ok(writer.finish()?)
}
