//! Reading the columns of the tables that linkage takes.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Int64Type, UInt64Type};

use super::error::LinkError;

/// Some batches of one table, with the name it has in messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    name: &'static str,
    batches: &'a [RecordBatch],
}

impl<'a> Table<'a> {
    pub(crate) fn new(name: &'static str, batches: &'a [RecordBatch]) -> Self {
        Self { name, batches }
    }

    /// A column of ids or counts without nulls.
    pub(crate) fn int64(self, column: &'static str) -> Result<Vec<i64>, LinkError> {
        self.without_nulls::<Int64Type>(column, "Int64")
    }

    /// A column of ids in which nulls may stand.
    pub(crate) fn int64_or_null(self, column: &'static str) -> Result<Vec<Option<i64>>, LinkError> {
        let mut values = Vec::new();
        for array in self.arrays(column) {
            let array = array?.as_primitive_opt::<Int64Type>();
            values.extend(array.ok_or_else(|| self.wrong_type(column, "Int64"))?);
        }
        Ok(values)
    }

    /// A column of dates without nulls, in days since 1970.
    pub(crate) fn days(self, column: &'static str) -> Result<Vec<i32>, LinkError> {
        self.without_nulls::<Date32Type>(column, "Date32")
    }

    /// The same, of a column that batches may lack.
    pub(crate) fn tokens_or_none(self, column: &'static str) -> Result<Vec<u64>, LinkError> {
        let mut values = Vec::new();
        for batch in self.batches {
            match batch.column_by_name(column) {
                Some(_) => {
                    let one = std::slice::from_ref(batch);
                    values.extend(Self { batches: one, ..self }.tokens(column)?);
                }
                None => values.resize(values.len() + batch.num_rows(), 0),
            }
        }
        Ok(values)
    }

    /// A column of tokens, 0 for null.
    pub(crate) fn tokens(self, column: &'static str) -> Result<Vec<u64>, LinkError> {
        let mut values = Vec::new();
        for array in self.arrays(column) {
            let array = array?.as_primitive_opt::<UInt64Type>();
            let array = array.ok_or_else(|| self.wrong_type(column, "UInt64"))?;
            if array.null_count() == 0 {
                values.extend_from_slice(array.values());
            } else {
                values.extend(array.iter().map(Option::unwrap_or_default));
            }
        }
        Ok(values)
    }

    /// A column of flags, `false` for null.
    pub(crate) fn flags(self, column: &'static str) -> Result<Vec<bool>, LinkError> {
        let mut values = Vec::new();
        for array in self.arrays(column) {
            let array =
                array?.as_boolean_opt().ok_or_else(|| self.wrong_type(column, "Boolean"))?;
            values.extend(array.iter().map(Option::unwrap_or_default));
        }
        Ok(values)
    }

    /// A column of words, empty for null.
    pub(crate) fn texts(self, column: &'static str) -> Result<Vec<&'a str>, LinkError> {
        let mut values = Vec::new();
        for array in self.arrays(column) {
            let array = array?;
            match array.data_type() {
                DataType::Utf8 => {
                    values.extend(array.as_string::<i32>().iter().map(Option::unwrap_or_default));
                }
                DataType::Utf8View => {
                    values.extend(array.as_string_view().iter().map(Option::unwrap_or_default));
                }
                _ => return Err(self.wrong_type(column, "Utf8")),
            }
        }
        Ok(values)
    }

    fn without_nulls<T: ArrowPrimitiveType>(
        self,
        column: &'static str,
        expected: &'static str,
    ) -> Result<Vec<T::Native>, LinkError> {
        let mut values = Vec::new();
        for array in self.arrays(column) {
            let array = array?.as_primitive_opt::<T>();
            let array = array.ok_or_else(|| self.wrong_type(column, expected))?;
            if array.null_count() > 0 {
                return Err(LinkError::NullKey { table: self.name, column });
            }
            values.extend_from_slice(array.values());
        }
        Ok(values)
    }

    pub(crate) fn arrays(
        self,
        column: &'static str,
    ) -> impl Iterator<Item = Result<&'a dyn Array, LinkError>> {
        self.batches.iter().map(move |batch| {
            let missing = || LinkError::MissingColumn { table: self.name, column };
            Ok(batch.column_by_name(column).ok_or_else(missing)?.as_ref())
        })
    }

    pub(crate) fn wrong_type(self, column: &'static str, expected: &'static str) -> LinkError {
        LinkError::WrongType { table: self.name, column, expected }
    }
}
