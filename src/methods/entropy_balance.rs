//! Weights of controls under which they look like the cases.

use super::descriptive;
use super::symmetric::Symmetric;

const MOST_STEPS: usize = 200;
const MOST_HALVINGS: usize = 60;
/// How near, in standard deviations of the controls, each moment comes to that of the cases.
const BALANCED: f64 = 1e-12;
const UNBALANCED: &str = "no weights balance the moments: cases lie outside what controls span";
const COLLINEAR: &str = "features are collinear or do not vary among controls";

/// One person with what is to be balanced.
#[derive(Debug, Clone, PartialEq)]
pub struct Balanced {
    /// Who it is.
    pub key: i64,
    /// Case or control.
    pub is_case: bool,
    /// The features.
    pub features: Vec<f64>,
}

/// Weights of controls, or why there are none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EntropyWeights {
    /// Key and weight of each control, by key; they sum to the number of cases.
    pub weights: Vec<(i64, f64)>,
    /// Cases given.
    pub n_cases: usize,
    /// Controls given.
    pub n_controls: usize,
    /// How many controls of equal weight would say as much: `(sum w)^2 / sum w^2` (Kish).
    pub effective: Option<f64>,
    /// Newton steps made.
    pub iterations: usize,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// The moments that are balanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moments {
    /// The means.
    Means,
    /// Means and variances. A feature of two values has no variance beside its mean.
    Variances,
}

/// Entropy balancing: weights of the controls that are as near to equal as can be (largest entropy)
/// and give them the moments of the cases.
///
/// `w_i` proportional to `exp(-l' z_i)`, `z` the features less the cases' means (and the squares of
/// that less the cases' variances, over n) in standard deviations of the controls; `l` minimises the
/// dual `ln sum exp(-l' z_i)`, by Newton steps that are halved until they go down. A moment is
/// balanced within 1e-12. No weights, but a reason, where a row is incomplete, a person comes twice,
/// features are collinear, or no weights balance. Source: Hainmueller J, Political Analysis
/// 2012;20:25-46.
#[must_use]
pub fn entropy_balance(rows: &[Balanced], moments: Moments) -> EntropyWeights {
    let n_cases = rows.iter().filter(|row| row.is_case).count();
    let n_controls = rows.len() - n_cases;
    let counts = EntropyWeights { n_cases, n_controls, ..EntropyWeights::default() };
    match balanced(rows, moments) {
        Err(reason) => EntropyWeights { reason: Some(reason), ..counts },
        Ok((keys, shares, iterations)) => {
            let effective = Some(1.0 / shares.iter().map(|share| share * share).sum::<f64>());
            let weights = keys.into_iter().zip(shares.iter().map(|share| share * n_cases as f64));
            EntropyWeights { weights: weights.collect(), effective, iterations, ..counts }
        }
    }
}

/// Keys of controls, their weights with a sum of 1, and steps made.
type Shares = (Vec<i64>, Vec<f64>, usize);

fn balanced(rows: &[Balanced], moments: Moments) -> Result<Shares, &'static str> {
    if rows.iter().all(|row| row.is_case) || !rows.iter().any(|row| row.is_case) {
        return Err("no cases or no controls");
    }
    let width = rows[0].features.len();
    let is_whole =
        |row: &Balanced| row.features.len() == width && row.features.iter().all(|x| x.is_finite());
    if width == 0 || !rows.iter().all(is_whole) {
        return Err("rows differ in their number of features, or one is missing or not finite");
    }
    let mut rows: Vec<&Balanced> = rows.iter().collect();
    rows.sort_unstable_by_key(|row| row.key);
    if rows.windows(2).any(|pair| pair[0].key == pair[1].key) {
        return Err("a person has more than one row");
    }
    let mut columns = Vec::new();
    for feature in 0..width {
        columns.extend(constraints(&rows, feature, moments)?);
    }
    let n = columns[0].len();
    let z: Vec<Vec<f64>> = (0..n).map(|at| columns.iter().map(|of| of[at]).collect()).collect();
    let (shares, iterations) = shares(&z)?;
    let keys = rows.iter().filter(|row| !row.is_case).map(|row| row.key).collect();
    Ok((keys, shares, iterations))
}

/// What must come to nought on average of one feature, by control.
fn constraints(
    rows: &[&Balanced],
    feature: usize,
    moments: Moments,
) -> Result<Vec<Vec<f64>>, &'static str> {
    let values = |is_case: bool| {
        let rows = rows.iter().filter(move |row| row.is_case == is_case);
        rows.map(|row| row.features[feature]).collect::<Vec<f64>>()
    };
    let (cases, controls) = (values(true), values(false));
    let mean = descriptive::mean(&cases);
    let first = scaled(controls.iter().map(|x| x - mean).collect())?;
    let mut distinct: Vec<f64> = cases.iter().chain(&controls).copied().collect();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    if moments == Moments::Means || distinct.len() < 3 {
        return Ok(vec![first]);
    }
    let variance =
        descriptive::mean(&cases.iter().map(|x| (x - mean) * (x - mean)).collect::<Vec<_>>());
    let second = controls.iter().map(|x| (x - mean) * (x - mean) - variance).collect();
    Ok(vec![first, scaled(second)?])
}

/// `values` in their standard deviations.
fn scaled(values: Vec<f64>) -> Result<Vec<f64>, &'static str> {
    let mean = descriptive::mean(&values);
    let squares: Vec<f64> = values.iter().map(|x| (x - mean) * (x - mean)).collect();
    let spread = descriptive::mean(&squares).sqrt();
    if !(spread.is_finite() && values.iter().all(|x| x.is_finite())) {
        return Err("a feature is too large");
    }
    if spread <= 1e-14 * values.iter().fold(0.0, |most: f64, x| most.max(x.abs())) {
        return Err(COLLINEAR);
    }
    Ok(values.into_iter().map(|x| x / spread).collect())
}

/// The shares that make every column of `z` nought on average, by Newton's method on the dual.
fn shares(z: &[Vec<f64>]) -> Result<(Vec<f64>, usize), &'static str> {
    let width = z[0].len();
    let mut slopes = vec![0.0; width];
    let (mut dual, mut shares) = at(z, &slopes);
    for step in 0..MOST_STEPS {
        let mut gap = vec![0.0; width];
        for (row, share) in z.iter().zip(&shares) {
            gap.iter_mut().zip(row).for_each(|(gap, x)| *gap += share * x);
        }
        if gap.iter().all(|gap| gap.abs() <= BALANCED) {
            return Ok((shares, step));
        }
        let mut curvature = Symmetric::zero(width);
        for (row, share) in z.iter().zip(&shares) {
            let off: Vec<f64> = row.iter().zip(&gap).map(|(x, gap)| x - gap).collect();
            curvature.add_outer(&off, *share);
        }
        let factor = curvature.factor().ok_or(if step == 0 { COLLINEAR } else { UNBALANCED })?;
        let direction = factor.solve(&gap);
        let mut length = 1.0;
        let descent: f64 = direction.iter().zip(&gap).map(|(a, b)| a * b).sum();
        let mut is_lower = false;
        for _ in 0..MOST_HALVINGS {
            let next: Vec<f64> =
                slopes.iter().zip(&direction).map(|(slope, d)| slope + length * d).collect();
            let (value, weights) = at(z, &next);
            // Near the end what is left to go down is less than rounding: a whole step is right.
            if value <= dual - 1e-4 * length * descent || descent < 1e-12 {
                (slopes, dual, shares, is_lower) = (next, value, weights, true);
                break;
            }
            length /= 2.0;
        }
        if !is_lower {
            return Err(UNBALANCED);
        }
    }
    Err(UNBALANCED)
}

/// The dual `ln sum exp(-l' z)` and the shares that it has there.
fn at(z: &[Vec<f64>], slopes: &[f64]) -> (f64, Vec<f64>) {
    let logs: Vec<f64> = z
        .iter()
        .map(|row| -row.iter().zip(slopes).map(|(x, slope)| x * slope).sum::<f64>())
        .collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let total: f64 = weights.iter().sum();
    (most + total.ln(), weights.into_iter().map(|weight| weight / total).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cases: &[f64], controls: &[f64]) -> Vec<Balanced> {
        let all = cases.iter().map(|x| (true, *x)).chain(controls.iter().map(|x| (false, *x)));
        let row = |(at, (is_case, x))| Balanced { key: at as i64, is_case, features: vec![x] };
        all.enumerate().map(row).collect()
    }

    // By hand: a mean of 0.75 of one 0 and one 1 is a weight of 0.75 on the 1.
    #[test]
    fn two_controls_are_weighed_to_the_mean() {
        let found = entropy_balance(&rows(&[0.5, 1.0], &[0.0, 1.0]), Moments::Means);
        let weights: Vec<f64> = found.weights.iter().map(|(_, weight)| *weight).collect();
        assert!((weights[0] - 0.5).abs() < 1e-11 && (weights[1] - 1.5).abs() < 1e-11);
        assert!((found.effective.expect("known") - 1.6).abs() < 1e-11);
    }

    #[test]
    fn what_cannot_be_balanced_has_a_reason() {
        for (cases, controls) in [
            (&[2.0][..], &[0.0, 1.0][..]),
            (&[2.0], &[1.0, 1.0]),
            (&[], &[1.0]),
            (&[1.0], &[]),
            (&[f64::NAN], &[1.0, 2.0]),
            (&[1e308], &[-1e308, 1e308]),
        ] {
            let found = entropy_balance(&rows(cases, controls), Moments::Means);
            assert!(found.reason.is_some() && found.weights.is_empty(), "{cases:?} {controls:?}");
        }
    }
}
