//! The published tables that scores are made from, as they stand in `sql/reference`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const ESP2013: &str = include_str!("../../sql/reference/esp2013.csv");
const CHARLSON_CODES: &str = include_str!("../../sql/reference/charlson_codes.csv");
const CHARLSON_WEIGHTS: &str = include_str!("../../sql/reference/charlson_weights.csv");
const CAMBRIDGE_WEIGHTS: &str = include_str!("../../sql/reference/cambridge_weights.csv");
const FRAILTY_POINTS: &str = include_str!("../../sql/reference/hfrs_points.csv");

/// Weight of a condition in the two Charlson scores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CharlsonWeight {
    pub(crate) condition: &'static str,
    pub(crate) charlson_1987: i64,
    pub(crate) quan_2011: i64,
}

/// The 17 conditions in the order of their file.
pub(crate) static CHARLSON: LazyLock<Vec<CharlsonWeight>> = LazyLock::new(|| {
    let weight = |text: &str| text.parse().expect("weights in the embedded table are integers");
    let row = |[condition, charlson, quan]: [&'static str; 3]| CharlsonWeight {
        condition,
        charlson_1987: weight(charlson),
        quan_2011: weight(quan),
    };
    leading_fields(CHARLSON_WEIGHTS).map(row).collect()
});

/// ICD-10 prefix to the position of its condition in [`CHARLSON`].
pub(crate) static CHARLSON_PREFIXES: LazyLock<BTreeMap<&str, usize>> = LazyLock::new(|| {
    let position = |condition: &str| {
        let at = CHARLSON.iter().position(|weight| weight.condition == condition);
        at.expect("every condition of the embedded codes has a weight")
    };
    let row = |[prefix, condition]: [&'static str; 2]| (prefix, position(condition));
    leading_fields(CHARLSON_CODES).map(row).collect()
});

/// ICD-10 category to tenths of a frailty point, so that sums are exact.
pub(crate) static FRAILTY_TENTHS: LazyLock<BTreeMap<&str, i64>> = LazyLock::new(|| {
    let row = |[category, points]: [&'static str; 2]| {
        let points: f64 = points.parse().expect("points in the embedded table are numbers");
        (category, (points * 10.0).round() as i64)
    };
    leading_fields(FRAILTY_POINTS).map(row).collect()
});

/// Condition to hundredths of its weight in the Cambridge Multimorbidity Score, so that sums are
/// exact.
pub(crate) static CAMBRIDGE_HUNDREDTHS: LazyLock<BTreeMap<&str, i64>> = LazyLock::new(|| {
    let row = |[condition, weight]: [&'static str; 2]| {
        let weight: f64 = weight.parse().expect("weights in the embedded table are numbers");
        (condition, (weight * 100.0).round() as i64)
    };
    leading_fields(CAMBRIDGE_WEIGHTS).map(row).collect()
});

static ESP2013_WEIGHTS: LazyLock<BTreeMap<&str, f64>> = LazyLock::new(|| {
    let row = |[band, weight]: [&'static str; 2]| {
        (band, weight.parse().expect("weights in the embedded table are numbers"))
    };
    leading_fields(ESP2013).map(row).collect()
});

/// Weight of a five-year age band (`0-4` to `90+`) in the European Standard Population 2013;
/// `None` for any other text.
#[must_use]
pub fn esp2013(age_band: &str) -> Option<f64> {
    ESP2013_WEIGHTS.get(age_band.trim()).copied()
}

/// The first `N` fields of each row under the header. The tables keep what is read here in front
/// and unquoted; a description may be quoted behind.
fn leading_fields<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).filter(|line| !line.is_empty()).map(|line| {
        let mut fields = line.split(',');
        std::array::from_fn(|_| fields.next().expect("embedded rows have their leading fields"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ESP2013_BANDS;

    #[test]
    fn the_standard_population_covers_every_band_and_sums_to_a_hundred_thousand() {
        let sum: f64 = ESP2013_BANDS.iter().filter_map(|band| esp2013(band)).sum();
        assert_eq!(sum, 100_000.0);
        assert_eq!(ESP2013_WEIGHTS.len(), ESP2013_BANDS.len());
        assert_eq!(esp2013("90-94"), None);
    }

    // 109 codes with 173.2 points in all: Gilbert and others 2018, supplement.
    #[test]
    fn the_frailty_table_is_whole() {
        assert_eq!(FRAILTY_TENTHS.len(), 109);
        assert_eq!(FRAILTY_TENTHS.values().sum::<i64>(), 1732);
    }

    #[test]
    fn the_charlson_tables_are_whole() {
        assert_eq!(CHARLSON.len(), 17);
        assert_eq!(CHARLSON_PREFIXES.len(), 289);
    }

    #[test]
    fn the_cambridge_table_is_whole() {
        assert_eq!(CAMBRIDGE_HUNDREDTHS.len(), 20);
    }
}
