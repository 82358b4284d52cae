//! How alike two values are, from their keyed Bloom filters alone.

/// Words of 64 bits in a filter.
pub(crate) const WORDS: usize = 4;

/// The filter of one value.
pub(crate) type Bits = [u64; WORDS];

/// The filters of a dictionary's values, by code; code 0, the missing value, has an empty one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    bits: Vec<Bits>,
    /// Estimated number of q-grams of each value, in units that cancel out.
    sizes: Vec<f32>,
    /// The same for a number of bits set.
    by_count: Vec<f32>,
}

impl Filters {
    pub(crate) fn new(bits: Vec<Bits>) -> Self {
        let n_bits = (WORDS * 64) as f32;
        // A filter with x of m bits set holds about -m/k ln(1 - x/m) elements (Swamidass and Baldi
        // 2007); m/k is the same for all. A full one is taken to lack half a bit.
        let by_count: Vec<f32> =
            (0..=WORDS * 64).map(|n| -(1.0 - (n as f32).min(n_bits - 0.5) / n_bits).ln()).collect();
        let sizes = bits.iter().map(|bits| by_count[count(bits)]).collect();
        Self { bits, sizes, by_count }
    }

    /// The estimated Dice coefficient of two values' q-grams: twice the shared ones over all; 0 if
    /// one of them has no filter.
    pub(crate) fn dice(&self, left: u32, right: u32) -> f32 {
        let (Some(one), Some(other)) =
            (self.bits.get(left as usize), self.bits.get(right as usize))
        else {
            return 0.0;
        };
        let both: usize =
            one.iter().zip(other).map(|(one, other)| (one | other).count_ones() as usize).sum();
        let sum = self.sizes[left as usize] + self.sizes[right as usize];
        if sum > 0.0 { 2.0 * (sum - self.by_count[both]) / sum } else { 0.0 }
    }
}

fn count(bits: &Bits) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}
