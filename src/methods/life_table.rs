//! Abridged life tables: life expectancy with limits, and what ages and causes add to a gap.

use super::confidence::{CONFIDENCE_95, Confidence, z_value};
use super::estimate::{Estimate, Limits, NOT_FINITE};

/// Name of [`life_expectancy`] in results.
pub(crate) const METHOD_LIFE: &str = "Chiang II, limits by Silcocks";
/// Name of [`gap_contributions`] in results.
pub(crate) const METHOD_ARRIAGA: &str = "Arriaga";

/// Not more persons than this have no life expectancy: the rule of the Office for National Statistics.
const FEWEST_PERSONS: f64 = 5_000.0;
/// Years by which 95 % limits may lie apart.
const WIDEST: f64 = 20.0;
/// The part of a band that those live on average who die in it; in the first year of life less.
const LIVED: f64 = 0.5;
const LIVED_BY_INFANTS: f64 = 0.1;

/// Deaths and persons of an age band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifeBand {
    /// Age at which it starts.
    pub age_from: f64,
    /// Age at which the next starts; `None` for the last band, which is open.
    pub age_to: Option<f64>,
    /// Deaths in it.
    pub n_deaths: f64,
    /// Persons or person-years in it.
    pub population: f64,
}

/// A life expectancy, with what it was made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifeExpectancy {
    /// Years left to live at the age.
    pub estimate: Estimate,
    /// Deaths from that age on.
    pub n_deaths: Option<f64>,
    /// Persons from that age on.
    pub population: Option<f64>,
}

/// One row of a life table.
#[derive(Debug, Clone, Copy)]
struct Row {
    age: f64,
    /// Death rate.
    rate: f64,
    /// Years in the band; of the last, twice the years left to live.
    width: f64,
    /// Part of the band lived by those who die in it.
    lived: f64,
    /// Of one newborn, those that reach the band.
    reach: f64,
    /// Years that they live in the band, and from its start on.
    years: f64,
    years_left: f64,
    /// Variance of the chance to survive the band.
    variance: f64,
}

/// Years left to live at `age`, the start of one of `bands` (of the first unless given).
///
/// `M = D/P`, `q = nM / (1 + nM (1 - a))` with `a` .1 in the first year of life and .5 elsewhere, 1 in the
/// last band, whose `L = l/M`; `e = T/l` (Chiang 1984). `var(e_x) = sum l^2 ((1-a) n + e_next)^2 q^2 (1-q) / D
/// / l_x^2`, the last band adding `(l/2)^2 4 / (D M^2)` (Silcocks and others 2001).
///
/// Missing with 5,000 persons or fewer, in a band without persons, with negative deaths or more
/// deaths than persons, without deaths in the last band, and where bands do not follow each other. The
/// value alone is missing where its 95 % limits lie more than 20 years apart.
#[must_use]
pub fn life_expectancy(
    bands: &[LifeBand],
    age: Option<f64>,
    confidence: Confidence,
) -> LifeExpectancy {
    let refuse = |reason| LifeExpectancy {
        estimate: Estimate::missing(METHOD_LIFE, reason),
        n_deaths: None,
        population: None,
    };
    if bands.iter().map(|band| band.population).sum::<f64>() <= FEWEST_PERSONS {
        return refuse("5,000 persons or fewer");
    }
    let table = match life_table(bands) {
        Ok(table) => table,
        Err(reason) => return refuse(reason),
    };
    let age = age.unwrap_or(bands[0].age_from);
    let Some(at) = table.iter().position(|row| row.age == age) else {
        return refuse("the age is not where a band starts");
    };
    let Row { reach, years_left, .. } = table[at];
    let value = years_left / reach;
    let error = variance(&table[at..]).sqrt() / reach;
    if !(value.is_finite() && error.is_finite()) {
        return refuse(NOT_FINITE);
    }
    let limits = Limits::at(confidence, |confidence| {
        let reach = z_value(confidence) * error;
        (Some(value - reach), Some(value + reach))
    });
    let is_wide = 2.0 * z_value(CONFIDENCE_95) * error > WIDEST;
    let sum = |of: fn(&LifeBand) -> f64| Some(bands[at..].iter().map(of).sum());
    LifeExpectancy {
        estimate: Estimate {
            value: (!is_wide).then_some(value),
            limits,
            method: METHOD_LIFE,
            reason: is_wide.then_some("the 95 % limits lie more than 20 years apart"),
        },
        n_deaths: sum(|band| band.n_deaths),
        population: sum(|band| band.population),
    }
}

fn fault(bands: &[LifeBand]) -> Option<&'static str> {
    let last = bands.last()?;
    let starts = bands.iter().skip(1).map(|band| band.age_from);
    let follow = bands
        .iter()
        .zip(starts)
        .all(|(band, next)| band.age_to == Some(next) && band.age_from < next && next.is_finite());
    if !(follow && last.age_to.is_none() && bands[0].age_from >= 0.0) {
        return Some("bands do not follow each other up to an open one");
    }
    if bands.iter().any(|band| !(band.population.is_finite() && band.population > 0.0)) {
        return Some("a band has no persons");
    }
    if bands.iter().any(|band| !(band.n_deaths.is_finite() && band.n_deaths >= 0.0)) {
        return Some("deaths of a band are missing or negative");
    }
    if bands.iter().any(|band| band.n_deaths > band.population) {
        return Some("a band has more deaths than persons");
    }
    (last.n_deaths == 0.0).then_some("no deaths in the last band: its years have no end")
}

/// The life table of bands in order of age, from their youngest on.
fn life_table(bands: &[LifeBand]) -> Result<Vec<Row>, &'static str> {
    if bands.is_empty() {
        return Err("no rows");
    }
    if let Some(reason) = fault(bands) {
        return Err(reason);
    }
    let mut reach = 1.0;
    let mut table: Vec<Row> = Vec::with_capacity(bands.len());
    for band in bands {
        let rate = band.n_deaths / band.population;
        let width = band.age_to.map_or(2.0 / rate, |to| to - band.age_from);
        let lived = if band.age_to == Some(1.0) { LIVED_BY_INFANTS } else { LIVED };
        let is_last = band.age_to.is_none();
        let dying = if is_last { 1.0 } else { width * rate / (1.0 + width * rate * (1.0 - lived)) };
        if dying > 1.0 {
            return Err("more would die in a band than reach it");
        }
        let variance = if is_last {
            4.0 / (band.n_deaths * rate * rate)
        } else if band.n_deaths > 0.0 {
            dying * dying * (1.0 - dying) / band.n_deaths
        } else {
            0.0
        };
        let years =
            if is_last { reach / rate } else { width * reach * (1.0 - (1.0 - lived) * dying) };
        table.push(Row {
            age: band.age_from,
            rate,
            width,
            lived,
            reach,
            years,
            years_left: 0.0,
            variance,
        });
        reach *= 1.0 - dying;
    }
    let mut years_left = 0.0;
    for row in table.iter_mut().rev() {
        years_left += row.years;
        row.years_left = years_left;
    }
    Ok(table)
}

/// Variance of the years left from the first of `rows` on, for one newborn.
fn variance(rows: &[Row]) -> f64 {
    let weight = |(at, row): (usize, &Row)| {
        let lost = match rows.get(at + 1) {
            Some(next) if next.reach > 0.0 => {
                (1.0 - row.lived) * row.width + next.years_left / next.reach
            }
            Some(_) => (1.0 - row.lived) * row.width,
            None => 0.5,
        };
        row.reach * row.reach * lost * lost * row.variance
    };
    rows.iter().enumerate().map(weight).sum()
}

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

    fn band(from: f64, to: Option<f64>, n_deaths: f64, population: f64) -> LifeBand {
        LifeBand { age_from: from, age_to: to, n_deaths, population }
    }

    // By hand: one open band with a death in fifty years of life: 50 years, error 50 / sqrt(200).
    #[test]
    fn one_open_band_has_the_inverse_of_its_death_rate() {
        let found = life_expectancy(&[band(0.0, None, 200.0, 10_000.0)], None, Confidence::P95);
        assert_eq!(found.estimate.value, Some(50.0));
        let error = 50.0 / 200.0_f64.sqrt();
        let upper = found.estimate.limits.upper_95.expect("a limit");
        assert!((upper - 50.0 - 1.959_963_984_540_054 * error).abs() < 1e-9);
        assert_eq!((found.n_deaths, found.population), (Some(200.0), Some(10_000.0)));
    }

    #[test]
    fn what_makes_no_life_table_says_why() {
        let young = band(0.0, Some(50.0), 10.0, 6_000.0);
        let old = band(50.0, None, 100.0, 4_000.0);
        let reason = |bands: &[LifeBand], age| {
            life_expectancy(bands, age, Confidence::P95).estimate.reason.unwrap_or_default()
        };
        assert_eq!(reason(&[young, old], None), "");
        assert_eq!(reason(&[], None), "5,000 persons or fewer");
        let gap = LifeBand { age_from: 60.0, ..old };
        assert!(reason(&[young, gap], None).contains("follow each other"));
        assert!(reason(&[young], None).contains("follow each other"));
        assert!(reason(&[young, old], Some(49.0)).contains("where a band starts"));
        let few = LifeBand { population: 1_000.0, ..young };
        assert!(reason(&[few, old], None).contains("5,000 persons"));
        let dead = LifeBand { n_deaths: 5_000.0, ..old };
        assert!(reason(&[young, dead], None).contains("more deaths than persons"));
        let alive = LifeBand { n_deaths: 0.0, ..old };
        assert!(reason(&[young, alive], None).contains("no end"));
        let one = LifeBand { n_deaths: 1.0, ..old };
        let wide = life_expectancy(&[young, one], None, Confidence::P95).estimate;
        assert!(wide.value.is_none() && wide.limits.lower_95.is_some());
    }

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
