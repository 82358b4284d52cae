//! `quality.quarantine` and `quality.finding` as Arrow batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::Finding;
use super::listing::Listing;
use crate::contract::{Contract, Rule};

/// Place of the quarantine's column that names the delivery.
pub(super) const DELIVERY: usize = 0;

/// Columns of `quality.quarantine`: a row for each refused or repeated row, by reference.
#[must_use]
pub fn quarantine_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("delivery", DataType::Utf8, false),
        Field::new("line", DataType::Int64, false),
        Field::new("column_name", DataType::Utf8, true),
        Field::new("rule", DataType::Utf8, false),
    ]))
}

/// Columns of `quality.finding`.
#[must_use]
pub fn finding_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("delivery", DataType::Utf8, false),
        Field::new("feed", DataType::Utf8, false),
        Field::new("provider_code", DataType::Utf8, true),
        Field::new("rule", DataType::Utf8, false),
        Field::new("column_name", DataType::Utf8, true),
        Field::new("severity", DataType::Utf8, false),
        Field::new("n_rows", DataType::Int64, false),
        Field::new("first_lines", DataType::Utf8, true),
    ]))
}

/// Columns of what a delivery takes back.
pub(super) fn deletion_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("record_id", DataType::Int64, false)]))
}

/// Ids of records that are taken back, as a batch.
pub(super) fn deletion_batch(ids: Vec<i64>) -> RecordBatch {
    RecordBatch::try_new(deletion_schema(), vec![Arc::new(Int64Array::from(ids))])
        .expect("one column of the declared type")
}

/// Refused rows as a batch; which delivery they are of is said later ([`DELIVERY`]).
pub(super) fn quarantine_batch(
    contract: &Contract,
    refused: &[(u64, Option<u16>, Rule)],
) -> Result<RecordBatch, ArrowError> {
    let n = refused.len();
    let mut lines = Int64Builder::with_capacity(n);
    let [mut columns, mut rules] = [0; 2].map(|_| Listing::with_capacity(n));
    for (line, column, rule) in refused {
        lines.append_value(*line as i64);
        columns.push(column.map(|i| contract.columns[usize::from(i)].name.as_str()));
        rules.push(Some(contract.rule_name(*rule)));
    }
    let columns: [(&str, ArrayRef, bool); 4] = [
        ("delivery", Listing::of_one("", n), false),
        ("line", Arc::new(lines.finish()), false),
        ("column_name", columns.finish(), true),
        ("rule", rules.finish(), false),
    ];
    RecordBatch::try_from_iter_with_nullable(columns)
}

/// Findings as a batch.
pub(super) fn finding_batch(
    delivery: &str,
    feed: &str,
    findings: &[Finding],
) -> Result<RecordBatch, ArrowError> {
    let mut texts: [StringBuilder; 7] = std::array::from_fn(|_| StringBuilder::new());
    let mut n_rows = Int64Builder::new();
    for finding in findings {
        let lines: Vec<String> = finding.first_lines.iter().map(u64::to_string).collect();
        let values = [
            Some(delivery),
            Some(feed),
            finding.provider_code.as_deref(),
            Some(&finding.rule),
            finding.column.as_deref(),
            Some(&finding.severity),
            (!lines.is_empty()).then(|| lines.join(", ")).as_deref().map(str::to_owned).as_deref(),
        ]
        .map(|value| value.map(str::to_owned));
        for (builder, value) in texts.iter_mut().zip(values) {
            builder.append_option(value);
        }
        n_rows.append_value(finding.n_rows as i64);
    }
    let [delivery, feed, provider, rule, column, severity, lines] =
        texts.each_mut().map(|builder| Arc::new(builder.finish()));
    RecordBatch::try_new(
        finding_schema(),
        vec![delivery, feed, provider, rule, column, severity, Arc::new(n_rows.finish()), lines],
    )
}
