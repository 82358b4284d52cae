//! Parquet row groups, made column by column out of rows that were held until there are enough.
//!
//! A chunk sees all rows of its group at once, so it decides by them alone how they are stored: neither
//! batches nor threads leave a trace in its bytes. What repeats itself is stored as a list and places in
//! it, what rises as differences, texts that begin alike by what is new in them, and noise as it is.
//! Pages are those of Parquet's first version, which every reader knows.

mod delta;
mod file;
mod flags;
mod hybrid;
mod list;
mod numbers;
mod pages;
mod plain_texts;
mod texts;
mod validity;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use self::numbers::Kind;
use self::pages::Chunk;

pub(super) use self::file::{ParquetFile, ROWS_PER_GROUP};

/// The chunk of a column that comes in pieces; `None` if such a column is left to the library.
fn chunk(
    data_type: &DataType,
    pieces: &[ArrayRef],
    descriptor: &ColumnDescPtr,
) -> Option<Result<Chunk, ParquetError>> {
    let numbers = |kind| Some(numbers::chunk(kind, pieces, descriptor));
    match data_type {
        DataType::Boolean => Some(flags::chunk(pieces, descriptor)),
        DataType::Int32 | DataType::Date32 => numbers(Kind::Int32),
        DataType::Int64 | DataType::Timestamp(..) => numbers(Kind::Int64),
        DataType::UInt64 => numbers(Kind::Unsigned),
        DataType::Float64 => numbers(Kind::Double),
        DataType::Utf8 => Some(texts::chunk(pieces, descriptor)),
        _ => None,
    }
}
