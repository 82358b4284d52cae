//! Published figures: feeds about areas and organisations, and where they and references come from.
//!
//! They load like any feed, by contract, with every row accounted for, into `area.<feed>`. A figure
//! is worth no more than what is known of it, so each says whose it is, on what terms it may be
//! used, and of when it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::checked::{Checked, Contracts};
use super::declaration::Pipeline;
use super::error::PipelineError;
use super::taken::Taken;
use crate::domain::Sensitivity;
use crate::store::{Origin, sha256_hex};

/// A reference table as declared: its file, or the file and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ReferenceFile {
    /// A file alone.
    File(PathBuf),
    /// A file, and what is known of it.
    Described(DescribedFile),
}

/// A file of a reference table, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescribedFile {
    /// The file, or the query that makes the table.
    pub file: PathBuf,
    /// Who has published it.
    pub source: String,
    /// On what terms it may be used.
    #[serde(default)]
    pub licence: String,
    /// Of when it is.
    #[serde(default)]
    pub vintage: String,
}

impl ReferenceFile {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Described(described) => &described.file,
        }
    }

    fn origin(&self, sha256: &str) -> Origin {
        let sha256 = sha256.to_owned();
        match self {
            Self::File(_) => Origin { sha256, ..Origin::default() },
            Self::Described(DescribedFile { source, licence, vintage, .. }) => Origin {
                source: source.clone(),
                licence: licence.clone(),
                vintage: vintage.clone(),
                sha256,
            },
        }
    }
}

/// Gives each delivery of an area feed a contract that says where it comes from: its own words go
/// before the contract's.
///
/// # Errors
/// [`PipelineError::Invalid`] if nobody says on what terms or of when the figures are, if a feed of
/// persons says so, or if contracts of one feed differ in what it is about.
pub(super) fn settle(
    pipeline: &mut Pipeline,
    contracts: &mut Contracts,
) -> Result<(), PipelineError> {
    let path = pipeline.path.clone();
    let refuse = |what: String| Err(PipelineError::Invalid { path: path.clone(), what });
    let areas: BTreeSet<&str> = of_kind(contracts, true).collect();
    if let Some(feed) = of_kind(contracts, false).find(|feed| areas.contains(feed)) {
        return refuse(format!("contracts of feed `{feed}` differ in their `kind`"));
    }
    for rule in &mut pipeline.delivery {
        let name = rule.contract_name().to_owned();
        let Some((contract, hash)) = contracts.get(&name) else { continue };
        let own = [&rule.source, &rule.licence, &rule.vintage];
        let feed = &rule.feed;
        if !contract.kind.is_area() {
            if own.iter().any(|own| own.is_some()) {
                return refuse(format!(
                    "feed `{feed}` is about persons: `source`, `licence` and `vintage` are for \
                     area feeds"
                ));
            }
            continue;
        }
        let mut contract = contract.clone();
        let fields = [&mut contract.source, &mut contract.licence, &mut contract.vintage];
        for (field, own) in fields.into_iter().zip(own) {
            if let Some(own) = own {
                field.clone_from(own);
            }
        }
        let said = [&contract.source, &contract.licence, &contract.vintage];
        for (name, said) in ["source", "licence", "vintage"].into_iter().zip(said) {
            if said.trim().is_empty() {
                return refuse(format!("area feed `{feed}`: nobody says its `{name}`"));
            }
        }
        let hash = sha256_hex([hash.as_str(), said[0], said[1], said[2]].join("\n").as_bytes());
        let own_name = format!("{name}{BY_DELIVERY}{}", &hash[..12]);
        rule.contract = Some(own_name.clone());
        contracts.insert(own_name, (contract, hash));
    }
    Ok(())
}

/// Parts a layout's name from what a delivery says of its figures.
const BY_DELIVERY: &str = ", ";

/// The layout that a contract is of: whoever publishes the same figures again, of another date or on
/// other terms, publishes the same rows.
pub(super) fn layout(contract: &str) -> &str {
    contract.split_once(BY_DELIVERY).map_or(contract, |(layout, _)| layout)
}

/// Feeds whose contracts are about areas, or about persons.
fn of_kind(contracts: &Contracts, is_area: bool) -> impl Iterator<Item = &str> {
    let contracts = contracts.values().map(|(contract, _)| contract);
    contracts.filter(move |c| c.kind.is_area() == is_area).map(|c| c.feed.as_str())
}

/// Whether a table holds what a feed sent.
pub(super) fn is_of(table: &str, feed: &str) -> bool {
    matches!(table.split_once('.'), Some(("record" | "area", of)) if of == feed)
}

/// How closely a table of what was sent points at people, and the columns that name a row of it.
pub(super) fn level(table: &str) -> (Sensitivity, &'static [&'static str]) {
    if table.starts_with("area.") {
        (Sensitivity::Aggregate, &["delivery", "line"])
    } else {
        (Sensitivity::Person, &["record_id"])
    }
}

/// Where published figures and reference tables come from, by table.
pub(super) fn origins(checked: &Checked, taken: &[Taken]) -> BTreeMap<String, Vec<Origin>> {
    let mut origins: BTreeMap<String, Vec<Origin>> = BTreeMap::new();
    for (name, declared) in &checked.pipeline.reference {
        if let Some(reference) = checked.references.get(name) {
            let origin = declared.origin(&reference.hash);
            origins.entry(format!("reference.{name}")).or_default().push(origin);
        }
    }
    for file in &checked.files {
        let (contract, _) = checked.contract(file);
        let found = taken.iter().find(|one| one.entry.file == file.name);
        if let Some(one) = found.filter(|_| contract.kind.is_area()) {
            origins.entry(contract.table_name()).or_default().push(Origin {
                source: contract.source.clone(),
                licence: contract.licence.clone(),
                vintage: contract.vintage.clone(),
                sha256: one.entry.sha256.clone(),
            });
        }
    }
    origins
}
