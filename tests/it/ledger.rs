//! Ids of persons: what became of one, and how they outlive the person index.

use std::collections::BTreeSet;

use hub::store::{Store, Zone};

use crate::deliveries::City;
use crate::forget::forget;
use crate::review::{city, deliver, set};
use crate::support::{hub, stderr, stdout, write};

/// Two descriptions of one woman that nothing joins, and somebody else.
const ROWS: [&str; 3] = [
    "1,9990000018,Abara,Ngozi,1950-03-02,2,LS1 1AA",
    "2,,Quill,Ngozi,1950-03-02,2,LS7 4GG",
    "3,9990000034,Zimba,Tariq,1972-09-09,1,LS3 1AA",
];

fn of_three() -> City {
    let city = city(&ROWS.map(str::to_owned), "[link]\ndecisions = \"decisions.csv\"\n");
    decide(&city, "");
    city
}

fn decide(city: &City, line: &str) {
    let text = format!("pair,decision,decided_by,decided_on,note\n{line}");
    write(&city.path().join("decisions.csv"), text);
}

/// The token of the two descriptions.
fn pair(city: &City) -> String {
    let sql = "select index.identity_id from link.person_index as index \
               inner join record.visit as visit on index.identity_id = visit.identity_id \
               where visit.visit_key in ('1', '2') order by visit.visit_key";
    let ids = city.query(sql);
    let pipeline = city.path().join("p.toml");
    let mut args = vec!["link", "explain", pipeline.to_str().expect("a path")];
    args.extend(ids.split(' '));
    let output = hub(&args, city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output).split(':').next().expect("a token").to_owned()
}

fn person(city: &City, visit: &str) -> String {
    city.query(&format!("select person_id from core.visit where visit_key = '{visit}'"))
}

/// What `hub link resolve` says: present id, whether it was given up, who was parted from it.
fn resolve(city: &City, id: &str) -> (String, bool, String) {
    let output = hub(&["link", "resolve", id, "--format", "json"], city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let row = &rows[0];
    assert_eq!(row["person_id"].to_string(), id);
    let split = row["split_off"].as_str().unwrap_or_default().to_owned();
    (row["present_person_id"].to_string(), !row["merged_on"].is_null(), split)
}

#[test]
fn ids_resolve_over_merging_parting_and_merging_again_and_outlive_the_person_index() {
    let city = of_three();
    city.run();
    let [first, second, other] = ["1", "2", "3"].map(|visit| person(&city, visit));
    let same = format!("{},same,J. Reviewer,2025-08-01,\n", pair(&city));
    decide(&city, &same);
    city.run_with(&["--as-at", "2025-08-02"]);
    let both = person(&city, "1");
    assert_eq!(person(&city, "2"), both);
    let given_up = if both == first { &second } else { &first };
    assert_eq!(resolve(&city, given_up), (both.clone(), true, String::new()));

    decide(&city, "");
    city.run_with(&["--as-at", "2025-08-03"]);
    let parted: BTreeSet<String> = ["1", "2"].map(|visit| person(&city, visit)).into();
    let new: Vec<&String> = parted.iter().filter(|id| **id != both).collect();
    assert!(parted.len() == 2 && !parted.contains(given_up), "an id that was given up stays so");
    assert_eq!(resolve(&city, &both), (both.clone(), false, new[0].clone()));
    assert_eq!(resolve(&city, new[0]), (new[0].clone(), false, String::new()));
    assert_eq!(resolve(&city, given_up).0, both);

    decide(&city, &same);
    city.run_with(&["--as-at", "2025-08-04"]);
    let again = person(&city, "1");
    assert_eq!(person(&city, "2"), again);
    for id in [&first, &second, new[0]] {
        assert_eq!(resolve(&city, id).0, again, "{id}");
    }
    assert_eq!(resolve(&city, &other), (other.clone(), false, String::new()));
    let unknown = hub(&["link", "resolve", "17"], city.path());
    assert_eq!(unknown.status.code(), Some(2), "{}", stderr(&unknown));

    // The index is lost, and a file comes that makes the night a new one.
    lose_the_person_index(&city);
    deliver(&city, "b.csv", &["4,,Oyelaran,Funmi,1961-07-14,2,LS2 1AA".to_owned()]);
    let told = city.run_with(&["--as-at", "2025-08-05"]);
    assert!(told.contains("was taken from the ledger"), "{told}");
    let kept = ["1", "2", "3"].map(|visit| person(&city, visit));
    assert_eq!(kept, [again.clone(), again.clone(), other.clone()]);
    for id in [&first, &second, new[0]] {
        assert_eq!(resolve(&city, id).0, again, "{id}");
    }
    deliver(&city, "c.csv", &["5,,Lund,Ida,1931-01-14,2,LS9 1AA".to_owned()]);
    let told = city.run_with(&["--as-at", "2025-08-06"]);
    assert!(!told.contains("from the ledger"), "{told}");
    assert_eq!(["1", "2", "3"].map(|visit| person(&city, visit)), kept);
}

fn lose_the_person_index(city: &City) {
    let store = Store::open_existing(&city.path().join("store")).expect("a store");
    let run = store.current().expect("readable").expect("a run");
    for part in &run.tables["link.person_index"].parts {
        std::fs::remove_file(store.path(Zone::Parts, part)).expect("removed");
    }
}

#[test]
fn each_link_says_under_which_key_it_was_made() {
    let city =
        city(&[ROWS[0].to_owned(), "2,9990000018,Abara,Ngozi,1950-03-02,2,LS7 4GG".to_owned()], "");
    deliver(&city, "b.csv", &[ROWS[2].to_owned()]);
    city.run();
    let store = Store::open_existing(&city.path().join("store")).expect("a store");
    let key = store.current().expect("readable").expect("a run").key_id;
    let keys = "select step is not null as is_linked, key_id from link.person_index order by 1, 2";
    let key = |is: &str| format!("{is},{key}");
    let found = city.query(&keys.replace("order by", "group by 1, 2 order by"));
    assert_eq!(found, ["false,".to_owned(), key("true")].join(" "));
}

#[test]
fn who_is_forgotten_stays_in_reviewers_decisions_and_that_is_said() {
    let city = of_three();
    city.run();
    decide(&city, &format!("{},different,J. Reviewer,2025-08-01,\n", pair(&city)));
    city.run();
    let said = forget(city.path(), "9990000034", "asked in writing");
    assert!(said.status.success(), "{}", stderr(&said));
    assert!(!stderr(&said).contains("decisions.csv"), "{}", stderr(&said));
    let said = forget(city.path(), "9990000018", "asked in writing");
    assert!(said.status.success(), "{}", stderr(&said));
    let text = stderr(&said);
    assert!(text.contains("decisions.csv is not the hub's to change"), "{text}");
    assert!(text.contains("in lines 2: take them out"), "{text}");
    set(&city, "");
    city.run();
}
