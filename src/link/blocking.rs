//! Blocking: the rows that share a value, found by Polars.
//!
//! A block is a group of one `group_by`: linear in the rows where a self-join would be quadratic in
//! the block. What Polars returns in any order leaves here in a fixed one.

use polars::frame::group_by::{GroupsIndicator, GroupsType};
use polars::prelude::{DataFrame, IntoColumn, UInt64Chunked};
use rayon::prelude::*;

use super::error::LinkError;

/// Groups of at least two entries with the same value.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    entries: Vec<u32>,
    starts: Vec<usize>,
}

impl Blocks {
    /// Blocks of equal values; entries are places in `values`.
    ///
    /// # Errors
    /// Polars refuses the frame.
    pub(crate) fn of(values: Vec<u64>) -> Result<Self, LinkError> {
        let frame = DataFrame::new_infer_height(vec![
            UInt64Chunked::from_vec("value".into(), values).into_column(),
        ])?;
        let groups = frame.group_by(["value"])?.into_groups();
        Ok(Self::in_order(&groups))
    }

    /// Blocks ordered by their first entry, entries ascending.
    fn in_order(groups: &GroupsType) -> Self {
        let mut blocks: Vec<Vec<u32>> = groups
            .iter()
            .filter(|group| group.len() > 1)
            .map(|group| match group {
                GroupsIndicator::Idx((_, entries)) => entries.as_slice().to_vec(),
                GroupsIndicator::Slice([first, len]) => (first..first + len).collect(),
            })
            .collect();
        blocks.par_iter_mut().for_each(|block| block.sort_unstable());
        blocks.par_sort_unstable_by_key(|block| block[0]);
        let mut starts = Vec::with_capacity(blocks.len() + 1);
        let mut entries = Vec::with_capacity(blocks.iter().map(Vec::len).sum());
        for block in blocks {
            starts.push(entries.len());
            entries.extend(block);
        }
        starts.push(entries.len());
        Self { entries, starts }
    }

    /// The blocks in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|pair| &self.entries[pair[0]..pair[1]])
    }

    /// The blocks in order, for parallel work.
    pub(crate) fn par_iter(&self) -> impl IndexedParallelIterator<Item = &[u32]> {
        self.starts.par_windows(2).map(|pair| &self.entries[pair[0]..pair[1]])
    }
}

/// One value out of several codes, spread over 64 bits.
///
/// Two different lists meet with a chance of 2^-64: who uses a block looks again at the codes.
pub(crate) fn mix(codes: impl IntoIterator<Item = u32>) -> u64 {
    codes.into_iter().fold(0x9E37_79B9_7F4A_7C15, |hash, code| {
        // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
        let mut next = hash ^ u64::from(code).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        next = (next ^ (next >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        next = (next ^ (next >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        next ^ (next >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_the_repeated_values_in_order_of_their_first_entry() {
        let blocks = Blocks::of(vec![9, 4, 9, 7, 4, 9, 8]).unwrap();
        let all: Vec<&[u32]> = blocks.par_iter().collect();
        assert_eq!(all, [&[0_u32, 2, 5][..], &[1, 4]]);
        assert_eq!(Blocks::of(Vec::new()).unwrap().par_iter().count(), 0);
    }

    #[test]
    fn mixing_tells_order_and_zero_apart() {
        assert_ne!(mix([1, 2]), mix([2, 1]));
        assert_ne!(mix([0]), mix([0, 0]));
    }
}
