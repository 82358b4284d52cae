//! Reference tables: CSV files whose header says what each column is.
//!
//! Types are declared, never guessed: a guess turns code `0041` into 41.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

/// Why a reference file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The file system refused.
    #[error("cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// A header cell asks for a type that there is not.
    #[error("column `{column}`: no type `{name}`; there are text, int, decimal, float, date, flag")]
    UnknownType {
        /// The column.
        column: String,
        /// The type asked for.
        name: String,
    },
    /// The file has no header, or an empty or repeated name in it.
    #[error("header: a name is empty or comes twice")]
    Header,
    /// A row does not fit the header's columns or types.
    #[error("a row does not fit the declared columns")]
    Row,
}

/// Reads a reference CSV file.
///
/// A header cell is `name`, which is a text, or `name:type` with type `text`, `int` (64 bits),
/// `decimal` (18 digits, 6 of them after the point), `float`, `date` (ISO) or `flag`
/// (`true`/`false`). An empty cell is null. Lines that start with `#` (sources, licences) are passed over.
///
/// # Errors
/// [`ReferenceError`]; it never quotes a cell.
pub fn read_reference(path: &Path) -> Result<RecordBatch, ReferenceError> {
    Ok(read_columns(path)?.0)
}

/// The file's rows, and for each column whether the header says its type.
pub(super) fn read_columns(path: &Path) -> Result<(RecordBatch, Vec<bool>), ReferenceError> {
    let mut file = BufReader::new(File::open(path)?);
    let header = read_header(&mut file)?;
    file.seek(std::io::SeekFrom::Start(header.end))?;
    Ok((read_rows(file, &header.schema)?, header.is_declared))
}

fn read_rows(file: impl Read, schema: &SchemaRef) -> Result<RecordBatch, ReferenceError> {
    let reader = ReaderBuilder::new(Arc::clone(schema)).with_comment(b'#').build(file);
    let rows = |_: ArrowError| ReferenceError::Row;
    let batches = reader.map_err(rows)?.collect::<Result<Vec<_>, _>>().map_err(rows)?;
    concat_batches(schema, &batches).map_err(rows)
}

/// The first line without `#`.
struct Header {
    /// Its columns; a text where no type is declared.
    schema: SchemaRef,
    /// For each column whether its type is declared.
    is_declared: Vec<bool>,
    /// Where the rows start.
    end: u64,
}

fn read_header(file: &mut impl BufRead) -> Result<Header, ReferenceError> {
    let mut read = 0;
    let mut line = String::new();
    loop {
        line.clear();
        let n = file.read_line(&mut line)?;
        read += n as u64;
        if n == 0 || !line.starts_with('#') {
            break;
        }
    }
    let line = line.trim_start_matches('\u{feff}').trim_end();
    let fields = line.split(',').map(field).collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() != fields.len() || names.first().is_none_or(|name| name.is_empty()) {
        return Err(ReferenceError::Header);
    }
    let is_declared = line.split(',').map(|cell| cell.contains(':')).collect();
    Ok(Header { schema: Arc::new(Schema::new(fields)), is_declared, end: read })
}

fn field(cell: &str) -> Result<Field, ReferenceError> {
    let cell = cell.trim().trim_matches('"');
    let (name, type_name) = cell.split_once(':').unwrap_or((cell, "text"));
    let data_type = match type_name.trim() {
        "text" => DataType::Utf8,
        "int" | "integer" => DataType::Int64,
        "decimal" => DataType::Decimal128(18, 6),
        "float" => DataType::Float64,
        "date" => DataType::Date32,
        "flag" => DataType::Boolean,
        other => {
            let (column, name) = (name.trim().to_owned(), other.to_owned());
            return Err(ReferenceError::UnknownType { column, name });
        }
    };
    Ok(Field::new(name.trim(), data_type, true))
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use datafusion::arrow::util::pretty::pretty_format_batches;

    use super::*;

    fn read(text: &str) -> Result<String, ReferenceError> {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes()).expect("written");
        let batch = read_reference(file.path())?;
        let types: Vec<String> =
            batch.schema().fields().iter().map(|f| f.data_type().to_string()).collect();
        let table = pretty_format_batches(&[batch]).expect("printable").to_string();
        Ok(format!("{}\n{table}", types.join(" ")))
    }

    #[test]
    fn types_come_from_the_header_and_codes_stay_texts() {
        let text = "# source: a paper\ncode,imd_decile:int,weight:decimal,since:date,is_open:flag\n0041,3,1.5,2024-02-29,true\n0042,,,,\n";
        let table = read(text).expect("readable");
        assert!(table.starts_with("Utf8 Int64 Decimal128(18, 6) Date32 Boolean\n"), "{table}");
        assert!(
            table.contains("| 0041 | 3          | 1.500000 | 2024-02-29 | true    |"),
            "{table}"
        );
        assert!(
            table.contains("| 0042 |            |          |            |         |"),
            "{table}"
        );
    }

    #[test]
    fn wrong_headers_and_rows_are_refused_without_quoting_cells() {
        assert!(matches!(read("a:number\n1\n"), Err(ReferenceError::UnknownType { .. })));
        assert!(matches!(read("a,a\n1,2\n"), Err(ReferenceError::Header)));
        assert!(matches!(read(""), Err(ReferenceError::Header)));
        let error = read("a:int\nsecret\n").expect_err("no number");
        assert!(!error.to_string().contains("secret"));
        assert!(matches!(read("a,b\n1\n"), Err(ReferenceError::Row)));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_name() {
        let header = read_header(&mut Cursor::new("\u{feff}a,b\n1,2\n")).expect("a header");
        assert_eq!((header.schema.field(0).name().as_str(), header.end), ("a", 7));
    }
}
