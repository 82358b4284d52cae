//! What linkage sees of a person: keyed tokens of normalised fields, and nothing else.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, UInt64Type};

use super::filter::FilterField;

/// A field that linkage compares. The order is that of the identity table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenField {
    Nhs,
    Local,
    Family,
    Given,
    FamilySound,
    GivenSound,
    GivenInitial,
    Birth,
    BirthSwapped,
    BirthYear,
    BirthMonth,
    BirthDay,
    Sex,
    Postcode,
    Outcode,
    House,
    Given2,
    FamilySound2,
    GivenSound2,
    Street,
    Extra,
    Locality,
    Region,
    Telephone,
    Nickname,
}

/// Fields that every identity's message has, present or not; the others are in it only if they are there,
/// so that an identity without them has the id that it had before there were such fields.
const ALWAYS: usize = 16;

/// Column names of the token fields, in order.
const COLUMNS: [&str; 25] = [
    "nhs",
    "local",
    "family",
    "given",
    "family_sound",
    "given_sound",
    "given_initial",
    "birth",
    "birth_swapped",
    "birth_year",
    "birth_month",
    "birth_day",
    "sex",
    "postcode",
    "outcode",
    "house",
    "given2",
    "family_sound2",
    "given_sound2",
    "street",
    "extra",
    "locality",
    "region",
    "telephone",
    "nickname",
];

/// The fields whose values have filters.
const FILTERED: [(FilterField, TokenField); 9] = [
    (FilterField::Name, TokenField::Family),
    (FilterField::Name, TokenField::Given),
    (FilterField::Name, TokenField::Given2),
    (FilterField::Street, TokenField::Street),
    (FilterField::Street, TokenField::Extra),
    (FilterField::Locality, TokenField::Locality),
    (FilterField::Postcode, TokenField::Postcode),
    (FilterField::Birth, TokenField::Birth),
    (FilterField::Birth, TokenField::BirthSwapped),
];

/// The fields that can tell one person from another; an identity needs one of them.
const TELLING: [TokenField; 6] = [
    TokenField::Nhs,
    TokenField::Local,
    TokenField::Family,
    TokenField::Given,
    TokenField::BirthYear,
    TokenField::Postcode,
];

/// The tokens of one identity; 0 stands for a missing value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    values: [u64; COLUMNS.len()],
    /// Whether the NHS number is there and traced (status 01, or a feed without status codes).
    pub nhs_trusted: bool,
}

impl Tokens {
    /// The tokens with their column names, in the identity table's order; `None` where missing.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, Option<u64>)> {
        COLUMNS
            .into_iter()
            .zip(self.values)
            .map(|(name, token)| (name, (token != 0).then_some(token)))
    }

    /// The identities of an identity table's rows; none if it is no such table.
    #[must_use]
    pub fn of_rows(batch: &RecordBatch) -> Vec<(i64, Self)> {
        let ids = batch.column_by_name("identity_id").map(AsArray::as_primitive_opt::<Int64Type>);
        let trusted = batch.column_by_name("nhs_trusted").map(AsArray::as_boolean_opt);
        let (Some(Some(ids)), Some(Some(trusted))) = (ids, trusted) else { return Vec::new() };
        let columns = COLUMNS.map(|name| {
            let column = batch.column_by_name(name)?;
            column.as_primitive_opt::<UInt64Type>()
        });
        let tokens = |row: usize| {
            let token = |column: Option<&UInt64Array>| {
                column.filter(|column| column.is_valid(row)).map_or(0, |column| column.value(row))
            };
            Self { values: columns.map(token), nhs_trusted: trusted.value(row) }
        };
        ids.values().iter().enumerate().map(|(row, id)| (*id, tokens(row))).collect()
    }

    /// The token of a named column; `None` if missing or if there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<u64> {
        self.columns().find(|(name, _)| *name == column).and_then(|(_, token)| token)
    }

    /// The token of a field; 0 if it is missing.
    pub(super) fn of(&self, field: TokenField) -> u64 {
        self.values[field as usize]
    }

    pub(super) fn set(&mut self, field: TokenField, token: u64) {
        self.values[field as usize] = token;
    }

    /// Whether anything but sex, house and the like is known.
    pub(super) fn can_tell(&self) -> bool {
        TELLING.iter().any(|field| self.values[*field as usize] != 0)
    }

    /// The tokens as one message, to be hashed into the identity's id.
    pub(super) fn message(&self) -> Vec<u8> {
        let (always, others) = self.values.split_at(ALWAYS);
        let mut message: Vec<u8> = always.iter().flat_map(|token| token.to_be_bytes()).collect();
        for (place, token) in (ALWAYS as u8..).zip(others).filter(|(_, token)| **token != 0) {
            message.push(place);
            message.extend(token.to_be_bytes());
        }
        message
    }

    /// The tokens that the fields of every identity have, without the others'.
    pub(super) fn of_every_identity(&self) -> Self {
        let mut tokens = self.clone();
        tokens.values[ALWAYS..].fill(0);
        tokens
    }

    /// The tokens without that of the nickname: its table may be another tomorrow.
    pub(super) fn of_any_table(&self) -> Self {
        let mut tokens = self.clone();
        tokens.set(TokenField::Nickname, 0);
        tokens
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.values.iter().all(|token| *token == 0)
    }

    /// The tokens that name filters.
    pub fn filtered(&self) -> impl Iterator<Item = (FilterField, u64)> {
        let named = FILTERED.into_iter().map(|(field, of)| (field, self.of(of)));
        named.filter(|(_, token)| *token != 0)
    }
}

/// Columns of the identity table.
#[must_use]
pub fn identity_schema() -> SchemaRef {
    let before = [
        Field::new("identity_id", DataType::Int64, false),
        Field::new("feed", DataType::Utf8, false),
        Field::new("provider_code", DataType::Utf8, true),
    ];
    let token = |name: &&str| Field::new(*name, DataType::UInt64, true);
    let trusted = Field::new("nhs_trusted", DataType::Boolean, false);
    let after = [
        Field::new("first_seen", DataType::Date32, true),
        Field::new("last_seen", DataType::Date32, true),
        Field::new("n_records", DataType::Int64, false),
    ];
    let mut fields: Vec<Field> = before.into_iter().collect();
    fields.push(token(&COLUMNS[0]));
    fields.push(trusted);
    fields.extend(COLUMNS[1..].iter().map(token));
    fields.extend(after);
    Arc::new(Schema::new(fields))
}
