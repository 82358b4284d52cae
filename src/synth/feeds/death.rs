//! Deaths as registered: days later, months if a coroner asks.

use super::super::SynthError;
use super::super::calendar::{Day, Style, write as date};
use super::super::chance::Stream;
use super::super::health::{Condition, Health};
use super::super::identity::Desk;
use super::super::layouts::DEATH;
use super::super::rows::Rows;
use super::super::sheet::{Quirk, Sheet};
use super::context::{Context, Event, row};

const PROVIDER: &str = "GRO";

/// Writes the feed: one file of the whole window, or the registrations of each month.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let desk = Desk::usual("death", 11, Style::Compact, 0.02);
    let city = context.city;
    let mut events = Vec::new();
    let mut rows = Rows::new();
    for person in context.people() {
        let someone = &city.people[person];
        let Some(died) = someone.died else { continue };
        let mut chance = city.chance(Stream::Death, person);
        let lag = if chance.happens(0.08) { 40 + chance.days(90.0) } else { 2 + chance.days(5.0) };
        if died + lag >= city.end {
            continue;
        }
        let shown = context.show(person, died, &desk, &mut chance);
        let in_home = city.places.dwellings[someone.dwelling(died)].is_care_home;
        let place = if context.care.has_died_in_hospital(person) {
            "HOSPITAL"
        } else if in_home {
            "CAREHOME"
        } else {
            ["HOME", "HOSPICE"][chance.weighted(&[0.8, 0.2])]
        };
        let fields = vec![
            String::new(),
            PROVIDER.to_owned(),
            shown.nhs.clone(),
            shown.given.clone(),
            shown.family.clone(),
            shown.birth.clone(),
            shown.sex_digit().replace('0', ""),
            shown.postcode.clone(),
            date(died, Style::Compact),
            date(died + lag, Style::Compact),
            cause(&someone.health, died, chance.below(4)).to_owned(),
            place.to_owned(),
        ];
        rows.push((died + lag, row(person, died, events.len(), fields)));
        events.push(Event { person, on: died, measures: &["deaths"] });
    }
    context.extracts.begin(events.len());
    let period = format!("{}_{}", date(city.start, Style::Iso), date(city.end - 1, Style::Iso));
    if context.is_monthly() {
        context.deliver(&DEATH, PROVIDER, &rows, Quirk::None)?;
    } else {
        context.extracts.publish(Sheet::plain(&DEATH, PROVIDER, period, &rows))?;
    }
    context.count("death", &events);
    let log = &mut context.extracts.log;
    for life in log.lives.clone() {
        let Some(event) = events.get(life.event as usize) else { continue };
        log.tells_of_death(event.person, &life);
    }
    Ok(())
}

/// The underlying cause: mostly what the person had.
fn cause(health: &Health, died: Day, draw: usize) -> &'static str {
    const LIKELY: [(Condition, &str); 6] = [
        (Condition::Cancer, "C349"),
        (Condition::Dementia, "F03X"),
        (Condition::HeartFailure, "I509"),
        (Condition::HeartDisease, "I219"),
        (Condition::Copd, "J449"),
        (Condition::Stroke, "I640"),
    ];
    let known = LIKELY.iter().find(|(condition, _)| health.has(*condition, died));
    known.map_or(["J189", "C259", "K703", "A419"][draw], |(_, code)| code)
}
