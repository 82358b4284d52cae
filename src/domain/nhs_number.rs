//! NHS numbers: what is one, and where it was issued.

/// A ten-digit number whose check digit is right.
///
/// Deliberately not `Clone`, `Display` or `Serialize`, and its `Debug` is blank: it can be
/// classed and hashed, and nothing else.
pub struct NhsNumber([u8; 10]);

/// Why a text is not an NHS number. No variant carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NhsNumberFault {
    /// Something other than ten digits (spaces, hyphens and invisible characters aside).
    #[error("not ten digits")]
    NotTenDigits,
    /// A spreadsheet wrote it as a power of ten: digits are gone for good.
    #[error("in scientific notation, digits are lost")]
    ScientificNotation,
    /// The tenth digit is not the check digit of the first nine.
    #[error("check digit is wrong")]
    CheckDigit,
    /// One digit ten times: passes the check, yet is a dummy.
    #[error("one digit ten times")]
    Repeated,
}

/// The range that a number was issued from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NhsNumberClass {
    /// England and Wales (and the Isle of Man).
    EnglandWales,
    /// Northern Ireland's health and care number.
    NorthernIreland,
    /// Scotland's Community Health Index: another namespace with the same check digit.
    Chi,
    /// Set aside for tests: 999 000 0000 to 999 999 9999.
    Test,
    /// Never issued.
    Unallocated,
}

impl NhsNumberClass {
    /// The class as records hold it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnglandWales => "england_wales",
            Self::NorthernIreland => "northern_ireland",
            Self::Chi => "chi",
            Self::Test => "test",
            Self::Unallocated => "unallocated",
        }
    }
}

impl NhsNumber {
    /// Reads a number as providers write it.
    ///
    /// Spaces, hyphens and invisible characters are removed, and a trailing `.0` (a spreadsheet's
    /// mark) is repaired. Nine digits are refused, never padded.
    ///
    /// # Errors
    /// The fault, which names the rule and not the text. Source: NHS Data Dictionary, NHS NUMBER
    /// (weights 10 to 2, modulus 11).
    pub fn parse(text: &str) -> Result<Self, NhsNumberFault> {
        let text = text.trim();
        let text = text.strip_suffix(".0").unwrap_or(text);
        let mut digits = [0u8; 10];
        let mut n_digits = 0;
        for c in text.chars() {
            match c {
                '0'..='9' if n_digits < 10 => {
                    digits[n_digits] = c as u8 - b'0';
                    n_digits += 1;
                }
                ' '
                | '-'
                | '\u{a0}'
                | '\u{2007}'
                | '\u{200b}'..='\u{2015}'
                | '\u{202f}'
                | '\u{2060}'
                | '\u{feff}' => {}
                'e' | 'E' | '+' if n_digits > 0 => return Err(NhsNumberFault::ScientificNotation),
                _ => {
                    return Err(if text.contains(['e', 'E']) && text.contains('+') {
                        NhsNumberFault::ScientificNotation
                    } else {
                        NhsNumberFault::NotTenDigits
                    });
                }
            }
        }
        if n_digits != 10 {
            return Err(NhsNumberFault::NotTenDigits);
        }
        if digits.iter().all(|d| *d == digits[0]) {
            return Err(NhsNumberFault::Repeated);
        }
        if check_digit(&digits) != Some(digits[9]) {
            return Err(NhsNumberFault::CheckDigit);
        }
        Ok(Self(digits))
    }

    /// The range that the number was issued from. Source: NHS Digital number allocations.
    #[must_use]
    pub fn class(&self) -> NhsNumberClass {
        let first_nine = self.0[..9].iter().fold(0u32, |n, d| n * 10 + u32::from(*d));
        match first_nine {
            400_000_000..=499_999_999 | 600_000_000..=799_999_999 => NhsNumberClass::EnglandWales,
            320_000_001..=399_999_999 => NhsNumberClass::NorthernIreland,
            999_000_000..=999_999_999 => NhsNumberClass::Test,
            10_100_000..=311_299_999 if self.starts_with_a_date() => NhsNumberClass::Chi,
            _ => NhsNumberClass::Unallocated,
        }
    }

    /// Whether it reads the same from behind: every such number passes the check, so that one made up
    /// by hand is likelier to be of these than one that was issued.
    #[must_use]
    pub fn is_palindrome(&self) -> bool {
        self.0.iter().eq(self.0.iter().rev())
    }

    /// The ten digits, for the one place that hashes them.
    pub(crate) fn digits(&self) -> [u8; 10] {
        self.0.map(|d| d + b'0')
    }

    fn starts_with_a_date(&self) -> bool {
        let two = |i: usize| self.0[i] * 10 + self.0[i + 1];
        (1..=31).contains(&two(0)) && (1..=12).contains(&two(2))
    }
}

impl std::fmt::Debug for NhsNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NhsNumber(..)")
    }
}

/// The check digit of the first nine, or `None` where the remainder makes the number invalid.
fn check_digit(digits: &[u8; 10]) -> Option<u8> {
    let sum: u32 = digits[..9].iter().zip((2..=10).rev()).map(|(d, w)| u32::from(*d) * w).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<NhsNumberFault> {
        NhsNumber::parse(text).err()
    }

    #[test]
    fn the_published_example_is_read_in_every_usual_spelling() {
        // 943 476 5919 is the NHS Data Dictionary's example.
        for text in [
            "9434765919",
            "943 476 5919",
            "943-476-5919",
            " 943\u{a0}476\u{200d}5919 ",
            "943\u{2011}476\u{202f}5919",
            "9434765919.0",
        ] {
            assert_eq!(fault(text), None);
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        assert_eq!(fault("9434765918"), Some(NhsNumberFault::CheckDigit));
        assert_eq!(fault("943476591"), Some(NhsNumberFault::NotTenDigits));
        assert_eq!(fault("94347659190"), Some(NhsNumberFault::NotTenDigits));
        assert_eq!(fault("9.43477E+09"), Some(NhsNumberFault::ScientificNotation));
        assert_eq!(fault(""), Some(NhsNumberFault::NotTenDigits));
        for digit in '0'..='9' {
            assert_eq!(fault(&digit.to_string().repeat(10)), Some(NhsNumberFault::Repeated));
        }
    }

    #[test]
    fn every_single_digit_error_and_adjacent_swap_is_caught() {
        let right = *b"9434765919";
        for i in 0..10 {
            for d in b'0'..=b'9' {
                let mut wrong = right;
                wrong[i] = d;
                let text = String::from_utf8(wrong.to_vec()).expect("digits");
                assert_eq!(NhsNumber::parse(&text).is_ok(), wrong == right);
            }
            if i < 9 && right[i] != right[i + 1] {
                let mut swapped = right;
                swapped.swap(i, i + 1);
                let text = String::from_utf8(swapped.to_vec()).expect("digits");
                assert!(NhsNumber::parse(&text).is_err());
            }
        }
    }

    #[test]
    fn classes_follow_the_issued_ranges() {
        let class = |text: &str| NhsNumber::parse(text).expect("valid").class();
        assert_eq!(class("9990000018"), NhsNumberClass::Test);
        assert_eq!(class("4010232137"), NhsNumberClass::EnglandWales);
        assert_eq!(class("9434765919"), NhsNumberClass::Unallocated);
        assert_eq!(class("3200000015"), NhsNumberClass::NorthernIreland);
    }

    #[test]
    fn every_palindrome_passes_the_check_and_is_known_by_it() {
        for first in 0..100_000_u32 {
            let half = format!("{first:05}");
            let text: String = half.chars().chain(half.chars().rev()).collect();
            match NhsNumber::parse(&text) {
                Ok(number) => assert!(number.is_palindrome(), "{first}"),
                Err(fault) => assert_eq!(fault, NhsNumberFault::Repeated, "{first}"),
            }
        }
        assert!(!NhsNumber::parse("9434765919").expect("valid").is_palindrome());
    }

    #[test]
    fn debug_shows_nothing() {
        let number = NhsNumber::parse("9434765919").expect("valid");
        assert_eq!(format!("{number:?}"), "NhsNumber(..)");
    }
}
