//! An analyst's own CSV file: types where its header declares none.
//!
//! A column is a number or a date only if every cell certainly is one; `0041` is a code, and so is
//! `1E5`. Whoever knows better writes `name:type` in the header. Reference tables are not read like
//! this: what the night rests on is declared.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::reference::{ReferenceError, read_columns};

/// Whole numbers of more digits than this are not exact as floats, or overflow as integers.
const DIGITS_OF_FLOAT: usize = 15;
const DIGITS_OF_INTEGER: usize = 18;

/// Reads a CSV file as [`super::read_reference`] does, and gives columns without a declared type
/// the type that all of their cells have: `int`, `float`, `date`, else `text`.
///
/// # Errors
/// [`ReferenceError`]; it never quotes a cell.
pub(super) fn read_inferred(path: &Path) -> Result<RecordBatch, ReferenceError> {
    let (batch, is_declared) = read_columns(path)?;
    let schema = batch.schema();
    let typed = schema.fields().iter().zip(batch.columns()).zip(is_declared);
    let columns = typed.map(|((field, column), is_declared)| {
        let column = if is_declared { Arc::clone(column) } else { inferred(column)? };
        Ok((Field::new(field.name(), column.data_type().clone(), true), column))
    });
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) =
        columns.collect::<Result<Vec<_>, ReferenceError>>()?.into_iter().unzip();
    let schema = Arc::new(Schema::new(fields));
    RecordBatch::try_new(schema, columns).map_err(|_| ReferenceError::Row)
}

fn inferred(texts: &ArrayRef) -> Result<ArrayRef, ReferenceError> {
    let cells = || texts.as_string::<i32>().iter().flatten();
    let all = |is: fn(&str) -> bool| cells().next().is_some() && cells().all(is);
    let data_type = if all(is_integer) {
        DataType::Int64
    } else if all(is_float) {
        DataType::Float64
    } else if all(|cell| cell.len() == 10 && cell.parse::<jiff::civil::Date>().is_ok()) {
        DataType::Date32
    } else {
        return Ok(Arc::clone(texts));
    };
    cast(texts, &data_type).map_err(|_| ReferenceError::Row)
}

/// Digits without a leading zero.
fn is_whole(digits: &str) -> bool {
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_digits && (digits == "0" || !digits.starts_with('0'))
}

fn is_integer(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    is_whole(digits) && digits.len() <= DIGITS_OF_INTEGER && cell != "-0"
}

/// `12`, `-0.5`, `1.5e10`, `1e-05`; an exponent without a point or a sign might be a code.
fn is_float(cell: &str) -> bool {
    let cell = cell.strip_prefix('-').unwrap_or(cell);
    let (mantissa, exponent) =
        cell.split_once(['e', 'E']).map_or((cell, None), |(mantissa, of)| (mantissa, Some(of)));
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(whole, of)| (whole, Some(of)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let has_fraction = fraction.is_some_and(is_digits);
    let is_plain = fraction.is_none() && whole.len() <= DIGITS_OF_FLOAT;
    let is_exponent = |exponent: &str| {
        let digits = exponent.strip_prefix(['-', '+']);
        is_digits(digits.unwrap_or(exponent)) && (has_fraction || digits.is_some())
    };
    is_whole(whole) && (has_fraction || is_plain) && exponent.is_none_or(is_exponent)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The types of a column with these cells, each in a row beside a text.
    fn type_of(cells: &[&str]) -> String {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        let rows: String = cells.iter().map(|cell| format!("a,{cell}\n")).collect();
        write!(file, "name,x\n{rows}").expect("written");
        read_inferred(file.path()).expect("readable").column(1).data_type().to_string()
    }

    #[test]
    fn what_certainly_is_a_number_or_a_date_is_one() {
        assert_eq!(type_of(&["3", "", "-12", "0"]), "Int64");
        assert_eq!(type_of(&["3", "0.5", "-1.25", ""]), "Float64");
        assert_eq!(type_of(&["1.5e10", "1e-05", "2E+3"]), "Float64");
        assert_eq!(type_of(&["2024-02-29", ""]), "Date32");
    }

    #[test]
    fn what_might_be_a_code_stays_a_text() {
        for cells in [
            &["0041", "12"][..],
            &["1E5", "2E3"],
            &["3", "n/a"],
            &["1", "1234567890123456789"],
            &["0.5", "1234567890123456"],
            &["2023-02-29"],
            &["2024-02-29", "20240301"],
            &["01/02/2024"],
            &["+1"],
            &["1", " 1"],
            &["-0"][..0],
            &["", ""],
            &["NaN", "1.5"],
            &["inf"],
            &["1."],
            &[".5"],
            &["00.5"],
            &["true"],
        ] {
            assert_eq!(type_of(cells), "Utf8", "{cells:?}");
        }
    }

    #[test]
    fn what_the_header_declares_holds() {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        write!(file, "code:text,n,share:float\n12,1,1\n13,2,0\n").expect("written");
        let batch = read_inferred(file.path()).expect("readable");
        let types: Vec<String> =
            batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
        assert_eq!(types, ["Utf8", "Int64", "Float64"]);
        writeln!(file, "14,3,half").expect("written");
        assert!(matches!(read_inferred(file.path()), Err(ReferenceError::Row)));
    }
}
