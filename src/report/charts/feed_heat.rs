//! Rows of each feed by month against the months before: where a delivery is thin or not there.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::palette::{BLUE, BLUE_PALE, GRID, MUTED, PAPER, STEEL, VERMILLION};
use super::{Chart, ChartError};
use crate::report::quality::{SeriesMonth, TrendStatus};
use crate::report::words;

const ROW: f64 = 24.0;
const LEFT: f64 = 150.0;
const KEY: f64 = 30.0;
const FOOT: f64 = 26.0;

/// Shades of a month's records over the median of the months before: least share, colour, words.
const SHADES: [(f64, RGBColor, &str); 4] = [
    (1.4, BLUE, "1.4 times or more"),
    (0.8, STEEL, "0.8 to 1.4 times"),
    (0.0, BLUE_PALE, "below 0.8 times"),
    (f64::NEG_INFINITY, GRID, "no history"),
];

/// Draws a row for each feed and a box for each month.
///
/// # Errors
/// If the drawing fails.
pub fn feed_heat_map(trend: &[SeriesMonth], missing_share: f64) -> Result<Chart, ChartError> {
    let mut feeds: Vec<&str> = trend.iter().map(|month| month.feed.as_str()).collect();
    feeds.dedup();
    let first = trend.iter().map(|month| month.month).min().unwrap_or(0);
    let last = trend.iter().map(|month| month.month).max().unwrap_or(0);
    let width = (WIDTH - LEFT) / f64::from(last - first + 1);
    let caption = Caption {
        id: "quality-months".to_owned(),
        table: "quality.trend".to_owned(),
        about: String::new(),
        title: "Records of each month against the months before".to_owned(),
        subtitle: format!(
            "over the median of the months before; a cross marks a month below {} of it that chance \
             does not explain, a stroke one that is not complete for every provider",
            words::number(missing_share)
        ),
        description: "A grid with a row for each feed and a column for each month. Darker boxes \
                      hold more records than the median of the months before; a cross marks a \
                      month that is missing, a stroke one that is not complete for every \
                      provider. The tables below give the numbers."
            .to_owned(),
    };
    let height = HEAD + KEY + ROW * feeds.len() as f64 + FOOT;
    chart(caption, height, Vec::new(), |canvas| {
        key(canvas)?;
        for (i, feed) in feeds.iter().enumerate() {
            let top = HEAD + KEY + ROW * i as f64;
            canvas.text((0.0, top + ROW / 2.0), &words::feed(feed), Type::new(13.0))?;
            for month in trend.iter().filter(|month| month.feed == *feed) {
                let left = LEFT + width * f64::from(month.month - first);
                cell(canvas, month, (left, top), width)?;
            }
        }
        let bottom = HEAD + KEY + ROW * feeds.len() as f64;
        for month in (first..=last).filter(|month| month.rem_euclid(12) == 3) {
            let left = LEFT + width * f64::from(month - first);
            canvas.line(&[(left, HEAD + KEY - 4.0), (left, bottom + 6.0)], MUTED, 1.0)?;
            canvas.text((left + 4.0, bottom + 14.0), &words::short_month(month), Type::small())?;
        }
        Ok(())
    })
}

fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let y = HEAD + 4.0;
    let mut left = LEFT;
    for (_, colour, words) in SHADES {
        canvas.rect((left, y - 7.0), (left + 18.0, y + 7.0), colour)?;
        canvas.text((left + 24.0, y), words, Type::new(13.0))?;
        left += 140.0;
    }
    cross(canvas, (left, y - 7.0), (left + 18.0, y + 7.0))?;
    canvas.text((left + 24.0, y), "missing", Type::new(13.0).bold().colour(VERMILLION))?;
    left += 92.0;
    stroke(canvas, (left, y - 7.0), (left + 18.0, y + 7.0), BLUE_PALE)?;
    canvas.text((left + 24.0, y), "not complete", Type::new(13.0).bold().colour(VERMILLION))
}

fn shade(month: &SeriesMonth) -> RGBColor {
    let ratio = match month.median_before {
        Some(median) if median > 0.0 => month.n_records as f64 / median,
        _ => f64::NEG_INFINITY,
    };
    SHADES.iter().find(|(least, ..)| ratio >= *least).map_or(GRID, |(_, colour, _)| *colour)
}

fn cell(
    canvas: &Canvas,
    month: &SeriesMonth,
    (left, top): (f64, f64),
    width: f64,
) -> Result<(), ChartError> {
    let (from, to) = ((left + 0.8, top + 1.5), (left + width - 0.8, top + ROW - 1.5));
    if month.status == TrendStatus::Missing {
        return cross(canvas, from, to);
    }
    if !month.is_complete {
        return stroke(canvas, from, to, shade(month));
    }
    canvas.rect(from, to, shade(month))
}

/// A box that one provider is missing from, or that is still to grow.
fn stroke(
    canvas: &Canvas,
    from: (f64, f64),
    to: (f64, f64),
    colour: RGBColor,
) -> Result<(), ChartError> {
    canvas.rect(from, to, colour)?;
    canvas.line(&[(from.0, to.1), (to.0, from.1)], VERMILLION, 2.4)
}

fn cross(canvas: &Canvas, from: (f64, f64), to: (f64, f64)) -> Result<(), ChartError> {
    canvas.rect(from, to, VERMILLION)?;
    let inset = 4.0;
    let (left, top) = (from.0 + inset, from.1 + inset);
    let (right, bottom) = (to.0 - inset, to.1 - inset);
    canvas.line(&[(left, top), (right, bottom)], PAPER, 2.0)?;
    canvas.line(&[(left, bottom), (right, top)], PAPER, 2.0)
}
