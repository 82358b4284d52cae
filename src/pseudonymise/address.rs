//! Address lines as linkage compares them: the street's words, the other words, the house.

use super::house;
use super::name::plain_letters;

/// Lines that an address has at most.
const LINES: usize = crate::contract::ADDRESS_LINES;

/// What the lines of an address come to; without `Debug`.
#[derive(Default)]
pub(super) struct Address {
    /// The words of the line that names the street, in capitals and without spaces.
    pub(super) street: Option<String>,
    /// The words of the other lines.
    pub(super) rest: Option<String>,
    /// The house before the street, as [`house::house`] has it.
    pub(super) house: Option<String>,
}

/// Words for kinds of streets with their abbreviations, from AS 4590 (street type codes), Royal Mail's and
/// the United States Postal Service's lists (Publication 28, C1).
const STREETS: [(&str, &[&str]); 34] = [
    ("STREET", &["ST", "STR"]),
    ("ROAD", &["RD"]),
    ("AVENUE", &["AVE", "AV", "AVEN"]),
    ("LANE", &["LN", "LA"]),
    ("DRIVE", &["DR", "DRV"]),
    ("CLOSE", &["CL", "CLO"]),
    ("COURT", &["CT", "CRT"]),
    ("CRESCENT", &["CRES", "CR", "CRESC"]),
    ("PLACE", &["PL"]),
    ("SQUARE", &["SQ"]),
    ("TERRACE", &["TCE", "TER", "TERR"]),
    ("GARDENS", &["GDNS", "GDS"]),
    ("GROVE", &["GR", "GRV", "GRO"]),
    ("PARADE", &["PDE"]),
    ("CIRCUIT", &["CCT"]),
    ("CIRCLE", &["CIR"]),
    ("HIGHWAY", &["HWY"]),
    ("BOULEVARD", &["BLVD", "BVD"]),
    ("PARKWAY", &["PKWY", "PWY"]),
    ("ESPLANADE", &["ESP"]),
    ("WAY", &["WY"]),
    ("WALK", &["WLK"]),
    ("MEWS", &[]),
    ("ROW", &[]),
    ("HILL", &[]),
    ("RISE", &[]),
    ("VIEW", &["VW"]),
    ("PARK", &["PK"]),
    ("GREEN", &["GRN"]),
    ("MOUNT", &["MT"]),
    ("HEIGHTS", &["HTS"]),
    ("QUAY", &[]),
    ("YARD", &[]),
    ("LOOP", &[]),
];

impl Address {
    /// Reads the lines of an address, in their order.
    ///
    /// The street is the first line with a word for a kind of street, or else the first with a word. What
    /// stands before a line's words and holds a number is the house's, and not part of them.
    pub(super) fn read(lines: [Option<&str>; LINES]) -> Self {
        let lines = lines.map(|line| line.map(Line::read).unwrap_or_default());
        let street = lines.iter().position(|line| line.names_street);
        let street = street.or_else(|| lines.iter().position(|line| !line.words.is_empty()));
        let Some(street) = street else { return Self::default() };
        let text = |text: String| (!text.is_empty()).then_some(text);
        let others = lines.iter().enumerate().filter(|(i, _)| *i != street);
        // A flat may have a line of its own, before that of the street.
        let numbers: Vec<&str> = lines[..=street].iter().map(|line| line.number.as_str()).collect();
        Self {
            rest: text(others.map(|(_, line)| line.words.as_str()).collect()),
            house: house::house(&numbers.join(" ")),
            street: text(lines[street].words.clone()),
        }
    }
}

/// One line of an address.
#[derive(Default)]
struct Line {
    number: String,
    words: String,
    names_street: bool,
}

impl Line {
    fn read(text: &str) -> Self {
        let is_part = |c: char| !c.is_alphanumeric() && c != '\'' && c != '’';
        let words: Vec<String> = text.split(is_part).map(plain).filter(|w| !w.is_empty()).collect();
        let n_before = n_of_house(&words);
        let mut line = Self { number: words[..n_before].join(" "), ..Self::default() };
        let words = &words[n_before..];
        for (i, word) in words.iter().enumerate() {
            let whole = match word.as_str() {
                // Saint Mary's Road, and not Street Mary's.
                "ST" if i + 1 < words.len() => "SAINT",
                word => of_street(word).unwrap_or(word),
            };
            line.names_street |= i > 0 && of_street(whole).is_some();
            line.words.push_str(whole);
        }
        line
    }
}

/// How many words at the beginning say which house: up to the last one with a number, if there are none
/// but such and those that say what kind of number follows.
fn n_of_house(words: &[String]) -> usize {
    let mut n = 0;
    for (i, word) in words.iter().enumerate() {
        let is_number = word.starts_with(|c: char| c.is_ascii_digit()) && !is_ordinal(word);
        let is_letter = word.len() == 1 && i > 0 && n == i;
        if is_number || is_letter {
            n = i + 1;
        } else if !house::says_nothing(word) {
            break;
        }
    }
    n
}

/// `3RD` of `3rd Avenue` is no house.
fn is_ordinal(word: &str) -> bool {
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(letters, "ST" | "ND" | "RD" | "TH")
}

fn of_street(word: &str) -> Option<&'static str> {
    let is_it = |(whole, short): &&(&'static str, &[&str])| *whole == word || short.contains(&word);
    STREETS.iter().find(is_it).map(|(whole, _)| *whole)
}

/// A word in capitals, without accents and apostrophes.
fn plain(word: &str) -> String {
    plain_letters(word, |c| c.is_ascii_digit())
}

/// The words of a suburb, town, county or state, in capitals and without spaces; `None` if nothing is left.
pub(super) fn locality(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').map(plain);
    let whole = |word: String| match word.as_str() {
        "ST" => "SAINT".to_owned(),
        "MT" => "MOUNT".to_owned(),
        _ => word,
    };
    let text: String = words.map(whole).collect();
    (!text.is_empty()).then_some(text)
}

/// Digits of a telephone number that are compared: what stands before them is written in many ways.
const TELEPHONE: usize = 9;

/// The last nine digits of a telephone number; `None` if there are fewer, or all are alike.
pub(super) fn telephone(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let last = digits.last_chunk::<TELEPHONE>()?;
    last.iter().any(|digit| digit != &last[0]).then(|| last.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> [Option<String>; 3] {
        let mut four = [None; LINES];
        lines.iter().zip(&mut four).for_each(|(line, place)| *place = Some(*line));
        let Address { street, rest, house } = Address::read(four);
        [street, rest, house]
    }

    fn said(street: &str, rest: &str, house: &str) -> [Option<String>; 3] {
        [street, rest, house].map(|text| (!text.is_empty()).then(|| text.to_owned()))
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        for line in ["14a High St", "14 A, High Street", "No. 14a high str.", "14A HIGH STREET"] {
            assert_eq!(read(&[line]), said("HIGHSTREET", "", "14A"), "{line}");
        }
        assert_eq!(read(&["pridham street"]), read(&["pridhamstreet"]));
        assert_eq!(read(&["Flat 2", "14 Müller Rd"]), said("MULLERROAD", "", "2/14"));
        assert_eq!(read(&["Flat 2, 14 Müller Rd"]), said("MULLERROAD", "", "2/14"));
    }

    #[test]
    fn the_street_is_told_from_the_other_lines() {
        assert_eq!(
            read(&["The Old Mill", "3 St Mary's Lane", "Headingley"]),
            said("SAINTMARYSLANE", "THEOLDMILLHEADINGLEY", "3")
        );
        assert_eq!(read(&["wallaby place", "delmar"]), said("WALLABYPLACE", "DELMAR", ""));
        assert_eq!(read(&["3rd Avenue"]), said("3RDAVENUE", "", ""));
        assert_eq!(read(&["delmar", ""]), said("DELMAR", "", ""));
    }

    #[test]
    fn a_blank_address_is_missing() {
        for lines in [&[][..], &[""], &["-", " "]] {
            assert_eq!(read(lines), said("", "", ""));
        }
        assert_eq!(locality(" , "), None);
        assert_eq!(locality("St. Albans"), locality("SAINT ALBANS"));
    }

    #[test]
    fn a_telephone_number_is_its_last_nine_digits() {
        // Numbers that Ofcom sets aside for drama: 0113 496 0000 to 0999.
        let one = telephone("0113 496 0123");
        assert_eq!(one.as_deref(), Some(&b"134960123"[..]));
        assert_eq!(telephone("+44 (113) 496-0123"), one);
        for none in ["", "0123", "000000000000", "n/k"] {
            assert_eq!(telephone(none), None, "{none}");
        }
    }
}
