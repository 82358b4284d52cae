//! What the name of a column tells.

use crate::contract::Role;
use crate::contract::names::folded;

/// Names, by letters and digits alone, that speak of a role in the layouts of national returns,
/// practice systems and spreadsheets.
const ROLES: [(Role, &[&str]); 16] = [
    (Role::NhsNumber, &["nhsno", "newnhsno", "nhsnumber", "nhsnum", "decnhsnumber", "nhs"]),
    (
        Role::NhsNumberStatus,
        &[
            "nhsnoind",
            "nhsnumberstatus",
            "nhsnumberstatusindicatorcode",
            "nhsnumberstatusindicator",
        ],
    ),
    (
        Role::FamilyName,
        &["surname", "familyname", "lastname", "patientsurname", "personfamilyname"],
    ),
    (
        Role::GivenName,
        &["forename", "givenname", "firstname", "patientforename", "persongivenname"],
    ),
    (
        Role::BirthDate,
        &["dob", "dateofbirth", "birthdate", "personbirthdate", "datebirth", "patientdob", "mydob"],
    ),
    (Role::Age, &["age", "startage", "admiage", "ageatevent", "mainpatientage"]),
    (
        Role::Sex,
        &["sex", "gender", "statedgender", "decsex", "mainpatientsex", "personstatedgendercode"],
    ),
    (
        Role::Postcode,
        &["postcode", "homepostcode", "patienthomepostcode", "postcodeofusualaddress", "homepost"],
    ),
    (Role::Lsoa, &["lsoa", "lsoa01", "lsoa11", "lsoa21", "lsoa2011", "lsoa2021"]),
    (
        Role::House,
        &["house", "housename", "housenumber", "housenameorflatnumber", "housenamenumber"],
    ),
    (
        Role::AddressLine,
        &[
            "address",
            "address1",
            "address2",
            "address3",
            "address4",
            "addressline1",
            "addressline2",
        ],
    ),
    (Role::Locality, &["suburb", "town", "village"]),
    (Role::Telephone, &["telephone", "phone", "mobile", "telephonenumber", "phonenumber"]),
    (
        Role::LocalId,
        &[
            "localpatientid",
            "lopatid",
            "patientguid",
            "idpatient",
            "lapersonuniqueidentifier",
            "clientref",
            "localpatientidentifier",
            "patientid",
            "personid",
            "child",
        ],
    ),
    (
        Role::Provider,
        &[
            "procode",
            "procode3",
            "procode5",
            "procodet",
            "providercode",
            "orgidprov",
            "organisationcode",
            "provider",
        ],
    ),
    (
        Role::EventDate,
        &[
            "epistart",
            "admidate",
            "apptdate",
            "appointmentdate",
            "arrivaldate",
            "carecontactdate",
            "carecontdate",
            "eventdate",
            "eventstartdate",
            "effectivedate",
            "dateevent",
            "contactdate",
            "regdateofdeath",
        ],
    ),
];

/// Parts of names of columns that may name a person, or say what only they know.
const PERSONAL: [&str; 21] = [
    "name",
    "address",
    "addr",
    "phone",
    "mobile",
    "email",
    "note",
    "comment",
    "freetext",
    "text",
    "postcode",
    "nhs",
    "dob",
    "birth",
    "surname",
    "forename",
    "initial",
    "pseudo",
    "token",
    "latitude",
    "longitude",
];

/// Whole names that do.
const WHOLE: [&str; 21] = [
    "first",
    "last",
    "middle",
    "maiden",
    "given",
    "family",
    "prefix",
    "suffix",
    "ssn",
    "passport",
    "drivers",
    "lat",
    "lon",
    "easting",
    "northing",
    "uprn",
    "carer",
    "mother",
    "father",
    "spouse",
    "nextofkin",
];

/// Parts of names of columns that hold an id.
const IDS: [&str; 8] = ["id", "key", "ref", "guid", "uuid", "number", "identifier", "no"];

/// The role that a name speaks of.
pub(super) fn role(name: &str) -> Option<Role> {
    let name = folded(name);
    ROLES.into_iter().find(|(_, names)| names.contains(&name.as_str())).map(|(role, _)| role)
}

/// Whether a column of this name may hold what names a person.
pub(super) fn is_personal(name: &str) -> bool {
    let name = folded(name);
    let is_part = PERSONAL.iter().any(|part| name.contains(part));
    WHOLE.contains(&name.as_str()) || is_part && !name.contains("organisation")
}

/// Whether a column of this name holds an id.
pub(super) fn is_id(name: &str) -> bool {
    let name = folded(name);
    IDS.iter().any(|part| name.ends_with(part) || name.starts_with(part))
}

/// What a way of writing sex means.
pub(super) fn sex(value: &str) -> Option<&'static str> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "m" | "male" => Some("male"),
        "2" | "f" | "female" => Some("female"),
        "9" | "o" | "other" | "indeterminate" => Some("other"),
        "0" | "u" | "x" | "unknown" | "not known" | "not specified" | "not stated" => Some(""),
        _ => None,
    }
}

/// A name for the record: lower case, digits and `_`.
pub(super) fn field(name: &str) -> String {
    let mut field = String::new();
    let mut before = ' ';
    for c in name.chars() {
        let starts_word = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if (!c.is_ascii_alphanumeric() || starts_word) && !field.is_empty() && !field.ends_with('_')
        {
            field.push('_');
        }
        if c.is_ascii_alphanumeric() {
            field.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let field = field.trim_end_matches('_').to_owned();
    if field.starts_with(|c: char| c.is_ascii_lowercase()) {
        field
    } else {
        format!("column_{field}")
    }
}
