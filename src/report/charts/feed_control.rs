//! Control charts: a feed's records by month, with centre line and limits.

use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::palette::{BLUE, INK, MUTED, PAPER, VERMILLION};
use super::plot::{Frame, Plot, Scale, Stroke};
use super::{Chart, ChartError};
use crate::report::quality::{SeriesMonth, TrendStatus};
use crate::report::words;

const PANEL: f64 = 158.0;
const KEY: f64 = 28.0;

/// Draws a panel for each feed, in the order of the rows.
///
/// # Errors
/// If the drawing fails.
pub fn feed_control_charts(trend: &[SeriesMonth]) -> Result<Chart, ChartError> {
    let feeds: Vec<&[SeriesMonth]> = trend.chunk_by(|a, b| a.feed == b.feed).collect();
    let caption = Caption {
        id: "quality-control".to_owned(),
        table: "quality.trend".to_owned(),
        about: String::new(),
        title: "Records by month".to_owned(),
        subtitle: "XmR charts: mean of the months, and limits at 2.66 mean moving ranges"
            .to_owned(),
        description: "For each feed a line of records by month of the event, a line at the mean, \
                      and dashed control limits. Months outside the limits are hollow; missing \
                      months carry a ring."
            .to_owned(),
    };
    let height = HEAD + KEY + PANEL * feeds.len() as f64;
    chart(caption, height, Vec::new(), |canvas| {
        key(canvas)?;
        for (i, months) in feeds.iter().enumerate() {
            panel(canvas, months, HEAD + KEY + PANEL * i as f64)?;
        }
        Ok(())
    })
}

fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let y = HEAD + 4.0;
    canvas.line(&[(0.0, y), (30.0, y)], BLUE, 2.0)?;
    canvas.text((36.0, y), "records", Type::new(13.0).bold().colour(BLUE))?;
    canvas.line(&[(118.0, y), (148.0, y)], INK, 1.2)?;
    canvas.text((154.0, y), "mean", Type::new(13.0))?;
    canvas.dashed((214.0, y), (244.0, y), MUTED, 1.4)?;
    canvas.text((250.0, y), "limits", Type::new(13.0))?;
    outside(canvas, (316.0, y))?;
    canvas.text((326.0, y), "outside them", Type::new(13.0))?;
    missing(canvas, (432.0, y))?;
    canvas.text((444.0, y), "missing month", Type::new(13.0).bold().colour(VERMILLION))
}

fn outside(canvas: &Canvas, at: (f64, f64)) -> Result<(), ChartError> {
    canvas.dot(at, 4.6, BLUE)?;
    canvas.dot(at, 2.6, PAPER)
}

fn missing(canvas: &Canvas, at: (f64, f64)) -> Result<(), ChartError> {
    canvas.dot(at, 7.0, VERMILLION)?;
    canvas.dot(at, 4.2, PAPER)?;
    canvas.dot(at, 2.2, VERMILLION)
}

fn panel(canvas: &Canvas, months: &[SeriesMonth], top: f64) -> Result<(), ChartError> {
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return Ok(()) };
    canvas.text((0.0, top + 8.0), &words::feed(&first.feed), Type::new(14.0).bold())?;
    let limits = first.limits;
    let highest = months.iter().map(|month| month.n_records as f64).fold(0.0, f64::max);
    let most = highest.max(limits.map_or(0.0, |(_, upper)| upper));
    let (from, to) =
        (f64::from(first.month), f64::from(last.month).max(f64::from(first.month) + 1.0));
    let quarters = (first.month..=last.month).filter(|month| month.rem_euclid(6) == 3);
    let frame = Frame {
        left: 56.0,
        top: top + 20.0,
        width: WIDTH - 70.0,
        height: PANEL - 58.0,
        x: Scale::exact(from, to, quarters.map(f64::from)),
        y: Scale::round(0.0, most, 3),
        x_label: &|month| words::short_month(month.round() as i32),
        y_label: &|n| words::number(*n),
    };
    let mut plot = Plot::new(canvas, &frame)?;
    let level = |y: f64| [(from, Some(y)), (to, Some(y))];
    plot.line(&level(first.mean), INK, Stroke::Solid(1.2))?;
    if let Some((lower, upper)) = limits {
        plot.line(&level(lower), MUTED, Stroke::Dashed(1.4))?;
        plot.line(&level(upper), MUTED, Stroke::Dashed(1.4))?;
    }
    let records: Vec<(f64, Option<f64>)> =
        months.iter().map(|m| (f64::from(m.month), Some(m.n_records as f64))).collect();
    plot.line(&records, BLUE, Stroke::Solid(2.0))?;
    plot.dots(&records, 2.4, BLUE)?;
    for month in months {
        let n = month.n_records as f64;
        let at = plot.at(f64::from(month.month), n);
        if month.status == TrendStatus::Missing {
            missing(canvas, at)?;
        } else if limits.is_some_and(|(lower, upper)| n < lower || n > upper) {
            outside(canvas, at)?;
        }
    }
    Ok(())
}
