//! What the programmes did: cohorts, effects and the care track.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::activity::Unit;
use super::calendar::{AS_AT, DATA_FROM, EVALUATION_FROM, EVALUATION_INDEX, Month, year_before};
use super::designs::{entropy_weights, parting_before, synthetic_control};
use super::formulas::{two_sided, z};
use super::shown::{
    Figures, NOT_APPLICABLE, NOT_AVAILABLE, amount, estimate, fives, is_small, plain_rate, rounded,
    rounded_or_none,
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

/// Whether a unit is urgent care in the year before the evaluation's first day.
fn is_urgent(unit: &Unit) -> bool {
    let urgent = ["emergency_admission", "a_and_e_attendance"];
    let year = year_before(EVALUATION_FROM)..EVALUATION_FROM;
    unit.counts_as.is_some_and(|what| urgent.contains(&what)) && year.contains(&unit.from)
}

/// Eligible on the evaluation's first day: on a city list, alive, fifty or over, with urgent care in
/// the year before. Cases were referred to the programme before the index date; controls to none.
fn cohorts(world: &World) -> BTreeMap<&'static str, Cohort> {
    let urgent = world.activity.units.iter().filter(|unit| is_urgent(unit));
    let urgent: BTreeSet<&str> = urgent.map(|unit| unit.person.as_str()).collect();
    let eligible: BTreeSet<&str> = urgent
        .into_iter()
        .filter(|id| {
            let person = &world.city.people[*id];
            let is_there =
                [EVALUATION_FROM, EVALUATION_INDEX].iter().all(|d| person.is_present(*d));
            is_there && person.age_on(EVALUATION_FROM) >= YOUNGEST
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

/// Events and days at risk of one person by month from the index date.
type ByMonth = BTreeMap<i32, (f64, f64)>;

/// Events and days of one person, before and after, and what the person weighs.
#[derive(Clone, Copy)]
struct Followed {
    events: [f64; 2],
    days: [f64; 2],
    weight: f64,
}

impl Followed {
    fn of(months: &ByMonth, weight: f64) -> Self {
        Self::within(months, weight, N_MONTHS, 0)
    }

    /// Of so many months before and after, without the first of those after.
    fn within(months: &ByMonth, weight: f64, n_months: i32, n_left_out: i32) -> Self {
        let mut followed = Self { events: [0.0; 2], days: [0.0; 2], weight };
        let before = months.range(-n_months..0);
        for (month, (events, days)) in before.chain(months.range(n_left_out..n_months)) {
            let period = usize::from(*month >= 0);
            followed.events[period] += events;
            followed.days[period] += days;
        }
        followed
    }
}

fn by_month_from_index(
    world: &World,
    complete: &BTreeSet<Month>,
    admissions: &BTreeMap<(&str, Month), f64>,
    id: &str,
) -> ByMonth {
    let index = Month::of(EVALUATION_INDEX);
    let window = Month(index.0 - N_MONTHS)..Month(index.0 + N_MONTHS);
    let months = world.city.people[id].months.range(window);
    // Months whose admissions are not complete count for nobody.
    months
        .filter(|(month, _)| complete.contains(month))
        .map(|(month, held)| {
            let events = admissions.get(&(id, *month)).copied().unwrap_or(0.0);
            (month.0 - index.0, (events, held.days as f64))
        })
        .collect()
}

/// Persons with an event, before or after, where there are fewest.
fn fewest(arms: &[&[Followed]]) -> i64 {
    let with = |people: &[Followed], period: usize| {
        people.iter().filter(|person| person.events[period] > 0.0).count() as i64
    };
    let cells = arms.iter().flat_map(|people| [with(people, 0), with(people, 1)]);
    cells.min().expect("an arm")
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
        let sum = |of: &dyn Fn(&Followed) -> f64| people.iter().map(|p| p.weight * of(p)).sum();
        let events: [f64; 2] = [sum(&|p| p.events[0]), sum(&|p| p.events[1])];
        let days: [f64; 2] = [sum(&|p| p.days[0]), sum(&|p| p.days[1])];
        let rates = [0, 1].map(|at| events[at] / days[at]);
        log_ratio += sign * (rates[1] / rates[0]).ln();
        for person in people {
            let part = |at: usize| (person.events[at] - rates[at] * person.days[at]) / events[at];
            variance += (person.weight * (part(1) - part(0))).powi(2);
        }
    }
    let error = variance.sqrt();
    let limits = [-1.0, 1.0].map(|side| (log_ratio + side * z(0.975) * error).exp());
    Effect { ratio: log_ratio.exp(), limits, p_value: two_sided(log_ratio / error) }
}

/// Age, sex, fifth of deprivation and urgent care in the year before the evaluation's first day.
fn covariates(world: &World, urgent: &BTreeMap<&str, f64>, id: &str) -> Option<Vec<f64>> {
    let person = &world.city.people[id];
    let fifth = world.city.area_on(person, EVALUATION_FROM)?.imd_quintile;
    let is_female = f64::from(u8::from(person.sex == "female"));
    let n_urgent = urgent.get(id).copied().unwrap_or(0.0);
    Some(vec![f64::from(person.age_on(EVALUATION_FROM)), is_female, f64::from(fifth), n_urgent])
}

/// Somebody whose covariates are known.
struct Member {
    covariates: Vec<f64>,
    months: ByMonth,
}

/// Cases, and controls in fifths of deprivation: emergency admissions per 1,000 person-months in each
/// month, cases first; and how many months are before the index date.
fn series(cases: &[Member], controls: &[Member]) -> (Vec<Vec<f64>>, usize) {
    let mut groups: BTreeMap<i32, BTreeMap<i32, (f64, f64)>> = BTreeMap::new();
    let fifth = |member: &Member| member.covariates[2] as i32;
    let controls = controls.iter().map(|one| (fifth(one), one));
    for (group, member) in cases.iter().map(|one| (0, one)).chain(controls) {
        let months = groups.entry(group).or_default();
        for (month, (events, days)) in &member.months {
            let sum = months.entry(*month).or_default();
            (sum.0, sum.1) = (sum.0 + events, sum.1 + days);
        }
    }
    let n_before = groups[&0].keys().filter(|month| **month < 0).count();
    let rate = |(events, days): &(f64, f64)| events / days * 365_250.0 / 12.0;
    (groups.values().map(|months| months.values().map(rate).collect()).collect(), n_before)
}

/// The effect of each programme on emergency admissions, by design.
pub(crate) fn effects(world: &World, figures: &mut Figures) {
    let mut admissions: BTreeMap<(&str, Month), f64> = BTreeMap::new();
    for unit in world.activity.counted("emergency_admission") {
        *admissions.entry((unit.person.as_str(), Month::of(unit.from))).or_default() += 1.0;
    }
    let mut urgent: BTreeMap<&str, f64> = BTreeMap::new();
    for unit in world.activity.units.iter().filter(|unit| is_urgent(unit)) {
        *urgent.entry(unit.person.as_str()).or_default() += 1.0;
    }
    let complete = world.complete.months("emergency_admission");
    for (evaluation, cohort) in cohorts(world) {
        let months = |id: &String| by_month_from_index(world, &complete, &admissions, id);
        let of = |people: &BTreeSet<String>| -> Vec<Followed> {
            people.iter().map(|id| Followed::of(&months(id), 1.0)).collect()
        };
        let known = |people: &BTreeSet<String>| -> Vec<Member> {
            let known = people.iter().filter_map(|id| Some((id, covariates(world, &urgent, id)?)));
            known.map(|(id, covariates)| Member { covariates, months: months(id) }).collect()
        };
        let (cases, controls) = (of(&cohort.cases), of(&cohort.controls));
        let arms = [&cohort.cases, &cohort.controls]
            .map(|people| people.iter().map(&months).collect::<Vec<ByMonth>>());
        sensitivity(evaluation, &arms, figures);
        let (alike, others) = (known(&cohort.cases), known(&cohort.controls));
        let features = |of: &[Member]| -> Vec<Vec<f64>> {
            of.iter().map(|one| one.covariates.clone()).collect()
        };
        let weights = entropy_weights(&features(&alike), &features(&others));
        let weighed = |of: &[Member], weights: &[f64]| -> Vec<Followed> {
            of.iter().zip(weights).map(|(one, weight)| Followed::of(&one.months, *weight)).collect()
        };
        let once = vec![1.0; alike.len()];
        let (weighted_cases, weighted_controls) =
            (weighed(&alike, &once), weighed(&others, &weights));
        let (series, n_before) = series(&alike, &others);
        let mixed = synthetic_control(&series, n_before);
        let with_limits = |effect: &Effect| (effect.ratio, Some(effect.limits));
        let full = effect(&cases, &controls);
        let weighted = effect(&weighted_cases, &weighted_controls);
        let naive = effect(&cases, &[]);
        let n = [cases.len(), controls.len(), alike.len(), others.len()].map(|n| n as i64);
        let before = Some(parting_before(&quarters(&arms)));
        let mut by_fifth: BTreeMap<i32, Vec<Followed>> = BTreeMap::new();
        for one in &others {
            let of_fifth = by_fifth.entry(one.covariates[2] as i32).or_default();
            of_fifth.push(Followed::of(&one.months, 1.0));
        }
        let groups: Vec<&[Followed]> =
            by_fifth.values().map(Vec::as_slice).chain([weighted_cases.as_slice()]).collect();
        let few = [
            fewest(&[&cases, &controls]),
            fewest(&[&weighted_cases, &weighted_controls]),
            fewest(&groups),
            fewest(&[&cases]),
        ];
        for ((design, (ratio, limits), p_value, n_cases, n_controls), few) in [
            ("all_controls", with_limits(&full), Some(full.p_value), n[0], Some(n[1])),
            ("weighted_controls", with_limits(&weighted), Some(weighted.p_value), n[2], Some(n[3])),
            ("synthetic_control", (mixed.ratio, None), Some(mixed.p_value), n[2], Some(n[3])),
            ("before_after", with_limits(&naive), None, n[0], None),
        ]
        .into_iter()
        .zip(few)
        {
            let limit = |at: usize| estimate(limits.map(|limits| limits[at]), 0.01);
            figures.row(
                &format!("release.effect/{evaluation}/{design}"),
                is_small(few) || is_small(n_cases) || n_controls.is_some_and(is_small),
                vec![
                    ("n_cases", rounded(fives(n_cases) as f64)),
                    ("n_controls", rounded_or_none(n_controls.map(|n| fives(n) as f64))),
                    ("rate_ratio", estimate(Some(ratio), 0.01)),
                    ("lower_95", limit(0)),
                    ("upper_95", limit(1)),
                    ("p_value", estimate(p_value, 0.001)),
                    (
                        "p_value_before",
                        estimate(before.filter(|_| design == "all_controls"), 0.001),
                    ),
                ],
            );
        }
    }
}

/// The effect against all controls when other months are looked at.
fn sensitivity(evaluation: &str, arms: &[Vec<ByMonth>; 2], figures: &mut Figures) {
    let windows = [6, 12, 18].map(|n| ("months_before_and_after", n, n, 0));
    let lags = [1, 3, 6].map(|n| ("months_after_left_out", n, N_MONTHS, n));
    for (choice, months, n_months, n_left_out) in windows.into_iter().chain(lags) {
        let of = |people: &Vec<ByMonth>| -> Vec<Followed> {
            let within = |of: &ByMonth| Followed::within(of, 1.0, n_months, n_left_out);
            people.iter().map(within).collect()
        };
        let followed = [of(&arms[0]), of(&arms[1])];
        let effect = effect(&followed[0], &followed[1]);
        let few = fewest(&[&followed[0], &followed[1]]);
        let n = arms.each_ref().map(|people| people.len() as i64);
        figures.row(
            &format!("release.effect_sensitivity/{evaluation}/{choice}/{months}"),
            is_small(few) || n.into_iter().any(is_small),
            vec![
                ("n_cases", rounded(fives(n[0]) as f64)),
                ("n_controls", rounded(fives(n[1]) as f64)),
                ("rate_ratio", estimate(Some(effect.ratio), 0.01)),
                ("lower_95", estimate(Some(effect.limits[0]), 0.01)),
                ("upper_95", estimate(Some(effect.limits[1]), 0.01)),
                ("p_value", estimate(Some(effect.p_value), 0.001)),
            ],
        );
    }
}

/// Events of each person, case or control, in the quarters that the person was at risk through.
fn quarters(arms: &[Vec<ByMonth>; 2]) -> Vec<(bool, BTreeMap<i32, f64>)> {
    let of = |months: &ByMonth| {
        let mut quarters: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
        for (month, (events, days)) in months {
            let sum = quarters.entry(month.div_euclid(3)).or_default();
            (sum.0, sum.1) = (sum.0 + events, sum.1 + days);
        }
        quarters
    };
    let arm = |(people, is_case): (&Vec<ByMonth>, bool)| {
        people.iter().map(|months| (is_case, of(months))).collect::<Vec<_>>()
    };
    let people: Vec<_> = arms.iter().zip([true, false]).flat_map(arm).collect();
    let mut whole: BTreeMap<i32, f64> = BTreeMap::new();
    for (quarter, (_, days)) in people.iter().flat_map(|(_, quarters)| quarters) {
        let most = whole.entry(*quarter).or_default();
        *most = most.max(*days);
    }
    let keep = |(is_case, quarters): (bool, BTreeMap<i32, (f64, f64)>)| {
        let at_risk = quarters.into_iter().filter(|(quarter, (_, days))| *days == whole[quarter]);
        (is_case, at_risk.map(|(quarter, (events, _))| (quarter, events)).collect())
    };
    people.into_iter().map(keep).collect()
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
