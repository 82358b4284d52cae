//! A column chunk of truth values, one bit each.

use arrow::array::BooleanArray;
use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::compute::filter;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::pages::{Chunk, Pages};
use super::validity::Validity;

/// The chunk of truth values that come in pieces.
pub(super) fn chunk(
    pieces: &[ArrayRef],
    descriptor: &ColumnDescPtr,
) -> Result<Chunk, ParquetError> {
    let validity = Validity::of(pieces.iter().map(AsRef::as_ref));
    let mut bits = BooleanBufferBuilder::new(validity.n_values());
    let mut n_true = 0;
    for piece in pieces {
        let known = match piece.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => ArrayRef::clone(piece),
            Some(nulls) => filter(piece, &BooleanArray::new(nulls.inner().clone(), None))?,
        };
        let wrong = || ParquetError::General("a column of flags holds something else".to_owned());
        let known = known.as_boolean_opt().ok_or_else(wrong)?;
        n_true += known.true_count();
        bits.append_buffer(known.values());
    }
    let n_bytes = validity.n_values().div_ceil(8);
    let mut page = validity.page(descriptor, n_bytes);
    page.extend_from_slice(&bits.as_slice()[..n_bytes]);
    let extremes = (validity.n_values() > 0).then(|| (n_true == validity.n_values(), n_true > 0));
    let (least, greatest) = extremes.unzip();
    let n_nulls = Some(validity.n_nulls as u64);
    let statistics = Statistics::boolean(least, greatest, None, n_nulls, false);
    Pages::plain(page, Encoding::PLAIN, validity.n_rows, statistics).chunk(descriptor)
}
