//! Keyed Bloom filters: how alike two values are can be told from them without knowing either.
//!
//! Every pair of neighbouring characters of a value, with its ends, sets bits that a keyed hash of the
//! pair alone decides (Schnell, Bachteler and Reiher 2009; no double hashing of two weak hashes). The
//! bits of the pairs that are common are worked out once for each key.

use std::sync::OnceLock;

use super::MasterKey;
use super::encoder::LINKAGE;
use super::field_key::FieldKey;

/// Words of 64 bits that a filter has.
const WORDS: usize = 8;
/// Bits of a filter.
const BITS: u32 = 64 * WORDS as u32;
/// Bits that choose one of [`BITS`] places.
const BITS_OF_A_PLACE: usize = 9;

/// The bits of one value.
pub type FilterBits = [u64; WORDS];

/// Which values a filter is of: those of one kind are made under one key, whatever column they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterField {
    /// Family and given names.
    Name,
    /// The words of a street, and those of an address's other lines.
    Street,
    /// Suburbs and towns.
    Locality,
    /// Postcodes.
    Postcode,
    /// Birth dates, digit by digit.
    Birth,
}

impl FilterField {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Name, Self::Street, Self::Locality, Self::Postcode, Self::Birth];

    /// The name in the filter table, and in the label of its key.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Street => "street",
            Self::Locality => "locality",
            Self::Postcode => "postcode",
            Self::Birth => "birth",
        }
    }

    /// Bits that a pair of characters sets: so many that half of all are set by a value of the usual
    /// length, which has this many pairs.
    fn bits_of_a_pair(self) -> usize {
        let usual_pairs = match self {
            Self::Name => 7.5,
            Self::Street => 14.0,
            Self::Locality => 10.0,
            Self::Postcode | Self::Birth => 8.0,
        };
        (f64::from(BITS) * std::f64::consts::LN_2 / usual_pairs).round() as usize
    }
}

/// The filter of one value, named by the value's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// What the value is.
    pub field: FilterField,
    /// The token of the value.
    pub token: u64,
    /// The bits.
    pub bits: FilterBits,
}

/// Makes filters.
pub(super) struct Filters([Pairs; FilterField::ALL.len()]);

impl Filters {
    pub(super) fn new(master: &MasterKey) -> Self {
        Self(FilterField::ALL.map(|field| Pairs {
            key: master.derive("filter", field.as_str(), LINKAGE),
            n_bits: field.bits_of_a_pair(),
            known: OnceLock::new(),
        }))
    }

    /// The filter of a text.
    pub(super) fn of_text(&self, field: FilterField, text: &str) -> FilterBits {
        self.0[field as usize].of_text(text)
    }

    /// The filter of digits, each with its place.
    pub(super) fn of_digits(&self, field: FilterField, digits: &[u8]) -> FilterBits {
        self.0[field as usize].of_digits(digits)
    }
}

/// Characters that are common: an end, capitals, digits.
const N_KNOWN: usize = 1 + 26 + 10;
/// Stands for the ends of a value, and for the places of digits.
const END: char = '\u{1e}';

/// The pairs of characters of one field.
struct Pairs {
    key: FieldKey,
    n_bits: usize,
    /// The bits of every pair of common characters.
    known: OnceLock<Vec<FilterBits>>,
}

impl Pairs {
    fn of_text(&self, text: &str) -> FilterBits {
        let mut bits = FilterBits::default();
        let mut before = END;
        for c in text.chars().chain([END]) {
            add(&mut bits, &self.of_pair(before, c));
            before = c;
        }
        bits
    }

    fn of_digits(&self, digits: &[u8]) -> FilterBits {
        let mut bits = FilterBits::default();
        for (place, digit) in ('A'..='Z').zip(digits) {
            add(&mut bits, &self.of_pair(place, char::from(*digit)));
        }
        bits
    }

    fn of_pair(&self, one: char, other: char) -> FilterBits {
        match place(one).zip(place(other)) {
            Some((one, other)) => self.known()[one * N_KNOWN + other],
            None => self.hashed(one, other),
        }
    }

    fn known(&self) -> &[FilterBits] {
        self.known.get_or_init(|| {
            let characters = || [END].into_iter().chain('A'..='Z').chain('0'..='9');
            let pairs = characters().flat_map(|one| characters().map(move |other| (one, other)));
            pairs.map(|(one, other)| self.hashed(one, other)).collect()
        })
    }

    /// The bits of a pair, from as many keyed hashes of it as it takes.
    fn hashed(&self, one: char, other: char) -> FilterBits {
        let mut message = [one, other].iter().collect::<String>().into_bytes();
        message.push(0);
        let mut bits = FilterBits::default();
        let mut n_left = self.n_bits;
        while n_left > 0 {
            let digest = self.key.digest(&message);
            let n = n_left.min(digest.len() * 8 / BITS_OF_A_PLACE);
            (0..n).map(|i| place_in(&digest, i)).for_each(|at| bits[at / 64] |= 1 << (at % 64));
            n_left -= n;
            if let Some(counter) = message.last_mut() {
                *counter += 1;
            }
        }
        bits
    }
}

/// The `i`-th place that a digest chooses.
fn place_in(digest: &[u8], i: usize) -> usize {
    let bit = |at: usize| usize::from(digest[at / 8] >> (7 - at % 8) & 1);
    let from = i * BITS_OF_A_PLACE;
    (from..from + BITS_OF_A_PLACE).fold(0, |place, at| place << 1 | bit(at))
}

fn place(c: char) -> Option<usize> {
    match c {
        END => Some(0),
        'A'..='Z' => Some(1 + (c as usize - 'A' as usize)),
        '0'..='9' => Some(27 + (c as usize - '0' as usize)),
        _ => None,
    }
}

fn add(bits: &mut FilterBits, more: &FilterBits) {
    bits.iter_mut().zip(more).for_each(|(word, more)| *word |= more);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters() -> Filters {
        Filters::new(&MasterKey::demonstration())
    }

    fn name(text: &str) -> FilterBits {
        filters().of_text(FilterField::Name, text)
    }

    fn n_set(bits: &FilterBits) -> u32 {
        bits.iter().map(|word| word.count_ones()).sum()
    }

    /// The Dice coefficient of two filters.
    fn dice(one: &FilterBits, other: &FilterBits) -> f64 {
        let common: u32 = one.iter().zip(other).map(|(a, b)| (a & b).count_ones()).sum();
        2.0 * f64::from(common) / f64::from(n_set(one) + n_set(other))
    }

    #[test]
    fn bits_are_those_of_hmac_and_hkdf_as_their_crates_give_them() {
        use hkdf::Hkdf;
        use hmac::{Hmac, KeyInit, Mac};
        use sha2::Sha256;
        let mut key = [0; 32];
        let label = b"hub/v1|filter|name|linkage|1";
        let master = b"hub demonstration key: not safe!";
        Hkdf::<Sha256>::new(None, master).expand(label, &mut key).unwrap();
        let mut expected = [false; 512];
        for pair in [*b"\x1eA", *b"AL", *b"L\x1e"] {
            let mut n = 0;
            for counter in 0..2u8 {
                let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
                mac.update(&pair);
                mac.update(&[counter]);
                let digest = mac.finalize().into_bytes();
                let text: String = digest.iter().map(|byte| format!("{byte:08b}")).collect();
                for place in text.as_bytes().chunks_exact(9) {
                    let place = std::str::from_utf8(place).unwrap();
                    // 512 ln 2 / 7.5 = 47.3
                    if n < 47 {
                        expected[usize::from_str_radix(place, 2).unwrap()] = true;
                    }
                    n += 1;
                }
            }
        }
        let bits = name("AL");
        for (at, expected) in expected.into_iter().enumerate() {
            assert_eq!(bits[at / 64] >> (at % 64) & 1 == 1, expected, "bit {at}");
        }
    }

    #[test]
    fn about_half_of_the_bits_are_set_by_a_usual_value() {
        for (field, text) in [
            (FilterField::Name, "JOHNSON"),
            (FilterField::Name, "WILSON"),
            (FilterField::Street, "STANLEYSTREET"),
            (FilterField::Locality, "RICHLANDS"),
            (FilterField::Postcode, "LS14AP"),
        ] {
            let share = f64::from(n_set(&filters().of_text(field, text))) / f64::from(BITS);
            assert!((0.4..0.6).contains(&share), "{text}: {share}");
        }
        let birth = n_set(&filters().of_digits(FilterField::Birth, b"19500302"));
        assert!((205..307).contains(&birth), "{birth}");
    }

    #[test]
    fn what_is_alike_has_filters_that_are_alike() {
        assert_eq!(name("SMITH"), name("SMITH"));
        assert!(dice(&name("SMITH"), &name("SMYTH")) > 0.65);
        assert!(dice(&name("JOHNSON"), &name("JOHNSTON")) > 0.75);
        assert!(dice(&name("SMITH"), &name("PATEL")) < 0.5);
        // Another field has another key.
        let street = filters().of_text(FilterField::Street, "SMITH");
        assert!(dice(&name("SMITH"), &street) < 0.5);
        // Letters of other scripts have bits, too.
        assert!(n_set(&name("ΣΩΚΡΆΤΗΣ")) > 150);
        assert!(dice(&name("ΣΩΚΡΆΤΗΣ"), &name("ΣΩΚΡΑΤΗΣ")) > 0.6);
    }

    #[test]
    fn digits_count_with_their_place() {
        let birth = |digits: &[u8]| filters().of_digits(FilterField::Birth, digits);
        let one = birth(b"19500302");
        assert!(dice(&one, &birth(b"19500303")) > 0.85);
        assert!(dice(&one, &birth(b"19500203")) > dice(&one, &birth(b"20611214")));
    }
}
