//! How wide rows are, as far as their texts make them: a row group of wide rows must be shorter.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int32Type;

/// No less than the bytes of a batch's texts; cheap, and not the same for the same rows in other batches.
pub(super) fn most_bytes(batch: &RecordBatch) -> usize {
    let of_column = |column: &ArrayRef| {
        if let Some(texts) = column.as_string_opt::<i32>() {
            let offsets = texts.value_offsets();
            return (offsets[offsets.len() - 1] - offsets[0]) as usize;
        }
        let Some(listed) = column.as_dictionary_opt::<Int32Type>() else { return 0 };
        let longest =
            listed.values().as_string_opt::<i32>().and_then(|list| list.offsets().lengths().max());
        longest.unwrap_or(0) * listed.len()
    };
    batch.columns().iter().map(of_column).sum()
}

/// The bytes of each row's texts.
pub(super) fn bytes_of_rows(batch: &RecordBatch) -> Vec<usize> {
    let mut bytes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        if let Some(texts) = column.as_string_opt::<i32>() {
            for (sum, text) in bytes.iter_mut().zip(texts) {
                *sum += text.map_or(0, str::len);
            }
        } else if let Some(listed) = column.as_dictionary_opt::<Int32Type>()
            && let Some(list) = listed.values().as_string_opt::<i32>()
        {
            for (sum, key) in bytes.iter_mut().zip(listed.keys()) {
                *sum += key.map_or(0, |key| list.value(key as usize).len());
            }
        }
    }
    bytes
}
