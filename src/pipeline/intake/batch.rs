//! The records of a block as an Arrow batch.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Date32Builder, Int32Builder, Int64Array,
    Int64Builder, RecordBatch, new_null_array,
};
use arrow::compute::{FilterBuilder, FilterPredicate};
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
pub(super) const DELIVERY: usize = 1;

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

    /// The rows that go on, under the feed's record schema; which delivery they are of is said
    /// later ([`DELIVERY`]).
    pub(super) fn into_batch(
        self,
        desk: &Desk<'_>,
        checked: &Checked,
        roles: &Roles<'_>,
        rows: &Rows,
        fates: &[Fate],
    ) -> Result<RecordBatch, ArrowError> {
        let kept = KeptRows::of(fates);
        let n = kept.n;
        let of_role = |role| {
            let array = desk.contract.column_of(role).and_then(|i| checked.columns[i].as_ref());
            kept.or_absent(array, &DataType::Utf8)
        };
        let has_provider =
            desk.contract.column_of(Role::Provider).is_some_and(|i| checked.columns[i].is_some());
        let provider = match desk.sender_of(n) {
            Some(sender) if !has_provider => sender,
            _ => of_role(Role::Provider)?,
        };
        let lines = Int64Array::from_iter_values(rows.lines().iter().map(|line| *line as i64));
        let [years, days] = finished_ages(self.ages);
        let [lsoa_code, is_resident, household] = finished_area(self.area);
        let classes = self.nhs_number_class.map(Listing::finish);
        let birth_month = self.birth_month.map(|mut months| Arc::new(months.finish()) as ArrayRef);
        let mut identity_id = self.identity_id;
        let mut columns: Vec<ArrayRef> = vec![
            kept.of_all(&Int64Array::from(self.record_id))?,
            Listing::of_one("", n),
            kept.of_all(&lines)?,
            kept.of_all(&identity_id.finish())?,
            provider,
            kept.or_absent(classes.as_ref(), &DataType::Utf8)?,
            kept.or_absent(birth_month.as_ref(), &DataType::Date32)?,
            of_role(Role::Sex)?,
            kept.or_absent(years.as_ref(), &DataType::Int32)?,
            kept.or_absent(days.as_ref(), &DataType::Int32)?,
            kept.or_absent(lsoa_code.as_ref(), &DataType::Utf8)?,
            kept.or_absent(is_resident.as_ref(), &DataType::Boolean)?,
            kept.or_absent(household.as_ref(), &DataType::Int64)?,
        ];
        if desk.contract.kind.is_area() {
            columns = area_columns(&columns, &desk.contract.vintage, n);
        }
        for (i, (column, array)) in desk.contract.columns.iter().zip(&checked.columns).enumerate() {
            if let (Some(array), Some(_)) = (array, &column.derived) {
                let dates = desk.contract.dates_behind(i);
                let dates: Vec<_> =
                    dates.iter().filter_map(|i| checked.columns[*i].as_ref()).collect();
                columns.push(kept.of_all(&coarsened(&withheld(array, &dates, roles), roles))?);
            } else if column.field.is_some() {
                let array = array.as_ref().map(|array| coarsened(array, roles));
                columns.push(kept.or_absent(array.as_ref(), &column.kind.data_type())?);
            }
        }
        let fields = desk.schema.fields().iter().zip(&columns).map(|(field, column)| {
            Field::new(field.name(), column.data_type().clone(), field.is_nullable())
        });
        let schema = Schema::new(fields.collect::<Vec<_>>());
        RecordBatch::try_new(Arc::new(schema), columns)
    }
}

/// The rows of a block that go on.
struct KeptRows {
    n: usize,
    /// `None` if all do.
    among_all: Option<FilterPredicate>,
}

impl KeptRows {
    fn of(fates: &[Fate]) -> Self {
        let is_kept: BooleanArray = fates.iter().map(|fate| Some(*fate == Fate::Kept)).collect();
        let n = is_kept.true_count();
        let among_all = (n < fates.len()).then(|| FilterBuilder::new(&is_kept).optimize().build());
        Self { n, among_all }
    }

    /// Their part of a column of all rows.
    fn of_all(&self, column: &dyn Array) -> Result<ArrayRef, ArrowError> {
        match &self.among_all {
            Some(among_all) => among_all.filter(column),
            None => Ok(column.slice(0, self.n)),
        }
    }

    /// The same of a column that there may be; where there is none they have nulls.
    fn or_absent(
        &self,
        column: Option<&ArrayRef>,
        data_type: &DataType,
    ) -> Result<ArrayRef, ArrowError> {
        column.map_or_else(|| Ok(absent(data_type, self.n)), |column| self.of_all(column))
    }
}

fn finished_ages(ages: Option<(Int32Builder, Int32Builder)>) -> [Option<ArrayRef>; 2] {
    let Some((mut years, mut days)) = ages else { return [const { None }; 2] };
    [Some(Arc::new(years.finish())), Some(Arc::new(days.finish()))]
}

fn finished_area(
    area: Option<(Listing<'_>, BooleanBuilder, Int64Builder)>,
) -> [Option<ArrayRef>; 3] {
    let Some((codes, mut residents, mut households)) = area else { return [const { None }; 3] };
    [Some(codes.finish()), Some(Arc::new(residents.finish())), Some(Arc::new(households.finish()))]
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
