//! Files in the layouts that providers really use, from their true header to the base models.
//!
//! Every file here was written by hand, in the spelling of its specification and with the defects
//! that such files have; every expected row was worked out by hand from the file. People are
//! invented, NHS numbers come from the range set aside for tests.

mod city;
mod contacts;
mod hospital;
mod outcomes;
mod practice;
mod published;
mod removals;
mod synthea;
mod workbook;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{agreement, hub, root, run_pipeline, stderr, stdout, write};

/// A file of `tests/it/layouts/files`, and the contract that it is under.
struct Sent {
    feed: &'static str,
    contract: &'static str,
    file: PathBuf,
    provider: Option<&'static str>,
    vintage: Option<&'static str>,
}

fn sent(feed: &'static str, contract: &'static str, file: &str) -> Sent {
    let file = root().join("tests/it/layouts/files").join(file);
    Sent::written(feed, contract, file)
}

impl Sent {
    /// A file, or several by a pattern, that a test has written.
    fn written(feed: &'static str, contract: &'static str, file: PathBuf) -> Self {
        Self { feed, contract, file, provider: None, vintage: None }
    }

    /// Of when published figures are.
    fn of(self, vintage: &'static str) -> Self {
        Self { vintage: Some(vintage), ..self }
    }

    /// Who sent it, where the file does not say.
    fn by(self, provider: &'static str) -> Self {
        Self { provider: Some(provider), ..self }
    }
}

/// A run of the hub on a few files, up to some base models.
struct Run {
    folder: TempDir,
}

impl Run {
    /// Takes the files in under the contracts of the repository and builds the models named.
    fn of(files: &[Sent], models: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pipeline = folder.path().join("layouts.toml");
        write(&pipeline, pipeline_text(files, models, folder.path()));
        let output = run_pipeline(&pipeline, folder.path(), &[]);
        assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
        Self { folder }
    }

    /// The rows of a query as CSV without its header, a line each; nulls are empty.
    fn rows(&self, sql: &str) -> Vec<String> {
        let output = hub(&["query", "--format", "csv", "--rows", "10000", sql], self.folder.path());
        assert!(output.status.success(), "{sql}: {}", stderr(&output));
        stdout(&output).lines().skip(1).map(str::to_owned).collect()
    }

    /// Read, accepted, quarantined, filtered and duplicate rows of each file.
    fn counts(&self) -> Vec<String> {
        self.rows(
            "select file, n_read, n_accepted, n_quarantined, n_filtered, n_duplicates \
             from quality.delivery order by file",
        )
    }

    /// The rows of a rule's findings: column and number of rows.
    fn found(&self, rule: &str) -> Vec<String> {
        self.rows(&format!(
            "select column_name, sum(n_rows) as n from quality.finding where rule = '{rule}' \
             group by column_name order by column_name"
        ))
    }

    /// Persons are numbered at random: the place of each among those that a query names in order.
    fn persons(&self, sql: &str) -> Vec<usize> {
        let mut seen: Vec<String> = Vec::new();
        let place = |person: String| {
            seen.iter().position(|other| *other == person).unwrap_or_else(|| {
                seen.push(person);
                seen.len() - 1
            })
        };
        self.rows(sql).into_iter().map(place).collect()
    }
}

fn pipeline_text(files: &[Sent], models: &[&str], folder: &Path) -> String {
    let here = root();
    let here = here.display();
    let postcodes = folder.join("postcodes.csv");
    write(
        &postcodes,
        "postcode,lsoa_code\nLS1 4AP,E01033010\nLS8 2QQ,E01011360\nBD1 1AA,E01010001\n",
    );
    let areas = folder.join("areas.csv");
    write(&areas, "lsoa_code\nE01033010\nE01011360\n");
    let mut text = format!(
        r#"
name = "layouts"
title = "t"
city = "c"
as_at = 2026-04-01
data_from = 2000-04-01
purpose = "commissioning"
population_basis = "registered"
key = "demonstration"
numbers = "test"
contracts = "{here}/pipelines/contracts"
models = {{ folder = "{here}/sql/models", only = {models:?} }}
reference_folder = "{here}/sql/reference"

[purposes.commissioning]
legal_basis = "synthetic data: no law on confidential information touches it"
national_opt_out = "exempt"
type1_opt_out = "exempt"
reason = "nobody in it lives"

[places]
postcodes = "{}"
areas = "{}"
"#,
        postcodes.display(),
        areas.display(),
    );
    let feeds: BTreeSet<&str> = files.iter().map(|sent| sent.feed).collect();
    text += &agreement(&feeds.into_iter().collect::<Vec<_>>());
    for Sent { feed, contract, file, provider, vintage } in files {
        text += &format!(
            "\n[[delivery]]\nfeed = \"{feed}\"\ncontract = \"{contract}\"\nfiles = \"{}\"\n",
            file.display()
        );
        for (name, said) in [("provider", provider), ("vintage", vintage)] {
            text += &said.map(|said| format!("{name} = \"{said}\"\n")).unwrap_or_default();
        }
    }
    text
}

/// Lines as they are compared.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
