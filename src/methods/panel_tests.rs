//! Panels whose errors cannot be told from nothing, and those of few units.

use super::*;
use crate::methods::draws::Draws;

/// A panel of these units over periods 1 to 8, each with the period in which its treatment starts.
fn panel(starts: &[Option<i64>], mut y: impl FnMut(usize, i64) -> f64) -> Vec<PanelRow> {
    let mut rows = Vec::new();
    for (unit, start) in starts.iter().enumerate() {
        for period in 1..=8 {
            let is_treated = start.is_some_and(|start| period >= start);
            rows.push(PanelRow { unit, period, y: y(unit, period), is_treated });
        }
    }
    rows
}

fn before_after(rows: &[PanelRow], is_treated: impl Fn(usize) -> bool) -> Vec<BeforeAfter> {
    let row = |row: &PanelRow| BeforeAfter {
        unit: row.unit,
        y: row.y,
        exposure: 1.0,
        is_treated: is_treated(row.unit),
        is_after: row.period >= 5,
    };
    rows.iter().map(row).collect()
}

/// The panel by whether a unit is ever treated, as an event study has it.
fn ever(mut rows: Vec<PanelRow>, is_treated: impl Fn(usize) -> bool) -> Vec<PanelRow> {
    rows.iter_mut().for_each(|row| row.is_treated = is_treated(row.unit));
    rows
}

fn noise(seed: u64) -> impl FnMut(usize, i64) -> f64 {
    let mut draws = Draws::from_seed(seed);
    move |_, _| 20.0 + draws.normal()
}

/// Whether the effects have been given without any error, for this reason.
fn is_bare(effects: &PanelEffects, reason: &str) -> bool {
    let is_bare = |(_, term): &(i64, Term)| {
        let nothing = [term.standard_error, term.p_value, term.limits.lower_95];
        term.estimate.is_finite() && nothing == [None; 3]
    };
    !effects.effects.is_empty()
        && effects.effects.iter().all(is_bare)
        && effects.reason == Some(reason)
}

// By reasoning: the model goes through the mean of a unit that is alone before and after, so its
// residuals say nothing of how units differ.
#[test]
fn a_unit_alone_in_its_group_gives_no_limits() {
    for starts in [
        [Some(5), None, None, None, None],
        [Some(5), Some(5), Some(5), Some(5), None],
        [Some(5), Some(5), Some(5), Some(5), Some(3)],
    ] {
        let rows = panel(&starts, noise(1));
        assert!(is_bare(&two_way_effect(&rows), ALONE), "{starts:?}");
        let is_treated = |unit: usize| starts[unit] == Some(5);
        let study = event_study(&ever(rows.clone(), is_treated), 4);
        assert!(is_bare(&study, ALONE), "{starts:?}");
        let two = difference_in_differences(ModelKind::Ols, &before_after(&rows, is_treated));
        assert!(is_bare(&two, ALONE), "{starts:?}");
    }
}

#[test]
fn counts_of_a_unit_alone_give_no_limits() {
    let mut draws = Draws::from_seed(2);
    let rows = panel(&[Some(5), None, None], |_, _| (20 + draws.below(9)) as f64);
    let rows = before_after(&rows, |unit| unit == 0);
    assert!(is_bare(&difference_in_differences(ModelKind::Poisson, &rows), ALONE));
}

// A row that a unit lacks may hide when it started, but starts no group of its own.
#[test]
fn a_gap_at_the_start_hides_no_lone_unit() {
    let mut rows = panel(&[Some(5), Some(5), Some(5), None], noise(3));
    rows.retain(|row| (row.unit, row.period) != (0, 5));
    assert!(is_bare(&two_way_effect(&rows), ALONE));
}

#[test]
fn two_units_in_each_group_or_several_starts_have_limits() {
    for starts in [
        [Some(5), Some(5), None, None],
        [Some(3), Some(5), Some(6), None],
        [Some(3), Some(3), Some(6), Some(6)],
    ] {
        let effect = two_way_effect(&panel(&starts, noise(4)));
        assert_eq!(effect.reason, None, "{starts:?}");
        assert!(effect.effects[0].1.limits.lower_95.is_some(), "{starts:?}");
    }
}

#[test]
fn a_period_with_a_lone_unit_is_the_only_one_without_limits() {
    let is_treated = |unit| unit < 3;
    let mut rows = ever(panel(&[None; 6], noise(5)), is_treated);
    rows.retain(|row| row.period != 7 || ![1, 2].contains(&row.unit));
    let study = event_study(&rows, 4);
    for (period, term) in &study.effects {
        assert_eq!(term.standard_error.is_none(), *period == 7, "{period}");
    }
    assert_eq!(study.reason, Some(ALONE));
}

// By hand: every treated unit changes by 0.7 and every other by 0.3, whatever its level: the effect
// is 0.4, and what is left of the units' changes is rounding.
#[test]
fn units_that_change_alike_give_no_limits() {
    let y = |unit: usize, period: i64| {
        let change = if unit < 3 { 0.7 } else { 0.3 };
        let wave = 0.1 * ((period - 1) % 4) as f64;
        1.1 * unit as f64 + wave + if period >= 5 { change } else { 0.0 }
    };
    let rows = panel(&[Some(5), Some(5), Some(5), None, None, None], y);
    let two = difference_in_differences(ModelKind::Ols, &before_after(&rows, |unit| unit < 3));
    for effect in [two, two_way_effect(&rows)] {
        let term = effect.effects[0].1;
        assert!((term.estimate - 0.4).abs() < 1e-12, "{term:?}");
        assert_eq!([term.standard_error, term.p_value, term.limits.upper_95], [None; 3]);
        assert!(effect.reason.is_some());
    }
}

// Expected: t.ppf(0.975, n - 1) of scipy 1.17, and 1.959964 from 30 units on.
#[test]
fn limits_are_students_below_thirty_units() {
    for (n, multiplier) in [(8, 2.364_624_251), (29, 2.048_407_142), (30, 1.959_963_985)] {
        let starts: Vec<Option<i64>> = (0..n).map(|unit| (unit % 2 == 0).then_some(5)).collect();
        let rows = panel(&starts, noise(6));
        let is_treated = |unit: usize| unit.is_multiple_of(2);
        let two = difference_in_differences(ModelKind::Ols, &before_after(&rows, is_treated));
        for effects in [two, two_way_effect(&rows), event_study(&ever(rows, is_treated), 4)] {
            let term = effects.effects[0].1;
            let reach = term.limits.upper_95.expect("a limit") - term.estimate;
            let got = reach / term.standard_error.expect("an error");
            assert!((got - multiplier).abs() < 1e-8, "{n}: {got}");
        }
    }
}

#[test]
fn least_squares_take_no_exposure() {
    let mut rows = before_after(&panel(&[Some(5), Some(5), None, None], noise(7)), |unit| unit < 2);
    rows[3].exposure = 2.0;
    let reason = |kind| difference_in_differences(kind, &rows).reason;
    assert_eq!(reason(ModelKind::Ols), Some(UNEXPOSED));
    assert_eq!(reason(ModelKind::Poisson), None);
}
