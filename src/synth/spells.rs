//! Hospital spells: births, planned admissions, and what every spell is made of.

use std::ops::Range;

use super::calendar::{Day, to_weekday};
use super::chance::{Chance, Stream};
use super::city::City;
use super::clinical::{CHEMOTHERAPY, Operation, diagnoses, draw_operation};
use super::hazard::{Care, Hazards, stretches};
use super::health::Condition;

/// An acute trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// The city's.
    City,
    /// The neighbouring city's.
    Neighbour,
}

impl Trust {
    /// Its ODS code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::City => "RR8",
            Self::Neighbour => "RAE",
        }
    }
}

/// What kind of admission begins a spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Emergency,
    Planned,
    Maternity,
    Transfer,
}

/// One spell at one trust.
pub(crate) struct Spell {
    pub(crate) person: usize,
    pub(crate) trust: Trust,
    pub(crate) kind: Admission,
    pub(crate) admitted: Day,
    /// May lie after the window: then nobody knows it yet.
    pub(crate) discharged: Day,
    pub(crate) method: &'static str,
    pub(crate) source: &'static str,
    pub(crate) destination: &'static str,
    pub(crate) discharge_method: &'static str,
    pub(crate) class: &'static str,
    pub(crate) specialty: &'static str,
    pub(crate) diagnoses: Vec<String>,
    pub(crate) procedure: &'static str,
    pub(crate) hrg: &'static str,
    pub(crate) n_episodes: i32,
    /// Spells joined by transfers share a chain.
    pub(crate) chain: usize,
}

/// When people are in hospital already.
pub(crate) struct Beds {
    first: usize,
    stays: Vec<Vec<(Day, Day)>>,
}

impl Beds {
    /// None of these people in hospital.
    pub(crate) fn empty(people: Range<usize>) -> Self {
        Self { first: people.start, stays: people.map(|_| Vec::new()).collect() }
    }

    /// Takes note of a stay.
    pub(crate) fn take(&mut self, person: usize, from: Day, to: Day) {
        let at = person - self.first;
        self.stays[at].push((from, to));
    }

    /// True if the person is in hospital then, or within three days before or after.
    pub(crate) fn is_taken(&self, person: usize, from: Day, to: Day) -> bool {
        self.stays[person - self.first].iter().any(|(a, b)| from <= b + 3 && to >= a - 3)
    }

    /// The next stay to begin on or after a day.
    pub(crate) fn next(&self, person: usize, on: Day) -> Option<Day> {
        self.stays[person - self.first].iter().map(|(a, _)| *a).filter(|a| *a >= on).min()
    }
}

/// Adds the spells of those people who give birth or are born; mother and child may be in
/// different batches, and each sees the other's part.
pub(crate) fn births(city: &City, people: &Range<usize>, beds: &mut Beds, spells: &mut Vec<Spell>) {
    let mut last = None;
    for &(mother, on, child) in &city.births {
        let is_first = last != Some((mother, on));
        last = Some((mother, on));
        if !people.contains(&mother) && !people.contains(&child) {
            continue;
        }
        let mut chance = city.chance(Stream::Elective, child);
        let nights = chance.between(0, 3);
        let trust = choose_trust(&mut chance, city, mother, on);
        if is_first && people.contains(&mother) {
            spells.push(delivery(city, &mut chance, mother, on, nights, trust, spells.len()));
            beds.take(mother, on, on + nights);
        }
        if people.contains(&child) {
            let mut birth =
                plain(child, trust, Admission::Maternity, on, on + nights, spells.len());
            birth.method = "82";
            birth.source = "79";
            birth.specialty = "422";
            birth.diagnoses = vec!["Z380".to_owned()];
            birth.hrg = "PB04C";
            spells.push(birth);
            beds.take(child, on, on + nights);
        }
    }
}

fn delivery(
    city: &City,
    chance: &mut Chance,
    mother: usize,
    on: Day,
    nights: i32,
    trust: Trust,
    chain: usize,
) -> Spell {
    let mut spell = plain(mother, trust, Admission::Maternity, on, on + nights, chain);
    let (procedure, diagnosis, hrg) = *chance.pick(&[
        ("R249", "O800", "NZ30C"),
        ("R249", "O800", "NZ31C"),
        ("R182", "O821", "NZ51C"),
    ]);
    spell.method = "31";
    spell.specialty = "501";
    spell.procedure = procedure;
    spell.hrg = hrg;
    spell.diagnoses = diagnoses(chance, diagnosis, &city.people[mother].health, on, 0.5);
    spell.diagnoses.insert(1, "Z370".to_owned());
    spell.diagnoses.truncate(6);
    spell
}

/// Adds planned admissions: single operations, and courses of day-case chemotherapy.
pub(crate) fn planned(
    city: &City,
    hazards: &Hazards,
    people: &Range<usize>,
    beds: &mut Beds,
    spells: &mut Vec<Spell>,
) {
    for person in people.clone() {
        let mut chance = city.chance(Stream::Elective, person);
        for stretch in stretches(city, person) {
            let mean = hazards.rate(city, person, stretch.middle, Care::Elective) * stretch.years();
            for _ in 0..chance.poisson(mean) {
                let on = to_weekday(chance.between(stretch.from, stretch.to - 1));
                let health = &city.people[person].health;
                let is_course = health.has(Condition::Cancer, on) && chance.happens(0.22);
                let (operation, n) = if is_course {
                    (&CHEMOTHERAPY, chance.between(2, 8))
                } else {
                    (draw_operation(&mut chance, health, on), 1)
                };
                for k in 0..n {
                    admit_planned(city, &mut chance, person, on + 14 * k, operation, beds, spells);
                }
            }
        }
    }
}

fn admit_planned(
    city: &City,
    chance: &mut Chance,
    person: usize,
    on: Day,
    operation: &'static Operation,
    beds: &mut Beds,
    spells: &mut Vec<Spell>,
) {
    let someone = &city.people[person];
    let stays = operation.nights > 0 && chance.happens(0.9) || chance.happens(0.03);
    let nights =
        if stays { 1 + chance.days(f64::from(operation.nights.max(1))).min(12) } else { 0 };
    let trust = choose_trust(chance, city, person, on);
    let codes = diagnoses(chance, operation.diagnosis, &someone.health, on, 0.45);
    let there = someone.present(on, on + 1).is_some() && on < city.end;
    let dies_first = someone.died.is_some_and(|died| died <= on + nights);
    if !there || dies_first || beds.is_taken(person, on, on + nights) {
        return;
    }
    beds.take(person, on, on + nights);
    let mut spell = plain(person, trust, Admission::Planned, on, on + nights, spells.len());
    spell.method = ["11", "12", "13"][chance.weighted(&[0.75, 0.1, 0.15])];
    spell.class = if stays { "1" } else { "2" };
    spell.specialty = operation.specialty;
    spell.procedure = operation.procedure;
    spell.hrg = operation.hrg;
    spell.diagnoses = codes;
    spells.push(spell);
}

/// A spell from home to home with nothing coded yet.
pub(crate) fn plain(
    person: usize,
    trust: Trust,
    kind: Admission,
    admitted: Day,
    discharged: Day,
    chain: usize,
) -> Spell {
    Spell {
        person,
        trust,
        kind,
        admitted,
        discharged,
        method: "21",
        source: "19",
        destination: "19",
        discharge_method: "1",
        class: "1",
        specialty: "300",
        diagnoses: Vec::new(),
        procedure: "-",
        hrg: "UZ01Z",
        n_episodes: 1,
        chain,
    }
}

/// Where somebody goes: the city's trust, or the neighbour's for those who live near it.
pub(crate) fn choose_trust(chance: &mut Chance, city: &City, person: usize, on: Day) -> Trust {
    let share = match city.neighbourhood(person, on) {
        Some(4) => 0.22,
        Some(_) => 0.05,
        None if city.people[person].is_outsider => 0.0,
        None => 0.5,
    };
    if chance.happens(share) { Trust::Neighbour } else { Trust::City }
}
