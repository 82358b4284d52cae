//! Interrupted time series and difference in differences as analysts call them, against statsmodels
//! 0.15.0.

use super::tests::{add_table, check_pairs, context, context_with, run, text, vectors};

const NAMES: &str = "(values ('constant', 'intercept'), ('trend', 't'), ('level_change', 'post'), \
    ('slope_change', 'time_since'), ('cos_1', 'cos12'), ('sin_1', 'sin12')) as n(ours, theirs)";

#[tokio::test]
async fn coefficients_of_interrupted_series_agree_with_statsmodels() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("its_input"), 3);
    add_table(&ctx, "expected", &vectors("its_expected_coefficients"), 1);
    let ols = "t, rate, post = 1, 'ols', null";
    let poisson = "t, y, post = 1, 'poisson', population";
    for (n, season) in [(0, "plain"), (1, "harmonic")] {
        for (call, model) in [
            (format!("{ols}, {n}"), format!("ols_{season}")),
            (format!("{ols}, {n}, 'newey_west', 1"), format!("ols_{season}_hac1")),
            (format!("{ols}, {n}, 'newey_west', 6"), format!("ols_{season}_hac6")),
            (format!("{poisson}, {n}"), format!("poisson_{season}")),
            (format!("{poisson}, {n}, 'newey_west', 6"), format!("poisson_{season}_hac6")),
            (
                format!("t, y, post = 1, 'quasi_poisson', population, {n}"),
                format!("quasipoisson_{season}"),
            ),
        ] {
            let sql = format!(
                "select i.t['estimate'] as b, e.estimate as b_expected, \
                 i.t['standard_error'] as s, e.std_error as s_expected, \
                 i.t['lower_95'] as l, e.lower95 as l_expected, \
                 i.t['upper_95'] as u, e.upper95 as u_expected, \
                 count(*) over () as n, 4 * (4 + 2 * {n}) as n_expected \
                 from (select \"case\", unnest(its({call})['terms']) as t from input \
                       group by \"case\") as i join {NAMES} on n.ours = i.t['term'] \
                 join expected as e on e.\"case\" = i.\"case\" and e.term = n.theirs \
                   and e.model = '{model}'"
            );
            check_pairs(&ctx, &sql, 1e-6).await;
        }
    }
}

#[tokio::test]
async fn what_would_have_been_agrees_with_statsmodels() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("its_input"), 3);
    add_table(&ctx, "expected", &vectors("its_expected_counterfactual"), 1);
    for (n, model) in [(0, "poisson_plain"), (1, "poisson_harmonic")] {
        let sql = format!(
            "select r['observed'] as o, observed_post as o_expected, r['counterfactual'] as c, \
             counterfactual_post as c_expected, r['averted']['estimate'] as a, \
             averted as a_expected, r['percent_change'] as p, percent_change as p_expected, \
             r['dispersion'] as d, dispersion as d_expected, l['durbin_watson'] as w, \
             durbin_watson_ols as w_expected \
             from (select \"case\", its(t, y, post = 1, 'poisson', population, {n}) as r, \
                   its(t, rate, post = 1, 'ols', null, {n}) as l from input group by \"case\") as i \
             join expected as e on e.\"case\" = i.\"case\" and e.model = '{model}'"
        );
        check_pairs(&ctx, &sql, 1e-6).await;
    }
}

// Expected: statsmodels 0.15.0 on tests/vectors/its_input (evaluation.py): the delta method of the
// difference between means without and with the change, with the covariance of the coefficients, and `get_prediction` of the last period's counterfactual.
#[tokio::test]
async fn limits_of_what_was_averted_agree_with_the_delta_method() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("its_input"), 2);
    add_table(&ctx, "expected", &vectors("its_expected_limits"), 1);
    for (call, model) in [
        ("t, y, post = 1, 'quasi_poisson', population, 1", "quasipoisson_harmonic"),
        ("t, y, post = 1, 'poisson', population, 0, 'newey_west', 6", "poisson_plain_hac6"),
        ("t, rate, post = 1, 'ols', null, 1", "ols_harmonic"),
    ] {
        let sql = format!(
            "select r['averted']['estimate'] as a, e.averted as a_expected, \
             r['averted']['standard_error'] as s, e.std_error as s_expected, \
             r['averted']['lower_95'] as l, e.lower95 as l_expected, \
             r['points'][-1]['counterfactual'] as c, \
             e.last as c_expected, r['points'][-1]['upper_95'] as u, \
             e.last_upper95 as u_expected \
             from (select \"case\", its({call}) as r from input group by \"case\") as i \
             join expected as e on e.\"case\" = i.\"case\" and e.model = '{model}'"
        );
        check_pairs(&ctx, &sql, 1e-6).await;
    }
}

#[tokio::test]
async fn differences_in_differences_agree_with_statsmodels() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("did_input"), 3);
    add_table(&ctx, "expected", &vectors("did_expected"), 1);
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
             from (select {call} as r from input) as i join expected as e on e.term = 'did' \
               and e.model = '{model}'"
        );
        check_pairs(&ctx, &sql, 1e-6).await;
    }
    let sql = "select b, estimate as b_expected, s, std_error as s_expected, u, \
        upper95 as u_expected, count(*) over () as n, 11 as n_expected \
        from (select concat('lead', r['from_reference'] + 7) as term, r['estimate'] as b, \
              r['standard_error'] as s, r['upper_95'] as u from (select unnest( \
              did_event_study(unit, period, y, treated, 7)['effects']) as r from input)) as i \
        join expected as e on e.term = i.term \
          and e.model = 'event_study_ref_period7_cluster_unit'";
    check_pairs(&ctx, sql, 1e-6).await;
}

// Expected: statsmodels 0.15.0 with a dummy for every unit and period (evaluation.py), the panel
// without a fifth of its rows.
#[tokio::test]
async fn a_panel_with_gaps_agrees_with_a_dummy_for_every_unit() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("did_input"), 3);
    add_table(&ctx, "expected", &vectors("did_expected_gaps"), 1);
    let kept = "where (period * 7 + cast(substr(unit, 2) as bigint) * 3) % 5 > 0";
    let sql = format!(
        "select r['effect']['estimate'] as b, estimate as b_expected, \
         r['effect']['standard_error'] as s, std_error as s_expected \
         from (select did_two_way(unit, period, y, did) as r from input {kept}) cross join expected"
    );
    check_pairs(&ctx, &sql, 1e-6).await;
}

// Expected: statsmodels 0.15.0 with `use_t` on six treated units and six others (evaluation.py).
#[tokio::test]
async fn few_units_agree_with_students_limits_of_statsmodels() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("did_input"), 3);
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

#[tokio::test]
async fn order_partitions_and_threads_change_no_evaluation() {
    for (name, call) in [
        ("its_input", "its(t, y, post = 1, 'quasi_poisson', population, 1, 'newey_west', 3)"),
        ("did_input", "did_two_way(unit, period, y, did)"),
        ("did_input", "did_event_study(unit, period, y, treated, 7)"),
    ] {
        let batch = vectors(name);
        let filter = if name == "its_input" { "where \"case\" = 'its1'" } else { "" };
        let mut results = Vec::new();
        for (n_partitions, n_pieces) in [(1, 1), (4, 5)] {
            let ctx = context_with(n_partitions);
            add_table(&ctx, "t", &batch, n_pieces);
            results.push(run(&ctx, &format!("select {call} as r from t {filter}")).await);
        }
        assert!(results[0] == results[1], "{call}");
    }
}
