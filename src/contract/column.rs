//! One column of a contract.

use serde::Deserialize;

use super::codes::CodeList;
use super::date_formats::DateFormats;
use super::expression::Expression;
use super::normal::Normal;
use super::sentinels::Sentinels;

/// Lines that an address has at most.
pub const ADDRESS_LINES: usize = 4;

/// What a column is about, where that matters to more than its own feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, schemars::JsonSchema)]
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
    /// Birth date, or month of birth (type `month`): only the month reaches a record.
    BirthDate,
    /// Age at the event, as the provider worked it out from a birth date that it does not send.
    Age,
    /// `female`, `male`, `other` after the map.
    Sex,
    /// Postcode: only the small area reaches a record.
    Postcode,
    /// Small area (LSOA) of residence, as the provider looked it up.
    Lsoa,
    /// House name or number: never reaches a record.
    House,
    /// A line of the address; of several columns the lines of one address: never reaches a record.
    AddressLine,
    /// Suburb, town or village: never reaches a record.
    Locality,
    /// State, county or region: never reaches a record.
    Region,
    /// Telephone number: never reaches a record.
    Telephone,
    /// The provider's own id of the person: never reaches a record.
    LocalId,
    /// What an issuer has put in place of the person: never reaches a record.
    Pseudonym,
    /// The provider's own key of the row: tells repeated rows, never reaches a record.
    RowKey,
    /// The provider's code.
    Provider,
    /// When it happened: ages are computed for this date.
    EventDate,
    /// Says that the row takes back an earlier one of the same key.
    Deleted,
    /// Why the provider may not tell who the person is.
    WithheldIdentity,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 21] = [
        Self::NhsNumber,
        Self::NhsNumberStatus,
        Self::FamilyName,
        Self::GivenName,
        Self::BirthDate,
        Self::Age,
        Self::Sex,
        Self::Postcode,
        Self::Lsoa,
        Self::House,
        Self::AddressLine,
        Self::Locality,
        Self::Region,
        Self::Telephone,
        Self::LocalId,
        Self::Pseudonym,
        Self::RowKey,
        Self::Provider,
        Self::EventDate,
        Self::Deleted,
        Self::WithheldIdentity,
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
            Self::Age => "age",
            Self::Sex => "sex",
            Self::Postcode => "postcode",
            Self::Lsoa => "lsoa",
            Self::House => "house",
            Self::AddressLine => "address_line",
            Self::Locality => "locality",
            Self::Region => "region",
            Self::Telephone => "telephone",
            Self::LocalId => "local_id",
            Self::Pseudonym => "pseudonym",
            Self::RowKey => "row_key",
            Self::Provider => "provider",
            Self::EventDate => "event_date",
            Self::Deleted => "deleted",
            Self::WithheldIdentity => "withheld_identity",
        }
    }

    /// What the column is about and what becomes of it, in a sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NhsNumber => {
                "The NHS number. Checked (length, check digit, class), kept as a token only."
            }
            Self::NhsNumberStatus => {
                "The status of the NHS number; a number is trusted if it is `01`, or if the feed \
                 has no such column."
            }
            Self::FamilyName => "The family name. Kept as tokens of its spelling and its sound.",
            Self::GivenName => "The given name. Kept as tokens of its spelling, sound and initial.",
            Self::BirthDate => {
                "The date of birth, type `date`; or, type `month`, its month where no more is sent \
                 (HES `MYDOB`, `%m%Y`). Kept as tokens, as `birth_month` and in the age at the \
                 event."
            }
            Self::Age => {
                "The age at the event in completed years, type `integer`, 0 to 130, or one of \
                 HES's codes for infants: 7001 under a day, 7002 1 to 6 days, 7003 7 to 28, 7004 29 \
                 to 90, 7005 91 to 181, 7006 182 to 272, 7007 273 to under a year. It goes before an \
                 age computed from the birth date; where the two cannot both be right, the finding \
                 `age_disagrees` counts the row. Under a day, the event's date is the birth date, \
                 so it becomes a month."
            }
            Self::Sex => "Sex: `female`, `male` or `other` after the map.",
            Self::Postcode => {
                "The postcode of residence. Kept as tokens, and as `lsoa_code` and `is_resident` by \
                 the look-up of the pipeline."
            }
            Self::Lsoa => {
                "The small area of residence where the provider sends it in place of a postcode. \
                 Kept as `lsoa_code`, and as `is_resident` by the pipeline's list of its own areas."
            }
            Self::House => {
                "House name or number. Kept as a token, and with the postcode as `household`."
            }
            Self::AddressLine => {
                "A line of the address; up to four columns have this role, in the order of the lines. \
                 Kept as a token and a keyed filter of the street's words and of the other words, \
                 and, without a column for the house, as a token of the number before the street."
            }
            Self::Locality => "The suburb, town or village. Kept as a token and a keyed filter.",
            Self::Region => "The state, county or region. Kept as a token.",
            Self::Telephone => "A telephone number. Kept as a token of its last nine digits.",
            Self::LocalId => {
                "The provider's own id of the person. Kept as a token under the contract's \
                 `local_id_scope` and the provider: the same id at another provider is another \
                 person. Letter case does not matter."
            }
            Self::Pseudonym => {
                "What an issuer has put in place of the person: HES's `PSEUDO_HESID`, a research \
                 extract's patient key. Kept as a token under the contract's `issuer`, whoever the \
                 provider is. Letter case matters. A contract has this or a `local_id`."
            }
            Self::RowKey => {
                "The provider's own key of the row where it may not be kept: some hold an NHS \
                 number, and some are shaped like one. It tells repeated rows, as part of the \
                 contract's `key`, and goes no further."
            }
            Self::Provider => "The provider's code: `provider_code`.",
            Self::EventDate => {
                "When it happened, a `date` or `datetime`: ages are about this day. Of published \
                 figures what they are about, a `month` too."
            }
            Self::Deleted => {
                "Marks a row that takes back an earlier one: where the column's `filter` holds, the \
                 record of the same key goes, from whichever earlier delivery. The row's other \
                 columns may be blank. It counts as filtered."
            }
            Self::WithheldIdentity => {
                "Why the provider may not tell who the person is (`WITHHELD IDENTITY REASON`). A row \
                 with a reason is counted under the finding `withheld_identity`, and is not refused \
                 for want of a number, name, birth date, address or id."
            }
        }
    }

    /// How many columns of a contract may have it.
    #[must_use]
    pub fn n_columns(self) -> usize {
        if self == Self::AddressLine { ADDRESS_LINES } else { 1 }
    }

    /// Whether it tells who the person is.
    #[must_use]
    pub fn identifies(self) -> bool {
        !matches!(self, Self::Provider | Self::EventDate | Self::RowKey | Self::WithheldIdentity)
    }

    /// Whether the column itself goes on into the record, under its `as` name.
    #[must_use]
    pub fn is_kept(self) -> bool {
        matches!(self, Self::NhsNumberStatus | Self::EventDate | Self::WithheldIdentity)
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
    Date(DateFormats),
    /// A date and time on the local clock.
    DateTime(DateFormats),
    /// A time of day.
    Time(DateFormats),
    /// A month.
    Month(DateFormats),
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

    /// The declared formats of dates and times.
    #[must_use]
    pub fn formats(&self) -> Option<&DateFormats> {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
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
        let mut bytes = text.bytes();
        match self {
            Self::Digits => bytes.all(|byte| byte.is_ascii_digit()),
            Self::Letters => bytes.all(|byte| byte.is_ascii_alphabetic()),
            Self::Alphanumeric => bytes.all(|byte| byte.is_ascii_alphanumeric()),
        }
    }
}

/// Another name that headers have had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// The last version of the layout that had it, if that is known.
    pub until: Option<String>,
}

/// One column of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name in the provider's header; of a derived column its name in the record.
    pub name: String,
    /// Other names that headers have had.
    pub aliases: Vec<Alias>,
    /// What it holds, in words; empty if the contract does not say.
    pub description: String,
    /// The name in the record; `None` if the column itself does not reach it.
    pub field: Option<String>,
    /// What the column is about.
    pub role: Option<Role>,
    /// How its cells are read.
    pub kind: Kind,
    /// Place of the column that says how much of a date is known.
    pub precision: Option<usize>,
    /// Whether a blank or wrong cell refuses the row.
    pub required: bool,
    /// Whether the column is read at all.
    pub is_dropped: bool,
    /// The values that are valid; any if empty.
    pub codes: CodeList,
    /// What the values of [`codes`](Self::codes) become, if they are mapped; `None` for null.
    pub targets: Option<Vec<Option<String>>>,
    /// Of the valid values those that say "other".
    pub other: CodeList,
    /// Stand-ins for "not known".
    pub sentinels: Sentinels,
    /// How values are brought to one form.
    pub normal: Normal,
    /// Least value: of a number, or the days of a date.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// Which characters a text may hold.
    pub pattern: Option<Pattern>,
    /// Rows with one of these values are filtered out.
    pub filter: Vec<String>,
    /// What computes the column, if no file holds it.
    pub derived: Option<Expression>,
}

impl Column {
    /// Whether every cell of a text is what it says, but for powers of ten.
    pub(super) fn is_read_as_it_is(&self) -> bool {
        let is_any = self.codes.is_empty() && self.pattern.is_none() && self.normal.is_none();
        is_any && !self.sentinels.has_texts()
    }
}

impl Column {
    /// Where the column's content goes in the record; `None` if only a token of it is kept, or nothing.
    #[must_use]
    pub fn stored_as(&self) -> Option<&str> {
        let of_role = |role: Role| match role {
            Role::Provider => Some("provider_code"),
            Role::Sex => Some("sex"),
            Role::BirthDate => Some("birth_month"),
            Role::Postcode | Role::Lsoa => Some("lsoa_code"),
            Role::Age => Some("age_at_event"),
            _ => None,
        };
        self.field.as_deref().or_else(|| self.role.and_then(of_role))
    }

    /// Whether a value that a record holds says "other".
    #[must_use]
    pub fn is_other(&self, value: &str) -> bool {
        self.other.position(value).is_some()
    }

    /// The name that the contract's rules use.
    #[must_use]
    pub fn rule_name(&self) -> Option<&str> {
        self.field.as_deref().or(self.role.map(Role::as_str))
    }
}
