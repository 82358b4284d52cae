//! A number that was issued anew, as after an adoption or a change of gender history, is never joined to
//! the old one, nor bridged by rows without a number.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use hub::store::{Store, Zone};

use crate::support::{changed_pipeline, command, hub, root, run_pipeline, stderr, stdout};

/// Of each true person the persons that linkage makes of them, and whether some identity has a number
/// and some has none.
type Linked = BTreeMap<String, (BTreeSet<i64>, [bool; 2])>;

#[test]
fn old_and_new_number_of_a_new_life_are_never_one_person() {
    let folder = tempfile::tempdir().expect("a folder");
    let city = folder.path().join("made/out");
    let args = ["synth", "--people", "1200", "--seed", "5", "--reissued", "0.2"];
    let made = command(&args, &folder.path().join("made"))
        .args(["--defects", "nhs_missing=0.3"])
        .output()
        .expect("hub starts");
    assert!(made.status.success(), "{}", stderr(&made));
    let sample = root().join("sample-data").display().to_string();
    let pipeline = changed_pipeline(folder.path(), |text| {
        let models = format!("models = {{ folder = \"{}/sql/models\"", root().display());
        text.replace(&sample, &city.display().to_string())
            .replace(&models, &format!("{models}, only = [\"core.person\"]"))
    });
    let run = run_pipeline(&pipeline, folder.path(), &[]);
    assert!(run.status.success(), "{}", stderr(&run));

    let linked = linked(&folder.path().join("store"), &city.join("truth/records.csv.gz"));
    let mut reader = csv::Reader::from_path(city.join("truth/reissued.csv")).expect("a truth");
    let (mut n_with_both, mut joined) = ([0, 0], Vec::new());
    for row in reader.records() {
        let row = row.expect("a row");
        let (Some(old), Some(new)) = (linked.get(&row[0]), linked.get(&row[1])) else { continue };
        if [old, new].iter().all(|(_, known)| *known == [true, true]) {
            n_with_both[usize::from(&row[2] == "adoption")] += 1;
        }
        // Here not even a row without a number comes to the other life.
        if !old.0.is_disjoint(&new.0) {
            joined.push(row);
        }
    }
    assert!(n_with_both.iter().all(|n| *n >= 10), "{n_with_both:?}");
    assert!(joined.is_empty(), "{joined:?}");

    let [truth, apart] = ["truth/records.csv.gz", "truth/reissued.csv"].map(|name| city.join(name));
    let [truth, apart] = [&truth, &apart].map(|path| path.to_str().expect("a path"));
    let told = hub(&["link", "evaluate", "--truth", truth, "--apart", apart], folder.path());
    let told = stdout(&told);
    assert!(told.contains(" 0 of them with both numbers in one person, 0 with"), "{told}");
}

fn linked(store: &Path, truth: &Path) -> Linked {
    let store = Store::open_existing(store).expect("a store");
    let run = store.current().expect("readable").expect("a run");
    let mut persons = BTreeMap::new();
    for part in &run.tables["link.person_index"].parts {
        for batch in store.read(Zone::Parts, part).expect("a part") {
            let column = |name: &str| batch.column_by_name(name).expect("a column");
            let ids = column("identity_id").as_primitive::<Int64Type>();
            let person = column("person_id").as_primitive::<Int64Type>();
            let has_number = column("has_number").as_boolean();
            for row in (0..batch.num_rows()).filter(|row| person.is_valid(*row)) {
                persons.insert(ids.value(row), (person.value(row), has_number.value(row)));
            }
        }
    }
    let truth = truth_of(truth);
    let files: BTreeMap<&str, &str> =
        run.deliveries.iter().map(|one| (&one.sha256[..12], one.file.as_str())).collect();
    let mut linked = Linked::new();
    for (_, table) in run.tables.iter().filter(|(name, _)| name.starts_with("record.")) {
        for batch in
            table.parts.iter().flat_map(|part| store.read(table.zone, part).expect("a part"))
        {
            let column = |name: &str| batch.column_by_name(name).expect("a column");
            let ids = column("identity_id").as_primitive::<Int64Type>();
            let lines = column("line").as_primitive::<Int64Type>();
            let deliveries = column("delivery").as_string::<i32>();
            for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row)) {
                let file = Path::new(files[deliveries.value(row)]).file_name().expect("a name");
                let place = (file.to_string_lossy().into_owned(), lines.value(row));
                let (Some(who), Some(&(person, has_number))) =
                    (truth.get(&place), persons.get(&ids.value(row)))
                else {
                    continue;
                };
                let (of_person, known) = linked.entry(who.clone()).or_default();
                of_person.insert(person);
                known[usize::from(has_number)] = true;
            }
        }
    }
    linked
}

/// The true person by name of file and line.
fn truth_of(path: &Path) -> BTreeMap<(String, i64), String> {
    let bytes = std::fs::read(path).expect("the truth");
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut truth = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let file = row[1].rsplit('/').next().expect("a name").to_owned();
        truth.insert((file, row[2].parse().expect("a line")), row[3].to_owned());
    }
    truth
}
