//! What ages and causes of death add to the gap between two life expectancies.

use super::estimate::NOT_FINITE;
use super::life_table::{LifeBand, Row, life_table};

/// Name of [`gap_contributions`] in results.
pub(crate) const METHOD_ARRIAGA: &str = "Arriaga";

/// Deaths of one cause in an age band, of a population and of the reference it is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CauseBand {
    /// Age at which the band starts.
    pub age_from: f64,
    /// Age at which the next starts; `None` for the last band, which is open.
    pub age_to: Option<f64>,
    /// Deaths of the cause.
    pub n_deaths: f64,
    /// All persons of the band.
    pub population: f64,
    /// Deaths of the cause in the reference.
    pub reference_deaths: f64,
    /// All persons of the band in the reference.
    pub reference_population: f64,
}

/// What ages and causes add to the difference between two life expectancies.
#[derive(Debug, Clone, PartialEq)]
pub struct GapContributions {
    /// Life expectancy of the population at the first band's start.
    pub life_expectancy: f64,
    /// That of the reference.
    pub reference: f64,
    /// Years that each row adds to the first less the second; `None` where the causes of a band cancel
    /// out, so that no share of nothing can be told.
    pub years: Vec<Option<f64>>,
}

/// Contributions of each of `rows`, one for each age band and cause, in order of age.
///
/// With 1 the reference and 2 the population, and `l` = 1 at the first age, a band adds `l1 (L2/l2 -
/// L1/l1) + T2_next (l1/l2 - l1_next/l2_next)`, the last `l1 (T2/l2 - T1/l1)`; a cause has the share of the
/// band's difference in death rates that it makes (Arriaga EE. Demography 1984;21:83-96). All rows
/// together make the difference.
///
/// # Errors
/// When a life table of either cannot be made, or rows of one band differ in their populations.
pub fn gap_contributions(rows: &[CauseBand]) -> Result<GapContributions, &'static str> {
    let by_band = || rows.chunk_by(|a, b| a.age_from == b.age_from);
    let is_alike = |band: &[CauseBand]| {
        band.windows(2).all(|pair| {
            pair[0].age_to == pair[1].age_to
                && pair[0].population == pair[1].population
                && pair[0].reference_population == pair[1].reference_population
        })
    };
    if rows.iter().any(|row| !(row.n_deaths >= 0.0 && row.reference_deaths >= 0.0)) {
        return Err("deaths of a band are missing or negative");
    }
    if !by_band().all(is_alike) {
        return Err("rows of a band differ in its end or its persons, or one is missing");
    }
    let bands = |deaths: fn(&CauseBand) -> f64, persons: fn(&CauseBand) -> f64| {
        let band = |rows: &[CauseBand]| LifeBand {
            age_from: rows[0].age_from,
            age_to: rows[0].age_to,
            n_deaths: rows.iter().map(deaths).sum(),
            population: persons(&rows[0]),
        };
        by_band().map(band).collect::<Vec<_>>()
    };
    let own = life_table(&bands(|row| row.n_deaths, |row| row.population))?;
    let other = life_table(&bands(|row| row.reference_deaths, |row| row.reference_population))?;
    if own.iter().chain(&other).any(|row| row.reach <= 0.0) {
        return Err("nobody reaches a band");
    }
    let added = added_years(&own, &other);
    let mut years = Vec::with_capacity(rows.len());
    for (band, at) in by_band().zip(0..) {
        let difference = own[at].rate - other[at].rate;
        for row in band {
            let part =
                row.n_deaths / row.population - row.reference_deaths / row.reference_population;
            years.push(match (part, difference) {
                (0.0, _) => Some(0.0),
                (_, 0.0) => None,
                (part, difference) => Some(added[at] * part / difference),
            });
        }
    }
    let (life_expectancy, reference) = (own[0].years_left, other[0].years_left);
    let is_finite =
        years.iter().flatten().chain([&life_expectancy, &reference]).all(|n| n.is_finite());
    is_finite.then_some(GapContributions { life_expectancy, reference, years }).ok_or(NOT_FINITE)
}

/// Years that each band adds to the life expectancy of `own` less that of `other`.
fn added_years(own: &[Row], other: &[Row]) -> Vec<f64> {
    let band = |(at, (two, one)): (usize, (&Row, &Row))| {
        let Some((two_next, one_next)) = own.get(at + 1).zip(other.get(at + 1)) else {
            return one.reach * (two.years_left / two.reach - one.years_left / one.reach);
        };
        let direct = one.reach * (two.years / two.reach - one.years / one.reach);
        let passed = one.reach / two.reach - one_next.reach / two_next.reach;
        direct + two_next.years_left * passed
    };
    own.iter().zip(other).enumerate().map(band).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn causes_that_cancel_out_have_no_share() {
        let row = |n_deaths, reference_deaths| CauseBand {
            age_from: 0.0,
            age_to: None,
            n_deaths,
            population: 1_000.0,
            reference_deaths,
            reference_population: 1_000.0,
        };
        let found = gap_contributions(&[row(10.0, 20.0), row(20.0, 10.0), row(5.0, 5.0)]);
        let found = found.expect("two life tables");
        assert_eq!(found.years, [None, None, Some(0.0)]);
        assert_eq!(found.life_expectancy, found.reference);
    }

    proptest! {
        #[test]
        fn contributions_make_the_difference(
            rows in prop::collection::vec((1u32..400, 1u32..400, 1u32..400, 1u32..400), 2..20),
        ) {
            let n = rows.len();
            let of = |(at, (a, b, c, d)): (usize, &(u32, u32, u32, u32))| {
                let age_to = (at + 1 < n).then_some(5.0 * (at + 1) as f64);
                let cause = |own: u32, other: u32| CauseBand {
                    age_from: 5.0 * at as f64,
                    age_to,
                    n_deaths: f64::from(own),
                    population: 9_000.0,
                    reference_deaths: f64::from(other),
                    reference_population: 8_000.0,
                };
                [cause(*a, *b), cause(*c, *d)]
            };
            let causes: Vec<CauseBand> = rows.iter().enumerate().flat_map(of).collect();
            let found = gap_contributions(&causes).expect("two life tables");
            prop_assume!(found.years.iter().all(Option::is_some));
            let sum: f64 = found.years.iter().flatten().sum();
            prop_assert!((sum - (found.life_expectancy - found.reference)).abs() < 1e-9);
        }
    }
}
