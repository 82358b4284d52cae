//! Files of the identity zone, which nobody reads without its key.
//!
//! A file is a header and chunks of 64 KiB, each sealed by itself, so that one is read without the
//! others. The header says the format and, under the key, which key it is. A chunk is its place, its
//! nonce, what is sealed, and the tag. Place, header and the tag of the chunk before are sealed with
//! it: chunks cannot be left out, moved, or taken from another file.

mod cipher;
mod file;
#[cfg(test)]
mod tests;
mod writer;

pub(super) use cipher::Cipher;
pub use cipher::SealFault;
pub(super) use file::{PartFile, SealedFile};
pub(super) use writer::Sealing;
