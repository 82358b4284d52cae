//! Counts faults by rule, column and provider.

use crate::contract::Rule;

/// Lines that a finding names at most.
const MOST_LINES: usize = 5;

/// What a count is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Subject<P> {
    pub(super) rule: Rule,
    pub(super) column: Option<u16>,
    pub(super) provider: P,
}

/// How many rows, and which came first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) n_rows: u64,
    pub(super) first_lines: Vec<u64>,
}

impl Count {
    /// Adds what was counted further down the file.
    pub(super) fn add(&mut self, later: &Self) {
        self.n_rows += later.n_rows;
        let room = MOST_LINES.saturating_sub(self.first_lines.len());
        self.first_lines.extend(later.first_lines.iter().take(room));
    }

    fn add_line(&mut self, line: u64) {
        self.n_rows += 1;
        if self.first_lines.len() < MOST_LINES {
            self.first_lines.push(line);
        }
    }
}

/// The counts of one block; providers are places in the block's list.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Vec<(Subject<u32>, Count)>,
    last: usize,
}

impl Tally {
    /// Counts a row; rows of one subject come in order of line.
    pub(super) fn add(&mut self, subject: Subject<u32>, line: u64) {
        // Faults come column by column, so the next is mostly about what the last was about.
        let is_it = |(other, _): &(Subject<u32>, Count)| *other == subject;
        if !self.counts.get(self.last).is_some_and(is_it) {
            self.last = self.counts.iter().position(is_it).unwrap_or_else(|| {
                self.counts.push((subject, Count::default()));
                self.counts.len() - 1
            });
        }
        let count = &mut self.counts[self.last].1;
        // Nobody is to be led to a row that the law forbids to keep, or that is to be forgotten.
        if matches!(subject.rule, Rule::RestrictedCode | Rule::Forgotten) {
            count.n_rows += 1;
        } else {
            count.add_line(line);
        }
    }

    pub(super) fn into_counts(self) -> Vec<(Subject<u32>, Count)> {
        self.counts
    }
}
