//! `hub check` and `hub contract`: what is said of a mistake, of a file, to a provider.

use std::path::PathBuf;

use hub::contract::{Contract, Rule, infer};
use hub::extract::{ExtractReader, Limits};

use crate::support::{changed_pipeline, copy_folder, hub, root, stderr, stdout, write};

#[test]
fn check_shows_every_mistake_of_every_contract_with_its_line_underlined() {
    let folder = tempfile::tempdir().expect("a folder");
    let contracts = folder.path().join("contracts");
    copy_folder(&root().join("pipelines/contracts"), &contracts);
    for (name, from, to) in [
        ("apc.toml", "discharged_on >= admitted_on", "dischargd_on >= admitted_on"),
        ("op.toml", "type = \"date\"", "type = \"dates\""),
    ] {
        let text = std::fs::read_to_string(contracts.join(name)).expect("a contract");
        assert!(text.contains(from), "{name}");
        write(&contracts.join(name), text.replacen(from, to, 1));
    }
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replace(
            &format!("contracts = \"{}/pipelines/contracts\"", root().display()),
            &format!("contracts = \"{}\"", contracts.display()),
        )
    });
    let output = hub(&["check", &pipeline.to_string_lossy()], folder.path());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in [
        "apc.toml:",
        "dischargd_on >= admitted_on",
        "did you mean `discharged_on`?",
        "op.toml:",
        "unknown variant `dates`",
        "did you mean `date`?",
        "╰── here",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "no colour without a terminal");
}

#[test]
fn check_shows_a_mistake_of_the_pipeline_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline = changed_pipeline(folder.path(), |text| text.replace("purpose =", "purpos ="));
    let output = hub(&["check", &pipeline.to_string_lossy()], folder.path());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in ["pipeline.toml:", "purpos = ", "did you mean `purpose`?", "┬"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[test]
fn show_prints_a_contract_for_a_provider() {
    let root = root();
    let show = |args: &[&str]| {
        let args: Vec<&str> = ["contract", "show", "apc"].iter().chain(args).copied().collect();
        let output = hub(&args, &root);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let contracts = root.join("pipelines/contracts");
    let contracts = contracts.to_string_lossy();
    let page = show(&["--contracts", &contracts]);
    for part in ["# ", "## Columns", "| `ADMIDATE` |", "YYYY-MM-DD", "## Rules between columns"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let html = show(&["--contracts", &contracts, "--as", "html"]);
    assert!(html.starts_with("<!doctype html>") && html.contains("<code>ADMIDATE</code>"));
}

/// The first extract of each feed of the sample.
fn extracts() -> Vec<PathBuf> {
    let folder = root().join("sample-data/extracts");
    let feeds = std::fs::read_dir(folder).expect("feeds").map(|feed| feed.expect("a feed").path());
    let mut files: Vec<PathBuf> = feeds
        .filter_map(|feed| {
            let files = std::fs::read_dir(feed).expect("files").map(|f| f.expect("a file").path());
            files.min()
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_draft_of_each_extract_checks_and_reads_it_without_a_fault() {
    let extracts = extracts();
    assert!(extracts.len() >= 16, "{}", extracts.len());
    for path in extracts {
        let text = infer(&path, "feed").expect("readable");
        let contract =
            Contract::read(&path, text.clone()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let limits = Limits::default();
        let mut reader = ExtractReader::open(&path, &contract.format, limits).expect("open");
        let binding = contract.bind(&path, reader.header()).expect("every column");
        assert!(binding.undeclared.is_empty() && binding.absent.is_empty(), "{text}");
        let layout = reader.layout();
        while let Some(block) = reader.next_block().expect("readable") {
            let checked = contract.check(&layout.rows(block).expect("rows"), &binding);
            let fault = checked.faults.iter().find(|fault| fault.rule != Rule::Sentinel);
            let column =
                fault.and_then(|f| f.column).map(|i| &contract.columns[usize::from(i)].name);
            assert!(fault.is_none(), "{}: {column:?} {fault:?}\n{text}", path.display());
        }
    }
}
