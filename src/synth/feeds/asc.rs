//! Adult social care: twelve rolling months, sent every quarter, so that events come again.

use super::super::SynthError;
use super::super::calendar::{Day, Style, age, month_start, write as date, write_known};
use super::super::health::Condition;
use super::super::identity::Desk;
use super::super::layouts::ASC;
use super::super::people::Person;
use super::super::sheet::{Quirk, Row, Sheet};
use super::asc_plan::{Kind, SERVICES, SocialEvent, plan};
use super::context::{Context, Event, local_id, row};

const PROVIDER: &str = "E08000035";
const SYSTEM: u64 = 7;

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let events = plan(context);
    context.extracts.begin(events.len());
    let mut quarter = 1;
    loop {
        let until = month_start(context.city.start, quarter * 3);
        if until > context.city.end {
            break;
        }
        quarter += 1;
        let since = year_before(until);
        let mut rows = Vec::new();
        for (number, event) in events.iter().enumerate() {
            if is_reported(event, since, until) {
                rows.push(report(context, number, event, since, until));
            }
        }
        let period = date(until - 1, Style::Iso);
        context.extracts.publish(Sheet {
            layout: &ASC,
            provider: PROVIDER,
            period,
            rows,
            quirk: Quirk::None,
        })?;
    }
    let counted: Vec<Event> = events
        .iter()
        .map(|e| Event { person: e.person, on: e.start, measures: measures(e.kind) })
        .collect();
    context.count("asc", &counted);
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
    let mut chance = context.row_chance(12, number);
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
    fields.extend(what(event, number, until));
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
