//! Who is at risk, and who uses what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;

use super::World;
use super::calendar::{AS_AT, Month, year_before};
use super::city::Person;
use super::extracts::table;
use super::formulas::{chance, logistic};
use super::shown::{CONFIDENTIAL, Figures, amount, fives, is_small, rounded};

const ADULT: i32 = 18;
/// Bands of risk: the share of adults, in falling order of risk, at which each ends, in hundredths.
const BANDS: [(&str, usize); 4] = [("very_high", 2), ("high", 10), ("rising", 30), ("low", 100)];
/// Conditions that the admission model looks at, in its order.
const MODEL_CONDITIONS: [&str; 11] = [
    "diabetes",
    "copd",
    "coronary_heart_disease",
    "heart_failure",
    "stroke",
    "kidney_disease",
    "dementia",
    "depression",
    "severe_mental_illness",
    "cancer",
    "asthma",
];

/// First and last entry of each condition of a person.
type Recorded = BTreeMap<String, (Date, Date)>;

/// What hospital and practice have on record of each person.
pub(crate) struct Records {
    conditions: BTreeMap<String, Recorded>,
    long_term: BTreeSet<String>,
    /// Hospital codes with the day of admission.
    codes: BTreeMap<String, Vec<(Date, String)>>,
}

impl Records {
    pub(crate) fn new(world: &World, reference: &Path) -> Self {
        let mut meanings: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for row in table(&reference.join("condition_code.csv")) {
            let key = (row["scheme"].clone(), row["code"].clone());
            meanings.entry(key).or_default().push(row["condition"].clone());
        }
        let mut records = Self {
            conditions: BTreeMap::new(),
            long_term: BTreeSet::new(),
            codes: BTreeMap::new(),
        };
        for row in table(&reference.join("condition.csv")) {
            if row["is_long_term"] == "true" {
                records.long_term.insert(row["condition"].clone());
            }
        }
        for (at, row) in world.accepted("gp_event") {
            let Some(person) = world.linkage.person_of(at) else { continue };
            let key = ("snomed".to_owned(), row.text("SnomedCTConceptId").to_owned());
            let day = row.day("EffectiveDate").expect("a day");
            records.note(person, meanings.get(&key), day);
        }
        for (at, row) in world.accepted("apc") {
            let Some(person) = world.linkage.person_of(at) else { continue };
            let day = row.day("ADMIDATE").expect("a day");
            for column in ["DIAG_01", "DIAG_02", "DIAG_03", "DIAG_04", "DIAG_05", "DIAG_06"] {
                let code = row.text(column);
                if code.len() < 3 || code == "R69X" {
                    continue;
                }
                let key = ("icd10".to_owned(), code[..3].to_owned());
                records.note(person, meanings.get(&key), day);
                records.codes.entry(person.to_owned()).or_default().push((day, code.to_owned()));
            }
        }
        records
    }

    fn note(&mut self, person: &str, conditions: Option<&Vec<String>>, day: Date) {
        for condition in conditions.into_iter().flatten().filter(|_| day < AS_AT) {
            let of_person = self.conditions.entry(person.to_owned()).or_default();
            let (first, last) = of_person.entry(condition.clone()).or_insert((day, day));
            (*first, *last) = ((*first).min(day), (*last).max(day));
        }
    }

    pub(crate) fn has(&self, person: &str, condition: &str, by: Date) -> bool {
        let recorded = self.conditions.get(person).and_then(|all| all.get(condition));
        recorded.is_some_and(|(first, _)| *first < by)
    }
}

/// What was used by person: how many units of a kind began in the year before a day.
fn used(world: &World, counts_as: &str, day: Date) -> BTreeMap<String, i64> {
    let mut used = BTreeMap::new();
    let year = year_before(day)..day;
    for unit in &world.activity.units {
        if unit.counts_as == Some(counts_as) && year.contains(&unit.from) {
            *used.entry(unit.person.clone()).or_default() += 1;
        }
    }
    used
}

/// What the admission model knows of everybody present on a day.
fn features<'a>(world: &'a World, records: &Records, day: Date) -> Vec<(&'a String, Vec<f64>)> {
    let admissions = used(world, "emergency_admission", day);
    let attendances = used(world, "a_and_e_attendance", day);
    let flag = |is: bool| f64::from(u8::from(is));
    let present = world.city.people.iter().filter(|(_, person)| person.is_present(day));
    let of = |(id, person): (&'a String, &Person)| {
        let age = person.age_on(day);
        // An unknown area counts as average.
        let decile = world.city.area_on(person, day).map_or(5, |area| area.imd_decile);
        let log =
            |used: &BTreeMap<String, i64>| (1.0 + used.get(id).copied().unwrap_or(0) as f64).ln();
        let mut features = vec![
            flag(age < 5),
            flag((5..15).contains(&age)),
            f64::from((age - 35).max(0)) / 10.0,
            flag(age >= 65),
            flag(age >= 80),
            flag(person.sex == "female"),
            5.5 - f64::from(decile),
            flag(person.residence_on(day).is_some_and(|residence| residence.is_care_home)),
        ];
        features.extend(MODEL_CONDITIONS.map(|condition| flag(records.has(id, condition, day))));
        features.extend([log(&admissions), log(&attendances)]);
        (id, features)
    };
    present.map(of).collect()
}

/// Two per cent of so many, rounded up to whole persons.
fn top(n: usize) -> usize {
    (2 * n).div_ceil(100)
}

/// Adults present on the as-at date in falling order of risk; ties go to the older.
fn ranked<'a>(world: &'a World, records: &Records) -> Vec<(&'a String, &'a Person)> {
    let year = year_before(AS_AT);
    let admitted = |id: &String| {
        let days = world.activity.emergencies.get(id).into_iter().flatten();
        days.into_iter().any(|day| (year..AS_AT).contains(day))
    };
    let known = features(world, records, year);
    let rows: Vec<_> = known.into_iter().map(|(id, known)| (known, admitted(id))).collect();
    let coefficients = logistic(&rows);
    let mut adults: Vec<(f64, i32, &String)> = features(world, records, AS_AT)
        .into_iter()
        .map(|(id, known)| (chance(&coefficients, &known), world.city.people[id].age_on(AS_AT), id))
        .filter(|(_, age, _)| *age >= ADULT)
        .collect();
    adults.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    // Whom a tie at the edge of a band falls to would be the pseudonyms' choice.
    let edges = BANDS.iter().map(|(_, end)| end * adults.len() / 100);
    for edge in edges.chain([top(adults.len())]).filter(|edge| *edge < adults.len()) {
        let (last, first) = (&adults[edge - 1], &adults[edge]);
        assert!((last.0, last.1) != (first.0, first.1), "a tie at place {edge}");
    }
    adults.into_iter().map(|(_, _, id)| (id, &world.city.people[id])).collect()
}

/// Adults by band of risk and deprivation, and the top two per cent by practice.
pub(crate) fn pyramid(world: &World, reference: &Path, figures: &mut Figures) {
    let records = Records::new(world, reference);
    let ranked = ranked(world, &records);
    let mut cells: BTreeMap<(i32, &str), i64> = BTreeMap::new();
    for quintile in 1..=5 {
        cells.extend(BANDS.map(|(band, _)| ((quintile, band), 0)));
    }
    for (at, (_, person)) in ranked.iter().enumerate() {
        let rank = at + 1;
        let band = BANDS.iter().find(|(_, end)| rank * 100 <= end * ranked.len()).expect("a band");
        if let Some(area) = world.city.area_on(person, AS_AT) {
            *cells.entry((area.imd_quintile, band.0)).or_default() += 1;
        }
    }
    for ((quintile, band), n) in cells {
        let id = format!("release.risk_pyramid/{quintile}/{band}");
        figures.row(&id, is_small(n), vec![("n_persons", rounded(fives(n) as f64))]);
    }
    let mut practices: BTreeMap<&str, [i64; 3]> = BTreeMap::new();
    let practice = |person: &'_ Person| person.practice_on(AS_AT).expect("present").to_owned();
    let mut by_practice: BTreeMap<String, usize> = BTreeMap::new();
    for (_, person) in &ranked {
        *by_practice.entry(practice(person)).or_default() += 1;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (_, person)) in ranked.iter().enumerate() {
        let practice = practice(person);
        let place = seen.entry(practice.clone()).or_default();
        *place += 1;
        let counts = practices.entry(person.practice_on(AS_AT).expect("present")).or_default();
        counts[0] += 1;
        counts[1] += i64::from(at < top(ranked.len()));
        counts[2] += i64::from(*place <= top(by_practice[&practice]));
    }
    for (practice, [adults, city, own]) in practices {
        let id = format!("release.top_risk/{practice}");
        let count = |n: i64| if is_small(n) { CONFIDENTIAL } else { rounded(fives(n) as f64) };
        figures.row(
            &id,
            is_small(adults),
            vec![
                ("n_adults", count(adults)),
                ("n_top_city", count(city)),
                ("n_top_practice", count(own)),
            ],
        );
    }
}

/// The nine segments in their order of precedence.
const SEGMENTS: [&str; 9] = [
    "end_of_life",
    "frailty",
    "cancer",
    "severe_mental_illness",
    "learning_disability_or_neurodiversity",
    "long_term_conditions",
    "maternity",
    "children_and_young_people",
    "healthy_adults",
];

/// People by segment of need, with the emergency admissions of the year to where these are complete,
/// and the year's known cost.
pub(crate) fn segments(world: &World, reference: &Path, figures: &mut Figures) {
    let records = Records::new(world, reference);
    let points: BTreeMap<String, i64> = table(&reference.join("hfrs_points.csv"))
        .into_iter()
        .map(|row| {
            let points: f64 = row["points"].parse().expect("points");
            (row["icd10_category"].clone(), (points * 10.0).round() as i64)
        })
        .collect();
    let year = world.complete.last_year("emergency_admission");
    let mut admissions: BTreeMap<&str, i64> = BTreeMap::new();
    for unit in &world.activity.units {
        if unit.counts_as == Some("emergency_admission") && year.contains(&Month::of(unit.from)) {
            *admissions.entry(&unit.person).or_default() += 1;
        }
    }
    let mut pence: BTreeMap<&str, i64> = BTreeMap::new();
    for unit in &world.activity.units {
        *pence.entry(&unit.person).or_default() += unit.pence_within(year_before(AS_AT), AS_AT);
    }
    let mut cells: BTreeMap<&str, [i64; 4]> = SEGMENTS.map(|segment| (segment, [0; 4])).into();
    for (id, person) in world.city.people.iter().filter(|(_, p)| p.is_present(AS_AT)) {
        let cell = cells.get_mut(segment(world, &records, &points, id, person)).expect("known");
        let n = admissions.get(id.as_str()).copied().unwrap_or(0);
        cell[0] += 1;
        cell[1] += i64::from(n > 0);
        cell[2] += n;
        cell[3] += pence.get(id.as_str()).copied().unwrap_or(0);
    }
    for (segment, [persons, admitted, n, pence]) in cells {
        let emergency =
            if is_small(admitted) || is_small(n) { CONFIDENTIAL } else { rounded(fives(n) as f64) };
        let id = format!("release.segment/{segment}");
        figures.row(
            &id,
            is_small(persons),
            vec![
                ("n_persons", rounded(fives(persons) as f64)),
                ("n_emergency", emergency),
                ("cost_pence", amount(pence as f64, persons)),
            ],
        );
    }
}

fn segment(
    world: &World,
    records: &Records,
    points: &BTreeMap<String, i64>,
    id: &str,
    person: &Person,
) -> &'static str {
    let has = |condition: &str| records.has(id, condition, AS_AT);
    let recorded = records.conditions.get(id);
    let is_long_term = |condition: &String| records.long_term.contains(condition);
    let was_pregnant = recorded
        .and_then(|all| all.get("pregnancy"))
        .is_some_and(|(_, last)| *last >= year_before(AS_AT));
    let is_in_care_home = person.residence_on(AS_AT).is_some_and(|home| home.is_care_home);
    let fits = [
        has("palliative_care"),
        is_in_care_home || has("frailty") || is_frail(world, records, points, id, person),
        has("cancer"),
        has("severe_mental_illness"),
        has("learning_disability") || has("autism"),
        recorded.is_some_and(|all| all.keys().any(is_long_term)),
        was_pregnant,
        person.age_on(AS_AT) < ADULT,
        true,
    ];
    let first = fits.iter().position(|fits| *fits).expect("the last one always fits");
    SEGMENTS[first]
}

/// Hospital Frailty Risk Score of 5 and more, at 75 and over with an emergency admission in two years
/// (Gilbert T and others. Lancet 2018;391:1775-82); each category of the two years' codes counts once.
fn is_frail(
    world: &World,
    records: &Records,
    points: &BTreeMap<String, i64>,
    id: &str,
    person: &Person,
) -> bool {
    let from = year_before(year_before(AS_AT));
    let recent = |day: &Date| (from..AS_AT).contains(day);
    let admitted = world.activity.emergencies.get(id).into_iter().flatten().any(recent);
    let codes = records.codes.get(id).into_iter().flatten().filter(|(day, _)| recent(day));
    let categories: BTreeSet<&str> = codes.map(|(_, code)| &code[..3]).collect();
    let tenths: i64 = categories.iter().filter_map(|category| points.get(*category)).sum();
    person.age_on(AS_AT) >= 75 && admitted && tenths >= 50
}
