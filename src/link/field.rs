//! The fields of an identity that are compared, by column name.

use serde::{Deserialize, Serialize};

/// One token column of the identities table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// NHS number.
    Nhs,
    /// Local patient id, with its provider.
    Local,
    /// Family name.
    Family,
    /// Given name.
    Given,
    /// Phonetic code of the family name.
    FamilySound,
    /// Phonetic code of the given name.
    GivenSound,
    /// Initial of the given name.
    GivenInitial,
    /// Birth date.
    Birth,
    /// Birth date with day and month swapped, where that is a date.
    BirthSwapped,
    /// Year of birth.
    BirthYear,
    /// Month of birth.
    BirthMonth,
    /// Day of birth.
    BirthDay,
    /// Sex.
    Sex,
    /// Postcode.
    Postcode,
    /// Outward half of the postcode.
    Outcode,
    /// House number or name.
    House,
    /// Words of the street.
    Street,
    /// Other words of the address.
    Rest,
    /// Suburb, town or village.
    Locality,
    /// State, county or region.
    Region,
    /// Telephone number.
    Telephone,
}

impl Field {
    /// Every field, in the order of the table's columns.
    pub(crate) const ALL: [Self; 21] = [
        Self::Nhs,
        Self::Local,
        Self::Family,
        Self::Given,
        Self::FamilySound,
        Self::GivenSound,
        Self::GivenInitial,
        Self::Birth,
        Self::BirthSwapped,
        Self::BirthYear,
        Self::BirthMonth,
        Self::BirthDay,
        Self::Sex,
        Self::Postcode,
        Self::Outcode,
        Self::House,
        Self::Street,
        Self::Rest,
        Self::Locality,
        Self::Region,
        Self::Telephone,
    ];

    /// Fields whose tokens are made with one key, so that they can be compared with each other.
    ///
    /// Each group is encoded with one dictionary. The names stand together so that names given in
    /// the wrong order are found once their tokens share a key; until then no token coincides.
    pub(crate) const GROUPS: [&'static [Self]; 17] = [
        &[Self::Nhs],
        &[Self::Local],
        &[Self::Family, Self::Given],
        &[Self::FamilySound, Self::GivenSound],
        &[Self::GivenInitial],
        &[Self::Birth, Self::BirthSwapped],
        &[Self::BirthYear],
        &[Self::BirthMonth],
        &[Self::BirthDay],
        &[Self::Sex],
        &[Self::Postcode],
        &[Self::Outcode],
        &[Self::House],
        &[Self::Street, Self::Rest],
        &[Self::Locality],
        &[Self::Region],
        &[Self::Telephone],
    ];

    /// The column's name.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Nhs => "nhs",
            Self::Local => "local",
            Self::Family => "family",
            Self::Given => "given",
            Self::FamilySound => "family_sound",
            Self::GivenSound => "given_sound",
            Self::GivenInitial => "given_initial",
            Self::Birth => "birth",
            Self::BirthSwapped => "birth_swapped",
            Self::BirthYear => "birth_year",
            Self::BirthMonth => "birth_month",
            Self::BirthDay => "birth_day",
            Self::Sex => "sex",
            Self::Postcode => "postcode",
            Self::Outcode => "outcode",
            Self::House => "house",
            Self::Street => "street",
            Self::Rest => "rest",
            Self::Locality => "locality",
            Self::Region => "region",
            Self::Telephone => "telephone",
        }
    }

    /// The field as a list of one.
    pub(crate) fn alone(self) -> &'static [Self] {
        std::slice::from_ref(&Self::ALL[self as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_belongs_to_one_dictionary_group() {
        let grouped: Vec<Field> =
            Field::GROUPS.iter().flat_map(|group| group.iter().copied()).collect();
        for field in Field::ALL {
            assert_eq!(grouped.iter().filter(|&&other| other == field).count(), 1, "{field:?}");
        }
    }
}
