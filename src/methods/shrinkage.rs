//! Rates of small areas, drawn towards the rate of all.

use super::estimate::{NOT_FINITE, fault_of_base};

/// How it was made.
pub(crate) const METHOD_SHRINKAGE: &str = "Marshall's global empirical Bayes";

/// Events of an area in its population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaEvents {
    /// Events.
    pub n_events: f64,
    /// Persons or person-time.
    pub population: f64,
}

/// The rates of areas, each drawn towards the rate of all.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// The rate of all areas.
    pub baseline: f64,
    /// Variance between the areas' true rates; 0 when chance explains it all.
    pub between: f64,
    /// For each area its rate and the weight that its own rate has in it; in the areas' order.
    pub rates: Vec<(f64, f64)>,
}

/// Empirical Bayes rates of `areas`.
///
/// `m = sum x / sum n`; `A = max(0, sum n (x/n - m)^2 / sum n - m / mean n)`; an area's rate is
/// `m + A / (A + m/n) (x/n - m)` (Marshall RJ. Appl Stat 1991;40:283-94). All are times `per`.
///
/// # Errors
/// With fewer than two areas, one that has no population or negative events, or no events at all.
pub fn empirical_bayes(areas: &[AreaEvents], per: f64) -> Result<Shrunk, &'static str> {
    if let Some(reason) = fault_of_base(per) {
        return Err(reason);
    }
    if areas.len() < 2 {
        return Err("fewer than two areas");
    }
    let is_amount = |amount: f64| amount.is_finite() && amount >= 0.0;
    if !areas.iter().all(|area| is_amount(area.n_events) && is_amount(area.population)) {
        return Err("events or a population are missing or negative");
    }
    if areas.iter().any(|area| area.population == 0.0) {
        return Err("a population is zero");
    }
    // In an order of their own: the sums are the same whatever the order of the rows.
    let mut sorted = areas.to_vec();
    sorted.sort_unstable_by(|a, b| {
        a.population.total_cmp(&b.population).then(a.n_events.total_cmp(&b.n_events))
    });
    let sum = |of: &dyn Fn(&AreaEvents) -> f64| sorted.iter().map(of).sum::<f64>();
    let population = sum(&|area| area.population);
    let baseline = sum(&|area| area.n_events) / population;
    let spread = sum(&|area| {
        area.population / population * (area.n_events / area.population - baseline).powi(2)
    });
    let between = (spread - baseline * areas.len() as f64 / population).max(0.0);
    if !(population.is_finite() && (baseline * per).is_finite() && between.is_finite()) {
        return Err(NOT_FINITE);
    }
    if baseline == 0.0 {
        return Err("no events in any area");
    }
    let rate = |area: &AreaEvents| {
        let weight = between / (between + baseline / area.population);
        (per * (baseline + weight * (area.n_events / area.population - baseline)), weight)
    };
    let rates = areas.iter().map(rate).collect();
    Ok(Shrunk { baseline: baseline * per, between: between * per * per, rates })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_that_chance_explains_have_the_rate_of_all() {
        let area = |n_events| AreaEvents { n_events, population: 100.0 };
        let found = empirical_bayes(&[area(10.0), area(11.0)], 1000.0).expect("two areas");
        assert_eq!(found.between, 0.0);
        assert!(found.rates.iter().all(|(rate, weight)| (*rate, *weight) == (105.0, 0.0)));
        let apart = empirical_bayes(&[area(10.0), area(60.0)], 1.0).expect("two areas");
        assert!(apart.rates[0].0 > 0.1 && apart.rates[1].0 < 0.6 && apart.between > 0.0);
        assert!(empirical_bayes(&[area(0.0), area(0.0)], 1.0).is_err());
    }
}
