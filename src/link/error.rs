//! Why linkage cannot go on.

/// Why linkage cannot go on.
///
/// No variant carries a token: a token stands for a person's identifier.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A table handed to linkage lacks a column.
    #[error("{table}: no column `{column}`")]
    MissingColumn {
        /// The table that was read.
        table: &'static str,
        /// The column looked for.
        column: &'static str,
    },
    /// A column has another type than the one agreed between the stages.
    #[error("{table}: column `{column}` is not {expected}")]
    WrongType {
        /// The table that was read.
        table: &'static str,
        /// The column found.
        column: &'static str,
        /// The type agreed.
        expected: &'static str,
    },
    /// A column that identifies a row is null in some row.
    #[error("{table}: column `{column}` is null in some row")]
    NullKey {
        /// The table that was read.
        table: &'static str,
        /// The column that may not be null.
        column: &'static str,
    },
    /// Two identities with one id carry different tokens: they were made with different keys.
    #[error(
        "identities: rows with one identity_id differ in `{column}`: were they made with different keys?"
    )]
    IdentityClash {
        /// The first column that differs.
        column: &'static str,
    },
    /// More identities than row numbers of 32 bits can count.
    #[error("identities: more than 2^31 rows")]
    TooManyRows,
    /// Blocking failed inside Polars.
    #[error("blocking: {0}")]
    Blocking(#[from] polars::error::PolarsError),
    /// The person index is not that of these identities.
    #[error("person index: it is of other identities")]
    OtherIdentities,
    /// The result does not fit the table it is meant for.
    #[error("person index: {0}")]
    Table(#[from] arrow::error::ArrowError),
}
