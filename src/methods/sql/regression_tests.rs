//! Regressions as analysts call them, against statsmodels 0.15.0.

use super::tests::{add_table, check_pairs, context, context_with, run, text, vectors};

/// The terms of a model beside those expected of it, which have these names.
fn beside(call: &str, model: &str, names: &[&str]) -> String {
    let names: Vec<String> =
        names.iter().enumerate().map(|(at, name)| format!("({at}, '{name}')")).collect();
    format!(
        "select t['estimate'] as b, e.estimate as b_expected, t['standard_error'] as s, \
         e.std_error as s_expected, t['lower_95'] as l, e.lower95 as l_expected, \
         t['upper_95'] as u, e.upper95 as u_expected \
         from (select unnest({call}['terms']) as t from input) as m \
         join (values {}) as n(at, name) on n.at = t['term'] \
         join expected as e on e.term = n.name and e.model = '{model}'",
        names.join(", ")
    )
}

const X: [&str; 4] = ["const", "x1", "x2", "x3"];

#[tokio::test]
async fn models_and_their_errors_agree_with_statsmodels() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("regression_input"), 3);
    add_table(&ctx, "expected", &vectors("regression_expected"), 1);
    let x = "[x1, x2, x3]";
    for (call, model, names, tolerance) in [
        (format!("logistic(y_binary, {x})"), "logit", &X[..], 1e-6),
        (format!("logistic(y_binary, {x}, 'hc0')"), "logit_hc0", &X[..], 1e-6),
        (format!("poisson(y_poisson, {x}, exposure)"), "poisson_exposure", &X[..], 1e-6),
        (format!("poisson(y_poisson, {x}, exposure, 'hc0')"), "poisson_exposure_hc0", &X[..], 1e-6),
        (
            format!("negative_binomial(y_nb, {x}, exposure)"),
            "negbin2_exposure",
            &["const", "x1", "x2", "x3", "alpha"][..],
            1e-4,
        ),
        (
            "ols(x3, [x1, x2, exposure], null, 'hc3')".to_owned(),
            "ols_x3_hc3",
            &["const", "x1", "x2", "exposure"][..],
            1e-6,
        ),
    ] {
        check_pairs(&ctx, &beside(&call, model, names), tolerance).await;
    }
}

#[tokio::test]
async fn two_groups_and_two_periods_agree_with_statsmodels() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("did_input"), 3);
    add_table(&ctx, "expected", &vectors("did_expected"), 1);
    let names = ["Intercept", "treated", "post", "did"];
    for (call, model) in [
        ("ols(y, [treated, post, did])", "ols_2x2_classical"),
        ("ols(y, [treated, post, did], null, 'cluster', unit)", "ols_2x2_cluster_unit"),
        (
            "poisson(events, [treated, post, did], null, 'cluster', unit)",
            "poisson_2x2_cluster_unit",
        ),
    ] {
        check_pairs(&ctx, &beside(call, model, &names), 1e-6).await;
    }
}

// By hand: the mean of a group is its only coefficient, and its error that of a mean.
#[tokio::test]
async fn a_model_without_features_is_a_mean() {
    let sql = "select m['coefficients'][1] as b, 5.0 as b_expected, m['standard_errors'][1] as s, \
        sqrt(20.0 / 3 / 4) as s_expected, m['dispersion'] as d, 20.0 / 3 as d_expected \
        from (select ols(y, cast([] as double[])) as m from (values (2.0), (4), (6), (8)) as t(y))";
    check_pairs(&context(), sql, 1e-12).await;
}

// Twice a row is a weight of two, but for the degrees of freedom.
#[tokio::test]
async fn a_weight_of_two_is_the_row_twice() {
    let sql = "select w['coefficients'][2] as b, d['coefficients'][2] as b_expected from \
        (select ols(y, [x], w) as w from (values (1, 2.0, 1), (2, 3.0, 2), (3, 7.0, 1), (5, 8.0, 1)) \
         as t(x, y, w)) cross join (select ols(y, [x]) as d from (values (1, 2.0), (2, 3.0), \
         (2, 3.0), (3, 7.0), (5, 8.0)) as t(x, y))";
    check_pairs(&context(), sql, 1e-12).await;
}

#[tokio::test]
async fn a_model_that_cannot_be_given_says_why() {
    for (call, reason) in [
        ("ols(y, [x])", None),
        ("ols(y, [x, 2 * x])", Some("features are collinear")),
        ("ols(x, [x])", Some("the outcomes lie on the fitted line: no error to judge by")),
        ("ols(y, [x], -1)", Some("a weight is missing, not finite or not above zero")),
        ("ols(y, [x], null, 'hc9')", Some("errors of no known kind")),
        (
            "ols(y, [x], null, 'cluster', 1)",
            Some("fewer than two clusters, or no more rows than terms"),
        ),
        ("ols(y, [x], null, 'newey_west', x)", Some("`newey_west` needs a lag of 0 or more")),
        ("ols(y, [x], null, 'newey_west', 1, 2)", Some("a period occurs twice")),
        ("ols(y, [x], null, 'newey_west', x, 5)", Some("the lag is not shorter than the series")),
        ("poisson(-y, [x])", Some("a count is below zero")),
        ("poisson(y, [x], 0)", Some("a feature or an exposure is missing or not finite")),
        ("poisson(0, [x])", Some("no events")),
        ("negative_binomial(y + 0.5, [x])", Some("a count is not a whole number")),
        ("negative_binomial(y, [x])", Some("no more spread than a Poisson model allows: fit that")),
        ("logistic(y, [x])", Some("an outcome is neither 0 nor 1")),
    ] {
        let sql = format!(
            "select {call}['reason'] from (values (1, 2.0), (2, 3.0), (3, 5.0), (4, 4.0), (5, 6.0)) \
             as t(x, y)"
        );
        assert_eq!(text(&sql).await.as_deref(), reason, "{call}");
    }
}

#[tokio::test]
async fn order_partitions_and_threads_change_no_coefficient() {
    let batch = vectors("regression_input");
    for call in [
        "ols(x3, [x1, x2], null, 'cluster', y_nb)",
        "quasi_poisson(y_poisson, [x1, x2], exposure)",
        "negative_binomial(y_nb, [x1, x2], exposure)",
    ] {
        let mut results = Vec::new();
        for (n_partitions, n_pieces) in [(1, 1), (4, 5)] {
            let ctx = context_with(n_partitions);
            add_table(&ctx, "t", &batch, n_pieces);
            results.push(run(&ctx, &format!("select {call} as r from t")).await);
        }
        assert!(results[0] == results[1], "{call}");
    }
}
