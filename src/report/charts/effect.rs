//! The effect of each evaluated change, beside the naive before–after figure.

use plotters::style::RGBColor;

use super::about::about;
use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::error::need;
use super::palette::{AXIS, BLUE, GREY, GRID, INK, MUTED};
use super::plot::Scale;
use super::{Chart, ChartError};
use crate::disclosure::{Released, Status};
use crate::report::words;

const ROW: f64 = 84.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 190.0;
const ADJUSTED: [&str; 3] = ["rate_ratio", "lower_95", "upper_95"];
const NAIVE: [&str; 3] = ["naive_ratio", "naive_lower_95", "naive_upper_95"];

/// Draws `release.effect`: dimension `evaluation`, attributes `label` and `method`, estimates
/// `rate_ratio` and `naive_ratio` with their limits.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn effect_forest(released: &Released) -> Result<Chart, ChartError> {
    need(released, &["evaluation"])?;
    need(released, &ADJUSTED)?;
    need(released, &NAIVE)?;
    let is_hidden = |row: &usize| released.status(*row, ADJUSTED[0]).is_some_and(Status::is_hidden);
    let hidden = (0..released.n_rows()).filter(is_hidden).map(|row| name(released, row)).collect();
    let caption = Caption {
        id: "effects".to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: "What the changes did to emergency admissions".to_owned(),
        subtitle:
            "ratio of rates with 95 % limits; below 1: fewer admissions than without the change"
                .to_owned(),
        description: "For each evaluation two marks with whiskers on a scale of rate ratios: the \
                      effect against controls, and the naive comparison of after with before. A \
                      vertical line marks a ratio of one, no change."
            .to_owned(),
    };
    let height = HEAD + ROW * released.n_rows() as f64 + 52.0;
    chart(caption, height, hidden, |canvas| draw(canvas, released))
}

fn name(released: &Released, row: usize) -> String {
    let code = || words::sentence(&released.text(row, "evaluation").unwrap_or_default());
    released.text(row, "label").unwrap_or_else(code)
}

fn draw(canvas: &Canvas, released: &Released) -> Result<(), ChartError> {
    let rows = 0..released.n_rows();
    let all = || ADJUSTED.iter().chain(&NAIVE);
    let values = rows.clone().flat_map(|row| all().filter_map(move |c| released.number(row, c)));
    let values: Vec<f64> = values.chain([0.5, 1.25]).collect();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max).min(3.0);
    let scale = Scale::round(least, most, 5);
    let width = WIDTH - LEFT - RIGHT;
    let x = |v: f64| {
        LEFT + (v.clamp(scale.from, scale.to) - scale.from) / (scale.to - scale.from) * width
    };
    let bottom = HEAD + ROW * released.n_rows() as f64;
    for tick in &scale.ticks {
        for row in rows.clone() {
            let top = HEAD + ROW * row as f64;
            canvas.line(&[(x(*tick), top + 28.0), (x(*tick), top + 74.0)], GRID, 1.0)?;
        }
        canvas.text(
            (x(*tick), bottom + 12.0),
            &words::number(*tick),
            Type::new(11.5).colour(MUTED).centred(),
        )?;
    }
    canvas.line(&[(LEFT, bottom), (LEFT + width, bottom)], AXIS, 1.0)?;
    for row in rows.clone() {
        let top = HEAD + ROW * row as f64;
        canvas.line(&[(x(1.0), top + 28.0), (x(1.0), top + 74.0)], INK, 1.4)?;
    }
    canvas.text((x(1.0) - 8.0, bottom + 32.0), "← fewer", Type::small().right())?;
    canvas.text((x(1.0) + 8.0, bottom + 32.0), "more →", Type::small())?;
    for row in rows {
        let top = HEAD + ROW * row as f64;
        canvas.text((0.0, top + 16.0), &name(released, row), Type::new(13.5).bold())?;
        for (columns, label, colour, y) in [
            (ADJUSTED, "against controls", BLUE, top + 40.0),
            (NAIVE, "before–after only", GREY, top + 62.0),
        ] {
            let numbers = columns.map(|column| released.number(row, column));
            mark(canvas, numbers.map(|v| v.map(x)), colour, y)?;
            let style = Type::new(12.0).colour(colour);
            let text = match numbers {
                [Some(value), Some(lower), Some(upper)] => format!(
                    "{} ({} to {})",
                    words::number(value),
                    words::number(lower),
                    words::number(upper)
                ),
                _ => "not shown".to_owned(),
            };
            canvas.text((WIDTH - RIGHT + 14.0, y), &text, style.bold())?;
            canvas.text((LEFT - 12.0, y), label, style.right())?;
        }
    }
    Ok(())
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
