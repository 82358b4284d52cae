//! Dates as counts: a spreadsheet's days, an operating system's seconds.

/// The last moment of the year 9999, in seconds since 1970-01-01.
const LAST: i64 = 253_402_300_799;
/// Day 1 of a spreadsheet is 1900-01-01, which lies this many days before 1970-01-01.
const FIRST_DAY: i64 = -25_567;
/// The day that spreadsheets count and no calendar has: 29 February 1900.
const LEAP_DAY_OF_1900: i64 = 60;

/// Seconds since 1970-01-01 00:00 of a spreadsheet's serial number: days, and a fraction of a day.
///
/// The 1900 system of ECMA-376 part 1, 18.17.4.1: day 60 is a day that never was, so it is none, and
/// the days behind it stand one off. Seconds are rounded: a fraction of a day seldom hits one.
pub(super) fn serial_seconds(cell: &str) -> Option<i64> {
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    let is_count = |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 17;
    if whole.is_empty() || whole.starts_with('0') || !is_count(whole) || !is_count(fraction) {
        return None;
    }
    let serial: i64 = whole.parse().ok()?;
    if serial == LEAP_DAY_OF_1900 || serial > 2_958_465 {
        return None;
    }
    let days = FIRST_DAY + serial - 1 - i64::from(serial > LEAP_DAY_OF_1900);
    let part: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    Some(days * 86_400 + (part * 86_400.0).round() as i64)
}

/// Seconds since 1970-01-01 00:00 UTC, whole; a fraction of a second is cut off.
pub(super) fn epoch_seconds(cell: &str) -> Option<i64> {
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if digits.is_empty() || digits.len() > 12 || !are_digits(digits) || !are_digits(fraction) {
        return None;
    }
    whole.parse().ok().filter(|seconds: &i64| seconds.abs() <= LAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::days_of;

    #[test]
    fn serials_count_a_day_that_never_was() {
        let day = |cell| serial_seconds(cell).map(|s| i32::try_from(s / 86_400).unwrap());
        // ECMA-376 part 1, 18.17.4.1: 1 is 1900-01-01, 59 is 1900-02-28, 61 is 1900-03-01,
        // 2958465 is 9999-12-31.
        assert_eq!(day("1"), days_of(1900, 1, 1));
        assert_eq!(day("59"), days_of(1900, 2, 28));
        assert_eq!(day("60"), None);
        assert_eq!(day("61"), days_of(1900, 3, 1));
        assert_eq!(day("25569"), days_of(1970, 1, 1));
        assert_eq!(day("2958465"), days_of(9999, 12, 31));
        for cell in ["", "0", "044706", "-1", "2958466", "44706.5.1", "4e4", "44 706"] {
            assert_eq!(serial_seconds(cell), None, "{cell}");
        }
        assert_eq!(serial_seconds("25569.75"), Some(64_800));
        assert_eq!(serial_seconds("25569.999999"), Some(86_400), "to the nearest second");
    }

    #[test]
    fn seconds_are_whole_and_within_four_digit_years() {
        assert_eq!(epoch_seconds("0"), Some(0));
        assert_eq!(epoch_seconds("-1"), Some(-1));
        assert_eq!(epoch_seconds("1653481800.25"), Some(1_653_481_800));
        for cell in ["", "-", "1653481800000", "253402300800", "1.6e9", "+5"] {
            assert_eq!(epoch_seconds(cell), None, "{cell}");
        }
    }
}
