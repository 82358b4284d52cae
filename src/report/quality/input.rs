//! What the data-quality page is made from: rows of the `quality` models.

use jiff::civil::Date;

/// Everything that the data-quality page shows.
#[derive(Debug, Clone)]
pub struct QualityInput {
    /// The city or place.
    pub city: String,
    /// The analysis date.
    pub as_at: Date,
    /// Whether the demonstration key was used: the data are then synthetic.
    pub demonstration: bool,
    /// Months that questions and the shares of columns are about, before the analysis date.
    pub n_months: i64,
    /// A month below this share of its history is missing.
    pub missing_month_share: f64,
    /// Rows of `quality.feed_total`.
    pub feeds: Vec<FeedSummary>,
    /// Rows of `quality.trend`, of all providers together, by feed and month.
    pub trend: Vec<SeriesMonth>,
    /// Rows of `quality.month_status` that are not final.
    pub months: Vec<MonthStatus>,
    /// Rows of `quality.feed_column`.
    pub columns: Vec<ColumnCells>,
    /// Rows of `quality.timeliness`.
    pub reach: Vec<Reach>,
    /// Rows of `quality.linkage_holdout`, by dimension and category.
    pub holdout: Vec<HoldoutGroup>,
    /// Rows of `quality.impossible_event`.
    pub impossible: Vec<Impossible>,
    /// What of linkage fell since the run before, in words.
    pub alarms: Vec<String>,
    /// Rows of `quality.question`, each provider's gravest first.
    pub questions: Vec<Question>,
}

/// How identities of a group were linked in the nightly trial without their numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HoldoutGroup {
    /// What the group is a group of: `all`, `feed`, `imd_quintile_city`, …
    pub dimension: String,
    /// The group.
    pub category: String,
    /// Identities in the trial.
    pub n_identities: i64,
    /// Of these, too little was left to link.
    pub n_too_little_data: i64,
    /// Share of those linked that are right, with 95 % limits; `None` if none was linked.
    pub precision: Option<[f64; 3]>,
    /// Share of those to be found that are, with 95 % limits; `None` if none was to be found.
    pub recall: Option<[f64; 3]>,
}

/// What persons cannot have done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Impossible {
    /// `after_death`, `two_hospitals` or `two_sexes`.
    pub kind: String,
    /// The feed.
    pub feed: String,
    /// Events.
    pub n_events: i64,
    /// Persons with such an event.
    pub n_persons: i64,
    /// Persons who could have one.
    pub n_possible: i64,
}

/// A feed in one row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedSummary {
    /// The feed.
    pub feed: String,
    /// Rows: read, accepted, quarantined, filtered, duplicates.
    pub rows: [i64; 5],
    /// Accepted rows that carry enough to be linked, as a share.
    pub share_linkable: Option<f64>,
    /// Standing records that belong to a person, as a share.
    pub share_linked: Option<f64>,
    /// Accepted rows with a verified NHS number, as a share; `None` without such a column.
    pub share_verified: Option<f64>,
    /// Rows with a primary diagnosis, as a share; `None` without such a column.
    pub share_coded: Option<f64>,
    /// Last day of the last month that is complete; `None` if no month is.
    pub reaches_to: Option<Date>,
    /// Months that are not complete for every provider.
    pub n_incomplete_months: i64,
    /// Questions to providers.
    pub n_questions: i64,
}

/// How a month stands against those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrendStatus {
    /// As before.
    Usual,
    /// Far below.
    Missing,
    /// Too few months came before.
    NoHistory,
}

/// A month that is not final.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthStatus {
    /// The feed.
    pub feed: String,
    /// The month, as months since the year 0.
    pub month: i32,
    /// Whether figures count it.
    pub is_complete: bool,
    /// What is to come, in words.
    pub waits_for: String,
    /// Share of their final rows that files of its age used to hold; `None` without a history.
    pub expected_share: Option<f64>,
    /// Share of rows with a primary diagnosis; `None` without such a column.
    pub share_coded: Option<f64>,
}

/// One month of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesMonth {
    /// The feed.
    pub feed: String,
    /// The month, as months since the year 0.
    pub month: i32,
    /// Records that stand.
    pub n_records: i64,
    /// Median of the months before; `None` if they are too few.
    pub median_before: Option<f64>,
    /// How it stands against them.
    pub status: TrendStatus,
    /// Whether it is complete for every provider.
    pub is_complete: bool,
    /// Centre line.
    pub mean: f64,
    /// Control limits; `None` with one month.
    pub limits: Option<(f64, f64)>,
}

/// The cells of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnCells {
    /// The feed.
    pub feed: String,
    /// The column, as the contract names it.
    pub column: String,
    /// Rows.
    pub n_rows: i64,
    /// Valid, other, default, invalid, missing: they sum to the rows.
    pub cells: [i64; 5],
}

impl ColumnCells {
    /// What is not valid.
    #[must_use]
    pub fn n_wanting(&self) -> i64 {
        self.n_rows - self.cells[0]
    }
}

/// How far a provider's rows of a feed reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// The feed.
    pub feed: String,
    /// The provider's code.
    pub provider: String,
    /// Files.
    pub n_deliveries: i64,
    /// First and last month with rows, as months since the year 0.
    pub months: Option<(i32, i32)>,
    /// Months between the last and the analysis date.
    pub months_behind: Option<i64>,
    /// Months far below their history.
    pub n_missing_months: i64,
    /// Rows with an event on or after the analysis date.
    pub n_after_as_at: i64,
    /// Mean days from event to the end of the file's last month.
    pub mean_lag_days: Option<f64>,
}

/// One question to a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Whom to ask; `unknown` if neither rows nor file say.
    pub provider: String,
    /// Its place among the provider's.
    pub number: i64,
    /// The feed.
    pub feed: String,
    /// The rule that is broken, or what is missing.
    pub rule: String,
    /// The column; empty if none.
    pub column: String,
    /// Check of the OHDSI Data Quality Dashboard that it is like.
    pub check_type: Option<String>,
    /// Rows that it is about.
    pub n_rows: i64,
    /// Of how many.
    pub n_of: i64,
    /// Last month of the first file with it, as months since the year 0.
    pub since: Option<i32>,
    /// The latest file with it.
    pub file: Option<String>,
    /// First lines there.
    pub first_lines: Option<String>,
    /// The question.
    pub sentence: String,
}
