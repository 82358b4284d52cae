//! Inequality through SQL; its vectors are in `tests/vectors`.

use super::super::tests::{check_pairs, context, text};

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
