//! What the columns of a feed hold: valid, other, default, invalid, missing.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::palette::{BANDS, BLUE_PALE, GREY, INK, MUTED, PAPER, STEEL};
use super::{Chart, ChartError};
use crate::report::quality::ColumnCells;
use crate::report::words;

const ROW: f64 = 22.0;
const LEFT: f64 = 250.0;
const RIGHT: f64 = 92.0;
const KEY: f64 = 28.0;

/// The categories of VODIM, in the order of the counts.
const CATEGORIES: [(&str, RGBColor); 5] = [
    ("valid", BLUE_PALE),
    ("other", STEEL),
    ("default", BANDS[2]),
    ("invalid", BANDS[0]),
    ("missing", GREY),
];

/// Draws a bar for each column, in the order of the rows.
///
/// # Errors
/// If the drawing fails.
pub fn column_bars(feed: &str, columns: &[&ColumnCells]) -> Result<Chart, ChartError> {
    let caption = Caption {
        id: format!("quality-columns-{}", feed.replace('_', "-")),
        table: "quality.feed_column".to_owned(),
        about: String::new(),
        title: format!("{}: what the columns hold", words::feed(feed)),
        subtitle: "share of rows; the column with fewest valid values first".to_owned(),
        description: "A stacked bar for each column: the shares of its cells that are valid, \
                      other, default, invalid and missing. The share that is valid stands beside it."
            .to_owned(),
    };
    let height = HEAD + KEY + ROW * columns.len() as f64 + 4.0;
    chart(caption, height, Vec::new(), |canvas| {
        key(canvas)?;
        for (i, column) in columns.iter().enumerate() {
            bar(canvas, column, HEAD + KEY + ROW * i as f64)?;
        }
        Ok(())
    })
}

fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let y = HEAD + 4.0;
    for (i, (name, colour)) in CATEGORIES.iter().enumerate() {
        let left = LEFT + 110.0 * i as f64;
        canvas.rect((left, y - 7.0), (left + 18.0, y + 7.0), *colour)?;
        canvas.text((left + 24.0, y), name, Type::new(13.0))?;
    }
    Ok(())
}

fn bar(canvas: &Canvas, column: &ColumnCells, top: f64) -> Result<(), ChartError> {
    let middle = top + ROW / 2.0;
    let name = Type::new(12.5).colour(INK);
    canvas.text((LEFT - 10.0, middle), &column.column, name.right())?;
    let whole = WIDTH - LEFT - RIGHT;
    let n_rows = column.n_rows.max(1) as f64;
    let mut left = LEFT;
    for (n, (_, colour)) in column.cells.iter().zip(CATEGORIES) {
        let right = left + whole * *n as f64 / n_rows;
        if *n > 0 {
            // A pixel of each category that occurs can be seen.
            canvas.rect((left, top + 3.0), (right.max(left + 1.0), top + ROW - 3.0), colour)?;
            canvas.line(&[(right, top + 3.0), (right, top + ROW - 3.0)], PAPER, 0.6)?;
        }
        left = right;
    }
    let text = format!("{} % valid", words::percent(column.cells[0], column.n_rows));
    canvas.text((WIDTH - RIGHT + 10.0, middle), &text, Type::small().colour(MUTED))
}
