//! Names as linkage compares them: folded, and by sound.

use rphonetic::{DoubleMetaphone, Encoder};

/// Values that providers write where there is no name; such a cell is missing, never a name.
const PLACEHOLDERS: [&str; 16] = [
    "UNKNOWN",
    "NOTKNOWN",
    "NOTSTATED",
    "NOTGIVEN",
    "UNNAMED",
    "NONAME",
    "NONE",
    "NULL",
    "NA",
    "ANON",
    "ANONYMOUS",
    "WITHHELD",
    "BABY",
    "BABYBOY",
    "BABYGIRL",
    "INFANT",
];

/// A name in capitals without accents, punctuation, spaces and hyphens; `None` if nothing is left,
/// or if it says that there is no name.
///
/// `O’Brien-Łukasz` becomes `OBRIENLUKASZ`. Letters of other scripts stay as they are.
pub(super) fn folded(name: &str) -> Option<String> {
    let out = plain_letters(name, |_| false);
    let is_name = !out.is_empty() && !PLACEHOLDERS.contains(&out.as_str());
    is_name.then_some(out)
}

/// A given name as two: the first word, and all that follow as one; `None` where it is no name.
///
/// Words are parted by spaces: `Anne-Marie Jane` is `ANNEMARIE` and `JANE`. What begins with a word that
/// stands for no name, as in `Baby Jane`, is one.
pub(super) fn given(name: &str) -> Option<(String, Option<String>)> {
    let whole = folded(name)?;
    let (first, rest) = name.trim().split_once(char::is_whitespace).unwrap_or((name, ""));
    match folded(first) {
        Some(first) if first.len() < whole.len() => Some((first, folded(rest))),
        _ => Some((whole, None)),
    }
}

/// The letters of a text in capitals and without accents, and what else of ASCII is to stay.
pub(super) fn plain_letters(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphabetic() || c.is_ascii() && stays(c) {
            out.push(c.to_ascii_uppercase());
        } else if !c.is_ascii() {
            match without_accent(c) {
                Some(letters) => out.push_str(letters),
                None if c.is_alphabetic() => out.extend(c.to_uppercase()),
                None => {}
            }
        }
    }
    out
}

/// The plain letters of an accented one (Latin-1 and Latin Extended-A).
fn without_accent(c: char) -> Option<&'static str> {
    Some(match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' => "A",
        'Æ' | 'æ' => "AE",
        'Ç' | 'ç' | 'Ć'..='č' => "C",
        'Ð' | 'ð' | 'Ď'..='đ' => "D",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => "E",
        'Ĝ'..='ģ' => "G",
        'Ĥ'..='ħ' => "H",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => "I",
        'Ĳ' | 'ĳ' => "IJ",
        'Ĵ' | 'ĵ' => "J",
        'Ķ'..='ĸ' => "K",
        'Ĺ'..='ł' => "L",
        'Ñ' | 'ñ' | 'Ń'..='ŋ' => "N",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' => "O",
        'Œ' | 'œ' => "OE",
        'Ŕ'..='ř' => "R",
        'Ś'..='š' | 'ſ' | 'Ș' | 'ș' => "S",
        'ß' | 'ẞ' => "SS",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "T",
        'Þ' | 'þ' => "TH",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => "U",
        'Ŵ' | 'ŵ' => "W",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' => "Y",
        'Ź'..='ž' => "Z",
        _ => return None,
    })
}

/// American Soundex of a folded name: a letter and three digits; `None` without a Latin letter.
///
/// Source: US National Archives, "Soundex System": H and W don't part equal codes, vowels do.
pub(super) fn soundex(folded: &str) -> Option<[u8; 4]> {
    let mut letters = folded.bytes().filter(u8::is_ascii_uppercase);
    let first = letters.next()?;
    let mut out = [first, b'0', b'0', b'0'];
    let mut n = 1;
    let mut last = digit(first);
    for letter in letters {
        let code = digit(letter);
        if code != b'0' && code != last {
            out[n] = code;
            n += 1;
            if n == 4 {
                break;
            }
        }
        if letter != b'H' && letter != b'W' {
            last = code;
        }
    }
    Some(out)
}

/// The primary Double Metaphone of a folded name (Philips 2000), which knows more languages than Soundex
/// does; `None` without a Latin consonant.
pub(super) fn metaphone(folded: &str) -> Option<String> {
    let letters: String = folded.chars().filter(char::is_ascii_uppercase).collect();
    let code = DoubleMetaphone::default().encode(&letters);
    (!code.is_empty()).then_some(code)
}

fn digit(letter: u8) -> u8 {
    match letter {
        b'B' | b'F' | b'P' | b'V' => b'1',
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => b'2',
        b'D' | b'T' => b'3',
        b'L' => b'4',
        b'M' | b'N' => b'5',
        b'R' => b'6',
        _ => b'0',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_to_one_text() {
        for name in ["O'Brien", "o’brien", "O BRIEN", "Ó-Brien", " O`Brien "] {
            assert_eq!(folded(name).as_deref(), Some("OBRIEN"));
        }
        assert_eq!(folded("Łukasiewicz-Müßig").as_deref(), Some("LUKASIEWICZMUSSIG"));
        assert_eq!(folded("Zoe\u{308}").as_deref(), Some("ZOE"));
        assert_eq!(folded("Ağaoğlu").as_deref(), Some("AGAOGLU"));
        assert_eq!(folded("Σωκράτης").as_deref(), Some("ΣΩΚΡΆΤΗΣ"));
    }

    #[test]
    fn a_blank_or_a_placeholder_is_no_name() {
        for name in ["", "  ", "-", "...", "12", "Not known", "UNKNOWN", "N/A", "Baby"] {
            assert_eq!(folded(name), None, "{name}");
        }
    }

    #[test]
    fn soundex_agrees_with_the_national_archives() {
        // https://www.archives.gov/research/census/soundex: the page's own examples.
        for (name, code) in [
            ("Washington", "W252"),
            ("Lee", "L000"),
            ("Gutierrez", "G362"),
            ("Pfister", "P236"),
            ("Jackson", "J250"),
            ("Tymczak", "T522"),
            ("VanDeusen", "V532"),
            ("Ashcraft", "A261"),
        ] {
            let sound = soundex(&folded(name).unwrap()).unwrap();
            assert_eq!(std::str::from_utf8(&sound).unwrap(), code, "{name}");
        }
        assert_eq!(soundex("ΣΩΚΡΆΤΗΣ"), None);
    }

    #[test]
    fn metaphone_agrees_with_its_author() {
        // L. Philips, "The Double Metaphone Search Algorithm", C/C++ Users Journal, June 2000: Smith is
        // SM0 and Schmidt XMT by their primary codes; Catherine and Kathryn share K0RN.
        for (name, code) in
            [("SMITH", "SM0"), ("SCHMIDT", "XMT"), ("CATHERINE", "K0RN"), ("KATHRYN", "K0RN")]
        {
            assert_eq!(metaphone(name).as_deref(), Some(code), "{name}");
        }
        assert_eq!(metaphone("ΣΩΚΡΆΤΗΣ"), None);
    }

    #[test]
    fn given_names_are_parted_at_spaces() {
        let pair = |a: &str, b: Option<&str>| Some((a.to_owned(), b.map(str::to_owned)));
        assert_eq!(given("Zoë"), pair("ZOE", None));
        assert_eq!(given(" John  William Henry "), pair("JOHN", Some("WILLIAMHENRY")));
        assert_eq!(given("Anne-Marie Jane"), pair("ANNEMARIE", Some("JANE")));
        assert_eq!(given("Jane -"), pair("JANE", None));
        assert_eq!(given("- Jane"), pair("JANE", None));
        assert_eq!(given("Baby Jane"), pair("BABYJANE", None));
        assert_eq!(given("Baby Girl"), None);
    }
}
