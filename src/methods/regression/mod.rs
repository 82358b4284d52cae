//! Regression: one fit by iteratively reweighted least squares for normal, count and binary
//! outcomes, and standard errors that forgive what the model gets wrong about its errors.

mod counts;
mod errors;
mod family;
mod fit;
mod model;
mod negative_binomial;
mod sample;
mod term;

pub use errors::Errors;
pub(crate) use family::sigmoid;
pub(crate) use model::{Explained, UNEXPOSED, explained, fitted};
pub use model::{ModelKind, Regression, regression};
pub(crate) use negative_binomial::METHOD as METHOD_NB;
pub use negative_binomial::negative_binomial;
pub use sample::Observation;
pub(crate) use sample::Sample;
pub use term::Term;
