//! What must hold of the methods whatever the numbers.

use super::*;
use proptest::prelude::*;

const P95: Confidence = Confidence::P95;

/// The value lies within its limits, and the outer limits lie outside the inner ones.
fn is_ordered(estimate: &Estimate) -> bool {
    let Estimate { value: Some(value), limits, .. } = estimate else { return true };
    let slack = 1e-9 * value.abs().max(1.0);
    let lower = limits.lower_95.is_none_or(|lower| lower <= value + slack)
        && limits.lower_998.zip(limits.lower_95).is_none_or(|(far, near)| far <= near + slack);
    let upper = limits.upper_95.is_none_or(|upper| upper >= value - slack)
        && limits.upper_998.zip(limits.upper_95).is_none_or(|(far, near)| far >= near - slack);
    lower && upper
}

fn bands() -> impl Strategy<Value = Vec<Band>> {
    let band = (0u32..60, 1u32..5000, 1u32..8000).prop_map(|(events, population, weight)| Band {
        n_events: f64::from(events),
        population: f64::from(population),
        standard_population: f64::from(weight),
    });
    prop::collection::vec(band, 1..20)
}

proptest! {
    #[test]
    fn limits_hold_their_value_and_widen_with_confidence(
        count in 0u32..100_000, more in 1u32..100_000,
    ) {
        let (x, n) = (f64::from(count), f64::from(count + more));
        prop_assert!(is_ordered(&byars(x, P95)));
        prop_assert!(is_ordered(&exact_poisson(x, P95)));
        prop_assert!(is_ordered(&wilson(x, n, 100.0, P95)));
        prop_assert!(is_ordered(&crude_rate(x, n, 1000.0, P95)));
    }

    #[test]
    fn exact_limits_move_outwards_as_confidence_rises(
        count in 0u32..5000, low in 0.5f64..0.98, more in 0.001f64..0.0199,
    ) {
        let x = f64::from(count);
        let (near_lower, near_upper) = poisson::exact_interval(x, low);
        let (far_lower, far_upper) = poisson::exact_interval(x, low + more);
        prop_assert!(far_lower <= near_lower && far_upper >= near_upper);
    }

    #[test]
    fn limits_asked_for_move_outwards_as_confidence_rises(
        bands in bands(), count in 1u32..5000, more in 0u32..5000, low in 90.0f64..99.0, up in 0.01f64..0.9,
    ) {
        let [low, high] = [low, low + up].map(|percent| Confidence::of_percent(percent).unwrap());
        let (x, n) = (f64::from(count), f64::from(count + more));
        let of = |confidence| [
            byars(x, confidence),
            wilson(x, n, 1.0, confidence),
            crude_rate(x, n, 1000.0, confidence),
            dsr(&bands, 1000.0, confidence),
            mean(&[x, n, 3.0], confidence).estimate,
            observed_over_expected(x, n, 1.0, confidence),
        ];
        for (near, far) in of(low).iter().zip(of(high)) {
            prop_assert!(far.limits.lower.is_none() || far.limits.lower <= near.limits.lower);
            prop_assert!(far.limits.upper >= near.limits.upper);
            prop_assert_eq!(near.value, far.value);
        }
    }

    // Powers of two scale without rounding.
    #[test]
    fn a_standardised_rate_knows_shares_of_weight_and_the_base_is_a_factor(bands in bands()) {
        let heavier = |band: &Band| Band {
            standard_population: band.standard_population * 8.0,
            ..*band
        };
        let scaled: Vec<Band> = bands.iter().map(heavier).collect();
        let rate = dsr(&bands, 1000.0, P95);
        prop_assert_eq!(dsr(&scaled, 1000.0, P95), rate);
        let half = dsr(&bands, 500.0, P95);
        prop_assert_eq!(half.limits, rate.limits.map(|limit| limit / 2.0));
    }

    #[test]
    fn the_order_of_bands_changes_no_bit_of_a_rate(bands in bands(), turn in 0usize..20) {
        let mut turned = bands.clone();
        turned.rotate_left(turn % bands.len());
        prop_assert_eq!(dsr(&turned, 1000.0, P95), dsr(&bands, 1000.0, P95));
    }

    #[test]
    fn a_standardised_rate_lies_within_its_limits(bands in bands()) {
        prop_assert!(is_ordered(&dsr(&bands, 1000.0, P95)));
    }

    #[test]
    fn repeat_events_never_narrow_the_limits(bands in bands(), repeats in 1.0f64..5.0) {
        let repeat = |band: &Band| RepeatBand { band: *band, squared_events: band.n_events * repeats };
        let repeated: Vec<RepeatBand> = bands.iter().map(repeat).collect();
        let (once, often) = (dsr(&bands, 1.0, P95), dsr_repeat(&repeated, 1.0, P95));
        prop_assert_eq!(once.value, often.value);
        prop_assert!(often.limits.upper_998 >= once.limits.upper_998);
    }

    #[test]
    fn the_order_of_areas_changes_no_bit_of_a_funnel(
        pairs in prop::collection::vec((0u32..500, 1u32..500), 3..40), turn in 0usize..40,
    ) {
        let rows: Vec<FunnelRow> = pairs.iter().map(|(numerator, denominator)| FunnelRow {
            numerator: f64::from(*numerator),
            denominator: f64::from(*denominator),
        }).collect();
        let at = turn % rows.len();
        let mut turned = rows.clone();
        turned.rotate_left(at);
        for kind in [FunnelKind::Ratio, FunnelKind::RatioLog, FunnelKind::CountRatio] {
            let of = |rows| funnel(kind, rows, 0.1, P95);
            let (straight, mut other) = (of(&rows), of(&turned));
            other.places.rotate_right(at);
            prop_assert_eq!(straight, other);
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_bit_of_a_risk_model(
        rows in prop::collection::vec((1u8..100, 0u8..10, any::<bool>()), 30..80), turn in 0usize..30,
    ) {
        let mut turned = rows.clone();
        turned.rotate_left(turn);
        turned.swap(0, 7);
        let fit = |rows: &[(u8, u8, bool)]| {
            let y: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(row.2))).collect();
            let x: Vec<f64> = rows.iter().flat_map(|r| [f64::from(r.0), f64::from(r.1)]).collect();
            let scored: Vec<_> = rows.iter().map(|r| (f64::from(r.0) / 100.0, r.2)).collect();
            let fit = logistic(&y, &x, 2);
            (fit, auc(&scored, P95), calibration(&scored), brier(&scored), top_share(&scored, 0.1))
        };
        prop_assert_eq!(fit(&rows), fit(&turned));
    }

    #[test]
    fn a_funnel_limit_lies_on_its_side_of_the_baseline(
        baseline in 0.01f64..0.99, denominator in 1u32..100_000,
    ) {
        let limits = proportion_limits(baseline, f64::from(denominator), Confidence::P95);
        prop_assert!(limits.lower_998 <= limits.lower_95 && limits.lower_95 <= Some(baseline));
        prop_assert!(limits.upper_998 >= limits.upper_95 && limits.upper_95 >= Some(baseline));
    }
}
