//! The least value of a function of a few numbers between 0 and 1, without derivatives.

/// Most steps of one descent, for each dimension.
const MOST_STEPS: usize = 400;
/// A simplex whose corners lie this near to each other has arrived.
const SMALLEST: f64 = 1e-9;
/// Places of the grid in each dimension that the descents start from.
const GRID: [f64; 4] = [0.01, 0.15, 0.5, 0.9];
/// Descents from the best places of the grid.
const N_STARTS: usize = 4;

type Corner = (f64, Vec<f64>);

/// The place in the unit box of `n_dimensions` where `of` is least.
///
/// A grid is tried, the simplex method of Nelder and Mead (1965) goes down from its best places,
/// and once more from where the best of these ended, since a simplex may collapse. A value that is
/// no number counts as infinite. The same on every machine: nothing is drawn.
pub(crate) fn least_in_box(n_dimensions: usize, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let of = |place: &[f64]| {
        let value = of(place);
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut grid: Vec<Corner> = (0..GRID.len().pow(n_dimensions as u32))
        .map(|at| {
            let place: Vec<f64> = (0..n_dimensions as u32)
                .map(|d| GRID[at / GRID.len().pow(d) % GRID.len()])
                .collect();
            (of(&place), place)
        })
        .collect();
    grid.sort_by(|left, right| left.0.total_cmp(&right.0));
    let ends = grid.iter().take(N_STARTS).map(|(_, start)| descend(start, 0.1, &of));
    let best = ends.min_by(|left, right| left.0.total_cmp(&right.0));
    let (_, best) = best.unwrap_or_default();
    descend(&best, 0.02, &of).1
}

fn descend(start: &[f64], step: f64, of: &impl Fn(&[f64]) -> f64) -> Corner {
    let mut corners: Vec<Corner> = vec![(of(start), start.to_vec())];
    for at in 0..start.len() {
        let mut place = start.to_vec();
        place[at] += if place[at] + step > 1.0 { -step } else { step };
        corners.push((of(&place), place));
    }
    for _ in 0..MOST_STEPS * start.len() {
        corners.sort_by(|left, right| left.0.total_cmp(&right.0));
        if extent(&corners) < SMALLEST {
            break;
        }
        turn(&mut corners, of);
    }
    corners.sort_by(|left, right| left.0.total_cmp(&right.0));
    corners.swap_remove(0)
}

/// How far the corners lie from the first, at most, in one dimension.
fn extent(corners: &[Corner]) -> f64 {
    let first = &corners[0].1;
    let apart = corners.iter().flat_map(|(_, place)| place.iter().zip(first));
    apart.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

/// One step: the worst corner goes through the middle of the others, further if that is best,
/// nearer if it is not good; when nothing helps, all draw nearer to the best.
fn turn(corners: &mut [Corner], of: &impl Fn(&[f64]) -> f64) {
    let last = corners.len() - 1;
    let n_dimensions = corners[0].1.len();
    let middle: Vec<f64> = (0..n_dimensions)
        .map(|at| corners[..last].iter().map(|(_, place)| place[at]).sum::<f64>() / last as f64)
        .collect();
    let worst = corners[last].1.clone();
    let at = |reach: f64| {
        let place: Vec<f64> =
            middle.iter().zip(&worst).map(|(m, w)| (m + reach * (m - w)).clamp(0.0, 1.0)).collect();
        (of(&place), place)
    };
    let reflected = at(1.0);
    let replacement = if reflected.0 < corners[0].0 {
        let expanded = at(2.0);
        if expanded.0 < reflected.0 { expanded } else { reflected }
    } else if reflected.0 < corners[last - 1].0 {
        reflected
    } else {
        let nearer = at(if reflected.0 < corners[last].0 { 0.5 } else { -0.5 });
        if nearer.0 >= reflected.0.min(corners[last].0) {
            let best = corners[0].1.clone();
            for (value, place) in &mut corners[1..] {
                place.iter_mut().zip(&best).for_each(|(x, b)| *x = b + (*x - b) / 2.0);
                *value = of(place);
            }
            return;
        }
        nearer
    };
    corners[last] = replacement;
}

#[cfg(test)]
mod tests {
    use super::*;

    // Rosenbrock's valley, its least value at (.6, .36) after scaling.
    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let of = |x: &[f64]| (x[0] - 0.6).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let place = least_in_box(2, of);
        assert!((place[0] - 0.6).abs() < 1e-6 && (place[1] - 0.36).abs() < 1e-6, "{place:?}");
    }

    #[test]
    fn a_least_value_on_the_edge_is_reached() {
        let place = least_in_box(3, |x| x[0] - x[1] + (x[2] - 0.25).powi(2));
        assert_eq!(place[..2], [0.0, 1.0]);
        assert!((place[2] - 0.25).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_number_is_never_chosen() {
        let place = least_in_box(1, |x| if x[0] < 0.3 { f64::NAN } else { x[0] });
        assert!(place[0] >= 0.3 && place[0] < 0.3 + 1e-6);
    }
}
