//! Why a table was not released.

/// A fault in the table or in its declaration.
///
/// No variant carries a cell's value.
#[derive(Debug, thiserror::Error)]
pub enum DisclosureError {
    /// The declaration names a column that the table lacks.
    #[error("release `{table}`: no column `{column}`")]
    MissingColumn {
        /// The release.
        table: String,
        /// The column that is declared.
        column: String,
    },
    /// The table holds a column that the declaration does not mention, so nobody said how to
    /// protect it.
    #[error("release `{table}`: column `{column}` is not declared")]
    UndeclaredColumn {
        /// The release.
        table: String,
        /// The column that is in the table.
        column: String,
    },
    /// One column is declared twice with different meanings.
    #[error("release `{table}`: column `{column}` is declared as {first} and as {second}")]
    DeclaredTwice {
        /// The release.
        table: String,
        /// The column.
        column: String,
        /// What it is first declared as.
        first: &'static str,
        /// What it is declared as again.
        second: &'static str,
    },
    /// A column's type does not fit its role.
    #[error("release `{table}`: column `{column}` is not {expected}")]
    WrongType {
        /// The release.
        table: String,
        /// The column.
        column: String,
        /// What its role needs.
        expected: &'static str,
    },
    /// A count is below zero.
    #[error("release `{table}`: column `{column}` holds a negative count")]
    NegativeCount {
        /// The release.
        table: String,
        /// The column.
        column: String,
    },
    /// More persons than the group that they are said to come out of.
    #[error("release `{table}`: column `{column}` holds fewer persons than are counted out of it")]
    PersonsExceedGroup {
        /// The release.
        table: String,
        /// The column with the size of the whole group.
        column: String,
    },
    /// Two rows have the same dimensions, so one cell would be published twice.
    #[error("release `{table}`: two rows have the same dimensions")]
    DuplicateCell {
        /// The release.
        table: String,
    },
    /// The declaration does not make sense by itself.
    #[error("release `{table}`: {reason}")]
    InvalidSpec {
        /// The release.
        table: String,
        /// What is wrong.
        reason: String,
    },
    /// The batches do not fit together.
    #[error("release `{table}`: table could not be put together")]
    Table {
        /// The release.
        table: String,
        /// What Arrow says.
        #[source]
        source: arrow::error::ArrowError,
    },
}
