//! The shapes that an identifier may take in a file.

use std::collections::BTreeSet;

use jiff::civil::Date;

/// Texts shorter than this count only as whole words: a short name is part of many a word.
const LONG: usize = 8;

/// What may stand beside a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Anything.
    Anything,
    /// Anything but a letter.
    NoLetter,
    /// Anything but a digit.
    NoDigit,
    /// Neither letter nor digit.
    NoLetterNorDigit,
}

impl Beside {
    /// Whether `byte`, before or after a match, lets it count.
    pub(super) fn allows(self, byte: Option<u8>) -> bool {
        let Some(byte) = byte else { return true };
        match self {
            Self::Anything => true,
            Self::NoLetter => !byte.is_ascii_alphabetic(),
            Self::NoDigit => !byte.is_ascii_digit(),
            Self::NoLetterNorDigit => !byte.is_ascii_alphanumeric(),
        }
    }

    /// For a name or an address line.
    pub(super) fn text(text: &str) -> Self {
        if text.len() >= LONG { Self::Anything } else { Self::NoLetter }
    }

    /// For an identifier: only as a whole.
    pub(super) fn identifier(text: &str) -> Self {
        let is_number = text.bytes().all(|b| b.is_ascii_digit());
        if is_number && text.len() >= LONG { Self::NoDigit } else { Self::NoLetterNorDigit }
    }
}

/// An NHS number plain, grouped, as a spreadsheet writes it, and in UTF-16.
pub(super) fn of_number(digits: &str) -> BTreeSet<Vec<u8>> {
    let mut shapes = BTreeSet::from([bytes(digits), utf_16(digits)]);
    if digits.len() == 10 {
        let (a, b, c) = (&digits[..3], &digits[3..6], &digits[6..]);
        for gap in
            [" ", "-", "\u{a0}", "_", ".", "/", "+", "%20", "&nbsp;", "&#160;", "\\u00a0", "  "]
        {
            shapes.insert(bytes(&format!("{a}{gap}{b}{gap}{c}")));
        }
        let (first, rest) = digits.split_at(1);
        shapes.insert(bytes(&format!("{first},{},{},{}", &rest[..3], &rest[3..6], &rest[6..])));
        for exponent in ["e9", "e+9", "e09", "e+09"] {
            shapes.insert(bytes(&format!("{first}.{rest}{exponent}")));
        }
    }
    shapes
}

/// A text as written, in capitals, in small letters, with its gaps filled otherwise, escaped as
/// HTML, JSON and URLs do, in Latin-1 and in UTF-16. (ASCII letters match in either case anyway.)
pub(super) fn of_text(text: &str) -> BTreeSet<Vec<u8>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut gapped = BTreeSet::new();
    for gap in [" ", "  ", "", "-", "_", "+", "%20", "\u{a0}", "&nbsp;", ", ", ","] {
        gapped.insert(words.join(gap));
    }
    let mut shapes = BTreeSet::new();
    for text in gapped.iter().flat_map(|t| [t.clone(), t.to_uppercase(), t.to_lowercase()]) {
        shapes.insert(utf_16(&text));
        shapes.extend(latin_1(&text));
        shapes.insert(bytes(&percent_encoded(&text)));
        shapes.insert(bytes(&json_escaped(&text)));
        for apostrophe in ["'", "\u{2019}", "&#39;", "&#x27;", "&apos;", "''", "\\'", "%27", ""] {
            let text = text.replace('\'', apostrophe);
            shapes.insert(bytes(&text.replace('&', "&amp;")));
            shapes.insert(bytes(&text));
        }
    }
    shapes
}

/// A postcode with its one gap, whatever stands in it.
pub(super) fn of_postcode(postcode: &str) -> BTreeSet<Vec<u8>> {
    let squeezed: String = postcode.chars().filter(char::is_ascii_alphanumeric).collect();
    match squeezed.len() {
        5..=7 => {
            let (outward, inward) = squeezed.split_at(squeezed.len() - 3);
            of_text(&format!("{outward} {inward}"))
        }
        _ => of_text(postcode),
    }
}

/// A date in the usual orders, by number and by name of month.
pub(super) fn of_date(date: Date) -> BTreeSet<Vec<u8>> {
    let formats = [
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%d.%m.%Y",
        "%Y%m%d",
        "%d%m%Y",
        "%d %b %Y",
        "%d %B %Y",
        "%d-%b-%Y",
        "%-d %b %Y",
        "%-d %B %Y",
        "%-d/%-m/%Y",
        "%B %-d, %Y",
        "%m/%d/%Y",
    ];
    formats
        .iter()
        .map(|format| date.strftime(format).to_string())
        .flat_map(|text| [bytes(&text), utf_16(&text)])
        .collect()
}

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn latin_1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

fn percent_encoded(text: &str) -> String {
    let encode = |b: u8| match b {
        b if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn json_escaped(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
        .collect()
}
