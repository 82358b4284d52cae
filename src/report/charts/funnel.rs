//! The funnel plot: which practices differ from the city by more than chance would make them.

use plotters::style::RGBColor;

use super::about::about;
use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::error::need;
use super::palette::{BLUE, GREEN, GREY, INK, MUTED, PAPER, VERMILLION};
use super::plot::{Frame, Plot, Scale, Stroke};
use super::{Chart, ChartError};
use crate::disclosure::{Released, Status};
use crate::report::words;

const LIMITS: [&str; 4] =
    ["lower_limit_998", "lower_limit_95", "upper_limit_95", "upper_limit_998"];
const HEIGHT: f64 = 480.0;

/// A practice that is drawn.
struct Point {
    name: String,
    expected: f64,
    ratio: f64,
    limits: [Option<f64>; 4],
    /// `high_998`, `high_95`, `low_95`, `low_998` or anything else.
    class: String,
}

/// Draws `release.practice_emergency`: dimension `practice_code`, `expected`, `ratio` (observed to
/// expected), the limits at each practice's expected number, adjusted for over-dispersion, and the
/// label `class` (`high_998`, `high_95`, `low_95`, `low_998`, anything else).
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn practice_funnel(released: &Released) -> Result<Chart, ChartError> {
    need(released, &["practice_code", "expected", "ratio", "class"])?;
    need(released, &LIMITS)?;
    let mut points = Vec::new();
    let mut hidden = Vec::new();
    for row in 0..released.n_rows() {
        let name = released.text(row, "practice_code").unwrap_or_default();
        match (released.number(row, "expected"), released.number(row, "ratio")) {
            (Some(expected), Some(ratio)) => {
                let limits = LIMITS.map(|column| released.number(row, column));
                let class = released.text(row, "class").unwrap_or_default();
                points.push(Point { name, expected, ratio, limits, class });
            }
            _ if released.status(row, "ratio").is_some_and(Status::is_hidden) => hidden.push(name),
            _ => {}
        }
    }
    points.sort_by(|a, b| a.expected.total_cmp(&b.expected).then(a.name.cmp(&b.name)));
    let caption = Caption {
        id: "practice-funnel".to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: "Emergency admissions by practice, against what age and sex lead one to expect"
            .to_owned(),
        subtitle: "observed ÷ expected; limits adjusted for over-dispersion; ▲ ▼ outside the \
                   99.8 % limits, coloured ● outside the 95 % limits"
            .to_owned(),
        description: "A point for each practice: its expected number of emergency admissions \
                      across, the ratio of observed to expected upwards. Curves show the 95 and \
                      99.8 per cent control limits around a ratio of one, wider for small \
                      practices. Practices outside the limits carry their code."
            .to_owned(),
    };
    chart(caption, HEIGHT, hidden, |canvas| draw(canvas, &points))
}

fn draw(canvas: &Canvas, points: &[Point]) -> Result<(), ChartError> {
    let most = points.iter().map(|p| p.expected).fold(0.0, f64::max);
    let shown = points.iter().flat_map(|p| p.limits.iter().flatten().copied().chain([p.ratio]));
    let top = shown.fold(1.0, f64::max).min(4.0);
    let frame = Frame {
        left: 60.0,
        top: HEAD + 26.0,
        width: WIDTH - 60.0 - 70.0,
        height: HEIGHT - HEAD - 26.0 - 56.0,
        x: Scale::round(0.0, most * 1.02, 6),
        y: Scale::round(0.0, top, 5),
        x_label: &|x| words::number(*x),
        y_label: &|y| words::number(*y),
    };
    let highest = frame.y.to;
    let middle = frame.left + frame.width / 2.0;
    canvas.text((0.0, HEAD + 8.0), "observed ÷ expected", Type::small())?;
    canvas.text(
        (middle, HEIGHT - 14.0),
        "expected emergency admissions",
        Type::small().centred(),
    )?;
    let mut plot = Plot::new(canvas, &frame)?;
    draw_limits(&mut plot, points, highest, frame.x.to)?;
    draw_points(&plot, points)
}

/// The curves, through each practice's limits in order of its expected number.
fn draw_limits(
    plot: &mut Plot,
    points: &[Point],
    highest: f64,
    right: f64,
) -> Result<(), ChartError> {
    let curve = |i: usize| -> Vec<(f64, Option<f64>)> {
        points.iter().map(|p| (p.expected, p.limits[i].map(|y| y.clamp(0.0, highest)))).collect()
    };
    let curves: Vec<_> = (0..LIMITS.len()).map(curve).collect();
    let between = |lower: usize, upper: usize| -> Vec<_> {
        curves[lower].iter().zip(&curves[upper]).map(|((x, l), (_, u))| (*x, *l, *u)).collect()
    };
    plot.band(&between(0, 3), BLUE, 0.05)?;
    plot.band(&between(1, 2), BLUE, 0.08)?;
    for (i, name) in [(0, ""), (3, "99.8 %"), (1, ""), (2, "95 %")] {
        let is_outer = i == 0 || i == 3;
        let stroke = if is_outer { Stroke::Solid(1.4) } else { Stroke::Dashed(1.2) };
        plot.line(&curves[i], BLUE, stroke)?;
        if let Some((x, Some(y))) = curves[i].last() {
            let (x, y) = plot.at(*x, *y);
            plot.canvas.text((x + 6.0, y), name, Type::new(11.5).colour(BLUE))?;
        }
    }
    plot.line(&[(0.0, Some(1.0)), (right, Some(1.0))], INK, Stroke::Solid(1.2))?;
    let (x, y) = plot.at(right, 1.0);
    plot.canvas.text((x + 6.0, y), "city = 1", Type::new(11.5))
}

fn draw_points(plot: &Plot, points: &[Point]) -> Result<(), ChartError> {
    let mut labels: Vec<(f64, f64)> = Vec::new();
    for point in points {
        let at = plot.at(point.expected, point.ratio);
        let colour = match point.class.as_str() {
            "high_998" | "high_95" => VERMILLION,
            "low_998" | "low_95" => GREEN,
            _ => GREY,
        };
        if point.class.ends_with("_998") {
            triangle(plot.canvas, at, point.class == "high_998", colour)?;
        } else {
            plot.canvas.dot(at, 5.6, PAPER)?;
            plot.canvas.dot(at, 4.6, colour)?;
        }
        if colour != GREY {
            let (x, y) = free_place(&labels, at);
            let width = 7.6 * point.name.chars().count() as f64;
            let corners = [
                (x - 2.0, y - 7.0),
                (x + width, y - 7.0),
                (x + width, y + 7.0),
                (x - 2.0, y + 7.0),
            ];
            plot.canvas.shape(&corners, PAPER, 0.85)?;
            plot.canvas.text((x, y), &point.name, Type::new(12.0).bold().colour(colour))?;
            labels.push((x, y));
        }
    }
    if points.is_empty() {
        plot.canvas.text(
            (WIDTH / 2.0, HEIGHT / 2.0),
            "no practice is shown",
            Type::new(14.0).colour(MUTED).centred(),
        )?;
    }
    Ok(())
}

fn triangle(
    canvas: &Canvas,
    (x, y): (f64, f64),
    is_up: bool,
    colour: RGBColor,
) -> Result<(), ChartError> {
    let tip = if is_up { -7.0 } else { 7.0 };
    canvas.shape(&[(x, y + tip), (x - 6.5, y - tip * 0.7), (x + 6.5, y - tip * 0.7)], colour, 1.0)
}

/// The place beside a point for its name, moved down past names already there.
fn free_place(taken: &[(f64, f64)], (x, y): (f64, f64)) -> (f64, f64) {
    let mut place = (x + 10.0, y);
    while taken.iter().any(|(tx, ty)| (tx - place.0).abs() < 60.0 && (ty - place.1).abs() < 13.0) {
        place.1 += 13.0;
    }
    place
}
