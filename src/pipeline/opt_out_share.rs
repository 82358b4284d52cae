//! How much an opt-out takes away, by practice, deprivation and ethnic group.
//!
//! Whoever reads a figure has to know whom it is not about. That needs the rows before anybody is
//! left out, so it is a step of its own, which no model can read from: only counts come out of it,
//! protected like any that leave.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::checked::Checked;
use super::error::PipelineError;
use super::linked::{LinkedParts, write};
use super::opt_outs::Exclusion;
use super::tables::record_schemas;
use super::taken::Taken;
use crate::disclosure::{DisclosureError, ReleaseSpec, release};
use crate::domain::Sensitivity;
use crate::models::{Engine, Limits};
use crate::store::{Part, Recipe, Store, TableEntry, Zone, sha256_hex};

/// The table that the step offers.
pub(super) const NAME: &str = "quality.opt_out_share";

const FEED: &str = "gp_registration";
const QUERY: &str = include_str!("opt_out_share.sql");
const LIMITS: Limits = Limits { rows: 1_000_000, seconds: 3_600, memory_bytes: 6 << 30 };

/// How the counts are protected: as for a release.
const SPEC: &str = r#"
title = "Persons left out by the national data opt-out"
unit = "persons"
dimensions = ["breakdown", "value"]
persons = "n_left_out"
out_of = "n_persons"
counts = ["n_persons", "n_left_out"]
rates = [{ columns = ["share_left_out"], per = 100, denominator = "n_persons", numerator = "n_left_out" }]
amounts = [
    { columns = ["n_person_days"], persons = "n_persons" },
    { columns = ["n_person_days_left_out"] },
]
totals = [{ dimension = "value", value = "all" }]
"#;

/// Columns of `quality.opt_out_share`: a row for each practice, fifth and ethnic group.
pub(super) fn schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let number = |name, kind| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        text("breakdown"),
        text("value"),
        number("n_persons", DataType::Int64),
        number("n_left_out", DataType::Int64),
        number("share_left_out", DataType::Float64),
        number("n_person_days", DataType::Float64),
        number("n_person_days_left_out", DataType::Float64),
        text("status"),
    ]))
}

/// The table: without rows where the national data opt-out does not apply.
///
/// # Errors
/// A part that cannot be read; a count that cannot be protected.
pub(super) fn opt_out_share(
    checked: &Checked,
    store: &Store,
    taken: &[Taken],
    linked: &LinkedParts,
    exclusion: &Exclusion,
) -> Result<TableEntry, PipelineError> {
    let registered = taken.iter().filter(|one| one.entry.feed == FEED && one.records.n_rows > 0);
    let records: Vec<Part> = registered.map(|one| one.records.clone()).collect();
    let applies = exclusion.entry.as_ref().is_some_and(|entry| entry.as_of.is_some());
    let is_known = applies && !records.is_empty() && checked.references.contains_key("lsoa");
    if !is_known {
        return Ok(entry(write(store, &RecordBatch::new_empty(schema()))?, String::new()));
    }
    let recipe = recipe(checked, linked, &records, exclusion);
    if let Some(part) = store.recall(&recipe).and_then(|made| made.outputs.get("rows").cloned()) {
        return Ok(entry(part.1, recipe));
    }
    let mut engine = checked.engine(None)?;
    let name = format!("record.{FEED}");
    let paths: Vec<_> = records.iter().map(|part| store.path(Zone::Parts, part)).collect();
    engine.add_parts_as(&name, Sensitivity::Person, &record_schemas(checked)[&name], &paths)?;
    let index = store.path(Zone::Parts, &linked.person_index);
    engine.add_parts("link.person_index", Sensitivity::Person, &[index])?;
    offer_left_out(&mut engine, exclusion)?;
    let part = write(store, &protected(checked, &engine)?)?;
    let outputs = [("rows".to_owned(), (Zone::Parts, part.clone()))].into();
    store.remember(&recipe, &Recipe { outputs, summary: serde_json::Value::Null })?;
    Ok(entry(part, recipe))
}

fn entry(part: Part, recipe: String) -> TableEntry {
    TableEntry {
        zone: Zone::Parts,
        parts: vec![part],
        recipe,
        sensitivity: Sensitivity::Aggregate,
        grain: ["breakdown", "value"].map(str::to_owned).to_vec(),
    }
}

/// Everything that the table is made from.
fn recipe(
    checked: &Checked,
    linked: &LinkedParts,
    records: &[Part],
    exclusion: &Exclusion,
) -> String {
    let mut parts = vec![NAME.to_owned(), env!("CARGO_PKG_VERSION").to_owned(), QUERY.to_owned()];
    parts.push(SPEC.to_owned());
    parts.push(checked.rule_pack.name.clone());
    parts.push(format!("{} {}", checked.pipeline.data_from, checked.pipeline.as_at));
    parts.extend(checked.references.get("lsoa").map(|lsoa| lsoa.hash.clone()));
    parts.push(linked.person_index.sha256.clone());
    let mut records: Vec<String> = records.iter().map(|part| part.sha256.clone()).collect();
    records.sort();
    parts.extend(records);
    let bytes: Vec<u8> = exclusion.persons().iter().flat_map(|id| id.to_le_bytes()).collect();
    parts.push(sha256_hex(&bytes));
    sha256_hex(parts.join("\n").as_bytes())
}

fn offer_left_out(engine: &mut Engine, exclusion: &Exclusion) -> Result<(), PipelineError> {
    let schema = Arc::new(Schema::new(vec![Field::new("person_id", DataType::Int64, false)]));
    let persons: ArrayRef = Arc::new(Int64Array::from(exclusion.persons().to_vec()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![persons]);
    let batches = vec![batch.expect("one column of the declared type")];
    Ok(engine.add_batches("opt_out.left_out", Sensitivity::Person, &schema, batches)?)
}

/// The counts, protected, with the columns that were promised.
fn protected(checked: &Checked, engine: &Engine) -> Result<RecordBatch, PipelineError> {
    let answer = engine.query(QUERY, &checked.pipeline.parameters(), &LIMITS)?;
    let spec: ReleaseSpec = toml::from_str(SPEC).expect("a test reads it");
    let released = release(NAME, &answer.batches, &spec, &checked.rule_pack)?;
    let batch = released.batch();
    let column = |field: &Arc<Field>| {
        let found = batch.column_by_name(field.name());
        cast(found.unwrap_or(batch.column(0)), field.data_type())
    };
    let schema = schema();
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>();
    let made = columns.and_then(|columns| RecordBatch::try_new(schema, columns));
    Ok(made.map_err(|source| DisclosureError::Table { table: NAME.to_owned(), source })?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Date32Array, StringArray};
    use arrow::datatypes::Int64Type;
    use jiff::civil::date;

    use super::*;
    use crate::disclosure::RulePack;
    use crate::domain::days_since_epoch;
    use crate::methods::sql::register;
    use crate::models::{Parameters, Settings, Value};

    /// An engine over 40 persons on two lists: those of S2 came half-way and live in no known area;
    /// the first ten are left out.
    fn engine() -> Engine {
        let mut engine = Engine::new(&Settings::default(), &register).expect("an engine");
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..40));
        let is_second = |i: i64| i % 2 == 1;
        let text = |of: &dyn Fn(i64) -> Option<&'static str>| -> ArrayRef {
            Arc::new((0..40).map(of).collect::<StringArray>())
        };
        let day = |of: &dyn Fn(i64) -> Option<jiff::civil::Date>| -> ArrayRef {
            Arc::new((0..40).map(|i| of(i).map(days_since_epoch)).collect::<Date32Array>())
        };
        let from = |i| Some(if is_second(i) { date(2025, 10, 1) } else { date(2020, 1, 1) });
        let records = RecordBatch::try_from_iter([
            ("record_id", Arc::clone(&ids)),
            ("identity_id", Arc::clone(&ids)),
            ("provider_code", text(&|i| Some(if is_second(i) { "S2" } else { "S1" }))),
            ("lsoa_code", text(&|i| (!is_second(i)).then_some("E1"))),
            ("ethnic_group", text(&|i| Some(if i < 5 { "B" } else { "A" }))),
            ("patient_type", text(&|_| None)),
            ("registered_on", day(&from)),
            ("deregistered_on", day(&|_| None)),
            ("died_on", day(&|i| (i == 0).then_some(date(2025, 4, 10)))),
            ("address_from_on", day(&from)),
        ]);
        let records = records.expect("columns of one length");
        let index = RecordBatch::try_from_iter([
            ("identity_id", Arc::clone(&ids)),
            ("person_id", Arc::clone(&ids)),
        ]);
        let index = index.expect("columns of one length");
        let lsoa = RecordBatch::try_from_iter([
            ("lsoa_code", Arc::new(StringArray::from(vec!["E1"])) as ArrayRef),
            ("imd_quintile_city", Arc::new(Int64Array::from(vec![3])) as ArrayRef),
        ]);
        let lsoa = lsoa.expect("columns of one length");
        for (name, batch) in [
            ("record.gp_registration", records),
            ("link.person_index", index),
            ("reference.lsoa", lsoa),
        ] {
            let schema = batch.schema();
            engine.add_batches(name, Sensitivity::Person, &schema, vec![batch]).expect("offered");
        }
        let by_table = [("link.ledger".to_owned(), (0..10).collect())].into();
        let exclusion = Exclusion { by_table, ..Exclusion::default() };
        offer_left_out(&mut engine, &exclusion).expect("offered");
        engine
    }

    #[test]
    fn persons_and_days_are_counted_by_place_and_group_and_few_are_hidden() {
        let parameters = Parameters::new()
            .with("data_from", Value::Date(date(2025, 4, 1)))
            .with("as_at", Value::Date(date(2026, 4, 1)));
        let answer = engine().query(QUERY, &parameters, &LIMITS).expect("an answer");
        let batch = &answer.batches[0];
        let row = |breakdown: &str, value: &str| -> Vec<i64> {
            let is_it = |row: &usize| {
                let text = |column: usize| batch.column(column).as_string::<i32>().value(*row);
                text(0) == breakdown && text(1) == value
            };
            let row = (0..batch.num_rows()).find(is_it).expect("a row");
            let int = |column: usize| batch.column(column).as_primitive::<Int64Type>().value(row);
            vec![int(2), int(3), int(5), int(6)]
        };
        // S1: 20 persons all year, 365 days; the one who died on the tenth day has 10. Five even
        // numbers are below ten. S2: 20 persons from 1 October, 182 days.
        assert_eq!(row("practice", "S1"), [20, 5, 19 * 365 + 10, 4 * 365 + 10]);
        assert_eq!(row("practice", "S2"), [20, 5, 20 * 182, 5 * 182]);
        assert_eq!(
            row("practice", "all"),
            [40, 10, 19 * 365 + 10 + 20 * 182, 4 * 365 + 10 + 5 * 182]
        );
        assert_eq!(row("deprivation_fifth", "3")[..2], [20, 5]);
        assert_eq!(row("deprivation_fifth", "not known")[..2], [20, 5]);
        assert_eq!(row("ethnic_group", "B")[..2], [5, 5]);
        assert_eq!(row("ethnic_group", "A")[..2], [35, 5]);

        let spec: ReleaseSpec = toml::from_str(SPEC).expect("a declaration");
        let pack = RulePack::named("hes").expect("a pack");
        let released = release(NAME, &answer.batches, &spec, &pack).expect("protected");
        for row in 0..released.n_rows() {
            let is_total = released.text(row, "value").as_deref() == Some("all");
            assert_eq!(released.number(row, "n_left_out"), is_total.then_some(10.0));
            assert_eq!(released.number(row, "share_left_out").is_some(), is_total);
        }
        let names: Vec<String> =
            released.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert!(schema().fields().iter().all(|field| names.contains(field.name())), "{names:?}");
    }
}
