//! The schema that editors check contracts by: it takes every contract of the repository, and refuses
//! what the hub refuses. Validates as JSON Schema draft 7 says, by the keywords that the schema uses.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::support::root;

/// Keywords that say nothing about a value.
const SILENT: [&str; 8] =
    ["$schema", "title", "description", "default", "format", "definitions", "examples", "$comment"];

/// Why a value does not fit a schema; nothing if it does.
fn faults(value: &Value, schema: &Value, root: &Value, at: &str) -> Vec<String> {
    let Value::Object(schema) = schema else {
        let is_fitting = *schema == Value::Bool(true);
        return if is_fitting { Vec::new() } else { vec![format!("{at}: not allowed")] };
    };
    let mut found = Vec::new();
    for (keyword, expected) in schema {
        let fits_any = |list: &Value| {
            let list = list.as_array().expect("a list of schemas");
            list.iter().any(|one| faults(value, one, root, at).is_empty())
        };
        match keyword.as_str() {
            "$ref" => {
                let pointer = expected.as_str().expect("a text").trim_start_matches('#');
                let target = root.pointer(pointer).expect("a definition");
                found.extend(faults(value, target, root, at));
            }
            "type" => {
                let one = std::slice::from_ref(expected);
                let types = expected.as_array().map_or(one, Vec::as_slice);
                if !types.iter().any(|kind| is_of(value, kind.as_str().expect("a text"))) {
                    found.push(format!("{at}: not of type {expected}"));
                }
            }
            "anyOf" | "oneOf" if !fits_any(expected) => found.push(format!("{at}: fits none")),
            "allOf" => {
                for one in expected.as_array().expect("a list") {
                    found.extend(faults(value, one, root, at));
                }
            }
            "enum" if !expected.as_array().expect("a list").contains(value) => {
                found.push(format!("{at}: not one of {expected}"));
            }
            "const" if value != expected => found.push(format!("{at}: not {expected}")),
            "minimum" if value.as_f64() < expected.as_f64() => {
                found.push(format!("{at}: too small"))
            }
            "maximum" if value.as_f64() > expected.as_f64() => {
                found.push(format!("{at}: too large"))
            }
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(item, expected, root, &format!("{at}[{i}]")));
                }
            }
            "required" => {
                let names = expected.as_array().expect("a list").iter().filter_map(Value::as_str);
                let lacking = names.filter(|name| value.is_object() && value.get(name).is_none());
                found.extend(lacking.map(|name| format!("{at}: lacks {name}")));
            }
            "properties" | "additionalProperties" => {}
            "anyOf" | "oneOf" | "enum" | "const" | "minimum" | "maximum" => {}
            silent => assert!(SILENT.contains(&silent), "a keyword without a rule here: {silent}"),
        }
    }
    found.extend(of_properties(value, schema, root, at));
    found
}

fn of_properties(
    value: &Value,
    schema: &Map<String, Value>,
    root: &Value,
    at: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    for (name, item) in value.as_object().into_iter().flatten() {
        let own = schema.get("properties").and_then(|all| all.get(name));
        if let Some(own) = own.or(schema.get("additionalProperties")) {
            found.extend(faults(item, own, root, &format!("{at}.{name}")));
        }
    }
    found
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    }
}

/// TOML as JSON; dates as texts.
fn as_json(text: &str) -> Value {
    fn json(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(n) => n.into(),
            toml::Value::Float(n) => n.into(),
            toml::Value::Boolean(is) => is.into(),
            toml::Value::Datetime(at) => at.to_string().into(),
            toml::Value::Array(list) => list.into_iter().map(json).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(name, item)| (name, json(item))).collect())
            }
        }
    }
    json(toml::Value::Table(text.parse().expect("TOML")))
}

fn schema() -> Value {
    serde_json::from_str(&hub::contract::json_schema()).expect("JSON")
}

fn contracts() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("pipelines/contracts")).expect("contracts");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = paths.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    paths
}

#[test]
fn every_contract_fits_the_schema_and_names_it() {
    let schema = schema();
    for path in contracts() {
        let text = std::fs::read_to_string(&path).expect("readable");
        let found = faults(&as_json(&text), &schema, &schema, "");
        assert!(found.is_empty(), "{}: {found:?}", path.display());
        let first = text.lines().next().unwrap_or_default();
        let line = "#:schema ../../docs/contract.schema.json";
        assert_eq!(first, line, "{}: the first line names the schema", path.display());
    }
}

#[test]
fn the_schema_refuses_what_the_hub_refuses() {
    let schema = schema();
    let path = root().join("pipelines/contracts/apc.toml");
    let text = std::fs::read_to_string(path).expect("readable");
    for (from, to) in [
        ("feed = \"apc\"", "fead = \"apc\""),
        ("key = [", "key = [5, "),
        ("required = true", "required = \"yes\""),
        ("type = \"date\"", "type = \"datum\""),
        ("role = \"nhs_number\"", "role = \"nhs_nummer\""),
        ("column = [", "columns = ["),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(!faults(&as_json(&changed), &schema, &schema, "").is_empty(), "{to}");
    }
}
