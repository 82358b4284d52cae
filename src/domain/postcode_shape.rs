//! How a country's postcodes are shaped.

use std::str::FromStr;

/// Characters that a postcode has at most.
pub const POSTCODE_LENGTH: usize = 10;

/// How postcodes are shaped; spaces and punctuation do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PostcodeShape {
    /// Those of the United Kingdom.
    #[default]
    Uk,
    /// `A` for each letter and `9` for each digit.
    Pattern(String),
}

impl PostcodeShape {
    /// Whether letters and digits, in capitals, are shaped so. What the United Kingdom's look like is
    /// for whoever parts them to say.
    #[must_use]
    pub fn fits(&self, characters: &[u8]) -> bool {
        let Self::Pattern(pattern) = self else { return false };
        let is_so = |(shape, byte): (u8, &u8)| match shape {
            b'A' => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit(),
        };
        pattern.len() == characters.len() && pattern.bytes().zip(characters).all(is_so)
    }
}

impl Default for &PostcodeShape {
    fn default() -> Self {
        &PostcodeShape::Uk
    }
}

impl FromStr for PostcodeShape {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a postcode is `uk`, `digits4` and the like (3 to 10), or a pattern of `A` and \
                             `9` such as `A9A9A9`";
        if text == "uk" {
            return Ok(Self::Uk);
        }
        let pattern = match text.strip_prefix("digits") {
            Some(n) => "9".repeat(n.parse::<u8>().map_err(|_| WRONG)?.into()),
            None => text.chars().filter(|c| *c != ' ').collect(),
        };
        let is_one = pattern.bytes().all(|byte| matches!(byte, b'A' | b'9'));
        let fits = (3..=POSTCODE_LENGTH).contains(&pattern.len());
        if is_one && fits { Ok(Self::Pattern(pattern)) } else { Err(WRONG) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_and_fit_what_they_say() {
        assert_eq!("uk".parse(), Ok(PostcodeShape::Uk));
        let australian: PostcodeShape = "digits4".parse().unwrap();
        assert_eq!(Ok(&australian), "9999".parse().as_ref());
        assert!(australian.fits(b"4223") && !australian.fits(b"423") && !australian.fits(b"42A3"));
        let canadian: PostcodeShape = "A9A 9A9".parse().unwrap();
        assert!(canadian.fits(b"K1A0B1") && !canadian.fits(b"KIA0B1"));
        for wrong in ["", "digits", "digits2", "digits11", "digits255", "UK", "99", "9X9", "A9a"] {
            assert!(wrong.parse::<PostcodeShape>().is_err(), "{wrong}");
        }
    }
}
