//! The page itself: every number in its tables, cards and sentences is a figure, written as it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::compare::reported;
use crate::support::sample;

fn page() -> String {
    std::fs::read_to_string(sample().out().join("report/index.html")).expect("the page")
}

/// The pieces of a text between two marks.
fn between<'a>(text: &'a str, start: &str, end: &'a str) -> Vec<&'a str> {
    let pieces = text.split(start).skip(1);
    pieces.map(|piece| piece.split(end).next().unwrap_or_default()).collect()
}

/// Text without tags, entities resolved.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    let entities =
        [("&#x2f;", "/"), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">")];
    let text = entities.iter().fold(text, |text, (from, to)| text.replace(from, to));
    text.replace("&amp;", "&").trim().to_owned()
}

/// Every element with a figure's id, and its text.
fn figures_on(page: &str) -> Vec<(String, String)> {
    let elements = page.split("data-figure=\"").skip(1);
    let element = |piece: &str| {
        let (id, rest) = piece.split_once('"').expect("a closed attribute");
        let content = rest.split_once('>').expect("a closed tag").1;
        let ends = ["</td>", "</dd>", "</strong>", "</span>"];
        let end = ends.iter().filter_map(|end| content.find(end)).min().expect("a closed element");
        (plain(id), plain(&content[..end]))
    };
    elements.map(element).collect()
}

/// What a figure's text says as a number, pounds as pence.
fn number(shown: &str) -> Option<f64> {
    let bare = shown.replace([',', '£'], "").replace('\u{2212}', "-");
    let value: f64 = bare.parse().ok()?;
    Some(if shown.contains('£') { value * 100.0 } else { value })
}

#[test]
fn every_figure_on_the_page_is_written_as_it_is() {
    let (page, figures) = (page(), reported());
    let mut seen = BTreeSet::new();
    for (id, text) in figures_on(&page) {
        let figure = figures.get(&id).unwrap_or_else(|| panic!("{id} is not in figures.json"));
        match &figure["value"] {
            Json::Null => {
                let letter = figure["status"].as_str();
                let marker = letter.map_or("–".to_owned(), |letter| format!("[{letter}]"));
                assert_eq!(text, marker, "{id}");
                assert_ne!(letter, Some("r"), "{id}: nothing cannot have been rounded");
            }
            Json::String(_) => assert_eq!(text, figure["shown"].as_str().expect("words"), "{id}"),
            value => {
                let value = value.as_f64().expect("a number");
                let shown = number(&text).unwrap_or_else(|| panic!("{id}: {text} is no number"));
                // Three decimals at most are written.
                assert!((shown - value).abs() <= 0.000_500_1, "{id}: {text} for {value}");
            }
        }
        seen.insert(id);
    }
    let unseen: Vec<&String> = figures.keys().filter(|id| !seen.contains(*id)).collect();
    assert!(unseen.is_empty(), "not on the page: {unseen:?}");
}

#[test]
fn no_number_in_a_table_is_without_a_figure() {
    let page = page();
    let mut n_cells = 0;
    for table in between(&page, "<table>", "</table>") {
        // Columns that name a row come first; the others are figures.
        let heads = between(table, "<th scope=\"col\"", "</th>");
        let names = heads.iter().filter(|head| !head.contains("class=\"figure\""));
        let names: Vec<String> = names.map(|head| plain(&format!("<{head}"))).collect();
        for row in between(table, "<tr>", "</tr>").into_iter().skip(1) {
            let cells = between(row, "<td", "</td>");
            assert_eq!(cells.len() + 1, heads.len(), "the first name is a head of its row");
            for (at, cell) in cells.into_iter().enumerate() {
                let is_figure = cell.contains("data-figure=\"");
                let text = plain(&format!("<{cell}"));
                n_cells += usize::from(is_figure);
                match names.get(at + 1) {
                    // The only numbers that name a row are months.
                    Some(name) => assert!(
                        !is_figure && (number(&text).is_none() || name.starts_with("Months")),
                        "{name}: {text}"
                    ),
                    None => assert!(is_figure, "{names:?}: {text}"),
                }
            }
        }
    }
    assert!(n_cells > 7000, "{n_cells} figures in tables");
}

#[test]
fn no_number_in_a_sentence_or_card_is_without_a_figure() {
    let page = page();
    let sentences = between(&page, "<ul class=\"messages\">", "</ul>");
    let cards = between(&page, "<dl class=\"cards\">", "</dl>");
    assert_eq!((sentences.len(), cards.len()), (1, 1));
    // Bases and limits are words about figures, not figures.
    let words = ["per 1,000", "99.8 %", "95 %", "last 12 months"];
    for part in sentences.into_iter().chain(cards) {
        let mut rest = String::new();
        for piece in part.split("data-figure=\"") {
            // What follows the opening tag up to the end of the element is the figure.
            let after =
                ["</strong>", "</dd>", "</span>"].iter().filter_map(|end| piece.find(end)).min();
            let is_first = rest.is_empty();
            rest.push_str(if is_first { piece } else { after.map_or("", |at| &piece[at..]) });
        }
        // An opening tag was cut before its attribute.
        let text = plain(
            &rest
                .replace("<strong ", "")
                .replace("<span ", "")
                .replace("<dd class=\"number\" ", ""),
        );
        let text = words.iter().fold(text, |text, word| text.replace(word, ""));
        assert!(!text.chars().any(|c| c.is_ascii_digit()), "{text}");
    }
}

#[test]
fn numbers_written_in_charts_are_figures() {
    let figures = reported();
    let shown = |table: &str, column: &str| -> BTreeSet<String> {
        let front = format!("release.{table}/");
        let of = figures.iter().filter(|(id, _)| id.starts_with(&front) && id.ends_with(column));
        of.map(|(_, figure)| figure["shown"].as_str().expect("text").to_owned()).collect()
    };
    let page = page();
    let charts: BTreeMap<&str, Vec<String>> = between(&page, "<svg", "</svg>")
        .into_iter()
        .map(|svg| {
            let title = between(svg, "<title", "</title>")[0].split('>').nth(1).expect("a title");
            let texts = between(svg, "<text", "</text>").into_iter();
            (title, texts.map(|text| plain(&format!("<{text}"))).collect())
        })
        .collect();
    let pyramid = charts.iter().find(|(title, _)| title.starts_with("People by risk")).expect("it");
    let counts = shown("risk_pyramid", "n_persons");
    for text in pyramid.1.iter().filter(|text| number(text).is_some()) {
        let is_fifth = ["1", "2", "3", "4", "5"].contains(&text.as_str());
        assert!(is_fifth || counts.contains(text), "{text} in the pyramid");
    }
    let forest =
        charts.iter().find(|(title, _)| title.starts_with("What the changes")).expect("it");
    let mut n_intervals = 0;
    for text in forest.1.iter().filter(|text| text.contains(" to ") && text.ends_with(')')) {
        let parts: Vec<&str> =
            text.split([' ', '(', ')']).filter(|part| !part.is_empty()).collect();
        let [ratio, lower, "to", upper] = parts[..] else { panic!("{text}") };
        let any = |part: &str, end: &str| shown("effect", end).contains(part);
        assert!(any(ratio, "/rate_ratio"), "{text}");
        assert!(any(lower, "/lower_95") && any(upper, "/upper_95"), "{text}");
        n_intervals += 1;
    }
    assert_eq!(n_intervals, 6);
}
