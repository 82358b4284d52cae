//! Funnels adjusted for over-dispersion: the spread between areas beyond chance.

use super::confidence::{Confidence, z_value};
use super::descriptive::quantile;
use super::estimate::{Limits, NOT_FINITE};
use super::funnel::{FunnelClass, poisson_class, proportion_class};

/// What is compared, and on which scale its spread is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunnelKind {
    /// Observed over expected on the square-root scale (the Care Quality Commission's choice).
    Ratio,
    /// Observed over expected on the log scale, outer areas dropped instead of drawn in (the
    /// Summary Hospital-level Mortality Indicator's choice). Areas without events have no place.
    RatioLog,
    /// A proportion on the arcsine scale.
    Proportion,
    /// A ratio of two counts on the log scale.
    CountRatio,
}

/// One area: events and expected events, numerator and denominator, or two counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelRow {
    /// Observed events or numerator.
    pub numerator: f64,
    /// Expected events or denominator.
    pub denominator: f64,
}

/// The spread between areas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjustment {
    /// The target on the natural scale.
    pub baseline: f64,
    /// Mean squared z-score after the outer ones are drawn in: 1 when chance explains the spread.
    pub phi: f64,
    /// Variance between areas on the transformed scale; 0 when chance explains the spread.
    pub tau2: f64,
}

/// A funnel: what all areas share, and each area's place in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// The spread between areas, or why there is none to compare them by.
    pub adjustment: Result<Adjustment, &'static str>,
    /// In the order of the rows given; `None` where a row has no place.
    pub places: Vec<Option<Place>>,
}

/// One area's place in a funnel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Numerator over denominator.
    pub value: f64,
    /// Standard errors from the target on the transformed scale, over-dispersion left aside.
    pub z: f64,
    /// The same with over-dispersion in the standard error.
    pub z_adjusted: f64,
    /// Limits around the baseline at this area's size, adjusted for over-dispersion.
    pub limits: Limits,
    /// By the adjusted limits.
    pub class: FunnelClass,
    /// By the area's own exact, Byar's or Wilson's limits, over-dispersion left aside.
    pub class_unadjusted: FunnelClass,
}

#[derive(Debug, Clone, Copy)]
struct Score {
    standard_error: f64,
    z: f64,
}

/// Multipliers as the field's own tools write them, so that limits agree with theirs.
const Z_95: f64 = 1.959_964;
const Z_998: f64 = 3.090_232;

/// Fewest areas whose spread is measured.
const FEWEST_AREAS: usize = 3;
const TOO_FEW: &str = "fewer than three areas";
const NO_EVENTS: &str = "no events in any area";
const ALL_DROPPED: &str = "`trim` leaves one area or none";

/// Funnel limits adjusted for over-dispersion (Spiegelhalter 2005; Spiegelhalter and others 2012).
///
/// `z_i` on the kind's scale; the outer `trim` share on either side is drawn in to the type-7
/// quantiles (dropped by rank for [`FunnelKind::RatioLog`]); `phi = mean z^2`;
/// `tau2 = max(0, (n phi - (n - 1)) / (sum w - sum w^2 / sum w))`, `w = 1 / s^2`; limits are
/// `target -/+ z sqrt(s^2 + tau2)` transformed back, the third pair at
/// this confidence. The result does not depend on row order.
#[must_use]
pub fn funnel(kind: FunnelKind, rows: &[FunnelRow], trim: f64, confidence: Confidence) -> Funnel {
    let mut order: Vec<usize> = (0..rows.len()).filter(|at| kind.has_place(&rows[*at])).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&rows[*a], &rows[*b]);
        a.numerator.total_cmp(&b.numerator).then(a.denominator.total_cmp(&b.denominator))
    });
    let mut places = vec![None; rows.len()];
    let ranked: Vec<FunnelRow> = order.iter().map(|at| rows[*at]).collect();
    let adjustment = kind.compare(&ranked, trim);
    if let Ok((shared, scores)) = &adjustment {
        for ((row, score), at) in ranked.iter().zip(scores).zip(&order) {
            places[*at] = Some(kind.place(row, score, shared, confidence));
        }
    }
    Funnel { adjustment: adjustment.map(|(shared, _)| shared), places }
}

impl FunnelKind {
    /// Whether an area can be compared at all.
    pub(crate) fn has_place(self, row: &FunnelRow) -> bool {
        let has_denominator = row.denominator.is_finite() && row.denominator > 0.0;
        let counted = row.numerator.is_finite() && row.numerator >= 0.0;
        let fits = match self {
            Self::Ratio | Self::CountRatio => true,
            Self::RatioLog => row.numerator > 0.0,
            Self::Proportion => row.numerator <= row.denominator,
        };
        has_denominator && counted && fits
    }

    /// What the areas share, and the score of each.
    fn compare(
        self,
        rows: &[FunnelRow],
        trim: f64,
    ) -> Result<(Adjustment, Vec<Score>), &'static str> {
        if rows.len() < FEWEST_AREAS {
            return Err(TOO_FEW);
        }
        let baseline = self.baseline(rows.iter());
        if self == Self::CountRatio && baseline == 0.0 {
            return Err(NO_EVENTS);
        }
        let target = self.transform(baseline);
        let scores: Vec<Score> = rows.iter().map(|row| self.score(row, target)).collect();
        let is_finite = |score: &Score| score.z.is_finite() && score.standard_error.is_finite();
        if !(target.is_finite() && scores.iter().all(is_finite)) {
            return Err(NOT_FINITE);
        }
        let (phi, tau2) = self.spread(&scores, trim)?;
        Ok((Adjustment { baseline, phi, tau2 }, scores))
    }

    fn baseline<'a>(self, rows: impl Iterator<Item = &'a FunnelRow>) -> f64 {
        if matches!(self, Self::Ratio | Self::RatioLog) {
            return 1.0;
        }
        let (above, below) = rows.fold((0.0, 0.0), |(above, below), row| {
            (above + row.numerator, below + row.denominator)
        });
        above / below
    }

    fn transform(self, value: f64) -> f64 {
        match self {
            Self::Ratio => value.sqrt(),
            Self::RatioLog | Self::CountRatio => value.ln(),
            Self::Proportion => value.sqrt().asin(),
        }
    }

    fn transform_back(self, scaled: f64) -> f64 {
        match self {
            Self::Ratio => scaled.max(0.0).powi(2),
            Self::RatioLog | Self::CountRatio => scaled.exp(),
            Self::Proportion => scaled.clamp(0.0, std::f64::consts::FRAC_PI_2).sin().powi(2),
        }
    }

    fn score(self, row: &FunnelRow, target: f64) -> Score {
        let FunnelRow { numerator: n, denominator: d } = *row;
        let (scaled, standard_error) = match self {
            Self::CountRatio => {
                let (n_half, d_half) = (n + 0.5, d + 0.5);
                let variance = n / (n_half * n_half) + d / (d_half * d_half);
                ((n_half / d_half).ln(), variance.sqrt())
            }
            Self::RatioLog => (self.transform(n / d), 1.0 / d.sqrt()),
            Self::Ratio | Self::Proportion => (self.transform(n / d), 0.5 / d.sqrt()),
        };
        Score { standard_error, z: (scaled - target) / standard_error }
    }

    /// phi and tau2 of finite scores.
    fn spread(self, scores: &[Score], trim: f64) -> Result<(f64, f64), &'static str> {
        let mut ranked = scores.to_vec();
        ranked.sort_by(|a, b| a.z.total_cmp(&b.z));
        let kept = if self == Self::RatioLog {
            let n = ranked.len() as f64;
            let first = (trim * n).floor() as usize;
            let last = ((1.0 - trim) * n).ceil() as usize;
            ranked[first..last].to_vec()
        } else {
            let z: Vec<f64> = ranked.iter().map(|score| score.z).collect();
            let at = |share| quantile(&z, share).filter(|z| z.is_finite()).ok_or(NOT_FINITE);
            let (low, high) = (at(trim)?, at(1.0 - trim)?);
            // Between equal scores rounding may put the upper quantile below the lower one.
            let high = high.max(low);
            let draw_in = |score: &Score| Score { z: score.z.clamp(low, high), ..*score };
            ranked.iter().map(draw_in).collect()
        };
        if kept.len() < 2 {
            return Err(ALL_DROPPED);
        }
        let n = kept.len() as f64;
        let phi = kept.iter().map(|score| score.z * score.z).sum::<f64>() / n;
        let tau2 = tau2(&kept, n, phi);
        if phi.is_finite() && tau2.is_finite() { Ok((phi, tau2)) } else { Err(NOT_FINITE) }
    }

    fn place(
        self,
        row: &FunnelRow,
        score: &Score,
        shared: &Adjustment,
        confidence: Confidence,
    ) -> Place {
        let Adjustment { baseline, tau2, .. } = *shared;
        let FunnelRow { numerator, denominator } = *row;
        let limits = self.limits(baseline, score.standard_error, tau2, confidence);
        let value = numerator / denominator;
        let error = score.standard_error;
        let class_unadjusted = match self {
            Self::Proportion => proportion_class(numerator, denominator, baseline),
            // Given both counts together, the first is a share of them.
            Self::CountRatio => {
                proportion_class(numerator, numerator + denominator, baseline / (1.0 + baseline))
            }
            Self::Ratio | Self::RatioLog => poisson_class(numerator, denominator * baseline),
        };
        Place {
            value,
            z: score.z,
            z_adjusted: score.z * error / (error * error + tau2).sqrt(),
            limits,
            class: FunnelClass::of(value, &limits),
            class_unadjusted,
        }
    }

    /// Limits around `baseline` for an area with this standard error on the kind's scale.
    fn limits(
        self,
        baseline: f64,
        standard_error: f64,
        tau2: f64,
        confidence: Confidence,
    ) -> Limits {
        let target = self.transform(baseline);
        let error = (standard_error * standard_error + tau2).sqrt();
        let limit = |z: f64| Some(self.transform_back(target + z * error));
        let is_usual = confidence == Confidence::P95;
        let z = if is_usual { Z_95 } else { z_value(confidence.share()) };
        Limits {
            lower_95: limit(-Z_95),
            upper_95: limit(Z_95),
            lower_998: limit(-Z_998),
            upper_998: limit(Z_998),
            lower: limit(-z),
            upper: limit(z),
        }
    }

    /// Limits around `baseline` for an area that lies there with this denominator.
    pub(crate) fn limits_at(
        self,
        baseline: f64,
        denominator: f64,
        tau2: f64,
        confidence: Confidence,
    ) -> Limits {
        let at_baseline = FunnelRow { numerator: baseline * denominator, denominator };
        self.limits(baseline, self.score(&at_baseline, 0.0).standard_error, tau2, confidence)
    }

    /// The kind's name in results.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Ratio => "Spiegelhalter, square-root scale, winsorised",
            Self::RatioLog => "Spiegelhalter, log scale, outer areas dropped",
            Self::Proportion => "Spiegelhalter, arcsine scale, winsorised",
            Self::CountRatio => "Spiegelhalter, log scale, winsorised",
        }
    }
}

/// Events of all areas over their denominators, summed in an order of their own; `None` without
/// either, or if the rate is no number. Areas that have no place are left out.
pub(crate) fn overall_rate(rows: &[FunnelRow]) -> Option<f64> {
    let mut kept: Vec<&FunnelRow> =
        rows.iter().filter(|row| FunnelKind::Ratio.has_place(row)).collect();
    kept.sort_by(|a, b| {
        a.numerator.total_cmp(&b.numerator).then(a.denominator.total_cmp(&b.denominator))
    });
    let events: f64 = kept.iter().map(|row| row.numerator).sum();
    let denominator: f64 = kept.iter().map(|row| row.denominator).sum();
    (events > 0.0).then(|| events / denominator).filter(|rate| rate.is_finite() && *rate > 0.0)
}

fn tau2(scores: &[Score], n: f64, phi: f64) -> f64 {
    let excess = n * phi - (n - 1.0);
    if excess <= 0.0 {
        return 0.0;
    }
    let weights = scores.iter().map(|score| score.standard_error.powi(-2));
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    excess / (sum - squares / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(f64, f64)]) -> Vec<FunnelRow> {
        let row = |(numerator, denominator): &(f64, f64)| FunnelRow {
            numerator: *numerator,
            denominator: *denominator,
        };
        pairs.iter().map(row).collect()
    }

    #[test]
    fn areas_that_differ_by_chance_alone_are_not_adjusted() {
        let even = rows(&[(100.0, 100.0), (51.0, 50.0), (199.0, 200.0), (10.0, 10.0)]);
        let adjustment =
            funnel(FunnelKind::Ratio, &even, 0.1, Confidence::P95).adjustment.expect("four areas");
        assert_eq!(adjustment.tau2, 0.0);
        assert!(adjustment.phi < 1.0);
    }

    #[test]
    fn spread_between_areas_widens_the_limits_and_spares_the_middle() {
        let pairs = [(60.0, 100.0), (80.0, 100.0), (100.0, 100.0), (120.0, 100.0), (145.0, 100.0)];
        let result = funnel(FunnelKind::Ratio, &rows(&pairs), 0.1, Confidence::P95);
        assert!(result.adjustment.expect("five areas").tau2 > 0.0);
        let last = result.places[4].expect("a place");
        assert_eq!(last.class_unadjusted, FunnelClass::High998);
        assert_eq!(last.class, FunnelClass::Within);
        assert!(last.z_adjusted < last.z);
    }

    #[test]
    fn an_area_without_a_denominator_has_no_place_and_does_not_disturb_the_others() {
        let whole = rows(&[(5.0, 4.0), (7.0, 9.0), (12.0, 11.0)]);
        let mut holed = whole.clone();
        holed.insert(1, FunnelRow { numerator: 3.0, denominator: 0.0 });
        let (whole, holed) = (
            funnel(FunnelKind::Ratio, &whole, 0.1, Confidence::P95),
            funnel(FunnelKind::Ratio, &holed, 0.1, Confidence::P95),
        );
        assert_eq!(holed.places[1], None);
        assert_eq!(holed.adjustment, whole.adjustment);
    }

    #[test]
    fn fewer_than_three_areas_have_no_funnel() {
        let result =
            funnel(FunnelKind::Ratio, &rows(&[(5.0, 4.0), (7.0, 9.0)]), 0.1, Confidence::P95);
        assert_eq!(result.adjustment, Err(TOO_FEW));
    }

    #[test]
    fn counts_of_nothing_have_no_ratio_to_compare_with() {
        let none = rows(&[(0.0, 10.0), (0.0, 20.0), (0.0, 30.0)]);
        let result = funnel(FunnelKind::CountRatio, &none, 0.1, Confidence::P95);
        assert_eq!((result.adjustment, result.places), (Err(NO_EVENTS), vec![None; 3]));
    }

    #[test]
    fn counts_beyond_any_sum_have_no_funnel_but_a_reason() {
        let huge = rows(&[(1e308, 1e308); 3]);
        let tiny = rows(&[(1.0, 1e-320), (2.0, 1e-320), (3.0, 1e-320)]);
        let mixed = rows(&[(1e308, 1e-10), (1e308, 1e-10), (3.0, 1.0)]);
        for (kind, areas) in [
            (FunnelKind::Proportion, &huge),
            (FunnelKind::CountRatio, &huge),
            (FunnelKind::Ratio, &tiny),
            (FunnelKind::Ratio, &mixed),
        ] {
            let result = funnel(kind, areas, 0.1, Confidence::P95);
            assert_eq!((result.adjustment, result.places), (Err(NOT_FINITE), vec![None; 3]));
        }
    }

    #[test]
    fn a_trim_that_drops_all_but_one_area_has_no_spread() {
        let areas = rows(&[(5.0, 4.0), (7.0, 9.0), (12.0, 11.0)]);
        let result = funnel(FunnelKind::RatioLog, &areas, 0.4, Confidence::P95);
        assert_eq!(result.adjustment, Err(ALL_DROPPED));
    }

    // All have what there is to have: nobody lies below anybody.
    #[test]
    fn areas_that_are_all_alike_are_within() {
        for (kind, pair) in [
            (FunnelKind::Proportion, (20.0, 20.0)),
            (FunnelKind::Proportion, (0.0, 20.0)),
            (FunnelKind::CountRatio, (20.0, 20.0)),
            (FunnelKind::Ratio, (20.0, 20.0)),
        ] {
            let result = funnel(kind, &rows(&[pair; 3]), 0.1, Confidence::P95);
            for place in result.places {
                let place = place.expect("three areas");
                assert_eq!(place.class, FunnelClass::Within, "{kind:?} {pair:?}");
                assert_eq!(place.class_unadjusted, FunnelClass::Within, "{kind:?} {pair:?}");
            }
        }
    }
}
