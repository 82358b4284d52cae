//! The models of a folder: what each declares and reads, and the order they are built in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use datafusion::sql::sqlparser::ast::Query;

use super::checks::Check;
use super::columns::{Column, describe_columns};
use super::header::{Header, parse_header};
use super::rules::check_rules;
use super::sql::{parse_select, placeholders, statement_of, tables_of, tokenise};
use super::{ModelError, Place, Problem, Rule, Severity};

/// One SQL file: one `select` that makes one table.
#[derive(Debug, Clone)]
pub struct Model {
    /// `schema.table`, from the folder and the file name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The whole text of the file.
    pub text: String,
    /// What the model declares.
    pub header: Header,
    /// The tables that it reads, sorted.
    pub inputs: Vec<String>,
    /// The tables that only its checks read, sorted.
    pub checked_against: Vec<String>,
    /// The parameters that it or its checks use, sorted.
    pub parameters: BTreeSet<String>,
    /// Its output columns with their descriptions.
    pub columns: Vec<Column>,
    /// Its checks, in the order declared.
    pub(crate) checks: Vec<Check>,
    /// Breaches of the rules on how SQL is written.
    pub(crate) problems: Vec<Problem>,
    /// The syntax tree, parameters unbound.
    pub(crate) query: Query,
}

impl Model {
    /// Reads a model from its text.
    ///
    /// # Errors
    /// The problem that keeps the text from being read as a model.
    pub fn parse(name: &str, path: &Path, text: &str) -> Result<Self, Problem> {
        let header = parse_header(path, text)?;
        let tokens = tokenise(path, text)?;
        let query = parse_select(path, text, tokens.clone())?;
        let inputs = tables_of(&statement_of(query.clone())).map_err(|error| Problem {
            place: Place::of_offset(path, text, 0),
            rule: Rule::Syntax,
            message: error.strip_backtrace(),
        })?;
        let checks = parse_checks(path, text, &header)?;
        let mut parameters = placeholders(&query);
        parameters.extend(checks.iter().flat_map(Check::parameters));
        let mut checked_against: Vec<String> = checks.iter().flat_map(Check::tables).collect();
        checked_against.retain(|table| table != name && !inputs.contains(table));
        checked_against.sort();
        checked_against.dedup();
        Ok(Self {
            name: name.to_owned(),
            path: path.to_owned(),
            text: text.to_owned(),
            header,
            inputs,
            checked_against,
            parameters,
            checks,
            columns: describe_columns(&query, &tokens),
            problems: check_rules(path, text, &query),
            query,
        })
    }

    /// Every table that has to be there before the model is built: its inputs, and what its checks
    /// read.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().chain(&self.checked_against).map(String::as_str)
    }

    /// A problem at the first place where `needle` stands in the file, or at its start.
    pub(crate) fn problem(&self, rule: Rule, needle: &str, message: String) -> Problem {
        let offset = self.text.find(needle).unwrap_or(0);
        Problem { place: Place::of_offset(&self.path, &self.text, offset), rule, message }
    }
}

/// All models, by name.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    models: BTreeMap<String, Model>,
}

impl Catalogue {
    /// Reads every `<schema>/<name>.sql` under `folder`.
    ///
    /// # Errors
    /// [`ModelError::Unreadable`], or [`ModelError::Declarations`] with one problem for each file
    /// that cannot be read as a model.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let mut sources = Vec::new();
        for schema in sorted(folder)? {
            if !schema.is_dir() {
                continue;
            }
            for file in sorted(&schema)?
                .into_iter()
                .filter(|file| file.extension().is_some_and(|e| e == "sql"))
            {
                let text = std::fs::read_to_string(&file)
                    .map_err(|source| ModelError::Unreadable { path: file.clone(), source })?;
                sources.push((file, text));
            }
        }
        Self::from_sources(sources)
    }

    /// A catalogue of texts; each path ends in `<schema>/<name>.sql`.
    ///
    /// # Errors
    /// [`ModelError::Declarations`] with one problem for each text that is no model.
    pub fn from_sources(
        sources: impl IntoIterator<Item = (PathBuf, String)>,
    ) -> Result<Self, ModelError> {
        let mut models = BTreeMap::new();
        let mut problems = Vec::new();
        for (path, text) in sources {
            let model = name_of(&path, &text).and_then(|name| Model::parse(&name, &path, &text));
            match model {
                Ok(model) => drop(models.insert(model.name.clone(), model)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(Self { models })
        } else {
            Err(ModelError::Declarations(problems))
        }
    }

    /// The model of that name.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`].
    pub fn model(&self, name: &str) -> Result<&Model, ModelError> {
        self.models.get(name).ok_or_else(|| ModelError::UnknownModel { name: name.to_owned() })
    }

    /// Every model, by name.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.values()
    }

    /// Whether a model has that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.models.contains_key(name)
    }

    /// The models in an order in which each comes after those it reads; among those that could
    /// come next, the first by name. `is_source` says which tables are there without a model.
    ///
    /// # Errors
    /// [`ModelError::Declarations`] naming each unknown table, or the models of a cycle.
    pub fn build_order(&self, is_source: &dyn Fn(&str) -> bool) -> Result<Vec<&Model>, ModelError> {
        let unknown = self.unknown_tables(is_source);
        if !unknown.is_empty() {
            return Err(ModelError::Declarations(unknown));
        }
        let mut waiting: BTreeMap<&str, &Model> =
            self.models.iter().map(|(n, m)| (n.as_str(), m)).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let ready = |model: &&Model| !model.needs().any(|input| waiting.contains_key(input));
            let Some(next) = waiting.values().copied().find(ready) else {
                return Err(ModelError::declaration(cycle(&waiting)));
            };
            waiting.remove(next.name.as_str());
            order.push(next);
        }
        Ok(order)
    }

    /// The named models and every model that they need, themselves included.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`] for a name that no model has.
    pub fn needed_for(&self, names: &[&str]) -> Result<BTreeSet<String>, ModelError> {
        let mut needed = BTreeSet::new();
        let mut open = names.iter().map(|name| self.model(name)).collect::<Result<Vec<_>, _>>()?;
        while let Some(model) = open.pop() {
            if needed.insert(model.name.clone()) {
                open.extend(model.needs().filter_map(|input| self.models.get(input)));
            }
        }
        Ok(needed)
    }

    /// What the rules on writing find, in every model, by name.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.models.values().flat_map(|model| model.problems.iter().cloned()).collect()
    }

    fn unknown_tables(&self, is_source: &dyn Fn(&str) -> bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        for model in self.models.values() {
            for input in model.needs().filter(|input| !self.contains(input) && !is_source(input)) {
                let message = format!("no table `{input}`");
                problems.push(model.problem(Rule::UnknownTable, input, message));
            }
        }
        problems
    }
}

/// Whether any of `problems` stops a run.
#[must_use]
pub fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.rule.severity() == Severity::Error)
}

fn parse_checks(path: &Path, text: &str, header: &Header) -> Result<Vec<Check>, Problem> {
    let parse = |check: &String| {
        Check::parse(check).map_err(|reason| {
            let offset = text.find(check.as_str()).or_else(|| text.find("checks")).unwrap_or(0);
            let place = Place::of_offset(path, text, offset);
            Problem { place, rule: Rule::Check, message: format!("check `{check}`: {reason}") }
        })
    };
    header.checks.iter().map(parse).collect()
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// `risk.segment` for `…/risk/segment.sql`.
fn name_of(path: &Path, text: &str) -> Result<String, Problem> {
    let schema = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let table = path.file_stem().and_then(|name| name.to_str());
    match (schema, table) {
        (Some(schema), Some(table)) if is_plain_name(schema) && is_plain_name(table) => {
            Ok([schema, table].join("."))
        }
        _ => Err(Problem {
            place: Place::of_offset(path, text, 0),
            rule: Rule::Header,
            message: "folder and file names are lower-case letters, digits and `_`".to_owned(),
        }),
    }
}

/// A name that needs no quotes in SQL.
pub(crate) fn is_plain_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A cycle among models that all wait for one another: follow first inputs until one comes again.
fn cycle(waiting: &BTreeMap<&str, &Model>) -> Problem {
    let first = waiting.values().next().expect("called with models that wait");
    let mut path = vec![*first];
    loop {
        let last = path[path.len() - 1];
        let next = last
            .needs()
            .find_map(|input| waiting.get(input))
            .expect("a model waits only for models that wait");
        if let Some(from) = path.iter().position(|model| model.name == next.name) {
            let mut names: Vec<&str> =
                path[from..].iter().map(|model| model.name.as_str()).collect();
            names.push(&next.name);
            return path[from].problem(
                Rule::Cycle,
                &path[(from + 1) % path.len()].name,
                format!("models need each other: {}", names.join(" → ")),
            );
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue(models: &[(&str, &str)]) -> Catalogue {
        let header = "--! summary = \"x\"\n--! grain = []\n--! sensitivity = \"person\"\n";
        let source = |(name, sql): &(&str, &str)| {
            (
                PathBuf::from(format!("sql/models/{}.sql", name.replace('.', "/"))),
                format!("{header}{sql}"),
            )
        };
        Catalogue::from_sources(models.iter().map(source)).expect("models")
    }

    fn message(error: &ModelError) -> String {
        error.to_string()
    }

    #[test]
    fn models_come_after_what_they_read_and_otherwise_by_name() {
        let catalogue = catalogue(&[
            ("core.a", "select b.x from core.b as b join record.apc as r on true"),
            ("core.b", "select x from base.z"),
            ("base.z", "select x from record.apc"),
            ("base.y", "select 1 as x"),
        ]);
        let order = catalogue.build_order(&|table| table.starts_with("record.")).expect("an order");
        assert_eq!(
            order.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(),
            ["base.y", "base.z", "core.b", "core.a"]
        );
        let needed = catalogue.needed_for(&["core.b"]).expect("known");
        assert_eq!(Vec::from_iter(needed), ["base.z", "core.b"]);
    }

    #[test]
    fn an_unknown_table_is_named_with_file_and_line() {
        let catalogue = catalogue(&[("core.a", "select x\nfrom core.missing")]);
        let error = catalogue.build_order(&|_| false).expect_err("unknown");
        assert_eq!(message(&error), "sql/models/core/a.sql:5:6: no table `core.missing`");
    }

    #[test]
    fn a_cycle_is_spelt_out() {
        let catalogue = catalogue(&[
            ("core.a", "select x from core.b"),
            ("core.b", "select x from core.c"),
            ("core.c", "select x from core.b"),
        ]);
        let error = message(&catalogue.build_order(&|_| false).expect_err("cycle"));
        assert_eq!(
            error,
            "sql/models/core/b.sql:4:15: models need each other: core.b → core.c → core.b"
        );
        let own = message(
            &self::catalogue(&[("core.a", "select x from core.a")])
                .build_order(&|_| false)
                .expect_err("cycle"),
        );
        assert!(own.ends_with("core.a → core.a"), "{own}");
    }

    #[test]
    fn every_broken_file_is_reported_at_once() {
        let sources = [
            ("sql/models/a/b.sql", "select 1"),
            ("sql/models/A/c.sql", ""),
            ("sql/models/a/d.sql", "--! summary = 1"),
        ];
        let sources = sources.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
        let ModelError::Declarations(problems) =
            Catalogue::from_sources(sources).expect_err("broken")
        else {
            panic!("problems expected");
        };
        assert_eq!(problems.len(), 3);
    }
}
