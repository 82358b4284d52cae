//! How many people there will be, and with which conditions, if rates stay: cohort by cohort.
//!
//! The definitions are those of the models in `sql/models/needs`; survival, births and moves of a step
//! are those of Preston SH, Heuveline P, Guillot M. Demography. 2001, chapter 6.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;

use super::World;
use super::calendar::{AS_AT, Month, age, days};
use super::city::Person;
use super::extracts::table;
use super::formulas::solve;
use super::risk::Records;
use super::shown::{Figures, estimate, fives, is_small, rounded};

/// Bands of five years, the last open.
const BANDS: usize = 19;
const SEXES: [&str; 2] = ["female", "male"];
/// Months after that of birth in which a newborn joins a list.
const NEWBORN_MONTHS: i32 = 3;
/// With fewer deaths a band has no rate of its own.
const LEAST_DEATHS: i64 = 10;
/// The first band on the line that is fitted to all deaths: that from age 30.
const LINE_FROM: usize = 6;
/// First and last band of broad age groups.
const GROUPS: [(&str, usize, usize); 6] = [
    ("0-14", 0, 2),
    ("15-64", 3, 12),
    ("65-74", 13, 14),
    ("75-84", 15, 16),
    ("85+", 17, 18),
    ("All ages", 0, 18),
];

/// A number for each sex and band.
type BySex<T> = [[T; BANDS]; 2];

fn band(age: i32) -> Option<usize> {
    let age = usize::try_from(age).ok()?;
    Some((age / 5).min(BANDS - 1))
}

/// What happened to the registered population in the counted months.
#[derive(Default)]
struct Counted {
    present: BySex<i64>,
    person_days: BySex<i64>,
    deaths: BySex<i64>,
    came: BySex<i64>,
    left: BySex<i64>,
    deliveries: [i64; BANDS],
    births: i64,
    /// Days of women in the months whose births are known.
    fertile_days: [i64; BANDS],
    n_days: i64,
    n_months: usize,
}

/// Whole years back from the last month for which list and deaths are complete.
fn counted_months(world: &World) -> BTreeSet<Month> {
    let mut months = world.complete.months("death");
    let (first, last) = (months.first().expect("a month").0, months.last().expect("a month").0);
    let whole = (last - first + 1) / 12 * 12;
    months.retain(|month| month.0 > last - whole);
    months
}

fn counted(world: &World) -> Counted {
    let months = counted_months(world);
    let last = months.last().expect("whole years").0;
    let births_known = |month: Month| months.contains(&month) && month.0 <= last - NEWBORN_MONTHS;
    let mut counted = Counted {
        n_months: months.len(),
        n_days: months.iter().map(|m| days(m.first(), m.next().first())).sum(),
        ..Counted::default()
    };
    for person in world.city.people.values() {
        let sex = usize::from(person.sex == SEXES[1]);
        let at = |day: Date| {
            let month = Month::of(day);
            months.contains(&month).then(|| band(age(person.birth, month))).flatten()
        };
        for (month, held) in person.months.iter().filter(|(month, _)| months.contains(month)) {
            let Some(band) = band(age(person.birth, *month)) else { continue };
            counted.person_days[sex][band] += held.days;
            if sex == 0 && births_known(*month) {
                counted.fertile_days[band] += held.days;
            }
        }
        if person.is_present(AS_AT) {
            counted.present[sex][band(person.age_on(AS_AT)).expect("born")] += 1;
        }
        if let Some(band) = death(person).and_then(at) {
            counted.deaths[sex][band] += 1;
        }
        let joins_by = Month(person.birth.0 + NEWBORN_MONTHS + 1).first();
        let city: Vec<_> = person.registrations.iter().filter(|r| r.is_city).collect();
        for (place, held) in city.iter().enumerate() {
            let before = place.checked_sub(1).map(|before| city[before].to.expect("an end"));
            let next = city.get(place + 1).map(|next| next.from);
            if before.is_none() && held.from < joins_by {
                counted.births += i64::from(births_known(person.birth));
            } else if before.is_none_or(|before| before < held.from)
                && let Some(band) = at(held.from)
            {
                counted.came[sex][band] += 1;
            }
            if let Some(to) = held.to
                && next.is_none_or(|next| next > to)
                && person.died_on.is_none_or(|died| died > to)
                && let Some(band) = at(to)
            {
                counted.left[sex][band] += 1;
            }
        }
    }
    for (mother, day) in deliveries(world) {
        let Some(mother) = world.city.people.get(&mother) else { continue };
        let month = Month::of(day);
        let is_registered = mother.practice_on(day).is_some();
        if is_registered && mother.sex == SEXES[0] && months.contains(&month) {
            let age = age(mother.birth, month).clamp(15, 49);
            counted.deliveries[band(age).expect("an age")] += 1;
        }
    }
    counted
}

/// The day of death, if it was one on a city list or that of leaving it.
fn death(person: &Person) -> Option<Date> {
    let died = person.died_on?;
    let is_on = person
        .registrations
        .iter()
        .any(|held| held.is_city && held.from <= died && held.to.is_none_or(|to| died <= to));
    is_on.then_some(died)
}

/// Mothers and days of admission of stays with a delivery or its outcome.
fn deliveries(world: &World) -> BTreeSet<(String, Date)> {
    let mut all = BTreeSet::new();
    for (at, row) in world.accepted("apc") {
        let Some(person) = world.linkage.person_of(at) else { continue };
        let columns = ["DIAG_01", "DIAG_02", "DIAG_03", "DIAG_04", "DIAG_05", "DIAG_06"];
        let is_delivery = |code: &str| {
            ["O80", "O81", "O82", "O83", "O84", "Z37"].iter().any(|of| code.starts_with(of))
        };
        if columns.iter().any(|column| is_delivery(row.text(column))) {
            all.insert((person.to_owned(), row.day("ADMIDATE").expect("a day")));
        }
    }
    all
}

fn years(days: i64) -> f64 {
    days as f64 / 365.25
}

/// Deaths per person-year: a band's own, that of the line, or that of the young together.
fn death_rates(counted: &Counted) -> BySex<f64> {
    let cells = || (0..2).flat_map(|sex| (0..BANDS).map(move |band| (sex, band)));
    let x = |sex: usize, band: usize| [1.0, band as f64 / 2.0, f64::from(u8::from(sex == 0))];
    let rows: Vec<([f64; 3], f64, f64)> = cells()
        .filter(|(sex, band)| *band >= LINE_FROM && counted.person_days[*sex][*band] > 0)
        .map(|(sex, band)| {
            let deaths = counted.deaths[sex][band] as f64;
            (x(sex, band), deaths, years(counted.person_days[sex][band]))
        })
        .collect();
    let line = line(&rows);
    let young = |of: &BySex<i64>| -> i64 {
        let has_few = |(sex, band): &(usize, usize)| counted.deaths[*sex][*band] < LEAST_DEATHS;
        let cells = cells().filter(|cell| cell.1 < LINE_FROM && has_few(cell));
        cells.map(|(sex, band)| of[sex][band]).sum()
    };
    let of_young = young(&counted.deaths) as f64 / years(young(&counted.person_days));
    let mut rates = [[0.0; BANDS]; 2];
    for (sex, band) in cells() {
        let (deaths, days) = (counted.deaths[sex][band], counted.person_days[sex][band]);
        rates[sex][band] = if deaths >= LEAST_DEATHS {
            deaths as f64 / years(days)
        } else if band >= LINE_FROM {
            on_line(&line, &x(sex, band))
        } else {
            of_young
        };
    }
    rates
}

fn on_line(line: &[f64], x: &[f64; 3]) -> f64 {
    line.iter().zip(x).map(|(b, x)| b * x).sum::<f64>().exp()
}

/// Poisson regression of deaths on person-years, by Newton's method.
fn line(rows: &[([f64; 3], f64, f64)]) -> Vec<f64> {
    let deaths: f64 = rows.iter().map(|row| row.1).sum();
    let years: f64 = rows.iter().map(|row| row.2).sum();
    let mut line = vec![(deaths / years).ln(), 0.0, 0.0];
    for _ in 0..200 {
        let mut system = vec![vec![0.0; 4]; 3];
        for (x, deaths, years) in rows {
            let expected = years * on_line(&line, x);
            for (i, equation) in system.iter_mut().enumerate() {
                for (cell, other) in equation.iter_mut().zip(x) {
                    *cell += expected * x[i] * other;
                }
                equation[3] += x[i] * (deaths - expected);
            }
        }
        let step = solve(system);
        // Far from the answer a whole step would leap beyond it.
        let most = step.iter().fold(1.0_f64, |most, step| most.max(step.abs()));
        line.iter_mut().zip(&step).for_each(|(b, step)| *b += step / most);
        if step.iter().all(|step| step.abs() < 1e-13) {
            return line;
        }
    }
    panic!("the line does not settle: {line:?}");
}

/// Persons today and after each of four steps of five years; `None` where more would leave than there
/// are. Without moves nobody comes or leaves.
fn projected(counted: &Counted, with_moves: bool) -> Option<Vec<BySex<f64>>> {
    let death_rates = death_rates(counted);
    let n_deliveries = counted.deliveries.iter().sum::<i64>() as f64;
    let births = |band: usize| match counted.deliveries[band] {
        0 => 0.0,
        n => {
            let share = n as f64 / n_deliveries;
            counted.births as f64 * share / years(counted.fertile_days[band])
        }
    };
    let net = |sex: usize, band: usize| {
        let n = counted.came[sex][band] - counted.left[sex][band];
        if with_moves { n as f64 * 5.0 / years(counted.n_days) } else { 0.0 }
    };
    // Years lived in each band of those of whom one is born.
    let lived = death_rates.map(|rates| {
        let (mut alive, mut lived) = (1.0, [0.0; BANDS]);
        for (band, rate) in rates[..BANDS - 1].iter().enumerate() {
            let left = alive * (1.0 - 5.0 * rate / (1.0 + 2.5 * rate));
            lived[band] = 2.5 * (alive + left);
            alive = left;
        }
        lived[BANDS - 1] = alive / rates[BANDS - 1];
        lived
    });
    let mut steps = vec![counted.present.map(|of_sex| of_sex.map(|n| n as f64))];
    for _ in 0..4 {
        let before = *steps.last().expect("today");
        let mut after = [[0.0; BANDS]; 2];
        for sex in 0..2 {
            for band in 0..BANDS {
                let start = before[sex][band] + net(sex, band) / 2.0;
                if start < 0.0 {
                    return None;
                }
                let last = BANDS - 1;
                let (to, share) = if band + 1 < last {
                    (band + 1, lived[sex][band + 1] / lived[sex][band])
                } else {
                    (last, lived[sex][last] / (lived[sex][last - 1] + lived[sex][last]))
                };
                after[sex][to] += start * share;
                after[sex][band] += net(sex, band) / 2.0;
            }
        }
        let born: f64 =
            (0..BANDS).map(|b| 5.0 * births(b) * (before[0][b] + after[0][b]) / 2.0).sum();
        for (sex, share) in [100.0 / 205.0, 105.0 / 205.0].into_iter().enumerate() {
            after[sex][0] += born * share * lived[sex][0] / 5.0;
        }
        if after.iter().flatten().any(|persons| *persons < 0.0) {
            return None;
        }
        steps.push(after);
    }
    Some(steps)
}

/// A row of the report: today's count, and what follows from it.
fn row(id: &str, today: i64, later: &[f64], figures: &mut Figures) {
    let change = |then: f64| {
        let is_there = today > 0;
        estimate(is_there.then(|| 100.0 * (then / today as f64 - 1.0)), 1.0)
    };
    let then = |at: usize| estimate(Some(later[at]), 5.0);
    figures.row(
        id,
        is_small(today),
        vec![
            ("n_persons", rounded(fives(today) as f64)),
            ("in_5_years", then(1)),
            ("in_10_years", then(2)),
            ("in_15_years", then(3)),
            ("in_20_years", then(4)),
            ("change_in_10_years", change(later[2])),
            ("change_in_20_years", change(later[4])),
        ],
    );
}

/// People by broad age group, and people with each condition.
pub(crate) fn to_come(world: &World, reference: &Path, figures: &mut Figures) {
    let counted = counted(world);
    // Without a month of the year the flow of its season is missing.
    let is_whole = counted.n_months.is_multiple_of(12);
    let with_moves = if is_whole { projected(&counted, true) } else { None };
    let steps = with_moves.or_else(|| projected(&counted, false));
    let steps = steps.expect("deaths and births do not take more than there are");
    for (group, first, last) in GROUPS {
        let today = counted.present.iter().flat_map(|sex| &sex[first..=last]).sum::<i64>();
        assert!(!is_small(today), "{group}: a neighbour would be hidden with it");
        let then = |step: &BySex<f64>| step.iter().flat_map(|sex| &sex[first..=last]).sum::<f64>();
        let later: Vec<f64> = steps.iter().map(then).collect();
        row(&format!("release.population_projection/{group}"), today, &later, figures);
    }
    let records = Records::new(world, reference);
    for condition in table(&reference.join("condition.csv")) {
        let name = &condition["condition"];
        if condition["is_long_term"] != "true" && name != "frailty" {
            continue;
        }
        let mut with_it: BySex<i64> = [[0; BANDS]; 2];
        let present = world.city.people.iter().filter(|(_, person)| person.is_present(AS_AT));
        for (_, person) in present.filter(|(id, _)| records.has(id, name, AS_AT)) {
            let sex = usize::from(person.sex == SEXES[1]);
            with_it[sex][band(person.age_on(AS_AT)).expect("born")] += 1;
        }
        let expected = |step: &BySex<f64>| {
            let mut sum = 0.0;
            for sex in 0..2 {
                for band in 0..BANDS {
                    let (mut with, mut of) = (with_it[sex][band], counted.present[sex][band]);
                    if of == 0 {
                        // Nobody of this sex to learn from: the other's share.
                        (with, of) = (with_it[1 - sex][band], counted.present[1 - sex][band]);
                    }
                    assert!(of > 0, "nobody in band {band}");
                    sum += step[sex][band] * with as f64 / of as f64;
                }
            }
            sum
        };
        let later: Vec<f64> = steps.iter().map(expected).collect();
        let today = with_it.iter().flatten().sum();
        row(&format!("release.condition_projection/{name}"), today, &later, figures);
    }
}
