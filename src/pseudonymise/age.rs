//! What may be kept of a birth date next to an event: coarse ages, and no date that equals it.

use jiff::civil::Date;

use crate::domain::{completed_years, days_between, month_of};

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

    #[test]
    fn the_day_of_birth_is_never_kept() {
        let birth = date(2025, 6, 17);
        assert_eq!(day_or_month(birth, birth), date(2025, 6, 1));
        assert_eq!(day_or_month(birth, date(2025, 6, 18)), date(2025, 6, 18));
    }
}
