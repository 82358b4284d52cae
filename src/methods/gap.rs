//! Difference and ratio between the most and the least deprived group, with limits.

use super::confidence::{CONFIDENCE_95, Confidence, z_value};
use super::estimate::{Estimate, Limits, NOT_FINITE};
use super::slope_index::{RankedGroup, SlopeKind};

const METHOD: &str = "limits by the method of variance estimates recovery";

/// The two ends of a ranking, compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// The value of the least deprived group less that of the most deprived.
    pub difference: Estimate,
    /// The value of the least deprived group over that of the most deprived.
    pub ratio: Estimate,
}

/// Difference and ratio between the last and the first of `groups`, which come in order of their rank.
///
/// The limits of each group say how far its value may lie on either side; with `d` these distances, on
/// the values' own scale for the difference and on their logs for the ratio, the limits are
/// `D - sqrt(d_lower(last)^2 + d_upper(first)^2)` and `D + sqrt(d_upper(last)^2 + d_lower(first)^2)`
/// (Zou GY, Donner A. Stat Med 2008;27:1693-702; of two proportions with Wilson's limits it is
/// Newcombe's method 10). Other confidences than 95 % stretch the distances on the scale of the kind
/// (logs of rates, logits of proportions) by the ratio of the multipliers.
#[must_use]
pub fn gap(groups: &[RankedGroup], kind: SlopeKind, confidence: Confidence) -> Gap {
    let refuse = |reason| {
        let missing = Estimate::missing(METHOD, reason);
        Gap { difference: missing, ratio: missing }
    };
    let (first, last) = match ends(groups, kind) {
        Ok(ends) => ends,
        Err(reason) => return refuse(reason),
    };
    let limits = [first, last].map(|group| limits_of(group, kind));
    let no_limits = limits.iter().find_map(|limits| limits.err());
    let [first_limits, last_limits] = limits.map(|limits| limits.unwrap_or((0.0, 0.0)));
    let recover = |scale: fn(f64) -> f64, back: fn(f64) -> f64| {
        if no_limits.is_some() {
            return Limits::default();
        }
        let (low, high) = (scale(first.value), scale(last.value));
        Limits::at(confidence, |confidence| {
            let stretched = |group, limits| stretch(group, limits, kind, confidence);
            let (Some((low_from, low_to)), Some((high_from, high_to))) =
                (stretched(first.value, first_limits), stretched(last.value, last_limits))
            else {
                return (None, None);
            };
            let below = (high - scale(high_from)).hypot(scale(low_to) - low);
            let above = (scale(high_to) - high).hypot(low - scale(low_from));
            let limits = (back(high - low - below), back(high - low + above));
            // A pair of which one limit is none is left out; the others stand.
            if limits.0.is_finite() && limits.1.is_finite() {
                (Some(limits.0), Some(limits.1))
            } else {
                (None, None)
            }
        })
    };
    let difference = last.value - first.value;
    let estimate = |value: f64, limits: Limits| {
        if !value.is_finite() {
            return Estimate::missing(METHOD, NOT_FINITE);
        }
        let is_missing = limits.pairs().iter().any(|(lower, _)| lower.is_none());
        let reason = no_limits.or_else(|| is_missing.then_some(END_OF_SCALE));
        Estimate { value: Some(value), limits, method: METHOD, reason }
    };
    let difference = estimate(difference, recover(|value| value, |value| value));
    let is_above_zero = [(first.value, first_limits.0), (last.value, last_limits.0)]
        .iter()
        .all(|(value, lower)| *value > 0.0 && (no_limits.is_some() || *lower > 0.0));
    let ratio = if is_above_zero {
        estimate(last.value / first.value, recover(f64::ln, f64::exp))
    } else {
        Estimate::missing(METHOD, "a value or its lower limit is not above zero: no ratio")
    };
    Gap { difference, ratio }
}

fn ends(
    groups: &[RankedGroup],
    kind: SlopeKind,
) -> Result<(&RankedGroup, &RankedGroup), &'static str> {
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else {
        return Err("no rows");
    };
    if groups.iter().any(|group| !group.rank.is_finite()) {
        return Err("a rank is missing or not finite");
    }
    if groups.windows(2).any(|pair| pair[0].rank >= pair[1].rank) {
        return Err("a rank occurs twice");
    }
    if groups.len() < 2 {
        return Err("fewer than two groups");
    }
    let is_value = |group: &RankedGroup| match kind {
        SlopeKind::Mean => group.value.is_finite(),
        SlopeKind::Rate => group.value.is_finite() && group.value >= 0.0,
        SlopeKind::Proportion => (0.0..=1.0).contains(&group.value),
    };
    if !(is_value(first) && is_value(last)) {
        return Err("a value is missing or cannot be one of its kind");
    }
    Ok((first, last))
}

fn limits_of(group: &RankedGroup, kind: SlopeKind) -> Result<(f64, f64), &'static str> {
    let (lower, upper) = group.limits_95.ok_or("the limits of a value are missing")?;
    if !(lower <= group.value && group.value <= upper && upper.is_finite() && lower.is_finite()) {
        return Err("the limits of a value are not finite or do not hold it");
    }
    if lower == upper {
        return Err("no width between the limits of a value: nothing to make limits of");
    }
    let is_below = kind != SlopeKind::Mean && lower < 0.0;
    let is_above = kind == SlopeKind::Proportion && upper > 1.0;
    if is_below || is_above {
        return Err("a limit cannot be one of its kind");
    }
    Ok((lower, upper))
}

/// Why a pair of limits is missing while others are there.
const END_OF_SCALE: &str = "limits are missing at a confidence to which those given cannot be stretched: a value or \
     limit lies at the end of its scale";

/// The limits of a value at another confidence: its 95 % limits at their distance on the scale of
/// the kind, stretched; none where a value or limit lies at the end of the scale.
fn stretch(
    value: f64,
    (lower, upper): (f64, f64),
    kind: SlopeKind,
    confidence: f64,
) -> Option<(f64, f64)> {
    if confidence == CONFIDENCE_95 {
        return Some((lower, upper));
    }
    let factor = z_value(confidence) / z_value(CONFIDENCE_95);
    if ![value, lower, upper].iter().all(|&at| kind.allows(at)) {
        return None;
    }
    let centre = kind.forward(value);
    let limit = |limit: f64| kind.back(centre + (kind.forward(limit) - centre) * factor);
    Some((limit(lower), limit(upper)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(rank: f64, value: f64, limits: (f64, f64)) -> RankedGroup {
        RankedGroup { rank, population: 1.0, value, limits_95: Some(limits) }
    }

    // By hand: means 10 and 14 with reaches 3 and 4 differ by 4, reach 5.
    #[test]
    fn means_differ_by_the_root_of_their_squared_reaches() {
        let groups = [group(1.0, 10.0, (7.0, 13.0)), group(5.0, 14.0, (10.0, 18.0))];
        let found = gap(&groups, SlopeKind::Mean, Confidence::P95).difference;
        assert_eq!(found.value, Some(4.0));
        assert_eq!((found.limits.lower_95, found.limits.upper_95), (Some(-1.0), Some(9.0)));
        let ratio = z_value(0.998) / z_value(0.95);
        let outer = found.limits.upper_998.expect("a limit");
        assert!((outer - 4.0 - 5.0 * ratio).abs() < 1e-12);
    }

    // By hand: limits of rates at a factor of e^.3 and e^.4 make one of e^.5 for their ratio.
    #[test]
    fn rates_have_a_ratio_with_limits_on_the_log_scale() {
        let around = |value: f64, reach: f64| (value / reach.exp(), value * reach.exp());
        let groups = [group(1.0, 10.0, around(10.0, 0.3)), group(2.0, 20.0, around(20.0, 0.4))];
        let found = gap(&groups, SlopeKind::Rate, Confidence::P95).ratio;
        assert!((found.limits.lower_95.expect("a limit") - 2.0 * (-0.5_f64).exp()).abs() < 1e-12);
        let none = [group(1.0, 0.0, (0.0, 1.0)), group(2.0, 20.0, (10.0, 40.0))];
        let found = gap(&none, SlopeKind::Rate, Confidence::P95);
        assert!(found.ratio.value.is_none() && found.difference.value == Some(20.0));
        assert!(found.difference.limits.lower_95.is_some());
        assert_eq!(
            (found.difference.limits.lower_998, found.difference.reason),
            (None, Some(END_OF_SCALE))
        );
    }

    // The lower 99.8 % limit of the first mean would be -2.6: no logarithm, but 95 % limits there are.
    #[test]
    fn a_ratio_lacks_only_the_limits_that_cannot_be_made() {
        let groups = [group(1.0, 10.0, (2.0, 18.0)), group(5.0, 20.0, (15.0, 25.0))];
        let found = gap(&groups, SlopeKind::Mean, Confidence::P95).ratio;
        assert_eq!(found.value, Some(2.0));
        assert!(found.limits.lower_95.is_some() && found.limits.lower_998.is_none());
        assert_eq!(found.reason, Some(END_OF_SCALE));
    }
}
