//! Searches what Parquet keeps beside the values: statistics, page indexes and dictionaries.

use parquet::basic::Type;
use parquet::column::page::Page;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;

use super::Kind;
use super::searcher::{Look, Searcher};

/// Searches the least and the greatest value of a column or page.
pub(super) fn statistics(
    searcher: &Searcher,
    look: Look,
    statistics: &Statistics,
    found: &mut dyn FnMut(Kind),
) {
    let physical = statistics.physical_type();
    for bytes in [statistics.min_bytes_opt(), statistics.max_bytes_opt()].into_iter().flatten() {
        value(searcher, look, physical, bytes, found);
    }
}

/// Searches the least and the greatest value of every page of a column.
pub(super) fn column_index(
    searcher: &Searcher,
    look: Look,
    index: &ColumnIndexMetaData,
    found: &mut dyn FnMut(Kind),
) {
    use ColumnIndexMetaData as Index;
    let mut number = |value: Option<u64>| {
        if let Some(value) = value {
            searcher.number(value, look, &mut *found);
        }
    };
    match index {
        Index::INT32(index) => {
            let values = index.min_values_iter().chain(index.max_values_iter()).flatten();
            values.for_each(|value| number(u64::try_from(*value).ok()));
        }
        Index::INT64(index) => {
            let values = index.min_values_iter().chain(index.max_values_iter()).flatten();
            values.for_each(|value| number(u64::try_from(*value).ok()));
        }
        Index::DOUBLE(index) => {
            let values = index.min_values_iter().chain(index.max_values_iter()).flatten();
            values.for_each(|value| searcher.float(*value, look, &mut *found));
        }
        Index::BYTE_ARRAY(index) | Index::FIXED_LEN_BYTE_ARRAY(index) => {
            for text in index.min_values_iter().chain(index.max_values_iter()).flatten() {
                searcher.text(text, look, |kind, _| found(kind));
            }
        }
        Index::NONE | Index::BOOLEAN(_) | Index::INT96(_) | Index::FLOAT(_) => {}
    }
}

/// Searches a dictionary page, which may hold values that no row has.
pub(super) fn dictionary(
    searcher: &Searcher,
    look: Look,
    physical: Type,
    width: usize,
    page: &Page,
    found: &mut dyn FnMut(Kind),
) {
    let bytes: &[u8] = page.buffer();
    let width = match physical {
        Type::INT32 | Type::FLOAT => 4,
        Type::INT64 | Type::DOUBLE => 8,
        Type::INT96 => 12,
        Type::BOOLEAN => 1,
        Type::FIXED_LEN_BYTE_ARRAY => width.max(1),
        Type::BYTE_ARRAY => return texts(searcher, look, bytes, found),
    };
    for bytes in bytes.chunks_exact(width) {
        value(searcher, look, physical, bytes, found);
    }
}

/// Texts as Parquet's plain encoding has them: length in four bytes, then the text.
fn texts(searcher: &Searcher, look: Look, mut bytes: &[u8], found: &mut dyn FnMut(Kind)) {
    let mut text = Vec::with_capacity(bytes.len());
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = (u32::from_le_bytes(*length) as usize).min(rest.len());
        text.extend_from_slice(&rest[..length]);
        text.push(b'\n');
        bytes = &rest[length..];
    }
    searcher.text(&text, look, |kind, _| found(kind));
}

/// One value in Parquet's plain encoding.
fn value(
    searcher: &Searcher,
    look: Look,
    physical: Type,
    bytes: &[u8],
    found: &mut dyn FnMut(Kind),
) {
    let number = match (physical, bytes.first_chunk::<8>(), bytes.first_chunk::<4>()) {
        (Type::INT64, Some(bytes), _) => u64::try_from(i64::from_le_bytes(*bytes)).ok(),
        (Type::INT32, _, Some(bytes)) => Some(u64::from(u32::from_le_bytes(*bytes))),
        (Type::DOUBLE, Some(bytes), _) => {
            return searcher.float(f64::from_le_bytes(*bytes), look, found);
        }
        (Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY, ..) => {
            return searcher.text(bytes, look, |kind, _| found(kind));
        }
        _ => None,
    };
    if let Some(number) = number {
        searcher.number(number, look, found);
    }
}
