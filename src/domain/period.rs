//! Half-open spans of days `[from, to)`: months, financial quarters and years, and what rolls.

use jiff::Span;
use jiff::civil::{Date, date};

/// Days from `from` up to, and without, `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// The days `[from, to)`; `None` if there are none.
    #[must_use]
    pub fn new(from: Date, to: Date) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// A calendar month; `None` for months other than 1 to 12.
    #[must_use]
    pub fn month(year: i16, month: i8) -> Option<Self> {
        Self::months_from(Date::new(year, month, 1).ok()?, 1)
    }

    /// A quarter, 1 to 4, of the financial year that begins in April of `year`.
    #[must_use]
    pub fn financial_quarter(year: i16, quarter: i8) -> Option<Self> {
        let months = match quarter {
            1..=4 => 3 * (i32::from(quarter) - 1),
            _ => return None,
        };
        Self::months_from(add_months(april(year)?, months)?, 3)
    }

    /// The financial year from 1 April of `year`.
    #[must_use]
    pub fn financial_year(year: i16) -> Option<Self> {
        Self::months_from(april(year)?, 12)
    }

    /// One day.
    #[must_use]
    pub fn day(on: Date) -> Option<Self> {
        Self::new(on, on.tomorrow().ok()?)
    }

    /// All days that there are: what a file speaks for that holds everything.
    #[must_use]
    pub fn all() -> Self {
        Self { from: date(-9999, 1, 1), to: date(9999, 12, 31) }
    }

    /// From 1 April of the financial year that holds the last day, to the same end.
    #[must_use]
    pub fn year_to_date(self) -> Option<Self> {
        let last = self.last();
        let year = if last.month() >= 4 { last.year() } else { last.year() - 1 };
        Self::new(april(year)?, self.to)
    }

    /// The twelve months to the same end.
    #[must_use]
    pub fn rolling_year(self) -> Option<Self> {
        Self::new(add_months(self.to, -12)?, self.to)
    }

    /// The period of the same length in months that begins where this one ends; `None` if it is not
    /// made of whole months.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let months = i32::from(self.to.year() - self.from.year()) * 12
            + i32::from(self.to.month() - self.from.month());
        if self.from.day() != 1 || self.to.day() != 1 {
            return None;
        }
        Self::months_from(self.to, months)
    }

    /// The first day.
    #[must_use]
    pub fn from(self) -> Date {
        self.from
    }

    /// The day after the last.
    #[must_use]
    pub fn to(self) -> Date {
        self.to
    }

    /// The last day.
    #[must_use]
    pub fn last(self) -> Date {
        self.to.yesterday().unwrap_or(self.from)
    }

    /// Whether a day lies in the period.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day < self.to
    }

    /// Whether every day of `other` lies in this period.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    fn months_from(from: Date, months: i32) -> Option<Self> {
        Self::new(from, add_months(from, months)?)
    }
}

impl std::fmt::Display for Period {
    /// `2025-04` for a month, else the first day and the last: `2025-04-01/2026-03-31`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if Self::month(self.from.year(), self.from.month()) == Some(*self) {
            return write!(f, "{}", self.from.strftime("%Y-%m"));
        }
        write!(f, "{}/{}", self.from, self.last())
    }
}

fn april(year: i16) -> Option<Date> {
    Date::new(year, 4, 1).ok()
}

fn add_months(date: Date, months: i32) -> Option<Date> {
    date.checked_add(Span::new().try_months(months).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: Date, to: Date) -> Option<Period> {
        Period::new(from, to)
    }

    #[test]
    fn periods_end_before_the_next_begins() {
        assert_eq!(Period::month(2024, 2), days(date(2024, 2, 1), date(2024, 3, 1)));
        assert_eq!(Period::month(2024, 12), days(date(2024, 12, 1), date(2025, 1, 1)));
        assert_eq!(Period::month(2024, 13), None);
        assert_eq!(Period::financial_quarter(2024, 1), days(date(2024, 4, 1), date(2024, 7, 1)));
        assert_eq!(Period::financial_quarter(2024, 4), days(date(2025, 1, 1), date(2025, 4, 1)));
        assert_eq!(Period::financial_quarter(2024, 5), None);
        assert_eq!(Period::financial_year(2024), days(date(2024, 4, 1), date(2025, 4, 1)));
        let january = Period::month(2025, 1).unwrap();
        assert_eq!(january.year_to_date(), days(date(2024, 4, 1), date(2025, 2, 1)));
        assert_eq!(january.rolling_year(), days(date(2024, 2, 1), date(2025, 2, 1)));
        assert_eq!(january.next(), Period::month(2025, 2));
        assert_eq!(Period::financial_year(2024).unwrap().next(), Period::financial_year(2025));
        assert_eq!(days(date(2025, 1, 1), date(2025, 1, 1)), None);
    }

    #[test]
    fn a_period_knows_its_days() {
        let may = Period::month(2025, 5).unwrap();
        assert!(may.contains(date(2025, 5, 31)) && !may.contains(date(2025, 6, 1)));
        assert!(may.rolling_year().unwrap().covers(may) && !may.covers(Period::all()));
        assert_eq!((may.to_string(), may.last()), ("2025-05".to_owned(), date(2025, 5, 31)));
        let year = Period::financial_year(2025).unwrap();
        assert_eq!(year.to_string(), "2025-04-01/2026-03-31");
    }
}
