//! A contract as TOML says it, before it is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::column::{Pattern, Role};
use super::feed_kind::FeedKind;
use super::restricted::RestrictedToml;
use crate::extract::Encoding;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractToml {
    pub(super) feed: Spanned<String>,
    pub(super) version: String,
    pub(super) title: String,
    pub(super) sector: String,
    pub(super) source: String,
    #[serde(default)]
    pub(super) kind: FeedKind,
    #[serde(default)]
    pub(super) licence: String,
    #[serde(default)]
    pub(super) vintage: String,
    #[serde(default)]
    pub(super) encoding: Encoding,
    pub(super) delimiter: Spanned<String>,
    pub(super) local_id_scope: Option<String>,
    pub(super) issuer: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) header_only: Vec<Spanned<String>>,
    pub(super) key: Spanned<Vec<Spanned<String>>>,
    pub(super) column: Vec<ColumnToml>,
    #[serde(default)]
    pub(super) restricted: Vec<RestrictedToml>,
    #[serde(default)]
    pub(super) rule: Vec<RuleToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnToml {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) aliases: Vec<Spanned<String>>,
    #[serde(rename = "as")]
    pub(super) field: Option<Spanned<String>>,
    #[serde(rename = "type", default)]
    pub(super) kind: KindToml,
    pub(super) format: Option<Spanned<String>>,
    pub(super) role: Option<Spanned<Role>>,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) drop: bool,
    pub(super) map: Option<Spanned<BTreeMap<String, String>>>,
    pub(super) codes: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) sentinels: Vec<String>,
    pub(super) min: Option<Spanned<toml::Value>>,
    pub(super) max: Option<Spanned<toml::Value>>,
    pub(super) scale: Option<Spanned<u32>>,
    pub(super) pattern: Option<Spanned<Pattern>>,
    pub(super) filter: Option<Spanned<FilterToml>>,
}

/// One value or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum FilterToml {
    One(String),
    Several(Vec<String>),
}

impl FilterToml {
    pub(super) fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindToml {
    #[default]
    Text,
    Code,
    Date,
    DateTime,
    Time,
    Month,
    Integer,
    Decimal,
    Flag,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleToml {
    pub(super) name: Spanned<String>,
    pub(super) check: Spanned<String>,
    #[serde(default)]
    pub(super) severity: SeverityToml,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum SeverityToml {
    #[default]
    Refuse,
    Warn,
}
