//! The store: immutable Parquet parts, runs that are visible whole or not at all, and an audit log.
//!
//! A part is named by the SHA-256 of its bytes and never changes. A run is its manifest, and nothing
//! is visible until `current` points at it, so a crash at any point leaves readers with the run they
//! had. Readers take no lock. This is the only module that writes files and the only one that knows
//! Parquet. It never sees an identifier, and [`scan`] proves that none was written; of keys it holds that of
//! the identity zone alone, from which no token or pseudonym follows.

mod atomic;
mod audit;
mod audit_log;
mod columnar;
mod destruction;
mod error;
#[cfg(test)]
mod failpoint;
mod fault;
mod gc;
mod governance;
mod growing;
mod hash;
mod kept;
mod layout;
mod lock;
mod manifest;
mod part;
mod part_columns;
mod part_reader;
mod part_writer;
mod publish;
mod purge;
mod recipe;
mod refusal;
mod rewritten;
mod scanner;
mod sealed;
mod spill;
#[cfg(test)]
mod tests;
mod unsealed;
mod verify;
mod widths;
mod zone;

pub use atomic::write_atomic;
pub use audit::{AuditEntry, AuditRecord};
pub use error::StoreError;
pub use fault::Fault;
pub use gc::Collected;
pub use governance::{AgreementEntry, Destruction, Forgetting, Governance};
pub use growing::GrowingFile;
pub use hash::{sha256_file, sha256_hex};
pub use kept::{KeptList, OptOutEntry};
pub use layout::Store;
pub use lock::RunLock;
pub use manifest::{DeliveryEntry, Manifest, Origin, TableEntry};
pub use part::{Part, Zone};
pub use part_reader::PartReader;
pub use part_writer::PartWriter;
pub use recipe::Recipe;
pub use refusal::Refusal;
pub use rewritten::Unwanted;
pub use scanner::{Canaries, Hit, Kind, PostcodeRule, Rules, ScanError, scan};
pub use sealed::SealFault;
pub use spill::SpillFile;
