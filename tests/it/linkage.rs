//! Persons from night to night, and the nightly trial against the truth.

use crate::deliveries::City;
use crate::support::{hub, root, sample, stderr, write};

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
  { name = "Born", type = "date", format = "%Y-%m-%d", role = "birth_date" },
  { name = "Sex", role = "sex", map = { "1" = "male", "2" = "female" } },
  { name = "Postcode", role = "postcode" },
  { name = "Day", as = "visited_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "Team", as = "team" },
  { name = "Provider", role = "provider" },
]
"#;

fn city() -> City {
    let city = City::new("files = \"in/*\"\nrefresh = \"rows\"");
    write(&city.path().join("contracts/visit.toml"), CONTRACT);
    city
}

fn deliver(city: &City, name: &str, rows: &[&str]) {
    let rows: Vec<String> = rows.iter().map(|row| format!("{row},2025-05-01,x,A\n")).collect();
    let text = format!("Id,NHS,Born,Sex,Postcode,Day,Team,Provider\n{}", rows.concat());
    write(&city.path().join("in").join(name), text);
}

fn report(city: &City) -> String {
    let output = hub(&["link", "report"], city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).expect("text")
}

const INDEX: &str = "select identity_id, person_id, step, status from link.person_index order by 1";
const LEDGER: &str =
    "select person_id, became_person_id, change, \"on\" from link.ledger order by 1, 2, 3";

/// Two descriptions of one woman that nothing joins, until a third does.
const APART: [&str; 2] = ["1,9990000018,1950-03-02,2,LS1 1AA", "2,,1950-03-02,2,LS7 4GG"];
const BRIDGE: &str = "3,9990000018,1950-03-02,2,LS7 4GG";

#[test]
fn a_merger_is_told_after_the_run_and_listed_by_the_report() {
    let city = city();
    deliver(&city, "a.csv", &APART);
    assert!(city.run().contains("persons   2 new, 0 merged, 0 split"));
    assert!(!report(&city).contains("became_person_id"), "nobody became somebody else");
    let former = city.query("select person_id from link.person_index order by 1");
    deliver(&city, "b.csv", &[BRIDGE]);
    let told = city.run_with(&["--as-at", "2025-08-02"]);
    assert!(told.contains("persons   0 new, 1 merged, 0 split"), "{told}");
    let listed = report(&city);
    let line = listed.lines().find(|line| line.contains("merged") && line.contains('|'));
    let line = line.expect("a line for the merger");
    for id in former.split(' ') {
        assert!(line.contains(id), "{id} in {line}");
        assert!(!told.contains(id), "no pseudonym in what a scheduler logs");
    }
}

#[test]
fn a_rebuild_gives_the_ids_of_the_nights_before_it() {
    let city = city();
    deliver(&city, "a.csv", &APART);
    city.run();
    deliver(&city, "b.csv", &[BRIDGE]);
    city.run_with(&["--as-at", "2025-08-02"]);
    let (index, ledger) = (city.query(INDEX), city.query(LEDGER));
    city.run_with(&["--as-at", "2025-08-02", "--from", "extract"]);
    assert_eq!(city.query(INDEX), index);
    assert_eq!(city.query(LEDGER), ledger);
}

#[test]
fn all_files_in_one_night_make_the_persons_of_many_nights() {
    let (many, one) = (city(), city());
    deliver(&many, "a.csv", &APART);
    many.run();
    for city in [&many, &one] {
        deliver(city, "a.csv", &APART);
        deliver(city, "b.csv", &[BRIDGE, "4,,1987-11-20,1,LS7 4GG"]);
        city.run_with(&["--as-at", "2025-08-02"]);
    }
    let partition = "select array_agg(identity_id order by identity_id) from link.person_index \
                     group by person_id order by 1";
    assert_eq!(many.query(partition), one.query(partition));
    assert_eq!(one.query("select count(distinct person_id) from link.person_index"), "2");
}

#[test]
fn the_nightly_trial_says_what_the_truth_says() {
    let truth = root().join("sample-data/truth/records.csv.gz");
    let args = ["link", "evaluate", "--truth", &truth.to_string_lossy(), "--format", "json"];
    let output = hub(&args, sample().folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let evaluation: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let groups = evaluation["unnumbered"].as_array().expect("groups");
    let wanted = ["all", "imd_quintile_city"];
    let of_note =
        |group: &&serde_json::Value| wanted.iter().any(|name| group["dimension"] == *name);
    let mut n_groups = 0;
    for group in groups.iter().filter(of_note) {
        n_groups += 1;
        for what in ["precision", "recall"] {
            let truth = group[what].as_f64().expect("a share");
            let [value, lower, upper] =
                [0, 1, 2].map(|at| group["trial"][what][at].as_f64().expect("a limit"));
            // The mark of one point holds at 100,000 people; in a fifth of 3,000 chance is wider.
            let is_near = (value - truth).abs() <= 0.01;
            let is_within = lower <= truth && truth <= upper;
            assert!(is_near || is_within, "{group}");
        }
    }
    assert_eq!(n_groups, 6, "the city and its five fifths");
}
