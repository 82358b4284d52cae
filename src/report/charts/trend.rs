//! What was forecast from the baseline, and what was observed.

use super::about::about;
use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::error::need;
use super::palette::{BLUE, BLUE_PALE, INK, MUTED, VERMILLION};
use super::plot::{Frame, Plot, Scale, Stroke};
use super::{Chart, ChartError};
use crate::disclosure::{Released, Status};
use crate::report::words;

const PANEL: f64 = 250.0;
const KEY: f64 = 28.0;

/// One month of one indicator.
struct Month {
    number: i32,
    observed: Option<f64>,
    forecast: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

/// Draws `release.trend`: dimensions `month` and `indicator`, optional attribute `label`, measures
/// `n_events` (observed), `forecast`, `lower_95`, `upper_95`.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn trend_against_forecast(released: &Released) -> Result<Chart, ChartError> {
    need(released, &["month", "indicator", "n_events", "forecast", "lower_95", "upper_95"])?;
    let rows = 0..released.n_rows();
    let text = |row, column| released.text(row, column).unwrap_or_default();
    let mut indicators: Vec<(String, String)> = Vec::new();
    for row in rows.clone() {
        let code = text(row, "indicator");
        if !indicators.iter().any(|(seen, _)| *seen == code) {
            let label = released.text(row, "label").unwrap_or_else(|| words::sentence(&code));
            indicators.push((code, label));
        }
    }
    let is_hidden = |row: &usize| released.status(*row, "n_events").is_some_and(Status::is_hidden);
    let name = |row| {
        format!(
            "{}, {}",
            words::sentence(&text(row, "indicator")),
            words::month(&text(row, "month"))
        )
    };
    let hidden = rows.clone().filter(is_hidden).map(name).collect();
    let caption = Caption {
        id: "trend-forecast".to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: "What happened, against the forecast of the frozen baseline".to_owned(),
        subtitle: "events a month; the band is the forecast's 95 % prediction interval".to_owned(),
        description: "For each indicator a line of observed events by month, a dashed line of \
                      what the baseline period leads one to expect, and a shaded band for the \
                      forecast's 95 per cent interval. Observed months outside the band carry a \
                      ring."
            .to_owned(),
    };
    let height = HEAD + KEY + PANEL * indicators.len() as f64 + 4.0;
    chart(caption, height, hidden, |canvas| {
        key(canvas)?;
        for (i, (code, label)) in indicators.iter().enumerate() {
            let months = months(released, code);
            draw(canvas, label, &months, HEAD + KEY + PANEL * i as f64)?;
        }
        Ok(())
    })
}

fn months(released: &Released, indicator: &str) -> Vec<Month> {
    let rows = (0..released.n_rows())
        .filter(|row| released.text(*row, "indicator").as_deref() == Some(indicator));
    let mut months: Vec<Month> = rows
        .filter_map(|row| {
            Some(Month {
                number: words::month_number(&released.text(row, "month")?)?,
                observed: released.number(row, "n_events"),
                forecast: released.number(row, "forecast"),
                lower: released.number(row, "lower_95"),
                upper: released.number(row, "upper_95"),
            })
        })
        .collect();
    months.sort_by_key(|month| month.number);
    months
}

fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let y = HEAD + 4.0;
    canvas.line(&[(0.0, y), (30.0, y)], BLUE, 2.4)?;
    canvas.text((36.0, y), "observed", Type::new(13.0).bold().colour(BLUE))?;
    canvas.rect((128.0, y - 7.0), (158.0, y + 7.0), BLUE_PALE)?;
    canvas.dashed((128.0, y), (158.0, y), INK, 1.6)?;
    canvas.text((164.0, y), "forecast with its interval", Type::new(13.0))?;
    ring(canvas, (352.0, y))?;
    canvas.text((362.0, y), "outside the interval", Type::new(13.0).bold().colour(VERMILLION))
}

fn ring(canvas: &Canvas, at: (f64, f64)) -> Result<(), ChartError> {
    canvas.dot(at, 6.0, VERMILLION)?;
    canvas.dot(at, 3.6, super::palette::PAPER)
}

fn draw(canvas: &Canvas, label: &str, months: &[Month], top: f64) -> Result<(), ChartError> {
    canvas.text((0.0, top + 8.0), label, Type::new(14.0).bold())?;
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return Ok(()) };
    let values = months.iter().flat_map(|m| [m.observed, m.forecast, m.upper]);
    let most = values.flatten().fold(0.0, f64::max);
    let ticks = (first.number..=last.number).filter(|n| n.rem_euclid(6) == 3).map(f64::from);
    let frame = Frame {
        left: 60.0,
        top: top + 24.0,
        width: WIDTH - 60.0 - 24.0,
        height: PANEL - 66.0,
        x: Scale::exact(f64::from(first.number), f64::from(last.number), ticks),
        y: Scale::round(0.0, most, 4),
        x_label: &|x| words::short_month(*x as i32),
        y_label: &|y| words::number(*y),
    };
    let line = |of: fn(&Month) -> Option<f64>| -> Vec<(f64, Option<f64>)> {
        months.iter().map(|m| (f64::from(m.number), of(m))).collect()
    };
    let mut plot = Plot::new(canvas, &frame)?;
    let limits: Vec<_> = months.iter().map(|m| (f64::from(m.number), m.lower, m.upper)).collect();
    plot.band(&limits, BLUE, 0.17)?;
    if let Some(start) = months.iter().find(|month| month.forecast.is_some()) {
        let (x, bottom) = plot.at(f64::from(start.number), 0.0);
        canvas.dashed((x, frame.top), (x, bottom), MUTED, 1.0)?;
        canvas.text((x - 6.0, frame.top + 8.0), "baseline ends", Type::small().right())?;
    }
    plot.line(&line(|m| m.forecast), INK, Stroke::Dashed(1.6))?;
    let observed = line(|m| m.observed);
    plot.line(&observed, BLUE, Stroke::Solid(2.4))?;
    plot.dots(&observed, 2.6, BLUE)?;
    for month in months {
        if let (Some(n), Some(lower), Some(upper)) = (month.observed, month.lower, month.upper)
            && !(lower..=upper).contains(&n)
        {
            ring(canvas, plot.at(f64::from(month.number), n))?;
        }
    }
    Ok(())
}
