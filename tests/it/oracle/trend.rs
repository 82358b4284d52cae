//! Where things are going: months observed against the forecast of the frozen baseline.

use std::collections::BTreeSet;

use super::World;
use super::calendar::{AS_AT, DATA_FROM, Month};
use super::formulas::Ahead;
use super::shown::{CONFIDENTIAL, Figures, NOT_AVAILABLE, estimate, fives, is_small, rounded};
use super::smoothing::smoothed;

/// Indicators with a trend: the report's code and what units count as.
const TRENDS: [(&str, &str); 2] =
    [("emergency_admission", "emergency_admission"), ("a_and_e", "a_and_e_attendance")];
/// Months that the baseline leaves out, and months forecast.
const HELD_BACK: usize = 12;
const AHEAD: usize = 18;

pub(crate) fn trends(world: &World, figures: &mut Figures) {
    let months: Vec<Month> = Month::over(DATA_FROM, AS_AT).collect();
    let n_baseline = months.len() - HELD_BACK;
    for (indicator, counts_as) in TRENDS {
        let complete = world.complete.months(indicator);
        let mut counts: Vec<Option<(i64, i64)>> = Vec::new();
        for month in &months {
            // A month that is not complete is no observation.
            if !complete.contains(month) {
                counts.push(None);
                continue;
            }
            let of_month = || {
                let units = world.activity.counted(counts_as);
                units.filter(|unit| Month::of(unit.from) == *month)
            };
            let persons: BTreeSet<&str> = of_month().map(|unit| unit.person.as_str()).collect();
            counts.push(Some((persons.len() as i64, of_month().count() as i64)));
        }
        // The baseline is of the months since the last gap.
        let known = counts[..n_baseline].iter().rev().map_while(|count| *count);
        let mut baseline: Vec<f64> = known.map(|(_, n)| n as f64).collect();
        baseline.reverse();
        let ahead = smoothed(&baseline, AHEAD);
        accuracy_row(indicator, &baseline, &counts[n_baseline..], &ahead, figures);
        for at in 0..n_baseline + AHEAD {
            let month = Month(months[0].0 + at as i32).first();
            let place = format!("release.trend/{month}/{indicator}");
            let forecast = at.checked_sub(n_baseline).map(|at| ahead[at]);
            let count = counts.get(at).copied().flatten();
            if count.is_some() || forecast.is_some() {
                month_row(&place, count, forecast, figures);
            }
        }
    }
}

/// Errors of the forecast, and of the same months a year before, over the mean change from one year
/// to the next within the baseline (Hyndman RJ, Koehler AB. Int J Forecasting 2006;22:679-88).
fn accuracy_row(
    indicator: &str,
    baseline: &[f64],
    observed: &[Option<(i64, i64)>],
    ahead: &[Ahead],
    figures: &mut Figures,
) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let changes: Vec<f64> =
        baseline.iter().skip(12).zip(baseline).map(|(now, then)| (now - then).abs()).collect();
    let (mut errors, mut naive, mut inside, mut fewest) = (vec![], vec![], vec![], i64::MAX);
    for (at, count) in observed.iter().enumerate() {
        let Some((persons, n)) = *count else { continue };
        let (n, (value, lower, upper)) = (n as f64, ahead[at]);
        errors.push((n - value).abs());
        naive.push((n - baseline[baseline.len() - 12 + at]).abs());
        inside.push(f64::from(u8::from(lower.max(0.0) <= n && n <= upper)));
        fewest = fewest.min(persons);
    }
    let hundredth = |value: f64| estimate(Some(value), 0.01);
    figures.row(
        &format!("release.forecast_accuracy/{indicator}"),
        is_small(fewest),
        vec![
            ("mase", hundredth(mean(&errors) / mean(&changes))),
            ("naive_mase", hundredth(mean(&naive) / mean(&changes))),
            ("coverage", hundredth(mean(&inside))),
        ],
    );
}

fn month_row(
    place: &str,
    counts: Option<(i64, i64)>,
    forecast: Option<Ahead>,
    figures: &mut Figures,
) {
    let hide = counts.is_some_and(|(persons, n)| is_small(persons) || is_small(n));
    let count = |n: Option<i64>| n.map_or(NOT_AVAILABLE, |n| rounded(fives(n) as f64));
    let shown = |value: Option<f64>| if hide { CONFIDENTIAL } else { estimate(value, 1.0) };
    figures.row(
        place,
        hide,
        vec![
            ("n_persons", count(counts.map(|(persons, _)| persons))),
            ("n_events", count(counts.map(|(_, n)| n))),
            ("forecast", shown(forecast.map(|(value, ..)| value))),
            // There are no fewer events than none.
            ("lower_95", shown(forecast.map(|(_, lower, _)| lower.max(0.0)))),
            ("upper_95", shown(forecast.map(|(.., upper)| upper))),
        ],
    );
}
