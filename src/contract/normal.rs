//! Codes brought to one form before they are looked up: as declared, never by guess.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Deserialize;

/// The letter case that values are brought to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// Capitals.
    Upper,
    /// Small letters.
    Lower,
}

/// How a column's values are brought to one form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Normal {
    /// Their letter case.
    pub case: Option<Case>,
    /// Characters that are taken out.
    pub strip: String,
    /// Characters that are taken off the end.
    pub strip_end: String,
    /// Digits that a value of digits has at least.
    pub pad: usize,
    /// Whether `5.0` is `5`.
    pub is_whole: bool,
}

impl Normal {
    /// Whether values stay as they are.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// A value in its one form: `5.0` is cut first, then characters go, then case and noughts come.
    pub(super) fn apply<'a>(&self, cell: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(cell);
        if self.is_whole
            && let Some((whole, zeros)) = cell.split_once('.')
            && are_digits(whole)
            && !zeros.is_empty()
            && zeros.bytes().all(|b| b == b'0')
        {
            text = Cow::Borrowed(whole);
        }
        if text.contains(|c| self.strip.contains(c)) {
            text = Cow::Owned(text.chars().filter(|c| !self.strip.contains(*c)).collect());
        }
        if text.ends_with(|c| self.strip_end.contains(c)) {
            let kept = text.trim_end_matches(|c| self.strip_end.contains(c)).len();
            text = match text {
                Cow::Borrowed(text) => Cow::Borrowed(&text[..kept]),
                Cow::Owned(mut text) => {
                    text.truncate(kept);
                    Cow::Owned(text)
                }
            };
        }
        match self.case {
            Some(Case::Upper) if text.bytes().any(|b| b.is_ascii_lowercase()) => {
                text.to_mut().make_ascii_uppercase();
            }
            Some(Case::Lower) if text.bytes().any(|b| b.is_ascii_uppercase()) => {
                text.to_mut().make_ascii_lowercase();
            }
            _ => {}
        }
        if text.len() < self.pad && are_digits(&text) {
            text = Cow::Owned(format!("{text:0>width$}", width = self.pad));
        }
        text
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnoses_come_in_one_form() {
        // ICD-10 as trusts send it: dots, the filler X, dagger and asterisk, small letters.
        let icd_10 = Normal {
            case: Some(Case::Upper),
            strip: ".+*†".to_owned(),
            strip_end: "X-DA".to_owned(),
            ..Normal::default()
        };
        for (cell, expected) in [
            ("G35X", "G35"),
            ("E11.9", "E119"),
            ("e11.9", "E119"),
            ("A17.0†", "A170"),
            ("G01*", "G01"),
            ("A170D", "A170"),
            ("G01XA", "G01"),
            ("F32-", "F32"),
            ("I10X  ".trim(), "I10"),
            ("-", ""),
        ] {
            assert_eq!(icd_10.apply(cell), expected, "{cell}");
        }
    }

    #[test]
    fn small_codes_gain_their_noughts_and_lose_a_spreadsheets_point() {
        let code = Normal { pad: 2, is_whole: true, ..Normal::default() };
        for (cell, expected) in [
            ("1", "01"),
            ("1.0", "01"),
            ("12", "12"),
            ("2A", "2A"),
            ("A", "A"),
            ("1.5", "1.5"),
            ("1.", "1."),
            ("123", "123"),
            ("", ""),
        ] {
            assert_eq!(code.apply(cell), expected, "{cell}");
        }
    }
}
