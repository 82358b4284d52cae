//! Controls matched to cases, and how alike the two groups are.

mod difference;
mod line;
mod nearest;
mod position;
#[cfg(test)]
mod tests;

pub(crate) use difference::METHOD as METHOD_DIFFERENCE;
pub use difference::{StandardisedDifference, standardised_difference};
pub use nearest::{MatchOptions, Matching, Pair, Subject, matched_controls};
pub use position::Distance;
