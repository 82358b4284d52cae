//! The exact keys, strongest first, as data.

use super::field::Field::{
    self, Birth, BirthDay, BirthMonth, BirthSwapped, BirthYear, Family, FamilySound, Given,
    GivenInitial, GivenSound, House, Local, Postcode, Sex,
};
use super::identities::Identities;
use super::step::Step;

/// A combination of fields: persons who share its value, and nobody else does, are one.
#[derive(Debug)]
pub(crate) struct Key {
    /// The rung that links by this key.
    pub(crate) step: Step,
    /// The fields that must all be known. Several variants make one space of values, so that what
    /// one identity has as birth date can be what another has with day and month swapped.
    pub(crate) variants: &'static [&'static [Field]],
    /// What else two persons must not contradict each other in.
    pub(crate) guards: &'static [Guard],
}

/// Something outside the key in which two persons may contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Both sexes known, none in common.
    Sex,
    /// Given names known with none in common, or family names without a given name in common.
    Names,
    /// Birth dates known with none in common even in part, and names likewise; or no names known, and
    /// births of which one is known to the month with neither year nor month in common.
    BirthAndNames,
}

/// Same provider and local patient id.
pub(crate) const LOCAL: Key =
    Key { step: Step::Local, variants: &[&[Local]], guards: &[Guard::BirthAndNames] };

/// Exact keys on demographics.
pub(crate) const KEYS: [Key; 12] = [
    exact('a', &[&[Family, Given, Birth, Sex]], &[]),
    exact('b', &[&[Family, Given, Birth, Postcode]], &[]),
    // A changed family name, as after marriage.
    exact('c', &[&[Given, Birth, Sex, Postcode]], &[]),
    // Misspelt and shortened names.
    exact('d', &[&[FamilySound, GivenInitial, Birth, Postcode]], &[Guard::Sex]),
    // Misspelt names of somebody who moved.
    exact('e', &[&[FamilySound, GivenSound, Birth, Sex]], &[]),
    exact(
        'f',
        &[&[Family, Given, Birth, Postcode], &[Family, Given, BirthSwapped, Postcode]],
        &[Guard::Sex],
    ),
    exact('g', &[&[Family, Given, Postcode, House, BirthYear, BirthMonth]], &[Guard::Sex]),
    exact('g', &[&[Family, Given, Postcode, House, BirthYear, BirthDay]], &[Guard::Sex]),
    exact('g', &[&[Family, Given, Postcode, House, BirthMonth, BirthDay]], &[Guard::Sex]),
    // Names in the wrong order.
    exact('h', &[&[Family, Given, Birth], &[Given, Family, Birth]], &[Guard::Sex]),
    // For feeds without names: the household, then the postcode alone.
    exact('i', &[&[Birth, Sex, Postcode, House]], &[Guard::Names]),
    exact('j', &[&[Birth, Sex, Postcode]], &[Guard::Names]),
];

const fn exact(
    letter: char,
    variants: &'static [&'static [Field]],
    guards: &'static [Guard],
) -> Key {
    Key { step: Step::Exact(letter), variants, guards }
}

impl Key {
    /// The codes of the fields, `None` if one is missing.
    pub(crate) fn codes(
        identities: &Identities,
        fields: &'static [Field],
        row: u32,
    ) -> Option<impl Iterator<Item = u32>> {
        let codes = move || fields.iter().map(move |&field| identities.code(field, row));
        codes().all(|code| code != 0).then(codes)
    }
}

/// Whether an identity has all that any demographic key asks for.
pub(crate) fn usable(identities: &Identities, row: u32) -> bool {
    let mut variants = KEYS.iter().flat_map(|key| key.variants);
    variants.any(|fields| Key::codes(identities, fields, row).is_some())
}
