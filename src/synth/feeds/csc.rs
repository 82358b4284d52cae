//! Children looked after: placements, by birth date, sex and home postcode alone.

use super::super::SynthError;
use super::super::calendar::{Day, Style, age_exact, write as date, write_known};
use super::super::chance::{Chance, Stream};
use super::super::identity::Desk;
use super::super::layouts::CSC;
use super::super::rows::Rows;
use super::super::sheet::Quirk;
use super::asc::ethnicity;
use super::context::{Context, Event, local_id, row};

const PROVIDER: &str = "383";
const SYSTEM: u64 = 8;
/// Children looked after when the window opens, and entries in a year, where deprivation is average.
const LOOKED_AFTER: f64 = 0.0095;
const ENTER_PER_YEAR: f64 = 0.0045;

/// Writes the feed.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    let city = context.city;
    let mut events = Vec::new();
    let mut rows = Rows::new();
    for person in context.residents() {
        let mut chance = city.chance(Stream::ChildrenSocialCare, person);
        let Some((from, to)) = city.people[person].at_risk(city.start, city.end) else { continue };
        let until = to.min(city.people[person].birth() + 18 * 365);
        if until <= from {
            continue;
        }
        let poverty = 1.0 + 0.13 * (5.5 - f64::from(city.people[person].decile));
        let years = age_exact(from, until);
        let entered = if from == city.start && chance.happens(LOOKED_AFTER * poverty) {
            let since = city.start - 1 - chance.days(500.0);
            Some(since.max(city.people[person].birth()))
        } else if chance.happens(ENTER_PER_YEAR * poverty * years) {
            Some(chance.between(from, until - 1))
        } else {
            None
        };
        if let Some(entered) = entered {
            place(context, person, entered, until, &mut chance, &mut events, &mut rows);
        }
    }
    context.extracts.begin(events.len());
    context.publish_by_period(&CSC, PROVIDER, &rows, Quirk::None)?;
    context.count("csc", &events);
    Ok(())
}

/// One placement after another, until the child leaves care, the city or childhood.
fn place(
    context: &mut Context,
    person: usize,
    entered: Day,
    until: Day,
    chance: &mut Chance,
    events: &mut Vec<Event>,
    rows: &mut Rows,
) {
    let city = context.city;
    let leaves =
        until.min((entered + 60 + chance.days(800.0)).max(city.start + chance.between(20, 600)));
    let need =
        ["N1", "N2", "N3", "N4", "N5", "N8"][chance.weighted(&[0.6, 0.06, 0.04, 0.08, 0.14, 0.08])];
    let mut from = entered;
    while from < leaves {
        let to = (from + 20 + chance.days(330.0)).min(leaves);
        let is_last = to == leaves;
        let desk = Desk { postcode_missing: 0.01, ..Desk::usual("csc", SYSTEM, Style::Slash, 1.0) };
        // The home postcode is the one at entry: where the child came from.
        let shown = context.show(person, entered.max(city.start), &desk, chance);
        let known_end = Some(to).filter(|to| *to < city.end);
        let reason = if is_last { *chance.pick(&["E4A", "E11", "E12", "E8"]) } else { "X1" };
        let fields = vec![
            local_id("CH", person, SYSTEM),
            PROVIDER.to_owned(),
            shown.sex_digit().replace('0', ""),
            shown.birth.clone(),
            ethnicity(city.people[person].ethnic).to_owned(),
            date(from, Style::Slash),
            if from == entered { "S" } else { "P" }.to_owned(),
            ["C2", "V2", "E1"][chance.weighted(&[0.65, 0.2, 0.15])].to_owned(),
            need.to_owned(),
            ["U4", "U6", "U1", "K2", "P1"][chance.weighted(&[0.4, 0.25, 0.15, 0.1, 0.1])]
                .to_owned(),
            write_known(known_end, Style::Slash),
            if known_end.is_some() { reason } else { "" }.to_owned(),
            shown.postcode.clone(),
        ];
        // Month by month, an episode is told of when it has ended, or at the last.
        let filed = if context.is_monthly() { to.min(city.end - 1) } else { from };
        rows.push((filed, row(person, from, events.len(), fields)));
        events.push(Event { person, on: from, measures: &["episodes"] });
        if to >= city.end {
            break;
        }
        from = to;
    }
}
