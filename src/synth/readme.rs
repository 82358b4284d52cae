//! The page that goes with a city, and its settings: how it was made and what is in it.

use std::fmt::Write;
use std::path::Path;

use super::SynthError;
use super::calendar::{Style, write as date};
use super::city::City;
use super::differences::{differences, differing};
use super::evaluation::POWER;
use super::settings::{
    ENROLLED, FEWER_OUTPATIENTS, MORE_EMERGENCIES, OUTSIDERS, PLACEBO, RATE_RATIO,
};

const FEEDS: &str = "\
| feed | files | what to know |
|---|---|---|
| `gp_registration` | one, the whole history | a row per person, practice, address and period; three dummies (`DummyType` true) |
| `apc` | by trust and year of the episode's end | `RR8` is the city's trust, `RAE` the neighbour's; a spell has one to three episodes; transfers make continuous spells |
| `ecds` | by trust and year | `RR8` sends some attendances twice: streamed (`03`), then seen (`01`) at the same minute; they count once |
| `op` | by trust and year | two ragged rows; `RAE` pads its codes with spaces |
| `csds` | by year | first file: `ConsultationMediumUsed`, `AttendOrNot`; team types `PROACT` and `TELEH` are the two programmes |
| `mhsds` | by year | first file: `AttendOrDNACode`; contacts whose `UniqServReqID` is an `iapt` `PathwayID` are the pathway's own and count there |
| `iapt` | by quarter, cumulative from 1 April | a pathway comes again until it ends, and to the end of that year; in `sample-data/` as `RGD` sends it: what `hub pseudonymise` makes of it under its own key, without identifiers |
| `gp_appointment`, `gp_event`, `gp_prescription` | by year | one city-wide extract through the integrated care board (`QWO`); no identifiers but the practice's patient number |
| `asc` | by quarter, twelve rolling months | an event comes in about four files; ends appear when they are known |
| `csc` | by year of the placement's start | byte order mark; no NHS number, no name |
| `ambulance` | by year | CRLF; a row per vehicle; NHS number on one row in twenty |
| `nhs111` | by year | blank lines; calls that led to an ambulance carry its number |
| `death` | one | registered by the as-at date; late registrations are not there yet |
| `third_sector` | by organisation and year | Windows-1252, semicolons, notes over two lines |
";

const TRUTH: &str = "\
| file | what |
|---|---|
| `truth/records.csv.gz` | feed, file (below `extracts/`), line (header = 1), true person (`P…`, people from outside `O…`, dummies blank), event (rows of one event share it), what was planted in the row |
| `truth/persons.csv` | one row a person, with frailty and the true probability of an emergency admission in the year after the as-at date; place and practice are those of the last day |
| `truth/counts.csv` | true numbers of events by financial year, for registered people and for all; `n_readable` counts those with a row that the contract accepts; each measure says what it counts |
| `truth/effects.csv` | what evaluations and rates should find |
| `truth/defects.csv` | every defect: stated rate, how often it was done, in how many rows |
| `reference/` | postcodes, LSOAs with deprivation, practices, superseded NHS numbers |
";

/// Writes `README.md` and `settings.toml`.
pub(crate) fn write(city: &City, rates: &[(String, f64)], out: &Path) -> Result<(), SynthError> {
    crate::store::write_atomic(&out.join("README.md"), page(city, rates).as_bytes())?;
    crate::store::write_atomic(&out.join("settings.toml"), settings(city).as_bytes())?;
    Ok(())
}

fn settings(city: &City) -> String {
    let made = &city.settings;
    format!(
        "# How this city was made.\n\
         people = {}\nmonths = {}\nseed = {}\nstart = {}\nas_at = {}\n\
         gp_events_kept = {:?}          # diagnoses are all kept\n\
         gp_prescriptions_kept = {:?}\n{}",
        made.n_people,
        made.n_months,
        made.seed,
        date(city.start, Style::Iso),
        date(city.end, Style::Iso),
        made.gp_events_kept,
        made.gp_prescriptions_kept,
        differing(made),
    )
}

fn page(city: &City, rates: &[(String, f64)]) -> String {
    let made = &city.settings;
    let mut text = format!(
        "# A synthetic city\n\n\
         Nobody in it lives. Names are made of syllables that no language has, postcodes are of areas that do not \
         exist, NHS numbers come from the range set aside for tests (999 000 0000 to 999 999 9999).\n\n\
         Made by `hub synth --people {} --months {} --seed {}`; the same command gives the same bytes. {} \
         neighbourhoods, {} LSOAs, {} practices, {} persons over {} months from {}; the as-at date is {}.\n\n",
        made.n_people,
        made.n_months,
        made.seed,
        city.places.neighbourhoods.len(),
        city.places.lsoas.len(),
        city.places.practices.len(),
        city.people.len(),
        made.n_months,
        date(city.start, Style::Iso),
        date(city.end, Style::Iso),
    );
    let _ = write!(text, "## Extracts\n\n{FEEDS}\n## Truth and reference\n\n{TRUTH}\n");
    text.push_str(&planted(city));
    text.push_str(&differences(made));
    text.push_str("## Rates\n\nRegistered people's events per 1,000 person-years, after double counting is taken out:\n\n");
    text.push_str("| events | rate |\n|---|---|\n");
    for (name, rate) in rates {
        let _ = writeln!(text, "| {name} | {rate:.1} |");
    }
    if made.gp_events_kept < 1.0 || made.gp_prescriptions_kept < 1.0 {
        let _ = write!(
            text,
            "\nGP coded events other than diagnoses are thinned to {:.0} %, prescriptions to {:.0} %: multiply before \
             comparing with other cities.",
            made.gp_events_kept * 100.0,
            made.gp_prescriptions_kept * 100.0,
        );
    }
    let _ =
        writeln!(text, " People from outside are {:.0} % of the city's number.", OUTSIDERS * 100.0);
    text
}

fn planted(city: &City) -> String {
    let name = |i: usize| {
        let place = &city.places.neighbourhoods[i];
        format!("{} ({})", place.name, place.code)
    };
    format!(
        "## Planted\n\n\
         - **proactive_care** works: of the people eligible on 2024-09-01 (registered, 50 or over, an emergency \
         admission or A&E attendance in the year before) a random {:.0} % are enrolled that month; from 2024-10-01 \
         their emergency admissions are {RATE_RATIO} of what they would have been. A ratio of rate ratios finds it in \
         {:.0} of 100 cities of 3,000 people.\n\
         - **telehealth** does nothing: another {:.0} % of the eligible.\n\
         - {} has {} times the emergency admissions, {} {} times the outpatient appointments that its people's health \
         explains.\n\
         - Defects at the rates of `truth/defects.csv`.\n\n",
        ENROLLED * 100.0,
        POWER * 100.0,
        PLACEBO * 100.0,
        name(MORE_EMERGENCIES.0),
        MORE_EMERGENCIES.1,
        name(FEWER_OUTPATIENTS.0),
        FEWER_OUTPATIENTS.1,
    )
}
