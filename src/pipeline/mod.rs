//! The order of things: a pipeline file, what it plans, and a run from extracts to report.
//!
//! Only this module knows the order of the stages. Each stage hands over through the store, and
//! what a stage has finished is found again by its recipe, so that a re-run does only what changed.

mod built;
mod checked;
mod declaration;
mod error;
pub mod intake;
mod linked;
mod outputs;
mod quality;
mod query;
mod references;
mod released;
mod run;
mod tables;
mod taken;

pub use checked::{Checked, DeclaredFile, master_key};
pub use declaration::{
    DeliveryRule, Engine, KeySource, Models, Numbers, OnBrokenFile, Pipeline, PlaceFiles,
};
pub use error::PipelineError;
pub use query::{VisibleRun, evaluate_linkage};
pub use run::{RunOptions, RunSummary, Stage, plan, run};
