//! What a contract may say, as a JSON Schema for editors.

use schemars::generate::SchemaSettings;

use super::declaration::ContractToml;

/// The schema (draft 7) of contracts, as indented JSON.
///
/// Made from the types that contracts are read into, so it says the same of names and types; what
/// rules say and which formats agree, `hub check` finds.
#[must_use]
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<ContractToml>();
    // A schema is JSON already: writing it as a text cannot fail.
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text + "\n"
}
