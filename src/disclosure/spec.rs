//! What the columns of a release mean: declared with the table, never guessed.

use serde::{Deserialize, Serialize};

/// What one unit of the counts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Distinct persons.
    Persons,
    /// Events: spells, attendances, contacts.
    Events,
}

/// The declaration of a release; every column of the table must appear in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSpec {
    /// What the table is about, as readers see it.
    pub title: String,
    /// What is counted.
    pub unit: Unit,
    /// Feeds without which the table says nothing: if one of them sent nothing, there is no table
    /// rather than one of noughts.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What an area of the table is called, in the singular.
    #[serde(default = "neighbourhood")]
    pub area: String,
    /// Whom the table is about, in words.
    #[serde(default)]
    pub population: String,
    /// The columns that name a cell; no two rows may agree in all of them.
    pub dimensions: Vec<String>,
    /// Text and order that only describe the dimensions (names, labels, sort keys): shown as they
    /// are, so nothing computed from persons may stand here.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// The distinct persons behind a row. Shown only if it is also one of the counts.
    pub persons: String,
    /// The size of the group that those persons come out of: few people *outside* hide a row too.
    #[serde(default)]
    pub out_of: Option<String>,
    /// Columns that are counts: rounded.
    #[serde(default)]
    pub counts: Vec<String>,
    /// Rates and percentages.
    #[serde(default)]
    pub rates: Vec<RateSpec>,
    /// Money, bed days and other sums or means over the persons.
    #[serde(default)]
    pub amounts: Vec<AmountSpec>,
    /// What a model says: forecasts, effects, expected counts and their limits.
    #[serde(default)]
    pub estimates: Vec<EstimateSpec>,
    /// Text and flags that are derived from the measures (classes, ranks): hidden with them.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Columns that are public knowledge (list sizes, person-years): shown as they are.
    #[serde(default)]
    pub public: Vec<String>,
    /// Further measures with persons of their own behind them.
    #[serde(default)]
    pub groups: Vec<GroupSpec>,
    /// Which rows are totals over others.
    #[serde(default)]
    pub totals: Vec<TotalSpec>,
}

/// Measures that rest on their own number of persons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSpec {
    /// The group's name: its status column is `<name>_status`.
    pub name: String,
    /// As in [`ReleaseSpec`].
    pub persons: String,
    /// As in [`ReleaseSpec`].
    #[serde(default)]
    pub out_of: Option<String>,
    /// As in [`ReleaseSpec`].
    #[serde(default)]
    pub counts: Vec<String>,
    /// As in [`ReleaseSpec`].
    #[serde(default)]
    pub rates: Vec<RateSpec>,
    /// As in [`ReleaseSpec`].
    #[serde(default)]
    pub amounts: Vec<AmountSpec>,
    /// As in [`ReleaseSpec`].
    #[serde(default)]
    pub estimates: Vec<EstimateSpec>,
    /// As in [`ReleaseSpec`].
    #[serde(default)]
    pub labels: Vec<String>,
}

/// A rate and its limits.
///
/// All columns are rounded to the smallest step of 1, 2 or 5 times a power of ten that is at least
/// `5 * per / denominator` (5 in the `hes` pack), so that five neighbouring numerators fit into a
/// step; lower limits go down and upper limits up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateSpec {
    /// The rate, then its limits.
    pub columns: Vec<String>,
    /// What it is per: 100, 1000, 100000.
    pub per: f64,
    /// The denominator's column.
    pub denominator: String,
    /// The numerator's column, one of the counts. If it is given, the rate is computed again from
    /// the *rounded* numerator, and its limits are scaled along before they are rounded. Only for
    /// plain rates, not for standardised ones.
    #[serde(default)]
    pub numerator: Option<String>,
}

/// Sums or means of something that persons have different amounts of.
///
/// Each value is rounded to the smallest step of 1, 2 or 5 times a power of ten that is at least
/// five average persons' share of it. Dominance, one person having most of an amount, is not tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountSpec {
    /// The columns.
    pub columns: Vec<String>,
    /// The persons whose amounts are summed; the group's own if not given. A mean over a cohort
    /// still rests on the persons who had something only.
    #[serde(default)]
    pub persons: Option<String>,
    /// The events that the amount is for, one of the counts. If it is given, the amount is scaled
    /// to the *rounded* number of events, so that it says no more about their number than that, and
    /// a tenth of the step is enough.
    #[serde(default)]
    pub numerator: Option<String>,
}

/// What a model says about many persons at once: rounded to a declared step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EstimateSpec {
    /// The columns.
    pub columns: Vec<String>,
    /// The step; the pack's rounding of counts if not given.
    #[serde(default)]
    pub step: Option<f64>,
    /// Persons whom the estimate rests on (those of a baseline): few of them hide it, and it is
    /// *not* hidden with its row. Where this is not given, the estimate is hidden with its row, but
    /// a row without persons (a month to come) shows it.
    #[serde(default)]
    pub persons: Option<String>,
}

/// Rows that are totals over a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalSpec {
    /// The dimension that is summed over.
    pub dimension: String,
    /// What stands in that dimension in a total's row.
    pub value: String,
}

fn neighbourhood() -> String {
    "neighbourhood".to_owned()
}

impl ReleaseSpec {
    /// The measures of the row itself, then the named groups.
    pub(super) fn measure_groups(&self) -> Vec<GroupSpec> {
        let row = GroupSpec {
            name: String::new(),
            persons: self.persons.clone(),
            out_of: self.out_of.clone(),
            counts: self.counts.clone(),
            rates: self.rates.clone(),
            amounts: self.amounts.clone(),
            estimates: self.estimates.clone(),
            labels: self.labels.clone(),
        };
        std::iter::once(row).chain(self.groups.iter().cloned()).collect()
    }
}

impl GroupSpec {
    /// The name of the group's status column.
    pub(super) fn status_column(&self) -> String {
        if self.name.is_empty() { "status".to_owned() } else { format!("{}_status", self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_read_as_it_stands_in_a_model() {
        let spec: ReleaseSpec = toml::from_str(
            r#"
            title = "Emergency admissions by neighbourhood"
            unit = "events"
            dimensions = ["neighbourhood"]
            persons = "n_persons"
            counts = ["n_events", "n_persons"]
            rates = [{ columns = ["rate_per_1000", "lower_95", "upper_95"], per = 1000, denominator = "person_years" }]
            labels = ["funnel_class"]
            public = ["person_years"]
            "#,
        )
        .expect("the example of the documentation");
        assert_eq!(spec.unit, Unit::Events);
        assert_eq!(spec.rates[0].columns.len(), 3);
        assert_eq!(spec.measure_groups().len(), 1);
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let text =
            "title = \"t\"\nunit = \"persons\"\ndimensions = []\npersons = \"n\"\ncuonts = []";
        assert!(toml::from_str::<ReleaseSpec>(text).is_err());
    }
}
