//! Filters through the life of a store: one for each distinct value that somebody carries, in the identity
//! zone alone; and persons who keep their ids when their rows come to be encoded otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use hub::store::{Canaries, Rules, scan};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::deliveries::City;
use crate::keys::{new_key, rotate};
use crate::support::{hub, stdout, write};
use crate::zone_files::{open_store, parquet_files};

const CONTRACT: &str = r#"
feed = "visit"
version = "1"
title = "Visits"
sector = "community"
source = "made for this test"
delimiter = ","
postcode = "digits4"
key = ["Id"]
column = [
  { name = "Id", as = "visit_key", required = true },
  { name = "Given", role = "given_name" },
  { name = "Family", role = "family_name" },
  { name = "Born", role = "birth_date", type = "date", format = "%Y%m%d" },
  { name = "Line1", role = "address_line" },
  { name = "Line2", role = "address_line" },
  { name = "Suburb", role = "locality" },
  { name = "Postcode", role = "postcode" },
  { name = "State", role = "region" },
  { name = "Phone", role = "telephone" },
  { name = "Day", as = "visited_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "Team", as = "team" },
]
"#;

/// Three persons in four visits; names and places are invented.
const ROWS: &str = "Id,Given,Family,Born,Line1,Line2,Suburb,Postcode,State,Phone,Day,Team
k1,Quilla Mae,Wrenfold,19560409,7 wallaby pl,delmar,cleveland,2119,sa,0113 496 0123,2025-04-03,x
k2,Quilla Mae,Wrenfold,19560409,7 Wallaby Place,Delmar,Cleveland,2119,SA,+44 113 4960123,2025-05-03,x
k3,Brannoc,Thistlewood,19711119,12 pinkerton circuit,,richlands,4560,vic,,2025-04-03,x
k4,Wrenfold,Brannoc,19800731,1/12 pinkerton cct,,richlands,4560,vic,,2025-04-03,x
";

/// Columns of tokens whose values have filters, by the kind of filter.
const KINDS: [(&str, &[&str]); 5] = [
    ("name", &["family", "given", "given2"]),
    ("street", &["street", "extra"]),
    ("locality", &["locality"]),
    ("postcode", &["postcode"]),
    ("birth", &["birth", "birth_swapped"]),
];

fn city() -> City {
    let city = City::new("files = \"in/v_{provider}.csv\"");
    write(&city.path().join("contracts/visit.toml"), CONTRACT);
    write(&city.path().join("in/v_X.csv"), ROWS);
    city
}

/// What names every filter of the store in a folder.
pub(crate) fn filters(at: &Path) -> BTreeSet<(String, u64)> {
    named(at, "bits", &[])
}

/// What should name them: tokens of identities.
fn carried(at: &Path) -> BTreeSet<(String, u64)> {
    named(at, "identity_id", &KINDS)
}

/// Names of filters in parts of the zone that have a column: those of a filter table, or of these kinds of
/// tokens.
fn named(at: &Path, having: &str, kinds: &[(&str, &[&str])]) -> BTreeSet<(String, u64)> {
    let mut named = BTreeSet::new();
    let files = parquet_files(at).into_iter();
    for (_, file) in files.filter(|(name, _)| name.starts_with("identities/")) {
        let mut of_file = BTreeSet::new();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        for batch in reader.build().expect("a reader") {
            let batch = batch.expect("rows");
            if batch.column_by_name(having).is_none() {
                continue;
            }
            let tokens = |column: &str| {
                batch.column_by_name(column).expect("tokens").as_primitive::<UInt64Type>().clone()
            };
            for (kind, columns) in kinds {
                for column in *columns {
                    let tokens = tokens(column);
                    named.extend(tokens.iter().flatten().map(|token| ((*kind).to_owned(), token)));
                }
            }
            if let (Some(kind), true) = (batch.column_by_name("field"), kinds.is_empty()) {
                let kinds = kind.as_string::<i32>();
                let tokens = tokens("token");
                for row in 0..tokens.len() {
                    let name = (kinds.value(row).to_owned(), tokens.value(row));
                    assert!(of_file.insert(name), "one for each value of a file");
                }
            }
        }
        named.extend(of_file);
    }
    named
}

/// Identity and person of each visit.
fn of_visits(city: &City) -> BTreeMap<String, (String, String)> {
    let said = city.query(
        "select concat(visit.visit_key, ' ', row.identity_id, ' ', visit.person_id) from core.visit as visit \
         inner join record.visit as row on row.visit_key = visit.visit_key",
    );
    let words: Vec<&str> = said.split_whitespace().map(|word| word.trim_matches('"')).collect();
    let visit = |w: &[&str]| (w[0].to_owned(), (w[1].to_owned(), w[2].to_owned()));
    words.chunks(3).map(visit).collect()
}

#[test]
fn each_value_that_somebody_carries_has_one_filter_in_the_zone_alone() {
    let city = city();
    city.run();
    let at = city.path();
    // Names: Quilla, Mae, Wrenfold, Brannoc, Thistlewood. Streets: two, and Delmar. Localities and
    // postcodes: two. Birth dates: three, and one with day and month swapped.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    filters(at).into_iter().for_each(|(kind, _)| *counts.entry(kind).or_default() += 1);
    let expected = [("birth", 4), ("locality", 2), ("name", 5), ("postcode", 2), ("street", 3)];
    assert_eq!(counts, expected.map(|(kind, n)| (kind.to_owned(), n)).into());
    assert_eq!(filters(at), carried(at));
    for sql in ["select * from received.filter", "select * from \"received.filter\""] {
        assert!(!hub(&["query", sql], at).status.success(), "{sql}");
    }
    let visits = of_visits(&city);
    assert_eq!(visits["k1"], visits["k2"], "spellings of one person are one identity");
    let verified = hub(&["store", "verify", &at.join("p.toml").to_string_lossy()], at);
    assert!(verified.status.success(), "{}", stdout(&verified));
}

#[test]
fn no_line_of_an_address_no_suburb_and_no_telephone_is_stored_not_in_the_opened_zone_either() {
    let city = city();
    city.run();
    let at = city.path();
    let opened = tempfile::tempdir().expect("a folder");
    for (name, bytes) in parquet_files(at) {
        write(&opened.path().join(format!("{}.parquet", name.replace('/', "-"))), bytes);
    }
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let canaries = Canaries {
        names: owned(&["Quilla", "Wrenfold", "Brannoc", "Thistlewood"]),
        address_lines: owned(&[
            "wallaby pl",
            "wallabyplace",
            "delmar",
            "pinkerton circuit",
            "cleveland",
            "richlands",
        ]),
        local_ids: owned(&["01134960123", "134960123", "0113 496 0123"]),
        ..Canaries::default()
    };
    let scan = |folders: &[&Path]| {
        let folders: Vec<_> = folders.iter().map(|folder| folder.to_path_buf()).collect();
        scan(&folders, &canaries, &Rules::default()).expect("scanned")
    };
    assert_eq!(scan(&[&at.join("store"), &at.join("out"), opened.path()]), []);
    assert!(scan(&[&at.join("in")]).len() >= 3, "they are found where they are");
}

#[test]
fn a_new_key_makes_other_filters_and_gc_lets_go_of_those_before() {
    let city = city();
    city.run();
    let before = filters(city.path());
    new_key(&city, "new.key", "key = \"demonstration\"");
    rotate(&city);
    let both = filters(city.path());
    assert_eq!(both.len(), 2 * before.len());
    let store = open_store(city.path());
    let run = store.current().expect("readable").expect("a run");
    let table = &run.tables["received.filter"];
    assert_eq!(table.zone, hub::store::Zone::Identities);
    let n_rows: u64 = table.parts.iter().map(|part| part.n_rows).sum();
    assert_eq!(n_rows as usize, before.len());
}

#[test]
fn a_file_that_goes_takes_its_filters_along() {
    let city = city();
    let gone = "Id,Given,Family,Born,Line1,Line2,Suburb,Postcode,State,Phone,Day,Team\n\
                m1,Isolde,Farrowgate,19330228,3 heather loop,,mosman,2088,nsw,,2025-04-03,x\n";
    write(&city.path().join("in/v_Y.csv"), gone);
    city.run();
    let before = filters(city.path());
    std::fs::remove_file(city.path().join("in/v_Y.csv")).expect("it was there");
    city.run();
    let store = open_store(city.path());
    let run = store.current().expect("readable").expect("a run");
    let n_rows: u64 = run.tables["received.filter"].parts.iter().map(|part| part.n_rows).sum();
    // Both names, street, suburb, postcode and birth date, which has no swap.
    assert_eq!(n_rows as usize, before.len() - 6);
}

#[test]
fn persons_keep_their_ids_when_their_rows_are_encoded_otherwise() {
    let city = city();
    // What an earlier contract did not read.
    let earlier = CONTRACT
        .lines()
        .map(|line| {
            match ["Line1", "Line2", "Suburb", "State", "Phone"].iter().find(|n| line.contains(*n))
            {
                Some(name) => format!("  {{ name = \"{name}\", drop = true }},\n"),
                None => format!("{line}\n"),
            }
        })
        .collect::<String>();
    write(&city.path().join("contracts/visit.toml"), earlier);
    city.run();
    let before = of_visits(&city);
    let persons: BTreeSet<&String> = before.values().map(|(_, person)| person).collect();
    assert_eq!(persons.len(), 3);
    write(&city.path().join("contracts/visit.toml"), CONTRACT);
    city.run();
    let after = of_visits(&city);
    assert_eq!(after.len(), 4);
    for (visit, (identity, person)) in &after {
        assert_ne!(*identity, before[visit].0, "{visit}");
        assert_eq!(*person, before[visit].1, "{visit}");
    }
    let changes = city.query("select count(*) from link.ledger where change <> 'new'");
    assert_eq!(changes, "0", "nobody was merged or split");
    let new = city.query("select count(*) from link.ledger");
    assert_eq!(new, "3", "and nobody is new");
}
