//! Searches the values of Arrow columns, whatever their type.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, UInt64Type};
use arrow::error::ArrowError;

use super::Kind;
use super::searcher::{Look, Searcher};

/// Searches a column; `found` is called once for each match.
pub(super) fn search(
    searcher: &Searcher,
    look: Look,
    column: &dyn Array,
    found: &mut dyn FnMut(Kind),
) -> Result<(), ArrowError> {
    use DataType as T;
    match column.data_type() {
        T::Utf8 | T::LargeUtf8 | T::Utf8View => {
            texts(searcher, look, cast(column, &T::Utf8)?.as_string(), found);
        }
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => {
            let bytes = cast(column, &T::LargeBinary)?;
            joined(searcher, look, bytes.as_binary::<i64>().iter(), found);
        }
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
            let numbers = cast(column, &T::Int64)?;
            for value in numbers.as_primitive::<Int64Type>().iter().flatten() {
                number(searcher, look, u64::try_from(value).ok(), found);
            }
        }
        T::UInt64 => {
            for value in column.as_primitive::<UInt64Type>().iter().flatten() {
                number(searcher, look, Some(value), found);
            }
        }
        T::Float16
        | T::Float32
        | T::Float64
        | T::Decimal32(..)
        | T::Decimal64(..)
        | T::Decimal128(..)
        | T::Decimal256(..) => {
            let numbers = cast(column, &T::Float64)?;
            for value in numbers.as_primitive::<Float64Type>().iter().flatten() {
                searcher.float(value, look, &mut *found);
            }
        }
        T::Date32 | T::Date64 | T::Timestamp(..) if searcher.has_birth_dates() => {
            let days = cast(column, &T::Date32)?;
            for day in days.as_primitive::<Date32Type>().iter().flatten() {
                if searcher.is_birth_date(day) {
                    found(Kind::BirthDate);
                }
            }
        }
        _ => return inner(column, &mut |column| search(searcher, look, column, &mut *found)),
    }
    Ok(())
}

/// The columns that a nested column is made of.
fn inner(
    column: &dyn Array,
    visit: &mut dyn FnMut(&dyn Array) -> Result<(), ArrowError>,
) -> Result<(), ArrowError> {
    use DataType as T;
    let children: Vec<ArrayRef> = match column.data_type() {
        T::Dictionary(..) => vec![column.as_any_dictionary().values().clone()],
        T::Struct(_) => column.as_struct().columns().to_vec(),
        T::List(_) => vec![column.as_list::<i32>().values().clone()],
        T::LargeList(_) => vec![column.as_list::<i64>().values().clone()],
        T::FixedSizeList(..) => vec![column.as_fixed_size_list().values().clone()],
        T::Map(..) => column.as_map().entries().columns().to_vec(),
        T::Null | T::Boolean | T::Time32(_) | T::Time64(_) | T::Duration(_) | T::Interval(_) => {
            Vec::new()
        }
        T::Date32 | T::Date64 | T::Timestamp(..) => Vec::new(),
        other => {
            return Err(ArrowError::NotYetImplemented(format!("columns of type {other}")));
        }
    };
    children.iter().try_for_each(|child| visit(child))
}

fn texts(searcher: &Searcher, look: Look, column: &StringArray, found: &mut dyn FnMut(Kind)) {
    joined(searcher, look, column.iter().map(|text| text.map(str::as_bytes)), found);
}

/// Searches many short texts as one, a line each: a search costs more to begin than to go on.
fn joined<'a>(
    searcher: &Searcher,
    look: Look,
    values: impl Iterator<Item = Option<&'a [u8]>>,
    found: &mut dyn FnMut(Kind),
) {
    let mut text = Vec::new();
    let mut before: Option<&[u8]> = None;
    for value in values.flatten() {
        if before != Some(value) {
            text.extend_from_slice(value);
            text.push(b'\n');
            before = Some(value);
        }
    }
    searcher.text(&text, look, |kind, _| found(kind));
}

fn number(searcher: &Searcher, look: Look, value: Option<u64>, found: &mut dyn FnMut(Kind)) {
    if let Some(value) = value {
        searcher.number(value, look, found);
    }
}
