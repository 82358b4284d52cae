//! Charts as SVG, drawn from released tables only.
//!
//! An SVG's coordinates carry the values drawn to many digits, so no function here takes anything
//! but a [`Released`](crate::disclosure::Released): what is drawn is what its table shows. Hidden
//! values leave gaps and are listed; they are never drawn as zero. No scripts, generic fonts,
//! colours that people with colour-vision deficiency can tell apart, shapes or dashes beside every
//! colour.

mod canvas;
mod care_track;
mod effect;
mod error;
mod funnel;
mod neighbourhoods;
mod palette;
mod plot;
mod pyramid;
mod row_panels;
mod segments;
mod trend;

pub use canvas::Chart;
pub use care_track::care_tracks;
pub use effect::effect_forest;
pub use error::ChartError;
pub use funnel::practice_funnel;
pub use neighbourhoods::neighbourhood_bars;
pub use pyramid::risk_pyramid;
pub use segments::segment_bars;
pub use trend::trend_against_forecast;

#[cfg(test)]
mod tests;
