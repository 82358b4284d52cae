//! What is kept of persons who are to be forgotten: keyed hashes, under a key of their own.
//!
//! A row is theirs if it carries their number; if it is, token by token, like one that was; or, where
//! it has no number, if its provider's own id and birth date, or names, birth date and postcode, are
//! theirs. A row with another number is somebody else's, however alike.

use std::collections::{BTreeSet, HashSet};

use super::MasterKey;
use super::encoder::LINKAGE;
use super::field_key::FieldKey;
use super::identity::Tokens;

/// What a mark is made of; part of what is hashed, so that no two kinds can meet.
#[derive(Clone, Copy)]
enum Kind {
    Number = 1,
    Identity,
    LocalId,
    Demographics,
    Pseudonym,
}

/// Recognises persons who are to be forgotten.
pub(super) struct Tombstones {
    key: FieldKey,
    marks: HashSet<u64>,
}

impl Tombstones {
    pub(super) fn none(master: &MasterKey) -> Self {
        let key = master.derive("token", "tombstone", LINKAGE);
        Self { key, marks: HashSet::new() }
    }

    pub(super) fn add(&mut self, marks: impl IntoIterator<Item = u64>) {
        self.marks.extend(marks);
    }

    /// Whether nobody is to be forgotten.
    pub(super) fn are_none(&self) -> bool {
        self.marks.is_empty()
    }

    /// Whether an identity is one of theirs.
    pub(super) fn hold(&self, tokens: &Tokens) -> bool {
        if self.marks.is_empty() {
            return false;
        }
        let has = |mark: u64| self.marks.contains(&mark);
        let is_same = self.of_tokens(tokens).is_some_and(has);
        let is_pseudonym = || tokens.get("local").is_some_and(|p| has(self.of_pseudonym(p)));
        match tokens.get("nhs") {
            Some(number) => is_same || has(self.of_number(number)),
            None => is_same || is_pseudonym() || self.of_row_without_number(tokens).any(has),
        }
    }

    /// Whether a number is one of theirs.
    pub(super) fn hold_number(&self, token: u64) -> bool {
        !self.marks.is_empty() && self.marks.contains(&self.of_number(token))
    }

    /// The marks of a person: of their numbers, and of the identities that are known of them.
    pub(super) fn marks(&self, numbers: &[u64], known: &[Tokens]) -> BTreeSet<u64> {
        let mut marks: BTreeSet<u64> = numbers.iter().map(|n| self.of_number(*n)).collect();
        marks.extend(known.iter().filter_map(|tokens| self.of_tokens(tokens)));
        // What a row with a number that is not theirs says may be somebody else's.
        let is_own = |tokens: &&Tokens| tokens.get("nhs").is_none_or(|n| numbers.contains(&n));
        let own: Vec<Tokens> = known.iter().filter(is_own).cloned().collect();
        marks.extend(self.of_person_without_number(&own));
        marks
    }

    /// Marks of what tells whose row it is that has no number.
    fn of_row_without_number(&self, tokens: &Tokens) -> impl Iterator<Item = u64> {
        let get = |column| tokens.get(column);
        let local = get("local").map(|local| self.of_local_id(local, get("birth")));
        let names = get("family").zip(get("given"));
        let place = get("birth").zip(get("postcode"));
        let names = names.zip(place).map(|(names, place)| self.of_demographics(names, place));
        local.into_iter().chain(names)
    }

    /// All marks by which a row without a number may be a person's of whom these identities are known.
    fn of_person_without_number(&self, known: &[Tokens]) -> BTreeSet<u64> {
        let all = |column: &str| -> BTreeSet<u64> {
            known.iter().filter_map(|tokens| tokens.get(column)).collect()
        };
        let (births, postcodes) = (all("birth"), all("postcode"));
        let mut marks = BTreeSet::new();
        for local in all("local") {
            let births = births.iter().copied().map(Some).chain([None]);
            marks.extend(births.map(|birth| self.of_local_id(local, birth)));
        }
        for names in known.iter().filter_map(|one| one.get("family").zip(one.get("given"))) {
            let places = births.iter().flat_map(|birth| postcodes.iter().map(|at| (*birth, *at)));
            marks.extend(places.map(|place| self.of_demographics(names, place)));
        }
        marks
    }

    /// The provider's own id, with the birth date where there is one: ids are given out again.
    fn of_local_id(&self, local: u64, birth: Option<u64>) -> u64 {
        self.mark(Kind::LocalId, &[local, birth.unwrap_or(0)])
    }

    fn of_demographics(&self, (family, given): (u64, u64), (birth, postcode): (u64, u64)) -> u64 {
        self.mark(Kind::Demographics, &[family, given, birth, postcode])
    }

    /// The mark of a pseudonym that is one person's for ever.
    pub(super) fn of_pseudonym(&self, token: u64) -> u64 {
        self.mark(Kind::Pseudonym, &[token])
    }

    fn of_number(&self, token: u64) -> u64 {
        self.mark(Kind::Number, &[token])
    }

    /// All tokens of an identity, which are the same for every purpose and table of nicknames; `None` if
    /// there is none.
    fn of_tokens(&self, tokens: &Tokens) -> Option<u64> {
        let message = || tokens.of_any_table().message();
        (!tokens.is_empty()).then(|| self.mark_of(Kind::Identity, message()))
    }

    fn mark(&self, kind: Kind, tokens: &[u64]) -> u64 {
        self.mark_of(kind, tokens.iter().flat_map(|token| token.to_be_bytes()))
    }

    fn mark_of(&self, kind: Kind, message: impl IntoIterator<Item = u8>) -> u64 {
        let message: Vec<u8> = std::iter::once(kind as u8).chain(message).collect();
        self.key.token(&message)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::pseudonymise::{Encoder, Identifiers, MasterKey, NumberPolicy, Places, Tokens};

    fn encoder() -> Encoder {
        Encoder::new(&MasterKey::demonstration(), "commissioning", NumberPolicy::Test)
    }

    fn person() -> Identifiers<'static> {
        Identifiers {
            nhs_number: Some("9990000018"),
            is_traced: true,
            local_id_scope: "ref",
            provider: Some("RR8"),
            local_id: Some("x1"),
            family_name: Some("Wrenfold"),
            given_name: Some("Quilla"),
            birth: Some(date(1950, 4, 3)),
            postcode: Some("LS1 1AA"),
            ..Identifiers::default()
        }
    }

    /// Whether a row is known for that of a person of whom these rows were known.
    fn is_known(known: &[Identifiers<'_>], row: &Identifiers<'_>) -> bool {
        let plain = encoder();
        let places = Places::default();
        // Of another purpose, whose ids are others: marks are of no purpose.
        let other = Encoder::new(&MasterKey::demonstration(), "research", NumberPolicy::Test);
        let known: Vec<Tokens> = known.iter().map(|row| other.encode(row, &places).1).collect();
        let number = plain.nhs_token("9990000018").unwrap().unwrap();
        let marks = plain.marks_of(&[number], &known);
        encoder().forgetting(marks).encode(row, &places).0.is_forgotten
    }

    #[test]
    fn a_person_is_known_by_number_local_id_or_demographics_and_nobody_else_is() {
        let without = Identifiers { nhs_number: None, ..person() };
        let nameless =
            Identifiers { family_name: None, given_name: None, postcode: None, ..without };
        let named = Identifiers { local_id: None, ..without };
        let only_number =
            Identifiers { nhs_number: Some("999 000 0018"), ..Identifiers::default() };
        let undated = Identifiers { birth: None, ..nameless };
        for row in [person(), without, nameless, named, only_number, undated] {
            assert!(is_known(&[person()], &row));
        }
        let others = [
            Identifiers { nhs_number: Some("9990000026"), ..person() },
            Identifiers { birth: Some(date(1950, 4, 4)), ..without },
            Identifiers { provider: Some("RAE"), ..nameless },
            Identifiers { given_name: Some("Quentin"), ..named },
            Identifiers { postcode: Some("LS1 1AB"), ..named },
        ];
        for row in others {
            assert!(!is_known(&[person()], &row));
        }
    }

    #[test]
    fn a_mistyped_number_marks_its_own_row_and_not_whose_number_it_is() {
        let mistyped = Identifiers { nhs_number: Some("9990000026"), is_traced: false, ..person() };
        assert!(is_known(&[person(), mistyped], &mistyped));
        let owner = Identifiers {
            nhs_number: Some("9990000026"),
            is_traced: true,
            family_name: Some("Thistlewood"),
            ..Identifiers::default()
        };
        assert!(!is_known(&[person(), mistyped], &owner));
    }

    #[test]
    fn whoever_moved_is_known_by_every_postcode_and_nothing_is_known_of_nobody() {
        let moved = Identifiers { postcode: Some("LS2 2BB"), local_id: Some("x2"), ..person() };
        let row = Identifiers {
            nhs_number: None,
            provider: None,
            local_id: None,
            postcode: Some("LS2 2BB"),
            ..person()
        };
        assert!(is_known(&[person(), moved], &row));
        assert!(!is_known(&[person()], &row));
        assert!(!encoder().encode(&person(), &Places::default()).0.is_forgotten);
    }
}
