//! The identifiers of one row, gathered from a checked batch.

use std::cell::OnceCell;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Date32Type, Int64Type, TimestampSecondType};
use jiff::civil::Date;

use crate::contract::{ADDRESS_LINES, Checked, Contract, Kind, Role, Rule, Texts, date_of};
use crate::domain::{PostcodeShape, days_since_epoch};
use crate::pseudonymise::{
    AgeAtEvent, Identifiers, age_at_event, age_by_month, day_or_month, fits_month, stated_age,
};

/// The columns of a batch that have a role.
pub(super) struct Roles<'a> {
    nhs_number: Option<Texts<'a>>,
    nhs_number_status: Option<Texts<'a>>,
    has_status: bool,
    local_id: Option<Texts<'a>>,
    pub(super) provider: Option<Texts<'a>>,
    family_name: Option<Texts<'a>>,
    given_name: Option<Texts<'a>>,
    birth: Option<&'a ArrayRef>,
    is_birth_month_only: bool,
    age: Option<&'a ArrayRef>,
    lsoa: Option<Texts<'a>>,
    pseudonym: Option<Texts<'a>>,
    issuer: &'a str,
    issuer_key: &'a str,
    sex: Option<Texts<'a>>,
    postcode: Option<Texts<'a>>,
    house: Option<Texts<'a>>,
    address_lines: [Option<Texts<'a>>; ADDRESS_LINES],
    locality: Option<Texts<'a>>,
    region: Option<Texts<'a>>,
    telephone: Option<Texts<'a>>,
    postcode_shape: &'a PostcodeShape,
    local_id_scope: &'a str,
    /// The columns of texts that tell whom a row is about.
    identifying: Vec<Texts<'a>>,
    n_rows: usize,
    /// The day of each row's event.
    event_days: Vec<i32>,
    /// What [`Self::birth_day_number`] says of each row, once anybody has asked for all of them.
    birth_days: OnceCell<Vec<i32>>,
}

/// Stands for "no day" in lists of days.
pub(super) const NO_DAY: i32 = i32::MIN;

impl<'a> Roles<'a> {
    /// `sender` is the provider of rows that name none.
    pub(super) fn of(
        contract: &'a Contract,
        checked: &'a Checked,
        sender: Option<Texts<'a>>,
    ) -> Self {
        let text = |role| contract.column_of(role).and_then(|i| checked.texts(i));
        let any = |role| contract.column_of(role).and_then(|i| checked.columns[i].as_ref());
        let birth_kind = contract.column_of(Role::BirthDate).map(|i| &contract.columns[i].kind);
        let (event, n_rows) = (any(Role::EventDate), checked.fates.len());
        let (nhs_number, local_id) = (text(Role::NhsNumber), text(Role::LocalId));
        let provider = text(Role::Provider).or(sender);
        let (pseudonym, sex) = (text(Role::Pseudonym), text(Role::Sex));
        let (family_name, given_name) = (text(Role::FamilyName), text(Role::GivenName));
        let (postcode, house) = (text(Role::Postcode), text(Role::House));
        let address_lines = address_lines(contract, checked);
        let (locality, region) = (text(Role::Locality), text(Role::Region));
        let telephone = text(Role::Telephone);
        let identifying = [
            nhs_number,
            provider,
            local_id,
            pseudonym,
            family_name,
            given_name,
            sex,
            postcode,
            house,
            locality,
            region,
            telephone,
        ];
        let identifying = identifying.into_iter().chain(address_lines);
        Self {
            nhs_number,
            nhs_number_status: text(Role::NhsNumberStatus),
            has_status: contract.column_of(Role::NhsNumberStatus).is_some(),
            local_id,
            provider,
            family_name,
            given_name,
            birth: any(Role::BirthDate),
            is_birth_month_only: matches!(birth_kind, Some(Kind::Month(_))),
            age: any(Role::Age),
            lsoa: text(Role::Lsoa),
            pseudonym,
            issuer: &contract.issuer,
            issuer_key: &contract.key_id,
            sex,
            postcode,
            house,
            address_lines,
            locality,
            region,
            telephone,
            postcode_shape: &contract.postcode,
            local_id_scope: &contract.local_id_scope,
            identifying: identifying.flatten().collect(),
            n_rows,
            event_days: event.map_or_else(|| vec![NO_DAY; n_rows], days),
            birth_days: OnceCell::new(),
        }
    }

    /// The identifiers of a row.
    pub(super) fn identifiers(&self, row: usize) -> Identifiers<'a> {
        let status = cell(self.nhs_number_status, row);
        Identifiers {
            nhs_number: cell(self.nhs_number, row),
            is_traced: !self.has_status || status == Some("01"),
            local_id_scope: self.local_id_scope,
            provider: cell(self.provider, row),
            local_id: cell(self.local_id, row),
            issuer: self.issuer,
            issuer_key: self.issuer_key,
            pseudonym: cell(self.pseudonym, row),
            family_name: cell(self.family_name, row),
            given_name: cell(self.given_name, row),
            birth: self.birth(row),
            is_birth_month_only: self.is_birth_month_only,
            sex: cell(self.sex, row),
            postcode: cell(self.postcode, row),
            house: cell(self.house, row),
            address_lines: self.address_lines.map(|line| cell(line, row)),
            locality: cell(self.locality, row),
            region: cell(self.region, row),
            telephone: cell(self.telephone, row),
            postcode_shape: self.postcode_shape,
        }
    }

    /// Writes the identifiers of a row into a message that differs from another row's of the delivery
    /// wherever they do; what was in it goes.
    pub(super) fn write_identifiers(&self, row: usize, message: &mut Vec<u8>) {
        message.clear();
        if self.has_status {
            message.push(u8::from(self.is_traced(row)));
        }
        if let Some(birth) = self.birth {
            message.extend(day(birth, row).unwrap_or(NO_DAY).to_ne_bytes());
        }
        // Lengths part the fields; no cell is as long as what stands for a missing one.
        for column in &self.identifying {
            match column.get(row) {
                Some(text) => {
                    message.extend((text.len() as u32).to_ne_bytes());
                    message.extend_from_slice(text.as_bytes());
                }
                None => message.extend(u32::MAX.to_ne_bytes()),
            }
        }
    }

    /// The birth date of a row, or the first day of its month.
    pub(super) fn birth(&self, row: usize) -> Option<Date> {
        day(self.birth?, row).and_then(date_of)
    }

    /// The first day of the month of birth, as days since 1970-01-01.
    pub(super) fn birth_month(&self, row: usize) -> Option<i32> {
        let birth = day(self.birth?, row)?;
        Some(birth - (i32::from(date_of(birth)?.day()) - 1))
    }

    /// The birth date of a row if its day is known.
    ///
    /// An age of less than a day tells it: then it is the day of the event.
    pub(super) fn birth_day(&self, row: usize) -> Option<Date> {
        let birth = if self.is_birth_month_only { None } else { self.birth(row) };
        birth.or_else(|| self.event(row).filter(|_| self.is_newborn(row)))
    }

    /// The same as days since 1970-01-01.
    pub(super) fn birth_day_number(&self, row: usize) -> Option<i32> {
        let birth = self.birth.filter(|_| !self.is_birth_month_only);
        let birth = birth.and_then(|birth| day(birth, row));
        birth.or_else(|| self.event_day(row).filter(|_| self.is_newborn(row)))
    }

    /// Rows of which a column of days holds the day of birth.
    pub(super) fn on_day_of_birth(&self, days: impl Iterator<Item = i32>) -> Vec<usize> {
        let is_known = self.birth.is_some_and(|_| !self.is_birth_month_only);
        if !is_known && self.age.is_none() {
            return Vec::new();
        }
        let births = self.birth_days.get_or_init(|| {
            let birth = |row| self.birth_day_number(row).unwrap_or(NO_DAY);
            let birth_days = self.birth.filter(|_| self.age.is_none() && !self.is_birth_month_only);
            match birth_days {
                Some(birth) => self::days(birth),
                None => (0..self.n_rows).map(birth).collect(),
            }
        });
        let pairs = births.iter().zip(days).enumerate();
        let found = pairs.filter(|(_, (birth, day))| **birth == *day && *day != NO_DAY);
        found.map(|(row, _)| row).collect()
    }

    fn is_newborn(&self, row: usize) -> bool {
        self.stated_age(row).is_some_and(|age| age.days == Some(0))
    }

    /// The age that the provider states.
    fn stated_age(&self, row: usize) -> Option<AgeAtEvent> {
        let ages = self.age?.as_primitive_opt::<Int64Type>()?;
        if ages.is_valid(row) { stated_age(ages.value(row)) } else { None }
    }

    /// The age at the event, as stated or from the birth date, and what is wrong with it.
    pub(super) fn age(&self, row: usize) -> (Option<AgeAtEvent>, Option<(Role, Rule)>) {
        if !self.tell_ages() {
            return (None, None);
        }
        let known = self.birth(row).zip(self.event(row));
        let computed = known.and_then(|(birth, event)| match self.is_birth_month_only {
            true => age_by_month(birth, event),
            false => age_at_event(birth, event),
        });
        match (self.stated_age(row), known) {
            (Some(stated), Some((birth, event))) => {
                let is_possible = match self.is_birth_month_only {
                    true => fits_month(birth, event, stated.years),
                    false => computed.is_some_and(|age| age.years == stated.years),
                };
                (Some(stated), (!is_possible).then_some((Role::Age, Rule::AgeDisagrees)))
            }
            (Some(stated), None) => (Some(stated), None),
            (None, Some(_)) if computed.is_none() => {
                (None, Some((Role::EventDate, Rule::AgeImplausible)))
            }
            (None, _) => (computed, None),
        }
    }

    /// Whether some column tells how old somebody was.
    pub(super) fn tell_ages(&self) -> bool {
        self.birth.is_some() || self.age.is_some()
    }

    /// Whether some column tells when somebody was born.
    pub(super) fn tell_births(&self) -> bool {
        self.birth.is_some()
    }

    /// Whether some column tells where somebody lives.
    pub(super) fn tell_areas(&self) -> bool {
        self.postcode.is_some() || self.lsoa.is_some()
    }

    /// Whether some column holds NHS numbers.
    pub(super) fn tell_numbers(&self) -> bool {
        self.nhs_number.is_some()
    }

    /// Whether the row's NHS number may be trusted: its status says so, or there is none.
    pub(super) fn is_traced(&self, row: usize) -> bool {
        !self.has_status || cell(self.nhs_number_status, row) == Some("01")
    }

    /// Whether the row carries, without an NHS number, all that some key of linkage asks for.
    pub(super) fn has_whole_key(&self, row: usize) -> bool {
        let is = |column: Option<Texts<'_>>| cell(column, row).is_some();
        if is(self.local_id) || is(self.pseudonym) {
            return true;
        }
        let is_born = self.birth.is_some_and(|birth| birth.is_valid(row));
        let is_named = is(self.family_name) && is(self.given_name);
        let day_is_known = is_born && !self.is_birth_month_only;
        (day_is_known && (is_named || is(self.sex) && is(self.postcode)))
            || (is_born && is_named && is(self.postcode) && is(self.house))
    }

    /// The day of each row's event since 1970-01-01; [`NO_DAY`] where there is none.
    pub(super) fn event_days(&self) -> &[i32] {
        &self.event_days
    }

    /// The small area that the provider states, as it stands there.
    pub(super) fn lsoa(&self, row: usize) -> Option<&'a str> {
        cell(self.lsoa, row)
    }

    /// The day of a row's event.
    pub(super) fn event(&self, row: usize) -> Option<Date> {
        self.event_day(row).and_then(date_of)
    }

    fn event_day(&self, row: usize) -> Option<i32> {
        Some(self.event_days[row]).filter(|day| *day != NO_DAY)
    }

    /// The day of a row's event, as days since 1970-01-01; on the day of birth, the first of the
    /// month.
    pub(super) fn event_day_number(&self, row: usize) -> Option<i32> {
        let event = self.event_day(row)?;
        if !self.tell_ages() || self.birth_day_number(row) != Some(event) {
            return Some(event);
        }
        let birth = date_of(event)?;
        Some(days_since_epoch(day_or_month(birth, birth)))
    }
}

/// The columns of the address's lines, in their order.
fn address_lines<'a>(
    contract: &Contract,
    checked: &'a Checked,
) -> [Option<Texts<'a>>; ADDRESS_LINES] {
    let mut lines = [None; ADDRESS_LINES];
    for (line, column) in lines.iter_mut().zip(contract.columns_of(Role::AddressLine)) {
        *line = checked.texts(column);
    }
    lines
}

/// A cell of a text column.
pub(super) fn cell<'a>(column: Option<Texts<'a>>, row: usize) -> Option<&'a str> {
    column.and_then(|column| column.get(row))
}

/// The day of each row of a date or date-and-time column; [`NO_DAY`] where there is none.
fn days(column: &ArrayRef) -> Vec<i32> {
    let mut days: Vec<i32> = match column.as_primitive_opt::<Date32Type>() {
        Some(days) => days.values().to_vec(),
        None => return (0..column.len()).map(|row| day(column, row).unwrap_or(NO_DAY)).collect(),
    };
    if let Some(nulls) = column.nulls().filter(|nulls| nulls.null_count() > 0) {
        (!nulls.inner()).set_indices().for_each(|row| days[row] = NO_DAY);
    }
    days
}

/// The day, since 1970-01-01, of a cell of a date or date-and-time column.
pub(in crate::pipeline) fn day(column: &ArrayRef, row: usize) -> Option<i32> {
    if column.is_null(row) {
        return None;
    }
    if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        return Some(days.value(row));
    }
    let seconds = column.as_primitive_opt::<TimestampSecondType>()?.value(row);
    i32::try_from(seconds.div_euclid(86_400)).ok()
}
