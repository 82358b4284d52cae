//! The pages say what their input says, name nobody who should not be named, and hold no script.

use jiff::civil::date;

use super::*;

fn trend(feed: &str, month: i32, n_records: i64, status: TrendStatus) -> SeriesMonth {
    SeriesMonth {
        feed: feed.to_owned(),
        month,
        n_records,
        median_before: Some(100.0),
        status,
        is_complete: status != TrendStatus::Missing,
        mean: 90.0,
        limits: Some((60.0, 120.0)),
    }
}

fn question(provider: &str, number: i64, sentence: &str) -> Question {
    Question {
        provider: provider.to_owned(),
        number,
        feed: "apc".to_owned(),
        rule: "unknown_code".to_owned(),
        column: "SEX".to_owned(),
        check_type: Some("isForeignKey".to_owned()),
        n_rows: 1,
        n_of: 2,
        since: None,
        file: None,
        first_lines: None,
        sentence: sentence.to_owned(),
    }
}

fn wanting(feed: &str, month: i32, waits_for: &str, share: Option<f64>) -> MonthStatus {
    MonthStatus {
        feed: feed.to_owned(),
        month,
        is_complete: false,
        waits_for: waits_for.to_owned(),
        expected_share: share,
        share_coded: None,
    }
}

fn trial(dimension: &str, category: &str, n: i64, recall: Option<[f64; 3]>) -> HoldoutGroup {
    HoldoutGroup {
        dimension: dimension.to_owned(),
        category: category.to_owned(),
        n_identities: n,
        n_too_little_data: 1,
        precision: None,
        recall,
    }
}

fn impossible(kind: &str, feed: &str, n: i64) -> Impossible {
    let (kind, feed) = (kind.to_owned(), feed.to_owned());
    Impossible { kind, feed, n_events: 3 * n, n_persons: n, n_possible: 70 }
}

fn input() -> QualityInput {
    let first = 2025 * 12;
    QualityInput {
        city: "Hubton & <District>".to_owned(),
        as_at: date(2026, 4, 1),
        demonstration: false,
        n_months: 12,
        missing_month_share: 0.6,
        feeds: vec![FeedSummary {
            feed: "apc".to_owned(),
            rows: [1_234_567, 1_234_566, 1, 0, 0],
            share_linked: Some(0.99999),
            share_verified: Some(1.0),
            ..FeedSummary::default()
        }],
        trend: vec![
            trend("apc", first, 100, TrendStatus::Usual),
            trend("apc", first + 1, 10, TrendStatus::Missing),
            trend("op", first, 100, TrendStatus::NoHistory),
        ],
        months: vec![
            wanting("apc", first + 1, "rows are missing (1)", Some(0.99999)),
            wanting("apc", first + 3, "a file has not come (1)", Some(0.7)),
            wanting("apc", first + 4, "a file has not come (1)", Some(0.5)),
            wanting("op", first + 5, "a file has not come (1)", None),
        ],
        columns: vec![ColumnCells {
            feed: "apc".to_owned(),
            column: "SEX".to_owned(),
            n_rows: 1000,
            cells: [990, 1, 2, 3, 4],
        }],
        reach: Vec::new(),
        holdout: vec![
            trial("all", "all", 400, Some([0.9995, 0.99, 0.9999])),
            trial("provider_code", "9990000018", 40, None),
        ],
        impossible: vec![
            impossible("after_death", "apc", 2),
            impossible("after_death", "op", 0),
            impossible("two_sexes", "apc", 0),
            impossible("two_sexes", "op", 0),
        ],
        alarms: vec!["recall of the trial fell from 98.1 % to 91.0 %: all".to_owned()],
        questions: vec![
            question("RR8", 1, "The gravest."),
            question("RR8", 2, "A lesser one."),
            question("9990000018", 1, "Whose is it?"),
        ],
    }
}

fn page(name: &str) -> String {
    String::from_utf8(render_quality(&input()).unwrap().remove(name).unwrap()).unwrap()
}

#[test]
fn every_provider_has_a_page_and_a_file() {
    let files: Vec<_> = render_quality(&input()).unwrap().into_keys().collect();
    let expected = [
        "index.html",
        "questions/RR8.csv",
        "questions/RR8.html",
        "questions/unknown.csv",
        "questions/unknown.html",
    ];
    assert_eq!(files, expected);
}

#[test]
fn nothing_is_rounded_up_to_all_of_it() {
    let page = page("index.html");
    assert!(page.contains("<td class=\"figure\">1,234,567</td>"));
    assert!(page.contains("<td class=\"figure\">99.9</td>"), "one row of a million was refused");
    assert!(page.contains("<td class=\"figure\">100.0</td>"), "every number is verified");
    assert!(page.contains("99.0 % valid"));
}

#[test]
fn a_month_that_is_not_final_says_what_it_waits_for() {
    let page = page("index.html");
    let row = "<th scope=\"row\">APC</th><td>Feb 2025</td><td>rows are missing (1)</td><td>no</td>\
               <td class=\"figure\">99.9</td><td class=\"figure\">\u{2013}</td>";
    assert!(page.contains(row), "{page}");
    let run = "<th scope=\"row\">APC</th><td>Apr 2025 to May 2025</td><td>a file has not come (1)</td>\
               <td>no</td><td class=\"figure\">50.0</td>";
    assert!(page.contains(run), "{page}");
    assert!(page.contains("<th scope=\"row\">OP</th><td>Jun 2025</td>"), "{page}");
    let rendered = render_quality(&QualityInput { months: Vec::new(), ..input() }).unwrap();
    let page = String::from_utf8_lossy(&rendered["index.html"]).into_owned();
    assert!(page.contains("Every month of every feed is final."));
}

#[test]
fn the_trial_and_what_cannot_be_stand_under_linkage() {
    let page = page("index.html");
    let trial = "<td>All</td><th scope=\"row\">identities of all feeds</th><td class=\"figure\">400</td>\
                 <td class=\"figure\">1</td><td class=\"figure\">\u{2013}</td><td class=\"figure\">99.9 (99.0 to 99.9)</td>";
    assert!(page.contains(trial), "{page}");
    let care = "<th scope=\"row\">Care from the second day after death on</th><td>APC</td>\
                <td class=\"figure\">6</td><td class=\"figure\">2</td><td class=\"figure\">70</td>";
    assert!(page.contains(care), "{page}");
    let alarm = "<strong>Since the run before:</strong> recall of the trial fell from 98.1 % to";
    assert!(page.contains(alarm), "{page}");
    let sexes = "<th scope=\"row\">Female in one feed, male in another</th><td>no feed</td>";
    assert_eq!(page.matches(sexes).count(), 1, "what was not found is one line");
    let without =
        QualityInput { holdout: Vec::new(), impossible: Vec::new(), alarms: Vec::new(), ..input() };
    let page = String::from_utf8(render_quality(&without).unwrap().remove("index.html").unwrap());
    let page = page.unwrap();
    assert!(!page.contains("one record in twenty") && !page.contains("Since the run before"));
}

#[test]
fn text_is_escaped_and_what_may_be_a_number_is_not_shown() {
    for (name, bytes) in render_quality(&input()).unwrap() {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("<District>"), "{name}");
        assert!(!text.contains("9990000018"), "{name}");
        assert!(!text.contains("<script"), "{name}");
    }
    assert!(page("index.html").contains("Not for release"));
}

#[test]
fn the_gravest_question_stands_in_the_overview() {
    let page = page("index.html");
    assert!(page.contains("The gravest."));
    assert!(!page.contains("A lesser one."));
}

#[test]
fn a_run_without_rows_still_has_a_page() {
    let empty = QualityInput {
        feeds: Vec::new(),
        trend: Vec::new(),
        months: Vec::new(),
        columns: Vec::new(),
        questions: Vec::new(),
        ..input()
    };
    let files = render_quality(&empty).unwrap();
    assert_eq!(files.len(), 1);
    assert!(String::from_utf8_lossy(&files["index.html"]).contains("There is nothing to ask."));
}
