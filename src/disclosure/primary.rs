//! Primary suppression: which rows rest on too few persons.

use arrow::array::{Array, Int64Array};

use super::spec::GroupSpec;
use super::table::Table;
use super::{DisclosureError, RulePack, Status};

/// The status of each row of one group of measures, and what it rests on.
pub(super) struct Judged {
    pub(super) status: Vec<Option<Status>>,
    pub(super) persons: Int64Array,
    /// Rows in which nobody, or everybody, of a group has what is counted.
    pub(super) n_none_or_all: usize,
}

impl Judged {
    /// Hides the rows that few persons hide in `other`.
    pub(super) fn hide_where_confidential(&mut self, other: &Self) {
        for (status, other) in self.status.iter_mut().zip(&other.status) {
            if *other == Some(Status::Confidential) {
                *status = Some(Status::Confidential);
            }
        }
    }
}

/// Judges the rows of one group of measures.
///
/// A row is hidden if its persons, any of its counts, or the people of the group who are *not*
/// among the persons are too few, and where the number of persons is missing although something is
/// counted. A row without any count has nothing to show.
pub(super) fn judge(
    table: &Table,
    group: &GroupSpec,
    pack: &RulePack,
) -> Result<Judged, DisclosureError> {
    let persons = table.counts(&group.persons)?;
    let counts = group.counts.iter().map(|c| table.counts(c)).collect::<Result<Vec<_>, _>>()?;
    let out_of = group.out_of.as_deref().map(|c| table.counts(c)).transpose()?;
    let mut status = Vec::with_capacity(table.n_rows());
    let mut n_none_or_all = 0;
    for row in 0..table.n_rows() {
        let cell = |array: &Int64Array| (!array.is_null(row)).then(|| array.value(row));
        let n_persons = cell(&persons);
        let is_small = |n: Option<i64>| n.is_some_and(|n| pack.hides(n));
        let mut hide = is_small(n_persons) || counts.iter().any(|c| is_small(cell(c)));
        if let (Some(of), Some(n)) = (out_of.as_ref().and_then(cell), n_persons) {
            if of < n {
                return Err(DisclosureError::PersonsExceedGroup {
                    table: table.name.clone(),
                    column: group.out_of.clone().unwrap_or_default(),
                });
            }
            // Nobody outside is no small number of people outside, under every pack.
            hide |= of > n && pack.hides(of - n);
            n_none_or_all += usize::from(of > 0 && (n == 0 || n == of));
        }
        let is_empty = n_persons.is_none() && counts.iter().all(|c| cell(c).is_none());
        hide |= n_persons.is_none() && !is_empty && pack.hide_up_to > 0;
        status.push(match (is_empty, hide) {
            (true, _) => Some(Status::NotAvailable),
            (false, true) => Some(Status::Confidential),
            (false, false) => None,
        });
    }
    Ok(Judged { status, persons, n_none_or_all })
}
