//! The sample data's way from extracts to outputs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::{
    changed_pipeline, command, copy_folder, files, root, run_pipeline, sample, stderr,
};

/// What may differ between two runs of the same thing: nothing.
fn outputs(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    files(&folder.join("out/sample"))
}

/// Every model's bytes by name, from the manifest of the visible run.
fn models(folder: &std::path::Path) -> BTreeMap<String, Vec<String>> {
    let store = folder.join("store");
    let run = std::fs::read_to_string(store.join("current")).expect("a visible run");
    let manifest = std::fs::read(store.join("runs").join(format!("{}.json", run.trim())));
    let manifest: serde_json::Value =
        serde_json::from_slice(&manifest.expect("its manifest")).expect("JSON");
    let tables = manifest["tables"].as_object().expect("tables");
    let parts = |table: &serde_json::Value| {
        let parts = table["parts"].as_array().expect("parts");
        parts.iter().map(|p| p["sha256"].as_str().expect("a hash").to_owned()).collect()
    };
    tables.iter().map(|(name, table)| (name.clone(), parts(table))).collect()
}

#[test]
fn every_row_read_is_accounted_for() {
    let rows = sample().query(
        "select feed, sum(n_read), sum(n_accepted + n_quarantined + n_filtered + n_duplicates) \
         from quality.delivery group by feed order by feed",
    );
    assert_eq!(rows.len(), 16, "every feed is there");
    for row in rows {
        assert_eq!(row[1], row[2], "{}", row[0]);
        assert_eq!(row[1], physical_rows(&row[0]).to_string(), "{}", row[0]);
    }
}

/// Data rows that a feed's files hold, counted from the truth: one line each.
fn physical_rows(feed: &str) -> usize {
    let prefix = format!("{feed},");
    crate::support::records_of_truth().lines().filter(|line| line.starts_with(&prefix)).count()
}

#[test]
fn two_runs_give_the_same_bytes() {
    let again = tempfile::tempdir().expect("a folder");
    let output = run_pipeline(&root().join("pipelines/sample.toml"), again.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(outputs(again.path()), outputs(sample().folder.path()));
    assert_eq!(models(again.path()), models(sample().folder.path()));
}

#[test]
fn thread_count_changes_nothing() {
    let again = tempfile::tempdir().expect("a folder");
    let pipeline = root().join("pipelines/sample.toml");
    let output = command(&["run", &pipeline.to_string_lossy()], again.path())
        .env("RAYON_NUM_THREADS", "1")
        .env("POLARS_MAX_THREADS", "1")
        .env("TOKIO_WORKER_THREADS", "1")
        .output()
        .expect("hub starts");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(outputs(again.path()), outputs(sample().folder.path()));
    assert_eq!(models(again.path()), models(sample().folder.path()));
}

#[test]
fn a_second_run_finds_everything_done() {
    let again = tempfile::tempdir().expect("a folder");
    copy_folder(sample().folder.path(), again.path());
    let output = run_pipeline(&root().join("pipelines/sample.toml"), again.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("nothing new"), "{}", stderr(&output));
    assert_eq!(outputs(again.path()), outputs(sample().folder.path()));
}

#[test]
fn a_killed_run_leaves_the_last_visible_run() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&sample().store(), &folder.path().join("store"));
    let before = std::fs::read(folder.path().join("store/current")).expect("a visible run");
    // Another parameter: every model that reads it has to be made again.
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replace("charlson_lookback_years = 5", "charlson_lookback_years = 4")
    });
    for milliseconds in [5, 40, 150, 400, 900] {
        let mut child = command(&["run", &pipeline.to_string_lossy()], folder.path())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("hub starts");
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().expect("killed");
        child.wait().expect("gone");
        let current = std::fs::read(folder.path().join("store/current")).expect("a visible run");
        if current != before {
            // The kill came after the one rename that makes a run visible: then it is whole.
            let verify = crate::support::hub(&["store", "verify"], folder.path());
            assert!(verify.status.success(), "after {milliseconds} ms: {}", stderr(&verify));
        }
        let check =
            crate::support::hub(&["query", "select count(*) from core.person"], folder.path());
        assert!(check.status.success(), "after {milliseconds} ms: {}", stderr(&check));
    }
    let output = run_pipeline(&pipeline, folder.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let verify = crate::support::hub(&["store", "verify"], folder.path());
    assert!(verify.status.success(), "{}{}", crate::support::stdout(&verify), stderr(&verify));
}
