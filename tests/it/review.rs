//! From the queue of doubtful pairs over a reviewer's decision to the next night, and back.

use std::path::Path;

use crate::deliveries::City;
use crate::support::{hub, stderr, stdout, write};

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
  { name = "Family", role = "family_name" },
  { name = "Given", role = "given_name" },
  { name = "Born", type = "date", format = "%Y-%m-%d", role = "birth_date" },
  { name = "Sex", role = "sex", map = { "1" = "male", "2" = "female" } },
  { name = "Postcode", role = "postcode" },
  { name = "Day", as = "visited_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "Team", as = "team" },
  { name = "Provider", role = "provider" },
]
"#;

/// A city of visits with names, one file of them, and settings of linkage.
pub(crate) fn city(rows: &[String], link: &str) -> City {
    let city = City::new("files = \"in/*\"\nrefresh = \"rows\"");
    write(&city.path().join("contracts/visit.toml"), CONTRACT);
    deliver(&city, "a.csv", rows);
    set(&city, link);
    city
}

/// Puts a file of visits there.
pub(crate) fn deliver(city: &City, name: &str, rows: &[String]) {
    let rows: Vec<String> = rows.iter().map(|row| format!("{row},2025-05-01,x,A\n")).collect();
    let head = "Id,NHS,Family,Given,Born,Sex,Postcode,Day,Team,Provider\n";
    write(&city.path().join("in").join(name), head.to_owned() + &rows.concat());
}

/// Declares how the city is linked.
pub(crate) fn set(city: &City, link: &str) {
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("readable");
    let kept = text.split("\n[link").next().expect("a text");
    write(&path, format!("{kept}\n{link}"));
}

/// One number of two unlike people, two descriptions of one woman, two numbers.
fn rows() -> Vec<String> {
    let rows = [
        "1,9990000018,Abara,Ngozi,1950-03-02,2,LS1 1AA",
        "2,9990000018,Quill,Peter,1987-11-20,1,LS9 9ZZ",
        "3,9990000026,Oyelaran,Funmi,1961-07-14,2,LS2 1AA",
        "4,9990000026,Oyelaran,Funmi,1961-07-14,2,LS7 4GG",
        "5,9990000034,Zimba,Tariq,1972-09-09,1,LS3 1AA",
    ];
    rows.map(str::to_owned).to_vec()
}

const DECISIONS: &str = "[link]\ndecisions = \"decisions.csv\"\n";
/// The number of identities and persons, and the steps that joined somebody.
const STANDING: &str = "select concat(count(*), ' ', count(distinct person_id), ' ', \
                        coalesce(string_agg(distinct step, '+'), '-')) from link.person_index";

fn decide(city: &City, lines: &[String]) {
    let text = format!("pair,decision,decided_by,decided_on,note\n{}", lines.concat());
    write(&city.path().join("decisions.csv"), text);
}

fn decision(pair: &str, verdict: &str) -> String {
    format!("{pair},{verdict},J. Reviewer,2025-08-01,\n")
}

fn link(city: &City, args: &[&str]) -> String {
    let pipeline = city.path().join("p.toml");
    let args: Vec<&str> = ["link", args[0], pipeline.to_str().expect("a path")]
        .into_iter()
        .chain(args[1..].iter().copied())
        .collect();
    let output = hub(&args, city.path());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

fn queue(city: &City) -> Vec<serde_json::Value> {
    serde_json::from_str(&link(city, &["review", "--format", "json"])).expect("JSON")
}

/// Which identities have a step, in order.
fn with_step(city: &City, step: &str) -> Vec<String> {
    let sql = format!("select identity_id from link.person_index where step = '{step}' order by 1");
    city.query(&sql).split(' ').map(str::to_owned).collect()
}

fn holds_no_identifier(text: &str) {
    for word in ["Abara", "ngozi", "Quill", "LS1", "1950-03", "99900", "Reviewer"] {
        assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{word} in {text}");
    }
}

#[test]
fn a_conflict_that_a_reviewer_settles_is_one_person_the_next_night_and_two_when_withdrawn() {
    let city = city(&rows(), DECISIONS);
    decide(&city, &[]);
    let told = city.run();
    assert!(!told.contains("decisions "), "{told}");
    assert_eq!(city.query(STANDING), "5 4 1");
    let pairs = queue(&city);
    let doubts: Vec<&str> =
        pairs.iter().map(|one| one["doubt"].as_str().expect("a word")).collect();
    assert_eq!(doubts, ["conflict"]);
    let shown = pairs[0].to_string();
    holds_no_identifier(&shown);
    assert_eq!(
        pairs[0]["differs"],
        "family name, given name, birth date, sex, postcode and house (postcode differs)"
    );
    assert_eq!(pairs[0]["joined"], "one person of 2 records under one number");
    let pair = pairs[0]["pair"].as_str().expect("a token").to_owned();
    let csv = link(&city, &["review", "--format", "csv"]);
    assert!(csv.starts_with("pair,doubt,feeds,other_feeds,agrees,close,differs,missing,"), "{csv}");
    assert!(csv.contains(&pair) && link(&city, &["review"]).contains(&pair));

    decide(&city, &[decision(&pair, "same")]);
    let told = city.run();
    assert!(told.contains("decisions 1 (1 same, 0 different): 1 hold, 0 of a pair"), "{told}");
    holds_no_identifier(&told);
    assert_eq!(city.query(STANDING), "5 3 1+d");
    assert_eq!(queue(&city), Vec::<serde_json::Value>::new());
    let explained = link(&city, &["explain", &pair]);
    assert!(
        explained.contains("One person") && explained.contains("d: `same` in line 2"),
        "{explained}"
    );
    let report = stdout(&hub(&["link", "report"], city.path()));
    assert!(report.contains("Decisions: 1 (1 same"), "{report}");

    decide(&city, &[]);
    city.run();
    assert_eq!(city.query(STANDING), "5 4 1");
    assert_eq!(queue(&city)[0]["pair"].as_str(), Some(pair.as_str()), "the token is as it was");
    decide(&city, &[decision(&pair, "different")]);
    city.run();
    assert_eq!(city.query(STANDING), "5 4 1");
    assert_eq!(queue(&city), Vec::<serde_json::Value>::new(), "it is not asked again");
}

#[test]
fn one_number_and_birth_date_are_two_people_where_a_reviewer_says_so_until_withdrawn() {
    let city = city(&rows(), DECISIONS);
    decide(&city, &[]);
    city.run();
    let joined = with_step(&city, "1");
    let explained = link(&city, &["explain", &joined[0], &joined[1], "--format", "json"]);
    let explained: serde_json::Value = serde_json::from_str(&explained).expect("JSON");
    assert_eq!(explained["is_one_person"], true);
    assert_eq!(explained["applies"][0], "1: one NHS number");
    let pair = explained["pair"].as_str().expect("a token");
    decide(&city, &[decision(pair, "different")]);
    assert!(city.run().contains("(0 same, 1 different): 1 hold"));
    assert_eq!(city.query(STANDING), "5 5 -");
    let explained = link(&city, &["explain", pair]);
    assert!(
        explained.contains("`different` in line 2 of the decisions keeps them apart"),
        "{explained}"
    );
    decide(&city, &[]);
    city.run();
    assert_eq!(city.query(STANDING), "5 4 1");
    assert_eq!(with_step(&city, "1"), joined);
}

#[test]
fn two_numbers_are_not_joined_and_who_is_gone_is_told() {
    let city = city(&rows(), DECISIONS);
    decide(&city, &[]);
    city.run();
    let ids = city.query("select identity_id from link.person_index order by 1");
    let ids: Vec<&str> = ids.split(' ').collect();
    let pairs: Vec<String> = ids[1..]
        .iter()
        .map(|other| link(&city, &["explain", ids[0], other]))
        .filter(|text| text.contains("two different trusted NHS numbers"))
        .map(|text| text.split(':').next().expect("a token").to_owned())
        .collect();
    decide(&city, &[decision(&pairs[0], "same"), decision("00000001f-000000000", "same")]);
    let told = city.run();
    assert!(told.contains("0 hold, 1 of a pair that is not there (line 3), 1 refused"), "{told}");
    assert!(told.contains("or another decision (line 2)"), "{told}");
    assert_eq!(city.query(STANDING), "5 4 1");
    let svg = city.path().join("pair.svg");
    link(&city, &["explain", &pairs[0], "--svg", svg.to_str().expect("a path")]);
    let drawn = std::fs::read_to_string(svg).expect("a chart");
    assert!(drawn.contains(&pairs[0]) && drawn.contains("two persons"), "{drawn}");
    holds_no_identifier(&drawn);
}

/// What a run says of a file of decisions.
fn refusal(folder: &Path, city: &City, lines: &[String]) -> String {
    decide(city, lines);
    let pipeline = city.path().join("p.toml");
    let output = hub(&["run", pipeline.to_str().expect("a path")], folder);
    assert_eq!(output.status.code(), Some(2));
    stderr(&output)
}

#[test]
fn a_decision_that_is_none_is_refused_with_file_and_line() {
    let city = city(&rows(), DECISIONS);
    let [one, other, third] = ["000000000-00000001f", "00000001f-00000002y", "000000000-00000002y"];
    let folder = city.path().to_owned();
    let refusal = |lines: &[String]| refusal(&folder, &city, lines);
    let slip = refusal(&[decision(one, "same"), decision("000000000-00000001g", "same")]);
    assert!(slip.contains("decisions.csv: line 3: `pair` is none"), "{slip}");
    let told = refusal(&[decision(one, "perhaps")]);
    assert!(told.contains("line 2: `decision` is `same` or `different`"), "{told}");
    let told = refusal(&[format!("{one},same,,2025-08-01,\n")]);
    assert!(told.contains("line 2: `decided_by` is blank"), "{told}");
    let told = refusal(&[format!("{one},same,J. Reviewer,yesterday,\n")]);
    assert!(told.contains("line 2: `decided_on` is no date"), "{told}");
    holds_no_identifier(&told);
    let told = refusal(&[decision(one, "same"), decision(one, "different")]);
    assert!(told.contains("line 3: `different`, but by `same` in line 2 it is one"), "{told}");
    let told =
        refusal(&[decision(one, "same"), decision(third, "different"), decision(other, "same")]);
    assert!(told.contains("line 3: `different`, but by `same` in lines 2, 4"), "{told}");
}

#[test]
fn who_asks_in_vain_is_in_the_audit_log_and_another_pipeline_is_refused() {
    let city = city(&rows(), DECISIONS);
    decide(&city, &[]);
    city.run();
    let path = city.path().join("p.toml");
    let ask = |args: &[&str]| {
        let pipeline = path.to_str().expect("a path");
        hub(&[["link", args[0], pipeline].as_slice(), &args[1..]].concat(), city.path())
    };
    let log = || std::fs::read_to_string(city.path().join("store/audit.jsonl")).expect("the log");
    let nobody = ["explain", "00000001f-000000000"];
    assert!(stderr(&ask(&nobody)).contains("no such pair"));
    assert_eq!(log().matches("hub link explain").count(), 1);
    let text = std::fs::read_to_string(&path).expect("readable");
    let name = text.lines().find(|line| line.starts_with("name = ")).expect("a name");
    write(&path, text.replacen(name, "name = \"another\"", 1));
    for args in [nobody.as_slice(), &["review"]] {
        let told = stderr(&ask(args));
        assert!(told.contains("the store holds runs of"), "{told}");
    }
    assert_eq!(log().matches("hub link").count(), 1, "nobody has looked");
}
