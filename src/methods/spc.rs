//! Control charts: individual values and moving ranges (`XmR`), proportions (p), rates (u), and
//! what lies between rare events (g).

use super::descriptive::mean;
use super::estimate::NOT_FINITE;
use super::special_cause::{Improvement, Placed, TrendLength, special_causes};

/// Limits of an `XmR` chart lie so many mean moving ranges from the mean: `3 / d2`, rounded as in use.
const XMR_LIMIT: f64 = 2.66;
/// Moving ranges of so many mean ranges or more are outliers: `D4` for two points.
const XMR_SCREEN: f64 = 3.267;
/// Fewer points than this in a phase give trial limits.
const FEWEST_SETTLED: usize = 12;

/// The kind of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    /// Individual values; outlying moving ranges are left out of their mean once, or are not.
    Xmr {
        /// Whether they are left out.
        is_screened: bool,
    },
    /// Shares of a denominator.
    P,
    /// Events over an exposure.
    U,
    /// Cases or days between events.
    G,
}

/// One point of a series, in its order.
#[derive(Debug, Clone, Copy)]
pub struct ChartPoint {
    /// The value, or the numerator.
    pub numerator: f64,
    /// The denominator; 1 where there is none.
    pub denominator: f64,
    /// Whether limits are computed anew from here on.
    pub starts_phase: bool,
    /// What the value ought to reach.
    pub target: Option<f64>,
}

/// How a chart is made.
#[derive(Debug, Clone, Copy)]
pub struct ChartOptions {
    /// The kind of chart.
    pub chart: Chart,
    /// The base of a proportion or rate; 1 for values.
    pub per: f64,
    /// Which way is better.
    pub improvement: Improvement,
    /// How many of a phase's first points its limits come from; `None` for all.
    pub n_baseline: Option<usize>,
    /// How long a trend is.
    pub trend: TrendLength,
}

/// The limits that hold at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartLimits {
    /// Lower control limit.
    pub lower: f64,
    /// Upper control limit.
    pub upper: f64,
    /// Two thirds of the way to the lower limit.
    pub lower_near: f64,
    /// Two thirds of the way to the upper limit.
    pub upper_near: f64,
}

/// What the limits and rules say of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartVerdict {
    /// Limits at the point.
    pub limits: ChartLimits,
    /// Beyond a limit.
    pub is_outside: bool,
    /// Within the limits, more than two thirds of the way to one.
    pub is_near: bool,
    /// The special cause by the name that Making Data Count gives it, or `Common Cause`.
    pub special_cause: &'static str,
    /// Improvement, concern, high, low or common cause.
    pub point_type: &'static str,
    /// Whether the target would be met, `not_judged` without one or without a direction.
    pub assurance: &'static str,
}

/// A point as charted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartedPoint {
    /// The value, or numerator over denominator.
    pub value: f64,
    /// The centre line.
    pub centre: f64,
    /// Above (1), on (0) or below (-1) the centre.
    pub side: i8,
    /// Number of the phase, from 1.
    pub phase: usize,
    /// Whether the phase has fewer than 12 points, or its limits come from fewer.
    pub is_trial: bool,
    /// `None` where one point gives no moving range.
    pub verdict: Option<ChartVerdict>,
}

/// Centre, distance of a limit from what it is centred on, and bounds that nothing can pass.
struct Lines {
    centre: f64,
    middle: f64,
    /// A third of the distance to a limit, before it is divided by the root of the denominator.
    third: f64,
    lowest: f64,
    highest: f64,
}

/// Every point of a series with its limits and special cause.
///
/// `XmR`: `mean -/+ 2.66 mean |moving range|`; p: `p -/+ 3 sqrt(p (1 - p) / n)`; u: `u -/+ 3
/// sqrt(u / n)`; g: `g -/+ 3 sqrt(g (g + 1))`, its centre line at the median, `g ln 2`. Sources:
/// Wheeler DJ, Understanding Variation, 1993; Provost LP, Murray SK, The Health Care Data Guide,
/// 2011; NHS England, Making Data Count.
///
/// # Errors
/// Why there is no chart.
pub fn control_chart(
    points: &[ChartPoint],
    options: &ChartOptions,
) -> Result<Vec<ChartedPoint>, &'static str> {
    refuse(points, options)?;
    let mut charted = Vec::with_capacity(points.len());
    let mut rest = points;
    let mut phase = 0;
    while !rest.is_empty() {
        phase += 1;
        let next = rest.iter().skip(1).position(|point| point.starts_phase);
        let (own, after) = rest.split_at(next.map_or(rest.len(), |at| at + 1));
        charted.extend(chart_phase(own, phase, options)?);
        rest = after;
    }
    Ok(charted)
}

fn refuse(points: &[ChartPoint], options: &ChartOptions) -> Result<(), &'static str> {
    if points.is_empty() {
        return Err("no rows");
    }
    if !(options.per.is_finite() && options.per > 0.0) {
        return Err("the base of the result is missing, not finite or not above zero");
    }
    if options.n_baseline == Some(0) {
        return Err("a baseline of no points");
    }
    let has_denominator = matches!(options.chart, Chart::P | Chart::U);
    for point in points {
        if !point.numerator.is_finite() {
            return Err("a value is missing or not finite");
        }
        if !matches!(options.chart, Chart::Xmr { .. }) && point.numerator < 0.0 {
            return Err("a count is below zero");
        }
        if has_denominator && !(point.denominator.is_finite() && point.denominator > 0.0) {
            return Err("a denominator is missing, not finite or not above zero");
        }
        if options.chart == Chart::P && point.numerator > point.denominator {
            return Err("a numerator exceeds its denominator");
        }
        if point.target.is_some_and(|target| !target.is_finite()) {
            return Err("a target is not finite");
        }
    }
    Ok(())
}

fn chart_phase(
    points: &[ChartPoint],
    phase: usize,
    options: &ChartOptions,
) -> Result<Vec<ChartedPoint>, &'static str> {
    let n_baseline = options.n_baseline.map_or(points.len(), |n| n.min(points.len()));
    let lines = lines(&points[..n_baseline], options)?;
    let value = |point: &ChartPoint| point.numerator / point.denominator * options.per;
    let charted = |point: &ChartPoint| {
        let value = value(point);
        ChartedPoint {
            value,
            centre: lines.centre,
            side: sign(value - lines.centre),
            phase,
            is_trial: n_baseline < FEWEST_SETTLED,
            verdict: None,
        }
    };
    let mut charted: Vec<ChartedPoint> = points.iter().map(charted).collect();
    let limits: Vec<ChartLimits> = points.iter().map(|point| lines.limits(point)).collect();
    let is_finite = |limits: &ChartLimits| limits.lower.is_finite() && limits.upper.is_finite();
    if matches!(options.chart, Chart::Xmr { .. }) && n_baseline < 2 {
        return Ok(charted);
    }
    if !limits.iter().all(is_finite) || charted.iter().any(|point| !point.value.is_finite()) {
        return Err(NOT_FINITE);
    }
    judge(&mut charted, points, &limits, options);
    Ok(charted)
}

fn judge(
    charted: &mut [ChartedPoint],
    points: &[ChartPoint],
    limits: &[ChartLimits],
    options: &ChartOptions,
) {
    let place = |(point, limits): (&ChartedPoint, &ChartLimits)| {
        let is_outside = point.value > limits.upper || point.value < limits.lower;
        let is_far = point.value > limits.upper_near || point.value < limits.lower_near;
        Placed { value: point.value, side: point.side, is_outside, is_near: !is_outside && is_far }
    };
    let placed: Vec<Placed> = charted.iter().zip(limits).map(place).collect();
    let causes = special_causes(&placed, options.trend, options.improvement);
    for (at, point) in charted.iter_mut().enumerate() {
        let ChartLimits { lower, upper, .. } = limits[at];
        point.verdict = Some(ChartVerdict {
            limits: limits[at],
            is_outside: placed[at].is_outside,
            is_near: placed[at].is_near,
            special_cause: causes[at].0,
            point_type: causes[at].1,
            assurance: options.improvement.assurance(points[at].target, lower, upper),
        });
    }
}

impl Lines {
    fn limits(&self, point: &ChartPoint) -> ChartLimits {
        let third = self.third / point.denominator.sqrt();
        let at = |thirds: f64| (self.middle + thirds * third).clamp(self.lowest, self.highest);
        ChartLimits { lower: at(-3.0), upper: at(3.0), lower_near: at(-2.0), upper_near: at(2.0) }
    }
}

/// The lines that these points of a baseline give.
fn lines(baseline: &[ChartPoint], options: &ChartOptions) -> Result<Lines, &'static str> {
    let per = options.per;
    let numerators: Vec<f64> = baseline.iter().map(|point| point.numerator).collect();
    let denominators = baseline.iter().map(|point| point.denominator).sum::<f64>();
    let share = numerators.iter().sum::<f64>() / denominators;
    let lines = match options.chart {
        Chart::Xmr { is_screened } => {
            let middle = mean(&numerators);
            let third = XMR_LIMIT / 3.0 * mean_moving_range(&numerators, is_screened);
            let (lowest, highest) = (f64::NEG_INFINITY, f64::INFINITY);
            Lines { centre: middle, middle, third, lowest, highest }
        }
        Chart::P => {
            let (middle, third) = (per * share, per * (share * (1.0 - share)).max(0.0).sqrt());
            Lines { centre: middle, middle, third, lowest: 0.0, highest: per }
        }
        Chart::U => {
            let (middle, third) = (per * share, per * share.sqrt());
            Lines { centre: middle, middle, third, lowest: 0.0, highest: f64::INFINITY }
        }
        Chart::G => {
            let (middle, highest) = (mean(&numerators), f64::INFINITY);
            let (third, centre) =
                ((middle * (middle + 1.0)).sqrt(), middle * std::f64::consts::LN_2);
            Lines { centre, middle, third, lowest: 0.0, highest }
        }
    };
    if lines.centre.is_finite() { Ok(lines) } else { Err(NOT_FINITE) }
}

fn sign(difference: f64) -> i8 {
    i8::from(difference > 0.0) - i8::from(difference < 0.0)
}

/// Mean of the absolute differences of neighbours, those of `XMR_SCREEN` means or more left out
/// where it is asked for.
pub(crate) fn mean_moving_range(values: &[f64], is_screened: bool) -> f64 {
    let ranges: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let all = mean(&ranges);
    if !is_screened || all == 0.0 {
        return all;
    }
    let kept: Vec<f64> = ranges.into_iter().filter(|range| *range < XMR_SCREEN * all).collect();
    mean(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(chart: Chart, per: f64) -> ChartOptions {
        let (improvement, trend) = (Improvement::Increase, TrendLength::Seven);
        ChartOptions { chart, per, improvement, n_baseline: None, trend }
    }

    fn points(pairs: &[(f64, f64)]) -> Vec<ChartPoint> {
        let point = |(numerator, denominator): &(f64, f64)| ChartPoint {
            numerator: *numerator,
            denominator: *denominator,
            starts_phase: false,
            target: None,
        };
        pairs.iter().map(point).collect()
    }

    fn limits(chart: Chart, per: f64, pairs: &[(f64, f64)]) -> Vec<(f64, ChartLimits)> {
        let charted = control_chart(&points(pairs), &options(chart, per)).expect("a chart");
        charted.iter().map(|p| (p.centre, p.verdict.expect("limits").limits)).collect()
    }

    // By hand: 30 of 300 is 10 %; 3 sqrt(.1 * .9 / 100) is 9 points, / 25 is 18, / 175 is 6.80...
    #[test]
    fn limits_of_a_proportion_hang_on_its_denominator_and_stay_within_nought_and_all() {
        let found = limits(Chart::P, 100.0, &[(10.0, 100.0), (5.0, 25.0), (15.0, 175.0)]);
        assert!((found[0].0 - 10.0).abs() < 1e-12);
        assert!((found[0].1.lower - 1.0).abs() < 1e-12 && (found[0].1.upper - 19.0).abs() < 1e-12);
        assert!((found[0].1.upper_near - 16.0).abs() < 1e-12);
        assert!(found[1].1.lower == 0.0 && (found[1].1.upper - 28.0).abs() < 1e-12);
    }

    // By hand: 36 events in 9 units are 4 each; 3 sqrt(4 / 4) is 3, 3 sqrt(4 / 1) is 6.
    #[test]
    fn limits_of_a_rate_hang_on_its_exposure() {
        let found = limits(Chart::U, 1000.0, &[(16.0, 4.0), (5.0, 1.0), (15.0, 4.0)]);
        assert!((found[0].1.lower - 1000.0).abs() < 1e-9);
        assert!((found[0].1.upper - 7000.0).abs() < 1e-9);
        assert!(found[1].1.lower == 0.0 && (found[1].1.upper - 10_000.0).abs() < 1e-9);
    }

    // By hand: a mean of 8 has 3 sqrt(8 * 9) above it.
    #[test]
    fn a_chart_of_rare_events_has_its_centre_at_the_median() {
        let found = limits(Chart::G, 1.0, &[(4.0, 1.0), (12.0, 1.0), (8.0, 1.0)]);
        assert!((found[0].0 - 8.0 * 2.0_f64.ln()).abs() < 1e-12);
        assert!((found[0].1.upper - (8.0 + 3.0 * 72.0_f64.sqrt())).abs() < 1e-12);
        assert_eq!(found[0].1.lower, 0.0);
    }

    #[test]
    fn values_that_are_all_the_same_lie_on_their_centre() {
        for value in [0.0, 0.1, 1.0 / 3.0, -7.7e9] {
            let charted = control_chart(
                &points(&vec![(value, 1.0); 30]),
                &options(Chart::Xmr { is_screened: true }, 1.0),
            );
            for point in charted.expect("a chart") {
                let verdict = point.verdict.expect("limits of no width");
                assert_eq!((point.side, verdict.special_cause), (0, "Common Cause"));
            }
        }
    }

    #[test]
    fn a_point_alone_in_its_phase_has_a_centre_and_no_limits() {
        let mut points = points(&[(3.0, 1.0), (4.0, 1.0), (9.0, 1.0)]);
        points[2].starts_phase = true;
        let options = options(Chart::Xmr { is_screened: true }, 1.0);
        let charted = control_chart(&points, &options).expect("a chart");
        assert_eq!((charted[2].phase, charted[2].centre, charted[2].verdict), (2, 9.0, None));
        assert!(charted[1].verdict.is_some() && charted[1].is_trial);
    }
}
