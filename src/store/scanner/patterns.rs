//! Finds any of many patterns in one pass.
//!
//! Nearly every place in a file begins no pattern. A bitmap of the patterns' first four bytes says
//! so in about a nanosecond; what it lets through meets a bitmap of the first eight, and only what
//! passes that is looked up.

use std::collections::HashMap;

/// Bits of a bitmap, as a power of two: some hundred thousand patterns fill a tenth of it.
const BITMAP_BITS: u32 = 21;

/// Patterns, ASCII letters folded to small ones.
pub(super) struct Patterns {
    texts: Vec<Vec<u8>>,
    /// The first four bytes of all but the short ones.
    begins: Bitmap,
    /// Patterns of eight bytes and more.
    long: Index,
    /// Patterns of four to seven bytes.
    medium: Index,
    /// Patterns of up to three bytes.
    short: HashMap<Vec<u8>, Vec<u32>>,
}

impl Patterns {
    /// Patterns that are folded already; they are known by their place in `texts`.
    pub(super) fn new(texts: Vec<Vec<u8>>) -> Self {
        let (begins, long, medium) = (Bitmap::default(), Index::default(), Index::default());
        let mut patterns = Self { texts: Vec::new(), begins, long, medium, short: HashMap::new() };
        for (text, i) in texts.iter().zip(0..) {
            patterns.add(text, i);
        }
        Self { texts, ..patterns }
    }

    fn add(&mut self, text: &[u8], i: u32) {
        let (four, eight) = (text.first_chunk().map(four), text.first_chunk().map(eight));
        match (four, eight) {
            (None, _) => return self.short.entry(text.to_vec()).or_default().push(i),
            (Some(four), None) => self.medium.add(four, i),
            (Some(_), Some(eight)) => self.long.add(eight, i),
        }
        self.begins.set(four.unwrap_or_default());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Calls `found` with each pattern's number and where in `folded` it begins and ends.
    pub(super) fn find(&self, folded: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        for (at, bytes) in folded.array_windows().enumerate() {
            if !self.begins.has(four(bytes)) {
                continue;
            }
            let rest = &folded[at..];
            let long = rest.first_chunk().and_then(|bytes| self.long.get(eight(bytes)));
            let medium = self.medium.get(four(bytes));
            for i in long.into_iter().chain(medium).flatten() {
                let text = &self.texts[*i as usize];
                if rest.starts_with(text) {
                    found(*i as usize, at, at + text.len());
                }
            }
        }
        if !self.short.is_empty() {
            self.find_words(folded, &mut found);
        }
    }

    /// Short patterns: each run of letters and digits is looked up whole.
    fn find_words(&self, folded: &[u8], found: &mut impl FnMut(usize, usize, usize)) {
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
        let mut at = 0;
        for word in folded.split(|b| !is_word(b)) {
            if word.len() < 4
                && let Some(patterns) = self.short.get(word)
            {
                patterns.iter().for_each(|i| found(*i as usize, at, at + word.len()));
            }
            at += word.len() + 1;
        }
    }
}

/// Patterns by their first bytes.
#[derive(Default)]
struct Index {
    starts: Bitmap,
    by_start: HashMap<u64, Vec<u32>>,
}

impl Index {
    fn add(&mut self, start: u64, i: u32) {
        self.starts.set(start);
        self.by_start.entry(start).or_default().push(i);
    }

    fn get(&self, start: u64) -> Option<&Vec<u32>> {
        if self.starts.has(start) { self.by_start.get(&start) } else { None }
    }
}

/// Which starts may be in a set: those that are not in it seldom pass.
struct Bitmap(Vec<u64>);

impl Default for Bitmap {
    fn default() -> Self {
        Self(vec![0; 1 << (BITMAP_BITS - 6)])
    }
}

impl Bitmap {
    fn set(&mut self, start: u64) {
        let bit = bit_of(start);
        self.0[bit >> 6] |= 1 << (bit & 63);
    }

    fn has(&self, start: u64) -> bool {
        let bit = bit_of(start);
        self.0[bit >> 6] >> (bit & 63) & 1 == 1
    }
}

/// The bit of a start: the top bits of its product with 2⁶⁴/φ (Knuth's multiplicative hashing).
fn bit_of(start: u64) -> usize {
    (start.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITMAP_BITS)) as usize
}

fn four(bytes: &[u8; 4]) -> u64 {
    u64::from(u32::from_le_bytes(*bytes))
}

fn eight(bytes: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*bytes)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::next;
    use super::*;

    #[test]
    fn what_is_found_is_what_a_plain_search_finds() {
        let mut state = 5;
        let mut word = |n: u64| -> Vec<u8> {
            (0..n).map(|_| b"ab 9"[(next(&mut state) % 4) as usize]).collect()
        };
        let texts: Vec<Vec<u8>> = (0..60).map(|i| word(4 + i % 9)).collect();
        let text = word(5_000);
        let mut expected = Vec::new();
        for (i, pattern) in texts.iter().enumerate() {
            for (at, window) in text.windows(pattern.len()).enumerate() {
                if window == pattern {
                    expected.push((i, at, at + pattern.len()));
                }
            }
        }
        let mut found = Vec::new();
        Patterns::new(texts).find(&text, |i, start, end| found.push((i, start, end)));
        found.sort_unstable();
        expected.sort_unstable();
        assert!(expected.len() > 100);
        assert_eq!(found, expected);
    }

    #[test]
    fn short_patterns_are_found_as_words() {
        let patterns = Patterns::new(vec![b"li".to_vec(), b"wyx".to_vec()]);
        let mut found = Vec::new();
        patterns
            .find(b"li, alien <b>wyx</b> wyxham li", |i, start, end| found.push((i, start, end)));
        assert_eq!(found, [(0, 0, 2), (1, 13, 16), (0, 28, 30)]);
    }
}
