//! Days as whole numbers, and the ways that providers write them.

use crate::domain::{completed_years, days_since_epoch, from_days_since_epoch};
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

/// The date of a day; days of a city's life always have one.
pub(crate) fn civil(day: Day) -> Date {
    from_days_since_epoch(day).unwrap_or(Date::MAX)
}

/// A day as a feed writes it.
pub(crate) fn write(day: Day, style: Style) -> String {
    let d = civil(day);
    match style {
        Style::Iso => format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day()),
        Style::Slash => format!("{:02}/{:02}/{:04}", d.day(), d.month(), d.year()),
        Style::Compact => format!("{:04}{:02}{:02}", d.year(), d.month(), d.day()),
    }
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
    let d = civil(from);
    let n = i32::from(d.year()) * 12 + i32::from(d.month()) - 1 + months as i32;
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
