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
    /// Second and later given names, as one.
    Given2,
    /// Second phonetic code of the family name.
    FamilySound2,
    /// Second phonetic code of the given name.
    GivenSound2,
    /// The words of the street.
    Street,
    /// The words of the address's other lines.
    Extra,
    /// Suburb or town.
    Locality,
    /// State or county.
    Region,
    /// Telephone number.
    Telephone,
    /// Canonical form of a given name that the table of nicknames has.
    Nickname,
}

impl Field {
    /// Every field, in the order of the table's columns.
    pub(crate) const ALL: [Self; 25] = [
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
        Self::Given2,
        Self::FamilySound2,
        Self::GivenSound2,
        Self::Street,
        Self::Extra,
        Self::Locality,
        Self::Region,
        Self::Telephone,
        Self::Nickname,
    ];

    /// Fields whose tokens are made with one key, so that they can be compared with each other.
    ///
    /// Each group is encoded with one dictionary. The names stand together so that names given in
    /// the wrong order are found.
    pub(crate) const GROUPS: [&'static [Self]; 19] = [
        &[Self::Nhs],
        &[Self::Local],
        &[Self::Family, Self::Given, Self::Given2],
        &[Self::FamilySound, Self::GivenSound],
        &[Self::FamilySound2, Self::GivenSound2],
        &[Self::GivenInitial],
        &[Self::Birth, Self::BirthSwapped],
        &[Self::BirthYear],
        &[Self::BirthMonth],
        &[Self::BirthDay],
        &[Self::Sex],
        &[Self::Postcode],
        &[Self::Outcode],
        &[Self::House],
        &[Self::Street, Self::Extra],
        &[Self::Locality],
        &[Self::Region],
        &[Self::Telephone],
        &[Self::Nickname],
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
            Self::Given2 => "given2",
            Self::FamilySound2 => "family_sound2",
            Self::GivenSound2 => "given_sound2",
            Self::Street => "street",
            Self::Extra => "extra",
            Self::Locality => "locality",
            Self::Region => "region",
            Self::Telephone => "telephone",
            Self::Nickname => "nickname",
        }
    }

    /// The field as a list of one.
    pub(crate) fn alone(self) -> &'static [Self] {
        std::slice::from_ref(&Self::ALL[self as usize])
    }

    /// The place of its group among [`Self::GROUPS`].
    pub(crate) fn group(self) -> usize {
        let place = Self::GROUPS.iter().position(|group| group.contains(&self));
        place.expect("a unit test finds every field in a group")
    }

    /// Whether a table may lack the column: nobody has the field then.
    pub(crate) fn is_optional(self) -> bool {
        self >= Self::Given2
    }

    /// The kind of filters that values of the field have, as the filter table names it.
    pub(crate) fn filtered_as(self) -> Option<&'static str> {
        match self {
            Self::Family | Self::Given | Self::Given2 => Some("name"),
            Self::Street | Self::Extra => Some("street"),
            Self::Locality => Some("locality"),
            Self::Postcode => Some("postcode"),
            Self::Birth | Self::BirthSwapped => Some("birth"),
            _ => None,
        }
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
