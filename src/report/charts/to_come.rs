//! What follows from the rates of today: how many people of each age, or with each condition, there
//! will be.

use super::about::about;
use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::error::need;
use super::palette::{AXIS, GRID, INK, MUTED, PAPER, STEEL};
use super::plot::Scale;
use super::row_panels::{HIDDEN, names_width, short};
use super::{Chart, ChartError};
use crate::disclosure::{Released, Status};
use crate::report::words;

const ROW: f64 = 26.0;
const KEY: f64 = 26.0;
const COLUMN_HEAD: f64 = 26.0;
const AXIS_ROOM: f64 = 30.0;
/// Room for a count.
const COUNT: f64 = 84.0;
/// Room for a change beside the end of its bar.
const CHANGE: f64 = 52.0;
const TODAY: &str = "n_persons";
const LAST: &str = "in_20_years";
const HALF_CHANGE: &str = "change_in_10_years";
const CHANGE_AT_LAST: &str = "change_in_20_years";

/// Draws `release.population_projection`: dimension `age_group`, count `n_persons`, estimates
/// `in_20_years`, and `change_in_10_years` and `change_in_20_years` in per cent; optional attributes
/// `basis` and `sort_order`.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn population_to_come(released: &Released) -> Result<Chart, ChartError> {
    to_come(released, "age_group", "population-to-come", "How many people there will be, by age")
}

/// Draws `release.condition_projection`: dimension `condition`, with the measures of
/// [`population_to_come`]; optional attributes `label`, `basis` and `sort_order`.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn conditions_to_come(released: &Released) -> Result<Chart, ChartError> {
    to_come(
        released,
        "condition",
        "conditions-to-come",
        "How many people will have a long-term condition",
    )
}

/// One row: its name and what is shown of it.
struct Row {
    name: String,
    today: Option<f64>,
    last: Option<f64>,
    half_change: Option<f64>,
    change: Option<f64>,
    is_hidden: bool,
}

fn to_come(
    released: &Released,
    dimension: &'static str,
    id: &str,
    title: &str,
) -> Result<Chart, ChartError> {
    need(released, &[dimension, TODAY, LAST, HALF_CHANGE, CHANGE_AT_LAST])?;
    let order = |row: &usize| released.number(*row, "sort_order").unwrap_or(0.0);
    let mut in_order: Vec<usize> = (0..released.n_rows()).collect();
    in_order.sort_by(|a, b| order(a).total_cmp(&order(b)).then(a.cmp(b)));
    let rows: Vec<Row> = in_order.into_iter().map(|at| row(released, dimension, at)).collect();
    let hidden = rows.iter().filter(|row| row.is_hidden).map(|row| row.name.clone()).collect();
    let caption = Caption {
        id: id.to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: title.to_owned(),
        subtitle: format!("{}; no forecast", basis(released)),
        description: "A row for each group, with how many people it has today and would have in 20 \
                      years, and between the two a bar for the change in per cent over 20 years and \
                      a dot for that over 10 years. Bars to the right of the line at nought are \
                      growth, to the left decline."
            .to_owned(),
    };
    let height = HEAD + KEY + COLUMN_HEAD + ROW * rows.len() as f64 + AXIS_ROOM;
    chart(caption, height, hidden, |canvas| draw(canvas, &rows))
}

/// What the years to come follow from, which is the same in every row.
fn basis(released: &Released) -> String {
    released.text(0, "basis").unwrap_or_else(|| "rates of today".to_owned())
}

fn row(released: &Released, dimension: &str, at: usize) -> Row {
    let code = || words::sentence(&released.text(at, dimension).unwrap_or_default());
    let number = |column| released.number(at, column);
    Row {
        name: released.text(at, "label").unwrap_or_else(code),
        today: number(TODAY),
        last: number(LAST),
        half_change: number(HALF_CHANGE),
        change: number(CHANGE_AT_LAST),
        is_hidden: released.status(at, TODAY).is_some_and(Status::is_hidden),
    }
}

fn draw(canvas: &Canvas, rows: &[Row]) -> Result<(), ChartError> {
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let left = names_width(&names);
    let (from, to) = (left + COUNT + CHANGE, WIDTH - COUNT - CHANGE);
    let first = HEAD + KEY + COLUMN_HEAD;
    let bottom = first + ROW * rows.len() as f64;
    let changes = || rows.iter().flat_map(|row| [row.half_change, row.change]).flatten();
    let (least, most) = (changes().fold(0.0, f64::min), changes().fold(0.0, f64::max));
    let scale = Scale::round(least, most, 6);
    let x = |change: f64| from + (change - scale.from) / (scale.to - scale.from) * (to - from);
    key(canvas, from)?;
    let head = Type::new(12.5).bold();
    let heads_at = HEAD + KEY + 8.0;
    canvas.text((left + COUNT - 16.0, heads_at), "Today", head.right())?;
    canvas.text((WIDTH, heads_at), "In 20 years", head.right())?;
    for tick in &scale.ticks {
        canvas.line(&[(x(*tick), first), (x(*tick), bottom)], GRID, 1.0)?;
        let label = format!("{} %", words::number(*tick));
        let style = Type::new(11.5).colour(MUTED).centred();
        canvas.text((x(*tick), bottom + 12.0), &label, style)?;
    }
    for (at, row) in rows.iter().enumerate() {
        let middle = first + ROW * (at as f64 + 0.5);
        canvas.text((left - 10.0, middle), &short(&row.name), Type::new(12.5).right())?;
        count(canvas, row, row.today, (left + COUNT - 16.0, middle))?;
        count(canvas, row, row.last, (WIDTH, middle))?;
        bar(canvas, row, &x, middle)?;
    }
    canvas.line(&[(x(0.0), first), (x(0.0), bottom)], AXIS, 1.4)
}

fn key(canvas: &Canvas, left: f64) -> Result<(), ChartError> {
    let y = HEAD + 4.0;
    canvas.rect((left, y - 6.0), (left + 24.0, y + 6.0), STEEL)?;
    canvas.text((left + 32.0, y), "change over 20 years", Type::new(13.0))?;
    dot(canvas, (left + 194.0, y))?;
    canvas.text((left + 206.0, y), "over 10 years", Type::new(13.0))
}

/// A dot that can be told from the bar below it.
fn dot(canvas: &Canvas, at: (f64, f64)) -> Result<(), ChartError> {
    canvas.dot(at, 5.6, PAPER)?;
    canvas.dot(at, 4.2, INK)
}

/// A count, or why there is none.
fn count(canvas: &Canvas, row: &Row, value: Option<f64>, at: (f64, f64)) -> Result<(), ChartError> {
    match value {
        Some(value) => canvas.text(at, &words::number(value), Type::new(12.5).right()),
        None => {
            let note = if row.is_hidden { HIDDEN } else { "–" };
            canvas.text(at, note, Type::new(12.0).colour(MUTED).italic().right())
        }
    }
}

/// The bar, its dot, and the change beside whichever reaches further.
fn bar(canvas: &Canvas, row: &Row, x: &impl Fn(f64) -> f64, middle: f64) -> Result<(), ChartError> {
    let Some(change) = row.change else { return Ok(()) };
    let (zero, end) = (x(0.0), x(change));
    canvas.rect((zero.min(end), middle - 7.0), (zero.max(end), middle + 7.0), STEEL)?;
    let half = row.half_change.map(x);
    if let Some(half) = half {
        dot(canvas, (half, middle))?;
    }
    let sign = if change > 0.0 { "+" } else { "" };
    let label = format!("{sign}{} %", words::number(change));
    let style = Type::new(12.0);
    let reach = half.map_or(0.0, |_| 5.0);
    if change < 0.0 {
        let edge = half.map_or(end, |half| end.min(half - reach));
        canvas.text((edge - 6.0, middle), &label, style.right())
    } else {
        let edge = half.map_or(end, |half| end.max(half + reach));
        canvas.text((edge + 6.0, middle), &label, style)
    }
}
