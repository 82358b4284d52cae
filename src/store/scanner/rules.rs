//! What looks like an identifier, whoever's it is.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::domain::{NhsNumber, NhsNumberClass};

/// Which shapes are reported without being known.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Valid NHS numbers of these ranges. Scotland's are left out at first: one SNOMED CT code in
    /// eleven that begins like a date would pass for one.
    pub nhs_number_classes: Vec<NhsNumberClass>,
    /// Full postcodes, in capitals anywhere and in any case as a whole cell.
    pub postcodes: PostcodeRule,
    /// Texts that are let through, as they are written.
    pub allowed: BTreeSet<String>,
    /// Columns that are let through (not for canaries); `*_pence` stands for every name that ends so.
    pub exempt_columns: Vec<String>,
}

/// Whether texts shaped like a postcode are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostcodeRule {
    /// All of them.
    Reported,
    /// None.
    Ignored,
}

impl Default for Rules {
    /// Numbers of England, Wales, Northern Ireland and the test range; postcodes; sums of money and
    /// quantities with fixed places (`*_pence`, `*_thousandths`), which may have ten digits, let
    /// through.
    fn default() -> Self {
        Self {
            nhs_number_classes: vec![
                NhsNumberClass::EnglandWales,
                NhsNumberClass::NorthernIreland,
                NhsNumberClass::Test,
            ],
            postcodes: PostcodeRule::Reported,
            allowed: BTreeSet::new(),
            exempt_columns: ["*_pence", "*_thousandths"].map(str::to_owned).to_vec(),
        }
    }
}

impl Rules {
    /// Canaries alone: no shape is reported.
    #[must_use]
    pub fn none() -> Self {
        Self { nhs_number_classes: Vec::new(), postcodes: PostcodeRule::Ignored, ..Self::default() }
    }

    /// Whether a text holds anything of the shapes that are reported.
    #[must_use]
    pub fn are_broken_by(&self, text: &str) -> bool {
        self.blanked(text) != text
    }

    /// A text with everything blanked that has one of the shapes.
    #[must_use]
    pub fn blanked(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.nhs_numbers(text.as_bytes(), |range| bytes[range].fill(b'*'));
        self.postcodes(text.as_bytes(), |range| bytes[range].fill(b'*'));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Numbers alone: for names of files, in which codes may look like a postcode.
    #[must_use]
    pub fn of_numbers() -> Self {
        Self { postcodes: PostcodeRule::Ignored, ..Self::default() }
    }

    pub(super) fn exempts(&self, column: &str) -> bool {
        self.exempt_columns.iter().any(|name| match name.strip_prefix('*') {
            Some(end) => column.ends_with(end),
            None => column == name,
        })
    }

    /// Whether a whole number is one of the NHS numbers reported.
    pub(super) fn is_nhs_number(&self, value: u64) -> bool {
        // The smallest is Scotland's first; anything longer is a pseudonym or a sum.
        (10_100_000..10_000_000_000).contains(&value) && self.is_reported(&format!("{value:010}"))
    }

    fn is_reported(&self, text: &str) -> bool {
        let is_of_class = |number: NhsNumber| self.nhs_number_classes.contains(&number.class());
        !self.allowed.contains(text) && NhsNumber::parse(text).is_ok_and(is_of_class)
    }

    /// Standalone runs of ten digits, also in groups of 3, 3 and 4, that are valid NHS numbers.
    pub(super) fn nhs_numbers(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        if self.nhs_number_classes.is_empty() {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            if !text[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            let end = run_end(text, at);
            let number = match end - at {
                10 => Some(at..end),
                3 => grouped(text, at),
                _ => None,
            };
            if let Some(range) = number.filter(|range| stands_alone(text, range))
                && std::str::from_utf8(&text[range.clone()]).is_ok_and(|t| self.is_reported(t))
            {
                found(range);
            }
            at = end;
        }
    }

    /// Full postcodes of any area, also of one that does not exist.
    pub(super) fn postcodes(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        if self.postcodes == PostcodeRule::Ignored {
            return;
        }
        for at in 1..text.len().saturating_sub(2) {
            if !text[at].is_ascii_digit() || !is_inward(&text[at..at + 3]) {
                continue;
            }
            if let Some(range) = postcode_around(text, at)
                && !std::str::from_utf8(&text[range.clone()])
                    .is_ok_and(|t| self.allowed.contains(t))
            {
                found(range);
            }
        }
    }
}

fn run_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|b| !b.is_ascii_digit()).map_or(text.len(), |n| at + n)
}

/// The number whose first group of three begins at `at`, if two more follow after the same gap.
fn grouped(text: &[u8], at: usize) -> Option<Range<usize>> {
    let gap =
        [&b" "[..], b"-", b"\xc2\xa0"].into_iter().find(|gap| text[at + 3..].starts_with(gap))?;
    let second = at + 3 + gap.len();
    let third = second + 3 + gap.len();
    let is_grouped = run_end(text, second.min(text.len())) == second + 3
        && text[second + 3..].starts_with(gap)
        && run_end(text, third.min(text.len())) == third + 4;
    let continues_before =
        text[..at].ends_with(gap) && at > gap.len() && text[at - gap.len() - 1].is_ascii_digit();
    let end = third + 4;
    let continues_after = is_grouped
        && text[end..].starts_with(gap)
        && text.get(end + gap.len()).is_some_and(u8::is_ascii_digit);
    (is_grouped && !continues_before && !continues_after).then_some(at..end)
}

/// Whether nothing beside the digits makes them part of something longer: a word, a digest, a
/// fraction's digits.
fn stands_alone(text: &[u8], range: &Range<usize>) -> bool {
    let before = &text[..range.start];
    let after = &text[range.end..];
    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_fraction = before.last() == Some(&b'.')
        && before.len().checked_sub(2).is_none_or(|i| !before[i].is_ascii_alphabetic());
    let fraction = after.strip_prefix(b".").unwrap_or_default();
    let decimals = &fraction[..run_end(fraction, 0)];
    let has_fraction = decimals.iter().any(|digit| *digit != b'0');
    !is_word(before.last()) && !is_word(after.first()) && !is_fraction && !has_fraction
}

/// A digit and two letters of those that a postcode may end in.
fn is_inward(three: &[u8]) -> bool {
    let is_unit = |b: u8| b.is_ascii_alphabetic() && !b"CIKMOV".contains(&b.to_ascii_uppercase());
    three[0].is_ascii_digit() && is_unit(three[1]) && is_unit(three[2])
}

/// The postcode whose inward part begins at `inward`.
///
/// In capitals it may stand anywhere; in other cases it must be the whole of a cell, since text
/// such as `h1 2px` has its shape.
fn postcode_around(text: &[u8], inward: usize) -> Option<Range<usize>> {
    let end = inward + 3;
    let outward_end = text[..inward].iter().rposition(|b| *b != b' ')? + 1;
    if inward - outward_end > 2 {
        return None;
    }
    (2..=4).rev().find_map(|length| {
        let start = outward_end.checked_sub(length)?;
        let range = start..end;
        let is_free = |b: Option<&u8>| b.is_none_or(|b| !b.is_ascii_alphanumeric());
        let before = start.checked_sub(1).map(|i| &text[i]);
        let is_standing = is_free(before)
            && is_free(text.get(end))
            && !before.is_some_and(|b| b"#&%\\".contains(b));
        let is_capital = !text[range.clone()].iter().any(u8::is_ascii_lowercase);
        let is_edge = |b: Option<&u8>| b.is_none_or(|b| b"\n\r,\"\t;|".contains(b));
        let is_cell = is_edge(before) && is_edge(text.get(end));
        (is_outward(&text[start..outward_end]) && is_standing && (is_capital || is_cell))
            .then_some(range)
    })
}

/// `A9`, `A99`, `A9A`, `AA9`, `AA99` or `AA9A`.
fn is_outward(text: &[u8]) -> bool {
    let shape: Vec<u8> = text
        .iter()
        .map(|b| match b {
            b if b.is_ascii_alphabetic() => b'A',
            b if b.is_ascii_digit() => b'9',
            _ => b'?',
        })
        .collect();
    matches!(shape.as_slice(), b"A9" | b"A99" | b"A9A" | b"AA9" | b"AA99" | b"AA9A")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> usize {
        let mut n = 0;
        Rules::default().nhs_numbers(text.as_bytes(), |_| n += 1);
        n
    }

    fn postcodes(text: &str) -> usize {
        let mut n = 0;
        Rules::default().postcodes(text.as_bytes(), |_| n += 1);
        n
    }

    // 999 000 0018 and 401 023 2137 are valid numbers of the test range and of England and Wales.
    #[test]
    fn a_number_that_stands_alone_is_reported_in_every_grouping() {
        for text in [
            "9990000018",
            "nhs 999 000 0018.",
            "\"999-000-0018\"",
            "<v>9990000018</v>",
            "a,4010232137,b",
            "999\u{a0}000\u{a0}0018",
            "apc_9990000018.csv",
            "9990000018.0",
            "x.9990000018.csv",
            "(4010232137)",
        ] {
            assert_eq!(numbers(text), 1, "{text}");
        }
    }

    #[test]
    fn digests_fractions_longer_runs_and_wrong_check_digits_are_not_reported() {
        for text in [
            "9990000019",
            "19990000018",
            "99900000180",
            "ab9990000018",
            "9990000018f",
            "0.9990000018",
            "-.9990000018",
            "9990000018.25",
            "1 999 000 0018",
            "999 000 0018 5",
            "999 000 00181",
            "9999999999",
            "9434765919",
            "999-000 0018",
            "999 000",
            "999-000-",
            "",
            "400 ",
        ] {
            assert_eq!(numbers(text), 0, "{text}");
        }
    }

    #[test]
    fn postcodes_are_reported_and_what_resembles_them_is_not() {
        for text in [
            "LS1 4DY",
            "at W1A 1AA.",
            "EC1A1BB",
            "ZZ99 9ZZ",
            "QX1  2AB",
            "a,ls1 4dy,b",
            "ls14dy",
            "\"Ls1 4Dy\"",
        ] {
            assert_eq!(postcodes(text), 1, "{text}");
        }
        for text in [
            "#AB12CD #aa99aa",
            "h1 2px 3px",
            "E01011264",
            "B86001",
            "RR8",
            "take B12 5MG daily",
            "0001-ab12cd34ef56",
            "XLS1 4DY",
            "LS1 4DYX",
            "LS1 4CD",
            "class=\"m1 2em\"",
            "1AA",
            "",
        ] {
            assert_eq!(postcodes(text), 0, "{text}");
        }
        let allowed = Rules { allowed: BTreeSet::from(["LS1 4DY".to_owned()]), ..Rules::default() };
        allowed.postcodes(b"LS1 4DY", |_| panic!("it is allowed"));
    }
}
