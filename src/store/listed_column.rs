//! A Parquet column chunk of texts that repeat themselves, made from lists and places in them.
//!
//! Rows come as dictionary arrays, whose lists differ from batch to batch. The chunk has one list of
//! its own, in the order in which its rows first need a text, and each row's place in it. So a text
//! is hashed once for each batch, not for each row, and a text that no row needs is never written.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;
use bytes::Bytes;
use parquet::basic::{Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::hybrid::{append, bit_width};
use super::parquet_file::{LEVEL, compression};

/// Stands for a row without a text, and for a text that no row has needed yet.
const NONE: u32 = u32::MAX;
/// Bytes beyond which a least or greatest text is not told.
const LONGEST_STATISTIC: usize = 64;

/// A column chunk in the making.
#[derive(Default)]
pub(super) struct ListedColumn {
    /// The chunk's list: the place of each text.
    list: HashMap<Box<str>, u32, BuildHasherDefault<TextHasher>>,
    /// The list as a page holds it: length and bytes of each text.
    page: Vec<u8>,
    /// For each row its place in the list.
    places: Vec<u32>,
    n_nulls: usize,
}

impl ListedColumn {
    /// Adds rows: texts, or a list of them and places.
    pub(super) fn push(&mut self, column: &ArrayRef) -> Result<(), ParquetError> {
        let wrong = || ParquetError::General("a column of texts holds something else".to_owned());
        self.n_nulls += column.null_count();
        if let Some(texts) = column.as_string_opt::<i32>() {
            for text in texts {
                let place = text.map_or(NONE, |text| self.place_of(text));
                self.places.push(place);
            }
            return Ok(());
        }
        let listed = column.as_dictionary_opt::<Int32Type>().ok_or_else(wrong)?;
        let texts = listed.values().as_string_opt::<i32>().ok_or_else(wrong)?;
        self.push_listed(listed.keys(), texts);
        Ok(())
    }

    fn push_listed(&mut self, keys: &Int32Array, texts: &StringArray) {
        let mut places = vec![NONE; texts.len()];
        self.places.reserve(keys.len());
        let nulls = keys.nulls();
        for (row, key) in keys.values().iter().enumerate() {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                self.places.push(NONE);
                continue;
            }
            let place = &mut places[*key as usize];
            if *place == NONE {
                *place = self.place_of(texts.value(*key as usize));
            }
            self.places.push(*place);
        }
    }

    fn place_of(&mut self, text: &str) -> u32 {
        if let Some(place) = self.list.get(text) {
            return *place;
        }
        let place = self.list.len() as u32;
        self.list.insert(text.into(), place);
        self.page.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.page.extend_from_slice(text.as_bytes());
        place
    }

    /// The chunk's bytes, and what the file must know of them; the column is then empty again.
    pub(super) fn close(
        &mut self,
        descriptor: ColumnDescPtr,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let n_rows = self.places.len();
        let mut sink = TrackedWrite::new(Vec::new());
        let mut pages = SerializedPageWriter::new(&mut sink);
        let n_texts = self.list.len() as u32;
        let list = compressed(&self.page)?;
        let list = Page::DictionaryPage {
            buf: list.into(),
            num_values: n_texts,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let list = pages.write_page(CompressedPage::new(list, self.page.len()))?;
        let rows = self.data_page(&descriptor);
        let data = Page::DataPage {
            buf: compressed(&rows)?.into(),
            num_values: n_rows as u32,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let data = pages.write_page(CompressedPage::new(data, rows.len()))?;
        let metadata = ColumnChunkMetaData::builder(descriptor)
            .set_compression(compression())
            .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
            .set_page_encoding_stats(vec![
                statistics_of(PageType::DICTIONARY_PAGE, Encoding::PLAIN),
                statistics_of(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY),
            ])
            .set_total_compressed_size((list.bytes_written + data.bytes_written) as i64)
            .set_total_uncompressed_size((list.uncompressed_size + data.uncompressed_size) as i64)
            .set_num_values(n_rows as i64)
            .set_dictionary_page_offset(Some(list.offset as i64))
            .set_data_page_offset(data.offset as i64)
            .set_statistics(self.statistics())
            .build()?;
        let bytes = Bytes::from(sink.into_inner()?);
        self.list.clear();
        self.page.clear();
        self.places.clear();
        self.n_nulls = 0;
        let closed = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: n_rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((bytes, closed))
    }

    /// Levels, which say where there is a text, and places in the list; only these are left then.
    fn data_page(&mut self, descriptor: &ColumnDescPtr) -> Vec<u8> {
        let mut page = Vec::with_capacity(self.places.len());
        // One bit at least: some readers know of no numbers without bits.
        let width = bit_width((self.list.len() as u32).saturating_sub(1)).max(1);
        let n_rows = self.places.len();
        if descriptor.max_def_level() > 0 {
            page.extend_from_slice(&[0; 4]);
            append(n_rows, |row| u32::from(self.places[row] != NONE), 1, &mut page);
            let n_bytes = (page.len() - 4) as u32;
            page[..4].copy_from_slice(&n_bytes.to_le_bytes());
        }
        self.places.retain(|place| *place != NONE);
        page.push(width as u8);
        append(self.places.len(), |i| self.places[i], width, &mut page);
        page
    }

    fn statistics(&self) -> Statistics {
        let told = |text: Option<&Box<str>>| {
            text.filter(|text| text.len() <= LONGEST_STATISTIC)
                .map(|text| ByteArray::from(text.as_bytes().to_vec()))
        };
        let (least, greatest) = (told(self.list.keys().min()), told(self.list.keys().max()));
        let both = least.zip(greatest);
        let (least, greatest) = (both.as_ref().map(|b| b.0.clone()), both.map(|b| b.1));
        Statistics::byte_array(least, greatest, None, Some(self.n_nulls as u64), false)
    }
}

/// Hashes short texts fast: a list of them is made anew for each batch of each column.
#[derive(Default)]
struct TextHasher(u64);

impl TextHasher {
    fn mix(&mut self, bytes: u64) {
        // Odd, and without a pattern in its bits (2⁶⁴ over the golden ratio).
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let product = u128::from(self.0 ^ bytes ^ SPREAD) * u128::from(SPREAD);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for TextHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        eights.iter().for_each(|eight| self.mix(u64::from_le_bytes(*eight)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, _: u8) {
        // The mark behind a text: its length is in the hash already.
    }
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>, ParquetError> {
    zstd::bulk::compress(bytes, LEVEL).map_err(|error| ParquetError::General(error.to_string()))
}

fn statistics_of(page_type: PageType, encoding: Encoding) -> PageEncodingStats {
    PageEncodingStats { page_type, encoding, count: 1 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, Int64Array, RecordBatch};
    use arrow::compute::concat_batches;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::store::{Part, Store, Zone};

    const N_ROWS: usize = 140_000;

    fn text_of(row: usize) -> Option<String> {
        (!row.is_multiple_of(7)).then(|| format!("code {}", row * row % 301))
    }

    /// Lines, codes with nulls, and a constant: in batches of this many rows, each with lists of its
    /// own that hold a text which no row needs; every fifth batch without a list.
    fn batches(n_rows: usize) -> Vec<RecordBatch> {
        let starts = (0..N_ROWS).step_by(n_rows);
        let listed = starts.enumerate().map(|(i, start)| {
            let rows = start..N_ROWS.min(start + n_rows);
            let line = Int64Array::from_iter_values(rows.clone().map(|row| row as i64));
            let mut list = vec!["never needed".to_owned()];
            let keys: Int32Array = rows
                .clone()
                .map(|row| {
                    let text = text_of(row)?;
                    let at = list.iter().position(|other| *other == text);
                    Some(at.unwrap_or_else(|| {
                        list.push(text);
                        list.len() - 1
                    }) as i32)
                })
                .collect();
            let list = Arc::new(StringArray::from(list));
            let code: ArrayRef = match i % 5 {
                4 => Arc::new(rows.clone().map(text_of).collect::<StringArray>()),
                _ => Arc::new(DictionaryArray::new(keys, list)),
            };
            let one = Arc::new(StringArray::from(vec!["constant"]));
            let constant = DictionaryArray::<Int32Type>::new(vec![0; rows.len()].into(), one);
            let columns: Vec<ArrayRef> = vec![Arc::new(line), code, Arc::new(constant)];
            let whole = schema();
            let fields = whole.fields().iter().zip(&columns).map(|(field, column)| {
                Field::new(field.name(), column.data_type().clone(), field.is_nullable())
            });
            let schema = Schema::new(fields.collect::<Vec<_>>());
            RecordBatch::try_new(Arc::new(schema), columns).unwrap()
        });
        listed.collect()
    }

    fn schema() -> Arc<Schema> {
        Arc::new(Schema::new(vec![
            Field::new("line", DataType::Int64, false),
            Field::new("code", DataType::Utf8, true),
            Field::new("constant", DataType::Utf8, false),
        ]))
    }

    fn written(store: &Store, n_rows: usize) -> Part {
        let mut writer = store.writer(Zone::Parts, schema()).unwrap();
        batches(n_rows).iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap()
    }

    #[test]
    fn every_row_is_read_back_and_batches_leave_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let part = written(&store, 10_000);
        let read = concat_batches(&schema(), &store.read(Zone::Parts, &part).unwrap()).unwrap();
        let expected: StringArray = (0..N_ROWS).map(text_of).collect();
        assert_eq!(read.column(1).as_string::<i32>(), &expected);
        assert!(read.column(2).as_string::<i32>().iter().all(|text| text == Some("constant")));
        let lines = read.column(0).as_primitive::<arrow::datatypes::Int64Type>();
        assert!(lines.values().iter().copied().eq(0..N_ROWS as i64));
        for n_rows in [777, 131_072, N_ROWS] {
            assert_eq!(written(&store, n_rows), part, "batches of {n_rows} rows");
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(|| written(&store, 10_000)), part);
    }

    #[test]
    fn a_text_that_no_row_needs_is_not_written() {
        let descriptor = {
            let schema = "message m { optional binary code (STRING); }";
            let schema = parquet::schema::parser::parse_message_type(schema).unwrap();
            parquet::schema::types::SchemaDescriptor::new(Arc::new(schema)).column(0)
        };
        let mut column = ListedColumn::default();
        batches(1_000).iter().for_each(|batch| column.push(batch.column(1)).unwrap());
        // 301 is 7 times 43: of rows that 7 does not divide, squares leave 3 rests times 22.
        assert_eq!(column.list.len(), 66);
        assert!(!column.list.contains_key("never needed"));
        let (_, closed) = column.close(descriptor).unwrap();
        assert_eq!(closed.rows_written, N_ROWS as u64);
        let statistics = closed.metadata.statistics().unwrap();
        assert_eq!(statistics.null_count_opt(), Some(N_ROWS.div_ceil(7) as u64));
        assert_eq!(statistics.min_bytes_opt(), Some(&b"code 1"[..]));
    }
}
