//! The one integration-test executable: each more would link the engine once more.

mod agreements;
mod architecture;
mod area;
mod cli;
mod contract_commands;
mod contract_schema;
mod deliveries;
mod docs;
mod flow;
mod forget;
mod governance;
mod layouts;
mod models;
mod monthly;
mod opt_outs;
mod oracle;
mod privacy;
mod quality;
mod reidentify;
mod retention;
mod sample;
mod sealed;
mod support;
mod truth;
mod type1;
mod wards;
