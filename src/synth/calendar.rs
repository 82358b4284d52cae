//! Days as whole numbers, and the ways that providers write them.

use crate::domain::{completed_years, days_since_epoch};
use jiff::civil::{Date, date};

/// Days since 1970-01-01.
pub(crate) type Day = i32;

/// The length of a mean year.
pub(crate) const YEAR: f64 = 365.25;

/// How a feed writes a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// 2024-03-31
    Iso,
    /// 31/03/2024
    Slash,
    /// 20240331
    Compact,
}

/// A calendar day.
pub(crate) fn day(year: i16, month: i8, day: i8) -> Day {
    days_since_epoch(date(year, month, day))
}

/// The first day that is later than all that a city knows.
const END_OF_TIME: Day = 2_932_000;

/// The date of a day; days of a city's life always have one.
pub(crate) fn civil(day: Day) -> Date {
    if !(-END_OF_TIME / 4..END_OF_TIME).contains(&day) {
        return Date::MAX;
    }
    let (year, month, day) = year_month_day(day);
    date(year, month, day)
}

/// Year, month and day of the month in whole numbers only: rows are many, and each has a date.
///
/// H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
fn year_month_day(day: Day) -> (i16, i8, i8) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    (year as i16, month as i8, (day_of_year - (153 * shifted + 2) / 5 + 1) as i8)
}

/// A day as a feed writes it.
pub(crate) fn write(day: Day, style: Style) -> String {
    let mut text = Vec::with_capacity(10);
    write_to(&mut text, day, style);
    String::from_utf8_lossy(&text).into_owned()
}

/// Adds a day to a text as a feed writes it.
pub(crate) fn write_to(text: &mut Vec<u8>, day: Day, style: Style) {
    let d = civil(day);
    let year = d.year().unsigned_abs();
    let two = |n: u16| [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
    let (century, year) = (two(year / 100), two(year % 100));
    let (month, day) =
        (two(u16::from(d.month().unsigned_abs())), two(u16::from(d.day().unsigned_abs())));
    let parts: [&[u8]; 6] = match style {
        Style::Iso => [&century, &year, b"-", &month, b"-", &day],
        Style::Slash => [&day, b"/", &month, b"/", &century, &year],
        Style::Compact => [&century, &year, &month, &day, b"", b""],
    };
    parts.iter().for_each(|part| text.extend_from_slice(part));
}

/// A day that may not be known, as a feed writes it; blank if not.
pub(crate) fn write_known(day: Option<Day>, style: Style) -> String {
    day.map(|d| write(d, style)).unwrap_or_default()
}

/// Age in completed years.
pub(crate) fn age(birth: Day, on: Day) -> i32 {
    completed_years(civil(birth), civil(on))
}

/// Age in years with their fraction: smooth, for hazards only.
pub(crate) fn age_exact(birth: Day, on: Day) -> f64 {
    f64::from(on - birth) / YEAR
}

/// The first day, `months` after the first of `from`'s month.
pub(crate) fn month_start(from: Day, months: u32) -> Day {
    month_at(from, months as i32)
}

/// The first day of the month so many months after, or before, that of a day.
pub(crate) fn month_at(from: Day, months: i32) -> Day {
    let d = civil(from);
    let n = i32::from(d.year()) * 12 + i32::from(d.month()) - 1 + months;
    day((n / 12) as i16, (n % 12 + 1) as i8, 1)
}

/// The year in which the financial year of a day began.
pub(crate) fn financial_year(on: Day) -> i16 {
    let d = civil(on);
    if d.month() >= 4 { d.year() } else { d.year() - 1 }
}

/// A financial year as it is written: 2023-24.
pub(crate) fn year_label(start: i16) -> String {
    format!("{start}-{:02}", (start + 1) % 100)
}

/// True on Saturday and Sunday.
pub(crate) fn is_weekend(on: Day) -> bool {
    (on + 3).rem_euclid(7) >= 5
}

/// The day itself, or the Monday after its weekend.
pub(crate) fn to_weekday(on: Day) -> Day {
    match (on + 3).rem_euclid(7) {
        5 => on + 2,
        6 => on + 1,
        _ => on,
    }
}

/// How much busier urgent care is in that month than in the mean one.
pub(crate) fn season(on: Day) -> f64 {
    const BY_MONTH: [f64; 12] =
        [1.16, 1.10, 1.04, 0.98, 0.95, 0.92, 0.92, 0.90, 0.95, 0.99, 1.03, 1.06];
    BY_MONTH[civil(on).month() as usize - 1]
}

/// The busiest month's factor.
pub(crate) const SEASON_PEAK: f64 = 1.16;

/// The month of a day as it is written: 2023-04.
pub(crate) fn month_label(day: Day) -> String {
    let d = civil(day);
    format!("{:04}-{:02}", d.year(), d.month())
}

/// Whole months from the month of `from` to the month of `on`; negative if it comes before.
pub(crate) fn months_between(from: Day, on: Day) -> i32 {
    let n = |day| {
        let d = civil(day);
        i32::from(d.year()) * 12 + i32::from(d.month())
    };
    n(on) - n(from)
}

/// Minutes of the day as HH:MM:SS.
pub(crate) fn clock(minute: i32) -> String {
    format!("{:02}:{:02}:00", minute / 60 % 24, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_each_feed_writes_them() {
        let d = day(2024, 3, 31);
        assert_eq!(write(d, Style::Iso), "2024-03-31");
        assert_eq!(write(d, Style::Slash), "31/03/2024");
        assert_eq!(write(d, Style::Compact), "20240331");
        assert_eq!(year_label(financial_year(d)), "2023-24");
        assert_eq!(year_label(financial_year(d + 1)), "2024-25");
    }

    #[test]
    fn days_and_dates_are_those_of_the_calendar() {
        for d in (-60_000..60_000).step_by(17) {
            assert_eq!(Some(civil(d)), crate::domain::from_days_since_epoch(d));
        }
        assert_eq!(civil(i32::MAX), Date::MAX);
        assert_eq!(months_between(day(2023, 11, 30), day(2024, 2, 1)), 3);
        assert_eq!(month_label(day(2024, 2, 29)), "2024-02");
    }

    #[test]
    fn weekends_are_known() {
        // 2024-03-30 was a Saturday.
        assert!(is_weekend(day(2024, 3, 30)) && is_weekend(day(2024, 3, 31)));
        assert!(!is_weekend(day(2024, 4, 1)));
        assert_eq!(to_weekday(day(2024, 3, 30)), day(2024, 4, 1));
        assert_eq!(month_start(day(2023, 4, 1), 36), day(2026, 4, 1));
    }

    #[test]
    fn seasons_average_to_one() {
        let mean: f64 =
            (0..12).map(|m| season(month_start(day(2023, 4, 1), m))).sum::<f64>() / 12.0;
        assert!((mean - 1.0).abs() < 0.001);
    }
}
