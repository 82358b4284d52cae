//! Days and months, and the dates that the sample pipeline is about.

use jiff::civil::{Date, date};

/// The analysis date.
pub(crate) const AS_AT: Date = date(2026, 4, 1);
/// The first day that the data cover.
pub(crate) const DATA_FROM: Date = date(2023, 4, 1);
/// Eligibility for an evaluation is judged on this day.
pub(crate) const EVALUATION_FROM: Date = date(2024, 9, 1);
/// Follow-up begins on this day.
pub(crate) const EVALUATION_INDEX: Date = date(2024, 10, 1);

/// Days from one date to another; negative if the other is earlier.
pub(crate) fn days(from: Date, to: Date) -> i64 {
    i64::from(to.since(from).expect("dates of one calendar").get_days())
}

/// The day before or after so many days.
pub(crate) fn plus(day: Date, n: i64) -> Date {
    day.checked_add(jiff::Span::new().days(n)).expect("a date")
}

/// The date a year before.
pub(crate) fn year_before(day: Date) -> Date {
    Date::new(day.year() - 1, day.month(), day.day()).expect("no leap day")
}

/// A month, counted from year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month(pub(crate) i32);

impl Month {
    pub(crate) fn of(day: Date) -> Self {
        Self(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }

    pub(crate) fn first(self) -> Date {
        let (year, month) = (self.0.div_euclid(12), self.0.rem_euclid(12) + 1);
        Date::new(year as i16, month as i8, 1).expect("a month")
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The months that hold the days from one date up to, not including, another.
    pub(crate) fn over(from: Date, to: Date) -> impl Iterator<Item = Self> {
        (Self::of(from).0..=Self::of(plus(to, -1)).0).map(Self)
    }

    /// Days of a period that lie in the month.
    pub(crate) fn days_of(self, from: Date, to: Date) -> i64 {
        days(from.max(self.first()), to.min(self.next().first())).max(0)
    }
}

/// Completed years, by month of birth.
pub(crate) fn age(birth: Month, on: Month) -> i32 {
    (on.0 - birth.0).div_euclid(12)
}
