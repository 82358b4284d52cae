//! What was done for whom: every counted unit of care, once, with what it cost.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use super::calendar::{AS_AT, Month, days};
use super::city::City;
use super::extracts::{Extracts, Fate, Row, table};
use super::linkage::Linkage;
use super::spells::{Spell, spells};

/// One unit of care of a person on the registration list.
pub(crate) struct Unit {
    pub(crate) person: String,
    pub(crate) sector: &'static str,
    /// What it counts as; `None` for what another unit counts already.
    pub(crate) counts_as: Option<&'static str>,
    /// Whether it is care over a time, whose cost falls on all its days.
    pub(crate) is_package: bool,
    pub(crate) from: Date,
    pub(crate) ended_on: Option<Date>,
    pub(crate) pence: Option<i64>,
    /// Whether the person was on a city list on the first day.
    pub(crate) is_registered: bool,
}

impl Unit {
    /// The day after the last one: of a package its end, at least a day and at most up to the as-at
    /// date.
    fn to(&self) -> Date {
        let end = self.ended_on.unwrap_or(AS_AT).min(AS_AT);
        end.max(super::calendar::plus(self.from, 1))
    }

    /// The part of its cost that falls in the days from one date to another, in whole pence.
    pub(crate) fn pence_within(&self, from: Date, to: Date) -> i64 {
        let Some(pence) = self.pence else { return 0 };
        if !self.is_package {
            return if (from..to).contains(&self.from) { pence } else { 0 };
        }
        let inside = days(self.from.max(from), self.to().min(to)).max(0);
        pence * inside / days(self.from, self.to())
    }

    /// The months in which it costs something, each with its part, in whole pence.
    pub(crate) fn pence_by_month(&self) -> Vec<(Month, i64)> {
        let months: Vec<Month> = if self.is_package {
            Month::over(self.from, self.to()).collect()
        } else {
            vec![Month::of(self.from)]
        };
        let part = |month: Month| (month, self.pence_within(month.first(), month.next().first()));
        months.into_iter().map(part).collect()
    }
}

/// All units, and the stays that admissions are counted on.
pub(crate) struct Activity {
    pub(crate) units: Vec<Unit>,
    /// First days of emergency admissions by person.
    pub(crate) emergencies: BTreeMap<String, Vec<Date>>,
    /// Counted units of everybody, registered or not: feed, first day, person.
    pub(crate) of_everybody: Vec<(&'static str, Date, String)>,
}

/// Rows of linked people, and the prices.
pub(crate) struct Source<'a> {
    pub(crate) extracts: &'a Extracts,
    pub(crate) linkage: &'a Linkage,
    prices: BTreeMap<(String, String), i64>,
    /// Whether people count whom no true person's other rows are linked to.
    with_strangers: bool,
}

impl Source<'_> {
    /// Whom a row is about.
    pub(crate) fn person_of(&self, row: usize) -> Option<&str> {
        if self.with_strangers { self.linkage.somebody(row) } else { self.linkage.person_of(row) }
    }

    /// Accepted rows of a feed, each with its place among all rows.
    pub(crate) fn accepted(&self, feed: &str) -> impl Iterator<Item = (usize, &Row)> {
        let rows = self.extracts.rows.iter().enumerate();
        rows.filter(move |(_, row)| row.feed == feed && row.fate == Fate::Accepted)
    }

    /// Those that are linked with their person's other rows, each with the person.
    pub(crate) fn linked(&self, feed: &str) -> impl Iterator<Item = (&str, &Row)> {
        self.accepted(feed).filter_map(|(at, row)| Some((self.person_of(at)?, row)))
    }

    /// The price of a unit: of its currency, else the setting's average.
    fn price(&self, setting: &str, currency: &str) -> Option<i64> {
        let price = |currency: &str| self.prices.get(&(setting.to_owned(), currency.to_owned()));
        price(currency).or_else(|| price("average")).copied()
    }
}

/// A unit before it is known whether its person was registered.
struct Draft {
    person: String,
    sector: &'static str,
    counts_as: Option<&'static str>,
    from: Date,
    ended_on: Option<Date>,
    pence: Option<i64>,
    is_package: bool,
}

impl Activity {
    pub(crate) fn new(
        reference: &Path,
        extracts: &Extracts,
        linkage: &Linkage,
        city: &City,
    ) -> Self {
        let price = |row: BTreeMap<String, String>| {
            let key = (row["setting"].clone(), row["currency_code"].clone());
            (key, row["unit_cost_pence"].parse().expect("pence"))
        };
        let prices = table(&reference.join("unit_cost.csv")).into_iter().map(price).collect();
        let mut source = Source { extracts, linkage, prices, with_strangers: true };
        let of_everybody = drafts(&source, &spells(&source), city);
        source.with_strangers = false;
        let spells = spells(&source);
        let drafts = drafts(&source, &spells, city);
        let unit = |draft: Draft| {
            let person = city.people.get(&draft.person)?;
            let is_registered = person.practice_on(draft.from).is_some();
            let Draft { person, sector, counts_as, from, ended_on, pence, is_package } = draft;
            Some(Unit {
                person,
                sector,
                counts_as,
                is_package,
                from,
                ended_on,
                pence,
                is_registered,
            })
        };
        let mut emergencies: BTreeMap<String, Vec<Date>> = BTreeMap::new();
        for spell in spells.iter().filter(|spell| spell.is_first && spell.kind == "emergency") {
            emergencies.entry(spell.person.clone()).or_default().push(spell.admitted_on);
        }
        let units = drafts.into_iter().filter_map(unit).collect();
        Self { units, emergencies, of_everybody: of_everybody.iter().filter_map(held).collect() }
    }

    /// Units of registered people that count as something.
    pub(crate) fn counted(&self, counts_as: &str) -> impl Iterator<Item = &Unit> {
        let counts_as = counts_as.to_owned();
        self.units
            .iter()
            .filter(move |unit| unit.is_registered && unit.counts_as == Some(counts_as.as_str()))
    }
}

fn drafts(source: &Source, spells: &[Spell], city: &City) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = spells.iter().map(|spell| admission(source, spell)).collect();
    drafts.extend(emergency_care(source));
    drafts.extend(contacts(source));
    drafts.extend(mental_health(source));
    drafts.extend(adult_care(source, city));
    drafts.extend(ambulances(source));
    drafts
}

/// A unit that counts, by the feed that holds it.
fn held(draft: &Draft) -> Option<(&'static str, Date, String)> {
    let feed = match draft.counts_as? {
        "a_and_e_attendance" => "ecds",
        "outpatient_attendance" => "op",
        "community_contact" => "csds",
        "gp_appointment" => "gp_appointment",
        "prescription_item" => "gp_prescription",
        "third_sector_contact" => "third_sector",
        "nhs111_call" => "nhs111",
        "looked_after_episode" => "csc",
        "mental_health_contact" => "mhsds",
        "talking_therapies_pathway" => "iapt",
        "social_care_package" | "social_care_other" => "asc",
        "ambulance_incident" => "ambulance",
        "emergency_admission" | "elective_admission" | "other_admission" => "apc",
        other => panic!("no feed holds {other}"),
    };
    Some((feed, draft.from, draft.person.clone()))
}

fn event(
    person: &str,
    sector: &'static str,
    counts_as: Option<&'static str>,
    on: Option<Date>,
    pence: Option<i64>,
) -> Draft {
    let from = on.expect("a day");
    let person = person.to_owned();
    Draft { person, sector, counts_as, from, ended_on: Some(from), pence, is_package: false }
}

fn admission(source: &Source, spell: &Spell) -> Draft {
    let counts_as = match spell.kind {
        "emergency" => "emergency_admission",
        "elective" => "elective_admission",
        _ => "other_admission",
    };
    let setting = match (spell.patient_class.as_str(), spell.kind) {
        ("2", _) => "day_case",
        ("3" | "4", _) => "regular_attender",
        (_, "elective") => "elective_inpatient",
        // A stay of unknown length counts as a short one.
        _ if spell.nights.is_none_or(|nights| nights <= 1) => "non_elective_short_stay",
        _ => "non_elective_long_stay",
    };
    let pence = source.price(setting, &spell.hrg);
    let counts_as = spell.is_first.then_some(counts_as);
    event(&spell.person, "acute", counts_as, Some(spell.admitted_on), pence)
}

/// Attendances: rows of one person, day and time are one visit, known by the first department type;
/// same-day emergency care is none.
fn emergency_care(source: &Source) -> Vec<Draft> {
    let mut visits: BTreeMap<(&str, Date, &str), Vec<&Row>> = BTreeMap::new();
    let mut drafts = Vec::new();
    for (person, row) in source.linked("ecds") {
        let day = row.day("ARRIVAL_DATE").expect("a day");
        let time = row.text("ARRIVAL_TIME");
        assert!(!time.is_empty(), "every visit has a time");
        visits.entry((person, day, time)).or_default().push(row);
    }
    let types = ["01", "02", "03", "04", "05"];
    for ((person, day, _), mut rows) in visits {
        // A type that is no code comes last.
        rows.sort_by_key(|row| row.code("DEPARTMENT_TYPE", &types).unwrap_or("99"));
        let is_same_day_care = rows[0].code("DEPARTMENT_TYPE", &types) == Some("05");
        let counts_as = (!is_same_day_care).then_some("a_and_e_attendance");
        let pence = source.price("emergency_care", rows[0].text("HEALTH_RESOURCE_GROUP"));
        drafts.push(event(person, "acute", counts_as, Some(day), pence));
    }
    drafts
}

/// Feeds in which every row is a unit.
fn contacts(source: &Source) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (person, row) in source.linked("op") {
        if ["5", "6"].contains(&row.text("ATTENDED")) {
            let hrg = row.text("SUSHRG");
            let pence = source.price("outpatient", if hrg == "UZ01Z" { "" } else { hrg });
            let counts_as = Some("outpatient_attendance");
            drafts.push(event(person, "acute", counts_as, row.day("APPTDATE"), pence));
        }
    }
    for (person, row) in source.linked("csds") {
        if ["5", "6"].contains(&row.any(&["AttendanceStatus", "AttendOrNot"])) {
            let pence = source.price("community_contact", row.text("TeamType"));
            let on = row.day("CareContactDate");
            drafts.push(event(person, "community", Some("community_contact"), on, pence));
        }
    }
    for (person, row) in source.linked("gp_appointment") {
        if row.text("DidNotAttend") != "true" {
            let pence = source.price("gp_appointment", "");
            let on = row.day("AppointmentDate");
            drafts.push(event(person, "primary_care", Some("gp_appointment"), on, pence));
        }
    }
    for (person, row) in source.linked("gp_prescription") {
        let pence = row.pence("EstimatedNhsCost");
        let pence = pence.or_else(|| source.price("prescription", row.text("BnfCode")));
        let on = row.day("EffectiveDate");
        drafts.push(event(person, "primary_care", Some("prescription_item"), on, pence));
    }
    for (person, row) in source.linked("third_sector") {
        if row.text("Attended") != "N" {
            let pence = source.price("third_sector_contact", "");
            let on = row.day("Contact Date");
            drafts.push(event(person, "third_sector", Some("third_sector_contact"), on, pence));
        }
    }
    for (person, row) in source.linked("nhs111") {
        let pence = source.price("nhs111_call", "");
        let on = row.day("call_commenced_date_time");
        drafts.push(event(person, "nhs111", Some("nhs111_call"), on, pence));
    }
    for (person, row) in source.linked("csc") {
        let mut draft =
            event(person, "social_care", Some("looked_after_episode"), row.day("DECOM"), None);
        (draft.ended_on, draft.is_package) = (row.day("DEC"), true);
        drafts.push(draft);
    }
    drafts
}

/// Contacts once each, and talking-therapies pathways as their latest snapshot has them; a contact
/// of a pathway counts there.
fn mental_health(source: &Source) -> Vec<Draft> {
    let mut pathways: BTreeMap<&str, (&str, &Row)> = BTreeMap::new();
    for (person, row) in source.linked("iapt") {
        let kept = pathways.entry(row.text("PathwayID")).or_insert((person, row));
        if row.day("ReportingPeriodEnd") > kept.1.day("ReportingPeriodEnd") {
            *kept = (person, row);
        }
    }
    let mut latest: BTreeMap<&str, (&str, &Row)> = BTreeMap::new();
    for (person, row) in source.linked("mhsds") {
        let kept = latest.entry(row.text("UniqCareContID")).or_insert((person, row));
        if row.number("UniqMonthID") > kept.1.number("UniqMonthID") {
            *kept = (person, row);
        }
    }
    let mut drafts = Vec::new();
    for (person, row) in latest.values() {
        if ["5", "6"].contains(&row.any(&["AttendStatus", "AttendOrDNACode"])) {
            let is_of_pathway = pathways.contains_key(row.text("UniqServReqID"));
            let counts_as = (!is_of_pathway).then_some("mental_health_contact");
            let price = source.price("mental_health_contact", row.text("ServTeamTypeRefToMH"));
            let pence = price.filter(|_| !is_of_pathway);
            drafts.push(event(person, "mental_health", counts_as, row.day("CareContDate"), pence));
        }
    }
    for (person, row) in pathways.values() {
        let price = source.price("talking_therapies_contact", "");
        let pence = price.zip(row.number("ContactCount")).map(|(price, n)| price * n as i64);
        let counts_as = Some("talking_therapies_pathway");
        let from = row.day("ReferralRequestReceivedDate");
        let mut draft = event(person, "mental_health", counts_as, from, pence);
        (draft.ended_on, draft.is_package) = (row.day("ServDischDate"), true);
        drafts.push(draft);
    }
    drafts
}

/// Adult social care: each event as the latest file has it. An open service that a later file no
/// longer holds has ended, and nobody is cared for after death.
fn adult_care(source: &Source, city: &City) -> Vec<Draft> {
    let mut latest: BTreeMap<&str, (&str, &Row)> = BTreeMap::new();
    for (person, row) in source.linked("asc") {
        let kept = latest.entry(&row.event).or_insert((person, row));
        if row.day("Reporting_Period_End_Date") > kept.1.day("Reporting_Period_End_Date") {
            *kept = (person, row);
        }
    }
    let files = source.extracts.of("asc").map(|row| row.day("Reporting_Period_End_Date"));
    let last_file = files.max().expect("files");
    let mut drafts = Vec::new();
    for (person, row) in latest.values() {
        let from = row.day("Event_Start_Date").expect("a day");
        let is_service = row.text("Event_Type") == "Service";
        let file = row.day("Reporting_Period_End_Date");
        let vanished = file.filter(|_| is_service && file < last_file);
        let ended = row.day("Event_End_Date").or(vanished);
        let deaths = [row.day("Date_of_Death"), city.people.get(*person).and_then(|p| p.died_on)];
        let deaths = deaths.into_iter().flatten().map(|died| died.max(from));
        let ended_on = ended.into_iter().chain(deaths).min();
        let care_days = days(from, ended_on.unwrap_or(AS_AT).min(AS_AT)).max(0) as f64;
        let price = row.pence("Unit_Cost");
        let per_week = match row.text("Cost_Frequency_Unit_Type") {
            "Weekly" => Some(1.0),
            "Hourly" | "Per session" => row.number("Planned_units_per_week"),
            _ => None,
        };
        let pence = match row.text("Cost_Frequency_Unit_Type") {
            "One-off" => price,
            _ => price
                .zip(per_week)
                .map(|(price, weekly)| (price as f64 * weekly * care_days / 7.0).round() as i64),
        };
        let counts_as = if is_service { "social_care_package" } else { "social_care_other" };
        let pence = pence.or_else(|| source.price("adult_social_care", ""));
        let mut draft = event(person, "social_care", Some(counts_as), Some(from), pence);
        (draft.ended_on, draft.is_package) = (ended_on, is_service);
        drafts.push(draft);
    }
    drafts
}

/// A vehicle sent: whether its crew named nobody, or gave no birth date, its number, the person, the
/// row. Vehicles are taken in this order.
type Vehicle<'a> = (bool, bool, &'a str, Option<&'a str>, &'a Row);

/// One incident for each call, of the person whom the first vehicle's crew could name.
fn ambulances(source: &Source) -> Vec<Draft> {
    let mut calls: BTreeMap<&str, Vec<Vehicle>> = BTreeMap::new();
    for (at, row) in source.extracts.rows.iter().enumerate() {
        if row.feed == "ambulance" && row.fate == Fate::Accepted {
            let is_nobody = !source.linkage.is_somebody(at);
            let no_birth = row.day("MainPatientDOB").is_none();
            let known = (is_nobody, no_birth, row.text("Vehicle"), source.person_of(at), row);
            calls.entry(row.text("CallNumber")).or_default().push(known);
        }
    }
    let mut drafts = Vec::new();
    for mut vehicles in calls.into_values() {
        vehicles.sort_by_key(|(nobody, no_birth, vehicle, ..)| (*nobody, *no_birth, *vehicle));
        let Some(person) = vehicles[0].3 else { continue };
        let any = |column: &str| vehicles.iter().any(|vehicle| !vehicle.4.text(column).is_empty());
        let currency = match (any("TimeAtDest"), any("TimeAtScene")) {
            (true, _) => "03",
            (false, true) => "02",
            (false, false) => "01",
        };
        let pence = source.price("ambulance", currency);
        let on = vehicles.iter().filter_map(|vehicle| vehicle.4.day("TimeStampT0")).min();
        drafts.push(event(person, "ambulance", Some("ambulance_incident"), on, pence));
    }
    drafts
}
