//! Keys: purposes that share no pseudonym, and stores that go over to a new key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use serde_json::Value;

use crate::deliveries::City;
use crate::forget::{forget, stored_ids};
use crate::support::{command, copy_folder, files, hub, run_pipeline, stderr, stdout, write};
use crate::zone_files::open_store;

const PURPOSES: [&str; 2] = ["commissioning", "research"];

/// What an analyst can have of persons: every column of every table about them.
const EVERYTHING: [&str; 4] = [
    "select * from record.visit",
    "select * from core.visit",
    "select * from link.person_index",
    "select * from link.ledger",
];

/// A city of 40 visits of 20 persons in two months, that may be used for both purposes.
pub(crate) fn city() -> City {
    let city = City::new("files = \"in/v_{provider}_{month}.csv\"");
    change(&city, "purposes = [\"commissioning\"]", "purposes = [\"commissioning\", \"research\"]");
    change(
        &city,
        "[agreement.test]",
        "[purposes.research]\nlegal_basis = \"test\"\nnational_opt_out = \"exempt\"\n\
         reason = \"test\"\ntype1_opt_out = \"exempt\"\n[agreement.test]",
    );
    for month in ["2025-04", "2025-05"] {
        deliver(&city, month, 0..20);
    }
    city
}

/// A visit of each of these persons in a month.
fn deliver(city: &City, month: &str, persons: std::ops::Range<usize>) {
    let mut text = "Id,NHS,Day,Team,Provider,Deleted\n".to_owned();
    let numbers = nhs_numbers().enumerate().take(persons.end).skip(persons.start);
    for (person, number) in numbers {
        text.push_str(&format!("{month}-{person},{number},{month}-03,x,X,false\n"));
    }
    write(&city.path().join("in").join(format!("v_X_{month}.csv")), text);
}

/// The valid numbers of the range that is set aside for tests, which begins at 999 000 0000.
pub(crate) fn nhs_numbers() -> impl Iterator<Item = String> {
    (999_000_000..=999_999_999).filter_map(with_check_digit)
}

/// Nine digits with their check digit behind them; none where it would be 10 (NHS Data Dictionary).
pub(crate) fn with_check_digit(first: u32) -> Option<String> {
    let digits = first.to_string();
    let weighted =
        digits.bytes().zip((2..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    match 11 - weighted.sum::<u32>() % 11 {
        11 => Some(format!("{first}0")),
        10 => None,
        check => Some(format!("{first}{check}")),
    }
}

pub(crate) fn change(city: &City, from: &str, to: &str) {
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    assert!(text.contains(from), "{from}");
    write(&path, text.replace(from, to));
}

/// Whole numbers that are too large to be counts or days: ids.
pub(crate) fn ids(city: &City) -> BTreeSet<i64> {
    let cells = EVERYTHING.map(|sql| {
        let output = hub(&["query", "--format", "csv", sql], city.path());
        assert!(output.status.success(), "{sql}: {}", stderr(&output));
        stdout(&output)
    });
    let cells = cells.iter().flat_map(|text| text.split([',', '\n']));
    cells.filter_map(|cell| cell.parse().ok()).filter(|id: &i64| *id > 1 << 40).collect()
}

/// Who is who: the visits of each person.
pub(crate) fn partition(city: &City) -> BTreeSet<BTreeSet<String>> {
    let output = city.query("select concat(person_id, ' ', visit_key) from core.visit");
    let mut persons: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let words: Vec<&str> = output.split_whitespace().map(|word| word.trim_matches('"')).collect();
    for pair in words.chunks(2) {
        persons.entry(pair[0]).or_default().insert(pair[1].to_owned());
    }
    persons.into_values().collect()
}

/// The person of each visit.
fn person_of(city: &City) -> BTreeMap<String, i64> {
    let output = city.query("select concat(visit_key, ' ', person_id) from core.visit");
    let words: Vec<&str> = output.split_whitespace().map(|word| word.trim_matches('"')).collect();
    let pair = |pair: &[&str]| (pair[0].to_owned(), pair[1].parse().expect("an id"));
    words.chunks(2).map(pair).collect()
}

fn current(at: &Path) -> String {
    std::fs::read_to_string(at.join("store/current")).expect("a visible run")
}

fn manifest(at: &Path) -> Value {
    let path = at.join("store/runs").join(format!("{}.json", current(at).trim()));
    serde_json::from_slice(&std::fs::read(path).expect("its manifest")).expect("JSON")
}

fn verifies(at: &Path) {
    let output = hub(&["store", "verify"], at);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
}

/// Makes a key in a file beside the pipeline and names it there; its id.
pub(crate) fn new_key(city: &City, name: &str, from: &str) -> String {
    let path = city.path().join(name).to_string_lossy().into_owned();
    let output = hub(&["key", "new", &path], city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    change(city, from, &format!("key = {{ file = \"{name}\" }}"));
    key_id(city)
}

fn key_id(city: &City) -> String {
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    stdout(&hub(&["key", "id", &path], city.path())).trim().to_owned()
}

pub(crate) fn rotate(city: &City) -> String {
    rotate_with(city, &[])
}

/// With the key that is replaced in this file.
fn rotate_from(city: &City, old: &str, more: &[&str]) -> String {
    let old = city.path().join(old).to_string_lossy().into_owned();
    rotate_with(city, &[&["--old-key", old.as_str()], more].concat())
}

fn rotate_with(city: &City, more: &[&str]) -> String {
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let output = hub(&[&["key", "rotate", path.as_str()], more].concat(), city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
}

/// Old and new ids of a crosswalk of the visible run.
fn crosswalk(city: &City, table: &str) -> BTreeMap<i64, i64> {
    let store = open_store(city.path());
    let run = store.current().expect("readable").expect("a run");
    let entry = &run.tables[table];
    assert_eq!(entry.zone, hub::store::Zone::Identities, "nowhere else");
    let batches = entry.parts.iter().flat_map(|part| store.read(entry.zone, part).expect("rows"));
    let pairs = batches.flat_map(|batch| {
        let column = |i: usize| batch.column(i).as_primitive::<Int64Type>().values().to_vec();
        column(0).into_iter().zip(column(1)).collect::<Vec<_>>()
    });
    pairs.collect()
}

#[test]
fn two_purposes_share_no_pseudonym_in_one_store_or_in_two() {
    let (city, other) = (city(), city());
    let mut found = Vec::new();
    for purpose in PURPOSES {
        city.run_with(&["--purpose", purpose]);
        found.push((ids(&city), partition(&city), person_of(&city)));
    }
    // 40 records, 20 identities and 20 persons each.
    assert_eq!((found[0].0.len(), found[1].0.len()), (80, 80));
    assert_eq!(found[0].0.intersection(&found[1].0).count(), 0);
    assert_eq!(found[0].1, found[1].1, "who is who does not depend on the purpose");
    // In a store of its own a purpose has the same pseudonyms.
    other.run_with(&["--purpose", "research"]);
    assert_eq!(ids(&other), found[1].0);
    // Each purpose goes on from its own last run, also after a collection that keeps one night.
    let output = hub(&["store", "gc", "--nightly", "1", "--monthly", "0"], city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    deliver(&city, "2025-06", 0..30);
    city.run_with(&["--purpose", "commissioning"]);
    let now = person_of(&city);
    assert!(found[0].2.iter().all(|(visit, person)| now[visit] == *person));
    assert_eq!(city.query("select count(*) from link.ledger where change = 'new'"), "30");
    verifies(city.path());
}

#[test]
fn no_query_tells_in_which_file_and_line_a_row_came() {
    let city = city();
    city.run();
    for column in ["delivery", "line"] {
        let output = hub(&["query", &format!("select {column} from record.visit")], city.path());
        assert!(!output.status.success(), "{}", stdout(&output));
    }
    let answer = hub(&["query", "--format", "csv", "select * from record.visit"], city.path());
    let text = stdout(&answer);
    let header: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    assert!(header.contains(&"record_id") && header.contains(&"visit_key"), "{header:?}");
    assert!(!header.contains(&"delivery") && !header.contains(&"line"), "{header:?}");
    // Nor may a model hand them on.
    let model = city.path().join("models/core/visit.sql");
    let text = std::fs::read_to_string(&model).expect("the model");
    let changed = text.replace("visited_on, team from", "visited_on, team, line from").replace(
        "accepted.team           -- team",
        "accepted.team, -- team\n    accepted.line -- line",
    );
    assert_ne!(text, changed);
    write(&model, changed);
    let output = run_pipeline(&city.path().join("p.toml"), city.path(), &[]);
    assert_eq!(output.status.code(), Some(11), "{}", stderr(&output));
    assert!(stderr(&output).contains("line"), "{}", stderr(&output));
}

#[test]
fn a_purpose_that_is_not_declared_has_no_run() {
    let city = city();
    let path = city.path().join("p.toml");
    let output = run_pipeline(&path, city.path(), &["--purpose", "curiosity"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("[purposes.curiosity]"), "{}", stderr(&output));
}

#[test]
fn a_rotated_store_has_other_pseudonyms_for_the_same_persons_and_a_crosswalk_nobody_can_ask() {
    let city = city();
    new_key(&city, "first.key", "key = \"demonstration\"");
    city.run();
    let (ids_before, persons_before) = (ids(&city), person_of(&city));
    let partition_before = partition(&city);
    let old = manifest(city.path())["key_id"].as_str().expect("a key id").to_owned();

    let new = new_key(&city, "second.key", "key = { file = \"first.key\" }");
    let path = city.path().join("p.toml");
    let refused = run_pipeline(&path, city.path(), &[]);
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("hub key rotate"), "{}", stderr(&refused));
    // The old key is not needed: it may be the one that was lost.
    std::fs::remove_file(city.path().join("first.key")).expect("removed");
    assert!(rotate(&city).contains("--old-key"));
    assert_eq!(manifest(city.path())["key_id"], new.as_str());
    assert_eq!(ids(&city).intersection(&ids_before).count(), 0);
    assert_eq!(partition(&city), partition_before);
    assert_eq!(city.query("select count(*) from link.ledger"), "20", "nobody is new");
    let persons = crosswalk(&city, &format!("rotation.{old}.person"));
    let now = person_of(&city);
    assert_eq!(persons.len(), 20);
    assert!(persons_before.iter().all(|(visit, person)| persons[person] == now[visit]));
    assert_eq!(crosswalk(&city, &format!("rotation.{old}.identity")).len(), 20);
    for table in ["person", "identity"] {
        let sql = format!("select * from \"rotation\".\"{old}.{table}\"");
        assert_eq!(hub(&["query", &sql], city.path()).status.code(), Some(11));
    }
    // The next night has nothing to do, nor has the next rotation.
    assert!(city.run().contains("nothing new"));
    assert_eq!(person_of(&city), now);
    assert!(rotate(&city).contains("is the store's key already"));

    // The same key at its next epoch; persons who come later are new, the others are not.
    change(&city, "key = {", "key_epoch = 2\nkey = {");
    assert_eq!(key_id(&city), format!("{new}.2"));
    assert!(!rotate(&city).contains("--old-key"), "another epoch of the same key is known");
    let again = person_of(&city);
    let epochs = crosswalk(&city, &format!("rotation.{new}.person"));
    assert!(now.iter().all(|(visit, person)| epochs[person] == again[visit]));
    assert!(again.values().all(|id| !persons.contains_key(id) && !epochs.contains_key(id)));
    assert_eq!(crosswalk(&city, &format!("rotation.{old}.person")), persons, "kept");
    deliver(&city, "2025-06", 10..25);
    city.run();
    let later = person_of(&city);
    assert!(again.iter().all(|(visit, person)| later[visit] == *person));
    assert_eq!(later["2025-06-10"], later["2025-05-10"]);
    assert_eq!(city.query("select count(*) from link.ledger"), "25");
    verifies(city.path());
    // The old key's pseudonyms go with its runs.
    let output = hub(&["store", "gc", "--nightly", "1", "--monthly", "0"], city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(std::fs::read_dir(city.path().join("store/runs")).expect("a folder").count(), 1);
    verifies(city.path());
}

#[test]
fn who_is_forgotten_after_rotations_leaves_the_runs_of_every_key_and_no_key_follows() {
    let city = city();
    let mut before = BTreeSet::new();
    new_key(&city, "first.key", "key = \"demonstration\"");
    city.run();
    let theirs = "2025-04-7";
    before.insert(person_of(&city)[theirs]);
    for (old, new) in [("first", "second"), ("second", "third")] {
        new_key(&city, &format!("{new}.key"), &format!("key = {{ file = \"{old}.key\" }}"));
        rotate_from(&city, &format!("{old}.key"), &[]);
        before.insert(person_of(&city)[theirs]);
    }
    assert_eq!(before.len(), 3);
    let n_ids = stored_ids(city.path()).len();
    let number = nhs_numbers().nth(7).expect("a number");
    let output = forget(city.path(), &number, "erasure asked for, case 17");
    assert!(output.status.success(), "{}", stderr(&output));
    let after = stored_ids(city.path());
    assert!(after.is_disjoint(&before));
    // Three ids of the person and three of the identity, nobody else's.
    assert_eq!(after.len(), n_ids - 6);
    verifies(city.path());

    // Under another key nobody would know whom not to take in.
    let last = manifest(city.path())["run_id"].clone();
    new_key(&city, "fourth.key", "key = { file = \"third.key\" }");
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let refused = hub(&["key", "rotate", &path], city.path());
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
    assert_eq!(manifest(city.path())["run_id"], last);
}

#[test]
fn without_the_old_key_nobody_is_forgotten_until_its_runs_are_gone() {
    let city = city();
    new_key(&city, "first.key", "key = \"demonstration\"");
    city.run();
    let old = key_id(&city);
    new_key(&city, "other.key", "key = { file = \"first.key\" }");
    new_key(&city, "second.key", "key = { file = \"other.key\" }");
    // What is given must be the key that is replaced.
    let before = current(city.path());
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let other = city.path().join("other.key").to_string_lossy().into_owned();
    let refused = hub(&["key", "rotate", &path, "--old-key", &other], city.path());
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
    assert!(stderr(&refused).contains(&old), "{}", stderr(&refused));
    assert_eq!(current(city.path()), before);

    rotate(&city);
    let number = nhs_numbers().nth(7).expect("a number");
    let last = current(city.path());
    let refused = forget(city.path(), &number, "erasure asked for, case 17");
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("hub store gc"), "{}", stderr(&refused));
    assert_eq!(current(city.path()), last);
    let output = hub(&["store", "gc", "--nightly", "1", "--monthly", "0"], city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let forgotten = forget(city.path(), &number, "erasure asked for, case 17");
    assert!(forgotten.status.success(), "{}", stderr(&forgotten));
    verifies(city.path());
}

#[test]
fn a_lost_key_is_replaced_though_a_list_of_allowed_numbers_lies_under_it() {
    let city = city();
    let first = "[purposes.commissioning]\nlegal_basis = \"test\"\nnational_opt_out = ";
    change(&city, &format!("{first}\"exempt\""), &format!("{first}\"applies\""));
    change(&city, "[agreement.test]", "[opt_out]\nallowed = \"allowed_*.dat\"\n[agreement.test]");
    let allowed: String = nhs_numbers().take(19).map(|number| format!("{number},\n")).collect();
    write(&city.path().join("allowed_2025-07-31.dat"), allowed);
    new_key(&city, "first.key", "key = \"demonstration\"");
    city.run();
    let n_shown = "select count(distinct person_id) from core.visit";
    assert_eq!(city.query(n_shown), "19", "one of twenty is not on the list");
    new_key(&city, "second.key", "key = { file = \"first.key\" }");
    std::fs::remove_file(city.path().join("first.key")).expect("the key is lost");
    rotate(&city);
    assert_eq!(city.query(n_shown), "19");
    verifies(city.path());
}

#[test]
fn a_crosswalk_that_cannot_be_reached_stops_the_night_and_is_not_let_go_of() {
    let city = city();
    new_key(&city, "first.key", "key = \"demonstration\"");
    city.run();
    let old = key_id(&city);
    new_key(&city, "second.key", "key = { file = \"first.key\" }");
    rotate_from(&city, "first.key", &[]);
    let table = format!("rotation.{old}.person");
    let sha256 = manifest(city.path())["tables"][&table]["parts"][0]["sha256"].clone();
    let name = format!("{}.sealed", sha256.as_str().expect("a hash"));
    let store = city.path().join("store");
    let place = files(&store).into_keys().find(|path| path.ends_with(&name));
    let place = store.join(place.expect("the part is there"));
    let aside = city.path().join("aside");
    std::fs::rename(&place, &aside).expect("moved");
    let before = current(city.path());
    let path = city.path().join("p.toml");
    let refused = run_pipeline(&path, city.path(), &["--as-at", "2025-08-02"]);
    assert!(!refused.status.success(), "a crosswalk may not be lost in silence");
    assert_eq!(current(city.path()), before);
    std::fs::rename(&aside, &place).expect("moved back");
    city.run_with(&["--as-at", "2025-08-02"]);
    assert!(manifest(city.path())["tables"].get(&table).is_some());
}

#[test]
fn a_sealed_file_under_another_ones_name_is_told_by_the_night() {
    let city = city();
    new_key(&city, "first.key", "key = \"demonstration\"");
    city.run();
    let store = city.path().join("store");
    let mut sealed: Vec<(String, Vec<u8>)> =
        files(&store).into_iter().filter(|(name, _)| name.ends_with(".sealed")).collect();
    sealed.sort_by_key(|(_, bytes)| bytes.len());
    let pair = sealed.windows(2).find(|pair| pair[0].1.len() == pair[1].1.len());
    let [(one, first), (_, second)] = pair.expect("two of one length") else { unreachable!() };
    let one = store.join(one);
    assert_ne!(first, second);
    write(&one, second);
    let path = city.path().join("p.toml");
    let refused = run_pipeline(&path, city.path(), &["--as-at", "2025-08-02", "--from", "link"]);
    assert!(!refused.status.success(), "it was taken for the other");
    assert!(stderr(&refused).contains("other bytes than its name says"), "{}", stderr(&refused));
    write(&one, first);
    city.run_with(&["--as-at", "2025-08-02", "--from", "link"]);
}

#[test]
fn one_purpose_follows_another_to_its_key_and_neither_goes_back() {
    let city = city();
    new_key(&city, "first.key", "key = \"demonstration\"");
    let path = city.path().join("p.toml");
    for purpose in PURPOSES {
        let ran = run_pipeline(&path, city.path(), &["--purpose", purpose]);
        assert!(ran.status.success(), "{}", stderr(&ran));
    }
    new_key(&city, "second.key", "key = { file = \"first.key\" }");
    rotate_from(&city, "first.key", &[]);
    // Whom the other purpose's runs hold cannot be followed yet, and is not half forgotten.
    let number = nhs_numbers().nth(7).expect("a number");
    let refused = forget(city.path(), &number, "erasure asked for, case 17");
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
    change(&city, "second.key", "first.key");
    let back = run_pipeline(&path, city.path(), &["--purpose", "research"]);
    assert_eq!(back.status.code(), Some(14), "{}", stderr(&back));
    change(&city, "first.key", "second.key");
    rotate_from(&city, "first.key", &["--purpose", "research"]);
    let forgotten = forget(city.path(), &number, "erasure asked for, case 17");
    assert!(forgotten.status.success(), "{}", stderr(&forgotten));
    for purpose in PURPOSES {
        let ran = run_pipeline(&path, city.path(), &["--purpose", purpose]);
        assert!(ran.status.success(), "{}", stderr(&ran));
        assert!(!person_of(&city).contains_key("2025-04-7"), "{purpose}");
        assert_eq!(person_of(&city).len(), 38, "{purpose}");
    }
    verifies(city.path());
}

/// The public key in hexadecimal, as `MasterKey::demonstration` spells its bytes.
fn public_key() -> String {
    b"hub demonstration key: not safe!".iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_public_key_is_refused_for_numbers_that_people_may_have_however_it_is_given() {
    use std::os::unix::fs::PermissionsExt;
    let city = city();
    let file = city.path().join("hub.key");
    write(&file, public_key());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("set");
    let run = || {
        let path = city.path().join("p.toml").to_string_lossy().into_owned();
        command(&["run", &path], city.path())
            .env("HUB_TEST_PUBLIC_KEY", public_key())
            .output()
            .expect("hub starts")
    };
    // As a file, a variable, a command's output, and at another epoch, it is public all the same.
    let ways = [
        "key = \"demonstration\"".to_owned(),
        "key = { file = \"hub.key\" }".to_owned(),
        "key = { env = \"HUB_TEST_PUBLIC_KEY\" }".to_owned(),
        format!("key = {{ command = \"echo {}\" }}", public_key()),
    ];
    let extract = city.path().join("in/v_X_2025-06.csv");
    // Issued in England; valid, and of no range that is in use (the NHS Data Dictionary's example).
    for number in ["4010232137", "9434765919"] {
        let header = "Id,NHS,Day,Team,Provider,Deleted\n";
        write(&extract, format!("{header}2025-06-1,{number},2025-06-03,x,X,false\n"));
        for way in ways.windows(2) {
            let output = run();
            assert_eq!(output.status.code(), Some(10), "{}: {}", way[0], stderr(&output));
            let said = stderr(&output);
            assert!(said.contains("line 2") && said.contains("outside the test range"), "{said}");
            assert!(!said.contains(number), "{said}");
            change(&city, &way[0], &way[1]);
        }
        let output = run();
        assert_eq!(output.status.code(), Some(10), "{}", stderr(&output));
        change(&city, ways.last().expect("one"), &ways[0]);
    }
    assert!(!city.path().join("store/current").exists());
    std::fs::remove_file(&extract).expect("removed");
    // Whatever the pipeline says of the numbers: nothing is read.
    for way in ways.windows(2) {
        change(&city, &way[0], &way[1]);
        change(&city, "numbers = \"test\"", "numbers = \"live\"");
        let output = run();
        assert_eq!(output.status.code(), Some(14), "{}: {}", way[1], stderr(&output));
        assert!(stderr(&output).contains("whatever supplies it"), "{}", stderr(&output));
        change(&city, "numbers = \"live\"", "numbers = \"test\"");
    }
    let output = run();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("the demonstration key is public"), "{}", stderr(&output));
}

#[test]
fn the_public_key_touches_no_number_of_people_in_the_files_beside_the_extracts() {
    let city = city();
    let run = || run_pipeline(&city.path().join("p.toml"), city.path(), &[]);
    let declared = "superseded_numbers = \"superseded.csv\"\nkey = \"demonstration\"";
    let table = city.path().join("superseded.csv");
    write(&table, "old_nhs_number,new_nhs_number\n9990000018,4010232137\n");
    change(&city, "key = \"demonstration\"", declared);
    let refused = |file: &str| {
        let output = run();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(10), "{said}");
        assert!(said.contains(file) && said.contains("outside the test range"), "{said}");
        assert!(!said.contains("4010232137"), "{said}");
    };
    refused("superseded.csv");
    write(&table, "old_nhs_number,new_nhs_number\n");
    assert!(run().status.success());
    write(&city.path().join("who.csv"), "pseudonym,nhs_number\np1,4010232137\n");
    let crosswalk = "[[crosswalk]]\nissuer = \"visit\"\nfile = \"who.csv\"\n[agreement.test]";
    change(&city, "[agreement.test]", crosswalk);
    refused("who.csv");
}

#[test]
fn a_store_without_a_run_for_the_purpose_has_nothing_to_rotate() {
    let city = city();
    city.run();
    new_key(&city, "a.key", "key = \"demonstration\"");
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let before = current(city.path());
    let output = hub(&["key", "rotate", &path, "--purpose", "research"], city.path());
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(current(city.path()), before);
    // Nor does another purpose begin under another key than the store's.
    let output = run_pipeline(&city.path().join("p.toml"), city.path(), &["--purpose", "research"]);
    assert_eq!(output.status.code(), Some(14), "{}", stderr(&output));
}

#[test]
fn a_rotation_killed_fifty_times_leaves_the_store_before_or_after() {
    let (city, whole) = (city(), city());
    let hex = "5d3c0f1e9a7b24866f10c2d8e4b7a39150fe6c7d8b9a0314258697fae1d0cb42";
    for one in [&whole, &city] {
        one.run();
        change(one, "key = \"demonstration\"", &format!("key = {{ command = \"echo {hex}\" }}"));
    }
    let start = Instant::now();
    rotate(&whole);
    let length = start.elapsed();
    let at = city.path();
    let (before_id, after_id) = (manifest(at)["key_id"].clone(), Value::from(key_id(&city)));
    let (before, after) = (ids(&city), ids(&whole));
    assert_eq!(before.intersection(&after).count(), 0);
    let kept = at.join("kept");
    copy_folder(&at.join("store"), &kept);
    let run_before = current(at);
    let path = at.join("p.toml").to_string_lossy().into_owned();
    let mut seen = [0, 0];
    for kill in 0..50_u32 {
        std::fs::remove_dir_all(at.join("store")).expect("removed");
        copy_folder(&kept, &at.join("store"));
        let mut child = command(&["key", "rotate", &path], at)
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("hub starts");
        if kill < 40 {
            std::thread::sleep(length * kill / 40);
        } else {
            // From the moment in which it is visible, ever later.
            while current(at) == run_before && child.try_wait().expect("a process").is_none() {
                std::thread::sleep(Duration::from_micros(100));
            }
            std::thread::sleep(Duration::from_micros(400) * (kill - 40));
        }
        child.kill().expect("killed, or over");
        child.wait().expect("gone");
        let is_after = manifest(at)["key_id"] == after_id;
        assert!(is_after || manifest(at)["key_id"] == before_id, "kill {kill}");
        seen[usize::from(is_after)] += 1;
        assert_eq!(
            ids(&city),
            if is_after { after.clone() } else { before.clone() },
            "kill {kill}"
        );
        // A manifest that never became visible is told until somebody takes the lock again.
        let gc = hub(&["store", "gc"], at);
        assert!(gc.status.success(), "kill {kill}: {}", stderr(&gc));
        verifies(at);
    }
    assert!(seen[0] > 5 && seen[1] >= 10, "{seen:?} before and after");
    rotate(&city);
    assert_eq!(manifest(at)["tables"], manifest(whole.path())["tables"], "the same bytes");
    assert_eq!(ids(&city), after);
    verifies(at);
}
