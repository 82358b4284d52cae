//! The clock on the wall in the United Kingdom, from Coordinated Universal Time.
//!
//! A system that writes its times in UTC writes the day before for what happened in the first hour
//! of a summer's day. A day is cut from the local time only.

use jiff::civil::{Date, Weekday};

use super::days_since_epoch;

/// When the clocks changed up to 1995, as year, month, day, hour (UTC), and the hours that they were
/// ahead from then on. Source: IANA time zone database, Europe/London.
const CHANGES: [u64; 156] = [
    1916_05_21_02_1,
    1916_10_01_02_0,
    1917_04_08_02_1,
    1917_09_17_02_0,
    1918_03_24_02_1,
    1918_09_30_02_0,
    1919_03_30_02_1,
    1919_09_29_02_0,
    1920_03_28_02_1,
    1920_10_25_02_0,
    1921_04_03_02_1,
    1921_10_03_02_0,
    1922_03_26_02_1,
    1922_10_08_02_0,
    1923_04_22_02_1,
    1923_09_16_02_0,
    1924_04_13_02_1,
    1924_09_21_02_0,
    1925_04_19_02_1,
    1925_10_04_02_0,
    1926_04_18_02_1,
    1926_10_03_02_0,
    1927_04_10_02_1,
    1927_10_02_02_0,
    1928_04_22_02_1,
    1928_10_07_02_0,
    1929_04_21_02_1,
    1929_10_06_02_0,
    1930_04_13_02_1,
    1930_10_05_02_0,
    1931_04_19_02_1,
    1931_10_04_02_0,
    1932_04_17_02_1,
    1932_10_02_02_0,
    1933_04_09_02_1,
    1933_10_08_02_0,
    1934_04_22_02_1,
    1934_10_07_02_0,
    1935_04_14_02_1,
    1935_10_06_02_0,
    1936_04_19_02_1,
    1936_10_04_02_0,
    1937_04_18_02_1,
    1937_10_03_02_0,
    1938_04_10_02_1,
    1938_10_02_02_0,
    1939_04_16_02_1,
    1939_11_19_02_0,
    1940_02_25_02_1,
    1941_05_04_01_2,
    1941_08_10_01_1,
    1942_04_05_01_2,
    1942_08_09_01_1,
    1943_04_04_01_2,
    1943_08_15_01_1,
    1944_04_02_01_2,
    1944_09_17_01_1,
    1945_04_02_01_2,
    1945_07_15_01_1,
    1945_10_07_02_0,
    1946_04_14_02_1,
    1946_10_06_02_0,
    1947_03_16_02_1,
    1947_04_13_01_2,
    1947_08_10_01_1,
    1947_11_02_02_0,
    1948_03_14_02_1,
    1948_10_31_02_0,
    1949_04_03_02_1,
    1949_10_30_02_0,
    1950_04_16_02_1,
    1950_10_22_02_0,
    1951_04_15_02_1,
    1951_10_21_02_0,
    1952_04_20_02_1,
    1952_10_26_02_0,
    1953_04_19_02_1,
    1953_10_04_02_0,
    1954_04_11_02_1,
    1954_10_03_02_0,
    1955_04_17_02_1,
    1955_10_02_02_0,
    1956_04_22_02_1,
    1956_10_07_02_0,
    1957_04_14_02_1,
    1957_10_06_02_0,
    1958_04_20_02_1,
    1958_10_05_02_0,
    1959_04_19_02_1,
    1959_10_04_02_0,
    1960_04_10_02_1,
    1960_10_02_02_0,
    1961_03_26_02_1,
    1961_10_29_02_0,
    1962_03_25_02_1,
    1962_10_28_02_0,
    1963_03_31_02_1,
    1963_10_27_02_0,
    1964_03_22_02_1,
    1964_10_25_02_0,
    1965_03_21_02_1,
    1965_10_24_02_0,
    1966_03_20_02_1,
    1966_10_23_02_0,
    1967_03_19_02_1,
    1967_10_29_02_0,
    1968_02_18_02_1,
    1971_10_31_02_0,
    1972_03_19_02_1,
    1972_10_29_02_0,
    1973_03_18_02_1,
    1973_10_28_02_0,
    1974_03_17_02_1,
    1974_10_27_02_0,
    1975_03_16_02_1,
    1975_10_26_02_0,
    1976_03_21_02_1,
    1976_10_24_02_0,
    1977_03_20_02_1,
    1977_10_23_02_0,
    1978_03_19_02_1,
    1978_10_29_02_0,
    1979_03_18_02_1,
    1979_10_28_02_0,
    1980_03_16_02_1,
    1980_10_26_02_0,
    1981_03_29_01_1,
    1981_10_25_01_0,
    1982_03_28_01_1,
    1982_10_24_01_0,
    1983_03_27_01_1,
    1983_10_23_01_0,
    1984_03_25_01_1,
    1984_10_28_01_0,
    1985_03_31_01_1,
    1985_10_27_01_0,
    1986_03_30_01_1,
    1986_10_26_01_0,
    1987_03_29_01_1,
    1987_10_25_01_0,
    1988_03_27_01_1,
    1988_10_23_01_0,
    1989_03_26_01_1,
    1989_10_29_01_0,
    1990_03_25_01_1,
    1990_10_28_01_0,
    1991_03_31_01_1,
    1991_10_27_01_0,
    1992_03_29_01_1,
    1992_10_25_01_0,
    1993_03_28_01_1,
    1993_10_24_01_0,
    1994_03_27_01_1,
    1994_10_23_01_0,
    1995_03_26_01_1,
    1995_10_22_01_0,
];

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Seconds since 1970-01-01 00:00 on the local clock, from seconds since then in UTC.
///
/// From 1996 on the clocks go forward at 01:00 UTC on the last Sunday of March and back at 01:00 UTC
/// on the last Sunday of October (Summer Time Order 2002). Before 1916 there was no summer time.
#[must_use]
pub fn uk_local_seconds(utc_seconds: i64) -> i64 {
    utc_seconds + hours_ahead(utc_seconds) * HOUR
}

fn hours_ahead(utc_seconds: i64) -> i64 {
    let days = utc_seconds.div_euclid(DAY);
    let date = i32::try_from(days).ok().and_then(super::from_days_since_epoch);
    let Some(date) = date else { return 0 };
    if date.year() >= 1996 {
        let change = |month| last_sunday(date.year(), month).map(|d| seconds(d) + HOUR);
        let is_summer = matches!((change(3), change(10)), (Some(from), Some(to))
            if (from..to).contains(&utc_seconds));
        return i64::from(is_summer);
    }
    let hour = utc_seconds.rem_euclid(DAY) / HOUR;
    let parts = [(i64::from(date.month()), 100), (i64::from(date.day()), 100), (hour, 100)];
    let at = parts.iter().fold(i64::from(date.year()), |n, (part, scale)| n * scale + part);
    let n_before = CHANGES.partition_point(|change| (*change / 10) as i64 <= at);
    n_before.checked_sub(1).map_or(0, |last| (CHANGES[last] % 10) as i64)
}

fn seconds(date: Date) -> i64 {
    i64::from(days_since_epoch(date)) * DAY
}

fn last_sunday(year: i16, month: i8) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(-1, Weekday::Sunday).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{DateTime, date};

    use super::*;

    /// Expected offsets are those of the IANA time zone database, as other programs give them.
    #[test]
    fn the_clock_is_ahead_in_summer_as_the_law_of_the_day_had_it() {
        let ahead = |at: DateTime| hours_ahead(seconds(at.date()) + i64::from(at.hour()) * HOUR);
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
