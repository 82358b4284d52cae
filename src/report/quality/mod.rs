//! The data-quality page: what providers sent, and the questions to send back to them.
//!
//! It is for the hub's own analysts and for providers, and is not released: it shows counts of rows as
//! they are. It is made from tables of level `aggregate`, and holds no cell of any file.

mod input;
mod linkage;
mod page;
mod providers;
#[cfg(test)]
mod tests;

pub use input::{
    ColumnCells, FeedSummary, HoldoutGroup, Impossible, MonthStatus, QualityInput, Question, Reach,
    SeriesMonth, TrendStatus,
};
pub(super) use linkage::{category, category_of, dimension};
pub use page::render_quality;
pub(super) use providers::shown;
