//! Counts a partition for the report.

use std::collections::BTreeMap;

use super::field::Field;
use super::identities::Identities;
use super::ladder::Partition;
use super::ledger::LedgerRow;
use super::report::{FeedCounts, KeyCounts, LinkReport, NumberCounts};
use super::step::{Status, Step};
use super::unlinkable::unlinkable;

/// The report of a partition into `n_persons` and of tonight's changes to the ledger.
pub(crate) fn tally(
    identities: &Identities,
    partition: &Partition,
    n_persons: usize,
    changes: &[LedgerRow],
) -> LinkReport {
    let mut by_change = BTreeMap::new();
    for row in changes {
        *by_change.entry(row.change.word().to_owned()).or_insert(0) += 1;
    }
    LinkReport {
        n_identities: identities.len() as u64,
        n_records: identities.occurrences().iter().map(|seen| seen.n_records).sum(),
        n_persons: n_persons as u64,
        feeds: feeds(identities, partition),
        keys: keys(partition),
        numbers: numbers(identities, partition),
        changes: by_change,
        decisions: partition.decisions.clone(),
        unlinkable: unlinkable(identities, partition),
        model: None,
    }
}

fn feeds(identities: &Identities, partition: &Partition) -> Vec<FeedCounts> {
    let named = |feed: &String| FeedCounts { feed: feed.clone(), ..FeedCounts::default() };
    let mut feeds: Vec<FeedCounts> = identities.feeds().iter().map(named).collect();
    let mut cells = BTreeMap::new();
    for seen in identities.occurrences() {
        let feed = &mut feeds[usize::from(seen.feed)];
        feed.n_identities += 1;
        feed.n_records += seen.n_records;
        let status = partition.statuses[seen.row as usize];
        let step = partition.clusters.step(seen.row);
        *cells.entry((seen.feed, status, step)).or_insert(0_u64) += seen.n_records;
    }
    for ((feed, status, step), n) in cells {
        let feed = &mut feeds[usize::from(feed)];
        *feed.records_by_status.entry(status.word().to_owned()).or_insert(0) += n;
        if let Some(step) = step {
            *feed.records_by_step.entry(step.label()).or_insert(0) += n;
        }
    }
    for feed in &mut feeds {
        for status in Status::ALL {
            feed.records_by_status.entry(status.word().to_owned()).or_insert(0);
        }
    }
    feeds
}

/// One line for each step: a key that is several combinations of fields is one step.
fn keys(partition: &Partition) -> Vec<KeyCounts> {
    let mut by_step = BTreeMap::new();
    for &(step, counts) in &partition.keys {
        let sums = by_step.entry(step).or_insert([0; 3]);
        for (sum, n) in sums.iter_mut().zip(counts) {
            *sum += n;
        }
    }
    let line = |(step, [n_joined, n_ambiguous, n_oversize]): (Step, [u64; 3])| KeyCounts {
        step: step.label(),
        n_joined,
        n_ambiguous,
        n_oversize,
    };
    by_step.into_iter().map(line).collect()
}

fn numbers(identities: &Identities, partition: &Partition) -> NumberCounts {
    let numbers = &partition.numbers;
    let with_number = identities.column(Field::Nhs).iter().filter(|&&number| number != 0);
    NumberCounts {
        n_identities: with_number.count() as u64,
        n_dummy_numbers: numbers.n_dummy_numbers,
        n_dummy_identities: numbers.dummies.len() as u64,
        n_conflicting_numbers: numbers.n_conflicting_numbers,
        n_conflicting_identities: numbers.conflicts.len() as u64,
        n_superseded_identities: partition.n_superseded,
        n_uncorroborated_numbers: partition.n_uncorroborated,
    }
}
