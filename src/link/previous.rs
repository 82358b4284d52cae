//! What the previous run leaves to this one: who had which id, and the ledger.

use arrow::array::RecordBatch;

use super::error::LinkError;
use super::ledger::{Change, LedgerRow};
use super::ledger_identity::{self, Since};
use super::table::Table;
use crate::domain::from_days_since_epoch;

/// The previous run's person index and ledger; the default is the first night.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Previous {
    /// Identity and person, ordered by identity; identities without a person are left out.
    pub index: Vec<(i64, i64)>,
    /// Every line of the ledger so far.
    pub ledger: Vec<LedgerRow>,
    /// Whose each identity is by the ledger, and since when; ordered by identity.
    pub(crate) since: Vec<Since>,
}

impl Previous {
    /// Reads the tables that `link` made on the night before.
    ///
    /// # Errors
    /// A column is missing, of another type or null, or holds a word that the ledger does not know.
    pub fn from_batches(
        person_index: &[RecordBatch],
        ledger: &[RecordBatch],
    ) -> Result<Self, LinkError> {
        let table = Table::new("person index", person_index);
        let people = table.int64_or_null("person_id")?;
        let rows = table.int64("identity_id")?.into_iter().zip(people);
        let mut index: Vec<(i64, i64)> =
            rows.filter_map(|(identity, person)| Some((identity, person?))).collect();
        index.sort_unstable();
        let ledger = read_ledger(Table::new("ledger", ledger))?;
        Ok(Self { index, ledger, since: Vec::new() })
    }

    /// The same with the ledger's lines of identities.
    ///
    /// # Errors
    /// A column of them is missing, of another type or null.
    pub fn with_identities(self, identities: &[RecordBatch]) -> Result<Self, LinkError> {
        Ok(Self { since: ledger_identity::from_batches(identities)?, ..self })
    }

    /// Reads the ledger alone, where the person index is lost: it says whose each identity was, too.
    ///
    /// # Errors
    /// As [`Self::from_batches`].
    pub fn replayed(ledger: &[RecordBatch], identities: &[RecordBatch]) -> Result<Self, LinkError> {
        let since = ledger_identity::from_batches(identities)?;
        let index = since.iter().map(|&(identity, person, _)| (identity, person)).collect();
        Ok(Self { index, ledger: read_ledger(Table::new("ledger", ledger))?, since })
    }
}

fn read_ledger(table: Table) -> Result<Vec<LedgerRow>, LinkError> {
    let (ids, became) = (table.int64("person_id")?, table.int64("became_person_id")?);
    let (words, days) = (table.texts("change")?, table.days("on")?);
    let mut rows = Vec::with_capacity(ids.len());
    for (at, &person_id) in ids.iter().enumerate() {
        let change = Change::ALL.into_iter().find(|change| change.word() == words[at]);
        let known = |column, expected| LinkError::WrongType { table: "ledger", column, expected };
        rows.push(LedgerRow {
            on: from_days_since_epoch(days[at]).ok_or(known("on", "a date"))?,
            person_id,
            became_person_id: became[at],
            change: change.ok_or(known("change", "one of `new`, `merged`, `split`"))?,
        });
    }
    Ok(rows)
}
