//! What a report is made from.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::disclosure::Released;

/// Everything that the board's report shows.
///
/// `released` holds the protected tables by name (`release.headline`, `release.risk_pyramid`,
/// `release.segment`, `release.neighbourhood_rate`, `release.practice_emergency`,
/// `release.care_track`, `release.effect`, `release.trend`, `release.population_projection`,
/// `release.condition_projection`, and as tables alone `release.top_risk`,
/// `release.effect_sensitivity`, `release.forecast_accuracy`); a section whose table is missing says
/// so. Other tables are ignored. `deliveries` and `linkage` count rows of files, not persons.
#[derive(Debug, Clone)]
pub struct ReportInput {
    /// The report's title.
    pub title: String,
    /// The city or place.
    pub city: String,
    /// The analysis date.
    pub as_at: Date,
    /// Whom the figures are about, in words: registered with a practice, resident in an area.
    pub population_basis: String,
    /// The last day that the figures cover.
    pub complete_to: Date,
    /// The purpose that the data are used for.
    pub purpose: String,
    /// Whether the demonstration key was used: the data are then synthetic.
    pub demonstration: bool,
    /// What each feed delivered.
    pub deliveries: Vec<FeedCounts>,
    /// Rows that were not taken in: feed, column and rule, and how many; those of `deliveries`.
    pub reasons: Vec<(String, u64)>,
    /// How much of each feed was linked to a person.
    pub linkage: Vec<LinkRow>,
    /// What an area is called, in the singular: neighbourhood, ward.
    pub area_label: String,
    /// Tables that are not there because feeds that they need sent nothing: those feeds, in words,
    /// by the table's name.
    pub without_data: BTreeMap<String, Vec<String>>,
    /// Further remarks for readers: how places are labelled, which feeds are missing.
    pub remarks: Vec<String>,
    /// The protected tables.
    pub released: BTreeMap<String, Released>,
}

/// Rows that a feed delivered and what became of them; `read` is the sum of the other four.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedCounts {
    /// The feed.
    pub feed: String,
    /// How many files came.
    pub n_deliveries: u64,
    /// The rows in them.
    pub read: u64,
    /// Rows that became records.
    pub accepted: u64,
    /// Rows refused, with a finding.
    pub quarantined: u64,
    /// Rows left out on purpose.
    pub filtered: u64,
    /// Rows that were there already.
    pub duplicates: u64,
}

/// How many records of a feed belong to a known person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// The feed.
    pub feed: String,
    /// Its records.
    pub n_records: u64,
    /// Those that belong to a person.
    pub n_linked: u64,
    /// Those that carry too little to be linked.
    pub n_unlinkable: u64,
}
