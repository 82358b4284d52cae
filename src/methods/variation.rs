//! How much areas differ from each other.

use statrs::function::gamma::gamma_ur;

use super::estimate::NOT_FINITE;

/// Events of an area, and those expected of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObservedExpected {
    /// Events.
    pub observed: f64,
    /// Events that the area would have at the rate of all.
    pub expected: f64,
}

/// The systematic part of the variation between areas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SystematicVariation {
    /// Systematic component of variation, times 100; below zero where chance explains more than all.
    pub scv: f64,
    /// Chi-squared statistic of no difference.
    pub chi_square: f64,
    /// Its p value at one degree of freedom less than there are areas.
    pub p_value: f64,
}

/// `SCV = 100/k sum(((O - E)^2 - E) / E^2)`; `chi^2 = sum((O - E)^2 / E)` (McPherson and others, N Engl J
/// Med 1982;307:1310-4).
///
/// # Errors
/// With fewer than two areas, or one whose events are negative or whose expectation is not above zero.
pub fn systematic_variation(
    areas: &[ObservedExpected],
) -> Result<SystematicVariation, &'static str> {
    if areas.len() < 2 {
        return Err("fewer than two areas");
    }
    let is_area = |area: &ObservedExpected| {
        area.observed.is_finite()
            && area.observed >= 0.0
            && area.expected.is_finite()
            && area.expected > 0.0
    };
    if !areas.iter().all(is_area) {
        return Err("events are missing or negative, or expected events not above zero");
    }
    let excess = |area: &ObservedExpected| area.observed - area.expected;
    let systematic =
        |area: &ObservedExpected| (excess(area) / area.expected).powi(2) - 1.0 / area.expected;
    let scv = 100.0 * areas.iter().map(systematic).sum::<f64>() / areas.len() as f64;
    let chi_square: f64 = areas.iter().map(|area| excess(area).powi(2) / area.expected).sum();
    if !(scv.is_finite() && chi_square.is_finite()) {
        return Err(NOT_FINITE);
    }
    let df = (areas.len() - 1) as f64;
    let p_value = if chi_square > 0.0 { gamma_ur(df / 2.0, chi_square / 2.0) } else { 1.0 };
    Ok(SystematicVariation { scv, chi_square, p_value })
}

/// The values, from the lowest to the highest.
fn ordered(values: &[f64], fewest: usize) -> Result<Vec<f64>, &'static str> {
    if values.iter().any(|value| !(value.is_finite() && *value >= 0.0)) {
        return Err("a value is missing, not finite or negative");
    }
    if values.len() < fewest {
        return Err(if fewest > 1 { "fewer than two areas" } else { "no rows" });
    }
    let mut ordered = values.to_vec();
    ordered.sort_unstable_by(f64::total_cmp);
    Ok(ordered)
}

fn quotient(high: f64, low: f64) -> Result<f64, &'static str> {
    if low <= 0.0 {
        return Err("the value below is zero");
    }
    Some(high / low).filter(|quotient| quotient.is_finite()).ok_or(NOT_FINITE)
}

/// The highest value over the lowest.
///
/// # Errors
/// With fewer than two values, one that is negative, or a lowest one of zero.
pub fn extremal_quotient(values: &[f64]) -> Result<f64, &'static str> {
    let ordered = ordered(values, 2)?;
    quotient(ordered[ordered.len() - 1], ordered[0])
}

/// The ninth decile over the first, between two values by linear interpolation (R's type 7).
///
/// # Errors
/// As [`extremal_quotient`].
pub fn interdecile_ratio(values: &[f64]) -> Result<f64, &'static str> {
    let ordered = ordered(values, 2)?;
    let decile = |tenths: f64| {
        let place = tenths / 10.0 * (ordered.len() - 1) as f64;
        let (below, above) = (ordered[place.floor() as usize], ordered[place.ceil() as usize]);
        below + (above - below) * place.fract()
    };
    quotient(decile(9.0), decile(1.0))
}

/// The standard deviation (over `n - 1`) over the mean.
///
/// # Errors
/// With fewer than two values, one that is negative, or a mean of zero.
pub fn coefficient_of_variation(values: &[f64]) -> Result<f64, &'static str> {
    let ordered = ordered(values, 2)?;
    let n = ordered.len() as f64;
    let mean = ordered.iter().sum::<f64>() / n;
    let squares: f64 = ordered.iter().map(|value| (value - mean).powi(2)).sum();
    if mean <= 0.0 {
        return Err("all values are zero");
    }
    let ratio = (squares / (n - 1.0)).sqrt() / mean;
    Some(ratio).filter(|ratio| ratio.is_finite()).ok_or(NOT_FINITE)
}

/// Gini coefficient of values over populations: twice the area between the Lorenz curve and the line of
/// equality. Its curve runs straight between areas.
///
/// # Errors
/// Without areas, with a value that is negative or a population not above zero, or if all values are
/// zero.
pub fn gini(areas: &[(f64, f64)]) -> Result<f64, &'static str> {
    let values: Vec<f64> = areas.iter().map(|(value, _)| *value).collect();
    ordered(&values, 1)?;
    if areas.iter().any(|(_, population)| !(population.is_finite() && *population > 0.0)) {
        return Err("a population is missing or not above zero");
    }
    let mut areas = areas.to_vec();
    areas.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let population: f64 = areas.iter().map(|(_, population)| population).sum();
    let total: f64 = areas.iter().map(|(value, own)| value * own).sum();
    if total == 0.0 {
        return Err("all values are zero");
    }
    if !(population.is_finite() && total.is_finite()) {
        return Err(NOT_FINITE);
    }
    let (mut below, mut twice_area) = (0.0, 0.0);
    for (value, own) in areas {
        let share = value * own / total;
        twice_area += (2.0 * below + share) * own / population;
        below += share;
    }
    Ok(1.0 - twice_area)
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: of two equal areas one has all: the curve is 0 up to the half, then 1: Gini 1/2.
    #[test]
    fn all_in_one_of_two_areas_is_a_half_and_equal_areas_are_nothing() {
        assert_eq!(gini(&[(0.0, 10.0), (5.0, 10.0)]), Ok(0.5));
        assert!(gini(&[(3.0, 10.0), (3.0, 40.0)]).is_ok_and(|gini| gini.abs() < 1e-15));
        assert!(gini(&[(0.0, 1.0)]).is_err() && gini(&[]).is_err() && gini(&[(1.0, 0.0)]).is_err());
    }

    // By hand: O - E = 5, -5 over E = 10, 10: 100/2 * 2 * (25 - 10)/100 = 15; chi^2 = 5.
    #[test]
    fn variation_beyond_chance_is_systematic() {
        let area = |observed| ObservedExpected { observed, expected: 10.0 };
        let found = systematic_variation(&[area(15.0), area(5.0)]).expect("two areas");
        assert!((found.scv - 15.0).abs() < 1e-12 && (found.chi_square - 5.0).abs() < 1e-12);
        let alike = systematic_variation(&[area(10.0), area(10.0)]).expect("two areas");
        assert_eq!((alike.chi_square, alike.p_value), (0.0, 1.0));
        assert!(systematic_variation(&[area(10.0)]).is_err());
    }

    #[test]
    fn quotients_need_something_below() {
        assert_eq!(extremal_quotient(&[2.0, 8.0, 4.0]), Ok(4.0));
        assert!(extremal_quotient(&[0.0, 8.0]).is_err() && extremal_quotient(&[1.0]).is_err());
        // By hand: of 1 to 11 the first decile is 2, the ninth 10.
        let to_eleven: Vec<f64> = (1..=11).map(f64::from).collect();
        assert_eq!(interdecile_ratio(&to_eleven), Ok(5.0));
        assert_eq!(coefficient_of_variation(&[2.0, 2.0]), Ok(0.0));
        assert!(coefficient_of_variation(&[0.0, 0.0]).is_err());
    }
}
