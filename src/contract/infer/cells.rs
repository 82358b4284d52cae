//! What the cells of one column have in common.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use crate::contract::date_format::DateFormat;
use crate::contract::number::{decimal, integer};

/// Formats that are tried: those of national returns, practice systems, spreadsheets.
pub(super) const FORMATS: [&str; 24] = [
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%Y%m%d",
    "%d %b %Y",
    "%d%b%Y",
    "%d-%b-%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%Y-%m-%dT%H:%M:%S%Z",
    "%m/%d/%Y %H:%M",
    "%H:%M:%S",
    "%H:%M",
    "%Y-%m",
    "%m/%Y",
    "%Y_%m",
    "%m%Y",
];

/// Texts that stand for "not known" wherever they are met.
const NOT_KNOWN: [&str; 9] = ["NULL", "Null", "null", "N/A", "n/a", "&", "-", "#N/A", "None"];
/// Days that stand for "not known" in hospital and practice systems.
const NO_DAYS: [&str; 6] =
    ["1800-01-01", "1801-01-01", "1900-01-01", "1582-10-15", "1899-12-30", "9999-12-31"];

/// Different values that are counted at most.
const MOST_VALUES: usize = 60;
/// Times that a value stands in a column before a draft may repeat it.
const LEAST_REPEATS: u64 = 5;

/// What the cells of one column have in common.
pub(super) struct Cells {
    pub(super) name: String,
    pub(super) n_blank: u64,
    pub(super) n_filled: u64,
    /// Formats that have fitted every cell so far.
    formats: Vec<(&'static str, DateFormat)>,
    pub(super) is_integer: bool,
    pub(super) is_decimal: bool,
    pub(super) is_flag: bool,
    /// Whether a number begins with a nought, or has more digits than a count.
    pub(super) is_code_like: bool,
    /// Whether every cell has a digit and no space, as codes and ids do and words do not.
    pub(super) has_digits: bool,
    /// Least and most characters of a cell.
    lengths: (usize, usize),
    /// Whether most cells are shaped like a postcode, or a number of ten digits.
    n_identifier_like: u64,
    pub(super) not_known: Vec<String>,
    pub(super) no_days: Vec<&'static str>,
    /// Values with their counts; none once there are too many.
    values: Option<HashMap<String, u64>>,
    /// Fingerprints under a key of this process, to tell whether every cell is another.
    seen: HashSet<u64>,
    state: RandomState,
    pub(super) is_unique: bool,
}

impl Cells {
    pub(super) fn new(name: &str) -> Self {
        let formats = FORMATS.into_iter().filter_map(|p| Some((p, DateFormat::read(p)?)));
        Self {
            name: name.to_owned(),
            n_blank: 0,
            n_filled: 0,
            formats: formats.collect(),
            is_integer: true,
            is_decimal: true,
            is_flag: true,
            is_code_like: false,
            has_digits: true,
            lengths: (usize::MAX, 0),
            n_identifier_like: 0,
            not_known: Vec::new(),
            no_days: Vec::new(),
            values: Some(HashMap::new()),
            seen: HashSet::new(),
            state: RandomState::new(),
            is_unique: true,
        }
    }

    pub(super) fn see(&mut self, cell: &str) {
        if cell.is_empty() {
            self.n_blank += 1;
            self.is_unique = false;
            return;
        }
        self.is_unique = self.is_unique && self.seen.insert(self.state.hash_one(cell));
        if !self.is_unique {
            self.seen = HashSet::new();
        }
        if let Some(text) = NOT_KNOWN.iter().find(|text| **text == cell) {
            if !self.not_known.iter().any(|known| known == text) {
                self.not_known.push((*text).to_owned());
            }
            return;
        }
        self.n_filled += 1;
        self.formats.retain(|(_, format)| reads(format, cell));
        self.note_no_day(cell);
        self.is_integer = self.is_integer && integer(cell).is_ok();
        self.is_decimal = self.is_decimal && decimal(cell).is_ok();
        self.is_flag = self.is_flag
            && ["true", "false", "y", "n", "yes", "no"]
                .iter()
                .any(|f| cell.eq_ignore_ascii_case(f));
        let is_number = cell.bytes().all(|b| b.is_ascii_digit());
        self.is_code_like |=
            is_number && (cell.len() > 9 || cell.len() > 1 && cell.starts_with('0'));
        let has_digit = cell.bytes().any(|b| b.is_ascii_digit());
        self.has_digits &= has_digit && cell.is_ascii() && !cell.contains(' ') && cell.len() <= 40;
        self.lengths = (self.lengths.0.min(cell.len()), self.lengths.1.max(cell.len()));
        self.n_identifier_like += u64::from(is_identifier_like(cell));
        self.count(cell);
    }

    fn note_no_day(&mut self, cell: &str) {
        let Some((_, format)) = self.formats.first() else { return };
        let day = format.date(cell).and_then(crate::contract::date_of).map(|d| d.to_string());
        let known = day.and_then(|day| NO_DAYS.into_iter().find(|known| *known == day));
        if let Some(known) = known.filter(|known| !self.no_days.contains(known)) {
            self.no_days.push(known);
        }
    }

    fn count(&mut self, cell: &str) {
        let Some(values) = &mut self.values else { return };
        if values.len() >= MOST_VALUES && !values.contains_key(cell) {
            self.values = None;
            return;
        }
        *values.entry(cell.to_owned()).or_default() += 1;
    }

    /// The formats that fit every cell, in the order in which they are preferred.
    pub(super) fn formats(&self) -> Vec<&'static str> {
        let has_cells = self.n_filled > 0;
        self.formats.iter().filter(|_| has_cells).map(|(pattern, _)| *pattern).collect()
    }

    /// Whether a cell in a hundred or more is shaped like what names a person.
    pub(super) fn is_identifier_like(&self) -> bool {
        self.n_identifier_like * 100 >= self.n_filled.max(1)
    }

    /// Whether few values come, all of as many digits: `11` and `21` are a code, not a count.
    pub(super) fn is_fixed_code(&self) -> bool {
        let (least, most) = self.lengths;
        self.is_integer && self.values.is_some() && least == most && least >= 2
    }

    /// The values, if there are few, each repeats itself, and none can name anybody.
    pub(super) fn codes(&self) -> Option<Vec<String>> {
        let values = self.values.as_ref()?;
        let is_plain = |(value, n): (&String, &u64)| {
            let n_digits = value.bytes().filter(u8::is_ascii_digit).count();
            *n >= LEAST_REPEATS && value.chars().count() <= 60 && n_digits < 6
        };
        let is_listed =
            !values.is_empty() && !self.is_identifier_like() && values.iter().all(is_plain);
        let mut codes: Vec<String> = values.keys().cloned().collect();
        codes.sort();
        is_listed.then_some(codes)
    }
}

fn reads(format: &DateFormat, cell: &str) -> bool {
    if format.has_day() && format.has_time() {
        format.datetime(cell).is_some()
    } else if format.has_day() {
        format.date(cell).is_some()
    } else if format.has_month() {
        format.month(cell).is_some()
    } else {
        format.time(cell).is_some()
    }
}

/// A number of ten digits, with or without spaces, or a postcode.
fn is_identifier_like(cell: &str) -> bool {
    let letters: Vec<u8> = cell.bytes().filter(|b| !matches!(b, b' ' | b'-')).collect();
    let is_number = letters.len() == 10 && letters.iter().all(u8::is_ascii_digit);
    // `LS1 4AP`: the last three are a digit and two letters, and a letter comes first.
    let is_postcode = (5..=7).contains(&letters.len())
        && letters[0].is_ascii_alphabetic()
        && letters[letters.len() - 3].is_ascii_digit()
        && letters[letters.len() - 2..].iter().all(u8::is_ascii_alphabetic);
    is_number || is_postcode
}
