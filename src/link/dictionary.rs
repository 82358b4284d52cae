//! Tokens as dense codes: 1 for the smallest token, 0 for a missing one.
//!
//! A code depends on the set of tokens alone, not on the order in which they come, and takes half
//! the memory of the token.

use rayon::prelude::*;

/// The distinct tokens of one kind, in ascending order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    tokens: Vec<u64>,
}

impl Dictionary {
    /// The dictionary of every token in the columns, where 0 means missing.
    pub(crate) fn of(columns: &[Vec<u64>]) -> Self {
        let mut tokens: Vec<u64> =
            columns.iter().flatten().copied().filter(|&token| token != 0).collect();
        tokens.par_sort_unstable();
        tokens.dedup();
        tokens.shrink_to_fit();
        Self { tokens }
    }

    /// The code of each token of the column.
    pub(crate) fn encode(&self, column: &[u64]) -> Vec<u32> {
        let starts = Starts::of(&self.tokens);
        column.par_iter().map(|&token| starts.code(&self.tokens, token).unwrap_or(0)).collect()
    }

    /// The code of one token, `None` if no identity carries it.
    pub(crate) fn code(&self, token: u64) -> Option<u32> {
        self.tokens.binary_search(&token).ok().map(rank_to_code)
    }

    /// How many codes are in use.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }
}

/// Where the tokens with each leading bit pattern start: tokens are hashes, so that a search from
/// there ends after a step or two.
struct Starts {
    shift: u32,
    starts: Vec<u32>,
}

impl Starts {
    fn of(tokens: &[u64]) -> Self {
        let bits = tokens.len().max(2).ilog2();
        let shift = u64::BITS - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for &token in tokens {
            starts[(token >> shift) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { shift, starts }
    }

    fn code(&self, tokens: &[u64], token: u64) -> Option<u32> {
        let bucket = (token >> self.shift) as usize;
        let (from, to) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        tokens[from..to].binary_search(&token).ok().map(|rank| rank_to_code(from + rank))
    }
}

fn rank_to_code(rank: usize) -> u32 {
    u32::try_from(rank + 1).expect("identities are fewer than 2^31, two columns share a dictionary")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rank_tokens_and_leave_zero_for_missing() {
        let column = vec![u64::MAX, 7, 0, 7, 1 << 40];
        let dictionary = Dictionary::of(std::slice::from_ref(&column));
        assert_eq!(dictionary.encode(&column), [3, 1, 0, 1, 2]);
        assert_eq!(dictionary.code(1 << 40), Some(2));
        assert_eq!(dictionary.code(8), None);
        assert_eq!(dictionary.len(), 3);
    }

    #[test]
    fn columns_of_one_dictionary_share_codes() {
        let (family, given) = (vec![10, 20, 0], vec![20, 30, 10]);
        let dictionary = Dictionary::of(&[family.clone(), given.clone()]);
        assert_eq!(dictionary.encode(&family), [1, 2, 0]);
        assert_eq!(dictionary.encode(&given), [2, 3, 1]);
    }

    #[test]
    fn nothing_but_blanks_has_no_codes() {
        let dictionary = Dictionary::of(&[vec![0, 0]]);
        assert_eq!(dictionary.encode(&[0, 0]), [0, 0]);
        assert_eq!(dictionary.len(), 0);
    }
}
