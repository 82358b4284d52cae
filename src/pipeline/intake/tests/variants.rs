//! Files of people who are pseudonyms already, with an age or a month in place of a birth date.

use super::*;

/// The layout of Hospital Episode Statistics, cut down.
const HES: &str = r#"
feed = "apc"
version = "1"
title = "t"
sector = "acute"
source = "s"
delimiter = ","
issuer = "hes"
header_only = ["PARTYEAR"]
key = ["K"]
column = [
  { name = "K", as = "k", required = true },
  { name = "HESID", role = "pseudonym", required = true },
  { name = "MYDOB", role = "birth_date", type = "month", format = "%m%Y", sentinels = ["011801"] },
  { name = "STARTAGE", role = "age", type = "integer" },
  { name = "LSOA", role = "lsoa", sentinels = ["Z99999999"] },
  { name = "PROVIDER", role = "provider" },
  { name = "START", as = "start_on", type = "date", format = "%Y-%m-%d", role = "event_date", required = true },
  { name = "ADMITTED", as = "admitted_on", type = "date", format = "%Y-%m-%d" },
  { name = "TYPE", as = "kind", filter = ["score", "test"] },
]
"#;
const HES_HEADER: &str = "K,HESID,MYDOB,STARTAGE,LSOA,PROVIDER,START,ADMITTED,PARTYEAR,TYPE";

fn take_hes(rows: &str) -> Taken {
    let setting = Setting { contract: HES, ..Setting::default() };
    take_under(&setting, format!("{HES_HEADER}\n{rows}").as_bytes()).unwrap()
}

impl Taken {
    fn numbers(&self, column: &str) -> Vec<Option<i32>> {
        let column = self.records.column_by_name(column).unwrap();
        column.as_primitive::<Int32Type>().iter().collect()
    }

    fn days(&self, column: &str) -> Vec<Option<i32>> {
        let column = self.records.column_by_name(column).unwrap();
        column.as_primitive::<Date32Type>().iter().collect()
    }
}

fn days(year: i16, month: i8, day: i8) -> Option<i32> {
    Some(days_since_epoch(jiff::civil::date(year, month, day)))
}

#[test]
fn a_stated_age_goes_before_one_of_the_month_of_birth() {
    let taken = take_hes(
        "k1,Aa,041968,33,E01011229,RR8,2001-12-04,2001-09-27,x\n\
         k2,Aa,041968,32,E01011229,RR8,2001-04-20,2001-04-20,x\n\
         k3,Bb,051974,27,W01000001,RR8,2001-04-03,2001-04-03,x\n\
         k4,Cc,011801,42,Z99999999,RR8,2001-04-03,2001-04-03,x\n\
         k5,Dd,051974,,leeds,RR8,2001-04-03,2001-04-03,x\n\
         k6,Ee,,999,,RR8,2001-04-03,2001-04-03,x\n",
    );
    assert_eq!(taken.counts(), [6, 6, 0, 0, 0]);
    let ages = taken.numbers("age_at_event");
    assert_eq!(ages, [Some(33), Some(32), Some(27), Some(42), Some(26), None]);
    // In the month of the birthday both ages are possible; 27 before the birthday of 1974 is not.
    assert_eq!(taken.found("age_disagrees"), Some((1, 4)));
    assert_eq!(taken.found("out_of_range"), Some((1, 7)), "999 is no age");
    assert_eq!(taken.found("sentinel"), Some((1, 5)));
    assert_eq!(taken.found("lsoa_shape"), Some((1, 6)));
    assert_eq!(
        taken.texts("lsoa_code"),
        [Some("E01011229"), Some("E01011229"), Some("W01000001"), None, None, None]
    );
    let resident = taken.records.column_by_name("is_resident").unwrap().as_boolean().clone();
    let resident: Vec<_> = resident.iter().collect();
    assert_eq!(resident[..4], [Some(true), Some(true), Some(false), None]);
    assert_eq!(taken.days("birth_month")[0], days(1968, 4, 1));
}

#[test]
fn an_age_of_less_than_a_day_gives_no_birth_date_away() {
    let taken = take_hes(
        "k1,Aa,092001,7001,,RR8,2001-09-17,2001-09-17,x\n\
         k2,Bb,092001,7002,,RR8,2001-09-17,2001-09-15,x\n\
         k3,Cc,,7001,,RR8,2001-09-17,2001-09-17,x\n\
         k4,Dd,032001,7006,,RR8,2001-09-17,2001-09-17,x\n",
    );
    assert_eq!(taken.numbers("age_at_event"), [Some(0); 4]);
    // Lower bounds of the groups of HES.
    let groups = taken.numbers("age_days_at_event");
    assert_eq!(groups, [Some(0), Some(1), Some(0), Some(182)]);
    let born = days(2001, 9, 1);
    assert_eq!(taken.days("start_on"), [born, days(2001, 9, 17), born, days(2001, 9, 17)]);
    assert_eq!(taken.days("admitted_on"), [born, days(2001, 9, 15), born, days(2001, 9, 17)]);
    assert_eq!(taken.found("age_disagrees"), None);
}

#[test]
fn a_pseudonym_is_one_person_at_every_provider_and_is_not_kept() {
    let taken = take_hes(
        "k1,TESTWn4R,,42,,RR8,2001-04-03,,x\n\
         k2,TESTWn4R,,42,,RAE,2001-05-03,,x\n\
         k3,TESTWN4R,,42,,RR8,2001-04-03,,x\n\
         k4,,,42,,RR8,2001-04-03,,x\n",
    );
    assert_eq!(taken.counts(), [4, 3, 1, 0, 0]);
    assert_eq!(taken.quarantine, [(5, "HESID".to_owned(), "required".to_owned())]);
    let ids = taken.ids("identity_id");
    assert_eq!(ids[0], ids[1], "the issuer's, whoever the provider is");
    assert_ne!(ids[0], ids[2], "letter case is part of it");
    let names: Vec<_> = taken.records.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names[13..], ["k", "start_on", "admitted_on", "kind"]);
}

#[test]
fn rows_that_a_value_leaves_out_are_counted_by_column() {
    let taken = take_hes(
        "k1,Aa,,42,,RR8,2001-04-03,,score\n\
         k2,Aa,,42,,RR8,2001-05-03,,stay\n\
         ,,,,,RR8,,,test\n",
    );
    assert_eq!(taken.counts(), [3, 1, 0, 2, 0]);
    assert_eq!(taken.found("filtered"), Some((2, 2)));
    assert_eq!(taken.texts("kind"), [Some("stay")]);
    let is_info = |f: &Finding| f.rule == "filtered" && f.severity == "info";
    assert!(taken.intake.found.iter().any(is_info));
}

#[test]
fn a_column_that_only_the_header_has_is_left_out_of_it_and_of_nothing_else() {
    // As sent, every row lacks a field; a row that has it does not fit, and is refused.
    let taken = take_hes(
        "k1,Aa,,42,,RR8,2001-04-03,,stay\n\
         k2,Aa,,42,,RR8,2001-05-03,,200199,stay\n",
    );
    assert_eq!(taken.counts(), [2, 1, 1, 0, 0]);
    assert_eq!(taken.quarantine, [(3, String::new(), "ragged_row".to_owned())]);
    // A file whose header has been put right is read as it stands.
    let setting = Setting { contract: HES, ..Setting::default() };
    let header = HES_HEADER.replace("PARTYEAR,", "");
    let text = format!("{header}\nk1,Aa,,42,,RR8,2001-04-03,,stay\n");
    assert_eq!(take_under(&setting, text.as_bytes()).unwrap().counts(), [1, 1, 0, 0, 0]);
}
