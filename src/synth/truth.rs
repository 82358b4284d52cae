//! The truth beside the extracts: persons, counts, planted effects, defects.

use std::path::Path;

use super::SynthError;
use super::batch::Batch;
use super::calendar::{Style, write as date, write_known};
use super::city::City;
use super::counts::Counts;
use super::defects::{Dials, Tally};
use super::evaluation::{Arm, POWER};
use super::hazard::Hazards;
use super::health::Sex;
use super::settings::{ENROLLED, FEWER_OUTPATIENTS, MORE_EMERGENCIES, PLACEBO, RATE_RATIO};
use super::urgent::HospitalCare;

/// Writes rows as a plain CSV file.
pub(crate) fn write_table<R>(
    path: &Path,
    header: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> Result<(), SynthError>
where
    R: IntoIterator,
    R::Item: AsRef<[u8]>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|e| e.into_error())?;
    Ok(crate::store::write_atomic(path, &bytes)?)
}

/// What a batch adds to `persons.csv`.
pub(crate) fn persons(
    city: &City,
    hazards: &Hazards,
    care: &HospitalCare,
    batch: &Batch,
) -> Result<Vec<u8>, SynthError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = [
        "person",
        "birth_on",
        "sex",
        "ethnic_group",
        "imd",
        "neighbourhood",
        "practice",
        "registered_from",
        "registered_to",
        "died_on",
        "is_resident",
        "care_home",
        "frailty",
        "admission_probability_12m",
        "arm",
    ];
    if batch.index == 0 {
        writer.write_record(header)?;
    }
    for person in batch.people.clone() {
        writer.write_record(person_row(city, hazards, care.arm(person), person))?;
    }
    Ok(writer.into_inner().map_err(|e| e.into_error())?)
}

fn person_row(city: &City, hazards: &Hazards, arm: Arm, i: usize) -> [String; 15] {
    let person = &city.people[i];
    let last = city.end - 1;
    let dwelling = person.dwelling(last);
    let lsoa = city.places.lsoa(dwelling);
    let registered = person.registrations.first().map(|r| r.from);
    let left = person.registrations.last().and_then(|r| r.to).filter(|to| *to < city.end);
    let is_there = person.is_registered(last) && left.is_none();
    let probability = is_there.then(|| hazards.admission_probability(city, i, arm));
    [
        city.key(i),
        date(person.birth(), Style::Iso),
        if person.sex() == Sex::Male { "male" } else { "female" }.to_owned(),
        person.ethnic.to_string(),
        lsoa.map(|l| l.decile.to_string()).unwrap_or_default(),
        lsoa.map(|l| city.places.neighbourhoods[l.neighbourhood].code.clone()).unwrap_or_default(),
        if is_there { city.practice_code(i, last) } else { String::new() },
        write_known(registered, Style::Iso),
        write_known(left, Style::Iso),
        write_known(person.died, Style::Iso),
        lsoa.is_some().to_string(),
        city.places.dwellings[dwelling].is_care_home.to_string(),
        format!("{:.4}", person.health.frailty(last)),
        probability.map(|p| format!("{p:.6}")).unwrap_or_default(),
        match arm {
            Arm::NotEligible => "",
            Arm::Enrolled => "proactive_care",
            Arm::Placebo => "telehealth",
            Arm::Control => "control",
        }
        .to_owned(),
    ]
}

/// Writes `counts.csv`.
pub(crate) fn counts(counts: &Counts, out: &Path) -> Result<(), SynthError> {
    let header = ["measure", "feed", "financial_year", "basis", "n", "n_readable", "note"];
    write_table(&out.join("truth/counts.csv"), &header, counts.rows())
}

/// Writes `effects.csv`.
pub(crate) fn effects(city: &City, out: &Path) -> Result<(), SynthError> {
    let header =
        ["evaluation", "kind", "cohort_rule", "index_on", "true_rate_ratio", "sector", "note"];
    let eligible = "registered and alive on 2024-09-01, aged 50 or over, with an emergency admission or an A&E \
                    attendance from 2023-09-01 to 2024-08-31";
    let place = |i: usize| city.places.neighbourhoods[i].code.clone();
    let rows = [
        [
            "proactive_care".to_owned(),
            "intervention".to_owned(),
            format!(
                "{eligible}; of these a random {ENROLLED} have a csds referral of team type PROACT received in \
                 2024-09; controls: eligible and without it"
            ),
            "2024-10-01".to_owned(),
            RATE_RATIO.to_string(),
            "acute".to_owned(),
            format!(
                "emergency admissions, the A&E attendances and ambulances that lead to them, and admissions that \
                 end in death; power {POWER} in the sample for a ratio of rate ratios, 18 months before and after, \
                 two-sided 5 %"
            ),
        ],
        [
            "telehealth".to_owned(),
            "placebo".to_owned(),
            format!(
                "{eligible}; of these a random {PLACEBO}, apart from those enrolled in proactive_care, have a csds \
                 referral of team type TELEH received in 2024-09; controls: eligible and in neither"
            ),
            "2024-10-01".to_owned(),
            "1".to_owned(),
            "acute".to_owned(),
            "no effect on anything".to_owned(),
        ],
        [
            format!("neighbourhood_{}", place(MORE_EMERGENCIES.0)),
            "unwarranted_variation".to_owned(),
            format!("registered people living in neighbourhood {}", place(MORE_EMERGENCIES.0)),
            String::new(),
            MORE_EMERGENCIES.1.to_string(),
            "acute".to_owned(),
            "emergency admissions beyond what age, conditions, frailty, deprivation and care homes explain".to_owned(),
        ],
        [
            format!("neighbourhood_{}", place(FEWER_OUTPATIENTS.0)),
            "unwarranted_variation".to_owned(),
            format!("registered people living in neighbourhood {}", place(FEWER_OUTPATIENTS.0)),
            String::new(),
            FEWER_OUTPATIENTS.1.to_string(),
            "acute".to_owned(),
            "outpatient appointments beyond what age and conditions explain".to_owned(),
        ],
    ];
    let sigma = city.settings.attender_sigma;
    let attenders = (sigma > 0.0).then(|| {
        [
            "frequent_attenders".to_owned(),
            "skew".to_owned(),
            "everybody".to_owned(),
            String::new(),
            String::new(),
            "acute".to_owned(),
            format!(
                "attendances and ambulances that do not lead to admission: each person's rate is multiplied by a \
                 log-normal number of mean 1 and standard deviation {sigma} of its logarithm, beside two gamma \
                 numbers of mean 1 and shapes 6 and 3 (assumed, no published source)"
            ),
        ]
    });
    write_table(&out.join("truth/effects.csv"), &header, rows.into_iter().chain(attenders))
}

/// Writes `defects.csv`.
pub(crate) fn defects(dials: &Dials, tally: &Tally, out: &Path) -> Result<(), SynthError> {
    let header = ["feed", "defect", "stated_rate", "n", "n_rows", "note"];
    let mut rows = Vec::new();
    for (feed, n_rows) in tally.feeds() {
        for (name, rate, note) in dials.kinds() {
            let n = tally.n(feed, name);
            if n > 0 {
                let rate = rate.map(|rate| format!("{rate:.5}")).unwrap_or_default();
                rows.push([
                    feed.to_owned(),
                    name.to_owned(),
                    rate,
                    n.to_string(),
                    n_rows.to_string(),
                    note.to_owned(),
                ]);
            }
        }
        for name in ["sent_twice", "also_in_iapt"] {
            let n = tally.n(feed, name);
            if n > 0 {
                let note = "the same event under another key: counts once".to_owned();
                rows.push([
                    feed.to_owned(),
                    name.to_owned(),
                    String::new(),
                    n.to_string(),
                    n_rows.to_string(),
                    note,
                ]);
            }
        }
    }
    write_table(&out.join("truth/defects.csv"), &header, rows)
}
