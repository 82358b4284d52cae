//! Differences of the logarithm of the gamma function and its derivatives, by which negative
//! binomial likelihoods are computed without losing digits where `r` is large.

use statrs::function::gamma::ln_gamma;

/// Terms summed one by one before an asymptotic series takes over.
const SUMMED: f64 = 64.0;

/// `sum over j < y of term(j)`, as far as it is summed one by one, and where that ends.
fn summed(y: f64, term: impl Fn(f64) -> f64) -> (f64, f64) {
    let last = y.min(SUMMED);
    let (mut sum, mut j) = (0.0, 0.0);
    while j < last {
        sum += term(j);
        j += 1.0;
    }
    (sum, last)
}

/// `psi(y + r) - psi(r)` for a whole `y`.
pub(super) fn digamma_difference(y: f64, r: f64) -> f64 {
    let tail = |x: f64| {
        let square = 1.0 / (x * x);
        let series = 1.0 / 120.0 - square * (1.0 / 252.0 - square / 240.0);
        -0.5 / x - square * (1.0 / 12.0 - square * series)
    };
    let (sum, last) = summed(y, |j| 1.0 / (r + j));
    if last == y {
        sum
    } else {
        sum + ((y - last) / (r + last)).ln_1p() + tail(r + y) - tail(r + last)
    }
}

/// `psi'(y + r) - psi'(r)` for a whole `y`.
pub(super) fn trigamma_difference(y: f64, r: f64) -> f64 {
    let tail = |x: f64| {
        let (inverse, square) = (1.0 / x, 1.0 / (x * x));
        let series = 1.0 / 6.0 - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square / 30.0));
        inverse + 0.5 * square + inverse * square * series
    };
    let (sum, last) = summed(y, |j| -(r + j).powi(-2));
    if last == y { sum } else { sum + tail(r + y) - tail(r + last) }
}

/// `ln(gamma(y + r) / gamma(r)) + y ln(1 / r)` for a whole `y`.
pub(super) fn ln_rising(y: f64, r: f64) -> f64 {
    let (sum, last) = summed(y, |j| (j / r).ln_1p());
    if last == y { sum } else { sum + ln_gamma(r + y) - ln_gamma(r + last) - (y - last) * r.ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: the sums of which the differences are the closed form, term by term.
    #[test]
    fn differences_agree_with_their_sums() {
        for (y, r) in [(3.0, 0.5), (64.0, 2.0), (65.0, 2.0), (500.0, 0.25), (10_000.0, 40.0)] {
            let terms = 0..y as i64;
            let first: f64 = terms.clone().map(|j| 1.0 / (r + j as f64)).sum();
            let second: f64 = terms.clone().map(|j| -(r + j as f64).powi(-2)).sum();
            let third: f64 = terms.map(|j| (j as f64 / r).ln_1p()).sum();
            assert!((digamma_difference(y, r) / first - 1.0).abs() < 1e-13, "{y} {r}");
            assert!((trigamma_difference(y, r) / second - 1.0).abs() < 1e-13, "{y} {r}");
            assert!((ln_rising(y, r) / third - 1.0).abs() < 1e-12, "{y} {r}");
        }
    }
}
