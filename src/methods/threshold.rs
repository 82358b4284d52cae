//! What acting on a score from a threshold on is worth, and how its whole ranking does.

use super::descriptive::mean;

/// What became of the rows that a threshold flags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flagged {
    /// Rows at the threshold or above.
    pub n_flagged: usize,
    /// Share of them with the event; `None` when none is flagged.
    pub ppv: Option<f64>,
    /// Share of all events that are flagged; `None` without events.
    pub sensitivity: Option<f64>,
    /// Share of all others that are not flagged; `None` without others.
    pub specificity: Option<f64>,
    /// Events caught per row, less the others flagged, weighed by the odds of the threshold.
    pub net_benefit: f64,
}

/// Rows of `(score, had event)` at a threshold `t` between 0 and 1.
///
/// `net benefit = TP/n - FP/n * t / (1 - t)` (Vickers and Elkin 2006).
///
/// # Errors
/// Without rows, with a score that is not finite, or when the threshold is not between 0 and 1.
pub fn flagged(rows: &[(f64, bool)], threshold: f64) -> Result<Flagged, &'static str> {
    if !(threshold > 0.0 && threshold < 1.0) {
        return Err("the threshold is missing, not between 0 and 1, or differs between rows");
    }
    check(rows)?;
    let count = |is: &dyn Fn(&(f64, bool)) -> bool| rows.iter().filter(|row| is(row)).count();
    let caught = count(&|(score, had_event)| *score >= threshold && *had_event);
    let wrong = count(&|(score, had_event)| *score >= threshold && !*had_event);
    let n_events = count(&|(_, had_event)| *had_event);
    let n_others = rows.len() - n_events;
    let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
    let n = rows.len() as f64;
    let odds = threshold / (1.0 - threshold);
    Ok(Flagged {
        n_flagged: caught + wrong,
        ppv: share(caught, caught + wrong),
        sensitivity: share(caught, n_events),
        specificity: share(n_others - wrong, n_others),
        net_benefit: caught as f64 / n - wrong as f64 / n * odds,
    })
}

fn check(rows: &[(f64, bool)]) -> Result<(), &'static str> {
    if rows.is_empty() {
        return Err("no rows");
    }
    let is_finite = rows.iter().all(|(score, _)| score.is_finite());
    is_finite.then_some(()).ok_or("a score is not finite")
}

/// The precision at each score from the highest down, weighed by the share of events that it adds;
/// rows of one score come together.
///
/// # Errors
/// Without events, or with a score that is not finite.
pub fn average_precision(rows: &[(f64, bool)]) -> Result<f64, &'static str> {
    check(rows)?;
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let n_events = sorted.iter().filter(|row| row.1).count();
    if n_events == 0 {
        return Err("no events");
    }
    let (mut seen, mut caught, mut precision) = (0, 0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let events = tied.iter().filter(|row| row.1).count();
        seen += tied.len();
        caught += events;
        precision += events as f64 / n_events as f64 * caught as f64 / seen as f64;
    }
    Ok(precision)
}

/// The mean of the negative log of the probability that each row's outcome was given.
///
/// # Errors
/// Without rows, with a score outside 0..1, or where an outcome was given no chance at all.
pub fn log_loss(rows: &[(f64, bool)]) -> Result<f64, &'static str> {
    check(rows)?;
    if rows.iter().any(|(score, _)| !(0.0..=1.0).contains(score)) {
        return Err("a score is no probability");
    }
    let chance = |(score, had_event): &(f64, bool)| if *had_event { *score } else { 1.0 - score };
    let mut losses: Vec<f64> = rows.iter().map(|row| -chance(row).ln()).collect();
    if losses.iter().any(|loss| loss.is_infinite()) {
        return Err("an outcome was given no chance: the loss has no end");
    }
    losses.sort_unstable_by(f64::total_cmp);
    Ok(mean(&losses))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [(f64, bool); 4] = [(0.1, false), (0.4, true), (0.6, false), (0.8, true)];

    // By hand: at .5 one event and one other of two each: 1/4 - 1/4 * 1.
    #[test]
    fn a_threshold_weighs_what_it_catches_against_what_it_flags() {
        let found = flagged(&ROWS, 0.5).expect("rows");
        assert_eq!((found.n_flagged, found.ppv, found.net_benefit), (2, Some(0.5), 0.0));
        assert_eq!((found.sensitivity, found.specificity), (Some(0.5), Some(0.5)));
        assert_eq!(flagged(&ROWS, 0.9).expect("rows").ppv, None);
        assert!(flagged(&ROWS, 1.0).is_err() && flagged(&[], 0.5).is_err());
    }

    // By hand: precision 1 at the first event, 2/3 at the second.
    #[test]
    fn precision_is_averaged_over_events() {
        let found = average_precision(&ROWS).expect("events");
        assert!((found - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-15);
        assert!(average_precision(&ROWS[..1]).is_err());
    }

    #[test]
    fn a_loss_without_end_is_none() {
        assert!(
            (log_loss(&[(0.5, true), (0.5, false)]).expect("rows") - 2.0_f64.ln()).abs() < 1e-15
        );
        assert!(log_loss(&[(0.0, true)]).is_err() && log_loss(&[(1.5, true)]).is_err());
    }
}
