//! Panels side by side over the same rows: bars with limits, each panel on its own scale.

use plotters::style::RGBColor;

use super::ChartError;
use super::canvas::{Canvas, HEAD, Type, WIDTH};
use super::palette::{AXIS, GRID, INK, MUTED};
use super::plot::Scale;

/// One bar of a panel.
pub(super) struct Bar {
    /// `None` where it is hidden or missing; `note` then says which.
    pub(super) value: Option<f64>,
    pub(super) lower: Option<f64>,
    pub(super) upper: Option<f64>,
    pub(super) colour: RGBColor,
    /// What stands at the right: the value, or why there is none.
    pub(super) note: String,
    /// A mark before the note, so that colour is not all that tells.
    pub(super) mark: &'static str,
}

/// One panel: a bar for each row.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) bars: Vec<Bar>,
    pub(super) baseline: Option<f64>,
    pub(super) label: fn(f64) -> String,
}

const PANEL_HEAD: f64 = 40.0;
const AXIS_ROOM: f64 = 26.0;
/// Characters of a name that there is room for.
const NAME_LETTERS: usize = 38;
const NOTES: f64 = 56.0;
const GAP: f64 = 16.0;

/// What stands for a bar that may not be shown.
pub(super) const HIDDEN: &str = "hidden";

/// How high a row is: less where there are many.
fn row_height(n_rows: usize) -> f64 {
    if n_rows > 12 { 20.0 } else { 30.0 }
}

/// How many panels stand beside each other.
pub(super) const ACROSS: usize = 3;

/// The hidden bars, panel by panel.
pub(super) fn hidden(rows: &[String], panels: &[Panel]) -> Vec<String> {
    let of_panel = |panel: &Panel| {
        let bars = rows.iter().zip(&panel.bars).filter(|(_, bar)| bar.note == HIDDEN);
        let names: Vec<&str> = bars.map(|(name, _)| name.as_str()).collect();
        (!names.is_empty()).then(|| format!("{}: {}", panel.title, names.join(", ")))
    };
    panels.iter().filter_map(of_panel).collect()
}

/// How high the sheet must be.
pub(super) fn height(n_rows: usize, n_panels: usize) -> f64 {
    HEAD + n_panels.div_ceil(ACROSS) as f64 * panel_height(n_rows)
}

fn panel_height(n_rows: usize) -> f64 {
    PANEL_HEAD + row_height(n_rows) * n_rows as f64 + AXIS_ROOM + 18.0
}

/// Draws the panels, [`ACROSS`] beside each other, with the rows' names at the left.
pub(super) fn draw(canvas: &Canvas, rows: &[String], panels: &[Panel]) -> Result<(), ChartError> {
    let across = panels.len().clamp(1, ACROSS);
    let names = names_width(rows);
    let width = (WIDTH - names - GAP * (across as f64 - 1.0)) / across as f64;
    for (i, panel) in panels.iter().enumerate() {
        let left = names + (i % across) as f64 * (width + GAP);
        let top = HEAD + (i / across) as f64 * panel_height(rows.len());
        if i % across == 0 {
            for (r, name) in rows.iter().enumerate() {
                let middle = top + PANEL_HEAD + row_height(rows.len()) * (r as f64 + 0.5);
                canvas.text((names - 10.0, middle), &short(name), Type::new(12.5).right())?;
            }
        }
        draw_panel(canvas, panel, left, top, width)?;
    }
    Ok(())
}

fn draw_panel(
    canvas: &Canvas,
    panel: &Panel,
    left: f64,
    top: f64,
    width: f64,
) -> Result<(), ChartError> {
    let first = top + PANEL_HEAD;
    let height = row_height(panel.bars.len());
    let bottom = first + height * panel.bars.len() as f64;
    canvas.text((left, top + 8.0), &panel.title, Type::new(13.5).bold())?;
    canvas.text((left, top + 25.0), &panel.unit, Type::new(11.5).colour(MUTED))?;
    let shown = panel.bars.iter().flat_map(|bar| [bar.value, bar.upper]).chain([panel.baseline]);
    let most = shown.flatten().fold(0.0, f64::max);
    let scale = Scale::round(0.0, most, 4);
    let has_scale = most > 0.0;
    let x = |value: f64| left + value / scale.to * (width - NOTES);
    for tick in scale.ticks.iter().filter(|_| has_scale) {
        canvas.line(&[(x(*tick), first), (x(*tick), bottom)], GRID, 1.0)?;
        let style = Type::new(11.0).colour(MUTED).centred();
        canvas.text((x(*tick), bottom + 11.0), &(panel.label)(*tick), style)?;
    }
    canvas.line(&[(left, first), (left, bottom)], AXIS, 1.0)?;
    for (r, bar) in panel.bars.iter().enumerate() {
        let row = first + height * r as f64;
        if let Some(value) = bar.value {
            canvas.rect((left, row + height * 0.2), (x(value), row + height * 0.8), bar.colour)?;
        }
        if let (Some(_), Some(lower), Some(upper)) = (bar.value, bar.lower, bar.upper) {
            whisker(canvas, x(lower), x(upper), row + height / 2.0)?;
        }
        note(canvas, bar, (left + width, row + height / 2.0))?;
    }
    if let Some(baseline) = panel.baseline {
        canvas.dashed((x(baseline), first - 4.0), (x(baseline), bottom), INK, 1.4)?;
    }
    Ok(())
}

fn whisker(canvas: &Canvas, from: f64, to: f64, y: f64) -> Result<(), ChartError> {
    canvas.line(&[(from, y), (to, y)], INK, 1.3)?;
    for end in [from, to] {
        canvas.line(&[(end, y - 4.0), (end, y + 4.0)], INK, 1.3)?;
    }
    Ok(())
}

fn note(canvas: &Canvas, bar: &Bar, at: (f64, f64)) -> Result<(), ChartError> {
    if bar.value.is_none() {
        return canvas.text(at, &bar.note, Type::new(12.0).colour(MUTED).italic().right());
    }
    let style = Type::new(12.5).right();
    let style = if bar.mark.is_empty() { style } else { style.bold().colour(bar.colour) };
    canvas.text(at, format!("{} {}", bar.mark, bar.note).trim_start(), style)
}

/// Room for the longest name.
pub(super) fn names_width(rows: &[String]) -> f64 {
    let longest = rows.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    20.0 + 6.4 * longest.clamp(14, NAME_LETTERS) as f64
}

/// A name that fits beside its bars.
pub(super) fn short(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS {
        return name.to_owned();
    }
    format!("{}…", name.chars().take(NAME_LETTERS - 1).collect::<String>().trim_end())
}
