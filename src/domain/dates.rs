//! Calendar arithmetic that every part does in one way.

use jiff::civil::Date;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Completed years from `birth` to `on`; negative before birth.
///
/// Somebody born on 29 February completes a year on 1 March of a year that is not a leap year.
#[must_use]
pub fn completed_years(birth: Date, on: Date) -> i32 {
    let years = i32::from(on.year()) - i32::from(birth.year());
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    if had_birthday { years } else { years - 1 }
}

/// Days from `from` to `to`; negative if `to` comes first.
#[must_use]
pub fn days_between(from: Date, to: Date) -> i32 {
    days_since_epoch(to) - days_since_epoch(from)
}

/// Days since 1970-01-01, as Arrow's `Date32` counts them.
#[must_use]
pub fn days_since_epoch(date: Date) -> i32 {
    (date - EPOCH).get_days()
}

/// The date that many days after 1970-01-01, or `None` outside years −9999 to 9999.
#[must_use]
pub fn from_days_since_epoch(days: i32) -> Option<Date> {
    EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// The first day of the date's month.
#[must_use]
pub fn month_of(date: Date) -> Date {
    date.first_of_month()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_year_is_completed_on_the_birthday() {
        assert_eq!(completed_years(date(1950, 6, 15), date(2026, 6, 14)), 75);
        assert_eq!(completed_years(date(1950, 6, 15), date(2026, 6, 15)), 76);
        assert_eq!(completed_years(date(2004, 2, 29), date(2025, 2, 28)), 20);
        assert_eq!(completed_years(date(2004, 2, 29), date(2025, 3, 1)), 21);
        assert_eq!(completed_years(date(2026, 1, 2), date(2026, 1, 1)), -1);
    }

    #[test]
    fn days_and_dates_agree_across_a_leap_day() {
        assert_eq!(days_between(date(2024, 2, 28), date(2024, 3, 1)), 2);
        assert_eq!(days_since_epoch(date(1970, 1, 2)), 1);
        assert_eq!(
            from_days_since_epoch(days_since_epoch(date(1899, 12, 30))),
            Some(date(1899, 12, 30))
        );
        assert_eq!(from_days_since_epoch(i32::MAX), None);
    }
}
