//! No date in a record may equal the birth date: on the day of birth, dates become months.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, Date32Type, TimestampSecondType};

use super::roles::Roles;
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
