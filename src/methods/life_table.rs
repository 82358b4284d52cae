//! Abridged life tables, and life expectancy with its limits.

use super::confidence::{CONFIDENCE_95, Confidence, z_value};
use super::estimate::{Estimate, Limits, NOT_FINITE};

/// Name of [`life_expectancy`] in results.
pub(crate) const METHOD_LIFE: &str = "Chiang II, limits by Silcocks";

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
pub(super) struct Row {
    age: f64,
    /// Death rate.
    pub(super) rate: f64,
    /// Years in the band; of the last, twice the years left to live.
    width: f64,
    /// Part of the band lived by those who die in it.
    lived: f64,
    /// Of one newborn, those that reach the band.
    pub(super) reach: f64,
    /// Years that they live in the band, and from its start on.
    pub(super) years: f64,
    pub(super) years_left: f64,
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
pub(super) fn life_table(bands: &[LifeBand]) -> Result<Vec<Row>, &'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
