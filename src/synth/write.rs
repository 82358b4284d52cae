//! From settings to files.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

use super::batch::Batch;
use super::city::City;
use super::counts::Counts;
use super::extracts::Extracts;
use super::feeds::{Context, FEEDS};
use super::hazard::Hazards;
use super::output::{Lines, Made, Output, records};
use super::turns::Turns;
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

/// The least that a city works with, and the most that invented postcodes suffice for.
const LEAST_PEOPLE: u32 = 200;
const MOST_PEOPLE: u32 = 1_100_000;

/// Makes a city and writes its extracts, its reference tables and the truth into `out`.
///
/// The same settings give the same bytes, whatever the number of threads. The people are held in
/// memory (about 700 bytes each), what happens to them batch by batch: some 300 MB a thread for a
/// year of everything.
///
/// # Errors
/// Settings out of range, or what the file system says.
pub fn write(
    settings: &Settings,
    out: &Path,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Summary, SynthError> {
    check(settings)?;
    progress(Progress { stage: "people", done: 0, of: 1 });
    let mut city = City::found(settings);
    let hazards = Hazards::calibrated(&city);
    life::live(&mut city);
    let output = write_batches(&city, &hazards, out, progress)?;
    let (n_rows, n_bytes) = (output.n_rows, output.n_bytes);
    let (counts, tally) = output.finish(&city)?;
    truth::counts(&counts, out)?;
    truth::effects(&city, out)?;
    truth::defects(&settings.defects, &tally, out)?;
    reference::write(&city, out)?;
    let rates = rates(&counts);
    readme::write(&city, &rates, out)?;
    Ok(Summary { n_persons: city.people.len(), n_rows, n_bytes, rates })
}

/// Makes batches on as many threads as rayon has and puts them together in order.
fn write_batches(
    city: &City,
    hazards: &Hazards,
    out: &Path,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Output, SynthError> {
    let batches = Batch::all(city.people.len());
    let site = Site {
        city,
        hazards,
        batches: &batches,
        next: AtomicUsize::new(0),
        lines: Mutex::new(Lines::default()),
        output: Mutex::new(Output::begin(city, out)?),
        numbering: Turns::new(),
        adding: Turns::new(),
    };
    let of = batches.len();
    let n_threads = rayon::current_num_threads().clamp(1, of);
    std::thread::scope(|scope| {
        let (done, results) = channel();
        for _ in 0..n_threads {
            let (site, done) = (&site, done.clone());
            scope.spawn(move || site.work(&done));
        }
        drop(done);
        let mut failed = None;
        for (n, result) in results.iter().enumerate() {
            match result {
                Ok(()) => progress(Progress { stage: "lives and extracts", done: n + 1, of }),
                // Whoever was stopped by another's failure has nothing to tell.
                Err(SynthError::Stopped) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(()), Err)
    })?;
    Ok(site.output.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What the threads share.
struct Site<'a> {
    city: &'a City,
    hazards: &'a Hazards,
    batches: &'a [Batch],
    next: AtomicUsize,
    lines: Mutex<Lines>,
    output: Mutex<Output>,
    numbering: Turns,
    adding: Turns,
}

impl Site<'_> {
    /// Makes batch after batch until none is left.
    fn work(&self, done: &Sender<Result<(), SynthError>>) {
        let _stops = StopsOnPanic(self);
        while let Some(batch) = self.batches.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let result = self.make_and_add(batch);
            let is_over = result.is_err();
            if is_over {
                self.stop();
            }
            let _ = done.send(result);
            if is_over {
                return;
            }
        }
    }

    fn make_and_add(&self, batch: &Batch) -> Result<(), SynthError> {
        let made = make(self.city, self.hazards, batch)?;
        let firsts = self.numbering.pass(batch.index, || {
            Ok(self.lines.lock().unwrap_or_else(PoisonError::into_inner).take(&made.parts))
        })?;
        let records = if self.city.settings.writes_records {
            records(self.city, batch, &made.parts, &firsts)?
        } else {
            Vec::new()
        };
        self.adding.pass(batch.index, || {
            self.output.lock().unwrap_or_else(PoisonError::into_inner).add(made, &records)
        })
    }

    fn stop(&self) {
        self.numbering.stop();
        self.adding.stop();
    }
}

/// Nobody must wait for a thread that is gone.
struct StopsOnPanic<'a>(&'a Site<'a>);

impl Drop for StopsOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

/// Everything of one batch: the care its people have, and its part of every file.
fn make(city: &City, hazards: &Hazards, batch: &Batch) -> Result<Made, SynthError> {
    let care = HospitalCare::plan(city, hazards, &batch.people);
    let extracts = Extracts::new(city, batch);
    let counts = Counts::default();
    let mut context = Context { city, hazards, care: &care, batch, extracts, counts };
    for (_, write_feed) in &FEEDS {
        write_feed(&mut context)?;
    }
    let Context { extracts, counts, .. } = context;
    let persons = truth::persons(city, hazards, &care, batch)?;
    let Extracts { parts, tally, log, .. } = extracts;
    Ok(Made { parts, persons, counts, tally, log })
}

pub(crate) fn check(settings: &Settings) -> Result<(), SynthError> {
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
