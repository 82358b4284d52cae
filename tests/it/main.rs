//! The one integration-test executable: each more would link the engine once more.

mod architecture;
mod cli;
mod contract_commands;
mod contract_schema;
mod docs;
mod flow;
mod models;
mod oracle;
mod privacy;
mod sample;
mod support;
mod truth;
mod wards;
