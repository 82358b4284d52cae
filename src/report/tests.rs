//! Reports and packages of a small hand-made city.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use serde_json::Value;

use super::*;
use crate::disclosure::{Released, RulePack, release};
use crate::store::sha256_hex;

fn report() -> Report {
    render(&fixtures::input()).expect("rendered")
}

/// The ids of the figures that stand on the page.
fn ids_on(html: &str) -> BTreeSet<String> {
    html.split("data-figure=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(id, _)| id.replace("&amp;", "&").replace("&#x2f;", "/").replace("&#x27;", "'"))
        .collect()
}

fn named(name: &str, pack: &RulePack) -> Released {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("place", Arc::new(StringArray::from(vec![name, "-5 Acre Lane", "plain, with comma"]))),
        ("n_persons", Arc::new(Int64Array::from(vec![40, 3, 55]))),
        ("change", Arc::new(Float64Array::from(vec![-12.5, 3.25, 0.0]))),
    ];
    let spec = "title = \"t\"\nunit = \"persons\"\ndimensions = [\"place\"]\npersons = \"n_persons\"\n\
                counts = [\"n_persons\"]\nestimates = [{ columns = [\"change\"], step = 0.5 }]";
    let batch = RecordBatch::try_from_iter(columns).expect("a table");
    let spec = toml::from_str(spec).expect("a declaration");
    release("release.places", &[batch], &spec, pack).expect("released")
}

fn package(released: &Released) -> Package<'_> {
    Package {
        name: "places".to_owned(),
        title: "Places".to_owned(),
        description: "Registered people by place.".to_owned(),
        as_at: jiff::civil::date(2026, 4, 1),
        tables: vec![OpenTable { released, descriptions: BTreeMap::new() }],
    }
}

#[test]
fn the_page_has_every_table_and_chart_and_runs_nothing() {
    let report = report();
    let html = &report.html;
    for name in report.figures.tables.keys() {
        let title = &report.figures.tables[name].title;
        assert!(html.contains(&format!("<caption>{title}")), "{name}");
    }
    assert_eq!(report.figures.tables.len(), 13);
    assert_eq!(html.matches("<svg ").count(), report.charts.len());
    assert_eq!(report.charts.len(), 9);
    assert_eq!(html.matches("<table>").count(), html.matches("</caption>").count());
    assert!(html.contains("<html lang=\"en-GB\">"));
    for forbidden in ["<script", "javascript:", "src=", "@import", "url(", "onclick"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn a_feed_that_sent_nothing_is_named_in_place_of_figures() {
    let mut input = fixtures::input();
    input.released.remove("release.risk_pyramid");
    let feeds = vec!["gp_registration (Registered population)".to_owned()];
    input.without_data.insert("release.risk_pyramid".to_owned(), feeds);
    input.area_label = "ward".to_owned();
    let report = render(&input).expect("rendered");
    let section = report.html.split("<section id=\"risk\"").nth(1).expect("the section");
    let section = section.split("</section>").next().expect("its end");
    assert!(section.contains("No data: gp_registration (Registered population) sent nothing"));
    assert!(!section.contains("<table>") && !section.contains("data-figure"), "{section}");
    assert!(report.html.contains("Whether a ward differs from the city"));
}

#[test]
fn every_figure_on_the_page_is_in_the_figures_and_the_other_way_round() {
    let report = report();
    let on_page = ids_on(&report.html);
    let in_figures: BTreeSet<String> = report.figures.figures.keys().cloned().collect();
    assert_eq!(on_page.difference(&in_figures).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(in_figures.difference(&on_page).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(in_figures.contains("release.headline/emergency_admission/value"));
    assert!(in_figures.contains("deliveries/apc/quarantined"));
    let json: Value =
        serde_json::from_slice(&report.files().expect("files")["figures.json"]).expect("json");
    let figure = &json["figures"]["release.headline/emergency_admission/value"];
    assert_eq!(figure["value"], 305.0);
    assert_eq!(figure["status"], "r");
}

#[test]
fn hidden_figures_are_marked_and_never_nought() {
    let report = report();
    let hidden = &report.figures.figures["release.headline/carers_breaks/value"];
    assert_eq!((hidden.value.clone(), hidden.shown.as_str()), (Value::Null, "[c]"));
    assert!(report.html.contains("<abbr title=\"hidden: few persons\">[c]</abbr>"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(report().files().expect("files"), report().files().expect("files"));
}

#[test]
fn synthetic_data_are_announced_and_real_data_are_not() {
    let mut input = fixtures::input();
    assert!(render(&input).expect("rendered").html.contains("Synthetic data."));
    input.demonstration = false;
    assert!(!render(&input).expect("rendered").html.contains("Synthetic data."));
}

#[test]
fn a_report_without_its_tables_says_so() {
    let mut input = fixtures::input();
    input.released.clear();
    let report = render(&input).expect("rendered");
    assert_eq!(report.html.matches("not part of this run").count(), 11);
    assert!(report.charts.is_empty());
}

#[test]
fn text_is_escaped_wherever_it_stands() {
    let mut input = fixtures::input();
    input.title = "A <script>alert(1)</script> & more".to_owned();
    input.deliveries[0].feed = "a\"><script>".to_owned();
    let html = render(&input).expect("rendered").html;
    assert!(!html.contains("<script"));
}

#[test]
fn findings_are_worked_out_from_released_figures() {
    let report = report();
    let figures = &report.figures.figures;
    // Ratios 0.71 (0.55 to 0.91), before–after 0.52.
    let value =
        |name: &str| figures[&format!("messages/effect/falls_service/{name}")].value.clone();
    assert_eq!(value("percent"), 29.0);
    assert_eq!(value("percent_near"), 9.0);
    assert_eq!(value("percent_far"), 45.0);
    assert_eq!(value("percent_naive"), 48.0);
    // The fifth fifth's highest band is hidden, so nothing is said about it.
    assert!(!report.html.contains("highest band of risk ("));
}

#[test]
fn csv_is_inert_and_numbers_stay_numbers() {
    let released = named("=HYPERLINK(\"x\")", &RulePack::hes());
    let csv = String::from_utf8(released.to_csv()).expect("utf-8");
    assert_eq!(
        csv,
        "place,n_persons,status,change,change_status\n\
         \"'=HYPERLINK(\"\"x\"\")\",40,r,-12.5,r\n\
         '-5 Acre Lane,,c,,c\n\
         \"plain, with comma\",55,r,0.0,r\n"
    );
}

#[test]
fn a_package_describes_its_files() {
    let released = named("Abbey Fields", &RulePack::hes());
    let files = package(&released).files().expect("files");
    let descriptor: Value = serde_json::from_slice(&files["datapackage.json"]).expect("json");
    let resource = &descriptor["resources"][0];
    assert_eq!(resource["path"], "places.csv");
    assert_eq!(resource["bytes"], files["places.csv"].len());
    assert_eq!(resource["hash"], format!("sha256:{}", sha256_hex(&files["places.csv"])));
    assert_eq!(descriptor["licenses"][0]["name"], "OGL-UK-3.0");
    let fields = resource["schema"]["fields"].as_array().expect("fields");
    let header = String::from_utf8_lossy(&files["places.csv"]).lines().next().map(str::to_owned);
    let names: Vec<&str> = fields.iter().filter_map(|f| f["name"].as_str()).collect();
    assert_eq!(header, Some(names.join(",")));
    assert_eq!(fields[1]["type"], "integer");
    assert_eq!(files, package(&released).files().expect("files"));
}

#[test]
fn what_was_made_for_inside_use_is_no_open_data() {
    let inside = RulePack::named("internal").expect("built in");
    let error = package(&named("Abbey Fields", &inside)).files().expect_err("refused");
    assert!(error.to_string().contains("for inside use only"));
}

#[test]
fn files_are_written_under_their_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let written = report().write(folder.path()).expect("written");
    assert_eq!(written.len(), 11);
    assert!(folder.path().join("index.html").is_file());
    assert!(folder.path().join("charts/risk-pyramid.svg").is_file());
    let released = named("Abbey Fields", &RulePack::hes());
    write_package(folder.path(), &package(&released)).expect("written");
    assert!(folder.path().join("datapackage.json").is_file());
}
