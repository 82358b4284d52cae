//! Hashes of short texts, for tables that live no longer than a block or a row group.
//!
//! Not random: nothing that is kept hangs on them, and whoever could make texts collide could only make a
//! run slow.

/// Odd, and without a pattern in its bits (2⁶⁴ over the golden ratio).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// The first and the last bytes: with its length, all there is of a text of at most sixteen.
#[must_use]
#[inline]
pub fn text_ends(text: &[u8]) -> (u64, u64) {
    let four = |four: &[u8; 4]| u64::from(u32::from_le_bytes(*four));
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (four(first), four(last))
    } else if let [first, .., last] = text {
        // Of two or three bytes the one in the middle is the last or its neighbour.
        let middle = text[text.len() / 2];
        (u64::from(*first) | u64::from(middle) << 8 | u64::from(*last) << 16, 0)
    } else {
        (text.first().map_or(0, |byte| u64::from(*byte)), 0)
    }
}

/// A hash of a text whose [`text_ends`] are these.
#[must_use]
#[inline]
pub fn text_hash(text: &[u8], (first, last): (u64, u64)) -> u64 {
    let hash = mixed_hash(first ^ text.len() as u64, last);
    if text.len() <= 16 {
        return hash;
    }
    let eights = text[8..].as_chunks::<8>().0;
    eights.iter().fold(hash, |hash, eight| mixed_hash(hash, u64::from_le_bytes(*eight)))
}

/// A hash of two numbers.
#[must_use]
#[inline]
pub fn mixed_hash(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ SPREAD) * u128::from(b ^ SPREAD.rotate_left(32));
    product as u64 ^ (product >> 64) as u64
}
