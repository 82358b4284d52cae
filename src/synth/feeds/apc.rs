//! Hospital episodes: each spell as one to three episodes, in the file of the year they ended.

use super::super::SynthError;
use super::super::calendar::{Day, Style, write as date};
use super::super::chance::Chance;
use super::super::identity::Desk;
use super::super::layouts::APC;
use super::super::rows::Rows;
use super::super::sheet::Quirk;
use super::super::spells::{Admission, Spell, Trust};
use super::context::{Context, Event, local_id, row};

/// The two trusts' patient systems.
pub(super) const SYSTEMS: [u64; 2] = [1, 2];

pub(super) fn desk(trust: Trust, feed: &'static str, nhs_missing: f64) -> Desk {
    let usual = Desk::usual(feed, SYSTEMS[trust as usize], Style::Iso, nhs_missing);
    Desk { has_sentinel: true, has_capitals: trust == Trust::Neighbour, ..usual }
}

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let mut episodes = Vec::new();
    let mut rows = [Rows::new(), Rows::new()];
    for (number, spell) in context.care.spells.iter().enumerate() {
        let mut chance = context.row_chance(2, context.batch.nth(number));
        for k in 0..spell.n_episodes {
            let Some((from, to)) = episode(spell, k, context.city.end) else { continue };
            let fields = fields(context, spell, number, k, (from, to), &mut chance);
            let filed = to.unwrap_or(context.city.end);
            rows[spell.trust as usize]
                .push((filed, row(spell.person, spell.admitted, episodes.len(), fields)));
            episodes.push((
                number,
                Event { person: spell.person, on: spell.admitted, measures: &["episodes"] },
            ));
        }
    }
    context.extracts.begin(episodes.len());
    for (trust, rows) in [Trust::City, Trust::Neighbour].into_iter().zip(rows) {
        context.publish_by_period(&APC, trust.code(), &rows, Quirk::None)?;
    }
    context.settle("apc");
    if context.is_monthly() {
        count_by_arrival(context, &episodes);
    }
    count_spells(context, &episodes);
    let (_, episodes): (Vec<usize>, Vec<Event>) = episodes.into_iter().unzip();
    context.count("apc", &episodes);
    Ok(())
}

/// The days of the `k`-th episode; without an end if that is not known yet.
fn episode(spell: &Spell, k: i32, end: Day) -> Option<(Day, Option<Day>)> {
    let length = spell.discharged - spell.admitted;
    let from = spell.admitted + length * k / spell.n_episodes;
    let to = spell.admitted + length * (k + 1) / spell.n_episodes;
    (from < end).then_some((from, (to < end).then_some(to)))
}

fn fields(
    context: &mut Context,
    spell: &Spell,
    number: usize,
    k: i32,
    (from, to): (Day, Option<Day>),
    chance: &mut Chance,
) -> Vec<String> {
    let city = context.city;
    let shown = context.show(spell.person, from, &desk(spell.trust, "apc", 0.02), chance);
    let is_over = spell.discharged < city.end;
    let unknown = || "1800-01-01".to_owned();
    let is_uncoded = chance.happens(0.005);
    let practice = if chance.happens(0.004) {
        "V81999".to_owned()
    } else {
        city.practice_code(spell.person, spell.admitted)
    };
    let mut fields = vec![
        String::new(),
        shown.nhs.clone(),
        shown.status.to_owned(),
        local_id("H", spell.person, SYSTEMS[spell.trust as usize]),
        shown.given.clone(),
        shown.family.clone(),
        shown.birth.clone(),
        shown.sex_digit(),
        stated_ethnic(chance, city.people[spell.person].ethnic, "X"),
        shown.postcode.clone(),
        practice,
        spell.trust.code().to_owned(),
        format!("{:019}", context.batch.nth(number) + 1),
        date(spell.admitted, Style::Iso),
        if is_over { date(spell.discharged, Style::Iso) } else { unknown() },
        date(from, Style::Iso),
        to.map_or_else(unknown, |to| date(to, Style::Iso)),
        (k + 1).to_string(),
        if to.is_some() { "3" } else { "1" }.to_owned(),
        spell.class.to_owned(),
        spell.method.to_owned(),
        spell.source.to_owned(),
        if is_over { spell.destination } else { "98" }.to_owned(),
        if is_over { spell.discharge_method } else { "8" }.to_owned(),
        spell.specialty.to_owned(),
    ];
    for i in 0..6 {
        fields.push(match spell.diagnoses.get(i) {
            Some(_) if is_uncoded && i == 0 => "R69X".to_owned(),
            Some(code) if !is_uncoded => code.clone(),
            _ => String::new(),
        });
    }
    fields.push(spell.procedure.to_owned());
    fields.push(if is_uncoded { "UZ01Z" } else { spell.hrg }.to_owned());
    fields
}

/// The ethnic group as a hospital holds it: one in twelve is not known there.
pub(super) fn stated_ethnic(chance: &mut Chance, ethnic: char, unknown: &str) -> String {
    if chance.happens(0.08) { unknown.to_owned() } else { ethnic.to_string() }
}

/// Counts spells of which some episode's row holds, and tells whose stay has ended in death.
fn count_by_arrival(context: &mut Context, episodes: &[(usize, Event)]) {
    let (spells, end) = (&context.care.spells, context.city.end);
    let log = &mut context.extracts.log;
    let mut spans = Vec::with_capacity(log.lives.len());
    for life in log.lives.clone() {
        let Some((number, event)) = episodes.get(life.event as usize) else { continue };
        spans.push((*number as u32, life.from, life.until));
        let spell = &spells[*number];
        if spell.discharged < end && spell.discharge_method == "4" {
            log.tells_of_death(event.person, &life);
        }
    }
    log.by_arrival.add(("apc", "spells"), spans);
}

/// Counts spells, and chains of spells by how the first began.
fn count_spells(context: &mut Context, episodes: &[(usize, Event)]) {
    let spells = &context.care.spells;
    let mut is_readable = vec![false; spells.len()];
    for (i, (spell, _)) in episodes.iter().enumerate() {
        is_readable[*spell] |= context.extracts.readable[i];
    }
    for (i, spell) in spells.iter().enumerate() {
        let (person, on) = (spell.person, spell.admitted);
        let mut add = |measure| {
            context.counts.add(context.city, ("apc", measure), person, on, is_readable[i]);
        };
        add("spells");
        if spell.kind == Admission::Transfer {
            continue;
        }
        add("continuous_spells");
        match (spell.kind, spell.method) {
            (Admission::Emergency, _) => add("emergency_continuous_spells"),
            (Admission::Planned, _) => add("planned_continuous_spells"),
            (_, "82") => add("birth_continuous_spells"),
            _ => add("maternity_continuous_spells"),
        }
    }
}
