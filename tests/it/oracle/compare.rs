//! The report held against the oracle: equal figures, none missing, none unchecked.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::WORLD;
use super::shown::{Shown, Value, exact, rounded};
use crate::support::sample;

/// The sample report's figures by id.
pub(super) fn reported() -> BTreeMap<String, Json> {
    figures_in(&sample().out())
}

/// The figures of the report below a folder of outputs.
pub(super) fn figures_in(out: &Path) -> BTreeMap<String, Json> {
    let bytes = std::fs::read(out.join("report/figures.json")).expect("figures");
    let all: Json = serde_json::from_slice(&bytes).expect("JSON");
    let figures = all["figures"].as_object().expect("figures by id");
    figures.iter().map(|(id, figure)| (id.clone(), figure.clone())).collect()
}

/// A line for each figure that differs, is missing, or that no computation has checked.
pub(super) fn differences(
    report: &BTreeMap<String, Json>,
    oracle: &BTreeMap<String, Shown>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, figure) in report {
        let shown = format!("{} [{}]", figure["value"], figure["status"]);
        match oracle.get(id) {
            None => lines.push(format!("{id}: {shown} in the report, checked by nothing")),
            Some(expected) if !is_same(figure, expected) => {
                lines.push(format!("{id}: {shown} in the report, {expected:?} by the oracle"));
            }
            Some(_) => {}
        }
    }
    let missing = oracle.iter().filter(|(id, _)| !report.contains_key(*id));
    lines
        .extend(missing.map(|(id, expected)| format!("{id}: missing, {expected:?} by the oracle")));
    lines
}

fn is_same(figure: &Json, expected: &Shown) -> bool {
    let is_value = match &expected.value {
        // Whole counts are exact in either notation; statistics agree to a relative 1e-9.
        Value::Number(number) => figure["value"]
            .as_f64()
            .is_some_and(|shown| (shown - number).abs() <= 1e-9 * number.abs()),
        Value::Word(word) => figure["value"].as_str() == Some(word),
        Value::Nothing => figure["value"].is_null(),
    };
    is_value && figure["status"].as_str() == expected.letter
}

#[test]
fn every_figure_of_the_report_equals_an_independent_computation() {
    let (report, oracle) = (reported(), WORLD.figures());
    assert!(report.len() > 7000, "{} figures", report.len());
    let lines = differences(&report, &oracle.all);
    let first: Vec<&String> = lines.iter().take(60).collect();
    assert!(lines.is_empty(), "{} of {} figures: {first:#?}", lines.len(), report.len());
}

#[test]
fn a_wrong_a_missing_and_an_unchecked_figure_are_each_told() {
    let figure = |value: f64, status: Json| serde_json::json!({ "value": value, "status": status });
    let report = BTreeMap::from([
        ("a".to_owned(), figure(100.0, Json::Null)),
        ("b".to_owned(), figure(100.000_001, Json::Null)),
        ("c".to_owned(), figure(5.0, "r".into())),
        ("d".to_owned(), figure(5.0, Json::Null)),
    ]);
    let oracle = BTreeMap::from([
        ("a".to_owned(), exact(100.0)),
        ("b".to_owned(), exact(100.0)),
        ("d".to_owned(), rounded(5.0)),
        ("e".to_owned(), exact(1.0)),
    ]);
    let lines = differences(&report, &oracle);
    let ids: Vec<&str> = lines.iter().map(|line| &line[..1]).collect();
    assert_eq!(ids, ["b", "c", "d", "e"]);
    assert!(lines[1].contains("checked by nothing") && lines[3].contains("missing"));
}
