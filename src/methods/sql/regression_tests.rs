//! Regressions as analysts call them.

use super::tests::{check_pairs, context, text};

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
        (
            "negative_binomial(y, [x], null, 'hc3')",
            Some("HC2 and HC3 need a leverage, which a row has not on alpha"),
        ),
        (
            "negative_binomial(y, [x], null, 'newey_west', x)",
            Some("`newey_west` needs a lag of 0 or more"),
        ),
        ("logistic(y, [x])", Some("an outcome is neither 0 nor 1")),
    ] {
        let sql = format!(
            "select {call}['reason'] from (values (1, 2.0), (2, 3.0), (3, 5.0), (4, 4.0), (5, 6.0)) \
             as t(x, y)"
        );
        assert_eq!(text(&sql).await.as_deref(), reason, "{call}");
    }
}
