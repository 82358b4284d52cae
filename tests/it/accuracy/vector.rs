//! What a vector declares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::support::root;

const MARK: &str = "--!";

/// The header of a vector.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Declared {
    /// The function that it is about.
    pub(super) function: String,
    /// The program, or the definition, that made the expected values.
    pub(super) made_by: String,
    /// The largest deviation that is allowed, relative to the expected value; absolute where that
    /// is nought. Texts, flags and what is missing must be equal.
    pub(super) tolerance: f64,
    /// The tables that the statement reads, by name: CSV files, by their path under the folder.
    pub(super) tables: BTreeMap<String, String>,
    /// Where ours differs on purpose, or what the statement does to compare.
    pub(super) remark: Option<String>,
}

/// A statement that compares a function with expected values.
#[derive(Debug)]
pub(super) struct Vector {
    /// Its path under the folder of vectors, without the extension.
    pub(super) name: String,
    pub(super) declared: Declared,
    pub(super) sql: String,
}

pub(super) fn folder() -> PathBuf {
    root().join("tests/vectors")
}

/// Every vector, by name.
pub(super) fn read_all() -> Vec<Vector> {
    let mut paths = Vec::new();
    statements(&folder(), &mut paths);
    let mut vectors: Vec<Vector> = paths.iter().map(|path| read(path)).collect();
    vectors.sort_by(|a, b| a.name.cmp(&b.name));
    vectors
}

fn statements(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of vectors") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            statements(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> Vector {
    let name = path.strip_prefix(folder()).expect("under the folder").with_extension("");
    let name = name.to_string_lossy().replace('\\', "/");
    let text = std::fs::read_to_string(path).expect("readable");
    let header = text.lines().map_while(|line| line.strip_prefix(MARK));
    let header = header.collect::<Vec<_>>().join("\n");
    let declared = toml::from_str(&header).unwrap_or_else(|error| panic!("{name}: {error}"));
    let body = text.lines().skip_while(|line| line.starts_with(MARK));
    Vector { name, declared, sql: body.collect::<Vec<_>>().join("\n") }
}
