//! Published formulas, written out.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::gamma_lr;

/// The normal quantile.
pub(crate) fn z(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// Two-sided p-value of a standard normal deviate.
pub(crate) fn two_sided(deviate: f64) -> f64 {
    2.0 * Normal::standard().cdf(-deviate.abs())
}

/// Byar's 95 % limits of a count (Breslow NE, Day NE. Statistical Methods in Cancer Research II.
/// 1987).
pub(crate) fn byar(n: f64) -> (f64, f64) {
    let z = z(0.975);
    let lower = n * (1.0 - 1.0 / (9.0 * n) - z / (3.0 * n.sqrt())).powi(3);
    let next = n + 1.0;
    (lower, next * (1.0 - 1.0 / (9.0 * next) + z / (3.0 * next.sqrt())).powi(3))
}

/// Exact 95 % limits of a Poisson mean (Garwood F. Biometrika 1936;28:437-42): the means under which
/// so many or more, so many or fewer, have a chance of 2.5 %.
fn exact(n: f64) -> (f64, f64) {
    let lower = if n > 0.0 { mean_at(n, 0.025) } else { 0.0 };
    (lower, mean_at(n + 1.0, 0.975))
}

/// The mean under which so many events or more have a chance.
fn mean_at(shape: f64, chance: f64) -> f64 {
    // P(N >= n | mean) is the regularised gamma function P(n, mean).
    let (mut low, mut high) = (0.0, 10.0 * shape + 50.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if gamma_lr(shape, middle) < chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The upper exact 99.8 % limit of a count.
pub(crate) fn most_of_a_count(n: f64) -> f64 {
    mean_at(n + 1.0, 0.999)
}

/// The upper 99.8 % limit of a share (Wilson EB. J Am Stat Assoc 1927;22:209-12).
pub(crate) fn most_of_a_share(n: f64, of: f64) -> f64 {
    let z = z(0.999);
    let middle = 2.0 * n + z * z;
    (middle + z * (z * z + 4.0 * n * (1.0 - n / of)).sqrt()) / (2.0 * (of + z * z))
}

/// 95 % limits of a count: exact below 10, Byar's from there on (Public Health England, Technical
/// Guide: Confidence Intervals).
pub(crate) fn count_limits(n: f64) -> (f64, f64) {
    if n < 10.0 { exact(n) } else { byar(n) }
}

/// One age band of an area: events, the sum over persons of their events squared, person-years, and
/// the band's weight.
#[derive(Clone, Copy, Default)]
pub(crate) struct Band {
    pub(crate) n: f64,
    pub(crate) squares: f64,
    pub(crate) years: f64,
    pub(crate) weight: f64,
}

/// A standardised rate per person-year, with limits.
pub(crate) struct Standardised {
    pub(crate) rate: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(crate) standard_error: f64,
}

/// Directly standardised rate; limits by Dobson AJ and others (Stat Med 1991;10:457-62), the
/// variance that of persons with so many events each (Public Health England: events that are not
/// independent). None below 10 events.
pub(crate) fn standardised(bands: &[Band]) -> Option<Standardised> {
    let total: f64 = bands.iter().map(|band| band.weight).sum();
    let n: f64 = bands.iter().map(|band| band.n).sum();
    if n < 10.0 {
        return None;
    }
    let share = |band: &Band| band.weight / total / band.years;
    let rate: f64 = bands.iter().map(|band| share(band) * band.n).sum();
    let variance: f64 = bands.iter().map(|band| share(band).powi(2) * band.squares).sum();
    let (low, high) = byar(n);
    let limit = |count: f64| rate + (variance / n).sqrt() * (count - n);
    let standard_error = variance.sqrt();
    Some(Standardised { rate, lower: limit(low), upper: limit(high), standard_error })
}

/// One area of a funnel of ratios.
#[derive(Clone, Copy)]
pub(crate) struct Ratio {
    pub(crate) observed: f64,
    pub(crate) expected: f64,
}

/// Limits of the ratio, and whether it lies within them.
pub(crate) struct Place {
    /// Lower and upper 95 %, lower and upper 99.8 %.
    pub(crate) limits: [f64; 4],
    pub(crate) class: &'static str,
}

/// Funnel of observed over expected on the square-root scale, with limits widened for
/// over-dispersion (Spiegelhalter DJ. Stat Med 2005;24:1185-202; z-scores winsorised at the tenth and
/// the ninetieth percentile).
pub(crate) fn funnel(areas: &[Ratio]) -> Option<Vec<Place>> {
    const TRIM: f64 = 0.1;
    if areas.len() < 3 {
        return None;
    }
    let error = |area: &Ratio| 1.0 / (2.0 * area.expected.sqrt());
    let mut scores: Vec<f64> = areas
        .iter()
        .map(|area| ((area.observed / area.expected).sqrt() - 1.0) / error(area))
        .collect();
    scores.sort_by(f64::total_cmp);
    let last = (scores.len() - 1) as f64;
    let quantile = |p: f64| {
        let at = p * last;
        let below = scores[at.floor() as usize];
        below + (at - at.floor()) * (scores[at.ceil() as usize] - below)
    };
    let (low, high) = (quantile(TRIM), quantile(1.0 - TRIM));
    let n = areas.len() as f64;
    let phi = scores.iter().map(|score| score.clamp(low, high).powi(2)).sum::<f64>() / n;
    let weights = || areas.iter().map(|area| error(area).powi(-2));
    let (sum, squares) = (weights().sum::<f64>(), weights().map(|w| w * w).sum::<f64>());
    let between = ((n * phi - (n - 1.0)) / (sum - squares / sum)).max(0.0);
    let place = |area: &Ratio| {
        let spread = (error(area).powi(2) + between).sqrt();
        let limit = |z: f64| (1.0 + z * spread).max(0.0).powi(2);
        let limits = [limit(-1.959_964), limit(1.959_964), limit(-3.090_232), limit(3.090_232)];
        let ratio = area.observed / area.expected;
        let class = if ratio < limits[2] {
            "low_998"
        } else if ratio > limits[3] {
            "high_998"
        } else if ratio < limits[0] {
            "low_95"
        } else if ratio > limits[1] {
            "high_95"
        } else {
            "within"
        };
        Place { limits, class }
    };
    Some(areas.iter().map(place).collect())
}

/// A month ahead: value, lower and upper limit of the 95 % prediction interval.
pub(crate) type Ahead = (f64, f64, f64);

/// Coefficients of a logistic regression by Newton's method, the constant first (McCullagh P, Nelder
/// JA. Generalized Linear Models. 1989).
pub(crate) fn logistic(rows: &[(Vec<f64>, bool)]) -> Vec<f64> {
    let width = rows[0].0.len() + 1;
    let mut coefficients = vec![0.0; width];
    for _ in 0..100 {
        // The information matrix with the score as its last column.
        let mut system = vec![vec![0.0; width + 1]; width];
        for (features, outcome) in rows {
            let x: Vec<f64> = std::iter::once(1.0).chain(features.iter().copied()).collect();
            let p = chance(&coefficients, features);
            for (i, line) in system.iter_mut().enumerate() {
                for (cell, x_j) in line.iter_mut().zip(&x) {
                    *cell += x[i] * x_j * p * (1.0 - p);
                }
                line[width] += x[i] * (f64::from(u8::from(*outcome)) - p);
            }
        }
        let step = solve(system);
        for (coefficient, step) in coefficients.iter_mut().zip(&step) {
            *coefficient += step;
        }
        if step.iter().all(|step| step.abs() < 1e-12) {
            return coefficients;
        }
    }
    panic!("the regression does not settle");
}

/// The chance that a logistic model gives.
pub(crate) fn chance(coefficients: &[f64], features: &[f64]) -> f64 {
    let sum: f64 = coefficients[1..].iter().zip(features).map(|(b, x)| b * x).sum();
    1.0 / (1.0 + (-(coefficients[0] + sum)).exp())
}

/// Gaussian elimination with pivots; each line ends with its right-hand side.
pub(crate) fn solve(mut system: Vec<Vec<f64>>) -> Vec<f64> {
    let n = system.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|a, b| system[*a][at].abs().total_cmp(&system[*b][at].abs()));
        system.swap(at, pivot.expect("a row"));
        let line = system[at].clone();
        for row in system.iter_mut().skip(at + 1) {
            let factor = row[at] / line[at];
            for (cell, above) in row.iter_mut().zip(&line) {
                *cell -= factor * above;
            }
        }
    }
    let mut solution = vec![0.0; n];
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|j| system[at][j] * solution[j]).sum();
        solution[at] = (system[at][n] - known) / system[at][at];
    }
    solution
}
