//! Adult social care: twelve rolling months, sent every quarter, so that events come again.

use super::super::SynthError;
use super::super::calendar::{
    Day, Style, age, month_start, months_between, write as date, write_known,
};
use super::super::health::Condition;
use super::super::identity::Desk;
use super::super::layouts::ASC;
use super::super::people::Person;
use super::super::rows::Rows;
use super::super::sheet::{Placed, Quirk, Row, Sheet, Version};
use super::asc_plan::{Kind, SERVICES, SocialEvent, plan};
use super::context::{Context, Event, local_id, row};
use super::deliver::{File, ends};

const PROVIDER: &str = "E08000035";
const SYSTEM: u64 = 7;

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let events = plan(context);
    context.extracts.begin(events.len());
    for (month, until) in ends(context, 3) {
        let since = year_before(until);
        let mut rows = Rows::new();
        let mut placed = Vec::new();
        for (number, event) in events.iter().enumerate() {
            if is_reported(event, since, until) {
                let (row, key) = (rows.len() as u32, number as u32 + 1);
                placed.push(Placed { row, version: Version::Full, key });
                rows.push((until, report(context, number, event, since, until)));
            }
        }
        if context.is_monthly() {
            let covers = (months_between(context.city.start, since), month + 1);
            let (layout, provider, quirk) = (&ASC, PROVIDER, Quirk::None);
            let generation = "rolling";
            let due = month + 1;
            let file = File { layout, provider, month, generation, covers, due, quirk };
            context.send(&file, &rows, placed)?;
        } else {
            let period = date(until - 1, Style::Iso);
            context.extracts.publish(Sheet::plain(&ASC, PROVIDER, period, &rows))?;
        }
    }
    let counted: Vec<Event> = events
        .iter()
        .map(|e| Event { person: e.person, on: e.start, measures: measures(e.kind) })
        .collect();
    context.count("asc", &counted);
    // A row knows of a death before the end of the period that it is sent for.
    let log = &mut context.extracts.log;
    for life in log.lives.clone() {
        let Some(event) = events.get(life.event as usize) else { continue };
        let last_month = log.deliveries[life.delivery as usize].month;
        let until = month_start(context.city.start, last_month as u32 + 1);
        if context.city.people[event.person].died.is_some_and(|died| died < until) {
            log.tells_of_death(event.person, &life);
        }
    }
    Ok(())
}

fn year_before(until: Day) -> Day {
    let mut since = until - 366;
    while month_start(since, 12) < until {
        since += 1;
    }
    since
}

/// Services that were open in the period; anything else must have ended in it.
fn is_reported(event: &SocialEvent, since: Day, until: Day) -> bool {
    match event.kind {
        Kind::Service(_) => event.start < until && event.end >= since,
        _ => (since..until).contains(&event.end),
    }
}

fn measures(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Request => &["requests"],
        Kind::Assessment => &["assessments"],
        Kind::Service(_) => &["services"],
        Kind::Review => &["reviews"],
    }
}

/// An event as it is known at a quarter's end.
fn report(
    context: &mut Context,
    number: usize,
    event: &SocialEvent,
    since: Day,
    until: Day,
) -> Row {
    let city = context.city;
    let someone = &city.people[event.person];
    let on = event.start.max(city.start);
    let has_number = context.row_chance(11, event.person).happens(0.80);
    let desk = Desk::usual("asc", SYSTEM, Style::Slash, if has_number { 0.0 } else { 1.0 });
    let mut chance = context.row_chance(12, context.batch.nth(number));
    let shown = context.show(event.person, on, &desk, &mut chance);
    let in_home = city.places.dwellings[someone.dwelling(on)].is_care_home;
    let mut fields = vec![
        PROVIDER.to_owned(),
        date(since, Style::Slash),
        date(until - 1, Style::Slash),
        shown.nhs.clone(),
        local_id("A", event.person, SYSTEM),
        shown.family.clone(),
        shown.given.clone(),
        city.practice_code(event.person, on),
        shown.sex_word(["Male", "Female", "Unknown"]),
        ethnicity(someone.ethnic).to_owned(),
        shown.birth.clone(),
        write_known(someone.died.filter(|d| *d < until), Style::Slash),
        "Service User".to_owned(),
        reason(someone, on).to_owned(),
        shown.postcode.clone(),
        if in_home { "Registered care home" } else { "Settled mainstream housing" }.to_owned(),
    ];
    fields.extend(what(event, context.batch.nth(number), until));
    row(event.person, event.start, number, fields)
}

fn what(event: &SocialEvent, number: usize, until: Day) -> Vec<String> {
    let (kind, description) = match event.kind {
        Kind::Request => ("Request", "Request for support"),
        Kind::Assessment => ("Assessment", "Care Act assessment"),
        Kind::Service(_) => ("Service", ""),
        Kind::Review => ("Review", "Planned review"),
    };
    let mut fields = vec![
        kind.to_owned(),
        format!("EV{:07}", number + 1),
        date(event.start, Style::Slash),
        write_known(Some(event.end).filter(|end| *end < until), Style::Slash),
        description.to_owned(),
        event.outcome.to_owned(),
    ];
    if let Kind::Service(i) = event.kind {
        let service = &SERVICES[i];
        fields.extend([service.kind, service.component, service.mechanism].map(str::to_owned));
        fields.push(format!("{:.2}", event.pounds));
        fields.push(service.frequency.to_owned());
        fields.push(if event.units > 0.0 { format!("{:.1}", event.units) } else { String::new() });
    } else {
        fields.extend((0..6).map(|_| String::new()));
    }
    fields
}

fn reason(someone: &Person, on: Day) -> &'static str {
    if someone.health.has(Condition::Dementia, on) {
        "Support with Memory and Cognition"
    } else if someone.health.has(Condition::SevereMentalIllness, on) {
        "Mental Health Support"
    } else if age(someone.birth(), on) < 65 && someone.birth() % 3 == 0 {
        "Learning Disability Support"
    } else {
        "Physical Support: Personal Care Support"
    }
}

/// The ethnic group as social care writes it.
pub(super) fn ethnicity(group: char) -> &'static str {
    match group {
        'A' => "White: British",
        'B' => "White: Irish",
        'C' => "White: Any other White background",
        'D' => "Mixed: White and Black Caribbean",
        'E' => "Mixed: White and Black African",
        'F' => "Mixed: White and Asian",
        'G' => "Mixed: Any other mixed background",
        'H' => "Asian: Indian",
        'J' => "Asian: Pakistani",
        'K' => "Asian: Bangladeshi",
        'L' => "Asian: Any other Asian background",
        'M' => "Black: Caribbean",
        'N' => "Black: African",
        'P' => "Black: Any other Black background",
        'R' => "Other: Chinese",
        'S' => "Other: Any other ethnic group",
        _ => "Undeclared / Not known",
    }
}
