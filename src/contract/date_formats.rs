//! Several formats of one column, tried in order; no text may mean two dates.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::calendar::{date_of, days_of};
use super::date_format::{DateFormat, Item, MONTH_NAMES};

/// What a column's dates and times may look like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateFormats {
    formats: Vec<DateFormat>,
    /// What becomes of a date without its day.
    partial: Option<Partial>,
}

/// What becomes of a date that lacks its day, or its month.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Partial {
    /// A date without its day becomes the first of its month.
    FirstOfMonth,
    /// And one without its month the first of its year.
    FirstOfYear,
}

/// What is read out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reading {
    Date,
    DateTime,
    Time,
    Month,
}

/// Two formats, by place, that read one text as different dates; and that text.
type Ambiguity = (usize, usize, String);

/// A list of formats, what is read with it and what becomes of a date that lacks its day.
type Asked = (Vec<String>, Reading, Option<Partial>);

/// What was found of each list: a few lists stand in many columns, and the search is long.
static FOUND: Mutex<BTreeMap<Asked, Option<Ambiguity>>> = Mutex::new(BTreeMap::new());

impl DateFormats {
    pub(super) fn new(formats: Vec<DateFormat>, partial: Option<Partial>) -> Self {
        Self { formats, partial }
    }

    /// The formats as they were declared.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.formats.iter().map(DateFormat::pattern)
    }

    /// What becomes of a date without its day.
    #[must_use]
    pub fn partial(&self) -> Option<Partial> {
        self.partial
    }

    /// Days since 1970-01-01.
    pub(super) fn date(&self, cell: &str) -> Option<i32> {
        self.formats.iter().find_map(|format| format.date(cell))
    }

    /// Days since 1970-01-01 of a date that lacks its day, if that is declared.
    pub(super) fn partial_date(&self, cell: &str) -> Option<i32> {
        let may_lack_month = self.partial? == Partial::FirstOfYear;
        self.formats.iter().find_map(|format| format.partial_date(cell, may_lack_month))
    }

    /// Seconds since 1970-01-01 00:00 on the local clock.
    pub(super) fn datetime(&self, cell: &str) -> Option<i64> {
        self.formats.iter().find_map(|format| format.datetime(cell))
    }

    /// Another day, at its first second, in the format in which a cell is written; `None` if it is
    /// written in none.
    #[must_use]
    pub fn on_day(&self, cell: &str, day: i32) -> Option<String> {
        let reads =
            |format: &&DateFormat| format.datetime(cell).is_some() || format.date(cell).is_some();
        self.formats.iter().find(reads).map(|format| format.write_at(day, true, [0; 3]))
    }

    /// The time of day as `HH:MM`.
    pub(super) fn time(&self, cell: &str) -> Option<[u8; 5]> {
        self.formats.iter().find_map(|format| format.time(cell))
    }

    /// Days since 1970-01-01 of the month's first day.
    pub(super) fn month(&self, cell: &str) -> Option<i32> {
        self.formats.iter().find_map(|format| format.month(cell))
    }

    /// Two formats, by place, that read one text as different dates; and that text.
    ///
    /// Found by writing days in each format and reading them in the others: days whose parts can
    /// pass for one another, in years of our time and in years that look like a month and a day.
    pub(super) fn ambiguity(&self, reading: Reading) -> Option<Ambiguity> {
        if self.formats.len() < 2 {
            return None;
        }
        let asked = (self.patterns().map(str::to_owned).collect(), reading, self.partial);
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry(asked).or_insert_with(|| self.searched(reading)).clone()
    }

    fn searched(&self, reading: Reading) -> Option<Ambiguity> {
        self.told_apart_by(&telling_days().collect::<Vec<_>>(), reading)
    }

    fn told_apart_by(&self, days: &[i32], reading: Reading) -> Option<Ambiguity> {
        for (i, writer) in self.formats.iter().enumerate() {
            for day in days {
                for text in [writer.write(*day, true), writer.write(*day, false)] {
                    let Some(meant) = writer.value(&text, reading, self.partial) else { continue };
                    let other = self.formats.iter().position(|reader| {
                        reader.value(&text, reading, self.partial).is_some_and(|v| v != meant)
                    });
                    if let Some(j) = other {
                        return Some((i.min(j), i.max(j), text));
                    }
                }
            }
        }
        None
    }
}

/// Days that formats are told apart by.
fn telling_days() -> impl Iterator<Item = i32> {
    // Of one digit and of two, months and beyond them, of a day and of none.
    const NUMBERS: [i32; 7] = [1, 2, 10, 11, 12, 20, 30];
    let like_a_day = NUMBERS.into_iter().flat_map(|a| NUMBERS.map(move |b| a * 100 + b));
    let years =
        [1900, 1912, 1931, 2000, 2001, 2010, 2011, 2012, 2020, 2023, 2030, 2031, 2173, 2234];
    years.into_iter().chain(like_a_day).flat_map(|year| {
        [1, 2, 10, 11, 12].into_iter().flat_map(move |month| {
            NUMBERS.into_iter().filter_map(move |day| days_of(year, month, day as u32))
        })
    })
}

impl DateFormat {
    /// What a text means, as one number that can be compared.
    fn value(&self, text: &str, reading: Reading, partial: Option<Partial>) -> Option<i64> {
        match reading {
            Reading::Date => {
                let may_lack_month = partial == Some(Partial::FirstOfYear);
                let partial = || partial.and_then(|_| self.partial_date(text, may_lack_month));
                self.date(text).or_else(partial).map(i64::from)
            }
            Reading::Month => self.month(text).map(i64::from),
            Reading::DateTime => self.datetime(text),
            Reading::Time => {
                let [a, b, _, c, d] = self.time(text)?;
                Some(i64::from_be_bytes([0, 0, 0, 0, a, b, c, d]))
            }
        }
    }

    /// A day in this format, at eleven past ten; with leading noughts or without.
    fn write(&self, days: i32, is_padded: bool) -> String {
        self.write_at(days, is_padded, [10, 11, 12])
    }

    /// A day in this format, at an hour, minute and second.
    fn write_at(&self, days: i32, is_padded: bool, time: [u8; 3]) -> String {
        let [hour, minute, second] = time;
        let seconds = time.iter().fold(0, |sum, part| sum * 60 + i64::from(*part));
        let Some(date) = date_of(days) else { return String::new() };
        let two = |n: i8| if is_padded { format!("{n:02}") } else { n.to_string() };
        let month_name = MONTH_NAMES[usize::from(date.month().unsigned_abs()) - 1];
        let text = |item: &Item| match item {
            // Day 25,569 of a spreadsheet is 1970-01-01.
            Item::Serial => (i64::from(days) + 25_569).to_string(),
            Item::Epoch => (i64::from(days) * 86_400 + seconds).to_string(),
            Item::Year => format!("{:04}", date.year()),
            Item::Month => two(date.month()),
            Item::MonthName => month_name.to_owned(),
            Item::Day => two(date.day()),
            Item::Hour => format!("{hour:02}"),
            Item::Minute => format!("{minute:02}"),
            Item::Second => format!("{second:02}"),
            Item::Utc => "Z".to_owned(),
            Item::Literal(byte) => char::from(*byte).to_string(),
        };
        self.items.iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats(patterns: &[&str]) -> DateFormats {
        let read = |p: &&str| DateFormat::read(p).unwrap();
        DateFormats::new(patterns.iter().map(read).collect(), None)
    }

    #[test]
    fn formats_are_tried_in_their_order() {
        let list = formats(&["%d/%m/%Y", "%Y-%m-%d", "excel"]);
        for cell in ["25/05/2022", "2022-05-25", "44706", "25/5/2022"] {
            assert_eq!(list.date(cell), days_of(2022, 5, 25), "{cell}");
        }
        assert_eq!(list.date("05/25/2022"), None);
        assert_eq!(list.ambiguity(Reading::Date), None);
    }

    #[test]
    fn a_list_in_which_one_text_means_two_dates_is_found() {
        for (patterns, reading) in [
            (["%d/%m/%Y", "%m/%d/%Y"], Reading::Date),
            (["%Y%m%d", "%d%m%Y"], Reading::Date),
            (["%Y%m%d", "%Y%d%m"], Reading::Date),
            (["%Y%m%d", "%s"], Reading::Date),
            (["excel", "%s"], Reading::Date),
            (["%m%Y", "excel"], Reading::Month),
            (["%m%Y", "%Y%m"], Reading::Month),
            (["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"], Reading::DateTime),
            (["%H:%M", "%M:%H"], Reading::Time),
        ] {
            let list = formats(&patterns);
            let (i, j, text) = list.ambiguity(reading).unwrap_or_else(|| panic!("{patterns:?}"));
            assert_eq!((i, j), (0, 1));
            let value = |at: usize| list.formats[at].value(&text, reading, None);
            assert!(value(0).is_some() && value(1).is_some() && value(0) != value(1), "{text}");
        }
    }

    #[test]
    fn formats_that_never_disagree_may_stand_together() {
        for (patterns, reading) in [
            (["%d/%m/%Y", "%Y-%m-%d"], Reading::Date),
            (["%d %b %Y", "%d/%m/%Y"], Reading::Date),
            (["%Y%m%d", "excel"], Reading::Date),
            (["%d%b%Y", "%Y%m%d"], Reading::Date),
            (["%d %b %Y %H:%M:%S", "%d %b %Y %H:%M"], Reading::DateTime),
            (["%H:%M", "%H:%M:%S"], Reading::Time),
            (["%m/%Y", "%Y-%m"], Reading::Month),
        ] {
            assert_eq!(formats(&patterns).ambiguity(reading), None, "{patterns:?}");
        }
    }

    #[test]
    fn few_days_tell_formats_apart_as_well_as_many() {
        let like_a_day = (1..=31).flat_map(|a| (1..=31).map(move |b| a * 100 + b));
        let years: Vec<i32> = (1990..2040).chain([2173, 2234]).chain(like_a_day).collect();
        let day =
            |year| [1, 2, 11, 12].map(|month| [1, 2, 11, 30].map(|d| days_of(year, month, d)));
        let many: Vec<i32> = years.iter().flat_map(|y| day(*y)).flatten().flatten().collect();
        let few: Vec<i32> = telling_days().collect();
        let patterns = [
            "%Y%m%d", "%d%m%Y", "%m%d%Y", "%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%Y-%d-%m",
            "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y", "%b %d %Y", "excel", "%s", "%Y%d%m",
        ];
        for (i, one) in patterns.iter().enumerate() {
            for other in &patterns[i + 1..] {
                let list = formats(&[one, other]);
                let is_told = |days: &[i32]| list.told_apart_by(days, Reading::Date).is_some();
                assert_eq!(is_told(&few), is_told(&many), "{one} and {other}");
            }
        }
    }
}
