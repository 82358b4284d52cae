//! The records of a block as an Arrow batch.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Date32Builder, Int32Builder, Int64Array,
    Int64Builder, RecordBatch, new_null_array,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use super::block::Desk;
use super::listing::Listing;
use super::newborn::{coarsened, withheld};
use super::roles::Roles;
use crate::contract::{Checked, Fate, Role};
use crate::extract::Rows;
use crate::pseudonymise::{AgeAtEvent, Encoded};

/// A small area's code, and whether it is one of the city's own.
pub(super) type Area<'a> = (Option<&'a str>, Option<bool>);

/// Place of the column that names the delivery.
const DELIVERY: usize = 1;

/// The columns that every record has and that no cell of the file gives as it is. Those that none of
/// the feed's roles can fill stay `None`.
pub(super) struct RecordColumns<'a> {
    record_id: Vec<i64>,
    identity_id: Int64Builder,
    nhs_number_class: Option<Listing<'a>>,
    birth_month: Option<Date32Builder>,
    ages: Option<(Int32Builder, Int32Builder)>,
    area: Option<(Listing<'a>, BooleanBuilder, Int64Builder)>,
}

impl<'a> RecordColumns<'a> {
    pub(super) fn new(roles: &Roles<'_>, n: usize) -> Self {
        let ages = || (Int32Builder::with_capacity(n), Int32Builder::with_capacity(n));
        let area = || {
            let (resident, household) =
                (BooleanBuilder::with_capacity(n), Int64Builder::with_capacity(n));
            (Listing::with_capacity(n), resident, household)
        };
        Self {
            record_id: Vec::with_capacity(n),
            identity_id: Int64Builder::with_capacity(n),
            nhs_number_class: roles.tell_numbers().then(|| Listing::with_capacity(n)),
            birth_month: roles.tell_births().then(|| Date32Builder::with_capacity(n)),
            ages: roles.tell_ages().then(ages),
            area: roles.tell_areas().then(area),
        }
    }

    /// Adds a record.
    pub(super) fn push(
        &mut self,
        record_id: i64,
        encoded: &Encoded,
        birth_month: Option<i32>,
        age: Option<AgeAtEvent>,
        (lsoa_code, is_resident): Area<'a>,
    ) {
        self.record_id.push(record_id);
        self.identity_id.append_option(encoded.identity_id);
        if let Some(classes) = &mut self.nhs_number_class {
            classes.push(encoded.nhs_class.map(|class| class.as_str()));
        }
        if let Some(months) = &mut self.birth_month {
            months.append_option(birth_month);
        }
        if let Some((years, days)) = &mut self.ages {
            years.append_option(age.map(|age| age.years));
            days.append_option(age.and_then(|age| age.days));
        }
        if let Some((codes, residents, households)) = &mut self.area {
            codes.push(lsoa_code);
            residents.append_option(is_resident);
            households.append_option(encoded.household);
        }
    }

    /// Holds the place of a row that does not go on.
    pub(super) fn push_nulls(&mut self) {
        self.push(0, &Encoded::default(), None, None, (None, None));
    }

    /// The rows that go on, under the feed's record schema; which delivery they are of is said later
    /// ([`of_delivery`]).
    pub(super) fn into_batch(
        self,
        desk: &Desk<'_>,
        checked: &Checked,
        roles: &Roles<'_>,
        rows: &Rows,
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
        let lines = Int64Array::from_iter_values(rows.lines().iter().map(|line| *line as i64));
        let (years, days) = finished_ages(self.ages, n);
        let (lsoa_code, is_resident, household) = finished_area(self.area, n);
        let or_absent = |column: Option<ArrayRef>, kind| column.unwrap_or_else(|| absent(&kind, n));
        let birth_month = self.birth_month.map(|mut months| Arc::new(months.finish()) as ArrayRef);
        let mut identity_id = self.identity_id;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.record_id)),
            Listing::of_one("", n),
            Arc::new(lines),
            Arc::new(identity_id.finish()),
            provider,
            or_absent(self.nhs_number_class.map(Listing::finish), DataType::Utf8),
            or_absent(birth_month, DataType::Date32),
            of_role(Role::Sex),
            years,
            days,
            lsoa_code,
            is_resident,
            household,
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

/// Says of which delivery rows are.
pub(super) fn of_delivery(batch: &RecordBatch, id: &str) -> Result<RecordBatch, ArrowError> {
    let mut columns = batch.columns().to_vec();
    columns[DELIVERY] = Listing::of_one(id, batch.num_rows());
    RecordBatch::try_new(batch.schema(), columns)
}

fn finished_ages(ages: Option<(Int32Builder, Int32Builder)>, n: usize) -> (ArrayRef, ArrayRef) {
    match ages {
        Some((mut years, mut days)) => (Arc::new(years.finish()), Arc::new(days.finish())),
        None => (absent(&DataType::Int32, n), absent(&DataType::Int32, n)),
    }
}

fn finished_area(
    area: Option<(Listing<'_>, BooleanBuilder, Int64Builder)>,
    n: usize,
) -> (ArrayRef, ArrayRef, ArrayRef) {
    match area {
        Some((codes, mut residents, mut households)) => {
            (codes.finish(), Arc::new(residents.finish()), Arc::new(households.finish()))
        }
        None => {
            (absent(&DataType::Utf8, n), absent(&DataType::Boolean, n), absent(&DataType::Int64, n))
        }
    }
}

/// Of the columns that every record has, those of published figures: what names the row, delivery,
/// line, provider, and of when they are.
fn area_columns(columns: &[ArrayRef], vintage: &str, n: usize) -> Vec<ArrayRef> {
    let kept = [0, 1, 2, 4].map(|i: usize| Arc::clone(&columns[i]));
    kept.into_iter().chain([Listing::of_one(vintage, n)]).collect()
}

/// A column of nulls.
fn absent(data_type: &DataType, n: usize) -> ArrayRef {
    match data_type {
        DataType::Utf8 => Listing::of_nulls(n),
        other => new_null_array(other, n),
    }
}
