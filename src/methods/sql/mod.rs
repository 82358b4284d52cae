//! The statistical methods as SQL functions.
//!
//! Only wrappers: each reads its arguments, calls a pure method, and lays the result out as
//! columns. No function here does I/O or keeps anything between queries.

mod aggregate;
mod arguments;
mod charts;
mod curves;
#[cfg(test)]
mod edges;
mod evaluation;
mod exponential;
mod forecasts;
mod funnels;
mod gate;
mod inequality;
mod method;
mod page;
mod rates;
mod register;
mod regression;
mod risk;
mod scalar;
mod scores;
mod spatial;
mod standardised;
#[cfg(test)]
mod tests;
mod value;
mod window;

pub use register::{reference_markdown, register};
