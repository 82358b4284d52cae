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

/// Persons of two practices; the team names the practice. One has no number.
fn city() -> City {
    let city = City::new("files = \"in/v_{provider}_{month}.csv\"");
    let path = city.path().join("p.toml");
    let text = std::fs::read_to_string(&path).expect("the pipeline");
    let text = text.replace("commissioning", "individual_care");
    let section = "[reidentify]\napprovers = [\"Dr A. Caldicott\", \"Ms B. Guardian\", \"Mr C\"]\n\
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
    assert!(stderr(&said).contains("2 persons on 2 lists; 1 asked for are on none"));
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
