//! Control charts as analysts call them.

use super::tests::{check_pairs, context, text};

// By hand, as beside the pure function: 10 % with 3 sqrt(.1 * .9 / 100) about it; 4 events to the
// unit with 3 sqrt(4 / 4); a mean of 8 days with 3 sqrt(8 * 9).
#[tokio::test]
async fn proportions_rates_and_days_between_have_their_own_limits() {
    let sql = "select p['upper_limit'] as p, 19.0 as p_expected, u['lower_limit'] as u, \
        1.0 as u_expected, u['centre'] as c, 4.0 as c_expected, \
        g['upper_limit'] as g, 8 + 3 * sqrt(72.0) as g_expected from ( \
        select m, spc_p(m, a, n, 100) over () as p, spc_u(m, b, v) over () as u, \
               spc_g(m, d) over () as g \
        from (values (2, 5, 25, 5, 1, 12), (1, 10, 100, 16, 4, 4), (3, 15, 175, 15, 4, 8)) \
        as t(m, a, n, b, v, d)) where m = 1";
    check_pairs(&context(), sql, 1e-12).await;
}

// Montgomery DC. Introduction to Statistical Quality Control, table 9.1: ten about a target of 10,
// then ten about 11; published sums 5.28 and 5.30 at the last two, a rise since seven points.
#[tokio::test]
async fn cumulative_sums_find_the_published_shift() {
    let values = "9.45 7.99 9.29 11.66 12.16 10.18 8.04 11.46 9.20 10.34 9.03 11.47 10.51 9.40 \
        10.08 9.37 10.62 10.31 8.52 10.84 10.90 9.33 12.29 11.50 10.60 11.08 10.38 11.62 11.31 10.52";
    let rows: Vec<String> =
        values.split_whitespace().enumerate().map(|(at, v)| format!("({}, {v})", at + 1)).collect();
    let sums = format!(
        "(select m, cusum(m, x, 10, 1) over () as s from (values {}) as t(m, x))",
        rows.join(", ")
    );
    let sql = format!(
        "select s['high'] as a, case m when 29 then 5.28 else 5.30 end as a_expected, \
         s['n_high'] as n, m - 22 as n_expected, s['signal'] as g, 1 as g_expected \
         from {sums} where m >= 29"
    );
    check_pairs(&context(), &sql, 1e-9).await;
    let sql = format!(
        "select max(s['signal']) as g, 0 as g_expected, min(s['signal']) as l, 0 as l_expected \
         from {sums} where m < 29"
    );
    check_pairs(&context(), &sql, 0.0).await;
}

#[tokio::test]
async fn a_chart_that_cannot_be_given_says_why() {
    for (call, reason) in [
        ("spc(m, x)", None),
        ("spc(1, x)", Some("a period occurs twice")),
        ("spc(cast(null as int), x)", Some("a period is missing")),
        ("spc(m, case when m > 1 then x end)", Some("a value is missing or not finite")),
        ("spc(m, 8e307 * x)", Some("a number is too large or too small to work with")),
        ("spc(m, x, null, null, m = 3)", None),
        ("spc(m, x, null, null, m = 2)", Some("one point has no moving range")),
        ("spc(m, x, 'up')", Some("improvement is neither `increase`, `decrease` nor `neutral`")),
        ("spc(m, x, null, null, null, null, 5)", Some("a trend has 6 or 7 points")),
        ("spc(m, x, null, null, null, m)", Some("an option differs between rows")),
        ("spc_p(m, x, 1)", Some("a numerator exceeds its denominator")),
        ("spc_u(m, x, 0)", Some("a denominator is missing, not finite or not above zero")),
        ("spc_g(m, -x)", Some("a count is below zero")),
        ("cusum(m, 4)", Some("no target, or no standard deviation above zero")),
    ] {
        let sql = format!(
            "select {call} over ()['reason'] from (values (1, 1.0), (2, 1.7), (3, 1.2), (4, 1.9)) \
             as t(m, x) order by m limit 1"
        );
        assert_eq!(text(&sql).await.as_deref(), reason, "{call}");
    }
}

#[tokio::test]
async fn texts_and_dates_put_points_in_order_as_numbers_do() {
    let sql = "select c['side'] as a, d['side'] as a_expected, c['special_cause'] = \
        e['special_cause'] as same from (select spc(y, x) over () as c, spc(m, x) over () as d, \
        spc(date '2024-03-01' + m, x) over () as e from (values (3, '2024-25', 9.0), \
        (1, '2022-23', 1.0), (2, '2023-24', 4.0)) as t(m, y, x))";
    check_pairs(&context(), sql, 0.0).await;
}
