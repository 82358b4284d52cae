//! Days since 1970-01-01 to the calendar and back, fast enough for every cell of a feed.
//!
//! Formulas: to days, Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"; from days, Neri and
//! Schneider, "Euclidean affine functions and their application to calendar algorithms" (2023).

use jiff::civil::Date;

/// Days since 1970-01-01; `None` if there is no such day.
#[must_use]
pub fn days_of(year: i32, month: u32, day: u32) -> Option<i32> {
    // Every month has days up to the 28th.
    let is_none = !(1..=12).contains(&month) || day == 0;
    if is_none || (day > 28 && day > days_in_month(year, month)) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = DAYS_SINCE_MARCH[month as usize - 1] + day as i32 - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + day_of_year - 719_468)
}

/// Days from the first of March to the first of each month, January's first.
const DAYS_SINCE_MARCH: [i32; 12] = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];

/// The date that many days after 1970-01-01; `None` outside years −9999 to 9999.
#[must_use]
pub fn date_of(days: i32) -> Option<Date> {
    // Counted from the first of March of the year −32,800, so that nothing is negative.
    let n =
        u32::try_from(i64::from(days) + 719_468 + 82 * 146_097).ok().filter(|n| *n < 1 << 29)?;
    let (century, day_of_century) = ((4 * n + 3) / 146_097, (4 * n + 3) % 146_097 / 4);
    let scaled = 2_939_745 * u64::from(4 * day_of_century + 3);
    let (year_of_century, day_of_year) = ((scaled >> 32) as u32, scaled as u32 / 2_939_745 / 4);
    let scaled = 2_141 * day_of_year + 197_913;
    let (month, day) = (scaled >> 16, scaled % (1 << 16) / 2_141 + 1);
    let is_next_year = day_of_year >= 306;
    let year = (100 * century + year_of_century + u32::from(is_next_year)).cast_signed() - 32_800;
    let month = if is_next_year { month - 12 } else { month };
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
        assert_eq!(date_of(i32::MIN), None);
        for edge in [Date::MIN, Date::MAX] {
            assert_eq!(date_of(days_since_epoch(edge)), Some(edge));
        }
    }
}
