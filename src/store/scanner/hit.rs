//! What was found, where.

use std::collections::BTreeMap;

/// The kind of identifier that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A known NHS number.
    NhsNumber,
    /// A known family or given name.
    Name,
    /// A known address line.
    AddressLine,
    /// A known postcode.
    Postcode,
    /// A known local identifier.
    LocalId,
    /// A known date of birth.
    BirthDate,
    /// Any number that is valid as an NHS number, in a range that is issued or set aside for tests.
    NhsNumberShape,
    /// Anything written as a full postcode.
    PostcodeShape,
}

impl Kind {
    /// The kind in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NhsNumber => "NHS number",
            Self::Name => "name",
            Self::AddressLine => "address line",
            Self::Postcode => "postcode",
            Self::LocalId => "local identifier",
            Self::BirthDate => "date of birth",
            Self::NhsNumberShape => "valid NHS number",
            Self::PostcodeShape => "text shaped like a postcode",
        }
    }
}

/// One kind of identifier in one place of one file. Never the identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The file; what matches in its name is blanked.
    pub path: String,
    /// Where in the file: `column `x``, `statistics of column `x``, `line 7`, `file name`, …
    pub place: String,
    /// What was found.
    pub kind: Kind,
    /// How often; a value that two decoders see counts twice.
    pub n: u64,
}

impl std::fmt::Display for Hit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {} ({} times)", self.path, self.place, self.kind.as_str(), self.n)
    }
}

/// Hits of one file, gathered by place and kind.
#[derive(Debug, Default)]
pub(super) struct Findings {
    by_place: BTreeMap<(String, Kind), (Option<u64>, u64)>,
}

impl Findings {
    /// Counts one hit.
    pub(super) fn add(&mut self, place: &str, kind: Kind) {
        self.by_place.entry((place.to_owned(), kind)).or_insert((None, 0)).1 += 1;
    }

    /// Counts one hit in a text; the first line that has one is kept.
    pub(super) fn add_line(&mut self, place: &str, kind: Kind, line: impl FnOnce() -> u64) {
        let found = self.by_place.entry((place.to_owned(), kind));
        found.or_insert_with(|| (Some(line()), 0)).1 += 1;
    }

    /// Takes over what was found in a member of an archive.
    pub(super) fn add_member(&mut self, member: &str, inner: Self) {
        for ((place, kind), found) in inner.by_place {
            let place =
                if place.is_empty() { member.to_owned() } else { format!("{member}, {place}") };
            let here = self.by_place.entry((place, kind)).or_insert((found.0, 0));
            here.1 += found.1;
        }
    }

    /// The hits under the file's (blanked) path.
    pub(super) fn into_hits(self, path: &str) -> Vec<Hit> {
        let hit = |((place, kind), (line, n)): ((String, Kind), (Option<u64>, u64))| {
            let line = line.map(|line| format!("line {line}"));
            let place = match (place.is_empty(), line) {
                (true, Some(line)) => line,
                (false, Some(line)) => format!("{place}, {line}"),
                (_, None) => place,
            };
            Hit { path: path.to_owned(), place, kind, n }
        };
        self.by_place.into_iter().map(hit).collect()
    }
}
