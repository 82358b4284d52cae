//! Who falls ill of what, how frail people grow, and how likely they are to die.

use super::calendar::{Day, YEAR, age_exact};
use super::chance::{Chance, exp};

/// Sex as registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sex {
    Male = 0,
    Female = 1,
}

/// A long-term condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Hypertension = 0,
    Diabetes,
    Copd,
    HeartDisease,
    HeartFailure,
    Stroke,
    KidneyDisease,
    Dementia,
    Depression,
    SevereMentalIllness,
    Cancer,
    Asthma,
}

/// How many conditions there are.
pub(crate) const N_CONDITIONS: usize = 12;

/// Share of people who have had it by ages 0, 10, …, 100, where deprivation is average.
const EVER: [[f64; 11]; N_CONDITIONS] = [
    [0.0, 0.0, 0.005, 0.02, 0.07, 0.17, 0.32, 0.47, 0.58, 0.62, 0.63],
    [0.0, 0.002, 0.006, 0.015, 0.04, 0.08, 0.13, 0.17, 0.18, 0.185, 0.19],
    [0.0, 0.0, 0.0, 0.003, 0.012, 0.03, 0.06, 0.09, 0.10, 0.105, 0.11],
    [0.0, 0.0, 0.0, 0.002, 0.01, 0.03, 0.07, 0.13, 0.19, 0.22, 0.23],
    [0.0, 0.0, 0.0, 0.001, 0.003, 0.008, 0.02, 0.05, 0.11, 0.18, 0.20],
    [0.0, 0.0, 0.001, 0.003, 0.007, 0.015, 0.035, 0.07, 0.12, 0.16, 0.17],
    [0.0, 0.0, 0.001, 0.004, 0.01, 0.025, 0.07, 0.17, 0.32, 0.42, 0.45],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.001, 0.005, 0.02, 0.10, 0.28, 0.40],
    [0.0, 0.003, 0.06, 0.13, 0.18, 0.21, 0.22, 0.23, 0.24, 0.25, 0.26],
    [0.0, 0.0, 0.002, 0.006, 0.009, 0.011, 0.012, 0.013, 0.014, 0.015, 0.016],
    [0.0, 0.001, 0.003, 0.008, 0.02, 0.045, 0.09, 0.16, 0.22, 0.25, 0.26],
    [0.0, 0.05, 0.09, 0.11, 0.12, 0.13, 0.135, 0.14, 0.142, 0.144, 0.145],
];

/// What each condition adds to the frailty index.
const FRAILTY: [f64; N_CONDITIONS] =
    [0.01, 0.02, 0.03, 0.02, 0.05, 0.05, 0.02, 0.08, 0.02, 0.02, 0.03, 0.01];

/// What a person's health is made of; the rest follows from it and the date.
pub(crate) struct Health {
    pub(crate) birth: Day,
    pub(crate) sex: Sex,
    /// First day of each condition, past the window's end too.
    pub(crate) onset: [Option<Day>; N_CONDITIONS],
    /// What frailty has beyond age and conditions.
    frailty_of_their_own: f64,
}

impl Health {
    /// Draws the course of a life; poorer people fall ill years earlier.
    pub(crate) fn draw(chance: &mut Chance, birth: Day, sex: Sex, decile: i32) -> Self {
        let burden = chance.gamma(6);
        let years_earlier = (5.5 - f64::from(decile)) * 0.8;
        let onset = std::array::from_fn(|i| {
            let age = age_by_which(&EVER[i], chance.unit() / burden)? - years_earlier;
            Some(birth + (age.max(0.0) * YEAR) as i32)
        });
        Self { birth, sex, onset, frailty_of_their_own: (chance.unit() - 0.5) * 0.08 }
    }

    /// Whether the condition has begun.
    pub(crate) fn has(&self, condition: Condition, on: Day) -> bool {
        self.onset[condition as usize].is_some_and(|first| first <= on)
    }

    /// How many conditions have begun.
    pub(crate) fn n_conditions(&self, on: Day) -> usize {
        self.onset.iter().filter(|first| first.is_some_and(|first| first <= on)).count()
    }

    /// The frailty index, 0 to 0.7.
    pub(crate) fn frailty(&self, on: Day) -> f64 {
        let aged = 0.03 + 0.0028 * (age_exact(self.birth, on) - 35.0).max(0.0);
        let ill: f64 = FRAILTY
            .iter()
            .zip(&self.onset)
            .filter(|(_, first)| first.is_some_and(|first| first <= on))
            .map(|(weight, _)| weight)
            .sum();
        (aged + ill + self.frailty_of_their_own).clamp(0.0, 0.7)
    }

    /// Deaths per person-year: rises with age and frailty.
    pub(crate) fn mortality(&self, on: Day, in_care_home: bool) -> f64 {
        let by_sex = if self.sex == Sex::Male { 1.15 } else { 0.87 };
        let by_home = if in_care_home { 1.8 } else { 1.0 };
        let age = age_exact(self.birth, on);
        3.6e-5 * exp(0.076 * age + 5.0 * self.frailty(on)) * by_sex * by_home
    }
}

/// The age by which that share has it, or `None` if fewer ever do.
fn age_by_which(ever: &[f64; 11], share: f64) -> Option<f64> {
    let next = ever.iter().position(|&p| p > share)?;
    if next == 0 {
        return Some(0.0);
    }
    let (low, high) = (ever[next - 1], ever[next]);
    Some((next as f64 - 1.0 + (share - low) / (high - low)) * 10.0)
}

#[cfg(test)]
mod tests {
    use super::super::chance::Stream;
    use super::*;

    #[test]
    fn prevalence_follows_the_table_and_poverty_adds_to_it() {
        let prevalence = |decile| {
            let mut chance = Chance::new(1, Stream::Names, 1);
            let n = 4000;
            let ill = (0..n).filter(|_| {
                Health::draw(&mut chance, 0, Sex::Female, decile)
                    .has(Condition::Hypertension, (70.0 * YEAR) as i32)
            });
            ill.count() as f64 / f64::from(n)
        };
        assert!((prevalence(5) - 0.47).abs() < 0.06);
        assert!(prevalence(1) > prevalence(10));
    }

    #[test]
    fn ages_are_found_between_the_decades() {
        assert_eq!(age_by_which(&EVER[0], 0.395), Some(65.0));
        assert_eq!(age_by_which(&EVER[0], 0.9), None);
    }
}
