//! What may no longer be kept is gone: from the visible run, from older runs, from the store; and the
//! record of it stays.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use serde_json::Value;

use crate::deliveries::City;
use crate::support::{command, hub, run_pipeline, stderr, stdout, write};

/// A city that keeps deliveries for twelve months, with a file of two visits for each of 14 months
/// from April 2024.
fn city() -> City {
    let city = City::new(
        "files = \"in/v_{provider}_{month}.csv\"\nexpected = { from = 2024-04-01, due_days = 0, \
         providers = [\"X\"] }",
    );
    change(&city, "900 years", "12 months");
    change(&city, "data_from = 2025-04-01", "data_from = 2024-04-01");
    for month in MONTHS {
        let rows = [format!("{month}a,{month}-03,x"), format!("{month}b,{month}-28,y")];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        city.deliver(&format!("v_X_{month}.csv"), "X", &rows);
    }
    city
}

const MONTHS: [&str; 14] = [
    "2024-04", "2024-05", "2024-06", "2024-07", "2024-08", "2024-09", "2024-10", "2024-11",
    "2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05",
];

pub(crate) fn change(city: &City, from: &str, to: &str) {
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    assert!(text.contains(from), "{from}");
    write(&path, text.replace(from, to));
}

/// Months of the visits that can be asked for.
fn months(city: &City) -> Vec<String> {
    let sql = "select to_char(visited_on, '%Y-%m') as month from core.visit group by 1 order by 1";
    city.query(sql).split_whitespace().map(str::to_owned).collect()
}

/// The manifest of the visible run.
pub(crate) fn manifest(at: &Path) -> Value {
    let store = at.join("store");
    let run = std::fs::read_to_string(store.join("current")).expect("a visible run");
    let path = store.join("runs").join(format!("{}.json", run.trim()));
    serde_json::from_slice(&std::fs::read(path).expect("its manifest")).expect("JSON")
}

/// Keys of visits in any Parquet file of the store, in a run or not.
pub(crate) fn stored_keys(at: &Path) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for entry in std::fs::read_dir(at.join("store/parts")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let file = std::fs::File::open(&path).expect("there");
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
        for batch in reader.expect("Parquet").build().expect("a reader") {
            let batch = batch.expect("rows");
            let Some(column) = batch.column_by_name("visit_key") else { continue };
            let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8);
            let column = column.expect("texts");
            let texts = arrow::array::AsArray::as_string::<i32>(column.as_ref());
            keys.extend(texts.iter().flatten().map(str::to_owned));
        }
    }
    keys
}

/// Parquet files of the store, the identity zone among them, that hold rows and that the visible run does
/// not name.
fn unnamed(at: &Path) -> Vec<String> {
    let manifest = manifest(at).to_string();
    let mut unnamed = Vec::new();
    for (name, file) in crate::zone_files::parquet_files(at) {
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
        let n_rows = reader.expect("Parquet").metadata().file_metadata().num_rows();
        let (_, sha256) = name.split_once('/').expect("a zone and a name");
        if n_rows > 0 && !manifest.contains(sha256) {
            unnamed.push(format!("{name}: {n_rows} rows"));
        }
    }
    unnamed
}

/// Both visits of each of these months.
fn keys(months: &[&str]) -> BTreeSet<String> {
    months.iter().flat_map(|month| ["a", "b"].map(|visit| format!("{month}{visit}"))).collect()
}

pub(crate) fn current(at: &Path) -> Vec<u8> {
    std::fs::read(at.join("store/current")).expect("a visible run")
}

/// What `verify` says of a run that a kill kept from becoming visible, or from going.
pub(crate) fn is_unfinished(line: &str) -> bool {
    line.contains("written but not visible") || line.contains("the audit log does not know it")
}

/// Kills a process of about this length: of fifty kills thirty spread over all of it, and the others
/// from the moment on in which what it does is decided, ever later: where files go one by one.
pub(crate) fn end(child: &mut Child, kill: u64, length: Duration, is_before: impl Fn() -> bool) {
    if kill < 30 {
        std::thread::sleep(length.mul_f64(kill as f64 / 30.0));
    } else {
        while is_before() && child.try_wait().expect("a process").is_none() {
            std::thread::sleep(Duration::from_micros(100));
        }
        std::thread::sleep(Duration::from_micros(400 * (kill - 30)));
    }
    child.kill().expect("killed, or over");
    child.wait().expect("gone");
}

pub(crate) fn verifies(at: &Path) {
    let verify = hub(&["store", "verify"], at);
    assert!(verify.status.success(), "{}{}", stdout(&verify), stderr(&verify));
}

#[test]
fn a_store_of_twelve_months_lets_go_of_a_month_each_month_and_says_so() {
    let city = city();
    // On 1 April 2025 the twelve months after April 2024 are not over: its period ended on the 30th.
    city.run_with(&["--as-at", "2025-04-30"]);
    assert_eq!(months(&city), MONTHS);
    assert!(manifest(city.path())["governance"]["destroyed"].is_null());
    assert_eq!(stored_keys(city.path()), keys(&MONTHS));

    let said = city.run_with(&["--as-at", "2025-05-01"]);
    assert!(said.contains("destroyed 1 delivery"), "{said}");
    assert!(said.contains("v_X_2024-04.csv: kept for 12 months from the end of the period"));
    assert_eq!(months(&city), MONTHS[1..]);
    assert_eq!(stored_keys(city.path()), keys(&MONTHS[1..]), "nowhere in the store");
    assert_eq!(unnamed(city.path()), Vec::<String>::new());
    verifies(city.path());
    let record = &manifest(city.path())["governance"]["destroyed"];
    let sha256 = record[0]["sha256"].as_str().expect("a hash").to_owned();
    let expected = serde_json::json!([{
        "destroyed_on": "2025-05-01", "feed": "visit", "file": "visit/v_X_2024-04.csv",
        "sha256": sha256, "period": "2024-04", "n_records": 2, "agreement": "test",
        "rule": "12 months from the end of the period", "ended_on": "2025-05-01",
    }]);
    assert_eq!(*record, expected);
    let log = std::fs::read_to_string(city.path().join("store/audit.jsonl")).expect("the log");
    assert_eq!(log.matches("\"destroyed/visit/v_X_2024-04.csv\"").count(), 1);
    // The only run is the visible one: the night before held what is destroyed.
    assert_eq!(std::fs::read_dir(city.path().join("store/runs")).expect("a folder").count(), 1);

    // The file still lies there: it is not read again, and not missing.
    let said = city.run_with(&["--as-at", "2025-05-01"]);
    assert!(said.contains("nothing new"), "{said}");
    let expected = "select count(*) from quality.expected where status = 'missing'";
    assert_eq!(city.query(expected), "0");
    let left = "select concat(feed, ' ', file, ' ', reason) from quality.left_out";
    assert_eq!(city.query(left), "visit visit/v_X_2024-04.csv retention_ended");

    // The page and the command say it.
    let said = hub(&["governance", &city.path().join("p.toml").to_string_lossy()], city.path());
    let record = "2025-05-01: visit/v_X_2024-04.csv (visit, 2024-04): 2 records; test: 12 months from \
                  the end of the period, ended on 2025-05-01";
    assert!(stdout(&said).contains(record), "{}", stdout(&said));
    let page = std::fs::read_to_string(city.path().join("out/t/governance/index.html"));
    assert!(page.expect("the page").contains("v_X_2024-04.csv"));

    // Three months later, three more; the first record stays, and so does a longer rule's refusal.
    let said = city.run_with(&["--as-at", "2025-08-01"]);
    assert!(said.contains("destroyed 3 deliveries"), "{said}");
    assert_eq!(months(&city), MONTHS[4..]);
    assert_eq!(stored_keys(city.path()), keys(&MONTHS[4..]));
    change(&city, "12 months", "3 years");
    city.run_with(&["--as-at", "2025-08-01"]);
    assert_eq!(months(&city), MONTHS[4..], "what is destroyed does not come back");
    assert_eq!(manifest(city.path())["governance"]["destroyed"].as_array().map(Vec::len), Some(4));
    verifies(city.path());
}

#[test]
fn retention_counts_from_delivery_where_the_agreement_says_so() {
    let city = city();
    change(&city, "\"12 months\"", "\"12 months\"\nretention_from = \"delivery\"");
    change(&city, "v_{provider}_{month}.csv\"", "v_{provider}_*.csv\"\ndelivered_on = 2025-06-01");
    change(&city, "expected = {", "# {");
    city.run_with(&["--as-at", "2026-05-31"]);
    assert_eq!(months(&city), MONTHS);
    let said = run_pipeline(&city.path().join("p.toml"), city.path(), &["--as-at", "2026-06-01"]);
    assert!(said.status.success(), "{}", stderr(&said));
    assert_eq!(months(&city), Vec::<String>::new());
    assert_eq!(stored_keys(city.path()), BTreeSet::new());
    verifies(city.path());
}

#[test]
fn nothing_is_destroyed_on_a_day_that_has_not_come() {
    let city = city();
    city.run_with(&["--as-at", "2025-04-30"]);
    for date in ["--as-at", "--run-on"] {
        let said = run_pipeline(&city.path().join("p.toml"), city.path(), &[date, "2900-01-01"]);
        assert!(!said.status.success());
        let expected =
            "the day of the run, 2900-01-01, has not come: 14 deliveries would be destroyed";
        assert!(stderr(&said).contains(expected), "{}", stderr(&said));
    }
    assert_eq!(months(&city), MONTHS);
    assert_eq!(stored_keys(city.path()), keys(&MONTHS));
    verifies(city.path());
}

#[test]
fn what_was_taken_back_does_not_come_back_when_what_took_it_back_may_go() {
    let city = City::new("files = \"in/v_{provider}_{month}_{delivered}.csv\"");
    change(&city, "\"900 years\"", "\"12 months\"\nretention_from = \"delivery\"");
    // April came last; May had taken one of its visits back before.
    city.deliver("v_X_2025-04_2025-09-01.csv", "X", &["a,2025-04-03,x", "b,2025-04-28,y"]);
    city.deliver("v_X_2025-05_2025-06-01.csv", "X", &["a", "c,2025-05-01,z"]);
    let visits = "select visit_key from core.visit order by 1";
    city.run_with(&["--as-at", "2025-09-02"]);
    assert_eq!(city.query(visits), "b c");
    // May's own retention is over, and April is still kept.
    city.run_with(&["--as-at", "2026-06-01"]);
    assert_eq!(city.query(visits), "b c");
    city.run_with(&["--as-at", "2026-08-31"]);
    assert_eq!(city.query(visits), "b c");
    city.run_with(&["--as-at", "2026-09-01"]);
    assert_eq!(city.query(visits), "");
    assert_eq!(stored_keys(city.path()), BTreeSet::new());
    assert_eq!(manifest(city.path())["governance"]["destroyed"].as_array().map(Vec::len), Some(2));
    verifies(city.path());
}

#[test]
fn a_feed_that_is_no_longer_taken_in_is_not_kept_for_ever_in_older_runs() {
    let city = city();
    city.run_with(&["--as-at", "2025-04-30"]);
    // The delivery leaves the pipeline, but for its last file.
    change(&city, "v_{provider}_{month}.csv", "v_X_2025-05.csv");
    change(&city, "expected = {", "# {");
    city.run_with(&["--as-at", "2025-04-30"]);
    assert_eq!(months(&city), ["2025-05"]);
    assert_eq!(stored_keys(city.path()), keys(&MONTHS), "the older run holds them");
    city.run_with(&["--as-at", "2025-05-01"]);
    assert_eq!(stored_keys(city.path()), keys(&["2025-05"]));
    verifies(city.path());
}

#[test]
fn destruction_killed_fifty_times_leaves_the_store_before_or_after() {
    let (city, whole) = (city(), city());
    let before_on = ["--as-at", "2025-04-30"];
    let after_on = ["run", "--as-at", "2025-07-01"];
    for one in [&city, &whole] {
        one.run_with(&before_on);
    }
    let start = std::time::Instant::now();
    whole.run_with(&after_on[1..]);
    let length = start.elapsed();
    let at = city.path();
    let kept = at.join("kept");
    crate::support::copy_folder(&at.join("store"), &kept);
    let before = current(at);
    let path = at.join("p.toml").to_string_lossy().into_owned();
    let (mut seen, mut n_left) = ([0, 0], 0);
    for kill in 0..50_u64 {
        std::fs::remove_dir_all(at.join("store")).expect("removed");
        crate::support::copy_folder(&kept, &at.join("store"));
        let args: Vec<&str> = after_on.iter().copied().chain([path.as_str()]).collect();
        let mut child =
            command(&args, at).stderr(std::process::Stdio::null()).spawn().expect("hub starts");
        end(&mut child, kill, length, || current(at) == before);
        let is_after = !manifest(at)["governance"]["destroyed"].is_null();
        seen[usize::from(is_after)] += 1;
        let expected: &[&str] = if is_after { &MONTHS[3..] } else { &MONTHS };
        assert_eq!(months(&city), expected, "kill {kill}");
        // Until somebody goes on from there, `verify` says what is left to do.
        let verify = hub(&["store", "verify"], at);
        let said = stdout(&verify);
        let is_told =
            |line: &str| line.contains("not all of it is destroyed") || is_unfinished(line);
        assert!(verify.status.success() || said.lines().all(is_told), "kill {kill}: {said}");
        n_left += usize::from(!verify.status.success());
        // Whoever next takes the lock finishes what is decided, and clears away what is not.
        let gc = hub(&["store", "gc"], at);
        assert!(gc.status.success(), "kill {kill}: {}", stderr(&gc));
        assert_eq!(stored_keys(at), keys(expected), "kill {kill}");
        verifies(at);
    }
    assert!(seen[0] > 5 && seen[1] >= 20, "{seen:?} before and after");
    assert!(n_left > 0, "no kill came between the decision and its end");
    city.run_with(&after_on[1..]);
    assert_eq!(manifest(at)["tables"], manifest(whole.path())["tables"], "the same bytes");
    verifies(at);
}
