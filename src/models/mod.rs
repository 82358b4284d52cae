//! SQL models and queries: one file is one table, and DataFusion is known here alone.
//!
//! A model declares its summary, grain, sensitivity and checks in its own header; what it reads
//! and at which level its rows are is told from its lineage. Rows are written sorted by the
//! grain, so that equal inputs give equal bytes. Nothing here knows a key, an identity or the
//! order of stages, and no error quotes a cell.

mod catalogue;
mod check;
mod check_rows;
mod checks;
mod columns;
mod engine;
mod error;
mod exclusion;
mod expansion;
mod grain;
mod guard;
mod header;
mod inferred;
mod lineage;
mod listing;
mod local_table;
mod nesting;
mod parameters;
mod place;
mod plain_types;
mod plan_rules;
mod problem;
mod query;
mod recipe;
mod reference;
mod render;
mod resident;
mod rules;
mod run;
mod sensitivity;
mod settings;
mod sink;
mod sorted;
mod sql;
mod tables;
mod testing;
mod threads;
mod view;

pub use catalogue::{Catalogue, Model, has_errors};
pub use check::{Checked, Planned};
pub use columns::Column;
pub use engine::Engine;
pub use error::{Fault, ModelError};
pub use exclusion::LeftOut;
pub use header::Header;
pub use lineage::{Drawing, lineage};
pub use listing::{list, show};
pub use parameters::{Parameters, Value};
pub use place::Place;
pub use problem::{Problem, Rule, Severity};
pub use query::{Answer, Limits};
pub use recipe::{InputParts, recipe};
pub use reference::{ReferenceError, read_reference};
pub use render::{Format, render};
pub use run::Built;
pub use settings::Settings;
pub use sink::{MemorySink, Sink, StoreSink};
pub use tables::{Table, names_a_person};
pub use testing::{Fixture, TestOutput, TestReport, run_test_files};
