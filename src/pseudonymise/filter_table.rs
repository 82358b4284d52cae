//! The table of filters in the identity zone: one row for each distinct value.

use std::sync::Arc;

use arrow::array::{
    Array, AsArray, FixedSizeBinaryBuilder, RecordBatch, StringBuilder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use arrow::error::ArrowError;

use super::filter::{Filter, FilterBits, FilterField};

/// Bytes of a filter.
const BYTES: usize = size_of::<FilterBits>();

/// Columns of the filter table: `bits` are 64 bytes, the first holding the bits 0 to 7.
#[must_use]
pub fn filter_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("field", DataType::Utf8, false),
        Field::new("token", DataType::UInt64, false),
        Field::new("bits", DataType::FixedSizeBinary(BYTES as i32), false),
    ]))
}

/// Rows of the filter table.
///
/// # Errors
/// A batch that cannot be made.
pub fn filter_batch(filters: &[Filter]) -> Result<RecordBatch, ArrowError> {
    let n = filters.len();
    let (mut fields, mut tokens) = (StringBuilder::new(), UInt64Builder::with_capacity(n));
    let mut bits = FixedSizeBinaryBuilder::with_capacity(n, BYTES as i32);
    for filter in filters {
        fields.append_value(filter.field.as_str());
        tokens.append_value(filter.token);
        let bytes: Vec<u8> = filter.bits.iter().flat_map(|word| word.to_le_bytes()).collect();
        bits.append_value(bytes)?;
    }
    let columns: [Arc<dyn Array>; 3] =
        [Arc::new(fields.finish()), Arc::new(tokens.finish()), Arc::new(bits.finish())];
    RecordBatch::try_new(filter_schema(), columns.to_vec())
}

/// What the filters of a table's rows are named by, row by row; `None` if it is no filter table.
#[must_use]
pub fn filtered_rows(batch: &RecordBatch) -> Option<Vec<(FilterField, u64)>> {
    let fields = batch.column_by_name("field")?.as_string_opt::<i32>()?;
    let tokens = batch.column_by_name("token")?.as_primitive_opt::<UInt64Type>()?;
    let named = |name: &str| FilterField::ALL.into_iter().find(|field| field.as_str() == name);
    let rows = fields.iter().zip(tokens.values());
    rows.map(|(name, token)| Some((named(name?)?, *token))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_their_filters_are_of() {
        let filters = [
            Filter { field: FilterField::Name, token: 7, bits: [1, 0, 0, 0, 0, 0, 0, 1 << 63] },
            Filter { field: FilterField::Birth, token: 9, bits: [2; 8] },
        ];
        let batch = filter_batch(&filters).unwrap();
        let rows = filtered_rows(&batch).unwrap();
        assert_eq!(rows, [(FilterField::Name, 7), (FilterField::Birth, 9)]);
        let bits = batch.column(2).as_fixed_size_binary();
        assert_eq!((bits.value(0)[0], bits.value(0)[63], bits.value(1)[8]), (1, 128, 2));
        assert_eq!(filtered_rows(&RecordBatch::new_empty(Arc::new(Schema::empty()))), None);
    }
}
