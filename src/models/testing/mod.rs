//! Models over small tables: fixtures in, rows out.
//!
//! The tests are `.slt` files (the sqllogictest format), so that adding one needs no compiler.

mod fixture;
mod script;

pub use fixture::{Fixture, TestOutput};
pub use script::{TestReport, run_test_files};
