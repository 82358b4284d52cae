//! What must hold of charts and regressions of any numbers.

use proptest::prelude::*;

use super::*;

fn charted(values: &[f64], improvement: Improvement) -> Vec<ChartedPoint> {
    let point = |value: &f64| ChartPoint {
        numerator: *value,
        denominator: 1.0,
        starts_phase: false,
        target: None,
    };
    let points: Vec<ChartPoint> = values.iter().map(point).collect();
    let chart = Chart::Xmr { is_screened: true };
    let (n_baseline, trend) = (None, TrendLength::Seven);
    let options = ChartOptions { chart, per: 1.0, improvement, n_baseline, trend };
    control_chart(&points, &options).expect("finite values have a chart")
}

fn types(points: &[ChartedPoint]) -> Vec<&'static str> {
    points.iter().map(|point| point.verdict.expect("two points or more").point_type).collect()
}

fn observations(rows: &[(i8, i8, u8)]) -> Vec<Observation<'static>> {
    let row = |(at, (a, b, y)): (usize, &(i8, i8, u8))| Observation {
        y: f64::from(*y),
        features: vec![f64::from(*a) + 0.1 * at as f64, f64::from(*b)].into(),
        offset: 0.0,
        weight: 1.0,
        key: at,
    };
    rows.iter().enumerate().map(row).collect()
}

fn errors_of(model: &Regression) -> Vec<f64> {
    model.terms.iter().filter_map(|term| term.standard_error).collect()
}

fn are_near(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs().max(1e-9))
}

proptest! {
    #[test]
    fn a_chart_of_doubled_values_says_the_same(values in prop::collection::vec(0u16..500, 2..60)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let doubled: Vec<f64> = values.iter().map(|value| value * 2.0).collect();
        let (one, two) = (
            charted(&values, Improvement::Increase),
            charted(&doubled, Improvement::Increase),
        );
        prop_assert_eq!(types(&one), types(&two));
        for (one, two) in one.iter().zip(&two) {
            prop_assert_eq!(one.centre * 2.0, two.centre);
            let [one, two] = [one, two].map(|point| point.verdict.expect("limits"));
            prop_assert_eq!(one.limits.upper * 2.0, two.limits.upper);
            prop_assert_eq!(one.special_cause, two.special_cause);
        }
    }

    #[test]
    fn a_chart_turned_over_is_as_good_the_other_way(
        values in prop::collection::vec(0u16..500, 2..60),
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let turned: Vec<f64> = values.iter().map(|value| -value).collect();
        let up = types(&charted(&values, Improvement::Increase));
        prop_assert_eq!(up, types(&charted(&turned, Improvement::Decrease)));
    }

    #[test]
    fn clusters_of_one_are_hc1_and_a_lag_of_nought_is_hc0(
        rows in prop::collection::vec((any::<i8>(), any::<i8>(), any::<u8>()), 8..40),
    ) {
        let rows = observations(&rows);
        let least_squares = |errors| errors_of(&regression(ModelKind::Ols, &rows, errors));
        let counts = |errors| errors_of(&negative_binomial(&rows, errors));
        let models: [&dyn Fn(Errors) -> Vec<f64>; 2] = [&least_squares, &counts];
        let nought = Errors::NeweyWest { lag: 0 };
        for errors in models {
            prop_assert!(are_near(&errors(Errors::Cluster), &errors(Errors::Hc1)));
            prop_assert!(are_near(&errors(nought), &errors(Errors::Hc0)));
        }
    }

    #[test]
    fn limits_lie_around_their_coefficient_and_wider_ones_around_narrower(
        rows in prop::collection::vec((any::<i8>(), any::<i8>(), any::<u8>()), 8..40),
    ) {
        for kind in [ModelKind::Ols, ModelKind::QuasiPoisson] {
            for term in regression(kind, &observations(&rows), Errors::Hc0).terms {
                let Limits { lower_95, upper_95, lower_998, upper_998, .. } = term.limits;
                prop_assert!(lower_998 <= lower_95 && upper_95 <= upper_998);
                prop_assert!(lower_95 <= Some(term.estimate) || lower_95.is_none());
                prop_assert!(upper_95 >= Some(term.estimate) || upper_95.is_none());
            }
        }
    }

    #[test]
    fn counts_that_may_spread_are_as_likely_or_likelier(
        rows in prop::collection::vec((0i8..5, 0i8..5, 0u8..30), 20..60),
    ) {
        let rows = observations(&rows);
        let wide = negative_binomial(&rows, Errors::Model);
        let narrow = regression(ModelKind::Poisson, &rows, Errors::Model);
        if let (Some(wide), Some(narrow)) = (wide.log_likelihood, narrow.log_likelihood) {
            prop_assert!(wide >= narrow - 1e-6, "{} {}", wide, narrow);
        }
    }

    // Level and slope of their own fit the periods after whatever they are.
    #[test]
    fn what_would_have_been_hangs_on_what_was_before_alone(
        before in prop::collection::vec(0u16..500, 3..30),
        after in prop::collection::vec((0u16..500, 0u16..500), 3..30),
    ) {
        let series = |of: fn(&(u16, u16)) -> u16| {
            let point = |value, is_after| SeriesPoint {
                value: f64::from(value),
                exposure: 1.0,
                is_after: Some(is_after),
            };
            let points: Vec<SeriesPoint> = before.iter().map(|value| point(*value, false))
                .chain(after.iter().map(|pair| point(of(pair), true))).collect();
            let (kind, errors, confidence) = (ModelKind::Ols, Errors::Model, Confidence::P95);
            let model = SeriesModel { kind, n_harmonics: 0, errors, confidence };
            interrupted_series(&points, &model).expect("a model").counterfactual
        };
        let (one, other) = (series(|pair| pair.0), series(|pair| pair.1));
        prop_assert!((one - other).abs() <= 1e-7 * one.abs().max(1.0), "{} {}", one, other);
    }
}
