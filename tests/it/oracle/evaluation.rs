//! What the programmes did: cohorts, effects and the care track.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::activity::Unit;
use super::calendar::{AS_AT, DATA_FROM, EVALUATION_FROM, EVALUATION_INDEX, Month, year_before};
use super::formulas::{two_sided, z};
use super::shown::{
    Figures, NOT_APPLICABLE, NOT_AVAILABLE, amount, estimate, fives, is_small, plain_rate, rounded,
};

/// Evaluations with the community team that a programme's referrals go to.
const EVALUATIONS: [(&str, &str); 2] = [("proactive_care", "PROACT"), ("telehealth", "TELEH")];
/// Months of baseline and of follow-up.
const N_MONTHS: i32 = 18;
const YOUNGEST: i32 = 50;

const SECTORS: [&str; 8] = [
    "acute",
    "ambulance",
    "community",
    "mental_health",
    "nhs111",
    "primary_care",
    "social_care",
    "third_sector",
];

/// Who is in an evaluation.
struct Cohort {
    cases: BTreeSet<String>,
    controls: BTreeSet<String>,
}

/// Eligible on the evaluation's first day: on a city list, alive, fifty or over, with urgent care in
/// the year before. Cases were referred to the programme before the index date; controls to none.
fn cohorts(world: &World) -> BTreeMap<&'static str, Cohort> {
    let year = year_before(EVALUATION_FROM)..EVALUATION_FROM;
    let is_urgent = |unit: &&Unit| {
        let urgent = ["emergency_admission", "a_and_e_attendance"];
        unit.counts_as.is_some_and(|what| urgent.contains(&what)) && year.contains(&unit.from)
    };
    let urgent: BTreeSet<&str> =
        world.activity.units.iter().filter(is_urgent).map(|unit| unit.person.as_str()).collect();
    let eligible: BTreeSet<&str> = urgent
        .into_iter()
        .filter(|id| {
            let person = &world.city.people[*id];
            person.is_present(EVALUATION_FROM) && person.age_on(EVALUATION_FROM) >= YOUNGEST
        })
        .collect();
    let mut referred: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (at, row) in world.accepted("csds") {
        let Some(person) = world.linkage.person_of(at) else { continue };
        let window = EVALUATION_FROM..EVALUATION_INDEX;
        if row.day("ReferralRequestReceivedDate").is_some_and(|day| window.contains(&day)) {
            referred.entry(row.text("TeamType")).or_default().insert(person);
        }
    }
    let of_team = |team: &str| referred.get(team).into_iter().flatten().copied();
    let in_any: BTreeSet<&str> = EVALUATIONS.iter().flat_map(|(_, team)| of_team(team)).collect();
    let controls: BTreeSet<String> =
        eligible.iter().filter(|id| !in_any.contains(*id)).map(|id| (*id).to_owned()).collect();
    let cohort = |(evaluation, team): (&'static str, &str)| {
        let cases = of_team(team).filter(|id| eligible.contains(id)).map(str::to_owned).collect();
        (evaluation, Cohort { cases, controls: controls.clone() })
    };
    EVALUATIONS.map(cohort).into()
}

/// Events and days of one person, before and after.
#[derive(Default, Clone, Copy)]
struct Followed {
    events: [f64; 2],
    days: [f64; 2],
}

fn followed(
    world: &World,
    complete: &BTreeSet<Month>,
    admissions: &BTreeMap<(&str, Month), f64>,
    id: &str,
) -> Followed {
    let index = Month::of(EVALUATION_INDEX);
    let mut followed = Followed::default();
    let window = Month(index.0 - N_MONTHS)..Month(index.0 + N_MONTHS);
    let months = world.city.people[id].months.range(window);
    // Months whose admissions are not complete count for nobody.
    for (month, held) in months.filter(|(month, _)| complete.contains(month)) {
        let period = usize::from(*month >= index);
        followed.days[period] += held.days as f64;
        followed.events[period] += admissions.get(&(id, *month)).copied().unwrap_or(0.0);
    }
    followed
}

/// A ratio of rates with 95 % limits and p-value on the log scale.
struct Effect {
    ratio: f64,
    limits: [f64; 2],
    p_value: f64,
}

/// After over before among cases, over the same among controls where there are any. The variance of
/// the logarithm is the sum over persons of their squared influence (Liang KY, Zeger SL. Biometrika
/// 1986;73:13-22): Poisson regression with person-time, clustered by person.
fn effect(cases: &[Followed], controls: &[Followed]) -> Effect {
    let (mut log_ratio, mut variance) = (0.0, 0.0);
    for (people, sign) in [(cases, 1.0), (controls, -1.0)] {
        if people.is_empty() {
            continue;
        }
        let sum = |of: &dyn Fn(&Followed) -> f64| people.iter().map(of).sum::<f64>();
        let events = [sum(&|p| p.events[0]), sum(&|p| p.events[1])];
        let rates = [0, 1].map(|at| events[at] / sum(&|p| p.days[at]));
        log_ratio += sign * (rates[1] / rates[0]).ln();
        for person in people {
            let part = |at: usize| (person.events[at] - rates[at] * person.days[at]) / events[at];
            variance += (part(1) - part(0)).powi(2);
        }
    }
    let error = variance.sqrt();
    let limits = [-1.0, 1.0].map(|side| (log_ratio + side * z(0.975) * error).exp());
    Effect { ratio: log_ratio.exp(), limits, p_value: two_sided(log_ratio / error) }
}

/// The effect of each programme on emergency admissions.
pub(crate) fn effects(world: &World, figures: &mut Figures) {
    let mut admissions: BTreeMap<(&str, Month), f64> = BTreeMap::new();
    for unit in world.activity.counted("emergency_admission") {
        *admissions.entry((unit.person.as_str(), Month::of(unit.from))).or_default() += 1.0;
    }
    let complete = world.complete.months("emergency_admission");
    for (evaluation, cohort) in cohorts(world) {
        let of = |people: &BTreeSet<String>| -> Vec<Followed> {
            people.iter().map(|id| followed(world, &complete, &admissions, id)).collect()
        };
        let (cases, controls) = (of(&cohort.cases), of(&cohort.controls));
        let (full, naive) = (effect(&cases, &controls), effect(&cases, &[]));
        let (n_cases, n_controls) = (cases.len() as i64, controls.len() as i64);
        let hundredth = |value: f64| estimate(Some(value), 0.01);
        figures.row(
            &format!("release.effect/{evaluation}"),
            is_small(n_cases) || is_small(n_controls),
            vec![
                ("n_cases", rounded(fives(n_cases) as f64)),
                ("n_controls", rounded(fives(n_controls) as f64)),
                ("rate_ratio", hundredth(full.ratio)),
                ("lower_95", hundredth(full.limits[0])),
                ("upper_95", hundredth(full.limits[1])),
                ("naive_ratio", hundredth(naive.ratio)),
                ("naive_lower_95", hundredth(naive.limits[0])),
                ("naive_upper_95", hundredth(naive.limits[1])),
                ("p_value", estimate(Some(full.p_value), 0.001)),
            ],
        );
    }
}

/// Events and known cost of one person in one month and sector.
type Use<'a> = BTreeMap<(&'a str, Month, &'static str), (i64, i64)>;

fn by_month(units: &[Unit]) -> Use<'_> {
    let mut used: Use = BTreeMap::new();
    for unit in units.iter().filter(|unit| unit.from < AS_AT) {
        let began = (unit.person.as_str(), Month::of(unit.from), unit.sector);
        if unit.is_registered && unit.counts_as.is_some() {
            used.entry(began).or_default().0 += 1;
        }
        // A single event belongs to the time on a city list; care over a time to its own days.
        if unit.is_registered || unit.is_package {
            for (month, pence) in unit.pence_by_month() {
                used.entry((&unit.person, month, unit.sector)).or_default().1 += pence;
            }
        }
    }
    used
}

/// Activity and cost by month from the index date.
pub(crate) fn care_track(world: &World, figures: &mut Figures) {
    let used = by_month(&world.activity.units);
    let index = Month::of(EVALUATION_INDEX);
    let drawn = SECTORS.map(|sector| (sector, world.complete.of_sector(sector, &SECTORS)));
    for (evaluation, cohort) in cohorts(world) {
        for (arm, people) in [("case", &cohort.cases), ("control", &cohort.controls)] {
            for from_index in -N_MONTHS..N_MONTHS {
                let month = Month(index.0 + from_index);
                assert!(month.first() >= DATA_FROM && month.first() < AS_AT);
                let is_drawn = |(_, months): &&(_, BTreeSet<Month>)| months.contains(&month);
                for (sector, _) in drawn.iter().filter(is_drawn) {
                    let id = format!("release.care_track/{evaluation}/{arm}/{from_index}/{sector}");
                    track_row(world, &used, people, month, sector, &id, figures);
                }
            }
        }
    }
}

fn track_row(
    world: &World,
    used: &Use,
    people: &BTreeSet<String>,
    month: Month,
    sector: &'static str,
    id: &str,
    figures: &mut Figures,
) {
    let (mut at_risk, mut days, mut active, mut n, mut pence) = (0, 0, 0, 0, 0);
    for person in people {
        let Some(held) = world.city.people[person].months.get(&month) else { continue };
        at_risk += 1;
        days += held.days;
        let (events, cost) = used.get(&(person.as_str(), month, sector)).copied().unwrap_or((0, 0));
        active += i64::from(events > 0 || cost > 0);
        n += events;
        pence += cost;
    }
    // A month of 365.25 / 12 days; shown to the nearest 5, and rates are made of what is shown.
    let months = fives((days as f64 / (365.25 / 12.0)).round() as i64) as f64;
    let rate = if months > 0.0 { plain_rate(n, months, 1000.0) } else { NOT_APPLICABLE };
    // Where nothing has a price, the cost is not nought but unknown.
    let is_priced = |unit: &Unit| unit.sector == sector && unit.pence.is_some();
    let cost = if world.activity.units.iter().any(is_priced) {
        amount(pence as f64 / f64::from(at_risk), active)
    } else {
        NOT_AVAILABLE
    };
    figures.row(
        id,
        is_small(active) || is_small(n),
        vec![
            ("n_persons", rounded(fives(active) as f64)),
            ("n_events", rounded(fives(n) as f64)),
            ("person_months", rounded(months)),
            ("events_per_1000_person_months", rate),
            ("cost_per_person_pence", cost),
        ],
    );
}
