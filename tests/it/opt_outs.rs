//! Opt-outs on the sample city: who opts out is nowhere, and comes back with the list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hub::store::{Canaries, Rules, scan};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::support::{
    changed_pipeline, command, copy_folder, files, hub, places, records_of_truth, root,
    run_pipeline, sample, stderr, stdout, write,
};

const APPLIES: &str = "[purposes.commissioning]\nlegal_basis = \"section 251\"\n\
    national_opt_out = \"applies\"\ntype1_opt_out = \"applies\"\n\
    [opt_out]\nallowed = \"allowed_*.dat\"\n";

/// The sample pipeline with the national data opt-out applied; its list lies in the same folder.
fn pipeline_in(folder: &Path, change: impl Fn(String) -> String) -> PathBuf {
    changed_pipeline(folder, |text| {
        let (before, after) = text.split_once("[purposes.commissioning]").expect("declared");
        let (_, after) = after.split_once("[engine]").expect("the next table");
        change(format!("{before}{APPLIES}\n[engine]{after}"))
    })
}

/// Columns that hold an NHS number, by feed.
const NUMBERS: [&str; 8] = [
    "NHSNO",
    "NHS_NUMBER",
    "NHSNumber",
    "NhsNumber",
    "NHS_Number",
    "NHS Number",
    "nhs_number",
    "DEC_NHS_NUMBER",
];

/// A cell of the extracts that holds an NHS number: file, line, number.
pub(crate) struct Cell {
    file: String,
    line: u64,
    number: String,
}

/// Every NHS number of the sample's extracts, with its place.
pub(crate) fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for (name, bytes) in files(&root().join("sample-data/extracts")) {
        let mut plain = Vec::new();
        if name.ends_with(".gz") {
            let mut gzip = flate2::read::GzDecoder::new(bytes.as_slice());
            std::io::Read::read_to_end(&mut gzip, &mut plain).expect("gzip");
        } else {
            plain = bytes;
        }
        let text: String = match String::from_utf8(plain) {
            Ok(text) => text,
            Err(error) => error.into_bytes().iter().map(|byte| char::from(*byte)).collect(),
        };
        let text = text.trim_start_matches('\u{feff}');
        let header = text.lines().next().unwrap_or_default();
        let delimiter = [b',', b'|', b';'].into_iter();
        let delimiter =
            delimiter.max_by_key(|d| header.bytes().filter(|b| b == d).count()).expect("three");
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(text.as_bytes());
        let headers = reader.headers().expect("a header").clone();
        let Some(column) = headers.iter().position(|name| NUMBERS.contains(&name.trim())) else {
            continue;
        };
        for row in reader.records().map_while(Result::ok) {
            let number = row.get(column).unwrap_or_default().trim();
            let number: String = number.chars().filter(char::is_ascii_digit).collect();
            if hub::domain::NhsNumber::parse(&number).is_ok() {
                let line = row.position().map_or(0, csv::Position::line);
                cells.push(Cell { file: name.clone(), line, number });
            }
        }
    }
    cells
}

/// Rows of the truth: feed, file, line and person of every row.
fn truth() -> Vec<[String; 4]> {
    let text = records_of_truth();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cell = |row: &csv::StringRecord, i: usize| row.get(i).unwrap_or_default().to_owned();
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| [0, 1, 2, 3].map(|i| cell(&row, i))).collect()
}

/// Who opts out in these tests: somebody with many numbered rows, and with rows of the third sector,
/// which carry none.
pub(crate) struct OptedOut {
    /// Every number on any row of theirs.
    pub(crate) numbers: BTreeSet<String>,
    /// The hub's id of the person.
    pub(crate) person_id: String,
    /// How many rows of the third sector are theirs.
    pub(crate) n_without_number: usize,
}

pub(crate) fn opted_out(cells: &[Cell]) -> OptedOut {
    let truth = truth();
    let mut third_sector: BTreeMap<&str, usize> = BTreeMap::new();
    for [feed, _, _, person] in &truth {
        if feed == "third_sector" && person.starts_with('P') {
            *third_sector.entry(person).or_default() += 1;
        }
    }
    let owner: BTreeMap<(&str, &str), &str> = truth
        .iter()
        .map(|[_, file, line, person]| ((file.as_str(), line.as_str()), person.as_str()))
        .collect();
    let places = places(&sample().store(), "third_sector");
    let mut linked = sample().query(
        "select record.record_id, index.person_id from record.third_sector as record \
         inner join link.person_index as index on record.identity_id = index.identity_id \
         where record.nhs_number_class is null and index.step is not null",
    );
    linked.sort_by_key(|row| &places[&row[0]]);
    // The first whose rows without a number were linked to what else is known of them.
    for row in &linked {
        let (file, line) = &places[&row[0]];
        let Some(person) = owner.get(&(file.as_str(), line.as_str())) else { continue };
        let line = |cell: &&Cell| {
            owner.get(&(cell.file.as_str(), cell.line.to_string().as_str())) == Some(person)
        };
        let numbers: BTreeSet<String> =
            cells.iter().filter(line).map(|cell| cell.number.clone()).collect();
        if numbers.len() == 1 {
            let n_without_number = third_sector[person];
            return OptedOut { numbers, person_id: row[1].clone(), n_without_number };
        }
    }
    panic!("the sample has somebody with rows without a number")
}

/// A list as the national service returns it: all numbers but those.
fn write_list(folder: &Path, day: &str, cells: &[Cell], without: &BTreeSet<String>) -> PathBuf {
    let numbers: BTreeSet<&String> = cells.iter().map(|cell| &cell.number).collect();
    let allowed = numbers.into_iter().filter(|number| !without.contains(*number));
    let text: String = allowed.map(|number| format!("{number},\n")).collect();
    let path = folder.join(format!("allowed_{day}.dat"));
    write(&path, text);
    path
}

/// The manifest of the visible run.
fn manifest(folder: &Path) -> Value {
    let store = folder.join("store");
    let run = std::fs::read_to_string(store.join("current")).expect("a visible run");
    let path = store.join("runs").join(format!("{}.json", run.trim()));
    serde_json::from_slice(&std::fs::read(path).expect("its manifest")).expect("JSON")
}

/// The parts of every table of a run.
fn tables(folder: &Path) -> BTreeMap<String, Value> {
    let manifest = manifest(folder);
    let tables = manifest["tables"].as_object().expect("tables").iter();
    tables.map(|(name, table)| (name.clone(), table["parts"].clone())).collect()
}

pub(crate) fn query(folder: &Path, sql: &str) -> Vec<Vec<String>> {
    let output = hub(&["query", "--format", "csv", "--rows", "10000000", sql], folder);
    assert!(output.status.success(), "{sql}: {}", stderr(&output));
    let mut reader = csv::ReaderBuilder::new().from_reader(output.stdout.as_slice());
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

pub(crate) fn count(folder: &Path, sql: &str) -> i64 {
    query(folder, sql)[0][0].parse().expect("a number")
}

/// Every column of every table of the run that holds persons' ids.
pub(crate) fn person_columns(folder: &Path) -> Vec<(String, String)> {
    let mut columns = Vec::new();
    for (name, parts) in tables(folder) {
        // No query reads these.
        if ["identity", "link.ledger_identity"].contains(&name.as_str())
            || name.starts_with("received.")
            || parts.as_array().is_none_or(Vec::is_empty)
        {
            continue;
        }
        let part = parts[0]["sha256"].as_str().expect("a part");
        let file = std::fs::File::open(folder.join(format!("store/parts/{part}.parquet")));
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(file.expect("there")).expect("Parquet");
        let names = reader.schema().fields().iter().map(|field| field.name());
        let ids = names.filter(|id| *id == "person_id" || id.ends_with("_person_id"));
        columns.extend(ids.map(|id| (name.clone(), id.clone())));
    }
    columns
}

/// A copy of the sample run's store; queries of other tests write to its audit log meanwhile.
pub(crate) fn copy_sample_store(folder: &Path) {
    let (from, to) = (sample().store(), folder.join("store"));
    let log = |store: &Path| {
        ["audit.jsonl", "audit.head"].map(|name| std::fs::read(store.join(name)).expect("a log"))
    };
    loop {
        copy_folder(&from, &to);
        if log(&from) == log(&to) {
            return;
        }
    }
}

/// A run of the pipeline that must end well.
pub(crate) fn night(pipeline: &Path, folder: &Path, more: &[&str]) -> String {
    let output = run_pipeline(pipeline, folder, more);
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn who_opts_out_is_nowhere_and_comes_back_with_the_next_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    copy_sample_store(at);
    let before = tables(at);
    let cells = cells();
    let who = opted_out(&cells);
    assert!(who.n_without_number > 0);
    let pipeline = pipeline_in(at, |text| text);

    // The first night: out, with no new delivery.
    let first = write_list(at, "2026-03-30", &cells, &who.numbers);
    let said = night(&pipeline, at, &[]);
    assert!(said.contains("opted out 1 persons left out"), "{said}");
    let id = &who.person_id;
    let columns = person_columns(at);
    assert!(columns.len() > 20, "{columns:?}");
    let count_of = |(table, column): &(String, String)| {
        format!(
            "select '{table}.{column}' as name, count(*) as n from {table} where {column} = {id}"
        )
    };
    let all: Vec<String> = columns.iter().map(count_of).collect();
    let all = all.join(" union all ");
    for row in query(at, &all) {
        assert_eq!(row[1], "0", "{}", row[0]);
    }
    // Before, the person was in these; the linked row without a number among them.
    let then: BTreeMap<String, i64> = sample()
        .query(&all)
        .into_iter()
        .map(|row| (row[0].clone(), row[1].parse().expect("a number")))
        .collect();
    for table in ["base.third_sector", "core.person", "core.activity"] {
        assert!(then[&format!("{table}.person_id")] > 0, "{table}");
    }
    // Records have no person's id; every feed lost exactly the rows that were linked to the person.
    let has_rows = |parts: &Value| parts.as_array().is_some_and(|parts| !parts.is_empty());
    let records =
        before.iter().filter(|(name, parts)| name.starts_with("record.") && has_rows(parts));
    let records: Vec<&String> = records.map(|(name, _)| name).collect();
    let counts = |theirs: &str| -> String {
        let count = |table: &&String| {
            format!("select '{table}' as name, count(*) as n from {table}{theirs}")
        };
        records.iter().map(count).collect::<Vec<_>>().join(" union all ") + " order by name"
    };
    let theirs = counts(&format!(
        " where identity_id in (select identity_id from link.person_index where person_id = {id})"
    ));
    let number = |row: &Vec<String>| row[1].parse::<i64>().expect("a number");
    let [all, theirs] = [counts(""), theirs].map(|sql| sample().query(&sql));
    for ((now, all), theirs) in query(at, &counts("")).iter().zip(&all).zip(&theirs) {
        assert_eq!(number(now), number(all) - number(theirs), "{}", now[0]);
    }
    let n_theirs = theirs.iter().map(number).sum::<i64>();
    assert!(
        n_theirs > i64::try_from(who.n_without_number).expect("few"),
        "rows of other feeds too"
    );

    // Numerators and denominators: one person fewer, and their person-months.
    let months = "select count(*) from core.person_month";
    let theirs = format!("{months} where person_id = {id}");
    let [all, theirs] =
        [months, &theirs].map(|sql| sample().query(sql)[0][0].parse::<i64>().expect("a number"));
    assert!(theirs > 0);
    assert_eq!(count(at, months), all - theirs);
    let out_of_hospital = files(&at.join("out/sample"));
    assert!(out_of_hospital.contains_key("report/figures.json"));

    // Nobody can ask who it was, and the share left out is protected.
    assert!(!hub(&["query", "select * from opt_out.left_out"], at).status.success());
    let shares = query(at, "select value, n_persons, n_left_out from quality.opt_out_share");
    assert!(shares.len() > 10 && shares.iter().any(|row| row[0] == "all"), "{shares:?}");
    assert!(shares.iter().all(|row| row[2].is_empty() || row[2] == "0"), "one is too few to show");

    // The same list again: nothing is made anew.
    assert!(night(&pipeline, at, &[]).contains("nothing new"));

    // The second night: withdrawn. Every table is what it was before.
    std::fs::remove_file(first).expect("removed");
    write_list(at, "2026-03-31", &cells, &BTreeSet::new());
    let said = night(&pipeline, at, &[]);
    assert!(said.contains("opted out 0 persons left out"), "{said}");
    assert!(said.contains("nothing new"), "found again, not made: {said}");
    let differ = |now: &BTreeMap<String, Value>| -> Vec<String> {
        let is_other = |name: &&String| now.get(*name) != before.get(*name);
        before.keys().filter(is_other).cloned().collect()
    };
    assert_eq!(differ(&tables(at)), ["quality.opt_out_share"]);

    // The third night: out again, and found again.
    write_list(at, "2026-04-01", &cells, &who.numbers);
    let said = night(&pipeline, at, &[]);
    assert!(said.contains("nothing new"), "{said}");
    assert_eq!(count(at, &format!("select count(*) from core.person where person_id = {id}")), 0);
    assert!(!differ(&tables(at)).is_empty());

    // One list is kept, as tokens; no number of it is anywhere, and the store is whole.
    let canaries = Canaries {
        nhs_numbers: cells.iter().map(|cell| cell.number.clone()).collect(),
        ..Canaries::default()
    };
    let written = [at.join("store"), at.join("out")];
    let hits = scan(&written, &canaries, &Rules::default()).expect("scanned");
    assert!(hits.is_empty(), "{} places, the first: {:?}", hits.len(), hits.first());
    let verify = hub(&["store", "verify"], at);
    assert!(verify.status.success(), "{}{}", stdout(&verify), stderr(&verify));
}

#[test]
fn a_list_is_kept_until_it_is_too_old_and_then_nothing_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    copy_sample_store(at);
    let cells = cells();
    let pipeline = pipeline_in(at, |text| text);
    let refused = |args: &[&str], expected: &str| {
        let path = pipeline.to_string_lossy().into_owned();
        let all: Vec<&str> = args.iter().copied().chain([path.as_str()]).collect();
        let output = command(&all, at).output().expect("hub starts");
        assert_eq!(output.status.code(), Some(16), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert!(stdout(&output).is_empty() && !stderr(&output).contains("extract"));
    };
    // There is none yet.
    refused(&["check"], "no list of allowed NHS numbers");
    refused(&["run"], "no list of allowed NHS numbers");

    let list = write_list(at, "2026-03-30", &cells, &BTreeSet::new());
    assert!(hub(&["check", &pipeline.to_string_lossy()], at).status.success());
    night(&pipeline, at, &[]);
    let kept = at.join("store/opt_out.json");
    let kept_now: Value =
        serde_json::from_slice(&std::fs::read(&kept).expect("kept")).expect("JSON");
    let tokens = kept_now["tokens"]["sha256"].as_str().expect("a part").to_owned();
    let tokens = at.join(format!("store/identities/{tokens}.sealed"));
    assert!(tokens.is_file());

    // Lines that end as no line of the national service does are read, and counted.
    let text = std::fs::read_to_string(&list).expect("the list");
    write(&list, text.replace('\n', "\r\n"));
    night(&pipeline, at, &[]);
    let n = "select n_rows from quality.finding where feed = 'opt_out_list' and rule = 'crlf'";
    assert_eq!(count(at, n), i64::try_from(text.lines().count()).expect("few"));

    // The file is gone, and the tokens do until the list is a week old.
    let kept_now: Value =
        serde_json::from_slice(&std::fs::read(&kept).expect("kept")).expect("JSON");
    assert_eq!(kept_now["tokens"]["sha256"].as_str(), tokens.file_stem().and_then(|s| s.to_str()));
    std::fs::remove_file(list).expect("removed");
    night(&pipeline, at, &["--run-on", "2026-04-06"]);
    assert!(hub(&["store", "gc"], at).status.success());
    assert!(tokens.is_file());
    let current = std::fs::read(at.join("store/current")).expect("a visible run");
    let run = ["run", "--run-on", "2026-04-07"];
    refused(&run, "of 2026-03-30: more than 7 days from 2026-04-07");
    assert!(!kept.exists() && !tokens.exists(), "what is too old is not kept");
    assert_eq!(std::fs::read(at.join("store/current")).expect("a visible run"), current);
    refused(&run, "no list of allowed NHS numbers");

    // A file that is too old is refused too, and one that is dated ahead by as much.
    let old = write_list(at, "2026-03-24", &cells, &BTreeSet::new());
    refused(&["check"], "of 2026-03-24");
    std::fs::remove_file(old).expect("removed");
    write_list(at, "2026-04-09", &cells, &BTreeSet::new());
    refused(&["check"], "of 2026-04-09");
}

#[test]
fn a_purpose_that_is_not_declared_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replace("purpose = \"commissioning\"", "purpose = \"research\"")
    });
    let output = run_pipeline(&pipeline, folder.path(), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("[purposes.research]"), "{}", stderr(&output));
}
