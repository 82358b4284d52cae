//! What linkage knows of a person beside numbers: names, birth date and address, as tokens and filters.

use jiff::civil::Date;

use super::super::address::{self, Address};
use super::super::filter::{Filter, FilterBits, FilterField};
use super::super::identity::{TokenField, Tokens};
use super::super::places::Places;
use super::super::postcode::{Reading, read_postcode};
use super::super::{house, name};
use super::{Encoded, Encoder, Identifiers, SEPARATOR};

/// The normalised values of one row, from which its tokens are made and its filters can be.
///
/// Without `Debug`, `Clone` or a way to read them: what is not encoded is gone.
pub struct Values {
    family: Option<String>,
    given: Option<String>,
    given2: Option<String>,
    birth: Option<Date>,
    is_birth_month_only: bool,
    postcode: Option<Reading>,
    house: Option<String>,
    street: Option<String>,
    extra: Option<String>,
    locality: Option<String>,
    region: Option<String>,
    telephone: Option<Vec<u8>>,
}

impl Values {
    pub(super) fn of(row: &Identifiers<'_>) -> Self {
        let (given, given2) = row.given_name.and_then(name::given).unzip();
        let Address { street, rest, house } = Address::read(row.address_lines);
        let own_house = row.house.and_then(house::house);
        Self {
            family: row.family_name.and_then(name::folded),
            given,
            given2: given2.flatten(),
            birth: row.birth,
            is_birth_month_only: row.is_birth_month_only,
            postcode: row.postcode.map(|text| read_postcode(text, row.postcode_shape)),
            house: own_house.or(house),
            street,
            extra: rest,
            locality: row.locality.and_then(address::locality),
            region: row.region.and_then(address::locality),
            telephone: row.telephone.and_then(address::telephone),
        }
    }

    /// The birth date, if its day is known.
    fn whole_birth(&self) -> Option<Date> {
        self.birth.filter(|_| !self.is_birth_month_only)
    }
}

impl Encoder {
    /// The filters of a row's values that are not known yet: `is_known` is asked for each with its token.
    ///
    /// `tokens` are those that the values came to.
    #[must_use]
    pub fn filters(
        &self,
        values: &Values,
        tokens: &Tokens,
        mut is_known: impl FnMut(FilterField, u64) -> bool,
    ) -> Vec<Filter> {
        use FilterField::{Birth, Locality, Name, Postcode, Street};
        let mut filters = Vec::new();
        let mut add = |field, of: TokenField, bits: &dyn Fn() -> FilterBits| {
            let token = tokens.of(of);
            if token != 0 && !is_known(field, token) {
                filters.push(Filter { field, token, bits: bits() });
            }
        };
        let texts = [
            (Name, TokenField::Family, &values.family),
            (Name, TokenField::Given, &values.given),
            (Name, TokenField::Given2, &values.given2),
            (Street, TokenField::Street, &values.street),
            (Street, TokenField::Extra, &values.extra),
            (Locality, TokenField::Locality, &values.locality),
        ];
        for (field, of, text) in texts {
            if let Some(text) = text {
                add(field, of, &|| self.filters.of_text(field, text));
            }
        }
        let postcode = match &values.postcode {
            Some(Reading::Place(postcode)) => Some(postcode.as_bytes()),
            Some(Reading::Abroad(postcode)) => Some(postcode.as_bytes()),
            _ => None,
        };
        if let Some(text) = postcode.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            add(Postcode, TokenField::Postcode, &|| self.filters.of_text(Postcode, text));
        }
        if let Some(birth) = values.whole_birth() {
            let bits = |date: Date| self.filters.of_digits(Birth, &digits(date));
            add(Birth, TokenField::Birth, &|| bits(birth));
            if let Some(swapped) = swapped(birth) {
                add(Birth, TokenField::BirthSwapped, &|| bits(swapped));
            }
        }
        filters
    }

    fn set(&self, tokens: &mut Tokens, field: TokenField, value: Option<&[u8]>) {
        if let Some(value) = value {
            tokens.set(field, self.token(field, value));
        }
    }

    fn set_sounds(&self, tokens: &mut Tokens, fields: [TokenField; 2], name: &str) {
        let [soundex, metaphone] = fields;
        self.set(tokens, soundex, name::soundex(name).as_ref().map(<[u8; 4]>::as_slice));
        self.set(tokens, metaphone, name::metaphone(name).as_deref().map(str::as_bytes));
    }

    pub(super) fn encode_names(&self, values: &Values, tokens: &mut Tokens) {
        let Values { family, given, given2, .. } = values;
        if let Some(family) = family {
            self.set(tokens, TokenField::Family, Some(family.as_bytes()));
            self.set_sounds(tokens, [TokenField::FamilySound, TokenField::FamilySound2], family);
        }
        if let Some(given) = given {
            self.set(tokens, TokenField::Given, Some(given.as_bytes()));
            self.set_sounds(tokens, [TokenField::GivenSound, TokenField::GivenSound2], given);
            let initial = &given[..given.chars().next().map_or(0, char::len_utf8)];
            self.set(tokens, TokenField::GivenInitial, Some(initial.as_bytes()));
            let nickname = self.nicknames.of_name(given);
            self.set(tokens, TokenField::Nickname, nickname.map(str::as_bytes));
        }
        self.set(tokens, TokenField::Given2, given2.as_deref().map(str::as_bytes));
    }

    pub(super) fn encode_birth(&self, values: &Values, tokens: &mut Tokens) {
        let Some(birth) = values.birth else { return };
        self.set(tokens, TokenField::BirthYear, Some(&birth.year().to_be_bytes()));
        self.set(tokens, TokenField::BirthMonth, Some(&[birth.month() as u8]));
        let Some(birth) = values.whole_birth() else { return };
        self.set(tokens, TokenField::BirthDay, Some(&[birth.day() as u8]));
        self.set(tokens, TokenField::Birth, Some(&date_message(birth)));
        // One key for both, so that "swapped equals the other's" can be seen.
        let swapped = swapped(birth).map(date_message);
        self.set(tokens, TokenField::BirthSwapped, swapped.as_ref().map(<[u8; 4]>::as_slice));
    }

    pub(super) fn encode_address(&self, values: &Values, tokens: &mut Tokens) {
        let texts = [
            (TokenField::House, &values.house),
            (TokenField::Street, &values.street),
            (TokenField::Extra, &values.extra),
            (TokenField::Locality, &values.locality),
            (TokenField::Region, &values.region),
        ];
        for (field, text) in texts {
            self.set(tokens, field, text.as_deref().map(str::as_bytes));
        }
        self.set(tokens, TokenField::Telephone, values.telephone.as_deref());
    }

    pub(super) fn encode_postcode(
        &self,
        values: &Values,
        places: &Places,
        tokens: &mut Tokens,
        encoded: &mut Encoded,
    ) {
        let (bytes, district) = match &values.postcode {
            Some(Reading::Place(postcode)) => {
                encoded.place = places.find(*postcode);
                (postcode.as_bytes(), postcode.outcode())
            }
            Some(Reading::Abroad(postcode)) => (postcode.as_bytes(), postcode.district()),
            Some(Reading::Malformed) => {
                encoded.is_postcode_malformed = true;
                return;
            }
            Some(Reading::Dummy) | None => return,
        };
        self.set(tokens, TokenField::Postcode, Some(bytes));
        self.set(tokens, TokenField::Outcode, Some(district));
        let is_resident = encoded.place.is_some_and(|place| place.is_resident);
        encoded.is_resident = places.is_known().then_some(is_resident);
        encoded.household = values
            .house
            .as_ref()
            .map(|house| self.household.id(&[bytes, SEPARATOR, house.as_bytes()].concat()));
    }
}

/// The date with day and month the other way round, if there is such a date.
fn swapped(date: Date) -> Option<Date> {
    Date::new(date.year(), date.day(), date.month()).ok()
}

fn date_message(date: Date) -> [u8; 4] {
    let [high, low] = date.year().to_be_bytes();
    [high, low, date.month() as u8, date.day() as u8]
}

/// Year, month and day as eight digits.
fn digits(date: Date) -> Vec<u8> {
    date.strftime("%Y%m%d").to_string().into_bytes()
}
