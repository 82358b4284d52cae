//! Measures of risk scores as analysts call them, against scikit-learn 1.9.1 and numpy.

use super::tests::{add_table, check_pairs, context, text, vectors};

#[tokio::test]
async fn thresholds_and_measures_of_a_score_agree_with_scikit_learn() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("risk_thresholds_input"), 3);
    add_table(&ctx, "expected", &vectors("risk_thresholds_expected"), 1);
    let mut metrics = vec![
        ("average_precision".to_owned(), "average_precision(p, y)['value']".to_owned()),
        ("log_loss".to_owned(), "log_loss(p, y)['value']".to_owned()),
    ];
    for t in ["0.1", "0.2", "0.3", "0.5"] {
        for (name, field) in [
            ("flagged", "n_flagged"),
            ("ppv", "ppv"),
            ("sensitivity", "sensitivity"),
            ("specificity", "specificity"),
            ("net_benefit", "net_benefit"),
        ] {
            let call = format!("at_threshold(p, y, {t})['{field}']");
            metrics.push((format!("threshold_{t}_{name}"), call));
        }
    }
    for share in ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2"] {
        for (name, field) in
            [("k", "n_flagged"), ("ppv", "ppv"), ("sensitivity", "sensitivity"), ("lift", "lift")]
        {
            let call = format!("top_share(p, y, {share})['{field}']");
            metrics.push((format!("top_{share}_{name}"), call));
        }
    }
    for (metric, call) in metrics {
        let sql = format!(
            "select cast(v as double) as v, e.value as v_expected \
             from (select {call} as v from input) cross join expected as e \
             where e.metric = '{metric}'"
        );
        check_pairs(&ctx, &sql, 1e-9).await;
    }
}

// By hand: two events of four rows, scored .9 (event), .8, .8 (event), .1: precision 1 at recall
// 1/2, then 2/3; at .5 two found and one in vain at even odds.
#[tokio::test]
async fn ties_are_flagged_together() {
    let sql = "select average_precision(p, y)['value'] as a, 0.5 + 1.0 / 3 as a_expected, \
        at_threshold(p, y, 0.5)['net_benefit'] as b, 0.25 as b_expected, \
        at_threshold(p, y, 0.8)['n_flagged'] as n, 3 as n_expected, \
        at_threshold(p, y, 0.5)['net_benefit_of_all'] as c, 0.0 as c_expected \
        from (values (0.8, 0), (0.9, 1), (0.1, 0), (0.8, 1)) as t(p, y)";
    check_pairs(&context(), sql, 1e-15).await;
}

#[tokio::test]
async fn a_measure_that_cannot_be_given_says_why() {
    for (call, reason) in [
        ("log_loss(p, y)", Some("what was certain did not happen")),
        ("log_loss(p + 1, y)", Some("no rows, or a score that is not within 0 and 1")),
        ("average_precision(p, 0)", Some("no events")),
        ("at_threshold(p, y, 0.5)", None),
        ("at_threshold(p, y, 2)", Some("nobody is flagged")),
        ("at_threshold(p, y, -1)", Some("net benefit needs a threshold between 0 and 1")),
        ("at_threshold(p, y, p)", Some("threshold is missing or differs between rows")),
        ("at_threshold(p, 1, 0.5)", Some("all rows have the event")),
    ] {
        let sql = format!("select {call}['reason'] from (values (1.0, 0), (0.6, 1)) as t(p, y)");
        assert_eq!(text(&sql).await.as_deref(), reason, "{call}");
    }
}
