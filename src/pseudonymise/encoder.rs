//! Encodes the identifiers of one row: what may be kept of them leaves, they don't.

use jiff::civil::Date;

use super::field_key::FieldKey;
use super::identity::{TokenField, Tokens};
use super::places::{Place, Places};
use super::policy::is_issued;
use super::postcode::{Postcode, Reading};
use super::{MasterKey, NumberPolicy, house, name};
use crate::domain::{NhsNumber, NhsNumberClass, NhsNumberFault};

/// The epoch of the keys: rises when a master key is rotated without being replaced.
const EPOCH: u32 = 1;

/// Keys that linkage needs are the same for every purpose, under this name.
const LINKAGE: &str = "linkage";

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
}

impl Identifiers<'_> {
    /// Writes the identifiers into a message that differs wherever they do; what was in it goes.
    pub fn write_to(&self, message: &mut Vec<u8>) {
        message.clear();
        message.extend([u8::from(self.is_traced), u8::from(self.is_birth_month_only)]);
        match self.birth {
            Some(birth) => message.extend(date_message(birth)),
            None => message.extend([0xff; 4]),
        }
        let texts = [
            self.nhs_number,
            self.provider,
            self.local_id,
            self.family_name,
            self.given_name,
            self.sex,
            self.postcode,
            self.house,
        ];
        for text in texts {
            // Lengths part the fields; no cell is as long as what stands for a missing one.
            let length = text.map_or(u32::MAX, |text| text.len() as u32);
            message.extend(length.to_be_bytes());
            message.extend(text.unwrap_or_default().as_bytes());
        }
    }
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
    /// A spreadsheet's `.0` was removed; kept.
    Repaired,
}

/// What is kept of one row's identifiers, apart from the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// Whether the row must not be touched with the public key: its number has been issued.
    pub is_forbidden: bool,
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
}

impl Encoder {
    /// An encoder for a purpose. Ids that leave for the purpose carry keys of their own; tokens,
    /// which only linkage sees, are the same for all purposes.
    #[must_use]
    pub fn new(master: &MasterKey, purpose: &str, numbers: NumberPolicy) -> Self {
        let token = |field: &&str| master.derive("token", field, LINKAGE, EPOCH);
        let id = |field| master.derive("id", field, purpose, EPOCH);
        Self {
            key_id: master.id(),
            numbers,
            is_demonstration: master.is_demonstration(),
            tokens: KEY_LABELS.iter().map(token).collect(),
            identity: master.derive("id", "identity", LINKAGE, EPOCH),
            record: id("record"),
            household: id("household"),
            person: id("person"),
        }
    }

    /// The id of the master key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The id of a row: keyed hash of what tells it from every other row of the store, the name of
    /// its delivery and its contract's key (or its line, if it has no key).
    #[must_use]
    pub fn record_id(&self, name_and_key: &[u8]) -> i64 {
        self.record.id(name_and_key)
    }

    /// The purpose's pseudonym of the person whose founding identity this is.
    #[must_use]
    pub fn person_id(&self, founding_identity: i64) -> i64 {
        self.person.id(&founding_identity.to_be_bytes())
    }

    /// The token of an NHS number as text; `None` if it is no number that the pipeline takes.
    #[must_use]
    pub fn nhs_token(&self, text: &str) -> Option<u64> {
        let number = NhsNumber::parse(text).ok()?;
        self.numbers.takes(number.class()).then(|| self.token(TokenField::Nhs, &number.digits()))
    }

    /// What may be kept of one row's identifiers.
    #[must_use]
    pub fn encode(&self, row: &Identifiers<'_>, places: &Places) -> (Encoded, Tokens) {
        let mut tokens = Tokens::default();
        let (nhs_class, number_fault, is_forbidden) = self.encode_number(row, &mut tokens);
        self.encode_local_id(row, &mut tokens);
        self.encode_names(row, &mut tokens);
        self.encode_birth(row, &mut tokens);
        if let Some(sex) = row.sex {
            tokens.set(TokenField::Sex, self.token(TokenField::Sex, sex.as_bytes()));
        }
        let mut encoded = Encoded {
            identity_id: None,
            household: None,
            nhs_class,
            place: None,
            is_resident: None,
            number_fault,
            is_postcode_malformed: false,
            is_forbidden,
        };
        self.encode_address(row, places, &mut tokens, &mut encoded);
        encoded.identity_id = tokens.can_tell().then(|| self.identity.id(&tokens.message()));
        (encoded, tokens)
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
            let is_forbidden = self.is_demonstration && is_issued(class);
            return (None, Some(NumberFault::RefusedClass), is_forbidden);
        }
        let is_allocated = class != NhsNumberClass::Unallocated;
        tokens.set(TokenField::Nhs, self.token(TokenField::Nhs, &number.digits()));
        tokens.nhs_trusted = row.is_traced && is_allocated;
        let fault = if !is_allocated {
            Some(NumberFault::Unallocated)
        } else {
            text.trim_end().ends_with(".0").then_some(NumberFault::Repaired)
        };
        (Some(class), fault, false)
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

    fn encode_names(&self, row: &Identifiers<'_>, tokens: &mut Tokens) {
        if let Some(family) = row.family_name.and_then(name::folded) {
            tokens.set(TokenField::Family, self.token(TokenField::Family, family.as_bytes()));
            if let Some(sound) = name::soundex(&family) {
                tokens.set(TokenField::FamilySound, self.token(TokenField::FamilySound, &sound));
            }
        }
        if let Some(given) = row.given_name.and_then(name::folded) {
            tokens.set(TokenField::Given, self.token(TokenField::Given, given.as_bytes()));
            if let Some(sound) = name::soundex(&given) {
                tokens.set(TokenField::GivenSound, self.token(TokenField::GivenSound, &sound));
            }
            let initial = &given[..given.chars().next().map_or(0, char::len_utf8)];
            tokens.set(
                TokenField::GivenInitial,
                self.token(TokenField::GivenInitial, initial.as_bytes()),
            );
        }
    }

    fn encode_birth(&self, row: &Identifiers<'_>, tokens: &mut Tokens) {
        let Some(birth) = row.birth else { return };
        let year = birth.year().to_be_bytes();
        tokens.set(TokenField::BirthYear, self.token(TokenField::BirthYear, &year));
        let month = [birth.month() as u8];
        tokens.set(TokenField::BirthMonth, self.token(TokenField::BirthMonth, &month));
        if row.is_birth_month_only {
            return;
        }
        tokens.set(TokenField::BirthDay, self.token(TokenField::BirthDay, &[birth.day() as u8]));
        tokens.set(TokenField::Birth, self.token(TokenField::Birth, &date_message(birth)));
        if let Ok(swapped) = Date::new(birth.year(), birth.day(), birth.month()) {
            // One key for both, so that "swapped equals the other's" can be seen.
            let token = self.token(TokenField::Birth, &date_message(swapped));
            tokens.set(TokenField::BirthSwapped, token);
        }
    }

    fn encode_address(
        &self,
        row: &Identifiers<'_>,
        places: &Places,
        tokens: &mut Tokens,
        encoded: &mut Encoded,
    ) {
        let house = row.house.and_then(house::house);
        if let Some(house) = &house {
            tokens.set(TokenField::House, self.token(TokenField::House, house.as_bytes()));
        }
        let postcode = match row.postcode.map(Postcode::read) {
            Some(Reading::Place(postcode)) => postcode,
            Some(Reading::Malformed) => {
                encoded.is_postcode_malformed = true;
                return;
            }
            Some(Reading::Dummy) | None => return,
        };
        tokens.set(TokenField::Postcode, self.token(TokenField::Postcode, postcode.as_bytes()));
        tokens.set(TokenField::Outcode, self.token(TokenField::Outcode, postcode.outcode()));
        encoded.place = places.find(postcode);
        let is_resident = encoded.place.is_some_and(|place| place.is_resident);
        encoded.is_resident = places.is_known().then_some(is_resident);
        encoded.household = house.map(|house| {
            self.household.id(&[postcode.as_bytes(), SEPARATOR, house.as_bytes()].concat())
        });
    }

    fn token(&self, field: TokenField, message: &[u8]) -> u64 {
        self.tokens[field as usize].token(message)
    }
}

/// Labels of the token keys, in the order of [`TokenField`].
const KEY_LABELS: [&str; 16] = [
    "nhs_number",
    "local_id",
    "family_name",
    "given_name",
    "family_sound",
    "given_sound",
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
];

fn date_message(date: Date) -> [u8; 4] {
    let [high, low] = date.year().to_be_bytes();
    [high, low, date.month() as u8, date.day() as u8]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn encoder(numbers: NumberPolicy) -> Encoder {
        Encoder::new(&MasterKey::demonstration(), "commissioning", numbers)
    }

    fn encode(row: &Identifiers<'_>) -> (Encoded, Tokens) {
        encoder(NumberPolicy::Test).encode(row, &Places::default())
    }

    fn person() -> Identifiers<'static> {
        Identifiers {
            nhs_number: Some("999 000 0018"),
            is_traced: true,
            local_id_scope: "apc",
            provider: Some("RR8"),
            local_id: Some("a123"),
            family_name: Some("O'Brien"),
            given_name: Some("Zoë"),
            birth: Some(date(1950, 3, 2)),
            is_birth_month_only: false,
            sex: Some("female"),
            postcode: Some("LS1 4AP"),
            house: Some("Flat 2, 14"),
        }
    }

    #[test]
    fn spellings_of_one_person_give_one_identity() {
        let other = Identifiers {
            nhs_number: Some("9990000018"),
            local_id: Some("A123"),
            family_name: Some("OBRIEN"),
            given_name: Some("ZOE"),
            postcode: Some("ls14ap"),
            house: Some("2/14"),
            ..person()
        };
        assert_eq!(encode(&person()), encode(&other));
        assert!(encode(&person()).0.household.is_some());
    }

    #[test]
    fn every_field_alone_changes_the_identity() {
        let p = person();
        let others = [
            Identifiers { nhs_number: Some("9990000026"), ..p },
            Identifiers { local_id: None, ..p },
            Identifiers { local_id_scope: "op", ..p },
            Identifiers { provider: Some("RCF"), ..p },
            Identifiers { family_name: Some("Brien"), ..p },
            Identifiers { given_name: Some("Zoey"), ..p },
            Identifiers { birth: Some(date(1950, 2, 3)), ..p },
            Identifiers { is_birth_month_only: true, ..p },
            Identifiers { sex: None, ..p },
            Identifiers { postcode: Some("LS1 4AQ"), ..p },
            Identifiers { house: Some("14"), ..p },
        ];
        let mut ids: Vec<_> = others.iter().map(|other| encode(other).0.identity_id).collect();
        ids.push(encode(&p).0.identity_id);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), others.len() + 1);
    }

    #[test]
    fn swapped_birth_dates_meet() {
        let (_, one) = encode(&person());
        let (_, other) = encode(&Identifiers { birth: Some(date(1950, 2, 3)), ..person() });
        assert_eq!(one.get("birth"), other.get("birth_swapped"));
        assert_eq!(one.get("birth_swapped"), other.get("birth"));
        let (_, late) = encode(&Identifiers { birth: Some(date(1950, 3, 13)), ..person() });
        assert_eq!(late.get("birth_swapped"), None);
    }

    #[test]
    fn blanks_have_no_token_and_no_identity() {
        let blank = Identifiers {
            nhs_number: Some("n/k"),
            family_name: Some("-"),
            given_name: Some("Unknown"),
            postcode: Some("ZZ99 3VZ"),
            house: Some(" "),
            sex: Some("male"),
            ..Identifiers::default()
        };
        let (encoded, tokens) = encode(&blank);
        assert_eq!(encoded.identity_id, None);
        assert_eq!(encoded.household, None);
        assert_eq!(tokens.columns().filter(|(_, token)| token.is_some()).count(), 1);
    }

    #[test]
    fn a_number_of_a_refused_class_is_missing() {
        let live = encoder(NumberPolicy::Live);
        let (encoded, tokens) = live.encode(&person(), &Places::default());
        assert_eq!(encoded.number_fault, Some(NumberFault::RefusedClass));
        assert_eq!((encoded.nhs_class, tokens.get("nhs")), (None, None));
        assert!(!tokens.nhs_trusted && !encoded.is_forbidden);
        let issued = Identifiers { nhs_number: Some("4010232137"), ..person() };
        let (encoded, _) = encode(&issued);
        assert_eq!(encoded.number_fault, Some(NumberFault::RefusedClass));
        assert!(encoded.is_forbidden);
        let (encoded, tokens) = live.encode(&issued, &Places::default());
        assert_eq!(encoded.number_fault, None);
        assert!(tokens.nhs_trusted);
    }

    #[test]
    fn a_number_that_is_not_traced_is_kept_and_not_trusted() {
        let (_, tokens) = encode(&Identifiers { is_traced: false, ..person() });
        assert!(tokens.get("nhs").is_some() && !tokens.nhs_trusted);
    }

    #[test]
    fn purposes_share_linkage_and_nothing_else() {
        let master = MasterKey::demonstration();
        let one = Encoder::new(&master, "commissioning", NumberPolicy::Test);
        let two = Encoder::new(&master, "research", NumberPolicy::Test);
        let (a, b) =
            (one.encode(&person(), &Places::default()), two.encode(&person(), &Places::default()));
        assert_eq!(a.1, b.1);
        assert_eq!(a.0.identity_id, b.0.identity_id);
        assert_ne!(a.0.household, b.0.household);
        assert_ne!(one.person_id(5), two.person_id(5));
        assert_ne!(one.record_id(b"ab"), two.record_id(b"ab"));
    }

    #[test]
    fn rows_have_ids_of_their_own() {
        let encoder = encoder(NumberPolicy::Test);
        let id = |key: u32| encoder.record_id(&key.to_be_bytes());
        let ids: std::collections::HashSet<_> = (0..2000).map(id).collect();
        assert_eq!(ids.len(), 2000);
        assert!(ids.iter().all(|id| *id > 0));
    }
}
