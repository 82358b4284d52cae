//! Interrupted time series and difference in differences as analysts call them.

use super::tests::{add_table, check_pairs, context, text, vectors};

const DIFFERENCES: &str = "difference_in_differences/input";

// Expected: statsmodels 0.15.0 with `use_t` on six treated units and six others (evaluation.py).
#[tokio::test]
async fn few_units_agree_with_students_limits_of_statsmodels() {
    let ctx = context();
    add_table(&ctx, "input", &vectors(DIFFERENCES), 3);
    add_table(&ctx, "expected", &vectors("did_expected_t"), 1);
    let kept = "where cast(substr(unit, 2) as bigint) between 7 and 18";
    for (call, model) in [
        ("did(unit, y, treated, post)", "ols_2x2_cluster_unit"),
        ("did(unit, events, treated, post, 'poisson')", "poisson_2x2_cluster_unit"),
        ("did_two_way(unit, period, y, did)", "twfe_cluster_unit"),
    ] {
        let sql = format!(
            "select r['effect']['estimate'] as b, estimate as b_expected, \
             r['effect']['standard_error'] as s, std_error as s_expected, \
             r['effect']['lower_95'] as l, lower95 as l_expected, \
             r['effect']['p_value'] as p, p_value as p_expected \
             from (select {call} as r from input {kept}) as i \
             join expected as e on e.term = 'did' and e.model = '{model}'"
        );
        check_pairs(&ctx, &sql, 1e-6).await;
    }
    let sql = format!(
        "select b, estimate as b_expected, s, std_error as s_expected, u, upper95 as u_expected, \
         p, p_value as p_expected, count(*) over () as n, 11 as n_expected \
         from (select concat('lead', r['from_reference'] + 7) as term, r['estimate'] as b, \
               r['standard_error'] as s, r['upper_95'] as u, r['p_value'] as p from (select unnest( \
               did_event_study(unit, period, y, treated, 7)['effects']) as r from input {kept})) \
         as i join expected as e on e.term = i.term \
           and e.model = 'event_study_ref_period7_cluster_unit'"
    );
    check_pairs(&ctx, &sql, 1e-6).await;
}

#[tokio::test]
async fn an_evaluation_that_cannot_be_given_says_why() {
    let series = "(select unnest(generate_series(1, 24)) as m)";
    for (call, reason) in [
        ("its(m, m % 5, m > 12, 'ols')", None),
        (
            "its(m, m % 5, m > 12, 'lasso')",
            Some("model is neither `ols`, `poisson` nor `quasi_poisson`"),
        ),
        ("its(m, m % 5, m < 12, 'ols')", Some("a period before the change follows one after it")),
        ("its(m, m % 5, m > 30, 'ols')", Some("fewer than two periods before or after the change")),
        ("its(2 * m, m % 5, m > 12, 'ols')", Some("a period is left out")),
        (
            "its(m, 7, m > 12, 'ols')",
            Some("the outcomes lie on the fitted line: no error to judge by"),
        ),
        ("its(m, 0, m > 12, 'poisson')", Some("no events")),
        (
            "its(m, 3, m > 12, 'poisson', 0)",
            Some("a feature or an exposure is missing or not finite"),
        ),
        ("its(m, m % 5, m > 12, 'ols', null, 6)", Some("a season of 12 has 0 to 5 pairs of waves")),
        ("its(m, m % 5, m > 12, 'ols', null, 0, 'cluster')", Some("a series has no clusters")),
        (
            "its(m, m % 5, m > 12, 'ols', 1000)",
            Some("`ols` takes no exposure: give it rates, or counts to a model of counts"),
        ),
        ("did(m % 4, m % 5, m % 2 = 0, m > 12)", None),
        (
            "did(m % 4, m % 5, m % 2 = 0, m > 12, 'ols', 1000)",
            Some("`ols` takes no exposure: give it rates, or counts to a model of counts"),
        ),
        (
            "did(m % 4, m % 5, m % 4 = 0, m > 12)",
            Some("a group has one unit only: no error to judge by"),
        ),
        ("did(m % 4, m % 5, true, m > 12)", Some("features are collinear")),
        ("did(m, null, m % 2 = 0, m > 12)", Some("an outcome is missing or not finite")),
        ("did_two_way(m % 4, 3, m % 5, m % 2 = 0)", Some("a unit has a period twice")),
        ("did_two_way(m % 4, m / 4, m % 5, m % 2 = 0)", Some("features are collinear")),
        (
            "did_event_study(m % 4, m / 4, m % 5, m % 2 = 0, 9)",
            Some("the reference is no period of the panel"),
        ),
        (
            "did_event_study(m % 4, m / 4, m % 5, m > 9, 2)",
            Some("a unit is treated in some rows and not in others"),
        ),
    ] {
        let sql = format!("select {call}['reason'] from {series}");
        assert_eq!(text(&sql).await.as_deref(), reason, "{call}");
    }
}
