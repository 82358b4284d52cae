//! House names and numbers as linkage compares them.

/// Words that say what kind of number follows, or nothing at all.
const EMPTY_WORDS: [&str; 8] = ["FLAT", "APARTMENT", "APT", "UNIT", "ROOM", "NO", "NUMBER", "THE"];

/// Whether a word, in capitals, says nothing of which house it is.
pub(super) fn says_nothing(word: &str) -> bool {
    EMPTY_WORDS.contains(&word)
}

/// A house's name or number in one spelling; `None` if nothing is left.
///
/// Capitals, words parted by `/`, without words like `FLAT`; a letter that follows a number joins it:
/// `Flat 2, 14 a` becomes `2/14A`.
pub(super) fn house(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let is_part = |c: char| !c.is_alphanumeric() && c != '\'' && c != '’';
    for word in text.split(is_part).filter(|word| !word.is_empty()) {
        let word = word.to_uppercase();
        if says_nothing(&word) {
            continue;
        }
        let is_suffix = word.len() == 1 && word.as_bytes()[0].is_ascii_alphabetic();
        let joins_number = is_suffix && out.ends_with(|c: char| c.is_ascii_digit());
        if !(out.is_empty() || joins_number) {
            out.push('/');
        }
        out.push_str(&word);
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_house_are_one() {
        for text in ["14a", "14 A", "No. 14A", " 14 a "] {
            assert_eq!(house(text).as_deref(), Some("14A"));
        }
        for text in ["Flat 2, 14", "FLAT 2 14", "Apt 2/14"] {
            assert_eq!(house(text).as_deref(), Some("2/14"));
        }
        assert_eq!(house("The Old Mill").as_deref(), Some("OLD/MILL"));
        assert_ne!(house("2/14"), house("14/2"));
    }

    #[test]
    fn a_house_without_a_name_is_missing() {
        for text in ["", " ", "-", "Flat"] {
            assert_eq!(house(text), None);
        }
    }
}
