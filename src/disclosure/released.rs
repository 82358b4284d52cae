//! A table that disclosure control has passed.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, SchemaRef};
use arrow::util::display::array_value_to_string;
use serde::{Serialize, Serializer};

use super::{Audience, ReleaseSpec};

/// What was done to a value, in the letters that stand in a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// `c`: hidden, because it rests on few persons.
    Confidential,
    /// `s`: hidden, because a hidden neighbour could be worked out from it.
    Secondary,
    /// `r`: shown, rounded.
    Rounded,
    /// `x`: not available.
    NotAvailable,
    /// `z`: not applicable: a rate without a denominator.
    NotApplicable,
}

impl Status {
    /// The letter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confidential => "c",
            Self::Secondary => "s",
            Self::Rounded => "r",
            Self::NotAvailable => "x",
            Self::NotApplicable => "z",
        }
    }

    /// The status that a letter stands for.
    #[must_use]
    pub fn from_letter(letter: &str) -> Option<Self> {
        let all = [
            Self::Confidential,
            Self::Secondary,
            Self::Rounded,
            Self::NotAvailable,
            Self::NotApplicable,
        ];
        all.into_iter().find(|status| status.as_str() == letter)
    }

    /// What the letter means, for readers.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Confidential => "hidden: few persons",
            Self::Secondary => "hidden: protects a hidden neighbour",
            Self::Rounded => "rounded",
            Self::NotAvailable => "not available",
            Self::NotApplicable => "not applicable",
        }
    }

    /// Whether a value stands behind it that is not shown.
    #[must_use]
    pub fn is_hidden(self) -> bool {
        matches!(self, Self::Confidential | Self::Secondary)
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a released column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Names the cell.
    Dimension,
    /// Describes a dimension.
    Attribute,
    /// Public knowledge, as it is.
    Public,
    /// A rounded count.
    Count,
    /// A rounded rate or limit of a rate.
    Rate,
    /// A rounded sum or mean.
    Amount,
    /// A rounded estimate of a model.
    Estimate,
    /// Text derived from the measures.
    Label,
    /// What was done to the columns that it belongs to.
    Status,
}

/// A column of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleasedColumn {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// The column that says what was done to this one's values, for measures and labels.
    pub status_column: Option<String>,
}

/// What was done to a table, for its readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notes {
    /// The rule pack's name.
    pub rule_pack: String,
    /// The rule pack in words.
    pub rules: String,
    /// Whose rules they are.
    pub source: String,
    /// Who may see the table.
    pub audience: Audience,
    /// Counts from 1 to this are hidden.
    pub hide_up_to: i64,
    /// The unit that counts are rounded to; 1 if they are not.
    pub rounding_step: i64,
    /// Rows of the table.
    pub n_rows: usize,
    /// Rows (times groups of measures) that few persons hide.
    pub n_confidential: usize,
    /// Rows (times groups of measures) hidden to protect others.
    pub n_secondary: usize,
    /// Rows in which nobody or everybody of a group is counted: shown, but worth a look.
    pub n_none_or_all: usize,
}

/// A table that disclosure control has passed.
///
/// Its fields are private and [`release`](super::release) is its only constructor, so what writes
/// a report or an open-data file cannot be handed an unchecked number.
#[derive(Debug, Clone)]
pub struct Released {
    pub(super) name: String,
    pub(super) spec: ReleaseSpec,
    pub(super) batch: RecordBatch,
    pub(super) columns: Vec<ReleasedColumn>,
    pub(super) index: BTreeMap<String, usize>,
    pub(super) notes: Notes,
}

impl Released {
    /// The table's name, as in `release.headline`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the table is about.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.spec.title
    }

    /// What its areas are called, in the singular.
    #[must_use]
    pub fn area(&self) -> &str {
        &self.spec.area
    }

    /// Whom it is about, in words; empty if nobody said.
    #[must_use]
    pub fn population(&self) -> &str {
        &self.spec.population
    }

    /// What its columns were declared to be.
    #[must_use]
    pub fn spec(&self) -> &ReleaseSpec {
        &self.spec
    }

    /// The protected rows.
    #[must_use]
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// The protected rows' schema.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.batch.schema()
    }

    /// The columns in order.
    #[must_use]
    pub fn columns(&self) -> &[ReleasedColumn] {
        &self.columns
    }

    /// Whether there is a column of that name.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.index.contains_key(column)
    }

    /// How many rows there are.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// A cell as text; `None` where it is null or there is no such cell.
    #[must_use]
    pub fn text(&self, row: usize, column: &str) -> Option<String> {
        let array = self.batch.column(*self.index.get(column)?);
        if row >= array.len() || array.is_null(row) {
            return None;
        }
        array_value_to_string(array, row).ok()
    }

    /// A cell as a number; `None` where it is null, no number, or there is no such cell.
    #[must_use]
    pub fn number(&self, row: usize, column: &str) -> Option<f64> {
        let array = self.batch.column(*self.index.get(column)?);
        if row >= array.len() || array.is_null(row) || !array.data_type().is_numeric() {
            return None;
        }
        let cell = cast(&array.slice(row, 1), &DataType::Float64).ok()?;
        Some(cell.as_primitive::<Float64Type>().value(0))
    }

    /// What was done to a cell; `None` where it stands as it was.
    ///
    /// A status column speaks for several columns, of which one may have no value (a label, a
    /// limit) where the others do: what is not there was not rounded, it is not available.
    #[must_use]
    pub fn status(&self, row: usize, column: &str) -> Option<Status> {
        let described = &self.columns[*self.index.get(column)?];
        let status = Status::from_letter(&self.text(row, described.status_column.as_deref()?)?);
        match status {
            Some(Status::Rounded) if self.text(row, column).is_none() => Some(Status::NotAvailable),
            status => status,
        }
    }

    /// What was done to the table.
    #[must_use]
    pub fn notes(&self) -> &Notes {
        &self.notes
    }
}
