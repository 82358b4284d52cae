//! Controls weighted to be like the cases, and mixtures of groups of them.

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::formulas::solve;

/// Weights of controls under which their means are those of the cases, with the largest entropy
/// (Hainmueller J. Political Analysis 2012;20:25-46): `exp(-l'z)`, `z` the distance from the cases'
/// means, where the derivative of `ln sum exp(-l'z)` by `l` is nought. Together as much as there are
/// cases.
pub(super) fn entropy_weights(cases: &[Vec<f64>], controls: &[Vec<f64>]) -> Vec<f64> {
    let width = cases[0].len();
    let of = |rows: &[Vec<f64>], at: usize| {
        rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64
    };
    let distance =
        |row: &Vec<f64>| -> Vec<f64> { (0..width).map(|at| row[at] - of(cases, at)).collect() };
    let distances: Vec<Vec<f64>> = controls.iter().map(distance).collect();
    let weights = |slopes: &[f64]| -> Vec<f64> {
        let power = |z: &Vec<f64>| -z.iter().zip(slopes).map(|(z, l)| z * l).sum::<f64>();
        let raw: Vec<f64> = distances.iter().map(|z| power(z).exp()).collect();
        let total: f64 = raw.iter().sum();
        raw.into_iter().map(|weight| weight / total).collect()
    };
    let mut slopes = vec![0.0; width];
    for _ in 0..100 {
        let shares = weights(&slopes);
        let mean = |at: usize| distances.iter().zip(&shares).map(|(z, w)| w * z[at]).sum::<f64>();
        let means: Vec<f64> = (0..width).map(mean).collect();
        if means.iter().all(|mean| mean.abs() < 1e-13) {
            return shares.into_iter().map(|share| share * cases.len() as f64).collect();
        }
        let system = (0..width).map(|i| {
            let cell = |j: usize| {
                let products = distances.iter().zip(&shares).map(|(z, w)| w * z[i] * z[j]);
                products.sum::<f64>() - means[i] * means[j]
            };
            (0..width).map(cell).chain([means[i]]).collect()
        });
        let step = solve(system.collect());
        slopes.iter_mut().zip(&step).for_each(|(slope, step)| *slope += step);
    }
    panic!("the weights do not settle");
}

/// What a mixture of groups says of one series.
pub(super) struct Mixed {
    /// Mean from the start on of the series over that of the mixture.
    pub(super) ratio: f64,
    /// Share of all series that part from their mixture as much.
    pub(super) p_value: f64,
}

/// The first series against the mixture of the others that was nearest to it before (Abadie A et al.
/// J Am Stat Assoc 2010;105:493-505), each less its mean before (Ferman B, Pinto C. Quant Econ
/// 2021;12:1197-221). Every subset of the others is tried: the best weights of the right one are the
/// best of all.
pub(super) fn synthetic_control(series: &[Vec<f64>], n_before: usize) -> Mixed {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let levels: Vec<f64> = series.iter().map(|of| mean(&of[..n_before])).collect();
    let less = |(of, level): (&Vec<f64>, &f64)| of.iter().map(|y| y - level).collect();
    let shifted: Vec<Vec<f64>> = series.iter().zip(&levels).map(less).collect();
    let gaps: Vec<Vec<f64>> = (0..series.len()).map(|at| gaps(&shifted, at, n_before)).collect();
    let error = |gaps: &[f64]| mean(&gaps.iter().map(|gap| gap * gap).collect::<Vec<_>>()).sqrt();
    let ratio = |gaps: &Vec<f64>| error(&gaps[n_before..]) / error(&gaps[..n_before]);
    let n_as_large = gaps.iter().filter(|of| ratio(of) >= ratio(&gaps[0])).count();
    let (observed, gap) = (mean(&series[0][n_before..]), mean(&gaps[0][n_before..]));
    Mixed { ratio: observed / (observed - gap), p_value: n_as_large as f64 / series.len() as f64 }
}

/// A series less the best mixture of the others.
fn gaps(series: &[Vec<f64>], at: usize, n_before: usize) -> Vec<f64> {
    let others: Vec<&Vec<f64>> =
        series.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, of)| of).collect();
    let gaps_of = |weights: &[f64]| -> Vec<f64> {
        let mixed = |t: usize| others.iter().zip(weights).map(|(of, w)| w * of[t]).sum::<f64>();
        series[at].iter().enumerate().map(|(t, y)| y - mixed(t)).collect()
    };
    let squares = |gaps: &[f64]| gaps[..n_before].iter().map(|gap| gap * gap).sum::<f64>();
    let best = (1_u32..1 << others.len())
        .filter_map(|subset| {
            let chosen: Vec<usize> =
                (0..others.len()).filter(|other| subset >> other & 1 == 1).collect();
            let found = weights_of(&series[at], &others, &chosen, n_before);
            let mut weights = vec![0.0; others.len()];
            chosen.iter().zip(found).for_each(|(other, weight)| weights[*other] = weight);
            weights.iter().all(|weight| *weight >= 0.0).then(|| gaps_of(&weights))
        })
        .min_by(|a, b| squares(a).total_cmp(&squares(b)));
    best.expect("one of the others alone is a mixture")
}

/// Weights of the chosen others with a sum of 1 and the least squares before, of whatever sign.
fn weights_of(y: &[f64], others: &[&Vec<f64>], chosen: &[usize], n_before: usize) -> Vec<f64> {
    let product =
        |a: &[f64], b: &[f64]| a[..n_before].iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lines = chosen.iter().map(|i| {
        let products = chosen.iter().map(|j| product(others[*i], others[*j]));
        products.chain([1.0, product(others[*i], y)]).collect()
    });
    let sum = chosen.iter().map(|_| 1.0).chain([0.0, 1.0]).collect();
    let mut found = solve(lines.chain([sum]).collect());
    found.truncate(chosen.len());
    found
}

/// How likely it is that cases and controls differ so much by chance in the quarters before the last
/// one before the index date, each against that one: two-way fixed effects (Angrist JD, Pischke JS.
/// Mostly Harmless Econometrics. 2009, chapter 5), errors by person with the factor `G / (G - 1) (n -
/// 1) / (n - k)`, Wald's F.
pub(super) fn parting_before(people: &[(bool, BTreeMap<i32, f64>)]) -> f64 {
    let quarters: BTreeSet<i32> = people.iter().flat_map(|(_, of)| of.keys().copied()).collect();
    let dummies: Vec<i32> = quarters.iter().skip(1).copied().collect();
    let effects: Vec<i32> = quarters.iter().filter(|quarter| **quarter != -1).copied().collect();
    let width = dummies.len() + effects.len();
    let flag = |is: bool| f64::from(u8::from(is));
    let people: Vec<&(bool, BTreeMap<i32, f64>)> =
        people.iter().filter(|(_, of)| !of.is_empty()).collect();
    // Rows less their person's means: features, then the outcome.
    let within: Vec<Vec<Vec<f64>>> = people
        .iter()
        .map(|(is_case, of)| {
            let row = |(quarter, y): (&i32, &f64)| -> Vec<f64> {
                let own = dummies.iter().map(|dummy| flag(dummy == quarter));
                let case = effects.iter().map(|effect| flag(*is_case && effect == quarter));
                own.chain(case).chain([*y]).collect()
            };
            let rows: Vec<Vec<f64>> = of.iter().map(row).collect();
            let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64;
            let means: Vec<f64> = (0..=width).map(mean).collect();
            let less = |row: &Vec<f64>| row.iter().zip(&means).map(|(x, mean)| x - mean).collect();
            rows.iter().map(less).collect()
        })
        .collect();
    let rows = || within.iter().flatten();
    let product = |i: usize, j: usize| rows().map(|row| row[i] * row[j]).sum::<f64>();
    let line = |i: usize, last: f64| (0..width).map(|j| product(i, j)).chain([last]).collect();
    let system: Vec<Vec<f64>> = (0..width).map(|i| line(i, product(i, width))).collect();
    let coefficients = solve(system);
    let left = |row: &Vec<f64>| {
        row[width] - row.iter().zip(&coefficients).map(|(x, b)| x * b).sum::<f64>()
    };
    // Each person's influence on the coefficients.
    let influence = |rows: &Vec<Vec<f64>>| {
        let score = |at: usize| rows.iter().map(|row| row[at] * left(row)).sum::<f64>();
        solve((0..width).map(|i| line(i, score(i))).collect())
    };
    let influences: Vec<Vec<f64>> = within.iter().map(influence).collect();
    let (n, g) = (rows().count() as f64, within.len() as f64);
    let factor = g / (g - 1.0) * (n - 1.0) / (n - g - width as f64);
    let tested: Vec<usize> =
        (0..effects.len()).filter(|at| effects[*at] < -1).map(|at| dummies.len() + at).collect();
    let covariance =
        |i: usize, j: usize| factor * influences.iter().map(|of| of[i] * of[j]).sum::<f64>();
    let lines = tested
        .iter()
        .map(|i| tested.iter().map(|j| covariance(*i, *j)).chain([coefficients[*i]]).collect());
    let scaled = solve(lines.collect());
    let wald: f64 = tested.iter().zip(scaled).map(|(i, part)| coefficients[*i] * part).sum();
    let q = tested.len() as f64;
    FisherSnedecor::new(q, g - 1.0).expect("degrees of freedom").sf(wald / q)
}
