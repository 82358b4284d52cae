//! A column chunk of one data page, with or without a list before it.

use std::cell::RefCell;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use super::hybrid::{self, bit_width};
use super::validity::Validity;

/// Level of zstd.
pub(super) const LEVEL: i32 = 1;
/// Bytes from which a page is tried for noise, and of which a part is tried.
const SAMPLE: usize = 32 * 1024;

/// A column chunk that is ready: its bytes, and what the file must know of them.
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    pub(super) closed: ColumnCloseResult,
}

/// How pages are compressed.
pub(super) fn compression() -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(LEVEL).expect("1 is a zstd level"))
}

/// Values that a list holds, as a page holds them.
struct List {
    page: Vec<u8>,
    n_values: u32,
}

/// The pages of a chunk, not compressed yet.
pub(super) struct Pages {
    list: Option<List>,
    rows: Vec<u8>,
    encoding: Encoding,
    n_rows: usize,
    statistics: Statistics,
}

impl Pages {
    /// Rows that are stored one by one.
    pub(super) fn plain(
        rows: Vec<u8>,
        encoding: Encoding,
        n_rows: usize,
        statistics: Statistics,
    ) -> Self {
        Self { list: None, rows, encoding, n_rows, statistics }
    }

    /// Rows that are stored as places in a list.
    pub(super) fn listed(
        list: Vec<u8>,
        n_values: usize,
        places: &[u32],
        validity: &Validity,
        descriptor: &ColumnDescPtr,
        statistics: Statistics,
    ) -> Self {
        let n_values = n_values as u32;
        // One bit at least: some readers know of no numbers without bits.
        let width = bit_width(n_values.saturating_sub(1)).max(1);
        let mut rows = validity.page(descriptor, places.len() * width as usize / 8 + 16);
        rows.push(width as u8);
        hybrid::append(places, width, &mut rows);
        let list = Some(List { page: list, n_values });
        let (encoding, n_rows) = (Encoding::RLE_DICTIONARY, validity.n_rows);
        Self { list, rows, encoding, n_rows, statistics }
    }

    /// The chunk.
    pub(super) fn chunk(self, descriptor: &ColumnDescPtr) -> Result<Chunk, ParquetError> {
        let is_noise = self.is_noise()?;
        let packed = |page: Vec<u8>| if is_noise { Ok(page) } else { compressed(&page) };
        let mut sink = TrackedWrite::new(Vec::with_capacity(self.rows.len() / 2));
        let mut pages = SerializedPageWriter::new(&mut sink);
        let (mut encodings, mut kinds) = (vec![Encoding::RLE, self.encoding], Vec::new());
        let (mut list_offset, mut n_compressed, mut n_bytes) = (None, 0, 0);
        if let Some(List { page, n_values: num_values }) = self.list {
            let length = page.len();
            let buf = packed(page)?.into();
            let encoding = Encoding::PLAIN;
            let page = Page::DictionaryPage { buf, num_values, encoding, is_sorted: false };
            let written = pages.write_page(CompressedPage::new(page, length))?;
            list_offset = Some(written.offset as i64);
            n_compressed += written.bytes_written;
            n_bytes += written.uncompressed_size;
            encodings.push(encoding);
            kinds.push(told(PageType::DICTIONARY_PAGE, encoding));
        }
        let length = self.rows.len();
        let data = Page::DataPage {
            buf: packed(self.rows)?.into(),
            num_values: self.n_rows as u32,
            encoding: self.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let written = pages.write_page(CompressedPage::new(data, length))?;
        kinds.push(told(PageType::DATA_PAGE, self.encoding));
        let metadata = ColumnChunkMetaData::builder(descriptor.clone())
            .set_compression(if is_noise { Compression::UNCOMPRESSED } else { compression() })
            .set_encodings(encodings)
            .set_page_encoding_stats(kinds)
            .set_total_compressed_size((n_compressed + written.bytes_written) as i64)
            .set_total_uncompressed_size((n_bytes + written.uncompressed_size) as i64)
            .set_num_values(self.n_rows as i64)
            .set_dictionary_page_offset(list_offset)
            .set_data_page_offset(written.offset as i64)
            .set_statistics(self.statistics)
            .build()?;
        let bytes = Bytes::from(sink.into_inner()?);
        let closed = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.n_rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok(Chunk { bytes, closed })
    }

    /// Whether rows are as long compressed as they are, as keyed hashes are.
    fn is_noise(&self) -> Result<bool, ParquetError> {
        let is_list_small = self.list.as_ref().is_none_or(|l| l.page.len() < self.rows.len() / 8);
        if self.rows.len() < 2 * SAMPLE || !is_list_small {
            return Ok(false);
        }
        let sample = &self.rows[self.rows.len() - SAMPLE..];
        Ok(compressed(sample)?.len() * 20 > SAMPLE * 19)
    }
}

fn told(page_type: PageType, encoding: Encoding) -> PageEncodingStats {
    PageEncodingStats { page_type, encoding, count: 1 }
}

thread_local! {
    /// Dear to make, and the same whatever it compressed before.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>, ParquetError> {
    let failed = |error: std::io::Error| ParquetError::General(error.to_string());
    COMPRESSOR.with_borrow_mut(|compressor| {
        let mut ready = match compressor.take() {
            Some(compressor) => compressor,
            None => Compressor::new(LEVEL).map_err(failed)?,
        };
        let packed = ready.compress(bytes).map_err(failed);
        *compressor = Some(ready);
        packed
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::next;

    #[test]
    fn what_was_compressed_before_leaves_no_trace() {
        let mut state = 5;
        for n in [0, 1, 100, 5_000, 300_000, 1_000_000, 77, 300_000] {
            let bytes = (0..n).map(|_| (next(&mut state) % 7) as u8 * (next(&mut state) % 3) as u8);
            let bytes: Vec<u8> = bytes.collect();
            let fresh = zstd::bulk::compress(&bytes, LEVEL).unwrap();
            assert_eq!(compressed(&bytes).unwrap(), fresh, "{n} bytes");
            assert_eq!(compressed(&bytes).unwrap(), fresh, "{n} bytes again");
        }
    }
}
