//! `docs/` is generated; these tests say when it is stale. `HUB_UPDATE_DOCS=1 cargo test --release
//! docs` writes it anew.

use std::fmt::Write;
use std::path::Path;

use hub::models::{Catalogue, Drawing, Format, Limits, Parameters, render};

use crate::support::root;

/// Holds a page against the text that the code gives, or writes it.
fn page(name: &str, expected: &str) {
    let path = root().join("docs").join(name);
    if std::env::var_os("HUB_UPDATE_DOCS").is_some() {
        hub::store::write_atomic(&path, expected.as_bytes()).expect("written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/{name} is stale: HUB_UPDATE_DOCS=1 cargo test --release docs");
}

fn catalogue() -> Catalogue {
    Catalogue::read(&root().join("sql/models")).expect("the models are valid")
}

/// What an example of a function gives, as `hub query` shows it.
fn example_answer(sql: &str) -> String {
    let engine = hub::pipeline::bare_engine().expect("an engine");
    let answer = engine.query(sql, &Parameters::new(), &Limits::default());
    let answer = answer.unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let shown = render(&answer, Format::Table).expect("a table");
    String::from_utf8(shown).expect("text").trim_end().to_owned()
}

fn command_help(command: &mut clap::Command, path: &str, text: &mut String) {
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    write!(text, "\n## {path}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()).expect("text");
    let names: Vec<_> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names.iter().filter(|name| *name != "help") {
        let child = command.find_subcommand_mut(name).expect("listed");
        command_help(child, &format!("{path} {name}"), text);
    }
}

#[test]
fn the_command_page_is_current() {
    let mut text = "# Commands\n".to_owned();
    let mut command = hub::cli::command_line().term_width(100);
    command.build();
    command_help(&mut command, "hub", &mut text);
    page("commands.md", &text);
}

#[test]
fn the_exit_status_page_is_current() {
    let mut text = "# Exit statuses\n\n| status | meaning |\n|---|---|\n".to_owned();
    for (status, meaning) in hub::cli::ExitStatus::ALL {
        writeln!(text, "| {} | {meaning} |", status as u8).expect("text");
    }
    page("exit-statuses.md", &text);
}

#[test]
fn the_model_page_is_current() {
    let catalogue = catalogue();
    let graph = hub::models::lineage(&catalogue, None, Drawing::Mermaid).expect("drawn");
    let mut text = "# Models\n\nOne SQL file, one table.\n".to_owned();
    for model in catalogue.models() {
        let header = &model.header;
        write!(
            text,
            "\n## {}\n\n{}\n\nGrain: `{}`. Sensitivity: {}.\n\n| column | meaning |\n|---|---|\n",
            model.name,
            header.summary,
            header.grain.join("`, `"),
            header.sensitivity,
        )
        .expect("text");
        for column in &model.columns {
            let meaning = column.description.clone().unwrap_or_default().replace('|', "\\|");
            writeln!(text, "| {} | {meaning} |", column.name).expect("text");
        }
    }
    write!(text, "\n## Lineage\n\n```mermaid\n{}\n```\n", graph.trim_end()).expect("text");
    page("models.md", &text);
}

#[test]
fn the_function_page_is_current() {
    page("functions.md", &hub::methods::sql::reference_markdown(&example_answer));
}

#[test]
fn the_accuracy_page_is_current() {
    page("accuracy.md", &crate::accuracy::markdown());
}

#[test]
fn the_contract_page_is_current() {
    page("contracts.md", &hub::contract::reference_markdown());
}

#[test]
fn the_schema_of_contracts_is_current() {
    page("contract.schema.json", &hub::contract::json_schema());
}

#[test]
fn the_readme_names_only_what_exists() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a README");
    for command in ["cargo run --release -- run pipelines/sample.toml", "cargo test --release"] {
        assert!(readme.contains(command), "{command}");
    }
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let path = link.split('#').next().unwrap_or_default();
        let is_file = !path.is_empty() && !path.contains("://");
        assert!(!is_file || Path::new(&root()).join(path).exists(), "README points at {path}");
    }
}
