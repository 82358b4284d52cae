//! Copies of parts without the rows that do not stand.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;

use super::Standing;
use super::record_rows::RecordRows;
use crate::domain::{Period, days_since_epoch};
use crate::store::{Part, Store, StoreError, Zone};

/// What the records that stand say of one identity.
#[derive(Debug, Default)]
struct Seen {
    n_records: i64,
    first: Option<i32>,
    last: Option<i32>,
    /// The least code stands for several.
    provider: Option<String>,
}

/// What stands of a delivery without some rows, and without those whose event lies in a window.
///
/// `overtaken` are places of rows, ascending. The identities are those of the rows that stand, with
/// their counts and dates.
///
/// # Errors
/// What the store says.
pub(super) fn without(
    store: &Store,
    records: &Part,
    identities: &Part,
    overtaken: &[u32],
    event_column: Option<&str>,
    windows: &[Period],
) -> Result<Standing, StoreError> {
    let windows: Vec<(i32, i32)> = windows
        .iter()
        .map(|window| (days_since_epoch(window.from()), days_since_epoch(window.to())))
        .collect();
    let mut overtaken = overtaken.iter().copied().peekable();
    let mut seen: HashMap<i64, Seen> = HashMap::new();
    let mut place = 0;
    let batches = store.stream(Zone::Parts, records)?;
    let mut writer = store.writer(Zone::Parts, batches.schema().clone())?;
    for batch in batches {
        let batch = batch?;
        let rows = RecordRows::of(&batch, event_column);
        let stands: BooleanArray = (0..batch.num_rows())
            .map(|row| {
                let is_overtaken = overtaken.next_if_eq(&(place + row as u32)).is_some();
                let is_in = |day: i32| windows.iter().any(|(from, to)| *from <= day && day < *to);
                let stands = !is_overtaken && !rows.event(row).is_some_and(is_in);
                if stands {
                    see(&mut seen, &rows, row);
                }
                Some(stands)
            })
            .collect();
        place += batch.num_rows() as u32;
        writer.write(&kept(&batch, &stands)?)?;
    }
    let standing = writer.finish()?;
    let n_superseded = records.n_rows - standing.n_rows;
    if n_superseded == 0 {
        return Ok(Standing::whole(records, identities));
    }
    let identities = identities_of(store, identities, &seen)?;
    Ok(Standing {
        records: (standing.n_rows > 0).then_some(standing),
        identities: (identities.n_rows > 0).then_some(identities),
        n_superseded,
    })
}

fn see(seen: &mut HashMap<i64, Seen>, rows: &RecordRows<'_>, row: usize) {
    let Some(identity) = rows.identity(row) else { return };
    let seen = seen.entry(identity).or_default();
    seen.n_records += 1;
    if let Some(day) = rows.event(row) {
        seen.first = Some(seen.first.map_or(day, |first| first.min(day)));
        seen.last = Some(seen.last.map_or(day, |last| last.max(day)));
    }
    if let Some(code) = rows.provider(row)
        && seen.provider.as_deref().is_none_or(|own| code < own)
    {
        seen.provider = Some(code.to_owned());
    }
}

/// The identities that records stand for, with what these say of them.
fn identities_of(
    store: &Store,
    identities: &Part,
    seen: &HashMap<i64, Seen>,
) -> Result<Part, StoreError> {
    let batches = store.stream(Zone::Identities, identities)?;
    let mut writer = store.writer(Zone::Identities, batches.schema().clone())?;
    for batch in batches {
        let batch = batch?;
        let ids = batch.column(0).as_primitive::<Int64Type>();
        let stands: BooleanArray =
            ids.values().iter().map(|id| Some(seen.contains_key(id))).collect();
        let batch = kept(&batch, &stands)?;
        writer.write(&recounted(&batch, seen).map_err(|_| damaged(identities))?)?;
    }
    writer.finish()
}

fn recounted(batch: &RecordBatch, seen: &HashMap<i64, Seen>) -> Result<RecordBatch, ArrowError> {
    let ids = batch.column(0).as_primitive::<Int64Type>().values();
    let of = || ids.iter().filter_map(|id| seen.get(id));
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        match field.name().as_str() {
            "n_records" => {
                Arc::new(of().map(|s| Some(s.n_records)).collect::<Int64Array>()) as ArrayRef
            }
            "first_seen" => Arc::new(of().map(|s| s.first).collect::<Date32Array>()),
            "last_seen" => Arc::new(of().map(|s| s.last).collect::<Date32Array>()),
            "provider_code" => {
                Arc::new(of().map(|s| s.provider.as_deref()).collect::<StringArray>())
            }
            _ => Arc::clone(column),
        }
    });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect())
}

fn kept(batch: &RecordBatch, stands: &BooleanArray) -> Result<RecordBatch, StoreError> {
    Ok(filter_record_batch(batch, stands).expect("the mask has an entry for each row of the batch"))
}

fn damaged(part: &Part) -> StoreError {
    StoreError::DamagedPart { sha256: part.sha256.clone(), reason: "its columns do not fit" }
}
