//! Charts as SVG, drawn from released tables only.
//!
//! An SVG's coordinates carry the values drawn to many digits, so no function here takes anything
//! but a [`Released`](crate::disclosure::Released): what is drawn is what its table shows.
//! (Charts of the data-quality page, which counts rows of files and is not released, are the
//! exception: they take [its rows](crate::report::quality).) Hidden values leave gaps and are listed; they are never drawn as zero. No scripts, generic fonts,
//! colours that people with colour-vision deficiency can tell apart, shapes or dashes beside every
//! colour.

mod about;
mod canvas;
mod care_track;
mod column_bars;
mod effect;
mod error;
mod feed_control;
mod feed_heat;
mod funnel;
mod holdout_marks;
mod linkage_marks;
mod neighbourhoods;
mod palette;
mod plot;
mod pyramid;
mod row_panels;
mod segments;
mod status_bars;
mod to_come;
mod trend;
mod waterfall;

pub use canvas::Chart;
pub use care_track::care_tracks;
pub use column_bars::column_bars;
pub use effect::effect_forest;
pub use error::ChartError;
pub use feed_control::feed_control_charts;
pub use feed_heat::feed_heat_map;
pub use funnel::practice_funnel;
pub use holdout_marks::holdout_marks;
pub use linkage_marks::linkage_marks;
pub use neighbourhoods::neighbourhood_bars;
pub use pyramid::risk_pyramid;
pub use segments::segment_bars;
pub use status_bars::status_bars;
pub use to_come::{conditions_to_come, population_to_come};
pub use trend::trend_against_forecast;
pub use waterfall::{WaterfallBar, WaterfallInput, waterfall};

#[cfg(test)]
mod tests;
