//! A column chunk of numbers, days or instants.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt64Type,
};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::delta;
use super::list::NumberList;
use super::pages::{Chunk, Pages};
use super::validity::Validity;

/// How Parquet stores a number, and in what order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int32,
    Int64,
    Unsigned,
    Double,
}

/// The chunk of numbers that come in pieces.
pub(super) fn chunk(
    kind: Kind,
    pieces: &[ArrayRef],
    descriptor: &ColumnDescPtr,
) -> Result<Chunk, ParquetError> {
    let validity = Validity::of(pieces.iter().map(AsRef::as_ref));
    let mut numbers = Vec::with_capacity(validity.n_values());
    pieces.iter().try_for_each(|piece| append_bits(piece, &mut numbers))?;
    if let Some((list, places)) = listed(&numbers) {
        let statistics = kind.statistics(&list, validity.n_nulls);
        let page = kind.page_of(&list, Vec::new());
        let n_listed = list.len();
        return Pages::listed(page, n_listed, &places, &validity, descriptor, statistics)
            .chunk(descriptor);
    }
    let statistics = kind.statistics(&numbers, validity.n_nulls);
    let mut page = validity.page(descriptor, numbers.len() * 8);
    // Rising numbers, such as lines, are stored as differences.
    let encoding = if kind == Kind::Int64 && numbers.is_sorted() {
        delta::append(&numbers, &mut page);
        Encoding::DELTA_BINARY_PACKED
    } else {
        page = kind.page_of(&numbers, page);
        Encoding::PLAIN
    };
    Pages::plain(page, encoding, validity.n_rows, statistics).chunk(descriptor)
}

/// The different numbers and each row's place among them; `None` if they hardly repeat themselves.
fn listed(numbers: &[i64]) -> Option<(Vec<i64>, Vec<u32>)> {
    let mut list = NumberList::default();
    let mut places = Vec::with_capacity(numbers.len());
    let mut last = None;
    for number in numbers {
        let place = match last {
            Some((before, place)) if before == *number => place,
            _ => list.place_of(*number, places.len())?,
        };
        last = Some((*number, place));
        places.push(place);
    }
    Some((list.numbers, places))
}

impl Kind {
    /// Numbers as a page holds them.
    fn page_of(self, numbers: &[i64], mut page: Vec<u8>) -> Vec<u8> {
        if self == Kind::Int32 {
            page.extend(numbers.iter().flat_map(|number| (*number as i32).to_le_bytes()));
        } else {
            page.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        }
        page
    }

    fn statistics(self, numbers: &[i64], n_nulls: usize) -> Statistics {
        let n_nulls = Some(n_nulls as u64);
        let (least, greatest) = (numbers.iter().copied().min(), numbers.iter().copied().max());
        match self {
            Self::Int32 => {
                let (least, greatest) = (least.map(|n| n as i32), greatest.map(|n| n as i32));
                Statistics::int32(least, greatest, None, n_nulls, false)
            }
            Self::Int64 => Statistics::int64(least, greatest, None, n_nulls, false),
            Self::Unsigned => {
                let numbers = || numbers.iter().map(|number| number.cast_unsigned());
                let (least, greatest) = (numbers().min(), numbers().max());
                let (least, greatest) =
                    (least.map(u64::cast_signed), greatest.map(u64::cast_signed));
                Statistics::int64(least, greatest, None, n_nulls, false)
            }
            Self::Double => {
                let (least, greatest) = extremes(numbers).unzip();
                Statistics::double(least, greatest, None, n_nulls, false)
            }
        }
    }
}

/// The least and the greatest of doubles, as Parquet wants them: none if one is no number, and a nought
/// with the sign that bounds noughts of either.
fn extremes(bits: &[i64]) -> Option<(f64, f64)> {
    let numbers = || bits.iter().map(|bits| f64::from_bits(bits.cast_unsigned()));
    if bits.is_empty() || numbers().any(f64::is_nan) {
        return None;
    }
    let (least, greatest) = numbers()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), n| {
            (least.min(n), greatest.max(n))
        });
    let least = if least == 0.0 { -0.0 } else { least };
    Some((least, if greatest == 0.0 { 0.0 } else { greatest }))
}

/// Appends the bits of the rows that have a number.
fn append_bits(piece: &ArrayRef, numbers: &mut Vec<i64>) -> Result<(), ParquetError> {
    match piece.data_type() {
        DataType::Int32 => append::<Int32Type>(piece, i64::from, numbers),
        DataType::Date32 => append::<Date32Type>(piece, i64::from, numbers),
        DataType::Int64 => append::<Int64Type>(piece, |n| n, numbers),
        DataType::UInt64 => append::<UInt64Type>(piece, u64::cast_signed, numbers),
        DataType::Float64 => append::<Float64Type>(piece, |n| n.to_bits().cast_signed(), numbers),
        DataType::Timestamp(TimeUnit::Second, _) => {
            append::<TimestampSecondType>(piece, |n| n, numbers)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            append::<TimestampMillisecondType>(piece, |n| n, numbers)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            append::<TimestampMicrosecondType>(piece, |n| n, numbers)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            append::<TimestampNanosecondType>(piece, |n| n, numbers)
        }
        _ => Err(ParquetError::General("a column of numbers holds something else".to_owned())),
    }
}

fn append<T: ArrowPrimitiveType>(
    piece: &ArrayRef,
    bits: impl Fn(T::Native) -> i64,
    numbers: &mut Vec<i64>,
) -> Result<(), ParquetError> {
    let wrong = || ParquetError::General("a column of numbers holds something else".to_owned());
    let piece: &PrimitiveArray<T> = piece.as_primitive_opt().ok_or_else(wrong)?;
    match piece.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => numbers.extend(piece.values().iter().map(|n| bits(*n))),
        Some(nulls) => numbers.extend(nulls.valid_indices().map(|row| bits(piece.values()[row]))),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_of_doubles_bound_noughts_of_either_sign_and_are_not_told_beside_no_number() {
        let of = |numbers: &[f64]| {
            let bits: Vec<i64> = numbers.iter().map(|n| n.to_bits().cast_signed()).collect();
            extremes(&bits).map(|(least, greatest)| (least.to_bits(), greatest.to_bits()))
        };
        let bits = |least: f64, greatest: f64| Some((least.to_bits(), greatest.to_bits()));
        assert_eq!(of(&[1.5, -2.5, 0.5]), bits(-2.5, 1.5));
        assert_eq!(of(&[0.0, 3.0]), bits(-0.0, 3.0));
        assert_eq!(of(&[-3.0, -0.0]), bits(-3.0, 0.0));
        assert_eq!(of(&[f64::NEG_INFINITY, f64::INFINITY]), bits(f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(of(&[1.0, f64::NAN, 2.0]), None);
        assert_eq!(of(&[]), None);
    }
}
