//! What is kept of persons who are to be forgotten: keyed hashes, under a key of their own.
//!
//! A row is theirs if it carries their number; if it is, token by token, like one that was; or, where
//! it has no number, if its provider's own id and birth date, or names, birth date and postcode, are
//! theirs. A row with another number is somebody else's, however alike.

use std::collections::{BTreeSet, HashSet};

use super::MasterKey;
use super::encoder::{EPOCH, LINKAGE};
use super::field_key::FieldKey;
use super::identity::Tokens;

/// What a mark is made of; part of what is hashed, so that no two kinds can meet.
#[derive(Clone, Copy)]
enum Kind {
    Number = 1,
    Identity,
    LocalId,
    Demographics,
}

/// Recognises persons who are to be forgotten.
pub(super) struct Tombstones {
    key: FieldKey,
    marks: HashSet<u64>,
}

impl Tombstones {
    pub(super) fn none(master: &MasterKey) -> Self {
        let key = master.derive("token", "tombstone", LINKAGE, EPOCH);
        Self { key, marks: HashSet::new() }
    }

    pub(super) fn add(&mut self, marks: impl IntoIterator<Item = u64>) {
        self.marks.extend(marks);
    }

    /// Whether an identity is one of theirs.
    pub(super) fn hold(&self, identity_id: Option<i64>, tokens: &Tokens) -> bool {
        if self.marks.is_empty() {
            return false;
        }
        let has = |mark: u64| self.marks.contains(&mark);
        let is_same = identity_id.is_some_and(|id| has(self.of_identity(id)));
        match tokens.get("nhs") {
            Some(number) => is_same || has(self.of_number(number)),
            None => {
                let one = std::slice::from_ref(tokens);
                is_same || self.of_persons_without_number(one).into_iter().any(has)
            }
        }
    }

    /// Whether a number is one of theirs.
    pub(super) fn hold_number(&self, token: u64) -> bool {
        !self.marks.is_empty() && self.marks.contains(&self.of_number(token))
    }

    /// The marks of a person: of their numbers, and of the identities that are known of them.
    pub(super) fn marks(&self, numbers: &[u64], known: &[(i64, Tokens)]) -> BTreeSet<u64> {
        let mut marks: BTreeSet<u64> = numbers.iter().map(|n| self.of_number(*n)).collect();
        marks.extend(known.iter().map(|(id, _)| self.of_identity(*id)));
        // What a row with a number that is not theirs says may be somebody else's.
        let is_own = |tokens: &&Tokens| tokens.get("nhs").is_none_or(|n| numbers.contains(&n));
        let own: Vec<Tokens> =
            known.iter().map(|(_, tokens)| tokens).filter(is_own).cloned().collect();
        marks.extend(self.of_persons_without_number(&own));
        marks
    }

    /// Marks of what may tell a person without a number, from all that is known of one.
    fn of_persons_without_number(&self, known: &[Tokens]) -> BTreeSet<u64> {
        let all = |column: &str| -> BTreeSet<u64> {
            known.iter().filter_map(|tokens| tokens.get(column)).collect()
        };
        let mut marks = BTreeSet::new();
        let (births, postcodes) = (all("birth"), all("postcode"));
        let is_one = known.len() == 1;
        for local in all("local") {
            // A row that has a birth date is told by both.
            if !is_one || births.is_empty() {
                marks.insert(self.mark(Kind::LocalId, &[local, 0]));
            }
            marks.extend(births.iter().map(|birth| self.mark(Kind::LocalId, &[local, *birth])));
        }
        for tokens in known {
            let (Some(family), Some(given)) = (tokens.get("family"), tokens.get("given")) else {
                continue;
            };
            for birth in &births {
                let at = |postcode: &u64| {
                    self.mark(Kind::Demographics, &[family, given, *birth, *postcode])
                };
                marks.extend(postcodes.iter().map(at));
            }
        }
        marks
    }

    fn of_number(&self, token: u64) -> u64 {
        self.mark(Kind::Number, &[token])
    }

    fn of_identity(&self, id: i64) -> u64 {
        self.mark(Kind::Identity, &[id.cast_unsigned()])
    }

    fn mark(&self, kind: Kind, tokens: &[u64]) -> u64 {
        let tokens = tokens.iter().flat_map(|token| token.to_be_bytes());
        let message: Vec<u8> = std::iter::once(kind as u8).chain(tokens).collect();
        self.key.token(&message)
    }
}
