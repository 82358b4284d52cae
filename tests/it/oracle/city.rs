//! The city's people: who was on whose list when, where they lived, how many days they were at risk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;

use super::calendar::{AS_AT, DATA_FROM, Month, age, days, plus};
use super::extracts::{Extracts, Fate, Row, table};
use super::identity::{postcode, sex};
use super::linkage::Linkage;

/// A time on a practice's list.
pub(crate) struct Registration {
    pub(crate) practice: String,
    pub(crate) is_city: bool,
    pub(crate) from: Date,
    pub(crate) to: Option<Date>,
    /// Whether it began on the day of birth.
    pub(crate) from_birth: bool,
}

/// A time at an address.
pub(crate) struct Residence {
    pub(crate) lsoa: Option<String>,
    pub(crate) is_care_home: bool,
    pub(crate) from: Date,
    pub(crate) to: Option<Date>,
}

/// Somebody who is or was on a list.
pub(crate) struct Person {
    pub(crate) sex: &'static str,
    pub(crate) birth: Month,
    pub(crate) died_on: Option<Date>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) residences: Vec<Residence>,
    pub(crate) months: BTreeMap<Month, PersonMonth>,
}

/// What is known of a person in one month at risk.
pub(crate) struct PersonMonth {
    /// Days on a city practice's list and alive, within the data.
    pub(crate) days: i64,
    /// Practice, and small area, on the first of those days.
    pub(crate) practice: String,
    pub(crate) neighbourhood: Option<String>,
}

/// A small area.
pub(crate) struct Area {
    pub(crate) neighbourhood: String,
    pub(crate) imd_decile: i32,
    pub(crate) imd_quintile: i32,
}

/// The city.
pub(crate) struct City {
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) areas: BTreeMap<String, Area>,
    /// Neighbourhoods' codes.
    pub(crate) neighbourhoods: BTreeSet<String>,
}

fn covers(from: Date, to: Option<Date>, day: Date) -> bool {
    from <= day && to.is_none_or(|to| to > day)
}

impl Registration {
    pub(crate) fn covers(&self, day: Date) -> bool {
        covers(self.from, self.to, day)
    }
}

impl Person {
    /// The city practice whose list the person is on that day.
    pub(crate) fn practice_on(&self, day: Date) -> Option<&str> {
        let mut held = self.registrations.iter().filter(|r| r.is_city && r.covers(day));
        held.next().map(|registration| registration.practice.as_str())
    }

    /// The address of that day.
    pub(crate) fn residence_on(&self, day: Date) -> Option<&Residence> {
        self.residences.iter().find(|residence| covers(residence.from, residence.to, day))
    }

    /// On a city list and alive on a day.
    pub(crate) fn is_present(&self, day: Date) -> bool {
        self.practice_on(day).is_some() && self.died_on.is_none_or(|died| died > day)
    }

    /// Completed years on a day, by month of birth.
    pub(crate) fn age_on(&self, day: Date) -> i32 {
        age(self.birth, Month::of(day))
    }
}

impl City {
    /// Everybody with a line on the registration list.
    pub(crate) fn new(sample_data: &Path, extracts: &Extracts, linkage: &Linkage) -> Self {
        let areas = areas(sample_data);
        let lsoas: BTreeMap<String, String> = table(&sample_data.join("reference/postcode.csv"))
            .into_iter()
            .filter_map(|row| Some((postcode(&row["postcode"])?, row["lsoa_code"].clone())))
            .collect();
        let practices: BTreeSet<String> = table(&sample_data.join("reference/practice.csv"))
            .into_iter()
            .map(|row| row["practice_code"].clone())
            .collect();
        let died = deaths(extracts, linkage);
        let mut lines: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for (at, row) in extracts.rows.iter().enumerate() {
            if row.feed == "gp_registration" && row.fate == Fate::Accepted {
                let person = linkage.person_of(at).expect("every line of the list is linked");
                lines.entry(person).or_default().push(row);
            }
        }
        let mut people = BTreeMap::new();
        for (id, lines) in lines {
            let died_on = died.get(id).copied();
            let mut person = Person {
                sex: sex(lines[0].text("Sex")).expect("the list states everybody's sex"),
                birth: Month::of(lines[0].day("DateOfBirth").expect("a birth date")),
                died_on,
                registrations: registrations(&lines, died_on, &practices),
                residences: residences(&lines, died_on, &lsoas),
                months: BTreeMap::new(),
            };
            person.months = months(&person, &areas);
            people.insert(id.to_owned(), person);
        }
        let neighbourhoods = areas.values().map(|area| area.neighbourhood.clone()).collect();
        Self { people, areas, neighbourhoods }
    }

    /// The area that a person lives in on a day, if it is one of the city's.
    pub(crate) fn area_on(&self, person: &Person, day: Date) -> Option<&Area> {
        self.areas.get(person.residence_on(day)?.lsoa.as_ref()?)
    }

    /// Neighbourhood and five-year age band of a person's month; `None` outside the city.
    pub(crate) fn place_of(&self, id: &str, month: Month) -> Option<(&str, String)> {
        let person = &self.people[id];
        let neighbourhood = person.months.get(&month)?.neighbourhood.as_deref()?;
        Some((neighbourhood, age_band(age(person.birth, month))?))
    }
}

/// The five-year bands of the European Standard Population 2013.
pub(crate) fn age_band(age: i32) -> Option<String> {
    match age {
        90.. => Some("90+".to_owned()),
        0.. => Some(format!("{}-{}", age / 5 * 5, age / 5 * 5 + 4)),
        _ => None,
    }
}

fn areas(sample_data: &Path) -> BTreeMap<String, Area> {
    let area = |row: BTreeMap<String, String>| {
        let number = |column: &str| row[column].parse().expect("a number");
        let area = Area {
            neighbourhood: row["neighbourhood_code"].clone(),
            imd_decile: number("imd_decile_england"),
            imd_quintile: number("imd_quintile_city"),
        };
        (row["lsoa_code"].clone(), area)
    };
    table(&sample_data.join("reference/lsoa.csv")).into_iter().map(area).collect()
}

/// Days of death: as registered, else as the practice's list has it, else by the hospital stay that
/// ended in death, else as the council has it.
fn deaths(extracts: &Extracts, linkage: &Linkage) -> BTreeMap<String, Date> {
    let mut died: BTreeMap<String, (u8, Date)> = BTreeMap::new();
    for (at, row) in extracts.rows.iter().enumerate() {
        let (rank, day) = match row.feed {
            "death" => (1, row.day("REG_DATE_OF_DEATH")),
            "gp_registration" => (2, row.day("DateOfDeath")),
            "apc" if row.text("DISMETH") == "4" => (3, row.day("DISDATE")),
            "asc" => (4, row.day("Date_of_Death")),
            _ => continue,
        };
        let (Some(day), Some(person), Fate::Accepted) = (day, linkage.person_of(at), row.fate)
        else {
            continue;
        };
        let known = died.entry(person.to_owned()).or_insert((rank, day));
        assert!(known.0 != rank || known.1 == day, "{}: {} died twice", row.feed, row.person);
        *known = (*known).min((rank, day));
    }
    died.into_iter().map(|(person, (_, day))| (person, day)).collect()
}

fn earliest(days: [Option<Date>; 4]) -> Option<Date> {
    days.into_iter().flatten().min()
}

/// One registration for each practice and first day; the next one, and death, end it. The day of
/// death is the last day on the list.
fn registrations(
    lines: &[&Row],
    died_on: Option<Date>,
    practices: &BTreeSet<String>,
) -> Vec<Registration> {
    let mut ends: BTreeMap<(Date, &str), Option<Date>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.text("PatientTypeDescription") != "Temporary") {
        let from = line.day("DateOfRegistration").expect("a day");
        let end = ends.entry((from, line.text("OrganisationCode"))).or_insert(None);
        *end = earliest([*end, line.day("DateofDeactivation"), None, None]);
    }
    let starts: Vec<Date> = ends.keys().map(|(from, _)| *from).collect();
    let day_after_death = died_on.map(|died| plus(died, 1));
    let registration = |(at, ((from, practice), end)): (usize, ((Date, &str), Option<Date>))| {
        let next = starts.get(at + 1).copied();
        // Who is taken off by the date of death was on the list that day.
        let end = end.filter(|end| Some(*end) != died_on);
        let to = earliest([end, day_after_death, next, None]);
        let is_city = practices.contains(practice);
        let from_birth = lines.iter().any(|line| line.day("DateOfBirth") == Some(from));
        Registration { practice: practice.to_owned(), is_city, from, to, from_birth }
    };
    let all = ends.into_iter().enumerate().map(registration);
    all.filter(|r| r.to.is_none_or(|to| to > r.from)).collect()
}

/// One address for each first day, of the newest registration that has it; known until it is left,
/// replaced, or the person leaves the list.
fn residences(
    lines: &[&Row],
    died_on: Option<Date>,
    lsoas: &BTreeMap<String, String>,
) -> Vec<Residence> {
    let mut newest: BTreeMap<Date, &Row> = BTreeMap::new();
    for line in lines {
        let kept = newest.entry(line.day("AddressFrom").expect("a day")).or_insert(line);
        if line.day("DateOfRegistration") > kept.day("DateOfRegistration") {
            *kept = line;
        }
    }
    let starts: Vec<Date> = newest.keys().copied().collect();
    let residence = |(at, (from, line)): (usize, (Date, &Row))| {
        let to = earliest([
            line.day("AddressTo"),
            line.day("DateofDeactivation"),
            died_on.map(|died| plus(died, 1)),
            starts.get(at + 1).copied(),
        ]);
        let lsoa = postcode(line.text("Postcode")).and_then(|code| lsoas.get(&code).cloned());
        let is_care_home = !line.text("ResidentialInstituteCode").is_empty();
        Residence { lsoa, is_care_home, from, to }
    };
    let all = newest.into_iter().enumerate().map(residence);
    all.filter(|r| r.to.is_none_or(|to| to > r.from)).collect()
}

fn months(person: &Person, areas: &BTreeMap<String, Area>) -> BTreeMap<Month, PersonMonth> {
    let mut months: BTreeMap<Month, PersonMonth> = BTreeMap::new();
    for registration in person.registrations.iter().filter(|registration| registration.is_city) {
        // A hub that keeps no birth date knows only the month in which a newborn joined: time counts
        // from the middle of it.
        let middle = plus(Month::of(registration.from).first(), 15);
        let from = if registration.from_birth { middle } else { registration.from };
        let from = from.max(DATA_FROM);
        // The day of death is not lived to its end.
        let to = earliest([registration.to, person.died_on, Some(AS_AT), None]).expect("an end");
        if days(from, to) <= 0 {
            continue;
        }
        for month in Month::over(from, to) {
            let n_days = month.days_of(from, to);
            let held = months.entry(month).or_insert_with(|| {
                let first_day = from.max(month.first()).max(registration.from);
                let lsoa = person.residence_on(first_day).and_then(|r| r.lsoa.as_ref());
                let neighbourhood =
                    lsoa.and_then(|lsoa| areas.get(lsoa)).map(|area| area.neighbourhood.clone());
                PersonMonth { days: 0, practice: registration.practice.clone(), neighbourhood }
            });
            held.days += n_days;
        }
    }
    months
}
