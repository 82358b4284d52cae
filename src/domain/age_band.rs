//! The 19 five-year age bands of the European Standard Population 2013 (UK version: 90 and over).

/// The bands in order, as written in tables and charts.
pub const ESP2013_BANDS: [&str; 19] = [
    "0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54",
    "55-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85-89", "90+",
];

/// The band of an age in completed years; ages below 0 count as 0.
#[must_use]
pub fn age_band(age_years: i32) -> &'static str {
    let band = usize::try_from(age_years.max(0) / 5).unwrap_or(0);
    ESP2013_BANDS[band.min(ESP2013_BANDS.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_change_at_their_edges() {
        assert_eq!(age_band(0), "0-4");
        assert_eq!(age_band(4), "0-4");
        assert_eq!(age_band(5), "5-9");
        assert_eq!(age_band(89), "85-89");
        assert_eq!(age_band(90), "90+");
        assert_eq!(age_band(118), "90+");
    }
}
