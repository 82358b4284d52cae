//! Outpatient appointments, attended or not.

use super::super::SynthError;
use super::super::calendar::{Style, to_weekday, write as date};
use super::super::chance::{Chance, Stream};
use super::super::hazard::{Care, stretches};
use super::super::layouts::OP;
use super::super::rows::Rows;
use super::super::sheet::Quirk;
use super::super::spells::{Trust, choose_trust};
use super::apc::{SYSTEMS, desk, stated_ethnic};
use super::context::{Context, Event, local_id, row};

const SPECIALTIES: [&str; 12] =
    ["110", "130", "320", "301", "330", "502", "120", "340", "370", "300", "420", "361"];
const PROCEDURES: [&str; 5] = ["BZ88A", "EY51Z", "CA37A", "JC43C", "MA36Z"];

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let city = context.city;
    let mut events = Vec::new();
    let mut rows = [Rows::new(), Rows::new()];
    for person in context.people() {
        let mut chance = city.chance(Stream::Outpatient, person);
        for stretch in stretches(city, person) {
            let mean = context.hazards.rate(city, person, stretch.middle, Care::Outpatient)
                * stretch.years();
            for _ in 0..chance.poisson(mean) {
                let on = to_weekday(chance.between(stretch.from, stretch.to - 1));
                let trust = choose_trust(&mut chance, city, person, on);
                let status = ["5", "6", "3", "7", "2", "4"]
                    [chance.weighted(&[0.74, 0.03, 0.06, 0.01, 0.08, 0.08])];
                if !context.is_present(person, on) {
                    continue;
                }
                let fields = fields(context, person, on, trust, status, &mut chance);
                rows[trust as usize].push((on, row(person, on, events.len(), fields)));
                events.push(Event { person, on, measures: measures(status) });
            }
        }
    }
    context.extracts.begin(events.len());
    for (trust, rows) in [Trust::City, Trust::Neighbour].into_iter().zip(rows) {
        let quirk = if trust == Trust::City { Quirk::Ragged } else { Quirk::Padding };
        context.publish_by_period(&OP, trust.code(), &rows, quirk)?;
    }
    context.count("op", &events);
    Ok(())
}

fn measures(status: &str) -> &'static [&'static str] {
    match status {
        "5" | "6" => &["appointments", "attendances"],
        "3" | "7" => &["appointments", "not_attended"],
        _ => &["appointments"],
    }
}

fn fields(
    context: &mut Context,
    person: usize,
    on: i32,
    trust: Trust,
    status: &str,
    chance: &mut Chance,
) -> Vec<String> {
    let city = context.city;
    let shown = context.show(person, on, &desk(trust, "op", 0.02), chance);
    let requested = if chance.happens(0.18) {
        "1800-01-01".to_owned()
    } else {
        date(on - 7 - chance.days(60.0), Style::Iso)
    };
    vec![
        String::new(),
        shown.nhs.clone(),
        shown.status.to_owned(),
        local_id("H", person, SYSTEMS[trust as usize]),
        shown.birth.clone(),
        shown.sex_digit(),
        stated_ethnic(chance, city.people[person].ethnic, "X"),
        shown.postcode.clone(),
        city.practice_code(person, on),
        trust.code().to_owned(),
        date(on, Style::Iso),
        requested,
        status.to_owned(),
        ["1", "2", "3", "4"][chance.weighted(&[0.28, 0.57, 0.04, 0.11])].to_owned(),
        (*chance.pick(&SPECIALTIES)).to_owned(),
        if chance.happens(0.2) { *chance.pick(&PROCEDURES) } else { "UZ01Z" }.to_owned(),
    ]
}
