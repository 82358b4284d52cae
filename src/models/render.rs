//! An answer as text or bytes: a table for people, CSV, JSON or Parquet for programs.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::{is_null, nullif};
use datafusion::arrow::csv::WriterBuilder as CsvWriterBuilder;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{JsonArray, WriterBuilder as JsonWriterBuilder};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::arrow::util::pretty::pretty_format_batches_with_schema;
use datafusion::parquet::arrow::ArrowWriter;

use super::{Answer, Fault, ModelError};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns with lines around them.
    Table,
    /// A header line, then one line per row. A struct is a column per field, `rate.lower_95`; a list is
    /// text, `[1, 2]`.
    Csv,
    /// An array of objects; nulls are written.
    Json,
    /// A Parquet file.
    Parquet,
}

/// The bytes of `answer` in that format.
///
/// # Errors
/// [`ModelError::Execution`] for a type that the format does not have.
pub fn render(answer: &Answer, format: Format) -> Result<Vec<u8>, ModelError> {
    let written = match format {
        Format::Table => table(answer),
        Format::Csv => csv(answer),
        Format::Json => json(answer),
        Format::Parquet => parquet(answer),
    };
    written
        .map_err(|_| ModelError::Execution { name: "query".to_owned(), fault: Fault::Conversion })
}

fn table(answer: &Answer) -> Result<Vec<u8>, ArrowError> {
    let mut text =
        pretty_format_batches_with_schema(answer.schema.clone(), &answer.batches)?.to_string();
    text.push('\n');
    Ok(text.into_bytes())
}

fn csv(answer: &Answer) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    if answer.batches.iter().all(|batch| batch.num_rows() == 0) {
        let empty = RecordBatch::new_empty(answer.schema.clone());
        let names: Vec<String> = flat_columns(&empty)?.into_iter().map(|(name, ..)| name).collect();
        return Ok([names.join(","), "\n".to_owned()].concat().into_bytes());
    }
    let mut writer = CsvWriterBuilder::new().with_header(true).build(&mut bytes);
    for batch in &answer.batches {
        writer.write(&RecordBatch::try_from_iter_with_nullable(flat_columns(batch)?)?)?;
    }
    drop(writer);
    Ok(bytes)
}

/// The columns of a batch with each struct taken apart and each list as text.
fn flat_columns(batch: &RecordBatch) -> Result<Vec<(String, ArrayRef, bool)>, ArrowError> {
    let mut flat = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        flatten(field.name(), column, &mut flat)?;
    }
    Ok(flat)
}

fn flatten(
    name: &str,
    column: &ArrayRef,
    flat: &mut Vec<(String, ArrayRef, bool)>,
) -> Result<(), ArrowError> {
    if let Some(structs) = column.as_struct_opt() {
        // A null struct's fields are null, whatever lies under it.
        let is_missing = is_null(structs)?;
        for (field, values) in structs.fields().iter().zip(structs.columns()) {
            let values = nullif(values, &is_missing)?;
            flatten(&format!("{name}.{}", field.name()), &values, flat)?;
        }
        return Ok(());
    }
    let column = if column.data_type().is_nested() { as_text(column)? } else { column.clone() };
    flat.push((name.to_owned(), column, true));
    Ok(())
}

fn as_text(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    let text = |row| (!column.is_null(row)).then(|| formatter.value(row).to_string());
    Ok(Arc::new(StringArray::from_iter((0..column.len()).map(text))))
}

fn json(answer: &Answer) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    let mut writer =
        JsonWriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(&mut bytes);
    for batch in &answer.batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    drop(writer);
    bytes.push(b'\n');
    Ok(bytes)
}

fn parquet(answer: &Answer) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, answer.schema.clone(), None)?;
    for batch in &answer.batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int64Array, ListArray, StructArray};
    use datafusion::arrow::buffer::NullBuffer;
    use datafusion::arrow::datatypes::{DataType, Field, Fields, Float64Type, Schema};

    use super::*;
    use crate::domain::Sensitivity;

    fn answer(rows: bool) -> Answer {
        let n: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        let t: ArrayRef = Arc::new(StringArray::from(vec!["a", "b,c"]));
        let batch = RecordBatch::try_from_iter_with_nullable([("n", n, true), ("t", t, true)])
            .expect("a batch");
        let schema: Arc<Schema> = batch.schema();
        let batches = if rows { vec![batch] } else { Vec::new() };
        Answer {
            schema,
            batches,
            is_cut: false,
            sensitivity: Sensitivity::Aggregate,
            tables: Vec::new(),
        }
    }

    fn text(rows: bool, format: Format) -> String {
        String::from_utf8(render(&answer(rows), format).expect("written")).expect("text")
    }

    #[test]
    fn csv_has_a_column_for_each_field_of_a_struct_and_text_for_a_list() {
        let fields = Fields::from(vec![Field::new("value", DataType::Float64, true)]);
        let values: ArrayRef = Arc::new(Float64Array::from(vec![0.5, 7.0]));
        let is_there = NullBuffer::from(vec![true, false]);
        let rate: ArrayRef = Arc::new(StructArray::new(fields, vec![values], Some(is_there)));
        let lists = vec![Some(vec![Some(1.0), None]), None];
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>(lists));
        let batch =
            RecordBatch::try_from_iter_with_nullable([("rate", rate, true), ("list", list, true)]);
        let batch = batch.expect("a batch");
        let answer = Answer { schema: batch.schema(), batches: vec![batch], ..answer(false) };
        let csv = String::from_utf8(render(&answer, Format::Csv).expect("written")).expect("text");
        assert_eq!(csv, "rate.value,list\n0.5,\"[1.0, ]\"\n,\n");
    }

    #[test]
    fn each_format_holds_the_rows() {
        assert_eq!(text(true, Format::Csv), "n,t\n1,a\n,\"b,c\"\n");
        assert_eq!(
            text(true, Format::Json),
            "[{\"n\":1,\"t\":\"a\"},{\"n\":null,\"t\":\"b,c\"}]\n"
        );
        assert!(text(true, Format::Table).contains("| 1 | a   |"));
        assert_eq!(&render(&answer(true), Format::Parquet).expect("written")[..4], b"PAR1");
    }

    #[test]
    fn without_rows_the_columns_are_still_shown() {
        assert_eq!(text(false, Format::Csv), "n,t\n");
        assert_eq!(text(false, Format::Json), "[]\n");
        assert!(text(false, Format::Table).contains("| n | t |"));
    }
}
