//! What the city reads: charts, the board's report, open-data packages.
//!
//! Everything here is made from [`Released`](crate::disclosure::Released) tables, besides counts of
//! rows in files: those of the report, and the pages on data quality and linkage, which are not released. No clock, no scripts, no network: the same input gives the same bytes.

pub mod charts;
mod csv_text;
mod error;
mod figures;
pub mod governance;
mod html;
mod input;
pub mod linkage;
mod messages;
mod open_data;
pub mod quality;
mod sections;
mod words;

pub(crate) use csv_text::inert;
pub use error::ReportError;
pub use figures::{About, Cell, Column, Figure, Figures, Headline, Message, Part, Row, TableView};
pub use html::{Report, render};
pub use input::{FeedCounts, LinkRow, ReportInput};
pub use open_data::{OpenTable, Package, write_package};

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
