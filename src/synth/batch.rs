//! A city is made batch by batch: people in the order of their numbers, each batch on its own.

use std::ops::Range;

/// So many people make a batch; the committed sample is one.
pub(crate) const BATCH: usize = 8192;

/// How far the numbers of one batch lie from those of the next.
const STRIDE: u64 = 1_000_000;

/// Some people, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// Its place among the batches.
    pub(crate) index: usize,
    pub(crate) people: Range<usize>,
}

impl Batch {
    /// All the batches of so many people.
    pub(crate) fn all(n_people: usize) -> Vec<Self> {
        (0..n_people.div_ceil(BATCH))
            .map(|index| Self { index, people: index * BATCH..((index + 1) * BATCH).min(n_people) })
            .collect()
    }

    /// A number that is the batch's `n`-th, and no other batch's.
    pub(crate) fn nth(&self, n: usize) -> usize {
        self.index * STRIDE as usize + n
    }

    /// A row's number, of which there are more.
    pub(crate) fn row_number(&self, feed: &str, n: u64) -> u64 {
        let stride = match feed {
            "ecds" | "csds" | "mhsds" | "nhs111" | "death" => STRIDE,
            _ => STRIDE * 1000,
        };
        self.index as u64 * stride + n
    }

    /// A stream of chance of this batch for one of many files.
    pub(crate) fn stream(&self, file: u64) -> u64 {
        (self.index as u64) << 20 | file
    }
}
