//! Why a chart was not drawn.

use crate::disclosure::Released;

/// A chart that could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The release lacks a column that the chart needs.
    #[error("chart of `{table}`: no column `{column}`")]
    MissingColumn {
        /// The release.
        table: String,
        /// The column.
        column: String,
    },
    /// The drawing library failed.
    #[error("chart `{chart}` could not be drawn: {reason}")]
    Drawing {
        /// The chart.
        chart: String,
        /// What the library says.
        reason: String,
    },
}

/// The columns, if the release has them all.
pub(super) fn need(released: &Released, columns: &[&str]) -> Result<(), ChartError> {
    match columns.iter().find(|column| !released.has(column)) {
        None => Ok(()),
        Some(column) => Err(ChartError::MissingColumn {
            table: released.name().to_owned(),
            column: (*column).to_owned(),
        }),
    }
}
