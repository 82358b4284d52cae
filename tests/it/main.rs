//! The one integration-test executable: each more would link the engine once more.

mod architecture;
mod area;
mod cli;
mod docs;
mod flow;
mod models;
mod opt_outs;
mod oracle;
mod privacy;
mod sample;
mod support;
mod truth;
mod type1;
mod wards;
