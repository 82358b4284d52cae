//! What two identities say of each other, field by field.

use super::identity::Field::{
    self, Birth, BirthDay, BirthMonth, BirthSwapped, BirthYear, Family, FamilySound, Given,
    GivenInitial, GivenSound,
};
use super::identity::Values;

/// How two values compare: equal, different, or one of them unknown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Same,
    Other,
    Nothing,
}

impl Says {
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, _) | (_, Self::Same) => Self::Same,
            (Self::Other, _) | (_, Self::Other) => Self::Other,
            _ => Self::Nothing,
        }
    }
}

pub(crate) fn field(a: &Values, b: &Values, field: Field) -> Says {
    match (a[field as usize], b[field as usize]) {
        (0, _) | (_, 0) => Says::Nothing,
        (a, b) if a == b => Says::Same,
        _ => Says::Other,
    }
}

pub(crate) fn family(a: &Values, b: &Values) -> Says {
    field(a, b, Family).or(field(a, b, FamilySound))
}

pub(crate) fn given(a: &Values, b: &Values) -> Says {
    field(a, b, Given).or(field(a, b, GivenSound))
}

/// How two birth dates compare.
#[derive(PartialEq)]
pub(crate) enum Births {
    Same,
    Partly,
    Other,
    Unknown,
}

pub(crate) fn births(a: &Values, b: &Values) -> Births {
    if field(a, b, Birth) == Says::Same {
        return Births::Same;
    }
    let parts = [BirthYear, BirthMonth, BirthDay].map(|part| field(a, b, part));
    let n = |says| parts.iter().filter(|part| **part == says).count();
    let swapped = a[Birth as usize] != 0 && a[Birth as usize] == b[BirthSwapped as usize];
    if n(Says::Same) >= 2 || swapped {
        Births::Partly
    } else if n(Says::Nothing) >= 2 {
        Births::Unknown
    } else {
        Births::Other
    }
}

/// A name agrees, or both do in the wrong order.
pub(crate) fn a_name_is_same(a: &Values, b: &Values) -> bool {
    let is_that =
        |one: Field, other: Field| a[one as usize] != 0 && a[one as usize] == b[other as usize];
    let swapped = is_that(Family, Given) && is_that(Given, Family);
    [family(a, b), given(a, b)].contains(&Says::Same) || swapped
}

/// Nothing in the names agrees, although there are names to compare.
pub(crate) fn names_differ(a: &Values, b: &Values) -> bool {
    let initial = field(a, b, GivenInitial) == Says::Same;
    let differs = [family(a, b), given(a, b)].contains(&Says::Other);
    differs && !a_name_is_same(a, b) && !initial
}
