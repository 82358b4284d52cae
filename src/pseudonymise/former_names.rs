//! Tokens of names as the first encoding had them: a key each for family and given names, and the whole
//! given name as one.
//!
//! Who was forgotten under that encoding is known by marks of such tokens, and must not come back.

use super::encoder::{Identifiers, LINKAGE};
use super::field_key::FieldKey;
use super::identity::{TokenField, Tokens};
use super::{MasterKey, name};

/// The keys of the first encoding that no other has.
pub(super) struct FormerNames {
    family: FieldKey,
    family_sound: FieldKey,
    given: FieldKey,
    given_sound: FieldKey,
}

impl FormerNames {
    pub(super) fn new(master: &MasterKey) -> Self {
        let key = |field| master.derive("token", field, LINKAGE);
        Self {
            family: key("family_name"),
            family_sound: key("family_sound"),
            given: key("given_name"),
            given_sound: key("given_sound"),
        }
    }

    /// What the first encoding would have made of a row that has come to these tokens.
    pub(super) fn of(&self, row: &Identifiers<'_>, tokens: &Tokens) -> Tokens {
        let mut former = tokens.of_every_identity();
        let names = [
            (row.family_name, &self.family, &self.family_sound),
            (row.given_name, &self.given, &self.given_sound),
        ];
        let fields = [
            [TokenField::Family, TokenField::FamilySound],
            [TokenField::Given, TokenField::GivenSound],
        ];
        for ((text, key, sound_key), [field, sound_field]) in names.into_iter().zip(fields) {
            let Some(text) = text.and_then(name::folded) else { continue };
            former.set(field, key.token(text.as_bytes()));
            let sound = name::soundex(&text);
            former.set(sound_field, sound.map_or(0, |sound| sound_key.token(&sound)));
        }
        former
    }
}
