//! A city that does not exist: people, their lives and illnesses, the care they use, and the
//! extracts that its providers would send, with the faults that extracts have.
//!
//! The truth is written beside the extracts, so that linkage, counts, rates and evaluations can
//! be held against it. Nothing here depends on the clock, the machine or the number of threads:
//! the same settings give the same bytes.

mod calendar;
mod chance;
mod city;
mod clinical;
mod counts;
mod damage;
mod defects;
mod error;
mod evaluation;
mod feeds;
mod hazard;
mod health;
mod households;
mod identity;
mod layouts;
mod life;
mod names;
mod people;
mod places;
#[cfg(test)]
mod power;
mod readme;
mod reference;
mod settings;
mod sheet;
mod spells;
#[cfg(test)]
mod tests;
mod truth;
mod urgent;
mod write;

pub use error::SynthError;
pub use settings::Settings;
pub use write::{Progress, Summary, write};
