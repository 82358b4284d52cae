//! One form for each type, so that a model's bytes don't depend on how it was planned.
//!
//! Dictionaries and views become what they stand for, every column may be null, metadata goes.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

/// The schema that a plan's output is stored with.
pub(crate) fn plain_schema(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(plain_field).collect::<Vec<_>>()))
}

/// The batch under its plain schema.
pub(crate) fn plain_batch(
    batch: &RecordBatch,
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() {
            Ok(Arc::clone(column))
        } else {
            cast(column, field.data_type())
        }
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_, _>>()?)
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), plain_type(field.data_type()), true))
}

fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) => {
            DataType::List(plain_field(item))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        // A column of nothing but nulls has no type of its own.
        DataType::Null => DataType::Utf8,
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        ArrayRef, AsArray, DictionaryArray, Int64Array, NullArray, StringViewArray, StructArray,
    };
    use datafusion::arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn views_dictionaries_and_flags_go_and_values_stay() {
        let inner: Vec<(FieldRef, ArrayRef)> = vec![(
            Arc::new(Field::new("v", DataType::Utf8View, false)),
            Arc::new(StringViewArray::from(vec!["a", "b"])),
        )];
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("d", Arc::new(DictionaryArray::<Int32Type>::from_iter(["x", "x"]))),
            ("s", Arc::new(StructArray::from(inner))),
            ("n", Arc::new(Int64Array::from(vec![1, 2]))),
            ("z", Arc::new(NullArray::new(2))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(n, c)| (n, c, n == "z")),
        )
        .expect("a batch");
        let schema = plain_schema(batch.schema_ref());
        let plain = plain_batch(&batch, &schema).expect("castable");
        assert!(schema.fields().iter().all(|field| field.is_nullable()));
        assert_eq!(plain.column(0).as_string::<i32>().value(1), "x");
        assert_eq!(plain.column(1).as_struct().column(0).as_string::<i32>().value(1), "b");
        assert_eq!(plain.column(3).null_count(), 2);
    }
}
