//! Who is forgotten is in no part and no run, does not come back, and nobody else goes with them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Output, Stdio};

use hub::store::{Canaries, Rules, scan};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::deliveries::City;
use crate::filters::filters;
use crate::opt_outs::{cells, copy_sample_store, opted_out, person_columns, query};
use crate::retention::{change, current, end, is_unfinished, manifest, stored_keys, verifies};
use crate::support::{command, copy_folder, hub, root, stderr, stdout, write};
use crate::zone_files::parquet_files;

const CONTRACT: &str = r#"
feed = "visit"
version = "1"
title = "Visits"
sector = "community"
source = "made for this test"
delimiter = ","
key = ["Id"]
column = [
  { name = "Id", as = "visit_key", required = true },
  { name = "NHS", role = "nhs_number" },
  { name = "Ref", role = "local_id" },
  { name = "Given", role = "given_name" },
  { name = "Family", role = "family_name" },
  { name = "Born", role = "birth_date", type = "date", format = "%Y-%m-%d" },
  { name = "Postcode", role = "postcode" },
  { name = "Day", as = "visited_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "Team", as = "team" },
  { name = "Provider", role = "provider" },
]
"#;

/// The person to be forgotten and somebody else, with the columns from `NHS` to `Postcode`.
const A: &str = "9990000018,a1,Quilla,Wrenfold,1950-04-03,LS1 1AA";
const B: &str = "9990000026,b1,Brannoc,Thistlewood,1971-02-19,LS2 2BB";
/// The same after a move.
const B_MOVED: &str = "9990000026,b1,Brannoc,Thistlewood,1971-02-19,LS3 3CC";
/// Rows of theirs without a number: linked by the local id, or by names, birth date and postcode.
const A_LOCAL: &str = ",a1,,,1950-04-03,";
const A_NAMED: &str = ",,Quilla,Wrenfold,1950-04-03,LS1 1AA";
const B_NAMED: &str = ",,Brannoc,Thistlewood,1971-02-19,LS2 2BB";
/// B's row, on which A's number was typed.
const B_MISTYPED: &str = "9990000018,b1,Brannoc,Thistlewood,1971-02-19,LS2 2BB";

const NUMBER: &str = "9990000018";
const REASON: &str = "erasure asked for, case 17";

/// A row's key, what identifies its person, and whether it is the person's who is forgotten.
type Row = (&'static str, &'static str, bool);

/// What each month's file holds: key, whose, and whether it is to be forgotten.
const FILES: [(&str, &[Row]); 3] = [
    ("2025-04", &[("k1", A, true), ("k2", B, false), ("k3", A_NAMED, true)]),
    (
        "2025-05",
        &[
            ("k4", A_LOCAL, true),
            ("k5", B_NAMED, false),
            ("k6", B_MISTYPED, true),
            ("k13", A, true),
            ("k7", B_MOVED, false),
        ],
    ),
    ("2025-06", &[("k8", B, false), ("k9", B_NAMED, false)]),
];

fn deliver(city: &City, month: &str, rows: &[(&str, &str, bool)], is_left_out: bool) {
    let mut text = "Id,NHS,Ref,Given,Family,Born,Postcode,Day,Team,Provider\n".to_owned();
    for (key, who, is_theirs) in rows {
        if !(*is_theirs && is_left_out) {
            text.push_str(&format!("{key},{who},{month}-03,x,X\n"));
        }
    }
    write(&city.path().join(format!("in/v_X_{month}.csv")), text);
}

/// A city of three nights, each with a file more than the one before.
fn city(is_left_out: bool) -> City {
    let city = City::new("files = \"in/v_{provider}_{month}.csv\"");
    write(&city.path().join("contracts/visit.toml"), CONTRACT);
    for (month, rows) in FILES {
        deliver(&city, month, rows, is_left_out);
        city.run_with(&["--as-at", &format!("{month}-28")]);
    }
    city
}

fn theirs(is: bool) -> BTreeSet<String> {
    let rows = FILES.iter().flat_map(|(_, rows)| rows.iter());
    rows.filter(|(.., is_theirs)| *is_theirs == is).map(|(key, ..)| (*key).to_owned()).collect()
}

fn start(at: &Path, number: &str, reason: &str) -> Child {
    start_of(&at.join("p.toml"), at, number, reason)
}

fn start_of(pipeline: &Path, at: &Path, number: &str, reason: &str) -> Child {
    let pipeline = pipeline.to_string_lossy();
    let args = ["store", "forget", &pipeline, "--reason", reason, "--run-on", "2025-07-01"];
    let mut command = command(&args, at);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("hub starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Whoever was refused before has not read it.
    let _ = writeln!(stdin, "{number}");
    child
}

pub(crate) fn forget(at: &Path, number: &str, reason: &str) -> Output {
    start(at, number, reason).wait_with_output().expect("it ends")
}

fn runs(at: &Path) -> Vec<Value> {
    let mut runs = Vec::new();
    for entry in std::fs::read_dir(at.join("store/runs")).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a manifest");
        runs.push(serde_json::from_slice::<Value>(&bytes).expect("JSON"));
    }
    runs.sort_by_key(|run| run["run_id"].as_str().map(str::to_owned));
    runs
}

/// Every id of identities and persons in any Parquet file of the store.
pub(crate) fn stored_ids(at: &Path) -> BTreeSet<i64> {
    let mut ids = BTreeSet::new();
    for (_, file) in parquet_files(at) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        for batch in reader.build().expect("a reader") {
            let batch = batch.expect("rows");
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let is_id =
                    ["identity_id", "person_id"].iter().any(|name| field.name().ends_with(name));
                let column =
                    arrow::array::AsArray::as_primitive_opt::<arrow::datatypes::Int64Type>(column);
                ids.extend(column.filter(|_| is_id).into_iter().flatten().flatten());
            }
        }
    }
    ids
}

fn is_accounted_for(at: &Path) {
    for run in runs(at) {
        for delivery in run["deliveries"].as_array().expect("deliveries") {
            let n = |name: &str| delivery[name].as_u64().expect("a count");
            let sum = n("accepted") + n("quarantined") + n("filtered") + n("duplicates");
            assert_eq!(n("read"), sum, "{delivery}");
        }
    }
}

#[test]
fn who_is_forgotten_is_in_no_part_and_no_run_and_nobody_else_goes() {
    let (city, without) = (city(false), city(true));
    let at = city.path();
    let all: BTreeSet<String> = theirs(true).union(&theirs(false)).cloned().collect();
    assert_eq!(stored_keys(at), all);
    // Linkage knows the unnumbered rows for theirs.
    let of = |key: &str| {
        city.query(&format!("select person_id from core.visit where visit_key = '{key}'"))
    };
    let (a, b) = (of("k1"), of("k2"));
    assert_eq!([of("k3"), of("k4")], [a.clone(), a.clone()]);
    assert_eq!([of("k5"), of("k8"), of("k9")], [b.clone(), b.clone(), b.clone()]);
    let gone: BTreeSet<i64> = city
        .query(
            "select index.identity_id from link.person_index as index inner join core.visit as visit \
             on index.person_id = visit.person_id where visit.visit_key = 'k1' group by 1",
        )
        .split_whitespace()
        .chain([a.as_str()])
        .map(|id| id.parse().expect("an id"))
        .collect();
    assert!(gone.len() >= 3 && gone.is_subset(&stored_ids(at)));

    // Both names, the postcode, the birth date and its swap are nobody else's.
    let more = filters(at).difference(&filters(without.path())).count();
    assert_eq!(more, 5);

    let said = forget(at, NUMBER, REASON);
    assert!(said.status.success(), "{}", stderr(&said));
    assert!(
        stdout(&said).starts_with("forgotten: 5 records of 1 persons gone"),
        "{}",
        stdout(&said)
    );
    assert!(!format!("{}{}", stdout(&said), stderr(&said)).contains(NUMBER));
    let check = |moment: &str| {
        assert_eq!(stored_keys(at), theirs(false), "{moment}");
        assert_eq!(stored_ids(at).intersection(&gone).count(), 0, "{moment}");
        assert_eq!(filters(at), filters(without.path()), "{moment}");
        let visits = city.query("select visit_key, person_id from core.visit order by 1");
        let expected = without.query("select visit_key, person_id from core.visit order by 1");
        assert_eq!(visits, expected, "{moment}");
        is_accounted_for(at);
        verifies(at);
    };
    check("at once");
    // All three nights are still there, each without the person.
    assert_eq!(runs(at).len(), 3);
    let accepted = |run: &Value| -> Vec<(u64, u64)> {
        let deliveries = run["deliveries"].as_array().expect("deliveries").iter();
        deliveries
            .map(|one| [&one["accepted"], &one["filtered"]].map(|n| n.as_u64().expect("a count")))
            .map(|[accepted, filtered]| (accepted, filtered))
            .collect()
    };
    let counts: Vec<_> = runs(at).iter().map(accepted).collect();
    assert_eq!(counts, [vec![(1, 2)], vec![(1, 2), (2, 3)], vec![(1, 2), (2, 3), (2, 0)]]);

    // Nothing of the number is anywhere, and the log says why and never who.
    let canaries = Canaries {
        nhs_numbers: BTreeSet::from([NUMBER.to_owned()]).into_iter().collect(),
        ..Canaries::default()
    };
    let hits = scan(&[at.join("store"), at.join("out")], &canaries, &Rules::default());
    assert_eq!(hits.expect("scanned"), []);
    let log = std::fs::read_to_string(at.join("store/audit.jsonl")).expect("the log");
    assert_eq!(log.matches("\"forgotten/1\"").count(), 1);
    assert!(log.contains(&format!("forgotten on 2025-07-01: {REASON}; 5 records")), "{log}");

    // The files still lie there: the next night reads those that held the person, and filters them.
    let night = city.run_with(&["--as-at", "2025-06-28"]);
    assert!(!night.contains("nothing new"), "{night}");
    check("the next night");
    let before = counts.last().expect("three runs");
    assert_eq!(&accepted(&manifest(at)), before, "read again, counted the same");
    let found =
        city.query("select n_rows from quality.finding where rule = 'forgotten' order by 1");
    assert_eq!(found, "2 3");
    let lines = "select count(*) from quality.finding where rule = 'forgotten' and first_lines is not null \
                 and first_lines <> ''";
    assert_eq!(city.query(lines), "0");
    assert!(city.run_with(&["--as-at", "2025-06-28"]).contains("nothing new"));
    assert_eq!(manifest(at)["governance"]["forgotten"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_row_that_was_corrected_stays_with_whom_it_is_about() {
    let city = City::new("files = \"in/v_{provider}_{month}.csv\"");
    write(&city.path().join("contracts/visit.toml"), CONTRACT);
    // k1 was filed under A by mistake, and came again with B.
    deliver(&city, "2025-04", &[("k1", A, true), ("k2", B, false), ("k3", A, true)], false);
    deliver(&city, "2025-05", &[("k1", B, false)], false);
    city.run();
    let visits = "select concat(visit_key, ' ', person_id) from core.visit order by visit_key";
    let before = city.query(visits);
    let (b, others) = (before.split(' ').nth(1).expect("B"), before.matches("k3").count());
    assert!(before.contains(&format!("k2 {b}")) && others == 1, "{before}");
    let said = forget(city.path(), NUMBER, REASON);
    assert!(said.status.success(), "{}", stderr(&said));
    let after = format!("k1 {b} k2 {b}").replace('"', "");
    assert_eq!(city.query(visits).replace('"', ""), after);
    is_accounted_for(city.path());
    verifies(city.path());
    city.run();
    assert_eq!(city.query(visits).replace('"', ""), after, "the next night");
}

#[test]
fn no_later_delivery_brings_anything_back() {
    let (city, without) = (city(false), city(true));
    let at = city.path();
    assert!(forget(at, "999 000 0018", REASON).status.success(), "as it is written");
    // A new month, a month sent again, and a row that differs from all before.
    let rows: [(&str, &str, bool); 5] = [
        ("k20", A, true),
        ("k21", ",,Quilla,Wrenfold,1950-04-03,LS1 1AA", true),
        ("k22", "9990000018,,,,,", true),
        ("k23", B, false),
        // Somebody else of the same name and birth date, with a number of their own.
        ("k24", "9990000034,c9,Quilla,Wrenfold,1950-04-03,LS1 1AA", false),
    ];
    let (first, again) = FILES[0];
    let again = [again, &[("k12", A_LOCAL, true), ("k10", B, false)]].concat();
    for (city, is_left_out) in [(&city, false), (&without, true)] {
        deliver(city, "2025-07", &rows, is_left_out);
        deliver(city, first, &again, is_left_out);
        city.run_with(&["--as-at", "2025-07-28"]);
    }
    let sql = "select visit_key, person_id, visited_on from core.visit order by 1";
    let visits = city.query(sql);
    assert_eq!(visits, without.query(sql));
    assert!(
        visits.contains("k24") && visits.contains("k10") && !visits.contains("k2,x"),
        "{visits}"
    );
    let deliveries = manifest(at)["deliveries"].clone();
    let filtered: BTreeMap<String, u64> = deliveries
        .as_array()
        .expect("deliveries")
        .iter()
        .map(|one| {
            let month = one["file"].as_str().expect("a name").to_owned();
            (month, one["filtered"].as_u64().expect("a count"))
        })
        .collect();
    let n: Vec<u64> = filtered.values().copied().collect();
    assert_eq!(n, [3, 3, 0, 3], "{filtered:?}");
    is_accounted_for(at);
    verifies(at);
    // From nothing, as after a loss of finished work, it comes out the same.
    city.run_with(&["--as-at", "2025-07-28", "--from", "extract"]);
    assert_eq!(city.query(sql), visits);
    verifies(at);
}

#[test]
fn what_is_no_number_or_tells_who_it_is_changes_nothing() {
    let city = city(false);
    let at = city.path();
    let before = current(at);
    let cases = [
        ("9990000019", REASON, "no NHS number"),
        ("9434765919", REASON, "no NHS number"),
        ("", REASON, "no NHS number"),
        (NUMBER, "", "must say why"),
        (NUMBER, "asked for by 999 000 0018", "must say why"),
        (NUMBER, "lives at LS1 1AA", "must say why"),
    ];
    for (number, reason, expected) in cases {
        let said = forget(at, number, reason);
        assert_eq!(said.status.code(), Some(2), "{}", stderr(&said));
        assert!(stderr(&said).contains(expected), "{}", stderr(&said));
        assert!(number.is_empty() || !stderr(&said).contains(number));
    }
    assert_eq!(current(at), before);
    change(&city, "key = \"demonstration\"", "key = { env = \"HUB_TEST_OTHER_KEY\" }");
    assert_eq!(forget(at, NUMBER, REASON).status.code(), Some(14));
    assert_eq!(current(at), before);
    verifies(at);
}

#[test]
fn forgetting_killed_fifty_times_leaves_the_store_before_or_after() {
    let (city, whole) = (city(false), city(false));
    let begun = std::time::Instant::now();
    assert!(forget(whole.path(), NUMBER, REASON).status.success());
    let length = begun.elapsed();
    let at = city.path();
    let kept = at.join("kept");
    copy_folder(&at.join("store"), &kept);
    let before = current(at);
    let all: BTreeSet<String> = theirs(true).union(&theirs(false)).cloned().collect();
    let (mut seen, mut n_left) = ([0, 0], 0);
    for kill in 0..50_u64 {
        std::fs::remove_dir_all(at.join("store")).expect("removed");
        copy_folder(&kept, &at.join("store"));
        let mut child = start(at, NUMBER, REASON);
        end(&mut child, kill, length, || current(at) == before);
        let is_after = current(at) != before;
        seen[usize::from(is_after)] += 1;
        let expected = if is_after { theirs(false) } else { all.clone() };
        // Readers see all of them or none.
        let visits = city.query("select visit_key from core.visit order by 1");
        let visits: BTreeSet<String> = visits.split_whitespace().map(str::to_owned).collect();
        assert_eq!(visits, expected, "kill {kill}");
        let verify = hub(&["store", "verify"], at);
        let said = stdout(&verify);
        let is_told = |line: &str| line.contains("not yet in every run") || is_unfinished(line);
        assert!(verify.status.success() || said.lines().all(is_told), "kill {kill}: {said}");
        n_left += usize::from(!verify.status.success());
        // Whoever next takes the lock finishes what is decided, and clears away what is not.
        let gc = hub(&["store", "gc"], at);
        assert!(gc.status.success(), "kill {kill}: {}", stderr(&gc));
        assert_eq!(stored_keys(at), expected, "kill {kill}");
        assert_eq!(runs(at).len(), 3, "kill {kill}");
        is_accounted_for(at);
        verifies(at);
    }
    assert!(seen[0] > 5 && seen[1] >= 15, "{seen:?} before and after");
    assert!(n_left > 0, "no kill came between the decision and its end");
    if current(at) == before {
        assert!(forget(at, NUMBER, REASON).status.success());
    }
    let tables = |at: &Path| runs(at).iter().map(|run| run["tables"].clone()).collect::<Vec<_>>();
    assert_eq!(tables(at), tables(whole.path()), "the same bytes");
}

#[test]
fn lists_of_opt_outs_lose_the_person_too() {
    let city = City::new("files = \"in/v_{provider}_{month}.csv\"");
    let at = city.path();
    write(&at.join("contracts/visit.toml"), CONTRACT);
    let opted_out = "9990000034,c1,Corvin,Ashby,1960-05-05,LS4 4DD";
    let rows = [("k1", A, true), ("k2", B, false), ("k3", opted_out, false)];
    deliver(&city, "2025-06", &rows, false);
    change(&city, "national_opt_out = \"exempt\"", "national_opt_out = \"applies\"");
    let path = at.join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    let section = "[opt_out]\nallowed = \"allowed.dat\"\nas_of = 2025-06-28\n";
    write(&path, format!("{text}{section}"));
    write(&at.join("allowed.dat"), "9990000018,\n9990000026,\n");
    city.run_with(&["--as-at", "2025-06-28"]);
    let n_allowed = || -> Value {
        let kept = std::fs::read(at.join("store/opt_out.json")).expect("a list");
        serde_json::from_slice::<Value>(&kept).expect("JSON")["tokens"]["n_rows"].clone()
    };
    let n_left_out = || manifest(at)["opt_out"]["left_out"]["n_rows"].clone();
    let visits = || city.query("select visit_key from core.visit order by 1");
    assert_eq!((n_allowed(), visits()), (2.into(), "k1 k2".to_owned()));
    // Of the list of allowed numbers one is left, and the other person is still left out.
    let before = n_left_out();
    assert!(before.as_u64() > Some(0));
    assert!(forget(at, NUMBER, REASON).status.success());
    assert_eq!((n_allowed(), n_left_out(), visits()), (1.into(), before, "k2".to_owned()));
    verifies(at);
    // Who was left out can be forgotten, too: nothing of the ids stays in the zone.
    let ids = stored_ids(at);
    assert!(forget(at, "9990000034", REASON).status.success());
    assert_eq!((n_allowed(), n_left_out(), visits()), (1.into(), 0.into(), "k2".to_owned()));
    assert!(stored_ids(at).len() < ids.len());
    verifies(at);
    // The next list brings neither number back.
    write(&at.join("allowed.dat"), "9990000018,\n9990000026,\n9990000034,\n");
    city.run_with(&["--as-at", "2025-06-28"]);
    assert_eq!((n_allowed(), visits()), (1.into(), "k2".to_owned()));
    is_accounted_for(at);
    verifies(at);
}

#[test]
fn in_the_sample_nothing_of_a_person_is_left_in_any_feed_or_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    copy_sample_store(at);
    let cells = cells();
    let who = opted_out(&cells);
    let (id, number) = (&who.person_id, who.numbers.first().expect("a number"));
    // Every table of single persons can be asked for them by one of these columns; what was refused is
    // known by file and line alone, and a filter by the value that it is of.
    let manifest = manifest(at);
    let columns = person_columns(at);
    let of_persons = manifest["tables"].as_object().expect("tables").iter().filter(|(_, table)| {
        let n_rows = table["parts"].as_array().into_iter().flatten();
        table["sensitivity"] == "person"
            && n_rows.map(|part| part["n_rows"].as_u64()).any(|n| n > Some(0))
    });
    let by_record = [
        "identity",
        "received.identity",
        "received.filter",
        "received.record",
        "quality.quarantine",
        // No query reads it; `stored_ids` looks into every file.
        "link.ledger_identity",
    ];
    for (name, _) in of_persons.filter(|(name, _)| !by_record.contains(&name.as_str())) {
        let has_id = name.starts_with("record.") || columns.iter().any(|(table, _)| table == name);
        assert!(has_id, "{name}");
    }
    let linked = format!("(select identity_id from link.person_index where person_id = {id})");
    let feeds = manifest["tables"].as_object().expect("tables").iter().filter(|(name, table)| {
        name.starts_with("record.")
            && table["parts"].as_array().is_some_and(|parts| !parts.is_empty())
    });
    let feeds: Vec<&String> = feeds.map(|(name, _)| name).collect();
    let count = |of: &str| -> Vec<i64> {
        let counts = feeds
            .iter()
            .map(|feed| format!("select '{feed}' as feed, count(*) as n from {feed}{of}"));
        let sql = counts.collect::<Vec<_>>().join(" union all ") + " order by feed";
        query(at, &sql).iter().map(|row| row[1].parse().expect("a count")).collect()
    };
    let (all, theirs) = (count(""), count(&format!(" where identity_id in {linked}")));
    assert!(theirs.iter().filter(|n| **n > 0).count() >= 4, "{theirs:?}");
    assert!(who.n_without_number > 0, "rows of the third sector, which have no number");

    let said = start_of(&root().join("pipelines/sample.toml"), at, number, REASON);
    let said = said.wait_with_output().expect("it ends");
    assert!(said.status.success(), "{}", stderr(&said));
    let expected: Vec<i64> = all.iter().zip(&theirs).map(|(all, theirs)| all - theirs).collect();
    assert_eq!(count(""), expected);
    for (table, column) in &columns {
        let sql = format!("select count(*) from {table} where {column} = {id}");
        assert_eq!(query(at, &sql)[0][0], "0", "{table}.{column}");
    }
    is_accounted_for(at);
    verifies(at);
}
