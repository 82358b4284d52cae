//! For how long a delivery may be kept, and from when that counts.

use std::fmt;

use jiff::Span;
use jiff::civil::Date;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A time as people agree on it: `8 years`, `18 months`, `90 days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionPeriod {
    n: u16,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Month,
    Year,
}

/// From when it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionStart {
    /// From the end of what the delivery tells of, whenever a copy of it came: so the NHS Records
    /// Management Code of Practice (2021, Appendix II) counts for records of care, from discharge or
    /// when the patient was last seen.
    #[default]
    PeriodEnd,
    /// From the day on which it was delivered.
    Delivery,
}

impl RetentionStart {
    /// In words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::PeriodEnd => "from the end of the period",
            Self::Delivery => "from the day of delivery",
        }
    }
}

impl RetentionPeriod {
    /// The day on which it is over if it begins on `first`; the last of the calendar if it is never.
    #[must_use]
    pub fn after(self, first: Date) -> Date {
        let n = i64::from(self.n);
        let span = match self.unit {
            Unit::Day => Span::new().try_days(n),
            Unit::Month => Span::new().try_months(n),
            Unit::Year => Span::new().try_years(n),
        };
        span.and_then(|span| first.checked_add(span)).unwrap_or(Date::MAX)
    }

    /// What is written, if it is a period; else why it is none.
    fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("expected a period like `8 years`, `18 months` or `90 days`: `{text}`");
        let (n, unit) = text.split_once(' ').ok_or_else(wrong)?;
        let unit = match unit.trim().trim_end_matches('s') {
            "day" => Unit::Day,
            "month" => Unit::Month,
            "year" => Unit::Year,
            _ => return Err(wrong()),
        };
        let n: u16 = n.parse().ok().filter(|n| (1..=9999).contains(n)).ok_or_else(wrong)?;
        Ok(Self { n, unit })
    }
}

impl fmt::Display for RetentionPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Day => "day",
            Unit::Month => "month",
            Unit::Year => "year",
        };
        write!(f, "{} {unit}{}", self.n, if self.n == 1 { "" } else { "s" })
    }
}

impl<'de> Deserialize<'de> for RetentionPeriod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_end_on_the_day_that_a_calendar_says() {
        let after = |text: &str, first| RetentionPeriod::parse(text).unwrap().after(first);
        assert_eq!(after("12 months", date(2025, 5, 1)), date(2026, 5, 1));
        assert_eq!(after("8 years", date(2024, 4, 1)), date(2032, 4, 1));
        assert_eq!(after("1 year", date(2024, 2, 29)), date(2025, 2, 28));
        assert_eq!(after("1 month", date(2025, 1, 31)), date(2025, 2, 28));
        assert_eq!(after("90 days", date(2025, 12, 1)), date(2026, 3, 1));
        assert_eq!(after("9999 years", date(2025, 1, 1)), Date::MAX);
    }

    #[test]
    fn what_is_no_period_is_refused_and_what_is_one_is_written_as_it_is() {
        for text in ["", "8", "years", "0 years", "-1 years", "8 weeks", "8years", "1.5 years"] {
            assert!(RetentionPeriod::parse(text).unwrap_err().contains("like `8 years`"), "{text}");
        }
        for text in ["8 years", "1 year", "18 months", "90 days"] {
            assert_eq!(RetentionPeriod::parse(text).unwrap().to_string(), text);
        }
    }
}
