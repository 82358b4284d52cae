//! Who is to be forgotten: their identities and ids, in every run.
//!
//! The person is whoever the visible run has linked to the number. A person with another trusted number
//! is somebody else, on whose row it was typed by mistake: that row goes, the person stays.

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;

use super::PipelineError;
use crate::pseudonymise::{Encoder, Tokens};
use crate::store::{Manifest, Part, Store, StoreError, Zone};

/// Where to look for whom.
pub(super) struct Whom<'a> {
    pub(super) store: &'a Store,
    /// Every run, the visible one last.
    pub(super) history: &'a [Manifest],
    /// Tokens of the person's number and of those that it replaced.
    pub(super) numbers: Vec<u64>,
}

/// Who was found.
pub(super) struct Person {
    /// Every identity of theirs, in whatever run.
    pub(super) identities: HashSet<i64>,
    /// Their ids in each run, in order; an old run may have had them as two.
    pub(super) persons: Vec<HashSet<i64>>,
    /// By which later rows of theirs are known.
    pub(super) marks: BTreeSet<u64>,
    /// An encoder that knows them.
    pub(super) encoder: Encoder,
}

impl Whom<'_> {
    pub(super) fn find(&self, encoder: Encoder) -> Result<Person, PipelineError> {
        let mut bearers = HashMap::new();
        self.for_each_identity(|id, tokens| {
            if tokens.get("nhs").is_some_and(|number| self.numbers.contains(&number)) {
                *bearers.entry(id).or_insert(false) |= tokens.nhs_trusted;
            }
        })?;
        let indexes = self.indexes()?;
        // Who carries the number in any run, and with whom.
        let is_bearer = |(identity, _): &&(i64, i64)| bearers.contains_key(identity);
        let candidates: Vec<HashSet<i64>> = indexes
            .iter()
            .map(|index| index.iter().filter(is_bearer).map(|(_, person)| *person).collect())
            .collect();
        let mut members = HashMap::new();
        for (index, candidates) in indexes.iter().zip(&candidates) {
            let of_candidates = index.iter().filter(|(_, person)| candidates.contains(person));
            members.extend(of_candidates.map(|(identity, _)| (*identity, None::<Tokens>)));
        }
        self.for_each_identity(|id, tokens| {
            if let Some(known) = members.get_mut(&id) {
                match known {
                    Some(known) => known.nhs_trusted |= tokens.nhs_trusted,
                    None => *known = Some(tokens.clone()),
                }
            }
        })?;
        let is_others = |identity: &i64| {
            let tokens = members.get(identity).and_then(Option::as_ref);
            tokens.is_some_and(|tokens| tokens.nhs_trusted && !bearers.contains_key(identity))
        };
        let persons: Vec<HashSet<i64>> = indexes
            .iter()
            .zip(candidates)
            .map(|(index, mut candidates)| {
                let of = |is: &dyn Fn(&i64) -> bool| -> HashSet<i64> {
                    index.iter().filter(|(i, _)| is(i)).map(|(_, person)| *person).collect()
                };
                let others = of(&is_others);
                candidates.retain(|person| !others.contains(person));
                // Where somebody's number it is for certain, it is nobody else's.
                let certain = of(&|identity| bearers.get(identity) == Some(&true));
                if candidates.iter().any(|person| certain.contains(person)) {
                    candidates.retain(|person| certain.contains(person));
                }
                candidates
            })
            .collect();
        let known: Vec<(i64, Tokens)> = match (indexes.last(), persons.last()) {
            (Some(index), Some(persons)) => index
                .iter()
                .filter(|(_, person)| persons.contains(person))
                .filter_map(|(identity, _)| Some((*identity, members.get(identity)?.clone()?)))
                .collect(),
            _ => Vec::new(),
        };
        let marks = encoder.marks_of(&self.numbers, &known);
        let encoder = encoder.forgetting(marks.iter().copied());
        let mut identities = HashSet::new();
        self.for_each_identity(|id, tokens| {
            if encoder.is_forgotten(Some(id), tokens) {
                identities.insert(id);
            }
        })?;
        Ok(Person { identities, persons, marks, encoder })
    }

    /// Identities and persons of each run, where it gives them one.
    fn indexes(&self) -> Result<Vec<Vec<(i64, i64)>>, StoreError> {
        let mut known: HashMap<&Part, Vec<(i64, i64)>> = HashMap::new();
        let mut indexes = Vec::with_capacity(self.history.len());
        for run in self.history {
            let mut index = Vec::new();
            let table = run.tables.get("link.person_index");
            for part in table.into_iter().flat_map(|table| &table.parts) {
                if !known.contains_key(part) {
                    let batches =
                        self.store.columns(Zone::Parts, part, &["identity_id", "person_id"])?;
                    known.insert(part, batches.iter().flat_map(pairs).collect());
                }
                index.extend_from_slice(&known[part]);
            }
            indexes.push(index);
        }
        Ok(indexes)
    }

    /// Every identity of every run, as it came.
    fn for_each_identity(&self, mut see: impl FnMut(i64, &Tokens)) -> Result<(), StoreError> {
        let tables = |run: &'_ Manifest| -> Vec<Part> {
            let tables = ["received.identity", "identity"].map(|name| run.tables.get(name));
            tables.into_iter().flatten().flat_map(|table| table.parts.clone()).collect()
        };
        let parts: BTreeSet<Part> = self.history.iter().flat_map(tables).collect();
        for part in &parts {
            for batch in self.store.stream(Zone::Identities, part)? {
                Tokens::of_rows(&batch?).iter().for_each(|(id, tokens)| see(*id, tokens));
            }
        }
        Ok(())
    }
}

fn pairs(batch: &RecordBatch) -> Vec<(i64, i64)> {
    let column = |name| batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
    let (Some(identities), Some(persons)) = (column("identity_id"), column("person_id")) else {
        return Vec::new();
    };
    let rows = (0..batch.num_rows()).filter(|row| persons.is_valid(*row));
    rows.map(|row| (identities.value(row), persons.value(row))).collect()
}
