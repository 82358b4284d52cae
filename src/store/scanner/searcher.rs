//! Looks for every pattern at once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::patterns::Patterns;
use super::shapes::{self, Beside};
use super::{Canaries, Kind, Rules};
use crate::domain::days_since_epoch;

/// Numbers with fewer digits are too common among counts and codes to be told apart in columns.
const FEWEST_DIGITS: usize = 9;
/// In bytes that were not decoded, shorter patterns turn up by chance.
const SHORTEST_RAW: usize = 8;

/// What is searched, and so what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Decoded text: canaries and shapes.
    Text,
    /// Decoded text that the rules exempt: canaries alone.
    Exempt,
    /// Bytes as they lie in a file: long canaries alone.
    Raw,
}

/// All canaries and rules, ready to search.
pub(super) struct Searcher {
    patterns: Patterns,
    /// What each pattern is and what may stand beside it.
    meanings: Vec<(Kind, Beside)>,
    numbers: HashMap<u64, Kind>,
    /// Least and greatest of `numbers`: most values are outside and need no look.
    number_range: (u64, u64),
    days: HashSet<i32>,
    pub(super) rules: Rules,
}

impl Searcher {
    pub(super) fn new(canaries: &Canaries, rules: &Rules) -> Self {
        let mut gathered = Gathered::default();
        gathered.add_all(canaries);
        let numbers = gathered.numbers;
        let least = numbers.keys().min().copied().unwrap_or(u64::MAX);
        let greatest = numbers.keys().max().copied().unwrap_or(0);
        Self {
            patterns: Patterns::new(gathered.texts),
            meanings: gathered.meanings,
            numbers,
            number_range: (least, greatest),
            days: canaries.birth_dates.iter().map(|date| days_since_epoch(*date)).collect(),
            rules: rules.clone(),
        }
    }

    /// Every identifier in `text`, in no particular order.
    pub(super) fn text(&self, text: &[u8], look: Look, mut found: impl FnMut(Kind, Range<usize>)) {
        if !self.patterns.is_empty() {
            self.patterns.find(&text.to_ascii_lowercase(), |i, start, end| {
                let (kind, beside) = self.meanings[i];
                let before = start.checked_sub(1).map(|i| text[i]);
                let is_long = look != Look::Raw || end - start >= SHORTEST_RAW;
                if is_long && beside.allows(before) && beside.allows(text.get(end).copied()) {
                    found(kind, start..end);
                }
            });
        }
        if look == Look::Text {
            self.rules.nhs_numbers(text, |range| found(Kind::NhsNumberShape, range));
            self.rules.postcodes(text, |range| found(Kind::PostcodeShape, range));
        }
    }

    /// What the whole number `value` is, if anything.
    pub(super) fn number(&self, value: u64, look: Look, mut found: impl FnMut(Kind)) {
        let (least, greatest) = self.number_range;
        if (least..=greatest).contains(&value)
            && let Some(kind) = self.numbers.get(&value)
        {
            found(*kind);
        }
        if look == Look::Text && self.rules.is_nhs_number(value) {
            found(Kind::NhsNumberShape);
        }
    }

    /// [`number`](Self::number) for a float that stands for a whole number.
    pub(super) fn float(&self, value: f64, look: Look, found: impl FnMut(Kind)) {
        if value.fract() == 0.0 && (0.0..1e15).contains(&value) {
            self.number(value as u64, look, found);
        }
    }

    /// Whether days since 1970-01-01 are a known date of birth.
    pub(super) fn is_birth_date(&self, days: i32) -> bool {
        self.days.contains(&days)
    }

    pub(super) fn has_birth_dates(&self) -> bool {
        !self.days.is_empty()
    }

    /// A name or path with everything that matches blanked.
    pub(super) fn blanked(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.text(text.as_bytes(), Look::Text, |_, range| bytes[range].fill(b'*'));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Patterns as they come together.
#[derive(Default)]
struct Gathered {
    texts: Vec<Vec<u8>>,
    meanings: Vec<(Kind, Beside)>,
    numbers: HashMap<u64, Kind>,
    seen: HashSet<(Vec<u8>, Kind)>,
}

impl Gathered {
    fn add_all(&mut self, canaries: &Canaries) {
        for number in &canaries.nhs_numbers {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            self.add(Kind::NhsNumber, Beside::NoDigit, shapes::of_number(&digits));
            self.add_number(Kind::NhsNumber, &digits);
        }
        for name in &canaries.names {
            self.add(Kind::Name, Beside::text(name), shapes::of_text(name));
        }
        for line in &canaries.address_lines {
            self.add(Kind::AddressLine, Beside::text(line), shapes::of_text(line));
        }
        for postcode in &canaries.postcodes {
            self.add(Kind::Postcode, Beside::NoLetterNorDigit, shapes::of_postcode(postcode));
        }
        for id in &canaries.local_ids {
            self.add(Kind::LocalId, Beside::identifier(id), shapes::of_text(id));
            self.add_number(Kind::LocalId, id);
        }
        for date in &canaries.birth_dates {
            self.add(Kind::BirthDate, Beside::NoDigit, shapes::of_date(*date));
            self.add_number(Kind::BirthDate, &date.strftime("%Y%m%d").to_string());
        }
    }

    fn add(&mut self, kind: Kind, beside: Beside, shapes: impl IntoIterator<Item = Vec<u8>>) {
        for shape in shapes {
            // The search folds ASCII case: shapes that differ in it alone are one.
            let folded = shape.to_ascii_lowercase();
            if folded.len() >= 2 && self.seen.insert((folded.clone(), kind)) {
                self.texts.push(folded);
                self.meanings.push((kind, beside));
            }
        }
    }

    fn add_number(&mut self, kind: Kind, digits: &str) {
        let is_long = digits.len() >= FEWEST_DIGITS || kind == Kind::BirthDate;
        if is_long && let Ok(value) = digits.parse() {
            self.numbers.insert(value, kind);
        }
    }
}
