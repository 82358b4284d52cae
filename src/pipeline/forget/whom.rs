//! Who is to be forgotten: their identities and ids, in every run.
//!
//! The person is whoever the visible run has linked to the number. One with another trusted number is
//! somebody else, on whose row it was typed by mistake: that row goes, the person stays. Of several
//! who have no other, it is who carries it most often; if that is a draw, all of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;

use super::super::rotation::Crosswalks;
use super::super::zone::IDENTITIES;
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
    /// Pseudonyms that are known to be theirs.
    pub(super) pseudonyms: BTreeSet<u64>,
    /// The key under which they are looked for.
    pub(super) key_id: String,
}

/// Who was found.
pub(super) struct Person {
    /// Every identity of theirs, in whatever run.
    pub(super) identities: HashSet<i64>,
    /// Ids in each run, in order, of which nothing else is left; an old run may have had them as two.
    pub(super) persons: Vec<HashSet<i64>>,
    /// How many persons of the visible run they are taken for.
    pub(super) n_persons: usize,
    /// By which later rows of theirs are known.
    pub(super) marks: BTreeSet<u64>,
    /// An encoder that knows them.
    pub(super) encoder: Encoder,
}

/// On how many rows of identities a number stands: trusted ones, and all.
type Support = (u64, u64);

impl Whom<'_> {
    pub(super) fn find(&self, encoder: Encoder) -> Result<Person, PipelineError> {
        let mut bearers: HashMap<i64, Support> = HashMap::new();
        self.for_each_identity(|id, tokens| {
            if self.is_theirs(tokens) {
                let (trusted, all) = bearers.entry(id).or_default();
                *trusted += u64::from(tokens.nhs_trusted);
                *all += 1;
            }
        })?;
        let indexes = self.indexes()?;
        let support: Vec<HashMap<i64, Support>> =
            indexes.iter().map(|index| support(index, &bearers)).collect();
        let members = self.members(&indexes, &support)?;
        let mut persons: Vec<HashSet<i64>> = indexes
            .iter()
            .zip(support)
            .map(|(index, support)| self.chosen(index, support, &members))
            .collect();
        let n_persons = persons.last().map_or(0, HashSet::len);
        let known: Vec<Tokens> = match (indexes.last(), persons.last()) {
            (Some(index), Some(persons)) => index
                .iter()
                .filter(|linked| persons.contains(&linked.person))
                .filter_map(|linked| members.get(&linked.identity).cloned())
                .collect(),
            _ => Vec::new(),
        };
        let mut marks = encoder.marks_of(&self.numbers, &known);
        marks.extend(encoder.marks_of_pseudonyms(&self.pseudonyms));
        let encoder = encoder.forgetting(marks.iter().copied());
        let mut identities = HashSet::new();
        self.for_each_identity(|id, tokens| {
            if encoder.is_forgotten(tokens) {
                identities.insert(id);
            }
        })?;
        let crosswalks = Crosswalks::of(self.store, self.history)?;
        self.check_reach(&indexes, &crosswalks)?;
        identities.extend(crosswalks.former("identity", &identities));
        for (index, persons) in indexes.iter().zip(&mut persons) {
            persons.extend(emptied(index, &identities));
        }
        if let Some(persons) = persons.last_mut() {
            persons.extend(crosswalks.former("person", persons));
        }
        Ok(Person { identities, persons, n_persons, marks, encoder })
    }

    /// Refuses if a run under a key of before holds anybody whom no crosswalk follows: its rows could not
    /// be told.
    fn check_reach(
        &self,
        indexes: &[Vec<Linked>],
        crosswalks: &Crosswalks,
    ) -> Result<(), PipelineError> {
        for (run, index) in self.history.iter().zip(indexes) {
            let is_followed = |linked: &Linked| crosswalks.follow(linked.identity);
            if run.key_id != self.key_id && !index.iter().all(is_followed) {
                return Err(PipelineError::RunOfOldKey { run_id: run.run_id.clone() });
            }
        }
        Ok(())
    }

    fn is_theirs(&self, tokens: &Tokens) -> bool {
        tokens.get("nhs").is_some_and(|number| self.numbers.contains(&number))
    }

    /// All identities of those who carry the number in any run.
    fn members(
        &self,
        indexes: &[Vec<Linked>],
        support: &[HashMap<i64, Support>],
    ) -> Result<HashMap<i64, Tokens>, StoreError> {
        let mut wanted = HashSet::new();
        for (index, support) in indexes.iter().zip(support) {
            let theirs = index.iter().filter(|linked| support.contains_key(&linked.person));
            wanted.extend(theirs.map(|linked| linked.identity));
        }
        let mut members: HashMap<i64, Tokens> = HashMap::new();
        self.for_each_identity(|id, tokens| {
            if wanted.contains(&id) {
                let known = members.entry(id).or_insert_with(|| tokens.clone());
                known.nhs_trusted |= tokens.nhs_trusted;
            }
        })?;
        Ok(members)
    }

    /// Whose number it is in a run, of those who carry it there.
    fn chosen(
        &self,
        index: &[Linked],
        mut support: HashMap<i64, Support>,
        members: &HashMap<i64, Tokens>,
    ) -> HashSet<i64> {
        for linked in index {
            let tokens = members.get(&linked.identity);
            if tokens.is_some_and(|tokens| tokens.nhs_trusted && !self.is_theirs(tokens)) {
                support.remove(&linked.person);
            }
        }
        let most = support.values().max().copied();
        support.retain(|_, support| Some(*support) == most);
        support.into_keys().collect()
    }

    /// Identities and persons of each run, where it gives them one.
    fn indexes(&self) -> Result<Vec<Vec<Linked>>, StoreError> {
        let mut known: HashMap<&Part, Vec<Linked>> = HashMap::new();
        let mut indexes = Vec::with_capacity(self.history.len());
        for run in self.history {
            let mut index = Vec::new();
            let table = run.tables.get("link.person_index");
            for part in table.into_iter().flat_map(|table| &table.parts) {
                if !known.contains_key(part) {
                    let names = ["identity_id", "person_id"];
                    let batches = self.store.columns(Zone::Parts, part, &names)?;
                    known.insert(part, batches.iter().flat_map(linked).collect());
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
            let tables = IDENTITIES.map(|name| run.tables.get(name));
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

/// How well the number is borne out for each person who carries it in a run.
fn support(index: &[Linked], bearers: &HashMap<i64, Support>) -> HashMap<i64, Support> {
    let mut support: HashMap<i64, Support> = HashMap::new();
    for linked in index {
        if let Some((trusted, all)) = bearers.get(&linked.identity) {
            let sum = support.entry(linked.person).or_default();
            *sum = (sum.0 + trusted, sum.1 + all);
        }
    }
    support
}

/// Persons of whom nothing is left without these identities.
fn emptied(index: &[Linked], identities: &HashSet<i64>) -> HashSet<i64> {
    let (gone, left): (Vec<&Linked>, Vec<&Linked>) =
        index.iter().partition(|linked| identities.contains(&linked.identity));
    let left: HashSet<i64> = left.into_iter().map(|linked| linked.person).collect();
    let gone = gone.into_iter().map(|linked| linked.person);
    gone.filter(|person| !left.contains(person)).collect()
}

/// An identity and the person whom a run gave it to.
#[derive(Clone, Copy)]
struct Linked {
    identity: i64,
    person: i64,
}

fn linked(batch: &RecordBatch) -> Vec<Linked> {
    let column = |name| batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
    let (Some(identities), Some(persons)) = (column("identity_id"), column("person_id")) else {
        return Vec::new();
    };
    let rows = (0..batch.num_rows()).filter(|row| persons.is_valid(*row));
    let linked = |row| Linked { identity: identities.value(row), person: persons.value(row) };
    rows.map(linked).collect()
}
