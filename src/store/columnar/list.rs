//! What a column repeats, each once, in the order in which its rows first need it.

use hashbrown::HashTable;

use crate::domain::{mixed_hash, text_ends, text_hash};

/// Rows with a value from which a list may be given up: fewer tell little of a column.
const FEWEST_ROWS: usize = 8 * 1024;
/// Whether a list that has just grown to this length is worth going on with: ids would be looked up in
/// it one by one and then be stored in it whole.
fn is_worth_it(n_listed: usize, n_seen: usize) -> bool {
    n_seen < FEWEST_ROWS || n_listed * 4 <= n_seen * 3
}

/// Texts, and what is stored of them: length and bytes of each.
#[derive(Default)]
pub(super) struct TextList {
    page: Vec<u8>,
    /// Where each text begins in the page.
    starts: Vec<u32>,
    places: HashTable<(u32, u32)>,
}

impl TextList {
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The texts in a page.
    pub(super) fn into_page(self) -> Vec<u8> {
        self.page
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.starts.iter().skip(1).map(|next| next - 4).chain([self.page.len() as u32]);
        self.starts.iter().zip(ends).map(|(start, end)| &self.page[*start as usize..end as usize])
    }

    /// A text's place. It is the text of the row that has so many with a value before it; `None` if the
    /// list is not worth it.
    pub(super) fn place_of(&mut self, text: &str, n_before: usize) -> Option<u32> {
        let text = text.as_bytes();
        let hash = hash_of(text);
        let tag = (hash >> 32) as u32;
        let is_it = |(place, other): &(u32, u32)| {
            let start = self.starts[*place as usize] as usize;
            *other == tag && self.page[start..].starts_with(text) && {
                let length = self.page[start - 4..start].first_chunk::<4>();
                length == Some(&(text.len() as u32).to_le_bytes())
            }
        };
        if let Some((place, _)) = self.places.find(hash, is_it) {
            return Some(*place);
        }
        let place = self.starts.len() as u32;
        self.page.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.starts.push(self.page.len() as u32);
        self.page.extend_from_slice(text);
        let (page, starts) = (&self.page, &self.starts);
        let rehash = |(place, _): &(u32, u32)| {
            let start = starts[*place as usize] as usize;
            let length = page[start - 4..start].first_chunk::<4>().copied().unwrap_or_default();
            hash_of(&page[start..start + u32::from_le_bytes(length) as usize])
        };
        self.places.insert_unique(hash, (place, tag), rehash);
        is_worth_it(self.starts.len(), n_before + 1).then_some(place)
    }
}

/// Numbers, as their bits.
#[derive(Default)]
pub(super) struct NumberList {
    pub(super) numbers: Vec<i64>,
    places: HashTable<(i64, u32)>,
}

impl NumberList {
    /// A number's place, as that of a text.
    #[inline]
    pub(super) fn place_of(&mut self, number: i64, n_before: usize) -> Option<u32> {
        let hash_of = |number: i64| mixed_hash(number.cast_unsigned(), 0);
        let hash = hash_of(number);
        if let Some((_, place)) = self.places.find(hash, |(other, _)| *other == number) {
            return Some(*place);
        }
        let place = self.numbers.len() as u32;
        self.numbers.push(number);
        self.places.insert_unique(hash, (number, place), |(number, _)| hash_of(*number));
        is_worth_it(self.numbers.len(), n_before + 1).then_some(place)
    }
}

fn hash_of(text: &[u8]) -> u64 {
    text_hash(text, text_ends(text))
}
