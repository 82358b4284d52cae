//! A city that does not exist: people, their lives and illnesses, the care they use, and the
//! extracts that its providers would send, with the faults that extracts have.
//!
//! The truth is written beside the extracts, so that linkage, counts, rates and evaluations can
//! be held against it. Nothing here depends on the clock, the machine or the number of threads:
//! the same settings give the same bytes.

mod batch;
mod by_arrival;
mod calendar;
mod chance;
mod city;
mod clinical;
mod counts;
mod damage;
mod defects;
mod delivery;
mod differences;
mod encode;
mod england;
mod error;
mod evaluation;
mod extracts;
mod feeds;
mod hazard;
mod health;
mod households;
mod identity;
mod layouts;
mod life;
mod monthly;
mod names;
mod output;
mod people;
mod places;
#[cfg(test)]
mod power;
mod readme;
mod reference;
mod register;
mod reissue;
mod rows;
mod settings;
mod sheet;
mod spells;
#[cfg(test)]
mod tests;
mod truth;
mod turns;
mod urgent;
mod write;

pub use defects::Dials;
pub use error::SynthError;
pub use register::write_register;
pub use settings::{Arrivals, CodeFrequencies, Deliveries, Settings};
pub use write::{Progress, Summary, write};
