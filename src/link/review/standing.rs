//! How the identities of a night that is over stand: who is together, and by which step.

use std::collections::BTreeMap;

use super::Reviewed;
use crate::link::clusters::Clusters;
use crate::link::decision::{Bonds, DecidedPair, Verdict};
use crate::link::error::LinkError;
use crate::link::identities::Identities;
use crate::link::superseded::present_numbers;
use crate::link::table::Table;

/// The identities with their persons, as the person index has them.
pub(super) struct Standing<'a> {
    pub(super) identities: &'a Identities,
    pub(super) clusters: Clusters,
    /// The number that each row stands for, 0 for none or one that is nobody's.
    pub(super) present: Vec<u32>,
    pub(super) steps: Vec<&'a str>,
    pub(super) statuses: Vec<&'a str>,
    /// Records of each row.
    pub(super) n_records: Vec<u64>,
    pub(super) decided: &'a [DecidedPair],
    /// Rows of which it is decided that they are two people's.
    apart: Vec<(u32, u32)>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(night: Reviewed<'a>) -> Result<Self, LinkError> {
        let Reviewed { identities, person_index, said, settings } = night;
        let table = Table::new("person index", person_index);
        if table.int64("identity_id")? != identities.ids() {
            return Err(LinkError::OtherIdentities);
        }
        let persons = table.int64_or_null("person_id")?;
        let has_number = table.flags("has_number")?;
        let mut present = present_numbers(identities, &said.superseded);
        for (number, has_number) in present.iter_mut().zip(has_number) {
            *number = if has_number { *number } else { 0 };
        }
        let trusted = identities.rows().zip(&present);
        let trusted =
            trusted.map(|(row, &number)| if identities.trusted(row) { number } else { 0 });
        let mut clusters = Clusters::as_left(trusted.collect(), &roots(&persons));
        clusters.appear_once(identities.feed_bits(&settings.weighed.one_per_feed));
        let bonds = Bonds::of(&said.decided, identities);
        bonds.keep_apart(&mut clusters);
        let mut n_records = vec![0; identities.len()];
        for seen in identities.occurrences() {
            n_records[seen.row as usize] += seen.n_records;
        }
        Ok(Self {
            identities,
            clusters,
            present,
            steps: table.texts("step")?,
            statuses: table.texts("status")?,
            n_records,
            decided: &said.decided,
            apart: bonds.different().collect(),
        })
    }

    /// The feeds in which an identity comes.
    pub(super) fn feeds(&self, row: u32) -> Vec<String> {
        let seen = self.identities.occurrences();
        let from = seen.partition_point(|one| one.row < row);
        let of_row = seen[from..].iter().take_while(|one| one.row == row);
        of_row.map(|one| self.identities.feeds()[usize::from(one.feed)].clone()).collect()
    }

    /// How many records the person of a row has.
    pub(super) fn n_records_of_person(&self, row: u32) -> u64 {
        self.clusters.members(row).map(|member| self.n_records[member as usize]).sum()
    }

    /// Whether somebody of the person of a row carries a number that is no dummy.
    pub(super) fn has_number(&self, row: u32) -> bool {
        self.clusters.members(row).any(|member| self.present[member as usize] != 0)
    }

    /// The lines by which it is decided that the two rows' persons are two.
    pub(super) fn parted_by(&self, left: u32, right: u32) -> Vec<u64> {
        let (left, right) = (self.clusters.root(left), self.clusters.root(right));
        let is_between = |&(one, other): &(u32, u32)| {
            let roots = (self.clusters.root(one), self.clusters.root(other));
            roots == (left, right) || roots == (right, left)
        };
        let ids = self.identities.ids();
        let between: Vec<[i64; 2]> = self
            .apart
            .iter()
            .filter(|pair| is_between(pair))
            .map(|&(one, other)| [ids[one as usize], ids[other as usize]])
            .collect();
        let is_of = |one: &&DecidedPair| {
            one.verdict == Verdict::Different
                && one
                    .identities
                    .is_some_and(|[a, b]| between.contains(&[a, b]) || between.contains(&[b, a]))
        };
        self.decided.iter().filter(is_of).map(|one| one.line).collect()
    }
}

/// The smallest row of each row's person; a row that belongs to nobody is by itself.
fn roots(persons: &[Option<i64>]) -> Vec<u32> {
    let mut first = BTreeMap::new();
    let root = |(row, person): (u32, &Option<i64>)| match person {
        Some(person) => *first.entry(*person).or_insert(row),
        None => row,
    };
    (0..).zip(persons).map(root).collect()
}
