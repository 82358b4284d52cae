//! A number, a date or a text of a declaration.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::calendar::days_of;

/// A number, a date or a text, as TOML has them.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Scalar(toml::Value);

impl Scalar {
    pub(super) fn number(&self) -> Option<f64> {
        match &self.0 {
            toml::Value::Integer(n) => Some(*n as f64),
            toml::Value::Float(n) => Some(*n).filter(|n| n.is_finite()),
            _ => None,
        }
    }

    /// Days since 1970-01-01 of a date.
    pub(super) fn day(&self) -> Option<i32> {
        let toml::Value::Datetime(at) = &self.0 else { return None };
        at.date.and_then(|d| days_of(d.year.into(), d.month.into(), d.day.into()))
    }
}

impl JsonSchema for Scalar {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    /// To an editor a date of TOML is a text.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"] })
    }
}
