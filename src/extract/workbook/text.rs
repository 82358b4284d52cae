//! Values of cells as the text that a contract reads.

/// A number as it would be typed: no `.0`, no power of ten up to the 15 digits that a workbook keeps.
///
/// A longer whole number has lost digits, so it is written as a power of ten, which contracts refuse.
pub(super) fn of_number(number: f64) -> String {
    if number.fract() != 0.0 {
        number.to_string()
    } else if number.abs() < 1e15 {
        (number as i64).to_string()
    } else {
        let text = format!("{number:E}");
        if text.contains("E-") { text } else { text.replace('E', "E+") }
    }
}

/// A number of seconds as a time of day, or a length of time.
pub(super) fn of_seconds(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// A date and time of ISO 8601 with a space in place of the `T`; midnight is a date alone.
pub(super) fn of_iso(text: &str) -> String {
    let text = text.trim().trim_end_matches('Z');
    let Some((date, time)) = text.split_once('T') else { return text.to_owned() };
    let time = time.split_once('.').map_or(time, |(time, _)| time);
    if matches!(time, "00:00:00" | "00:00") { date.to_owned() } else { format!("{date} {time}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_were_typed() {
        assert_eq!(of_number(9_990_000_018.0), "9990000018");
        assert_eq!(of_number(12.0), "12");
        assert_eq!(of_number(-3.0), "-3");
        assert_eq!(of_number(12.5), "12.5");
        assert_eq!(of_number(0.1), "0.1");
        assert_eq!(of_number(0.0), "0");
        // 18 digits: a SNOMED code whose last digits a workbook has lost.
        assert_eq!(of_number(999_000_011_000_001_000.0), "9.99000011000001E+17");
    }

    #[test]
    fn midnight_is_a_date() {
        assert_eq!(of_iso("2024-03-01"), "2024-03-01");
        assert_eq!(of_iso("2024-03-01T00:00:00"), "2024-03-01");
        assert_eq!(of_iso("2024-03-01T10:30:00.000"), "2024-03-01 10:30:00");
        assert_eq!(of_seconds(37_805), "10:30:05");
    }
}
