//! What is wrong with the extracts: each defect's rate, and how often it was done.

use std::collections::BTreeMap;

/// A defect, how often it is meant to happen, and what it is.
pub(crate) struct Defect {
    pub(crate) name: &'static str,
    /// Share of the rows that could have it.
    pub(crate) rate: f64,
    pub(crate) note: &'static str,
}

const fn defect(name: &'static str, rate: f64, note: &'static str) -> Defect {
    Defect { name, rate, note }
}

/// Wrong NHS numbers: another's, nobody's, and slips that fail the check digit.
pub(crate) const NHS_WRONG: f64 = 0.01;
/// NHS numbers written with spaces or hyphens.
pub(crate) const NHS_SPACED: f64 = 0.05;
/// Old numbers before the change: half of the rows.
pub(crate) const NHS_SUPERSEDED: f64 = 0.5;
/// Persons whom a system knows by their short name.
pub(crate) const SHORT_NAME: f64 = 0.06;
/// Persons whose given or family name a system holds mistyped.
pub(crate) const NAME_MISTYPED: f64 = 0.02;
/// Persons whose names a system holds the wrong way round.
pub(crate) const NAMES_SWAPPED: f64 = 0.003;
/// Persons whose day and month of birth a system holds the wrong way round.
pub(crate) const BIRTH_SWAPPED: f64 = 0.005;
/// Persons whose birth date a system does not hold, or holds as 1900-01-01.
pub(crate) const BIRTH_MISSING: f64 = 0.004;
/// Rows without a postcode.
pub(crate) const POSTCODE_MISSING: f64 = 0.02;
/// Rows with a postcode in lower case or without its space.
pub(crate) const POSTCODE_SQUEEZED: f64 = 0.06;
/// Mean days until a system learns of a move, which makes about 3 % of rows carry an old postcode.
pub(crate) const DAYS_TO_LEARN_OF_MOVE: f64 = 165.0;
/// Mean days until a system learns of a new family name.
pub(crate) const DAYS_TO_LEARN_OF_NAME: f64 = 400.0;
/// Rows without a stated sex.
pub(crate) const SEX_MISSING: f64 = 0.002;
/// Rows whose event's date is none.
pub(crate) const BAD_DATE: f64 = 0.0015;
/// Rows that end before they start (where the layout has an end; else a date that is none).
pub(crate) const END_BEFORE_START: f64 = 0.0015;
/// Rows with a required code that is not in the list.
pub(crate) const BAD_REQUIRED_CODE: f64 = 0.001;
/// Rows with another code that is not in the list.
pub(crate) const BAD_OPTIONAL_CODE: f64 = 0.002;
/// Rows that come twice, byte for byte.
pub(crate) const DUPLICATE: f64 = 0.005;
/// Coded events that the practice deleted.
pub(crate) const DELETED: f64 = 0.005;

/// Every defect that `truth/defects.csv` counts.
pub(crate) const DEFECTS: [Defect; 24] = [
    defect("nhs_missing", f64::NAN, "no NHS number; the rate is the feed's own"),
    defect("nhs_mistyped", NHS_WRONG * 0.60, "fails the check digit"),
    defect("nhs_of_another", NHS_WRONG * 0.25, "another person's number, status 02"),
    defect("nhs_of_nobody", NHS_WRONG * 0.15, "valid number of the test range that nobody has"),
    defect("nhs_spaced", NHS_SPACED, "spaces or hyphens in the number"),
    defect(
        "nhs_superseded",
        f64::NAN,
        "the person's old number; reference/superseded.csv leads on",
    ),
    defect("short_name", SHORT_NAME, "short form of the given name, by system and person"),
    defect("name_mistyped", NAME_MISTYPED, "given or family name, by system and person"),
    defect("names_swapped", NAMES_SWAPPED, "given and family name the wrong way round"),
    defect("former_name", f64::NAN, "name before marriage, until the system learns of it"),
    defect("birth_swapped", BIRTH_SWAPPED, "day and month of birth the wrong way round"),
    defect("birth_missing", BIRTH_MISSING, "no birth date, or 1900-01-01 where that is a sentinel"),
    defect("old_postcode", f64::NAN, "previous address, about 3 %, until the system learns of it"),
    defect("postcode_missing", f64::NAN, "no postcode; 2 %, ambulance 15 %"),
    defect("postcode_squeezed", POSTCODE_SQUEEZED, "lower case or no space"),
    defect("names_missing", f64::NAN, "no name; ambulance only, 25 %"),
    defect(
        "bad_date",
        BAD_DATE,
        "event date is 31 February: the row is refused; twice as often where the layout has no end date",
    ),
    defect("end_before_start", END_BEFORE_START, "the row is refused"),
    defect("bad_required_code", BAD_REQUIRED_CODE, "the row is refused"),
    defect("bad_optional_code", BAD_OPTIONAL_CODE, "the value is lost, the row is kept"),
    defect("duplicate", DUPLICATE, "the same row again, byte for byte"),
    defect(
        "ragged",
        f64::NAN,
        "a field too few or too many: op and csds, two rows each in the first file",
    ),
    defect("deleted", DELETED, "gp_event only: Deleted=true"),
    defect("dummy", f64::NAN, "gp_registration only: DummyType=true, three rows"),
];

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

    /// How often a defect was done to a feed.
    pub(crate) fn n(&self, feed: &str, defect: &str) -> u64 {
        self.done.iter().filter(|((f, d), _)| *f == feed && *d == defect).map(|(_, n)| n).sum()
    }

    /// Feeds with their rows, duplicates apart.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.rows.iter().map(|(feed, n)| (*feed, *n))
    }
}
