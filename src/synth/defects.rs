//! What is wrong with the extracts: each defect's dial, and how often it was done.

use std::collections::BTreeMap;

use super::SynthError;

/// Something that goes wrong in extracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    NhsMissing = 0,
    NhsMistyped,
    NhsOfAnother,
    NhsOfNobody,
    NhsSpaced,
    NhsSuperseded,
    ShortName,
    NameMistyped,
    NamesSwapped,
    FormerName,
    BirthSwapped,
    BirthMissing,
    OldPostcode,
    PostcodeMissing,
    PostcodeSqueezed,
    NamesMissing,
    BadDate,
    EndBeforeStart,
    BadRequiredCode,
    BadOptionalCode,
    Duplicate,
    Ragged,
    Deleted,
    Dummy,
    SexMissing,
    NhsNineDigits,
    NhsScientific,
    NhsFloat,
    DateSentinel,
    UnclosedQuote,
    Padding,
    BlankLines,
    RenamedHeaders,
    RepeatedHeader,
    Footer,
    Bom,
    Windows1252,
    Sensitive,
    RepeatedFile,
    LateFile,
    LowMonth,
    LateRow,
    Uncoded,
    Corrected,
    Withdrawn,
    Tombstone,
}

/// How a defect is called, how often it is done, and what it is.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Share of what could have it; not a number where each feed has its own.
    pub(crate) rate: f64,
    pub(crate) note: &'static str,
}

const fn kind(name: &'static str, rate: f64, note: &'static str) -> Kind {
    Kind { name, rate, note }
}

/// Wrong NHS numbers: another's, nobody's, and slips that fail the check digit.
const NHS_WRONG: f64 = 0.01;
/// Mean days until a system learns of a move, which makes about 3 % of rows carry an old postcode.
pub(crate) const DAYS_TO_LEARN_OF_MOVE: f64 = 165.0;
/// Mean days until a system learns of a new family name.
pub(crate) const DAYS_TO_LEARN_OF_NAME: f64 = 400.0;
/// Rows without a postcode, where a desk has no rate of its own.
pub(crate) const POSTCODE_MISSING: f64 = 0.02;

const N_DEFECTS: usize = Defect::Tombstone as usize + 1;

/// Every defect that `truth/defects.csv` counts, in the order of [`Defect`].
const KINDS: [Kind; N_DEFECTS] = [
    kind("nhs_missing", f64::NAN, "no NHS number; the rate is the feed's own"),
    kind("nhs_mistyped", NHS_WRONG * 0.60, "fails the check digit"),
    kind("nhs_of_another", NHS_WRONG * 0.25, "another person's number, status 02"),
    kind("nhs_of_nobody", NHS_WRONG * 0.15, "valid number of the test range that nobody has"),
    kind("nhs_spaced", 0.05, "spaces or hyphens in the number"),
    kind("nhs_superseded", f64::NAN, "the person's old number; reference/superseded.csv leads on"),
    kind("short_name", 0.06, "short form of the given name, by system and person"),
    kind("name_mistyped", 0.02, "given or family name, by system and person"),
    kind("names_swapped", 0.003, "given and family name the wrong way round"),
    kind("former_name", f64::NAN, "name before marriage, until the system learns of it"),
    kind("birth_swapped", 0.005, "day and month of birth the wrong way round"),
    kind("birth_missing", 0.004, "no birth date, or 1900-01-01 where that is a sentinel"),
    kind("old_postcode", f64::NAN, "previous address, about 3 %, until the system learns of it"),
    kind("postcode_missing", f64::NAN, "no postcode; 2 %, ambulance 15 %"),
    kind("postcode_squeezed", 0.06, "lower case or no space"),
    kind("names_missing", f64::NAN, "no name; ambulance only, 25 %"),
    kind(
        "bad_date",
        0.0015,
        "event date is 31 February: the row is refused; twice as often where the layout has no end date",
    ),
    kind("end_before_start", 0.0015, "the row is refused"),
    kind("bad_required_code", 0.001, "the row is refused"),
    kind("bad_optional_code", 0.002, "the value is lost, the row is kept"),
    kind("duplicate", 0.005, "the same row again, byte for byte"),
    kind(
        "ragged",
        f64::NAN,
        "a field too few or too many: op and csds, two rows each in the first file",
    ),
    kind("deleted", 0.005, "gp_event only: Deleted=true"),
    kind("dummy", f64::NAN, "gp_registration only: DummyType=true, three rows"),
    kind("sex_missing", 0.002, "sex not stated"),
    kind("nhs_nine_digits", 0.0, "the first digit is lost"),
    kind("nhs_scientific", 0.0, "9.99E+09: digits are lost for good"),
    kind("nhs_float", 0.0, "`.0` after the number"),
    kind(
        "date_sentinel",
        0.0,
        "event date 1800-01-01, where the contract knows it: the row is refused",
    ),
    kind("unclosed_quote", 0.0, "a quotation mark that nothing closes: the row is refused"),
    kind("padding", f64::NAN, "files with spaces after every one-letter code; RAE's first of op"),
    kind("blank_lines", f64::NAN, "files with a blank line after every 97th row"),
    kind("renamed_headers", f64::NAN, "files with old spellings of headers; first of csds, mhsds"),
    kind("repeated_header", 0.0, "files with the header again in their middle"),
    kind("footer", 0.0, "files that end with the number of their rows"),
    kind("bom", f64::NAN, "files with a byte order mark; csc"),
    kind("windows_1252", f64::NAN, "files in Windows-1252; third_sector"),
    kind("sensitive", 0.0, "gp_event only: rows coded as restricted by law"),
    kind("repeated_file", 0.0, "files that come again under another name"),
    kind("late_file", 0.0, "monthly files that arrive a month after they are due"),
    kind("low_month", 0.0, "csds only: rows lost of the month in the middle of the window"),
    kind("late_row", 0.04, "monthly only: rows that a later file brings"),
    kind("uncoded", 0.12, "monthly apc only: primary diagnosis R69X until the freeze"),
    kind("corrected", 0.02, "monthly only: a value that a later file corrects"),
    kind("withdrawn", 0.003, "monthly only: rows that the next file no longer has"),
    kind("tombstone", 0.005, "monthly gp only: rows that a later delta deletes"),
];

impl Defect {
    /// As the truth and the settings name it.
    pub(crate) fn name(self) -> &'static str {
        KINDS[self as usize].name
    }
}

/// How often each defect is done, 0 to 1.
#[derive(Debug, Clone)]
pub struct Dials([f64; N_DEFECTS]);

impl Default for Dials {
    fn default() -> Self {
        Self(std::array::from_fn(|i| KINDS[i].rate))
    }
}

impl PartialEq for Dials {
    fn eq(&self, other: &Self) -> bool {
        self.0.map(f64::to_bits) == other.0.map(f64::to_bits)
    }
}

impl Dials {
    /// Nothing is wrong with any extract.
    #[must_use]
    pub fn clean() -> Self {
        Self([0.0; N_DEFECTS])
    }

    /// Turns a dial. `all` turns every one.
    ///
    /// # Errors
    /// There is no such defect, or the rate is not from 0 to 1.
    pub fn set(&mut self, name: &str, rate: f64) -> Result<(), SynthError> {
        if !(0.0..=1.0).contains(&rate) {
            return Err(SynthError::Rate { defect: name.to_owned() });
        }
        if name == "all" {
            self.0 = [rate; N_DEFECTS];
            return Ok(());
        }
        let at = KINDS
            .iter()
            .position(|kind| kind.name == name)
            .ok_or_else(|| SynthError::NoSuchDefect { defect: name.to_owned() })?;
        self.0[at] = rate;
        Ok(())
    }

    /// The rate; not a number where the feed's own holds.
    pub(crate) fn rate(&self, defect: Defect) -> f64 {
        self.0[defect as usize]
    }

    /// The rate, or the feed's own.
    pub(crate) fn rate_or(&self, defect: Defect, own: f64) -> f64 {
        let rate = self.rate(defect);
        if rate.is_nan() { own } else { rate }
    }

    /// A feed's own rate where the dial stands as it was made, else the dial's.
    pub(crate) fn rate_if_turned(&self, defect: Defect, own: f64) -> f64 {
        if self.is_turned(defect) { self.rate(defect) } else { own }
    }

    /// Whether a dial does not stand as it was made.
    pub(crate) fn is_turned(&self, defect: Defect) -> bool {
        self.rate(defect).to_bits() != KINDS[defect as usize].rate.to_bits()
    }

    /// Every dial that was turned, by name.
    pub(crate) fn turned(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        let is_turned = |i: &usize| self.0[*i].to_bits() != KINDS[*i].rate.to_bits();
        (0..N_DEFECTS).filter(is_turned).map(|i| (KINDS[i].name, self.0[i]))
    }

    /// Every defect: its name, its rate if one holds for all feeds, and what it is.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, Option<f64>, &'static str)> {
        KINDS
            .iter()
            .zip(self.0)
            .map(|(k, rate)| (k.name, Some(rate).filter(|r| !r.is_nan()), k.note))
    }
}

/// How often each defect was done to each feed.
#[derive(Default)]
pub(crate) struct Tally {
    done: BTreeMap<(&'static str, &'static str), u64>,
    rows: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a defect.
    pub(crate) fn add(&mut self, feed: &'static str, defect: &'static str) {
        *self.done.entry((feed, defect)).or_default() += 1;
    }

    /// Counts rows that could have had one.
    pub(crate) fn add_rows(&mut self, feed: &'static str, n: u64) {
        *self.rows.entry(feed).or_default() += n;
    }

    /// Adds another's counts.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, n) in other.done {
            *self.done.entry(key).or_default() += n;
        }
        for (feed, n) in other.rows {
            self.add_rows(feed, n);
        }
    }

    /// How often a defect was done to a feed.
    pub(crate) fn n(&self, feed: &str, defect: &str) -> u64 {
        self.done.iter().filter(|((f, d), _)| *f == feed && *d == defect).map(|(_, n)| n).sum()
    }

    /// Feeds with their rows, duplicates apart.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.rows.iter().map(|(feed, n)| (*feed, *n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_the_defects() {
        assert_eq!(Defect::NhsMissing.name(), "nhs_missing");
        assert_eq!(Defect::Dummy.name(), "dummy");
        assert_eq!(Defect::UnclosedQuote.name(), "unclosed_quote");
        assert_eq!(Defect::Windows1252.name(), "windows_1252");
        assert_eq!(Defect::LateRow.name(), "late_row");
        assert_eq!(Defect::Tombstone.name(), "tombstone");
    }

    #[test]
    fn dials_take_shares_of_known_defects_only() {
        let mut dials = Dials::default();
        assert!(dials.set("duplicate", 1.0).is_ok() && dials.set("bom", 0.0).is_ok());
        assert_eq!(dials.turned().collect::<Vec<_>>(), [("duplicate", 1.0), ("bom", 0.0)]);
        assert!(dials.set("duplicates", 0.5).is_err());
        assert!(dials.set("duplicate", 1.5).is_err());
        assert!(dials.set("duplicate", f64::NAN).is_err());
    }
}
