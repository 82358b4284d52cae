//! Parts: their bytes, their columns, their place.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::super::*;
use super::{a_part, a_store, all_files, next, rows, schema};

#[test]
fn the_same_rows_give_the_same_bytes_however_they_are_batched() {
    let (_folder, store) = a_store();
    let whole = rows(300_000, 42); // three row groups, the last one short
    let mut state = 7;
    let mut parts = Vec::new();
    for round in 0..4 {
        let mut writer = store.writer(Zone::Parts, schema()).unwrap();
        let mut at = 0;
        while at < whole.num_rows() {
            let n = match round {
                0 => whole.num_rows(),
                1 => 8_192,
                _ => 1 + (next(&mut state) % 50_000) as usize,
            };
            let n = n.min(whole.num_rows() - at);
            writer.write(&whole.slice(at, n)).unwrap();
            at += n;
        }
        parts.push(writer.finish().unwrap());
    }
    assert!(parts.iter().all(|part| *part == parts[0]));
    assert_eq!(parts[0].n_rows, 300_000);
    assert_eq!(sha256_file(&store.path(Zone::Parts, &parts[0])).unwrap(), parts[0].sha256);
    let read = concat_batches(&schema(), &store.read(Zone::Parts, &parts[0]).unwrap()).unwrap();
    assert_eq!(read, whole);
}

#[test]
fn metadata_that_rows_arrive_with_does_not_reach_the_part() {
    let (_folder, store) = a_store();
    let batch = rows(10, 3);
    let noted = schema().as_ref().clone().with_metadata([("at".into(), "now".into())].into());
    let noted = Arc::new(noted);
    let mut writer = store.writer(Zone::Parts, Arc::clone(&noted)).unwrap();
    writer.write(&batch.clone().with_schema(noted).unwrap()).unwrap();
    let with_metadata = writer.finish().unwrap();
    let mut writer = store.writer(Zone::Parts, schema()).unwrap();
    writer.write(&batch).unwrap();
    assert_eq!(writer.finish().unwrap(), with_metadata);
}

#[test]
fn a_part_without_rows_keeps_its_columns() {
    let (_folder, store) = a_store();
    let part = store.writer(Zone::Parts, schema()).unwrap().finish().unwrap();
    let reader = store.stream(Zone::Parts, &part).unwrap();
    assert_eq!(reader.schema().fields(), schema().fields());
    assert_eq!(reader.count(), 0);
}

#[test]
fn rows_that_do_not_fit_a_part_are_refused_by_column() {
    let (_folder, store) = a_store();
    let mut fields: Vec<Field> = schema().fields().iter().map(|f| f.as_ref().clone()).collect();
    fields[2] = Field::new("cost_pence", DataType::Float64, true);
    let mut writer = store.writer(Zone::Parts, Arc::new(Schema::new(fields))).unwrap();
    let error = writer.write(&rows(3, 1)).unwrap_err();
    drop(writer);
    assert_eq!(
        error.to_string(),
        "column `cost_pence` of a batch does not fit its part: another type"
    );
    let mut writer = store.writer(Zone::Parts, schema()).unwrap();
    let error = writer.write(&rows(3, 1).project(&[0, 1]).unwrap()).unwrap_err();
    assert!(matches!(error, StoreError::ColumnCount { expected: 4, found: 2 }));
    drop(writer);
    assert_eq!(all_files(store.root()), Vec::<PathBuf>::new());
}

#[test]
fn identity_files_are_the_owners_alone() {
    let (_folder, store) = a_store();
    let part = a_part(&store, Zone::Identities, 5);
    let path = store.path(Zone::Identities, &part);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(store.read(Zone::Parts, &part), Err(StoreError::MissingPart { .. })));
}

#[test]
fn wide_rows_make_short_row_groups_however_they_are_batched() {
    let (_folder, store) = a_store();
    // Nine texts of 40 MiB, of which six fit a group.
    let text = |i: usize| format!("{i}{}", "x".repeat((40 << 20) - 1));
    let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8, false)]));
    let written = |sizes: &[usize]| {
        let mut writer = store.writer(Zone::Parts, Arc::clone(&schema)).unwrap();
        let mut start = 0;
        for n in sizes {
            let texts = StringArray::from_iter_values((start..start + n).map(text));
            let column: Vec<ArrayRef> = vec![Arc::new(texts)];
            writer.write(&RecordBatch::try_new(Arc::clone(&schema), column).unwrap()).unwrap();
            start += n;
        }
        writer.finish().unwrap()
    };
    let part = written(&[9]);
    assert_eq!(written(&[1; 9]), part);
    assert_eq!(written(&[5, 4]), part);
    let file = std::fs::File::open(store.path(Zone::Parts, &part)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let groups = reader.metadata().row_groups().iter().map(|group| group.num_rows());
    assert_eq!(groups.collect::<Vec<_>>(), [6, 3]);
    let read = store.read(Zone::Parts, &part).unwrap();
    let mut rows = read.iter().flat_map(|batch| batch.column(0).as_string::<i32>());
    assert!((0..9).all(|i| rows.next().flatten() == Some(&text(i))));
}
