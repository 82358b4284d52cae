//! Charts of a small hand-made city.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use proptest::prelude::*;

use super::*;
use crate::disclosure::{ReleaseSpec, Released, RulePack, release};
use crate::report::fixtures;

fn charts() -> Vec<Chart> {
    let all = fixtures::input().released;
    let mut charts = vec![
        risk_pyramid(&all["release.risk_pyramid"]).expect("drawn"),
        segment_bars(&all["release.segment"]).expect("drawn"),
        neighbourhood_bars(&all["release.neighbourhood_rate"]).expect("drawn"),
        practice_funnel(&all["release.practice_emergency"]).expect("drawn"),
        effect_forest(&all["release.effect"]).expect("drawn"),
        trend_against_forecast(&all["release.trend"]).expect("drawn"),
        population_to_come(&all["release.population_projection"]).expect("drawn"),
        conditions_to_come(&all["release.condition_projection"]).expect("drawn"),
    ];
    charts.extend(care_tracks(&all["release.care_track"]).expect("drawn"));
    charts
}

/// What stands between the tags of an SVG's text elements.
fn texts(svg: &str) -> Vec<String> {
    svg.split("<text ")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split_once("</text>"))
        .map(|(text, _)| text.trim().to_owned())
        .collect()
}

fn pyramid_of(bands: &[(&str, i64)]) -> Released {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("imd_quintile_city", Arc::new(StringArray::from(vec!["1"; bands.len()]))),
        ("risk_band", Arc::new(StringArray::from_iter_values(bands.iter().map(|b| b.0)))),
        ("n_persons", Arc::new(Int64Array::from_iter_values(bands.iter().map(|b| b.1)))),
    ];
    let spec = "title = \"t\"\nunit = \"persons\"\ndimensions = [\"imd_quintile_city\", \"risk_band\"]\n\
                persons = \"n_persons\"\ncounts = [\"n_persons\"]";
    let batch = RecordBatch::try_from_iter(columns).expect("a table");
    let spec = toml::from_str(spec).expect("a declaration");
    release("release.risk_pyramid", &[batch], &spec, &RulePack::hes()).expect("released")
}

#[test]
fn every_chart_says_what_it_is_and_runs_nothing() {
    for chart in charts() {
        let id = &chart.id;
        assert!(chart.svg.contains(&format!("<title id=\"{id}-title\">")), "{id}");
        assert!(chart.svg.contains(&format!("<desc id=\"{id}-desc\">")), "{id}");
        assert!(chart.svg.contains("role=\"img\""), "{id}");
        assert!(chart.svg.contains(&format!("aria-labelledby=\"{id}-title {id}-desc\"")), "{id}");
        assert!(chart.svg.ends_with("</svg>\n"), "{id}");
        for forbidden in ["<script", "href", "onload", "url(", "<image", "<foreignObject"] {
            assert!(!chart.svg.contains(forbidden), "{id}: {forbidden}");
        }
        assert!(texts(&chart.svg).len() > 5, "{id}");
    }
}

#[test]
fn tables_that_protect_to_the_same_draw_the_same() {
    let draw = |low, high, few| {
        let table = pyramid_of(&[("low", low), ("high", high), ("very_high", few)]);
        risk_pyramid(&table).expect("drawn").svg
    };
    // Whatever the exact counts are, the drawing knows the rounded ones only.
    assert_eq!(draw(88, 13, 1), draw(92, 17, 7));
    assert_ne!(draw(88, 13, 1), draw(93, 17, 7));
}

#[test]
fn hidden_points_are_named_and_leave_gaps() {
    let chart = risk_pyramid(&pyramid_of(&[("low", 88), ("very_high", 6)])).expect("drawn");
    assert_eq!(chart.hidden, ["Very high, fifth 1"]);
    assert!(texts(&chart.svg).contains(&"hidden".to_owned()));
    let all = fixtures::input().released;
    let tracks = care_tracks(&all["release.care_track"]).expect("drawn");
    assert_eq!(
        tracks[0].hidden,
        ["Acute emergency, cohort, months 0 to 11", "Social care, cohort, months −18 to 11"]
    );
}

#[test]
fn who_is_hidden_today_is_hidden_in_the_years_to_come() {
    let all = fixtures::input().released;
    let chart = conditions_to_come(&all["release.condition_projection"]).expect("drawn");
    assert_eq!(chart.hidden, ["Epilepsy"]);
    let texts = texts(&chart.svg);
    assert_eq!(texts.iter().filter(|text| *text == "hidden").count(), 2);
    // Dementia: 33 today, 55.4 in 20 years, which is 67.9 per cent more; asthma: 4.05 per cent fewer.
    let basis = "births, deaths and moves as today; no forecast";
    for text in [basis, "35", "55", "+68 %", "\u{2212}4 %"] {
        assert!(texts.iter().any(|drawn| drawn == text), "{text}");
    }
}

#[test]
fn areas_are_called_what_the_pipeline_calls_them() {
    let draw = |area: Option<&str>| {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("neighbourhood_code", Arc::new(StringArray::from(vec!["E05011380"]))),
            ("neighbourhood", Arc::new(StringArray::from(vec!["Armley"]))),
            ("indicator", Arc::new(StringArray::from(vec!["emergency_admission"]))),
            ("n_events", Arc::new(Int64Array::from(vec![80]))),
            ("person_years", Arc::new(Int64Array::from(vec![1000]))),
            ("crude_per_1000", Arc::new(Int64Array::from(vec![80]))),
        ];
        let spec = "title = \"t\"\nunit = \"events\"\ndimensions = [\"neighbourhood_code\", \
                    \"indicator\"]\nattributes = [\"neighbourhood\"]\npersons = \"n_events\"\n\
                    rates = [{ columns = [\"crude_per_1000\"], per = 1000, denominator = \
                    \"person_years\" }]";
        let batch = RecordBatch::try_from_iter(columns).expect("a table");
        let mut spec: ReleaseSpec = toml::from_str(spec).expect("a declaration");
        if let Some(area) = area {
            spec.area = area.to_owned();
            spec.population = "people on a list".to_owned();
        }
        let table = release("release.neighbourhood_rate", &[batch], &spec, &RulePack::hes());
        neighbourhood_bars(&table.expect("released")).expect("drawn")
    };
    let neighbourhoods = draw(None);
    assert_eq!(neighbourhoods.title, "How care differs between neighbourhoods");
    assert!(!neighbourhoods.svg.contains("Population:"), "nobody said whom it is about");
    let wards = draw(Some("ward"));
    assert_eq!(wards.title, "How care differs between wards");
    assert!(!wards.svg.contains("eighbourhood"), "no word of neighbourhoods where wards are shown");
    assert!(wards.svg.contains("Population: people on a list"));
}

#[test]
fn names_are_text_and_never_markup() {
    let table = pyramid_of(&[("<script>alert(1)</script>", 88)]);
    let chart = risk_pyramid(&table).expect("drawn");
    assert!(!chart.svg.contains("<script"));
}

#[test]
fn a_missing_column_is_named() {
    let all = fixtures::input().released;
    let error = practice_funnel(&all["release.trend"]).expect_err("no such column");
    assert_eq!(error.to_string(), "chart of `release.trend`: no column `practice_code`");
}

proptest! {
    #[test]
    fn no_small_or_exact_count_is_written_in_a_chart(counts in prop::collection::vec(0..400_i64, 2..7)) {
        let names: Vec<String> = (0..counts.len()).map(|i| format!("band_{}", "i".repeat(i + 1))).collect();
        let bands: Vec<(&str, i64)> = names.iter().map(String::as_str).zip(counts.iter().copied()).collect();
        let chart = risk_pyramid(&pyramid_of(&bands)).expect("drawn");
        // The fifth's own number is the only other one.
        let numbers = texts(&chart.svg).into_iter().filter_map(|text| text.parse::<i64>().ok());
        for n in numbers {
            prop_assert!(n % 5 == 0 && !(1..=7).contains(&n), "{}", n);
        }
        let n_hidden = counts.iter().filter(|n| (1..=7).contains(*n)).count();
        prop_assert_eq!(texts(&chart.svg).iter().filter(|t| *t == "hidden").count(), n_hidden);
    }
}
