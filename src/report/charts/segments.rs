//! Who uses what: people, emergency admissions and cost by segment.

use super::about::{about, months};
use super::canvas::{Caption, chart};
use super::error::need;
use super::palette::{BLUE, STEEL, VERMILLION};
use super::row_panels::{Bar, HIDDEN, Panel, draw, height, hidden};
use super::{Chart, ChartError};
use crate::disclosure::{Released, Status};
use crate::report::words;

/// Draws `release.segment`: dimension `segment`, measures `n_persons`, `n_emergency`, `cost_pence`;
/// optional attributes `label` and `sort_order`.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn segment_bars(released: &Released) -> Result<Chart, ChartError> {
    need(released, &["segment", "n_persons", "n_emergency", "cost_pence"])?;
    let order = |row: &usize| released.number(*row, "sort_order").unwrap_or(0.0);
    let mut rows: Vec<usize> = (0..released.n_rows()).collect();
    rows.sort_by(|a, b| order(a).total_cmp(&order(b)).then(a.cmp(b)));
    let code = |row| words::sentence(&released.text(row, "segment").unwrap_or_default());
    let name = |row: &usize| released.text(*row, "label").unwrap_or_else(|| code(*row));
    let names: Vec<String> = rows.iter().map(name).collect();
    let admitted =
        months(released, "emergency_period").unwrap_or_else(|| "last 12 months".to_owned());
    let panels = [
        panel(released, &rows, "People", "persons", "n_persons", STEEL),
        panel(released, &rows, "Emergency admissions", &admitted, "n_emergency", VERMILLION),
        panel(released, &rows, "Cost", "last 12 months, where known", "cost_pence", BLUE),
    ];
    let caption = Caption {
        id: "segments".to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: "Who uses emergency care, and what care costs".to_owned(),
        subtitle: "registered people by segment".to_owned(),
        description: "Three panels of bars over the same segments of the population: how many \
                      people are in each, how many emergency admissions they had, and what their \
                      care cost."
            .to_owned(),
    };
    let height = height(names.len(), panels.len());
    chart(caption, height, hidden(&names, &panels), |canvas| draw(canvas, &names, &panels))
}

fn panel(
    released: &Released,
    rows: &[usize],
    title: &str,
    unit: &str,
    column: &'static str,
    colour: plotters::style::RGBColor,
) -> Panel {
    let label = if column.ends_with("_pence") { short_pounds } else { words::number };
    let bar = |row| {
        let value = released.number(row, column);
        let is_hidden = released.status(row, column).is_some_and(Status::is_hidden);
        let note = match value {
            Some(value) => label(value),
            None if is_hidden => HIDDEN.to_owned(),
            None => "–".to_owned(),
        };
        Bar { value, lower: None, upper: None, colour, note, mark: "" }
    };
    Panel {
        title: title.to_owned(),
        unit: unit.to_owned(),
        bars: rows.iter().copied().map(bar).collect(),
        baseline: None,
        label,
    }
}

/// Pounds in thousands or millions where there are that many.
fn short_pounds(pence: f64) -> String {
    let pounds = pence / 100.0;
    if pounds >= 1e6 {
        format!("£{}m", words::number(pounds / 1e6))
    } else if pounds >= 1e4 {
        format!("£{}k", words::number(pounds / 1e3))
    } else {
        words::pounds(pence)
    }
}
