//! How much of each measure a hub can count after each month's deliveries.

use std::collections::BTreeMap;

/// A unit that is counted, and the months of arrival in which something tells of it: half-open.
pub(crate) type Span = (u32, i32, i32);

/// The counts of every feed and measure, by month of arrival.
#[derive(Default)]
pub(crate) struct ByArrival {
    n_arrivals: i32,
    /// By feed and measure: how the count changes with each arrival, from the first on.
    changes: BTreeMap<(&'static str, &'static str), Vec<i64>>,
}

impl ByArrival {
    /// Makes ready for that many months of arrival.
    pub(crate) fn begin(&mut self, n_arrivals: i32) {
        self.n_arrivals = n_arrivals;
    }

    /// Counts units of a measure, each once in every month in which a span of it holds.
    pub(crate) fn add(&mut self, at: (&'static str, &'static str), mut spans: Vec<Span>) {
        spans.sort_unstable();
        for unit in spans.chunk_by(|a, b| a.0 == b.0) {
            let mut open: Option<(i32, i32)> = None;
            for &(_, from, until) in unit {
                open = match open {
                    Some((first, end)) if from <= end => Some((first, end.max(until))),
                    Some((first, end)) => {
                        self.change(at, (first, end), 1);
                        Some((from, until))
                    }
                    None => Some((from, until)),
                };
            }
            if let Some(span) = open {
                self.change(at, span, 1);
            }
        }
    }

    /// Adds `n` in the months `[from, until)`.
    pub(crate) fn change(
        &mut self,
        at: (&'static str, &'static str),
        (from, until): (i32, i32),
        n: i64,
    ) {
        let (from, until) = (from.max(1), until.min(self.n_arrivals + 1));
        if from >= until {
            return;
        }
        let changes = self.changes.entry(at).or_default();
        changes.resize(self.n_arrivals as usize + 1, 0);
        changes[from as usize - 1] += n;
        changes[until as usize - 1] -= n;
    }

    /// Adds another batch's counts.
    pub(crate) fn merge(&mut self, other: Self) {
        self.n_arrivals = self.n_arrivals.max(other.n_arrivals);
        for (at, changes) in other.changes {
            let mine = self.changes.entry(at).or_default();
            mine.resize(mine.len().max(changes.len()), 0);
            mine.iter_mut().zip(changes).for_each(|(mine, change)| *mine += change);
        }
    }

    /// Feed, measure, month of arrival and count, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static str, &'static str, i32, i64)> {
        self.changes.iter().flat_map(|((feed, measure), changes)| {
            let counted = changes.iter().take(self.n_arrivals as usize).scan(0, |n, change| {
                *n += change;
                Some(*n)
            });
            (1..).zip(counted).map(|(arrival, n)| (*feed, *measure, arrival, n))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_counts_once_in_each_month_in_which_anything_tells_of_it() {
        let mut counts = ByArrival::default();
        counts.begin(4);
        let at = ("ecds", "attendances");
        counts.add(at, vec![(7, 1, 3), (7, 2, 3), (7, 4, 9), (8, 2, 3), (9, 3, 3)]);
        counts.add(at, vec![(7, 2, 3)]);
        let n: Vec<i64> = counts.rows().map(|(.., n)| n).collect();
        assert_eq!(n, [1, 3, 0, 1]);
    }
}
