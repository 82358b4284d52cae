//! Linkage: from keyed tokens of identifiers to persons with stable ids.
//!
//! The *partition* of identities into persons is a pure function of the identities, what is said of
//! them (superseded numbers, crosswalks, decisions) and the model; the *ids* are a function of the partition and the previous run. Nothing here
//! sees an identifier: tokens are compared for equality and for nothing else. Neither the order of
//! the rows nor the number of threads changes a byte of the result.

mod apart;
mod blocking;
mod candidates;
mod clusters;
mod compare;
mod crosswalk;
mod decision;
mod dictionary;
mod draws;
mod drift;
mod dummy;
mod error;
mod evaluate;
mod exact;
mod exclusion;
mod field;
mod filters;
mod holdout;
mod identities;
mod key;
mod ladder;
mod ledger;
mod ledger_identity;
mod number;
mod parameters;
mod parted;
mod person_ids;
mod previous;
mod report;
mod review;
mod run;
mod settings;
mod step;
mod superseded;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod uncorroborated;
mod unlinkable;
mod unnumbered;
mod weighed;

pub use apart::KeptApart;
pub use crosswalk::SaidSame;
pub use decision::{
    Contradiction, DecidedPair, Decision, DecisionCounts, PairToken, Verdict, contradiction,
    identities_of, resolve_decisions,
};
pub use draws::{Chances, Drawing};
pub use drift::{Drift, Fall, GroupTrial, Marks, falls};
pub use error::LinkError;
pub use evaluate::{Evaluation, FeedScore, JudgedRecord, PairScore, Proportion, evaluate};
pub use field::Field;
pub use identities::Identities;
pub use ledger::{Change, LedgerRow, ledger_schema, resolve};
pub use parameters::{LevelParameters, Parameters};
pub use previous::Previous;
pub use report::{FeedCounts, KeyCounts, LinkReport, NumberCounts};
pub use review::{
    DoubtfulPair, Explanation, FieldLevel, Likeness, Reviewed, WeightStep, explain, queue,
};
pub use run::{Linked, link, person_index_schema};
pub use settings::{Settings, Uncorroborated};
pub use unnumbered::{Trial, UnnumberedScore, unnumbered_text};
pub use weighed::{Comparison, Model, Rule, Weighed, train};
