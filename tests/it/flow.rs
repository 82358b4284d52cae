//! The sample data's way from extracts to outputs.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::time::Duration;

use crate::support::{
    changed_pipeline, command, copy_folder, files, root, run_pipeline, sample, stderr, write,
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

/// The records of a delimited text, each with its line end; quotes may hold line ends.
fn records(text: &[u8]) -> Vec<&[u8]> {
    let mut is_quoted = false;
    let is_end = move |byte: &u8| {
        is_quoted ^= *byte == b'"';
        *byte == b'\n' && !is_quoted
    };
    text.split_inclusive(is_end).collect()
}

/// The text with its records in reverse order, the header first as before.
fn reversed(text: &[u8]) -> Vec<u8> {
    let records = records(text);
    let line_end: &[u8] = if records[0].ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
    let whole = |record: &&[u8]| {
        let record = record.strip_suffix(line_end).unwrap_or(record);
        [record, line_end].concat()
    };
    let (header, rows) = records.split_first().expect("a header");
    std::iter::once(header).chain(rows.iter().rev()).flat_map(whole).collect()
}

/// A copy of the extracts, every file's rows in reverse order.
fn reversed_extracts(to: &std::path::Path) {
    for (name, bytes) in files(&root().join("sample-data/extracts")) {
        let path = to.join(&name);
        std::fs::create_dir_all(path.parent().expect("a feed")).expect("a folder");
        if name.ends_with(".gz") {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut text).expect("gzip");
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&reversed(&text)).expect("gzip");
            write(&path, gzip.finish().expect("gzip"));
        } else {
            write(&path, reversed(&bytes));
        }
    }
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let extracts = folder.path().join("extracts");
    reversed_extracts(&extracts);
    let pipeline = changed_pipeline(folder.path(), |text| {
        let before = format!("{}/sample-data/extracts", root().display());
        text.replace(&before, &extracts.to_string_lossy())
    });
    let output = run_pipeline(&pipeline, folder.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let differ = |a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>| {
        let names: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
        names.into_iter().filter(|name| a.get(*name) != b.get(*name)).cloned().collect::<Vec<_>>()
    };
    let (before, after) = (outputs(sample().folder.path()), outputs(folder.path()));
    // Questions to providers name lines.
    let by_line = |name: &String| name.starts_with("data-quality/");
    let differing: Vec<_> =
        differ(&before, &after).into_iter().filter(|name| !by_line(name)).collect();
    assert_eq!(differing, Vec::<String>::new());
    // A delivery is known by its bytes, and a refused row by its line: those do change.
    let (before, after) = (models(sample().folder.path()), models(folder.path()));
    let changed = |name: &&String| before.get(*name) != after.get(*name);
    let by_line = [
        "quality.delivery",
        "quality.finding",
        "quality.profile",
        "quality.quarantine",
        "quality.rule_question",
        "quality.question",
    ];
    let by_line = |name: &&String| {
        name.starts_with("record.")
            || name.starts_with("received.")
            || by_line.contains(&name.as_str())
    };
    let changed: Vec<_> = before.keys().filter(changed).filter(|name| !by_line(name)).collect();
    assert!(changed.is_empty(), "{changed:?}");
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

#[test]
fn a_night_with_one_small_feed_ends_with_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = root().join("sample-data/extracts/third_sector/*");
    let only = format!("[[delivery]]\nfeed = \"third_sector\"\nfiles = \"{}\"\n", files.display());
    let pipeline = changed_pipeline(folder.path(), |text| {
        text[..text.find("[[delivery]]").expect("deliveries")].to_owned() + &only
    });
    let output = run_pipeline(&pipeline, folder.path(), &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let figures = std::fs::read_to_string(folder.path().join("out/sample/report/figures.json"));
    let figures: serde_json::Value =
        serde_json::from_str(&figures.expect("figures")).expect("JSON");
    let figures = figures["figures"].as_object().expect("figures by id");
    let headline: Vec<_> =
        figures.iter().filter(|(id, _)| id.starts_with("release.headline/")).collect();
    assert!(!headline.is_empty() && headline.iter().all(|(_, figure)| figure["value"].is_null()));
}
