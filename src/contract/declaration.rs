//! A contract as TOML says it, before it is checked.
//!
//! The comments of keys are what an editor shows: they go into the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::column::{Pattern, Role};
use super::date_formats::Partial;
use super::feed_kind::FeedKind;
use super::normal::Case;
use super::placed::Placed;
use super::restricted::RestrictedToml;
use super::scalar::Scalar;
use crate::extract::Encoding;

/// What a feed's files must look like.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Contract")]
pub(super) struct ContractToml {
    /// The feed: its records are the table `record.<feed>`.
    pub(super) feed: Placed<String>,
    /// This contract's version.
    pub(super) version: String,
    /// What the feed is, in words.
    pub(super) title: String,
    /// The sector that sends it.
    pub(super) sector: String,
    /// The published specification that it follows.
    pub(super) source: String,
    /// The encoding of its files.
    #[serde(default)]
    pub(super) kind: FeedKind,
    #[serde(default)]
    pub(super) licence: String,
    #[serde(default)]
    pub(super) vintage: String,
    #[serde(default)]
    pub(super) encoding: Encoding,
    /// The character between fields: one ASCII character.
    pub(super) delimiter: Option<Placed<String>>,
    /// `none`: the file does not name its columns, which are the contract's in their order.
    pub(super) header: Option<Placed<String>>,
    /// Records that make up the header; 1 if not given.
    pub(super) header_rows: Option<Placed<usize>>,
    /// Which of the header's records holds the names, from 1.
    pub(super) names_row: Option<Placed<usize>>,
    /// Physical lines above the header that are not read.
    pub(super) skip_lines: Option<Placed<u64>>,
    /// The header is the first record that begins with this cell.
    pub(super) header_first_cell: Option<Placed<String>>,
    /// Texts that the first cell of a footer begins with.
    #[serde(default)]
    pub(super) footer: Vec<Placed<String>>,
    /// The file in an archive that holds several: its name, with at most one `*`.
    pub(super) member: Option<Placed<String>>,
    /// The sheet of a workbook by name, or by place from 1.
    pub(super) sheet: Option<Placed<SheetToml>>,
    /// How XML is read as a table.
    pub(super) xml: Option<Placed<XmlToml>>,
    /// Feeds that share one share their patients' ids at a provider; the feed's own unless given.
    pub(super) local_id_scope: Option<String>,
    /// Who issued the ids of the column with the role `pseudonym`.
    pub(super) issuer: Option<Placed<String>>,
    /// Under which key of the issuer: those of another key are other pseudonyms.
    pub(super) key_id: Option<Placed<String>>,
    /// How postcodes are shaped: `uk` if not given, `digits4` and the like, or a pattern of `A` (a letter)
    /// and `9` (a digit) such as `A9A9A9`.
    pub(super) postcode: Option<Placed<String>>,
    /// Names that the header has and no row has a field for.
    #[serde(default)]
    pub(super) header_only: Vec<Placed<String>>,
    /// How names of a header are compared.
    #[serde(default)]
    pub(super) header_match: HeaderMatch,
    /// Columns that name a row: a second row with the same key is a duplicate.
    pub(super) key: Placed<Vec<Placed<String>>>,
    /// Stand-ins for "not known" in every column of a type that does not mean something by them.
    #[serde(default)]
    pub(super) sentinels_by_type: SentinelsToml,
    /// The columns.
    pub(super) column: Vec<Placed<ColumnToml>>,
    /// What must hold in each row.
    #[serde(default)]
    pub(super) restricted: Vec<RestrictedToml>,
    #[serde(default)]
    pub(super) rule: Vec<RuleToml>,
    /// Shares of rows beyond which a delivery is warned of or refused as a whole.
    #[serde(default)]
    pub(super) threshold: Vec<ThresholdToml>,
    /// What is otherwise in the files of one provider, by its code.
    #[serde(default)]
    pub(super) provider: BTreeMap<String, ProviderToml>,
}

/// How names of a header are compared.
#[derive(Deserialize, JsonSchema, Debug, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum HeaderMatch {
    /// By letters and digits alone, whatever their case: `Team ID` is `team_id`.
    #[default]
    Folded,
    /// Character by character, whatever the case.
    Exact,
}

/// One column of a file, or one that is computed from others.
#[derive(Deserialize, JsonSchema, Clone)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Column")]
pub(super) struct ColumnToml {
    /// The name in the header; none if the column is derived.
    pub(super) name: Option<Placed<String>>,
    /// Other names that headers have had, each with the last version that had it, if known.
    pub(super) aliases: Option<Vec<Placed<AliasToml>>>,
    /// What it holds, in words, for whoever sends it.
    pub(super) description: Option<String>,
    /// The name in the record.
    #[serde(rename = "as")]
    pub(super) field: Option<Placed<String>>,
    /// How cells are read: `text` if not given.
    #[serde(rename = "type")]
    pub(super) kind: Option<Placed<KindToml>>,
    /// Of dates and times: `%Y %m %b %d %H %M %S %Z`, `excel` or `%s`; several are tried in order.
    pub(super) format: Option<Placed<SeveralToml>>,
    /// What becomes of a date without its day: `20210500`, or a `precision` of a month.
    pub(super) partial: Option<Placed<Partial>>,
    /// The column that says how much of the date is known: `Y`, `YM` or `YMD`.
    pub(super) precision: Option<Placed<String>>,
    /// What the column is about, where that matters to more than its own feed.
    pub(super) role: Option<Placed<Role>>,
    /// Whether a blank or wrong cell refuses the row.
    pub(super) required: Option<bool>,
    /// Whether the column is left unread.
    pub(super) drop: Option<bool>,
    /// The values that are valid, and what each becomes; an empty text: nothing.
    pub(super) map: Option<Placed<BTreeMap<String, String>>>,
    /// The values that are valid: listed here, or in a file beside the contract.
    pub(super) codes: Option<Placed<CodesToml>>,
    /// Of the valid values those that say "other".
    pub(super) other: Option<Placed<Vec<String>>>,
    /// Stand-ins for "not known"; one that ends in `*` stands for all that begin so.
    pub(super) sentinels: Option<Vec<String>>,
    /// The letter case that values are brought to.
    pub(super) case: Option<Placed<Case>>,
    /// Characters that are taken out of values: `.` of diagnoses.
    pub(super) strip: Option<Placed<String>>,
    /// Characters that are taken off the end of values: `X` of diagnoses.
    pub(super) strip_end: Option<Placed<String>>,
    /// Digits that a value of digits has at least: `1` becomes `01`.
    pub(super) pad: Option<Placed<u8>>,
    /// Whether a spreadsheet's `5.0` is the code `5`.
    pub(super) whole: Option<Placed<bool>>,
    /// The least value: a number, or a date.
    pub(super) min: Option<Placed<Scalar>>,
    /// The greatest value: a number, or a date.
    pub(super) max: Option<Placed<Scalar>>,
    /// What a decimal is multiplied by to be kept as a whole number: 100 for pounds.
    pub(super) scale: Option<Placed<u32>>,
    /// Which characters a text may hold.
    pub(super) pattern: Option<Placed<Pattern>>,
    /// A value, or several: rows with one are left out and counted, and take back what was sent of
    /// their key before.
    pub(super) filter: Option<Placed<SeveralToml>>,
    /// An expression that computes the column.
    pub(super) derive: Option<Placed<String>>,
    /// Of XML: the path from the row to the value.
    pub(super) path: Option<Placed<String>>,
    /// Of XML: what goes between the values of repeated elements.
    pub(super) join: Option<Placed<String>>,
}

/// A sheet by name, or by place from 1.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a name, or a place from 1")]
#[schemars(rename = "Sheet")]
pub(super) enum SheetToml {
    /// By name.
    Name(String),
    /// By place.
    Place(usize),
}

/// How XML is read as a table.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Xml")]
pub(super) struct XmlToml {
    /// Names of the elements from the root to the row, with `/` between.
    pub(super) row: Placed<String>,
}

/// Another name of a column.
#[derive(Deserialize, JsonSchema, Clone)]
#[serde(untagged, expecting = "a name, or { name = …, until = … }")]
#[schemars(rename = "Alias")]
pub(super) enum AliasToml {
    /// The name.
    Name(String),
    /// The name, and the last version of the layout that had it.
    Until(UntilToml),
}

/// A name that a layout had until some version.
#[derive(Deserialize, JsonSchema, Clone)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AliasUntil")]
pub(super) struct UntilToml {
    /// The name.
    pub(super) name: String,
    /// The last version that had it.
    pub(super) until: String,
}

impl AliasToml {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Until(until) => &until.name,
        }
    }
}

/// One value or several.
#[derive(Deserialize, JsonSchema, Clone)]
#[serde(untagged, expecting = "a text or a list of texts")]
#[schemars(rename = "OneOrSeveral")]
pub(super) enum SeveralToml {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl SeveralToml {
    pub(super) fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

/// Valid values.
#[derive(Deserialize, JsonSchema, Clone)]
#[serde(untagged, expecting = "a list of texts, or { file = …, column = … }")]
#[schemars(rename = "Codes")]
pub(super) enum CodesToml {
    /// The values.
    List(Vec<String>),
    /// A file that lists them.
    File(CodeFileToml),
}

/// A CSV file that lists codes.
#[derive(Deserialize, JsonSchema, Clone)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CodeFile")]
pub(super) struct CodeFileToml {
    /// The file, seen from the contract's folder.
    pub(super) file: String,
    /// The column of the file that holds the codes.
    pub(super) column: String,
}

/// How cells are read.
#[derive(Deserialize, JsonSchema, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Type")]
pub(super) enum KindToml {
    #[default]
    Text,
    /// A text that is never a number.
    Code,
    Date,
    DateTime,
    Time,
    Month,
    Integer,
    Decimal,
    Flag,
}

/// Stand-ins for "not known" by the type of column.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SentinelsByType")]
pub(super) struct SentinelsToml {
    /// Days, whatever the format of the column: `date`, `datetime` and `month`.
    pub(super) date: Vec<Placed<Scalar>>,
    /// Texts of columns of type `text` and `code`.
    pub(super) text: Vec<String>,
    /// Texts of columns of type `integer` and `decimal`.
    pub(super) number: Vec<String>,
    /// Texts of columns of every type.
    pub(super) any: Vec<String>,
}

/// What must hold in each row.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rule")]
pub(super) struct RuleToml {
    /// Its name, as findings give it.
    pub(super) name: Placed<String>,
    /// The expression that must not be false.
    pub(super) check: Placed<String>,
    /// What happens to a row that breaks it.
    #[serde(default)]
    pub(super) severity: SeverityToml,
    /// What the provider is told.
    pub(super) message: Option<String>,
    /// The code of the rule in the provider's own or a national list.
    pub(super) code: Option<String>,
}

/// How much it weighs.
#[derive(Deserialize, JsonSchema, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Severity")]
pub(super) enum SeverityToml {
    /// The row is quarantined.
    #[default]
    Refuse,
    /// It is counted.
    Warn,
    /// It is counted, and nothing is wrong.
    Info,
}

/// A share of rows beyond which a delivery is warned of or refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Threshold")]
pub(super) struct ThresholdToml {
    /// The column that the findings are about; of every column if not given.
    pub(super) column: Option<Placed<String>>,
    /// The rule that is broken; every one that warns or refuses if not given.
    pub(super) rule: Option<Placed<String>>,
    /// The provider whose deliveries it holds for; all if not given.
    pub(super) provider: Option<String>,
    /// The share of rows, 0 to 1, beyond which there is a finding.
    pub(super) warn: Option<Placed<f64>>,
    /// The share of rows, 0 to 1, beyond which the delivery is refused as a whole.
    pub(super) refuse: Option<Placed<f64>>,
}

/// What is otherwise in the files of one provider.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Provider")]
pub(super) struct ProviderToml {
    /// Columns by `name`, each with what is otherwise.
    pub(super) column: Vec<Placed<ColumnToml>>,
}
