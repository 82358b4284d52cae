//! One thread or many, one piece or many, parts merged in whatever order: the same bits, of every
//! function that sees more rows than one.

use arrow::array::{Array, AsArray, RecordBatch};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::gate::REASON;
use super::register;
use super::tests::{add_table, context_with, run, vectors};

/// Vectors, rows of them as the table `t`, and a function of those rows.
const OF_A_GROUP: [(&str, &str, &str); 52] = [
    ("phe_proportion/input_grouped", "t", "proportion(x, n)"),
    ("phe_mean/input", "t", "mean_ci(value)"),
    ("pyll/input", "t", "pyll(deaths, 75 - midpoint, population, stdpop, 1000)"),
    ("phe_dsr/input", "t", "dsr(count, pop, stdpop, 1000)"),
    (
        "phe_dsr_nonindependent/input",
        "t",
        "dsr_repeat(area || ageband, pop, stdpop, eventfreq, persons, 1000)",
    ),
    ("phe_dsr/input", "t", "dsr_squares(count, 2 * count, pop, stdpop, 1000)"),
    ("phe_isr/input", "t", "isr(count, pop, refcount, refpop)"),
    ("phe_isr/input", "t", "isr_rate(count, pop, refcount, refpop, 1000)"),
    ("phe_life_expectancy/input", "t where area = 'W40'", LIFE),
    ("variation/input", "t", "scv(observed, expected)"),
    ("variation/input", "t", "extremal_quotient(expected)"),
    ("variation/input", "t", "interdecile_ratio(expected)"),
    ("variation/input", "t", "coefficient_of_variation(expected)"),
    ("variation/input", "t", "gini(expected, population)"),
    ("gap_input", "t where \"case\" = 'mean0'", "gap(rank, value, lower_95, upper_95, kind)"),
    ("gap_input", "t where \"case\" = 'rate0'", "gap_ratio(rank, value, lower_95, upper_95, kind)"),
    (
        "sii_input",
        "t where \"case\" = 'vt1_q10_1'",
        "sii(quantile, population, value, lower, upper, 'rate', true, 1, 2000, 9)",
    ),
    (
        "sii_input",
        "t where \"case\" = 'vt1_q10_1'",
        "rii(quantile, population, value, lower, upper, 'mean')",
    ),
    (
        "concentration_input",
        "t where \"case\" = 'persons'",
        "concentration_index(rank, population, value)",
    ),
    ("poorest_fastest_input", "t", "poorest_fastest(year, fifth = 1, value)"),
    (
        "moran_input",
        "(select area, value, array_agg(neighbour order by neighbour) as neighbours from t \
         where map = 'town' group by area, value)",
        "moran(area, value, neighbours, 999, 7)",
    ),
    ("forecast/input", "t", "forecast(t, y, 24)"),
    ("forecast/input", "t", "forecast_seasonal_naive(t, y, 24)"),
    ("forecast/input", "t", "ets(t, y, 12)"),
    (
        "forecast/input",
        "(select t, y, case when t > 51 then y + t % 7 - 2.3 end as f from t)",
        "forecast_accuracy(t, y, f, f - 40, f + 40)",
    ),
    ("regression/input", "t", "ols(x3, [x1, x2], null, 'cluster', y_nb)"),
    ("regression/input", "t", "poisson(y_poisson, [x1, x2], exposure, 'hc3')"),
    ("regression/input", "t", "quasi_poisson(y_poisson, [x1, x2], exposure)"),
    ("regression/input", "t", "negative_binomial(y_nb, [x1, x2], exposure)"),
    ("regression/input", "t", "negative_binomial(y_nb, [x1, x2], exposure, 'cluster', y_poisson)"),
    ("logistic_input", "t", "logistic(y_binary, [x1, x2, x3])"),
    ("risk_model_metrics/input", "t", "auc(p, y)"),
    ("risk_model_metrics/input", "t", "brier(p, y)"),
    ("risk_model_metrics/input", "t", "calibration(p, y)"),
    ("risk_model_metrics/input", "t", "top_share(p, y, 0.1)"),
    ("risk_model_metrics/input", "t", "net_benefit(p, y, 0.2)"),
    ("risk_model_metrics/input", "t", "average_precision(p, y)"),
    ("risk_model_metrics/input", "t", "log_loss(p, y)"),
    (
        "did_rate_ratio_input",
        "t",
        "did_rate_ratio(person, is_case = 1, events_before, days_before, events_after, days_after)",
    ),
    (
        "interrupted_time_series/input",
        "t where \"case\" = 'its1'",
        "its(t, y, post = 1, 'quasi_poisson', population, 1, 'newey_west', 3)",
    ),
    ("difference_in_differences/input", "t", "did(unit, y, treated, post)"),
    ("difference_in_differences/input", "t", "did(unit, events, treated, post, 'poisson')"),
    ("difference_in_differences/input", "t", "did_two_way(unit, period, y, did)"),
    ("difference_in_differences/input", "t", "did_event_study(unit, period, y, treated, 7)"),
    (
        "matching_input",
        "t",
        "matched_controls(person, is_case, [age, frailty, admissions], 'propensity', 0.2, 2)",
    ),
    (
        "matching_input",
        "t",
        "matched_controls(person, is_case, [age, frailty, admissions], 'mahalanobis', 1, 2, false, practice)",
    ),
    ("difference_input", "t", "standardised_difference(is_case, age, weighted)"),
    ("entropy_input", "t", "entropy_balance(person, is_case, [age, admissions, is_male], 2)"),
    ("synthetic_input", "t", "synthetic_control(unit, period, y, unit = 'E020002', 15)"),
    (
        "projection_input",
        "t where \"case\" = 'fives'",
        "project_population(is_female, age_from, population, m, f, net, n_steps, female_share)",
    ),
    (
        "projection_input",
        "t where \"case\" = 'years'",
        "project_population(is_female, age_from, population, m, f, net, n_steps)",
    ),
    ("phe_life_expectancy/input", "t where area = 'W11'", LIFE),
];

const LIFE: &str = "life_expectancy(startage, case startage when 0 then 1 when 1 then 5 \
                    when 90 then null else startage + 5 end, deaths, pops)";

/// Vectors, rows of them, what tells those rows apart, and a function of each among its window.
const OF_A_WINDOW: [(&str, &str, &str, &str); 13] = [
    ("spc_xmr/input_synthetic", "t", "series, date", "spc(date, value) over (partition by series)"),
    (
        "attribute_charts",
        "t where chart = 'p'",
        "series, period",
        "spc_p(period, numerator, denominator, per) over (partition by series)",
    ),
    (
        "attribute_charts",
        "t where chart = 'u'",
        "series, period",
        "spc_u(period, numerator, denominator, per) over (partition by series)",
    ),
    (
        "attribute_charts",
        "t where chart = 'g'",
        "series, period",
        "spc_g(period, numerator) over (partition by series)",
    ),
    (
        "spc_xmr/input_synthetic",
        "t",
        "series, date",
        "cusum(date, value) over (partition by series)",
    ),
    ("funnel_rate/input", "t", "area", "funnel_rate(events, pop, 100000) over ()"),
    ("funnel_rate/input", "t", "area", "funnel_dsr(events, rate, 100000) over ()"),
    (
        "funnel_overdispersion/input",
        "t where data_type = 'SR'",
        "\"group\"",
        "funnel_ratio(numerator, denominator) over ()",
    ),
    (
        "funnel_overdispersion/input",
        "t where data_type = 'PR'",
        "\"group\"",
        "funnel_proportion(numerator, denominator) over ()",
    ),
    (
        "funnel_overdispersion/input",
        "t where data_type = 'RC'",
        "\"group\"",
        "funnel_count_ratio(numerator, denominator) over ()",
    ),
    (
        "arriaga_input",
        "t",
        "age, cause",
        "life_expectancy_contribution(age, next_age, deaths, persons, other_deaths, other_persons) \
         over ()",
    ),
    ("variation/input", "t", "area", "empirical_bayes(observed, population) over ()"),
    ("phe_quantile/input", "t", "region, area", "quantile(value, 5) over (partition by region)"),
];

/// Threads, and pieces of the table.
const WAYS: [(usize, usize); 3] = [(1, 1), (4, 5), (2, 17)];

/// Whether a row has what its function is for.
fn is_given(results: &RecordBatch) -> bool {
    let column = results.column_by_name("r").expect("results");
    let reasons = column.as_struct_opt().and_then(|results| results.column_by_name(REASON));
    match reasons {
        Some(reasons) => reasons.null_count() > 0,
        None => column.null_count() < column.len(),
    }
}

/// The results of a query, however its rows lie and whoever works on them.
async fn check(name: &str, sql: &str) {
    let batch = vectors(name);
    let mut results = Vec::new();
    for (n_partitions, n_pieces) in WAYS {
        let ctx = context_with(n_partitions);
        add_table(&ctx, "t", &batch, n_pieces);
        results.push(run(&ctx, sql).await);
    }
    assert!(is_given(&results[0]), "{sql}: {:?}", results[0]);
    assert!(results.iter().all(|result| *result == results[0]), "{sql}");
}

#[tokio::test]
async fn order_partitions_and_threads_change_no_bit_of_a_group() {
    for (name, rows, call) in OF_A_GROUP {
        check(name, &format!("select {call} as r from {rows}")).await;
    }
}

#[tokio::test]
async fn order_partitions_and_threads_change_no_bit_of_a_row_among_its_window() {
    for (name, rows, keys, call) in OF_A_WINDOW {
        check(name, &format!("select {keys}, {call} as r from {rows} order by {keys}")).await;
    }
}

#[test]
fn every_function_of_several_rows_is_held_to_it() {
    let groups = OF_A_GROUP.iter().map(|(_, _, call)| *call);
    let windows = OF_A_WINDOW.iter().map(|(_, _, _, call)| *call);
    let calls: Vec<&str> = groups.chain(windows).collect();
    let methods = register::methods();
    for method in methods.iter().filter(|method| method.usage() != "Functions of one row") {
        let call = [method.page.name, "("].concat();
        assert!(calls.iter().any(|other| other.starts_with(&call)), "{}", method.page.name);
    }
}

/// What there is of groups, merged from parts of them, and passed on row by row where parts are
/// not worth making.
#[tokio::test]
async fn parts_of_groups_merge_into_the_same_bits() {
    let panel = "difference_in_differences/input";
    let calls = [
        ("phe_dsr/input", "area", "dsr(count, pop, stdpop, 1000, 90)"),
        ("pyll/input", "area", "pyll(deaths, 75 - midpoint, population, stdpop, 1000)"),
        ("phe_isr/input", "sex", "isr(count, pop, refcount, refpop)"),
        ("phe_life_expectancy/input", "area", LIFE),
        (
            "phe_dsr_nonindependent/input",
            "area",
            "dsr_repeat(ageband, pop, stdpop, eventfreq, persons, 1000)",
        ),
        ("regression/input", "x2", "negative_binomial(y_nb, [x1], exposure, 'cluster', y_poisson)"),
        ("regression/input", "x2", "ols(x3, [x1], null, 'newey_west', cast(x1 as varchar), 3)"),
        (panel, "period > 6", "did_two_way(unit, period, y, treated = 1 and period in (3, 9))"),
        (
            "projection_input",
            "\"case\"",
            "project_population(is_female, age_from, population, m, f, net, n_steps)",
        ),
        (
            "matching_input",
            "practice",
            "matched_controls(person, is_case, [age, frailty], 'mahalanobis', 1, 2)",
        ),
    ];
    for (name, group, call) in calls {
        let batch = vectors(name);
        let mut results = Vec::new();
        for (n_partitions, n_pieces, skips_parts) in
            [(1, 1, false), (4, 5, false), (2, 17, false), (3, 4, true)]
        {
            let mut config =
                SessionConfig::new().with_target_partitions(n_partitions).with_batch_size(7);
            if skips_parts {
                let execution = &mut config.options_mut().execution;
                execution.skip_partial_aggregation_probe_rows_threshold = 1;
                execution.skip_partial_aggregation_probe_ratio_threshold = 0.0;
            }
            let ctx = SessionContext::new_with_config(config);
            register(&ctx).expect("a fresh session takes every function");
            add_table(&ctx, "t", &batch, n_pieces);
            let sql = format!("select {call} as r from t group by {group} order by {group}");
            results.push(run(&ctx, &sql).await);
        }
        assert!(is_given(&results[0]), "{call}");
        assert!(results.iter().all(|result| *result == results[0]), "{call}");
    }
}
