//! Remembers what has been encoded: most rows are about somebody whom an earlier row was about.
//!
//! What is remembered is found by a fingerprint under keys that this process drew at random and
//! that never leave it; the identifiers themselves are not kept.

use std::hash::{BuildHasher, Hasher, RandomState};
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

/// What was encoded, by place, and a table of where each fingerprint's place is.
///
/// The table holds only a part of each fingerprint, and the entry at its place all of it: the smaller
/// a table, the less is waited for it.
#[derive(Default)]
struct Known {
    /// As many as a power of two, half of them free at least. A place lies in the first slot from
    /// where the fingerprint's lower half points to that was free when it came.
    slots: Vec<Slot>,
    entries: Vec<(Fingerprint, Encoded)>,
}

/// Part of a fingerprint, and its place.
#[derive(Clone, Copy)]
struct Slot {
    tag: u32,
    place: u32,
}

impl Slot {
    const FREE: Self = Self { tag: 0, place: u32::MAX };

    fn is_free(self) -> bool {
        self.place == Self::FREE.place
    }
}

impl Known {
    fn at(&self, place: u32) -> Remembered {
        Remembered { encoded: self.entries[place as usize].1, place }
    }

    /// Places that may be this fingerprint's, from slots that bear its tag; most often only one.
    fn candidates(&self, fingerprint: Fingerprint) -> impl Iterator<Item = u32> {
        let tag = tag(fingerprint);
        let slots = self.slots_from(fingerprint).map(|at| self.slots[at]);
        slots.take_while(|slot| !slot.is_free()).filter(move |s| s.tag == tag).map(|s| s.place)
    }

    fn is_at(&self, place: u32, fingerprint: Fingerprint) -> bool {
        self.entries[place as usize].0 == fingerprint
    }

    fn place(&self, fingerprint: Fingerprint) -> Option<u32> {
        self.candidates(fingerprint).find(|place| self.is_at(*place, fingerprint))
    }

    fn slots_from(&self, fingerprint: Fingerprint) -> impl Iterator<Item = usize> + use<> {
        let (n, start) = (self.slots.len(), fingerprint.bits() as usize);
        (0..n).map(move |i| start.wrapping_add(i) & (n - 1))
    }

    /// Remembers under a fingerprint that is not there yet.
    fn add(&mut self, fingerprint: Fingerprint, encoded: Encoded) -> u32 {
        let place = self.entries.len() as u32;
        self.entries.push((fingerprint, encoded));
        if self.entries.len() * 2 > self.slots.len() {
            self.slots = vec![Slot::FREE; (self.slots.len() * 2).max(16)];
            (0..=place).for_each(|place| self.settle(place));
        } else {
            self.settle(place);
        }
        place
    }

    /// Puts a place into the table.
    fn settle(&mut self, place: u32) {
        let fingerprint = self.entries[place as usize].0;
        let free = self.slots_from(fingerprint).find(|at| self.slots[*at].is_free());
        if let Some(at) = free {
            self.slots[at] = Slot { tag: tag(fingerprint), place };
        }
    }
}

/// Bits of a fingerprint that do not tell where it lies in the table.
fn tag(fingerprint: Fingerprint) -> u32 {
    (fingerprint.bits() >> 64) as u32
}

impl Memo {
    /// What is remembered under each of these fingerprints.
    #[must_use]
    pub fn look_up(&self, fingerprints: &[Fingerprint]) -> Vec<Option<Remembered>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let likely: Vec<Option<u32>> =
            fingerprints.iter().map(|fingerprint| known.candidates(*fingerprint).next()).collect();
        let pairs = fingerprints.iter().zip(likely);
        let place = |(fingerprint, likely): (&Fingerprint, Option<u32>)| match likely {
            Some(likely) if !known.is_at(likely, *fingerprint) => known.place(*fingerprint),
            likely => likely,
        };
        pairs.map(|pair| place(pair).map(|place| known.at(place))).collect()
    }

    /// What is remembered under this fingerprint.
    #[must_use]
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Remembered> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.place(fingerprint).map(|place| known.at(place))
    }

    /// Remembers what was encoded, if nothing was; what stands there then, and whether it is new.
    pub fn put(&self, fingerprint: Fingerprint, encoded: Encoded) -> (Remembered, bool) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (place, is_new) = match known.place(fingerprint) {
            Some(place) => (place, false),
            None => (known.add(fingerprint, encoded), true),
        };
        (known.at(place), is_new)
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

    #[test]
    fn fingerprints_that_share_their_slot_and_their_tag_are_told_apart() {
        // Alike in all but the topmost bits, and crowded at the end of the table.
        let memo = Memo::default();
        let all: Vec<Fingerprint> = (0..1_000u128)
            .map(|i| Fingerprint::from_bits(i << 100 | u128::from(u64::MAX - (i % 3) as u64)))
            .collect();
        let encoded = |i: usize| Encoded { household: Some(i as i64), ..Encoded::default() };
        for (i, fingerprint) in all.iter().enumerate() {
            assert_eq!(memo.get(*fingerprint), None);
            let expected = Remembered { encoded: encoded(i), place: i as u32 };
            assert_eq!(memo.put(*fingerprint, encoded(i)), (expected, true));
            assert_eq!(memo.put(*fingerprint, encoded(i + 1)), (expected, false));
        }
        for (i, found) in memo.look_up(&all).into_iter().enumerate() {
            assert_eq!(found, Some(Remembered { encoded: encoded(i), place: i as u32 }));
        }
        assert_eq!(memo.look_up(&[Fingerprint::from_bits(1 << 99 | 5)]), [None]);
    }
}
