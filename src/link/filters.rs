//! Keyed Bloom filters of values, found by the codes that the values have.

use arrow::array::{Array, AsArray, RecordBatch};

use super::dictionary::Dictionary;
use super::error::LinkError;
use super::table::Table;

/// Bytes of a filter.
const BYTES: usize = 64;

/// The filter table: rows of each kind of values.
pub(crate) struct FilterTable<'a> {
    kinds: Vec<&'a str>,
    tokens: Vec<u64>,
    bits: Vec<[u64; 8]>,
}

impl<'a> FilterTable<'a> {
    /// # Errors
    /// A column is missing or of another type.
    pub(crate) fn read(batches: &'a [RecordBatch]) -> Result<Self, LinkError> {
        let table = Table::new("filters", batches);
        let mut bits = Vec::new();
        for array in table.arrays("bits") {
            let array = array?.as_fixed_size_binary_opt();
            let array = array.filter(|array| array.value_length() as usize == BYTES);
            let array = array.ok_or_else(|| table.wrong_type("bits", "FixedSizeBinary(64)"))?;
            bits.extend((0..array.len()).map(|row| words(array.value(row))));
        }
        Ok(Self { kinds: table.texts("field")?, tokens: table.tokens("token")?, bits })
    }

    /// The filters of one kind for the values of a dictionary; none where there is no such kind.
    pub(crate) fn of(&mut self, kind: Option<&str>, dictionary: &Dictionary) -> ValueFilters {
        let Some(kind) = kind.filter(|_| !self.bits.is_empty()) else {
            return ValueFilters::default();
        };
        let mut filters = vec![[0; 8]; dictionary.len() + 1];
        for (row, _) in self.kinds.iter().enumerate().filter(|(_, found)| **found == kind) {
            if let Some(code) = dictionary.code(self.tokens[row]) {
                filters[code as usize] = self.bits[row];
            }
        }
        ValueFilters(filters)
    }
}

fn words(bytes: &[u8]) -> [u64; 8] {
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// The filters of the values of one dictionary, by code; no bit is set where there is none.
#[derive(Debug, Default)]
pub(crate) struct ValueFilters(Vec<[u64; 8]>);

impl ValueFilters {
    /// The filter of a value; `None` for a missing one, or where none was made.
    pub(crate) fn get(&self, code: u32) -> Option<&[u64; 8]> {
        self.0.get(code as usize).filter(|bits| **bits != [0; 8])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{FixedSizeBinaryArray, StringArray, UInt64Array};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn table(rows: &[(&str, u64, [u64; 8])]) -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("field", DataType::Utf8, false),
            Field::new("token", DataType::UInt64, false),
            Field::new("bits", DataType::FixedSizeBinary(64), false),
        ]);
        let bits =
            rows.iter().map(|row| row.2.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<_>>());
        let columns: [Arc<dyn Array>; 3] = [
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.0))),
            Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.1))),
            Arc::new(FixedSizeBinaryArray::try_from_iter(bits).unwrap()),
        ];
        RecordBatch::try_new(Arc::new(schema), columns.to_vec()).unwrap()
    }

    #[test]
    fn a_filter_is_found_by_the_code_of_its_value_in_its_kind() {
        let (one, two) = ([1, 2, 3, 4, 5, 6, 7, 8], [9; 8]);
        let rows = [("name", 30, one), ("street", 30, two), ("name", 10, two), ("name", 99, two)];
        let batches = [table(&rows), table(&rows[..1])];
        let mut filters = FilterTable::read(&batches).unwrap();
        let dictionary = Dictionary::of(&[vec![10, 0, 30, 20]]);
        let names = filters.of(Some("name"), &dictionary);
        let code = |token| dictionary.code(token).unwrap();
        assert_eq!(names.get(code(30)), Some(&one));
        assert_eq!(names.get(code(10)), Some(&two));
        assert_eq!((names.get(code(20)), names.get(0), names.get(77)), (None, None, None));
        assert_eq!(filters.of(Some("street"), &dictionary).get(code(30)), Some(&two));
        assert_eq!(filters.of(None, &dictionary).get(code(30)), None);
    }

    #[test]
    fn bits_of_another_width_are_refused() {
        let schema = Schema::new(vec![Field::new("bits", DataType::Utf8, false)]);
        let bits: Arc<dyn Array> = Arc::new(StringArray::from(vec!["x"]));
        let batch = RecordBatch::try_new(Arc::new(schema), vec![bits]).unwrap();
        assert!(FilterTable::read(&[batch]).is_err());
    }
}
