//! Encodes the identifiers of one row: what may be kept of them leaves, they don't.

mod demographics;

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::field_key::FieldKey;
use super::filter::Filters;
use super::former_names::FormerNames;
use super::identity::{TokenField, Tokens};
use super::nicknames::Nicknames;
use super::places::{Place, Places};
use super::row_key::RowKey;
use super::tombstones::Tombstones;
use super::{ForbiddenNumber, MasterKey, NumberPolicy};
use crate::contract::ADDRESS_LINES;
use crate::domain::{NhsNumber, NhsNumberClass, NhsNumberFault, PostcodeShape};

pub use self::demographics::Values;

/// Keys that linkage needs are the same for every purpose, under this name.
pub(super) const LINKAGE: &str = "linkage";

/// The unit separator parts fields within a message: no provider sends it.
const SEPARATOR: &[u8] = b"\x1f";

/// The identifiers of one row, cleaned by the contract; `None` where missing.
///
/// Borrowed, and without `Debug`: nothing can keep or print them.
#[derive(Clone, Copy, Default)]
pub struct Identifiers<'a> {
    /// The NHS number as sent.
    pub nhs_number: Option<&'a str>,
    /// Whether the number may be trusted: its status is 01, or the feed has no status.
    pub is_traced: bool,
    /// The namespace of local ids: feeds that share one share their patients' ids.
    pub local_id_scope: &'a str,
    /// The provider, part of what a local id means.
    pub provider: Option<&'a str>,
    /// The provider's own id of the person.
    pub local_id: Option<&'a str>,
    /// Who issued the pseudonym.
    pub issuer: &'a str,
    /// Under which key of theirs; empty if it is not known.
    pub issuer_key: &'a str,
    /// What an issuer has put in place of the person; goes before the provider's own id.
    pub pseudonym: Option<&'a str>,
    /// Family name.
    pub family_name: Option<&'a str>,
    /// Given name.
    pub given_name: Option<&'a str>,
    /// Birth date.
    pub birth: Option<Date>,
    /// Whether only month and year of the birth date are known.
    pub is_birth_month_only: bool,
    /// `female`, `male` or `other`.
    pub sex: Option<&'a str>,
    /// Postcode as sent.
    pub postcode: Option<&'a str>,
    /// House name or number as sent.
    pub house: Option<&'a str>,
    /// The lines of the address.
    pub address_lines: [Option<&'a str>; ADDRESS_LINES],
    /// Suburb or town.
    pub locality: Option<&'a str>,
    /// State or county.
    pub region: Option<&'a str>,
    /// Telephone number.
    pub telephone: Option<&'a str>,
    /// How the postcode is shaped.
    pub postcode_shape: &'a PostcodeShape,
}

/// What is wrong with an NHS number, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// It is no number; treated as missing.
    Invalid(NhsNumberFault),
    /// Its class is not taken by the pipeline; treated as missing.
    RefusedClass,
    /// It was never issued; kept, not trusted.
    Unallocated,
    /// It reads the same from behind, as few do but those made up; kept.
    Palindrome,
    /// A spreadsheet's `.0` was removed; kept.
    Repaired,
}

/// What is kept of one row's identifiers, apart from the tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The identity; `None` if nothing tells whom the row is about.
    pub identity_id: Option<i64>,
    /// Keyed hash of postcode and house; `None` if either is missing.
    pub household: Option<i64>,
    /// Class of the NHS number; `None` if there is no valid one.
    pub nhs_class: Option<NhsNumberClass>,
    /// Where the postcode lies, if the look-ups know it.
    pub place: Option<Place>,
    /// Whether the postcode lies in the city; `None` without a postcode or without look-ups.
    pub is_resident: Option<bool>,
    /// What is wrong with the NHS number.
    pub number_fault: Option<NumberFault>,
    /// Whether the postcode is shaped like none; treated as missing.
    pub is_postcode_malformed: bool,
    /// Whether the row must not be touched with the public key: its number is not for tests.
    pub is_forbidden: bool,
    /// Whether it is about somebody who is to be forgotten.
    pub is_forgotten: bool,
}

/// Encodes identifiers under one master key, for one purpose.
pub struct Encoder {
    key_id: String,
    numbers: NumberPolicy,
    is_demonstration: bool,
    tokens: Vec<FieldKey>,
    identity: FieldKey,
    record: FieldKey,
    household: FieldKey,
    person: FieldKey,
    review: FieldKey,
    filters: Filters,
    former_names: FormerNames,
    tombstones: Tombstones,
    nicknames: Nicknames,
}

impl Encoder {
    /// An encoder for a purpose. Ids, which leave with its answers, are hashed under keys of its own,
    /// so that those of two purposes never meet; tokens, which only linkage sees, are the same for all.
    #[must_use]
    pub fn new(master: &MasterKey, purpose: &str, numbers: NumberPolicy) -> Self {
        let token = |field: &&str| master.derive("token", field, LINKAGE);
        let id = |field| master.derive("id", field, purpose);
        Self {
            key_id: master.id(),
            numbers: master.may_touch(numbers),
            is_demonstration: master.is_demonstration(),
            tokens: KEY_LABELS.iter().map(token).collect(),
            identity: id("identity"),
            record: id("record"),
            household: id("household"),
            person: id("person"),
            review: id("review"),
            filters: Filters::new(master),
            former_names: FormerNames::new(master),
            tombstones: Tombstones::none(master),
            nicknames: Nicknames::default(),
        }
    }

    /// The same encoder, which gives given names of this table a token of their canonical form, too.
    #[must_use]
    pub fn knowing(self, nicknames: Nicknames) -> Self {
        Self { nicknames, ..self }
    }

    /// The same encoder, which knows by these marks who is to be forgotten.
    #[must_use]
    pub fn forgetting(mut self, marks: impl IntoIterator<Item = u64>) -> Self {
        self.tombstones.add(marks);
        self
    }

    /// What must be kept of a person so that later rows of theirs are known: keyed marks of the tokens
    /// of their numbers, and of the identities that are known of them.
    #[must_use]
    pub fn marks_of(&self, numbers: &[u64], known: &[Tokens]) -> BTreeSet<u64> {
        self.tombstones.marks(numbers, known)
    }

    /// What must be kept of pseudonyms of theirs.
    #[must_use]
    pub fn marks_of_pseudonyms(&self, pseudonyms: &BTreeSet<u64>) -> BTreeSet<u64> {
        pseudonyms.iter().map(|token| self.tombstones.of_pseudonym(*token)).collect()
    }

    /// Whether an identity is of somebody who is to be forgotten.
    #[must_use]
    pub fn is_forgotten(&self, tokens: &Tokens) -> bool {
        self.tombstones.hold(tokens)
    }

    /// Whether the number of this token is of somebody who is to be forgotten.
    #[must_use]
    pub fn is_number_forgotten(&self, token: u64) -> bool {
        self.tombstones.hold_number(token)
    }

    /// The id of the master key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What names the rows of a scope, such as a delivery: those of another scope never share an id.
    #[must_use]
    pub fn row_key(&self, scope: &str) -> RowKey {
        self.record.row_key(scope.as_bytes())
    }

    /// The purpose's pseudonym of the person whose founding identity this is.
    #[must_use]
    pub fn person_id(&self, founding_identity: i64) -> i64 {
        self.person.id(&founding_identity.to_be_bytes())
    }

    /// What names an identity to whoever reviews pairs of them.
    #[must_use]
    pub fn review_handle(&self, identity: i64) -> u64 {
        self.review.token(&identity.to_be_bytes())
    }

    /// The purpose's pseudonym under this key of a person who had another under another key.
    #[must_use]
    pub fn rotated_person_id(&self, person_id: i64) -> i64 {
        self.person.id(&[b"rotated".as_slice(), SEPARATOR, &person_id.to_be_bytes()].concat())
    }

    /// The token of an NHS number as text; `None` if it is no number that the pipeline takes.
    ///
    /// # Errors
    /// A number outside the test range, under the public key.
    pub fn nhs_token(&self, text: &str) -> Result<Option<u64>, ForbiddenNumber> {
        let Ok(number) = NhsNumber::parse(text) else { return Ok(None) };
        if self.numbers.takes(number.class()) {
            return Ok(Some(self.token(TokenField::Nhs, &number.digits())));
        }
        if self.is_demonstration { Err(ForbiddenNumber) } else { Ok(None) }
    }

    /// The token of a pseudonym, which linkage takes for an id of its issuer's.
    ///
    /// It is hashed like any other id: who holds the issuer's data must not find it here. It is the
    /// issuer's and no provider's, that of one key of theirs, and two that differ in letter case are
    /// two. It begins as no local id does, so that none can have its token.
    #[must_use]
    pub fn pseudonym_token(&self, issuer: &str, issuer_key: &str, pseudonym: &str) -> u64 {
        let mut message = [b"\x1e", issuer.as_bytes(), SEPARATOR].concat();
        if !issuer_key.is_empty() {
            message.extend([issuer_key.as_bytes(), SEPARATOR].concat());
        }
        message.extend_from_slice(pseudonym.as_bytes());
        self.token(TokenField::Local, &message)
    }

    /// What may be kept of one row's identifiers.
    #[must_use]
    pub fn encode(&self, row: &Identifiers<'_>, places: &Places) -> (Encoded, Tokens) {
        let (encoded, tokens, _) = self.encode_values(row, places);
        (encoded, tokens)
    }

    /// The same, and the values that [`filters`](Self::filters) can be made of.
    #[must_use]
    pub fn encode_values(
        &self,
        row: &Identifiers<'_>,
        places: &Places,
    ) -> (Encoded, Tokens, Values) {
        let mut tokens = Tokens::default();
        let (nhs_class, number_fault, is_forbidden) = self.encode_number(row, &mut tokens);
        match row.pseudonym {
            Some(pseudonym) => tokens.set(
                TokenField::Local,
                self.pseudonym_token(row.issuer, row.issuer_key, pseudonym),
            ),
            None => self.encode_local_id(row, &mut tokens),
        }
        let values = Values::of(row);
        self.encode_names(&values, &mut tokens);
        self.encode_birth(&values, &mut tokens);
        if let Some(sex) = row.sex {
            tokens.set(TokenField::Sex, self.token(TokenField::Sex, sex.as_bytes()));
        }
        let mut encoded = Encoded { nhs_class, number_fault, is_forbidden, ..Encoded::default() };
        self.encode_address(&values, &mut tokens);
        self.encode_postcode(&values, places, &mut tokens, &mut encoded);
        encoded.identity_id = tokens.can_tell().then(|| self.identity.id(&tokens.message()));
        encoded.is_forgotten = self.is_row_forgotten(row, &tokens);
        (encoded, tokens, values)
    }

    /// Whether a row is of somebody who is to be forgotten, by what its tokens are or by what they were
    /// when an earlier hub marked whom it forgot.
    fn is_row_forgotten(&self, row: &Identifiers<'_>, tokens: &Tokens) -> bool {
        !self.tombstones.are_none()
            && (self.is_forgotten(tokens) || self.is_forgotten(&self.former_names.of(row, tokens)))
    }

    /// What is wrong with an NHS number; `None` if nothing is.
    #[must_use]
    pub fn number_fault(&self, text: &str) -> Option<NumberFault> {
        let number = match NhsNumber::parse(text) {
            Ok(number) => number,
            Err(fault) => return Some(NumberFault::Invalid(fault)),
        };
        let class = number.class();
        if !self.numbers.takes(class) {
            Some(NumberFault::RefusedClass)
        } else {
            oddity(&number, text)
        }
    }

    fn encode_number(
        &self,
        row: &Identifiers<'_>,
        tokens: &mut Tokens,
    ) -> (Option<NhsNumberClass>, Option<NumberFault>, bool) {
        let Some(text) = row.nhs_number else { return (None, None, false) };
        let number = match NhsNumber::parse(text) {
            Ok(number) => number,
            Err(fault) => return (None, Some(NumberFault::Invalid(fault)), false),
        };
        let class = number.class();
        if !self.numbers.takes(class) {
            return (None, Some(NumberFault::RefusedClass), self.is_demonstration);
        }
        let is_allocated = class != NhsNumberClass::Unallocated;
        tokens.set(TokenField::Nhs, self.token(TokenField::Nhs, &number.digits()));
        tokens.nhs_trusted = row.is_traced && is_allocated;
        (Some(class), oddity(&number, text), false)
    }

    fn encode_local_id(&self, row: &Identifiers<'_>, tokens: &mut Tokens) {
        let Some(local_id) = row.local_id else { return };
        let message = [
            row.local_id_scope.as_bytes(),
            SEPARATOR,
            row.provider.unwrap_or_default().as_bytes(),
            SEPARATOR,
            local_id.to_uppercase().as_bytes(),
        ]
        .concat();
        tokens.set(TokenField::Local, self.token(TokenField::Local, &message));
    }

    pub(super) fn token(&self, field: TokenField, message: &[u8]) -> u64 {
        self.tokens[field as usize].token(message)
    }
}

/// What is odd about a number that is taken.
fn oddity(number: &NhsNumber, text: &str) -> Option<NumberFault> {
    if number.class() == NhsNumberClass::Unallocated {
        Some(NumberFault::Unallocated)
    } else if number.is_palindrome() {
        Some(NumberFault::Palindrome)
    } else {
        text.trim_end().ends_with(".0").then_some(NumberFault::Repaired)
    }
}

/// Labels of the token keys, in the order of [`TokenField`]. Family and given names share theirs, so that
/// names in the wrong order are found.
const KEY_LABELS: [&str; 25] = [
    "nhs_number",
    "local_id",
    "name",
    "name",
    "name_sound",
    "name_sound",
    "given_initial",
    "birth_date",
    "birth_date",
    "birth_year",
    "birth_month",
    "birth_day",
    "sex",
    "postcode",
    "outcode",
    "house",
    "name",
    "name_sound2",
    "name_sound2",
    "street",
    "street",
    "locality",
    "region",
    "telephone",
    "nickname",
];

#[cfg(test)]
mod tests;
