//! No date in a record may equal the birth date: on the day of birth, dates become months.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, Date32Type, TimestampSecondType};

use super::roles::{Roles, day};
use crate::domain::days_since_epoch;
use crate::pseudonymise::day_or_month;

/// The column with every date on its row's day of birth set to the first of that month; times go.
///
/// A birth's admission, episode and registration all fall on the birth date, which would stand in
/// the record in clear. What is no date column comes back as it is.
pub(super) fn coarsened(column: &ArrayRef, roles: &Roles<'_>) -> ArrayRef {
    if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        replaced(days, roles, |day| day, |day| day)
    } else if let Some(seconds) = column.as_primitive_opt::<TimestampSecondType>() {
        let day_of = |second: i64| i32::try_from(second.div_euclid(86_400)).unwrap_or(i32::MIN);
        replaced(seconds, roles, day_of, |day| i64::from(day) * 86_400)
    } else {
        Arc::clone(column)
    }
}

/// A computed column, null in rows in which one of the dates behind it is the day of birth: counted
/// from another date of the record, it would tell that day.
pub(super) fn withheld(column: &ArrayRef, dates: &[&ArrayRef], roles: &Roles<'_>) -> ArrayRef {
    let is_told = |row: usize| {
        let birth = roles.birth_day_number(row);
        birth.is_some() && dates.iter().any(|date| day(date, row) == birth)
    };
    let told: BooleanArray = (0..column.len()).map(|row| Some(is_told(row))).collect();
    if dates.is_empty() || told.true_count() == 0 {
        return Arc::clone(column);
    }
    arrow::compute::nullif(column, &told).expect("as many rows as the column has")
}

fn replaced<T: ArrowPrimitiveType>(
    column: &PrimitiveArray<T>,
    roles: &Roles<'_>,
    day_of: impl Fn(T::Native) -> i32,
    native: impl Fn(i32) -> T::Native,
) -> ArrayRef {
    let mut found = roles.on_day_of_birth(column.values().iter().map(|value| day_of(*value)));
    found.retain(|row| column.is_valid(*row));
    if found.is_empty() {
        return Arc::new(column.clone());
    }
    let mut values = column.values().to_vec();
    for row in found {
        if let Some(birth) = roles.birth_day(row) {
            values[row] = native(days_since_epoch(day_or_month(birth, birth)));
        }
    }
    Arc::new(PrimitiveArray::<T>::new(values.into(), column.nulls().cloned()))
}
