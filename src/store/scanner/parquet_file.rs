//! Searches a Parquet file: names, metadata, statistics, dictionaries and values.

use arrow::datatypes::{Field, Schema};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::LogicalType;
use parquet::column::page::Page;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;

use super::hit::Findings;
use super::searcher::{Look, Searcher};
use super::{columns, page_values};
use crate::store::sealed::PartFile;

/// Under this key Parquet keeps the Arrow schema, coded; it is searched decoded.
const ARROW_SCHEMA: &str = "ARROW:schema";
const ROWS_PER_BATCH: usize = 8 * 1024;

/// Searches everything that a Parquet file says.
pub(super) fn search(
    searcher: &Searcher,
    file: &PartFile,
    findings: &mut Findings,
) -> Result<(), ParquetError> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let footer = ArrowReaderMetadata::load(file, options)?;
    names_and_metadata(searcher, &footer, findings);
    statistics(searcher, footer.metadata(), findings);
    pages(searcher, file, findings)?;
    values(searcher, file, footer, findings)
}

fn names_and_metadata(searcher: &Searcher, footer: &ArrowReaderMetadata, findings: &mut Findings) {
    let mut add = |place: &str, look: Look, text: &str| {
        searcher.text(text.as_bytes(), look, |kind, _| findings.add(place, kind));
    };
    let file = footer.metadata().file_metadata();
    add("metadata", Look::Text, file.created_by().unwrap_or_default());
    for pair in file.key_value_metadata().into_iter().flatten() {
        let look = if pair.key == ARROW_SCHEMA { Look::Exempt } else { Look::Text };
        add("metadata", Look::Text, &pair.key);
        add("metadata", look, pair.value.as_deref().unwrap_or_default());
    }
    schema_texts(footer.schema(), &mut |place, text| add(place, Look::Text, text));
    for column in file.schema_descr().columns() {
        add("column name", Look::Text, &column.path().string());
    }
}

fn schema_texts(schema: &Schema, add: &mut dyn FnMut(&str, &str)) {
    for (key, value) in &schema.metadata {
        add("metadata", key);
        add("metadata", value);
    }
    for field in schema.flattened_fields() {
        field_texts(field, add);
    }
}

fn field_texts(field: &Field, add: &mut dyn FnMut(&str, &str)) {
    add("column name", field.name());
    for (key, value) in field.metadata() {
        add("metadata of a column", key);
        add("metadata of a column", value);
    }
}

fn statistics(searcher: &Searcher, metadata: &ParquetMetaData, findings: &mut Findings) {
    for (group, columns) in metadata.row_groups().iter().enumerate() {
        for (i, column) in columns.columns().iter().enumerate() {
            let name = column.column_path().string();
            let look = look_at_stored(searcher, column);
            let place = format!("statistics of column `{}`", searcher.blanked(&name));
            let mut found = |kind| findings.add(&place, kind);
            if let Some(statistics) = column.statistics() {
                page_values::statistics(searcher, look, statistics, &mut found);
            }
            let index = metadata.column_index().and_then(|groups| groups.get(group)?.get(i));
            if let Some(index) = index {
                page_values::column_index(searcher, look, index, &mut found);
            }
        }
    }
}

fn pages(
    searcher: &Searcher,
    file: &PartFile,
    findings: &mut Findings,
) -> Result<(), ParquetError> {
    let properties = ReaderProperties::builder().set_read_page_statistics(true).build();
    let options = ReadOptionsBuilder::new().with_reader_properties(properties).build();
    let reader = SerializedFileReader::new_with_options(file.clone(), options)?;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        for i in 0..group.num_columns() {
            let column = group.metadata().column(i);
            let name = column.column_path().string();
            let look = look_at_stored(searcher, column);
            let name = searcher.blanked(&name);
            let width = usize::try_from(column.column_descr().type_length()).unwrap_or(0);
            let (in_dictionary, in_pages) = (
                format!("dictionary of column `{name}`"),
                format!("page statistics of column `{name}`"),
            );
            for page in group.get_column_page_reader(i)? {
                let page = page?;
                if matches!(page, Page::DictionaryPage { .. }) {
                    let mut found = |kind| findings.add(&in_dictionary, kind);
                    page_values::dictionary(
                        searcher,
                        look,
                        column.column_type(),
                        width,
                        &page,
                        &mut found,
                    );
                } else if let Some(statistics) = page.statistics() {
                    let mut found = |kind| findings.add(&in_pages, kind);
                    page_values::statistics(searcher, look, statistics, &mut found);
                }
            }
        }
    }
    Ok(())
}

fn values(
    searcher: &Searcher,
    file: &PartFile,
    footer: ArrowReaderMetadata,
    findings: &mut Findings,
) -> Result<(), ParquetError> {
    let places: Vec<(String, Look)> = footer
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let place = format!("column `{}`", searcher.blanked(field.name()));
            (place, look_at(searcher, field.name()))
        })
        .collect();
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), footer)
        .with_batch_size(ROWS_PER_BATCH)
        .build()?;
    for batch in reader {
        let batch = batch?;
        for (column, (place, look)) in batch.columns().iter().zip(&places) {
            columns::search(searcher, *look, column, &mut |kind| findings.add(place, kind))?;
        }
    }
    Ok(())
}

/// As [`look_at`], for values as they are stored: an amount of 45 million pounds is stored as ten
/// digits, so shapes are left to the decoded values.
fn look_at_stored(searcher: &Searcher, column: &ColumnChunkMetaData) -> Look {
    use LogicalType as Is;
    match column.column_descr().logical_type_ref() {
        Some(Is::Decimal { .. } | Is::Timestamp { .. } | Is::Time { .. } | Is::Date) => {
            Look::Exempt
        }
        _ => look_at(searcher, &column.column_path().string()),
    }
}

fn look_at(searcher: &Searcher, column: &str) -> Look {
    if searcher.rules.exempts(column) { Look::Exempt } else { Look::Text }
}
