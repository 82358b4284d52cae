//! The risk pyramid: how many people are in each band of risk, in each fifth of deprivation.

use super::about::about;
use super::canvas::{Canvas, Caption, HEAD, Type, WIDTH, chart};
use super::error::need;
use super::palette::{BANDS, GRID, INK, MUTED};
use super::{Chart, ChartError};
use crate::disclosure::Released;
use crate::report::words;

const ROW: f64 = 46.0;
const LABELS: f64 = 118.0;
const GAP: f64 = 10.0;

/// A cell of the pyramid; its number of persons unless it is hidden.
struct Cell {
    fifth: String,
    band: String,
    order: f64,
    n_persons: Option<f64>,
}

/// Draws `release.risk_pyramid`: dimensions `imd_quintile_city` (or `_england`) and `risk_band`, measure `n_persons`, optional attribute `sort_order` (highest risk first).
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn risk_pyramid(released: &Released) -> Result<Chart, ChartError> {
    let fifth_column = words::fifth_column(released);
    need(released, &[fifth_column, "risk_band", "n_persons"])?;
    let cells = cells(released, fifth_column);
    let fifths = distinct(&cells, |cell| &cell.fifth);
    let bands = bands(&cells);
    let hidden = cells.iter().filter(|cell| cell.n_persons.is_none());
    let hidden =
        hidden.map(|c| format!("{}, fifth {}", words::sentence(&c.band), c.fifth)).collect();
    let within = if fifth_column.ends_with("england") { "England" } else { "the city" };
    let caption = Caption {
        id: "risk-pyramid".to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: "People by risk of emergency admission, in each fifth of deprivation".to_owned(),
        subtitle: format!("persons; fifths of deprivation within {within}; all on one scale"),
        description: "One pyramid of centred bars for each fifth of deprivation, from the most \
                      deprived at the left to the least deprived at the right. The highest band \
                      of risk is at the top; a bar's width is the number of persons."
            .to_owned(),
    };
    let height = HEAD + 30.0 + ROW * bands.len() as f64 + 6.0;
    chart(caption, height, hidden, |canvas| draw(canvas, &cells, &fifths, &bands))
}

fn cells(released: &Released, fifth_column: &str) -> Vec<Cell> {
    let cell = |row| Cell {
        fifth: released.text(row, fifth_column).unwrap_or_else(|| "unknown".to_owned()),
        band: released.text(row, "risk_band").unwrap_or_else(|| "unknown".to_owned()),
        order: released.number(row, "sort_order").unwrap_or(f64::NAN),
        n_persons: released.number(row, "n_persons"),
    };
    (0..released.n_rows()).map(cell).collect()
}

fn distinct(cells: &[Cell], of: impl Fn(&Cell) -> &String) -> Vec<String> {
    let mut all: Vec<String> = cells.iter().map(|cell| of(cell).clone()).collect();
    all.sort();
    all.dedup();
    all
}

/// The bands from the highest risk: in the declared order, else the smallest band first.
fn bands(cells: &[Cell]) -> Vec<String> {
    let mut bands = distinct(cells, |cell| &cell.band);
    let key = |band: &String| {
        let of_band = || cells.iter().filter(|cell| cell.band == *band);
        let order = of_band().map(|cell| cell.order).fold(f64::NAN, f64::min);
        if order.is_nan() { of_band().filter_map(|cell| cell.n_persons).sum() } else { order }
    };
    bands.sort_by(|a, b| key(a).total_cmp(&key(b)));
    bands
}

fn draw(
    canvas: &Canvas,
    cells: &[Cell],
    fifths: &[String],
    bands: &[String],
) -> Result<(), ChartError> {
    let panel = (WIDTH - LABELS) / fifths.len().max(1) as f64;
    let most = cells.iter().filter_map(|cell| cell.n_persons).fold(1.0, f64::max);
    for (b, band) in bands.iter().enumerate() {
        let middle = HEAD + 30.0 + ROW * (b as f64 + 0.5);
        canvas.text((LABELS - 12.0, middle), &words::sentence(band), Type::new(13.0).right())?;
    }
    for (f, fifth) in fifths.iter().enumerate() {
        let centre = LABELS + panel * (f as f64 + 0.5);
        let place = match fifth.as_str() {
            "1" => " · most deprived",
            "5" => " · least deprived",
            _ => "",
        };
        canvas.text(
            (centre, HEAD + 12.0),
            &format!("{fifth}{place}"),
            Type::new(12.5).bold().centred(),
        )?;
        let bottom = HEAD + 30.0 + ROW * bands.len() as f64;
        canvas.line(&[(centre, HEAD + 26.0), (centre, bottom)], GRID, 1.0)?;
        for cell in cells.iter().filter(|cell| cell.fifth == *fifth) {
            let Some(b) = bands.iter().position(|band| *band == cell.band) else { continue };
            let top = HEAD + 30.0 + ROW * b as f64;
            bar(canvas, centre, top, (panel - GAP) / most, b, cell.n_persons)?;
        }
    }
    Ok(())
}

/// A centred bar with its number: inside if it fits, beside it if not.
fn bar(
    canvas: &Canvas,
    centre: f64,
    top: f64,
    pixels_per_person: f64,
    band: usize,
    n_persons: Option<f64>,
) -> Result<(), ChartError> {
    let middle = top + ROW / 2.0;
    let Some(n) = n_persons else {
        let style = Type::new(12.0).colour(MUTED).italic();
        return canvas.text((centre + 6.0, middle), "hidden", style);
    };
    let half = n * pixels_per_person / 2.0;
    let colour = BANDS[band.min(BANDS.len() - 1)];
    canvas.rect((centre - half, top + 3.0), (centre + half, top + ROW - 3.0), colour)?;
    let text = words::number(n);
    if half > 24.0 {
        let ink = if band < 2 { super::palette::PAPER } else { INK };
        canvas.text((centre, middle), &text, Type::new(13.0).bold().colour(ink).centred())
    } else {
        canvas.text((centre + half + 6.0, middle), &text, Type::new(13.0).bold())
    }
}
