//! One vector's statement, run, and its pairs of columns held against each other.

use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type};
use arrow::util::display::array_value_to_string;
use hub::models::{Engine, Limits, Parameters};

use super::vector::{Vector, folder};

const EXPECTED: &str = "_expected";
/// More faults than this of one vector say nothing new.
const MOST_FAULTS: usize = 5;

/// What came of a vector.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Whether its tables were the whole ones.
    pub(super) is_whole: bool,
    pub(super) n_rows: usize,
    /// Pairs of values compared.
    pub(super) n_cells: usize,
    /// The largest of the numbers' deviations.
    pub(super) deviation: f64,
    /// Whether there was a number among the pairs.
    pub(super) has_numbers: bool,
    /// What deviates by more than the tolerance, or is not the same.
    pub(super) faults: Vec<String>,
}

impl Outcome {
    /// The vector's statement over the tables of `whole`, if they are all there, else over the
    /// committed ones.
    pub(super) fn of(vector: &Vector, whole: Option<&PathBuf>) -> Self {
        let is_there = |folder: &&PathBuf| {
            vector.declared.tables.values().all(|path| folder.join(path).is_file())
        };
        let whole = whole.filter(is_there);
        let mut outcome = Self { is_whole: whole.is_some(), ..Self::default() };
        let committed = folder();
        match answer(vector, whole.unwrap_or(&committed)) {
            Ok(batch) => outcome.compare(vector, &batch),
            Err(error) => outcome.faults.push(format!("{}: {error}", vector.name)),
        }
        outcome.faults.truncate(MOST_FAULTS);
        outcome
    }

    fn compare(&mut self, vector: &Vector, batch: &RecordBatch) {
        self.n_rows = batch.num_rows();
        let schema = batch.schema();
        let columns: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        for expected in columns.iter().filter(|name| name.ends_with(EXPECTED)) {
            let name = &expected[..expected.len() - EXPECTED.len()];
            let pair = batch.column_by_name(name).zip(batch.column_by_name(expected));
            let Some((got, expected)) = pair else {
                self.faults.push(format!("{}: no column `{name}`", vector.name));
                continue;
            };
            for row in 0..self.n_rows {
                self.n_cells += 1;
                if let Some(fault) = self.fault(got, expected, row, vector.declared.tolerance) {
                    let key = key(batch, row);
                    self.faults.push(format!("{}: {key}: {name}: {fault}", vector.name));
                }
            }
        }
        if self.n_cells == 0 {
            self.faults.push(format!("{}: nothing is compared", vector.name));
        }
    }

    /// What is wrong with the value that was got in a row.
    fn fault(
        &mut self,
        got: &ArrayRef,
        expected: &ArrayRef,
        row: usize,
        tolerance: f64,
    ) -> Option<String> {
        let is_number = |column: &ArrayRef| column.data_type().is_numeric();
        let texts = [got, expected].map(|column| text(column, row));
        let [got_text, expected_text] = texts.each_ref().map(|text| text.as_deref());
        let is_same = match (got_text, expected_text) {
            (Some(_), Some(_)) if is_number(got) && is_number(expected) => {
                let [got, expected] = [got, expected].map(|column| number(column, row));
                let scale = if expected == 0.0 { 1.0 } else { expected.abs() };
                let deviation = (got - expected).abs() / scale;
                self.has_numbers = true;
                self.deviation = self.deviation.max(deviation);
                deviation <= tolerance
            }
            (got, expected) => got == expected,
        };
        let [got, expected] = texts.map(|text| text.unwrap_or_else(|| "nothing".to_owned()));
        (!is_same).then(|| format!("{got} for {expected}"))
    }
}

/// The columns that are not compared, as the name of a row.
fn key(batch: &RecordBatch, row: usize) -> String {
    let schema = batch.schema();
    let is_compared = |name: &str| {
        name.ends_with(EXPECTED) || batch.column_by_name(&format!("{name}{EXPECTED}")).is_some()
    };
    let fields = schema.fields().iter().zip(batch.columns());
    let own = fields.filter(|(field, _)| !is_compared(field.name()));
    own.filter_map(|(_, column)| text(column, row)).collect::<Vec<_>>().join(" ")
}

fn text(column: &ArrayRef, row: usize) -> Option<String> {
    let is_there = column.is_valid(row) && column.data_type() != &DataType::Null;
    is_there.then(|| array_value_to_string(column, row).expect("a value that can be shown"))
}

fn number(column: &ArrayRef, row: usize) -> f64 {
    let numbers = cast(&column.slice(row, 1), &DataType::Float64).expect("a number");
    numbers.as_primitive::<Float64Type>().value(0)
}

fn answer(vector: &Vector, folder: &Path) -> Result<RecordBatch, Box<dyn std::error::Error>> {
    let mut engine: Engine = hub::pipeline::bare_engine()?;
    for (name, path) in &vector.declared.tables {
        let option = format!("{name}={}", folder.join(path).display());
        engine.add_local_table(&option, Path::new("no store"))?;
    }
    let limits = Limits { rows: 1_000_000, ..Limits::default() };
    let answer = engine.query(&vector.sql, &Parameters::new(), &limits)?;
    Ok(concat_batches(&answer.schema, &answer.batches)?)
}
