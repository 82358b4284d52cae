//! Dates and times in one format that a contract declares.

use super::calendar::days_of;
use super::serial::{epoch_seconds, serial_seconds};
use crate::domain::uk_local_seconds;

/// A format as the contract writes it: `%Y %m %d %b %H %M %S` and the characters between them.
///
/// `%Z` is the letter Z, which says that the time is in UTC: the cell is moved to the local clock of
/// the United Kingdom before its day is cut from it. `excel` is a spreadsheet's count of days, `%s`
/// seconds since 1970-01-01 00:00 UTC; each of them stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateFormat {
    pattern: String,
    pub(super) items: Vec<Item>,
    is_iso: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// Days since the end of 1899, as spreadsheets count them.
    Serial,
    /// Seconds since 1970-01-01 00:00 UTC.
    Epoch,
    Year,
    Month,
    MonthName,
    Day,
    Hour,
    Minute,
    Second,
    Utc,
    Literal(u8),
}

#[derive(Default)]
struct Parts {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

pub(super) const MONTH_NAMES: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What a date may be followed by: spreadsheets and databases append the first second of the day.
const MIDNIGHTS: [&str; 4] = [" 00:00:00", "T00:00:00", " 00:00", " 00:00:00.000"];

impl DateFormat {
    /// Reads a format; `None` if it holds anything but the fields above and ASCII characters.
    pub(super) fn read(pattern: &str) -> Option<Self> {
        let alone = |item| Self { pattern: pattern.to_owned(), items: vec![item], is_iso: false };
        match pattern {
            "excel" => return Some(alone(Item::Serial)),
            "%s" => return Some(alone(Item::Epoch)),
            _ => {}
        }
        let mut items = Vec::new();
        let mut bytes = pattern.bytes();
        while let Some(byte) = bytes.next() {
            items.push(match byte {
                b'%' => match bytes.next()? {
                    b'Y' => Item::Year,
                    b'm' => Item::Month,
                    b'b' => Item::MonthName,
                    b'd' => Item::Day,
                    b'H' => Item::Hour,
                    b'M' => Item::Minute,
                    b'S' => Item::Second,
                    b'Z' => Item::Utc,
                    _ => return None,
                },
                byte if byte.is_ascii_digit() || !byte.is_ascii() => return None,
                byte => Item::Literal(byte),
            });
        }
        let format = Self { pattern: pattern.to_owned(), items, is_iso: pattern == "%Y-%m-%d" };
        // Without day and hour nobody can say what time it was here.
        let is_placed = !format.is_utc() || format.has_day() && format.has_time();
        is_placed.then_some(format)
    }

    /// The format as it was declared.
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    fn is_utc(&self) -> bool {
        self.items.contains(&Item::Utc)
    }

    /// Whether it counts days or seconds rather than naming them.
    fn is_count(&self) -> bool {
        matches!(self.items.as_slice(), [Item::Serial | Item::Epoch])
    }

    pub(super) fn has_day(&self) -> bool {
        self.is_count() || self.has_month() && self.items.contains(&Item::Day)
    }

    pub(super) fn has_month(&self) -> bool {
        let has_month = [Item::Month, Item::MonthName].iter().any(|i| self.items.contains(i));
        self.is_count() || self.has_year() && has_month
    }

    pub(super) fn has_year(&self) -> bool {
        self.is_count() || self.items.contains(&Item::Year)
    }

    pub(super) fn has_time(&self) -> bool {
        self.is_count() || self.items.contains(&Item::Hour) && self.items.contains(&Item::Minute)
    }

    /// The moment of a count, in seconds since 1970-01-01 00:00 on the local clock.
    fn counted(&self, cell: &str) -> Option<i64> {
        match self.items.first()? {
            Item::Serial => serial_seconds(cell),
            Item::Epoch => epoch_seconds(cell).map(uk_local_seconds),
            _ => None,
        }
    }

    /// Days since 1970-01-01.
    pub(super) fn date(&self, cell: &str) -> Option<i32> {
        if self.is_iso && cell.len() == 10 {
            return iso_date(cell.as_bytes());
        }
        if self.is_count() {
            let seconds = self.counted(cell)?;
            // A time that would be lost is none of a date; an epoch's is the way it counts.
            let is_day = self.items == [Item::Epoch] || seconds % 86_400 == 0;
            return is_day.then(|| i32::try_from(seconds.div_euclid(86_400)).ok()).flatten();
        }
        let (parts, rest) = self.parts(cell)?;
        if !rest.is_empty() && (self.has_time() || !MIDNIGHTS.contains(&rest)) {
            return None;
        }
        let days = days_of(parts.year, parts.month, parts.day)?;
        if !self.is_utc() {
            return Some(days);
        }
        i32::try_from(self.local_seconds(days, &parts).div_euclid(86_400)).ok()
    }

    /// Days since 1970-01-01 of a date that lacks its day (00, or none in the format) or its month:
    /// the first day that it could be.
    pub(super) fn partial_date(&self, cell: &str, may_lack_month: bool) -> Option<i32> {
        if self.is_count() {
            return None;
        }
        let (parts, rest) = self.parts(cell)?;
        match (parts.month, parts.day) {
            _ if !rest.is_empty() || parts.year == 0 => None,
            (0, 0) if may_lack_month => days_of(parts.year, 1, 1),
            (month, 0) => days_of(parts.year, month, 1),
            _ => None,
        }
    }

    /// Seconds since 1970-01-01 00:00 on the local clock.
    pub(super) fn datetime(&self, cell: &str) -> Option<i64> {
        if self.is_count() {
            return self.counted(cell);
        }
        let (parts, rest) = self.parts(cell)?;
        let is_fraction =
            rest.strip_prefix('.').is_some_and(|r| r.bytes().all(|b| b.is_ascii_digit()));
        if !rest.is_empty() && !is_fraction {
            return None;
        }
        let days = days_of(parts.year, parts.month, parts.day)?;
        Some(self.local_seconds(days, &parts))
    }

    /// Seconds since 1970-01-01 00:00 on the local clock.
    fn local_seconds(&self, days: i32, parts: &Parts) -> i64 {
        let seconds = i64::from(days) * 86_400 + parts.seconds();
        if self.is_utc() { uk_local_seconds(seconds) } else { seconds }
    }

    /// The time of day as `HH:MM`.
    pub(super) fn time(&self, cell: &str) -> Option<[u8; 5]> {
        if self.is_count() {
            let minutes = self.counted(cell)?.rem_euclid(86_400) as u32 / 60;
            return Some(clock(minutes / 60, minutes % 60));
        }
        let (mut parts, rest) = self.parts(cell)?;
        if self.is_utc() {
            let days = days_of(parts.year, parts.month, parts.day)?;
            let minutes = self.local_seconds(days, &parts).rem_euclid(86_400) / 60;
            (parts.hour, parts.minute) = (minutes as u32 / 60, minutes as u32 % 60);
        }
        rest.is_empty().then(|| clock(parts.hour, parts.minute))
    }

    /// Days since 1970-01-01 of the month's first day.
    pub(super) fn month(&self, cell: &str) -> Option<i32> {
        if self.is_count() {
            return self.date(cell).and_then(super::calendar::first_of_month);
        }
        let (parts, rest) = self.parts(cell)?;
        if !rest.is_empty() || self.is_utc() {
            return None;
        }
        days_of(parts.year, parts.month, 1)
    }

    fn parts<'a>(&self, cell: &'a str) -> Option<(Parts, &'a str)> {
        let mut parts = Parts::default();
        let mut rest = cell.as_bytes();
        for (i, item) in self.items.iter().enumerate() {
            // Digits may be left out only where a character that is no digit ends the field.
            let is_field =
                |item: Option<&Item>| item.is_some_and(|i| !matches!(i, Item::Literal(_)));
            let before = i.checked_sub(1).and_then(|i| self.items.get(i));
            let is_packed = is_field(before) || is_field(self.items.get(i + 1));
            let least = if is_packed { 2 } else { 1 };
            match item {
                Item::Serial | Item::Epoch => return None,
                Item::Literal(byte) => {
                    let (found, tail) = rest.split_first()?;
                    let is_it = found == byte || *byte == b' ' && *found == b'T';
                    rest = if is_it { tail } else { return None };
                }
                Item::Year => parts.year = take_number(&mut rest, 4, 4)? as i32,
                Item::MonthName => parts.month = take_month_name(&mut rest)?,
                Item::Month => parts.month = take_number(&mut rest, least, 2)?,
                Item::Day => parts.day = take_number(&mut rest, least, 2)?,
                Item::Hour => parts.hour = take_number(&mut rest, least, 2)?,
                Item::Minute => parts.minute = take_number(&mut rest, 2, 2)?,
                Item::Second => parts.second = take_number(&mut rest, 2, 2)?,
                Item::Utc => match rest.split_first()? {
                    (b'Z', tail) => rest = tail,
                    _ => return None,
                },
            }
        }
        let is_time = parts.hour < 24 && parts.minute < 60 && parts.second < 60;
        is_time.then(|| (parts, &cell[cell.len() - rest.len()..]))
    }
}

impl Parts {
    fn seconds(&self) -> i64 {
        i64::from(self.hour * 3_600 + self.minute * 60 + self.second)
    }
}

/// `HH:MM`.
fn clock(hour: u32, minute: u32) -> [u8; 5] {
    let two = |n: u32| [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
    let ([a, b], [c, d]) = (two(hour), two(minute));
    [a, b, b':', c, d]
}

fn take_number(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let n_digits = rest.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    if n_digits < least {
        return None;
    }
    let (digits, tail) = rest.split_at(n_digits);
    *rest = tail;
    Some(digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
}

fn take_month_name(rest: &mut &[u8]) -> Option<u32> {
    let (name, tail) = rest.split_at_checked(3)?;
    let at = MONTH_NAMES.iter().position(|month| month.as_bytes().eq_ignore_ascii_case(name))?;
    *rest = tail;
    Some(at as u32 + 1)
}

/// `YYYY-MM-DD`, the form of most cells.
fn iso_date(b: &[u8]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = b else { return None };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2].map(|digit| u32::from(digit.wrapping_sub(b'0')));
    if digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits;
    days_of((y1 * 1000 + y2 * 100 + y3 * 10 + y4) as i32, m1 * 10 + m2, d1 * 10 + d2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(pattern: &str, cell: &str) -> Option<i32> {
        DateFormat::read(pattern).unwrap().date(cell)
    }

    #[test]
    fn a_time_in_utc_falls_on_the_day_that_the_local_clock_shows() {
        let pattern = "%Y-%m-%dT%H:%M:%S%Z";
        assert_eq!(date(pattern, "2004-08-27T23:46:58Z"), days_of(2004, 8, 28));
        assert_eq!(date(pattern, "2004-08-27T22:59:59Z"), days_of(2004, 8, 27));
        assert_eq!(date(pattern, "2004-12-27T23:46:58Z"), days_of(2004, 12, 27));
        assert_eq!(date(pattern, "2004-08-27T23:46:58"), None, "no letter, no UTC");
        let format = DateFormat::read(pattern).unwrap();
        assert_eq!(format.time("2004-08-27T23:46:58Z"), Some(*b"00:46"));
        let seconds = i64::from(days_of(2004, 8, 28).unwrap()) * 86_400 + 46 * 60 + 58;
        assert_eq!(format.datetime("2004-08-27T23:46:58Z"), Some(seconds));
        for without_day_or_hour in ["%H:%M%Z", "%Y-%m-%d%Z", "%m%Y%Z"] {
            assert!(DateFormat::read(without_day_or_hour).is_none(), "{without_day_or_hour}");
        }
    }

    #[test]
    fn the_same_day_is_read_in_every_declared_format() {
        let day = days_of(2023, 4, 9);
        for (pattern, cell) in [
            ("%Y-%m-%d", "2023-04-09"),
            ("%d/%m/%Y", "09/04/2023"),
            ("%d/%m/%Y", "9/4/2023"),
            ("%Y%m%d", "20230409"),
            ("%d %b %Y", "09 Apr 2023"),
            ("%d%b%Y", "09APR2023"),
            ("%d %b %Y", "9 apr 2023"),
            ("%Y-%m-%d", "2023-04-09 00:00:00"),
            ("%d/%m/%Y", "09/04/2023 00:00"),
        ] {
            assert_eq!(date(pattern, cell), day, "{pattern}: {cell}");
        }
    }

    #[test]
    fn what_is_not_in_the_format_is_no_date() {
        for (pattern, cell) in [
            ("%Y-%m-%d", "09/04/2023"),
            ("%Y-%m-%d", "2023-02-29"),
            ("%Y-%m-%d", "2023-13-01"),
            ("%Y-%m-%d", "2023-04-31"),
            ("%Y-%m-%d", "44706"),
            ("%Y-%m-%d", "2023-4-9x"),
            ("%Y-%m-%d", "2023-04-09 10:00:00"),
            ("%d/%m/%Y", "04/13/2023"),
            ("%d/%m/%Y", "09/04/23"),
            ("%Y%m%d", "20210500"),
            ("%Y%m%d", "2023409"),
            ("%Y%m%d", "2023041"),
            ("%d %b %Y", "09 Avr 2023"),
            ("%Y-%m-%d", "２０２３-04-09"),
            ("%Y-%m-%d", "-023-04-09"),
        ] {
            assert_eq!(date(pattern, cell), None, "{pattern}: {cell}");
        }
    }

    #[test]
    fn times_and_months_follow_their_format() {
        let format = |pattern| DateFormat::read(pattern).unwrap();
        let at = format("%Y-%m-%d %H:%M:%S").datetime("2023-04-09 23:59:58");
        assert_eq!(at, Some(i64::from(days_of(2023, 4, 9).unwrap()) * 86_400 + 86_398));
        assert_eq!(format("%d/%m/%Y %H:%M").datetime("09/04/2023 24:00"), None);
        assert_eq!(
            format("%Y-%m-%d %H:%M:%S").datetime("2023-04-09T00:00:00.123"),
            days_of(2023, 4, 9).map(|d| i64::from(d) * 86_400)
        );
        assert_eq!(
            format("%H:%M:%S").time("09:05:59").as_ref().map(<[u8; 5]>::as_slice),
            Some(&b"09:05"[..])
        );
        assert_eq!(format("%H:%M").time("9:60"), None);
        assert_eq!(format("%m%Y").month("041968"), days_of(1968, 4, 1));
        assert_eq!(format("%Y-%m").month("1968-13"), None);
    }

    #[test]
    fn layouts_of_practice_systems_and_spreadsheets_are_read() {
        let format = |pattern| DateFormat::read(pattern).unwrap();
        let noon = |y, m, d| days_of(y, m, d).map(|days| i64::from(days) * 86_400 + 43_200);
        let tpp = "%d %b %Y %H:%M:%S";
        assert_eq!(format(tpp).datetime("05 MAR 2022 12:00:00"), noon(2022, 3, 5));
        assert_eq!(format("%d %b %Y").date("05 mar 2022"), days_of(2022, 3, 5));
        assert_eq!(date("%d%b%Y", "01Jan2022"), days_of(2022, 1, 1));
        // 44706 is 25 May 2022 in every spreadsheet of the 1900 system.
        assert_eq!(date("excel", "44706"), days_of(2022, 5, 25));
        assert_eq!(date("excel", "44706.0"), days_of(2022, 5, 25));
        assert_eq!(date("excel", "44706.5"), None, "a time that a date would lose");
        assert_eq!(format("excel").datetime("44706.5"), noon(2022, 5, 25));
        assert_eq!(format("excel").month("44706"), days_of(2022, 5, 1));
        // 1653481800 is 2022-05-25 12:30:00 UTC: 13:30 in British summer time.
        assert_eq!(format("%s").datetime("1653481800"), noon(2022, 5, 25).map(|n| n + 5_400));
        assert_eq!(format("%s").time("1653481800"), Some(*b"13:30"));
        assert_eq!(date("%s", "1653521400"), days_of(2022, 5, 26), "00:30 on the local clock");
    }

    #[test]
    fn a_date_without_its_day_is_partial() {
        let format = DateFormat::read("%Y%m%d").unwrap();
        assert_eq!(format.date("20210500"), None);
        assert_eq!(format.partial_date("20210500", false), days_of(2021, 5, 1));
        assert_eq!(format.partial_date("20210000", false), None);
        assert_eq!(format.partial_date("20210000", true), days_of(2021, 1, 1));
        for cell in ["20211300", "20210532", "20210501", "2021", "00000000"] {
            assert_eq!(format.partial_date(cell, true), None, "{cell}");
        }
        let month = DateFormat::read("%Y-%m").unwrap();
        assert_eq!(month.partial_date("2021-05", false), days_of(2021, 5, 1));
    }

    #[test]
    fn a_format_with_fields_of_no_meaning_is_refused() {
        for pattern in ["%y-%m-%d", "%", "%Y-%q", "2023-%m"] {
            assert_eq!(DateFormat::read(pattern), None);
        }
    }
}
