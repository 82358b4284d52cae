//! Which rows of a column have a value, and the definition levels that say so.

use arrow::array::{Array, BooleanBufferBuilder};
use parquet::schema::types::ColumnDescPtr;

use super::hybrid;

/// The rows of a column, and which of them are null.
pub(super) struct Validity {
    pub(super) n_rows: usize,
    pub(super) n_nulls: usize,
    /// A bit for each row, if some are null and some are not.
    bits: Option<BooleanBufferBuilder>,
}

impl Validity {
    /// Of pieces that tell by themselves which of their rows are null.
    pub(super) fn of<'a>(pieces: impl Iterator<Item = &'a dyn Array> + Clone) -> Self {
        let n_rows = pieces.clone().map(Array::len).sum();
        let n_nulls = pieces.clone().map(Array::null_count).sum();
        let is_mixed = n_nulls > 0 && n_nulls < n_rows;
        let bits = is_mixed.then(|| {
            let mut bits = BooleanBufferBuilder::new(n_rows);
            for piece in pieces {
                match piece.nulls() {
                    Some(nulls) => bits.append_buffer(nulls.inner()),
                    None => bits.append_n(piece.len(), true),
                }
            }
            bits
        });
        Self { n_rows, n_nulls, bits }
    }

    pub(super) fn n_values(&self) -> usize {
        self.n_rows - self.n_nulls
    }

    /// A page of these rows as far as its levels: none where no null may be, else their length in bytes
    /// and a run, or the bits as they are.
    pub(super) fn page(&self, descriptor: &ColumnDescPtr, n_bytes_of_values: usize) -> Vec<u8> {
        let mut page = Vec::with_capacity(n_bytes_of_values + self.n_rows / 8 + 16);
        if descriptor.max_def_level() == 0 {
            return page;
        }
        page.extend_from_slice(&[0; 4]);
        match &self.bits {
            Some(bits) => hybrid::append_bits(self.n_rows, bits.as_slice(), &mut page),
            None => hybrid::append_run(u32::from(self.n_nulls == 0), self.n_rows, 1, &mut page),
        }
        let n_bytes = (page.len() - 4) as u32;
        page[..4].copy_from_slice(&n_bytes.to_le_bytes());
        page
    }
}
