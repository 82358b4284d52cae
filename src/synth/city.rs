//! The city: its map, its people, and who they were at the start.

use super::SynthError;
use super::calendar::{Day, age_exact, day, month_start};
use super::chance::{Chance, Stream, exp};
use super::delivery::Scheme;
use super::health::{Health, Sex};
use super::households::{Kind, Member, members, settled_kind};
use super::layouts::{Columns, Layout};
use super::names::Names;
use super::people::{Numbers, Person, Propensity, Registration, Stay};
use super::places::Places;
use super::reissue::Reissue;
use super::settings::{Deliveries, OUTSIDERS, SUPERSEDED, Settings};

/// People who live together.
pub(crate) struct Household {
    pub(crate) members: Vec<usize>,
    pub(crate) dwelling: usize,
    pub(crate) kind: Kind,
}

/// Everything that is true.
pub(crate) struct City {
    pub(crate) settings: Settings,
    /// First day of the window.
    pub(crate) start: Day,
    /// The day after the window: the as-at date.
    pub(crate) end: Day,
    pub(crate) names: Names,
    pub(crate) places: Places,
    pub(crate) people: Vec<Person>,
    pub(crate) households: Vec<Household>,
    /// Valid numbers of the test range that nobody has.
    pub(crate) nobodys: Vec<String>,
    /// People from here on live outside the city.
    pub(crate) first_outsider: usize,
    /// Births in the window, in order of mother: she, the day, the child.
    pub(crate) births: Vec<(usize, Day, usize)>,
    /// Whose number was issued anew for a new life.
    pub(crate) reissues: Vec<Reissue>,
    numbers: Numbers,
    n_guids: u32,
}

/// Shares of ethnic groups A–S and Z (not stated).
const ETHNIC: [(char, f64); 17] = [
    ('A', 69.0),
    ('B', 0.8),
    ('C', 4.6),
    ('D', 1.2),
    ('E', 0.7),
    ('F', 0.8),
    ('G', 0.9),
    ('H', 2.6),
    ('J', 4.1),
    ('K', 0.9),
    ('L', 1.8),
    ('M', 1.2),
    ('N', 3.9),
    ('P', 0.7),
    ('R', 1.4),
    ('S', 1.6),
    ('Z', 3.8),
];

impl City {
    /// A city on its first day.
    pub(crate) fn found(settings: &Settings) -> Self {
        let names = Names::new(settings.seed, settings.n_people);
        let places = Places::new(settings.seed, settings.n_people, &names);
        let start = day(2023, 4, 1);
        let mut city = Self {
            settings: settings.clone(),
            start,
            end: month_start(start, settings.n_months),
            names,
            places,
            people: Vec::new(),
            households: Vec::new(),
            nobodys: Vec::new(),
            first_outsider: usize::MAX,
            births: Vec::new(),
            reissues: Vec::new(),
            numbers: Numbers::new(settings),
            n_guids: 0,
        };
        city.fill_homes();
        city
    }

    /// A person's stream of chance for a purpose.
    pub(crate) fn chance(&self, stream: Stream, person: usize) -> Chance {
        Chance::new(self.settings.seed, stream, person as u64)
    }

    /// The columns that a feed's files have: the contract's, and a flag for deletions where months
    /// bring changes.
    pub(crate) fn columns(&self, layout: &Layout) -> Result<Columns, SynthError> {
        let mut columns = layout.columns()?;
        let is_monthly = self.settings.deliveries == Deliveries::Monthly;
        let has_changes = is_monthly && Scheme::of(layout.feed) == Scheme::Delta;
        if has_changes && columns.position("Deleted").is_none() {
            columns.names.push("Deleted".to_owned());
        }
        Ok(columns)
    }

    /// The key by which the truth knows a person.
    pub(crate) fn key(&self, person: usize) -> String {
        let letter = if self.people[person].is_outsider { 'O' } else { 'P' };
        format!("{letter}{:06}", person + 1)
    }

    /// The neighbourhood of a person on a day.
    pub(crate) fn neighbourhood(&self, person: usize, on: Day) -> Option<usize> {
        self.places.neighbourhood(self.people[person].dwelling(on))
    }

    /// The practice code of a person on a day; people from outside have one elsewhere.
    pub(crate) fn practice_code(&self, person: usize, on: Day) -> String {
        match self.people[person].registration(on) {
            Some(registration) => self.places.practices[registration.practice].code.clone(),
            None => format!("S98{:03}", 1 + person % 3),
        }
    }

    /// Adds a household of newcomers; `history` gives them a past at this address.
    pub(crate) fn settle(
        &mut self,
        chance: &mut Chance,
        kind: Kind,
        home: usize,
        on: Day,
        history: bool,
    ) {
        let ethnic = ETHNIC[chance.weighted(&ETHNIC.map(|(_, share)| share))].0;
        let surname = self.names.family(chance, ethnic);
        let practice = self.places.choose_practice(chance, self.places.neighbourhood(home));
        let since = if history { Some(chance.days(2600.0)) } else { None };
        let mut household = Household { members: Vec::new(), dwelling: home, kind };
        for member in members(chance, kind, on) {
            let group = if member.shares_name || chance.happens(0.85) {
                ethnic
            } else {
                ETHNIC[chance.weighted(&ETHNIC.map(|(_, share)| share))].0
            };
            let family = if member.shares_name || household.members.is_empty() {
                surname.clone()
            } else {
                self.names.family(chance, group)
            };
            let named_after = (member.is_child && chance.happens(0.03))
                .then(|| {
                    household
                        .members
                        .iter()
                        .copied()
                        .find(|&m: &usize| self.people[m].sex() == member.sex)
                })
                .flatten();
            let person = self.add(chance, &member, group, family, home);
            if let Some(parent) = named_after {
                self.people[person].given = self.people[parent].given.clone();
            }
            self.register(person, practice, home, on);
            if let Some(days) = since {
                self.give_past(chance, person, on, days);
            }
            household.members.push(person);
        }
        self.households.push(household);
    }

    /// Adds a person who is nowhere yet.
    pub(crate) fn add(
        &mut self,
        chance: &mut Chance,
        member: &Member,
        ethnic: char,
        family: String,
        home: usize,
    ) -> usize {
        let decile = self.places.lsoa(home).map_or(5, |lsoa| lsoa.decile);
        let mut given = self.names.given(chance, ethnic, member.sex);
        while family.starts_with(given.as_str()) {
            given = self.names.given(chance, ethnic, member.sex);
        }
        let attender = self.attender(self.people.len());
        self.people.push(Person {
            health: Health::draw(chance, member.birth, member.sex, decile),
            ethnic,
            given,
            family: vec![(i32::MIN, family)],
            nhs: self.numbers.of(self.people.len()),
            superseded: None,
            stays: Vec::new(),
            registrations: Vec::new(),
            died: None,
            dies_in_hospital: false,
            deliveries: Vec::new(),
            propensity: Propensity::draw(chance, attender),
            decile,
            is_outsider: false,
        });
        self.people.len() - 1
    }

    /// How much more of A&E and ambulances a person uses: log-normal with mean 1.
    fn attender(&self, person: usize) -> f64 {
        let sigma = self.settings.attender_sigma;
        if sigma <= 0.0 {
            return 1.0;
        }
        exp(sigma * self.chance(Stream::Attender, person).normal() - sigma * sigma / 2.0)
    }

    /// Registers a person at a practice and an address from a day on.
    pub(crate) fn register(&mut self, person: usize, practice: usize, dwelling: usize, from: Day) {
        let guid = self.next_guid();
        let person = &mut self.people[person];
        person.stays.push(Stay { dwelling, from, to: None });
        person.registrations.push(Registration { practice, from, to: None, guid });
    }

    /// The next patient number of the practice systems.
    pub(crate) fn next_guid(&mut self) -> u32 {
        self.n_guids += 1;
        self.n_guids
    }

    /// Sends people from outside into the city's hospital, and gives some a second NHS number.
    pub(crate) fn complete(&mut self, chance: &mut Chance) {
        self.first_outsider = self.people.len();
        let n_outsiders = (f64::from(self.settings.n_people) * OUTSIDERS) as usize;
        for _ in 0..n_outsiders {
            self.add_outsider(chance);
        }
        for i in 0..self.people.len() {
            if chance.happens(SUPERSEDED) && !self.people[i].is_outsider {
                let changed = chance.between(self.start + 200, self.end - 100);
                if !self.people[i].nhs.is_empty() {
                    self.people[i].superseded = Some((self.numbers.next(), changed));
                }
            }
            for (on, child) in &self.people[i].deliveries {
                self.births.push((i, *on, *child));
            }
        }
        self.nobodys = (0..500).map(|_| self.numbers.next()).collect();
    }

    fn add_outsider(&mut self, chance: &mut Chance) {
        let (youngest, oldest) = *chance.pick(&[(0, 17), (18, 49), (50, 74), (60, 90)]);
        let sex = if chance.happens(0.5) { Sex::Female } else { Sex::Male };
        let birth = self.start - chance.between(youngest * 365 + 1, oldest * 365 + 364);
        let ethnic = ETHNIC[chance.weighted(&ETHNIC.map(|(_, share)| share))].0;
        let family = self.names.family(chance, ethnic);
        let home = *chance.pick(&self.places.outside);
        let member = Member { birth, sex, shares_name: false, is_child: false };
        let i = self.add(chance, &member, ethnic, family, home);
        self.people[i].is_outsider = true;
        self.people[i].stays.push(Stay { dwelling: home, from: birth, to: None });
    }

    fn fill_homes(&mut self) {
        let mut chance = Chance::new(self.settings.seed, Stream::Households, 0);
        let n_people = self.settings.n_people as usize;
        let n_in_homes = n_people / 200;
        let homes = self.places.care_homes.clone();
        for i in 0..n_in_homes {
            self.settle(&mut chance, Kind::CareHome, homes[i % homes.len()], self.start, true);
        }
        let mut i = 0;
        while self.people.len() < n_people {
            let n = self.places.neighbourhoods.len();
            let neighbourhood = i % n;
            i += 1;
            let home = if chance.happens(0.015) {
                *chance.pick(&self.places.outside)
            } else {
                self.places.move_in(&mut chance, neighbourhood)
            };
            let kind =
                settled_kind(&mut chance, self.places.neighbourhoods[neighbourhood].character);
            self.settle(&mut chance, kind, home, self.start, true);
        }
    }

    /// Moves the beginnings back before the window; some had an earlier address on the same list.
    fn give_past(&mut self, chance: &mut Chance, person: usize, on: Day, days_here: i32) {
        let birth = self.people[person].birth();
        let limit = if age_exact(birth, on) < 24.0 { 900 } else { 20_000 };
        let moved_in = (on - days_here.clamp(30, limit)).max(birth);
        let registered = (moved_in - chance.days(1500.0).min(limit)).max(birth);
        let was_elsewhere = moved_in > registered && chance.happens(0.6);
        let earlier = chance.below(self.places.care_homes[0]);
        let person = &mut self.people[person];
        person.registrations[0].from = if was_elsewhere { registered } else { moved_in };
        person.stays[0].from = moved_in;
        if was_elsewhere {
            let before = Stay { dwelling: earlier, from: registered, to: Some(moved_in) };
            person.stays.insert(0, before);
        }
    }
}
