//! What a city is made with, and the shares that never change.

use super::defects::Dials;

/// How large a city to make, for how long, from which seed, and how it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// People registered at any one time.
    pub n_people: u32,
    /// Months from 2023-04-01 on; the as-at date is the day after.
    pub n_months: u32,
    /// Where chance begins: the same seed gives the same bytes.
    pub seed: u64,
    /// What files there are.
    pub deliveries: Deliveries,
    /// When the files arrive that come month by month.
    pub arrivals: Arrivals,
    /// Share of the GP coded events (diagnoses apart) that the extract holds, 0 to 1.
    pub gp_events_kept: f64,
    /// Share of the GP prescriptions that the extract holds, 0 to 1.
    pub gp_prescriptions_kept: f64,
    /// Where the codes come from that a person's health does not explain.
    pub code_frequencies: CodeFrequencies,
    /// Packs the feeds that come packed; without it every file is plain.
    pub packs: bool,
    /// Writes `truth/records.csv.gz`: the true person of every line.
    pub writes_records: bool,
    /// Writes `reference/opt_out_allowed.csv`: the numbers that no opt-out withholds.
    pub writes_opt_outs: bool,
    /// Spread of people's habit of attending A&E and of calling ambulances: the standard deviation
    /// of its logarithm (log-normal, mean 1), beside what everybody's habits have already.
    pub attender_sigma: f64,
    /// Share of people whose NHS number is issued anew for a new life (adoption, gender history), 0 to 1;
    /// `truth/reissued.csv` says whose.
    pub reissued: f64,
    /// How often each defect is done.
    pub defects: Dials,
}

/// What files there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deliveries {
    /// One extract a year, everything known at the end of the window.
    Yearly,
    /// What a hub receives month by month: refreshes, deltas, late records.
    Monthly,
}

/// When the files arrive that come month by month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// When they are due, or a month later.
    InOrder,
    /// Each in a month of its own drawing: April may come after August, a freeze before its flex.
    Shuffled,
}

/// Where the codes come from that a person's health does not explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFrequencies {
    /// Only what the model of health needs.
    Model,
    /// Further diagnoses and procedures as often as English hospitals code them.
    England,
}

/// Up to this many people a city is small: thinned, packed, coded by its model alone.
pub(crate) const SMALL_CITY: u32 = 20_000;

impl Settings {
    /// A city with the settings that suit its size: a small one, such as the committed sample, is
    /// thinned and packed; a large one has every row, in plain files.
    #[must_use]
    pub fn new(n_people: u32, n_months: u32, seed: u64) -> Self {
        let is_small = n_people <= SMALL_CITY;
        Self {
            n_people,
            n_months,
            seed,
            deliveries: Deliveries::Yearly,
            arrivals: Arrivals::InOrder,
            gp_events_kept: if is_small { 0.10 } else { 1.0 },
            gp_prescriptions_kept: if is_small { 0.10 } else { 1.0 },
            code_frequencies: if is_small {
                CodeFrequencies::Model
            } else {
                CodeFrequencies::England
            },
            packs: is_small,
            writes_records: true,
            writes_opt_outs: false,
            attender_sigma: if is_small { 0.0 } else { 0.8 },
            reissued: 0.0,
            defects: Dials::default(),
        }
    }
}

/// People from outside the city who use its hospital, as a share of its people.
pub(crate) const OUTSIDERS: f64 = 0.03;
/// Share of people whose NHS number replaced an older one within the window.
pub(crate) const SUPERSEDED: f64 = 0.004;

/// Share of eligible people who are enrolled in the intervention.
pub(crate) const ENROLLED: f64 = 0.6;
/// Share of eligible people who are enrolled in the placebo.
pub(crate) const PLACEBO: f64 = 0.2;
/// What is left of an enrolled person's emergency admissions: the true rate ratio.
pub(crate) const RATE_RATIO: f64 = 0.45;
/// The neighbourhood whose people are admitted as emergencies more often than their health explains.
pub(crate) const MORE_EMERGENCIES: (usize, f64) = (3, 1.4);
/// The neighbourhood whose people are given fewer outpatient appointments than their health explains.
pub(crate) const FEWER_OUTPATIENTS: (usize, f64) = (1, 0.75);
