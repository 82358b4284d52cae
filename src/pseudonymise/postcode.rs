//! Postcodes as linkage and place look-ups compare them.

use crate::domain::{POSTCODE_LENGTH, PostcodeShape};

/// A postcode: capitals without a space, shaped like one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Postcode {
    bytes: [u8; 7],
    length: u8,
}

/// What a cell that should hold a postcode holds.
pub(super) enum Reading {
    /// A postcode of a place.
    Place(Postcode),
    /// One of another country, which no look-up knows.
    Abroad(AbroadPostcode),
    /// A dummy of the ZZ99 range: no fixed abode, abroad, not known.
    Dummy,
    /// Nothing that is shaped like a postcode.
    Malformed,
}

/// A postcode that is not the United Kingdom's: capitals and digits.
pub(super) struct AbroadPostcode {
    bytes: [u8; POSTCODE_LENGTH],
    length: u8,
}

impl AbroadPostcode {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The first half, rounded up: where what the parts mean is not known, that of the wider area.
    pub(super) fn district(&self) -> &[u8] {
        let (district, _) = self.as_bytes().split_at(usize::from(self.length.div_ceil(2)));
        district
    }
}

/// Reads a postcode of the shape that is declared.
pub(super) fn read_postcode(text: &str, shape: &PostcodeShape) -> Reading {
    if *shape == PostcodeShape::Uk {
        return Postcode::read(text);
    }
    let mut bytes = [0; POSTCODE_LENGTH];
    let mut length = 0;
    for byte in text.bytes().filter(u8::is_ascii_alphanumeric) {
        let Some(free) = bytes.get_mut(length) else { return Reading::Malformed };
        *free = byte.to_ascii_uppercase();
        length += 1;
    }
    match shape.fits(&bytes[..length]) {
        true => Reading::Abroad(AbroadPostcode { bytes, length: length as u8 }),
        false => Reading::Malformed,
    }
}

/// Whether a postcode is not shaped as declared.
#[must_use]
pub fn is_postcode_malformed(text: &str, shape: &PostcodeShape) -> bool {
    matches!(read_postcode(text, shape), Reading::Malformed)
}

impl Postcode {
    /// Reads a postcode: letters and digits alone count, case does not.
    pub(super) fn read(text: &str) -> Reading {
        let mut bytes = [0; 7];
        let mut length = 0;
        for byte in text.bytes().filter(u8::is_ascii_alphanumeric) {
            if length == 7 {
                return Reading::Malformed;
            }
            bytes[length] = byte.to_ascii_uppercase();
            length += 1;
        }
        let postcode = Self { bytes, length: length as u8 };
        if !postcode.is_shaped_like_one() {
            Reading::Malformed
        } else if postcode.outcode() == b"ZZ99" {
            Reading::Dummy
        } else {
            Reading::Place(postcode)
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// All but the last three characters.
    pub(super) fn outcode(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length).saturating_sub(3)]
    }

    /// Outcode of two to four characters that starts with a letter, then digit, letter, letter.
    fn is_shaped_like_one(self) -> bool {
        let [inward @ .., _, _, _] = self.as_bytes() else { return false };
        let [digit, a, b] = self.as_bytes()[inward.len()..] else { return false };
        inward.len() >= 2
            && inward[0].is_ascii_alphabetic()
            && digit.is_ascii_digit()
            && a.is_ascii_alphabetic()
            && b.is_ascii_alphabetic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        match Postcode::read(text) {
            Reading::Place(p) => Some((utf8(p.as_bytes()), utf8(p.outcode()))),
            Reading::Dummy => Some(("dummy".to_owned(), String::new())),
            Reading::Malformed | Reading::Abroad(_) => None,
        }
    }

    #[test]
    fn a_declared_shape_is_read_and_no_other() {
        let shape: PostcodeShape = "digits4".parse().unwrap();
        let Reading::Abroad(postcode) = read_postcode(" 42-23 ", &shape) else {
            panic!("a postcode")
        };
        assert_eq!((postcode.as_bytes(), postcode.district()), (&b"4223"[..], &b"42"[..]));
        for text in ["", "423", "42231", "LS1 4AP", "422a", "12345678901234"] {
            assert!(is_postcode_malformed(text, &shape), "{text}");
        }
        assert!(is_postcode_malformed("4223", &PostcodeShape::Uk));
        assert!(!is_postcode_malformed("LS1 4AP", &PostcodeShape::Uk));
    }

    #[test]
    fn spellings_of_one_postcode_are_one() {
        for text in ["LS1 4AP", "ls14ap", " LS1  4ap ", "LS1\u{a0}4AP"] {
            assert_eq!(read(text), Some(("LS14AP".to_owned(), "LS1".to_owned())));
        }
        assert_eq!(read("M1 1AA").unwrap().1, "M1");
        assert_eq!(read("EC1A 1BB").unwrap().1, "EC1A");
    }

    #[test]
    fn dummies_and_fragments_are_no_place() {
        assert_eq!(read("ZZ99 3VZ").unwrap().0, "dummy");
        for text in ["", "LS", "LS1", "4AP", "LS1 4A", "LS1 44P", "LS14 4APX", "12345"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
