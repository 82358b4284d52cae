//! Searches everything that was written for identifiers: the proof that none was.
//!
//! Files are decoded first (Parquet values, dictionaries, statistics and metadata; gzip; zip), then
//! searched for canaries, which are identifiers known to be in the input, and for anything that has
//! the shape of an NHS number or a postcode. A hit names the place and the kind, never the value.

mod archive;
mod canaries;
mod chunks;
mod columns;
mod content;
mod error;
mod files;
mod hit;
mod page_values;
mod parquet_file;
mod patterns;
mod rules;
mod searcher;
mod shapes;
#[cfg(test)]
mod tests;
mod text;

pub use canaries::Canaries;
pub use error::ScanError;
pub use files::scan;
pub(super) use files::scan_part;
pub use hit::{Hit, Kind};
pub use rules::{PostcodeRule, Rules};
