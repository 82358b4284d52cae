//! The rules by which a point of a control chart is told from common cause, and their names.
//!
//! Rules, precedence and names are those of NHS England's Making Data Count, as NHSRplotthedots
//! 0.2.2 gives them.

/// Points on one side of the centre that make a shift.
const SHIFT: usize = 7;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Improvement {
    /// Higher values.
    Increase,
    /// Lower values.
    Decrease,
    /// Neither.
    Neutral,
}

/// How many points rising or falling make a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrendLength {
    /// Six, which is five steps.
    Six,
    /// Seven, which is six steps: what Making Data Count uses.
    Seven,
}

/// What is known of a point before the rules are applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    /// The value.
    pub(crate) value: f64,
    /// Above (1), on (0) or below (-1) the centre.
    pub(crate) side: i8,
    /// Beyond a limit.
    pub(crate) is_outside: bool,
    /// Within the limits, and in the outer third of the way to one.
    pub(crate) is_near: bool,
}

impl TrendLength {
    fn points(self) -> usize {
        match self {
            Self::Six => 6,
            Self::Seven => 7,
        }
    }

    fn label(self, is_rising: bool) -> &'static str {
        match (self, is_rising) {
            (Self::Six, true) => "6 Point Trend (Increasing)",
            (Self::Six, false) => "6 Point Trend (Decreasing)",
            (Self::Seven, true) => "7 Point Trend (Increasing)",
            (Self::Seven, false) => "7 Point Trend (Decreasing)",
        }
    }
}

impl Improvement {
    /// What a point is called that differs in this direction (above zero: upwards) by special
    /// cause.
    fn point_type(self, direction: i8) -> &'static str {
        match (self, direction > 0) {
            (Self::Neutral, true) => "special_cause_neutral_high",
            (Self::Neutral, false) => "special_cause_neutral_low",
            (Self::Increase, true) | (Self::Decrease, false) => "special_cause_improvement",
            (Self::Increase, false) | (Self::Decrease, true) => "special_cause_concern",
        }
    }

    /// Whether a target would be met or missed without exception within these limits.
    pub(crate) fn assurance(self, target: Option<f64>, lower: f64, upper: f64) -> &'static str {
        let (Some(target), true) = (target, self != Self::Neutral) else { return "not_judged" };
        let is_increase = self == Self::Increase;
        if target > upper {
            if is_increase { "consistent_fail" } else { "consistent_pass" }
        } else if target < lower {
            if is_increase { "consistent_pass" } else { "consistent_fail" }
        } else {
            "inconsistent"
        }
    }
}

/// The special cause and the type of each point of a phase, in order.
///
/// Precedence: beyond a limit; a trend; two of three near a limit, all three on one side; seven on
/// one side. A point between two trends belongs to the later one.
pub(crate) fn special_causes(
    points: &[Placed],
    trend: TrendLength,
    improvement: Improvement,
) -> Vec<(&'static str, &'static str)> {
    let trends = trends(points, trend.points());
    let shifts = part_of(points, SHIFT, |run| {
        run[0].side != 0 && run.iter().all(|point| point.side == run[0].side)
    });
    let pairs = part_of(points, 3, |three| {
        let n_near = three.iter().filter(|point| point.is_near).count();
        n_near >= 2 && three.iter().map(|point| point.side).sum::<i8>().abs() == 3
    });
    let cause = |(at, point): (usize, &Placed)| {
        let is_above = point.side > 0;
        let (label, direction) = if point.is_outside {
            (if is_above { "Above UCL" } else { "Below LCL" }, point.side)
        } else if trends[at] != 0 {
            (trend.label(trends[at] > 0), trends[at])
        } else if pairs[at] && point.is_near {
            (if is_above { "2 in 3 Above CL" } else { "2 in 3 Below CL" }, point.side)
        } else if shifts[at] {
            (if is_above { "7 Points Above CL" } else { "7 Points Below CL" }, point.side)
        } else {
            return ("Common Cause", "common_cause");
        };
        (label, improvement.point_type(direction))
    };
    points.iter().enumerate().map(cause).collect()
}

/// Which points are part of a run of `length` of which `is_signal` holds.
fn part_of(points: &[Placed], length: usize, is_signal: impl Fn(&[Placed]) -> bool) -> Vec<bool> {
    let mut parts = vec![false; points.len()];
    for (start, run) in points.windows(length).enumerate() {
        if is_signal(run) {
            parts[start..start + length].fill(true);
        }
    }
    parts
}

/// 1 for points of a rise, -1 for those of a fall, 0 for others.
fn trends(points: &[Placed], length: usize) -> Vec<i8> {
    let is_strict = |run: &[Placed]| {
        run.windows(2).all(|pair| pair[0].value < pair[1].value)
            || run.windows(2).all(|pair| pair[0].value > pair[1].value)
    };
    let parts = part_of(points, length, is_strict);
    let step = |from: usize| if points[from + 1].value > points[from].value { 1 } else { -1 };
    let direction = |at: usize| match (parts[at], parts.get(at + 1)) {
        (false, _) => 0,
        (true, Some(true)) => step(at),
        (true, _) => step(at - 1),
    };
    (0..points.len()).map(direction).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], trend: TrendLength) -> Vec<&'static str> {
        let place = |value: &f64| Placed {
            value: *value,
            side: if *value > 0.0 { 1 } else { -1 },
            is_outside: value.abs() > 90.0,
            is_near: (60.0..=90.0).contains(&value.abs()),
        };
        let points: Vec<Placed> = values.iter().map(place).collect();
        special_causes(&points, trend, Improvement::Decrease).into_iter().map(|(l, _)| l).collect()
    }

    // By reading the rules.
    #[test]
    fn six_points_are_a_trend_where_six_are_asked_for() {
        let rising = [-5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 4.0];
        assert_eq!(labels(&rising, TrendLength::Seven), ["Common Cause"; 7]);
        let six = labels(&rising, TrendLength::Six);
        assert_eq!(six[..6], ["6 Point Trend (Increasing)"; 6]);
        assert_eq!(six[6], "Common Cause");
    }

    #[test]
    fn the_point_between_a_rise_and_a_fall_belongs_to_the_fall() {
        let peak = [-6.0, -4.0, -2.0, 2.0, 4.0, 6.0, 8.0, 5.0, 3.0, 1.0, -1.0, -3.0, -5.0];
        let found = labels(&peak, TrendLength::Seven);
        assert_eq!(found[5], "7 Point Trend (Increasing)");
        assert_eq!(found[6..], ["7 Point Trend (Decreasing)"; 7]);
    }

    #[test]
    fn two_of_three_near_a_limit_count_only_on_one_side() {
        let same = labels(&[70.0, 10.0, 80.0, -10.0], TrendLength::Seven);
        assert_eq!(same, ["2 in 3 Above CL", "Common Cause", "2 in 3 Above CL", "Common Cause"]);
        assert_eq!(labels(&[70.0, -10.0, 80.0], TrendLength::Seven), ["Common Cause"; 3]);
    }

    #[test]
    fn a_point_beyond_a_limit_is_named_so_before_anything_else() {
        let run = labels(&[95.0, 20.0, 30.0, 20.0, 30.0, 20.0, 30.0], TrendLength::Seven);
        assert_eq!(run[0], "Above UCL");
        assert_eq!(run[1..], ["7 Points Above CL"; 6]);
    }
}
