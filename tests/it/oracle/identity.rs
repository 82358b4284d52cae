//! What a row says of whom it is about, in one spelling for every feed.

use std::collections::HashMap;

use super::extracts::Row;
use super::pseudonym::Pseudonyms;

/// A field by which identities are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
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
}

/// How many fields there are.
pub(crate) const N_FIELDS: usize = 16;

/// The values of an identity as numbers; 0 where it has none.
pub(crate) type Values = [u32; N_FIELDS];

/// Where a feed keeps identifiers; a blank name says that it has no such column.
struct Columns {
    feed: &'static str,
    nhs: &'static str,
    status: &'static str,
    local: &'static str,
    provider: &'static str,
    given: &'static str,
    family: &'static str,
    birth: &'static str,
    sex: &'static str,
    postcode: &'static str,
    house: &'static str,
}

const fn columns(feed: &'static str, names: [&'static str; 10]) -> Columns {
    let [nhs, status, local, provider, given, family, birth, sex, postcode, house] = names;
    Columns { feed, nhs, status, local, provider, given, family, birth, sex, postcode, house }
}

#[rustfmt::skip]
const COLUMNS: [Columns; 16] = [
    columns("ambulance", ["NHS Number", "", "", "Provider", "MainPatientForename", "MainPatientSurname", "MainPatientDOB", "MainPatientSex", "PatientHomePostCode", ""]),
    columns("apc", ["NHSNO", "NHSNOIND", "LOPATID", "PROCODE3", "FORENAME", "SURNAME", "DOB", "SEX", "HOMEADD", ""]),
    columns("asc", ["NHS_Number", "", "LA_Person_Unique_Identifier", "LA_Code", "Forename", "Surname", "Date_of_Birth", "Gender", "Postcode", ""]),
    columns("csc", ["", "", "CHILD", "LA", "", "", "DOB", "SEX", "HOME_POST", ""]),
    columns("csds", ["NHSNumber", "NHSNumberStatus", "LocalPatientID", "OrgID_Provider", "PersonGivenName", "PersonFamilyName", "PersonBirthDate", "Gender", "Postcode", ""]),
    columns("death", ["DEC_NHS_NUMBER", "", "", "PROVIDER", "DEC_FORENAME", "DEC_SURNAME", "DEC_DATE_OF_BIRTH", "DEC_SEX", "DEC_USUAL_RES_POSTCODE", ""]),
    columns("ecds", ["NHS_NUMBER", "NHS_NUMBER_STATUS_INDICATOR_CODE", "LOCAL_PATIENT_IDENTIFIER", "PROVIDER_CODE", "PERSON_GIVEN_NAME", "PERSON_FAMILY_NAME", "PERSON_BIRTH_DATE", "STATED_GENDER", "POSTCODE_OF_USUAL_ADDRESS", ""]),
    columns("gp_appointment", ["", "", "PatientGuid", "OrganisationCode", "", "", "", "", "", ""]),
    columns("gp_event", ["", "", "PatientGuid", "OrganisationCode", "", "", "", "", "", ""]),
    columns("gp_prescription", ["", "", "PatientGuid", "OrganisationCode", "", "", "", "", "", ""]),
    columns("gp_registration", ["NhsNumber", "NHSNumberStatus", "PatientGuid", "OrganisationCode", "GivenName", "Surname", "DateOfBirth", "Sex", "Postcode", "HouseNameFlatNumber"]),
    columns("iapt", ["", "", "Pseudonym", "OrgID_Provider", "", "", "Birth Month", "Gender", "", ""]),
    columns("mhsds", ["NHSNumber", "NHSNumberStatus", "LocalPatientId", "OrgIDProv", "", "", "PersonBirthDate", "Gender", "Postcode", ""]),
    columns("nhs111", ["nhs_number", "", "", "provider", "forename", "surname", "date_of_birth", "sex", "patient_home_postcode", ""]),
    columns("op", ["NHSNO", "NHSNOIND", "LOPATID", "PROCODE3", "", "", "DOB", "SEX", "HOMEADD", ""]),
    columns("third_sector", ["", "", "Client Ref", "Organisation", "First Name", "Last Name", "DOB", "Gender", "Postcode", "House"]),
];

/// Gives every distinct value of a field a number of its own.
#[derive(Default)]
pub(crate) struct Numbering {
    numbers: HashMap<(usize, String), u32>,
}

impl Numbering {
    fn of(&mut self, field: Field, value: String) -> u32 {
        let kind = match field {
            // A date is the same date with day and month swapped or not.
            Field::BirthSwapped => Field::Birth,
            // A name is the same name in whichever column it stands.
            Field::Given => Field::Family,
            Field::GivenSound => Field::FamilySound,
            _ => field,
        };
        let next = self.numbers.len() as u32 + 1;
        *self.numbers.entry((kind as usize, value)).or_insert(next)
    }

    /// The number of an NHS number.
    pub(crate) fn nhs(&mut self, text: &str) -> Option<u32> {
        nhs_number(text).map(|number| self.of(Field::Nhs, number))
    }

    /// The number of the pseudonym that a feed's provider puts in place of an NHS number.
    pub(crate) fn pseudonym(&mut self, made: &Pseudonyms, text: &str) -> Option<u32> {
        let pseudonym = made.of_number(&nhs_number(text)?);
        Some(self.of(Field::Local, local_id(&made.feed, &made.provider, &pseudonym)))
    }

    /// The identity of a row, and whether its NHS number was traced; `None` if nothing tells whom
    /// the row is about.
    pub(crate) fn identity(&mut self, row: &Row) -> Option<(Values, bool)> {
        let columns = COLUMNS.iter().find(|columns| columns.feed == row.feed).expect("a feed");
        let mut values = [0; N_FIELDS];
        let mut set = |field: Field, value: Option<String>| {
            if let Some(value) = value {
                values[field as usize] = self.of(field, value);
            }
        };
        let text = |column: &str| {
            let cell = if column.is_empty() { "" } else { row.text(column) };
            Some(cell).filter(|cell| !cell.is_empty())
        };
        set(Field::Nhs, text(columns.nhs).and_then(nhs_number));
        let local = text(columns.local).map(|local| {
            // The general-practice feeds share their patients' ids.
            let scope = if row.feed.starts_with("gp_") { "gp" } else { row.feed };
            local_id(scope, row.text(columns.provider), local)
        });
        set(Field::Local, local);
        let family = text(columns.family).and_then(folded);
        set(Field::FamilySound, family.as_deref().map(soundex));
        set(Field::Family, family);
        // Of several given names the first, and any others beside it.
        let given = text(columns.given)
            .and_then(|name| folded(name.trim().split(' ').next().unwrap_or_default()));
        set(Field::GivenSound, given.as_deref().map(soundex));
        set(Field::GivenInitial, given.as_deref().and_then(|g| g.chars().next()).map(String::from));
        set(Field::Given, given);
        let birth = text(columns.birth);
        let month = birth.filter(|text| text.len() == "1950-06".len());
        if let Some((year, month)) = month.and_then(|text| text.split_once('-')) {
            set(Field::BirthYear, Some(year.to_owned()));
            set(Field::BirthMonth, Some(month.trim_start_matches('0').to_owned()));
        } else if let Some(birth) = birth.and_then(|_| row.day(columns.birth)) {
            set(Field::Birth, Some(birth.to_string()));
            set(Field::BirthYear, Some(birth.year().to_string()));
            set(Field::BirthMonth, Some(birth.month().to_string()));
            set(Field::BirthDay, Some(birth.day().to_string()));
            let swapped = jiff::civil::Date::new(birth.year(), birth.day(), birth.month()).ok();
            set(Field::BirthSwapped, swapped.map(|day| day.to_string()));
        }
        set(Field::Sex, text(columns.sex).and_then(sex).map(str::to_owned));
        let postcode = text(columns.postcode).and_then(postcode);
        set(Field::Outcode, postcode.as_ref().map(|code| code[..code.len() - 3].to_owned()));
        set(Field::Postcode, postcode);
        set(Field::House, text(columns.house).and_then(house));
        let is_traced = columns.status.is_empty() || row.text(columns.status) == "01";
        let tells = [
            Field::Nhs,
            Field::Local,
            Field::Family,
            Field::Given,
            Field::BirthYear,
            Field::Postcode,
        ];
        let can_tell = tells.iter().any(|field| values[*field as usize] != 0);
        can_tell.then_some((values, is_traced && values[Field::Nhs as usize] != 0))
    }
}

/// An id of the provider's, as what it is compared by.
fn local_id(scope: &str, provider: &str, local: &str) -> String {
    format!("{scope}/{provider}/{}", local.to_uppercase())
}

/// Ten digits with the right check digit, of the test range (NHS Data Dictionary: weights 10 to 2,
/// modulus 11).
fn nhs_number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    if digits.len() != 10
        || !digits.bytes().all(|b| b.is_ascii_digit())
        || !digits.starts_with("999")
    {
        return None;
    }
    let values: Vec<u32> = digits.bytes().map(|b| u32::from(b - b'0')).collect();
    let sum: u32 = (0..9).map(|at| values[at] * (10 - at as u32)).sum();
    let is_one_digit = values.iter().all(|value| *value == values[0]);
    ((11 - sum % 11) % 11 == values[9] && !is_one_digit).then_some(digits)
}

/// Sex in any feed's code.
pub(crate) fn sex(text: &str) -> Option<&'static str> {
    match text {
        "1" | "M" | "Male" => Some("male"),
        "2" | "F" | "Female" => Some("female"),
        "9" | "I" | "Other" => Some("other"),
        _ => None,
    }
}

/// Capitals without accents, spaces and punctuation.
fn folded(name: &str) -> Option<String> {
    let letter = |c: char| match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'Á' | 'À' | 'Â' | 'Ä' => "A".to_owned(),
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => "E".to_owned(),
        'í' | 'ì' | 'î' | 'ï' | 'Í' => "I".to_owned(),
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'Ó' | 'Ö' => "O".to_owned(),
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ü' => "U".to_owned(),
        'ç' | 'Ç' => "C".to_owned(),
        'ñ' | 'Ñ' => "N".to_owned(),
        'ý' | 'ÿ' | 'Ý' => "Y".to_owned(),
        c if c.is_alphabetic() => {
            assert!(c.is_ascii(), "an accent that this oracle does not know: {c}");
            c.to_ascii_uppercase().to_string()
        }
        _ => String::new(),
    };
    Some(name.chars().map(letter).collect::<String>()).filter(|name| !name.is_empty())
}

/// American Soundex (US National Archives): H and W do not part equal codes, vowels do.
fn soundex(name: &str) -> String {
    let code = |c: char| match c {
        'B' | 'F' | 'P' | 'V' => '1',
        'C' | 'G' | 'J' | 'K' | 'Q' | 'S' | 'X' | 'Z' => '2',
        'D' | 'T' => '3',
        'L' => '4',
        'M' | 'N' => '5',
        'R' => '6',
        _ => '0',
    };
    let first = name.chars().next().expect("a letter");
    let mut sound = String::from(first);
    let mut last = code(first);
    for c in name.chars().skip(1) {
        if code(c) != '0' && code(c) != last {
            sound.push(code(c));
        }
        if c != 'H' && c != 'W' {
            last = code(c);
        }
    }
    format!("{sound:0<4}")[..4].to_owned()
}

/// Capitals without a space, shaped like a postcode, of a place.
pub(crate) fn postcode(text: &str) -> Option<String> {
    let code: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let code = code.to_uppercase();
    (code.len() >= 5 && !code.starts_with("ZZ99")).then_some(code)
}

/// House number or name without the words that say what kind of number it is.
fn house(text: &str) -> Option<String> {
    let upper = text.to_uppercase();
    let kinds = ["FLAT", "APARTMENT", "APT", "UNIT", "ROOM", "NO", "NUMBER", "THE"];
    let words: Vec<&str> =
        upper.split([' ', ',', '-', '.']).filter(|w| !w.is_empty() && !kinds.contains(w)).collect();
    (!words.is_empty()).then(|| words.join("/"))
}
