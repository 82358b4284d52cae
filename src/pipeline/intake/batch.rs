//! The records of a block as an Arrow batch.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBuilder, Date32Builder, Int32Builder, Int64Builder, RecordBatch,
    StringBuilder, new_null_array,
};
use arrow::compute::filter_record_batch;
use arrow::error::ArrowError;
use jiff::civil::Date;

use super::block::Desk;
use super::newborn::{coarsened, withheld};
use super::roles::Roles;
use crate::contract::{Checked, Fate, days_of};
use crate::pseudonymise::{AgeAtEvent, Encoded};

/// A small area's code, and whether it is one of the city's own.
pub(super) type Area<'a> = (Option<&'a str>, Option<bool>);

/// The columns that every record has and that no cell of the file gives as it is.
pub(super) struct RecordColumns {
    record_id: Int64Builder,
    line: Int64Builder,
    identity_id: Int64Builder,
    nhs_number_class: StringBuilder,
    birth_month: Date32Builder,
    age_at_event: Int32Builder,
    age_days_at_event: Int32Builder,
    lsoa_code: StringBuilder,
    is_resident: BooleanBuilder,
    household: Int64Builder,
}

impl RecordColumns {
    pub(super) fn with_capacity(n: usize) -> Self {
        Self {
            record_id: Int64Builder::with_capacity(n),
            line: Int64Builder::with_capacity(n),
            identity_id: Int64Builder::with_capacity(n),
            nhs_number_class: StringBuilder::with_capacity(n, n * 4),
            birth_month: Date32Builder::with_capacity(n),
            age_at_event: Int32Builder::with_capacity(n),
            age_days_at_event: Int32Builder::with_capacity(n),
            lsoa_code: StringBuilder::with_capacity(n, n * 9),
            is_resident: BooleanBuilder::with_capacity(n),
            household: Int64Builder::with_capacity(n),
        }
    }

    /// Adds a record.
    pub(super) fn push(
        &mut self,
        record_id: i64,
        line: u64,
        encoded: &Encoded,
        birth: Option<Date>,
        age: Option<AgeAtEvent>,
        (lsoa_code, is_resident): Area<'_>,
    ) {
        let first_of_month = |d: Date| days_of(d.year().into(), d.month() as u32, 1);
        self.record_id.append_value(record_id);
        self.line.append_value(line as i64);
        self.identity_id.append_option(encoded.identity_id);
        self.nhs_number_class.append_option(encoded.nhs_class.map(|class| class.as_str()));
        self.birth_month.append_option(birth.and_then(first_of_month));
        self.age_at_event.append_option(age.map(|age| age.years));
        self.age_days_at_event.append_option(age.and_then(|age| age.days));
        self.lsoa_code.append_option(lsoa_code);
        self.is_resident.append_option(is_resident);
        self.household.append_option(encoded.household);
    }

    /// Holds the place of a row that does not go on.
    pub(super) fn push_nulls(&mut self) {
        self.record_id.append_value(0);
        self.line.append_value(0);
        self.identity_id.append_null();
        self.nhs_number_class.append_null();
        self.birth_month.append_null();
        self.age_at_event.append_null();
        self.age_days_at_event.append_null();
        self.lsoa_code.append_null();
        self.is_resident.append_null();
        self.household.append_null();
    }

    /// The rows that go on, under the feed's record schema.
    pub(super) fn into_batch(
        mut self,
        desk: &Desk<'_>,
        checked: &Checked,
        roles: &Roles<'_>,
        fates: &[Fate],
    ) -> Result<RecordBatch, ArrowError> {
        let n = fates.len();
        let nulls = || new_null_array(&arrow::datatypes::DataType::Utf8, n);
        let text = |array: Option<&arrow::array::StringArray>| {
            array.map_or_else(nulls, |array| Arc::new(array.clone()) as ArrayRef)
        };
        let name = desk.delivery.id();
        let mut delivery = StringBuilder::with_capacity(n, n * name.len());
        (0..n).for_each(|_| delivery.append_value(name));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.record_id.finish()),
            Arc::new(delivery.finish()),
            Arc::new(self.line.finish()),
            Arc::new(self.identity_id.finish()),
            text(roles.provider),
            Arc::new(self.nhs_number_class.finish()),
            Arc::new(self.birth_month.finish()),
            text(roles.sex),
            Arc::new(self.age_at_event.finish()),
            Arc::new(self.age_days_at_event.finish()),
            Arc::new(self.lsoa_code.finish()),
            Arc::new(self.is_resident.finish()),
            Arc::new(self.household.finish()),
        ];
        if desk.contract.kind.is_area() {
            columns = area_columns(&columns, &desk.contract.vintage, n);
        }
        for (i, (column, array)) in desk.contract.columns.iter().zip(&checked.columns).enumerate() {
            if let (Some(array), Some(_)) = (array, &column.derived) {
                let dates = desk.contract.dates_behind(i);
                let dates: Vec<_> =
                    dates.iter().filter_map(|i| checked.columns[*i].as_ref()).collect();
                columns.push(coarsened(&withheld(array, &dates, roles), roles));
            } else if column.field.is_some() {
                let absent = || new_null_array(&column.kind.data_type(), n);
                columns.push(array.as_ref().map_or_else(absent, |array| coarsened(array, roles)));
            }
        }
        let batch = RecordBatch::try_new(Arc::clone(&desk.schema), columns)?;
        if fates.iter().all(|fate| *fate == Fate::Kept) {
            return Ok(batch);
        }
        let is_kept: BooleanArray = fates.iter().map(|fate| Some(*fate == Fate::Kept)).collect();
        filter_record_batch(&batch, &is_kept)
    }
}

/// Of the columns that every record has, those of published figures: delivery, line, provider, and
/// of when they are.
fn area_columns(columns: &[ArrayRef], vintage: &str, n: usize) -> Vec<ArrayRef> {
    let mut vintages = StringBuilder::with_capacity(n, n * vintage.len());
    (0..n).for_each(|_| vintages.append_value(vintage));
    let kept = [1, 2, 4].map(|i: usize| Arc::clone(&columns[i]));
    kept.into_iter().chain([Arc::new(vintages.finish()) as ArrayRef]).collect()
}
