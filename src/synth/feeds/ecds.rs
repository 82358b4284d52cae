//! Emergency attendances, some of them sent twice: streamed at the door, then seen.

use super::super::SynthError;
use super::super::calendar::{Style, age, clock, write as date};
use super::super::chance::Chance;
use super::super::layouts::ECDS;
use super::super::rows::Rows;
use super::super::sheet::{Planted, Quirk};
use super::super::spells::Trust;
use super::super::urgent::{Attendance, Journey};
use super::apc::{SYSTEMS, desk, stated_ethnic};
use super::context::{Context, Event, local_id, row};

/// Emergency road ambulance; own transport (SNOMED CT).
const ARRIVAL_MODES: [&str; 2] = ["1048031000000100", "1048071000000103"];
const COMPLAINTS: [&str; 10] = [
    "29857009",
    "267036007",
    "21522001",
    "82271004",
    "271594007",
    "161898004",
    "386661006",
    "125605004",
    "417746004",
    "422587007",
];
/// Immediate, very urgent, urgent, standard, low.
const ACUITIES: [&str; 5] = [
    "1064891000000107",
    "1064911000000105",
    "1064901000000103",
    "1077241000000103",
    "1077251000000100",
];
/// Ward; home.
const DESTINATIONS: [&str; 2] = ["306706006", "306689006"];

/// The number under which a journey's ambulance was sent.
pub(super) fn call_number(journey: usize) -> String {
    format!("C{:08}", journey + 1)
}

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let mut events = Vec::new();
    let mut rows = [Rows::new(), Rows::new()];
    for (number, journey) in context.care.journeys.iter().enumerate() {
        let Some(attendance) = &journey.attendance else { continue };
        let mut chance = context.row_chance(3, context.batch.nth(number));
        let fields = fields(context, number, journey, attendance, &mut chance);
        let mut first = row(journey.person, journey.on, events.len(), fields);
        events.push(Event { person: journey.person, on: journey.on, measures: &["attendances"] });
        if attendance.is_sent_twice {
            let mut streamed = first.clone();
            streamed.fields[12] = "03".to_owned();
            first.planted = Planted::SentTwice;
            context.extracts.tally.add("ecds", Planted::SentTwice.as_str());
            rows[attendance.trust as usize].push((journey.on, streamed));
        }
        rows[attendance.trust as usize].push((journey.on, first));
    }
    context.extracts.begin(events.len());
    for (trust, rows) in [Trust::City, Trust::Neighbour].into_iter().zip(rows) {
        context.publish_by_period(&ECDS, trust.code(), &rows, Quirk::None)?;
    }
    // However often an attendance was sent, it counts once.
    context.count_as("ecds", &events, |life| life.event, |event, _| event.measures);
    Ok(())
}

fn fields(
    context: &mut Context,
    number: usize,
    journey: &Journey,
    attendance: &Attendance,
    chance: &mut Chance,
) -> Vec<String> {
    let city = context.city;
    let (person, on) = (journey.person, journey.on);
    let shown = context.show(person, on, &desk(attendance.trust, "ecds", 0.04), chance);
    let departs = journey.minute + attendance.minutes;
    let by_ambulance = journey.dispatch.is_some();
    let is_linked = by_ambulance && chance.happens(0.85);
    let acuity = if attendance.is_admitted {
        [0.06, 0.34, 0.5, 0.1, 0.0]
    } else {
        [0.01, 0.1, 0.34, 0.45, 0.1]
    };
    let hrg = if attendance.is_admitted {
        ["VB03Z", "VB04Z", "VB07Z", "VB02Z"][chance.weighted(&[0.4, 0.3, 0.2, 0.1])]
    } else {
        ["VB11Z", "VB08Z", "VB09Z", "VB07Z"][chance.weighted(&[0.32, 0.25, 0.3, 0.13])]
    };
    let is_adult = age(city.people[person].birth(), on) >= 16;
    vec![
        String::new(),
        shown.nhs.clone(),
        shown.status.to_owned(),
        local_id("H", person, SYSTEMS[attendance.trust as usize]),
        shown.given.clone(),
        shown.family.clone(),
        shown.birth.clone(),
        shown.sex_digit(),
        stated_ethnic(chance, city.people[person].ethnic, "99"),
        shown.postcode.clone(),
        city.practice_code(person, on),
        attendance.trust.code().to_owned(),
        attendance.department.to_owned(),
        date(on, Style::Iso),
        clock(journey.minute),
        date(on + departs / 1440, Style::Iso),
        clock(departs),
        ARRIVAL_MODES[usize::from(!by_ambulance)].to_owned(),
        if is_adult && chance.happens(0.06) { "2" } else { "1" }.to_owned(),
        ACUITIES[chance.weighted(&acuity)].to_owned(),
        (*chance.pick(&COMPLAINTS)).to_owned(),
        DESTINATIONS[usize::from(!attendance.is_admitted)].to_owned(),
        if is_linked { call_number(context.batch.nth(number)) } else { String::new() },
        hrg.to_owned(),
    ]
}
