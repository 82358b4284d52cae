//! The key of a store's identity zone.

use zeroize::Zeroize;

/// 64-bit words of a key.
const WORDS: usize = 8;

/// What seals and opens the files of an identity zone. No token, no pseudonym and no other key follows
/// from it. Wiped when dropped; its `Debug` is blank.
///
/// Two keys: one seals, the other draws the nonces from what is sealed.
#[derive(Clone)]
pub struct ZoneKey {
    seal: [u8; 32],
    nonce: [u8; 32],
}

impl ZoneKey {
    /// The key of these two.
    #[must_use]
    pub fn new(seal: &[u8; 32], nonce: &[u8; 32]) -> Self {
        Self { seal: *seal, nonce: *nonce }
    }

    /// The key that seals.
    #[must_use]
    pub fn seal(&self) -> &[u8; 32] {
        &self.seal
    }

    /// The key under which nonces are drawn.
    #[must_use]
    pub fn nonce(&self) -> &[u8; 32] {
        &self.nonce
    }

    /// The key as words, to be kept in a zone that another key seals.
    #[must_use]
    pub fn to_words(&self) -> [u64; WORDS] {
        let mut words = [0; WORDS];
        let bytes = self.seal.as_chunks::<8>().0.iter().chain(self.nonce.as_chunks::<8>().0);
        words.iter_mut().zip(bytes).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        words
    }

    /// The key of [`to_words`](Self::to_words); `None` if there are not as many.
    #[must_use]
    pub fn from_words(words: &[u64]) -> Option<Self> {
        let (seal, nonce) = <&[u64; WORDS]>::try_from(words).ok()?.split_at(WORDS / 2);
        let mut key = Self { seal: [0; 32], nonce: [0; 32] };
        for (bytes, words) in [(&mut key.seal, seal), (&mut key.nonce, nonce)] {
            let eights = bytes.as_chunks_mut::<8>().0.iter_mut();
            eights.zip(words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        }
        Some(key)
    }
}

impl Drop for ZoneKey {
    fn drop(&mut self) {
        self.seal.zeroize();
        self.nonce.zeroize();
    }
}

impl std::fmt::Debug for ZoneKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ZoneKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_words_and_debug_shows_nothing() {
        let (seal, nonce) =
            (std::array::from_fn(|i| i as u8), std::array::from_fn(|i| 99 - i as u8));
        let key = ZoneKey::new(&seal, &nonce);
        let words = key.to_words();
        assert_eq!(words[0], u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7]));
        let again = ZoneKey::from_words(&words).unwrap();
        assert_eq!((again.seal(), again.nonce()), (&seal, &nonce));
        assert!(ZoneKey::from_words(&words[1..]).is_none());
        assert_eq!(format!("{key:?}"), "ZoneKey(..)");
    }
}
