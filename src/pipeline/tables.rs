//! The tables that stages hand to models: their names, columns and rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use jiff::civil::Date;

use super::checked::Checked;
use super::expected::expected_schema;
use super::intake::{finding_schema, profile_schema};
use super::left_out::left_out_schema;
use super::opt_out_share;
use super::taken::Taken;
use crate::domain::{Period, days_since_epoch};

/// Every table that models may read without making it, with its columns.
pub(super) fn source_schemas(checked: &Checked) -> BTreeMap<String, SchemaRef> {
    let mut schemas = record_schemas(checked);
    schemas.insert("link.person_index".to_owned(), super::linked::person_index_schema());
    schemas.insert("link.ledger".to_owned(), crate::link::ledger_schema());
    schemas.insert("quality.delivery".to_owned(), delivery_schema());
    schemas.insert("quality.expected".to_owned(), expected_schema());
    schemas.insert("quality.finding".to_owned(), finding_schema());
    schemas.insert("quality.left_out".to_owned(), left_out_schema());
    schemas.insert(opt_out_share::NAME.to_owned(), opt_out_share::schema());
    schemas.insert("quality.profile".to_owned(), profile_schema());
    schemas
}

/// What says in which file and line a row of a person came: the same for every purpose, and so for the hub
/// alone. SQL knows a row by its `record_id`, which is the purpose's own.
const PLACE_OF_ROW: [&str; 2] = ["delivery", "line"];

/// The columns of a stored table that SQL is offered.
pub(super) fn offered(table: &str, schema: &SchemaRef) -> SchemaRef {
    let is_place = |name: &str| table.starts_with("record.") && PLACE_OF_ROW.contains(&name);
    let fields = schema.fields().iter().filter(|field| !is_place(field.name()));
    Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()))
}

/// `record.<feed>` or `area.<feed>` of every feed that has a contract. Variants of a feed share one table: it has
/// the columns of them all.
pub(super) fn record_schemas(checked: &Checked) -> BTreeMap<String, SchemaRef> {
    let mut schemas: BTreeMap<String, SchemaRef> = BTreeMap::new();
    for (contract, _) in checked.contracts.values() {
        let name = contract.table_name();
        let schema = offered(&name, &contract.record_schema());
        let merged = match schemas.get(&name) {
            Some(other) => merge(other, &schema),
            None => schema,
        };
        schemas.insert(name, merged);
    }
    schemas
}

/// The columns of `first`, then those that only `second` has.
fn merge(first: &SchemaRef, second: &SchemaRef) -> SchemaRef {
    let more = second.fields().iter().filter(|field| first.index_of(field.name()).is_err());
    let fields: Vec<_> = first.fields().iter().chain(more).cloned().collect();
    Arc::new(Schema::new(fields))
}

/// Columns of `quality.delivery`: one row per file.
pub(super) fn delivery_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let count = |name| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("delivery"),
        text("feed"),
        text("provider_code"),
        text("file"),
        text("sender"),
        text("refresh"),
        text("generation"),
        count("generation_rank"),
        Field::new("is_final", DataType::Boolean, true),
        Field::new("from_on", DataType::Date32, true),
        Field::new("to_on", DataType::Date32, true),
        Field::new("delivered_on", DataType::Date32, true),
        count("n_read"),
        count("n_accepted"),
        count("n_quarantined"),
        count("n_filtered"),
        count("n_duplicates"),
        count("n_superseded"),
    ]))
}

/// The rows of `quality.delivery`.
pub(super) fn delivery_batch(taken: &[Taken]) -> RecordBatch {
    let text = |of: &dyn Fn(&Taken) -> String| -> Arc<StringArray> {
        Arc::new(taken.iter().map(|t| Some(of(t))).collect())
    };
    let count = |of: &dyn Fn(&Taken) -> u64| -> Arc<Int64Array> {
        Arc::new(taken.iter().map(|t| i64::try_from(of(t)).ok()).collect())
    };
    let day = |of: &dyn Fn(&Taken) -> Option<Date>| -> Arc<Date32Array> {
        Arc::new(taken.iter().map(|t| of(t).map(days_since_epoch)).collect())
    };
    RecordBatch::try_new(
        delivery_schema(),
        vec![
            text(&|t| t.entry.sha256.chars().take(12).collect()),
            text(&|t| t.entry.feed.clone()),
            text(&|t| t.entry.provider_code.clone()),
            text(&|t| t.entry.file.clone()),
            text(&|t| t.file.sender.clone()),
            text(&|t| t.file.refresh.as_str().to_owned()),
            text(&|t| t.entry.generation.clone()),
            count(&|t| t.file.rank as u64),
            Arc::new(taken.iter().map(|t| Some(t.file.is_final)).collect::<BooleanArray>()),
            day(&|t| t.file.period.map(Period::from)),
            day(&|t| t.file.period.map(Period::to)),
            day(&|t| t.file.delivered_on),
            count(&|t| t.entry.read),
            count(&|t| t.entry.accepted),
            count(&|t| t.entry.quarantined),
            count(&|t| t.entry.filtered),
            count(&|t| t.entry.duplicates),
            count(&|t| t.entry.superseded),
        ],
    )
    .expect("eighteen columns of the declared types, all of one length")
}
