//! Days since 1970-01-01 to the calendar and back, fast enough for every cell of a feed.
//!
//! Formulas: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use jiff::civil::Date;

/// Days since 1970-01-01; `None` if there is no such day.
#[must_use]
pub fn days_of(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month as i32 + 9) % 12) + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The date that many days after 1970-01-01; `None` outside years −9999 to 9999.
#[must_use]
pub fn date_of(days: i32) -> Option<Date> {
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok()
}

/// The first day of a day's month, both as days since 1970-01-01.
#[must_use]
pub(super) fn first_of_month(days: i32) -> Option<i32> {
    let date = date_of(days)?;
    days_of(date.year().into(), date.month() as u32, 1)
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{days_since_epoch, from_days_since_epoch};

    #[test]
    fn every_day_of_five_centuries_agrees_with_jiff() {
        let first = days_since_epoch(jiff::civil::date(1599, 12, 31));
        let last = days_since_epoch(jiff::civil::date(2101, 1, 1));
        for days in first..=last {
            let date = from_days_since_epoch(days).unwrap();
            assert_eq!(date_of(days), Some(date));
            assert_eq!(
                days_of(date.year().into(), date.month() as u32, date.day() as u32),
                Some(days)
            );
        }
    }

    #[test]
    fn days_that_are_not_in_the_calendar_are_none() {
        for (year, month, day) in
            [(2023, 2, 29), (1900, 2, 29), (2023, 4, 31), (2023, 13, 1), (2023, 0, 1), (2023, 1, 0)]
        {
            assert_eq!(days_of(year, month, day), None);
        }
        assert_eq!(date_of(i32::MAX), None);
    }
}
