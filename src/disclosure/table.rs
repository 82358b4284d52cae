//! The unprotected table, column by column.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::array_value_to_string;

use super::DisclosureError;

/// A table whose numbers nobody outside may see.
pub(super) struct Table {
    pub(super) name: String,
    batch: RecordBatch,
}

impl Table {
    pub(super) fn new(name: &str, batches: &[RecordBatch]) -> Result<Self, DisclosureError> {
        let broken = |source| DisclosureError::Table { table: name.to_owned(), source };
        let Some(first) = batches.first() else {
            return Err(DisclosureError::InvalidSpec {
                table: name.to_owned(),
                reason: "no batch, not even an empty one, so no columns".to_owned(),
            });
        };
        let batch = concat_batches(&first.schema(), batches).map_err(broken)?;
        Ok(Self { name: name.to_owned(), batch })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub(super) fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    pub(super) fn column(&self, column: &str) -> Result<&ArrayRef, DisclosureError> {
        self.batch.column_by_name(column).ok_or_else(|| DisclosureError::MissingColumn {
            table: self.name.clone(),
            column: column.to_owned(),
        })
    }

    /// Whether the column holds whole numbers.
    pub(super) fn is_integer(&self, column: &str) -> Result<bool, DisclosureError> {
        Ok(self.column(column)?.data_type().is_integer())
    }

    /// Counts: whole numbers, none below zero.
    pub(super) fn counts(&self, column: &str) -> Result<Int64Array, DisclosureError> {
        let array = self.column(column)?;
        let wrong = || self.wrong_type(column, "whole numbers");
        if !(array.data_type().is_integer() || array.data_type().is_null()) {
            return Err(wrong());
        }
        let counts = cast(array, &DataType::Int64).map_err(|_| wrong())?;
        if counts.null_count() > array.null_count() {
            return Err(wrong());
        }
        let counts = counts.as_primitive::<Int64Type>().clone();
        if counts.iter().flatten().any(|n| n < 0) {
            return Err(DisclosureError::NegativeCount {
                table: self.name.clone(),
                column: column.to_owned(),
            });
        }
        Ok(counts)
    }

    /// Numbers of any kind; what is not finite counts as missing.
    pub(super) fn numbers(&self, column: &str) -> Result<Float64Array, DisclosureError> {
        let array = self.column(column)?;
        let wrong = || self.wrong_type(column, "numbers");
        if !(array.data_type().is_numeric() || array.data_type().is_null()) {
            return Err(wrong());
        }
        let numbers = cast(array, &DataType::Float64).map_err(|_| wrong())?;
        let finite = numbers.as_primitive::<Float64Type>().iter();
        Ok(finite.map(|value| value.filter(|v| v.is_finite())).collect())
    }

    /// The column as it is, with every kind of text as plain text.
    pub(super) fn plain(&self, column: &str) -> Result<ArrayRef, DisclosureError> {
        let array = self.column(column)?;
        match array.data_type() {
            DataType::Utf8View | DataType::LargeUtf8 | DataType::Dictionary(_, _) => {
                cast(array, &DataType::Utf8).map_err(|_| self.wrong_type(column, "text"))
            }
            _ => Ok(array.clone()),
        }
    }

    /// The column's cells as text; a null is empty.
    pub(super) fn texts(&self, column: &str) -> Result<StringArray, DisclosureError> {
        let array = self.plain(column)?;
        let cells = (0..array.len()).map(|row| {
            (!array.is_null(row))
                .then(|| array_value_to_string(&array, row).ok())
                .flatten()
                .unwrap_or_default()
        });
        Ok(StringArray::from_iter_values(cells))
    }

    /// For each row its dimensions as one text, all different.
    pub(super) fn keys(&self, dimensions: &[String]) -> Result<Vec<String>, DisclosureError> {
        let columns =
            dimensions.iter().map(|name| self.texts(name)).collect::<Result<Vec<_>, _>>()?;
        let keys: Vec<String> = (0..self.n_rows())
            .map(|row| columns.iter().map(|c| c.value(row)).collect::<Vec<_>>().join("\u{1f}"))
            .collect();
        if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
            return Err(DisclosureError::DuplicateCell { table: self.name.clone() });
        }
        Ok(keys)
    }

    fn wrong_type(&self, column: &str, expected: &'static str) -> DisclosureError {
        DisclosureError::WrongType { table: self.name.clone(), column: column.to_owned(), expected }
    }
}
