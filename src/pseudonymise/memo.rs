//! Remembers what has been encoded: most rows are about somebody whom an earlier row was about.
//!
//! What is remembered is found by a fingerprint under keys that this process drew at random and
//! that never leave it; the identifiers themselves are not kept.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::{PoisonError, RwLock};

use siphasher::sip128::SipHasher13;

use super::encoder::Encoded;

/// 128 bits that stand for a list of cells, within this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    pub(super) fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The bits.
    #[must_use]
    pub fn bits(self) -> u128 {
        self.0
    }
}

/// Draws fingerprints (SipHash-1-3 with 128 bits under a random key).
#[derive(Clone)]
pub struct Fingerprinter(SipHasher13);

impl Default for Fingerprinter {
    fn default() -> Self {
        let random = RandomState::new();
        Self(SipHasher13::new_with_keys(random.hash_one(0u8), random.hash_one(1u8)))
    }
}

impl Fingerprinter {
    /// The fingerprint of a message; the caller parts its fields.
    #[must_use]
    pub fn draw(&self, message: &[u8]) -> Fingerprint {
        Fingerprint(self.0.hash(message).as_u128())
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

/// What was encoded, and its place: the how-manieth that the memo remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// What was encoded.
    pub encoded: Encoded,
    /// Its place.
    pub place: u32,
}

/// What has been encoded, by fingerprint; shared between threads.
#[derive(Default)]
pub struct Memo(RwLock<Known>);

/// Places by fingerprint, apart from what lies there: the smaller a table, the less is waited for it.
#[derive(Default)]
struct Known {
    places: HashMap<Fingerprint, u32, BuildHasherDefault<AsItIs>>,
    encoded: Vec<Encoded>,
}

impl Known {
    fn at(&self, place: u32) -> Remembered {
        Remembered { encoded: self.encoded[place as usize], place }
    }
}

impl Memo {
    /// What is remembered under each of these fingerprints.
    #[must_use]
    pub fn look_up(&self, fingerprints: &[Fingerprint]) -> Vec<Option<Remembered>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let places: Vec<Option<u32>> =
            fingerprints.iter().map(|fingerprint| known.places.get(fingerprint).copied()).collect();
        places.into_iter().map(|place| place.map(|place| known.at(place))).collect()
    }

    /// What is remembered under this fingerprint.
    #[must_use]
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Remembered> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.places.get(&fingerprint).map(|place| known.at(*place))
    }

    /// Remembers what was encoded, if nothing was; what stands there then, and whether it is new.
    pub fn put(&self, fingerprint: Fingerprint, encoded: Encoded) -> (Remembered, bool) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let new = known.encoded.len() as u32;
        let place = *known.places.entry(fingerprint).or_insert(new);
        if place == new {
            known.encoded.push(encoded);
        }
        (known.at(place), place == new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudonymise::{Encoder, Identifiers, MasterKey, NumberPolicy, Places};

    #[test]
    fn equal_messages_share_a_fingerprint_and_others_do_not() {
        let fingerprinter = Fingerprinter::default();
        let all: std::collections::HashSet<_> =
            (0..10_000u32).map(|i| fingerprinter.draw(&(i % 5_000).to_be_bytes())).collect();
        assert_eq!(all.len(), 5_000);
    }

    #[test]
    fn the_first_to_encode_gives_the_place_and_all_find_it() {
        let (memo, fingerprinter) = (Memo::default(), Fingerprinter::default());
        let encoder = Encoder::new(&MasterKey::demonstration(), "p", NumberPolicy::Test);
        let (encoded, _) = encoder.encode(&Identifiers::default(), &Places::default());
        let [first, second] = [b"first", b"other"].map(|message| fingerprinter.draw(message));
        assert_eq!(memo.look_up(&[first, second]), [None, None]);
        assert_eq!(memo.put(first, encoded), (Remembered { encoded, place: 0 }, true));
        assert_eq!(memo.put(second, encoded), (Remembered { encoded, place: 1 }, true));
        assert_eq!(memo.put(first, encoded), (Remembered { encoded, place: 0 }, false));
        assert_eq!(memo.get(second), Some(Remembered { encoded, place: 1 }));
        assert_eq!(memo.look_up(&[second, first]), [memo.get(second), memo.get(first)]);
    }
}
