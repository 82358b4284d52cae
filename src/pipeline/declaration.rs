//! A pipeline file: what comes in, under which settings, to which end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

use super::agreements::{Agreement, Organisation};
use super::area::ReferenceFile;
use super::crosswalk::Crosswalk;
use super::error::PipelineError;
use super::nicknames::NicknameFile;
use super::purposes::{OptOutSource, Purpose};
use super::reidentify::Reidentify;
use super::zone::IdentityZone;
use crate::models::{Parameters, Value};
use crate::pseudonymise::NumberPolicy;

/// A pipeline as declared in TOML. Paths are relative to the file that declares them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Short name: the folder of its outputs.
    pub name: String,
    /// Title of the report.
    pub title: String,
    /// The city that the report is about.
    pub city: String,
    /// The analysis date: everything before it counts, nothing from it on.
    #[serde(deserialize_with = "date")]
    pub as_at: Date,
    /// First day that the extracts cover.
    #[serde(deserialize_with = "date")]
    pub data_from: Date,
    /// What the analysis is for: one of the purposes.
    pub purpose: String,
    /// The purposes, by name, each with the opt-outs that apply to it.
    #[serde(default)]
    pub purposes: BTreeMap<String, Purpose>,
    /// Who runs the hub, for the record of processing.
    #[serde(default)]
    pub organisation: Option<Organisation>,
    /// Who shares which feed for which purpose, by the agreement's id.
    #[serde(default)]
    pub agreement: BTreeMap<String, Agreement>,
    /// Where the answers about opt-outs come from.
    #[serde(default)]
    pub opt_out: Option<OptOutSource>,
    /// Where identities lie, and whether they are kept.
    #[serde(default)]
    pub identity_zone: IdentityZone,
    /// Who may approve that persons are told to their practices, and the practices' keys.
    #[serde(default)]
    pub reidentify: Option<Reidentify>,
    /// Whom rates are about: `registered`, by person-time on practice lists.
    pub population_basis: String,
    /// Where the master key comes from.
    pub key: KeySource,
    /// The epoch of the key: a higher one gives other pseudonyms without another key.
    #[serde(default = "first_epoch")]
    pub key_epoch: u32,
    /// Which NHS numbers are accepted.
    #[serde(default)]
    pub numbers: Numbers,
    /// Whether a file that breaks its contract as a whole stops the run.
    #[serde(default)]
    pub on_broken_file: OnBrokenFile,
    /// What an area is called in the report: `neighbourhood`, or `ward` where that is what it is.
    #[serde(default = "neighbourhood")]
    pub area_label: String,
    /// The rule pack of disclosure control.
    #[serde(default = "hes")]
    pub rule_pack: String,
    /// The folder of contracts.
    pub contracts: PathBuf,
    /// Which models run.
    pub models: Models,
    /// Limits of the SQL engine.
    #[serde(default)]
    pub engine: Engine,
    /// Look-ups that turn a postcode into a place.
    #[serde(default)]
    pub places: Option<PlaceFiles>,
    /// Superseded NHS numbers: a CSV of `old_nhs_number,new_nhs_number`.
    #[serde(default)]
    pub superseded_numbers: Option<PathBuf>,
    /// How records are linked.
    #[serde(default)]
    pub link: crate::link::Settings,
    /// Which pseudonyms stand for which, or for which NHS numbers.
    #[serde(default)]
    pub crosswalk: Vec<Crosswalk>,
    /// A folder of reference tables: each `<name>.csv` is `reference.<name>`.
    #[serde(default)]
    pub reference_folder: Option<PathBuf>,
    /// Reference tables of this city by name: CSV files, or a query (`.sql`) over the sources; each a
    /// path, or `{ file, source, licence, vintage }`.
    #[serde(default)]
    pub reference: BTreeMap<String, ReferenceFile>,
    /// Published files as they are, by name: CSV with a header. Queries of references read them as
    /// `source.<name>`, every column a text; nothing else does.
    #[serde(default)]
    pub source: BTreeMap<String, PathBuf>,
    /// Settings that models read as `$name`.
    #[serde(default)]
    pub parameter: BTreeMap<String, toml::Value>,
    /// What is delivered.
    #[serde(default)]
    pub delivery: Vec<DeliveryRule>,
    /// The day of the run, if it is not the analysis date: the age of what may be used for a limited
    /// time is counted from it.
    #[serde(skip)]
    pub run_on: Option<Date>,
    /// The short forms of given names that `[link] nicknames` names, once they are read.
    #[serde(skip)]
    pub nicknames: Option<NicknameFile>,
    /// The folder that paths are relative to.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The file itself.
    #[serde(skip)]
    pub path: PathBuf,
    /// The text of the file, for its hash.
    #[serde(skip)]
    pub text: String,
}

/// Where the master key comes from. Never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The public key of the sample: refused for any delivery with a number outside the test range.
    Demonstration,
    /// A file of 32 bytes (hexadecimal), readable by its owner alone.
    File(PathBuf),
    /// An environment variable with 64 hexadecimal digits.
    Env(String),
    /// A command whose standard output is the key (a vault).
    Command(String),
}

impl<'de> Deserialize<'de> for KeySource {
    /// Read by hand so that an error never repeats what was written: it may be a key.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refuse = || {
            serde::de::Error::custom(
                "`key` must be \"demonstration\", { file = … }, { env = … } or { command = … }; \
                 never the key itself",
            )
        };
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) if text == "demonstration" => Ok(Self::Demonstration),
            toml::Value::Table(table) if table.len() == 1 => {
                let (name, value) = table.iter().next().ok_or_else(refuse)?;
                let value = value.as_str().ok_or_else(refuse)?;
                match name.as_str() {
                    "file" => Ok(Self::File(value.into())),
                    "env" => Ok(Self::Env(value.to_owned())),
                    "command" => Ok(Self::Command(value.to_owned())),
                    _ => Err(refuse()),
                }
            }
            _ => Err(refuse()),
        }
    }
}

/// Which NHS numbers are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Numbers {
    /// Issued numbers; test numbers are refused.
    #[default]
    Live,
    /// Test numbers only.
    Test,
}

impl Numbers {
    /// The same, as pseudonymisation takes it.
    #[must_use]
    pub fn policy(self) -> NumberPolicy {
        match self {
            Self::Live => NumberPolicy::Live,
            Self::Test => NumberPolicy::Test,
        }
    }
}

/// What happens when a file breaks its contract as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnBrokenFile {
    /// The run stops; nothing becomes visible.
    #[default]
    Stop,
    /// The run goes on without the file and says so.
    Continue,
}

/// Which models run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// The folder of `<schema>/<name>.sql`.
    pub folder: PathBuf,
    /// Models to build with all that they need; empty means every model of the folder.
    #[serde(default)]
    pub only: Vec<String>,
}

/// Limits of the SQL engine. Settings, never the machine's core count: the same inputs give the
/// same bytes anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Engine {
    /// Partitions of a plan.
    pub target_partitions: usize,
    /// Memory of the engine before it spills, in MiB.
    pub memory_mib: usize,
}

impl Default for Engine {
    fn default() -> Self {
        Self { target_partitions: 2, memory_mib: 4096 }
    }
}

/// Look-ups that turn a postcode into a place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceFiles {
    /// CSV of `postcode,lsoa_code`.
    pub postcodes: PathBuf,
    /// CSV whose `lsoa_code` column lists the city's own areas; those of the reference `lsoa` if not
    /// given.
    #[serde(default)]
    pub areas: Option<PathBuf>,
}

/// One kind of file that is delivered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRule {
    /// The feed.
    pub feed: String,
    /// The contract, if not `<feed>.toml` in the folder of contracts.
    #[serde(default)]
    pub contract: Option<String>,
    /// Files: a path whose last part may hold `*` and `{provider}`, `{month}`, `{quarter}`,
    /// `{financial_year}`, `{date}`, `{generation}` and `{delivered}`.
    pub files: PathBuf,
    /// Who sends them, if their names do not say.
    #[serde(default)]
    pub provider: Option<String>,
    /// What a file replaces of those before it.
    #[serde(default)]
    pub refresh: Refresh,
    /// Generations of one period, the first submission first: `["flex", "freeze"]`.
    #[serde(default)]
    pub generations: Vec<String>,
    /// What is expected, and when.
    #[serde(default)]
    pub expected: Option<Expected>,
    /// The day on which the files were delivered, if their names do not say.
    #[serde(default, deserialize_with = "some_date")]
    pub delivered_on: Option<Date>,
    /// Of published figures: whose they are, if not as the contract says.
    #[serde(default)]
    pub source: Option<String>,
    /// Of published figures: on what terms they may be used, if not as the contract says.
    #[serde(default)]
    pub licence: Option<String>,
    /// Of published figures: of when they are, if not as the contract says.
    #[serde(default)]
    pub vintage: Option<String>,
}

impl DeliveryRule {
    /// The name of its contract: the feed's, if none is given.
    #[must_use]
    pub fn contract_name(&self) -> &str {
        self.contract.as_ref().unwrap_or(&self.feed)
    }
}

/// What a file replaces of the files of the same sender before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// Rows of the same key.
    #[default]
    Rows,
    /// And everything in the period of its name.
    Period,
    /// And everything from 1 April to the end of the period of its name.
    YearToDate,
    /// And everything in the twelve months to the end of the period of its name.
    RollingYear,
    /// Everything: each file is the whole list.
    All,
}

impl Refresh {
    /// The word of the declaration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Period => "period",
            Self::YearToDate => "year_to_date",
            Self::RollingYear => "rolling_year",
            Self::All => "all",
        }
    }
}

/// Which files are expected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// A day of the first period that is expected.
    #[serde(deserialize_with = "date")]
    pub from: Date,
    /// Who is expected to send; the rule's `provider` if not given.
    #[serde(default)]
    pub providers: Vec<String>,
    /// Days after the end of a period by which its file is due.
    pub due_days: u16,
}

impl Pipeline {
    /// Reads a pipeline file.
    ///
    /// # Errors
    /// [`PipelineError::Unreadable`] where there is no such file, [`PipelineError::Declaration`]
    /// with line and column where it does not say what it must.
    pub fn load(path: &Path) -> Result<Self, PipelineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| PipelineError::Unreadable { path: path.to_owned(), source })?;
        let mut pipeline: Self =
            toml::from_str(&text).map_err(|e| PipelineError::declaration(path, &text, &e))?;
        pipeline.folder = path.parent().unwrap_or(Path::new("")).to_owned();
        pipeline.path = path.to_owned();
        pipeline.text = text;
        pipeline.validate()?;
        pipeline.add_reference_folder()?;
        Ok(pipeline)
    }

    /// A declared path, as seen from the working directory.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// What models read as `$name`: the declared parameters, `as_at` and `data_from`.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        let table: toml::Table = self.parameter.clone().into_iter().collect();
        Parameters::from_toml(&table)
            .with("as_at", Value::Date(self.as_at))
            .with("data_from", Value::Date(self.data_from))
    }

    /// Whom rates are about, in words.
    #[must_use]
    pub fn population(&self) -> &'static str {
        "people registered with the city's practices (person-time on their lists)"
    }

    /// Whether the public demonstration key is in use.
    #[must_use]
    pub fn is_demonstration(&self) -> bool {
        self.key == KeySource::Demonstration
    }

    /// Adds the tables of the reference folder; one that is also declared by name stays as declared.
    fn add_reference_folder(&mut self) -> Result<(), PipelineError> {
        let Some(folder) = &self.reference_folder else { return Ok(()) };
        let path = self.resolve(folder);
        let entries = std::fs::read_dir(&path)
            .map_err(|source| PipelineError::Unreadable { path: path.clone(), source })?;
        for file in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if let (Some(name), Some("csv")) =
                (file.file_stem(), file.extension().and_then(|e| e.to_str()))
            {
                let declared = folder.join(file.file_name().unwrap_or_default());
                let name = name.to_string_lossy().into_owned();
                self.reference.entry(name).or_insert(ReferenceFile::File(declared));
            }
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), PipelineError> {
        let refuse = |what: &str| {
            Err(PipelineError::Invalid { path: self.path.clone(), what: what.to_owned() })
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            return refuse("`name` must be letters, digits, `_` and `-`: it names a folder");
        }
        if self.data_from >= self.as_at {
            return refuse("`data_from` must come before `as_at`");
        }
        match self.population_basis.as_str() {
            "registered" => {}
            // Registered people under the heading of residents would be a wrong figure.
            "resident" => {
                return refuse(
                    "`population_basis = \"resident\"` needs a population by small area, age and \
                     sex, which no model reads yet: use `registered`",
                );
            }
            _ => return refuse("`population_basis` must be `registered`"),
        }
        let is_word = |c: char| c.is_lowercase() || c == ' ' || c == '-';
        if self.area_label.trim().is_empty() || !self.area_label.chars().all(is_word) {
            return refuse("`area_label` is what an area is called, in the singular: `ward`");
        }
        if self.is_demonstration() && self.numbers != Numbers::Test {
            return refuse("`key = \"demonstration\"` goes with `numbers = \"test\"` only");
        }
        if self.key_epoch == 0 {
            return refuse("`key_epoch` counts from 1");
        }
        if self.engine.target_partitions == 0 || self.engine.memory_mib < 64 {
            return refuse("`engine` needs at least 1 partition and 64 MiB");
        }
        Ok(())
    }
}

fn neighbourhood() -> String {
    "neighbourhood".to_owned()
}

fn first_epoch() -> u32 {
    1
}

fn hes() -> String {
    "hes".to_owned()
}

pub(super) fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    day_of(toml::value::Datetime::deserialize(deserializer)?)
}

/// The day that a date of TOML names; one with a time of day names none.
pub(super) fn day_of<E: serde::de::Error>(written: toml::value::Datetime) -> Result<Date, E> {
    written.to_string().parse().map_err(|_| E::custom("expected a date like 2026-04-01"))
}

fn some_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
name = "t"
title = "T"
city = "C"
as_at = 2026-04-01
data_from = 2023-04-01
purpose = "commissioning"
population_basis = "registered"
key = "demonstration"
numbers = "test"
contracts = "contracts"
models = { folder = "models" }
"#;

    fn load(text: &str) -> Result<Pipeline, PipelineError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("p.toml");
        crate::store::write_atomic(&path, text.as_bytes()).expect("written");
        Pipeline::load(&path)
    }

    #[test]
    fn a_minimal_pipeline_has_safe_defaults() {
        let pipeline = load(MINIMAL).expect("valid");
        assert_eq!(pipeline.rule_pack, "hes");
        assert_eq!(pipeline.on_broken_file, OnBrokenFile::Stop);
        assert_eq!(pipeline.as_at, jiff::civil::date(2026, 4, 1));
    }

    #[test]
    fn the_demonstration_key_is_refused_for_live_numbers() {
        let text = MINIMAL.replace("numbers = \"test\"", "numbers = \"live\"");
        let error = load(&text).expect_err("refused").to_string();
        assert!(error.contains("demonstration"), "{error}");
    }

    #[test]
    fn residents_are_refused_until_something_counts_them() {
        let text = MINIMAL.replace("\"registered\"", "\"resident\"");
        let error = load(&text).expect_err("refused").to_string();
        assert!(error.contains("population by small area"), "{error}");
    }

    #[test]
    fn an_unknown_setting_is_named_with_its_line() {
        let error = load(&format!("{MINIMAL}\ncolour = 1\n")).expect_err("refused").to_string();
        assert!(error.contains(":13:") || error.contains(":14:"), "{error}");
        assert!(error.contains("colour"), "{error}");
    }

    #[test]
    fn a_key_in_the_file_is_no_key_source() {
        let text = MINIMAL.replace("\"demonstration\"", "\"00112233445566778899aabbccddeeff\"");
        let error = load(&text).expect_err("refused").to_string();
        assert!(!error.contains("00112233"), "a key must not be repeated: {error}");
    }
}
