//! The statistical methods as SQL functions.
//!
//! Only wrappers: each reads its arguments, calls a pure method, and lays the result out as
//! columns. No function here does I/O or keeps anything between queries.

mod aggregate;
mod arguments;
mod balancing;
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
mod gaps;
mod gate;
mod grouped;
mod indirect;
mod inequality;
mod interrupted;
mod life;
mod matching;
mod method;
#[cfg(test)]
mod order_tests;
mod page;
mod panel;
mod projection;
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
mod sums;
mod sums_state;
mod synthetic;
#[cfg(test)]
mod tests;
mod thresholds;
mod value;
mod variation;
mod window;

pub use register::{reference_markdown, register};
