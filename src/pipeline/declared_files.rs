//! The files that the rules of a pipeline name, and what their names say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::area::{ReferenceFile, layout};
use super::checked::invalid;
use super::declaration::{DeliveryRule, Pipeline, Refresh};
use super::error::PipelineError;
use super::file_pattern::{FilePattern, Named};
use crate::contract::{Contract, Role};
use crate::domain::Period;
use crate::store::Rules;

/// A file to be taken in.
#[derive(Debug, Clone)]
pub struct DeclaredFile {
    /// Its feed.
    pub feed: String,
    /// Its contract, by name.
    pub contract: String,
    /// Where it lies.
    pub path: PathBuf,
    /// What messages and tables call it: its feed, and its path below the folder that holds all files
    /// of the feed.
    pub name: String,
    /// Who sent it, by its name or its rule; empty if neither says.
    pub sender: String,
    /// What it is about, by its name.
    pub period: Option<Period>,
    /// Which of several submissions it is, by its name.
    pub generation: Option<String>,
    /// The day on which it was delivered, by its name or its rule; by neither, the day to which its
    /// name says that it runs. What the file system says does not count: it differs from copy to copy.
    pub delivered_on: Option<Date>,
    /// The generation's place among those of its rule.
    pub rank: usize,
    /// Whether no later generation is to come.
    pub is_final: bool,
    /// What it replaces of the files before it.
    pub refresh: Refresh,
}

impl DeclaredFile {
    /// What sorts the files of a feed: the end of the period, the generation, the name. When a file
    /// arrived does not matter.
    #[must_use]
    pub fn order(&self) -> (Option<Date>, usize, &str) {
        (self.period.map(Period::to), self.rank, &self.name)
    }

    /// The days that the file speaks for: what earlier files of its sender tell of them is replaced.
    #[must_use]
    pub fn covers(&self) -> Option<Period> {
        match self.refresh {
            Refresh::Rows => None,
            Refresh::Period => self.period,
            Refresh::YearToDate => self.period?.year_to_date(),
            Refresh::RollingYear => self.period?.rolling_year(),
            Refresh::All => Some(Period::all()),
        }
    }

    /// Who sent it, if its name or its rule says.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        (!self.sender.is_empty()).then_some(self.sender.as_str())
    }

    /// Within what a contract's key tells one row from every other.
    #[must_use]
    pub fn scope(&self) -> String {
        [self.feed.as_str(), layout(&self.contract), &self.sender].join("\u{1f}")
    }
}

/// The files of every rule, in the order of the rules and then of their names; and the files in the
/// same folders that no rule names.
///
/// # Errors
/// A rule that does not hold together, or that names no file and expects none.
pub(super) fn declared_files(
    pipeline: &Pipeline,
    contracts: &BTreeMap<String, (Contract, String)>,
) -> Result<(Vec<DeclaredFile>, Vec<PathBuf>), PipelineError> {
    let mut files = Vec::new();
    let mut folders = BTreeSet::new();
    for rule in &pipeline.delivery {
        let refuse = |what: String| invalid(pipeline, format!("feed `{}`: {what}", rule.feed));
        let contract = rule.contract_name().to_owned();
        let (declared, _) =
            contracts.get(&contract).ok_or_else(|| refuse(format!("no contract `{contract}`")))?;
        let pattern = pattern(rule, declared, &contract).map_err(refuse)?;
        let path = pipeline.resolve(&rule.files);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let found = found(&folder, &pattern);
        if found.is_empty() && rule.expected.is_none() {
            return Err(PipelineError::NoDelivery { feed: rule.feed.clone(), files: path });
        }
        for (path, named) in found {
            files.push(declared_file(rule, &contract, path, named).map_err(refuse)?);
        }
        folders.insert(folder);
    }
    name_files(&mut files);
    let mut known = named_elsewhere(pipeline);
    known.extend(files.iter().map(|file| file.path.clone()));
    let others = folders.iter().flat_map(|folder| files_in(folder));
    let unexpected = others.filter(|path| !known.contains(path)).collect();
    Ok((files, unexpected))
}

/// The files that the pipeline names, and that are no deliveries.
fn named_elsewhere(pipeline: &Pipeline) -> BTreeSet<PathBuf> {
    let references = pipeline.reference.values().map(ReferenceFile::path);
    let sources = pipeline.source.values().map(PathBuf::as_path);
    let places = pipeline.places.iter().flat_map(|p| [Some(&p.postcodes), p.areas.as_ref()]);
    let keys = pipeline.reidentify.as_ref().map(|declared| &declared.practice_keys);
    let others = places.chain([pipeline.superseded_numbers.as_ref(), keys]).flatten();
    let all = references.chain(sources).chain(others.map(PathBuf::as_path));
    all.map(|path| pipeline.resolve(path)).collect()
}

/// The pattern of a rule that holds together.
fn pattern(rule: &DeliveryRule, contract: &Contract, name: &str) -> Result<FilePattern, String> {
    if contract.feed != rule.feed {
        return Err(format!("contract `{name}` is for feed `{}`", contract.feed));
    }
    let parent = rule.files.parent().map(|parent| parent.to_string_lossy().into_owned());
    if parent.is_some_and(|parent| parent.contains(['*', '{'])) {
        return Err("`*` and fields may stand in the last part of `files` only".to_owned());
    }
    let last = rule.files.file_name().unwrap_or_default().to_string_lossy();
    let pattern = FilePattern::read(&last)?;
    let has_period = pattern.period_kind().is_some();
    if !matches!(rule.refresh, Refresh::Rows | Refresh::All) && !has_period {
        return Err("this `refresh` needs names with a period: `{month}`, `{date}`, …".to_owned());
    }
    let event = contract.column_of(Role::EventDate);
    if rule.refresh != Refresh::Rows
        && rule.refresh != Refresh::All
        && event.is_none_or(|i| contract.columns[i].field.is_none())
    {
        return Err("this `refresh` needs a contract whose event date has an `as` name".to_owned());
    }
    if pattern.names_generation() == rule.generations.is_empty() {
        return Err("`{generation}` in `files` and a list of `generations` go together".to_owned());
    }
    if rule.delivered_on.is_some() && pattern.names_delivery_day() {
        return Err("`{delivered}` in `files` and `delivered_on` say the same twice".to_owned());
    }
    if rule.expected.is_some() && !pattern.period_kind().is_some_and(|kind| kind.is_regular()) {
        return Err(
            "`expected` needs names with `{month}`, `{quarter}` or `{financial_year}`".into()
        );
    }
    if rule.expected.as_ref().is_some_and(|e| !e.providers.is_empty()) && !pattern.names_sender() {
        return Err("`expected` from several `providers` needs names with `{provider}`".to_owned());
    }
    Ok(pattern)
}

fn declared_file(
    rule: &DeliveryRule,
    contract: &str,
    path: PathBuf,
    named: Named,
) -> Result<DeclaredFile, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if Rules::of_numbers().are_broken_by(&name) {
        return Err(
            "the name of a file holds what may be an NHS number: names are kept and shown, so \
                    rename it"
                .to_owned(),
        );
    }
    let place = |generation: &String| rule.generations.iter().position(|g| g == generation);
    let rank = match &named.generation {
        None => 0,
        Some(generation) => place(generation).ok_or_else(|| {
            format!("{}: `{generation}` is none of its `generations`", path.display())
        })?,
    };
    // A name with `{date}` says the day to which the file runs; no other period is of one day.
    let runs_to = named.period.filter(|period| period.from() == period.last()).map(Period::last);
    Ok(DeclaredFile {
        feed: rule.feed.clone(),
        contract: contract.to_owned(),
        path,
        name: String::new(),
        sender: named.sender.or_else(|| rule.provider.clone()).unwrap_or_default(),
        period: named.period,
        generation: named.generation,
        delivered_on: named.delivered_on.or(rule.delivered_on).or(runs_to),
        rank,
        is_final: rank + 1 >= rule.generations.len(),
        refresh: rule.refresh,
    })
}

/// The files that a path names, in order of name; its last part is a pattern.
///
/// # Errors
/// What is wrong with the pattern, in words.
pub(super) fn files_named(path: &Path) -> Result<Vec<PathBuf>, String> {
    let pattern = FilePattern::read(&path.file_name().unwrap_or_default().to_string_lossy())?;
    let files = found(path.parent().unwrap_or(Path::new("")), &pattern);
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// The files of a folder that fit a pattern, in order of name.
fn found(folder: &Path, pattern: &FilePattern) -> Vec<(PathBuf, Named)> {
    let fits = |path: PathBuf| {
        let named = pattern.matches(path.file_name()?.to_str()?)?;
        Some((path, named))
    };
    files_in(folder).into_iter().filter_map(fits).collect()
}

/// The files of a folder that are not hidden, in order of name.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let here = if folder == Path::new("") { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(here) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

/// Names every file by its feed and its path below the folder that holds all files of the feed.
fn name_files(files: &mut [DeclaredFile]) {
    let mut folders: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in &*files {
        let parent = file.path.parent().unwrap_or(Path::new(""));
        let shared = folders.entry(file.feed.clone()).or_insert_with(|| parent.to_owned());
        while !parent.starts_with(&*shared) && shared.pop() {}
    }
    for file in files {
        let below = file.path.strip_prefix(&folders[&file.feed]).unwrap_or(&file.path);
        file.name = format!("{}/{}", file.feed, below.display());
    }
}
