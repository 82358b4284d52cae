//! The rules of `ARCHITECTURE.md` that a compiler does not see: which module may use which, and
//! which crate has its one home where.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each module may use of the others. Data flows downwards: nothing points back up.
const ARROWS: [(&str, &[&str]); 15] = [
    ("cli", &["*"]),
    ("contract", &["domain", "extract"]),
    ("disclosure", &["domain"]),
    ("domain", &[]),
    ("extract", &["domain"]),
    ("link", &["domain"]),
    ("methods", &["domain"]),
    ("models", &["domain", "store"]),
    (
        "pipeline",
        &[
            "contract",
            "disclosure",
            "domain",
            "extract",
            "link",
            "methods",
            "models",
            "printer",
            "pseudonymise",
            "report",
            "store",
        ],
    ),
    ("printer", &[]),
    ("pseudonymise", &["contract", "domain", "extract"]),
    ("report", &["disclosure", "domain", "store"]),
    ("store", &["domain"]),
    ("synth", &["domain", "store"]),
    ("main", &["cli"]),
];

/// Crates with a home: where alone they may be named.
const HOMES: [(&str, &[&str]); 27] = [
    ("base64", &["pseudonymise"]),
    ("bech32", &["pseudonymise"]),
    ("calamine", &["extract"]),
    ("chacha20poly1305", &["pseudonymise", "store"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("console", &["cli"]),
    ("csv", &["extract", "pipeline", "report", "disclosure", "synth"]),
    ("datafusion", &["models", "methods"]),
    ("encoding_rs", &["extract"]),
    ("flate2", &["extract", "store", "synth"]),
    ("hashbrown", &["store"]),
    ("hkdf", &["pseudonymise"]),
    ("hmac", &["pseudonymise", "store"]),
    ("indicatif", &["printer"]),
    ("miette", &["cli"]),
    ("minijinja", &["report"]),
    ("parquet", &["store"]),
    ("plotters", &["report"]),
    ("polars", &["link"]),
    ("schemars", &["contract", "extract"]),
    ("quick_xml", &["extract"]),
    ("sha2", &["pseudonymise", "store"]),
    ("siphasher", &["pseudonymise"]),
    ("x25519_dalek", &["pseudonymise"]),
    ("zip", &["extract"]),
    ("zstd", &["store"]),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with the top-level module that it belongs to, tests and comments cut off.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files.sort();
    let is_test = |path: &PathBuf| path.components().any(|c| c.as_os_str() == "tests");
    files
        .into_iter()
        .filter(|path| !is_test(path) && path.file_name().is_some_and(|name| name != "tests.rs"))
        .map(|path| {
            let relative = path.strip_prefix(&root).expect("under src");
            let first = relative.components().next().expect("a name").as_os_str();
            let module = first.to_string_lossy().trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).expect("readable");
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            (module, path, code)
        })
        .collect()
}

fn modules() -> BTreeSet<&'static str> {
    ARROWS.iter().map(|(module, _)| *module).collect()
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, path, code) in sources() {
        if module == "lib" || module == "main" {
            continue;
        }
        let may =
            allowed.get(module.as_str()).unwrap_or_else(|| panic!("`{module}` has no arrows"));
        for other in modules() {
            let used = code.contains(&format!("crate::{other}::"))
                || code.contains(&format!("crate::{other};"));
            if used && other != module && !may.contains(&other) && !may.contains(&"*") {
                wrong.push(format!("{}: uses `{other}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that point upwards:\n{}", wrong.join("\n"));
}

#[test]
fn of_keys_the_store_holds_that_of_the_identity_zone_alone() {
    let named = |word: &str| -> BTreeSet<String> {
        let code = sources().into_iter().filter(|(module, _, _)| module == "store");
        let code = code.filter(|(_, _, code)| code.contains(word));
        code.map(|(_, path, _)| path.file_name().expect("a name").to_string_lossy().into_owned())
            .collect()
    };
    for key in ["MasterKey", "FieldKey", "SourceKey", "ListKey", "RowKey"] {
        assert_eq!(named(key), BTreeSet::new(), "{key}");
    }
    assert_eq!(named("&ZoneKey"), ["cipher.rs", "zone.rs"].map(str::to_owned).into());
}

#[test]
fn each_crate_has_its_one_home() {
    let mut wrong = Vec::new();
    for (module, path, code) in sources() {
        for (name, homes) in HOMES {
            let used =
                code.contains(&format!("use {name}::")) || code.contains(&format!(" {name}::"));
            if used && !homes.contains(&module.as_str()) {
                wrong.push(format!("{}: names `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "crates away from home:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_opens_with_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let silent: Vec<_> = files
        .iter()
        .filter(|path| !std::fs::read_to_string(path).expect("readable").starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no module doc: {silent:?}");
}

#[test]
fn models_keep_to_the_house_style_that_a_reader_counts_on() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/models");
    let mut wrong = Vec::new();
    for schema in std::fs::read_dir(root).expect("models") {
        for model in std::fs::read_dir(schema.expect("a schema").path()).expect("a schema") {
            let path = model.expect("a model").path();
            let text = std::fs::read_to_string(&path).expect("readable");
            if !text.starts_with("--! summary") {
                wrong.push(format!("{}: no summary at the top", path.display()));
            }
            if text.lines().count() > 150 {
                wrong.push(format!("{}: longer than 150 lines", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
