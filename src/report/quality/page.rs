//! The pages: an overview of the feeds, and one page of questions for each provider.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use super::input::{ColumnCells, FeedSummary, MonthStatus, QualityInput, Question, Reach};
use super::linkage::{TrialRow, impossible_rows, trial_row};
use super::providers::{UNKNOWN, by_provider, month, shown, to_csv};
use crate::report::charts::{
    Chart, column_bars, feed_control_charts, feed_heat_map, holdout_marks, linkage_marks,
};
use crate::report::html::STYLE;
use crate::report::{ReportError, words};

const TEMPLATES: [(&str, &str); 2] = [
    ("quality.html", include_str!("../../../reports/templates/quality.html")),
    ("questions.html", include_str!("../../../reports/templates/questions.html")),
];

/// Columns of a feed that are drawn.
const MOST_COLUMNS: usize = 24;

/// A dash where there is no number.
pub(super) const NONE: &str = "\u{2013}";

#[derive(Serialize)]
struct FeedRow {
    feed: String,
    rows: [String; 5],
    shares: [String; 5],
    reaches_to: String,
    n_incomplete_months: String,
    n_questions: String,
}

#[derive(Serialize)]
struct MonthRow<'a> {
    feed: String,
    month: String,
    is_complete: bool,
    waits_for: &'a str,
    expected: String,
    coded: String,
}

#[derive(Serialize)]
struct ColumnsView {
    feed: String,
    svg: String,
    /// Columns that every row has a valid value in.
    n_whole: usize,
    /// Columns that there was no room for.
    n_more: usize,
}

#[derive(Serialize)]
struct ReachRow {
    feed: String,
    provider: String,
    n_deliveries: String,
    first: String,
    last: String,
    behind: String,
    n_missing_months: String,
    n_after_as_at: String,
    mean_lag_days: String,
}

#[derive(Serialize)]
struct ProviderRow<'a> {
    code: &'a str,
    is_named: bool,
    feeds: String,
    n_questions: usize,
    gravest: &'a str,
}

#[derive(Serialize)]
struct QuestionRow<'a> {
    number: usize,
    feed: String,
    sentence: &'a str,
    check_type: &'a str,
    since: String,
}

/// The files of the data-quality page by their names under its folder: `index.html`, and for each
/// provider `questions/<code>.html` and `.csv`.
///
/// # Errors
/// If a chart or a page fails.
pub fn render_quality(input: &QualityInput) -> Result<BTreeMap<String, Vec<u8>>, ReportError> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let lists = by_provider(&input.questions);
    let mut files = BTreeMap::new();
    files.insert("index.html".to_owned(), index(&environment, input, &lists)?.into_bytes());
    for (code, questions) in &lists {
        let page = questions_page(&environment, input, code, questions)?;
        files.insert(format!("questions/{code}.html"), page.into_bytes());
        files.insert(format!("questions/{code}.csv"), to_csv(questions));
    }
    Ok(files)
}

fn index(
    environment: &Environment<'_>,
    input: &QualityInput,
    lists: &BTreeMap<&str, Vec<&Question>>,
) -> Result<String, ReportError> {
    let feeds: Vec<FeedRow> = input.feeds.iter().map(feed_row).collect();
    let months = match input.trend.is_empty() {
        true => Vec::new(),
        false => vec![
            feed_heat_map(&input.trend, input.missing_month_share)?,
            feed_control_charts(&input.trend)?,
        ],
    };
    let svgs: Vec<String> = months.into_iter().map(|chart: Chart| chart.svg).collect();
    let open: Vec<MonthRow<'_>> = input.months.chunk_by(is_next).map(month_row).collect();
    let columns = columns(&input.columns)?;
    let linkage = linkage_marks(&input.feeds)?.svg;
    let trial = match input.holdout.is_empty() {
        true => None,
        false => Some(holdout_marks(&input.holdout)?.svg),
    };
    let groups: Vec<TrialRow> = input.holdout.iter().map(trial_row).collect();
    let reach: Vec<ReachRow> = input.reach.iter().map(reach_row).collect();
    let providers: Vec<ProviderRow<'_>> = lists.iter().map(provider_row).collect();
    Ok(environment.get_template("quality.html")?.render(context! {
        style => STYLE,
        city => input.city.as_str(),
        as_at => words::day(input.as_at),
        demonstration => input.demonstration,
        n_months => input.n_months,
        missing_month_percent => words::number(input.missing_month_share * 100.0),
        feeds => Serde(&feeds),
        months => Serde(&svgs),
        open => Serde(&open),
        columns => Serde(&columns),
        linkage => linkage,
        trial => trial,
        groups => Serde(&groups),
        impossible => Serde(&impossible_rows(&input.impossible)),
        alarms => Serde(&input.alarms),
        reach => Serde(&reach),
        providers => Serde(&providers),
    })?)
}

fn questions_page(
    environment: &Environment<'_>,
    input: &QualityInput,
    code: &str,
    questions: &[&Question],
) -> Result<String, ReportError> {
    let rows = questions.iter().enumerate().map(|(i, question)| QuestionRow {
        number: i + 1,
        feed: words::feed(&question.feed),
        sentence: &question.sentence,
        check_type: question.check_type.as_deref().unwrap_or(NONE),
        since: month(question.since),
    });
    Ok(environment.get_template("questions.html")?.render(context! {
        style => STYLE,
        city => input.city.as_str(),
        as_at => words::day(input.as_at),
        demonstration => input.demonstration,
        n_months => input.n_months,
        code => code,
        is_named => code != UNKNOWN,
        questions => Serde(&rows.collect::<Vec<_>>()),
    })?)
}

pub(super) fn count(n: i64) -> String {
    words::number(n as f64)
}

/// A share in per cent: what is not all is never written as 100.
pub(super) fn share(share: Option<f64>) -> String {
    const FINE: f64 = 1e9;
    share
        .map_or_else(|| NONE.to_owned(), |share| words::percent((share * FINE) as i64, FINE as i64))
}

fn feed_row(feed: &FeedSummary) -> FeedRow {
    let accepted = words::percent(feed.rows[1], feed.rows[0]);
    FeedRow {
        feed: words::feed(&feed.feed),
        rows: feed.rows.map(count),
        shares: [
            accepted,
            share(feed.share_linkable),
            share(feed.share_linked),
            share(feed.share_verified),
            share(feed.share_coded),
        ],
        reaches_to: feed
            .reaches_to
            .map_or_else(|| NONE.to_owned(), |day| words::month(&day.to_string())),
        n_incomplete_months: count(feed.n_incomplete_months),
        n_questions: count(feed.n_questions),
    }
}

/// Whether a month goes on where the one before it stood.
fn is_next(before: &MonthStatus, status: &MonthStatus) -> bool {
    let key = |s: &MonthStatus| (s.feed.clone(), s.waits_for.clone(), s.is_complete);
    key(before) == key(status) && before.month + 1 == status.month
}

/// Months in a row that wait for the same, with the lowest of their shares.
fn month_row(run: &[MonthStatus]) -> MonthRow<'_> {
    let (first, last) = (&run[0], run.last().unwrap_or(&run[0]));
    let least = |of: fn(&MonthStatus) -> Option<f64>| {
        share(run.iter().filter_map(of).map(|share| share.min(1.0)).reduce(f64::min))
    };
    MonthRow {
        feed: words::feed(&first.feed),
        month: match run.len() {
            1 => month(Some(first.month)),
            _ => format!("{} to {}", month(Some(first.month)), month(Some(last.month))),
        },
        is_complete: first.is_complete,
        waits_for: &first.waits_for,
        expected: least(|status| status.expected_share),
        coded: least(|status| status.share_coded),
    }
}

/// A chart for each feed, the column with fewest valid values first.
fn columns(cells: &[ColumnCells]) -> Result<Vec<ColumnsView>, ReportError> {
    let mut views = Vec::new();
    for of_feed in cells.chunk_by(|a, b| a.feed == b.feed) {
        let mut wanting: Vec<&ColumnCells> = of_feed.iter().filter(|c| c.n_wanting() > 0).collect();
        let n_whole = of_feed.len() - wanting.len();
        // Shares compared as cross products: no rounding.
        wanting.sort_by(|a, b| {
            let product = |n: i64, of: i64| i128::from(n) * i128::from(of);
            product(b.n_wanting(), a.n_rows)
                .cmp(&product(a.n_wanting(), b.n_rows))
                .then(a.column.cmp(&b.column))
        });
        let n_more = wanting.len().saturating_sub(MOST_COLUMNS);
        wanting.truncate(MOST_COLUMNS);
        let feed = &of_feed[0].feed;
        let svg = match wanting.is_empty() {
            true => String::new(),
            false => column_bars(feed, &wanting)?.svg,
        };
        views.push(ColumnsView { feed: words::feed(feed), svg, n_whole, n_more });
    }
    Ok(views)
}

fn reach_row(reach: &Reach) -> ReachRow {
    ReachRow {
        feed: words::feed(&reach.feed),
        provider: shown(&reach.provider).to_owned(),
        n_deliveries: count(reach.n_deliveries),
        first: month(reach.months.map(|(first, _)| first)),
        last: month(reach.months.map(|(_, last)| last)),
        behind: reach.months_behind.map_or_else(|| NONE.to_owned(), count),
        n_missing_months: count(reach.n_missing_months),
        n_after_as_at: count(reach.n_after_as_at),
        mean_lag_days: reach
            .mean_lag_days
            .map_or_else(|| NONE.to_owned(), |days| words::number(days.round())),
    }
}

fn provider_row<'a>((code, questions): (&&'a str, &Vec<&'a Question>)) -> ProviderRow<'a> {
    let mut feeds: Vec<String> = questions.iter().map(|q| words::feed(&q.feed)).collect();
    feeds.sort();
    feeds.dedup();
    ProviderRow {
        code,
        is_named: *code != UNKNOWN,
        feeds: feeds.join(", "),
        n_questions: questions.len(),
        gravest: questions.first().map_or("", |question| &question.sentence),
    }
}
