//! Third sector and a hospice: a spreadsheet with notes, no NHS number.

use super::super::SynthError;
use super::super::calendar::{Day, Style, age, to_weekday, write as date};
use super::super::chance::{Chance, Stream};
use super::super::hazard::{Care, stretches};
use super::super::health::Condition;
use super::super::identity::Desk;
use super::super::layouts::THIRD_SECTOR;
use super::super::rows::Rows;
use super::super::sheet::Quirk;
use super::context::{Context, Event, local_id, row};

/// A befriending and advice charity, and a hospice.
const PROVIDERS: [&str; 2] = ["VCS01", "VCS02"];
const SERVICES: [&[&str]; 2] = [
    &["Befriending", "Lunch club", "Welfare advice", "Carers’ group"],
    &["Hospice at home", "Day hospice", "Bereavement"],
];
const NOTES: [&str; 4] = [
    "",
    "Spoke with {name} about next visit",
    "{name} in good spirits;\nwill call again",
    "Didn’t answer",
];

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let city = context.city;
    let mut events = Vec::new();
    let mut rows = [Rows::new(), Rows::new()];
    for person in context.residents() {
        let mut chance = city.chance(Stream::ThirdSector, person);
        let mut seen_until = i32::MIN;
        for stretch in stretches(city, person) {
            let mean = context.hazards.rate(city, person, stretch.middle, Care::ThirdSector)
                * stretch.years();
            if chance.poisson(mean) == 0 {
                continue;
            }
            let referred = chance.between(stretch.from, stretch.to - 1);
            let is_ill = city.people[person].health.has(Condition::Cancer, referred)
                || age(city.people[person].birth(), referred) >= 85;
            let provider = usize::from(is_ill && chance.happens(0.6));
            let service = *chance.pick(SERVICES[provider]);
            let mut on = referred + chance.days(10.0);
            for _ in 0..1 + chance.days(7.5) {
                on = to_weekday(on);
                if context.is_present(person, on) && on > seen_until {
                    seen_until = on;
                    let fields =
                        fields(context, person, (provider, service), referred, on, &mut chance);
                    rows[provider].push((on, row(person, on, events.len(), fields)));
                    events.push(Event { person, on, measures: &["contacts"] });
                }
                on += 3 + chance.days(14.0);
            }
        }
    }
    context.extracts.begin(events.len());
    for (provider, rows) in PROVIDERS.into_iter().zip(rows) {
        context.publish_by_period(&THIRD_SECTOR, provider, &rows, Quirk::BlankLines)?;
    }
    context.count("third_sector", &events);
    Ok(())
}

fn fields(
    context: &mut Context,
    person: usize,
    (provider, service): (usize, &str),
    referred: Day,
    on: Day,
    chance: &mut Chance,
) -> Vec<String> {
    let system = 9 + provider as u64;
    let desk = Desk::usual("third_sector", system, Style::Slash, 1.0);
    let shown = context.show(person, on, &desk, chance);
    let note = chance.pick(&NOTES).replace("{name}", &context.city.people[person].given);
    vec![
        local_id("VC", person, system),
        PROVIDERS[provider].to_owned(),
        shown.given.clone(),
        shown.family.clone(),
        shown.birth.clone(),
        shown.sex_word(["Male", "Female", "Prefer not to say"]),
        shown.house.clone(),
        shown.postcode.clone(),
        date(referred, Style::Slash),
        service.to_owned(),
        date(on, Style::Slash),
        if chance.happens(0.92) { "Y" } else { "N" }.to_owned(),
        note,
    ]
}
