//! What a provider's system holds of who somebody is, with what it has got wrong.
//!
//! Names, birth date and the address that a system has not yet updated belong to the system and
//! the person, so that all rows of one provider agree; NHS numbers fail row by row.

use super::calendar::{Day, Style, civil, day, write};
use super::chance::{Chance, Stream};
use super::city::City;
use super::defects::{
    DAYS_TO_LEARN_OF_MOVE, DAYS_TO_LEARN_OF_NAME, Defect, POSTCODE_MISSING, Tally,
};
use super::health::Sex;
use super::names::{mistyped, plain_capitals, short_form, without_accents};

/// Old numbers before the change: half of the rows.
const NHS_SUPERSEDED: f64 = 0.5;

/// Who asks, and how well they write it down.
pub(crate) struct Desk {
    pub(crate) feed: &'static str,
    /// Feeds of one system share its mistakes.
    pub(crate) system: u64,
    pub(crate) style: Style,
    pub(crate) nhs_missing: f64,
    /// Writes 1900-01-01 where it does not know a birth date.
    pub(crate) has_sentinel: bool,
    /// Writes names in plain capitals.
    pub(crate) has_capitals: bool,
    pub(crate) names_missing: f64,
    pub(crate) birth_missing: f64,
    pub(crate) postcode_missing: f64,
}

impl Desk {
    /// A desk with the usual faults.
    pub(crate) const fn usual(
        feed: &'static str,
        system: u64,
        style: Style,
        nhs_missing: f64,
    ) -> Self {
        Self {
            feed,
            system,
            style,
            nhs_missing,
            has_sentinel: false,
            has_capitals: false,
            names_missing: 0.0,
            birth_missing: 0.0,
            postcode_missing: POSTCODE_MISSING,
        }
    }
}

/// Identifiers as one row shows them.
pub(crate) struct Shown {
    pub(crate) nhs: String,
    pub(crate) status: &'static str,
    pub(crate) given: String,
    pub(crate) family: String,
    pub(crate) birth: String,
    pub(crate) sex: Option<Sex>,
    pub(crate) postcode: String,
    pub(crate) house: String,
}

impl Shown {
    /// Sex in the coding 1, 2, 0.
    pub(crate) fn sex_digit(&self) -> String {
        match self.sex {
            Some(Sex::Male) => "1",
            Some(Sex::Female) => "2",
            None => "0",
        }
        .to_owned()
    }

    /// Sex as one of three words.
    pub(crate) fn sex_word(&self, words: [&str; 3]) -> String {
        words[self.sex.map_or(2, |sex| sex as usize)].to_owned()
    }
}

/// Shows a person on a day.
pub(crate) fn show(
    city: &City,
    person: usize,
    on: Day,
    desk: &Desk,
    chance: &mut Chance,
    tally: &mut Tally,
) -> Shown {
    let index = (person as u64) << 8 | desk.system;
    let mut record = Chance::new(city.settings.seed, Stream::Record, index);
    let mut view = View { city, person, on, desk, tally };
    let (given, family) = view.names(&mut record);
    let birth = view.birth(&mut record);
    let (postcode, house) = view.address(&mut record, chance);
    let (nhs, status) = view.nhs(chance);
    let (given, family) = view.withhold_names(chance, given, family);
    let dials = &city.settings.defects;
    let birth_missing = dials.rate_if_turned(Defect::BirthMissing, desk.birth_missing);
    let birth = if chance.happens(birth_missing) { String::new() } else { birth };
    let is_missing = chance.happens(dials.rate(Defect::SexMissing));
    // The truth of the sample does not count these.
    if is_missing && dials.is_turned(Defect::SexMissing) {
        tally.add(desk.feed, Defect::SexMissing.name());
    }
    let sex = (!is_missing).then_some(city.people[person].sex());
    Shown { nhs, status, given, family, birth, sex, postcode, house }
}

struct View<'a> {
    city: &'a City,
    person: usize,
    on: Day,
    desk: &'a Desk,
    tally: &'a mut Tally,
}

impl View<'_> {
    fn note(&mut self, defect: &'static str) {
        self.tally.add(self.desk.feed, defect);
    }

    fn rate(&self, defect: Defect) -> f64 {
        self.city.settings.defects.rate(defect)
    }

    /// Days until the system learns of a change; some, if its dial is turned, know at once.
    fn learns_after(&self, record: &mut Chance, defect: Defect, mean: f64) -> i32 {
        let days = record.days(mean);
        let rate = self.rate(defect);
        if rate.is_nan() || record.happens(rate) { days } else { 0 }
    }

    fn names(&mut self, record: &mut Chance) -> (String, String) {
        let person = &self.city.people[self.person];
        let learns_after = self.learns_after(record, Defect::FormerName, DAYS_TO_LEARN_OF_NAME);
        let known = person.family(self.on - learns_after);
        if known != person.family(self.on) {
            self.note("former_name");
        }
        let mut given = person.given.clone();
        let mut family = known.to_owned();
        if record.happens(self.rate(Defect::ShortName)) {
            given = short_form(&given);
            self.note("short_name");
        }
        if record.happens(self.rate(Defect::NameMistyped)) {
            let name = if record.happens(0.5) { &mut given } else { &mut family };
            *name = mistyped(record, name);
            self.note("name_mistyped");
        }
        if record.happens(0.3) {
            family = family.replace('-', " ");
        }
        if record.happens(0.4) {
            family = family.replace('\'', "");
        }
        if record.happens(0.5) {
            given = without_accents(&given);
            family = without_accents(&family);
        }
        if record.happens(self.rate(Defect::NamesSwapped)) {
            std::mem::swap(&mut given, &mut family);
            self.note("names_swapped");
        }
        if self.desk.has_capitals {
            (plain_capitals(&given), plain_capitals(&family))
        } else {
            (given, family)
        }
    }

    fn withhold_names(
        &mut self,
        chance: &mut Chance,
        given: String,
        family: String,
    ) -> (String, String) {
        // Only where names are ever missing: a dial does not take them from everybody.
        let own = self.desk.names_missing;
        let rate = self.city.settings.defects.rate_or(Defect::NamesMissing, own);
        if own > 0.0 && chance.happens(rate) {
            self.note("names_missing");
            return (String::new(), String::new());
        }
        (given, family)
    }

    fn birth(&mut self, record: &mut Chance) -> String {
        let birth = self.city.people[self.person].birth();
        let draw = record.unit();
        if draw < self.rate(Defect::BirthMissing) {
            self.note("birth_missing");
            let is_sentinel = self.desk.has_sentinel && record.happens(0.5);
            return if is_sentinel {
                write(day(1900, 1, 1), self.desk.style)
            } else {
                String::new()
            };
        }
        // Two in five births can be swapped: the day is a month's number, and another one.
        let swapped =
            (1.0 - draw < self.rate(Defect::BirthSwapped) / 0.36).then(|| swap(birth)).flatten();
        if let Some(wrong) = swapped.filter(|wrong| *wrong <= self.on) {
            self.note("birth_swapped");
            return write(wrong, self.desk.style);
        }
        write(birth, self.desk.style)
    }

    fn address(&mut self, record: &mut Chance, chance: &mut Chance) -> (String, String) {
        let person = &self.city.people[self.person];
        let learns_after = self.learns_after(record, Defect::OldPostcode, DAYS_TO_LEARN_OF_MOVE);
        let known_until = self.on - learns_after;
        let dwelling = person.dwelling(known_until);
        if dwelling != person.dwelling(self.on) {
            self.note("old_postcode");
        }
        let house = self.city.places.dwellings[dwelling].house.clone();
        let postcode = self.city.places.postcode(dwelling);
        let own = self.desk.postcode_missing;
        let missing = self.city.settings.defects.rate_or(Defect::PostcodeMissing, own);
        if chance.happens(missing) {
            self.note("postcode_missing");
            return (String::new(), house);
        }
        let postcode = match chance.unit() / self.rate(Defect::PostcodeSqueezed) {
            ..0.3 => postcode.to_lowercase(),
            0.3..1.0 => postcode.replace(' ', ""),
            _ => return (postcode.to_owned(), house),
        };
        self.note("postcode_squeezed");
        (postcode, house)
    }

    fn nhs(&mut self, chance: &mut Chance) -> (String, &'static str) {
        let person = &self.city.people[self.person];
        let missing = self.city.settings.defects.rate_or(Defect::NhsMissing, self.desk.nhs_missing);
        let is_missing = missing > 0.0 && chance.happens(missing);
        if is_missing || person.nhs.is_empty() {
            self.note("nhs_missing");
            return (String::new(), if chance.happens(0.5) { "07" } else { "04" });
        }
        let wrong =
            [Defect::NhsMistyped, Defect::NhsOfAnother, Defect::NhsOfNobody].map(|d| self.rate(d));
        if chance.happens(wrong.iter().sum()) {
            return self.wrong_nhs(chance, &wrong);
        }
        let old = person.superseded.as_ref().filter(|(_, changed)| self.on < *changed);
        let superseded = self.city.settings.defects.rate_or(Defect::NhsSuperseded, NHS_SUPERSEDED);
        let number = match old.filter(|_| chance.happens(superseded)) {
            Some((old, _)) => {
                self.note("nhs_superseded");
                old
            }
            None => &person.nhs,
        };
        if chance.happens(self.rate(Defect::NhsSpaced)) {
            self.note("nhs_spaced");
            let mark = if chance.happens(0.5) { ' ' } else { '-' };
            let spaced = format!("{}{mark}{}{mark}{}", &number[..3], &number[3..6], &number[6..]);
            return (spaced, "01");
        }
        (self.as_a_spreadsheet_has_it(chance, number), "01")
    }

    /// What is left of a number that a spreadsheet took for a quantity.
    fn as_a_spreadsheet_has_it(&mut self, chance: &mut Chance, number: &str) -> String {
        let wrong = [Defect::NhsNineDigits, Defect::NhsScientific, Defect::NhsFloat];
        let rates = wrong.map(|defect| self.rate(defect));
        if rates.iter().all(|rate| *rate <= 0.0) {
            return number.to_owned();
        }
        let mut draw = chance.unit();
        let hit = rates.iter().position(|rate| {
            let is_hit = (0.0..*rate).contains(&draw);
            draw -= rate;
            is_hit
        });
        let Some(hit) = hit else { return number.to_owned() };
        self.note(wrong[hit].name());
        match wrong[hit] {
            Defect::NhsNineDigits => number[1..].to_owned(),
            Defect::NhsScientific => format!("{}.{}E+09", &number[..1], &number[1..6]),
            _ => format!("{number}.0"),
        }
    }

    fn wrong_nhs(&mut self, chance: &mut Chance, weights: &[f64; 3]) -> (String, &'static str) {
        let status = ["02", "04", "01"][chance.weighted(&[0.4, 0.4, 0.2])];
        let n = self.city.people.len();
        match chance.weighted(weights) {
            0 => {
                self.note("nhs_mistyped");
                (slip(chance, &self.city.people[self.person].nhs), status)
            }
            1 => {
                self.note("nhs_of_another");
                let other = chance.below(n - 1);
                let mut other = if other >= self.person { other + 1 } else { other };
                while self.city.people[other].nhs.is_empty() || other == self.person {
                    other = (other + 1) % n;
                }
                (self.city.people[other].nhs.clone(), "02")
            }
            _ => {
                self.note("nhs_of_nobody");
                (chance.pick(&self.city.nobodys).clone(), status)
            }
        }
    }
}

/// A digit changed: every such number fails the check digit.
fn slip(chance: &mut Chance, number: &str) -> String {
    let at = 3 + chance.below(7);
    let add = 1 + chance.below(9) as u8;
    number
        .bytes()
        .enumerate()
        .map(|(i, d)| char::from(if i == at { b'0' + (d - b'0' + add) % 10 } else { d }))
        .collect()
}

/// The birth date with day and month exchanged, if that is another date.
fn swap(birth: Day) -> Option<Day> {
    let d = civil(birth);
    (d.day() <= 12 && d.day() != d.month()).then(|| day(d.year(), d.day(), d.month()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{NhsNumber, NhsNumberFault};

    #[test]
    fn a_slip_fails_the_check_digit() {
        let mut chance = Chance::new(1, Stream::Row, 1);
        for _ in 0..500 {
            let fault = NhsNumber::parse(&slip(&mut chance, "9990000018")).err();
            assert!(matches!(fault, Some(NhsNumberFault::CheckDigit)));
        }
    }

    #[test]
    fn swapped_birth_dates_are_dates() {
        assert_eq!(swap(day(1970, 3, 12)), Some(day(1970, 12, 3)));
        assert_eq!(swap(day(1970, 3, 13)), None);
        assert_eq!(swap(day(1970, 3, 3)), None);
    }
}
