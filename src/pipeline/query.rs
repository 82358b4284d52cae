//! Reading the visible run: queries over its tables, and linkage held against a truth.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, Int64Array, RecordBatch, StringArray};

use super::built::{offer_run, rows_of};
use super::error::PipelineError;
use super::run::refuse_other_key;
use super::truth::Truth;
use super::unnumbered::unnumbered;
use super::zone::unlocked;
use crate::extract::columns_of;
use crate::link::{Evaluation, JudgedRecord, KeptApart, LinkReport, evaluate};
use crate::models::{Answer, Engine, Limits, Parameters, Settings, Value};
use crate::pseudonymise::MasterKey;
use crate::store::{AuditEntry, Manifest, Store, TableEntry};

/// The feed that holds everybody: its records anchor an evaluation.
pub(super) const ANCHOR: &str = "gp_registration";

/// Limits of the hub's own questions about everybody.
pub(super) const OF_EVERYBODY: Limits =
    Limits { rows: 50_000_000, seconds: 3_600, memory_bytes: 6 << 30 };

/// An engine with our functions and without tables.
///
/// # Errors
/// An engine that cannot be set up.
pub fn bare_engine() -> Result<Engine, PipelineError> {
    Ok(Engine::new(&Settings::default(), &crate::methods::sql::register)?)
}

/// The visible run of a store.
pub struct VisibleRun {
    /// The store.
    pub store: Store,
    /// The run.
    pub manifest: Manifest,
}

impl VisibleRun {
    /// Opens the visible run.
    ///
    /// # Errors
    /// [`PipelineError::NoRun`] where there is none.
    pub fn open(root: &Path) -> Result<Self, PipelineError> {
        let none = || PipelineError::NoRun { store: root.to_owned() };
        if !root.is_dir() {
            return Err(none());
        }
        let store = Store::open_existing(root)?;
        let manifest = store.current()?.ok_or_else(none)?;
        Ok(Self { store, manifest })
    }

    /// The run with its store's identity zone open.
    ///
    /// # Errors
    /// The wrong key; a zone that others can reach; a manifest that cannot be read.
    pub fn unlocked(self, key: &MasterKey) -> Result<Self, PipelineError> {
        refuse_other_key(&self.store, &key.id())?;
        Ok(Self { store: unlocked(self.store, key)?, ..self })
    }

    /// An engine over the run's tables, but for the identity zone.
    ///
    /// # Errors
    /// A part that cannot be read.
    pub fn engine(&self) -> Result<Engine, PipelineError> {
        let mut engine = bare_engine()?;
        offer_run(&mut engine, &self.store, &self.manifest)?;
        Ok(engine)
    }

    /// What linkage did in this run.
    #[must_use]
    pub fn link_report(&self) -> Option<LinkReport> {
        report_of(&self.store, &self.manifest)
    }

    fn table(&self, name: &str) -> Option<&TableEntry> {
        self.manifest.tables.get(name)
    }
}

/// By which id a person is known today who had this one at any time, and what became of it; no row if
/// nobody ever had it, or who had it is left out.
///
/// # Errors
/// A part that cannot be read.
pub fn resolve_person(run: &VisibleRun, person: i64) -> Result<Answer, PipelineError> {
    let parameters = Parameters::new().with("person", Value::Integer(person));
    let answer =
        run.engine()?.query(include_str!("resolve.sql"), &parameters, &Limits::default())?;
    let mut entry = AuditEntry::new("hub link resolve", &run.manifest.purpose);
    let ledger = run.table("link.ledger").and_then(|table| table.parts.first());
    entry.inputs.extend(ledger.map(|part| ("link.ledger".to_owned(), part.sha256.clone())));
    run.store.audit(entry)?;
    Ok(answer)
}

/// What linkage did in a run.
pub(super) fn report_of(store: &Store, run: &Manifest) -> Option<LinkReport> {
    let recipe = &run.tables.get("link.person_index")?.recipe;
    let made = store.recall(recipe)?;
    serde_json::from_value(made.summary.get("report")?.clone()).ok()
}

/// A record, what linkage says of it, and the truth.
pub(super) struct Judged<'a> {
    pub(super) feed: &'a str,
    pub(super) identity_id: Option<i64>,
    pub(super) person_id: Option<i64>,
    pub(super) has_number: bool,
    pub(super) true_person: &'a str,
}

/// Scores the visible run's links against a truth: CSVs of `file`, `line`, `person`; or, where a column
/// is named, files of the run that have it themselves. `apart` is a CSV of `person`, `new_person`: true
/// persons of whom it is counted whether they are joined.
///
/// # Errors
/// A truth or a part that cannot be read; a file that the run did not take in.
pub fn evaluate_linkage(
    run: &VisibleRun,
    truth: &[PathBuf],
    column: Option<&str>,
    apart: Option<&Path>,
) -> Result<Evaluation, PipelineError> {
    let truth = Truth::read(&run.manifest, truth, column)?;
    let persons = persons(run)?;
    let mut judged = Vec::new();
    for (name, entry) in &run.manifest.tables {
        let Some(feed) = name.strip_prefix("record.") else { continue };
        for batch in rows_of(&run.store, entry)? {
            let Some(columns) = RecordColumns::of(&batch) else { continue };
            for row in 0..batch.num_rows() {
                let (delivery, line) = (columns.delivery.value(row), columns.line.value(row));
                let Some(true_person) = truth.person(delivery, line) else { continue };
                let identity_id =
                    columns.identity.is_valid(row).then(|| columns.identity.value(row));
                let known = identity_id.and_then(|identity| persons.get(&identity).copied());
                let (person_id, has_number) = known.unwrap_or_default();
                judged.push(Judged { feed, identity_id, person_id, has_number, true_person });
            }
        }
    }
    let records: Vec<JudgedRecord<'_>> = judged
        .iter()
        .map(|&Judged { feed, person_id, true_person, .. }| JudgedRecord {
            feed,
            person_id,
            true_person,
        })
        .collect();
    let unnumbered = unnumbered(run, &judged)?;
    let apart = apart.map(|path| columns_of(path, ["person", "new_person"])).transpose()?;
    let shown = judged.iter().map(|one| (one.true_person, one.person_id, one.has_number));
    let apart = apart.map(|pairs| KeptApart::of(shown, &pairs));
    Ok(Evaluation { unnumbered, apart, ..evaluate(&records, ANCHOR) })
}

struct RecordColumns<'a> {
    delivery: &'a StringArray,
    line: &'a Int64Array,
    identity: &'a Int64Array,
}

impl<'a> RecordColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        Some(Self {
            delivery: batch.column_by_name("delivery")?.as_any().downcast_ref()?,
            line: batch.column_by_name("line")?.as_any().downcast_ref()?,
            identity: batch.column_by_name("identity_id")?.as_any().downcast_ref()?,
        })
    }
}

/// The person of each identity, and whether it carries a number.
fn persons(run: &VisibleRun) -> Result<HashMap<i64, (Option<i64>, bool)>, PipelineError> {
    let mut persons = HashMap::new();
    let Some(entry) = run.table("link.person_index") else { return Ok(persons) };
    for batch in rows_of(&run.store, entry)? {
        let int = |name: &str| batch.column_by_name(name)?.as_any().downcast_ref::<Int64Array>();
        let numbers = batch.column_by_name("has_number").and_then(|c| c.as_boolean_opt());
        let (Some(identity), Some(person)) = (int("identity_id"), int("person_id")) else {
            continue;
        };
        for row in 0..batch.num_rows() {
            let person_id = person.is_valid(row).then(|| person.value(row));
            let has_number = numbers.is_some_and(|numbers| numbers.value(row));
            persons.insert(identity.value(row), (person_id, has_number));
        }
    }
    Ok(persons)
}
