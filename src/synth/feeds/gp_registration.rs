//! The registration list with its history: one row per person, practice, address and period.
//!
//! The list is where identity is best kept: few faults, and every address with its dates.

use super::super::SynthError;
use super::super::calendar::{Day, Style, write as date, write_known};
use super::super::chance::Chance;
use super::super::defects::Defect;
use super::super::health::Sex;
use super::super::layouts::GP_REGISTRATION;
use super::super::names::mistyped;
use super::super::people::{Registration, Stay};
use super::super::rows::Rows;
use super::super::sheet::{Placed, Planted, Quirk, Row, Sheet, Version};
use super::context::{Context, row};
use super::deliver::{File, ends};
use super::gp::{ICB, patient_guid};

/// Rows without an NHS number, and rows with a name mistyped.
const NHS_MISSING: f64 = 0.003;
const NAME_MISTYPED: f64 = 0.003;

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let city = context.city;
    context.extracts.begin(0);
    if !context.is_monthly() {
        let (rows, _) = list(context, city.end);
        let period = date(city.end, Style::Iso);
        return context.extracts.publish(Sheet::plain(&GP_REGISTRATION, ICB, period, &rows));
    }
    for (month, until) in ends(context, 1) {
        let (rows, placed) = list(context, until);
        let file = File {
            layout: &GP_REGISTRATION,
            provider: ICB,
            month,
            generation: "snapshot",
            covers: (month, month + 1),
            due: month + 1,
            quirk: Quirk::None,
        };
        context.send(&file, &rows, placed)?;
    }
    context.settle(GP_REGISTRATION.feed);
    Ok(())
}

/// The list as it is known on a day, and the key of each row, which is the same in every list.
fn list(context: &mut Context, until: Day) -> (Rows, Vec<Placed>) {
    let city = context.city;
    let (mut rows, mut placed, mut key) = (Rows::new(), Vec::new(), 0);
    let mut add = |rows: &mut Rows, key: u32, filed: Day, listed: Row| {
        placed.push(Placed { row: rows.len() as u32, version: Version::Full, key });
        rows.push((filed, listed));
    };
    if context.batch.index == 0 {
        let n_dummies = city.settings.defects.rate_or(Defect::Dummy, 1.0) * 3.0;
        for i in 0..n_dummies.round() as usize {
            let dummy = dummy(context, i);
            add(&mut rows, 0, dummy.on, dummy);
        }
    }
    for i in context.people() {
        let person = &city.people[i];
        let mut chance = context.row_chance(1, i);
        for registration in &person.registrations {
            for stay in &person.stays {
                key += 1;
                if let Some(period) = overlap(registration, stay).filter(|p| p.0 < until) {
                    let dates = (period, until);
                    let fields = fields(context, i, registration, stay, dates, &mut chance);
                    add(&mut rows, key, registration.from, row(i, period.0, i, fields));
                }
            }
        }
    }
    (rows, placed)
}

fn overlap(registration: &Registration, stay: &Stay) -> Option<(Day, Option<Day>)> {
    let from = registration.from.max(stay.from);
    let to = [registration.to, stay.to].into_iter().flatten().min();
    to.is_none_or(|to| from < to).then_some((from, to))
}

fn fields(
    context: &mut Context,
    i: usize,
    registration: &Registration,
    stay: &Stay,
    ((from, to), until): ((Day, Option<Day>), Day),
    chance: &mut Chance,
) -> Vec<String> {
    let city = context.city;
    let person = &city.people[i];
    let dwelling = &city.places.dwellings[stay.dwelling];
    let known = |to: Option<Day>| to.filter(|to| *to < until);
    let last_day = to.unwrap_or(until).min(until) - 1;
    let dials = &city.settings.defects;
    let mut family = person.family(last_day).to_owned();
    if chance.happens(dials.rate_if_turned(Defect::NameMistyped, NAME_MISTYPED)) {
        family = mistyped(chance, &family);
        context.extracts.tally.add("gp_registration", "name_mistyped");
    }
    let is_missing = chance.happens(dials.rate_or(Defect::NhsMissing, NHS_MISSING));
    let has_number = !is_missing && !person.nhs.is_empty();
    if !has_number {
        context.extracts.tally.add("gp_registration", "nhs_missing");
    }
    vec![
        patient_guid(registration.guid),
        city.places.practices[registration.practice].code.clone(),
        if has_number { person.nhs.clone() } else { String::new() },
        if has_number { "01" } else { "07" }.to_owned(),
        family,
        person.given.clone(),
        date(person.birth(), Style::Iso),
        write_known(person.died.filter(|died| *died < until), Style::Iso),
        if person.sex() == Sex::Male { "M" } else { "F" }.to_owned(),
        person.ethnic.to_string(),
        dwelling.house.clone(),
        city.places.postcode(stay.dwelling).to_owned(),
        if dwelling.is_care_home { format!("CH{:04}", stay.dwelling) } else { String::new() },
        date(registration.from, Style::Iso),
        write_known(known(registration.to), Style::Iso),
        date(from, Style::Iso),
        write_known(known(to), Style::Iso),
        "Regular".to_owned(),
        "false".to_owned(),
    ]
}

/// A patient of the practice system's training list.
fn dummy(context: &mut Context, i: usize) -> Row {
    let city = context.city;
    context.extracts.tally.add("gp_registration", "dummy");
    let on = city.start - 400;
    let mut chance = context.row_chance(14, i);
    let family = city.names.family(&mut chance, 'A');
    let given = city.names.given(&mut chance, 'A', Sex::Female);
    let fields = [
        patient_guid(90_000_001 + i as u32).as_str(),
        &city.places.practices[i].code,
        &city.nobodys[i],
        "02",
        &family,
        &given,
        "1980-01-01",
        "",
        "F",
        "Z",
        "1",
        "",
        "",
        &date(on, Style::Iso),
        "",
        &date(on, Style::Iso),
        "",
        "Regular",
        "true",
    ]
    .map(str::to_owned)
    .to_vec();
    Row { person: None, on, event: usize::MAX, planted: Planted::Dummy, fields }
}
