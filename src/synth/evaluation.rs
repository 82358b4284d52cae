//! What is planted for evaluations to find: an intervention that works and one that does not.
//!
//! Both enrol from the same people, who are eligible on one day by what happened in the year
//! before; the intervention cuts their emergency admissions from the index date on.

use super::calendar::{Day, age, day};
use super::chance::Stream;
use super::city::City;
use super::settings::{ENROLLED, PLACEBO};

/// Which arm of the two evaluations a person is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arm {
    NotEligible,
    /// In the intervention: team type `PROACT`.
    Enrolled,
    /// In the placebo: team type `TELEH`.
    Placebo,
    /// Eligible, and in neither.
    Control,
}

/// The day on which eligibility is judged.
pub(crate) fn eligible_on() -> Day {
    day(2024, 9, 1)
}

/// The day from which the intervention works.
pub(crate) fn index_on() -> Day {
    day(2024, 10, 1)
}

/// The year before, in which an eligible person was admitted as an emergency or attended A&E.
pub(crate) fn look_back() -> (Day, Day) {
    (day(2023, 9, 1), eligible_on())
}

/// Judges eligibility and draws the arm; `had_event` tells of the look-back year.
pub(crate) fn assign(city: &City, person: usize, had_event: bool) -> Arm {
    let someone = &city.people[person];
    let on = eligible_on();
    let is_old_enough = age(someone.birth(), on) >= 50;
    if !had_event || !is_old_enough || !someone.is_registered(on) || on >= city.end {
        return Arm::NotEligible;
    }
    let draw = city.chance(Stream::Enrolment, person).unit();
    if draw < ENROLLED {
        Arm::Enrolled
    } else if draw < ENROLLED + PLACEBO {
        Arm::Placebo
    } else {
        Arm::Control
    }
}

/// How often, in 300 cities of the sample's size, a ratio of rate ratios (18 months before and
/// after, enrolled against eligible and not enrolled, person-level robust variance, two-sided
/// 5 %) told the intervention from no effect.
pub(crate) const POWER: f64 = 0.85;
