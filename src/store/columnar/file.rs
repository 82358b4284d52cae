//! A Parquet file in the making: a row group's columns are encoded side by side on rayon's pool, and
//! the bytes are the same on any number of threads.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;
use rayon::prelude::*;

use super::chunk;
use super::pages::{Chunk, compression};

/// Rows handed to the library's encoders at once: they check their page limits between such calls.
const ROWS_PER_WRITE: usize = 8 * 1024;
/// Rows of a row group.
pub(in super::super) const ROWS_PER_GROUP: usize = 16 * ROWS_PER_WRITE;

/// A Parquet file that takes whole row groups.
pub(in super::super) struct ParquetFile<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    late: Option<LateColumn>,
    /// Row groups that wait for it.
    waiting: Vec<Group>,
}

/// A column of which every row holds one text, which is known later than the rows.
struct LateColumn {
    place: usize,
    text: Option<String>,
}

/// A row group in the making.
struct Group {
    n_rows: usize,
    /// The chunks of each column; `None` for the one that is late.
    columns: Vec<Option<Chunks>>,
}

/// A column and its leaves in the file: one, unless its type is nested.
struct Column<'a> {
    field: &'a Field,
    pieces: Vec<ArrayRef>,
    leaves: Vec<(ColumnDescPtr, ArrowColumnWriter)>,
}

/// The chunks of a column.
enum Chunks {
    Own(Box<Chunk>),
    Library(Vec<ArrowColumnChunk>),
}

impl Chunks {
    fn n_bytes(&self) -> usize {
        let of = |closed: &ColumnCloseResult| closed.bytes_written as usize;
        match self {
            Self::Own(chunk) => chunk.bytes.len(),
            Self::Library(chunks) => chunks.iter().map(|chunk| of(chunk.close())).sum(),
        }
    }
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file.
    pub(in super::super) fn begin(file: W, schema: SchemaRef) -> Result<Self, ParquetError> {
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties()))?;
        let (file, factory) = writer.into_serialized_writer()?;
        Ok(Self { file, factory, schema, late: None, waiting: Vec::new() })
    }

    /// Leaves out what batches hold in a column of texts: all its rows hold one that is said later.
    pub(in super::super) fn await_text(&mut self, column: usize) {
        self.late = Some(LateColumn { place: column, text: None });
    }

    /// Says the text that was awaited, and writes what waited for it.
    pub(in super::super) fn supply_text(&mut self, text: &str) -> Result<(), ParquetError> {
        if let Some(late) = &mut self.late {
            late.text = Some(text.to_owned());
        }
        std::mem::take(&mut self.waiting).into_iter().try_for_each(|group| self.append(group))
    }

    /// Bytes in memory that wait for a text.
    pub(in super::super) fn n_bytes_waiting(&self) -> usize {
        let columns = self.waiting.iter().flat_map(|group| group.columns.iter().flatten());
        columns.map(Chunks::n_bytes).sum()
    }

    /// Writes these rows as a row group: at most [`ROWS_PER_GROUP`]. A column of texts
    /// may come as dictionary arrays.
    pub(in super::super) fn write_group(
        &mut self,
        batches: &[RecordBatch],
    ) -> Result<(), ParquetError> {
        let n_groups = self.file.flushed_row_groups().len() + self.waiting.len();
        let is_late = |i: usize| self.late.as_ref().is_some_and(|late| late.place == i);
        let descriptors = self.file.schema_descr().columns().iter().cloned();
        let mut leaves = descriptors.zip(self.factory.create_column_writers(n_groups)?);
        let columns: Vec<Option<Column<'_>>> = (self.schema.fields().iter().enumerate())
            .map(|(i, field)| {
                let leaves = leaves.by_ref().take(n_leaves(field)).collect();
                let pieces = batches.iter().map(|batch| ArrayRef::clone(batch.column(i)));
                (!is_late(i)).then(|| Column { field, pieces: pieces.collect(), leaves })
            })
            .collect();
        let chunks = |column: Option<Column<'_>>| column.map(Column::chunks).transpose();
        let columns = columns.into_par_iter().map(chunks).collect::<Result<_, _>>()?;
        let group = Group { n_rows: batches.iter().map(RecordBatch::num_rows).sum(), columns };
        if self.late.as_ref().is_some_and(|late| late.text.is_none()) {
            self.waiting.push(group);
            return Ok(());
        }
        self.append(group)
    }

    fn append(&mut self, group: Group) -> Result<(), ParquetError> {
        let Group { n_rows, columns } = group;
        let mut late = self.late_chunk(n_rows).transpose()?;
        let mut group = self.file.next_row_group()?;
        for chunks in columns.into_iter().map(|chunks| chunks.or_else(|| late.take())) {
            match chunks {
                None => {}
                Some(Chunks::Own(chunk)) => group.append_column(&chunk.bytes, chunk.closed)?,
                Some(Chunks::Library(chunks)) => {
                    for chunk in chunks {
                        chunk.append_to_row_group(&mut group)?;
                    }
                }
            }
        }
        group.close()?;
        Ok(())
    }

    /// The chunk of the column that was awaited.
    fn late_chunk(&self, n_rows: usize) -> Option<Result<Chunks, ParquetError>> {
        let LateColumn { place, text } = self.late.as_ref()?;
        let leaf: usize = self.schema.fields()[..*place].iter().map(|field| n_leaves(field)).sum();
        let descriptor = self.file.schema_descr().column(leaf);
        let texts = StringArray::from(vec![text.as_deref()]);
        let rows = DictionaryArray::new(Int32Array::from(vec![0; n_rows]), Arc::new(texts));
        let made = chunk(&DataType::Utf8, &[Arc::new(rows)], &descriptor)?;
        Some(made.map(|chunk| Chunks::Own(Box::new(chunk))))
    }

    /// Writes the footer.
    ///
    /// # Errors
    /// Rows that still wait for a text, or what the file system says.
    pub(in super::super) fn finish(self) -> Result<W, ParquetError> {
        if !self.waiting.is_empty() {
            return Err(ParquetError::General("a column still awaits its text".to_owned()));
        }
        self.file.into_inner()
    }
}

/// Columns of the file that a column of rows becomes.
fn n_leaves(field: &Field) -> usize {
    use arrow::datatypes::DataType as Of;
    match field.data_type() {
        Of::List(of) | Of::LargeList(of) | Of::FixedSizeList(of, _) | Of::Map(of, _) => {
            n_leaves(of)
        }
        Of::Struct(of) => of.iter().map(|field| n_leaves(field)).sum(),
        _ => 1,
    }
}

impl Column<'_> {
    fn chunks(self) -> Result<Chunks, ParquetError> {
        if let [(descriptor, _)] = self.leaves.as_slice()
            && let Some(chunk) = chunk(self.field.data_type(), &self.pieces, descriptor)
        {
            return Ok(Chunks::Own(Box::new(chunk?)));
        }
        let pieces: Vec<&dyn Array> = self.pieces.iter().map(AsRef::as_ref).collect();
        let rows = concat(&pieces)?;
        let mut writers: Vec<ArrowColumnWriter> =
            self.leaves.into_iter().map(|(_, writer)| writer).collect();
        for start in (0..rows.len()).step_by(ROWS_PER_WRITE) {
            let rows = rows.slice(start, ROWS_PER_WRITE.min(rows.len() - start));
            let leaves = compute_leaves(self.field, &rows)?;
            let leaves = writers.iter_mut().zip(leaves);
            leaves.into_iter().try_for_each(|(writer, leaf)| writer.write(&leaf))?;
        }
        let chunks = writers.into_iter().map(ArrowColumnWriter::close);
        Ok(Chunks::Library(chunks.collect::<Result<_, _>>()?))
    }
}

/// Everything that decides the bytes, stated: library defaults may change, part names must not. Most of
/// it concerns the columns that are left to the library.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("hub".to_owned())
        .set_compression(compression())
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_write_batch_size(1024)
        .set_data_page_row_count_limit(ROWS_PER_WRITE)
        .set_data_page_size_limit(1024 * 1024)
        .set_dictionary_page_size_limit(1024 * 1024)
        .set_statistics_truncate_length(Some(64))
        // A chunk has one page, mostly, so an index of pages would tell nothing.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .build()
}

#[cfg(test)]
mod tests {
    use arrow::array::builder::{ListBuilder, StringBuilder};
    use arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StructArray,
        TimestampSecondArray, UInt64Array,
    };
    use arrow::compute::concat_batches;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::basic::{Compression, Encoding};
    use parquet::file::statistics::Statistics;

    use super::*;

    const N_ROWS: usize = ROWS_PER_GROUP + 40_077;

    /// `SplitMix64`'s mixing step (Steele, Lea and Flood 2014): different for different numbers.
    fn mixed(n: usize) -> u64 {
        let z = n as u64;
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Of every type that a part may have, what repeats itself and what does not.
    fn rows(from: usize, n: usize) -> RecordBatch {
        let of = || from..from + n;
        let is_known = |i: usize| !i.is_multiple_of(9);
        let known = |i: usize| is_known(i).then_some(i);
        let days = Arc::new(Date32Array::from_iter(of().map(|i| Some(i as i32 % 700 - 300))));
        let mut lists = ListBuilder::new(StringBuilder::new());
        for i in of() {
            lists.append_option(known(i).map(|i| (0..i % 4).map(|k| Some(format!("{k}")))));
        }
        let decimals = Decimal128Array::from_iter_values(of().map(|i| i as i128 * 7));
        let structs = StructArray::from(vec![(
            Arc::new(Field::new("inner", DataType::Int32, true)),
            Arc::new(of().map(|i| known(i).map(|i| i as i32)).collect::<Int32Array>()) as ArrayRef,
        )]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("line", Arc::new(Int64Array::from_iter_values(of().map(|i| i as i64)))),
            (
                "id",
                Arc::new(of().map(|i| known(i).map(|i| mixed(i) as i64)).collect::<Int64Array>()),
            ),
            ("key", Arc::new(StringArray::from_iter_values(of().map(|i| format!("key {i:08}"))))),
            (
                "name",
                Arc::new(
                    of().map(|i| known(i).map(|i| mixed(i).to_string())).collect::<StringArray>(),
                ),
            ),
            ("code", Arc::new(StringArray::from_iter_values(of().map(|i| format!("c{}", i % 99))))),
            ("flag", Arc::new(of().map(|i| known(i).map(|i| i % 5 > 1)).collect::<BooleanArray>())),
            ("sure", Arc::new(of().map(|i| Some(i % 7 == 3)).collect::<BooleanArray>())),
            ("day", days),
            (
                "age",
                Arc::new(of().map(|i| known(i).map(|i| i as i32 % 100)).collect::<Int32Array>()),
            ),
            (
                "value",
                Arc::new(Float64Array::from_iter_values(of().map(|i| (i % 31) as f64 - 7.5))),
            ),
            ("noise", Arc::new(Float64Array::from_iter_values(of().map(|i| mixed(i) as f64)))),
            ("token", Arc::new(UInt64Array::from_iter_values(of().map(mixed)))),
            (
                "at",
                Arc::new(TimestampSecondArray::from_iter_values(
                    of().map(|i| mixed(i % 5) as i64 >> 9),
                )),
            ),
            ("none", Arc::new(Int64Array::new_null(n))),
            ("blank", Arc::new(StringArray::new_null(n))),
            ("money", Arc::new(decimals.with_precision_and_scale(20, 2).unwrap())),
            ("list", Arc::new(lists.finish())),
            ("pair", Arc::new(structs)),
        ];
        let sure = ["line", "key", "sure", "token"];
        let columns = columns.into_iter().map(|(name, array)| (name, array, !sure.contains(&name)));
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    /// A whole row group and a part of one, which come in batches of this many rows.
    fn written(n_threads: usize, at_once: usize) -> Vec<u8> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let batches = |from: usize, to: usize| -> Vec<RecordBatch> {
            let starts = (from..to).step_by(at_once);
            starts.map(|start| rows(start, at_once.min(to - start))).collect()
        };
        pool.install(|| {
            let mut file = ParquetFile::begin(Vec::new(), rows(0, 0).schema()).unwrap();
            file.write_group(&batches(0, ROWS_PER_GROUP)).unwrap();
            file.write_group(&batches(ROWS_PER_GROUP, N_ROWS)).unwrap();
            file.finish().unwrap()
        })
    }

    fn reader(bytes: &[u8]) -> ParquetRecordBatchReaderBuilder<std::fs::File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap()
    }

    /// Two row groups, of whose column `code` every row holds one text, which is said in each row or
    /// after so many groups.
    fn written_with_one_text(said_after: Option<usize>) -> Result<Vec<u8>, ParquetError> {
        let text = if said_after.is_some() { "" } else { "the same" };
        let schema = rows(0, 0).schema();
        let place = schema.index_of("code").unwrap();
        let group = |n: usize| {
            let mut columns = rows(n, 1_000).columns().to_vec();
            columns[place] = Arc::new(StringArray::from(vec![text; 1_000]));
            RecordBatch::try_new(Arc::clone(&schema), columns).unwrap()
        };
        let mut file = ParquetFile::begin(Vec::new(), Arc::clone(&schema))?;
        if said_after.is_some() {
            file.await_text(place);
        }
        for n in 0..2 {
            if said_after == Some(n) {
                file.supply_text("the same")?;
            }
            assert_eq!(file.n_bytes_waiting() > 0, n == 1 && said_after > Some(1));
            file.write_group(&[group(n)])?;
        }
        if said_after == Some(2) {
            file.supply_text("the same")?;
        }
        file.finish()
    }

    #[test]
    fn a_text_that_is_said_late_gives_the_same_bytes() {
        let said_at_once = written_with_one_text(None).unwrap();
        for n_groups in 0..=2 {
            assert!(written_with_one_text(Some(n_groups)).unwrap() == said_at_once, "{n_groups}");
        }
        assert!(written_with_one_text(Some(3)).is_err(), "it is never said");
    }

    #[test]
    fn every_row_of_every_type_is_read_back() {
        let builder = reader(&written(2, 10_000));
        let n_rows: Vec<i64> =
            builder.metadata().row_groups().iter().map(|g| g.num_rows()).collect();
        assert_eq!(n_rows, [131_072, 40_077]);
        let schema = builder.schema().clone();
        let read: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
        let (read, expected) = (concat_batches(&schema, &read).unwrap(), rows(0, N_ROWS));
        for (i, field) in schema.fields().iter().enumerate() {
            assert_eq!(read.column(i), expected.column(i), "{}", field.name());
        }
        assert_eq!(schema, expected.schema());
    }

    #[test]
    fn what_repeats_itself_is_listed_and_the_rest_is_stored_as_suits_it() {
        let builder = reader(&written(1, 131_072));
        let group = &builder.metadata().row_groups()[0];
        let column =
            |name: &str| group.columns().iter().find(|c| c.column_path().string() == name).unwrap();
        for (name, encoding, is_packed) in [
            ("line", Encoding::DELTA_BINARY_PACKED, true),
            ("id", Encoding::PLAIN, false),
            ("key", Encoding::DELTA_BYTE_ARRAY, true),
            ("name", Encoding::PLAIN, true),
            ("code", Encoding::RLE_DICTIONARY, true),
            ("flag", Encoding::PLAIN, true),
            ("day", Encoding::RLE_DICTIONARY, true),
            ("age", Encoding::RLE_DICTIONARY, true),
            ("value", Encoding::RLE_DICTIONARY, true),
            ("token", Encoding::PLAIN, false),
            ("at", Encoding::RLE_DICTIONARY, true),
        ] {
            let column = column(name);
            assert!(column.encodings().any(|e| e == encoding), "{name}");
            assert_eq!(
                column.dictionary_page_offset().is_some(),
                encoding == Encoding::RLE_DICTIONARY,
                "{name}"
            );
            assert_eq!(column.compression() != Compression::UNCOMPRESSED, is_packed, "{name}");
        }
        assert_eq!(column("name").statistics().unwrap().min_bytes_opt(), None);
        let n_nulls = column("name").statistics().unwrap().null_count_opt();
        assert_eq!(n_nulls, Some(ROWS_PER_GROUP.div_ceil(9) as u64));
    }

    #[test]
    fn extremes_are_those_of_the_rows_in_the_columns_own_order() {
        let builder = reader(&written(2, 5_000));
        let group = &builder.metadata().row_groups()[0];
        let of = |name: &str| {
            let column = group.columns().iter().find(|c| c.column_path().string() == name).unwrap();
            column.statistics().unwrap().clone()
        };
        let Statistics::Int32(day) = of("day") else { panic!("days are stored in 32 bits") };
        assert_eq!((day.min_opt(), day.max_opt()), (Some(&-300), Some(&399)));
        let Statistics::Double(value) = of("value") else { panic!("a double is one") };
        assert_eq!((value.min_opt(), value.max_opt()), (Some(&-7.5), Some(&22.5)));
        let Statistics::Int64(token) = of("token") else { panic!("hashes are stored in 64 bits") };
        let (least, greatest) =
            ((0..ROWS_PER_GROUP).map(mixed).min(), (0..ROWS_PER_GROUP).map(mixed).max());
        let unsigned = |n: Option<&i64>| n.map(|n| n.cast_unsigned());
        assert_eq!((unsigned(token.min_opt()), unsigned(token.max_opt())), (least, greatest));
        let Statistics::Boolean(flag) = of("flag") else { panic!("a flag is one") };
        assert_eq!((flag.min_opt(), flag.max_opt()), (Some(&false), Some(&true)));
        let Statistics::Int64(none) = of("none") else { panic!("a number is one") };
        assert_eq!((none.min_opt(), none.null_count_opt()), (None, Some(ROWS_PER_GROUP as u64)));
    }

    #[test]
    fn rising_numbers_as_far_apart_as_can_be_are_read_back() {
        let mut numbers: Vec<i64> = (0..20_000).map(|i| mixed(i).cast_signed()).collect();
        numbers.extend([i64::MIN, i64::MAX, -1, 0, 1]);
        numbers.sort_unstable();
        let column: ArrayRef = Arc::new(Int64Array::from(numbers));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let mut file = ParquetFile::begin(Vec::new(), batch.schema()).unwrap();
        file.write_group(std::slice::from_ref(&batch)).unwrap();
        let builder = reader(&file.finish().unwrap());
        let is_delta = |encoding| encoding == Encoding::DELTA_BINARY_PACKED;
        assert!(builder.metadata().row_group(0).column(0).encodings().any(is_delta));
        let read: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
        assert_eq!(concat_batches(&batch.schema(), &read).unwrap(), batch);
    }

    #[test]
    fn neither_threads_nor_batches_leave_a_trace() {
        let alone = written(1, 131_072);
        for (n_threads, at_once) in [(1, 777), (2, 8_192), (3, 10_000), (8, 131_072)] {
            assert!(written(n_threads, at_once) == alone, "{n_threads} threads, {at_once} rows");
        }
    }
}
