//! Moran's I: whether areas that touch are more alike than areas that do not.

use super::draws::Draws;

/// Most permutations that are drawn.
const MOST_PERMUTATIONS: i64 = 100_000;
/// Fewest, for a p value of a tenth of a per cent.
const FEWEST_PERMUTATIONS: i64 = 999;

/// An area with the places of its neighbours in the list of areas.
#[derive(Debug, Clone, PartialEq)]
pub struct NeighbouringArea {
    /// Its rate or another value.
    pub value: f64,
    /// Its neighbours, none twice and not itself.
    pub neighbours: Vec<usize>,
}

/// Spatial autocorrelation of areas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moran {
    /// Moran's I with weights that add up to one for each area.
    pub value: f64,
    /// What it would be on average if values were dealt out at random: `-1 / (n - 1)`.
    pub expected: f64,
    /// Two-sided p value over random permutations of the values.
    pub p_value: f64,
}

/// Moran's I of areas with at least one neighbour each.
///
/// `I = n sum_i sum_j w_ij z_i z_j / (S0 sum z^2)`, `w_ij = 1 / neighbours of i`, `z` from the mean.
/// `p = (1 + permutations at least as far from the expected value) / (1 + permutations)`. Source:
/// Cliff AD, Ord JK. Spatial Processes. 1981, chapters 1 and 2.
///
/// # Errors
/// When there are too few areas or permutations, values are missing or all alike, or an area has no
/// neighbour, itself or one twice.
pub fn moran(
    areas: &[NeighbouringArea],
    n_permutations: i64,
    seed: u64,
) -> Result<Moran, &'static str> {
    if let Some(reason) = fault(areas, n_permutations) {
        return Err(reason);
    }
    let n = areas.len() as f64;
    let largest = areas.iter().map(|area| area.value.abs()).fold(0.0, f64::max);
    let scaled = |area: &NeighbouringArea| area.value / largest;
    let mean = areas.iter().map(scaled).sum::<f64>() / n;
    let mut deviations: Vec<f64> = areas.iter().map(|area| scaled(area) - mean).collect();
    let squares: f64 = deviations.iter().map(|z| z * z).sum();
    if squares.is_nan() || squares <= n * 1e-24 {
        return Err("all values are alike");
    }
    let index = |deviations: &[f64]| {
        let lag = |area: &NeighbouringArea| {
            let sum: f64 = area.neighbours.iter().map(|at| deviations[*at]).sum();
            sum / area.neighbours.len() as f64
        };
        areas.iter().zip(deviations).map(|(area, z)| z * lag(area)).sum::<f64>() / squares
    };
    let (value, expected) = (index(&deviations), -1.0 / (n - 1.0));
    // Of permutations that change nothing the sums may differ in their last digits.
    let distance = (value - expected).abs() - 1e-12;
    let mut draws = Draws::from_seed(seed);
    let mut n_as_far = 0_u32;
    for _ in 0..n_permutations {
        draws.shuffle(&mut deviations);
        n_as_far += u32::from((index(&deviations) - expected).abs() >= distance);
    }
    let p_value = (1.0 + f64::from(n_as_far)) / (1.0 + n_permutations as f64);
    Ok(Moran { value, expected, p_value })
}

fn fault(areas: &[NeighbouringArea], n_permutations: i64) -> Option<&'static str> {
    let is_sound = |(at, area): (usize, &NeighbouringArea)| {
        let mut sorted = area.neighbours.clone();
        sorted.sort_unstable();
        sorted.windows(2).all(|pair| pair[0] != pair[1])
            && sorted.iter().all(|other| *other != at && *other < areas.len())
    };
    if areas.is_empty() {
        Some("no rows")
    } else if !(FEWEST_PERMUTATIONS..=MOST_PERMUTATIONS).contains(&n_permutations) {
        Some("permutations are not 999 to 100,000")
    } else if areas.len() < 4 {
        Some("fewer than four areas")
    } else if areas.iter().any(|area| !area.value.is_finite()) {
        Some("a value is missing or not finite")
    } else if areas.iter().any(|area| area.neighbours.is_empty()) {
        Some("an area has no neighbour among the rows")
    } else if !areas.iter().enumerate().all(is_sound) {
        Some("an area has itself or a neighbour twice among its neighbours")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(values: &[f64]) -> Vec<NeighbouringArea> {
        let n = values.len();
        let area = |(at, value): (usize, &f64)| NeighbouringArea {
            value: *value,
            neighbours: vec![(at + 1) % n, (at + n - 1) % n],
        };
        values.iter().enumerate().map(area).collect()
    }

    // By hand: on a ring that alternates each area's neighbours are its opposite: -1. In two halves
    // of four, of eight products four are 1, four (at the two borders) nothing: 4 / 8.
    #[test]
    fn alternating_areas_are_opposed_and_halves_are_alike() {
        let of = |values: &[f64]| moran(&ring(values), 999, 1).expect("a sound map");
        assert!((of(&[1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0]).value + 1.0).abs() < 1e-12);
        let halves = of(&[1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0]);
        assert!((halves.value - 0.5).abs() < 1e-12 && (halves.expected + 1.0 / 7.0).abs() < 1e-15);
    }

    // By counting all 70 ways to deal four and four on a ring of eight: I is 1 - borders / 4, so
    // .5, 0, -.5, -1 for 2, 4, 6, 8 borders, in 8, 36, 24 and 2 ways; as far from -1/7 as .5 are
    // those of 2 and 8 borders: p = 10/70. Standard deviation of 100,000 permutations: .0011.
    #[test]
    fn the_p_value_is_the_share_of_all_permutations() {
        let halves = ring(&[1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0]);
        let result = moran(&halves, 100_000, 5).expect("a sound map");
        assert!((result.p_value - 1.0 / 7.0).abs() < 0.0055, "{}", result.p_value);
    }
}
