//! The statistical methods as SQL functions.
//!
//! Only wrappers: each reads its arguments, calls a pure method, and lays the result out as
//! columns. No function here does I/O or keeps anything between queries.

mod aggregate;
mod arguments;
#[cfg(test)]
mod chart_tests;
mod charts;
mod cumulative;
mod curves;
#[cfg(test)]
mod edges;
mod evaluation;
#[cfg(test)]
mod evaluation_tests;
mod exponential;
mod forecasts;
mod funnels;
mod gate;
mod inequality;
mod interrupted;
mod method;
mod page;
mod panel;
mod rates;
mod register;
mod regression;
#[cfg(test)]
mod regression_tests;
mod risk;
mod scalar;
mod scores;
mod spatial;
mod standardised;
#[cfg(test)]
mod tests;
mod threshold;
#[cfg(test)]
mod threshold_tests;
mod value;
mod window;

pub use register::{reference_markdown, register};
