//! Exponential smoothing through SQL; its vectors are in `tests/vectors`.

use super::super::tests::{add_table, context_with, run, text, vectors};

#[tokio::test]
async fn order_partitions_and_threads_change_no_bit_of_a_fit() {
    let batch = vectors("forecast/input");
    let mut results = Vec::new();
    for (n_partitions, n_pieces) in [(1, 1), (4, 5), (2, 17)] {
        let ctx = context_with(n_partitions);
        add_table(&ctx, "t", &batch, n_pieces);
        results.push(run(&ctx, "select ets(t, y, 12) as r from t").await);
    }
    let first = results[0].column(0).to_data();
    assert!(results.iter().all(|result| result.column(0).to_data() == first));
}

#[tokio::test]
async fn what_cannot_be_measured_says_why() {
    let of = |rows: &str| {
        format!("select forecast_accuracy(t, y, f, f - 1, f + 1)['reason'] from ({rows})")
    };
    let alike = of("select t, 5 as y, case when t > 24 then 6 end as f \
                    from (select unnest(generate_series(1, 30)) as t)");
    let reason = "the periods before the forecast are too few or alike to scale by";
    assert_eq!(text(&alike).await.as_deref(), Some(reason));
    let none = of("select t, t as y, null as f from (select unnest(generate_series(1, 30)) as t)");
    assert_eq!(text(&none).await.as_deref(), Some("no period has a forecast"));
    let model = "select ets(t, t * t % 7, 3, 'ETS(M,N,N)')['reason'] \
                 from (select unnest(generate_series(1, 30)) as t)";
    assert_eq!(text(model).await.as_deref(), Some("no such model, or it differs between rows"));
}
