//! The tables that SQL can see: Parquet parts, reference files, batches and bare schemas.
//!
//! Nothing else is visible: no file by its path, and nothing of the identity zone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemorySchemaProvider, TableProvider};
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::error::DataFusionError;

use super::plain_types::plain_schema;
use super::reference::read_reference;
use super::settings::CATALOGUE;
use super::{Engine, ModelError};
use crate::domain::Sensitivity;

/// What the engine has to know of a table besides its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// `schema.table`.
    pub name: String,
    /// How closely its rows point at people.
    pub sensitivity: Sensitivity,
    /// Columns that name a person, a record, an identity or a household.
    pub person_columns: Vec<String>,
}

impl Table {
    /// A table whose person columns are told by their names.
    #[must_use]
    pub fn new(name: impl Into<String>, sensitivity: Sensitivity, schema: &SchemaRef) -> Self {
        let names = schema.fields().iter().map(|field| field.name());
        let person_columns = names.filter(|name| names_a_person(name)).cloned().collect();
        Self { name: name.into(), sensitivity, person_columns }
    }
}

/// Whether a column of that name identifies a person, a record, an identity or a household.
#[must_use]
pub fn names_a_person(column: &str) -> bool {
    const KEYS: [&str; 5] = ["person_id", "record_id", "identity_id", "household", "household_id"];
    // The record that another one repeats, in `core.activity`.
    column == "duplicate_of"
        || KEYS.iter().any(|key| {
            column == *key || column.strip_suffix(key).is_some_and(|before| before.ends_with('_'))
        })
}

impl Engine {
    /// Offers Parquet files as one table, which is read as it is used.
    ///
    /// # Errors
    /// [`ModelError::Table`] if there is no file, one lies in an identity zone, or cannot be read.
    pub fn add_parts(
        &mut self,
        name: &str,
        sensitivity: Sensitivity,
        paths: &[PathBuf],
    ) -> Result<SchemaRef, ModelError> {
        let provider = self.listing(None, paths).map_err(|message| table_error(name, message))?;
        let schema = provider.schema();
        self.add(Table::new(name, sensitivity, &schema), provider)?;
        Ok(schema)
    }

    /// Offers Parquet files as one table of these columns; a file that lacks one gives nulls.
    ///
    /// # Errors
    /// As [`add_parts`](Self::add_parts).
    pub fn add_parts_as(
        &mut self,
        name: &str,
        sensitivity: Sensitivity,
        schema: &SchemaRef,
        paths: &[PathBuf],
    ) -> Result<(), ModelError> {
        let schema = plain_schema(schema);
        let provider = self
            .listing(Some(schema.clone()), paths)
            .map_err(|message| table_error(name, message))?;
        self.add(Table::new(name, sensitivity, &schema), provider)
    }

    /// Offers a reference CSV file as a table. Header cells are `name` (a text) or `name:type`;
    /// see [`read_reference`].
    ///
    /// # Errors
    /// [`ModelError::Table`] if the file cannot be read as declared.
    pub fn add_reference(&mut self, name: &str, path: &Path) -> Result<SchemaRef, ModelError> {
        let batch = read_reference(path).map_err(|error| table_error(name, error.to_string()))?;
        let schema = batch.schema();
        self.add_batches(name, Sensitivity::Aggregate, &schema, vec![batch])?;
        Ok(schema)
    }

    /// Offers rows in memory as a table.
    ///
    /// # Errors
    /// [`ModelError::Table`] if a batch does not have that schema.
    pub fn add_batches(
        &mut self,
        name: &str,
        sensitivity: Sensitivity,
        schema: &SchemaRef,
        batches: Vec<RecordBatch>,
    ) -> Result<(), ModelError> {
        let table = MemTable::try_new(Arc::clone(schema), vec![batches])
            .map_err(|_| table_error(name, "batches differ in their columns".to_owned()))?;
        self.add(Table::new(name, sensitivity, schema), Arc::new(table))
    }

    /// Offers columns without rows: enough to check models before data is there.
    ///
    /// # Errors
    /// [`ModelError::Table`] if the name is not `schema.table`.
    pub fn add_schema(
        &mut self,
        name: &str,
        sensitivity: Sensitivity,
        schema: &SchemaRef,
    ) -> Result<(), ModelError> {
        let provider = Arc::new(EmptyTable::new(Arc::clone(schema)));
        self.add(Table::new(name, sensitivity, schema), provider)
    }

    /// Takes a table away; `false` if there was none of that name.
    pub fn remove(&mut self, name: &str) -> bool {
        let _ = self.context.deregister_table(reference(name));
        self.tables.remove(name).is_some()
    }

    /// Puts `provider` in place of whatever had the table's name.
    pub(crate) fn add(
        &mut self,
        table: Table,
        provider: Arc<dyn TableProvider>,
    ) -> Result<(), ModelError> {
        let failed = |error: DataFusionError| table_error(&table.name, error.strip_backtrace());
        if let Some((schema, _)) = table.name.split_once('.') {
            self.ensure_schema(schema).map_err(failed)?;
        }
        self.context.deregister_table(reference(&table.name)).map_err(failed)?;
        self.context.register_table(reference(&table.name), provider).map_err(failed)?;
        self.tables.insert(table.name.clone(), table);
        Ok(())
    }

    pub(crate) fn ensure_schema(&self, schema: &str) -> Result<(), DataFusionError> {
        let catalogue = self.context.catalog(CATALOGUE).ok_or_else(|| {
            DataFusionError::Configuration("the session lacks its catalogue".to_owned())
        })?;
        if catalogue.schema(schema).is_none() {
            catalogue.register_schema(schema, Arc::new(MemorySchemaProvider::new()))?;
        }
        Ok(())
    }

    fn listing(
        &self,
        schema: Option<SchemaRef>,
        paths: &[PathBuf],
    ) -> Result<Arc<dyn TableProvider>, String> {
        if paths.is_empty() {
            return Err("no part".to_owned());
        }
        let urls = paths.iter().map(|path| file_url(path)).collect::<Result<Vec<_>, _>>()?;
        let format = ParquetFormat::default().with_skip_metadata(true);
        let options = ListingOptions::new(Arc::new(format)).with_file_extension("");
        let state = self.context.state();
        let first = urls[0].clone();
        let schema = match schema {
            Some(schema) => schema,
            None => self
                .block_on(async { options.infer_schema(&state, &first).await })
                .map_err(|_| "a part cannot be read as Parquet".to_owned())?,
        };
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options)
            .with_schema(schema);
        let table = ListingTable::try_new(config).map_err(|error| error.strip_backtrace())?;
        Ok(Arc::new(table))
    }
}

/// A table's name as the engine looks it up: exactly as spelt, no case folding.
pub(crate) fn reference(name: &str) -> TableReference {
    match name.split_once('.') {
        Some((schema, table)) => TableReference::partial(schema, table),
        None => TableReference::bare(name),
    }
}

/// The URL of one file, taken literally: `*` and `[` in a path are no pattern.
fn file_url(path: &Path) -> Result<ListingTableUrl, String> {
    if path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "identities") {
        return Err("the identity zone is not for SQL".to_owned());
    }
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    let text = path.to_str().ok_or_else(|| format!("{}: not a Unicode path", path.display()))?;
    let mut url = String::from("file://");
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(byte))
            }
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    ListingTableUrl::parse(url).map_err(|error| error.strip_backtrace())
}

pub(crate) fn table_error(table: &str, message: String) -> ModelError {
    ModelError::Table { table: table.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn person_columns_are_told_by_name() {
        for name in [
            "person_id",
            "became_person_id",
            "record_id",
            "identity_id",
            "household",
            "keyed_household",
            "duplicate_of",
        ] {
            assert!(names_a_person(name), "{name}");
        }
        for name in [
            "n_persons",
            "person_years",
            "household_size",
            "unperson_idx",
            "provider_code",
            "xperson_id",
        ] {
            assert!(!names_a_person(name), "{name}");
        }
    }

    #[test]
    fn a_path_into_the_identity_zone_is_refused() {
        assert!(
            file_url(Path::new("/tmp/store/identities/aa.parquet"))
                .expect_err("refused")
                .contains("identity zone")
        );
    }
}
