//! A person: who they are, where they live and where they are registered, when.

use super::calendar::Day;
use super::chance::Chance;
use super::health::{Health, Sex};
use super::settings::{OUTSIDERS, Settings};

/// Time at one address.
pub(crate) struct Stay {
    pub(crate) dwelling: usize,
    pub(crate) from: Day,
    pub(crate) to: Option<Day>,
}

/// Time on one practice's list.
pub(crate) struct Registration {
    pub(crate) practice: usize,
    pub(crate) from: Day,
    pub(crate) to: Option<Day>,
    /// The practice system's number for this patient here.
    pub(crate) guid: u32,
}

/// How much of each kind of care a person uses, beside what their health explains; mean 1.
pub(crate) struct Propensity {
    pub(crate) urgent: f64,
    /// Attendances and ambulances beside that.
    pub(crate) attender: f64,
    pub(crate) planned: f64,
    pub(crate) community: f64,
    pub(crate) gp: f64,
}

/// Somebody whom the city's services know.
pub(crate) struct Person {
    pub(crate) health: Health,
    pub(crate) ethnic: char,
    pub(crate) given: String,
    /// Family name from each day on.
    pub(crate) family: Vec<(Day, String)>,
    pub(crate) nhs: String,
    /// A number that they had before that day.
    pub(crate) superseded: Option<(String, Day)>,
    pub(crate) stays: Vec<Stay>,
    /// Without gaps; empty for people from outside.
    pub(crate) registrations: Vec<Registration>,
    pub(crate) died: Option<Day>,
    /// Died in hospital, so their last admission ends with their death.
    pub(crate) dies_in_hospital: bool,
    /// Mother of a child born in the window, and the day.
    pub(crate) deliveries: Vec<(Day, usize)>,
    pub(crate) propensity: Propensity,
    /// Deprivation decile where they first lived here; 5 for people from outside.
    pub(crate) decile: i32,
    pub(crate) is_outsider: bool,
}

impl Person {
    /// Birth day.
    pub(crate) fn birth(&self) -> Day {
        self.health.birth
    }

    /// Sex.
    pub(crate) fn sex(&self) -> Sex {
        self.health.sex
    }

    /// The address on a day: the last that had begun.
    pub(crate) fn dwelling(&self, on: Day) -> usize {
        self.stays.iter().rev().find(|s| s.from <= on).unwrap_or(&self.stays[0]).dwelling
    }

    /// The practice registration on a day, the first or last if it lies outside.
    pub(crate) fn registration(&self, on: Day) -> Option<&Registration> {
        self.registrations.iter().rev().find(|r| r.from <= on).or(self.registrations.first())
    }

    /// Family name on a day.
    pub(crate) fn family(&self, on: Day) -> &str {
        let (_, name) =
            self.family.iter().rev().find(|(from, _)| *from <= on).unwrap_or(&self.family[0]);
        name
    }

    /// Days registered and alive, half-open, cut to a window.
    pub(crate) fn at_risk(&self, from: Day, to: Day) -> Option<(Day, Day)> {
        let first = self.registrations.first()?.from;
        let last = self.registrations.last()?.to.unwrap_or(to);
        let end = last.min(self.died.unwrap_or(to)).min(to);
        let start = first.max(from);
        (start < end).then_some((start, end))
    }

    /// Days on which things can happen to them: at risk, or any for people from outside.
    pub(crate) fn present(&self, from: Day, to: Day) -> Option<(Day, Day)> {
        if self.is_outsider { Some((from, to)) } else { self.at_risk(from, to) }
    }

    /// Registered and alive that day.
    pub(crate) fn is_registered(&self, on: Day) -> bool {
        self.at_risk(on, on + 1).is_some()
    }

    /// Ends every open period on a day; a registration that had not begun falls away.
    pub(crate) fn close(&mut self, on: Day, deregistered: Day) {
        while self.registrations.len() > 1
            && self.registrations.last().is_some_and(|r| r.from >= on)
        {
            self.registrations.pop();
        }
        if let Some(last) = self.registrations.last_mut() {
            last.to = Some(deregistered);
        }
        if let Some(last) = self.stays.last_mut() {
            last.to = Some(deregistered);
        }
    }
}

impl Propensity {
    /// Draws them: partly one habit for all care, partly one for each kind.
    pub(crate) fn draw(chance: &mut Chance, attender: f64) -> Self {
        let common = chance.gamma(6);
        Self {
            urgent: common * chance.gamma(3),
            attender,
            planned: common * chance.gamma(4),
            community: common * chance.gamma(3),
            gp: common * chance.gamma(6),
        }
    }
}

/// Numbers of the test range in an order that looks like none.
pub(crate) struct Numbers {
    n_tried: u64,
    /// Share of people who get one.
    share: f64,
}

/// Ten digits that start with 999 and end in their check digit, less what nobodys and changes of
/// number need.
const N_NUMBERS: f64 = 900_000.0;

impl Numbers {
    /// From the start. In a city for which the test range does not suffice, some have none.
    pub(crate) fn new(settings: &Settings) -> Self {
        let years = f64::from(settings.n_months) / 12.0;
        let n_ever = f64::from(settings.n_people) * (1.0 + OUTSIDERS + 0.09 * years);
        Self { n_tried: 0, share: (N_NUMBERS / n_ever).min(1.0) }
    }

    /// Share of people who get one.
    pub(crate) fn share(settings: &Settings) -> f64 {
        Self::new(settings).share
    }

    /// The number of the `i`-th person; blank if they have none.
    pub(crate) fn of(&mut self, i: usize) -> String {
        let n_before = |i: usize| (i as f64 * self.share) as u64;
        if n_before(i + 1) > n_before(i) { self.next() } else { String::new() }
    }

    /// The next that nobody has.
    pub(crate) fn next(&mut self) -> String {
        loop {
            let nine = 999_000_000 + (self.n_tried * 386_117 + 271_828) % 1_000_000;
            self.n_tried += 1;
            if let Some(check) = check_digit(nine) {
                return format!("{nine}{check}");
            }
        }
    }
}

/// The check digit of nine digits, if they have one (weights 10 to 2, modulus 11).
fn check_digit(nine: u64) -> Option<u64> {
    let sum: u64 = (0..9).map(|i| nine / 10u64.pow(i) % 10 * (u64::from(i) + 2)).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::{NhsNumber, NhsNumberClass};

    #[test]
    fn numbers_are_valid_of_the_test_range_and_never_come_twice() {
        let mut numbers = Numbers::new(&Settings::new(3000, 36, 1));
        let drawn: BTreeSet<String> = (0..60_000).map(|_| numbers.next()).collect();
        assert_eq!(drawn.len(), 60_000);
        let mut scarce = Numbers::new(&Settings::new(960_000, 12, 1));
        let n = (0..1_080_000).filter(|i| !scarce.of(*i).is_empty()).count();
        assert!((850_000..=905_000).contains(&n), "{n}");
        for text in &drawn {
            let number = NhsNumber::parse(text).expect("valid");
            assert_eq!(number.class(), NhsNumberClass::Test);
        }
    }
}
