//! Open-data packages: released tables as CSV with a `datapackage.json` (Frictionless Data Package).
//!
//! A package made here is a candidate: publishing it needs the attacker gate and the ledger.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::datatypes::DataType;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{ReportError, words};
use crate::disclosure::{Audience, Notes, Released, ReleasedColumn, Role, Status};
use crate::store::{sha256_hex, write_atomic};

/// A package of open data.
#[derive(Debug)]
pub struct Package<'a> {
    /// Its name: lower case, digits, `-`, `_`, `.`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it holds and whom it is about.
    pub description: String,
    /// The analysis date, which is also its version.
    pub as_at: Date,
    /// The tables.
    pub tables: Vec<OpenTable<'a>>,
}

/// A table of a package.
#[derive(Debug)]
pub struct OpenTable<'a> {
    /// The protected table.
    pub released: &'a Released,
    /// What its columns mean, by name; those not named get a description from their role.
    pub descriptions: BTreeMap<String, String>,
}

impl Package<'_> {
    /// The package's files by name.
    ///
    /// # Errors
    /// If a table was released for inside use only.
    pub fn files(&self) -> Result<BTreeMap<String, Vec<u8>>, ReportError> {
        let mut files = BTreeMap::new();
        let mut resources = Vec::new();
        for table in &self.tables {
            let released = table.released;
            let notes = released.notes();
            if notes.audience != Audience::Public {
                let (table, pack) = (released.name().to_owned(), notes.rule_pack.clone());
                return Err(ReportError::InsideOnly { table, pack });
            }
            let name = resource_name(released);
            let csv = released.to_csv();
            resources.push(resource(table, &name, &csv));
            files.insert(format!("{name}.csv"), csv);
        }
        let mut descriptor = serde_json::to_vec_pretty(&self.descriptor(&resources))?;
        descriptor.push(b'\n');
        files.insert("datapackage.json".to_owned(), descriptor);
        Ok(files)
    }

    fn descriptor(&self, resources: &[Value]) -> Value {
        json!({
            "profile": "tabular-data-package",
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "version": self.as_at.to_string(),
            "licenses": [{
                "name": "OGL-UK-3.0",
                "title": "Open Government Licence v3.0",
                "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            }],
            "resources": resources,
        })
    }
}

/// Writes a package into a folder; the paths of its files.
///
/// # Errors
/// If a table was released for inside use only, or a file cannot be written.
pub fn write_package(folder: &Path, package: &Package) -> Result<Vec<PathBuf>, ReportError> {
    let mut written = Vec::new();
    for (name, bytes) in package.files()? {
        let path = folder.join(name);
        write_atomic(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// The resource's and file's name: the table's, without its schema.
fn resource_name(released: &Released) -> String {
    let name = released.name();
    name.rsplit_once('.').map_or(name, |(_, name)| name).to_owned()
}

fn resource(table: &OpenTable, name: &str, csv: &[u8]) -> Value {
    let released = table.released;
    let schema = released.schema();
    let fields: Vec<Value> = released
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| describe(table, column, field.data_type()))
        .collect();
    json!({
        "profile": "tabular-data-resource",
        "name": name,
        "title": released.title(),
        "description": suppression(released.notes()),
        "path": format!("{name}.csv"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": csv.len(),
        "hash": format!("sha256:{}", sha256_hex(csv)),
        "dialect": { "delimiter": ",", "lineTerminator": "\n", "header": true },
        "schema": {
            "fields": fields,
            "primaryKey": released.spec().dimensions,
            "missingValues": [""],
        },
    })
}

fn describe(table: &OpenTable, column: &ReleasedColumn, kind: &DataType) -> Value {
    let own = table.descriptions.get(&column.name).cloned();
    let description = own.unwrap_or_else(|| match column.role {
        Role::Status => status_text(),
        _ => words::column(&column.name),
    });
    let mut field = json!({
        "name": column.name,
        "type": frictionless(kind),
        "description": description,
    });
    if column.role == Role::Status {
        field["constraints"] = json!({ "enum": ["c", "s", "r", "x", "z"] });
    }
    if column.role == Role::Dimension {
        field["constraints"] = json!({ "required": true });
    }
    field
}

fn status_text() -> String {
    let all = [
        Status::Confidential,
        Status::Secondary,
        Status::Rounded,
        Status::NotAvailable,
        Status::NotApplicable,
    ];
    let meanings = all.map(|status| format!("{} = {}", status.as_str(), status.meaning()));
    format!("What was done to the values before it: {}", meanings.join(", "))
}

/// What was done to a table, in words.
fn suppression(notes: &Notes) -> String {
    format!(
        "Disclosure control: {} ({}). Rows hidden because few persons stand behind them: {}; rows \
         hidden to protect those: {}. A hidden value is empty, never 0, and the status column says \
         why. Counts are rounded one by one, so parts need not add up to totals.",
        notes.rules, notes.source, notes.n_confidential, notes.n_secondary
    )
}

fn frictionless(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "boolean",
        DataType::Date32 | DataType::Date64 => "date",
        kind if kind.is_integer() => "integer",
        kind if kind.is_numeric() => "number",
        _ => "string",
    }
}
