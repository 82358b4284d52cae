//! What may be kept of a birth date next to an event: coarse ages, and no date that equals it.

use jiff::civil::Date;

use crate::domain::{completed_years, days_between, month_of};

/// HES's code for the first of the age groups under one year.
const FIRST_INFANT_CODE: i64 = 7001;

/// Oldest age that is believed.
const OLDEST: i32 = 130;

/// Lower bounds in days of the age groups under one year: HES `STARTAGE` 7001 to 7007
/// (Technical Output Specification). With the exact number of days, event date and age would give
/// the birth date.
const INFANT_GROUPS: [i32; 7] = [0, 1, 7, 29, 91, 182, 273];

/// How old somebody was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeAtEvent {
    /// Completed years.
    pub years: i32,
    /// Under one year: the lower bound, in days, of the age group (0, 1, 7, 29, 91, 182, 273).
    pub days: Option<i32>,
}

impl AgeAtEvent {
    /// The number by which a provider states the age: [`stated_age`] reads it.
    #[must_use]
    pub fn as_stated(self) -> i64 {
        let group = self.days.and_then(|days| INFANT_GROUPS.iter().position(|from| *from == days));
        group.map_or(i64::from(self.years), |group| FIRST_INFANT_CODE + group as i64)
    }
}

/// The age on the day of an event; `None` before birth and beyond 130 years.
#[must_use]
pub fn age_at_event(birth: Date, event: Date) -> Option<AgeAtEvent> {
    let years = completed_years(birth, event);
    if event < birth || years > OLDEST {
        return None;
    }
    let group = |days: i32| INFANT_GROUPS.into_iter().rev().find(|from| *from <= days);
    let days = if years == 0 { group(days_between(birth, event)) } else { None };
    Some(AgeAtEvent { years, days })
}

/// An age as a provider states it: completed years, or one of HES's codes 7001 to 7007 for the age
/// groups under one year; `None` for any other number.
#[must_use]
pub fn stated_age(stated: i64) -> Option<AgeAtEvent> {
    let group = stated.checked_sub(FIRST_INFANT_CODE).and_then(|n| usize::try_from(n).ok());
    if let Some(group) = group {
        let days = INFANT_GROUPS.get(group).copied();
        return days.map(|days| AgeAtEvent { years: 0, days: Some(days) });
    }
    let years = i32::try_from(stated).ok().filter(|years| (0..=OLDEST).contains(years))?;
    Some(AgeAtEvent { years, days: None })
}

/// The age at an event of somebody of whom only the month of birth is known: of one who was born on
/// its first day. It is a year too high for some of those whose birthday is in the event's month.
#[must_use]
pub fn age_by_month(birth_month: Date, event: Date) -> Option<AgeAtEvent> {
    let age = age_at_event(month_of(birth_month), event)?;
    Some(AgeAtEvent { days: None, ..age })
}

/// Whether somebody born in that month can have had that age in completed years on the day.
#[must_use]
pub fn fits_month(birth_month: Date, event: Date, years: i32) -> bool {
    let first = month_of(birth_month);
    let oldest = completed_years(first, event);
    let youngest = completed_years(first.last_of_month().min(event), event);
    first <= event && (youngest..=oldest).contains(&years)
}

/// The date as a record may hold it: the first of its month if it is the day of birth.
///
/// A date that equals the birth date would be the birth date in clear.
#[must_use]
pub fn day_or_month(birth: Date, date: Date) -> Date {
    if date == birth { month_of(date) } else { date }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_age_is_read_as_it_was_stated() {
        let birth = date(2024, 2, 10);
        for days in [0, 3, 20, 60, 100, 200, 300, 366, 5_000] {
            let event = birth.checked_add(jiff::Span::new().days(days)).expect("a date");
            let age = age_at_event(birth, event).expect("an age");
            assert_eq!(stated_age(age.as_stated()), Some(age), "{days} days");
        }
    }

    #[test]
    fn ages_are_completed_years_and_groups_of_days_under_one() {
        let age = |event| age_at_event(date(2024, 2, 29), event);
        assert_eq!(age(date(2024, 2, 29)), Some(AgeAtEvent { years: 0, days: Some(0) }));
        assert_eq!(age(date(2024, 3, 6)), Some(AgeAtEvent { years: 0, days: Some(1) }));
        assert_eq!(age(date(2024, 3, 7)), Some(AgeAtEvent { years: 0, days: Some(7) }));
        assert_eq!(age(date(2025, 2, 28)), Some(AgeAtEvent { years: 0, days: Some(273) }));
        assert_eq!(age(date(2025, 3, 1)), Some(AgeAtEvent { years: 1, days: None }));
        assert_eq!(age(date(2024, 2, 28)), None);
        assert_eq!(age(date(2155, 3, 1)), None);
    }

    /// Codes and groups: HES Technical Output Specification, `STARTAGE`.
    #[test]
    fn stated_ages_are_years_or_the_codes_of_hes_for_infants() {
        let days = |code| stated_age(code).and_then(|age| age.days);
        assert_eq!([7001, 7002, 7003, 7004].map(days), [Some(0), Some(1), Some(7), Some(29)]);
        assert_eq!([7005, 7006, 7007].map(days), [Some(91), Some(182), Some(273)]);
        assert_eq!(stated_age(7001).map(|age| age.years), Some(0));
        assert_eq!(stated_age(42), Some(AgeAtEvent { years: 42, days: None }));
        assert_eq!(stated_age(120), Some(AgeAtEvent { years: 120, days: None }));
        for none in [-1, 131, 999, 7000, 7008, i64::MAX, i64::MIN] {
            assert_eq!(stated_age(none), None, "{none}");
        }
    }

    #[test]
    fn a_month_of_birth_leaves_two_ages_in_the_month_of_the_birthday() {
        let born = date(1968, 4, 1);
        assert!(
            fits_month(born, date(2001, 12, 4), 33) && !fits_month(born, date(2001, 12, 4), 34)
        );
        let in_april = date(2001, 4, 15);
        assert!(fits_month(born, in_april, 32) && fits_month(born, in_april, 33));
        assert!(!fits_month(born, in_april, 31) && !fits_month(born, date(1968, 3, 31), 0));
        assert!(fits_month(born, date(1968, 4, 2), 0), "born and seen in one month");
        let by_month = age_by_month(born, date(1968, 4, 20)).unwrap();
        assert_eq!((by_month.years, by_month.days), (0, None), "no day is known");
    }

    #[test]
    fn the_day_of_birth_is_never_kept() {
        let birth = date(2025, 6, 17);
        assert_eq!(day_or_month(birth, birth), date(2025, 6, 1));
        assert_eq!(day_or_month(birth, date(2025, 6, 18)), date(2025, 6, 18));
    }
}
