//! The clock on the wall in the United Kingdom, from Coordinated Universal Time.
//!
//! A system that writes its times in UTC writes the day before for what happened in the first hour
//! of a summer's day. A day is cut from the local time only.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The rules of the time zone database that comes with the binary, whatever the machine has.
static LONDON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/London").expect("the bundled database has it"));

/// Seconds since 1970-01-01 00:00 on the local clock, from seconds since then in UTC. A time beyond
/// the year 9999 stays as it is.
///
/// Source: IANA time zone database, Europe/London.
#[must_use]
pub fn uk_local_seconds(utc_seconds: i64) -> i64 {
    let offset = Timestamp::from_second(utc_seconds).map(|at| LONDON.to_offset(at).seconds());
    utc_seconds + i64::from(offset.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, DateTime, date};

    use super::*;
    use crate::domain::days_since_epoch;

    const HOUR: i64 = 3_600;

    fn seconds(date: Date) -> i64 {
        i64::from(days_since_epoch(date)) * 24 * HOUR
    }

    /// Expected offsets are those of the IANA time zone database, as other programs give them.
    #[test]
    fn the_clock_is_ahead_in_summer_as_the_law_of_the_day_had_it() {
        let ahead = |at: DateTime| {
            let utc = seconds(at.date()) + i64::from(at.hour()) * HOUR;
            (uk_local_seconds(utc) - utc) / HOUR
        };
        for (at, hours) in [
            (date(1915, 7, 1).at(12, 0, 0, 0), 0),
            (date(1916, 5, 21).at(1, 0, 0, 0), 0),
            (date(1916, 5, 21).at(2, 0, 0, 0), 1),
            (date(1943, 6, 1).at(12, 0, 0, 0), 2),
            (date(1943, 12, 1).at(12, 0, 0, 0), 1),
            (date(1970, 1, 1).at(0, 0, 0, 0), 1),
            (date(1972, 1, 15).at(0, 0, 0, 0), 0),
            (date(1995, 10, 22).at(0, 0, 0, 0), 1),
            (date(1995, 10, 22).at(1, 0, 0, 0), 0),
            (date(1996, 1, 1).at(0, 0, 0, 0), 0),
            (date(2025, 3, 30).at(0, 0, 0, 0), 0),
            (date(2025, 3, 30).at(1, 0, 0, 0), 1),
            (date(2025, 10, 26).at(0, 0, 0, 0), 1),
            (date(2025, 10, 26).at(1, 0, 0, 0), 0),
        ] {
            assert_eq!(ahead(at), hours, "{at}");
        }
    }

    #[test]
    fn the_last_hour_of_a_summers_day_in_utc_is_the_first_of_the_next() {
        let utc = seconds(date(2004, 8, 27)) + 23 * HOUR + 46 * 60;
        assert_eq!(uk_local_seconds(utc), seconds(date(2004, 8, 28)) + 46 * 60);
    }
}
