//! Every figure of the report, in one structure that is also written as `figures.json`.
//!
//! The page is filled in from this and nothing else. Each figure has an id made of the table, the
//! row's dimensions and the column, and the page carries that id beside the figure
//! (`data-figure`), so that an independent check can find each one and notice one that it missed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::charts::Chart;
use super::input::{FeedCounts, LinkRow, ReportInput};
use super::words;
use crate::disclosure::{Notes, RateSpec, Released, Role, Status};

/// The report's content.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// What the report is about.
    pub about: About,
    /// Every figure by its id.
    pub figures: BTreeMap<String, Figure>,
    /// The figures at the top.
    pub headline: Vec<Headline>,
    /// The findings in sentences.
    pub messages: Vec<Message>,
    /// The tables by their release's name, and `deliveries` and `linkage`, as the page lays them
    /// out; as JSON, their figures are among [`Figures::figures`].
    #[serde(skip)]
    pub tables: BTreeMap<String, TableView>,
    /// What the charts show, in words; the drawings are not part of it.
    pub charts: Vec<Chart>,
}

/// What the report is about.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    /// The title.
    pub title: String,
    /// The city or place.
    pub city: String,
    /// The analysis date, as in 2026-04-01.
    pub as_at: String,
    /// The analysis date in words.
    pub as_at_words: String,
    /// The last day covered, as in 2026-03-31.
    pub complete_to: String,
    /// The last day covered, in words.
    pub complete_to_words: String,
    /// Whom the figures are about.
    pub population_basis: String,
    /// The purpose of use.
    pub purpose: String,
    /// Whether the data are synthetic.
    pub demonstration: bool,
    /// Remarks for readers.
    pub remarks: Vec<String>,
    /// The rules that the tables were protected under, each once.
    pub rules: Vec<String>,
}

/// One figure: its value as a number or text, what was done to it, how it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// The value; null where it is not shown.
    pub value: Value,
    /// What was done to it.
    pub status: Option<Status>,
    /// How the page writes it.
    pub shown: String,
}

/// A figure where it stands on the page.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// Its id in [`Figures::figures`].
    pub id: String,
    /// How it is written.
    pub shown: String,
    /// What a marker in its place means.
    pub meaning: Option<&'static str>,
}

/// A figure at the top of the report.
#[derive(Debug, Clone, Serialize)]
pub struct Headline {
    /// The indicator's code.
    pub indicator: String,
    /// Its name.
    pub label: String,
    /// What is counted, over which period.
    pub unit: String,
    /// The count.
    pub count: Cell,
    /// The rate, if there is one, and what it is per.
    pub rate: Option<(Cell, String)>,
}

/// A finding in words and figures.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Its pieces in order.
    pub parts: Vec<Part>,
}

/// A piece of a finding.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Words.
    Text(String),
    /// A figure.
    Figure(Cell),
}

/// A table as the page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct TableView {
    /// What it is about.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whom it is about, in words; empty for counts of rows.
    pub population: String,
    /// What disclosure control did to it, for released tables.
    pub notes: Option<Notes>,
}

/// A column as the page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its name in the data.
    pub name: String,
    /// What stands over it.
    pub label: String,
    /// Whether it names the row.
    pub is_head: bool,
}

/// A row as the page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What names it.
    pub heads: Vec<String>,
    /// Its figures.
    pub cells: Vec<Cell>,
}

impl Figures {
    /// The figures of everything but the charts and messages.
    pub(super) fn new(input: &ReportInput) -> Self {
        let mut figures = Self {
            about: about(input),
            figures: BTreeMap::new(),
            headline: Vec::new(),
            messages: Vec::new(),
            tables: BTreeMap::new(),
            charts: Vec::new(),
        };
        if let Some(released) = input.released.get("release.headline") {
            let rows = in_order(released).into_iter();
            figures.headline = rows.map(|row| figures.headline_of(released, row)).collect();
            figures.add_table(released);
        }
        figures.add_deliveries(&input.deliveries);
        figures.add_reasons(&input.reasons);
        figures.add_linkage(&input.linkage);
        figures
    }

    /// A cell of a released table as a figure.
    pub(super) fn cell(&mut self, released: &Released, row: usize, column: &str) -> Cell {
        let dimensions = released.spec().dimensions.iter();
        let key: Vec<String> = std::iter::once(released.name().to_owned())
            .chain(dimensions.map(|d| released.text(row, d).unwrap_or_default()))
            .chain([column.to_owned()])
            .collect();
        let status = released.status(row, column);
        let (value, shown) = match (released.number(row, column), released.text(row, column)) {
            (Some(number), _) => (json!(number), words::value(column, number)),
            (None, Some(text)) => (json!(text), words::label(&text)),
            (None, None) => (Value::Null, marker(status)),
        };
        self.add(key.join("/"), Figure { value, status, shown })
    }

    /// Notes a figure under its id.
    pub(super) fn add(&mut self, id: String, figure: Figure) -> Cell {
        let meaning = figure.status.filter(|_| figure.value.is_null()).map(Status::meaning);
        let cell = Cell { id: id.clone(), shown: figure.shown.clone(), meaning };
        self.figures.insert(id, figure);
        cell
    }

    /// Notes a figure that is worked out from others.
    pub(super) fn derived(&mut self, id: String, value: f64, shown: String) -> Cell {
        self.add(id, Figure { value: json!(value), status: None, shown })
    }

    /// Adds a released table.
    pub(super) fn add_table(&mut self, released: &Released) {
        let is_shown = |role| !matches!(role, Role::Status | Role::Dimension | Role::Attribute);
        let heads = heads(released);
        let measures: Vec<&str> = released
            .columns()
            .iter()
            .filter(|column| is_shown(column.role))
            .map(|column| column.name.as_str())
            .collect();
        let rows = in_order(released)
            .into_iter()
            .map(|row| Row {
                heads: heads.iter().map(|column| head(released, row, column)).collect(),
                cells: measures.iter().map(|column| self.cell(released, row, column)).collect(),
            })
            .collect();
        let column = |name: &str, is_head| Column {
            name: name.to_owned(),
            label: match name {
                "neighbourhood" => words::sentence(released.area()),
                _ => words::column(name),
            },
            is_head,
        };
        let columns =
            heads.iter().map(|c| column(c, true)).chain(measures.iter().map(|c| column(c, false)));
        let view = TableView {
            title: released.title().to_owned(),
            columns: columns.collect(),
            rows,
            population: released.population().to_owned(),
            notes: Some(released.notes().clone()),
        };
        self.tables.insert(released.name().to_owned(), view);
    }

    fn headline_of(&mut self, released: &Released, row: usize) -> Headline {
        let text = |column| released.text(row, column).unwrap_or_default();
        let count = ["value", "n_events", "n_persons"]
            .into_iter()
            .find(|c| released.has(c) && released.number(row, c).is_some())
            .or_else(|| ["value", "n_events", "n_persons"].into_iter().find(|c| released.has(c)))
            .unwrap_or("n_persons");
        let count = self.cell(released, row, count);
        let rate = released.spec().rates.first();
        let rate = rate.and_then(|rate| Some((rate.columns.first()?.clone(), per(rate))));
        let rate = rate.filter(|(column, _)| released.number(row, column).is_some());
        Headline {
            indicator: text("indicator"),
            label: text("label"),
            unit: text("unit"),
            count,
            rate: rate.map(|(column, per)| (self.cell(released, row, &column), per)),
        }
    }

    fn add_deliveries(&mut self, deliveries: &[FeedCounts]) {
        let names = ["n_deliveries", "read", "accepted", "quarantined", "filtered", "duplicates"];
        let labels = ["Files", "Rows read", "Accepted", "Quarantined", "Filtered", "Duplicates"];
        let row = |feed: &FeedCounts| {
            let (f, q) = (feed.n_deliveries, feed.quarantined);
            let counts = [f, feed.read, feed.accepted, q, feed.filtered, feed.duplicates];
            (feed.feed.clone(), counts.map(|n| n as f64))
        };
        let rows = deliveries.iter().map(row).collect();
        self.add_plain("deliveries", "Rows that each feed delivered", &names, &labels, rows);
    }

    fn add_reasons(&mut self, reasons: &[(String, u64)]) {
        let rows = reasons.iter().map(|(reason, n)| (reason.clone(), [*n as f64])).collect();
        let title = "Rows that were not taken in, and the rule that kept each out";
        self.add_plain("reasons", title, &["n_rows"], &["Rows"], rows);
        if let Some(head) = self.tables.get_mut("reasons").and_then(|t| t.columns.first_mut()) {
            "Feed, column and rule".clone_into(&mut head.label);
        }
    }

    fn add_linkage(&mut self, linkage: &[LinkRow]) {
        let names = ["n_records", "n_linked", "n_unlinkable", "percent_linked"];
        let labels = ["Records", "Linked to a person", "Too little to link", "Linked, %"];
        let row = |feed: &LinkRow| {
            let percent = match feed.n_records {
                0 => f64::NAN,
                n => (feed.n_linked as f64 / n as f64 * 1000.0).round() / 10.0,
            };
            let counts = [feed.n_records, feed.n_linked, feed.n_unlinkable].map(|n| n as f64);
            (feed.feed.clone(), [counts[0], counts[1], counts[2], percent])
        };
        let rows = linkage.iter().map(row).collect();
        self.add_plain("linkage", "Records linked to a person", &names, &labels, rows);
    }

    /// Adds a table of counts of rows by feed.
    fn add_plain<const N: usize>(
        &mut self,
        table: &str,
        title: &str,
        names: &[&str; N],
        labels: &[&str; N],
        rows: Vec<(String, [f64; N])>,
    ) {
        let head = Column { name: "feed".to_owned(), label: "Feed".to_owned(), is_head: true };
        let column = |(name, label): (&&str, &&str)| Column {
            name: (*name).to_owned(),
            label: (*label).to_owned(),
            is_head: false,
        };
        let columns = std::iter::once(head).chain(names.iter().zip(labels).map(column)).collect();
        let rows = rows
            .into_iter()
            .map(|(feed, values)| {
                let cell = |(name, value): (&&str, f64)| {
                    let id = format!("{table}/{feed}/{name}");
                    if value.is_finite() {
                        self.derived(id, value, words::number(value))
                    } else {
                        let status = Some(Status::NotApplicable);
                        self.add(id, Figure { value: Value::Null, status, shown: marker(status) })
                    }
                };
                let cells = names.iter().zip(values).map(cell).collect();
                Row { heads: vec![feed], cells }
            })
            .collect();
        let (title, population) = (title.to_owned(), String::new());
        let view = TableView { title, columns, rows, population, notes: None };
        self.tables.insert(table.to_owned(), view);
    }
}

/// What a rate is per, in words: per 1,000 person-years.
fn per(rate: &RateSpec) -> String {
    format!("per {} {}", words::number(rate.per), words::column(&rate.denominator).to_lowercase())
}

/// What stands where a value is not shown.
fn marker(status: Option<Status>) -> String {
    status.map_or_else(|| "–".to_owned(), |status| format!("[{}]", status.as_str()))
}

fn about(input: &ReportInput) -> About {
    let mut rules: Vec<String> = Vec::new();
    for released in input.released.values() {
        let notes = released.notes();
        let rule = format!("{}: {} ({})", notes.rule_pack, notes.rules, notes.source);
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    About {
        title: input.title.clone(),
        city: input.city.clone(),
        as_at: input.as_at.to_string(),
        as_at_words: words::day(input.as_at),
        complete_to: input.complete_to.to_string(),
        complete_to_words: words::day(input.complete_to),
        population_basis: input.population_basis.clone(),
        purpose: words::sentence(&input.purpose),
        demonstration: input.demonstration,
        remarks: input.remarks.clone(),
        rules,
    }
}

/// The columns that name a row: dimensions and what describes them, without codes that a name
/// stands for, sort keys, and what a chart says of all rows.
fn heads(released: &Released) -> Vec<String> {
    let stands_for = |column: &str| match column {
        "indicator" | "evaluation" | "segment" | "condition" => released.has("label"),
        _ => column.strip_suffix("_code").is_some_and(|name| released.has(name)),
    };
    released
        .columns()
        .iter()
        .filter(|c| matches!(c.role, Role::Dimension | Role::Attribute))
        .filter(|c| !stands_for(&c.name) && !c.name.ends_with("order") && c.name != "basis")
        .map(|c| c.name.clone())
        .collect()
}

/// The rows by their sort key, where there is one, and else as they are.
fn in_order(released: &Released) -> Vec<usize> {
    let key = |row: usize| released.number(row, "sort_order").unwrap_or(0.0);
    let mut rows: Vec<usize> = (0..released.n_rows()).collect();
    rows.sort_by(|a, b| key(*a).total_cmp(&key(*b)).then(a.cmp(b)));
    rows
}

fn head(released: &Released, row: usize, column: &str) -> String {
    let text = released.text(row, column).unwrap_or_else(|| "unknown".to_owned());
    if column == "month" {
        words::month(&text)
    } else if column.ends_with("_code") || column == "neighbourhood" {
        text
    } else {
        words::sentence(&text)
    }
}
