//! Opt-outs: whom a purpose may not see, worked out after linkage from all history, every run.
//!
//! A person is left out as a whole: if one number of theirs is not on the list of allowed numbers,
//! every row of theirs is, those that were linked without a number too. A type-1 opt-out leaves out
//! what came from practices only. Nothing is deleted: rows are left out where tables are offered to
//! SQL, so that an opt-out and its withdrawal both take effect with the next list, and a table from
//! which nobody is left out is made from the same recipe as ever.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt64Type};
use serde::{Deserialize, Serialize};

use super::checked::Checked;
use super::error::PipelineError;
use super::linked::LinkedParts;
use super::opt_out_list::{findings, tokens_of};
use super::taken::Taken;
use super::type1;
use crate::models::{Engine, InputParts, LeftOut};
use crate::store::{KeptList, Manifest, OptOutEntry, Part, Recipe, Store, Zone, sha256_hex};

const PERSON_INDEX: &str = "link.person_index";
const LEDGER: &str = "link.ledger";

/// What a run leaves out, by table.
#[derive(Debug, Default)]
pub(super) struct Exclusion {
    /// Ids, ascending: identities of records and of the person index, persons of the ledger.
    pub(super) by_table: BTreeMap<String, Vec<i64>>,
    /// What the manifest says; `None` if no opt-out applies.
    pub(super) entry: Option<OptOutEntry>,
    /// How many.
    pub(super) counts: Counts,
    /// What was wrong with the list, as a part of `quality.finding`.
    pub(super) finding: Option<Part>,
}

/// Persons by what is known of their opt-outs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All persons.
    pub n_persons: u64,
    /// Persons without any NHS number: the list says nothing of them.
    pub n_without_number: u64,
    /// Persons left out by the national data opt-out.
    pub n_national: u64,
    /// Other persons of whom what practices hold is left out.
    pub n_type1: u64,
}

/// What whom to leave out is worked out from.
pub(super) struct Known<'a> {
    pub(super) checked: &'a Checked,
    pub(super) store: &'a Store,
    pub(super) taken: &'a [Taken],
    pub(super) linked: &'a LinkedParts,
    pub(super) list: Option<&'a KeptList>,
}

impl Known<'_> {
    /// Whom to leave out, worked out or found again.
    ///
    /// # Errors
    /// A part that cannot be read or written.
    pub(super) fn exclusion(&self) -> Result<Exclusion, PipelineError> {
        let has_type1 = self.checked.pipeline.declared_purpose()?.type1_opt_out.applies();
        if self.list.is_none() && !has_type1 {
            return Ok(Exclusion::default());
        }
        let recipe = self.recipe(has_type1);
        let found = self.store.recall(&recipe).and_then(|made| self.remembered(&made));
        if let Some(found) = found {
            return Ok(found);
        }
        let entries = if has_type1 { self.entries().read()? } else { Vec::new() };
        let (by_table, counts) = self.work_out(&entries)?;
        let left_out = write(self.store, &by_table)?;
        let outputs = left_out.iter().map(|part| (Zone::LeftOut, part.clone()));
        let outputs = outputs.map(|output| ("left_out".to_owned(), output)).collect();
        let summary = serde_json::to_value(counts).unwrap_or(serde_json::Value::Null);
        self.store.remember(&recipe, &Recipe { outputs, summary })?;
        let finding = self.finding()?;
        Ok(Exclusion { by_table, entry: Some(self.entry(left_out)), counts, finding })
    }

    fn finding(&self) -> Result<Option<Part>, PipelineError> {
        let found = self.list.map(|list| findings(self.store, list)).transpose()?;
        Ok(found.flatten())
    }

    /// Everything that it depends on.
    fn recipe(&self, has_type1: bool) -> String {
        let mut parts = vec!["opt_outs".to_owned(), env!("CARGO_PKG_VERSION").to_owned()];
        parts.push(self.linked.person_index.sha256.clone());
        parts.push(self.list.map_or_else(String::new, |list| list.tokens.sha256.clone()));
        let mut taken: Vec<String> = self
            .taken
            .iter()
            .map(|one| format!("{} {}", one.entry.feed, one.identities.sha256))
            .collect();
        taken.sort();
        parts.extend(taken);
        if has_type1 {
            parts.push("type-1".to_owned());
            parts.extend(self.entries().recipe());
        }
        sha256_hex(parts.join("\n").as_bytes())
    }

    fn entries(&self) -> type1::Entries<'_> {
        let Self { checked, store, taken, linked, .. } = self;
        type1::Entries { checked, store, taken, linked }
    }

    fn remembered(&self, made: &Recipe) -> Option<Exclusion> {
        let counts = serde_json::from_value(made.summary.clone()).ok()?;
        let left_out = made.outputs.get("left_out").map(|(_, part)| part.clone());
        let by_table = read(self.store, left_out.as_ref()).ok()?;
        let finding = self.finding().ok()?;
        Some(Exclusion { by_table, entry: Some(self.entry(left_out)), counts, finding })
    }

    fn entry(&self, left_out: Option<Part>) -> OptOutEntry {
        OptOutEntry {
            as_of: self.list.map(|list| list.as_of.clone()),
            list_sha256: self.list.map(|list| list.sha256.clone()),
            left_out,
        }
    }

    fn work_out(
        &self,
        entries: &[type1::Entry],
    ) -> Result<(BTreeMap<String, Vec<i64>>, Counts), PipelineError> {
        let index = PersonIndex::read(self.store, &self.linked.person_index)?;
        let allowed = self.list.map(|list| tokens_of(self.store, list)).transpose()?;
        let (mut national, mut with_number) = (HashSet::new(), HashSet::new());
        for one in self.taken {
            for (identity, token) in numbers(self.store, &one.identities)? {
                let who = index.who(identity);
                with_number.insert(who);
                if allowed.as_ref().is_some_and(|list| list.binary_search(&token).is_err()) {
                    national.insert(who);
                }
            }
        }
        let practices: HashSet<Who> =
            dissenters(entries).filter(|who| !national.contains(who)).collect();
        let feeds = type1::feeds(&self.checked.pipeline, &self.checked.contracts);
        let mut by_table: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for one in self.taken {
            let from_practices = feeds.contains(&one.entry.feed);
            let table = by_table.entry(format!("record.{}", one.entry.feed)).or_default();
            for identity in identities(self.store, &one.identities)? {
                let who = index.who(identity);
                if national.contains(&who) || (from_practices && practices.contains(&who)) {
                    table.insert(identity);
                }
            }
        }
        let all = index.identities.iter().copied();
        let all = all.filter(|identity| national.contains(&index.who(*identity)));
        by_table.insert(PERSON_INDEX.to_owned(), all.collect());
        by_table.insert(LEDGER.to_owned(), persons(&national).collect());
        by_table.retain(|_, ids| !ids.is_empty());
        let everybody: HashSet<i64> = index.persons.iter().copied().flatten().collect();
        let counts = Counts {
            n_persons: everybody.len() as u64,
            n_without_number: (everybody.len() - persons(&with_number).count()) as u64,
            n_national: persons(&national).count() as u64,
            n_type1: persons(&practices).count() as u64,
        };
        let by_table = by_table.into_iter().map(|(name, ids)| (name, ids.into_iter().collect()));
        Ok((by_table.collect(), counts))
    }
}

impl Exclusion {
    /// What a published run leaves out.
    ///
    /// # Errors
    /// A part that cannot be read: then nothing may be shown.
    pub(super) fn of_run(store: &Store, manifest: &Manifest) -> Result<Self, PipelineError> {
        let by_table = read(store, manifest.left_out())?;
        Ok(Self { by_table, entry: manifest.opt_out.clone(), ..Self::default() })
    }

    /// Persons left out as a whole, ascending.
    pub(super) fn persons(&self) -> &[i64] {
        self.by_table.get(LEDGER).map_or(&[], Vec::as_slice)
    }

    /// Leaves the rows out of every table that the engine has been offered.
    ///
    /// # Errors
    /// A table that lacks the column of ids: then it may not be shown.
    pub(super) fn apply(&self, engine: &mut Engine) -> Result<(), PipelineError> {
        for (table, ids) in &self.by_table {
            if engine.table(table).is_some() {
                let ids: Arc<LeftOut> = Arc::new(ids.iter().copied().collect());
                engine.leave_out(table, columns(table), &ids)?;
            }
        }
        Ok(())
    }

    /// Adds to what models are made from what is left out of it.
    pub(super) fn add_to(&self, inputs: &mut InputParts) {
        for (table, ids) in &self.by_table {
            let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
            inputs
                .entry(table.clone())
                .or_default()
                .push(format!("without {}", sha256_hex(&bytes)));
        }
    }
}

/// The columns of a table whose ids are left out.
fn columns(table: &str) -> &'static [&'static str] {
    match table {
        LEDGER => &["person_id", "became_person_id", "present_person_id"],
        _ => &["identity_id"],
    }
}

/// Whom an identity is about: a person, or itself alone if it carries too little to be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Person(i64),
    Identity(i64),
}

fn persons(all: &HashSet<Who>) -> impl Iterator<Item = i64> {
    all.iter().filter_map(|who| match who {
        Who::Person(person) => Some(*person),
        Who::Identity(_) => None,
    })
}

/// Identities, ascending, and their persons.
struct PersonIndex {
    identities: Vec<i64>,
    persons: Vec<Option<i64>>,
}

impl PersonIndex {
    fn read(store: &Store, part: &Part) -> Result<Self, PipelineError> {
        let (mut identities, mut persons) = (Vec::new(), Vec::new());
        for batch in store.columns(Zone::Parts, part, &["identity_id", "person_id"])? {
            identities.extend(ints(&batch, "identity_id").flatten());
            persons.extend(ints(&batch, "person_id"));
        }
        Ok(Self { identities, persons })
    }

    fn who(&self, identity: i64) -> Who {
        let place = self.identities.binary_search(&identity).ok();
        let person = place.and_then(|place| self.persons[place]);
        person.map_or(Who::Identity(identity), Who::Person)
    }
}

/// Those whose latest entry dissents.
fn dissenters(entries: &[type1::Entry]) -> impl Iterator<Item = Who> + use<> {
    let mut latest: HashMap<i64, (i32, bool)> = HashMap::new();
    for (person, day, dissents) in entries {
        let entry = latest.entry(*person).or_insert((*day, *dissents));
        *entry = (*entry).max((*day, *dissents));
    }
    let dissents = latest.into_iter().filter(|(_, (_, dissents))| *dissents);
    dissents.map(|(person, _)| Who::Person(person))
}

/// Identities of a delivery that carry a number, with its token.
fn numbers(store: &Store, part: &Part) -> Result<Vec<(i64, u64)>, PipelineError> {
    let mut numbers = Vec::new();
    for batch in store.columns(Zone::Identities, part, &["identity_id", "nhs"])? {
        let tokens = batch.column_by_name("nhs").map(AsArray::as_primitive::<UInt64Type>);
        let tokens = tokens.into_iter().flatten();
        let pairs = ints(&batch, "identity_id").zip(tokens);
        numbers.extend(pairs.filter_map(|(identity, token)| identity.zip(token)));
    }
    Ok(numbers)
}

fn identities(store: &Store, part: &Part) -> Result<Vec<i64>, PipelineError> {
    let batches = store.columns(Zone::Identities, part, &["identity_id"])?;
    Ok(batches.iter().flat_map(|batch| ints(batch, "identity_id").flatten()).collect())
}

fn ints<'a>(batch: &'a RecordBatch, name: &str) -> impl Iterator<Item = Option<i64>> + use<'a> {
    let column = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
    column.into_iter().flatten()
}

/// Writes ids by table; `None` if nobody is left out.
fn write(
    store: &Store,
    by_table: &BTreeMap<String, Vec<i64>>,
) -> Result<Option<Part>, PipelineError> {
    if by_table.is_empty() {
        return Ok(None);
    }
    let schema = Arc::new(Schema::new(vec![
        Field::new("table_name", DataType::Utf8, false),
        Field::new("id", DataType::Int64, false),
    ]));
    let mut writer = store.writer(Zone::LeftOut, Arc::clone(&schema))?;
    for (table, ids) in by_table {
        let names: StringArray = ids.iter().map(|_| Some(table)).collect();
        let ids = Int64Array::from(ids.clone());
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(names), Arc::new(ids)]);
        writer.write(&batch.expect("two columns of the declared types, both of one length"))?;
    }
    Ok(Some(writer.finish()?))
}

fn read(store: &Store, part: Option<&Part>) -> Result<BTreeMap<String, Vec<i64>>, PipelineError> {
    let mut by_table: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let Some(part) = part else { return Ok(by_table) };
    for batch in store.read(Zone::LeftOut, part)? {
        let tables = batch.column(0).as_string::<i32>();
        for (table, id) in tables.iter().zip(ints(&batch, "id")) {
            if let (Some(table), Some(id)) = (table, id) {
                match by_table.get_mut(table) {
                    Some(ids) => ids.push(id),
                    None => drop(by_table.insert(table.to_owned(), vec![id])),
                }
            }
        }
    }
    Ok(by_table)
}
