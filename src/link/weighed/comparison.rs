//! What a pair of identities agrees and differs in: a level for each comparison.

use serde::{Deserialize, Serialize};

use super::{Row, Rows};
use crate::link::field::Field;
use crate::link::filters::ValueFilters;

/// A declared comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Comparison {
    /// Family and given name, also in each other's place.
    Names {
        /// Whether given names that are short forms of one name are a level of their own.
        #[serde(default, skip_serializing_if = "is_not")]
        nicknames: bool,
    },
    /// Birth date: whole, day and month swapped, in part, or to the month.
    Birth,
    /// Postcode and house together: who moves changes both.
    Home,
    /// Street and the other words of the address, also in each other's place.
    Address,
    /// A field that is the same or is not.
    Exact {
        /// The field.
        field: Field,
        /// Whether a household shares it.
        #[serde(default)]
        shared: bool,
    },
    /// A field that may be alike.
    Similar {
        /// The field.
        field: Field,
        /// Whether a household shares it.
        #[serde(default)]
        shared: bool,
    },
}

/// Whether a setting is left out of what is written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_not(setting: &bool) -> bool {
    !setting
}

/// Levels of a pair, four bits for each slot; 0 where one side lacks the field.
pub(crate) type Pattern = u64;

/// Levels that a slot can have, the missing one among them.
pub(crate) const N_LEVELS: usize = 16;

/// The level of a slot.
pub(crate) fn level(pattern: Pattern, slot: usize) -> usize {
    ((pattern >> (4 * slot)) & 15) as usize
}

/// One level of a pattern: most comparisons give one, those of two fields that may be crossed two.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) name: &'static str,
    /// Fields whose agreement the level tells: a rule that asks for one of them cannot measure it.
    pub(crate) fields: &'static [Field],
    /// The field whose values are not equally frequent.
    pub(crate) frequent: Field,
    /// Levels at which that field is the same.
    pub(crate) same: fn(usize) -> bool,
    /// Whether a household shares it.
    pub(crate) shared: bool,
    /// Names of the levels, from 1.
    pub(crate) levels: &'static [&'static str],
}

impl Slot {
    /// Whether a level says that the very value stands in the other field's place.
    pub(crate) fn crosses(&self, level: usize) -> bool {
        self.has_partner() && [2, ONE_CROSSED].contains(&level)
    }

    /// Whether its field may stand in the place of the next or the last slot's.
    pub(crate) fn has_partner(&self) -> bool {
        [CROSSED.len(), CROSSED_WITH_NICKNAMES.len()].contains(&self.levels.len())
    }
}

const CROSSED: &[&str] = &[
    "exact",
    "crossed",
    "crossed, close",
    "close",
    "near",
    "far",
    "differs",
    "one crossed",
    "differs, same initial",
];
/// The same, and a given name that is another form of the other.
const CROSSED_WITH_NICKNAMES: &[&str] = &[
    "exact",
    "crossed",
    "crossed, close",
    "close",
    "near",
    "far",
    "differs",
    "one crossed",
    "differs, same initial",
    "nickname",
];
const SIMILAR: &[&str] = &["exact", "close", "near", "far", "differs"];
const EXACT: &[&str] = &["exact", "differs"];
const BIRTH: &[&str] = &[
    "exact",
    "day and month swapped",
    "two parts",
    "year",
    "day or month",
    "differs",
    "same month",
    "other month",
];
const HOME: &[&str] = &[
    "house",
    "house close",
    "house differs",
    "postcode",
    "postcode and house",
    "postcode, house close",
    "postcode, house differs",
    "postcode close",
    "postcode close, house",
    "postcode close, house close",
    "postcode close, house differs",
    "postcode differs",
    "postcode differs, house",
    "postcode differs, house close",
    "postcode and house differ",
];

/// The slot whose frequent field that is.
pub(crate) fn slot_of(slots: &[Slot], frequent: Field) -> Option<usize> {
    slots.iter().position(|slot| slot.frequent == frequent)
}

/// Levels of two fields in each other's place: fields of both sides must be free to measure them.
pub(crate) const CROSSED_LEVELS: [usize; 3] = [2, 3, 8];
/// The level of the first of two fields where one of them stands in the other's place: the level of the
/// second is about what is left of both.
pub(crate) const ONE_CROSSED: usize = 8;
/// The level of given names that are two forms of one.
const NICKNAME: u64 = 10;
/// The levels that it takes the place of: not the same, and in their own places.
const NOT_THE_SAME: [u64; 5] = [4, 5, 6, 7, 9];
/// The level of a birth date that has little or nothing in common with the other.
pub(crate) const BIRTH_FAR: [usize; 2] = [5, 6];
/// Levels of given names that are not the same at all.
pub(crate) const GIVEN_FAR: [usize; 2] = [7, 9];
/// The level of postcode and house that are both the same.
pub(crate) const SAME_HOME: usize = 5;
/// The level of a postcode that is the same, where a house is missing.
pub(crate) const SAME_POSTCODE: usize = 4;
/// Estimated Dice coefficients from which values are close, near, far.
const CUTS: [f32; 3] = [0.75, 0.55, 0.35];

fn is_one(level: usize) -> bool {
    level == 1
}

fn is_same_postcode(level: usize) -> bool {
    level / 4 == 1
}

impl Comparison {
    /// The slots that it fills.
    pub(crate) fn slots(self) -> Vec<Slot> {
        let slot = |name, fields, frequent, shared, levels| Slot {
            name,
            fields,
            frequent,
            same: is_one,
            shared,
            levels,
        };
        match self {
            Self::Names { nicknames } => vec![
                slot(
                    "family name",
                    &[Field::Family, Field::FamilySound],
                    Field::Family,
                    true,
                    CROSSED,
                ),
                slot(
                    "given name",
                    &[Field::Given, Field::GivenSound, Field::GivenInitial],
                    Field::Given,
                    false,
                    if nicknames { CROSSED_WITH_NICKNAMES } else { CROSSED },
                ),
            ],
            Self::Birth => vec![slot(
                "birth date",
                &[
                    Field::Birth,
                    Field::BirthSwapped,
                    Field::BirthYear,
                    Field::BirthMonth,
                    Field::BirthDay,
                ],
                Field::Birth,
                false,
                BIRTH,
            )],
            Self::Home => vec![Slot {
                same: is_same_postcode,
                ..slot(
                    "postcode and house",
                    &[Field::Postcode, Field::Outcode, Field::House],
                    Field::Postcode,
                    true,
                    HOME,
                )
            }],
            Self::Address => vec![
                slot("street", &[Field::Street], Field::Street, true, CROSSED),
                slot("rest of the address", &[Field::Extra], Field::Extra, true, CROSSED),
            ],
            Self::Exact { field, shared } => {
                vec![slot(field.column(), field.alone(), field, shared, EXACT)]
            }
            Self::Similar { field, shared } => {
                vec![slot(field.column(), field.alone(), field, shared, SIMILAR)]
            }
        }
    }

    /// How many slots it fills.
    pub(crate) fn n_slots(self) -> usize {
        match self {
            Self::Names { .. } | Self::Address => 2,
            _ => 1,
        }
    }

    /// Whether one of two fields stands in the other's place.
    pub(crate) fn is_crossed(self, left: &Row, right: &Row) -> bool {
        let same = |one: Field, other: Field| {
            left[one as usize] != 0 && left[one as usize] == right[other as usize]
        };
        let crossed = |one, other| same(one, other) || same(other, one);
        match self {
            Self::Names { .. } => crossed(Field::Family, Field::Given),
            Self::Address => crossed(Field::Street, Field::Extra),
            _ => false,
        }
    }

    /// The level of a pair, of a comparison that looks at no filter.
    pub(crate) fn plain_level(self, left: &Row, right: &Row) -> Option<usize> {
        match self {
            Self::Birth => Some(birth(left, right) as usize),
            Self::Exact { .. } => Some(self.levels(&[], left, right)[0] as usize),
            _ => None,
        }
    }

    /// The levels of a pair, in as many slots from `at` on.
    fn levels(self, filters: &[Option<&ValueFilters>], left: &Row, right: &Row) -> [u64; 2] {
        let code = |field: Field| (left[field as usize], right[field as usize]);
        let alike = |field: Field| filters[field as usize];
        match self {
            Self::Names { nicknames } => {
                let names = [code(Field::Family), code(Field::Given)];
                let [family, given] = crossed(alike(Field::Family), names);
                let initial = code(Field::GivenInitial);
                let is_same_initial = initial.0 != 0 && initial.0 == initial.1;
                let is_straight = family != ONE_CROSSED as u64;
                let given = if given == 7 && is_same_initial && is_straight { 9 } else { given };
                let forms = code(Field::Nickname);
                let is_nickname = nicknames && is_straight && forms.0 != 0 && forms.0 == forms.1;
                let is_nickname = is_nickname && NOT_THE_SAME.contains(&given);
                [family, if is_nickname { NICKNAME } else { given }]
            }
            Self::Birth => [birth(left, right), 0],
            Self::Home => {
                let postcode = likeness(alike(Field::Postcode), code(Field::Postcode), &[0.45]);
                let house = likeness(alike(Field::House), code(Field::House), &[0.35]);
                [4 * postcode + house, 0]
            }
            Self::Address => {
                crossed(alike(Field::Street), [code(Field::Street), code(Field::Extra)])
            }
            Self::Exact { field, .. } => [likeness(None, code(field), &[]), 0],
            Self::Similar { field, .. } => [likeness(alike(field), code(field), &CUTS), 0],
        }
    }
}

/// Declared comparisons, ready for pairs.
pub(crate) struct Comparisons<'a> {
    pub(crate) declared: &'a [Comparison],
    filters: Vec<Option<&'a ValueFilters>>,
    /// The slots, in order.
    pub(crate) slots: Vec<Slot>,
}

impl<'a> Comparisons<'a> {
    pub(crate) fn new(declared: &'a [Comparison], rows: &'a Rows<'_>) -> Self {
        let filters = Field::ALL.map(|field| rows.filters(field)).to_vec();
        let slots = declared.iter().flat_map(|one| one.slots()).collect();
        Self { declared, filters, slots }
    }

    /// The pattern of a pair.
    pub(crate) fn pattern(&self, left: &Row, right: &Row) -> Pattern {
        let mut pattern = 0;
        let mut shift = 0;
        for comparison in self.declared {
            let [first, second] = comparison.levels(&self.filters, left, right);
            pattern |= first << shift | second << (shift + 4);
            shift += 4 * comparison.n_slots();
        }
        pattern
    }
}

/// 0 missing, 1 the same, then one level for each cut that is reached, and the last.
fn likeness(filters: Option<&ValueFilters>, (left, right): (u32, u32), cuts: &[f32]) -> u64 {
    if left == 0 || right == 0 {
        return 0;
    }
    if left == right {
        return 1;
    }
    let dice = filters.map_or(0.0, |filters| filters.dice(left, right));
    let below = cuts.iter().position(|&cut| dice >= cut).unwrap_or(cuts.len());
    2 + below as u64
}

/// Two fields of one kind, which may stand in each other's place: the level of each.
fn crossed(filters: Option<&ValueFilters>, [first, second]: [(u32, u32); 2]) -> [u64; 2] {
    let same = |(left, right): (u32, u32)| left != 0 && left == right;
    let straight = |pair| match likeness(filters, pair, &CUTS) {
        level @ (0 | 1) => level,
        level => level + 2,
    };
    if same(first) || same(second) {
        return [straight(first), straight(second)];
    }
    let across = [(first.0, second.1), (second.0, first.1)];
    let dice = |(left, right): (u32, u32)| {
        filters.map_or(0.0, |filters| if left == 0 { 0.0 } else { filters.dice(left, right) })
    };
    match across.map(same) {
        [true, true] => [2, 0],
        [false, false] => {
            let levels = [straight(first), straight(second)];
            let is_across = levels == [7, 7] && across.iter().all(|&pair| dice(pair) >= CUTS[1]);
            if is_across { [3, 0] } else { levels }
        }
        [is_first, _] => {
            // The name that stands where it should not counts in the first level, the other in the second.
            [ONE_CROSSED as u64, straight(across[usize::from(is_first)])]
        }
    }
}

fn birth(left: &Row, right: &Row) -> u64 {
    let same = |field: Field| {
        let (left, right) = (left[field as usize], right[field as usize]);
        left != 0 && left == right
    };
    let is_whole = |row: &Row| row[Field::Birth as usize] != 0;
    let has_month =
        |row: &Row| row[Field::BirthYear as usize] != 0 && row[Field::BirthMonth as usize] != 0;
    if !is_whole(left) || !is_whole(right) {
        let known = has_month(left) && has_month(right);
        return match known {
            false => 0,
            true if same(Field::BirthYear) && same(Field::BirthMonth) => 7,
            true => 8,
        };
    }
    let swapped = right[Field::BirthSwapped as usize];
    if same(Field::Birth) {
        1
    } else if left[Field::Birth as usize] == swapped {
        2
    } else {
        let parts = [Field::BirthYear, Field::BirthMonth, Field::BirthDay].map(same);
        match (parts, parts.iter().filter(|&&is_same| is_same).count()) {
            (_, 2..) => 3,
            ([true, ..], _) => 4,
            (_, 1) => 5,
            _ => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of family name, given name, its initial and its nickname.
    fn row([family, given, initial, nickname]: [u32; 4]) -> Row {
        let mut row = [0; Field::ALL.len()];
        let fields = [Field::Family, Field::Given, Field::GivenInitial, Field::Nickname];
        for (field, code) in fields.into_iter().zip([family, given, initial, nickname]) {
            row[field as usize] = code;
        }
        row
    }

    #[test]
    fn two_forms_of_one_name_are_a_level_of_their_own_where_a_table_is_used() {
        let filters = vec![None; Field::ALL.len()];
        let given = |nicknames, left: [u32; 4], right: [u32; 4]| {
            let names = Comparison::Names { nicknames };
            let at = names.levels(&filters, &row(left), &row(right))[1] as usize;
            names.slots()[1].levels[at - 1]
        };
        let (bill, william, george) = ([1, 5, 2, 9], [1, 6, 3, 9], [1, 7, 4, 8]);
        assert_eq!(given(true, bill, william), "nickname");
        assert_eq!(given(false, bill, william), "differs");
        assert_eq!(given(true, william, william), "exact");
        assert_eq!(given(true, bill, george), "differs");
        // Who is not in the table has no form; names in each other's place are that and no more.
        assert_eq!(given(true, [1, 5, 2, 0], [1, 6, 3, 0]), "differs");
        let slots = Comparison::Names { nicknames: true }.slots();
        assert!(slots.iter().all(Slot::has_partner) && slots[1].crosses(2));
    }
}
