//! Sums of floats that do not depend on the order of what is added.

/// A sum without rounding, as numbers whose digits do not overlap (Shewchuk JR. Discrete Comput Geom
/// 1997;18:305-63): however it is parted and merged, [`ExactSum::value`] is the float nearest to the
/// true sum.
///
/// A sum beyond any number stays infinite. Where all that is added has one sign, whether it does is
/// independent of the order too.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExactSum {
    /// From the smallest to the largest; none is zero.
    parts: Vec<f64>,
}

impl ExactSum {
    /// Nothing.
    pub(crate) const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    /// What the sum is made of, to be kept and added to another.
    pub(crate) fn parts(&self) -> &[f64] {
        &self.parts
    }

    pub(crate) fn add(&mut self, number: f64) {
        let mut carried = number;
        let mut n_kept = 0;
        for at in 0..self.parts.len() {
            let part = self.parts[at];
            let (larger, smaller) =
                if carried.abs() < part.abs() { (part, carried) } else { (carried, part) };
            carried = larger + smaller;
            let lost = smaller - (carried - larger);
            if lost != 0.0 {
                self.parts[n_kept] = lost;
                n_kept += 1;
            }
        }
        self.parts.truncate(n_kept);
        if !carried.is_finite() {
            self.parts.clear();
            self.parts.push(f64::INFINITY);
        } else if carried != 0.0 {
            self.parts.push(carried);
        }
    }

    /// The float nearest to the sum; infinite where that is none.
    pub(crate) fn value(&self) -> f64 {
        let mut parts = self.parts.iter().rev();
        let Some(mut sum) = parts.next().copied() else { return 0.0 };
        while let Some(part) = parts.next() {
            let rounded = sum + part;
            let lost = part - (rounded - sum);
            sum = rounded;
            if lost != 0.0 {
                // Half a last digit is rounded to even, which is wrong if more follows on its side.
                let follows = parts.next().is_some_and(|next| (*next < 0.0) == (lost < 0.0));
                let next = sum + 2.0 * lost;
                if follows && next - sum == 2.0 * lost {
                    return next;
                }
                return sum;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(numbers: &[f64]) -> ExactSum {
        let mut sum = ExactSum::new();
        numbers.iter().for_each(|number| sum.add(*number));
        sum
    }

    fn sum(numbers: &[f64]) -> f64 {
        exact(numbers).value()
    }

    // Expected: `math.fsum` of Python 3.11.
    #[test]
    fn sums_are_those_of_python() {
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e16, 1.0, -1e16]), 1.0);
        assert_eq!(sum(&[1e100, 1.0, -1e100, 1e-100, 1e50, -1.0, -1e50]), 1e-100);
        assert_eq!(sum(&[9_007_199_254_740_992.0, 1.0, 1e-100]), 9_007_199_254_740_994.0);
        assert_eq!(sum(&[]), 0.0);
    }

    #[test]
    fn a_sum_beyond_any_number_stays_there() {
        for numbers in [[1e308, 1e308, -1e308], [f64::NAN, 1.0, 2.0], [f64::INFINITY, 1.0, -1.0]] {
            assert_eq!(sum(&numbers), f64::INFINITY);
        }
    }

    proptest! {
        // Integers below 2^63 scaled by a power of two: i128 adds them without rounding.
        #[test]
        fn a_sum_is_the_nearest_float_however_it_is_parted(
            mut numbers in prop::collection::vec((-(1i64 << 52)..1i64 << 52, 0u32..30), 1..60),
            at in 0usize..60, turn in 0usize..60,
        ) {
            let float = |(digits, power): &(i64, u32)| *digits as f64 * f64::from(*power).exp2();
            let whole: i128 = numbers.iter().map(|(digits, power)| i128::from(*digits) << power).sum();
            let expected = whole as f64;
            let of = |numbers: &[(i64, u32)]| {
                exact(&numbers.iter().map(float).collect::<Vec<_>>())
            };
            prop_assert_eq!(of(&numbers).value(), expected);
            let len = numbers.len();
            numbers.rotate_left(turn % len);
            let (left, right) = numbers.split_at(at % numbers.len());
            let mut merged = of(right);
            of(left).parts().iter().for_each(|part| merged.add(*part));
            prop_assert_eq!(merged.value(), expected);
        }
    }
}
