//! The identity zone: sealed, its owner's alone, where it is declared, kept or purged.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::{DataType, UInt64Type};
use hub::domain::ZoneKey;
use hub::pseudonymise::{MasterKey, identity_schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::deliveries::City;
use crate::forget::forget;
use crate::keys::{change, city, ids, new_key, nhs_numbers, partition, rotate};
use crate::support::{
    changed_pipeline, command, copy_folder, files, hub, root, run_pipeline, sample, stderr, stdout,
    write,
};
use crate::zone_files::unsealed;

/// Bytes of a sealed file that tell its format and which key it is under.
const HEADER: usize = 32;

/// Files of the identity zone of a store, by name.
fn zone(at: &Path) -> BTreeMap<String, Vec<u8>> {
    files(&at.join("store/identities"))
}

fn demonstration() -> ZoneKey {
    MasterKey::demonstration().zone_key()
}

#[test]
fn without_its_key_the_zone_is_noise() {
    let (mut blocks, mut n_blocks) = (HashSet::new(), 0);
    let (mut tokens, mut windows) = (HashSet::new(), HashSet::new());
    let words: Vec<String> = identity_schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .chain(["gp_registration", "ARROW:schema", "commissioning"].map(str::to_owned))
        .filter(|word| word.len() > 5)
        .collect();
    assert!(words.len() > 8, "{words:?}");
    let holds = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    for (name, file) in zone(sample().folder.path()) {
        let body = &file[HEADER..];
        let plain = unsealed(&file, &demonstration()).expect("the sample's key opens it");
        assert!(plain.starts_with(b"PAR1") && holds(&plain, b"ARROW:schema"), "{name}");
        assert!(
            !holds(body, b"PAR1ARROW") && !body.starts_with(b"PAR1") && !body.ends_with(b"PAR1")
        );
        for word in &words {
            assert!(!holds(body, word.as_bytes()), "{name}: {word}");
        }
        for block in body.as_chunks::<16>().0 {
            blocks.insert(*block);
            n_blocks += 1;
        }
        windows.extend(
            body.windows(8).map(|window| u64::from_le_bytes(*window.first_chunk().expect("8"))),
        );
        tokens.extend(tokens_in(plain));
        // What is noise does not become shorter.
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(body).expect("written");
        assert!(packed.finish().expect("packed").len() > body.len(), "{name}");
    }
    assert!(n_blocks > 10_000 && tokens.len() > 10_000, "{n_blocks} {}", tokens.len());
    // No two blocks of 16 bytes are alike: by chance one pair in 10^28.
    assert_eq!(blocks.len(), n_blocks);
    assert_eq!(tokens.intersection(&windows).count(), 0);
}

/// Every token of a part.
fn tokens_in(part: Vec<u8>) -> Vec<u64> {
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(part)).expect("Parquet");
    let mut tokens = Vec::new();
    for batch in reader.build().expect("a reader") {
        let batch = batch.expect("rows");
        for column in
            batch.columns().iter().filter(|column| *column.data_type() == DataType::UInt64)
        {
            tokens.extend(column.as_primitive::<UInt64Type>().iter().flatten());
        }
    }
    tokens
}

#[test]
fn verify_says_what_it_could_not_look_into_and_the_pipelines_key_opens_it() {
    let at = sample().folder.path();
    let outside = hub(&["store", "verify"], at);
    assert!(outside.status.success(), "{}", stdout(&outside));
    let n_files = zone(at).len();
    let said = format!("{n_files} files of the identity zone are sealed");
    assert!(stderr(&outside).contains(&said), "{}", stderr(&outside));
    let pipeline = root().join("pipelines/sample.toml").to_string_lossy().into_owned();
    let inside = hub(&["store", "verify", &pipeline], at);
    assert!(inside.status.success(), "{}", stdout(&inside));
    assert!(!stderr(&inside).contains("sealed"), "{}", stderr(&inside));
    let folder = tempfile::tempdir().expect("a folder");
    let other = changed_pipeline(folder.path(), |text| {
        text.replace("key = \"demonstration\"", "key_epoch = 2\nkey = \"demonstration\"")
    });
    let refused = hub(&["store", "verify", &other.to_string_lossy()], at);
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
}

/// Every answer that an analyst can have, and the persons in it.
fn answers(city: &City) -> (BTreeSet<i64>, String) {
    let rows = [
        "select * from core.visit order by visit_key",
        "select * from link.ledger order by person_id",
    ];
    (ids(city), rows.map(|sql| city.query(sql)).concat())
}

/// A folder on another volume than the system's temporary one, if there is one.
fn elsewhere() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

fn declare(city: &City, lines: &str) {
    change(city, "[[delivery]]", &format!("[identity_zone]\n{lines}\n[[delivery]]"));
}

#[test]
fn a_zone_of_its_own_directory_is_the_owners_alone_and_changes_no_answer() {
    let (here, there, volume) = (city(), city(), elsewhere());
    let directory = volume.path().join("hub/identities");
    declare(&there, &format!("directory = \"{}\"", directory.display()));
    here.run();
    there.run();
    assert_eq!(answers(&here), answers(&there));
    assert_eq!(files(&directory), zone(here.path()), "the same bytes, wherever they lie");
    let at = there.path();
    assert!(at.join("store/identities").is_symlink());
    assert_eq!(directory.metadata().expect("there").permissions().mode() & 0o777, 0o700);
    let verified = hub(&["store", "verify", &at.join("p.toml").to_string_lossy()], at);
    assert!(verified.status.success(), "{}", stdout(&verified));
    // No query reaches it, by whatever name.
    let stray = directory.join("stray.csv");
    write(&stray, "a\n1\n");
    let table = format!("x={}", stray.display());
    let output = hub(&["query", "--table", &table, "select * from x"], at);
    assert!(stderr(&output).contains("lies under a store"), "{}", stderr(&output));
    std::fs::remove_file(&stray).expect("removed");
    for folder in [directory.clone(), at.join("store/identities")] {
        let file =
            std::fs::read_dir(folder).expect("a folder").next().expect("a part").expect("read");
        for name in [file.path(), file.path().with_extension("parquet")] {
            let table = format!("x={}", name.display());
            let output = hub(&["query", "--table", &table, "select * from x"], at);
            assert!(!output.status.success() && stdout(&output).is_empty());
        }
    }
    assert!(there.run().contains("nothing new"));
    let gone = hub(&["store", "gc", "--nightly", "1", "--monthly", "0"], at);
    assert!(gone.status.success(), "{}", stderr(&gone));
    let number = nhs_numbers().nth(7).expect("a number");
    assert!(forget(at, &number, "erasure asked for, case 17").status.success());
    assert_eq!(there.query("select count(distinct person_id) from core.visit"), "19");

    // Whoever can look in is told of, and nothing goes on.
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o750)).expect("set");
    let pipeline = at.join("p.toml");
    let refused = run_pipeline(&pipeline, at, &[]);
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("others than its owner"), "{}", stderr(&refused));
    let found = hub(&["store", "verify"], at);
    assert!(stdout(&found).contains("mode 750 is too open"), "{}", stdout(&found));
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o700)).expect("set");
    // It does not move by itself.
    change(&there, "hub/identities", "hub/others");
    let refused = run_pipeline(&pipeline, at, &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(
        !volume.path().join("hub/others").exists()
            || files(&volume.path().join("hub/others")).is_empty()
    );
    // Nor does another store take it for its own.
    let other = city();
    declare(&other, &format!("directory = \"{}\"", directory.display()));
    let refused = run_pipeline(&other.path().join("p.toml"), other.path(), &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
}

#[test]
fn a_declaration_that_means_nothing_is_told_with_its_place() {
    for lines in ["after_run = \"sometimes\"", "folder = \"x\""] {
        let city = city();
        declare(&city, lines);
        let refused = run_pipeline(&city.path().join("p.toml"), city.path(), &[]);
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
        let text = std::fs::read_to_string(city.path().join("p.toml")).expect("the pipeline");
        let line = 1 + text.lines().position(|line| line == lines).expect("declared");
        assert!(stderr(&refused).contains(&format!("p.toml:{line}:")), "{}", stderr(&refused));
    }
}

/// Starts a command and kills it after a share of the time that it takes whole.
fn killed(args: &[&str], at: &Path, whole: Duration, round: u32) {
    let mut child = command(args, at).spawn().expect("hub starts");
    std::thread::sleep(whole * (round + 1) / 30);
    let _ = child.kill();
    child.wait().expect("it ends");
}

#[test]
fn a_run_killed_thirty_times_leaves_nothing_unsealed_on_another_volume() {
    let (city, volume) = (city(), elsewhere());
    let directory = volume.path().join("identities");
    declare(&city, &format!("directory = \"{}\"", directory.display()));
    let at = city.path();
    let path = at.join("p.toml").to_string_lossy().into_owned();
    let whole = {
        let other = crate::keys::city();
        let started = Instant::now();
        other.run();
        started.elapsed()
    };
    let mut n_files = 0;
    for round in 0..30 {
        killed(&["run", &path], at, whole, round);
        if !directory.is_dir() {
            continue;
        }
        for (name, bytes) in files(&directory) {
            let is_sealed = bytes.starts_with(b"hub sealed zone\x01");
            assert!(is_sealed || bytes.is_empty(), "round {round}: {name}");
            n_files += 1;
        }
        for (name, bytes) in files(&at.join("store")) {
            let is_plain = bytes.starts_with(b"PAR1") && !name.contains("left_out");
            assert!(!is_plain || !tokens_are_in(bytes), "round {round}: {name}");
        }
    }
    assert!(n_files > 0, "no run came so far");
    city.run();
    let verified = hub(&["store", "verify", &path], at);
    assert!(verified.status.success(), "{}", stdout(&verified));
}

/// Whether a Parquet file that is whole holds a column of tokens of numbers.
fn tokens_are_in(bytes: Vec<u8>) -> bool {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes));
    reader.is_ok_and(|reader| reader.schema().column_with_name("nhs").is_some())
}

fn manifest(at: &Path) -> Value {
    let id = std::fs::read_to_string(at.join("store/current")).expect("a visible run");
    let path = at.join("store/runs").join(format!("{}.json", id.trim()));
    serde_json::from_slice(&std::fs::read(path).expect("its manifest")).expect("JSON")
}

/// Files of the zone that hold rows, or were left unfinished.
fn with_rows(at: &Path) -> Vec<String> {
    let holds_some = |name: &str, bytes: &[u8]| {
        if name.starts_with(".tmp-") {
            return true;
        }
        let plain = unsealed(bytes, &demonstration()).expect("the key opens it");
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(plain));
        reader.expect("Parquet").metadata().file_metadata().num_rows() > 0
    };
    let files = zone(at).into_iter().filter(|(name, bytes)| holds_some(name, bytes));
    files.map(|(name, _)| name).collect()
}

/// A month more, and a person who was not there before.
fn deliver(city: &City) {
    let mut text = "Id,NHS,Day,Team,Provider,Deleted\n".to_owned();
    for (person, number) in nhs_numbers().enumerate().take(25).skip(10) {
        text.push_str(&format!("2025-06-{person},{number},2025-06-03,x,X,false\n"));
    }
    write(&city.path().join("in/v_X_2025-06.csv"), text);
}

#[test]
fn a_purged_store_answers_as_one_that_keeps_and_holds_no_identity() {
    let (keeps, purges) = (city(), city());
    declare(&purges, "after_run = \"purge\"");
    let purged_at = purges.path();
    let mut n_nights = 0;
    for more in [false, false, true] {
        if more {
            deliver(&keeps);
            deliver(&purges);
        }
        assert!(!keeps.run().contains("purged"));
        assert!(purges.run().contains("purged    identities are destroyed"));
        n_nights += 1;
        assert_eq!(answers(&purges), answers(&keeps), "night {n_nights}");
        assert_eq!(with_rows(purged_at), Vec::<String>::new(), "night {n_nights}");
        assert!(!with_rows(keeps.path()).is_empty());
        let verified =
            hub(&["store", "verify", &purged_at.join("p.toml").to_string_lossy()], purged_at);
        assert!(verified.status.success(), "{}", stdout(&verified));
    }
    let n_runs = |at: &Path| std::fs::read_dir(at.join("store/runs")).expect("runs").count();
    assert_eq!(n_runs(purged_at), n_runs(keeps.path()), "a night without news makes no other run");
    assert_eq!(manifest(purged_at)["governance"]["identities_purged"], true);
    assert!(manifest(keeps.path())["governance"].get("identities_purged").is_none());
    let page = |city: &City| {
        std::fs::read_to_string(city.path().join("out/t/governance/index.html")).expect("the page")
    };
    assert!(page(&purges).contains("destroyed once a run is visible"));
    assert!(page(&keeps).contains("kept, encrypted, for the next night"));
    let log = std::fs::read_to_string(purged_at.join("store/audit.jsonl")).expect("the log");
    assert!(log.contains("identities are not kept after a run"), "{log}");

    // What needs identities says so, and how they come back.
    let number = nhs_numbers().nth(7).expect("a number");
    let before = manifest(purged_at)["run_id"].clone();
    let refused = forget(purged_at, &number, "erasure asked for, case 17");
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("after_run"), "{}", stderr(&refused));
    assert_eq!(manifest(purged_at)["run_id"], before);
    change(&purges, "\"purge\"", "\"keep\"");
    purges.run();
    for city in [&purges, &keeps] {
        let forgotten = forget(city.path(), &number, "erasure asked for, case 17");
        assert!(forgotten.status.success(), "{}", stderr(&forgotten));
    }
    change(&purges, "\"keep\"", "\"purge\"");
    for city in [&purges, &keeps] {
        city.run();
    }
    assert_eq!(answers(&purges), answers(&keeps));
    assert_eq!(purges.query("select count(*) from core.visit where visit_key = '2025-04-7'"), "0");
    // Of the zone only the marks of who was forgotten are left, by which nobody comes back.
    let marks = &manifest(purged_at)["tables"]["forgotten"]["parts"][0]["sha256"];
    let expected = format!("{}.sealed", marks.as_str().expect("a part"));
    assert_eq!(with_rows(purged_at), [expected]);
    let verified =
        hub(&["store", "verify", &purged_at.join("p.toml").to_string_lossy()], purged_at);
    assert!(verified.status.success(), "{}", stdout(&verified));
}

#[test]
fn where_the_sample_is_purged_its_outputs_are_the_same_night_after_night() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipeline = changed_pipeline(folder.path(), |text| {
        text.replacen("[[delivery]]", "[identity_zone]\nafter_run = \"purge\"\n[[delivery]]", 1)
    });
    let outputs = |at: &Path| -> BTreeMap<String, Vec<u8>> {
        let mut outputs = files(&at.join("out/sample"));
        // It says what becomes of identities.
        assert!(outputs.remove("governance/index.html").is_some());
        outputs
    };
    for night in 1..=2 {
        let ran = run_pipeline(&pipeline, folder.path(), &[]);
        assert!(ran.status.success(), "{}", stderr(&ran));
        let (ours, kept) = (outputs(folder.path()), outputs(sample().folder.path()));
        assert!(kept.len() > 20 && ours.keys().eq(kept.keys()), "night {night}");
        for (name, bytes) in kept {
            assert!(ours[&name] == bytes, "night {night}: {name}");
        }
        assert_eq!(with_rows(folder.path()), Vec::<String>::new(), "night {night}");
    }
}

#[test]
fn a_store_that_kept_lets_go_of_every_runs_identities_for_every_purpose() {
    let city = city();
    for purpose in ["commissioning", "research"] {
        city.run_with(&["--purpose", purpose]);
    }
    deliver(&city);
    city.run();
    let before = answers(&city);
    assert!(!with_rows(city.path()).is_empty());
    declare(&city, "after_run = \"purge\"");
    city.run();
    assert_eq!(answers(&city), before);
    assert_eq!(with_rows(city.path()), Vec::<String>::new());
    let verified = hub(&["store", "verify"], city.path());
    assert!(verified.status.success(), "{}", stdout(&verified));
    // The other purpose goes on from its own last run: nobody is new but those who are.
    city.run_with(&["--purpose", "research"]);
    let ledger = "select count(*) from link.ledger where change = 'new'";
    assert_eq!(city.query(ledger), "25");
    assert_eq!(city.query("select count(distinct \"on\") from link.ledger"), "1");
    assert_eq!(with_rows(city.path()), Vec::<String>::new());
}

#[test]
fn a_purged_store_is_rotated_as_one_that_keeps() {
    let city = city();
    declare(&city, "after_run = \"purge\"");
    city.run();
    let (who, before) = (partition(&city), ids(&city));
    new_key(&city, "new.key", "key = \"demonstration\"");
    rotate(&city);
    assert_eq!(partition(&city), who);
    assert!(ids(&city).is_disjoint(&before));
    assert_eq!(city.query("select count(*) from link.ledger"), "20", "nobody is new");
    // The crosswalks are there, identities are not.
    let manifest = manifest(city.path());
    let tables = manifest["tables"].as_object().expect("tables");
    let in_zone: Vec<&String> = tables
        .iter()
        .filter(|(_, table)| table["zone"] == "identities")
        .map(|(name, _)| name)
        .collect();
    assert!(
        !in_zone.is_empty() && in_zone.iter().all(|name| name.starts_with("rotation.")),
        "{in_zone:?}"
    );
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let verified = hub(&["store", "verify", &path], city.path());
    assert!(verified.status.success(), "{}", stdout(&verified));
}

#[test]
fn a_purge_killed_thirty_times_is_as_before_or_is_finished_by_the_next() {
    let (city, whole) = (city(), city());
    declare(&whole, "after_run = \"purge\"");
    city.run();
    whole.run();
    declare(&city, "after_run = \"purge\"");
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let took = {
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(&city.path().join("store"), &copy.path().join("store"));
        let started = Instant::now();
        assert!(run_pipeline(Path::new(&path), copy.path(), &[]).status.success());
        started.elapsed()
    };
    let (mut n_before, mut n_unfinished, mut n_after) = (0, 0, 0);
    for round in 0..30 {
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(&city.path().join("store"), &copy.path().join("store"));
        killed(&["run", &path], copy.path(), took, round);
        let is_purged = manifest(copy.path())["governance"]["identities_purged"] == true;
        if !is_purged {
            n_before += 1;
        } else if with_rows(copy.path()).is_empty() {
            n_after += 1;
        } else {
            n_unfinished += 1;
            let found = hub(&["store", "verify"], copy.path());
            assert!(stdout(&found).contains("not yet destroyed"), "{}", stdout(&found));
        }
        // Whoever next takes the lock finishes it.
        let finished = hub(&["store", "gc"], copy.path());
        assert!(finished.status.success(), "{}", stderr(&finished));
        assert!(!is_purged || with_rows(copy.path()).is_empty());
        let again = run_pipeline(Path::new(&path), copy.path(), &[]);
        assert!(again.status.success(), "{}", stderr(&again));
        assert_eq!(with_rows(copy.path()), Vec::<String>::new());
        let verified = hub(&["store", "verify"], copy.path());
        assert!(verified.status.success(), "{}", stdout(&verified));
        assert_eq!(parts(copy.path()), parts(whole.path()), "round {round}");
    }
    println!("{n_before} before, {n_unfinished} unfinished, {n_after} after");
    assert!(n_before > 0 && n_before < 30, "{n_before}");
}

/// The parts of each table of the visible run.
fn parts(at: &Path) -> BTreeMap<String, Value> {
    let manifest = manifest(at);
    let tables = manifest["tables"].as_object().expect("tables").iter();
    tables.map(|(name, table)| (name.clone(), table["parts"].clone())).collect()
}
