//! One column of a contract.

use serde::Deserialize;

use super::codes::CodeList;
use super::date_format::DateFormat;

/// What a column is about, where that matters to more than its own feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// NHS number: never reaches a record.
    NhsNumber,
    /// Status of the NHS number (01: verified).
    NhsNumberStatus,
    /// Family name: never reaches a record.
    FamilyName,
    /// Given name: never reaches a record.
    GivenName,
    /// Birth date, or month of birth: only the month reaches a record.
    BirthDate,
    /// `female`, `male`, `other` after the map.
    Sex,
    /// Postcode: only the small area reaches a record.
    Postcode,
    /// House name or number: never reaches a record.
    House,
    /// The provider's own id of the person: never reaches a record.
    LocalId,
    /// The provider's code.
    Provider,
    /// When it happened: ages are computed for this date.
    EventDate,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 11] = [
        Self::NhsNumber,
        Self::NhsNumberStatus,
        Self::FamilyName,
        Self::GivenName,
        Self::BirthDate,
        Self::Sex,
        Self::Postcode,
        Self::House,
        Self::LocalId,
        Self::Provider,
        Self::EventDate,
    ];

    /// The role as contracts write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NhsNumber => "nhs_number",
            Self::NhsNumberStatus => "nhs_number_status",
            Self::FamilyName => "family_name",
            Self::GivenName => "given_name",
            Self::BirthDate => "birth_date",
            Self::Sex => "sex",
            Self::Postcode => "postcode",
            Self::House => "house",
            Self::LocalId => "local_id",
            Self::Provider => "provider",
            Self::EventDate => "event_date",
        }
    }

    /// Whether the column itself goes on into the record, under its `as` name.
    #[must_use]
    pub fn is_kept(self) -> bool {
        matches!(self, Self::NhsNumberStatus | Self::EventDate)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a column's cells are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A code: text that is never a number.
    Code,
    /// A date.
    Date(DateFormat),
    /// A date and time on the local clock.
    DateTime(DateFormat),
    /// A time of day.
    Time(DateFormat),
    /// A month.
    Month(DateFormat),
    /// A whole number.
    Integer,
    /// A decimal number.
    Decimal,
    /// A decimal number that is kept as a whole one: pounds as pence.
    Scaled(u32),
    /// Yes or no.
    Flag,
}

impl Kind {
    /// The type as contracts write it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Code => "code",
            Self::Date(_) => "date",
            Self::DateTime(_) => "datetime",
            Self::Time(_) => "time",
            Self::Month(_) => "month",
            Self::Integer => "integer",
            Self::Decimal | Self::Scaled(_) => "decimal",
            Self::Flag => "flag",
        }
    }

    /// The declared format of dates and times.
    #[must_use]
    pub fn format(&self) -> Option<&DateFormat> {
        match self {
            Self::Date(f) | Self::DateTime(f) | Self::Time(f) | Self::Month(f) => Some(f),
            _ => None,
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Code)
    }
}

/// Which characters a text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// ASCII digits.
    Digits,
    /// ASCII letters.
    Letters,
    /// ASCII letters and digits.
    Alphanumeric,
}

impl Pattern {
    pub(super) fn fits(self, text: &str) -> bool {
        let fits = match self {
            Self::Digits => u8::is_ascii_digit,
            Self::Letters => u8::is_ascii_alphabetic,
            Self::Alphanumeric => u8::is_ascii_alphanumeric,
        };
        text.bytes().all(|byte| fits(&byte))
    }
}

/// One column of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name in the provider's header.
    pub name: String,
    /// Other names that headers have had.
    pub aliases: Vec<String>,
    /// The name in the record; `None` if the column itself does not reach it.
    pub field: Option<String>,
    /// What the column is about.
    pub role: Option<Role>,
    /// How its cells are read.
    pub kind: Kind,
    /// Whether a blank or wrong cell refuses the row.
    pub required: bool,
    /// Whether the column is read at all.
    pub is_dropped: bool,
    /// The values that are valid; any if empty.
    pub codes: CodeList,
    /// What the values of [`codes`](Self::codes) become, if they are mapped; `None` for null.
    pub targets: Option<Vec<Option<String>>>,
    /// Stand-ins for "not known".
    pub sentinels: CodeList,
    /// Least value: of a number, or the days of a date.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// Which characters a text may hold.
    pub pattern: Option<Pattern>,
    /// Rows with this value are filtered out.
    pub filter: Option<String>,
}

impl Column {
    /// Where the column's content goes in the record; `None` if only a token of it is kept, or nothing.
    #[must_use]
    pub fn stored_as(&self) -> Option<&str> {
        self.field.as_deref().or(match self.role? {
            Role::Provider => Some("provider_code"),
            Role::Sex => Some("sex"),
            Role::BirthDate => Some("birth_month"),
            Role::Postcode => Some("lsoa_code"),
            _ => None,
        })
    }

    /// The name that the contract's rules use.
    #[must_use]
    pub fn rule_name(&self) -> Option<&str> {
        self.field.as_deref().or(self.role.map(Role::as_str))
    }
}
