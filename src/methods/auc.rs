//! The area under the receiver operating characteristic, with DeLong's limits.

use super::confidence::{Confidence, z_value};
use super::descriptive::{mean, variance};
use super::estimate::Limits;

/// Every event beats the same share of the others (all of them, or none, or ties alone): DeLong's
/// variance is zero, which is no claim to certainty.
const NO_SPREAD: &str = "no limits: every row of an outcome has the same place";

/// Discrimination of a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auc {
    /// Chance that an event scores above a non-event, ties counted half.
    pub value: Option<f64>,
    /// DeLong's standard error.
    pub standard_error: Option<f64>,
    /// Limits, not below 0 nor above 1.
    pub limits: Limits,
    /// Rows.
    pub n: usize,
    /// Rows with the outcome.
    pub n_events: usize,
    /// Why there is no value, or why it has no limits.
    pub reason: Option<&'static str>,
}

/// Area under the curve of `(score, had event)` pairs, with limits by DeLong and others 1988
/// (midranks as in Sun and Xu 2014). Missing when a score is not finite or an outcome has no row;
/// without limits when an outcome has one row, since its variance has no estimate then, or when the
/// variance is zero, since limits of no width would claim certainty. The order of
/// the rows does not matter.
#[must_use]
pub fn auc(rows: &[(f64, bool)], confidence: Confidence) -> Auc {
    let n = rows.len();
    let n_events = rows.iter().filter(|row| row.1).count();
    let missing = |reason| Auc {
        value: None,
        standard_error: None,
        limits: Limits::default(),
        n,
        n_events,
        reason: Some(reason),
    };
    if rows.is_empty() {
        return missing("no rows");
    }
    if rows.iter().any(|row| !row.0.is_finite()) {
        return missing("a score is not finite");
    }
    if n_events == 0 || n_events == n {
        return missing("no row of one outcome");
    }
    let (of_events, of_others) = placements(rows);
    let value = mean(&of_events);
    let (Some(events), Some(others)) = (variance(&of_events), variance(&of_others)) else {
        return Auc { value: Some(value), ..missing("no limits from one row of an outcome") };
    };
    let variance = events / of_events.len() as f64 + others / of_others.len() as f64;
    if variance == 0.0 {
        return Auc { value: Some(value), ..missing(NO_SPREAD) };
    }
    let limits = Limits::at(confidence, |confidence| {
        let reach = z_value(confidence) * variance.sqrt();
        (Some((value - reach).max(0.0)), Some((value + reach).min(1.0)))
    });
    Auc {
        value: Some(value),
        standard_error: Some(variance.sqrt()),
        limits,
        n,
        n_events,
        reason: None,
    }
}

/// For each event the share of non-events it beats, and for each non-event the share of events
/// that beat it, in order of score.
fn placements(rows: &[(f64, bool)]) -> (Vec<f64>, Vec<f64>) {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n_events = sorted.iter().filter(|row| row.1).count();
    let n_others = sorted.len() - n_events;
    let (mut of_events, mut of_others) = (Vec::new(), Vec::new());
    let (mut events_below, mut others_below) = (0, 0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let events = tied.iter().filter(|row| row.1).count();
        let others = tied.len() - events;
        let beaten = (others_below as f64 + others as f64 / 2.0) / n_others as f64;
        let beating =
            ((n_events - events_below - events) as f64 + events as f64 / 2.0) / n_events as f64;
        of_events.extend(std::iter::repeat_n(beaten, events));
        of_others.extend(std::iter::repeat_n(beating, others));
        events_below += events;
        others_below += others;
    }
    (of_events, of_others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_that_ranks_every_event_first_has_an_area_of_one() {
        let rows = [(0.1, false), (0.2, false), (0.8, true), (0.9, true)];
        let found = auc(&rows, Confidence::P95);
        assert_eq!((found.value, found.reason), (Some(1.0), Some(NO_SPREAD)));
        assert_eq!(
            (found.standard_error, found.limits.lower_95, found.limits.upper_95),
            (None, None, None)
        );
    }

    #[test]
    fn a_score_that_says_nothing_has_an_area_of_a_half() {
        let rows = [(0.3, false), (0.3, true), (0.3, false), (0.3, true)];
        let found = auc(&rows, Confidence::P95);
        assert_eq!((found.value, found.reason), (Some(0.5), Some(NO_SPREAD)));
        assert_eq!((found.limits.lower_95, found.limits.upper_95), (None, None));
    }

    #[test]
    fn one_event_alone_has_an_area_without_limits() {
        let found = auc(&[(0.1, false), (0.9, false), (0.8, true)], Confidence::P95);
        assert_eq!(
            (found.value, found.limits.lower_95, found.limits.upper_95),
            (Some(0.5), None, None)
        );
        assert_eq!(found.reason, Some("no limits from one row of an outcome"));
    }

    #[test]
    fn no_rows_have_no_area_and_are_called_so() {
        assert_eq!(auc(&[], Confidence::P95).reason, Some("no rows"));
    }

    #[test]
    fn no_event_at_all_has_no_area() {
        let found = auc(&[(0.1, false), (0.2, false)], Confidence::P95);
        assert_eq!((found.value, found.reason), (None, Some("no row of one outcome")));
    }
}
