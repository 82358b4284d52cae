//! Hospital stays: episodes to spells, and spells across transfers to continuous spells.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::activity::Source;
use super::calendar::{AS_AT, days};
use super::extracts::Row;

/// A stay with one provider.
pub(crate) struct Spell {
    pub(crate) person: String,
    pub(crate) admitted_on: Date,
    pub(crate) discharged_on: Option<Date>,
    /// How it began: emergency, elective, or something else.
    pub(crate) kind: &'static str,
    pub(crate) patient_class: String,
    pub(crate) hrg: String,
    /// Nights; not known of a newborn who stayed, since a hub keeps no day of birth.
    pub(crate) nights: Option<i64>,
    method: String,
    admitted_from: String,
    discharged_to: String,
    /// Whether it begins a continuous spell, which admissions are counted on.
    pub(crate) is_first: bool,
}

/// Codes that say "transferred" (NHS Data Dictionary: method and source of admission, discharge
/// destination).
const TRANSFER_METHODS: [&str; 2] = ["81", "2B"];
const TRANSFER_SOURCES: [&str; 5] = ["49", "51", "52", "53", "87"];
const TRANSFER_DESTINATIONS: [&str; 7] = ["49", "50", "51", "52", "53", "84", "87"];
/// A transfer's next spell begins at most so many days after.
const TRANSFER_DAYS: i64 = 2;

/// How a method of admission is called (NHS Data Dictionary).
fn kind(method: &str) -> &'static str {
    match method {
        "21" | "22" | "23" | "24" | "25" | "28" | "2A" | "2B" | "2C" | "2D" => "emergency",
        "11" | "12" | "13" => "elective",
        _ => "other",
    }
}

/// The spells of everybody who is linked. A spell is one patient's: an episode whose identifiers say
/// too little, or name another, is that patient's too.
pub(crate) fn spells(source: &Source) -> Vec<Spell> {
    let mut people: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut episodes: BTreeMap<(&str, String), Vec<&Row>> = BTreeMap::new();
    for (at, row) in source.accepted("apc") {
        let person = source.person_of(at);
        let chain = match (row.text("SUSSPELLID"), person) {
            // Unspellable: one stay for each patient and day of admission.
            ("" | "-1" | "Null", person) => {
                let patient = person.map_or_else(|| format!("row {at}"), str::to_owned);
                format!("{patient} admitted {}", row.text("ADMIDATE"))
            }
            (key, _) => key.to_owned(),
        };
        let key = (row.text("PROCODE3"), chain);
        if let Some(person) = person {
            let patient = people.entry(key.clone()).or_insert(person);
            match (patient.starts_with('?'), person.starts_with('?')) {
                (true, false) => *patient = person,
                (false, false) => assert_eq!(*patient, person, "a spell of two people"),
                (_, true) => {}
            }
        }
        episodes.entry(key).or_default().push(row);
    }
    let spell_of = |(key, rows)| people.get(&key).map(|person| spell(person, rows));
    let mut spells: Vec<Spell> = episodes.into_iter().filter_map(spell_of).collect();
    spells.sort_by(|a, b| {
        let end = |spell: &Spell| spell.discharged_on.unwrap_or(Date::MAX);
        (&a.person, a.admitted_on, end(a)).cmp(&(&b.person, b.admitted_on, end(b)))
    });
    for at in 1..spells.len() {
        let (earlier, later) = (&spells[at - 1], &spells[at]);
        let is_transfer = TRANSFER_METHODS.contains(&later.method.as_str())
            || TRANSFER_SOURCES.contains(&later.admitted_from.as_str())
            || TRANSFER_DESTINATIONS.contains(&earlier.discharged_to.as_str());
        let follows = earlier
            .discharged_on
            .is_some_and(|end| (0..=TRANSFER_DAYS).contains(&days(end, later.admitted_on)));
        spells[at].is_first = !(earlier.person == later.person && follows && is_transfer);
    }
    spells
}

fn spell(person: &str, mut rows: Vec<&Row>) -> Spell {
    rows.sort_by_key(|row| (row.day("EPISTART"), row.number("EPIORDER").map(|n| n as i64)));
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    let hrg = first.text("SUSHRG");
    let admitted_on = rows.iter().filter_map(|row| row.day("ADMIDATE")).min().expect("a day");
    let discharged_on = rows.iter().filter_map(|row| row.day("DISDATE")).max();
    let nights = days(admitted_on, discharged_on.unwrap_or(AS_AT));
    let is_newborn = first.day("DOB") == Some(admitted_on);
    let classes = ["1", "2", "3", "4", "5"];
    Spell {
        person: person.to_owned(),
        admitted_on,
        discharged_on,
        nights: Some(nights).filter(|nights| *nights == 0 || !is_newborn),
        kind: kind(first.text("ADMIMETH")),
        patient_class: first.code("CLASSPAT", &classes).unwrap_or_default().to_owned(),
        hrg: if hrg == "UZ01Z" { "" } else { hrg }.to_owned(),
        method: first.text("ADMIMETH").to_owned(),
        admitted_from: first.text("ADMISORC").to_owned(),
        discharged_to: last.text("DISDEST").to_owned(),
        is_first: true,
    }
}
