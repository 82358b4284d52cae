//! Keyed Bloom filters of values, found by the codes that the values have.

use arrow::array::{Array, AsArray, RecordBatch};

use super::dictionary::Dictionary;
use super::error::LinkError;
use super::table::Table;

/// Bytes of a filter.
const BYTES: usize = 64;
/// Bits of a filter.
const BITS: usize = 8 * BYTES;

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
        ValueFilters::new(filters)
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
pub(crate) struct ValueFilters {
    bits: Vec<[u64; 8]>,
    /// Estimated number of elements of each, in units that cancel out.
    sizes: Vec<f32>,
    /// The same for a number of bits set.
    by_count: Vec<f32>,
}

impl ValueFilters {
    pub(crate) fn new(bits: Vec<[u64; 8]>) -> Self {
        // A filter with x of m bits set holds about -m/k ln(1 - x/m) elements (Swamidass and Baldi
        // 2007); m/k is the same for all. A full one is taken to lack half a bit.
        let of_count = |n: usize| -(1.0 - (n as f32).min(BITS as f32 - 0.5) / BITS as f32).ln();
        let by_count: Vec<f32> = (0..=BITS).map(of_count).collect();
        let n_set =
            |bits: &[u64; 8]| bits.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        let sizes = bits.iter().map(|bits| by_count[n_set(bits)]).collect();
        Self { bits, sizes, by_count }
    }

    /// Whether there is no filter at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// The estimated Dice coefficient of two values' elements: twice the shared ones over all; 0 if
    /// one of them has no filter.
    pub(crate) fn dice(&self, left: u32, right: u32) -> f32 {
        let (left, right) = (left as usize, right as usize);
        let (Some(one), Some(other)) = (self.bits.get(left), self.bits.get(right)) else {
            return 0.0;
        };
        let (one_size, other_size) = (self.sizes[left], self.sizes[right]);
        if one_size == 0.0 || other_size == 0.0 {
            return 0.0;
        }
        let n_either = |(one, other): (&u64, &u64)| (one | other).count_ones() as usize;
        let either: usize = one.iter().zip(other).map(n_either).sum();
        let sum = one_size + other_size;
        2.0 * (sum - self.by_count[either]) / sum
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
        assert_eq!(names.bits[code(30) as usize], one);
        assert_eq!(names.bits[code(10) as usize], two);
        assert_eq!(names.bits[code(20) as usize], [0; 8], "it has none");
        assert_eq!(filters.of(Some("street"), &dictionary).bits[code(30) as usize], two);
        assert!(filters.of(None, &dictionary).is_empty());
    }

    #[test]
    fn likeness_is_that_of_the_elements_and_not_of_the_bits() {
        // Swamidass and Baldi's formula by hand: 64 of 512 bits are 68.37 elements, the 96 of both
        // together 106.31; so 30.42 are shared, and Dice is 60.85 / 136.74. Bits alone would say 1/2.
        let half = |from: usize| {
            let mut bits = [0_u64; 8];
            (from..from + 64).for_each(|at| bits[at / 64] |= 1 << (at % 64));
            bits
        };
        let filters = ValueFilters::new(vec![[0; 8], half(0), half(32), half(0)]);
        assert_eq!(filters.dice(1, 3), 1.0);
        assert!((filters.dice(1, 2) - 0.4450).abs() < 0.0005, "{}", filters.dice(1, 2));
        assert_eq!((filters.dice(0, 1), filters.dice(1, 9)), (0.0, 0.0));
    }

    #[test]
    fn bits_of_another_width_are_refused() {
        let schema = Schema::new(vec![Field::new("bits", DataType::Utf8, false)]);
        let bits: Arc<dyn Array> = Arc::new(StringArray::from(vec!["x"]));
        let batch = RecordBatch::try_new(Arc::new(schema), vec![bits]).unwrap();
        assert!(FilterTable::read(&[batch]).is_err());
    }
}
