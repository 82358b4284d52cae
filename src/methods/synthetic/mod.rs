//! Synthetic control: a treated unit against the mixture of others that was like it before.

mod control;
mod simplex;

pub use control::{Gap as SyntheticGap, SyntheticControl, SyntheticOptions, synthetic_control};
