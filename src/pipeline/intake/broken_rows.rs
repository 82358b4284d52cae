//! How many rows each threshold of a contract counts: a row once, whatever the number of its faults.
//!
//! Costs nothing for rows without a fault, and nothing at all where the contract has no threshold.

use crate::contract::{Contract, Rule, Threshold};

/// A fault of a row: the row's place in the block, the column, the rule.
pub(super) type FaultAt = (usize, Option<u16>, Rule);

/// The rows that each threshold counts, in the order of the contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BrokenRows {
    n_rows: Vec<u64>,
}

impl BrokenRows {
    /// None yet.
    pub(super) fn none(contract: &Contract) -> Self {
        Self { n_rows: vec![0; contract.thresholds.len()] }
    }

    /// Those of a block, whose faults come rule by rule and column by column.
    pub(super) fn of(
        contract: &Contract,
        n_rows: usize,
        faults: &(impl Iterator<Item = FaultAt> + Clone),
    ) -> Self {
        let count = |threshold| count(contract, threshold, n_rows, faults.clone());
        Self { n_rows: contract.thresholds.iter().map(count).collect() }
    }

    /// Adds those of another block.
    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.n_rows.iter_mut().zip(&other.n_rows) {
            *mine += theirs;
        }
    }

    /// Adds a row, or a line that is none, which has no other fault.
    pub(super) fn add_one(&mut self, contract: &Contract, rule: Rule, column: Option<u16>) {
        for (n_rows, threshold) in self.n_rows.iter_mut().zip(&contract.thresholds) {
            *n_rows += u64::from(contract.is_about(threshold, rule, column));
        }
    }

    /// In the order of the thresholds.
    pub(super) fn as_slice(&self) -> &[u64] {
        &self.n_rows
    }
}

fn count(
    contract: &Contract,
    threshold: &Threshold,
    n_rows: usize,
    faults: impl Iterator<Item = FaultAt>,
) -> u64 {
    let mut is_counted = Vec::new();
    let mut n_counted = 0;
    // The next fault is mostly of the same rule in the same column as the last.
    let mut last = (None, false);
    for (row, column, rule) in faults {
        if last.0 != Some((column, rule)) {
            last = (Some((column, rule)), contract.is_about(threshold, rule, column));
        }
        if last.1 {
            is_counted.resize(n_rows, false);
            n_counted += u64::from(!std::mem::replace(&mut is_counted[row], true));
        }
    }
    n_counted
}
