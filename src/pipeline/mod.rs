//! The order of things: a pipeline file, what it plans, and a run from extracts to report.
//!
//! Only this module knows the order of the stages. Each stage hands over through the store, and
//! what a stage has finished is found again by its recipe, so that a re-run does only what changed.

mod agreements;
mod ahead;
mod area;
mod at_source;
mod built;
mod checked;
mod crosswalk;
mod decisions;
mod declaration;
mod declared_files;
mod draws;
mod drift;
mod error;
mod expected;
mod file_pattern;
mod forget;
mod governance;
pub mod intake;
mod left_out;
mod legal_basis;
mod linkage_page;
mod linked;
mod live;
mod nicknames;
mod opening;
mod opt_out_list;
mod opt_out_share;
mod opt_outs;
mod outputs;
mod purposes;
mod quality;
mod query;
mod reach;
mod references;
mod reidentify;
mod released;
mod restricted;
mod retention;
mod retention_period;
mod review;
mod rotation;
mod run;
mod same_rows;
mod standing;
mod tables;
mod taken;
mod truth;
mod type1;
mod unnumbered;
mod zone;

pub use agreements::{Agreement, Organisation, OrganisationRole, Standing};
pub use area::{DescribedFile, ReferenceFile};
pub use at_source::{AtProvider, Pseudonymised};
pub use checked::{Checked, feed_key, master_key};
pub use crosswalk::Crosswalk;
pub use declaration::{
    DeliveryRule, Engine, Expected, KeySource, Models, Numbers, OnBrokenFile, Pipeline, PlaceFiles,
    Refresh,
};
pub use declared_files::DeclaredFile;
pub use draws::{Draws, draw_links};
pub use error::PipelineError;
pub use forget::{Forgotten, forget};
pub use governance::{governance, notices};
pub use legal_basis::{Article6, Article9, Confidentiality};
pub use linkage_page::linkage_page;
pub use linked::train as train_linkage;
pub use live::{check_use, note_refusal};
pub use nicknames::NicknameFile;
pub use opt_out_list::check_list;
pub use opt_outs::Counts as OptOutCounts;
pub use purposes::{OptOut, OptOutSource, Purpose};
pub use query::{VisibleRun, bare_engine, evaluate_linkage, resolve_person};
pub use reidentify::{Reidentified, Reidentify, Request, open_list, reidentify};
pub use retention_period::{RetentionPeriod, RetentionStart};
pub use review::{Explanation, PairOf, explain_pair, review_queue};
pub use run::{RunOptions, RunSummary, Stage, plan, rotate, run};
pub use zone::{AfterRun, IdentityZone};
