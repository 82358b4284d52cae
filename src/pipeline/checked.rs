//! Everything that can be found wrong before a row is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::declaration::{KeySource, Numbers, Pipeline};
use super::declared_files::{DeclaredFile, declared_files};
use super::error::PipelineError;
use super::references::{References, references};
use super::run::Stage;
use super::tables::source_schemas;
use crate::contract::Contract;
use crate::disclosure::{ReleaseSpec, RulePack};
use crate::domain::Sensitivity;
use crate::extract::ExtractError;
use crate::models::{Catalogue, Engine, Model, Parameters, Problem, Settings, has_errors};
use crate::pseudonymise::{Issuer, KeyError, MasterKey, Places, SourceKey};
use crate::store::{sha256_file, sha256_hex};

/// The contracts by name, with the hash of all that each says.
pub(super) type Contracts = BTreeMap<String, (Contract, String)>;

/// A pipeline whose declarations hold together.
pub struct Checked {
    /// What was declared.
    pub pipeline: Pipeline,
    /// The contracts, by name, with the hash of their text.
    pub contracts: BTreeMap<String, (Contract, String)>,
    /// The files, in the order of their declaration and then of their names.
    pub files: Vec<DeclaredFile>,
    /// Files that lie beside those and that no rule names.
    pub unexpected: Vec<PathBuf>,
    /// The models.
    pub catalogue: Catalogue,
    /// What models read as `$name`.
    pub parameters: Parameters,
    /// The rule pack of disclosure control.
    pub rule_pack: RulePack,
    /// Places, and the hash of their files.
    pub places: (Places, String),
    /// The reference tables.
    pub(super) references: References,
    /// The master key.
    pub key: MasterKey,
    /// What is worth a look but stops nothing.
    pub warnings: Vec<Problem>,
    /// Names of the models to build, in order.
    pub build_order: Vec<String>,
    /// The models by which type-1 opt-outs are told.
    pub(super) telling: Vec<Model>,
}

impl Checked {
    /// Checks a pipeline: contracts, files, key, places, references, models and releases.
    ///
    /// # Errors
    /// The first declaration that is wrong, with its place.
    pub fn new(pipeline: Pipeline) -> Result<Self, PipelineError> {
        Self::reaching(pipeline, Stage::Report)
    }

    /// The same for a run that ends with this stage: models that it does not reach are not planned.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn reaching(mut pipeline: Pipeline, last: Stage) -> Result<Self, PipelineError> {
        let mut contracts = contracts(&pipeline)?;
        super::area::settle(&mut pipeline, &mut contracts)?;
        variants_agree(&contracts).map_err(|what| invalid(&pipeline, what))?;
        pipeline.declared_purpose()?;
        super::live::check(&pipeline, &contracts)?;
        let (files, unexpected) = declared_files(&pipeline, &contracts)?;
        let key = master_key(&pipeline)?;
        let rule_pack = RulePack::named(&pipeline.rule_pack)
            .ok_or_else(|| invalid(&pipeline, format!("no rule pack `{}`", pipeline.rule_pack)))?;
        let references = references(&pipeline)?;
        super::restricted::restrict(&pipeline, &mut contracts, &references)?;
        let places = places(&pipeline, &references)?;
        if let Some(path) = &pipeline.superseded_numbers {
            hash_of(&pipeline.resolve(path))?;
        }
        super::crosswalk::check(&pipeline, &contracts)?;
        super::linked::settle(&mut pipeline)?;
        let catalogue = Catalogue::read(&pipeline.resolve(&pipeline.models.folder))?;
        let telling = super::type1::models(&catalogue)?;
        let parameters = pipeline.parameters();
        let mut checked = Self {
            pipeline,
            contracts,
            files,
            unexpected,
            catalogue,
            parameters,
            rule_pack,
            places,
            references,
            key,
            warnings: Vec::new(),
            build_order: Vec::new(),
            telling,
        };
        let purpose = checked.pipeline.declared_purpose()?;
        if last >= Stage::Models {
            if purpose.type1_opt_out.applies() {
                super::type1::check(&checked)?;
            }
            checked.check_models()?;
        }
        Ok(checked)
    }

    /// An engine that knows our functions and the pipeline's reference tables. What does not fit into
    /// memory goes to `spill_folder`, or to the system's temporary folder.
    ///
    /// # Errors
    /// The engine cannot be set up.
    pub fn engine(&self, spill_folder: Option<PathBuf>) -> Result<Engine, PipelineError> {
        let settings = Settings {
            target_partitions: self.pipeline.engine.target_partitions,
            memory_bytes: self.pipeline.engine.memory_mib << 20,
            spill_folder,
            ..Settings::default()
        };
        let mut engine = Engine::new(&settings, &crate::methods::sql::register)?;
        for (name, reference) in &self.references {
            reference.offer(&mut engine, name)?;
        }
        Ok(engine)
    }

    /// The contract of a file.
    #[must_use]
    pub fn contract(&self, file: &DeclaredFile) -> &(Contract, String) {
        self.contracts.get(&file.contract).expect("`files` takes only contracts that were read")
    }

    /// How a release model is to be protected, if it is one.
    ///
    /// # Errors
    /// Its declaration is not one.
    pub fn release_spec(&self, model: &Model) -> Result<Option<ReleaseSpec>, PipelineError> {
        let Some(table) = &model.header.release else { return Ok(None) };
        let mut spec: ReleaseSpec =
            toml::Value::Table(table.clone()).try_into().map_err(|error: toml::de::Error| {
                let what = format!("[release]: {}", error.message());
                PipelineError::Invalid { path: model.path.clone(), what }
            })?;
        spec.area.clone_from(&self.pipeline.area_label);
        spec.title = spec.title.replace("{area}", &spec.area);
        if spec.population.is_empty() {
            spec.population = self.pipeline.population().to_owned();
        }
        Ok(Some(spec))
    }

    fn check_models(&mut self) -> Result<(), PipelineError> {
        let mut engine = self.engine(None)?;
        for (name, schema) in source_schemas(self) {
            let is_area = name.starts_with("area.");
            let level = if is_area { Sensitivity::Aggregate } else { Sensitivity::Person };
            engine.add_schema(&name, level, &schema)?;
        }
        self.catalogue = only_needed(&self.pipeline, std::mem::take(&mut self.catalogue))?;
        let found = engine.check(&self.catalogue, &self.parameters)?;
        if has_errors(&found.problems) {
            return Err(crate::models::ModelError::Declarations(found.problems).into());
        }
        self.warnings = found.problems;
        self.build_order = found.planned.into_iter().map(|model| model.table.name).collect();
        for model in self.catalogue.models() {
            self.release_spec(model)?;
        }
        Ok(())
    }
}

pub(super) fn contracts(
    pipeline: &Pipeline,
) -> Result<BTreeMap<String, (Contract, String)>, PipelineError> {
    let folder = pipeline.resolve(&pipeline.contracts);
    let entries = std::fs::read_dir(&folder)
        .map_err(|source| PipelineError::Unreadable { path: folder.clone(), source })?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let contract = Contract::load(path)?;
        let hash = sha256_hex(contract.text.as_bytes());
        Ok((name, (contract, hash)))
    };
    // Of several with mistakes the first in order of name is told.
    let read: Vec<Result<_, PipelineError>> = paths.par_iter().map(read).collect();
    read.into_iter().collect()
}

/// The models that a pipeline builds.
///
/// # Errors
/// A model that cannot be read, or is named and not there.
pub(super) fn catalogue_of(pipeline: &Pipeline) -> Result<Catalogue, PipelineError> {
    only_needed(pipeline, Catalogue::read(&pipeline.resolve(&pipeline.models.folder))?)
}

/// The models that a pipeline names, with all that they need; all if it names none.
fn only_needed(pipeline: &Pipeline, catalogue: Catalogue) -> Result<Catalogue, PipelineError> {
    let names: Vec<&str> = pipeline.models.only.iter().map(String::as_str).collect();
    if names.is_empty() {
        return Ok(catalogue);
    }
    let needed = catalogue.needed_for(&names)?;
    let kept = catalogue.models().filter(|model| needed.contains(&model.name));
    let sources = kept.map(|model| (model.path.clone(), model.text.clone()));
    Ok(Catalogue::from_sources(sources.collect::<Vec<_>>())?)
}

/// Variants of a feed share one table, so a column that two of them have is of one type.
fn variants_agree(contracts: &BTreeMap<String, (Contract, String)>) -> Result<(), String> {
    let mut columns = BTreeMap::new();
    for (name, (contract, _)) in contracts {
        for field in contract.record_schema().fields() {
            let column = (contract.feed.clone(), field.name().clone());
            let (first, kind) =
                columns.entry(column).or_insert_with(|| (name, field.data_type().clone()));
            if kind != field.data_type() {
                let feed = &contract.feed;
                return Err(format!(
                    "contracts `{first}` and `{name}` of feed `{feed}`: `{}` is of another type",
                    field.name()
                ));
            }
        }
    }
    Ok(())
}

/// The master key that a pipeline names.
///
/// # Errors
/// What is wrong with it, and never what it is.
pub fn master_key(pipeline: &Pipeline) -> Result<MasterKey, PipelineError> {
    let key = match &pipeline.key {
        KeySource::Demonstration => MasterKey::demonstration(),
        KeySource::File(path) => MasterKey::from_file(&pipeline.resolve(path))?,
        KeySource::Env(name) => MasterKey::from_env(name)?,
        KeySource::Command(command) => MasterKey::from_command(command)?,
    };
    if key.is_demonstration() && pipeline.numbers != Numbers::Test {
        return Err(KeyError::Demonstration.into());
    }
    Ok(key.at_epoch(pipeline.key_epoch))
}

/// The key of one feed, or of one of its providers, for whoever puts pseudonyms in place of persons.
///
/// # Errors
/// As [`master_key`]; [`PipelineError::Invalid`] for a feed that the pipeline does not take in, or what
/// is no provider's code.
pub fn feed_key(
    pipeline: &Pipeline,
    feed: &str,
    provider: Option<&str>,
) -> Result<SourceKey, PipelineError> {
    if !pipeline.delivery.iter().any(|rule| rule.feed == feed) {
        return Err(invalid(pipeline, format!("no [[delivery]] takes in feed `{feed}`")));
    }
    let no_code = || invalid(pipeline, "a provider's code is of letters and digits".to_owned());
    let issuer = Issuer::new(feed, provider).ok_or_else(no_code)?;
    Ok(master_key(pipeline)?.for_issuer(&issuer, pipeline.numbers.policy()))
}

fn places(pipeline: &Pipeline, references: &References) -> Result<(Places, String), PipelineError> {
    let Some(files) = &pipeline.places else { return Ok((Places::default(), String::new())) };
    let refuse = |error: ExtractError| invalid(pipeline, error.to_string());
    let postcodes = pipeline.resolve(&files.postcodes);
    let (own, own_hash) = match &files.areas {
        Some(areas) => {
            let areas = pipeline.resolve(areas);
            (Places::own_areas(&areas).map_err(refuse)?, hash_of(&areas)?)
        }
        None => {
            let lsoa = references.get("lsoa");
            let codes = lsoa.and_then(|lsoa| Some((lsoa.texts("lsoa_code")?, lsoa.hash.clone())));
            codes.ok_or_else(|| {
                let what =
                    "[places] needs `areas`, or a reference `lsoa` with a column `lsoa_code`";
                invalid(pipeline, what.to_owned())
            })?
        }
    };
    let hash = sha256_hex(format!("{}{own_hash}", hash_of(&postcodes)?).as_bytes());
    Ok((Places::load(&postcodes, own).map_err(refuse)?, hash))
}

/// The hash of a declared file, or the error that it cannot be read.
pub(super) fn hash_of(path: &Path) -> Result<String, PipelineError> {
    sha256_file(path).map_err(|source| PipelineError::Unreadable { path: path.to_owned(), source })
}

pub(super) fn invalid(pipeline: &Pipeline, what: String) -> PipelineError {
    PipelineError::Invalid { path: pipeline.path.clone(), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_feed_agree_in_the_types_of_their_columns() {
        let contract = |kind: &str| {
            let text = format!(
                "feed = \"f\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"s\"\nsource = \"s\"\n\
                 delimiter = \",\"\nkey = [\"K\"]\ncolumn = [{{ name = \"K\", as = \"k\" }}, \
                 {{ name = \"V\", as = \"value\"{kind} }}]\n"
            );
            (Contract::read(Path::new("f.toml"), text).expect("a contract"), String::new())
        };
        let both = |kind| {
            let variants = [("f", contract(", type = \"decimal\"")), ("f_other", contract(kind))];
            variants_agree(&variants.map(|(name, c)| (name.to_owned(), c)).into_iter().collect())
        };
        assert_eq!(both(", type = \"decimal\""), Ok(()));
        let error = both("").expect_err("a text and a number");
        assert!(error.contains("`f` and `f_other`") && error.contains("`value`"), "{error}");
    }
}
