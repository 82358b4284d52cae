//! A column chunk of texts.
//!
//! Rows come as texts, or as dictionary arrays whose lists differ from piece to piece. Where texts repeat
//! themselves the chunk has one list of its own, in the order in which its rows first need a text, and
//! each row's place in it. So a text of a piece's list is hashed once, and one that no row needs is never
//! written.

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::list::TextList;
use super::pages::{Chunk, Pages};
use super::plain_texts;
use super::validity::Validity;

/// Stands for a text that no row has needed yet.
const NONE: u32 = u32::MAX;
/// Bytes beyond which a least or greatest text is not told.
const LONGEST_STATISTIC: usize = 64;

/// The chunk of texts that come in pieces.
pub(super) fn chunk(
    pieces: &[ArrayRef],
    descriptor: &ColumnDescPtr,
) -> Result<Chunk, ParquetError> {
    let pieces: Vec<ArrayRef> = pieces.iter().map(without_null_texts).collect::<Result<_, _>>()?;
    let pieces: Vec<Piece<'_>> = pieces.iter().map(Piece::of).collect::<Result<_, _>>()?;
    let validity = Validity::of(pieces.iter().map(Piece::array));
    let Some(Listed { list, places }) = Listed::of(&pieces, validity.n_values()) else {
        let texts = pieces.iter().flat_map(Piece::texts).collect::<Vec<_>>();
        return plain_texts::pages(&texts, &validity, descriptor).chunk(descriptor);
    };
    let statistics = statistics(&list, validity.n_nulls);
    let n_texts = list.len();
    let list = list.into_page();
    Pages::listed(list, n_texts, &places, &validity, descriptor, statistics).chunk(descriptor)
}

/// Some rows of a column.
enum Piece<'a> {
    Texts(&'a StringArray),
    /// Places in a list.
    Listed(&'a Int32Array, &'a StringArray),
}

/// A list whose texts may be null says twice where there is none.
fn without_null_texts(piece: &ArrayRef) -> Result<ArrayRef, ParquetError> {
    let list = piece.as_dictionary_opt::<Int32Type>().map(|piece| piece.values());
    Ok(match list.is_some_and(|list| list.null_count() > 0) {
        true => cast(piece, &DataType::Utf8)?,
        false => ArrayRef::clone(piece),
    })
}

impl<'a> Piece<'a> {
    fn of(piece: &'a ArrayRef) -> Result<Self, ParquetError> {
        let wrong = || ParquetError::General("a column of texts holds something else".to_owned());
        if let Some(texts) = piece.as_string_opt::<i32>() {
            return Ok(Self::Texts(texts));
        }
        let listed = piece.as_dictionary_opt::<Int32Type>().ok_or_else(wrong)?;
        let list = listed.values().as_string_opt::<i32>().ok_or_else(wrong)?;
        Ok(Self::Listed(listed.keys(), list))
    }

    /// What tells which rows are null.
    fn array(&self) -> &'a dyn Array {
        match *self {
            Self::Texts(texts) => texts,
            Self::Listed(keys, _) => keys,
        }
    }

    /// The rows that have one.
    fn texts(&self) -> Box<dyn Iterator<Item = &'a str> + 'a> {
        match *self {
            Self::Texts(texts) => Box::new(texts.iter().flatten()),
            Self::Listed(keys, list) => {
                Box::new(keys.iter().flatten().map(|key| list.value(key as usize)))
            }
        }
    }
}

/// A list, and the places of the rows that have a text.
struct Listed {
    list: TextList,
    places: Vec<u32>,
}

impl Listed {
    /// Lists texts; `None` if they hardly repeat themselves, by the order of the rows alone.
    fn of(pieces: &[Piece<'_>], n_values: usize) -> Option<Self> {
        let mut listed = Self { list: TextList::default(), places: Vec::with_capacity(n_values) };
        for piece in pieces {
            match piece {
                Piece::Texts(texts) => texts.iter().flatten().try_for_each(|text| {
                    let place = listed.list.place_of(text, listed.places.len())?;
                    listed.places.push(place);
                    Some(())
                })?,
                Piece::Listed(keys, list) => listed.add(keys, list)?,
            }
        }
        Some(listed)
    }

    fn add(&mut self, keys: &Int32Array, texts: &StringArray) -> Option<()> {
        let mut places = vec![NONE; texts.len()];
        let mut add = |key: i32| {
            let place = &mut places[key as usize];
            if *place == NONE {
                *place = self.list.place_of(texts.value(key as usize), self.places.len())?;
            }
            self.places.push(*place);
            Some(())
        };
        match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => keys.values().iter().try_for_each(|key| add(*key)),
            Some(nulls) => nulls.valid_indices().try_for_each(|row| add(keys.values()[row])),
        }
    }
}

fn statistics(list: &TextList, n_nulls: usize) -> Statistics {
    let told = |text: Option<&[u8]>| {
        text.filter(|text| text.len() <= LONGEST_STATISTIC)
            .map(|text| ByteArray::from(text.to_vec()))
    };
    let (least, greatest) = (told(list.texts().min()), told(list.texts().max()));
    let (least, greatest) = least.zip(greatest).unzip();
    Statistics::byte_array(least, greatest, None, Some(n_nulls as u64), false)
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
        let pieces: Vec<ArrayRef> =
            batches(1_000).iter().map(|batch| ArrayRef::clone(batch.column(1))).collect();
        let pieces: Vec<Piece<'_>> = pieces.iter().map(|piece| Piece::of(piece).unwrap()).collect();
        let Listed { list, places } = Listed::of(&pieces, N_ROWS).unwrap();
        // 301 is 7 times 43: of rows that 7 does not divide, squares leave 3 rests times 22.
        assert_eq!((list.len(), list.texts().count()), (66, 66));
        assert!(list.texts().all(|text| text != b"never needed"));
        assert_eq!(places.len(), N_ROWS - N_ROWS.div_ceil(7));
        let Statistics::ByteArray(told) = statistics(&list, 5) else { panic!("texts are bytes") };
        assert_eq!(told.min_opt().map(ByteArray::data), Some(&b"code 1"[..]));
        assert_eq!(told.null_count_opt(), Some(5));
    }

    #[test]
    fn texts_that_are_too_long_to_be_told_are_not_told_in_part() {
        let told = |texts: &[String]| {
            let mut list = TextList::default();
            let places = texts.iter().enumerate().map(|(i, text)| list.place_of(text, i));
            assert_eq!(places.flatten().count(), texts.len());
            let Statistics::ByteArray(told) = statistics(&list, 0) else {
                panic!("texts are bytes")
            };
            (told.min_opt().is_some(), told.max_opt().is_some())
        };
        assert_eq!(told(&["a".to_owned(), "b".repeat(64)]), (true, true));
        assert_eq!(told(&["a".to_owned(), "b".repeat(65)]), (false, false));
    }

    #[test]
    fn a_list_that_says_where_nothing_is_tells_no_text() {
        let list = StringArray::from(vec![Some("a"), None, Some("c")]);
        let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(2)]);
        let odd: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::new(list)));
        let plain = without_null_texts(&odd).unwrap();
        let texts: Vec<Option<&str>> = plain.as_string::<i32>().iter().collect();
        assert_eq!(texts, [Some("a"), None, None, Some("c")]);
    }

    #[test]
    fn texts_are_listed_by_the_order_of_rows_alone() {
        // 6,000 texts in turn: after 8,192 rows fewer than three in four are new.
        let repeated =
            |n: usize| -> Vec<String> { (0..n).map(|i| format!("{}", i % 6_000)).collect() };
        let is_listed = |rows: &[String], at_once: usize| {
            let pieces: Vec<StringArray> = rows
                .chunks(at_once)
                .map(|rows| StringArray::from_iter_values(rows.iter()))
                .collect();
            let pieces: Vec<Piece<'_>> = pieces.iter().map(Piece::Texts).collect();
            Listed::of(&pieces, rows.len()).is_some()
        };
        let once: Vec<String> = (0..8_193).map(|i| format!("{i}")).collect();
        for at_once in [100, 8_192, 10_000] {
            assert!(is_listed(&repeated(20_000), at_once));
            assert!(is_listed(&once[..8_191], at_once), "too few to tell");
            assert!(!is_listed(&once, at_once));
        }
    }
}
