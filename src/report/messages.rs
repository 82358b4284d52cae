//! The findings in sentences, each made from released figures by a fixed rule.
//!
//! A sentence is left out where a figure that it needs is not shown; none is ever filled in by
//! hand.

use std::collections::BTreeMap;

use super::figures::{Cell, Figures, Message, Part};
use super::words;
use crate::disclosure::Released;

/// The findings of the released tables.
pub(super) fn messages(
    figures: &mut Figures,
    released: &BTreeMap<String, Released>,
) -> Vec<Message> {
    let mut all = Vec::new();
    if let Some(table) = released.get("release.effect") {
        let is_main = |row: &usize| table.text(*row, "design").as_deref() == Some("all_controls");
        let rows = (0..table.n_rows()).filter(is_main);
        all.extend(rows.filter_map(|row| effect(figures, table, row)));
    }
    if let Some(table) = released.get("release.neighbourhood_rate") {
        all.extend(outliers(figures, table));
    }
    if let Some(table) = released.get("release.risk_pyramid") {
        all.extend(deprivation(figures, table));
    }
    if let Some(table) = released.get("release.trend") {
        all.extend(trends(figures, table));
    }
    all
}

/// A sentence out of words and figures, by turns.
struct Sentence(Vec<Part>);

impl Sentence {
    fn new(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    fn figure(mut self, cell: Cell) -> Self {
        self.0.push(Part::Figure(cell));
        self
    }

    fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }

    fn end(self) -> Message {
        Message { parts: self.0 }
    }
}

/// What a change did, against controls, against weighted ones, and by before–after alone.
fn effect(figures: &mut Figures, table: &Released, row: usize) -> Option<Message> {
    let number = |column| table.number(row, column);
    let (ratio, lower, upper) = (number("rate_ratio")?, number("lower_95")?, number("upper_95")?);
    let code = table.text(row, "evaluation")?;
    let ratio_by = |design: &str, column: &str| {
        let is_it = |row: &usize| {
            table.text(*row, "evaluation").as_ref() == Some(&code)
                && table.text(*row, "design").as_deref() == Some(design)
        };
        (0..table.n_rows()).find(is_it).and_then(|row| table.number(row, column))
    };
    let naive = ratio_by("before_after", "rate_ratio")?;
    let weighted =
        ["rate_ratio", "lower_95", "upper_95"].map(|column| ratio_by("weighted_controls", column));
    let label = table.text(row, "label").unwrap_or_else(|| words::sentence(&code));
    let mut percent = |name: &str, ratio: f64| {
        let percent = ((ratio - 1.0).abs() * 100.0).round();
        figures.derived(format!("messages/effect/{code}/{name}"), percent, words::number(percent))
    };
    let direction = |ratio: f64| if ratio < 1.0 { " % lower" } else { " % higher" };
    let sentence = if (lower..=upper).contains(&1.0) {
        Sentence::new(format!(
            "{label}: emergency admissions changed no clearly otherwise than those of controls ("
        ))
        .figure(percent("percent", ratio))
        .text(format!("{}, which chance can explain)", direction(ratio)))
    } else {
        let (near, far) = if ratio < 1.0 { (upper, lower) } else { (lower, upper) };
        Sentence::new(format!("{label}: emergency admissions were "))
            .figure(percent("percent", ratio))
            .text(format!(
                "{} than had they changed as those of controls did (95 % limits: ",
                direction(ratio)
            ))
            .figure(percent("percent_near", near))
            .text(" to ")
            .figure(percent("percent_far", far))
            .text(" %)")
    };
    let sentence = match weighted {
        [Some(weighted), Some(lower), Some(upper)] => sentence
            .text("; against controls weighted to be like the cases ")
            .figure(percent("percent_weighted", weighted))
            .text(direction(weighted))
            .text(if (lower..=upper).contains(&1.0) { ", which chance can explain" } else { "" }),
        _ => sentence,
    };
    let sentence = sentence
        .text("; after against before alone would have said ")
        .figure(percent("percent_naive", naive))
        .text(format!("{}.", direction(naive)));
    Some(sentence.end())
}

/// The neighbourhoods outside the funnel's outer limits, indicator by indicator.
fn outliers(figures: &mut Figures, table: &Released) -> Vec<Message> {
    let mut by_indicator: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in 0..table.n_rows() {
        let (Some(class), Some(indicator)) =
            (table.text(row, "funnel_class"), table.text(row, "indicator"))
        else {
            continue;
        };
        if class.ends_with("_998") {
            by_indicator.entry(indicator).or_default().push(row);
        }
    }
    let rate_of = |row: usize| {
        ["dsr_per_1000", "crude_per_1000"].into_iter().find(|c| table.number(row, c).is_some())
    };
    let message = |(indicator, rows): (String, Vec<usize>)| {
        let label = table.text(*rows.first()?, "label");
        let label = label.unwrap_or_else(|| words::sentence(&indicator));
        let mut sentence = Sentence::new(format!("{label}: outside the 99.8 % funnel limits are "));
        for (i, row) in rows.iter().enumerate() {
            let name = table.text(*row, "neighbourhood").unwrap_or_default();
            let is_high = table.text(*row, "funnel_class").is_some_and(|c| c.starts_with("high"));
            let side = if is_high { "high" } else { "low" };
            let before = if i == 0 { "" } else { "; " };
            sentence = sentence
                .text(format!("{before}{name} ({side}, "))
                .figure(figures.cell(table, *row, rate_of(*row)?))
                .text(" per 1,000)");
        }
        let baseline =
            rows.first().copied().filter(|row| table.number(*row, "baseline_per_1000").is_some());
        if let Some(row) = baseline {
            sentence = sentence.text(", the city having ").figure(figures.cell(
                table,
                row,
                "baseline_per_1000",
            ));
        }
        Some(sentence.text(".").end())
    };
    by_indicator.into_iter().filter_map(message).collect()
}

/// The highest band of risk in the most and in the least deprived fifth.
fn deprivation(figures: &mut Figures, table: &Released) -> Option<Message> {
    let fifth_column = words::fifth_column(table);
    let order = |row: &usize| table.number(*row, "sort_order");
    let first = (0..table.n_rows()).filter_map(|row| order(&row)).fold(f64::INFINITY, f64::min);
    let row_of = |fifth: &str| {
        (0..table.n_rows()).find(|row| {
            order(row) == Some(first) && table.text(*row, fifth_column).as_deref() == Some(fifth)
        })
    };
    let (most, least) = (row_of("1")?, row_of("5")?);
    table.number(most, "n_persons")?;
    table.number(least, "n_persons")?;
    let band = words::sentence(&table.text(most, "risk_band")?).to_lowercase();
    let sentence = Sentence::new("The most deprived fifth has ")
        .figure(figures.cell(table, most, "n_persons"))
        .text(format!(" people in the highest band of risk ({band}), the least deprived fifth "))
        .figure(figures.cell(table, least, "n_persons"))
        .text(".");
    Some(sentence.end())
}

/// Fewest months of which it says something that all lie on one side: as rare by chance as 1 in 128.
const FEWEST_TO_LEAN: u32 = 8;

/// How many observed months lie outside the forecast's interval, and whether all lie on one side of
/// the forecast itself.
fn trends(figures: &mut Figures, table: &Released) -> Vec<Message> {
    let mut by_indicator: BTreeMap<String, [u32; 5]> = BTreeMap::new();
    for row in 0..table.n_rows() {
        let number = |column| table.number(row, column);
        let (Some(n), Some(forecast), Some(lower), Some(upper), Some(indicator)) = (
            number("n_events"),
            number("forecast"),
            number("lower_95"),
            number("upper_95"),
            table.text(row, "indicator"),
        ) else {
            continue;
        };
        let counts = by_indicator.entry(indicator).or_default();
        counts[0] += 1;
        counts[1] += u32::from(n < lower);
        counts[2] += u32::from(n > upper);
        counts[3] += u32::from(n < forecast);
        counts[4] += u32::from(n > forecast);
    }
    let label_of = |indicator: &str| {
        (0..table.n_rows())
            .find(|row| table.text(*row, "indicator").as_deref() == Some(indicator))
            .and_then(|row| table.text(row, "label"))
            .unwrap_or_else(|| words::sentence(indicator))
    };
    let message = |(indicator, [months, below, above, lower, higher]): (String, [u32; 5])| {
        let mut figure = |name: &str, n: u32| {
            let id = format!("messages/trend/{indicator}/{name}");
            figures.derived(id, f64::from(n), n.to_string())
        };
        Sentence::new(format!("{}: of ", label_of(&indicator)))
            .figure(figure("n_months", months))
            .text(" months since the baseline, ")
            .figure(figure("n_above", above))
            .text(" lay above the forecast's interval and ")
            .figure(figure("n_below", below))
            .text(" below it.")
            .text(leaning(months, lower, higher))
            .end()
    };
    by_indicator.into_iter().map(message).collect()
}

/// What is to be said where every month lies on one side of the forecast.
fn leaning(n_months: u32, n_lower: u32, n_higher: u32) -> &'static str {
    if n_months < FEWEST_TO_LEAN {
        ""
    } else if n_higher == n_months {
        " Every month lay above the forecast itself: either it is too low, or something has changed."
    } else if n_lower == n_months {
        " Every month lay below the forecast itself: either it is too high, or something has changed."
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_leans_when_every_one_of_enough_months_lies_on_one_side() {
        assert!(leaning(12, 0, 12).contains("above") && leaning(8, 8, 0).contains("below"));
        for (n_months, n_lower, n_higher) in [(12, 1, 11), (12, 0, 11), (7, 0, 7), (0, 0, 0)] {
            assert_eq!(leaning(n_months, n_lower, n_higher), "");
        }
    }
}
