//! Files to be: which rows in which order, what is odd about the file, what is planted in a row.

use super::layouts::Layout;
pub(crate) use super::rows::Row;
use super::rows::Rows;

/// What was planted in a row, beside what its identifiers suffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    Nothing,
    BadDate,
    EndBeforeStart,
    BadRequiredCode,
    BadOptionalCode,
    Ragged,
    Deleted,
    Dummy,
    Duplicate,
    /// The same attendance under another key.
    SentTwice,
    /// A contact of a pathway that `iapt` counts.
    AlsoInIapt,
    DateSentinel,
    UnclosedQuote,
    /// Coded as restricted by law.
    Sensitive,
    /// Its primary diagnosis is not coded yet.
    Uncoded,
    /// A value that a later file corrects.
    Provisional,
    /// The value corrected, under the same key.
    Corrected,
    /// Gone from the next file.
    Withdrawn,
    /// Deletes the row of its key.
    Tombstone,
    /// Brought by a later file than its date asks for.
    Late,
}

impl Planted {
    /// As the truth writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::BadDate => "bad_date",
            Self::EndBeforeStart => "end_before_start",
            Self::BadRequiredCode => "bad_required_code",
            Self::BadOptionalCode => "bad_optional_code",
            Self::Ragged => "ragged",
            Self::Deleted => "deleted",
            Self::Dummy => "dummy",
            Self::Duplicate => "duplicate",
            Self::SentTwice => "sent_twice",
            Self::AlsoInIapt => "also_in_iapt",
            Self::DateSentinel => "date_sentinel",
            Self::UnclosedQuote => "unclosed_quote",
            Self::Sensitive => "sensitive",
            Self::Uncoded => "uncoded",
            Self::Provisional => "provisional",
            Self::Corrected => "corrected",
            Self::Withdrawn => "withdrawn",
            Self::Tombstone => "tombstone",
            Self::Late => "late_row",
        }
    }

    /// Whether the contract refuses or filters such a row.
    pub(crate) fn is_unreadable(self) -> bool {
        matches!(
            self,
            Self::BadDate
                | Self::EndBeforeStart
                | Self::BadRequiredCode
                | Self::Ragged
                | Self::Deleted
                | Self::Dummy
                | Self::DateSentinel
                | Self::UnclosedQuote
                | Self::Sensitive
                | Self::Tombstone
        )
    }

    /// Whether the row is still whole, so that damage may strike it: one fault a row at most.
    pub(crate) fn may_be_damaged(self) -> bool {
        matches!(
            self,
            Self::Nothing
                | Self::Uncoded
                | Self::Provisional
                | Self::Corrected
                | Self::Withdrawn
                | Self::Late
        )
    }
}

/// How a row stands in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// As it is.
    Full,
    /// Without its codes.
    Uncoded,
    /// With a value that will be corrected.
    Provisional,
    /// With the value that corrects it.
    Corrected,
    /// A copy under a key of its own that the next file no longer has.
    Withdrawn,
    /// Only the key, and that it is deleted.
    Tombstone,
    /// As it is, in a later file.
    Late,
}

impl Version {
    /// What the truth calls a row of this version.
    pub(crate) fn planted(self) -> Planted {
        match self {
            Self::Full => Planted::Nothing,
            Self::Uncoded => Planted::Uncoded,
            Self::Provisional => Planted::Provisional,
            Self::Corrected => Planted::Corrected,
            Self::Withdrawn => Planted::Withdrawn,
            Self::Tombstone => Planted::Tombstone,
            Self::Late => Planted::Late,
        }
    }
}

/// A row's place in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    /// Its position among the rows.
    pub(crate) row: u32,
    pub(crate) version: Version,
    /// The number of its key; 0 if the file is to number it.
    pub(crate) key: u32,
}

impl Placed {
    /// A row as it is, to be numbered by the file.
    pub(crate) fn plain(row: usize) -> Self {
        Self { row: row as u32, version: Version::Full, key: 0 }
    }
}

/// One file to be, or what one batch of people adds to it.
pub(crate) struct Sheet<'a> {
    pub(crate) layout: &'static Layout,
    pub(crate) provider: &'a str,
    /// What stands behind the provider in the file's name.
    pub(crate) period: String,
    pub(crate) rows: &'a Rows,
    pub(crate) placed: Vec<Placed>,
    pub(crate) quirk: Quirk,
    /// Its number among the monthly deliveries.
    pub(crate) delivery: Option<usize>,
}

impl<'a> Sheet<'a> {
    /// A file of all rows as they are.
    pub(crate) fn plain(
        layout: &'static Layout,
        provider: &'a str,
        period: String,
        rows: &'a Rows,
    ) -> Self {
        let placed = (0..rows.len()).map(Placed::plain).collect();
        Self { layout, provider, period, rows, placed, quirk: Quirk::None, delivery: None }
    }
}

/// What is odd about one file where no dial says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quirk {
    None,
    /// Other spellings of some headers.
    Headers,
    /// A field too few in one row, one too many in another.
    Ragged,
    /// Spaces after every code.
    Padding,
    /// A blank line after every 97th row.
    BlankLines,
}
