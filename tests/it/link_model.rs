//! A model that is learned once, kept in a file and applied night after night.

use std::collections::BTreeSet;

use hub::store::Store;

use crate::deliveries::City;
use crate::review::{city, deliver, set};
use crate::support::{hub, stderr, write};

/// A name of three syllables, the same for the same number.
fn name(mut n: usize) -> String {
    const CONSONANTS: [&str; 12] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t"];
    const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
    n = n * 7_919 + 104_729;
    let mut name = String::new();
    for _ in 0..3 {
        name += CONSONANTS[n % 12];
        name += VOWELS[n / 12 % 5];
        n /= 60;
    }
    name
}

/// Forms of people without a number; every third person has a second one, with another day of birth or
/// with another home and a misspelt name.
pub(crate) fn forms(people: std::ops::Range<usize>) -> Vec<String> {
    let mut rows = Vec::new();
    for person in people {
        let (family, given) = (name(person * person % 397), name(1_000 + person * 31 % 211));
        let born = |day: usize| format!("{}-{:02}-{day:02}", 1930 + person % 83, 1 + person % 12);
        let day = 1 + person % 27;
        let home = |n: usize| {
            let letter = |n: usize| char::from(b"ABDEFGHJ"[n % 8]);
            format!("LS{} {}{}{}", 1 + n % 20, n / 7 % 10, letter(n), letter(n / 3))
        };
        let sex = 1 + person % 2;
        rows.push(format!("{person},,{family},{given},{},{sex},{}", born(day), home(person)));
        if person % 3 == 0 {
            let (family, day, home) = match person % 2 {
                0 => (family, day + 1, home(person)),
                _ => (format!("x{family}"), day, home(person + 1_001)),
            };
            rows.push(format!("{person}b,,{family},{given},{},{sex},{home}", born(day)));
        }
    }
    rows
}

const VERSION: &str = "select string_agg(distinct model_version, '+') from link.person_index";
const FROZEN: &str = "[link.weighed]\nmodel = \"model.toml\"\n";

/// The recipe of the visible run's person index.
fn recipe(city: &City) -> String {
    let store = Store::open_existing(&city.path().join("store")).expect("a store");
    let run = store.current().expect("readable").expect("a run");
    run.tables["link.person_index"].recipe.clone()
}

#[test]
fn a_trained_model_is_applied_as_it_is_until_another_is_named() {
    let city = city(&forms(1..700), "");
    city.run();
    let learned = city.query(VERSION);
    assert_eq!(learned.len(), 16, "step 6 has linked somebody: {learned}");
    let (pipeline, model) = (city.path().join("p.toml"), city.path().join("model.toml"));
    let [pipeline, file] = [&pipeline, &model].map(|path| path.to_str().expect("a path"));
    let trained = hub(&["link", "train", pipeline, "--to", file], city.path());
    assert!(trained.status.success(), "{}", stderr(&trained));
    assert!(stderr(&trained).contains(&format!("model {learned} in ")), "{}", stderr(&trained));
    let text = std::fs::read_to_string(&model).expect("a model");
    let names: BTreeSet<String> = forms(1..700)
        .iter()
        .flat_map(|row| row.split(',').skip(2).take(2).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(names.iter().all(|name| !text.contains(name.as_str())), "no value is in it");

    set(&city, FROZEN);
    city.run();
    assert_eq!(city.query(VERSION), learned, "what is learned from the same is the same");
    // More people come: a run without a frozen model learns anew, one with it does not.
    deliver(&city, "b.csv", &forms(700..1_000));
    set(&city, "");
    city.run();
    assert_ne!(city.query(VERSION), learned);
    set(&city, FROZEN);
    city.run();
    assert_eq!(city.query(VERSION), learned);

    let before = recipe(&city);
    let prior = text.lines().find(|line| line.starts_with("prior = ")).expect("a prior");
    write(&model, text.replace(prior, "prior = 0.00012"));
    let told = city.run();
    assert!(!told.contains("nothing new"), "{told}");
    let version = city.query(VERSION);
    assert!(version != learned && version.len() == learned.len(), "{version}");
    assert_ne!(recipe(&city), before);
    // A model of other comparisons is refused before a row is read.
    set(&city, &format!("{FROZEN}comparison = [{{ kind = \"names\" }}]\n"));
    let output = hub(&["run", pipeline], city.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("model.toml: it was learned with other comparisons"));
}
