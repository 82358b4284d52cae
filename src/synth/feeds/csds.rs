//! Community contacts, among them those of the two programmes that evaluations look for.

use super::super::SynthError;
use super::super::calendar::{Day, Style, age, day, month_start, to_weekday, write as date};
use super::super::chance::{Chance, Stream};
use super::super::evaluation::Arm;
use super::super::hazard::{Care, stretches};
use super::super::identity::Desk;
use super::super::layouts::CSDS;
use super::super::rows::Rows;
use super::super::sheet::{Quirk, Row};
use super::apc::stated_ethnic;
use super::context::{Context, Event, contact_measures, draw_status, local_id, row};

const PROVIDER: &str = "RY6";
const SYSTEM: u64 = 3;

/// A referral and its contacts.
struct Referral {
    person: usize,
    received: Day,
    team: &'static str,
    contacts: Vec<(Day, &'static str)>,
}

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let referrals = plan(context);
    let mut events = Vec::new();
    let mut rows = Rows::new();
    for (number, referral) in referrals.iter().enumerate() {
        let number = context.batch.nth(number);
        let mut chance = context.row_chance(6, number);
        for &(on, status) in &referral.contacts {
            let row = contact(context, number, referral, on, status, events.len(), &mut chance);
            rows.push((on, row));
            events.push(Event { person: referral.person, on, measures: contact_measures(status) });
        }
    }
    context.extracts.begin(events.len());
    context.publish_by_period(&CSDS, PROVIDER, &rows, Quirk::Headers)?;
    context.count("csds", &events);
    Ok(())
}

fn plan(context: &Context) -> Vec<Referral> {
    let city = context.city;
    let mut referrals = Vec::new();
    for person in context.residents() {
        let mut chance = city.chance(Stream::Community, person);
        for stretch in stretches(city, person) {
            let mean = context.hazards.rate(city, person, stretch.middle, Care::Community)
                * stretch.years();
            for _ in 0..chance.poisson(mean) {
                let received = chance.between(stretch.from, stretch.to - 1);
                let (team, gap) = team(&mut chance, age(city.people[person].birth(), received));
                let n = 1 + chance.days(5.6);
                let mut on = received + chance.days(12.0);
                let mut contacts = Vec::new();
                for _ in 0..n {
                    on = to_weekday(on);
                    contacts.push((on, draw_status(&mut chance)));
                    on += 1 + chance.days(gap);
                }
                contacts.retain(|(on, _)| context.is_present(person, *on));
                referrals.push(Referral { person, received, team, contacts });
            }
        }
        referrals.extend(programme(context, person));
    }
    referrals
}

/// Teams by the age of those they serve, and the days between their contacts.
fn team(chance: &mut Chance, years: i32) -> (&'static str, f64) {
    match years {
        ..5 => ("16", 25.0),
        5..18 => (["17", "28"][chance.weighted(&[0.6, 0.4])], 20.0),
        18..65 => (["27", "12", "18"][chance.weighted(&[0.5, 0.3, 0.2])], 14.0),
        _ => (["12", "27", "18", "41"][chance.weighted(&[0.6, 0.15, 0.1, 0.15])], 6.0),
    }
}

/// Contacts of an enrolled person: one on the day of referral, then one a month.
fn programme(context: &Context, person: usize) -> Option<Referral> {
    let city = context.city;
    let (team, gap) = match context.care.arm(person) {
        Arm::Enrolled => ("PROACT", 1),
        Arm::Placebo => ("TELEH", 2),
        _ => return None,
    };
    let mut chance = city.chance(Stream::Programme, person);
    let mut received = day(2024, 9, 1) + chance.between(0, 29);
    while !context.is_present(person, received) {
        received -= 1;
    }
    let mut contacts = vec![(received, "5")];
    for months in (gap..).step_by(gap as usize) {
        let on = to_weekday(month_start(received, months) + chance.between(0, 24));
        if on >= city.end {
            break;
        }
        if context.is_present(person, on) {
            contacts.push((on, draw_status(&mut chance)));
        }
    }
    Some(Referral { person, received, team, contacts })
}

fn contact(
    context: &mut Context,
    number: usize,
    referral: &Referral,
    on: Day,
    status: &str,
    event: usize,
    chance: &mut Chance,
) -> Row {
    let city = context.city;
    let desk = Desk { has_sentinel: true, ..Desk::usual("csds", SYSTEM, Style::Iso, 0.05) };
    let shown = context.show(referral.person, on, &desk, chance);
    let mechanism = if referral.team == "TELEH" {
        "02"
    } else {
        ["01", "02", "03"][chance.weighted(&[0.75, 0.2, 0.05])]
    };
    let fields = vec![
        String::new(),
        local_id("L", referral.person, SYSTEM),
        shown.nhs.clone(),
        shown.status.to_owned(),
        shown.family.clone(),
        shown.given.clone(),
        shown.birth.clone(),
        shown.sex_digit(),
        stated_ethnic(chance, city.people[referral.person].ethnic, "99"),
        shown.postcode.clone(),
        city.practice_code(referral.person, on),
        PROVIDER.to_owned(),
        format!("SR{:08}", number + 1),
        date(referral.received, Style::Iso),
        referral.team.to_owned(),
        date(on, Style::Iso),
        mechanism.to_owned(),
        status.to_owned(),
    ];
    row(referral.person, on, event, fields)
}
