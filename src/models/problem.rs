//! What `check` finds wrong with a model's text, each by a named rule and with its place.

use std::fmt;

use super::Place;

/// Something in a declaration that a rule refuses or warns of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// The rule that found it.
    pub rule: Rule,
    /// What is wrong, in one sentence. Holds text of the declaration, never of the data.
    pub message: String,
}

/// Whether a problem stops a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Note,
    /// Ought to be put right; nothing stops.
    Warning,
    /// The model is refused.
    Error,
}

/// The rules that a model's text and plan are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The `--!` lines are not the TOML that a model declares itself with.
    Header,
    /// The SQL does not parse.
    Syntax,
    /// Brackets or chains of operators go deeper than the limit.
    Nesting,
    /// A file holds one `select` and nothing else.
    OneSelect,
    /// Columns are named, never `*`.
    SelectStar,
    /// Periods are half-open: no `between` on dates.
    BetweenDates,
    /// `not in (select …)` is empty as soon as the list holds a null.
    NotInSelect,
    /// Groups are named, not numbered.
    GroupByOrdinal,
    /// A parameter that the pipeline does not define.
    UnknownParameter,
    /// A table that is neither a model nor a source.
    UnknownTable,
    /// Models that need each other.
    Cycle,
    /// The engine cannot plan the model.
    Plan,
    /// An output column lacks a plain name, or two share one.
    ColumnName,
    /// The grain names a column that the model does not have.
    Grain,
    /// A check that cannot be read or names a column that the model does not have.
    Check,
    /// The declared sensitivity is below what the lineage gives.
    Sensitivity,
    /// A person's key under a name that does not say so.
    PersonKeyName,
    /// A sum of floats depends on the order of the rows.
    FloatSum,
    /// A result depends on the order of the rows, and none is given.
    RowOrder,
    /// The value depends on the clock or on chance.
    Volatile,
    /// A column without a comment: the catalogue cannot describe it.
    Undescribed,
    /// A join that has to fit into memory.
    CannotSpill,
}

impl Rule {
    /// The rule as messages write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Syntax => "syntax",
            Self::Nesting => "nesting",
            Self::OneSelect => "one-select",
            Self::SelectStar => "select-star",
            Self::BetweenDates => "between-dates",
            Self::NotInSelect => "not-in-select",
            Self::GroupByOrdinal => "group-by-ordinal",
            Self::UnknownParameter => "unknown-parameter",
            Self::UnknownTable => "unknown-table",
            Self::Cycle => "cycle",
            Self::Plan => "plan",
            Self::ColumnName => "column-name",
            Self::Grain => "grain",
            Self::Check => "check",
            Self::Sensitivity => "sensitivity",
            Self::PersonKeyName => "person-key-name",
            Self::FloatSum => "float-sum",
            Self::RowOrder => "row-order",
            Self::Volatile => "volatile",
            Self::Undescribed => "undescribed",
            Self::CannotSpill => "cannot-spill",
        }
    }

    /// Whether a run stops at this rule's problems.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::CannotSpill => Severity::Note,
            Self::Undescribed | Self::PersonKeyName => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// What to do about it, where that is not plain from the message.
    #[must_use]
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::Header => {
                Some("a model starts with `--! summary = \"…\"`, `grain`, `sensitivity`")
            }
            Self::Nesting => Some("split the expression into common table expressions"),
            Self::SelectStar => Some("name the columns"),
            Self::BetweenDates => Some("write `day >= from and day < to`"),
            Self::NotInSelect => Some("write `not exists (select 1 …)`"),
            Self::GroupByOrdinal => Some("group by the column's name or expression"),
            Self::UnknownParameter => {
                Some("parameters are `$as_at`, `$from` and the pipeline's settings")
            }
            Self::Sensitivity => {
                Some("a declaration may raise the level, only disclosure lowers it")
            }
            Self::PersonKeyName => {
                Some("end its name in `person_id`, `record_id`, `identity_id` or `household`")
            }
            Self::FloatSum => Some("sum pence, days or counts, or cast to decimal first"),
            Self::RowOrder => Some("give it an `order by` that leaves no ties"),
            Self::Volatile => Some("use `$as_at`"),
            Self::Undescribed => Some("write `-- what it is` after the column"),
            _ => None,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
