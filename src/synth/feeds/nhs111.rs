//! Calls to 111, some of which end with an ambulance or in a department.

use super::super::SynthError;
use super::super::calendar::{Style, write as date};
use super::super::identity::Desk;
use super::super::layouts::NHS111;
use super::super::rows::Rows;
use super::super::sheet::Quirk;
use super::context::{Context, Event, row};
use super::ecds::call_number;

const PROVIDER: &str = "RX8";
const DISPOSITIONS: [(&str, &str); 6] = [
    ("Dx05", "Recommended to contact primary care"),
    ("Dx06", "Recommended to contact primary care"),
    ("Dx08", "Recommended to attend other service"),
    ("Dx38", "Recommended self-care"),
    ("Dx60", "Recommended repeat prescription"),
    ("Dx17", "Recommended to dental service"),
];

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let desk = Desk::usual("nhs111", 6, Style::Slash, 0.30);
    let mut events = Vec::new();
    let mut rows = Rows::new();
    for (number, journey) in context.care.journeys.iter().enumerate().filter(|(_, j)| j.has_call) {
        let number = context.batch.nth(number);
        let mut chance = context.row_chance(5, number);
        let (person, on) = (journey.person, journey.on);
        let shown = context.show(person, on, &desk, &mut chance);
        let (code, group) = match (&journey.dispatch, &journey.attendance) {
            (Some(_), _) => ("Dx012", "Ambulance dispatched"),
            (None, Some(_)) => ("Dx02", "Recommended to attend emergency department"),
            _ => *chance.pick(&DISPOSITIONS),
        };
        // A call comes before what follows from it, the same day.
        let minute = (journey.minute - 120).max(0);
        let fields = vec![
            String::new(),
            PROVIDER.to_owned(),
            shown.nhs.clone(),
            shown.given.clone(),
            shown.family.clone(),
            shown.birth.clone(),
            shown.sex_word(["Male", "Female", "Unknown"]),
            shown.postcode.clone(),
            context.city.practice_code(person, on),
            format!("{} {:02}:{:02}", date(on, Style::Slash), minute / 60, minute % 60),
            code.to_owned(),
            group.to_owned(),
            if journey.dispatch.is_some() { call_number(number) } else { String::new() },
        ];
        rows.push((on, row(person, on, events.len(), fields)));
        events.push(Event { person, on, measures: &["calls"] });
    }
    context.extracts.begin(events.len());
    context.publish_by_period(&NHS111, PROVIDER, &rows, Quirk::BlankLines)?;
    context.count("nhs111", &events);
    Ok(())
}
