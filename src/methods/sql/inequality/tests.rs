//! Inequality against PHEindicatormethods and statsmodels, through SQL.

use arrow::array::AsArray;

use super::super::tests::{
    add_table, check_pairs, context, context_with, numbers, run, text, vectors,
};

/// What a function gives with so many draws for the peer's cases that `cases` says, its value and
/// the line's start held against the peer's: how many cases, and the farthest that its limits lie
/// from the columns `limits` with `_lower` and `_upper`, as a share of their width.
async fn farthest(function: &str, n_draws: i64, limits: &str, cases: &str) -> (f64, f64) {
    let ctx = context();
    add_table(&ctx, "input", &vectors("sii_input"), 3);
    add_table(&ctx, "expected", &vectors("sii_expected"), 1);
    let given = format!(
        "with given as (select e.*, r from expected as e join (select i.\"case\" as c, k, t, m, \
         {function}(quantile, population, value, lower, upper, k, t, m, {n_draws}, 20261128) as r \
         from input as i join (select \"case\", kind as k, is_transformed as t, multiplier as m \
         from expected) as o on o.\"case\" = i.\"case\" group by c, k, t, m) as f \
         on f.c = e.\"case\" and f.t = e.is_transformed and f.m = e.multiplier where {cases})"
    );
    let values = format!(
        "{given} select r['value'] as v, {function} as v_expected, r['intercept'] as i, \
         intercept as i_expected from given"
    );
    check_pairs(&ctx, &values, 1e-9).await;
    let sql = format!(
        "{given} select max(greatest(abs(r['lower_95'] - {limits}_lower), \
         abs(r['upper_95'] - {limits}_upper)) / ({limits}_upper - {limits}_lower)), count(*) * 1.0, \
         bool_and(r['lower_998'] < r['lower_95'] and r['upper_95'] < r['upper_998']) from given"
    );
    let result = run(&ctx, &sql).await;
    assert!(result.column(2).as_boolean().value(0), "{function}: wider limits lie within");
    let [farthest, n_cases] = [0, 1].map(|at| numbers(result.column(at))[0].expect("a number"));
    (n_cases, farthest)
}

// Both sides are simulated, with different draws: 1.5 % of the width. The peer's limits of the slope
// index of transformed values are not percentiles of the index, so those are held against numpy's.
#[tokio::test]
async fn indices_agree_with_phe_and_their_simulated_limits_with_other_simulations() {
    for (function, limits, cases, n_expected) in [
        ("sii", "sii", "not is_transformed", 24.0),
        ("sii", "numpy_sii", "true", 40.0),
        ("rii", "rii", "true", 40.0),
    ] {
        let (n_cases, farthest) = farthest(function, 200_000, limits, cases).await;
        assert_eq!(n_cases, n_expected);
        assert!(farthest < 0.015, "{function} {limits}: {farthest}");
    }
}

// What is linear in normal errors has a closed form: means, and the log ratio of transformed rates.
#[tokio::test]
async fn closed_limits_are_those_that_many_draws_come_to() {
    for (function, cases) in [("sii", "kind = 'mean'"), ("rii", "kind = 'rate' and is_transformed")]
    {
        let (n_cases, farthest) = farthest(function, 0, function, cases).await;
        assert_eq!(n_cases, 8.0);
        assert!(farthest < 0.015, "{function}: {farthest}");
    }
}

#[tokio::test]
async fn the_concentration_index_agrees_with_a_weighted_regression() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("concentration_input"), 3);
    add_table(&ctx, "expected", &vectors("concentration_expected"), 1);
    let sql = "select r['value'] as v, e.index as v_expected, \
               r['standard_error'] as se, e.standard_error as se_expected, \
               r['lower_95'] as l, e.lower_95 as l_expected, \
               r['upper_95'] as u, e.upper_95 as u_expected, \
               r['lower_998'] as ll, e.lower_998 as ll_expected, \
               r['upper_998'] as uu, e.upper_998 as uu_expected \
               from expected as e join (select \"case\", concentration_index(rank, population, value) \
               as r from input group by \"case\") as i on i.case = e.case";
    check_pairs(&ctx, sql, 1e-9).await;
}

// Two groups of 1 and 3 of equal size: C = .125 ... by hand: r = .25, .75, mean 2,
// C = 2 (.5 * 1 * .25 + .5 * 3 * .75) / 2 - 1 = .25; weights .5 (2r - 1 - C) / 2 = -.1875, .0625.
#[tokio::test]
async fn limits_of_the_values_give_the_error_of_the_concentration_index() {
    let sql = "select r['value'] as v, 0.25 as v_expected, r['standard_error'] as se, \
               sqrt(0.1875 * 0.1875 + 0.0625 * 0.0625) / 1.959963984540054 as se_expected \
               from (select concentration_index(rank, 100, v, v - 1, v + 1) as r \
               from (values (1, 1.0), (2, 3.0)) as t(rank, v))";
    check_pairs(&context(), sql, 1e-12).await;
}

#[tokio::test]
async fn the_difference_in_slopes_agrees_with_the_interaction_of_a_regression() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("poorest_fastest_input"), 3);
    add_table(&ctx, "expected", &vectors("poorest_fastest_expected"), 1);
    let sql = "select r['value'] as v, difference as v_expected, \
               r['standard_error'] as se, standard_error as se_expected, \
               r['lower_95'] as l, lower_95 as l_expected, r['upper_95'] as u, upper_95 as u_expected, \
               r['lower_998'] as ll, lower_998 as ll_expected, \
               r['upper_998'] as uu, upper_998 as uu_expected, \
               r['p_value'] as p, p_value as p_expected, \
               r['slope_rest'] as rest, slope_rest as rest_expected \
               from (select e.*, r from expected as e join (select is_relative as k, \
               poorest_fastest(year, fifth = 1, value, is_relative) as r from input \
               cross join (select is_relative from expected) as o group by is_relative) as i \
               on i.k = e.is_relative)";
    check_pairs(&ctx, sql, 1e-9).await;
}

#[tokio::test]
async fn order_partitions_and_threads_change_no_bit_of_an_index() {
    for (name, call) in [
        ("sii_input", "sii(quantile, population, value, lower, upper, 'rate', true, 1, 2000, 9)"),
        ("sii_input", "rii(quantile, population, value, lower, upper, 'mean')"),
        ("concentration_input", "concentration_index(rank, population, value)"),
        ("poorest_fastest_input", "poorest_fastest(year, fifth = 1, value)"),
    ] {
        let batch = vectors(name);
        let mut results = Vec::new();
        for (n_partitions, n_pieces) in [(1, 1), (4, 5), (2, 17)] {
            let ctx = context_with(n_partitions);
            add_table(&ctx, "t", &batch, n_pieces);
            let group = if name == "sii_input" { "where \"case\" = 'vt1_q10_1'" } else { "" };
            results.push(run(&ctx, &format!("select {call} as r from t {group}")).await);
        }
        let first = results[0].column(0).to_data();
        assert!(results.iter().all(|result| result.column(0).to_data() == first), "{call}");
    }
}

#[tokio::test]
async fn what_has_no_index_says_why() {
    let of = |call: &str, rows: &str| {
        format!("select {call}['reason'] from (values {rows}) as t(q, n, v, l, u)")
    };
    let rate = "sii(q, n, v, l, u, 'rate', true)";
    for (call, rows, reason) in [
        (rate, "(1, 10, 5.0, 4.0, 6.0)", "fewer than two groups"),
        (rate, "(1, 10, 5.0, 4.0, 6.0), (1, 10, 3.0, 2.0, 4.0)", "a rank occurs twice"),
        (
            rate,
            "(1, 0, 5.0, 4.0, 6.0), (2, 10, 3.0, 2.0, 4.0)",
            "a population is missing, not finite or not above zero",
        ),
        (
            rate,
            "(1, 10, 0.0, 0.0, 1.0), (2, 10, 3.0, 2.0, 4.0)",
            "a value is missing or cannot be one of its kind",
        ),
        (
            rate,
            "(1, 10, 1.0, null, null), (2, 10, 3.0, 2.0, 4.0)",
            "the limits of a value are missing",
        ),
        (
            "sii(q, n, v, l, u, 'mean', true)",
            "(1, 10, 1.0, 0.5, 2.0), (2, 10, 3.0, 2.0, 4.0)",
            "means are not transformed: only rates and proportions are",
        ),
        (
            "sii(q, n, v, l, u, 'mean', false, 1, 10)",
            "(1, 10, 1.0, 0.5, 2.0), (2, 10, 3.0, 2.0, 4.0)",
            "draws are not 0 (closed form) or 2,000 to 1,000,000",
        ),
    ] {
        assert_eq!(text(&of(call, rows)).await.as_deref(), Some(reason), "{call} {rows}");
    }
}
