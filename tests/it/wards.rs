//! A city that has wards and lacks a feed: what is called what, and what has no data.

use serde_json::Value;

use crate::support::{files, root, run_pipeline, stderr, stdout};

/// The sample pipeline under other declarations, in a folder of its own.
fn declared_otherwise(folder: &std::path::Path) -> std::path::PathBuf {
    let sample = root().join("pipelines/sample.toml");
    let text = std::fs::read_to_string(sample).expect("the sample pipeline");
    let above = format!("\"{}/", root().to_string_lossy());
    let text = text
        .replace("\"../", &above)
        .replace("\"contracts\"", &format!("{above}pipelines/contracts\""))
        .replace("\ncity = ", "\narea_label = \"ward\"\ncity = ");
    let without_outpatients: Vec<&str> =
        text.split("[[delivery]]").filter(|rule| !rule.contains("feed = \"op\"")).collect();
    let path = folder.join("wards.toml");
    let text = without_outpatients.join("[[delivery]]");
    hub::store::write_atomic(&path, text.as_bytes()).expect("written");
    path
}

#[test]
fn wards_are_called_wards_and_a_missing_feed_is_no_nought() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run_pipeline(&declared_otherwise(folder.path()), folder.path(), &[]);
    assert!(output.status.success(), "{}{}", stdout(&output), stderr(&output));
    let files = files(&folder.path().join("out/sample"));
    let text = |name: &str| String::from_utf8(files[name].clone()).expect("text");

    // Open data: no column, title or description speaks of neighbourhoods.
    for name in files.keys().filter(|name| name.starts_with("open-data/")) {
        assert!(!text(name).contains("eighbourhood"), "{name}");
    }
    let header = text("open-data/open_data_emergency.csv");
    assert!(header.starts_with("ward_code,ward,"), "{}", &header[..60]);

    // The report: headings, captions and the chart; ids of figures are no text.
    let page = text("report/index.html");
    assert!(page.contains("<caption>Rates of care by ward"));
    assert!(page.contains("<th scope=\"col\">Ward</th>"));
    assert!(text("report/charts/area-rates.svg").contains("How care differs between wards"));
    for name in files.keys().filter(|name| name.ends_with(".svg")) {
        assert!(!text(name).contains("eighbourhood"), "{name}");
        assert!(text(name).contains("Population: people registered"), "{name}");
    }

    // Outpatients: no figure at all. A feed that did send has its figure.
    let figures: Value = serde_json::from_str(&text("report/figures.json")).expect("JSON");
    let figure = |id: &str| &figures["figures"][id]["value"];
    assert!(figure("release.headline/outpatient/value").is_null());
    assert!(figure("release.headline/emergency_admission/value").is_number());
    assert!(page.contains("no data: op sent nothing"));
    let of_wards = figures["figures"].as_object().expect("figures").keys();
    let rates: Vec<&String> =
        of_wards.filter(|id| id.starts_with("release.neighbourhood_rate/")).collect();
    assert!(!rates.is_empty() && !rates.iter().any(|id| id.contains("/outpatient/")));
}
