//! The 100 points along a funnel's axis at which its limits are drawn.

/// 100 whole numbers from `first` (at least 1), each larger than the one before by a constant
/// factor towards `last`, and by at least 1 (the plotting rule of the Fingertips tools).
#[must_use]
pub fn funnel_axis(first: u64, last: u64) -> Vec<u64> {
    let mut points = vec![first.max(1)];
    for steps_left in (1..100).rev() {
        let at = points[points.len() - 1];
        let factor = (last as f64 / at as f64).powf(1.0 / f64::from(steps_left));
        let grown = (factor * at as f64).round_ties_even() as u64;
        points.push(grown.max(at + 1));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_rises_in_whole_steps_to_its_end() {
        let axis = funnel_axis(1, 14_000);
        assert_eq!(axis.len(), 100);
        assert!(axis.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(axis[99], 14_000);
    }

    #[test]
    fn a_short_axis_still_has_a_hundred_points() {
        assert_eq!(funnel_axis(0, 10)[99], 100);
    }
}
