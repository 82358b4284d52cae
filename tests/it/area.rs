//! Published figures beside records of persons: loaded by contract, with where they come from.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{changed_pipeline, copy_folder, hub, root, run_pipeline, stderr, write};

const CONTRACT: &str = r#"
feed = "waits"
kind = "area"
version = "1"
title = "Attendances and breaches of the four-hour standard"
sector = "published"
source = "A&E waiting times"
licence = "Open Government Licence v3.0"
delimiter = ","
key = ["period", "org_code"]
column = [
  { name = "period", as = "month", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "org_code", role = "provider", required = true },
  { name = "attendances", as = "attendances", type = "integer", min = 0, required = true },
]
"#;

/// The sample pipeline with its registration list alone, and two years of a published file.
fn pipeline_in(folder: &Path, contract: &str, rule: &str) -> PathBuf {
    copy_folder(&root().join("pipelines/contracts"), &folder.join("contracts"));
    write(&folder.join("contracts/waits.toml"), contract);
    write(
        &folder.join("waits_2024.csv"),
        "period,org_code,attendances\n2024-04-01,RR8,21289\n2024-04-01,RAE,813\n\
         2024-04-01,RAE,813\n2024-05-01,RR8,-1\n",
    );
    write(&folder.join("waits_2025.csv"), "period,org_code,attendances\n2025-04-01,RR8,20000\n");
    changed_pipeline(folder, |text| {
        let rules: Vec<&str> = text.split("[[delivery]]").collect();
        let list = rules.iter().find(|rule| rule.contains("feed = \"gp_registration\""));
        let delivery = |year: &str, rule: &str| {
            format!(
                "\nfeed = \"waits\"\nfiles = \"waits_{year}.csv\"\nvintage = \"{year}\"\n{rule}\n"
            )
        };
        let kept = [rules[0].to_owned(), (*list.expect("there")).to_owned()];
        let kept = kept.into_iter().chain([delivery("2024", rule), delivery("2025", "")]);
        let lsoa = format!("lsoa = \"{}/sample-data/reference/lsoa.csv\"", root().display());
        let described = format!(
            "lsoa = {{ file = \"{}/sample-data/reference/lsoa.csv\", source = \"the synthetic city\", \
             vintage = \"2021\" }}",
            root().display()
        );
        kept.collect::<Vec<_>>()
            .join("[[delivery]]")
            .replace(&format!("{}/pipelines/contracts", root().display()), "contracts")
            .replace("type1_opt_out = \"applies\"", "type1_opt_out = \"exempt\"")
            .replace("/sql/models\" }", "/sql/models\", only = [\"base.gp_registration\"] }")
            .replace(&lsoa, &described)
    })
}

#[test]
fn published_figures_load_by_contract_and_keep_their_origin() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let pipeline = pipeline_in(at, CONTRACT, "licence = \"as agreed\"");
    let output = run_pipeline(&pipeline, at, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let query = |sql: &str| {
        let output = hub(&["query", "--format", "csv", sql], at);
        assert!(output.status.success(), "{sql}: {}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(
        query("select vintage, month, provider_code, attendances from area.waits order by 1, 3"),
        "vintage,month,provider_code,attendances\n2024,2024-04-01,RAE,813\n\
         2024,2024-04-01,RR8,21289\n2025,2025-04-01,RR8,20000\n"
    );
    // Every row is accounted for: one repeats another, one has a number that cannot be.
    assert_eq!(
        query(
            "select n_read, n_accepted, n_quarantined, n_filtered, n_duplicates \
             from quality.delivery where feed = 'waits' order by n_read"
        ),
        "n_read,n_accepted,n_quarantined,n_filtered,n_duplicates\n1,1,0,0,0\n4,2,1,0,1\n"
    );
    for person in ["identity_id", "record_id", "household", "birth_month"] {
        assert!(!hub(&["query", &format!("select {person} from area.waits")], at).status.success());
    }
    let run = std::fs::read_to_string(at.join("store/current")).expect("a visible run");
    let path = at.join("store/runs").join(format!("{}.json", run.trim()));
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(path).expect("a manifest")).expect("JSON");
    assert_eq!(manifest["tables"]["area.waits"]["sensitivity"], "aggregate");
    let origin = |table: &str, i: usize, what: &str| {
        manifest["origins"][table][i][what].as_str().map(str::to_owned)
    };
    assert_eq!(origin("area.waits", 0, "vintage").as_deref(), Some("2024"));
    assert_eq!(origin("area.waits", 0, "licence").as_deref(), Some("as agreed"));
    assert_eq!(origin("area.waits", 1, "licence").as_deref(), Some("Open Government Licence v3.0"));
    assert_eq!(origin("area.waits", 1, "source").as_deref(), Some("A&E waiting times"));
    assert_eq!(origin("reference.lsoa", 0, "source").as_deref(), Some("the synthetic city"));
    // A reference table that nobody described has its hash all the same.
    assert_eq!(origin("reference.practice", 0, "source"), None);
    assert_eq!(origin("reference.practice", 0, "sha256").map(|hash| hash.len()), Some(64));
}

#[test]
fn a_row_that_is_published_again_replaces_the_earlier_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let pipeline = pipeline_in(at, CONTRACT, "");
    // One figure of the year before is revised; the others are not published again.
    write(
        &at.join("waits_2025.csv"),
        "period,org_code,attendances\n2025-04-01,RR8,20000\n2024-04-01,RR8,21300\n",
    );
    let output = run_pipeline(&pipeline, at, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let query = |sql: &str| {
        let output = hub(&["query", "--format", "csv", sql], at);
        assert!(output.status.success(), "{sql}: {}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(
        query("select vintage, month, provider_code, attendances from area.waits order by 2, 3"),
        "vintage,month,provider_code,attendances\n2024,2024-04-01,RAE,813\n\
         2025,2024-04-01,RR8,21300\n2025,2025-04-01,RR8,20000\n"
    );
    assert_eq!(
        query(
            "select n_accepted, n_superseded from quality.delivery where feed = 'waits' \
             order by file"
        ),
        "n_accepted,n_superseded\n2,1\n2,0\n"
    );
    let ids = "select count(distinct row_id) as n from area.waits";
    assert_eq!(query(ids), "n\n3\n");
}

#[test]
fn a_rolling_file_replaces_the_months_that_it_covers() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let month = "{ name = \"period\", as = \"month\", type = \"month\", \
                 format = [\"%Y_%m\", \"%Y-%m-%d\"], role = \"event_date\", required = true }";
    let day = CONTRACT.lines().find(|line| line.contains("period\", as")).expect("there");
    let contract = CONTRACT.replace(day, &format!("  {month},"));
    let pipeline = pipeline_in(at, &contract, "refresh = \"rolling_year\"");
    let text = std::fs::read_to_string(&pipeline).expect("readable");
    let (kept, _) = text.rsplit_once("[[delivery]]").expect("of 2025");
    write(&pipeline, kept.replace("waits_2024.csv", "waits_{month}.csv"));
    let head = "period,org_code,attendances\n";
    write(
        &at.join("waits_2024-05.csv"),
        format!("{head}2023_06,RAE,1\n2024_04,RAE,2\n2024_04,RR8,3\n2024_05,RR8,4\n"),
    );
    // April is told again without one provider, May with another figure; a year has passed since the
    // June before.
    write(&at.join("waits_2024-06.csv"), format!("{head}2024-04-01,RR8,3\n2024-05-01,RR8,5\n"));
    let output = run_pipeline(&pipeline, at, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let sql = "select month, provider_code, attendances from area.waits order by 1, 2";
    let output = hub(&["query", "--format", "csv", sql], at);
    assert_eq!(
        String::from_utf8(output.stdout).expect("text"),
        "month,provider_code,attendances\n2023-06-01,RAE,1\n2024-04-01,RR8,3\n2024-05-01,RR8,5\n"
    );
}

#[test]
fn figures_without_an_origin_and_persons_among_them_are_refused() {
    let refused = |contract: &str, expected: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let pipeline = pipeline_in(folder.path(), contract, "");
        let output = hub(&["check", &pipeline.to_string_lossy()], folder.path());
        assert!(!output.status.success());
        assert!(stderr(&output).contains(expected), "{expected}: {}", stderr(&output));
    };
    refused(
        &CONTRACT.replace("licence = \"Open Government Licence v3.0\"\n", ""),
        "nobody says its `licence`",
    );
    refused(
        &CONTRACT.replace(
            "{ name = \"attendances\"",
            "{ name = \"NHS\", role = \"nhs_number\" },\n  { name = \"attendances\"",
        ),
        "waits.toml:14:",
    );
    refused(&CONTRACT.replace("kind = \"area\"\n", ""), "is about persons");
}
