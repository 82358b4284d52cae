//! From an unprotected table to a released one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};

use super::layout::{Layout, Source};
use super::primary::{Judged, judge};
use super::protect::Protector;
use super::released::{Notes, Released, ReleasedColumn, Role, Status};
use super::secondary::hide_with_totals;
use super::table::Table;
use super::{DisclosureError, ReleaseSpec, RulePack};

/// Protects a table as its declaration and the rule pack say.
///
/// Rows and columns keep their order; columns that only decide (persons that are not shown) are
/// left out, and each measure is followed by a column with its status.
///
/// # Errors
/// If the declaration and the table don't fit: a column missing, undeclared, declared twice, or of
/// the wrong type; a cell twice; a negative count.
pub fn release(
    name: &str,
    batches: &[RecordBatch],
    spec: &ReleaseSpec,
    pack: &RulePack,
) -> Result<Released, DisclosureError> {
    let table = Table::new(name, batches)?;
    let layout = Layout::new(&table, spec)?;
    let judgement = Judgement::new(&table, spec, &layout, pack)?;
    let mut protector = Protector::new(&table, spec, &layout, &judgement.groups, pack);
    let mut columns = Columns::default();
    for (column, source) in &layout.columns {
        if *source == Source::Dropped {
            continue;
        }
        let block = layout.block_of(column);
        let array = protector.column(column, *source)?;
        columns.push(column, source.role(), block.map(|b| b.status_column.clone()), array);
        for block in layout.blocks.iter().filter(|block| block.status_after == *column) {
            let letters = protector.status(block)?;
            columns.push(&block.status_column, Role::Status, None, letters);
        }
    }
    let notes = judgement.notes(pack, table.n_rows());
    columns.into_released(name, spec, notes)
}

/// What is hidden, for each group of measures.
struct Judgement {
    groups: Vec<Judged>,
}

impl Judgement {
    fn new(
        table: &Table,
        spec: &ReleaseSpec,
        layout: &Layout,
        pack: &RulePack,
    ) -> Result<Self, DisclosureError> {
        let keys = table.keys(&spec.dimensions)?;
        let mut groups: Vec<Judged> = Vec::new();
        for group in &layout.groups {
            let mut judged = judge(table, group, pack)?;
            if let Some(row) = groups.first() {
                judged.hide_where_confidential(row);
            }
            groups.push(judged);
        }
        for judged in &mut groups {
            hide_with_totals(table, spec, &keys, judged)?;
        }
        Ok(Self { groups })
    }

    fn notes(&self, pack: &RulePack, n_rows: usize) -> Notes {
        let count = |status: Status| {
            let all = self.groups.iter().flat_map(|judged| &judged.status);
            all.filter(|s| **s == Some(status)).count()
        };
        Notes {
            rule_pack: pack.name.clone(),
            rules: pack.summary.clone(),
            source: pack.source.clone(),
            audience: pack.audience,
            hide_up_to: pack.hide_up_to,
            rounding_step: pack.rounding.unit(),
            n_rows,
            n_confidential: count(Status::Confidential),
            n_secondary: count(Status::Secondary),
            n_none_or_all: self.groups.iter().map(|judged| judged.n_none_or_all).sum(),
        }
    }
}

/// The protected columns so far.
#[derive(Default)]
struct Columns {
    described: Vec<ReleasedColumn>,
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn push(&mut self, name: &str, role: Role, status_column: Option<String>, array: ArrayRef) {
        self.fields.push(Field::new(name, array.data_type().clone(), true));
        self.described.push(ReleasedColumn { name: name.to_owned(), role, status_column });
        self.arrays.push(array);
    }

    fn into_released(
        self,
        name: &str,
        spec: &ReleaseSpec,
        notes: Notes,
    ) -> Result<Released, DisclosureError> {
        let table = name.to_owned();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays)
            .map_err(|source| DisclosureError::Table { table: table.clone(), source })?;
        let index: BTreeMap<String, usize> =
            self.described.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect();
        Ok(Released {
            name: table,
            spec: spec.clone(),
            batch,
            columns: self.described,
            index,
            notes,
        })
    }
}

/// Statuses as the letters that stand in the release.
pub(super) fn letters(statuses: &[Option<Status>]) -> ArrayRef {
    let letters: StringArray = statuses.iter().map(|s| s.map(Status::as_str)).collect();
    Arc::new(letters)
}
