//! The Intelligence Hub: a city's health and care extracts in; linked, pseudonymised,
//! disclosure-controlled analyses out.
//!
//! Data flows downwards through the modules in the order below; only [`pipeline`] knows the
//! whole order, and only [`cli`] talks to a person. `ARCHITECTURE.md` draws the picture.

pub mod cli;
pub mod contract;
pub mod disclosure;
pub mod domain;
pub mod extract;
pub mod link;
pub mod methods;
pub mod models;
pub mod pipeline;
pub mod printer;
pub mod pseudonymise;
pub mod report;
pub mod store;
pub mod synth;
