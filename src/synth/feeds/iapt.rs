//! Talking therapies: pathways, sent again each quarter from 1 April on.

use super::super::SynthError;
use super::super::calendar::{
    Day, Style, day, financial_year, months_between, write as date, write_known, year_label,
};
use super::super::chance::Stream;
use super::super::hazard::{Care, stretches};
use super::super::identity::Desk;
use super::super::layouts::IAPT;
use super::super::rows::Rows;
use super::super::sheet::{Placed, Quirk, Row, Sheet, Version};
use super::context::{Context, Event, local_id, row};
use super::deliver::{File, ends};

pub(super) const PROVIDER: &str = "RGD";
pub(super) const SYSTEM: u64 = 4;

/// Share of pathways whose contacts the trust sends to `mhsds` as well.
const ALSO_IN_MHSDS: f64 = 0.08;

/// A pathway through talking therapies.
pub(super) struct Pathway {
    pub(super) person: usize,
    pub(super) referred: Day,
    discharged: Day,
    pub(super) contacts: Vec<Day>,
    /// First score and change a contact, of the depression and the anxiety scale.
    scores: [(i32, f64); 2],
    pub(super) is_in_mhsds: bool,
}

/// Every pathway of the city, in order of person.
pub(super) fn plan(context: &Context) -> Vec<Pathway> {
    let city = context.city;
    let mut pathways = Vec::new();
    for person in context.residents() {
        let mut chance = city.chance(Stream::Talking, person);
        for stretch in stretches(city, person) {
            let mean =
                context.hazards.rate(city, person, stretch.middle, Care::Talking) * stretch.years();
            for _ in 0..chance.poisson(mean) {
                let referred = chance.between(stretch.from, stretch.to - 1);
                let n =
                    if chance.happens(0.35) { chance.between(0, 1) } else { chance.between(2, 11) };
                let mut on = referred + chance.days(25.0);
                let mut contacts = Vec::new();
                for _ in 0..n {
                    contacts.push(on);
                    on += chance.between(7, 16);
                }
                contacts.retain(|on| context.is_present(person, *on) || *on >= city.end);
                let discharged =
                    contacts.last().copied().unwrap_or(referred) + chance.between(10, 40);
                let scores = [
                    (chance.between(7, 24), chance.unit() * 1.8),
                    (chance.between(6, 20), chance.unit() * 1.5),
                ];
                let is_in_mhsds = chance.happens(ALSO_IN_MHSDS);
                pathways.push(Pathway {
                    person,
                    referred,
                    discharged,
                    contacts,
                    scores,
                    is_in_mhsds,
                });
            }
        }
    }
    pathways
}

/// The key of a pathway, which is also its referral's key in `mhsds`.
pub(super) fn pathway_key(number: usize) -> String {
    format!("TP{:07}", number + 1)
}

/// Writes the feed: at the end of each quarter, or of each month, what was open in the financial year so far.
pub(super) fn write(context: &mut Context, pathways: &[Pathway]) -> Result<(), SynthError> {
    context.extracts.begin(pathways.len());
    let every = if context.is_monthly() { 1 } else { 3 };
    for (month, until) in ends(context, every) {
        let year = financial_year(until - 1);
        let since = day(year, 4, 1);
        let mut rows = Rows::new();
        let mut placed = Vec::new();
        for (number, pathway) in pathways.iter().enumerate() {
            if pathway.referred < until && pathway.discharged >= since {
                let (row, key) = (rows.len() as u32, number as u32 + 1);
                placed.push(Placed { row, version: Version::Full, key });
                rows.push((until, snapshot(context, number, pathway, until)));
            }
        }
        if context.is_monthly() {
            let covers = (months_between(context.city.start, since), month + 1);
            let (layout, provider, quirk) = (&IAPT, PROVIDER, Quirk::None);
            let generation = "ytd";
            let due = month + 1;
            let file = File { layout, provider, month, generation, covers, due, quirk };
            context.send(&file, &rows, placed)?;
        } else {
            let period = format!("{}-Q{}", year_label(year), month / 3 % 4 + 1);
            context.extracts.publish(Sheet::plain(&IAPT, PROVIDER, period, &rows))?;
        }
    }
    let events: Vec<Event> = pathways
        .iter()
        .map(|p| Event { person: p.person, on: p.referred, measures: &["pathways"] })
        .collect();
    context.count("iapt", &events);
    Ok(())
}

/// A pathway as it is known at a quarter's end.
fn snapshot(context: &mut Context, number: usize, pathway: &Pathway, until: Day) -> Row {
    let named = context.batch.nth(number);
    let mut chance = context.row_chance(7, named);
    let desk = Desk::usual("iapt", SYSTEM, Style::Iso, 0.03);
    let shown = context.show(pathway.person, until - 1, &desk, &mut chance);
    let n = pathway.contacts.iter().filter(|on| **on < until).count();
    let score = |(first, change): (i32, f64), at: usize| {
        if at == 0 {
            String::new()
        } else {
            (first - (change * (at - 1) as f64) as i32).max(0).to_string()
        }
    };
    let [phq, gad] = pathway.scores;
    let fields = vec![
        pathway_key(named),
        date(until - 1, Style::Iso),
        local_id("T", pathway.person, SYSTEM),
        shown.nhs.clone(),
        shown.status.to_owned(),
        shown.birth.clone(),
        shown.sex_digit(),
        shown.postcode.clone(),
        PROVIDER.to_owned(),
        date(pathway.referred, Style::Iso),
        write_known(Some(pathway.discharged).filter(|d| *d < until), Style::Iso),
        n.to_string(),
        score(phq, n.min(1)),
        score(phq, if n > 1 { n } else { 0 }),
        score(gad, n.min(1)),
        score(gad, if n > 1 { n } else { 0 }),
    ];
    row(pathway.person, pathway.referred, number, fields)
}
