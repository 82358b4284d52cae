//! The page's part on linkage: the nightly trial, and what persons cannot have done.

use serde::Serialize;

use super::input::{HoldoutGroup, Impossible};
use super::page::{NONE, count, share};
use super::providers::shown;
use crate::report::words;

#[derive(Serialize)]
pub(super) struct TrialRow {
    dimension: &'static str,
    category: String,
    n_identities: String,
    n_too_little_data: String,
    precision: String,
    recall: String,
}

#[derive(Serialize)]
pub(super) struct ImpossibleRow {
    kind: &'static str,
    feed: String,
    n_events: String,
    n_persons: String,
    n_possible: String,
}

pub(super) fn trial_row(group: &HoldoutGroup) -> TrialRow {
    TrialRow {
        dimension: dimension(&group.dimension),
        category: category(group),
        n_identities: count(group.n_identities),
        n_too_little_data: count(group.n_too_little_data),
        precision: limits(group.precision),
        recall: limits(group.recall),
    }
}

/// The kinds that are there, those in which nothing was found in one line each.
pub(super) fn impossible_rows(events: &[Impossible]) -> Vec<ImpossibleRow> {
    let of_kind = events.chunk_by(|one, next| one.kind == next.kind);
    of_kind.flat_map(rows_of_kind).collect()
}

fn rows_of_kind(events: &[Impossible]) -> Vec<ImpossibleRow> {
    let found: Vec<&Impossible> = events.iter().filter(|event| event.n_persons > 0).collect();
    if !found.is_empty() {
        let row = |event: &Impossible| row(event, words::feed(&event.feed));
        return found.into_iter().map(row).collect();
    }
    let most = events.iter().max_by_key(|event| event.n_possible);
    most.map(|event| row(event, "no feed".to_owned())).into_iter().collect()
}

fn row(event: &Impossible, feed: String) -> ImpossibleRow {
    ImpossibleRow {
        kind: match event.kind.as_str() {
            "after_death" => "Care from the second day after death on",
            "two_hospitals" => "In two hospitals for two nights or more",
            _ => "Female in one feed, male in another",
        },
        feed,
        n_events: count(event.n_events),
        n_persons: count(event.n_persons),
        n_possible: count(event.n_possible),
    }
}

/// What a dimension is called.
pub(in crate::report) fn dimension(name: &str) -> &'static str {
    match name {
        "all" => "All",
        "feed" => "Feed",
        "provider_code" => "Provider",
        "imd_quintile_city" => "Deprivation fifth",
        "ethnic_group" => "Ethnic group",
        "sex" => "Sex",
        _ => "Age",
    }
}

/// What a group is called.
pub(in crate::report) fn category(group: &HoldoutGroup) -> String {
    category_of(&group.dimension, &group.category)
}

/// What a group of that dimension is called.
pub(in crate::report) fn category_of(dimension: &str, category: &str) -> String {
    match (dimension, category) {
        ("all", _) => "identities of all feeds".to_owned(),
        ("feed", feed) => words::feed(feed),
        ("imd_quintile_city", "1") => "1, the most deprived".to_owned(),
        ("provider_code", code) => shown(code).to_owned(),
        (_, category) => words::label(category),
    }
}

fn limits(of: Option<[f64; 3]>) -> String {
    of.map_or_else(
        || NONE.to_owned(),
        |limits| {
            let [value, lower, upper] = limits.map(|limit| share(Some(limit)));
            format!("{value} ({lower} to {upper})")
        },
    )
}
