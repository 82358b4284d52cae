//! From settings to files.

use std::path::Path;

use super::city::City;
use super::counts::Counts;
use super::feeds::{Context, FEEDS};
use super::hazard::Hazards;
use super::sheet::Extracts;
use super::urgent::HospitalCare;
use super::{Settings, SynthError, life, readme, reference, truth};

/// How far the city has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What is being made.
    pub stage: &'a str,
    /// How many stages are done.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Persons in the truth, those from outside among them.
    pub n_persons: usize,
    /// Data rows in all extracts.
    pub n_rows: u64,
    /// Bytes of all extracts.
    pub n_bytes: u64,
    /// Registered people's events per 1,000 person-years: measure and rate.
    pub rates: Vec<(String, f64)>,
}

/// The least that a city works with, and the most that the test NHS numbers suffice for.
const LEAST_PEOPLE: u32 = 200;
const MOST_PEOPLE: u32 = 500_000;

/// Makes a city and writes its extracts, its reference tables and the truth into `out`.
///
/// The same settings give the same bytes.
///
/// # Errors
/// Settings out of range, or what the file system says.
pub fn write(
    settings: &Settings,
    out: &Path,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Summary, SynthError> {
    check(settings)?;
    let of = FEEDS.len() + 3;
    let tell = |done: usize, stage: &str| progress(Progress { stage, done, of });
    tell(0, "people");
    let mut city = City::found(settings);
    let hazards = Hazards::calibrated(&city);
    life::live(&mut city);
    tell(1, "hospital care");
    let care = HospitalCare::plan(&city, &hazards);
    let extracts = Extracts::new(&city, out)?;
    let mut context = Context {
        city: &city,
        hazards: &hazards,
        care: &care,
        extracts,
        counts: Counts::default(),
    };
    for (i, (feed, write_feed)) in FEEDS.iter().enumerate() {
        tell(2 + i, feed);
        write_feed(&mut context)?;
    }
    tell(of - 1, "truth");
    let Context { extracts, counts, .. } = context;
    let (n_rows, n_bytes) = (extracts.n_rows, extracts.n_bytes);
    let (records, tally) = extracts.finish()?;
    crate::store::write_atomic(&out.join("truth/records.csv.gz"), &records)?;
    truth::persons(&city, &hazards, &care.arms, out)?;
    truth::counts(&counts, out)?;
    truth::effects(&city, out)?;
    truth::defects(&tally, out)?;
    reference::write(&city, out)?;
    let rates = rates(&counts);
    readme::write(&city, &rates, out)?;
    tell(of, "done");
    Ok(Summary { n_persons: city.people.len(), n_rows, n_bytes, rates })
}

fn check(settings: &Settings) -> Result<(), SynthError> {
    let too_few = |setting, n, least| Err(SynthError::TooFew { setting, n, least });
    match settings {
        Settings { n_people, .. } if *n_people < LEAST_PEOPLE => {
            too_few("people", *n_people, LEAST_PEOPLE)
        }
        Settings { n_people, .. } if *n_people > MOST_PEOPLE => {
            Err(SynthError::TooMany { n: *n_people, most: MOST_PEOPLE })
        }
        Settings { n_months, .. } if *n_months < 3 => too_few("months", *n_months, 3),
        _ => Ok(()),
    }
}

/// Registered people's events per 1,000 person-years.
fn rates(counts: &Counts) -> Vec<(String, f64)> {
    const SHOWN: [(&str, &str); 19] = [
        ("apc", "emergency_continuous_spells"),
        ("apc", "planned_continuous_spells"),
        ("apc", "maternity_continuous_spells"),
        ("ecds", "attendances"),
        ("op", "appointments"),
        ("op", "not_attended"),
        ("csds", "contacts"),
        ("mhsds", "contacts"),
        ("iapt", "pathways"),
        ("gp_appointment", "appointments"),
        ("gp_event", "events"),
        ("gp_prescription", "issues"),
        ("asc", "requests"),
        ("asc", "services"),
        ("csc", "episodes"),
        ("ambulance", "incidents"),
        ("nhs111", "calls"),
        ("death", "deaths"),
        ("third_sector", "contacts"),
    ];
    let person_years = counts.n("gp_registration", "person_days") as f64 / 365.25;
    SHOWN
        .iter()
        .map(|(feed, measure)| {
            (format!("{feed} {measure}"), counts.n(feed, measure) as f64 / person_years * 1000.0)
        })
        .collect()
}
