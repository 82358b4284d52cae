//! Chance that gives the same outcome everywhere, for ever.
//!
//! Each person and purpose draws from a stream of its own, so that a change in one feed leaves
//! the others as they were. Exponentials and logarithms are computed here from additions and
//! multiplications only: those are exact on every platform, the system's library is not.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of chance is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Names = 1,
    Places,
    Households,
    Life,
    Urgent,
    Terminal,
    Enrolment,
    Elective,
    Outpatient,
    Community,
    Programme,
    MentalHealth,
    Talking,
    GpAppointment,
    GpEvent,
    GpPrescription,
    AdultSocialCare,
    ChildrenSocialCare,
    ThirdSector,
    Death,
    Record,
    Row,
    Damage,
    Delivery,
    Attender,
    Code,
    OptOut,
    Register,
    Reissue,
}

/// One stream of chance.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream for a purpose and one member of it (a person, a file).
    pub(crate) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(((stream as u64) << 40) | index);
        Self(rng)
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Uniform among `0..n`; 0 if `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform among `from..=to`.
    pub(crate) fn between(&mut self, from: i32, to: i32) -> i32 {
        if to <= from { from } else { from + self.below((to - from + 1) as usize) as i32 }
    }

    /// True with that probability.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// An index, each with its weight.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (i, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }

    /// Exponential with that mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -ln(1.0 - self.unit()) * mean
    }

    /// Whole days, exponential with that mean, at most ten times it.
    pub(crate) fn days(&mut self, mean: f64) -> i32 {
        self.exponential(mean).min(mean * 10.0) as i32
    }

    /// Gamma with that whole shape and mean 1.
    pub(crate) fn gamma(&mut self, shape: u32) -> f64 {
        (0..shape).map(|_| self.exponential(1.0)).sum::<f64>() / f64::from(shape)
    }

    /// Normal with mean 0 and variance 1, by twelve uniforms: nothing beyond six.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Poisson with that mean.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        let mut left = mean;
        let mut n = 0;
        while left > 0.0 {
            let limit = exp(-left.min(16.0));
            left -= 16.0;
            let mut product = self.unit();
            while product > limit {
                n += 1;
                product *= self.unit();
            }
        }
        n
    }
}

/// e to the power of `x`, by range reduction and a Taylor series.
pub(crate) fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let k = (x / std::f64::consts::LN_2).round();
    let r = x - k * std::f64::consts::LN_2;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..18 {
        term *= r / f64::from(n);
        sum += term;
    }
    sum * f64::from_bits(((k as i64 + 1023) as u64) << 52)
}

/// The natural logarithm of a positive number, by the series of its inverse hyperbolic tangent.
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.max(1e-300).to_bits();
    let k = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1023 << 52));
    let y = (m - 1.0) / (m + 1.0);
    let square = y * y;
    let mut power = y;
    let mut sum = 0.0;
    for n in 0..20 {
        sum += power / f64::from(2 * n + 1);
        power *= square;
    }
    2.0 * sum + k as f64 * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_ln_agree_with_the_library() {
        for x in [-20.0, -1.5, -0.1, 0.0, 0.3, 1.0, 9.75] {
            assert!((exp(x) / f64::exp(x) - 1.0).abs() < 1e-13);
        }
        for x in [1e-12, 0.2, 0.999, 1.0, 1.7, 42.0, 1e9] {
            assert!((ln(x) - f64::ln(x)).abs() < 1e-12);
        }
    }

    #[test]
    fn means_are_what_they_say() {
        let mut chance = Chance::new(1, Stream::Names, 7);
        let n = 20_000;
        let poisson: usize = (0..n).map(|_| chance.poisson(20.0)).sum();
        assert!((poisson as f64 / f64::from(n) - 20.0).abs() < 0.2);
        let gamma: f64 = (0..n).map(|_| chance.gamma(2)).sum();
        assert!((gamma / f64::from(n) - 1.0).abs() < 0.02);
        assert!((0..n).all(|_| chance.below(3) < 3));
    }

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |index| Chance::new(5, Stream::Urgent, index).unit();
        assert!(draw(1) != draw(2));
        assert!(draw(1).to_bits() == draw(1).to_bits());
    }
}
