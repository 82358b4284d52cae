//! Why a report or package was not written.

use super::charts::ChartError;
use crate::store::StoreError;

/// A report or open-data package that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A chart failed.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// The page could not be filled in.
    #[error("report: template could not be rendered")]
    Template(#[from] minijinja::Error),
    /// The figures could not be written as JSON.
    #[error("report: figures could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A table made under rules for inside use was about to leave.
    #[error(
        "open data: table `{table}` was released under rule pack `{pack}`, for inside use only"
    )]
    InsideOnly {
        /// The release.
        table: String,
        /// Its rule pack.
        pack: String,
    },
    /// A file could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}
