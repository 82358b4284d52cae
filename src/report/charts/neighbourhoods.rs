//! Rates of care by neighbourhood, with their limits and whether they lie outside the funnel.

use super::about::about;
use super::canvas::{Caption, chart};
use super::error::need;
use super::palette::{GREEN, STEEL, VERMILLION};
use super::row_panels::{Bar, HIDDEN, Panel, draw, height, hidden};
use super::{Chart, ChartError};
use crate::disclosure::Released;
use crate::report::words;

/// Which of the two rates a panel shows.
struct Rate {
    value: &'static str,
    lower: &'static str,
    upper: &'static str,
    unit: &'static str,
}

const STANDARDISED: Rate = Rate {
    value: "dsr_per_1000",
    lower: "dsr_lower_95",
    upper: "dsr_upper_95",
    unit: "per 1,000 person-years, age-standardised",
};
const CRUDE: Rate = Rate {
    value: "crude_per_1000",
    lower: "crude_lower_95",
    upper: "crude_upper_95",
    unit: "per 1,000 person-years, crude",
};

/// Draws `release.neighbourhood_rate`: dimensions `neighbourhood_code` and `indicator`, attributes
/// `neighbourhood`, `label` and optional `sort_order`, rates `dsr_per_1000` or `crude_per_1000` with their limits,
/// `funnel_class` (`high_998`, `high_95`, `low_95`, `low_998`, anything else), `baseline_per_1000`.
///
/// An indicator is drawn age-standardised if that rate is there for every neighbourhood whose crude
/// rate is shown.
///
/// # Errors
/// If a column is missing or the drawing fails.
pub fn neighbourhood_bars(released: &Released) -> Result<Chart, ChartError> {
    need(released, &["neighbourhood", "indicator", CRUDE.value])?;
    let all = 0..released.n_rows();
    let text = |row, column| released.text(row, column).unwrap_or_default();
    let mut names: Vec<String> = all.clone().map(|row| text(row, "neighbourhood")).collect();
    names.sort();
    names.dedup();
    let order = |row| released.number(row, "sort_order").unwrap_or(0.0);
    let mut in_order: Vec<usize> = all.clone().collect();
    in_order.sort_by(|a, b| order(*a).total_cmp(&order(*b)).then(a.cmp(b)));
    let mut indicators: Vec<String> = Vec::new();
    for row in in_order {
        let indicator = text(row, "indicator");
        if !indicators.contains(&indicator) {
            indicators.push(indicator);
        }
    }
    let panel_of = |indicator: &String| {
        let rows: Vec<usize> =
            all.clone().filter(|r| text(*r, "indicator") == *indicator).collect();
        panel(released, &rows, &names, indicator)
    };
    let panels: Vec<Panel> = indicators.iter().map(panel_of).collect();
    let caption = Caption {
        id: "area-rates".to_owned(),
        table: released.name().to_owned(),
        about: about(released),
        title: format!("How care differs between {}s", released.area()),
        subtitle: "bars: rates; whiskers: 95 % limits; dashed line: the city; ▲ ▼ outside the \
                   99.8 % funnel limits, △ ▽ outside the 95 % limits"
            .to_owned(),
        description: "One panel for each kind of care, with a bar for each area's rate, \
                      whiskers for its 95 per cent confidence limits and a dashed line for the \
                      city's rate. Rates outside the funnel's limits are marked with a triangle."
            .to_owned(),
    };
    let height = height(names.len(), panels.len());
    chart(caption, height, hidden(&names, &panels), |canvas| draw(canvas, &names, &panels))
}

fn panel(released: &Released, rows: &[usize], names: &[String], indicator: &str) -> Panel {
    let has_standardised = |row: &usize| {
        released.number(*row, CRUDE.value).is_none()
            || released.number(*row, STANDARDISED.value).is_some()
    };
    let rate = if rows.iter().all(has_standardised) { STANDARDISED } else { CRUDE };
    let label = rows.first().and_then(|row| released.text(*row, "label"));
    let row_of = |name: &String| {
        rows.iter().find(|row| released.text(**row, "neighbourhood").as_ref() == Some(name))
    };
    Panel {
        title: label.unwrap_or_else(|| words::sentence(indicator)),
        unit: rate.unit.to_owned(),
        bars: names.iter().map(|name| bar(released, row_of(name).copied(), &rate)).collect(),
        baseline: rows.iter().find_map(|row| released.number(*row, "baseline_per_1000")),
        label: words::number,
    }
}

fn bar(released: &Released, row: Option<usize>, rate: &Rate) -> Bar {
    let cell = |column| row.and_then(|row| released.number(row, column));
    let status = row.and_then(|row| released.status(row, rate.value));
    let value = cell(rate.value);
    let note = match (value, status) {
        (Some(value), _) => words::number(value),
        (None, Some(status)) if status.is_hidden() => HIDDEN.to_owned(),
        _ => "–".to_owned(),
    };
    let class = row.and_then(|row| released.text(row, "funnel_class")).unwrap_or_default();
    let (colour, mark) = against_funnel(&class);
    Bar { value, lower: cell(rate.lower), upper: cell(rate.upper), colour, note, mark }
}

/// Colour and mark of a class.
fn against_funnel(class: &str) -> (plotters::style::RGBColor, &'static str) {
    match class {
        "high_998" => (VERMILLION, "▲"),
        "high_95" => (VERMILLION, "△"),
        "low_998" => (GREEN, "▼"),
        "low_95" => (GREEN, "▽"),
        _ => (STEEL, ""),
    }
}
