//! The records of a block as an Arrow batch.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Date32Builder, DictionaryArray, Int32Array,
    Int32Builder, Int64Builder, RecordBatch, StringArray, new_null_array,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use jiff::civil::Date;

use super::block::Desk;
use super::listing::Listing;
use super::newborn::{coarsened, withheld};
use super::roles::Roles;
use crate::contract::{Checked, Fate, Role, days_of};
use crate::pseudonymise::{AgeAtEvent, Encoded};

/// A small area's code, and whether it is one of the city's own.
pub(super) type Area<'a> = (Option<&'a str>, Option<bool>);

/// The columns that every record has and that no cell of the file gives as it is.
pub(super) struct RecordColumns<'a> {
    record_id: Int64Builder,
    line: Int64Builder,
    identity_id: Int64Builder,
    nhs_number_class: Listing<'a>,
    birth_month: Date32Builder,
    age_at_event: Int32Builder,
    age_days_at_event: Int32Builder,
    lsoa_code: Listing<'a>,
    is_resident: BooleanBuilder,
    household: Int64Builder,
}

impl<'a> RecordColumns<'a> {
    pub(super) fn with_capacity(n: usize) -> Self {
        Self {
            record_id: Int64Builder::with_capacity(n),
            line: Int64Builder::with_capacity(n),
            identity_id: Int64Builder::with_capacity(n),
            nhs_number_class: Listing::with_capacity(n),
            birth_month: Date32Builder::with_capacity(n),
            age_at_event: Int32Builder::with_capacity(n),
            age_days_at_event: Int32Builder::with_capacity(n),
            lsoa_code: Listing::with_capacity(n),
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
        (lsoa_code, is_resident): Area<'a>,
    ) {
        let first_of_month = |d: Date| days_of(d.year().into(), d.month() as u32, 1);
        self.record_id.append_value(record_id);
        self.line.append_value(line as i64);
        self.identity_id.append_option(encoded.identity_id);
        self.nhs_number_class.push(encoded.nhs_class.map(|class| class.as_str()));
        self.birth_month.append_option(birth.and_then(first_of_month));
        self.age_at_event.append_option(age.map(|age| age.years));
        self.age_days_at_event.append_option(age.and_then(|age| age.days));
        self.lsoa_code.push(lsoa_code);
        self.is_resident.append_option(is_resident);
        self.household.append_option(encoded.household);
    }

    /// Holds the place of a row that does not go on.
    pub(super) fn push_nulls(&mut self) {
        self.record_id.append_value(0);
        self.line.append_value(0);
        self.identity_id.append_null();
        self.nhs_number_class.push(None);
        self.birth_month.append_null();
        self.age_at_event.append_null();
        self.age_days_at_event.append_null();
        self.lsoa_code.push(None);
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
        let of_role = |role| {
            let array = desk.contract.column_of(role).and_then(|i| checked.columns[i].clone());
            array.unwrap_or_else(|| absent(&DataType::Utf8, n))
        };
        let has_provider =
            desk.contract.column_of(Role::Provider).is_some_and(|i| checked.columns[i].is_some());
        let provider = match desk.sender_of(n) {
            Some(sender) if !has_provider => sender,
            _ => of_role(Role::Provider),
        };
        let delivery = StringArray::from_iter_values([desk.delivery.id()]);
        let delivery = DictionaryArray::new(Int32Array::from(vec![0; n]), Arc::new(delivery));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.record_id.finish()),
            Arc::new(delivery),
            Arc::new(self.line.finish()),
            Arc::new(self.identity_id.finish()),
            provider,
            self.nhs_number_class.finish(),
            Arc::new(self.birth_month.finish()),
            of_role(Role::Sex),
            Arc::new(self.age_at_event.finish()),
            Arc::new(self.age_days_at_event.finish()),
            self.lsoa_code.finish(),
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
                let absent = || absent(&column.kind.data_type(), n);
                columns.push(array.as_ref().map_or_else(absent, |array| coarsened(array, roles)));
            }
        }
        let fields = desk.schema.fields().iter().zip(&columns).map(|(field, column)| {
            Field::new(field.name(), column.data_type().clone(), field.is_nullable())
        });
        let schema = Schema::new(fields.collect::<Vec<_>>());
        let batch = RecordBatch::try_new(Arc::new(schema), columns)?;
        if fates.iter().all(|fate| *fate == Fate::Kept) {
            return Ok(batch);
        }
        let is_kept: BooleanArray = fates.iter().map(|fate| Some(*fate == Fate::Kept)).collect();
        filter_record_batch(&batch, &is_kept)
    }
}

/// Of the columns that every record has, those of published figures: what names the row, delivery,
/// line, provider, and of when they are.
fn area_columns(columns: &[ArrayRef], vintage: &str, n: usize) -> Vec<ArrayRef> {
    let kept = [0, 1, 2, 4].map(|i: usize| Arc::clone(&columns[i]));
    kept.into_iter().chain([Listing::of_one(vintage, n).finish()]).collect()
}

/// A column of nulls.
fn absent(data_type: &DataType, n: usize) -> ArrayRef {
    match data_type {
        DataType::Utf8 => Listing::of_nulls(n).finish(),
        other => new_null_array(other, n),
    }
}
