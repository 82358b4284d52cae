//! An answer as text or bytes: a table for people, CSV, JSON or Parquet for programs.

use datafusion::arrow::csv::WriterBuilder as CsvWriterBuilder;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{JsonArray, WriterBuilder as JsonWriterBuilder};
use datafusion::arrow::util::pretty::pretty_format_batches_with_schema;
use datafusion::parquet::arrow::ArrowWriter;

use super::{Answer, Fault, ModelError};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns with lines around them.
    Table,
    /// A header line, then one line per row.
    Csv,
    /// An array of objects; nulls are written.
    Json,
    /// A Parquet file.
    Parquet,
}

/// The bytes of `answer` in that format.
///
/// # Errors
/// [`ModelError::Execution`] for a type that the format does not have: CSV has no lists or structs.
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
        let names: Vec<&str> =
            answer.schema.fields().iter().map(|field| field.name().as_str()).collect();
        return Ok([names.join(","), "\n".to_owned()].concat().into_bytes());
    }
    let mut writer = CsvWriterBuilder::new().with_header(true).build(&mut bytes);
    for batch in &answer.batches {
        writer.write(batch)?;
    }
    drop(writer);
    Ok(bytes)
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
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use datafusion::arrow::datatypes::Schema;

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
