//! The governance page: who sends what to whom, for what, on which basis, and for how long.
//!
//! It is made from declarations and the manifest alone. It counts files and rows, shows no cell of any
//! file and no figure about persons, and nothing on it is written by hand.

mod input;
mod map;
mod page;

pub use input::{
    AgreementRow, DestroyedRow, FlowRow, ForgottenRow, GovernanceInput, Keeper, KeptRow,
    PublishedRow, PurposeStatement, ReleaseRow,
};
pub use page::{governance_text, render_governance};
