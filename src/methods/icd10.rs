//! ICD-10 codes as they arrive: dotted or not, in either case, filled with `X` or dashes, with
//! dagger and asterisk marks.

/// An ICD-10 code in one spelling: capitals and digits only, filler and marks removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Icd10(String);

impl Icd10 {
    /// The code in `text`, or `None` when it does not start with a letter and two digits or a
    /// digit and a letter (as `C4A` in other national editions).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let kept = text.chars().filter(char::is_ascii_alphanumeric);
        let mut code: String = kept.map(|c| c.to_ascii_uppercase()).take(6).collect();
        // Past the category, a letter is filler (`I10X`) or a dagger or asterisk mark (`A170D`).
        if let Some(end) = code.char_indices().skip(3).find(|(_, c)| c.is_ascii_alphabetic()) {
            code.truncate(end.0);
        }
        let shape = code.as_bytes();
        let is_code = shape.len() >= 3
            && shape[0].is_ascii_alphabetic()
            && shape[1].is_ascii_digit()
            && shape[2].is_ascii_alphanumeric();
        is_code.then_some(Self(code))
    }

    /// The three-character category.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.0[..3]
    }

    /// The code's prefixes of three and of four characters, the longer one first.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &str> {
        [self.0.get(..4), Some(self.category())].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Icd10::parse(text).map(|code| code.0).as_deref(), expected, "{text}");
    }

    #[test]
    fn every_spelling_of_a_code_is_read_alike() {
        check("S72.0", Some("S720"));
        check(" s720 ", Some("S720"));
        check("S720-", Some("S720"));
        check("I10X", Some("I10"));
        check("i10.x", Some("I10"));
        check("I10X-", Some("I10"));
        check("A17.0D", Some("A170"));
        check("M8005", Some("M8005"));
    }

    #[test]
    fn what_is_no_code_is_left_out() {
        check("", None);
        check("R6", None);
        check("&", None);
        check("123", None);
    }
}
