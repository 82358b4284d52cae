//! Lists of codes, looked up for every cell.

use std::collections::HashMap;

use crate::domain::text_ends;

/// Entries up to which going through them is faster than looking one up.
const FEW: usize = 32;

/// A list of texts with fast look-up; letter case matters only where two entries differ by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeList {
    entries: Vec<String>,
    /// Entries of up to seven bytes, packed with their length; 0 for longer ones.
    packed: Vec<u64>,
    /// The first and last bytes of those longer ones, and their places.
    long: Vec<((u64, u64), usize)>,
    /// Places by text and by text in capitals; empty for a short list.
    places: HashMap<String, usize>,
    places_in_capitals: HashMap<String, usize>,
}

impl CodeList {
    pub(super) fn new(entries: Vec<String>) -> Self {
        let packed: Vec<u64> = entries.iter().map(|entry| pack(entry)).collect();
        let long = packed.iter().zip(&entries).enumerate().filter(|(_, (packed, _))| **packed == 0);
        let long = long.map(|(place, (_, entry))| (text_ends(entry.as_bytes()), place)).collect();
        let mut list = Self { entries, packed, long, ..Self::default() };
        if list.entries.len() > FEW {
            for (place, entry) in list.entries.iter().enumerate() {
                list.places.entry(entry.clone()).or_insert(place);
                list.places_in_capitals.entry(entry.to_ascii_uppercase()).or_insert(place);
            }
        }
        list
    }

    /// The entries in the declared order.
    #[must_use]
    pub fn entries(&self) -> &[String] {
        &self.entries
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The place of exactly this text.
    pub(super) fn position(&self, text: &str) -> Option<usize> {
        if !self.places.is_empty() {
            return self.places.get(text).copied();
        }
        match pack(text) {
            0 if self.long.is_empty() => None,
            0 => {
                let ends = text_ends(text.as_bytes());
                let is_it =
                    |(own, place): &&(_, usize)| *own == ends && self.entries[*place] == text;
                self.long.iter().find(is_it).map(|(_, place)| *place)
            }
            packed => self.packed.iter().position(|entry| *entry == packed),
        }
    }

    /// The place of this text, or of the only one that differs in letter case alone.
    pub(super) fn position_in_any_case(&self, text: &str) -> Option<usize> {
        self.position(text).or_else(|| match self.places.is_empty() {
            true => self.entries.iter().position(|entry| entry.eq_ignore_ascii_case(text)),
            false => self.places_in_capitals.get(&text.to_ascii_uppercase()).copied(),
        })
    }
}

/// Up to seven bytes and their number in one word; 0 for a longer or empty text.
fn pack(text: &str) -> u64 {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 7 {
        return 0;
    }
    bytes.iter().fold(bytes.len() as u64, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_codes_are_found() {
        let list = CodeList::new(
            ["1", "2A", "Service User", "1234567", "12345678"].map(String::from).to_vec(),
        );
        for (i, entry) in list.entries().to_vec().iter().enumerate() {
            assert_eq!(list.position(entry), Some(i));
        }
        for absent in ["", "2a", "01", "1\0", "service user", "123456"] {
            assert_eq!(list.position(absent), None, "{absent}");
        }
        assert_eq!(list.position_in_any_case("2a"), Some(1));
        assert_eq!(list.position_in_any_case("SERVICE USER"), Some(2));
    }

    #[test]
    fn a_long_list_is_looked_up_as_a_short_one() {
        let entries: Vec<String> = (0..2_000).map(|n| format!("c{n}")).collect();
        let list = CodeList::new(entries);
        assert_eq!(list.position("c1999"), Some(1_999));
        assert_eq!(list.position("C1999"), None);
        assert_eq!(list.position_in_any_case("C1999"), Some(1_999));
        assert_eq!(list.position_in_any_case("c2000"), None);
    }
}
