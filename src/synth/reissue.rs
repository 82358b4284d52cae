//! Numbers issued anew for a new life: adoptions, and changes of gender history.
//!
//! The old record is closed and a new one begins, under a number that no table of superseded ones leads
//! to. Nobody may join the two again: the truth knows them as two persons.

use std::path::Path;

use super::SynthError;
use super::calendar::{Day, Style, age, write as date};
use super::chance::{Chance, Stream};
use super::city::City;
use super::health::Sex;
use super::households::Member;
use super::truth::write_table;

/// One life that ends on paper, and the one that begins.
pub(crate) struct Reissue {
    pub(crate) old: usize,
    pub(crate) new: usize,
    pub(crate) on: Day,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// A child takes another family's name and home; birth date, sex and given name stay.
    Adoption,
    /// A grown-up takes another given name and sex; family name, birth date and home stay.
    GenderHistory,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Adoption => "adoption",
            Self::GenderHistory => "gender_history",
        }
    }
}

/// Gives the share of people who are at home when the window ends a new life on some day of it.
pub(crate) fn reissue(city: &mut City) {
    let share = city.settings.reissued;
    let mut chance = Chance::new(city.settings.seed, Stream::Reissue, 0);
    if share <= 0.0 {
        return;
    }
    for i in 0..city.households.len() {
        for old in city.households[i].members.clone() {
            let on = chance.between(city.start + 60, city.end - 60);
            if is_settled(city, old, on) && chance.happens(share) {
                begin_anew(city, &mut chance, i, old, on);
            }
        }
    }
}

/// Whether somebody lived here on that day as before and after, and no birth in the window is theirs.
fn is_settled(city: &City, i: usize, on: Day) -> bool {
    let person = &city.people[i];
    person.is_registered(on)
        && person.died.is_none()
        && person.birth() < city.start
        && person.deliveries.is_empty()
        && person.stays.last().is_some_and(|stay| stay.from < on && stay.to.is_none())
        && person.registrations.last().is_some_and(|one| one.from < on && one.to.is_none())
}

fn begin_anew(city: &mut City, chance: &mut Chance, household: usize, old: usize, on: Day) {
    let person = &city.people[old];
    let (birth, sex, ethnic, given) =
        (person.birth(), person.sex(), person.ethnic, person.given.clone());
    let practice = city.people[old].registrations.last().map_or(0, |one| one.practice);
    let kind = if age(birth, on) < 18 { Kind::Adoption } else { Kind::GenderHistory };
    let (home, family, sex) = match kind {
        Kind::Adoption => {
            (another_home(city, chance, household), city.names.family(chance, ethnic), sex)
        }
        Kind::GenderHistory => {
            let other = if sex == Sex::Female { Sex::Male } else { Sex::Female };
            (household, person_family(city, old, on), other)
        }
    };
    let dwelling = city.households[home].dwelling;
    let member = Member { birth, sex, shares_name: false, is_child: false };
    let new = city.add(chance, &member, ethnic, family, dwelling);
    if let Kind::Adoption = kind {
        city.people[new].given = given;
    }
    city.people[old].close(on, on);
    city.register(new, practice, dwelling, on);
    city.households[household].members.retain(|&member| member != old);
    city.households[home].members.push(new);
    city.reissues.push(Reissue { old, new, on, kind });
}

/// A household with another postcode.
fn another_home(city: &City, chance: &mut Chance, household: usize) -> usize {
    let postcode = |i: usize| city.places.postcode(city.households[i].dwelling);
    let n = city.households.len();
    let mut other = chance.below(n);
    for _ in 0..n {
        if postcode(other) != postcode(household) {
            break;
        }
        other = (other + 1) % n;
    }
    other
}

fn person_family(city: &City, i: usize, on: Day) -> String {
    city.people[i].family(on).to_owned()
}

/// Writes `truth/reissued.csv`: both persons, what happened, and when. Nothing where nobody's was.
pub(crate) fn write(city: &City, out: &Path) -> Result<(), SynthError> {
    if city.settings.reissued <= 0.0 {
        return Ok(());
    }
    let rows = city.reissues.iter().map(|one| {
        let day = date(one.on, Style::Iso);
        [city.key(one.old), city.key(one.new), one.kind.word().to_owned(), day]
    });
    write_table(&out.join("truth/reissued.csv"), &["person", "new_person", "kind", "on"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Settings;
    use crate::synth::life::live;

    #[test]
    fn a_new_life_has_another_number_and_begins_where_the_old_one_ends() {
        let mut settings = Settings::new(1_500, 12, 3);
        settings.reissued = 0.1;
        let mut city = City::found(&settings);
        live(&mut city);
        assert!(city.reissues.len() > 50, "{}", city.reissues.len());
        for one in &city.reissues {
            let [old, new] = [one.old, one.new].map(|i| &city.people[i]);
            assert!(old.nhs != new.nhs && !new.nhs.is_empty());
            assert_eq!(old.birth(), new.birth());
            let numbers = |person: &super::super::people::Person| person.superseded.clone();
            assert!(numbers(new).is_none_or(|(number, _)| number != old.nhs));
            assert!(!old.is_registered(one.on) && new.is_registered(one.on));
            match one.kind {
                Kind::Adoption => assert!(old.given == new.given && old.sex() == new.sex()),
                Kind::GenderHistory => {
                    assert_eq!(old.family(one.on), new.family(one.on));
                    assert_eq!(old.dwelling(one.on - 1), new.dwelling(one.on));
                    assert!(old.sex() != new.sex());
                }
            }
        }
        assert!(city.reissues.iter().any(|one| matches!(one.kind, Kind::Adoption)));
    }
}
