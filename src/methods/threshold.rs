//! How a risk score ranks and how sharp it is, and what acting on it above a threshold is worth.

/// One measure of a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreQuality {
    /// The measure.
    pub value: Option<f64>,
    /// Rows.
    pub n: usize,
    /// Rows with the event.
    pub n_events: usize,
    /// Why it is missing.
    pub reason: Option<&'static str>,
}

/// What a threshold flags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Rows that score the threshold or more.
    pub n_flagged: usize,
    /// Share of them with the event.
    pub ppv: Option<f64>,
    /// Share of all events among them.
    pub sensitivity: Option<f64>,
    /// Share of all without the event that are not among them.
    pub specificity: Option<f64>,
    /// Events found less those flagged in vain at the odds of the threshold, per row.
    pub net_benefit: Option<f64>,
    /// Net benefit of flagging everybody.
    pub net_benefit_of_all: Option<f64>,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

fn n_events(rows: &[(f64, bool)]) -> usize {
    rows.iter().filter(|row| row.1).count()
}

fn quality(rows: &[(f64, bool)], value: Result<f64, &'static str>) -> ScoreQuality {
    let (n, n_events, reason) = (rows.len(), n_events(rows), value.err());
    ScoreQuality { value: value.ok(), n, n_events, reason }
}

/// Average precision of `(score, had event)` rows: the area under the curve of precision by recall,
/// in steps.
///
/// `sum (R_k - R_(k-1)) P_k` over distinct scores from the highest down. Source: Manning CD and
/// others, Introduction to Information Retrieval, 2008, 8.4.
#[must_use]
pub fn average_precision(rows: &[(f64, bool)]) -> ScoreQuality {
    let n_events = n_events(rows) as f64;
    if rows.is_empty() || rows.iter().any(|row| !row.0.is_finite()) {
        return quality(rows, Err("no rows, or a score that is not finite"));
    }
    if n_events == 0.0 {
        return quality(rows, Err("no events"));
    }
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut flagged, mut found, mut area) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let events = tied.iter().filter(|row| row.1).count() as f64;
        flagged += tied.len() as f64;
        found += events;
        area += events / n_events * (found / flagged);
    }
    quality(rows, Ok(area))
}

/// Log loss of predicted probabilities: `-mean(y ln p + (1 - y) ln(1 - p))`. Missing where a
/// probability of nothing or all was wrong, which no number is large enough for. Source: Good IJ, J
/// R Stat Soc B 1952;14:107-14.
#[must_use]
pub fn log_loss(rows: &[(f64, bool)]) -> ScoreQuality {
    if rows.is_empty() || !rows.iter().all(|row| (0.0..=1.0).contains(&row.0)) {
        return quality(rows, Err("no rows, or a score that is not within 0 and 1"));
    }
    let loss = |(p, event): &(f64, bool)| if *event { -p.ln() } else { -(-p).ln_1p() };
    let mut losses: Vec<f64> = rows.iter().map(loss).collect();
    losses.sort_by(f64::total_cmp);
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    quality(rows, if mean.is_finite() { Ok(mean) } else { Err("what was certain did not happen") })
}

/// What flagging the rows that score `threshold` or more finds.
///
/// `net benefit = TP / n - FP / n * t / (1 - t)`. Source: Vickers AJ, Elkin EB, Med Decis Making
/// 2006;26:565-74.
#[must_use]
pub fn at_threshold(rows: &[(f64, bool)], threshold: f64) -> Threshold {
    let flagged: Vec<bool> =
        rows.iter().filter(|row| row.0 >= threshold).map(|row| row.1).collect();
    let n_found = flagged.iter().filter(|event| **event).count();
    let (n, n_flagged, n_events) = (rows.len(), flagged.len(), n_events(rows));
    let mut result = Threshold {
        n_flagged,
        ppv: None,
        sensitivity: None,
        specificity: None,
        net_benefit: None,
        net_benefit_of_all: None,
        reason: None,
    };
    if rows.is_empty() || rows.iter().any(|row| !row.0.is_finite()) || !threshold.is_finite() {
        result.n_flagged = 0;
        result.reason = Some("no rows, or a score or threshold that is not finite");
        return result;
    }
    let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
    let n_vain = n_flagged - n_found;
    result.ppv = share(n_found, n_flagged);
    result.sensitivity = share(n_found, n_events);
    result.specificity = share(n - n_events - n_vain, n - n_events);
    if threshold > 0.0 && threshold < 1.0 {
        let odds = threshold / (1.0 - threshold);
        let benefit = |found: usize, vain: usize| (found as f64 - vain as f64 * odds) / n as f64;
        result.net_benefit = Some(benefit(n_found, n_vain));
        result.net_benefit_of_all = Some(benefit(n_events, n - n_events));
    }
    let reasons = [
        (result.sensitivity.is_none(), "no events"),
        (result.specificity.is_none(), "all rows have the event"),
        (result.ppv.is_none(), "nobody is flagged"),
        (result.net_benefit.is_none(), "net benefit needs a threshold between 0 and 1"),
    ];
    result.reason = reasons.into_iter().find_map(|(is_missing, why)| is_missing.then_some(why));
    result
}
