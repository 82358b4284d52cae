//! Interrupted time series and difference in differences as analysts call them.

use super::tests::{add_table, context_with, run, text, vectors};

const INTERRUPTED: &str = "interrupted_time_series/input";
const DIFFERENCES: &str = "difference_in_differences/input";

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
        ("did(m % 4, m % 5, m % 2 = 0, m > 12)", None),
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

#[tokio::test]
async fn order_partitions_and_threads_change_no_evaluation() {
    for (name, call) in [
        (INTERRUPTED, "its(t, y, post = 1, 'quasi_poisson', population, 1, 'newey_west', 3)"),
        (DIFFERENCES, "did_two_way(unit, period, y, did)"),
        (DIFFERENCES, "did_event_study(unit, period, y, treated, 7)"),
    ] {
        let batch = vectors(name);
        let filter = if name == INTERRUPTED { "where \"case\" = 'its1'" } else { "" };
        let mut results = Vec::new();
        for (n_partitions, n_pieces) in [(1, 1), (4, 5)] {
            let ctx = context_with(n_partitions);
            add_table(&ctx, "t", &batch, n_pieces);
            results.push(run(&ctx, &format!("select {call} as r from t {filter}")).await);
        }
        assert!(results[0] == results[1], "{call}");
    }
}
