//! A Parquet file in the making: its columns are encoded side by side on rayon's pool, and the bytes
//! are the same on any number of threads.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Int64Type, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowLeafColumn, ArrowRowGroupWriterFactory,
    compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnPath};
use rayon::prelude::*;

use super::listed_column::ListedColumn;

/// Rows handed to the encoders at once: they check their page limits between such calls, so their
/// number must not depend on the caller.
pub(super) const ROWS_PER_WRITE: usize = 8 * 1024;
/// Writes per row group.
const WRITES_PER_GROUP: usize = 16;
/// Rows of a row group.
pub(super) const ROWS_PER_GROUP: usize = WRITES_PER_GROUP * ROWS_PER_WRITE;
/// Level of zstd.
pub(super) const LEVEL: i32 = 1;

/// How pages are compressed.
pub(super) fn compression() -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(LEVEL).expect("1 is a zstd level"))
}

/// Columns of texts that come as lists and places, by their place in the schema.
pub(super) type Listed = BTreeMap<usize, ListedColumn>;

/// A Parquet file that takes batches of [`ROWS_PER_WRITE`] rows; only the last may be shorter.
///
/// Listed columns are filled by the caller and are not in the batches.
pub(super) struct ParquetFile<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    columns: Vec<ArrowColumnWriter>,
    n_writes: usize,
}

/// A column chunk that is ready.
enum Chunk {
    Arrow(Box<ArrowColumnChunk>),
    Listed(Bytes, Box<ColumnCloseResult>),
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file; its first rows decide how its columns are encoded.
    pub(super) fn begin(
        file: W,
        schema: SchemaRef,
        first: Option<&RecordBatch>,
        has_listed: bool,
    ) -> Result<Self, ParquetError> {
        let whole_write = first.filter(|batch| batch.num_rows() == ROWS_PER_WRITE);
        let properties = properties(whole_write, has_listed);
        let (file, factory) =
            ArrowWriter::try_new(file, schema, Some(properties))?.into_serialized_writer()?;
        Ok(Self { file, factory, columns: Vec::new(), n_writes: 0 })
    }

    /// Adds rows of the columns that are not listed; a whole row group is written, with the listed
    /// ones.
    pub(super) fn write(
        &mut self,
        batch: &RecordBatch,
        listed: &mut Listed,
    ) -> Result<(), ParquetError> {
        if self.columns.is_empty() {
            let n_groups = self.file.flushed_row_groups().len();
            let columns = self.factory.create_column_writers(n_groups)?.into_iter().enumerate();
            let is_other = |(i, column)| (!listed.contains_key(&i)).then_some(column);
            self.columns = columns.filter_map(is_other).collect();
        }
        let fields = batch.schema_ref().fields().iter().zip(batch.columns());
        let leaves: Vec<Vec<ArrowLeafColumn>> = fields
            .map(|(field, column)| compute_leaves(field, column))
            .collect::<Result<_, _>>()?;
        let leaves: Vec<ArrowLeafColumn> = leaves.into_iter().flatten().collect();
        let columns = self.columns.par_iter_mut().zip(leaves);
        columns.try_for_each(|(column, leaf)| column.write(&leaf))?;
        self.n_writes += 1;
        if self.n_writes == WRITES_PER_GROUP { self.end_group(listed) } else { Ok(()) }
    }

    /// Writes what remains, and the footer.
    pub(super) fn finish(mut self, listed: &mut Listed) -> Result<W, ParquetError> {
        self.end_group(listed)?;
        self.file.into_inner()
    }

    fn end_group(&mut self, listed: &mut Listed) -> Result<(), ParquetError> {
        if self.n_writes == 0 {
            return Ok(());
        }
        self.n_writes = 0;
        let descriptor = self.file.schema_descr();
        let mut others = std::mem::take(&mut self.columns).into_iter();
        let mut listed = listed.iter_mut().peekable();
        // Columns are listed in flat schemas alone, so that a leaf is a column.
        let columns: Vec<Open<'_>> = (0..descriptor.num_columns())
            .filter_map(|i| match listed.next_if(|(at, _)| **at == i) {
                Some((_, column)) => Some(Open::Listed(column, descriptor.column(i))),
                None => others.next().map(|column| Open::Arrow(Box::new(column))),
            })
            .collect();
        let chunks: Vec<Chunk> =
            columns.into_par_iter().map(Open::close).collect::<Result<_, _>>()?;
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            match chunk {
                Chunk::Arrow(chunk) => chunk.append_to_row_group(&mut group)?,
                Chunk::Listed(bytes, closed) => group.append_column(&bytes, *closed)?,
            }
        }
        group.close()?;
        Ok(())
    }
}

/// A column chunk that takes no more rows.
enum Open<'a> {
    Arrow(Box<ArrowColumnWriter>),
    Listed(&'a mut ListedColumn, ColumnDescPtr),
}

impl Open<'_> {
    fn close(self) -> Result<Chunk, ParquetError> {
        match self {
            Self::Arrow(column) => Ok(Chunk::Arrow(Box::new(column.close()?))),
            Self::Listed(column, descriptor) => {
                let (bytes, closed) = column.close(descriptor)?;
                Ok(Chunk::Listed(bytes, Box::new(closed)))
            }
        }
    }
}

/// Everything that decides the bytes, stated: library defaults may change, part names must not.
fn properties(first: Option<&RecordBatch>, has_listed: bool) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("hub".to_owned())
        .set_compression(compression())
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_write_batch_size(1024)
        .set_data_page_row_count_limit(ROWS_PER_WRITE)
        .set_data_page_size_limit(1024 * 1024)
        .set_dictionary_page_size_limit(1024 * 1024)
        .set_column_index_truncate_length(Some(64))
        .set_statistics_truncate_length(Some(64));
    // Listed columns have one page in a chunk, so an index of pages would tell nothing.
    let builder = match has_listed {
        true => {
            builder.set_statistics_enabled(EnabledStatistics::Chunk).set_offset_index_disabled(true)
        }
        false => builder,
    };
    let Some(first) = first else { return builder.build() };
    let columns = first.schema_ref().fields().iter().zip(first.columns());
    columns.fold(builder, |builder, (field, column)| encoded(builder, field.name(), column)).build()
}

/// Leaves the dictionary to columns that repeat themselves: ids would be looked up in it one by one
/// and then stored in it whole. Rising numbers, such as lines, are stored as differences.
fn encoded(
    builder: WriterPropertiesBuilder,
    name: &str,
    column: &ArrayRef,
) -> WriterPropertiesBuilder {
    if n_distinct(column) < column.len() / 4 * 3 {
        return builder;
    }
    let path = ColumnPath::from(name);
    let numbers = column.as_primitive_opt::<Int64Type>();
    let is_rising = column.null_count() == 0 && numbers.is_some_and(|n| n.values().is_sorted());
    let encoding = if is_rising {
        Encoding::DELTA_BINARY_PACKED
    } else if column.as_string_opt::<i32>().is_some_and(share_their_beginnings) {
        Encoding::DELTA_BYTE_ARRAY
    } else {
        Encoding::PLAIN
    };
    // Nobody looks for the least of what never comes twice, and noise does not get smaller.
    let builder = match column.as_string_opt::<i32>() {
        Some(_) => builder.set_column_statistics_enabled(path.clone(), EnabledStatistics::None),
        None if !is_rising && numbers.is_some_and(is_noise) => {
            builder.set_column_compression(path.clone(), Compression::UNCOMPRESSED)
        }
        None => builder,
    };
    builder.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding)
}

/// Whether texts repeat half of the text before them, as running numbers do.
fn share_their_beginnings(texts: &StringArray) -> bool {
    let (mut n_shared, mut n_bytes, mut before) = (0, 0, &b""[..]);
    for text in texts.iter().flatten().map(str::as_bytes) {
        n_shared += text.iter().zip(before).take_while(|(a, b)| a == b).count();
        n_bytes += text.len();
        before = text;
    }
    n_shared * 2 > n_bytes
}

/// Whether numbers are as long compressed as they are: keyed hashes.
fn is_noise(numbers: &Int64Array) -> bool {
    let bytes: Vec<u8> = numbers.iter().flatten().flat_map(i64::to_le_bytes).collect();
    zstd::bulk::compress(&bytes, LEVEL).is_ok_and(|packed| packed.len() * 20 > bytes.len() * 19)
}

/// Different values of a column of texts, numbers or times; 0 for one of another type.
fn n_distinct(column: &ArrayRef) -> usize {
    if let Some(texts) = column.as_string_opt::<i32>() {
        return texts.iter().collect::<HashSet<_>>().len();
    }
    let Some(width) = column.data_type().primitive_width() else { return 0 };
    let data = column.to_data();
    let values = data.buffers()[0].chunks_exact(width).skip(data.offset()).take(data.len());
    values.collect::<HashSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};
    use arrow::compute::concat_batches;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    /// `SplitMix64`'s mixing step (Steele, Lea and Flood 2014): different for different numbers.
    fn mixed(n: u64) -> i64 {
        let z = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).cast_signed()
    }

    /// Lines, ids, keys and codes, of which only the last repeat themselves.
    fn rows(from: usize, n: usize) -> RecordBatch {
        let of = || from..from + n;
        let columns: [(&str, ArrayRef); 4] = [
            ("line", Arc::new(Int64Array::from_iter_values(of().map(|i| i as i64)))),
            (
                "id",
                Arc::new(Int64Array::from_iter(of().map(|i| (i % 9 > 0).then(|| mixed(i as u64))))),
            ),
            ("key", Arc::new(StringArray::from_iter_values(of().map(|i| format!("k{i}"))))),
            ("code", Arc::new(StringArray::from_iter_values(of().map(|i| format!("c{}", i % 99))))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
            .unwrap()
    }

    /// Writes whole writes and a short last one.
    fn written(n_threads: usize) -> Vec<u8> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let batch = |i| rows(i * ROWS_PER_WRITE, if i < 20 { ROWS_PER_WRITE } else { 77 });
        let batches: Vec<RecordBatch> = (0..=20).map(batch).collect();
        pool.install(|| {
            let schema = batches[0].schema();
            let mut file = ParquetFile::begin(Vec::new(), schema, batches.first(), false).unwrap();
            let mut listed = Listed::new();
            batches.iter().for_each(|batch| file.write(batch, &mut listed).unwrap());
            file.finish(&mut listed).unwrap()
        })
    }

    #[test]
    fn columns_that_never_repeat_have_no_dictionary_and_every_row_is_read_back() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&written(2)).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let groups = builder.metadata().row_groups();
        let n_rows: Vec<i64> = groups.iter().map(|group| group.num_rows()).collect();
        assert_eq!(n_rows, [131_072, 4 * 8_192 + 77]);
        for group in groups {
            let has_dictionary = |i: usize| group.column(i).dictionary_page_offset().is_some();
            assert_eq!([0, 1, 2, 3].map(has_dictionary), [false, false, false, true]);
            let is_delta =
                |i: usize| group.column(i).encodings().any(|e| e == Encoding::DELTA_BINARY_PACKED);
            assert_eq!([0, 1, 2, 3].map(is_delta), [true, false, false, false]);
        }
        let schema = builder.schema().clone();
        let read: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
        let expected = rows(0, 20 * ROWS_PER_WRITE + 77);
        assert_eq!(concat_batches(&schema, &read).unwrap().columns(), expected.columns());
    }

    #[test]
    fn the_bytes_are_the_same_on_any_number_of_threads() {
        let alone = written(1);
        assert!([2, 3, 8].into_iter().all(|n_threads| written(n_threads) == alone));
    }
}
