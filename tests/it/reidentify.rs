//! Back to care by one route: sealed lists, two approvers, individual care alone.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use hub::pseudonymise::open_sealed;
use hub::store::{Canaries, Rules, scan, sha256_hex};

use crate::deliveries::City;
use crate::retention::{change, verifies};
use crate::sealed::{PUBLIC, SECRET};
use crate::support::{files, hub, stderr, stdout, write};

/// Another practice's keys; the public one as the reference implementation gives it.
const OTHER_SECRET: &str =
    "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6";
const OTHER_PUBLIC: &str = "age1w3tyke4gev25vaxxsvcgqu4484rf6ejpmavs57p6yz6lhy2sfs5swrvwyn";

const REASON: &str = "insulin recall, batch 7";
const SQL: &str = "select distinct person_id, concat('B8600', team) as practice_code, \
                   '=see ' || team as advice, -1 as risk from core.visit where team <> 'x'";

const NUMBERS: [&str; 4] = ["9990000018", "9990000026", "9990000034", "9990000042"];

/// Registrations as they were sent, as the standard models have them.
const LIST_CONTRACT: &str = r#"
feed = "list"
version = "1"
title = "Registration list"
sector = "primary_care"
source = "made for this test"
delimiter = ","
local_id_scope = "visit"
key = ["Id"]
column = [
  { name = "Id", as = "line_key", required = true },
  { name = "NHS", role = "nhs_number" },
  { name = "Ref", role = "local_id" },
  { name = "From", as = "from_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "To", as = "to_on", type = "date", format = "%Y-%m-%d" },
  { name = "Practice", as = "practice_code", required = true },
  { name = "Provider", role = "provider" },
]
"#;

const LIST_MODEL: &str = "--! summary = \"Who was on which practice's list.\"
--! grain = [\"person_id\", \"from_on\"]
--! sensitivity = \"person\"
--! checks = [\"unique(person_id, from_on)\"]

with

accepted as (
    select identity_id, from_on, to_on, practice_code from record.list
),

person_index as (
    select identity_id, person_id from link.person_index
)

select
    person_index.person_id, -- pseudonym
    accepted.from_on,       -- first day on the list
    accepted.to_on,         -- first day off it
    accepted.practice_code  -- the practice
from accepted
inner join person_index on accepted.identity_id = person_index.identity_id -- many to one
";

/// Persons of two practices; the team names the practice. One has no number, one is on no list any more.
/// The first was with the other practice before.
fn city() -> City {
    let city = City::new("files = \"in/v_{provider}_{month}.csv\"");
    write(&city.path().join("contracts/list.toml"), LIST_CONTRACT);
    write(&city.path().join("models/core/registration.sql"), LIST_MODEL);
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    let text = text.replace("commissioning", "individual_care");
    let text = text.replace("feeds = [\"visit\"]", "feeds = [\"visit\", \"list\"]");
    let section = "[[delivery]]\nfeed = \"list\"\nfiles = \"list/*\"\n[reidentify]\napprovers = [\"Dr A. Caldicott\", \"Ms B. Guardian\", \"Mr C\"]\n\
                   practice_keys = \"keys.csv\"\n";
    write(&path, format!("{text}{section}"));
    let keys = format!("practice_code,public_key\nB86001,{PUBLIC}\nB86002,{OTHER_PUBLIC}\n");
    write(&city.path().join("keys.csv"), keys);
    let contract = std::fs::read_to_string(city.path().join("contracts/visit.toml"));
    let local = "  { name = \"Ref\", role = \"local_id\" },\n  { name = \"Day\"";
    let contract = contract.expect("the contract").replace("  { name = \"Day\"", local);
    write(&city.path().join("contracts/visit.toml"), contract);
    let [a, b, c, _] = NUMBERS;
    let rows = format!(
        "Id,NHS,Ref,Day,Team,Provider,Deleted\nk1,{a},r1,2025-04-03,1,X,false\n\
         k2,{b},r2,2025-04-03,2,X,false\nk3,{c},r3,2025-04-03,x,X,false\n\
         k4,,r4,2025-04-03,2,X,false\nk5,{a},r1,2025-04-04,1,X,false\n"
    );
    write(&city.path().join("in/v_X_2025-04.csv"), rows);
    let list = format!(
        "Id,NHS,Ref,From,To,Practice,Provider\nl1,{a},r1,2020-01-01,2024-06-01,B86002,X\n\
         l2,{a},r1,2024-06-01,,B86001,X\nl3,{b},r2,2020-01-01,,B86002,X\n\
         l4,,r4,2020-01-01,,B86002,X\nl5,{c},r3,2020-01-01,2025-07-01,B86001,X\n"
    );
    write(&city.path().join("list/list.csv"), list);
    city.run();
    city
}

fn ask(city: &City, sql: &str, approvers: &[&str], reason: &str) -> Output {
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let mut args = vec!["reidentify", &path, "--sql", sql, "--reason", reason];
    approvers.iter().for_each(|name| args.extend(["--approver", name]));
    hub(&args, city.path())
}

const TWO: [&str; 2] = ["Dr A. Caldicott", "Ms B. Guardian"];

/// What a practice does with a list, a secret key and its own numbers.
fn open(city: &City, list: &Path, secret: &str, numbers: &[&str]) -> Output {
    let at = city.path();
    let key = at.join("practice.key");
    write(&key, format!("# created: 2026-04-01\n# public key: elsewhere\n{secret}\n"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    let own = at.join("own.csv");
    write(&own, format!("name,nhs_number\n{}\n", numbers.join("\n").replace("999", "someone,999")));
    let [list, key, own] = [list, &key, &own].map(|path| path.to_string_lossy().into_owned());
    hub(&["reidentify", "open", &list, "--secret-key", &key, "--numbers", &own], at)
}

fn lists(city: &City) -> Vec<PathBuf> {
    let folder = city.path().join("out/reidentify");
    if !folder.exists() {
        return Vec::new();
    }
    files(&folder).into_keys().map(|name| folder.join(name)).collect()
}

#[test]
fn each_practice_learns_of_its_own_patients_and_nobody_else_does() {
    let city = city();
    let said = ask(&city, SQL, &TWO, REASON);
    assert!(said.status.success(), "{}", stderr(&said));
    assert!(stderr(&said).contains(
        "2 lists: 2 persons on lists; on none 0 who are not registered where the query says, and 1 whose number \
         no extract holds"
    ));
    let lists = lists(&city);
    let [first, second] = lists.as_slice() else { panic!("{lists:?}") };
    assert!(first.ends_with("B86001.age") && second.ends_with("B86002.age"));

    // The practice's own copy of numbers says who it is; of a number that is not its own, nothing.
    let told = open(&city, first, SECRET, &NUMBERS);
    assert_eq!(stdout(&told), "nhs_number,advice,risk\n9990000018,'=see 1,-1\n");
    let told = open(&city, second, OTHER_SECRET, &["9990000018", "999 000 0026"]);
    assert_eq!(stdout(&told), "nhs_number,advice,risk\n999 000 0026,'=see 2,-1\n");
    let told = open(&city, first, SECRET, &["9990000026"]);
    assert_eq!(stdout(&told), "nhs_number,advice,risk\n");
    // Another practice's key opens nothing.
    let refused = open(&city, first, OTHER_SECRET, &NUMBERS);
    assert_eq!(refused.status.code(), Some(14), "{}", stderr(&refused));
    assert!(stdout(&refused).is_empty());

    // Not even who opens a list finds a number in it, nor anything that the store holds.
    let plain = open_sealed(&std::fs::read(first).expect("a list"), SECRET).expect("opened");
    let plain = String::from_utf8(plain.to_vec()).expect("text");
    assert!(plain.contains("insulin recall") && !NUMBERS.iter().any(|n| plain.contains(n)));
    let person = city.query("select person_id from core.visit where visit_key = 'k1'");
    assert!(!plain.contains(&person));
    let canaries = Canaries {
        nhs_numbers: BTreeSet::from(NUMBERS.map(str::to_owned)).into_iter().collect(),
        ..Canaries::default()
    };
    let written = [city.path().join("store"), city.path().join("out")];
    assert_eq!(scan(&written, &canaries, &Rules::default()).expect("scanned"), []);
    for text in [stdout(&said), stderr(&said)] {
        assert!(!NUMBERS.iter().any(|number| text.contains(number)));
    }

    // Two lists of the same persons have nothing in common, and the log says who approved what.
    let before = std::fs::read(first).expect("a list");
    assert!(ask(&city, SQL, &TWO, REASON).status.success());
    let again = std::fs::read(first).expect("a list");
    let again_plain = open_sealed(&again, SECRET).expect("opened");
    let marks = |json: &[u8]| -> Vec<String> {
        let list: serde_json::Value = serde_json::from_slice(json).expect("JSON");
        let marks = list["persons"][0]["marks"].as_array().expect("marks").iter();
        marks.map(|mark| mark.as_str().expect("text").to_owned()).collect()
    };
    assert_ne!(marks(plain.as_bytes()), marks(&again_plain));
    let log = std::fs::read_to_string(city.path().join("store/audit.jsonl")).expect("the log");
    let why =
        "individual_care: insulin recall, batch 7; approved by Dr A. Caldicott and Ms B. Guardian";
    assert_eq!(log.matches(why).count(), 2);
    assert!(log.contains(&sha256_hex(&before)) && log.contains(&sha256_hex(&again)));
    assert!(log.contains(&sha256_hex(SQL.as_bytes())));
    verifies(city.path());
}

#[test]
fn a_person_is_on_the_list_of_no_practice_but_that_which_has_them_on_the_day() {
    let city = city();
    // Both practices are asked to see everybody: the one whom the first practice has now and the second
    // had, the one whom only the second has, the one who has left the first, the one without a number.
    let sql = "select visit.person_id, practice.practice_code, 'see' as advice \
               from (select distinct person_id from core.visit) as visit \
               cross join (select 'B86001' as practice_code union all select 'B86002') as practice";
    let said = ask(&city, sql, &TWO, REASON);
    assert!(said.status.success(), "{}", stderr(&said));
    let counted = "2 persons on lists; on none 5 who are not registered where the query says, and 1 whose \
                   number no extract holds";
    assert!(stderr(&said).contains(&format!("2 lists: {counted}")), "{}", stderr(&said));
    let log = std::fs::read_to_string(city.path().join("store/audit.jsonl")).expect("the log");
    assert!(log.contains(&format!("Ms B. Guardian; {counted}\"")), "{log}");
    let told = |practice: &str, secret: &str| {
        let of_practice = |path: &PathBuf| path.ends_with(format!("{practice}.age"));
        let list = lists(&city).into_iter().find(of_practice).expect("a list");
        stdout(&open(&city, &list, secret, &NUMBERS))
    };
    assert_eq!(told("B86001", SECRET), "nhs_number,advice\n9990000018,see\n");
    assert_eq!(told("B86002", OTHER_SECRET), "nhs_number,advice\n9990000026,see\n");
    // On an earlier day, the first person was with the second practice still.
    std::fs::remove_dir_all(city.path().join("out/reidentify")).expect("removed");
    let path = city.path().join("p.toml").to_string_lossy().into_owned();
    let mut args = vec!["reidentify", &path, "--sql", sql, "--reason", REASON];
    TWO.iter().for_each(|name| args.extend(["--approver", name]));
    args.extend(["--run-on", "2024-05-31"]);
    let said = hub(&args, city.path());
    assert!(said.status.success(), "{}", stderr(&said));
    assert_eq!(told("B86002", OTHER_SECRET), "nhs_number,advice\n9990000018,see\n9990000026,see\n");
    assert_eq!(told("B86001", SECRET), "nhs_number,advice\n9990000034,see\n");
    // Where no list of registrations was taken in, nobody's practice can be checked.
    std::fs::remove_file(city.path().join("models/core/registration.sql")).expect("removed");
    city.run();
    let said = ask(&city, sql, &TWO, REASON);
    assert_eq!(said.status.code(), Some(2), "{}", stderr(&said));
    assert!(stderr(&said).contains("no `core.registration`"), "{}", stderr(&said));
}

#[test]
fn without_two_approvers_a_reason_a_key_and_the_purpose_there_is_no_list() {
    let city = city();
    let unknown = SQL.replace("B8600", "B8700");
    let beside = SQL.replace("person_id,", "person_id, person_id as ref,");
    let cases: [(&str, &[&str], &str, &str); 9] = [
        (&beside, &TWO, REASON, "holds pseudonyms"),
        (SQL, &[], REASON, "two approvers"),
        (SQL, &TWO[..1], REASON, "two approvers"),
        (SQL, &["Mr C", "Mr C"], REASON, "two approvers"),
        (SQL, &["Mr C", "Mr D"], REASON, "`Mr D` is not among the approvers"),
        (SQL, &TWO, " ", "must say why"),
        (SQL, &TWO, "for 999 000 0018", "must say why"),
        (&unknown, &TWO, REASON, "no public key of practice B87001, B87002"),
        ("select person_id from core.visit", &TWO, REASON, "`practice_code`"),
    ];
    for (sql, approvers, reason, expected) in cases {
        let said = ask(&city, sql, approvers, reason);
        assert_eq!(said.status.code(), Some(2), "{expected}: {}", stderr(&said));
        assert!(stderr(&said).contains(expected), "{}", stderr(&said));
    }
    // No other purpose, whatever it is called.
    for purpose in ["commissioning", "public_health"] {
        let before = if purpose == "commissioning" { "individual_care" } else { "commissioning" };
        change(&city, before, purpose);
        let said = ask(&city, SQL, &TWO, REASON);
        assert_eq!(said.status.code(), Some(15), "{}", stderr(&said));
        assert!(stderr(&said).contains(&format!("nobody is reidentified for `{purpose}`")));
    }
    // Nor a run that was made for another, whatever is declared now.
    city.run();
    change(&city, "public_health", "individual_care");
    let said = ask(&city, SQL, &TWO, REASON);
    assert_eq!(said.status.code(), Some(15), "{}", stderr(&said));
    // Nor an agreement that has ended.
    city.run();
    change(&city, "expires_on = 2999-12-31", "expires_on = 2025-07-31");
    assert_eq!(ask(&city, SQL, &TWO, REASON).status.code(), Some(15));
    assert_eq!(lists(&city), Vec::<PathBuf>::new());
    let log = std::fs::read_to_string(city.path().join("store/audit.jsonl")).expect("the log");
    assert!(!log.contains("hub reidentify"));
}
