//! General practice: appointments, coded events and prescriptions, as one city-wide extract.

use super::super::SynthError;
use super::super::calendar::{Day, Style, age, civil, clock, day, is_weekend, to_weekday};
use super::super::chance::{Chance, Stream};
use super::super::defects::Defect;
use super::super::hazard::{Care, Stretch, stretches};
use super::super::layouts::{GP_APPOINTMENT, GP_EVENT, GP_PRESCRIPTION};
use super::super::rows::{Line, Rows, digits};
use super::super::sheet::{Planted, Quirk};
use super::context::{Context, Event};
use super::gp_codes::{CONDITIONS, FRAILTY, MEASUREMENTS, MEDICINES, RESTRICTED};

/// The integrated care board, through which the practices' extracts come.
pub(super) const ICB: &str = "QWO";

/// A patient's number in a practice's system.
pub(super) fn patient_guid(guid: u32) -> String {
    let mut text = Vec::with_capacity(38);
    write_guid(&mut text, guid);
    String::from_utf8_lossy(&text).into_owned()
}

fn write_guid(text: &mut Vec<u8>, guid: u32) {
    text.extend_from_slice(b"{D0000000-0000-4000-8000-");
    digits(text, u64::from(guid), 12);
    text.push(b'}');
}

/// Writes the three feeds, one after the other.
pub(crate) fn write(context: &mut Context) -> Result<(), SynthError> {
    appointments(context)?;
    events(context)?;
    prescriptions(context)
}

/// Draws, for every person and stretch, as many days as a rate gives.
fn each_day(
    context: &mut Context,
    care: Care,
    kept: f64,
    stream: Stream,
    mut then: impl FnMut(&mut Context, usize, Day, &mut Chance),
) {
    let city = context.city;
    for person in context.residents() {
        let mut chance = city.chance(stream, person);
        for Stretch { from, to, middle } in stretches(city, person) {
            let years = Stretch { from, to, middle }.years();
            let mean = context.hazards.rate(city, person, middle, care) * kept * years;
            for _ in 0..chance.poisson(mean) {
                let drawn = chance.between(from, to - 1);
                let monday = to_weekday(drawn);
                let on = if is_weekend(drawn) && monday >= to { drawn } else { monday };
                then(context, person, on, &mut chance);
            }
        }
    }
}

/// The patient's number and practice on a day.
fn patient<'a>(context: &Context<'a>, person: usize, on: Day) -> Option<(u32, &'a str)> {
    let registration = context.city.people[person].registration(on)?;
    Some((registration.guid, &context.city.places.practices[registration.practice].code))
}

/// Begins a row with its key, the patient and the practice.
fn begin<'a>(rows: &'a mut Rows, (guid, practice): (u32, &str)) -> Line<'a> {
    rows.line().text("").with(|text| write_guid(text, guid)).text(practice)
}

fn appointments(context: &mut Context) -> Result<(), SynthError> {
    let mut found = Vec::new();
    let mut rows = Rows::new();
    let has_deleted = context.city.columns(&GP_APPOINTMENT)?.position("Deleted").is_some();
    each_day(
        context,
        Care::GpAppointment,
        1.0,
        Stream::GpAppointment,
        |context, person, on, chance| {
            let Some(patient) = patient(context, person, on) else { return };
            let minute = 8 * 60 + 10 * chance.between(0, 59);
            let line = begin(&mut rows, patient)
                .date(on, Style::Iso)
                .text(&clock(minute))
                .text(["10", "15", "20"][chance.weighted(&[0.7, 0.2, 0.1])])
                .text(
                    ["GP", "Nurse", "Pharmacist", "Healthcare assistant"]
                        [chance.weighted(&[0.47, 0.28, 0.1, 0.15])],
                )
                .text(if chance.happens(0.05) { "true" } else { "false" })
                .text(
                    ["Face-to-face", "Telephone", "Online", "Home visit"]
                        [chance.weighted(&[0.66, 0.26, 0.06, 0.02])],
                );
            let line = if has_deleted { line.text("false") } else { line };
            line.end(on, person as u32, on, found.len(), Planted::Nothing);
            found.push(Event { person, on, measures: &["appointments"] });
        },
    );
    context.extracts.begin(found.len());
    context.publish_by_period(&GP_APPOINTMENT, ICB, &rows, Quirk::None)?;
    context.count("gp_appointment", &found);
    Ok(())
}

/// A coded event: the day by which it is filed, its own, its precision, code, value and unit.
struct Coded<'a> {
    filed: Day,
    on: Day,
    precision: &'a str,
    code: &'a str,
    value: Option<(f64, &'a str)>,
}

/// Coded events so far.
struct Events {
    found: Vec<Event>,
    rows: Rows,
    deleted: f64,
    sensitive: f64,
}

impl Events {
    fn add(
        &mut self,
        context: &mut Context,
        person: usize,
        patient: (u32, &str),
        coded: &Coded,
        chance: &mut Chance,
    ) {
        let is_deleted = chance.happens(self.deleted);
        let is_sensitive = self.sensitive > 0.0 && chance.happens(self.sensitive) && !is_deleted;
        let planted = match (is_deleted, is_sensitive) {
            (true, _) => Planted::Deleted,
            (_, true) => Planted::Sensitive,
            _ => Planted::Nothing,
        };
        if planted != Planted::Nothing {
            context.extracts.tally.add("gp_event", planted.as_str());
        }
        begin(&mut self.rows, patient)
            .date(coded.on, Style::Iso)
            .text(coded.precision)
            .text(if is_sensitive { RESTRICTED } else { coded.code })
            .with(|text| {
                if let Some((value, _)) = coded.value {
                    write_tenths(text, value);
                }
            })
            .text(coded.value.map_or("", |(_, unit)| unit))
            .text(if is_deleted { "true" } else { "false" })
            .end(coded.filed, person as u32, coded.on, self.found.len(), planted);
        let measures: &[&str] = if is_deleted { &[] } else { &["events"] };
        self.found.push(Event { person, on: coded.on, measures });
    }
}

/// Diagnoses are all in the extract; everything else may be thinned.
fn events(context: &mut Context) -> Result<(), SynthError> {
    let dials = &context.city.settings.defects;
    let mut events = Events {
        found: Vec::new(),
        rows: Rows::new(),
        deleted: dials.rate(Defect::Deleted),
        sensitive: dials.rate(Defect::Sensitive),
    };
    for person in context.residents() {
        let mut chance = context.row_chance(10, person);
        for (filed, on, precision, code) in diagnoses(context, person, &mut chance) {
            let Some(patient) = patient(context, person, filed) else { continue };
            let coded = Coded { filed, on, precision, code, value: None };
            events.add(context, person, patient, &coded, &mut chance);
        }
    }
    let kept = context.city.settings.gp_events_kept;
    each_day(context, Care::GpEvent, kept, Stream::GpEvent, |context, person, on, chance| {
        let Some(patient) = patient(context, person, on) else { return };
        let (code, low, high, unit) = *chance.pick(&MEASUREMENTS);
        let value = (!unit.is_empty())
            .then(|| (low + (high - low) * (chance.unit() + chance.unit()) / 2.0, unit));
        let coded = Coded { filed: on, on, precision: "YMD", code, value };
        events.add(context, person, patient, &coded, chance);
    });
    context.extracts.begin(events.found.len());
    context.publish_by_period(&GP_EVENT, ICB, &events.rows, Quirk::None)?;
    context.count("gp_event", &events.found);
    Ok(())
}

/// First records of conditions and of frailty: day filed, day of the event, its precision, code.
fn diagnoses(
    context: &Context,
    person: usize,
    chance: &mut Chance,
) -> Vec<(Day, Day, &'static str, &'static str)> {
    let city = context.city;
    let someone = &city.people[person];
    let Some((from, to)) = someone.at_risk(city.start, city.end) else { return Vec::new() };
    let joined = someone.registrations[0].from;
    let mut found = Vec::new();
    for (i, onset) in someone.health.onset.iter().enumerate() {
        let Some(onset) = onset.filter(|onset| *onset < to) else { continue };
        let is_old = onset < joined;
        let (on, precision) = match chance.weighted(&[0.8, 0.12, 0.08]) {
            1 if is_old => (civil(onset).first_of_month(), "YM"),
            2 if is_old => (civil(onset).first_of_year(), "Y"),
            _ => (civil(onset), "YMD"),
        };
        let on = day(on.year(), on.month(), on.day()).max(someone.birth());
        found.push((onset.max(from), on, precision, CONDITIONS[i]));
    }
    let frailty = someone.health.frailty(from);
    if age(someone.birth(), from) >= 65 && frailty > 0.12 {
        let grade = usize::from(frailty > 0.24) + usize::from(frailty > 0.36);
        found.push((from, from, "YMD", FRAILTY[grade]));
    }
    found
}

/// A number with one place behind the point, as `{:.1}` writes it.
fn write_tenths(text: &mut Vec<u8>, value: f64) {
    let tenths = value * 10.0;
    // Halves are rounded by the exact value: leave those, and all that is near, to the library.
    let is_clear = ((tenths - tenths.floor()) - 0.5).abs() > 1e-6;
    if is_clear && (0.0..1e9).contains(&value) {
        let rounded = tenths.round() as u64;
        digits(text, rounded / 10, 1);
        text.push(b'.');
        digits(text, rounded % 10, 1);
    } else {
        text.extend_from_slice(format!("{value:.1}").as_bytes());
    }
}

fn prescriptions(context: &mut Context) -> Result<(), SynthError> {
    let mut found = Vec::new();
    let mut rows = Rows::new();
    let kept = context.city.settings.gp_prescriptions_kept;
    each_day(
        context,
        Care::GpPrescription,
        kept,
        Stream::GpPrescription,
        |context, person, on, chance| {
            let Some(patient) = patient(context, person, on) else { return };
            let health = &context.city.people[person].health;
            let weights = MEDICINES.each_ref().map(|(_, _, _, _, condition)| match condition {
                Some(i) if health.onset[*i].is_some_and(|first| first <= on) => 3.0,
                Some(_) => 0.0,
                None => 0.6,
            });
            let (code, quantity, days, pounds, _) = &MEDICINES[chance.weighted(&weights)];
            let packs = if chance.happens(0.3) { 2 } else { 1 };
            let pence = (pounds * 100.0).round() as u64 * u64::from(packs);
            begin(&mut rows, patient)
                .date(on, Style::Iso)
                .text(code)
                .with(|text| digits(text, u64::from(quantity * packs), 1))
                .with(|text| digits(text, u64::from(days * packs), 1))
                .with(|text| {
                    digits(text, pence / 100, 1);
                    text.push(b'.');
                    digits(text, pence % 100, 2);
                })
                .text("false")
                .end(on, person as u32, on, found.len(), Planted::Nothing);
            found.push(Event { person, on, measures: &["issues"] });
        },
    );
    context.extracts.begin(found.len());
    context.publish_by_period(&GP_PRESCRIPTION, ICB, &rows, Quirk::None)?;
    context.count("gp_prescription", &found);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_written_as_the_library_writes_them() {
        let mut chance = Chance::new(1, Stream::Row, 1);
        let odd = [0.05, 0.25, 0.35, 9.95, 99.949_999_9, 0.0];
        for value in (0..20_000).map(|_| chance.unit() * 200.0).chain(odd) {
            let mut text = Vec::new();
            write_tenths(&mut text, value);
            assert_eq!(String::from_utf8(text).expect("text"), format!("{value:.1}"));
        }
    }
}
