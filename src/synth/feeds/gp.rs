//! General practice: appointments, coded events and prescriptions, as one city-wide extract.

use super::super::SynthError;
use super::super::calendar::{
    Day, Style, age, civil, clock, day, is_weekend, to_weekday, write as date,
};
use super::super::chance::{Chance, Stream};
use super::super::defects::DELETED;
use super::super::hazard::{Care, Stretch, stretches};
use super::super::layouts::{GP_APPOINTMENT, GP_EVENT, GP_PRESCRIPTION};
use super::super::settings::{GP_EVENTS_KEPT, GP_PRESCRIPTIONS_KEPT};
use super::super::sheet::{Planted, Quirk, Row};
use super::context::{Context, Event, row};
use super::gp_codes::{CONDITIONS, FRAILTY, MEASUREMENTS, MEDICINES};

/// The integrated care board, through which the practices' extracts come.
pub(super) const ICB: &str = "QWO";

/// A patient's number in a practice's system.
pub(super) fn patient_guid(guid: u32) -> String {
    format!("{{D0000000-0000-4000-8000-{guid:012}}}")
}

/// Writes the three feeds, one after the other.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    appointments(context)?;
    events(context)?;
    prescriptions(context)
}

/// Draws, for every person and stretch, as many days as a rate gives.
fn each_day(
    context: &mut Context,
    care: Care,
    kept: f64,
    stream: Stream,
    mut then: impl FnMut(&mut Context, usize, Day, &mut Chance),
) {
    let city = context.city;
    for person in (0..city.people.len()).filter(|&p| !city.people[p].is_outsider) {
        let mut chance = city.chance(stream, person);
        for Stretch { from, to, middle } in stretches(city, person) {
            let years = Stretch { from, to, middle }.years();
            let mean = context.hazards.rate(city, person, middle, care) * kept * years;
            for _ in 0..chance.poisson(mean) {
                let drawn = chance.between(from, to - 1);
                let monday = to_weekday(drawn);
                let on = if is_weekend(drawn) && monday >= to { drawn } else { monday };
                then(context, person, on, &mut chance);
            }
        }
    }
}

/// The patient's number and practice on a day.
fn patient(context: &Context, person: usize, on: Day) -> Option<[String; 2]> {
    let registration = context.city.people[person].registration(on)?;
    let practice = context.city.places.practices[registration.practice].code.clone();
    Some([patient_guid(registration.guid), practice])
}

fn appointments(context: &mut Context) -> Result<(), SynthError> {
    let mut found = Vec::new();
    let mut rows = Vec::new();
    each_day(
        context,
        Care::GpAppointment,
        1.0,
        Stream::GpAppointment,
        |context, person, on, chance| {
            let Some([guid, practice]) = patient(context, person, on) else { return };
            let minute = 8 * 60 + 10 * chance.between(0, 59);
            let fields = vec![
                String::new(),
                guid,
                practice,
                date(on, Style::Iso),
                clock(minute),
                ["10", "15", "20"][chance.weighted(&[0.7, 0.2, 0.1])].to_owned(),
                ["GP", "Nurse", "Pharmacist", "Healthcare assistant"]
                    [chance.weighted(&[0.47, 0.28, 0.1, 0.15])]
                .to_owned(),
                if chance.happens(0.05) { "true" } else { "false" }.to_owned(),
                ["Face-to-face", "Telephone", "Online", "Home visit"]
                    [chance.weighted(&[0.66, 0.26, 0.06, 0.02])]
                .to_owned(),
            ];
            rows.push((on, row(person, on, found.len(), fields)));
            found.push(Event { person, on, measures: &["appointments"] });
        },
    );
    context.extracts.begin(found.len());
    context.publish_by_year(&GP_APPOINTMENT, ICB, rows, Quirk::None)?;
    context.count("gp_appointment", &found);
    Ok(())
}

/// Diagnoses are all in the extract; everything else is thinned.
fn events(context: &mut Context) -> Result<(), SynthError> {
    let mut found = Vec::new();
    let mut rows = Vec::new();
    let mut add = |filed: Day,
                   on: Day,
                   person: usize,
                   fields: Vec<String>,
                   chance: &mut Chance,
                   context: &mut Context| {
        let mut row = row(person, on, found.len(), fields);
        let is_deleted = chance.happens(DELETED);
        if is_deleted {
            row.planted = Planted::Deleted;
            if let Some(last) = row.fields.last_mut() {
                *last = "true".to_owned();
            }
            context.extracts.tally.add("gp_event", Planted::Deleted.as_str());
        }
        rows.push((filed, row));
        found.push(Event { person, on, measures: if is_deleted { &[] } else { &["events"] } });
    };
    let city = context.city;
    for person in (0..city.people.len()).filter(|&p| !city.people[p].is_outsider) {
        let mut chance = context.row_chance(10, person);
        for (filed, on, precision, code) in diagnoses(context, person, &mut chance) {
            let Some(patient) = patient(context, person, filed) else { continue };
            add(filed, on, person, coded(patient, on, precision, code, None), &mut chance, context);
        }
    }
    each_day(
        context,
        Care::GpEvent,
        GP_EVENTS_KEPT,
        Stream::GpEvent,
        |context, person, on, chance| {
            let Some(patient) = patient(context, person, on) else { return };
            let (code, low, high, unit) = *chance.pick(&MEASUREMENTS);
            let value = (!unit.is_empty())
                .then(|| (low + (high - low) * (chance.unit() + chance.unit()) / 2.0, unit));
            add(on, on, person, coded(patient, on, "YMD", code, value), chance, context);
        },
    );
    context.extracts.begin(found.len());
    context.publish_by_year(&GP_EVENT, ICB, rows, Quirk::None)?;
    context.count("gp_event", &found);
    Ok(())
}

/// First records of conditions and of frailty: day filed, day of the event, its precision, code.
fn diagnoses(
    context: &Context,
    person: usize,
    chance: &mut Chance,
) -> Vec<(Day, Day, &'static str, &'static str)> {
    let city = context.city;
    let someone = &city.people[person];
    let Some((from, to)) = someone.at_risk(city.start, city.end) else { return Vec::new() };
    let joined = someone.registrations[0].from;
    let mut found = Vec::new();
    for (i, onset) in someone.health.onset.iter().enumerate() {
        let Some(onset) = onset.filter(|onset| *onset < to) else { continue };
        let is_old = onset < joined;
        let (on, precision) = match chance.weighted(&[0.8, 0.12, 0.08]) {
            1 if is_old => (civil(onset).first_of_month(), "YM"),
            2 if is_old => (civil(onset).first_of_year(), "Y"),
            _ => (civil(onset), "YMD"),
        };
        let on = day(on.year(), on.month(), on.day()).max(someone.birth());
        found.push((onset.max(from), on, precision, CONDITIONS[i]));
    }
    let frailty = someone.health.frailty(from);
    if age(someone.birth(), from) >= 65 && frailty > 0.12 {
        let grade = usize::from(frailty > 0.24) + usize::from(frailty > 0.36);
        found.push((from, from, "YMD", FRAILTY[grade]));
    }
    found
}

fn coded(
    [guid, practice]: [String; 2],
    on: Day,
    precision: &str,
    code: &str,
    value: Option<(f64, &str)>,
) -> Vec<String> {
    vec![
        String::new(),
        guid,
        practice,
        date(on, Style::Iso),
        precision.to_owned(),
        code.to_owned(),
        value.map(|(v, _)| format!("{v:.1}")).unwrap_or_default(),
        value.map_or("", |(_, unit)| unit).to_owned(),
        "false".to_owned(),
    ]
}

fn prescriptions(context: &mut Context) -> Result<(), SynthError> {
    let mut found = Vec::new();
    let mut rows: Vec<(Day, Row)> = Vec::new();
    each_day(
        context,
        Care::GpPrescription,
        GP_PRESCRIPTIONS_KEPT,
        Stream::GpPrescription,
        |context, person, on, chance| {
            let Some([guid, practice]) = patient(context, person, on) else { return };
            let health = &context.city.people[person].health;
            let weights = MEDICINES.map(|(_, _, _, _, condition)| match condition {
                Some(i) if health.onset[i].is_some_and(|first| first <= on) => 3.0,
                Some(_) => 0.0,
                None => 0.6,
            });
            let (code, quantity, days, pounds, _) = MEDICINES[chance.weighted(&weights)];
            let packs = if chance.happens(0.3) { 2 } else { 1 };
            let fields = vec![
                String::new(),
                guid,
                practice,
                date(on, Style::Iso),
                code.to_owned(),
                (quantity * packs).to_string(),
                (days * packs).to_string(),
                format!("{:.2}", pounds * f64::from(packs)),
                "false".to_owned(),
            ];
            rows.push((on, row(person, on, found.len(), fields)));
            found.push(Event { person, on, measures: &["issues"] });
        },
    );
    context.extracts.begin(found.len());
    context.publish_by_year(&GP_PRESCRIPTION, ICB, rows, Quirk::None)?;
    context.count("gp_prescription", &found);
    Ok(())
}
