//! The month of a day, looked up: most rows are about a day of this or the last century.

use std::sync::LazyLock;

use super::roles::NO_DAY;
use crate::contract::{date_of, days_of};

/// Stands for "no month".
pub(super) const NO_MONTH: i32 = i32::MIN;

/// The first day that is looked up, and the first that is not: 1900-01-01 and 2100-01-01.
const YEARS: (i32, i32) = (1900, 2100);

/// Months since the year 0 of each day of these years, and the first of these days.
static MONTHS: LazyLock<(i32, Vec<i32>)> = LazyLock::new(|| {
    let first = |year| days_of(year, 1, 1).expect("every year begins");
    let days = first(YEARS.0)..first(YEARS.1);
    (days.start, days.map(computed).collect())
});

/// Months since the year 0 of a day since 1970-01-01; [`NO_MONTH`] of [`NO_DAY`] and of a day beyond
/// the calendar.
pub(super) fn month_of(day: i32) -> i32 {
    if day == NO_DAY {
        return NO_MONTH;
    }
    let (first, months) = &*MONTHS;
    let place = usize::try_from(i64::from(day) - i64::from(*first)).ok();
    place.and_then(|place| months.get(place).copied()).unwrap_or_else(|| computed(day))
}

fn computed(day: i32) -> i32 {
    date_of(day).map_or(NO_MONTH, |d| i32::from(d.year()) * 12 + i32::from(d.month()) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_the_list_and_beyond_it_have_their_months() {
        for (year, month, day) in
            [(1899, 12, 31), (1900, 1, 1), (2024, 2, 29), (2099, 12, 31), (2100, 1, 1)]
        {
            let days = days_of(year, month, day).unwrap();
            assert_eq!(month_of(days), year * 12 + month as i32 - 1, "{year}-{month}-{day}");
        }
        assert_eq!([month_of(NO_DAY), month_of(i32::MAX)], [NO_MONTH; 2]);
    }
}
