//! Ambulances: one row per vehicle, and little to say who the patient is.

use super::super::SynthError;
use super::super::calendar::{Day, Style, clock, write as date};
use super::super::identity::Desk;
use super::super::layouts::AMBULANCE;
use super::super::rows::Rows;
use super::super::sheet::Quirk;
use super::context::{Context, Event, row};
use super::ecds::call_number;

const PROVIDER: &str = "RX8";
const COMPLAINTS: [&str; 10] = [
    "Breathing problems",
    "Chest pain",
    "Falls",
    "Unconscious or fainting",
    "Sick person",
    "Stroke",
    "Traumatic injuries",
    "Abdominal pain",
    "Convulsions",
    "Overdose",
];

fn desk() -> Desk {
    Desk {
        has_capitals: true,
        names_missing: 0.25,
        birth_missing: 0.30,
        postcode_missing: 0.15,
        ..Desk::usual("ambulance", 5, Style::Slash, 0.95)
    }
}

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let mut events = Vec::new();
    let mut rows = Rows::new();
    for (number, journey) in context.care.journeys.iter().enumerate() {
        let Some(dispatch) = &journey.dispatch else { continue };
        let number = context.batch.nth(number);
        let mut chance = context.row_chance(4, number);
        // Called before the patient reaches the department, on the same day.
        let (person, on, arrives) = (journey.person, journey.on, journey.minute);
        let called = (arrives - chance.between(55, 110)).max(0);
        let at_scene = (called + chance.between(6, 40)).min(1430);
        let complaint = *chance.pick(&COMPLAINTS);
        for vehicle in 1..=dispatch.n_vehicles {
            // Every crew writes down the same.
            let shown = context.show(person, on, &desk(), &mut context.row_chance(13, number));
            let conveys = dispatch.is_conveyed && vehicle == 1;
            let hospital =
                journey.attendance.as_ref().filter(|_| conveys).map_or("", |a| a.trust.code());
            let fields = vec![
                call_number(number),
                vehicle.to_string(),
                PROVIDER.to_owned(),
                shown.nhs.clone(),
                shown.given.clone(),
                shown.family.clone(),
                shown.birth.clone(),
                shown.sex_word(["M", "F", "U"]),
                shown.postcode.clone(),
                stamp(on, called),
                stamp(on, at_scene + 4 * (vehicle - 1)),
                if conveys { stamp(on, arrives) } else { String::new() },
                complaint.to_owned(),
                dispatch.priority.to_owned(),
                hospital.to_owned(),
            ];
            rows.push((on, row(person, on, events.len(), fields)));
        }
        events.push(Event { person, on, measures: &["incidents"] });
    }
    context.extracts.begin(events.len());
    context.publish_by_period(&AMBULANCE, PROVIDER, &rows, Quirk::None)?;
    // However many vehicles came, it is one incident.
    context.count_as("ambulance", &events, |life| life.event, |event, _| event.measures);
    Ok(())
}

/// A minute of a day as date and time.
fn stamp(on: Day, minute: i32) -> String {
    format!("{} {}", date(on, Style::Iso), clock(minute))
}
