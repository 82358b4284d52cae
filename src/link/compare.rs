//! What two identities say of each other, field by field.
//!
//! Tokens can only be equal or not; a field that either side lacks says nothing.

use super::field::Field;
use super::identities::Identities;

/// How one field of two identities compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Both have it, and it is the same.
    Agree,
    /// Both have it, and it differs.
    Differ,
    /// One of the two lacks it.
    Missing,
}

/// How two birth dates compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BirthAgreement {
    /// The same date.
    Agree,
    /// Two of year, month and day are the same, or day and month are swapped.
    Partial,
    /// Two known dates with less in common.
    Conflict,
    /// One of the two is unknown.
    Missing,
}

impl Agreement {
    fn of(left: u32, right: u32) -> Self {
        match (left, right) {
            (0, _) | (_, 0) => Self::Missing,
            (left, right) if left == right => Self::Agree,
            _ => Self::Differ,
        }
    }

    /// The first comparison that agrees wins; differing outranks missing.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Agree, _) | (_, Self::Agree) => Self::Agree,
            (Self::Differ, _) | (_, Self::Differ) => Self::Differ,
            _ => Self::Missing,
        }
    }

    pub(crate) fn agrees(self) -> bool {
        self == Self::Agree
    }
}

/// Two identities side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    identities: &'a Identities,
    left: u32,
    right: u32,
}

impl<'a> Pair<'a> {
    pub(crate) fn new(identities: &'a Identities, left: u32, right: u32) -> Self {
        Self { identities, left, right }
    }

    /// One field as it stands.
    pub(crate) fn field(self, field: Field) -> Agreement {
        self.cross(field, field)
    }

    /// Family name, exactly or by sound.
    pub(crate) fn family(self) -> Agreement {
        self.field(Field::Family).or(self.field(Field::FamilySound))
    }

    /// Given name, exactly or by sound.
    pub(crate) fn given(self) -> Agreement {
        self.field(Field::Given).or(self.field(Field::GivenSound))
    }

    /// Birth date.
    pub(crate) fn birth(self) -> BirthAgreement {
        if self.field(Field::Birth).agrees() {
            return BirthAgreement::Agree;
        }
        let parts =
            [Field::BirthYear, Field::BirthMonth, Field::BirthDay].map(|part| self.field(part));
        let count = |wanted| parts.iter().filter(|&&part| part == wanted).count();
        if count(Agreement::Agree) >= 2 || self.birth_swapped() {
            BirthAgreement::Partial
        } else if count(Agreement::Missing) >= 2 {
            BirthAgreement::Missing
        } else {
            BirthAgreement::Conflict
        }
    }

    /// Birth dates of which one is known to the month only: a year or a month in common, or neither.
    pub(crate) fn coarse_birth(self) -> Agreement {
        if self.field(Field::BirthDay) != Agreement::Missing {
            return Agreement::Missing;
        }
        match [Field::BirthYear, Field::BirthMonth].map(|part| self.field(part)) {
            [Agreement::Missing, _] | [_, Agreement::Missing] => Agreement::Missing,
            [Agreement::Differ, Agreement::Differ] => Agreement::Differ,
            _ => Agreement::Agree,
        }
    }

    /// Whether family or given name agrees, also with the two given in the wrong order.
    pub(crate) fn a_name_agrees(self) -> bool {
        self.family().agrees() || self.given().agrees() || self.names_swapped()
    }

    /// Whether both names agree.
    pub(crate) fn both_names_agree(self) -> bool {
        self.family().agrees() && self.given().agrees()
    }

    /// Whether there are names to compare and nothing in them agrees, not even an initial.
    pub(crate) fn names_conflict(self) -> bool {
        let known = [self.family(), self.given()].contains(&Agreement::Differ);
        known && !self.a_name_agrees() && !self.field(Field::GivenInitial).agrees()
    }

    fn birth_swapped(self) -> bool {
        self.cross(Field::Birth, Field::BirthSwapped).agrees()
            || self.cross(Field::BirthSwapped, Field::Birth).agrees()
    }

    fn names_swapped(self) -> bool {
        self.cross(Field::Family, Field::Given).agrees()
            && self.cross(Field::Given, Field::Family).agrees()
    }

    fn cross(self, left: Field, right: Field) -> Agreement {
        Agreement::of(
            self.identities.code(left, self.left),
            self.identities.code(right, self.right),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tests::identities;

    fn check(left: &str, right: &str) -> (BirthAgreement, bool, bool) {
        let identities = identities(&[&format!("1 {left}"), &format!("2 {right}")]);
        let pair = Pair::new(&identities, 0, 1);
        let reverse = Pair::new(&identities, 1, 0);
        assert_eq!(pair.birth(), reverse.birth(), "comparison is symmetric");
        assert_eq!(pair.names_conflict(), reverse.names_conflict(), "comparison is symmetric");
        (pair.birth(), pair.a_name_agrees(), pair.names_conflict())
    }

    #[test]
    fn birth_dates_agree_in_part_by_two_parts_or_a_swap() {
        assert_eq!(check("born=1950-03-02", "born=1950-03-02").0, BirthAgreement::Agree);
        assert_eq!(check("born=1950-03-02", "born=1950-03-12").0, BirthAgreement::Partial);
        assert_eq!(check("born=1950-03-02", "born=1951-03-02").0, BirthAgreement::Partial);
        assert_eq!(check("born=1950-03-02", "born=1950-02-03").0, BirthAgreement::Partial);
        assert_eq!(check("born=1950-03-02", "born=1951-04-02").0, BirthAgreement::Conflict);
        assert_eq!(check("born=1950-03-02", "name=ann,smith").0, BirthAgreement::Missing);
    }

    #[test]
    fn names_conflict_only_if_known_and_wholly_different() {
        assert_eq!(
            check("name=ann,smith", "name=ann,jones"),
            (BirthAgreement::Missing, true, false)
        );
        assert_eq!(
            check("name=ann,smith", "name=zoe,jones"),
            (BirthAgreement::Missing, false, true)
        );
        assert_eq!(
            check("name=ann,smith", "name=amy,jones"),
            (BirthAgreement::Missing, false, false)
        );
        assert_eq!(check("name=ann,smith", "sex=f"), (BirthAgreement::Missing, false, false));
        assert!(check("name=ann,smith", "name=,jones").2);
    }
}
