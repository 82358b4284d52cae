//! The effect of each evaluated change by several designs, beside the naive before–after figure.

use plotters::style::RGBColor;

use super::about::about;
use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::error::need;
use super::palette::{AXIS, BLUE, GREY, GRID, INK, MUTED};
use super::plot::Scale;
use super::{Chart, ChartError};
use crate::disclosure::{Released, Status};
use crate::report::words;

/// A design's line, and what an evaluation takes beside its lines: its name and the space below.
const LINE: f64 = 22.0;
const AROUND: f64 = 44.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 190.0;
/// The largest ratio on the scale.
const MOST: f64 = 3.0;
const COLUMNS: [&str; 3] = ["rate_ratio", "lower_95", "upper_95"];

/// Draws `release.effect`: dimensions `evaluation` and `design`, attributes `label` and
/// `sort_order`, estimate `rate_ratio` with its limits, if it has any.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn effect_forest(released: &Released) -> Result<Chart, ChartError> {
    need(released, &["evaluation", "design"])?;
    need(released, &COLUMNS)?;
    let blocks = blocks(released);
    let is_hidden = |row: &usize| released.status(*row, COLUMNS[0]).is_some_and(Status::is_hidden);
    let hidden = blocks.iter().flatten().filter(|row| is_hidden(row));
    let hidden =
        hidden.map(|row| format!("{}, {}", name(released, *row), design(released, *row))).collect();
    let caption = Caption {
        id: "effects".to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: "What the changes did to emergency admissions".to_owned(),
        subtitle:
            "ratio of rates with 95 % limits; below 1: fewer admissions than without the change"
                .to_owned(),
        description:
            "For each evaluation a mark of each design, with whiskers where it has limits, \
                      on a scale of rate ratios: the effect against all controls, against controls \
                      weighted to be like the cases, against a mixture of groups that went like \
                      them before, and the naive comparison of after with before. A vertical line \
                      marks a ratio of one, no change."
                .to_owned(),
    };
    let height = HEAD + blocks.iter().map(|rows| height_of(rows)).sum::<f64>() + 52.0;
    chart(caption, height, hidden, |canvas| draw(canvas, released, &blocks))
}

/// The rows of each evaluation, in the order of the table's places.
fn blocks(released: &Released) -> Vec<Vec<usize>> {
    let mut rows: Vec<usize> = (0..released.n_rows()).collect();
    let place = |row: usize| released.number(row, "sort_order").unwrap_or(0.0);
    rows.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
    let evaluation = |row: usize| released.text(row, "evaluation");
    rows.chunk_by(|a, b| evaluation(*a) == evaluation(*b)).map(<[usize]>::to_vec).collect()
}

fn height_of(rows: &[usize]) -> f64 {
    LINE * rows.len() as f64 + AROUND
}

fn name(released: &Released, row: usize) -> String {
    let code = || words::sentence(&released.text(row, "evaluation").unwrap_or_default());
    released.text(row, "label").unwrap_or_else(code)
}

fn design(released: &Released, row: usize) -> String {
    let design = released.text(row, "design").unwrap_or_default();
    match design.as_str() {
        "all_controls" => "against all controls".to_owned(),
        "weighted_controls" => "controls weighted alike".to_owned(),
        "synthetic_control" => "synthetic control".to_owned(),
        NAIVE => "before–after only".to_owned(),
        other => words::sentence(other),
    }
}

/// The design that controls nothing.
const NAIVE: &str = "before_after";

fn draw(canvas: &Canvas, released: &Released, blocks: &[Vec<usize>]) -> Result<(), ChartError> {
    let rows = || blocks.iter().flatten().copied();
    let values = rows().flat_map(|row| COLUMNS.iter().filter_map(move |c| released.number(row, c)));
    let values: Vec<f64> = values.chain([0.5, 1.25]).collect();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max).min(MOST);
    let scale = Scale::round(least, most, 5);
    let width = WIDTH - LEFT - RIGHT;
    let x = |v: f64| {
        LEFT + (v.clamp(scale.from, scale.to) - scale.from) / (scale.to - scale.from) * width
    };
    let mut top = HEAD;
    for rows in blocks {
        let (from, to) = (top + 28.0, top + 30.0 + LINE * rows.len() as f64);
        for tick in &scale.ticks {
            canvas.line(&[(x(*tick), from), (x(*tick), to)], GRID, 1.0)?;
        }
        canvas.line(&[(x(1.0), from), (x(1.0), to)], INK, 1.4)?;
        top += height_of(rows);
    }
    for tick in &scale.ticks {
        let style = Type::new(11.5).colour(MUTED).centred();
        canvas.text((x(*tick), top + 12.0), &words::number(*tick), style)?;
    }
    canvas.line(&[(LEFT, top), (LEFT + width, top)], AXIS, 1.0)?;
    canvas.text((x(1.0) - 8.0, top + 32.0), "← fewer", Type::small().right())?;
    canvas.text((x(1.0) + 8.0, top + 32.0), "more →", Type::small())?;
    let mut top = HEAD;
    for rows in blocks {
        let heading = rows.first().map(|row| name(released, *row)).unwrap_or_default();
        canvas.text((0.0, top + 16.0), &heading, Type::new(13.5).bold())?;
        for (at, row) in rows.iter().enumerate() {
            line(canvas, released, *row, top + 40.0 + LINE * at as f64, &x)?;
        }
        top += height_of(rows);
    }
    Ok(())
}

/// One design: what it is, its mark, its figures.
fn line(
    canvas: &Canvas,
    released: &Released,
    row: usize,
    y: f64,
    x: &dyn Fn(f64) -> f64,
) -> Result<(), ChartError> {
    let is_naive = released.text(row, "design").as_deref() == Some(NAIVE);
    let colour = if is_naive { GREY } else { BLUE };
    let numbers = COLUMNS.map(|column| released.number(row, column));
    mark(canvas, numbers.map(|v| v.map(x)), colour, y)?;
    // What lies beyond the scale ends in an arrow.
    if let Some(end) = numbers[2].filter(|upper| *upper > MOST).map(x) {
        canvas.line(&[(end - 5.0, y - 4.0), (end, y), (end - 5.0, y + 4.0)], colour, 2.2)?;
    }
    let written = match numbers.map(|v| v.map(words::number)) {
        [Some(value), Some(lower), Some(upper)] => format!("{value} ({lower} to {upper})"),
        [Some(value), ..] => match released.number(row, "p_value") {
            Some(p) => format!("{value} (p = {})", words::number(p)),
            None => value,
        },
        _ => "not shown".to_owned(),
    };
    let style = Type::new(12.0).colour(colour);
    canvas.text((WIDTH - RIGHT + 14.0, y), &written, style.bold())?;
    canvas.text((LEFT - 12.0, y), &design(released, row), style.right())
}

fn mark(
    canvas: &Canvas,
    [value, lower, upper]: [Option<f64>; 3],
    colour: RGBColor,
    y: f64,
) -> Result<(), ChartError> {
    if let (Some(lower), Some(upper)) = (lower, upper) {
        canvas.line(&[(lower, y), (upper, y)], colour, 2.2)?;
        for end in [lower, upper] {
            canvas.line(&[(end, y - 4.0), (end, y + 4.0)], colour, 2.2)?;
        }
    }
    match value {
        Some(value) => canvas.dot((value, y), 5.5, colour),
        None => Ok(()),
    }
}
