//! Statuses and messages of what goes wrong: one clear message that names the place, the
//! documented exit status, nothing half-written.

use std::path::Path;

use crate::support::{
    changed_pipeline, command, hub, root, run_pipeline, sample, stderr, stdout, write,
};

/// Runs a changed sample pipeline that must fail with `status` and say `expected`.
fn fails(status: i32, expected: &[&str], change: impl Fn(String) -> String) {
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline = changed_pipeline(folder.path(), change);
    fails_in(folder.path(), &pipeline, status, expected);
    assert!(!folder.path().join("out").exists(), "nothing is written");
    assert!(!folder.path().join("store/current").exists(), "no run is visible");
}

fn fails_in(folder: &Path, pipeline: &Path, status: i32, expected: &[&str]) {
    let output = run_pipeline(pipeline, folder, &["--quiet"]);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{message}");
    assert!(message.starts_with("error: "), "{message}");
    assert!(message.lines().count() <= 3, "one message: {message}");
    for part in expected {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

#[test]
fn a_wrong_path_is_named() {
    fails(2, &["no-such-folder", "postcode.csv"], |text| {
        text.replace("sample-data/reference/postcode.csv", "no-such-folder/postcode.csv")
    });
    let folder = tempfile::tempdir().expect("a folder");
    fails_in(folder.path(), Path::new("nowhere.toml"), 2, &["nowhere.toml"]);
}

#[test]
fn a_mistake_in_the_pipeline_is_named_with_its_line() {
    fails(2, &["pipeline.toml:", "colour"], |text| format!("colour = 1\n{text}"));
}

#[test]
fn a_missing_column_refuses_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("apc.csv");
    write(&file, "EPIKEY,PROCODE3\n1,RR8\n");
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replace(
            &format!("{}/sample-data/extracts/apc/*", root().display()),
            &file.to_string_lossy(),
        )
    });
    fails_in(folder.path(), &pipeline, 10, &["apc.csv", "column"]);
    assert!(!folder.path().join("store/current").exists(), "no run is visible");
}

#[test]
fn the_wrong_key_is_refused_before_a_row_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::support::copy_folder(&sample().store(), &folder.path().join("store"));
    let key = folder.path().join("key");
    let made = hub(&["key", "new", &key.to_string_lossy()], folder.path());
    assert!(made.status.success(), "{}", stderr(&made));
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replace(
            "key = \"demonstration\"",
            &format!("key = {{ file = \"{}\" }}", key.display()),
        )
    });
    fails_in(folder.path(), &pipeline, 14, &["key"]);
}

#[test]
fn a_missing_key_is_named() {
    fails(14, &["HUB_NO_SUCH_KEY"], |text| {
        text.replace("key = \"demonstration\"", "key = { env = \"HUB_NO_SUCH_KEY\" }")
    });
}

#[test]
fn a_locked_store_names_its_holder() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = hub::store::Store::open(&folder.path().join("store")).expect("a store");
    let _lock = store.lock("the night shift").expect("free");
    fails_in(folder.path(), &root().join("pipelines/sample.toml"), 13, &["the night shift"]);
}

#[test]
fn broken_sql_is_named_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let models = folder.path().join("models");
    crate::support::copy_folder(&root().join("sql/models"), &models);
    let path = models.join("core/person.sql");
    let sql = std::fs::read_to_string(&path).expect("a model");
    write(&path, sql.replacen("select", "selekt", 1));
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replace(&format!("{}/sql/models", root().display()), &models.to_string_lossy())
    });
    fails_in(folder.path(), &pipeline, 11, &["core/person.sql"]);
}

#[test]
fn a_ten_thousand_deep_expression_is_refused_in_one_line() {
    let sql = format!("select {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let output = hub(&["query", &sql], sample().folder.path());
    assert_eq!(output.status.code(), Some(11), "{}", stderr(&output));
    let message = stderr(&output);
    assert!(message.starts_with("error: ") && message.len() < 400, "{message}");
}

#[test]
fn analysts_read_and_do_nothing_else() {
    for sql in [
        "drop table core.person",
        "create table x as select 1",
        "insert into core.person select * from core.person",
        "copy core.person to 'x.csv'",
        "set datafusion.execution.target_partitions = 9",
        "explain analyze select count(*) from core.person",
        "select * from '/etc/passwd'",
        "create external table x stored as csv location '/etc/passwd'",
    ] {
        let output = hub(&["query", sql], sample().folder.path());
        assert_eq!(output.status.code(), Some(11), "{sql}: {}{}", stdout(&output), stderr(&output));
    }
}

#[test]
fn the_identity_zone_is_out_of_reach() {
    let identities = sample().store().join("identities");
    let file =
        std::fs::read_dir(identities).expect("the zone").next().expect("a part").expect("read");
    let table = format!("x={}", file.path().display());
    let output = hub(&["query", "--table", &table, "select * from x"], sample().folder.path());
    assert!(!output.status.success());
    assert!(stdout(&output).is_empty());
}

#[test]
fn a_query_reads_a_table_of_ones_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("wards.csv");
    write(&file, "ward,n:int\nNorth,3\nSouth,4\n");
    let table = format!("ward={}", file.display());
    let args = ["query", "--format", "csv", "--table", &table, "select sum(n) as n from ward"];
    let output = hub(&args, sample().folder.path());
    assert_eq!(stdout(&output), "n\n7\n", "{}", stderr(&output));
}

// Expected: statsmodels 0.15.0, `proportion_confint(30, 120, method="wilson")` and 9 of 45.
#[test]
fn the_line_of_the_readme_about_a_table_of_ones_own_works_as_it_stands() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("readable");
    let start = "hub query --table wards=wards.csv ";
    let line = readme.lines().find_map(|line| line.strip_prefix(start)).expect("the line");
    let sql = line.trim().trim_matches('"');
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("wards.csv"), "ward,code,n,of\nNorth,007,30,120\nSouth,010,9,45\n");
    let ask = |more: &[&str], sql: &str| {
        let args = [&["query", "--table", "wards=wards.csv"], more, &[sql]].concat();
        let output = command(&args, folder.path()).current_dir(folder.path()).output();
        output.expect("hub starts")
    };
    let output = ask(&[], sql);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("0.25") && stdout(&output).contains("0.2,"));
    let sql = "select code, round(wilson(n, of)['lower_95'], 9) as a, \
               round(wilson(n, of)['upper_998'], 9) as b from wards order by code";
    let output = ask(&["--format", "csv"], sql);
    assert_eq!(
        stdout(&output),
        "code,a,b\n007,0.181098217,0.387427781\n010,0.108961268,0.427926813\n",
        "{}",
        stderr(&output)
    );
    assert!(!folder.path().join("store").exists(), "no store is made");
}

#[test]
fn a_table_of_ones_own_opens_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("wards.csv"), "ward,n\nNorth,3\n");
    let table = format!("wards={}", folder.path().join("wards.csv").display());
    for (sql, status, message) in [
        ("select count(*) from wards cross join core.person", 2, "no run yet"),
        ("select * from wards where n < $as_at", 2, "no run yet"),
        ("drop table wards", 11, "select"),
        ("selekt n from wards", 11, "line 1"),
        ("select wards.colour from wards", 11, "colour"),
    ] {
        let output = hub(&["query", "--table", &table, sql], folder.path());
        assert_eq!(output.status.code(), Some(status), "{sql}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{sql}: {}", stderr(&output));
    }
    let asked = ["query", "--purpose", "x", "--table", &table, "select n from wards"];
    assert_eq!(hub(&asked, folder.path()).status.code(), Some(2));
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run_pipeline(&root().join("pipelines/sample.toml"), folder.path(), &["--dry-run"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("core.person"), "{}", stdout(&output));
    assert!(!folder.path().join("out").exists());
    assert!(!folder.path().join("store").exists());
}

#[test]
fn the_version_is_printed_and_a_wrong_word_is_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hub")).arg("--version").output();
    let output = output.expect("hub starts");
    assert_eq!(stdout(&output), format!("hub {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(hub(&["rnu"], folder.path()).status.code(), Some(2));
}
