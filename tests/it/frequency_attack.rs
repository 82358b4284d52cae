//! An attack on the identity zone by somebody who has stolen it with its key, but not the master key: name
//! frequencies and patterns. What it recovers is measured, printed and bounded. Without the zone's key there
//! is nothing to count: `zone::without_its_key_the_zone_is_noise`.
//!
//! Tokens of one name are alike, or linkage could not compare them; so whoever had opened the zone could count
//! them. The attacker here knows more than any public list says: the frequencies of the very names of
//! this city, in a half of its people that the other half is attacked with.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray};
use arrow::datatypes::UInt64Type;
use hub::pseudonymise::{Encoder, Identifiers, MasterKey, NumberPolicy, Places};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{root, sample};
use crate::zone_files::parquet_files;

/// Given name, family name and sex as the registration list has them.
pub(crate) type Person = [String; 3];

/// The people of the registration list, each once, in two halves.
pub(crate) fn people() -> [Vec<Person>; 2] {
    let folder = root().join("sample-data/extracts/gp_registration");
    let mut seen = std::collections::BTreeSet::new();
    let mut halves = [Vec::new(), Vec::new()];
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let mut reader = csv::Reader::from_path(entry.expect("an entry").path()).expect("CSV");
        let header = reader.headers().expect("a header").clone();
        let place = |name: &str| header.iter().position(|column| column == name).expect("there");
        let [given, family, sex, guid] = ["GivenName", "Surname", "Sex", "PatientGuid"].map(place);
        for row in reader.records().map_while(Result::ok) {
            if seen.insert(row[guid].to_owned()) {
                let person = [given, family, sex].map(|i| row[i].trim().to_uppercase());
                halves[seen.len() % 2].push(person);
            }
        }
    }
    halves
}

/// Tokens of each identity of the registration list in the zone: given name, family name, sex.
pub(crate) fn stolen() -> Vec<[u64; 3]> {
    let mut stolen = Vec::new();
    let files = parquet_files(sample().folder.path()).into_iter();
    for (_, file) in files.filter(|(name, _)| name.starts_with("identities/")) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        for batch in reader.build().expect("a reader") {
            let batch = batch.expect("rows");
            let Some(feeds) = batch.column_by_name("feed").map(|c| c.as_string::<i32>()) else {
                continue;
            };
            let column =
                |name| batch.column_by_name(name).expect("a token").as_primitive::<UInt64Type>();
            let columns = ["given", "family", "sex"].map(column);
            let whole = |row: &usize| {
                feeds.value(*row) == "gp_registration" && columns.iter().all(|c| c.is_valid(*row))
            };
            let rows = (0..batch.num_rows()).filter(whole);
            stolen.extend(rows.map(|row| columns.map(|column| column.value(row))));
        }
    }
    stolen
}

/// What is counted, commonest first.
pub(crate) fn ranked<T: Ord + Clone>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    all.for_each(|one| *counts.entry(one).or_default() += 1);
    let mut ranked: Vec<(T, usize)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked.into_iter().map(|(one, _)| one).collect()
}

/// The attacker's guess of each token: the name of the same rank.
fn guesses(names: &[String], tokens: &[u64]) -> HashMap<u64, String> {
    tokens.iter().copied().zip(names.iter().cloned()).collect()
}

/// The share of rows whose name was guessed, of all rows.
fn share(rows: &[u64], guessed: &HashMap<u64, String>, truth: &HashMap<u64, String>) -> f64 {
    let is_right =
        |token: &&u64| guessed.get(token).is_some_and(|name| truth.get(token) == Some(name));
    rows.iter().filter(is_right).count() as f64 / rows.len() as f64
}

/// The name behind each token: only for the score, and only who has the key can know it.
pub(crate) fn truth(people: &[Person], of: &str, place: usize) -> HashMap<u64, String> {
    let encoder = Encoder::new(&MasterKey::demonstration(), "commissioning", NumberPolicy::Test);
    let places = Places::default();
    let mut truth = HashMap::new();
    for person in people {
        let name = Some(person[place].as_str());
        let row = match of {
            "given" => Identifiers { given_name: name, ..Identifiers::default() },
            _ => Identifiers { family_name: name, ..Identifiers::default() },
        };
        if let Some(token) = encoder.encode(&row, &places).1.get(of) {
            truth.insert(token, person[place].clone());
        }
    }
    truth
}

#[test]
fn frequencies_and_patterns_recover_few_names_from_the_opened_zone() {
    let [known, others] = people();
    let everybody: Vec<Person> = known.iter().chain(&others).cloned().collect();
    let stolen = stolen();
    assert!(known.len() > 1_000 && stolen.len() > 3_000, "{} {}", known.len(), stolen.len());
    let column = |place: usize| -> Vec<u64> { stolen.iter().map(|row| row[place]).collect() };
    let (given, family, sexes) = (column(0), column(1), column(2));
    let names = |people: &[Person], place: usize| ranked(people.iter().map(|p| p[place].clone()));

    // By frequency alone.
    let truth_of_family = truth(&everybody, "family", 1);
    let guessed = guesses(&names(&known, 1), &ranked(family.iter().copied()));
    let by_frequency = share(&family, &guessed, &truth_of_family);
    // By the frequencies of everybody here, which nobody publishes.
    let guessed = guesses(&names(&everybody, 1), &ranked(family.iter().copied()));
    let by_own = share(&family, &guessed, &truth_of_family);

    // Given names go with a sex: the pattern parts them, whichever sex token is which.
    let truth_of_given = truth(&everybody, "given", 0);
    let of_sex = ranked(sexes.iter().copied());
    let mut by_pattern: f64 = 0.0;
    for order in [["F", "M"], ["M", "F"]] {
        let mut guessed = HashMap::new();
        for (sex, token) in order.iter().zip(&of_sex) {
            let names = ranked(known.iter().filter(|p| p[2] == *sex).map(|p| p[0].clone()));
            let theirs = stolen.iter().filter(|row| row[2] == *token).map(|row| row[0]);
            guessed.extend(guesses(&names, &ranked(theirs)));
        }
        by_pattern = by_pattern.max(share(&given, &guessed, &truth_of_given));
    }

    println!(
        "names recovered without the master key: family {:.1} % by public frequencies, {:.1} % by the city's own; \
         given {:.1} % by frequency and sex",
        100.0 * by_frequency,
        100.0 * by_own,
        100.0 * by_pattern
    );
    assert!(truth_of_family.len() > 300 && truth_of_given.len() > 300);
    assert!(by_frequency < 0.05 && by_own < 0.05 && by_pattern < 0.05);
}

#[test]
fn the_attack_finds_names_whose_frequencies_differ_enough() {
    // Ten names, each twice as common as the next, under a key that the attacker has not.
    let names: Vec<Person> = (0..10)
        .map(|i| [format!("Given{}", char::from(b'a' + i)), String::new(), String::new()])
        .collect();
    let people = |n: usize| -> Vec<Person> {
        let some = names.iter().enumerate();
        some.flat_map(|(i, name)| vec![name.clone(); n >> i]).collect()
    };
    let truth = truth(&names, "given", 0);
    let tokens: BTreeMap<&String, u64> = truth.iter().map(|(token, name)| (name, *token)).collect();
    let rows: Vec<u64> = people(3_000).iter().map(|person| tokens[&person[0]]).collect();
    let public = ranked(people(1_024).into_iter().map(|person| person[0].clone()));
    let guessed = guesses(&public, &ranked(rows.iter().copied()));
    assert_eq!(share(&rows, &guessed, &truth), 1.0);
}
