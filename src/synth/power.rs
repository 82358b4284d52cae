//! Whether the planted effects can be found in a city of the sample's size.

use super::city::City;
use super::evaluation::{Arm, index_on};
use super::hazard::Hazards;
use super::life::live;
use super::settings::{RATE_RATIO, Settings};
use super::spells::Admission;
use super::urgent::HospitalCare;

/// Emergency admissions and days before and after the index date.
#[derive(Default, Clone, Copy)]
struct Experience {
    n: [f64; 2],
    days: [f64; 2],
}

/// A log ratio and its variance.
struct Estimate {
    log_ratio: f64,
    variance: f64,
}

fn small_city(seed: u64) -> (City, HospitalCare) {
    let mut city = City::found(&Settings::new(3000, 36, seed));
    let hazards = Hazards::calibrated(&city);
    live(&mut city);
    let care = HospitalCare::plan(&city, &hazards, &(0..city.people.len()));
    (city, care)
}

fn experience(city: &City, care: &HospitalCare) -> Vec<Experience> {
    let mut found: Vec<Experience> = city
        .people
        .iter()
        .map(|person| {
            let days = |from, to| person.at_risk(from, to).map_or(0.0, |(a, b)| f64::from(b - a));
            Experience {
                n: [0.0; 2],
                days: [days(city.start, index_on()), days(index_on(), city.end)],
            }
        })
        .collect();
    for spell in care.spells.iter().filter(|s| s.kind == Admission::Emergency) {
        found[spell.person].n[usize::from(spell.admitted >= index_on())] += 1.0;
    }
    found
}

/// Rate after over rate before, with a variance that lets persons differ.
fn change(group: &[Experience]) -> Estimate {
    let sum = |f: fn(&Experience) -> f64| group.iter().map(f).sum::<f64>();
    let n = [sum(|e| e.n[0]), sum(|e| e.n[1])];
    let rate = [n[0] / sum(|e| e.days[0]), n[1] / sum(|e| e.days[1])];
    let influence = |e: &Experience| {
        (e.n[1] - rate[1] * e.days[1]) / n[1] - (e.n[0] - rate[0] * e.days[0]) / n[0]
    };
    let variance = group.iter().map(|e| influence(e) * influence(e)).sum();
    Estimate { log_ratio: (rate[1] / rate[0]).ln(), variance }
}

/// The change of the treated over that of their controls.
fn ratio(all: &[Experience], arms: &[Arm], treated: Arm, controls: &[Arm]) -> Estimate {
    let pick = |wanted: &[Arm]| -> Vec<Experience> {
        all.iter().zip(arms).filter(|(_, arm)| wanted.contains(arm)).map(|(e, _)| *e).collect()
    };
    let (one, other) = (change(&pick(&[treated])), change(&pick(controls)));
    Estimate { log_ratio: one.log_ratio - other.log_ratio, variance: one.variance + other.variance }
}

#[test]
fn the_intervention_is_found_in_most_small_cities_and_the_placebo_in_few() {
    let n = 40;
    let (mut n_found, mut n_fooled, mut sum) = (0, 0, 0.0);
    for seed in 0..n {
        let (city, care) = small_city(seed);
        let all = experience(&city, &care);
        let effect = ratio(&all, &care.arms, Arm::Enrolled, &[Arm::Placebo, Arm::Control]);
        let placebo = ratio(&all, &care.arms, Arm::Placebo, &[Arm::Control]);
        n_found += usize::from(effect.log_ratio + 1.96 * effect.variance.sqrt() < 0.0);
        n_fooled += usize::from(placebo.log_ratio.abs() > 1.96 * placebo.variance.sqrt());
        sum += effect.log_ratio;
    }
    assert!(n_found >= 28, "found in {n_found} of {n}");
    assert!(n_fooled <= 8, "fooled in {n_fooled} of {n}");
    let mean = (sum / n as f64).exp();
    assert!((mean / RATE_RATIO).ln().abs() < 0.15, "mean ratio {mean}");
}
