//! Least squares over weights that are not below nought and sum to one, solved exactly: a finite
//! number of active sets, each a linear system.

use crate::methods::symmetric::Symmetric;

/// Share of the product of lengths below which a slope is what rounding leaves.
const ROUNDING: f64 = 1e-13;
/// Length below which a mixture, or what is between two columns, is what rounding leaves of nought,
/// of outcomes whose largest is 1.
const NOUGHT: f64 = 1e-14;
const MOST_STEPS: usize = 10_000;
const NOT_UNIQUE: &str = "more than one mixture of the other units fits as well: fewer units or \
                          more periods before";

/// The weights of `columns` that minimise the sum of squares of their weighted sum.
///
/// An active-set method after Lawson and Hanson (Solving Least Squares Problems, 1974, chapter 23)
/// with the sum held at one: the column that promises most enters, and who would get less than
/// nought leaves.
///
/// # Errors
/// When other weights do as well, or the sets do not settle.
pub(super) fn simplex_weights(columns: &[Vec<f64>]) -> Result<Vec<f64>, &'static str> {
    let squares: Vec<f64> = columns.iter().map(|column| dot(column, column)).collect();
    let least = squares.iter().copied().fold(f64::INFINITY, f64::min);
    let first = squares.iter().position(|square| *square == least).ok_or("no other units")?;
    let lengths: Vec<f64> = squares.iter().map(|square| square.sqrt()).collect();
    let mut weights = vec![0.0; columns.len()];
    weights[first] = 1.0;
    let mut used = vec![first];
    for _ in 0..MOST_STEPS {
        let slopes = slopes(columns, &weights);
        let level = used.iter().map(|at| slopes[*at] * weights[*at]).sum::<f64>();
        let promise = |at: &usize| slopes[*at] - level;
        // Of the column's own length: one far from all others must not hide what near ones promise.
        let reach = used.iter().map(|at| weights[*at] * lengths[*at]).sum::<f64>();
        let widest = used.iter().map(|at| lengths[*at]).fold(0.0, f64::max);
        let slack = |at: &usize| ROUNDING * reach * widest.max(lengths[*at]);
        let unused = (0..columns.len()).filter(|at| !used.contains(at));
        let best = unused.min_by(|a, b| promise(a).total_cmp(&promise(b)));
        match best {
            Some(at) if promise(&at) < -slack(&at) => {
                used.push(at);
                settle(columns, &mut used, &mut weights)?;
            }
            _ => {
                let about = |at: &usize| slack(at).max(NOUGHT * lengths[*at]);
                let even = (0..columns.len()).filter(|at| promise(at) <= about(at));
                let even: Vec<usize> = even.collect();
                let is_unique = even.len() < 2 || are_independent(columns, &even);
                return if is_unique { Ok(weights) } else { Err(NOT_UNIQUE) };
            }
        }
    }
    Err("the weights did not settle")
}

/// Whether none of these columns is a mixture, of any signs, of the others. Two that differ by no more
/// than rounding are one.
fn are_independent(columns: &[Vec<f64>], used: &[usize]) -> bool {
    let products = differences(columns, used);
    let is_apart = |at| products.cell(at, at) > NOUGHT * NOUGHT;
    (0..used.len() - 1).all(is_apart) && products.factor().is_some()
}

/// Half the slope of the sum of squares in each weight.
fn slopes(columns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let sum = mixture(columns, weights);
    columns.iter().map(|column| dot(column, &sum)).collect()
}

/// The weighted sum of the columns.
pub(super) fn mixture(columns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; columns[0].len()];
    for (column, weight) in columns.iter().zip(weights).filter(|(_, weight)| **weight != 0.0) {
        sum.iter_mut().zip(column).for_each(|(sum, x)| *sum += weight * x);
    }
    sum
}

/// Bring the weights of the columns in use to their least squares; those that reach nought go.
fn settle(
    columns: &[Vec<f64>],
    used: &mut Vec<usize>,
    weights: &mut [f64],
) -> Result<(), &'static str> {
    loop {
        let wanted = free_weights(columns, used).ok_or(NOT_UNIQUE)?;
        let step = |(at, wanted): (&usize, &f64)| {
            let weight = weights[*at];
            (*wanted <= 0.0).then(|| (weight / (weight - wanted), *at))
        };
        let nearest = used.iter().zip(&wanted).filter_map(step);
        let Some((length, out)) = nearest.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            used.iter().zip(wanted).for_each(|(at, wanted)| weights[*at] = wanted);
            return Ok(());
        };
        let length = if length.is_finite() { length } else { 0.0 };
        for (at, wanted) in used.iter().zip(wanted) {
            weights[*at] += length * (wanted - weights[*at]);
        }
        weights[out] = 0.0;
        used.retain(|at| *at != out);
    }
}

/// Products of the columns at these places, less the first of them.
fn differences(columns: &[Vec<f64>], used: &[usize]) -> Symmetric {
    let mut products = Symmetric::zero(used.len() - 1);
    for (period, first) in columns[used[0]].iter().enumerate() {
        let row: Vec<f64> = used[1..].iter().map(|at| columns[*at][period] - first).collect();
        products.add_outer(&row, 1.0);
    }
    products
}

/// Weights of the columns in use by least squares with a sum of one, whatever their signs; solved
/// twice, the second time for what the first left over.
fn free_weights(columns: &[Vec<f64>], used: &[usize]) -> Option<Vec<f64>> {
    if used.len() == 1 {
        return Some(vec![1.0]);
    }
    let factor = differences(columns, used).factor()?;
    let mut weights = vec![0.0; used.len()];
    weights[0] = 1.0;
    let of: Vec<Vec<f64>> = used.iter().map(|at| columns[*at].clone()).collect();
    for _ in 0..3 {
        let slopes = slopes(&of, &weights);
        let wanted: Vec<f64> = slopes[1..].iter().map(|slope| slopes[0] - slope).collect();
        for (at, change) in factor.solve(&wanted).into_iter().enumerate() {
            weights[at + 1] += change;
            weights[0] -= change;
        }
    }
    weights.iter().all(|weight| weight.is_finite()).then_some(weights)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: the point of the segment from (-1, 1) to (3, 1) that is nearest to nought is (0, 1).
    #[test]
    fn the_nearest_point_of_a_segment_is_found() {
        let weights = simplex_weights(&[vec![-1.0, 1.0], vec![3.0, 1.0]]).expect("weights");
        assert!((weights[0] - 0.75).abs() < 1e-15 && (weights[1] - 0.25).abs() < 1e-15);
    }

    // By hand: the segment above, a thousandth of its size; the far column leads away from nought.
    #[test]
    fn a_column_far_from_all_others_hides_nothing() {
        let near = [vec![-1e-3, 1e-3], vec![3e-3, 1e-3], vec![1e6, 1e6]];
        let weights = simplex_weights(&near).expect("weights");
        assert!((weights[0] - 0.75).abs() < 1e-15 && (weights[1] - 0.25).abs() < 1e-15);
        assert_eq!(weights[2], 0.0);
    }

    #[test]
    fn a_corner_stands_alone_and_two_alike_are_refused() {
        let weights = simplex_weights(&[vec![1.0, 1.0], vec![3.0, 1.0]]).expect("weights");
        assert_eq!(weights, [1.0, 0.0]);
        assert_eq!(simplex_weights(&[vec![1.0, 1.0], vec![1.0, 1.0]]), Err(NOT_UNIQUE));
        let rounded = [vec![0.0, 0.0], vec![1e-17, 1e-17], vec![-0.6, 0.6]];
        assert_eq!(simplex_weights(&rounded), Err(NOT_UNIQUE));
    }
}
