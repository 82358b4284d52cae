//! The reference tables of a pipeline: files as they are, or made by a query from published ones.
//!
//! A city's look-ups come in the shapes of their publishers: wards in one file, deprivation in
//! another, under other column names. A query in a `.sql` file says how the hub's table follows
//! from them, so that nobody keeps a copy by hand.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};

use super::checked::hash_of;
use super::declaration::Pipeline;
use super::error::PipelineError;
use crate::domain::Sensitivity;
use crate::models::{Engine, Limits, Parameters, Settings, read_reference};
use crate::store::sha256_hex;

/// Rows of a table that a query makes: every postcode of the country fits.
const MOST_ROWS: usize = 5_000_000;

/// A reference table in memory, and the hash of everything it is made from.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// The hash of the file, or of the query and its sources.
    pub(super) hash: String,
}

/// Every reference table of a pipeline by name.
pub(super) type References = BTreeMap<String, Reference>;

/// Reads the reference tables of a pipeline, and makes those that queries make.
///
/// # Errors
/// A file that is missing or not what its header says; a query that fails.
pub(super) fn references(pipeline: &Pipeline) -> Result<References, PipelineError> {
    let mut sources: Option<(Engine, String)> = None;
    let mut references = References::new();
    for (name, declared) in &pipeline.reference {
        let path = pipeline.resolve(declared.path());
        let hash = hash_of(&path)?;
        let reference = if path.extension().is_some_and(|extension| extension == "sql") {
            let (engine, source_hash) = match &mut sources {
                Some(sources) => sources,
                none => none.insert(source_engine(pipeline)?),
            };
            made(engine, &path, sha256_hex(format!("{hash}{source_hash}").as_bytes()))?
        } else {
            let batch =
                read_reference(&path).map_err(|error| invalid(&path, &error.to_string()))?;
            Reference { schema: batch.schema(), batches: vec![batch], hash }
        };
        references.insert(name.clone(), reference);
    }
    Ok(references)
}

impl Reference {
    /// Offers the table to an engine as `reference.<name>`.
    ///
    /// # Errors
    /// As [`Engine::add_batches`].
    pub(super) fn offer(&self, engine: &mut Engine, name: &str) -> Result<(), PipelineError> {
        let (name, batches) = (format!("reference.{name}"), self.batches.clone());
        Ok(engine.add_batches(&name, Sensitivity::Aggregate, &self.schema, batches)?)
    }

    /// The texts of a column; `None` if there is no such column.
    pub(super) fn texts(&self, column: &str) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for batch in &self.batches {
            let array = cast(batch.column_by_name(column)?, &DataType::Utf8).ok()?;
            texts.extend(array.as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        Some(texts)
    }
}

/// An engine over the pipeline's sources, and the hash of them all.
fn source_engine(pipeline: &Pipeline) -> Result<(Engine, String), PipelineError> {
    let mut engine = Engine::new(&Settings::default(), &crate::methods::sql::register)?;
    let mut hashes = String::new();
    for (name, path) in &pipeline.source {
        let path = pipeline.resolve(path);
        hashes.push_str(&format!("{name} {}\n", hash_of(&path)?));
        engine.add_reference(&format!("source.{name}"), &path)?;
    }
    Ok((engine, sha256_hex(hashes.as_bytes())))
}

fn made(engine: &Engine, path: &Path, hash: String) -> Result<Reference, PipelineError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| PipelineError::Unreadable { path: path.to_owned(), source })?;
    let limits = Limits { rows: MOST_ROWS, ..Limits::default() };
    let answer = engine
        .query(&text, &Parameters::new(), &limits)
        .map_err(|error| invalid(path, &error.to_string()))?;
    if answer.is_cut {
        return Err(invalid(path, &format!("more than {MOST_ROWS} rows: no look-up of a city")));
    }
    Ok(Reference { schema: answer.schema, batches: answer.batches, hash })
}

fn invalid(path: &Path, what: &str) -> PipelineError {
    PipelineError::Invalid { path: path.to_owned(), what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipeline of two published files and the queries given, loaded from a folder of its own.
    fn load(query: &str) -> (tempfile::TempDir, Result<References, PipelineError>) {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            crate::store::write_atomic(&folder.path().join(name), text.as_bytes())
                .expect("written");
        };
        write("areas.csv", "LSOA,Ward Code\nE01000002,E05000001\nE01000001,E05000001\n");
        write("imd.csv", "LSOA,Rank\nE01000001,7.0\nE01000002,3.0\n");
        write("lsoa.sql", query);
        let head = "name = \"t\"\ntitle = \"T\"\ncity = \"C\"\nas_at = 2026-04-01\n\
                    data_from = 2023-04-01\npurpose = \"p\"\npopulation_basis = \"registered\"\n\
                    key = \"demonstration\"\nnumbers = \"test\"\ncontracts = \"c\"\n\
                    models = { folder = \"m\" }\n[reference]\nlsoa = \"lsoa.sql\"\n\
                    [source]\nareas = \"areas.csv\"\nimd = \"imd.csv\"\n";
        write("p.toml", head);
        let pipeline = Pipeline::load(&folder.path().join("p.toml")).expect("a pipeline");
        let made = references(&pipeline);
        (folder, made)
    }

    #[test]
    fn a_query_makes_a_reference_table_of_published_files() {
        let (_folder, made) = load(
            "select areas.\"LSOA\" as lsoa_code, areas.\"Ward Code\" as ward_code, \
             row_number() over (order by cast(imd.\"Rank\" as double)) as place \
             from source.areas as areas \
             inner join source.imd as imd on areas.\"LSOA\" = imd.\"LSOA\" order by lsoa_code",
        );
        let lsoa = &made.expect("made")["lsoa"];
        assert_eq!(lsoa.texts("lsoa_code"), Some(vec!["E01000001".into(), "E01000002".into()]));
        assert_eq!(lsoa.texts("place"), Some(vec!["2".into(), "1".into()]));
        assert_eq!(lsoa.texts("ward"), None);
    }

    #[test]
    fn a_query_that_fails_is_named_by_its_file() {
        let (_folder, made) = load("select nothing from source.areas");
        let error = made.expect_err("no such column").to_string();
        assert!(error.contains("lsoa.sql") && error.contains("nothing"), "{error}");
    }
}
