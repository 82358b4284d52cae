//! Names rows: a keyed hash of what tells a row from every other row of its file.

use siphasher::sip128::SipHasher24;

use super::memo::Fingerprint;

/// The key under which the rows of one delivery are named (SipHash-2-4 with 128 bits; Aumasson and
/// Bernstein 2012).
///
/// A row's name is no person's pseudonym, and there is one for every row of every file: a keyed hash
/// that was made for short messages will do.
#[derive(Clone, Copy)]
pub struct RowKey(SipHasher24);

impl RowKey {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher24::new_with_key(key))
    }

    /// The 128 bits that stand for a row wherever rows of its delivery are told apart.
    #[must_use]
    pub fn draw(&self, message: &[u8]) -> Fingerprint {
        Fingerprint::from_bits(self.0.hash(message).as_u128())
    }
}

impl Fingerprint {
    /// The id under which a row goes on: 63 of the bits, positive, never 0.
    #[must_use]
    pub fn record_id(self) -> i64 {
        ((self.bits() as u64 & (u64::MAX >> 1)) as i64).max(1)
    }
}

impl std::fmt::Debug for RowKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RowKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_by_the_published_hash() {
        // vectors.h of the reference implementation, vectors_sip128: key 00..0f, message 00..n-1.
        let key: [u8; 16] = std::array::from_fn(|i| i as u8);
        let cases: [(usize, [u8; 16]); 3] = [
            (
                0,
                [
                    0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7,
                    0x55, 0x02, 0x93,
                ],
            ),
            (
                1,
                [
                    0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b,
                    0x22, 0xfc, 0x45,
                ],
            ),
            (
                2,
                [
                    0x81, 0x77, 0x22, 0x8d, 0xa4, 0xa4, 0x5d, 0xc7, 0xfc, 0xa3, 0x8b, 0xde, 0xf6,
                    0x0a, 0xff, 0xe4,
                ],
            ),
        ];
        for (n, expected) in cases {
            let message: Vec<u8> = (0..n as u8).collect();
            let drawn = RowKey::new(&key).draw(&message);
            assert_eq!(drawn.bits(), u128::from_le_bytes(expected), "{n} bytes");
            assert_eq!(drawn.record_id() as u64, drawn.bits() as u64 & (u64::MAX >> 1));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", RowKey::new(&[7; 16])), "RowKey(..)");
    }
}
