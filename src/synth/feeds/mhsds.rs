//! Mental-health contacts, with those of some talking-therapy pathways among them.

use std::collections::BTreeMap;

use super::super::SynthError;
use super::super::calendar::{Day, Style, age, civil, to_weekday, write as date};
use super::super::chance::{Chance, Stream};
use super::super::hazard::{Care, stretches};
use super::super::health::Condition;
use super::super::identity::Desk;
use super::super::layouts::MHSDS;
use super::super::monthly::Life;
use super::super::rows::Rows;
use super::super::sheet::{Planted, Quirk, Row};
use super::apc::stated_ethnic;
use super::context::{Context, Event, contact_measures, draw_status, local_id, row};
use super::iapt::{self, PROVIDER, SYSTEM, pathway_key};

/// What the rows of a referral share.
struct Referral {
    person: usize,
    key: String,
    received: Day,
    team: &'static str,
}

/// Writes this feed and the pathways of talking therapies, which it shares contacts with.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let pathways = iapt::plan(context);
    iapt::write(context, &pathways)?;
    let pathway_rows = context.extracts.log.lives.clone();
    let mut pathway_of: BTreeMap<u32, u32> = BTreeMap::new();
    let mut events = Vec::new();
    let mut rows = Rows::new();
    contacts(context, &mut events, &mut rows);
    for (number, pathway) in pathways.iter().enumerate().filter(|(_, p)| p.is_in_mhsds) {
        let person = pathway.person;
        let place = number as u32;
        let number = context.batch.nth(number);
        let mut chance = context.row_chance(9, number);
        let referral =
            Referral { person, key: pathway_key(number), received: pathway.referred, team: "A05" };
        for &on in pathway.contacts.iter().filter(|on| **on < context.city.end) {
            let fields = fields(context, &referral, on, "5", &mut chance);
            context.extracts.tally.add("mhsds", Planted::AlsoInIapt.as_str());
            rows.push((
                on,
                Row { planted: Planted::AlsoInIapt, ..row(person, on, events.len(), fields) },
            ));
            pathway_of.insert(events.len() as u32, place);
            events.push(Event { person, on, measures: &[] });
        }
    }
    context.extracts.begin(events.len());
    context.publish_by_period(&MHSDS, PROVIDER, &rows, Quirk::Headers)?;
    context.count_as("mhsds", &events, |life| life.key, measures);
    count_duplicates(context, &pathway_rows, &pathway_of);
    Ok(())
}

/// Until it is corrected, a status is that of a contact which took place.
fn measures(event: &Event, row: &Life) -> &'static [&'static str] {
    let is_own = !event.measures.is_empty();
    if is_own && row.is_provisional { contact_measures("5") } else { event.measures }
}

/// Counts the rows that tell of a pathway's contact: where a row of the pathway holds, they are
/// duplicates of what `iapt` counts; where none does, contacts as any.
fn count_duplicates(context: &mut Context, pathway_rows: &[Life], pathway_of: &BTreeMap<u32, u32>) {
    let log = &mut context.extracts.log;
    let (mut duplicates, mut contacts) = (Vec::new(), Vec::new());
    for row in &log.lives {
        let Some(pathway) = pathway_of.get(&row.event) else { continue };
        for month in row.from..row.until.min(log.n_arrivals() + 1) {
            let holds = |p: &Life| p.event == *pathway && (p.from..p.until).contains(&month);
            let spans =
                if pathway_rows.iter().any(holds) { &mut duplicates } else { &mut contacts };
            spans.push((row.key, month, month + 1));
        }
    }
    log.by_arrival.add(("mhsds", "duplicates_of_iapt"), duplicates);
    log.by_arrival.add(("mhsds", "contacts"), contacts.clone());
    log.by_arrival.add(("mhsds", "contacts_attended"), contacts);
}

fn contacts(context: &mut Context, events: &mut Vec<Event>, rows: &mut Rows) {
    let city = context.city;
    let mut number = 0_usize;
    for person in context.residents() {
        let mut chance = city.chance(Stream::MentalHealth, person);
        for stretch in stretches(city, person) {
            let mean = context.hazards.rate(city, person, stretch.middle, Care::MentalHealth)
                * stretch.years();
            for _ in 0..chance.poisson(mean) {
                number += 1;
                let received = chance.between(stretch.from, stretch.to - 1);
                let team = team(context, &mut chance, person, received);
                let referral = Referral {
                    person,
                    key: format!("MR{:08}", context.batch.nth(number)),
                    received,
                    team,
                };
                let mut on = received + chance.days(18.0);
                for _ in 0..1 + chance.days(7.0) {
                    on = to_weekday(on);
                    let status = draw_status(&mut chance);
                    if context.is_present(person, on) {
                        let fields = fields(context, &referral, on, status, &mut chance);
                        rows.push((on, row(person, on, events.len(), fields)));
                        events.push(Event { person, on, measures: contact_measures(status) });
                    }
                    on += 1 + chance.days(16.0);
                }
            }
        }
    }
}

fn team(context: &Context, chance: &mut Chance, person: usize, on: Day) -> &'static str {
    let health = &context.city.people[person].health;
    if age(health.birth, on) < 18 {
        "C02"
    } else if health.has(Condition::Dementia, on) {
        "A17"
    } else if health.has(Condition::SevereMentalIllness, on) {
        ["A06", "A02", "A14"][chance.weighted(&[0.7, 0.2, 0.1])]
    } else {
        ["A06", "A02", "A18"][chance.weighted(&[0.6, 0.2, 0.2])]
    }
}

fn fields(
    context: &mut Context,
    referral: &Referral,
    on: Day,
    status: &str,
    chance: &mut Chance,
) -> Vec<String> {
    let city = context.city;
    let person = referral.person;
    let desk = Desk { has_sentinel: true, ..Desk::usual("mhsds", SYSTEM, Style::Iso, 0.03) };
    let shown = context.show(person, on, &desk, chance);
    let month = civil(on);
    // Months are counted from April 1900.
    let month_number = (i32::from(month.year()) - 1900) * 12 + i32::from(month.month()) - 3;
    vec![
        String::new(),
        month_number.to_string(),
        local_id("T", person, SYSTEM),
        shown.nhs.clone(),
        shown.status.to_owned(),
        shown.birth.clone(),
        shown.sex_digit(),
        stated_ethnic(chance, city.people[person].ethnic, "99"),
        shown.postcode.clone(),
        city.practice_code(person, on),
        PROVIDER.to_owned(),
        referral.key.clone(),
        date(referral.received, Style::Iso),
        referral.team.to_owned(),
        date(on, Style::Iso),
        ["01", "02", "11"][chance.weighted(&[0.6, 0.2, 0.2])].to_owned(),
        status.to_owned(),
    ]
}
