//! What a city is made with, and the shares that never change.

use serde::{Deserialize, Serialize};

/// How large a city to make, for how long, from which seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// People registered at any one time.
    pub n_people: u32,
    /// Months from 2023-04-01 on; the as-at date is the day after.
    pub n_months: u32,
    /// Where chance begins: the same seed gives the same bytes.
    pub seed: u64,
}

/// Share of the GP coded events (diagnoses apart) that the extract holds.
pub(crate) const GP_EVENTS_KEPT: f64 = 0.10;
/// Share of the GP prescriptions that the extract holds.
pub(crate) const GP_PRESCRIPTIONS_KEPT: f64 = 0.10;
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
