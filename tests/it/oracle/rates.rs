//! Headline figures, rates by neighbourhood and practices compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::World;
use super::calendar::{AS_AT, Month};
use super::extracts::table;
use super::formulas::{Band, Ratio, count_limits, funnel, standardised};
use super::shown::{
    Figures, NOT_APPLICABLE, NOT_AVAILABLE, Way, estimate, exact, fives, is_small, plain_limit,
    plain_rate, rounded, step_rate, word,
};

const DAYS_PER_YEAR: f64 = 365.25;

/// What is counted: the report's code and what units count as.
pub(crate) const INDICATORS: [(&str, &str); 6] = [
    ("emergency_admission", "emergency_admission"),
    ("a_and_e", "a_and_e_attendance"),
    ("outpatient", "outpatient_attendance"),
    ("community", "community_contact"),
    ("mental_health", "mental_health_contact"),
    ("adult_social_care", "social_care_package"),
];

/// The figures at the top: the year to where each indicator's feeds are complete.
pub(crate) fn headline(world: &World, figures: &mut Figures) {
    let present = world.city.people.values().filter(|person| person.is_present(AS_AT)).count();
    let present = rounded(fives(present as i64) as f64);
    figures.row(
        "release.headline/registered",
        false,
        vec![
            ("n_persons", present.clone()),
            ("value", present),
            ("person_years", super::shown::Shown { letter: None, ..NOT_APPLICABLE }),
            ("rate_per_1000", NOT_APPLICABLE),
        ],
    );
    let mut counted = Vec::new();
    for (indicator, counts_as) in INDICATORS {
        let year = world.complete.last_year(indicator);
        let units = world.activity.counted(counts_as);
        let units: Vec<_> = units.filter(|unit| year.contains(&Month::of(unit.from))).collect();
        let persons: BTreeSet<&str> = units.iter().map(|unit| unit.person.as_str()).collect();
        counted.push((indicator, year, persons.len() as i64, units.len() as i64));
    }
    let year = world.complete.last_year("death");
    let died = world.city.people.values().filter(|person| {
        // The day of death is the last day on the list.
        person.died_on.is_some_and(|died| {
            year.contains(&Month::of(died)) && person.practice_on(died).is_some()
        })
    });
    let died = died.count() as i64;
    counted.push(("death", year, died, died));
    for (indicator, year, persons, n) in counted {
        let months = world.city.people.values().flat_map(|person| &person.months);
        let months = months.filter(|(month, _)| year.contains(month));
        let years = months.map(|(_, held)| held.days).sum::<i64>() as f64 / DAYS_PER_YEAR;
        let place = format!("release.headline/{indicator}");
        let hide = is_small(persons) || is_small(n);
        figures.row(
            &place,
            hide,
            vec![
                ("n_persons", rounded(fives(persons) as f64)),
                ("value", rounded(fives(n) as f64)),
                ("rate_per_1000", plain_rate(n, years, 1000.0)),
            ],
        );
        figures.one(&format!("{place}/person_years"), exact(years));
    }
}

/// Events of one person in one place and age band.
type Strata = BTreeMap<(String, String), BTreeMap<String, i64>>;

/// Rates by neighbourhood over all months that are complete.
pub(crate) fn neighbourhoods(world: &World, reference: &Path, figures: &mut Figures) {
    let weights: BTreeMap<String, f64> = table(&reference.join("esp2013.csv"))
        .into_iter()
        .map(|row| (row["age_band"].clone(), row["standard_population"].parse().expect("a weight")))
        .collect();
    for (indicator, counts_as) in INDICATORS {
        let months = world.complete.months(indicator);
        let years = person_days(world, &months);
        let mut events: Strata = BTreeMap::new();
        let units = world.activity.counted(counts_as);
        for unit in units.filter(|unit| months.contains(&Month::of(unit.from))) {
            if let Some((place, band)) = world.city.place_of(&unit.person, Month::of(unit.from)) {
                let stratum = events.entry((place.to_owned(), band)).or_default();
                *stratum.entry(unit.person.clone()).or_default() += 1;
            }
        }
        indicator_rates(world, indicator, &weights, &years, &events, figures);
    }
}

/// Days at risk by neighbourhood and age band.
fn person_days(world: &World, months: &BTreeSet<Month>) -> BTreeMap<(String, String), i64> {
    let mut days: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (id, person) in &world.city.people {
        for (month, held) in person.months.iter().filter(|(month, _)| months.contains(month)) {
            if let Some((neighbourhood, band)) = world.city.place_of(id, *month) {
                *days.entry((neighbourhood.to_owned(), band)).or_default() += held.days;
            }
        }
    }
    days
}

fn indicator_rates(
    world: &World,
    indicator: &str,
    weights: &BTreeMap<String, f64>,
    days: &BTreeMap<(String, String), i64>,
    events: &Strata,
    figures: &mut Figures,
) {
    let places: Vec<&str> = world.city.neighbourhoods.iter().map(String::as_str).collect();
    // The city's bands are those of its neighbourhoods together; a person's events in a band count
    // together wherever the person lived.
    let bands = |inside: &dyn Fn(&str) -> bool| -> Vec<Band> {
        let mut bands = Vec::new();
        for (band, weight) in weights {
            let here = |key: &&(String, String)| key.1 == *band && inside(&key.0);
            let days: i64 = days.iter().filter(|(key, _)| here(key)).map(|(_, days)| days).sum();
            let mut persons: BTreeMap<&str, i64> = BTreeMap::new();
            for (_, stratum) in events.iter().filter(|(key, _)| here(key)) {
                for (person, n) in stratum {
                    *persons.entry(person).or_default() += n;
                }
            }
            if days > 0 {
                bands.push(Band {
                    n: persons.values().sum::<i64>() as f64,
                    squares: persons.values().map(|n| n * n).sum::<i64>() as f64,
                    years: days as f64 / DAYS_PER_YEAR,
                    weight: *weight,
                });
            }
        }
        bands
    };
    let city = standardised(&bands(&|_| true)).expect("the city has enough events");
    let rates: Vec<_> =
        places.iter().map(|at| standardised(&bands(&|place| place == *at))).collect();
    // A Poisson count that spreads as much as the rate does: rate squared over its variance.
    let comparable = rates.iter().flatten().map(|rate| Ratio {
        observed: (rate.rate / rate.standard_error).powi(2),
        expected: rate.rate * city.rate / rate.standard_error.powi(2),
    });
    let mut funnel = funnel(&comparable.collect::<Vec<_>>()).into_iter().flatten();
    for (at, rate) in places.iter().zip(rates) {
        let stratum = bands(&|place| place == *at);
        let n = stratum.iter().map(|band| band.n).sum::<f64>() as i64;
        let years = stratum.iter().map(|band| band.years).sum::<f64>();
        let persons: BTreeSet<&String> =
            events.iter().filter(|(key, _)| key.0 == *at).flat_map(|(_, of)| of.keys()).collect();
        let persons = persons.len() as i64;
        let (lower, upper) = count_limits(n as f64);
        let crude =
            |limit: f64, way| plain_limit(Some(limit / years * 1000.0), n, years, 1000.0, way);
        let dsr = |value: &dyn Fn(&super::formulas::Standardised) -> f64, way| {
            step_rate(rate.as_ref().map(|rate| value(rate) * 1000.0), years, 1000.0, way)
        };
        let place = rate.as_ref().and_then(|_| funnel.next());
        let limit = |at: usize| {
            estimate(place.as_ref().map(|place| place.limits[at] * city.rate * 1000.0), 1.0)
        };
        let id = format!("release.neighbourhood_rate/{at}/{indicator}");
        figures.row(
            &id,
            is_small(persons) || is_small(n),
            vec![
                ("n_persons", rounded(fives(persons) as f64)),
                ("n_events", rounded(fives(n) as f64)),
                ("crude_per_1000", plain_rate(n, years, 1000.0)),
                ("crude_lower_95", crude(lower, Way::Down)),
                ("crude_upper_95", crude(upper, Way::Up)),
                ("dsr_per_1000", dsr(&|rate| rate.rate, Way::Nearest)),
                ("dsr_lower_95", dsr(&|rate| rate.lower, Way::Down)),
                ("dsr_upper_95", dsr(&|rate| rate.upper, Way::Up)),
                ("baseline_per_1000", estimate(Some(city.rate * 1000.0), 1.0)),
                ("lower_limit_95", limit(0)),
                ("upper_limit_95", limit(1)),
                ("lower_limit_998", limit(2)),
                ("upper_limit_998", limit(3)),
                ("funnel_class", place.as_ref().map_or(NOT_AVAILABLE, |p| word(p.class))),
            ],
        );
        figures.one(&format!("{id}/person_years"), exact(years));
    }
}

/// Emergency admissions by practice against what ages and sexes lead one to expect.
pub(crate) fn practices(world: &World, figures: &mut Figures) {
    type Strata = BTreeMap<(String, &'static str), (i64, i64)>;
    let mut by_practice: BTreeMap<&str, Strata> = BTreeMap::new();
    let mut city: Strata = BTreeMap::new();
    let mut affected: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let months = world.complete.months("emergency_admission");
    let mut admissions: BTreeMap<(&str, Month), i64> = BTreeMap::new();
    for unit in world.activity.counted("emergency_admission") {
        *admissions.entry((unit.person.as_str(), Month::of(unit.from))).or_default() += 1;
    }
    for (id, person) in &world.city.people {
        for (month, held) in person.months.iter().filter(|(month, _)| months.contains(month)) {
            let Some((_, band)) = world.city.place_of(id, *month) else { continue };
            let n = admissions.get(&(id.as_str(), *month)).copied().unwrap_or(0);
            let stratum = (band, person.sex);
            for strata in [by_practice.entry(&held.practice).or_default(), &mut city] {
                let (events, days) = strata.entry(stratum.clone()).or_default();
                *events += n;
                *days += held.days;
            }
            if n > 0 {
                affected.entry(&held.practice).or_default().insert(id);
            }
        }
    }
    let expected = |strata: &Strata| -> f64 {
        let of = strata.iter().map(|(stratum, (_, days))| {
            let (events, all_days) = city[stratum];
            *days as f64 * events as f64 / all_days as f64
        });
        of.sum()
    };
    let observed = |strata: &Strata| strata.values().map(|(events, _)| events).sum::<i64>();
    let ratios: Vec<Ratio> = by_practice
        .values()
        .map(|strata| Ratio { observed: observed(strata) as f64, expected: expected(strata) })
        .collect();
    let places = funnel(&ratios).expect("enough practices");
    for (((practice, strata), ratio), place) in by_practice.iter().zip(&ratios).zip(places) {
        let n = observed(strata);
        let persons = affected.get(practice).map_or(0, |persons| persons.len() as i64);
        let limit = |at: usize| estimate(Some(place.limits[at]), 0.01);
        let id = format!("release.practice_emergency/{practice}");
        figures.row(
            &id,
            is_small(persons) || is_small(n),
            vec![
                ("n_persons", rounded(fives(persons) as f64)),
                ("n_events", rounded(fives(n) as f64)),
                ("ratio", plain_rate(n, ratio.expected, 1.0)),
                ("lower_limit_95", limit(0)),
                ("upper_limit_95", limit(1)),
                ("lower_limit_998", limit(2)),
                ("upper_limit_998", limit(3)),
                ("class", word(place.class)),
            ],
        );
        figures.one(&format!("{id}/expected"), exact(ratio.expected));
    }
}

/// Emergency admissions by neighbourhood, age group, sex and financial year, of months that are
/// complete: persons, admissions, days at risk.
pub(crate) fn admissions_by_year(world: &World) -> BTreeMap<String, [i64; 3]> {
    let complete = world.complete.months("emergency_admission");
    let mut admissions: BTreeMap<(&str, Month), i64> = BTreeMap::new();
    for unit in world.activity.counted("emergency_admission") {
        *admissions.entry((unit.person.as_str(), Month::of(unit.from))).or_default() += 1;
    }
    let mut counts: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    let mut admitted: BTreeSet<(String, &str)> = BTreeSet::new();
    for (id, person) in &world.city.people {
        for (month, held) in person.months.iter().filter(|(month, _)| complete.contains(month)) {
            let age = super::calendar::age(person.birth, *month);
            let group = match age {
                ..0 => continue,
                0..18 => "0-17",
                18..65 => "18-64",
                65..75 => "65-74",
                75.. => "75+",
            };
            let Some(neighbourhood) = &held.neighbourhood else { continue };
            let year = (month.0 - 3).div_euclid(12);
            let sex = person.sex;
            let place =
                format!("{neighbourhood}/{group}/{sex}/{year}/{:02}", (year + 1).rem_euclid(100));
            let n = admissions.get(&(id.as_str(), *month)).copied().unwrap_or(0);
            let is_new = n > 0 && admitted.insert((place.clone(), id));
            let cell = counts.entry(place).or_default();
            *cell = [cell[0] + i64::from(is_new), cell[1] + n, cell[2] + held.days];
        }
    }
    counts
}
