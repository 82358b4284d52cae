//! Remembers what has been encoded: most rows are about somebody whom an earlier row was about.
//!
//! What is remembered is found by a fingerprint under keys that this process drew at random and
//! that never leave it; the identifiers themselves are not kept.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};

use super::encoder::Encoded;

/// Enough shards that two threads seldom wait for each other.
const N_SHARDS: usize = 64;

/// 128 bits that stand for a list of cells, within this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

/// Draws fingerprints (two SipHashes under random keys).
#[derive(Clone, Default)]
pub struct Fingerprinter(RandomState, RandomState);

impl Fingerprinter {
    /// The fingerprint of what `write` feeds in; the caller parts its fields.
    pub fn draw(&self, message: &[u8]) -> Fingerprint {
        let high = self.0.hash_one(message);
        let low = self.1.hash_one(message);
        Fingerprint(u128::from(high) << 64 | u128::from(low))
    }
}

/// Hashes a fingerprint by taking it as it is: it is random already.
#[derive(Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }

    fn write_i64(&mut self, value: i64) {
        // An id has 63 random bits; the table takes its control bits from the top seven.
        self.0 = (value as u64).rotate_left(17);
    }
}

type Shard = HashMap<Fingerprint, Encoded, BuildHasherDefault<AsItIs>>;

/// What has been encoded, by fingerprint; shared between threads.
pub struct Memo(Vec<Mutex<Shard>>);

impl Default for Memo {
    fn default() -> Self {
        Self((0..N_SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl Memo {
    /// What was remembered under this fingerprint.
    #[must_use]
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Encoded> {
        self.shard(fingerprint)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&fingerprint)
            .copied()
    }

    /// Remembers what was encoded.
    pub fn put(&self, fingerprint: Fingerprint, encoded: Encoded) {
        let mut shard = self.shard(fingerprint).lock().unwrap_or_else(PoisonError::into_inner);
        shard.insert(fingerprint, encoded);
    }

    fn shard(&self, fingerprint: Fingerprint) -> &Mutex<Shard> {
        &self.0[(fingerprint.0 >> 64) as usize % N_SHARDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_messages_share_a_fingerprint_and_others_do_not() {
        let fingerprinter = Fingerprinter::default();
        let all: std::collections::HashSet<_> =
            (0..10_000u32).map(|i| fingerprinter.draw(&(i % 5_000).to_be_bytes())).collect();
        assert_eq!(all.len(), 5_000);
    }
}
