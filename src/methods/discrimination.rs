//! What a score is worth to those who act on its highest values.

use super::descriptive::mean;

/// The highest-scored share of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopShare {
    /// Rows in the share.
    pub n_flagged: usize,
    /// Share of flagged rows that had the event.
    pub ppv: Option<f64>,
    /// Share of events that are flagged.
    pub sensitivity: Option<f64>,
    /// PPV over the share of events in all rows.
    pub lift: Option<f64>,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

/// Positive predictive value and sensitivity of flagging the highest-scored `share` of
/// `(score, had event)` rows, rounded to whole rows and at least one. Rows tied at the edge count
/// in proportion, as if drawn by lot, so that no order of rows decides.
#[must_use]
pub fn top_share(rows: &[(f64, bool)], share: f64) -> TopShare {
    let missing = |reason| TopShare {
        n_flagged: 0,
        ppv: None,
        sensitivity: None,
        lift: None,
        reason: Some(reason),
    };
    if !(share > 0.0 && share <= 1.0) {
        return missing("share is not above 0 and at most 1");
    }
    if rows.is_empty() || rows.iter().any(|row| !row.0.is_finite()) {
        return missing("no rows, or a score that is not finite");
    }
    let n_flagged = ((share * rows.len() as f64).round() as usize).clamp(1, rows.len());
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut caught = 0.0;
    let mut left = n_flagged;
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let events = tied.iter().filter(|row| row.1).count() as f64;
        let taken = tied.len().min(left);
        caught += events * taken as f64 / tied.len() as f64;
        left -= taken;
        if left == 0 {
            break;
        }
    }
    let n_events = rows.iter().filter(|row| row.1).count() as f64;
    let ppv = caught / n_flagged as f64;
    let has_events = n_events > 0.0;
    TopShare {
        n_flagged,
        ppv: Some(ppv),
        sensitivity: has_events.then(|| caught / n_events),
        lift: has_events.then(|| ppv / (n_events / rows.len() as f64)),
        reason: (!has_events).then_some("no events"),
    }
}

/// Brier score: the mean squared difference of score and outcome. `None` without rows or when a
/// score lies outside 0..1. The order of the rows does not matter.
#[must_use]
pub fn brier(rows: &[(f64, bool)]) -> Option<f64> {
    if rows.is_empty() || !rows.iter().all(|row| (0.0..=1.0).contains(&row.0)) {
        return None;
    }
    let square = |(score, event): &(f64, bool)| (score - f64::from(u8::from(*event))).powi(2);
    let mut squares: Vec<f64> = rows.iter().map(square).collect();
    squares.sort_by(f64::total_cmp);
    Some(mean(&squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_tied_at_the_edge_count_in_proportion() {
        let rows =
            [(0.9, true), (0.5, true), (0.5, false), (0.5, false), (0.5, false), (0.1, false)];
        let top = top_share(&rows, 0.5);
        assert_eq!(top.n_flagged, 3);
        assert_eq!(top.ppv, Some(0.5));
        assert_eq!(top.sensitivity, Some(0.75));
    }

    #[test]
    fn a_certain_and_right_score_has_a_brier_score_of_zero() {
        assert_eq!(brier(&[(1.0, true), (0.0, false)]), Some(0.0));
        assert_eq!(brier(&[(1.5, true)]), None);
    }
}
