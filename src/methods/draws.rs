//! Random numbers that are the same for the same seed, whatever the machine or the version of a
//! crate: simulated limits are part of what must be given again.

use super::confidence::normal_quantile;

/// The generator SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Uniform between 0 and 1, neither of which it reaches.
    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Standard normal, by the inverse of its distribution function.
    pub(crate) fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// A whole number below `end`, which must be above zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let scaled = u128::from(self.bits()) * end as u128;
        usize::try_from(scaled >> 64).unwrap_or(end - 1)
    }

    /// Put `items` in a random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: the first outputs for seed 1234567 of the authors' reference implementation, as
    // Rosetta Code prints them ("Pseudo-random numbers/Splitmix64").
    #[test]
    fn the_bits_are_those_of_the_published_generator() {
        let mut draws = Draws::from_seed(1_234_567);
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([draws.bits(), draws.bits(), draws.bits()], published);
    }

    #[test]
    fn normal_draws_have_the_moments_of_the_normal_distribution() {
        let mut draws = Draws::from_seed(7);
        let sample: Vec<f64> = (0..40_000).map(|_| draws.normal()).collect();
        let mean = |power: i32| sample.iter().map(|z| z.powi(power)).sum::<f64>() / 40_000.0;
        // Five standard errors of each moment: sqrt(1, 2, 96) / 200.
        assert!(mean(1).abs() < 0.025);
        assert!((mean(2) - 1.0).abs() < 0.036);
        assert!((mean(4) - 3.0).abs() < 0.245);
    }

    #[test]
    fn a_shuffle_keeps_every_item_and_puts_each_everywhere() {
        let mut draws = Draws::from_seed(1);
        let mut counts = [[0_u32; 3]; 3];
        for _ in 0..3_000 {
            let mut items = [0, 1, 2];
            draws.shuffle(&mut items);
            items.iter().enumerate().for_each(|(place, item)| counts[*item][place] += 1);
        }
        // Expected 1,000 each, standard deviation 26.
        assert!(counts.iter().flatten().all(|count| (870..=1_130).contains(count)), "{counts:?}");
    }
}
