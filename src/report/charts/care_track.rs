//! The care track: activity and cost per person by month before and after the index month, sector by
//! sector, for a cohort and its controls.

use std::collections::BTreeMap;

use plotters::style::RGBColor;

use super::about::about;
use super::canvas::{Canvas, Caption, HEAD, Type, chart};
use super::error::need;
use super::palette::{BLUE, INK, SHADE, VERMILLION};
use super::plot::{Frame, Plot, Scale, Stroke};
use super::{Chart, ChartError};
use crate::disclosure::{Released, Status};
use crate::report::words;

const PANEL: f64 = 158.0;
const KEY: f64 = 26.0;
/// Activity, then cost: column, left edge, width.
const COLUMNS: [(&str, f64); 2] =
    [("events_per_1000_person_months", 70.0), ("cost_per_person_pence", 558.0)];
const PLOT_WIDTH: f64 = 390.0;
/// Arms, what they are called, and how they are drawn.
const ARMS: [(&str, &str, RGBColor, Stroke); 2] = [
    ("control", "controls", VERMILLION, Stroke::Dashed(1.8)),
    ("case", "cohort", BLUE, Stroke::Solid(2.4)),
];

/// Draws `release.care_track`, one chart for each evaluation: dimensions `evaluation`, `arm` (`case` or
/// `control`), `month_from_index`, `sector`; measures `events_per_1000_person_months` and
/// `cost_per_person_pence`.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn care_tracks(released: &Released) -> Result<Vec<Chart>, ChartError> {
    need(
        released,
        &["evaluation", "arm", "month_from_index", "sector", COLUMNS[0].0, COLUMNS[1].0],
    )?;
    let mut evaluations: Vec<String> =
        (0..released.n_rows()).filter_map(|row| released.text(row, "evaluation")).collect();
    evaluations.sort();
    evaluations.dedup();
    evaluations.iter().map(|evaluation| care_track(released, evaluation)).collect()
}

fn care_track(released: &Released, evaluation: &str) -> Result<Chart, ChartError> {
    let rows: Vec<usize> = (0..released.n_rows())
        .filter(|row| released.text(*row, "evaluation").as_deref() == Some(evaluation))
        .collect();
    let label = rows.iter().find_map(|row| released.text(*row, "label"));
    let label = label.unwrap_or_else(|| words::sentence(evaluation));
    let (sectors, sparse) = sectors(released, &rows);
    let hidden = hidden(released, &rows, &sparse);
    let caption = Caption {
        id: format!("care-track-{}", evaluation.replace([' ', '_'], "-").to_lowercase()),
        table: released.name().to_owned(),
        about: about(released),
        title: format!("Care track: {label}, before and after the index month"),
        subtitle: "by month from the index month, sector by sector; every panel has its own scale"
            .to_owned(),
        description: "For each sector a panel of activity at the left and of cost per person at \
                      the right, by month from the index month, which a vertical line marks. A \
                      solid line is the cohort, a dashed line its controls. Hidden months leave \
                      gaps."
            .to_owned(),
    };
    let height = HEAD + KEY + PANEL * sectors.len() as f64 + 16.0;
    chart(caption, height, hidden, |canvas| draw(canvas, released, &rows, &sectors))
}

/// The sectors that are not drawn, and the hidden months of the others by arm, as runs.
fn hidden(released: &Released, rows: &[usize], sparse: &[String]) -> Vec<String> {
    let mut by_line: BTreeMap<(String, &str), Vec<i64>> = BTreeMap::new();
    for row in rows {
        let text = |column| released.text(*row, column).unwrap_or_default();
        let arm = ARMS.iter().find(|(arm, ..)| text("arm") == *arm).map(|(_, name, ..)| *name);
        if let (Some(month), Some(arm)) = (released.number(*row, "month_from_index"), arm)
            && released.status(*row, COLUMNS[0].0).is_some_and(Status::is_hidden)
            && !sparse.contains(&text("sector"))
        {
            by_line.entry((words::sentence(&text("sector")), arm)).or_default().push(month as i64);
        }
    }
    let sparse = sparse.iter().map(|sector| {
        format!("{}, every month (most rest on few people)", words::sentence(sector))
    });
    let lines = by_line
        .into_iter()
        .map(|((sector, arm), months)| format!("{sector}, {arm}, months {}", ranges(months)));
    sparse.chain(lines).collect()
}

/// Whole numbers as runs: −3, 0 to 11.
fn ranges(mut months: Vec<i64>) -> String {
    months.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for month in months {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == month => *last = month,
            _ => runs.push((month, month)),
        }
    }
    let number = |month: i64| words::number(month as f64);
    let run = |(first, last): (i64, i64)| match first == last {
        true => number(first),
        false => format!("{} to {}", number(first), number(last)),
    };
    runs.into_iter().map(run).collect::<Vec<_>>().join(", ")
}

/// The sectors to draw, `all` first, and those that are not: what is left of a line of which most
/// months are hidden would mislead, and so would a panel of noughts.
fn sectors(released: &Released, rows: &[usize]) -> (Vec<String>, Vec<String>) {
    let mut by_sector: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in rows {
        by_sector.entry(released.text(*row, "sector").unwrap_or_default()).or_default().push(*row);
    }
    let is_drawn = |rows: &[usize]| {
        ARMS.iter().any(|(arm, ..)| {
            let of_arm = rows.iter().filter(|r| released.text(**r, "arm").as_deref() == Some(*arm));
            let values: Vec<_> = of_arm.map(|row| released.number(*row, COLUMNS[0].0)).collect();
            let n_shown = values.iter().flatten().count();
            2 * n_shown > values.len() && values.iter().flatten().any(|value| *value > 0.0)
        })
    };
    let (drawn, sparse): (Vec<_>, Vec<_>) =
        by_sector.into_iter().partition(|(_, rows)| is_drawn(rows));
    let names = |sectors: Vec<(String, _)>| {
        let mut names: Vec<String> = sectors.into_iter().map(|(sector, _)| sector).collect();
        names.sort_by_key(|sector| (sector != "all", sector.clone()));
        names
    };
    (names(drawn), names(sparse))
}

fn draw(
    canvas: &Canvas,
    released: &Released,
    rows: &[usize],
    sectors: &[String],
) -> Result<(), ChartError> {
    key(canvas)?;
    for (s, sector) in sectors.iter().enumerate() {
        let top = HEAD + KEY + PANEL * s as f64;
        let of_sector: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|row| released.text(*row, "sector").as_ref() == Some(sector))
            .collect();
        canvas.text((0.0, top + 8.0), &words::sentence(sector), Type::new(13.5).bold())?;
        let units = ["events per 1,000 person-months", "£ per person and month, where known"];
        for ((column, left), unit) in COLUMNS.into_iter().zip(units) {
            canvas.text((left + PLOT_WIDTH, top + 8.0), unit, Type::small().right())?;
            panel(canvas, released, &of_sector, column, (left, top + 26.0))?;
        }
    }
    Ok(())
}

/// The key: which line is which.
fn key(canvas: &Canvas) -> Result<(), ChartError> {
    let mut x = 0.0;
    for (_, name, colour, stroke) in ARMS.into_iter().rev() {
        let (from, to) = ((x, HEAD + 4.0), (x + 30.0, HEAD + 4.0));
        match stroke {
            Stroke::Solid(width) => canvas.line(&[from, to], colour, width)?,
            Stroke::Dashed(width) => canvas.dashed(from, to, colour, width)?,
        }
        canvas.text((x + 36.0, HEAD + 4.0), name, Type::new(13.0).bold().colour(colour))?;
        x += 120.0;
    }
    canvas.dashed((x + 4.0, HEAD - 4.0), (x + 4.0, HEAD + 12.0), INK, 1.2)?;
    canvas.text((x + 14.0, HEAD + 4.0), "index month", Type::new(13.0))
}

fn panel(
    canvas: &Canvas,
    released: &Released,
    rows: &[usize],
    column: &str,
    (left, top): (f64, f64),
) -> Result<(), ChartError> {
    let months = || rows.iter().filter_map(|row| released.number(*row, "month_from_index"));
    let (first, last) = (months().fold(0.0, f64::min), months().fold(0.0, f64::max));
    let most = rows.iter().filter_map(|row| released.number(*row, column)).fold(0.0, f64::max);
    let is_cost = column.ends_with("_pence");
    let frame = Frame {
        left,
        top,
        width: PLOT_WIDTH,
        height: PANEL - 66.0,
        x: Scale::exact(first, last, (-20..=20).map(|i| f64::from(i) * 6.0)),
        y: Scale::round(0.0, most, 3),
        x_label: &|x| if *x > 0.0 { format!("+{x}") } else { words::number(*x) },
        y_label: &|y| if is_cost { words::pounds(*y) } else { words::number(*y) },
    };
    let after = frame.left + frame.width * (0.0 - first) / (last - first).max(1.0);
    canvas.rect((after, top), (left + PLOT_WIDTH, top + frame.height), SHADE)?;
    let mut plot = Plot::new(canvas, &frame)?;
    if rows.iter().all(|row| released.number(*row, column).is_none()) {
        let middle = (left + PLOT_WIDTH / 2.0, top + frame.height / 2.0);
        let what = if is_cost { "no cost known" } else { "hidden" };
        return canvas.text(middle, what, Type::small().centred());
    }
    canvas.dashed((after, top - 2.0), (after, top + frame.height), INK, 1.2)?;
    for (arm, _, colour, stroke) in ARMS {
        let points = series(released, rows, arm, column, first as i32..=last as i32);
        plot.line(&points, colour, stroke)?;
        plot.dots(&points, 1.9, colour)?;
    }
    Ok(())
}

/// An arm's values month by month; a month without a row, or with a hidden one, is a gap.
fn series(
    released: &Released,
    rows: &[usize],
    arm: &str,
    column: &str,
    months: std::ops::RangeInclusive<i32>,
) -> Vec<(f64, Option<f64>)> {
    months
        .map(|month| {
            let is_there = |row: &&usize| {
                released.number(**row, "month_from_index") == Some(f64::from(month))
                    && released.text(**row, "arm").as_deref() == Some(arm)
            };
            let value = rows.iter().find(is_there).and_then(|row| released.number(*row, column));
            (f64::from(month), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_months_are_named_as_runs() {
        assert_eq!(ranges(vec![3, -2, 1, 2, 7]), "\u{2212}2, 1 to 3, 7");
    }
}
