//! One night's linkage: identities in, person index and ledger out.

use std::sync::Arc;

use arrow::array::{BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field as Column, Schema, SchemaRef};
use jiff::civil::Date;

use super::clusters::Clusters;
use super::crosswalk::SaidSame;
use super::error::LinkError;
use super::holdout::{Outcome, draw, hold_out};
use super::identities::Identities;
use super::ladder::{Partition, climb};
use super::ledger::{self, LedgerRow};
use super::ledger_identity;
use super::parameters::Parameters;
use super::person_ids::{Persons, assign};
use super::previous::Previous;
use super::report::LinkReport;
use super::settings::Settings;
use super::step::{Status, Step};
use super::tally::tally;
use super::weighed::{Evidence, Model};

/// What linkage hands on.
#[derive(Debug, Clone)]
pub struct Linked {
    /// One row per identity, ordered by it: `identity_id`, `person_id` (null if it carries too
    /// little), `step` (null if it is linked to none), `status`, `has_number` (whether it carries an
    /// NHS number that is no dummy), `holdout` (where it ended up with the
    /// number of some of its records hidden; null if of none); of who is linked by step 6 the `weight`
    /// in bits, the `probability`, the `evidence` field by field, the `model_version`.
    pub person_index: RecordBatch,
    /// Every line of the ledger, tonight's last: `person_id`, `became_person_id`, `change`, `on`,
    /// `present_person_id`.
    pub ledger: RecordBatch,
    /// Whose each identity is by the ledger: `identity_id`, `person_id`, `since_on`, the date of the run
    /// from which on it has been theirs.
    pub ledger_identity: RecordBatch,
    /// What was done, in counts.
    pub summary: LinkReport,
}

/// Links identities into persons.
///
/// `said` is what is declared of numbers and pseudonyms. `person_id` makes the id of a person
/// founded on an identity: a keyed, positive hash. The same arguments give the same bytes, whatever
/// the order of the identities' rows and the number of threads.
///
/// # Errors
/// Blocking failed, or a table cannot be built.
pub fn link(
    identities: &Identities,
    said: &SaidSame,
    previous: &Previous,
    settings: &Settings,
    person_id: &(dyn Fn(i64) -> i64 + Sync),
    as_at: Date,
) -> Result<Linked, LinkError> {
    let partition = climb(identities, said, settings)?;
    let holdout = hold_out(identities, said, settings, &partition, &draw)?;
    let is_somebody = |row: u32| partition.statuses[row as usize] != Status::TooLittleData;
    let by_identity = number_persons(identities, &partition.clusters, &is_somebody);
    let persons = Persons::new(by_identity.clone());
    let (ids, changes) = assign(&persons, previous, person_id, as_at);
    let is_frozen = settings.frozen.is_some();
    let model = Parameters::of(&partition.evidence, &settings.weighed, is_frozen);
    let summary = LinkReport { model, ..tally(identities, &partition, persons.len(), &changes) };
    let person_index = person_index(identities, &partition, &holdout, &by_identity, &ids)?;
    let lines: Vec<LedgerRow> = previous.ledger.iter().copied().chain(changes).collect();
    let whose = by_identity.iter().map(|&(identity, at)| (identity, ids[at as usize]));
    let since = ledger_identity::lines(whose, &previous.since, as_at);
    let ledger_identity = ledger_identity::to_batch(&since)?;
    Ok(Linked { person_index, ledger: ledger::to_batch(&lines)?, ledger_identity, summary })
}

/// Identity and person, in the order of identities; persons are numbered as they first appear.
pub(super) fn number_persons(
    identities: &Identities,
    clusters: &Clusters,
    is_somebody: &dyn Fn(u32) -> bool,
) -> Vec<(i64, u32)> {
    let mut person_of_root = vec![0; identities.len()];
    let mut next = 0;
    let mut pairs = Vec::with_capacity(identities.len());
    for (row, &identity) in identities.rows().zip(identities.ids()) {
        if !is_somebody(row) {
            continue;
        }
        let root = clusters.root(row) as usize;
        if root == row as usize {
            person_of_root[root] = next;
            next += 1;
        }
        pairs.push((identity, person_of_root[root]));
    }
    pairs
}

/// Columns of `link.person_index`.
#[must_use]
pub fn person_index_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Column::new("identity_id", DataType::Int64, false),
        Column::new("person_id", DataType::Int64, true),
        Column::new("step", DataType::Utf8, true),
        Column::new("status", DataType::Utf8, false),
        Column::new("has_number", DataType::Boolean, false),
        Column::new("holdout", DataType::Utf8, true),
        Column::new("weight", DataType::Float64, true),
        Column::new("probability", DataType::Float64, true),
        Column::new("evidence", DataType::Utf8, true),
        Column::new("model_version", DataType::Utf8, true),
    ]))
}

fn person_index(
    identities: &Identities,
    partition: &Partition,
    holdout: &[Option<Outcome>],
    by_identity: &[(i64, u32)],
    ids: &[i64],
) -> Result<RecordBatch, LinkError> {
    let mut with_person = by_identity.iter().peekable();
    let persons: Int64Array = identities
        .ids()
        .iter()
        .map(|identity| {
            let found = with_person.next_if(|(other, _)| other == identity);
            found.map(|&(_, person)| ids[person as usize])
        })
        .collect();
    let steps: StringArray =
        identities.rows().map(|row| partition.clusters.step(row).map(Step::label)).collect();
    let statuses = partition.statuses.iter().map(|status| status.word());
    let numbers = partition.numbers.present.iter();
    let has_number: BooleanArray = numbers.map(|&number| Some(number != 0)).collect();
    let decided = &partition.evidence;
    let evidence = || identities.rows().map(|row| decided.evidence.get(&row));
    let version = decided.model.as_ref().map(Model::version);
    let words = evidence().map(|one| one.map(|one| decided.words(one)));
    let outcomes = holdout.iter().map(|outcome| outcome.map(Outcome::word));
    Ok(RecordBatch::try_new(
        person_index_schema(),
        vec![
            Arc::new(Int64Array::from_iter_values(identities.ids().iter().copied())),
            Arc::new(persons),
            Arc::new(steps),
            Arc::new(StringArray::from_iter_values(statuses)),
            Arc::new(has_number),
            Arc::new(outcomes.collect::<StringArray>()),
            Arc::new(evidence().map(|one| one.map(Evidence::bits)).collect::<Float64Array>()),
            Arc::new(
                evidence().map(|one| one.map(Evidence::probability)).collect::<Float64Array>(),
            ),
            Arc::new(words.collect::<StringArray>()),
            Arc::new(evidence().map(|one| one.and(version.as_deref())).collect::<StringArray>()),
        ],
    )?)
}
