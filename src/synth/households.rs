//! Who lives together: the kinds of household, and their members' ages and sexes.

use super::calendar::{Day, YEAR};
use super::chance::Chance;
use super::health::Sex;
use super::places::Character;

/// A kind of household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Students,
    YoungSingle,
    YoungCouple,
    Family,
    LoneParent,
    MiddleSingle,
    MiddleCouple,
    ThreeGenerations,
    OlderCouple,
    OlderSingle,
    CareHome,
}

const KINDS: [Kind; 10] = [
    Kind::Students,
    Kind::YoungSingle,
    Kind::YoungCouple,
    Kind::Family,
    Kind::LoneParent,
    Kind::MiddleSingle,
    Kind::MiddleCouple,
    Kind::ThreeGenerations,
    Kind::OlderCouple,
    Kind::OlderSingle,
];

/// A member to be.
pub(crate) struct Member {
    pub(crate) birth: Day,
    pub(crate) sex: Sex,
    /// Bears the first member's family name.
    pub(crate) shares_name: bool,
    /// A child of the first member, who may be named after them.
    pub(crate) is_child: bool,
}

/// Draws the kind of a household that lives in a neighbourhood already.
pub(crate) fn settled_kind(chance: &mut Chance, character: Character) -> Kind {
    let weights = match character {
        Character::Students => [14.0, 16.0, 14.0, 15.0, 8.0, 14.0, 7.0, 1.0, 4.0, 7.0],
        Character::Families => [0.0, 8.0, 9.0, 29.0, 13.0, 12.0, 12.0, 3.0, 7.0, 9.0],
        Character::Mixed => [2.0, 10.0, 11.0, 23.0, 8.0, 14.0, 13.0, 2.0, 11.0, 12.0],
        Character::Older => [0.0, 5.0, 7.0, 21.0, 4.0, 11.0, 17.0, 1.0, 20.0, 17.0],
    };
    KINDS[chance.weighted(&weights)]
}

/// Draws the kind of a household that moves into the city.
pub(crate) fn joining_kind(chance: &mut Chance, month: i8) -> Kind {
    if matches!(month, 9 | 10) && chance.happens(0.6) {
        return Kind::Students;
    }
    KINDS[chance.weighted(&[1.0, 24.0, 22.0, 25.0, 6.0, 10.0, 5.0, 1.0, 3.0, 3.0])]
}

/// Draws the members of a household, the one who gives it its name first.
pub(crate) fn members(chance: &mut Chance, kind: Kind, today: Day) -> Vec<Member> {
    let mut draw = Draw { chance, today, members: Vec::new() };
    match kind {
        Kind::Students => {
            for _ in 0..draw.chance.between(3, 5) {
                draw.adult(18, 22, 0.53, false);
            }
        }
        Kind::YoungSingle => draw.adult(22, 34, 0.47, false),
        Kind::YoungCouple => draw.couple(22, 38, 0.35),
        Kind::Family => draw.family(),
        Kind::LoneParent => {
            draw.adult(21, 50, 0.86, false);
            draw.children(&[0.5, 0.35, 0.15]);
        }
        Kind::MiddleSingle => draw.adult(35, 64, 0.42, false),
        Kind::MiddleCouple => {
            draw.couple(45, 66, 0.85);
            if draw.chance.happens(0.25) {
                draw.adult(18, 27, 0.45, true);
            }
        }
        Kind::ThreeGenerations => {
            draw.family();
            draw.adult(62, 86, 0.7, true);
        }
        Kind::OlderCouple => {
            let age = 64 + draw.chance.exponential(10.0) as i32;
            draw.couple(age.min(94), age.min(94), 0.95);
        }
        Kind::OlderSingle => {
            let age = (66 + draw.chance.exponential(13.0) as i32).min(101);
            draw.adult(age, age, 0.66, false);
        }
        Kind::CareHome => {
            let age = (76 + draw.chance.exponential(9.0) as i32).min(102);
            draw.adult(age, age, 0.7, false);
        }
    }
    draw.members
}

struct Draw<'a> {
    chance: &'a mut Chance,
    today: Day,
    members: Vec<Member>,
}

impl Draw<'_> {
    fn adult(&mut self, youngest: i32, oldest: i32, share_female: f64, shares_name: bool) {
        let birth = self.birth_at(youngest, oldest);
        let sex = if self.chance.happens(share_female) { Sex::Female } else { Sex::Male };
        self.members.push(Member { birth, sex, shares_name, is_child: false });
    }

    fn couple(&mut self, youngest: i32, oldest: i32, married: f64) {
        let birth = self.birth_at(youngest, oldest);
        let other = birth + self.chance.between(-4 * 365, 3 * 365);
        let shares_name = self.chance.happens(married);
        self.members.push(Member { birth, sex: Sex::Male, shares_name: false, is_child: false });
        let birth = other.min(self.today - 18 * 366);
        self.members.push(Member { birth, sex: Sex::Female, shares_name, is_child: false });
    }

    fn family(&mut self) {
        self.couple(27, 52, 0.72);
        self.children(&[0.38, 0.4, 0.16, 0.06]);
    }

    /// Children of the last member so far; two in a hundred births are twins.
    fn children(&mut self, weights: &[f64]) {
        let mother = self.members[self.members.len() - 1].birth;
        for _ in 0..=self.chance.weighted(weights) {
            let birth = mother + (self.chance.between(20, 42) * 365) + self.chance.between(0, 364);
            if birth >= self.today || self.today - birth > 19 * 365 {
                continue;
            }
            for _ in 0..1 + usize::from(self.chance.happens(0.02)) {
                let sex = if self.chance.happens(0.49) { Sex::Female } else { Sex::Male };
                self.members.push(Member { birth, sex, shares_name: true, is_child: true });
            }
        }
    }

    fn birth_at(&mut self, youngest: i32, oldest: i32) -> Day {
        let age = self.chance.between(youngest, oldest);
        self.today - (f64::from(age) * YEAR) as i32 - self.chance.between(1, 364)
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::{age, day};
    use super::super::chance::Stream;
    use super::*;

    #[test]
    fn every_household_has_an_adult_first_and_nobody_unborn() {
        let mut chance = Chance::new(2, Stream::Households, 0);
        let today = day(2023, 4, 1);
        for i in 0..2000 {
            let drawn = members(&mut chance, KINDS[i % KINDS.len()], today);
            assert!(age(drawn[0].birth, today) >= 18);
            assert!(drawn.iter().all(|m| (0..=103).contains(&age(m.birth, today))));
        }
    }
}
